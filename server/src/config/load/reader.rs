//! Reading typed values, with what is wrong with them collected.

use std::time::Duration;

use super::ValueError;
use crate::config::syntax::{Map, Node, Place, Value};

/// Collects errors while values are read. A value that can not be used leaves the
/// default in place; the errors keep the file from being used at all.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) errors: Vec<ValueError>,
    pub(super) not_acted_on: Vec<String>,
}

impl Reader {
    pub(super) fn error(&mut self, place: &Place, reason: impl Into<String>) {
        self.errors.push(ValueError {
            place: place.clone(),
            reason: reason.into(),
        });
    }

    fn expected(&mut self, node: &Node, what: &str) {
        let kind = node.value.kind();
        self.error(
            &node.place,
            format!("interface conversion: interface {{}} is {kind}, not {what}"),
        );
    }

    /// A key that the block does not have. Keys that other values refer to as
    /// variables may have any name.
    pub(super) fn unknown(&mut self, key: &str, place: &Place, node: &Node) {
        if !node.used_as_variable {
            self.error(place, format!("unknown field {key:?}"));
        }
    }

    pub(super) fn string(&mut self, node: &Node, into: &mut String) {
        match &node.value {
            Value::String(text) => into.clone_from(text),
            // Tokens and passwords of digits are read as numbers.
            Value::Integer(number) => *into = number.to_string(),
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

    /// A duration as text; a number is seconds.
    pub(super) fn duration(&mut self, field: &str, node: &Node, into: &mut Duration) {
        match &node.value {
            Value::String(text) => match parse_duration(text) {
                Some(duration) => *into = duration,
                None => self.error(
                    &node.place,
                    format!("error parsing {field}: time: invalid duration {text:?}"),
                ),
            },
            Value::Integer(seconds) => match u64::try_from(*seconds) {
                Ok(seconds) => *into = Duration::from_secs(seconds),
                Err(_) => self.error(
                    &node.place,
                    format!("error parsing {field}: negative duration"),
                ),
            },
            Value::Float(seconds) => match Duration::try_from_secs_f64(*seconds) {
                Ok(duration) => *into = duration,
                Err(error) => self.error(&node.place, format!("error parsing {field}: {error}")),
            },
            _ => self.error(
                &node.place,
                format!(
                    "error parsing {field}: unsupported type {}",
                    node.value.kind()
                ),
            ),
        }
    }

    /// One text or several in an array.
    pub(super) fn strings(&mut self, node: &Node) -> Vec<String> {
        match &node.value {
            Value::String(text) => vec![text.clone()],
            Value::Array(nodes) => nodes
                .iter()
                .filter_map(|node| match &node.value {
                    Value::String(text) => Some(text.clone()),
                    _ => {
                        self.expected(node, "string");
                        None
                    }
                })
                .collect(),
            _ => {
                self.expected(node, "string");
                Vec::new()
            }
        }
    }

    pub(super) fn map<'a>(&mut self, what: &str, node: &'a Node) -> Option<&'a Map> {
        match &node.value {
            Value::Map(map) => Some(map),
            _ => {
                let kind = node.value.kind();
                self.error(
                    &node.place,
                    format!("Expected {what} to be a map/struct, got {kind}"),
                );
                None
            }
        }
    }

    pub(super) fn array<'a>(&mut self, what: &str, node: &'a Node) -> &'a [Node] {
        match &node.value {
            Value::Array(nodes) => nodes,
            _ => {
                let kind = node.value.kind();
                self.error(
                    &node.place,
                    format!("Expected {what} to be an array, got {kind}"),
                );
                &[]
            }
        }
    }
}

/// Reads a duration as Go writes it: `1h2m3.5s`, `250ms`.
pub(super) fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    if rest == "0" {
        return Some(total);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let unit_end = after
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        let number: f64 = number.parse().ok()?;
        total = total.checked_add(Duration::try_from_secs_f64(number * seconds).ok()?)?;
        rest = after;
    }
    (!text.is_empty()).then_some(total)
}
