//! Durations as JetStream's JSON has them.

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
