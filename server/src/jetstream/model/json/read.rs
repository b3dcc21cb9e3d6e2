//! Reading JSON into the names of a table (`decode.go`).

use serde_json::{Map, Value};

use super::quote::quoted;
use super::scan::{self, Fault};
use super::shape::{Choice, Refusal, Shape, Struct};
use super::time;

/// Reads all JSON values in `text`, one after the other, into one object. Fields that
/// are not known are a mistake (`Decoder` with `DisallowUnknownFields`).
///
/// # Errors
/// The first mistake, in Go's words.
pub fn read_exact(text: &[u8], of: &'static Struct) -> Result<Value, String> {
    let mut read = Value::Object(Map::new());
    let mut at = 0;
    loop {
        let (start, end) = match scan::value(text, at) {
            Ok(found) => found,
            Err(Fault::Nothing) => return Ok(read),
            Err(Fault::Cut) => return Err("unexpected EOF".to_owned()),
            Err(Fault::Byte { at, text }) => return Err(format!("{text} at offset {}", at + 1)),
        };
        let value = text.get(start..end).unwrap_or_default();
        Reader::new(value, true).run(of, &mut read)?;
        at = end;
    }
}

/// Reads the one JSON value that `text` is. Fields that are not known are left out
/// (`Unmarshal`).
///
/// # Errors
/// The first mistake, in Go's words.
pub fn read_once(text: &[u8], of: &'static Struct) -> Result<Value, String> {
    let cut = || {
        // Whether a space at the end would have been a mistake already.
        let longer = [text, b" "].concat();
        match scan::value(&longer, 0) {
            Err(Fault::Byte { text, .. }) => text,
            _ => "unexpected end of JSON input".to_owned(),
        }
    };
    let (start, end) = match scan::value(text, 0) {
        Ok(found) => found,
        Err(Fault::Byte { text, .. }) => return Err(text),
        Err(Fault::Cut | Fault::Nothing) => return Err(cut()),
    };
    let after = scan::skip_space(text, end);
    if let Some(byte) = text.get(after) {
        let byte = super::quote::quoted_byte(*byte);
        return Err(format!("invalid character {byte} after top-level value"));
    }
    let mut read = Value::Object(Map::new());
    let value = text.get(start..end).unwrap_or_default();
    Reader::new(value, false).run(of, &mut read)?;
    Ok(read)
}

/// Reads one value whose syntax is right.
struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    exact: bool,
    /// The first mistake that did not keep the rest from being read.
    mistake: Option<String>,
    /// The type that is being read, and the fields that lead there.
    within: Option<&'static str>,
    path: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    const fn new(text: &'a [u8], exact: bool) -> Self {
        Self {
            text,
            at: 0,
            exact,
            mistake: None,
            within: None,
            path: Vec::new(),
        }
    }

    fn run(mut self, of: &'static Struct, into: &mut Value) -> Result<(), String> {
        self.value(Shape::Object(of), into)?;
        self.mistake.map_or(Ok(()), Err)
    }

    fn peek(&mut self) -> u8 {
        self.at = scan::skip_space(self.text, self.at);
        self.text.get(self.at).copied().unwrap_or_default()
    }

    /// The text of the next value.
    fn raw(&mut self) -> &'a [u8] {
        // The syntax was checked.
        let (start, end) = scan::value(self.text, self.at).unwrap_or((self.at, self.text.len()));
        self.at = end;
        self.text.get(start..end).unwrap_or_default()
    }

    /// Notes that a value is of another type.
    fn mismatch(&mut self, kind: &str, shape: Shape) {
        let to = match self.within {
            Some(within) => format!("struct field {within}.{}", self.path.join(".")),
            None => "value".to_owned(),
        };
        let of = shape.type_name();
        self.mistake.get_or_insert_with(|| {
            format!("json: cannot unmarshal {kind} into Go {to} of type {of}")
        });
    }

    /// Reads the next value. An error ends the reading at once.
    fn value(&mut self, shape: Shape, into: &mut Value) -> Result<(), String> {
        match shape {
            Shape::Choice(choice) => {
                *into = Value::String(choose(choice, self.raw())?);
                return Ok(());
            }
            Shape::Time | Shape::OptionalTime => {
                match self.raw() {
                    b"null" if matches!(shape, Shape::OptionalTime) => *into = Value::Null,
                    b"null" => {}
                    raw => *into = Value::String(time::check(raw)?),
                }
                return Ok(());
            }
            _ => {}
        }
        match self.peek() {
            b'{' => self.object(shape, into),
            b'[' => self.array(shape, into),
            _ => {
                self.scalar(shape, into);
                Ok(())
            }
        }
    }

    fn scalar(&mut self, shape: Shape, into: &mut Value) {
        let raw = self.raw();
        match raw.first() {
            Some(b'n') => {
                let clears = matches!(shape, Shape::Optional(_))
                    || shape.element().is_some()
                    || shape.map_value().is_some();
                if clears {
                    *into = Value::Null;
                }
            }
            Some(b't' | b'f') => match shape {
                Shape::Flag => *into = Value::Bool(raw == b"true"),
                _ => self.mismatch("bool", shape),
            },
            Some(b'"') => match shape {
                Shape::Text => *into = Value::String(unquoted(raw)),
                _ => self.mismatch("string", shape),
            },
            _ => self.number(raw, shape, into),
        }
    }

    fn number(&mut self, raw: &[u8], shape: Shape, into: &mut Value) {
        let Some((least, greatest)) = shape.range() else {
            return self.mismatch("number", shape);
        };
        let text = String::from_utf8_lossy(raw);
        match text.parse::<i128>() {
            Ok(number) if (least..=greatest).contains(&number) => {
                *into = match i64::try_from(number) {
                    Ok(number) => number.into(),
                    Err(_) => u64::try_from(number).unwrap_or_default().into(),
                };
            }
            _ => self.mismatch(&format!("number {text}"), shape),
        }
    }

    fn array(&mut self, shape: Shape, into: &mut Value) -> Result<(), String> {
        let Some(element) = shape.element() else {
            self.raw();
            self.mismatch("array", shape);
            return Ok(());
        };
        self.at += 1;
        let mut values = Vec::new();
        while self.peek() != b']' {
            let mut value = Value::Null;
            self.value(element, &mut value)?;
            if value.is_null() {
                value = zero(element);
            }
            values.push(value);
            if self.peek() == b',' {
                self.at += 1;
            }
        }
        self.at += 1;
        *into = Value::Array(values);
        Ok(())
    }

    fn object(&mut self, shape: Shape, into: &mut Value) -> Result<(), String> {
        let of = match shape {
            Shape::Object(of) | Shape::Optional(of) => Some(of),
            _ if shape.map_value().is_some() => None,
            _ => {
                self.raw();
                self.mismatch("object", shape);
                return Ok(());
            }
        };
        if !into.is_object() {
            *into = Value::Object(Map::new());
        }
        self.at += 1;
        while self.peek() != b'}' {
            let key = unquoted(self.raw());
            self.peek();
            // The colon.
            self.at += 1;
            self.peek();
            match (of, shape.map_value()) {
                (Some(of), _) => self.field(of, &key, into)?,
                (None, Some(shape)) => self.entry(shape, key, into)?,
                (None, None) => {}
            }
            if self.peek() == b',' {
                self.at += 1;
            }
        }
        self.at += 1;
        Ok(())
    }

    fn entry(&mut self, shape: Shape, key: String, into: &mut Value) -> Result<(), String> {
        let mut value = zero(shape);
        self.value(shape, &mut value)?;
        if let Some(fields) = into.as_object_mut() {
            fields.insert(key, value);
        }
        Ok(())
    }

    fn field(&mut self, of: &'static Struct, key: &str, into: &mut Value) -> Result<(), String> {
        let Some((embedded, field)) = of.field(key) else {
            if self.exact {
                let quoted = quoted(key.as_bytes());
                self.mistake
                    .get_or_insert_with(|| format!("json: unknown field {quoted}"));
            }
            self.raw();
            return Ok(());
        };
        let (within, depth) = (self.within, self.path.len());
        self.within = Some(of.name);
        self.path.extend(embedded);
        self.path.push(field.0);
        let mut value = Value::Null;
        if let Some(fields) = into.as_object_mut()
            && let Some(known) = fields.remove(field.0)
        {
            value = known;
        }
        self.value(field.1, &mut value)?;
        self.within = within;
        self.path.truncate(depth);
        if let Some(fields) = into.as_object_mut()
            && !value.is_null()
        {
            fields.insert(field.0.to_owned(), value);
        }
        Ok(())
    }
}

/// What stands where nothing was said.
fn zero(shape: Shape) -> Value {
    match shape {
        Shape::Text => Value::String(String::new()),
        Shape::Flag => Value::Bool(false),
        Shape::Object(_) | Shape::Optional(_) => Value::Object(Map::new()),
        _ => 0.into(),
    }
}

fn choose(choice: &Choice, raw: &[u8]) -> Result<String, String> {
    let text = String::from_utf8_lossy(raw);
    let given = if choice.any_case {
        text.to_lowercase()
    } else {
        text.clone().into_owned()
    };
    if let Some((_, word)) = choice.words.iter().find(|(json, _)| *json == given) {
        return Ok((*word).to_owned());
    }
    Err(match choice.refusal {
        Refusal::Quoted => format!("can not unmarshal {}", quoted(raw)),
        Refusal::Raw(why) => format!("{why}{text}"),
        Refusal::Plain(why) => match raw.first() {
            Some(b'"' | b'n') => why.to_owned(),
            first => {
                let kind = match first {
                    Some(b'{') => "object",
                    Some(b'[') => "array",
                    Some(b't' | b'f') => "bool",
                    _ => "number",
                };
                format!("json: cannot unmarshal {kind} into Go value of type string")
            }
        },
    })
}

/// The text of a JSON string. What is not UTF-8, or half of a pair, is replaced.
fn unquoted(raw: &[u8]) -> String {
    let inner = raw
        .strip_prefix(b"\"")
        .and_then(|raw| raw.strip_suffix(b"\""))
        .unwrap_or(raw);
    let mut bytes = Vec::with_capacity(inner.len());
    let mut at = 0;
    while let Some(byte) = inner.get(at) {
        if *byte != b'\\' {
            bytes.push(*byte);
            at += 1;
            continue;
        }
        let escaped = inner.get(at + 1).copied().unwrap_or_default();
        at += 2;
        let char = match escaped {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let (char, len) = code_point(inner, at);
                at += len;
                char
            }
            other => char::from(other),
        };
        bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
    }
    // One replacement for each byte that makes no sense, as Go has it.
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

/// The character that the digits at `at` stand for, perhaps with a second escape, and
/// how long all that is.
fn code_point(inner: &[u8], at: usize) -> (char, usize) {
    let unit = |at: usize| {
        let digits = inner.get(at..at + 4)?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let first = unit(at).unwrap_or(u32::from(char::REPLACEMENT_CHARACTER));
    if let Some(char) = char::from_u32(first) {
        return (char, 4);
    }
    if (0xd800..0xdc00).contains(&first)
        && inner.get(at + 4..at + 6) == Some(b"\\u")
        && let Some(second @ 0xdc00..0xe000) = unit(at + 6)
        && let Some(char) = char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + second - 0xdc00)
    {
        return (char, 10);
    }
    (char::REPLACEMENT_CHARACTER, 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jetstream::model::json::Field;

    static INNER: Struct = Struct {
        name: "Inner",
        embedded: None,
        fields: &[Field("a", Shape::Int), Field("b", Shape::Texts)],
    };
    static OUTER: Struct = Struct {
        name: "Outer",
        embedded: Some(("Inner", &INNER)),
        fields: &[
            Field("in", Shape::Optional(&INNER)),
            Field("map", Shape::TextMap),
            Field("list", Shape::Objects(&INNER)),
        ],
    };

    #[test]
    fn names_match_in_any_case_and_what_comes_twice_is_merged() {
        let text = br#"{"A":1,"IN":{"a":2},"in":{"b":["x",null]},"map":null}{"a":3}"#;
        let read = read_exact(text, &OUTER).unwrap();
        let expected = r#"{"a":3,"in":{"a":2,"b":["x",""]}}"#;
        assert_eq!(read.to_string(), expected);
        let read = read_once(br#" {"unknown":{"x":[1]},"a":1} "#, &OUTER).unwrap();
        assert_eq!(read.to_string(), r#"{"a":1}"#);
        assert_eq!(read_exact(b"  ", &OUTER).unwrap().to_string(), "{}");
    }

    #[test]
    fn mistakes_are_told_as_go_does() {
        for (text, expected) in [
            (
                r#"{"a":"x"}"#,
                "string into Go struct field Outer.Inner.a of type int",
            ),
            (
                r#"{"in":{"a":1.5}}"#,
                "number 1.5 into Go struct field Inner.in.a of type int",
            ),
            (
                r#"{"in":[]}"#,
                "array into Go struct field Outer.in of type server.Inner",
            ),
            (
                r#"{"list":[{"b":[1]}]}"#,
                "number into Go struct field Inner.list.b of type string",
            ),
            ("[]", "array into Go value of type server.Outer"),
        ] {
            let error = read_exact(text.as_bytes(), &OUTER).unwrap_err();
            assert_eq!(error, format!("json: cannot unmarshal {expected}"));
        }
        let error = |text: &str| read_once(text.as_bytes(), &OUTER).unwrap_err();
        assert_eq!(error("{"), "unexpected end of JSON input");
        assert_eq!(error("-"), "invalid character ' ' in numeric literal");
        assert_eq!(error("{} x"), "invalid character 'x' after top-level value");
        let error = read_exact(br#"{"x\"y":1}"#, &OUTER).unwrap_err();
        assert_eq!(error, r#"json: unknown field "x\"y""#);
    }

    #[test]
    fn strings_are_mended() {
        assert_eq!(
            unquoted(br#""\ud83d\ude00\ud800x\u0041""#),
            "\u{1f600}\u{fffd}xA"
        );
        assert_eq!(unquoted(b"\"\xff\xfe\""), "\u{fffd}\u{fffd}");
    }
}
