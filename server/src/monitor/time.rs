//! Times and durations as the Go server prints them.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time. In JSON it is RFC 3339 in UTC with as many digits of the second
/// as are needed, up to nanoseconds. The default is Go's zero time, the first
/// second of year 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(SystemTime);

impl Time {
    /// The present.
    #[must_use]
    pub fn now() -> Self {
        Self(SystemTime::now())
    }

    /// The time `nanos` nanoseconds after 1970.
    #[must_use]
    pub fn from_unix_nanos(nanos: i64) -> Self {
        let distance = Duration::from_nanos(nanos.unsigned_abs());
        Self(if nanos < 0 {
            UNIX_EPOCH - distance
        } else {
            UNIX_EPOCH + distance
        })
    }

    /// As the standard library has it.
    #[must_use]
    pub fn system(self) -> SystemTime {
        self.0
    }

    /// Whether it is the zero time, which stands for none.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// The time from `earlier` to this; zero if that is the wrong way round.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        self.0.duration_since(earlier.0).unwrap_or_default()
    }

    /// Nanoseconds from `other` to this, negative if `other` is later.
    #[must_use]
    pub fn nanos_since(self, other: Self) -> i128 {
        let nanos = |gap: Duration| i128::try_from(gap.as_nanos()).unwrap_or(i128::MAX);
        match self.0.duration_since(other.0) {
            Ok(gap) => nanos(gap),
            Err(error) => -nanos(error.duration()),
        }
    }

    /// Milliseconds since 1970, 0 for earlier times.
    #[must_use]
    pub fn unix_millis(self) -> u128 {
        self.0
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_millis()
    }
}

impl Default for Time {
    fn default() -> Self {
        Self(UNIX_EPOCH - Duration::from_secs(SECONDS_BEFORE_1970))
    }
}

impl From<SystemTime> for Time {
    fn from(time: SystemTime) -> Self {
        Self(time)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timestamp = Timestamp::try_from(self.0).map_err(|_| fmt::Error)?;
        write!(f, "{timestamp}")
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let timestamp: Timestamp = text.parse().map_err(D::Error::custom)?;
        Ok(Self(timestamp.into()))
    }
}

/// Seconds from the first of year 1 to 1970.
const SECONDS_BEFORE_1970: u64 = 62_135_596_800;

/// A duration in whole seconds with its larger units, such as `1d2h3m4s`
/// (`myUptime`).
#[must_use]
pub fn uptime(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let years = days / 365;
    let units = [
        (years, years, 'y'),
        (days, days % 365, 'd'),
        (hours, hours % 24, 'h'),
        (minutes, minutes % 60, 'm'),
    ];
    let mut text = String::new();
    for (whole, part, unit) in units {
        if whole > 0 {
            text.push_str(&format!("{part}{unit}"));
        }
    }
    text.push_str(&format!("{}s", seconds % 60));
    text
}

/// A duration as Go's `time.Duration` prints it, such as `1m2.5s` or `1.25ms`.
#[must_use]
pub fn go_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    if nanos == 0 {
        return "0s".to_owned();
    }
    if nanos < 1_000 {
        return format!("{nanos}ns");
    }
    if nanos < 1_000_000 {
        return format!("{}µs", fraction(nanos, 1_000));
    }
    if nanos < 1_000_000_000 {
        return format!("{}ms", fraction(nanos, 1_000_000));
    }
    let seconds = duration.as_secs();
    let rest = u128::from(seconds % 60) * NANOS + u128::from(duration.subsec_nanos());
    let mut text = String::new();
    if seconds >= 3600 {
        text.push_str(&format!("{}h", seconds / 3600));
    }
    if seconds >= 60 {
        text.push_str(&format!("{}m", seconds / 60 % 60));
    }
    text.push_str(&fraction(rest, NANOS));
    text.push('s');
    text
}

const NANOS: u128 = 1_000_000_000;

/// `value / unit` in decimal, without zeros at the end.
fn fraction(value: u128, unit: u128) -> String {
    let (whole, rest) = (value / unit, value % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let digits = unit.ilog10() as usize;
    let decimals = format!("{rest:0digits$}");
    format!("{whole}.{}", decimals.trim_end_matches('0'))
}

/// Durations that are nanoseconds in JSON.
pub(super) mod nanos {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339_without_needless_digits() {
        let show = |nanos| Time::from_unix_nanos(nanos).to_string();
        assert_eq!(show(0), "1970-01-01T00:00:00Z");
        assert_eq!(show(1_500_000_000), "1970-01-01T00:00:01.5Z");
        assert_eq!(show(1), "1970-01-01T00:00:00.000000001Z");
        assert_eq!(Time::default().to_string(), "0001-01-01T00:00:00Z");
        let time = Time::from_unix_nanos(1_700_000_000_123_456_789);
        let json = serde_json::to_string(&time).unwrap();
        assert_eq!(json, r#""2023-11-14T22:13:20.123456789Z""#);
        assert_eq!(serde_json::from_str::<Time>(&json).unwrap(), time);
        assert!(serde_json::from_str::<Time>("\"yesterday\"").is_err());
    }

    #[test]
    fn gaps_have_a_sign() {
        let (early, late) = (Time::from_unix_nanos(5), Time::from_unix_nanos(12));
        assert_eq!((late.nanos_since(early), early.nanos_since(late)), (7, -7));
        assert_eq!(late.since(early), Duration::from_nanos(7));
        assert_eq!(early.since(late), Duration::ZERO);
    }

    #[test]
    fn uptimes_begin_with_the_largest_unit() {
        let show = |seconds| uptime(Duration::from_secs(seconds));
        assert_eq!(show(0), "0s");
        assert_eq!(show(62), "1m2s");
        assert_eq!(show(3600), "1h0m0s");
        assert_eq!(show(86_400 * 366 + 5), "1y1d0h0m5s");
    }

    #[test]
    fn durations_are_those_of_go() {
        for (nanos, text) in [
            (0, "0s"),
            (999, "999ns"),
            (1_500, "1.5µs"),
            (637_000, "637µs"),
            (1_000_000, "1ms"),
            (12_034_500, "12.0345ms"),
            (1_000_000_000, "1s"),
            (62_500_000_000, "1m2.5s"),
            (3_600_000_000_000, "1h0m0s"),
        ] {
            assert_eq!(go_duration(Duration::from_nanos(nanos)), text);
        }
    }
}
