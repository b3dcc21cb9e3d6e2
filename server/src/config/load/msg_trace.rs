//! `msg_trace` of an account (`parseAccountMsgTrace`).

use super::reader::Reader;
use crate::config::options::AccountOptions;
use crate::config::syntax::{Node, Value};
use crate::subject::is_valid_publish_subject;

/// All messages that ask for a trace.
const ALL: u8 = 100;

pub(super) fn read(reader: &mut Reader, account: &mut AccountOptions, key: &str, node: &Node) {
    match &node.value {
        Value::String(_) => destination(reader, account, key, node),
        Value::Map(map) => {
            for (field, node) in map.iter() {
                match field.to_ascii_lowercase().as_str() {
                    "dest" => destination(reader, account, field, node),
                    "sampling" => match sampling(field, &node.value) {
                        Ok(percent) => account.trace_sampling = percent,
                        Err(reason) => reader.error(&node.place, reason),
                    },
                    _ => reader.unknown_as(node, || {
                        format!(
                            "Unknown field {field:?} parsing account message trace map/struct \
                             {key:?}"
                        )
                    }),
                }
            }
        }
        other => {
            let kind = other.kind();
            reader.error(
                &node.place,
                format!(
                    "Expected account message trace {key:?} to be a string or a map/struct, got \
                     {kind}"
                ),
            );
        }
    }
    if account.trace_destination.is_empty() {
        if account.trace_sampling > 0 {
            reader.warn(
                &node.place,
                None,
                "Trace destination sampling ignored since no destination was set",
            );
            account.trace_sampling = 0;
        }
    } else if account.trace_sampling == 0 {
        account.trace_sampling = ALL;
    }
}

fn destination(reader: &mut Reader, account: &mut AccountOptions, key: &str, node: &Node) {
    match &node.value {
        Value::String(subject) if is_valid_publish_subject(subject) => {
            account.trace_destination.clone_from(subject);
        }
        Value::String(subject) => reader.error(
            &node.place,
            format!("Trace destination {subject:?} is not valid"),
        ),
        other => {
            let kind = other.kind();
            reader.error(
                &node.place,
                format!("Field {key:?} should be a string, got {kind}"),
            );
        }
    }
}

fn sampling(key: &str, value: &Value) -> Result<u8, String> {
    let percent = match value {
        Value::Integer(percent) => *percent,
        Value::String(text) => text
            .strip_suffix('%')
            .unwrap_or(text)
            .parse()
            .map_err(|_| format!("Invalid trace destination sampling value {text:?}"))?,
        other => {
            let kind = other.kind();
            return Err(format!(
                "Trace destination sampling field {key:?} should be an integer or a percentage, \
                 got {kind}"
            ));
        }
    };
    u8::try_from(percent)
        .ok()
        .filter(|percent| (1..=ALL).contains(percent))
        .ok_or_else(|| {
            format!("Ttrace destination sampling value {percent} is invalid, needs to be [1..100]")
        })
}
