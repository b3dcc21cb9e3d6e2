//! The checksums of the file store.

use std::fmt;

use highway::{HighwayHash, HighwayHasher, Key};
use sha2::{Digest, Sha256};

/// Bytes of a checksum.
pub const CHECKSUM_LEN: usize = 8;

/// A checksum: HighwayHash of 64 bits, the lowest byte first.
pub type Checksum = [u8; CHECKSUM_LEN];

/// Computes the checksums of one kind of file. The key is the SHA-256 of a name,
/// so that a file put in the place of another does not pass for it.
///
/// | file | name |
/// |---|---|
/// | stream's `meta.inf`, `index.db` | stream |
/// | block | stream, `-`, number of the block |
/// | consumer's `meta.inf` | stream, `/`, consumer |
#[derive(Clone)]
pub struct Checksummer {
    fresh: HighwayHasher,
}

impl Checksummer {
    /// One for files under this name.
    #[must_use]
    pub fn new(name: &[u8]) -> Self {
        let digest = Sha256::digest(name);
        let mut key = [0; 4];
        for (word, bytes) in key.iter_mut().zip(digest.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        Self {
            fresh: HighwayHasher::new(Key(key)),
        }
    }

    /// The checksum of `parts`, as if they were one.
    #[must_use]
    pub fn sum(&self, parts: &[&[u8]]) -> Checksum {
        let mut hasher = self.fresh.clone();
        for part in parts {
            hasher.append(part);
        }
        hasher.finalize64().to_le_bytes()
    }

    /// The checksum in hexadecimal, as it stands in `meta.sum`.
    #[must_use]
    pub fn sum_hex(&self, bytes: &[u8]) -> String {
        format!("{:016x}", u64::from_be_bytes(self.sum(&[bytes])))
    }
}

impl fmt::Debug for Checksummer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Checksummer").finish_non_exhaustive()
    }
}
