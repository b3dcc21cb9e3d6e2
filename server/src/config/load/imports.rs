//! Imports of an account (`parseAccountImports`).

use super::reader::Reader;
use crate::config::options::{AccountOptions, ServiceImportOptions, StreamImportOptions};
use crate::config::syntax::{Map, Node};

pub(super) fn read(reader: &mut Reader, account: &mut AccountOptions, node: &Node) {
    let nodes = reader.list_or(node, |value| {
        format!("Imports should be an array, got {}", value.kind())
    });
    for node in nodes.unwrap_or_default() {
        let map = reader.block_or(node, |value| {
            format!(
                "Import Items should be a map with type entry, got {}",
                value.kind()
            )
        });
        if let Some(map) = map {
            item(reader, account, node, map);
        }
    }
}

/// One entry (`parseImportStreamOrService`).
fn item(reader: &mut Reader, account: &mut AccountOptions, entry: &Node, map: &Map) {
    let before = reader.errors.len();
    let (mut stream, mut service) = (None, None);
    let (mut prefix, mut to, mut share) = (String::new(), String::new(), false);
    let mut trace = None;
    for (key, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "stream" => {
                if service.is_some() {
                    reader.error(&node.place, "Detected stream but already saw a service");
                } else {
                    stream = source(reader, "Stream", node);
                }
            }
            "service" => service = source(reader, "Service", node),
            "prefix" => reader.string(node, &mut prefix),
            "to" => reader.string(node, &mut to),
            "share" => reader.bool(node, &mut share),
            "allow_trace" => {
                let mut allowed = false;
                reader.bool(node, &mut allowed);
                // There are no message traces yet.
                reader.not_acted_on(key, node);
                trace = Some((allowed, &node.place));
            }
            _ => reader.unknown(key, node),
        }
    }
    if service.is_some()
        && let Some((_, place)) = trace
    {
        reader.error(place, "Detected allow_trace directive on a non-stream");
    }
    if stream.is_some()
        && !prefix.is_empty()
        && let Some(node) = map.get("to")
    {
        reader.error(
            &node.place,
            "Stream import can not have a 'prefix' and a 'to' property",
        );
    }
    if reader.errors.len() > before {
        return;
    }
    if let Some((name, subject)) = stream {
        account.stream_imports.push(StreamImportOptions {
            account: name,
            subject,
            to,
            prefix,
            allow_trace: trace.is_some_and(|(allowed, _)| allowed),
        });
    } else if let Some((name, subject)) = service {
        let import = ServiceImportOptions {
            account: name,
            subject,
            to,
            share,
        };
        match duplicate(account, &import) {
            Some(reason) => reader.error(&entry.place, reason),
            None => account.service_imports.push(import),
        }
    }
}

/// The account and the subject that are imported (`parseAccount`).
fn source(reader: &mut Reader, what: &str, node: &Node) -> Option<(String, String)> {
    let map = reader.block_or(node, |value| {
        format!(
            "{what} entry should be an account map, got {}",
            value.kind()
        )
    })?;
    let (mut account, mut subject) = (String::new(), String::new());
    for (key, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "account" => reader.string(node, &mut account),
            "subject" => reader.string(node, &mut subject),
            _ => reader.unknown(key, node),
        }
    }
    if account.is_empty() || subject.is_empty() {
        reader.error(&node.place, "Expect an account name and a subject");
        return None;
    }
    Some((account, subject))
}

/// Two services of one account can not be imported to one subject.
fn duplicate(account: &AccountOptions, import: &ServiceImportOptions) -> Option<String> {
    let earlier = account
        .service_imports
        .iter()
        .find(|known| known.local() == import.local() && known.account == import.account)?;
    Some(format!(
        "Duplicate service import subject {:?}, previously used in import for account {:?}, \
         subject {:?}",
        import.local(),
        earlier.account,
        earlier.subject
    ))
}
