//! JSON as Go's `encoding/json` writes it.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

/// `value` with two blanks of indentation per level.
pub(super) fn pretty(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    write(value, PrettyFormatter::with_indent(b"  "))
}

/// `value` with three blanks of indentation per level, as `/ipqueuesz` has it.
pub(super) fn wide(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    write(value, PrettyFormatter::with_indent(b"   "))
}

/// `value` on one line.
pub(super) fn compact(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    write(value, CompactFormatter)
}

/// For fields that are left out when they are empty, zero or false.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn write(value: &impl Serialize, layout: impl Formatter) -> serde_json::Result<Vec<u8>> {
    let mut out = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut out, Go(layout)))?;
    Ok(out)
}

/// Escapes what is special in HTML and writes whole numbers without a fraction.
struct Go<F>(F);

impl<F: Formatter> Formatter for Go<F> {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        // Rust prints the shortest digits that read back as the same number, too.
        write!(writer, "{value}")
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            let (plain, from) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            let mut chars = from.chars();
            if let Some(special) = chars.next() {
                write!(writer, "\\u{:04x}", u32::from(special))?;
            }
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(json: serde_json::Result<Vec<u8>>) -> String {
        String::from_utf8(json.unwrap()).unwrap()
    }

    #[test]
    fn looks_like_go() {
        let value = json!({"a": [1.0, 0.5, 2], "b": "st.>\u{2028}&\"", "c": [], "d": {}});
        let escaped = concat!("st.", "\\u003e", "\\u2028", "\\u0026", "\\\"");
        let expected = format!(
            "{{\n  \"a\": [\n    1,\n    0.5,\n    2\n  ],\n  \"b\": \"{escaped}\",\n  \"c\": [],\n  \"d\": {{}}\n}}"
        );
        assert_eq!(text(pretty(&value)), expected);
        assert_eq!(text(compact(&json!({"a": 0.0}))), r#"{"a":0}"#);
        assert!(text(wide(&json!({"a": 0}))).contains("\n   \"a\""));
    }
}
