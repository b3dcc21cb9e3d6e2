//! Durations in text as Go's `time` package reads and writes them.

use std::time::Duration;

use thiserror::Error;

/// Text that is no duration. Texts as `time.ParseDuration` has them.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DurationError {
    /// It is nothing like a duration, or too long a one.
    #[error("time: invalid duration {0:?}")]
    Invalid(String),
    /// A number without a unit.
    #[error("time: missing unit in duration {0:?}")]
    MissingUnit(String),
    /// A unit nobody knows.
    #[error("time: unknown unit {unit:?} in duration {text:?}")]
    UnknownUnit {
        /// The unit.
        unit: String,
        /// All of the text.
        text: String,
    },
}

/// Reads `1h2m3.5s`, `-250ms` and the like, into nanoseconds.
///
/// # Errors
///
/// [`DurationError`].
pub fn parse(text: &str) -> Result<i64, DurationError> {
    let invalid = || DurationError::Invalid(text.to_owned());
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let (whole, after) = split_digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => split_digits(after),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let end = after
            .find(|c: char| c == '.' || c.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        if unit.is_empty() {
            return Err(DurationError::MissingUnit(text.to_owned()));
        }
        let nanos = unit_nanos(unit).ok_or_else(|| DurationError::UnknownUnit {
            unit: unit.to_owned(),
            text: text.to_owned(),
        })?;
        let whole: i128 = if whole.is_empty() {
            0
        } else {
            whole.parse().map_err(|_| invalid())?
        };
        total = total
            .checked_add(whole.checked_mul(nanos).ok_or_else(invalid)?)
            .ok_or_else(invalid)?;
        // Digits behind the nanosecond do not count.
        let mut scale = nanos;
        for digit in fraction.bytes() {
            scale /= 10;
            total += i128::from(digit - b'0') * scale;
        }
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).map_err(|_| invalid())
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

fn unit_nanos(unit: &str) -> Option<i128> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// Writes a duration as `2m0s`, `1.5s` or `250ms`.
#[must_use]
pub fn format(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    if nanos == 0 {
        return "0s".to_owned();
    }
    if nanos < 1_000_000_000 {
        let (unit, scale) = match nanos {
            0..1_000 => ("ns", 1),
            1_000..1_000_000 => ("µs", 1_000),
            _ => ("ms", 1_000_000),
        };
        return format!("{}{unit}", decimal(nanos, scale));
    }
    let (minutes, seconds) = (nanos / 60_000_000_000, nanos % 60_000_000_000);
    let seconds = decimal(seconds, 1_000_000_000);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

fn decimal(nanos: u128, scale: u128) -> String {
    let (whole, rest) = (nanos / scale, nanos % scale);
    if rest == 0 {
        return whole.to_string();
    }
    let width = usize::try_from(scale.ilog10()).unwrap_or(0);
    format!(
        "{whole}.{}",
        format!("{rest:0width$}").trim_end_matches('0')
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_as_go_reads_it() {
        for (text, want) in [
            ("1h2m3s", 3_723_000_000_000),
            ("1.5s", 1_500_000_000),
            (".5s", 500_000_000),
            ("-250ms", -250_000_000),
            ("10m5s30ms", 605_030_000_000),
            ("0", 0),
            ("1µs", 1_000),
        ] {
            assert_eq!(parse(text), Ok(want), "{text}");
        }
        for (text, want) in [
            ("", "time: invalid duration \"\""),
            ("abc", "time: invalid duration \"abc\""),
            ("123", "time: missing unit in duration \"123\""),
            ("1x", "time: unknown unit \"x\" in duration \"1x\""),
            ("300000h", "ok"),
            ("3000000h", "time: invalid duration \"3000000h\""),
        ] {
            let shown = parse(text).map_or_else(|error| error.to_string(), |_| "ok".to_owned());
            assert_eq!(shown, want, "{text}");
        }
    }

    #[test]
    fn durations_are_written_as_go_writes_them() {
        for (nanos, want) in [
            (0, "0s"),
            (1, "1ns"),
            (1_500, "1.5µs"),
            (250_000_000, "250ms"),
            (5_000_000_000, "5s"),
            (120_000_000_000, "2m0s"),
            (3_661_050_000_000, "1h1m1.05s"),
        ] {
            assert_eq!(format(Duration::from_nanos(nanos)), want);
        }
    }
}
