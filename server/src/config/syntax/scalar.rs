//! What a bare word of a configuration is: a number, a truth value, a date or text.

use super::error::SyntaxError;
use super::value::Value;

/// How much of a word is a value, if it begins like a number: the Go server ends a
/// fraction, an address and a negative number where they can not go on, and leaves the
/// rest. `next` is what stands after the word.
pub(super) fn extent(word: &str, next: Option<char>) -> Result<usize, String> {
    let shown = |rest: &str| {
        let found = rest.chars().next().or(next);
        found.map_or_else(|| "EOF".to_owned(), |c| c.escape_debug().to_string())
    };
    let (digits, rest) = split_digits(word);
    let negative = digits.starts_with('-');
    match digits.trim_start_matches('-').len() {
        0 if negative && rest.starts_with('.') => {
            return Err("Floats must start with a digit, not '.'.".to_owned());
        }
        0 if negative => return Err(format!("Expected a digit but got '{}'.", shown(rest))),
        0 => return Ok(word.len()),
        4 if !negative && rest.starts_with('-') => {
            return if is_date(word) {
                Ok(word.len())
            } else {
                Err("All ISO8601 dates must be in full Zulu form.".to_owned())
            };
        }
        _ if !negative && rest.starts_with('-') => {
            return Err("All ISO8601 dates must be in full Zulu form.".to_owned());
        }
        _ => {}
    }
    let Some(fraction) = rest.strip_prefix('.') else {
        let suffixed = rest.starts_with(|c: char| factor(c.encode_utf8(&mut [0; 4])).is_some());
        return Ok(if negative && !suffixed {
            digits.len()
        } else {
            word.len()
        });
    };
    let end = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    if end.len() == fraction.len() {
        let found = shown(fraction);
        return Err(format!(
            "Floats must have a digit after the '.', but got '{found}' instead."
        ));
    }
    let left = if end.starts_with('.') {
        end.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ':' | '-'))
    } else {
        end
    };
    Ok(word.len() - left.len())
}

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

/// Whether a word is a number with a suffix, such as `4k`.
pub(super) fn has_suffix(word: &str) -> bool {
    is_integer(word) && !split_digits(word).1.is_empty()
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
        ] {
            assert_eq!(read(word).unwrap(), value, "{word}");
        }
    }

    #[test]
    fn what_begins_like_a_number_ends_where_that_does() {
        for (word, want) in [
            ("44", 2),
            ("4kx", 3),
            ("44x", 3),
            ("-4x", 2),
            ("-4kx", 4),
            ("1.5k", 3),
            ("-1.5.6", 6),
            ("1.2.3.4:-1", 10),
            ("1.2.3.4/24", 7),
            ("2006-01-02T15:04:05Z", 20),
            ("x-1.y", 5),
        ] {
            assert_eq!(extent(word, None), Ok(want), "{word}");
        }
        for (word, error) in [
            ("-x", "Expected a digit but got 'x'."),
            ("-", "Expected a digit but got '\\n'."),
            ("-.5", "Floats must start with a digit, not '.'."),
            (
                "1.x",
                "Floats must have a digit after the '.', but got 'x' instead.",
            ),
            (
                "1.",
                "Floats must have a digit after the '.', but got '\\n' instead.",
            ),
            ("10-2", "All ISO8601 dates must be in full Zulu form."),
            ("2006-01", "All ISO8601 dates must be in full Zulu form."),
        ] {
            let found = extent(word, Some('\n'));
            assert_eq!(found, Err(error.to_owned()), "{word}");
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
