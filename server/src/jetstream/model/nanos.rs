//! Durations as JetStream's JSON has them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A duration in nanoseconds. It may be negative, as in Go; what a negative one
/// means is up to the field that holds it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Nanos(pub i64);

impl Nanos {
    /// No time at all, which most fields take as "not set".
    pub const ZERO: Self = Self(0);

    /// So many seconds.
    #[must_use]
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000))
    }

    /// So many milliseconds.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// Whole seconds, rounded towards zero.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0 / 1_000_000_000
    }

    /// Whether it is zero; for `skip_serializing_if`.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.0 == 0
    }
}

/// As Go writes a duration: `1h2m3.5s`, `250ms`, `0s`.
impl fmt::Display for Nanos {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 {
            out.write_str("-")?;
        }
        let nanos = self.0.unsigned_abs();
        let part = |out: &mut fmt::Formatter<'_>, unit: u64, name: &str| {
            let (whole, rest) = (nanos / unit, nanos % unit);
            let width = unit.ilog10() as usize;
            let digits = format!("{rest:0width$}");
            let digits = digits.trim_end_matches('0');
            if rest == 0 {
                write!(out, "{whole}{name}")
            } else {
                write!(out, "{whole}.{digits}{name}")
            }
        };
        match nanos {
            0 => out.write_str("0s"),
            1..1_000 => write!(out, "{nanos}ns"),
            1_000..1_000_000 => part(out, 1_000, "µs"),
            1_000_000..1_000_000_000 => part(out, 1_000_000, "ms"),
            _ => {
                let minutes = nanos / 60_000_000_000;
                if minutes >= 60 {
                    write!(out, "{}h", minutes / 60)?;
                }
                if minutes > 0 {
                    write!(out, "{}m", minutes % 60)?;
                }
                let rest = nanos % 60_000_000_000;
                let digits = format!("{:09}", rest % 1_000_000_000);
                let digits = digits.trim_end_matches('0');
                let seconds = rest / 1_000_000_000;
                if digits.is_empty() {
                    write!(out, "{seconds}s")
                } else {
                    write!(out, "{seconds}.{digits}s")
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_go_does() {
        for (nanos, text) in [
            (0, "0s"),
            (7, "7ns"),
            (1_500, "1.5µs"),
            (250_000_000, "250ms"),
            (1_000_000_000, "1s"),
            (90_500_000_000, "1m30.5s"),
            (3_600_000_000_000, "1h0m0s"),
            (-2_000_000_000, "-2s"),
        ] {
            assert_eq!(Nanos(nanos).to_string(), text);
        }
    }
}
