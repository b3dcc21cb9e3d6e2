//! What is written down of an answer, without what differs between any two runs.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use jiff::{Timestamp, ToSpan as _};
use regex::Regex;
use serde_json::Value;

use crate::connection::Message;

/// Fields whose numbers depend on when something happened.
const OF_THE_MOMENT: [&str; 5] = ["active", "rtt", "ack_time", "pause_remaining", "start_ns"];
/// Fields of clients that differ from run to run.
const OF_CLIENTS: [&str; 6] = ["id", "host", "start", "server", "rtt", "cluster"];

static TIME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)").expect("a pattern")
});
/// What servers make up: IDs of 22 characters, keys of servers, versions, and the
/// times in the subjects of acknowledgements.
static MADE_UP: LazyLock<[(Regex, &str); 4]> = LazyLock::new(|| {
    let pattern = |text| Regex::new(text).expect("a pattern");
    [
        (
            pattern(r"\b(?:[0-9A-IK-Za-z]|J[0-9A-RT-Za-z])[A-Za-z0-9]{20,21}\b"),
            "<id>",
        ),
        (pattern(r"\bN[A-Z2-7]{55}\b"), "<server>"),
        (pattern(r"\b2\.14\.\d+\b"), "<version>"),
        (pattern(r"(\$JS\.ACK(?:\.[^. ]+){5})\.\d{19}"), "$1.<nanos>"),
    ]
});

/// One line for a message.
pub(crate) fn line(connection: &str, message: &Message, with_subject: bool) -> String {
    let mut text = format!("{connection}< ");
    if with_subject {
        text.push_str(&message.subject);
        text.push(' ');
        if let Some(reply) = &message.reply {
            text.push_str(&format!("({reply}) "));
        }
    }
    if !message.header.is_empty() {
        let header = String::from_utf8_lossy(&message.header);
        let header = header.trim_end_matches("\r\n").replace("\r\n", "; ");
        text.push_str(&format!("[{header}] "));
    }
    match serde_json::from_slice::<Value>(&message.payload) {
        Ok(mut value) if value.is_object() => {
            normalise(&mut value);
            text.push_str(&value.to_string());
        }
        _ => text.push_str(&message.payload.escape_ascii().to_string()),
    }
    without_made_up(text.trim_end())
}

fn normalise(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                if OF_THE_MOMENT.contains(&name.as_str()) && value.is_number() {
                    *value = "<time>".into();
                }
                if name == "hdrs"
                    && let Some(Ok(header)) = value.as_str().map(|text| BASE64.decode(text))
                {
                    *value = String::from_utf8_lossy(&header).into();
                }
                // The Go server tells them in any order.
                if name == "sources"
                    && let Some(sources) = value.as_array_mut()
                {
                    sources.sort_by_key(|source| source["name"].to_string());
                }
                if name == "client"
                    && let Some(client) = value.as_object_mut()
                {
                    for field in OF_CLIENTS {
                        if let Some(value) = client.get_mut(field) {
                            *value = "*".into();
                        }
                    }
                }
                // The answer within the report of a request.
                if name == "response"
                    && let Some(Ok(mut inner)) = value.as_str().map(serde_json::from_str::<Value>)
                {
                    normalise(&mut inner);
                    *value = inner;
                }
                normalise(value);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(normalise),
        _ => {}
    }
}

fn without_made_up(text: &str) -> String {
    let now = Timestamp::now();
    let (from, to) = (now - 48.hours(), now + 48.hours());
    let mut text = TIME
        .replace_all(text, |found: &regex::Captures<'_>| {
            match found[0].parse::<Timestamp>() {
                Ok(time) if from < time && time < to => "<time>".to_owned(),
                _ => found[0].to_owned(),
            }
        })
        .into_owned();
    for (pattern, name) in &*MADE_UP {
        text = pattern.replace_all(&text, *name).into_owned();
    }
    text
}
