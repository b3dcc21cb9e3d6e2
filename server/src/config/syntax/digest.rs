//! The digest of a configuration (`ParseFileWithChecksDigest`): SHA-256 of its tree
//! as Go writes it in JSON, without the entries that served as variables. Two files
//! that mean the same have the same digest, in either server.

use sha2::{Digest as _, Sha256};

use super::value::{Map, Value};

/// `sha256:` and the digest in hexadecimal.
#[must_use]
pub fn digest(map: &Map) -> String {
    let mut json = String::new();
    write_map(&mut json, map);
    json.push('\n');
    let hash: String = Sha256::digest(json)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{hash}")
}

fn write_map(json: &mut String, map: &Map) {
    json.push('{');
    let mut first = true;
    for (key, node) in map.iter().filter(|(_, node)| !node.used_as_variable) {
        if !std::mem::take(&mut first) {
            json.push(',');
        }
        write_string(json, key);
        json.push(':');
        write(json, &node.value);
    }
    json.push('}');
}

fn write(json: &mut String, value: &Value) {
    match value {
        Value::String(text) | Value::Date(text) => write_string(json, text),
        Value::Integer(number) => json.push_str(&number.to_string()),
        Value::Float(number) => write_float(json, *number),
        Value::Bool(truth) => json.push_str(if *truth { "true" } else { "false" }),
        Value::Map(map) => write_map(json, map),
        Value::Array(nodes) => {
            json.push('[');
            for (n, node) in nodes.iter().enumerate() {
                if n > 0 {
                    json.push(',');
                }
                write(json, &node.value);
            }
            json.push(']');
        }
    }
}

/// Go writes very large and very small numbers with an exponent.
fn write_float(json: &mut String, number: f64) {
    let size = number.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{number:e}");
        json.push_str(&match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => {
                format!("{digits}e+{exponent}")
            }
            _ => text,
        });
    } else {
        json.push_str(&number.to_string());
    }
}

/// A string, with the characters escaped that Go escapes for browsers.
fn write_string(json: &mut String, text: &str) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                json.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            _ => json.push(c),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::syntax::parse_text;

    fn json(text: &str) -> String {
        let mut json = String::new();
        write_map(&mut json, &parse_text(text).unwrap());
        json
    }

    #[test]
    fn trees_are_written_as_go_writes_them() {
        assert_eq!(
            json(
                "b: [1, x, {c: 1.5}]\na: \"<&\\\"\"\nd: 2006-01-02T15:04:05Z, e: yes, f: 0.00000015"
            ),
            r#"{"a":"\u003c\u0026\"","b":[1,"x",{"c":1.5}],"d":"2006-01-02T15:04:05Z","e":true,"f":1.5e-7}"#
        );
    }

    #[test]
    fn variables_do_not_count() {
        assert_eq!(json("A: 7890\nport: $A"), r#"{"port":7890}"#);
        let (one, other) = (
            parse_text("port: 1").unwrap(),
            parse_text("# p\nX: 1\nport: $X"),
        );
        assert_eq!(digest(&one), digest(&other.unwrap()));
        assert_eq!(digest(&one).len(), "sha256:".len() + 64);
    }
}
