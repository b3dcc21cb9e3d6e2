//! Splitting and reading the arguments of a control line.

/// Most digits a size may have.
const SIZE_DIGITS_MAX: usize = 9;

/// Reads a size written in decimal digits, at most nine of them.
///
/// Anything else is `None`. Answers to `parseSize` in `util.go`.
#[must_use]
pub fn parse_size(digits: &[u8]) -> Option<usize> {
    if digits.is_empty() || digits.len() > SIZE_DIGITS_MAX {
        return None;
    }
    digits.iter().try_fold(0usize, |total, digit| {
        digit
            .is_ascii_digit()
            .then(|| total * 10 + usize::from(digit - b'0'))
    })
}

/// Splits a control line's arguments at blanks and tabs into `N` slots.
///
/// Returns how many arguments there were, or `None` if there were more than `N`.
#[must_use]
pub fn split_args<const N: usize>(line: &[u8]) -> Option<([&[u8]; N], usize)> {
    let mut found: [&[u8]; N] = [&[]; N];
    let mut count = 0;
    for part in line.split(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
        if part.is_empty() {
            continue;
        }
        *found.get_mut(count)? = part;
        count += 1;
    }
    Some((found, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_at_most_nine_digits() {
        assert_eq!(parse_size(b"12345678"), Some(12_345_678));
        assert_eq!(parse_size(b"999999999"), Some(999_999_999));
        for bad in [&b""[..], b"1000000000", b"12a", b"-1", b" 1"] {
            assert_eq!(parse_size(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn arguments_split_at_any_run_of_blanks() {
        let (args, count) = split_args::<3>(b" a\t\tbb  c ").unwrap();
        assert_eq!((args, count), ([&b"a"[..], b"bb", b"c"], 3));
        assert!(split_args::<2>(b"a b c").is_none());
        assert_eq!(split_args::<2>(b"").unwrap().1, 0);
    }
}
