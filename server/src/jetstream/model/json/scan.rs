//! Where a value ends, and what is wrong with it (`scanner.go`).

use super::quote::quoted_byte;

/// Deepest nesting of objects and arrays.
const DEPTH_MAX: usize = 10_000;

/// Why there is no value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// There is nothing but white space.
    Nothing,
    /// The text ends too early.
    Cut,
    /// A byte that does not belong there: where, and what was expected.
    Byte { at: usize, text: String },
}

impl Fault {
    fn byte(text: &[u8], at: usize, context: &str) -> Self {
        match text.get(at) {
            Some(byte) => Self::Byte {
                at,
                text: format!("invalid character {} {context}", quoted_byte(*byte)),
            },
            None => Self::Cut,
        }
    }
}

/// What an open object or array is at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Key,
    Value,
    Array,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    AfterValue,
}

/// Where white space from `at` on ends.
pub(super) fn skip_space(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    at + rest.iter().take_while(|byte| space(byte)).count()
}

/// Where the value at `start` begins and ends.
pub(super) fn value(text: &[u8], start: usize) -> Result<(usize, usize), Fault> {
    let begin = skip_space(text, start);
    if begin >= text.len() {
        return Err(Fault::Nothing);
    }
    let (mut at, mut next) = (begin, Next::Value);
    let mut open: Vec<Inside> = Vec::new();
    loop {
        at = skip_space(text, at);
        let byte = *text.get(at).ok_or(Fault::Cut)?;
        match next {
            Next::Value | Next::ValueOrEnd => match byte {
                b']' if next == Next::ValueOrEnd => {
                    next = Next::AfterValue;
                    continue;
                }
                b'{' | b'[' => {
                    if open.len() >= DEPTH_MAX {
                        return Err(Fault::byte(text, at, "exceeded max depth"));
                    }
                    let (inside, then) = match byte {
                        b'{' => (Inside::Key, Next::KeyOrEnd),
                        _ => (Inside::Array, Next::ValueOrEnd),
                    };
                    open.push(inside);
                    (at, next) = (at + 1, then);
                    continue;
                }
                _ => {
                    at = scalar(text, at)?;
                    next = Next::AfterValue;
                }
            },
            Next::Key | Next::KeyOrEnd => match byte {
                b'}' if next == Next::KeyOrEnd => {
                    if let Some(inside) = open.last_mut() {
                        *inside = Inside::Value;
                    }
                    next = Next::AfterValue;
                    continue;
                }
                b'"' => {
                    at = string(text, at)?;
                    next = Next::AfterValue;
                }
                _ => {
                    let context = "looking for beginning of object key string";
                    return Err(Fault::byte(text, at, context));
                }
            },
            Next::AfterValue => {
                let Some(inside) = open.last_mut() else {
                    return Ok((begin, at));
                };
                (next, at) = match (*inside, byte) {
                    (Inside::Key, b':') => {
                        *inside = Inside::Value;
                        (Next::Value, at + 1)
                    }
                    (Inside::Value, b',') => {
                        *inside = Inside::Key;
                        (Next::Key, at + 1)
                    }
                    (Inside::Array, b',') => (Next::Value, at + 1),
                    (Inside::Value, b'}') | (Inside::Array, b']') => {
                        open.pop();
                        (Next::AfterValue, at + 1)
                    }
                    (inside, _) => {
                        let context = match inside {
                            Inside::Key => "after object key",
                            Inside::Value => "after object key:value pair",
                            Inside::Array => "after array element",
                        };
                        return Err(Fault::byte(text, at, context));
                    }
                };
            }
        }
        if open.is_empty() && next == Next::AfterValue {
            return Ok((begin, at));
        }
    }
}

/// The end of a string, number or word.
fn scalar(text: &[u8], at: usize) -> Result<usize, Fault> {
    match text.get(at) {
        Some(b'"') => string(text, at),
        Some(b'-' | b'0'..=b'9') => number(text, at),
        Some(b't') => word(text, at, "true"),
        Some(b'f') => word(text, at, "false"),
        Some(b'n') => word(text, at, "null"),
        _ => Err(Fault::byte(text, at, "looking for beginning of value")),
    }
}

fn word(text: &[u8], at: usize, word: &str) -> Result<usize, Fault> {
    for (offset, expected) in word.bytes().enumerate() {
        if text.get(at + offset) != Some(&expected) {
            let expected = char::from(expected);
            let context = format!("in literal {word} (expecting '{expected}')");
            return Err(Fault::byte(text, at + offset, &context));
        }
    }
    Ok(at + word.len())
}

fn digits(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn number(text: &[u8], mut at: usize) -> Result<usize, Fault> {
    if text.get(at) == Some(&b'-') {
        at += 1;
    }
    at = match text.get(at) {
        Some(b'0') => at + 1,
        Some(b'1'..=b'9') => digits(text, at),
        _ => return Err(Fault::byte(text, at, "in numeric literal")),
    };
    let some_digits = |at: usize, context: &str| match digits(text, at) {
        end if end > at => Ok(end),
        _ => Err(Fault::byte(text, at, context)),
    };
    if text.get(at) == Some(&b'.') {
        at = some_digits(at + 1, "after decimal point in numeric literal")?;
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        at = some_digits(at + 1 + sign, "in exponent of numeric literal")?;
    }
    Ok(at)
}

fn string(text: &[u8], at: usize) -> Result<usize, Fault> {
    let mut at = at + 1;
    loop {
        match text.get(at) {
            None => return Err(Fault::Cut),
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => match text.get(at + 1) {
                Some(b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"') => at += 2,
                Some(b'u') => {
                    for digit in at + 2..at + 6 {
                        if !text.get(digit).is_some_and(u8::is_ascii_hexdigit) {
                            let context = "in \\u hexadecimal character escape";
                            return Err(Fault::byte(text, digit, context));
                        }
                    }
                    at += 6;
                }
                _ => return Err(Fault::byte(text, at + 1, "in string escape code")),
            },
            Some(..=0x1f) => return Err(Fault::byte(text, at, "in string literal")),
            Some(_) => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_end_where_they_end() {
        for text in [
            "{}",
            "[]",
            "[1,[2,{\"a\":null}],\"x\\u00e9\\n\"]",
            "-0.5e+7",
            "true",
            "{\"a\":{}}",
        ] {
            let (start, end) = (1, 1 + text.len());
            let padded = format!(" {text} ,");
            assert_eq!(value(padded.as_bytes(), 0), Ok((start, end)), "{text}");
        }
        assert_eq!(value(b"01", 0), Ok((0, 1)));
        assert_eq!(value(b" \n", 0), Err(Fault::Nothing));
        for cut in ["{", "[1", "\"a", "{\"a\":", "-", "1.", "tru", "\"\\u12"] {
            assert_eq!(value(cut.as_bytes(), 0), Err(Fault::Cut), "{cut}");
        }
        let deep = "[".repeat(DEPTH_MAX + 1);
        assert!(
            matches!(value(deep.as_bytes(), 0), Err(Fault::Byte { at, .. }) if at == DEPTH_MAX)
        );
    }
}
