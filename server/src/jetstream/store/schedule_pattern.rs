//! When a scheduled message is due, by its `Nats-Schedule` header.

use jiff::Timestamp;

use super::headers;

/// When a schedule runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextRun {
    /// Nanoseconds since 1970.
    pub at: i64,
    /// Whether it runs again and again.
    pub repeats: bool,
}

const SECOND: i64 = 1_000_000_000;

/// Reads a pattern: `@at` with a time as in RFC 3339, or `@every` with a duration
/// of at least a second. `ts` is when it was stored or last due; a run that was
/// missed since then is left out. `None` is a pattern that is neither. Times in
/// nanoseconds since 1970. Go: `parseMsgSchedule`.
#[must_use]
pub fn parse_schedule(pattern: &str, ts: i64, now: i64) -> Option<NextRun> {
    if let Some(time) = pattern.strip_prefix("@at ") {
        return Some(NextRun {
            at: parse_time(time)?,
            repeats: false,
        });
    }
    let every = headers::parse_duration(pattern.strip_prefix("@every ")?)?;
    if every < SECOND {
        return None;
    }
    let mut at = rounded(ts).saturating_add(every);
    if at < now {
        at = rounded(now).saturating_add(every);
    }
    Some(NextRun { at, repeats: true })
}

/// When a message with this header block is to be published; `None` if it has no
/// schedule that makes sense. Go: `nextMessageSchedule`.
pub(super) fn next_run(header: &[u8], ts: i64, now: i64) -> Option<NextRun> {
    if header.is_empty() {
        return None;
    }
    parse_schedule(headers::text(headers::SCHEDULE, header)?, ts, now)
}

/// A time as in RFC 3339, in nanoseconds since 1970 as far as they reach.
pub(super) fn parse_time(text: &str) -> Option<i64> {
    // Only the shape of RFC 3339 is left to the parser, which takes more.
    let bytes = text.as_bytes();
    let (date, rest) = bytes.split_at_checked(19)?;
    let shape = date.iter().enumerate().all(|(at, byte)| match at {
        4 | 7 => *byte == b'-',
        10 => *byte == b'T',
        13 | 16 => *byte == b':',
        _ => byte.is_ascii_digit(),
    });
    let zone = match rest.strip_prefix(b".") {
        Some(fraction) => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit());
            let count = digits.count();
            (count > 0).then(|| fraction.get(count..))??
        }
        None => rest,
    };
    let zoned = match zone {
        b"Z" => true,
        [b'+' | b'-', h0, h1, b':', m0, m1] => [h0, h1, m0, m1].into_iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if !shape || !zoned || date.get(17..) == Some(b"60") {
        return None;
    }
    let time: Timestamp = text.parse().ok()?;
    let limits = i128::from(i64::MIN)..=i128::from(i64::MAX);
    i64::try_from(time.as_nanosecond().clamp(*limits.start(), *limits.end())).ok()
}

/// To the nearest second, halves up.
const fn rounded(time: i64) -> i64 {
    time.saturating_add(SECOND / 2)
        .div_euclid(SECOND)
        .saturating_mul(SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_read() {
        let at = |at, repeats| Some(NextRun { at, repeats });
        let cases = [
            ("@at 1970-01-01T00:00:05Z", at(5 * SECOND, false)),
            (
                "@at 1970-01-01T02:00:05.25+02:00",
                at(5 * SECOND + SECOND / 4, false),
            ),
            ("@at 9999-01-01T00:00:00Z", at(i64::MAX, false)),
            ("@every 10s", at(20 * SECOND, true)),
            ("@every 1.5s", at(11 * SECOND + SECOND / 2, true)),
            ("@every 999ms", None),
            ("@every 10", None),
            ("@every -10s", None),
            ("@at 1970-01-01 00:00:05Z", None),
            ("@at 1970-01-01T00:00:05", None),
            ("@at 1970-01-01T00:00:60Z", None),
            ("@at 1970-02-30T00:00:00Z", None),
            ("@at 1970-01-01T00:00:05.Z", None),
            ("@at", None),
            ("", None),
            ("0 * * * *", None),
        ];
        for (pattern, expected) in cases {
            assert_eq!(
                parse_schedule(pattern, 10 * SECOND, 0),
                expected,
                "{pattern}"
            );
        }
    }

    #[test]
    fn missed_runs_are_left_out() {
        let run = |ts, now| parse_schedule("@every 10s", ts, now).unwrap().at;
        assert_eq!(run(10 * SECOND - 1, 20 * SECOND), 20 * SECOND);
        assert_eq!(run(10 * SECOND, 95 * SECOND + 1), 105 * SECOND);
        assert_eq!(run(10 * SECOND, 95 * SECOND + SECOND / 2), 106 * SECOND);
    }
}
