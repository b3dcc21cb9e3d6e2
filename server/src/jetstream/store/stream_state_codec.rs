//! The state of a stream as replicas send it to each other.
//!
//! ```text
//! magic 42 | version 1
//! varints: messages, bytes, first, last, failed, number of deleted
//! if some are deleted, up to the end, in any number and order:
//!   an encoded sequence set (magic 22), or
//!   magic 33 | varints: first, count
//! ```

use super::delete_block::{DeleteBlock, DeleteRange};
use super::error::StoreError;
use crate::collections::SequenceSet;
use crate::collections::varint::{put_varint, take_varint};

/// What a replica tells of a stream.
#[derive(Clone, Debug, Default)]
pub struct ReplicatedState {
    /// How many messages.
    pub msgs: u64,
    /// How many bytes.
    pub bytes: u64,
    /// The first sequence.
    pub first_seq: u64,
    /// The last sequence.
    pub last_seq: u64,
    /// How many proposals of the log stored nothing.
    pub failed: u64,
    /// What is gone in between.
    pub deleted: Vec<DeleteBlock>,
}

const MAGIC: u8 = 42;
const VERSION: u8 = 1;
const RUN_MAGIC: u8 = 33;
const SET_MAGIC: u8 = 22;

/// Whether `bytes` begin like an encoded stream state.
#[must_use]
pub fn is_encoded_stream_state(bytes: &[u8]) -> bool {
    bytes.starts_with(&[MAGIC, VERSION])
}

/// Encodes a state; `num_deleted` says how many sequences `deleted` has, and
/// nothing is written of `deleted` when there are none.
pub fn encode_stream_state(state: &ReplicatedState, num_deleted: u64) -> Vec<u8> {
    let mut out = vec![MAGIC, VERSION];
    for number in [
        state.msgs,
        state.bytes,
        state.first_seq,
        state.last_seq,
        state.failed,
        num_deleted,
    ] {
        put_varint(&mut out, number);
    }
    if num_deleted > 0 {
        for block in &state.deleted {
            encode_block(&mut out, block);
        }
    }
    out
}

/// Decodes a state.
///
/// # Errors
/// [`StoreError::BadStreamStateEncoding`] if it is none, and
/// [`StoreError::CorruptStreamState`] if it is a broken one.
pub fn decode_stream_state(bytes: &[u8]) -> Result<ReplicatedState, StoreError> {
    if !is_encoded_stream_state(bytes) {
        return Err(StoreError::BadStreamStateEncoding);
    }
    let mut rest = bytes.get(2..).unwrap_or_default();
    let mut number = || take_varint(&mut rest).ok_or(StoreError::CorruptStreamState);
    let mut state = ReplicatedState {
        msgs: number()?,
        bytes: number()?,
        first_seq: number()?,
        last_seq: number()?,
        failed: number()?,
        deleted: Vec::new(),
    };
    if number()? > 0 {
        while !rest.is_empty() {
            state.deleted.push(decode_block(&mut rest)?);
        }
    }
    Ok(state)
}

fn encode_block(out: &mut Vec<u8>, block: &DeleteBlock) {
    match block {
        DeleteBlock::Set(set) => set.encode(out),
        DeleteBlock::Range(range) => {
            out.push(RUN_MAGIC);
            put_varint(out, range.first);
            put_varint(out, range.num);
        }
        DeleteBlock::Slice(seqs) => seqs.iter().copied().collect::<SequenceSet>().encode(out),
    }
}

fn decode_block(rest: &mut &[u8]) -> Result<DeleteBlock, StoreError> {
    match rest.first() {
        Some(&SET_MAGIC) => {
            let (set, used) =
                SequenceSet::decode(rest).map_err(|_| StoreError::CorruptStreamState)?;
            *rest = rest.get(used..).unwrap_or_default();
            Ok(DeleteBlock::Set(set))
        }
        Some(&RUN_MAGIC) => {
            *rest = rest.get(1..).unwrap_or_default();
            let mut number = || take_varint(rest).ok_or(StoreError::CorruptStreamState);
            Ok(DeleteBlock::Range(DeleteRange {
                first: number()?,
                num: number()?,
            }))
        }
        _ => Err(StoreError::CorruptStreamState),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(deleted: Vec<DeleteBlock>) -> ReplicatedState {
        ReplicatedState {
            msgs: 300,
            bytes: 2,
            first_seq: 3,
            last_seq: 4,
            failed: 5,
            deleted,
        }
    }

    #[test]
    fn bytes_are_fixed() {
        let run = DeleteBlock::Range(DeleteRange { first: 7, num: 200 });
        let bytes = encode_stream_state(&state(vec![run]), 200);
        let expected = [42, 1, 0xac, 2, 2, 3, 4, 5, 0xc8, 1, 33, 7, 0xc8, 1];
        assert_eq!(bytes, expected);
        let bytes = encode_stream_state(&state(Vec::new()), 0);
        assert_eq!(bytes, [42, 1, 0xac, 2, 2, 3, 4, 5, 0]);
        assert!(is_encoded_stream_state(&bytes));
        assert!(!is_encoded_stream_state(&[42, 2]));
        assert!(!is_encoded_stream_state(&[42]));
    }

    #[test]
    fn survives_a_round_trip() {
        let blocks = vec![
            DeleteBlock::Set([9, 5_000].into_iter().collect()),
            DeleteBlock::Range(DeleteRange { first: 7, num: 200 }),
            DeleteBlock::Slice(vec![1, 2]),
        ];
        let bytes = encode_stream_state(&state(blocks), 204);
        let again = decode_stream_state(&bytes).unwrap();
        let numbers = [
            again.msgs,
            again.bytes,
            again.first_seq,
            again.last_seq,
            again.failed,
        ];
        assert_eq!(numbers, [300, 2, 3, 4, 5]);
        let states: Vec<_> = again.deleted.iter().map(DeleteBlock::state).collect();
        assert_eq!(states, [(9, 5_000, 2), (7, 206, 200), (1, 2, 2)]);
    }

    #[test]
    fn broken_bytes_are_refused() {
        let blocks = vec![
            DeleteBlock::Range(DeleteRange { first: 7, num: 200 }),
            DeleteBlock::Set([9, 5_000].into_iter().collect()),
        ];
        let bytes = encode_stream_state(&state(blocks), 202);
        // Cut between the blocks it still is a whole state.
        let whole = [10, 14, bytes.len()];
        for len in 0..bytes.len() {
            let result = decode_stream_state(&bytes[..len]);
            match result {
                Ok(_) => assert!(whole.contains(&len), "{len}"),
                Err(StoreError::BadStreamStateEncoding) => assert!(len < 2),
                Err(error) => {
                    assert!(matches!(error, StoreError::CorruptStreamState));
                    assert!(!whole.contains(&len), "{len}");
                }
            }
        }
        let unknown = [&bytes[..10], &[1]].concat();
        assert!(matches!(
            decode_stream_state(&unknown),
            Err(StoreError::CorruptStreamState)
        ));
    }
}
