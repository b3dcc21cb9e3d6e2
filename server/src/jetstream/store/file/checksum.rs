//! The checksums of the file store.

use std::fmt;

use highway::{HighwayHash, HighwayHasher, Key};
use sha2::{Digest, Sha256};

/// Bytes of a checksum.
pub const CHECKSUM_LEN: usize = 8;

/// A checksum: HighwayHash of 64 bits, the lowest byte first.
pub type Checksum = [u8; CHECKSUM_LEN];

/// What is shorter is put together before it is hashed.
const SCRATCH_LEN: usize = 512;

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
        let len = parts.iter().map(|part| part.len()).sum();
        let mut scratch = [0; SCRATCH_LEN];
        if let Some(whole) = scratch.get_mut(..len) {
            // In pieces short ones cost as much for their ends as for all the rest.
            let mut rest = &mut *whole;
            for part in parts {
                let (place, after) = rest.split_at_mut(part.len());
                place.copy_from_slice(part);
                rest = after;
            }
            return self.fresh.clone().hash64(whole).to_le_bytes();
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by the hash that the Go server uses.
    #[test]
    fn sums_are_those_of_the_go_server() {
        let sums = Checksummer::new(b"ORDERS");
        assert_eq!(sums.sum_hex(b""), "09cc9df4fa96a66a");
        assert_eq!(sums.sum_hex(b"hello"), "2ee2db186ddc8e8d");
        let bytes: Vec<u8> = (0..100).collect();
        let long = bytes.repeat(6);
        let (head, tail) = long.split_at(333);
        let mut hasher = sums.fresh.clone();
        hasher.append(&long);
        let by_pieces = hasher.finalize64().to_le_bytes();
        assert_eq!(sums.sum(&[head, tail]), by_pieces);
        assert_eq!(sums.sum(&[&long]), by_pieces);
        assert_eq!(sums.sum_hex(&bytes), "7bc7f57328fc02bf");
        let (head, tail) = bytes.split_at(37);
        assert_eq!(sums.sum(&[head, &[], tail]), sums.sum(&[&bytes]));
        assert_ne!(
            Checksummer::new(b"ORDER").sum_hex(b"hello"),
            "2ee2db186ddc8e8d"
        );
    }
}
