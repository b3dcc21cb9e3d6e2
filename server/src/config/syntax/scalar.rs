//! What a bare word of a configuration is: a number, a truth value, a date or text.

use super::error::SyntaxError;
use super::value::Value;

/// Reads a word that is not quoted.
pub(super) fn read(word: &str) -> Result<Value, SyntaxError> {
    if let Some(truth) = truth(word) {
        return Ok(Value::Bool(truth));
    }
    if is_integer(word) {
        return integer(word);
    }
    if is_float(word) {
        return word
            .parse()
            .map(Value::Float)
            .map_err(|_| SyntaxError::Range {
                kind: "float",
                text: word.to_owned(),
            });
    }
    if is_date(word) {
        return Ok(Value::Date(word.to_owned()));
    }
    Ok(Value::String(word.to_owned()))
}

fn truth(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Splits the digits of a number, with its sign, from the rest.
fn split_digits(word: &str) -> (&str, &str) {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    word.split_at(end + word.len() - digits.len())
}

fn is_integer(word: &str) -> bool {
    let (digits, suffix) = split_digits(word);
    digits.ends_with(|c: char| c.is_ascii_digit()) && factor(suffix).is_some()
}

fn integer(word: &str) -> Result<Value, SyntaxError> {
    let range = || SyntaxError::Range {
        kind: "integer",
        text: word.to_owned(),
    };
    let (digits, suffix) = split_digits(word);
    let number: i64 = digits.parse().map_err(|_| range())?;
    let factor = factor(suffix).ok_or_else(range)?;
    // A product beyond the range wraps in the Go server; it is refused here.
    number
        .checked_mul(factor)
        .map(Value::Integer)
        .ok_or_else(range)
}

/// What a suffix multiplies with: `k` is a thousand, `kb`, `ki` and `kib` are 1024.
fn factor(suffix: &str) -> Option<i64> {
    let suffix = suffix.to_ascii_lowercase();
    let mut letters = suffix.chars();
    let Some(letter) = letters.next() else {
        return Some(1);
    };
    let power = match letter {
        'k' => 1,
        'm' => 2,
        'g' => 3,
        't' => 4,
        'p' => 5,
        'e' => 6,
        _ => return None,
    };
    match letters.as_str() {
        "" => Some(1000i64.pow(power)),
        "b" | "i" | "ib" => Some(1024i64.pow(power)),
        _ => None,
    }
}

fn is_float(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    digits.split_once('.').is_some_and(|(whole, fraction)| {
        !whole.is_empty()
            && !fraction.is_empty()
            && whole
                .bytes()
                .chain(fraction.bytes())
                .all(|byte| byte.is_ascii_digit())
    })
}

/// `2006-01-02T15:04:05Z`.
fn is_date(word: &str) -> bool {
    let shape = b"0000-00-00T00:00:00Z";
    word.len() == shape.len()
        && word.bytes().zip(shape).all(|(have, want)| {
            if *want == b'0' {
                have.is_ascii_digit()
            } else {
                have == *want
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_they_look_like() {
        for (word, value) in [
            ("yes", Value::Bool(true)),
            ("OFF", Value::Bool(false)),
            ("22", Value::Integer(22)),
            ("-3", Value::Integer(-3)),
            ("8k", Value::Integer(8000)),
            ("1MB", Value::Integer(1 << 20)),
            ("2gib", Value::Integer(2 << 30)),
            ("1.5", Value::Float(1.5)),
            (
                "2006-01-02T15:04:05Z",
                Value::Date("2006-01-02T15:04:05Z".into()),
            ),
            ("127.0.0.1:4222", Value::String("127.0.0.1:4222".into())),
            ("127.0.0.1", Value::String("127.0.0.1".into())),
            ("3xyz", Value::String("3xyz".into())),
            ("10kx", Value::String("10kx".into())),
            ("-", Value::String("-".into())),
        ] {
            assert_eq!(read(word).unwrap(), value, "{word}");
        }
    }

    #[test]
    fn numbers_beyond_the_range_are_refused() {
        for word in ["9223372036854775808", "9223372036854775807k"] {
            let error = read(word).unwrap_err().to_string();
            assert_eq!(error, format!("integer '{word}' is out of the range"));
        }
    }
}
