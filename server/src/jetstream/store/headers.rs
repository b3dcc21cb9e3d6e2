//! Headers that stores look at.

use crate::jetstream::model::ApiError;
use crate::platform::decimal;
use crate::protocol::header_value;

/// Seconds or a duration until the message expires, or `never`.
pub const MESSAGE_TTL: &[u8] = b"Nats-TTL";
/// Which older messages the message replaces.
pub const ROLLUP: &[u8] = b"Nats-Rollup";
/// Value of [`ROLLUP`]: those of its subject.
pub const ROLLUP_SUBJECT: &[u8] = b"sub";
/// The identity of a message for the detection of duplicates.
pub const MESSAGE_ID: &[u8] = b"Nats-Msg-Id";
/// Why a marker stands for a subject.
pub const MARKER_REASON: &[u8] = b"Nats-Marker-Reason";
/// Value of [`MARKER_REASON`]: the last message grew too old.
pub const MARKER_REASON_MAX_AGE: &[u8] = b"MaxAge";
/// What a key-value client did.
pub const KV_OPERATION: &[u8] = b"KV-Operation";
/// Value of [`KV_OPERATION`]: the key was purged.
pub const KV_OPERATION_PURGE: &[u8] = b"PURGE";
/// When the message is to be published.
pub const SCHEDULE: &[u8] = b"Nats-Schedule";
/// The [`MESSAGE_TTL`] of what is published then.
pub const SCHEDULE_TTL: &[u8] = b"Nats-Schedule-TTL";
/// The subject of what is published then.
pub const SCHEDULE_TARGET: &[u8] = b"Nats-Schedule-Target";
/// The subject whose last message is published instead.
pub const SCHEDULE_SOURCE: &[u8] = b"Nats-Schedule-Source";
/// In what was published: the subject of the schedule.
pub const SCHEDULER: &[u8] = b"Nats-Scheduler";
/// In what was published: when it is next, or [`SCHEDULE_NEXT_PURGE`].
pub const SCHEDULE_NEXT: &[u8] = b"Nats-Schedule-Next";
/// Value of [`SCHEDULE_NEXT`]: never again.
pub const SCHEDULE_NEXT_PURGE: &[u8] = b"purge";

const SECOND: u64 = 1_000_000_000;

/// The value of a header as text; `None` if it is not there, empty or not UTF-8.
#[must_use]
pub fn text<'a>(key: &[u8], header: &'a [u8]) -> Option<&'a str> {
    let value = header_value(key, header)?;
    std::str::from_utf8(value)
        .ok()
        .filter(|text| !text.is_empty())
}

/// Seconds that a message may live, by its header: 0 if it does not say, -1 for
/// ever.
///
/// # Errors
/// [`ApiError::message_ttl_invalid`].
pub fn message_ttl(header: &[u8]) -> Result<i64, ApiError> {
    match header_value(MESSAGE_TTL, header) {
        None | Some(b"") => Ok(0),
        Some(ttl) => parse_message_ttl(ttl),
    }
}

/// Reads seconds, a duration of at least one second, or `never`, which is -1.
///
/// # Errors
/// [`ApiError::message_ttl_invalid`].
pub fn parse_message_ttl(ttl: &[u8]) -> Result<i64, ApiError> {
    if ttl.eq_ignore_ascii_case(b"never") {
        return Ok(-1);
    }
    if let Some(nanos) = std::str::from_utf8(ttl).ok().and_then(parse_duration) {
        let seconds = nanos / SECOND as i64;
        return if seconds < 1 {
            Err(ApiError::message_ttl_invalid())
        } else {
            Ok(seconds)
        };
    }
    decimal::parse_i64(ttl)
        .filter(|seconds| *seconds >= 0)
        .ok_or_else(ApiError::message_ttl_invalid)
}

/// Reads a duration as Go's `time.ParseDuration` does, such as `1h15m30.918s`,
/// in nanoseconds.
#[must_use]
pub fn parse_duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0_u64;
    while !rest.is_empty() {
        let (part, after) = take_part(rest)?;
        total = total.checked_add(part).filter(|total| *total <= 1 << 63)?;
        rest = after;
    }
    if negative {
        return Some(0_i64.wrapping_sub_unsigned(total));
    }
    i64::try_from(total).ok()
}

/// A number with its unit, and what follows.
fn take_part(text: &str) -> Option<(u64, &str)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, mut rest) = text.split_at_checked(digits(text))?;
    let mut fraction = "";
    if let Some(after) = rest.strip_prefix('.') {
        (fraction, rest) = after.split_at_checked(digits(after))?;
    }
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let end = rest
        .bytes()
        .position(|byte| byte == b'.' || byte.is_ascii_digit())
        .unwrap_or(rest.len());
    let (unit, rest) = rest.split_at_checked(end)?;
    let unit = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 3_600 * SECOND,
        _ => return None,
    };
    let whole: u64 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let mut nanos = whole.checked_mul(unit)?;
    if !fraction.is_empty() {
        let share: f64 = format!("0.{fraction}").parse().ok()?;
        nanos = nanos.checked_add((share * unit as f64) as u64)?;
    }
    Some((nanos, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_in_go() {
        let cases = [
            ("0", Some(0)),
            ("5s", Some(5_000_000_000)),
            ("-5s", Some(-5_000_000_000)),
            ("1h15m30.918s", Some(4_530_918_000_000)),
            (".5m", Some(30_000_000_000)),
            ("1.s", Some(1_000_000_000)),
            ("10ns", Some(10)),
            ("3µs", Some(3_000)),
            ("3us2ms", Some(2_003_000)),
            ("9223372036854775807ns", Some(i64::MAX)),
            ("-9223372036854775808ns", Some(i64::MIN)),
            ("9223372036854775808ns", None),
            ("2562048h", None),
            ("", None),
            ("-", None),
            ("3", None),
            ("s", None),
            (".s", None),
            ("1x", None),
            ("1 s", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_duration(text), expected, "{text}");
        }
    }

    #[test]
    fn ttls_are_seconds_or_durations() {
        let read = |ttl: &str| parse_message_ttl(ttl.as_bytes()).ok();
        assert_eq!(read("Never"), Some(-1));
        assert_eq!(read("90"), Some(90));
        assert_eq!(read("1m1.9s"), Some(61));
        for wrong in ["999ms", "-1", "-1s", "soon", "", "0"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(message_ttl(b"").unwrap(), 0);
        assert_eq!(message_ttl(b"NATS/1.0\r\nNats-TTL: 2s\r\n\r\n").unwrap(), 2);
        let error = message_ttl(b"NATS/1.0\r\nNats-TTL: x\r\n\r\n").unwrap_err();
        assert_eq!(error, ApiError::message_ttl_invalid());
    }

    #[test]
    fn values_are_texts() {
        let header = b"NATS/1.0\r\nA: x y\r\nB: \r\nC: \xff\r\n\r\n";
        assert_eq!(text(b"A", header), Some("x y"));
        assert_eq!(text(b"B", header), None);
        assert_eq!(text(b"C", header), None);
        assert_eq!(text(b"D", header), None);
    }
}
