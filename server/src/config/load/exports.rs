//! Exports of an account (`parseAccountExports`).

use std::time::Duration;

use super::reader::Reader;
use crate::config::options::{
    AccountOptions, LatencyOptions, ResponseKind, ServiceExportOptions, StreamExportOptions,
};
use crate::config::syntax::{Map, Node, Place, Value};
use crate::platform::go_duration;
use crate::protocol::constants::DEFAULT_SERVICE_LATENCY_SAMPLING;

pub(super) fn read(reader: &mut Reader, account: &mut AccountOptions, node: &Node) {
    let nodes = reader.list_or(node, |value| {
        format!("Exports should be an array, got {}", value.kind())
    });
    for node in nodes.unwrap_or_default() {
        let map = reader.block_or(node, |value| {
            format!(
                "Export Items should be a map with type entry, got {}",
                value.kind()
            )
        });
        if let Some(map) = map {
            item(reader, account, map);
        }
    }
}

/// What one entry says, before it is known whether it is a stream or a service.
#[derive(Default)]
struct Item<'a> {
    stream: Option<String>,
    service: Option<String>,
    accounts: Option<Vec<String>>,
    response: Option<(ResponseKind, &'a Place)>,
    threshold: Option<(Duration, &'a Place)>,
    latency: Option<(LatencyOptions, &'a Place)>,
    allow_trace: Option<(bool, &'a Place)>,
    token_position: u32,
}

/// One entry (`parseExportStreamOrService`).
fn item(reader: &mut Reader, account: &mut AccountOptions, map: &Map) {
    let before = reader.errors.len();
    let mut item = Item::default();
    for (key, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "stream" => item.stream = name(reader, "stream", node),
            "service" => {
                if let Some(stream) = map.get("stream") {
                    let service = node.value.shown();
                    let place = &node.place;
                    if matches!(stream.value, Value::String(_)) {
                        reader.error(
                            place,
                            format!("Detected service {service:?} but already saw a stream"),
                        );
                        continue;
                    }
                }
                item.service = name(reader, "service", node);
            }
            "response" | "response_type" => {
                if item.response.is_some() {
                    reader.error(&node.place, "Duplicate response type definition");
                    continue;
                }
                item.response = response(reader, node).map(|kind| (kind, &node.place));
            }
            "threshold" | "response_threshold" | "response_max_time" | "response_time" => {
                if item.threshold.is_some() {
                    reader.error(&node.place, "Duplicate response threshold detected");
                    continue;
                }
                item.threshold = threshold(reader, node).map(|time| (time, &node.place));
            }
            "accounts" => item.accounts = Some(reader.string_list(node)),
            "latency" => item.latency = latency(reader, node).map(|found| (found, &node.place)),
            "account_token_position" => reader.number(node, &mut item.token_position),
            "allow_trace" => {
                let mut allowed = false;
                reader.bool(node, &mut allowed);
                // There are no message traces yet.
                reader.not_acted_on(key, node);
                item.allow_trace = Some((allowed, &node.place));
            }
            _ => reader.unknown(key, node),
        }
    }
    if reader.errors.len() == before {
        item.add_to(reader, account);
    }
}

impl Item<'_> {
    fn add_to(self, reader: &mut Reader, account: &mut AccountOptions) {
        if let Some(subject) = self.stream {
            for (directive, place) in [
                ("response", self.response.map(|(_, place)| place)),
                ("response", self.threshold.map(|(_, place)| place)),
                ("latency", self.latency.map(|(_, place)| place)),
                ("allow_trace", self.allow_trace.map(|(_, place)| place)),
            ] {
                if let Some(place) = place {
                    reader.error(
                        place,
                        format!("Detected {directive} directive on non-service"),
                    );
                }
            }
            account.stream_exports.push(StreamExportOptions {
                subject,
                accounts: self.accounts,
                account_token_position: self.token_position,
            });
        } else if let Some(subject) = self.service {
            account.service_exports.push(ServiceExportOptions {
                subject,
                accounts: self.accounts,
                response: self.response.map(|(kind, _)| kind).unwrap_or_default(),
                response_threshold: self
                    .threshold
                    .map(|(time, _)| time)
                    .filter(|time| !time.is_zero()),
                latency: self.latency.map(|(latency, _)| latency),
                account_token_position: self.token_position,
                allow_trace: self.allow_trace.is_some_and(|(allowed, _)| allowed),
            });
        }
    }
}

fn name(reader: &mut Reader, what: &str, node: &Node) -> Option<String> {
    match &node.value {
        Value::String(subject) => Some(subject.clone()),
        other => {
            let kind = other.kind();
            reader.error(
                &node.place,
                format!("Expected {what} name to be string, got {kind}"),
            );
            None
        }
    }
}

fn response(reader: &mut Reader, node: &Node) -> Option<ResponseKind> {
    let Value::String(text) = &node.value else {
        let kind = node.value.kind();
        reader.error(
            &node.place,
            format!("Expected response type to be string, got {kind}"),
        );
        return None;
    };
    Some(match text.to_ascii_lowercase().as_str() {
        "single" | "singleton" => ResponseKind::Singleton,
        "stream" => ResponseKind::Stream,
        "chunk" | "chunked" => ResponseKind::Chunked,
        _ => {
            reader.error(&node.place, format!("Unknown response type: {text:?}"));
            return None;
        }
    })
}

fn threshold(reader: &mut Reader, node: &Node) -> Option<Duration> {
    let shown = match &node.value {
        Value::String(text) => match go_duration::parse(text) {
            Ok(nanos) => return Some(Duration::from_nanos(u64::try_from(nanos).unwrap_or(0))),
            Err(_) => format!("{text:?}"),
        },
        other => other.kind().to_owned(),
    };
    reader.error(
        &node.place,
        format!("Expected response threshold to be a parseable time duration, got {shown}"),
    );
    None
}

/// `latency` (`parseServiceLatency`). A sampling of 0 stands for `headers`.
fn latency(reader: &mut Reader, node: &Node) -> Option<LatencyOptions> {
    let mut sampling = u8::try_from(DEFAULT_SERVICE_LATENCY_SAMPLING).unwrap_or(100);
    if let Value::String(subject) = &node.value {
        return Some(LatencyOptions {
            sampling,
            subject: subject.clone(),
        });
    }
    let map = reader.block_or(node, |value| {
        format!(
            "Expected latency entry to be a map/struct or string, got {}",
            value.kind()
        )
    })?;
    if let Some(node) = map.get("sampling") {
        match sample(&node.value) {
            Ok(found) => sampling = found,
            Err(reason) => {
                reader.error(&node.place, reason);
                return None;
            }
        }
    }
    let Some(subject) = map.get("subject") else {
        reader.error(&node.place, "Latency subject required, but missing");
        return None;
    };
    match &subject.value {
        Value::String(subject) => Some(LatencyOptions {
            sampling,
            subject: subject.clone(),
        }),
        other => {
            let kind = other.kind();
            reader.error(
                &subject.place,
                format!("Expected latency subject to be a string, got {kind}"),
            );
            None
        }
    }
}

fn sample(value: &Value) -> Result<u8, String> {
    let percent = match value {
        Value::Integer(percent) => *percent,
        Value::String(text) if text.trim().eq_ignore_ascii_case("headers") => return Ok(0),
        Value::String(text) => {
            let digits = text.strip_suffix('%').unwrap_or(text);
            digits.parse().map_err(|_| {
                format!(
                    "Failed to parse latency sample: strconv.Atoi: parsing {digits:?}: invalid \
                     syntax"
                )
            })?
        }
        other => {
            return Err(format!(
                "Expected latency sample to be a string or map/struct, got {}",
                other.kind()
            ));
        }
    };
    u8::try_from(percent)
        .ok()
        .filter(|percent| (1..=100).contains(percent))
        .ok_or_else(|| "bad sampling percentage, should be 1-100".to_owned())
}
