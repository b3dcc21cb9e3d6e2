//! Decimal numbers in text (`util.go`).

/// Reads a size as the protocol writes it: one to nine digits. `None` for
/// anything else (`parseSize`).
pub fn parse_size(digits: &[u8]) -> Option<usize> {
    const LEN_MAX: usize = 9;
    if digits.is_empty() || digits.len() > LEN_MAX {
        return None;
    }
    digits.iter().try_fold(0, |number, digit| match digit {
        b'0'..=b'9' => Some(number * 10 + usize::from(digit - b'0')),
        _ => None,
    })
}

/// Reads a number that is not negative. `None` for anything but digits, and
/// for what does not fit (`parseInt64`).
pub fn parse_i64(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_i64, |number, digit| match digit {
        b'0'..=b'9' => number.checked_mul(10)?.checked_add(i64::from(digit - b'0')),
        _ => None,
    })
}

/// The number with a comma between groups of three digits (`comma`).
pub fn with_commas(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_at_most_nine_digits() {
        assert_eq!(parse_size(b"999999999"), Some(999_999_999));
        assert_eq!(parse_size(b"1000000000"), None);
        assert_eq!(parse_size(b"-1"), None);
    }

    #[test]
    fn large_numbers_do_not_wrap() {
        assert_eq!(parse_i64(b"9223372036854775807"), Some(i64::MAX));
        assert_eq!(parse_i64(b"9223372036854775808"), None);
    }
}
