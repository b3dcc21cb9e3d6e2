//! The state of a consumer as it is written to disk and sent to replicas.
//!
//! ```text
//! magic 22 | version 2
//! varints: floor of the consumer and of the stream, then what was delivered
//! varint: number of pending messages; if there are some:
//!   zigzag varint: a time in seconds
//!   each: varint sequence over the stream's floor,
//!         varint delivery over the consumer's floor,
//!         zigzag varint seconds before that time
//! varint: number of redelivered messages
//!   each: varint sequence over the stream's floor, varint count
//! ```
//!
//! Version 1 had no deliveries of pending messages, counted seconds after the
//! time, and what was delivered from the floor on; it can still be read.

use super::error::StoreError;
use crate::collections::varint::{put_varint, take_varint, unzigzag, zigzag};
use crate::jetstream::model::{ConsumerState, Pending, SequencePair};

const MAGIC: u8 = 22;
const VERSION: u8 = 2;
const SECOND: i64 = 1_000_000_000;
const HIGH_BIT: u64 = 1 << 63;

/// Encodes a state. `now`, in nanoseconds since 1970, is what the times of
/// pending messages are counted from; they lose their fractions of a second.
#[must_use]
pub fn encode_consumer_state(state: &ConsumerState, now: i64) -> Vec<u8> {
    let mut out = vec![MAGIC, VERSION];
    let floor = state.ack_floor;
    for number in [
        floor.consumer,
        floor.stream,
        state.delivered.consumer,
        state.delivered.stream,
        state.pending.len() as u64,
    ] {
        put_varint(&mut out, number);
    }
    if !state.pending.is_empty() {
        let base = now.saturating_add(SECOND / 2).div_euclid(SECOND);
        put_varint(&mut out, zigzag(base));
        for (seq, pending) in &state.pending {
            put_varint(&mut out, seq.wrapping_sub(floor.stream));
            put_varint(&mut out, pending.sequence.wrapping_sub(floor.consumer));
            put_varint(&mut out, zigzag(base - pending.timestamp / SECOND));
        }
    }
    put_varint(&mut out, state.redelivered.len() as u64);
    for (seq, count) in &state.redelivered {
        put_varint(&mut out, seq.wrapping_sub(floor.stream));
        put_varint(&mut out, *count);
    }
    out
}

/// Decodes a state.
///
/// # Errors
/// [`StoreError::CorruptConsumerState`].
pub fn decode_consumer_state(bytes: &[u8]) -> Result<ConsumerState, StoreError> {
    take_consumer_state(bytes).map(|(state, _)| state)
}

/// The same, and what follows the state.
pub(super) fn take_consumer_state(bytes: &[u8]) -> Result<(ConsumerState, &[u8]), StoreError> {
    let (version, mut rest) = match bytes {
        [MAGIC, version @ (1 | VERSION), rest @ ..] => (*version, rest),
        _ => return Err(StoreError::CorruptConsumerState),
    };
    let rest = &mut rest;
    let mut state = ConsumerState {
        ack_floor: pair(rest)?,
        delivered: pair(rest)?,
        ..ConsumerState::default()
    };
    let floor = state.ack_floor;
    if version == 1 {
        let over = |delivered: u64, floor: u64| delivered.wrapping_add(floor.saturating_sub(1));
        state.delivered.consumer = over(state.delivered.consumer, floor.consumer);
        state.delivered.stream = over(state.delivered.stream, floor.stream);
    }
    if (floor.stream | state.delivered.stream) & HIGH_BIT != 0 {
        return Err(StoreError::CorruptConsumerState);
    }
    decode_pending(rest, version, &mut state)?;
    for _ in 0..number(rest)? {
        let (seq, count) = (number(rest)?, number(rest)?);
        if seq > 0 && count > 0 {
            state
                .redelivered
                .insert(seq.wrapping_add(floor.stream), count);
        }
    }
    Ok((state, rest))
}

fn decode_pending(
    rest: &mut &[u8],
    version: u8,
    state: &mut ConsumerState,
) -> Result<(), StoreError> {
    let count = number(rest)?;
    if count == 0 {
        return Ok(());
    }
    let base = unzigzag(number(rest)?);
    for _ in 0..count {
        let seq = number(rest)?.wrapping_add(state.ack_floor.stream);
        let sequence = match version {
            1 => 0,
            _ => number(rest)?.wrapping_add(state.ack_floor.consumer),
        };
        let offset = unzigzag(number(rest)?);
        if seq == 0 {
            return Err(StoreError::CorruptConsumerState);
        }
        let seconds = match version {
            1 => offset.wrapping_add(base),
            _ => base.wrapping_sub(offset),
        };
        let timestamp = seconds.wrapping_mul(SECOND);
        state.pending.insert(
            seq,
            Pending {
                sequence,
                timestamp,
            },
        );
    }
    Ok(())
}

fn pair(rest: &mut &[u8]) -> Result<SequencePair, StoreError> {
    Ok(SequencePair {
        consumer: number(rest)?,
        stream: number(rest)?,
    })
}

fn number(rest: &mut &[u8]) -> Result<u64, StoreError> {
    take_varint(rest).ok_or(StoreError::CorruptConsumerState)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> ConsumerState {
        ConsumerState {
            delivered: SequencePair {
                consumer: 20,
                stream: 300,
            },
            ack_floor: SequencePair {
                consumer: 10,
                stream: 100,
            },
            pending: [
                (
                    110,
                    Pending {
                        sequence: 12,
                        timestamp: 995 * SECOND,
                    },
                ),
                (
                    120,
                    Pending {
                        sequence: 14,
                        timestamp: 1_001 * SECOND,
                    },
                ),
            ]
            .into(),
            redelivered: [(110, 3)].into(),
        }
    }

    #[test]
    fn bytes_are_fixed() {
        let bytes = encode_consumer_state(&state(), 1_000 * SECOND - 1);
        let expected = [
            22, 2, 10, 100, 20, 0xac, 2, 2, // header, floors, delivered, two pending
            0xd0, 0x0f, // 1000 s
            10, 2, 10, // 5 s before
            20, 4, 1, // 1 s after
            1, 10, 3, // one redelivered
        ];
        assert_eq!(bytes, expected);
        assert_eq!(decode_consumer_state(&bytes).unwrap(), state());
        let bare = ConsumerState::default();
        let bytes = encode_consumer_state(&bare, 5);
        assert_eq!(bytes, [22, 2, 0, 0, 0, 0, 0, 0]);
        assert_eq!(decode_consumer_state(&bytes).unwrap(), bare);
    }

    #[test]
    fn version_1_is_read() {
        let bytes = [22, 1, 2, 3, 4, 5, 1, 0xd0, 0x0f, 1, 10, 0];
        let state = decode_consumer_state(&bytes).unwrap();
        assert_eq!(
            state.ack_floor,
            SequencePair {
                consumer: 2,
                stream: 3
            }
        );
        assert_eq!(
            state.delivered,
            SequencePair {
                consumer: 5,
                stream: 7
            }
        );
        let pending = Pending {
            sequence: 0,
            timestamp: 1_005 * SECOND,
        };
        assert_eq!(state.pending, [(4, pending)].into());
    }

    #[test]
    fn broken_bytes_are_refused() {
        let bytes = encode_consumer_state(&state(), 0);
        for len in 0..bytes.len() {
            assert!(decode_consumer_state(&bytes[..len]).is_err(), "{len}");
        }
        assert!(decode_consumer_state(&[22, 3, 0, 0, 0, 0, 0, 0]).is_err());
        let high = [
            22, 2, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0,
        ];
        assert!(decode_consumer_state(&high).is_err(), "the high bit");
        let endless = [22, 2, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x7f, 1];
        assert!(decode_consumer_state(&endless).is_err());
    }
}
