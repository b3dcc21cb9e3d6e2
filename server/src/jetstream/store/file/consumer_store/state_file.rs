//! The state file of a consumer, `o.dat`.
//!
//! ```text
//! encoded state                      as `consumer_state_codec` has it
//! ten bytes of 0xff | checksum (8)   of the encoded state; not if it is sealed
//! ```
//!
//! The Go server writes the state alone and reads no further than that. Ten such
//! bytes are no number, so that a damaged state cannot reach into the checksum.
//! A file that ends with the state was written by the Go server, or lost its
//! checksum and nothing else.

use crate::jetstream::model::ConsumerState;
use crate::jetstream::store::consumer_state_codec::take_consumer_state;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::file::checksum::{CHECKSUM_LEN, Checksummer};
use crate::jetstream::store::file::fenced::FENCE;
pub(super) use crate::jetstream::store::file::fenced::with_checksum;

/// The state in a plain file.
pub(super) fn decode(sums: &Checksummer, file: &[u8]) -> Result<ConsumerState, StoreError> {
    let (state, rest) = take_consumer_state(file)?;
    if rest.is_empty() {
        return Ok(state);
    }
    let encoded = file
        .strip_suffix(rest)
        .ok_or(StoreError::CorruptConsumerState)?;
    let checksum: Option<&[u8; CHECKSUM_LEN]> = rest
        .strip_prefix(&FENCE)
        .and_then(|checksum| checksum.try_into().ok());
    if checksum == Some(&sums.sum(&[encoded])) {
        Ok(state)
    } else {
        Err(StoreError::CorruptConsumerState)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jetstream::model::{Pending, SequencePair};
    use crate::jetstream::store::encode_consumer_state;

    fn state() -> ConsumerState {
        let pair = |consumer, stream| SequencePair { consumer, stream };
        let pending = |seq: u64| {
            let pending = Pending {
                sequence: seq / 2,
                timestamp: 1_700_000_000_000_000_000,
            };
            (seq, pending)
        };
        ConsumerState {
            delivered: pair(90, 200),
            ack_floor: pair(9, 20),
            pending: [21, 34, 199].map(pending).into(),
            redelivered: [(34, 2), (199, 5)].into(),
        }
    }

    #[test]
    fn every_flip_and_every_cut_is_noticed() {
        let sums = Checksummer::new(b"S/C");
        let encoded = encode_consumer_state(&state(), 1_700_000_007_000_000_000);
        let file = with_checksum(&sums, &encoded);
        assert_eq!(decode(&sums, &file).unwrap(), state());
        assert_eq!(decode(&sums, &encoded).unwrap(), state(), "as Go writes it");
        for at in 0..file.len() {
            for flip in 1..=255 {
                let mut damaged = file.clone();
                damaged[at] ^= flip;
                assert!(decode(&sums, &damaged).is_err(), "{at} {flip}");
            }
        }
        for len in 0..file.len() {
            match decode(&sums, &file[..len]) {
                Ok(left) => assert_eq!((left, len), (state(), encoded.len())),
                Err(error) => assert_eq!(error.to_string(), "corrupt state file"),
            }
        }
        let other = Checksummer::new(b"S/D");
        assert!(decode(&other, &file).is_err(), "of another consumer");
    }
}
