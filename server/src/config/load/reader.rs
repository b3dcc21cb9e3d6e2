//! Reading typed values, with what is wrong with them collected.

use std::time::Duration;

use super::problem::{ConfigWarning, ValueError};
use crate::config::options::WriteTimeoutPolicy;
use crate::config::syntax::{Map, Node, Place, Value};
use crate::platform::{ServerUrl, go_duration};

/// Above this, a time to authenticate is probably a mistake.
const AUTH_TIMEOUT_HIGH: f64 = 60.0;

/// Collects errors and warnings while values are read. A value that can not be used
/// leaves the default in place; the errors keep the file from being used at all.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) errors: Vec<ValueError>,
    pub(super) warnings: Vec<ConfigWarning>,
    pub(super) not_acted_on: Vec<String>,
}

impl Reader {
    /// An error at `place`.
    pub(super) fn error(&mut self, place: &Place, reason: impl Into<String>) {
        self.errors.push(ValueError {
            place: Some(place.clone()),
            reason: reason.into(),
        });
    }

    /// An error of the whole file.
    pub(super) fn error_of_file(&mut self, reason: impl Into<String>) {
        self.errors.push(ValueError {
            place: None,
            reason: reason.into(),
        });
    }

    /// A warning at `place`; it names the field if there is one (`configWarningErr`).
    pub(super) fn warn(&mut self, place: &Place, field: Option<&str>, reason: impl Into<String>) {
        self.warnings.push(ConfigWarning {
            place: Some(place.clone()),
            field: field.map(str::to_owned),
            reason: reason.into(),
        });
    }

    /// Notes that the server knows a field and does nothing about it.
    pub(super) fn not_acted_on(&mut self, key: &str, node: &Node) {
        self.not_acted_on.push(format!("{}: {key}", node.place));
    }

    /// A value of another type than Go's type assertion asks for
    /// (`convertPanicToErrorList`).
    fn expected(&mut self, node: &Node, what: &str) {
        let kind = node.value.kind();
        self.error(
            &node.place,
            format!("interface conversion: interface {{}} is {kind}, not {what}"),
        );
    }

    /// A key that the block does not have. Keys that other values refer to as
    /// variables may have any name (`unknownConfigFieldErr`).
    pub(super) fn unknown(&mut self, key: &str, node: &Node) {
        self.unknown_as(node, || format!("unknown field {key:?}"));
    }

    /// The same with a text of its own.
    pub(super) fn unknown_as(&mut self, node: &Node, reason: impl FnOnce() -> String) {
        if !node.used_as_variable {
            self.error(&node.place, reason());
        }
    }

    pub(super) fn string(&mut self, node: &Node, into: &mut String) {
        match &node.value {
            Value::String(text) => into.clone_from(text),
            _ => self.expected(node, "string"),
        }
    }

    pub(super) fn bool(&mut self, node: &Node, into: &mut bool) {
        match &node.value {
            Value::Bool(truth) => *into = *truth,
            _ => self.expected(node, "bool"),
        }
    }

    pub(super) fn number<T: TryFrom<i64>>(&mut self, node: &Node, into: &mut T) {
        match &node.value {
            Value::Integer(number) => match T::try_from(*number) {
                Ok(number) => *into = number,
                Err(_) => self.error(&node.place, format!("value {number} is out of range")),
            },
            _ => self.expected(node, "int64"),
        }
    }

    /// A number of things; a negative one is as good as zero.
    pub(super) fn count<T: TryFrom<i64>>(&mut self, node: &Node, into: &mut T) {
        match &node.value {
            Value::Integer(number) => match T::try_from((*number).max(0)) {
                Ok(number) => *into = number,
                Err(_) => self.error(&node.place, format!("value {number} is out of range")),
            },
            _ => self.expected(node, "int64"),
        }
    }

    /// A number of bytes that must fit into 31 bits.
    pub(super) fn size(&mut self, key: &str, node: &Node, into: &mut usize) {
        match &node.value {
            Value::Integer(number) if *number > i64::from(i32::MAX) => {
                self.error(&node.place, format!("{key} value is too big"));
            }
            _ => self.number(node, into),
        }
    }

    /// A duration in text, or in whole seconds as in the old days (`parseDuration`).
    /// A negative one is as good as zero.
    pub(super) fn duration(&mut self, field: &str, node: &Node, into: &mut Duration) {
        match &node.value {
            Value::String(text) => match go_duration::parse(text) {
                Ok(nanos) => *into = from_nanos(nanos),
                Err(error) => {
                    self.error(&node.place, format!("error parsing {field}: {error}"));
                }
            },
            Value::Integer(seconds) => {
                self.warn(
                    &node.place,
                    Some(field),
                    format!("{field} should be converted to a duration"),
                );
                *into = Duration::from_secs(u64::try_from(*seconds).unwrap_or(0));
            }
            _ => self.expected(node, "int64"),
        }
    }

    /// Seconds as a number, or a duration in text. `None` if it is neither.
    pub(super) fn seconds(&mut self, what: &str, node: &Node) -> Option<Duration> {
        let seconds = match &node.value {
            Value::Integer(seconds) => Duration::from_secs(u64::try_from(*seconds).unwrap_or(0)),
            Value::Float(seconds) => Duration::try_from_secs_f64(*seconds).unwrap_or_default(),
            Value::String(text) => match go_duration::parse(text) {
                Ok(nanos) => from_nanos(nanos),
                Err(error) => {
                    self.error(
                        &node.place,
                        format!("error parsing {what}, 'timeout' {error}"),
                    );
                    return None;
                }
            },
            _ => {
                self.error(
                    &node.place,
                    format!("error parsing {what}, 'timeout' wrong type"),
                );
                return None;
            }
        };
        Some(seconds)
    }

    /// A time to authenticate, with a warning if it is very long.
    pub(super) fn auth_timeout(&mut self, what: &str, key: &str, node: &Node, into: &mut Duration) {
        let Some(timeout) = self.seconds(what, node) else {
            return;
        };
        let seconds = timeout.as_secs_f64();
        if seconds > AUTH_TIMEOUT_HIGH {
            let shown = node.value.shown();
            self.warn(
                &node.place,
                Some(key),
                format!(
                    "timeout of {shown} ({seconds:.6} seconds) is high, consider keeping it under \
                     60 seconds. possibly caused by unquoted duration; use '1m' instead of 1m, for \
                     example"
                ),
            );
        }
        *into = timeout;
    }

    /// One text or a list of them (`parseStringArray`).
    pub(super) fn strings(&mut self, field: &str, node: &Node) -> Vec<String> {
        let mut texts = Vec::new();
        match &node.value {
            Value::String(text) => texts.push(text.clone()),
            Value::Array(nodes) => {
                for node in nodes {
                    match &node.value {
                        Value::String(text) => texts.push(text.clone()),
                        other => {
                            let kind = other.kind();
                            self.error(
                                &node.place,
                                format!("error parsing {field}: unsupported type in array {kind}"),
                            );
                        }
                    }
                }
            }
            other => {
                let kind = other.kind();
                self.error(
                    &node.place,
                    format!("error parsing {field}: unsupported type {kind}"),
                );
            }
        }
        texts
    }

    /// A list of texts and nothing else.
    pub(super) fn string_list(&mut self, node: &Node) -> Vec<String> {
        let mut texts = Vec::new();
        for node in self.list(node) {
            let mut text = String::new();
            self.string(node, &mut text);
            texts.push(text);
        }
        texts
    }

    /// A list, for which there is no special text if it is none.
    pub(super) fn list<'a>(&mut self, node: &'a Node) -> &'a [Node] {
        match &node.value {
            Value::Array(nodes) => nodes,
            _ => {
                self.expected(node, "[]interface {}");
                &[]
            }
        }
    }

    /// A block, for which there is no special text if it is none.
    pub(super) fn block<'a>(&mut self, node: &'a Node) -> Option<&'a Map> {
        match &node.value {
            Value::Map(map) => Some(map),
            _ => {
                self.expected(node, "map[string]interface {}");
                None
            }
        }
    }

    /// A block, with what to say if it is none.
    pub(super) fn block_or<'a>(
        &mut self,
        node: &'a Node,
        reason: impl FnOnce(&Value) -> String,
    ) -> Option<&'a Map> {
        match &node.value {
            Value::Map(map) => Some(map),
            other => {
                self.error(&node.place, reason(other));
                None
            }
        }
    }

    /// A list, with what to say if it is none.
    pub(super) fn list_or<'a>(
        &mut self,
        node: &'a Node,
        reason: impl FnOnce(&Value) -> String,
    ) -> Option<&'a [Node]> {
        match &node.value {
            Value::Array(nodes) => Some(nodes),
            other => {
                self.error(&node.place, reason(other));
                None
            }
        }
    }

    /// `host:port`, or a port alone (`parseListen`).
    pub(super) fn listen(&mut self, node: &Node, host: &mut String, port: &mut i32) {
        match &node.value {
            Value::Integer(_) => self.number(node, port),
            Value::String(text) => match split_host_port(text) {
                Some((address, number)) => match number.parse() {
                    Ok(number) => {
                        *host = address.to_owned();
                        *port = number;
                    }
                    Err(_) => {
                        self.error(&node.place, format!("could not parse port {number:?}"));
                    }
                },
                None => self.error(
                    &node.place,
                    format!("could not parse address string {text:?}"),
                ),
            },
            other => {
                let kind = other.kind();
                self.error(
                    &node.place,
                    format!("expected port or host:port, got {kind}"),
                );
            }
        }
    }

    /// A server's URL (`parseURL`). `kind` says which kind of server.
    pub(super) fn url(&mut self, kind: &str, text: &str, place: &Place) -> Option<ServerUrl> {
        let text = text.trim();
        let url = text.parse().ok();
        if url.is_none() {
            self.error(place, format!("error parsing {kind} url [{text:?}]"));
        }
        url
    }

    /// A list of URLs, without those that are there twice (`parseURLs`).
    pub(super) fn urls(&mut self, kind: &str, node: &Node) -> Vec<ServerUrl> {
        let mut urls = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for node in self.list(node) {
            let Value::String(text) = &node.value else {
                self.expected(node, "string");
                continue;
            };
            if seen.contains(&text.as_str()) {
                self.warn(
                    &node.place,
                    Some(text),
                    format!("Duplicate {kind} entry detected"),
                );
                continue;
            }
            seen.push(text);
            urls.extend(self.url(kind, text, &node.place));
        }
        urls
    }

    /// `write_timeout` (`parseWriteDeadlinePolicy`).
    pub(super) fn write_timeout(&mut self, node: &Node, into: &mut WriteTimeoutPolicy) {
        let mut text = String::new();
        self.string(node, &mut text);
        *into = match text.as_str() {
            "default" => WriteTimeoutPolicy::Default,
            "close" => WriteTimeoutPolicy::Close,
            "retry" => WriteTimeoutPolicy::Retry,
            _ => {
                if matches!(node.value, Value::String(_)) {
                    self.error(
                        &node.place,
                        "write_timeout must be 'default', 'close' or 'retry'",
                    );
                }
                return;
            }
        };
    }
}

/// Splits `host:port` as Go's `net` package does; brackets stand around IPv6
/// addresses.
pub(super) fn split_host_port(text: &str) -> Option<(&str, &str)> {
    let (host, port) = text.rsplit_once(':')?;
    let host = match host.strip_prefix('[') {
        Some(host) => host.strip_suffix(']')?,
        None if host.contains([':', '[', ']']) => return None,
        None => host,
    };
    (!port.contains(']')).then_some((host, port))
}

fn from_nanos(nanos: i64) -> Duration {
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(0))
}
