//! What can be wrong with compressed bytes.

use std::io;

use thiserror::Error;

/// Why something cannot be unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum S2Error {
    /// It was not packed so.
    #[error("s2: corrupt input")]
    Corrupt,
    /// It unpacks to more than is allowed.
    #[error("s2: decoded block is too large")]
    TooLarge,
    /// A kind of chunk that has to be understood and is not known.
    #[error("s2: unsupported input")]
    Unsupported,
    /// What it unpacks to is not what was packed.
    #[error("s2: corrupt input, crc mismatch")]
    Checksum,
}

impl From<S2Error> for io::Error {
    fn from(error: S2Error) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}
