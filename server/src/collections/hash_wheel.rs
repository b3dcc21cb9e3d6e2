//! The hashed timing wheel that expires messages (`thw` package).
//!
//! Snapshot format: a version byte 1, the number of entries and a stamp as
//! 64-bit little-endian numbers, then for each entry its expiration as a
//! zigzag varint and its sequence as a varint.

use super::varint::{put_varint, take_varint, unzigzag, zigzag};
use hashbrown::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use thiserror::Error;

/// Sequences by the time they expire, in nanoseconds since 1970.
///
/// 4096 slots of a second each; what lies further ahead shares a slot with
/// what is near and is passed over until its time comes.
#[derive(Clone, Debug)]
pub struct HashWheel {
    slots: Box<[Option<Box<Slot>>]>,
    /// No entry expires before this; it may be too low after removals.
    lowest: i64,
    count: u64,
}

#[derive(Clone, Debug)]
struct Slot {
    entries: HashMap<u64, i64>,
    lowest: i64,
}

/// Errors of [`HashWheel`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HashWheelError {
    /// The sequence is not scheduled for that time.
    #[error("thw: task not found")]
    TaskNotFound,
    /// The snapshot is of a version not known here.
    #[error("thw: encoded version not known")]
    InvalidVersion,
    /// The snapshot is too short for its header.
    #[error("short buffer")]
    ShortBuffer,
    /// The snapshot ends before its entries do, or an entry is malformed.
    #[error("unexpected EOF")]
    UnexpectedEof,
}

const TICK_NANOS: i64 = 1_000_000_000;
const SLOT_COUNT: usize = 1 << 12;
const SLOT_MASK: i64 = SLOT_COUNT as i64 - 1;
const HEADER_LEN: usize = 17;
const VERSION: u8 = 1;

impl HashWheel {
    /// An empty wheel.
    pub fn new() -> Self {
        Self {
            slots: vec![None; SLOT_COUNT].into(),
            lowest: i64::MAX,
            count: 0,
        }
    }

    /// Schedules `seq`.
    pub fn add(&mut self, seq: u64, expires: i64) {
        let slot = self.slots[position(expires)].get_or_insert_with(|| {
            Box::new(Slot {
                entries: HashMap::new(),
                lowest: i64::MAX,
            })
        });
        if slot.entries.insert(seq, expires).is_none() {
            self.count += 1;
        }
        slot.lowest = slot.lowest.min(expires);
        self.lowest = self.lowest.min(expires);
    }

    /// Takes `seq` off; `expires` is when it was scheduled for.
    ///
    /// # Errors
    /// [`HashWheelError::TaskNotFound`].
    pub fn remove(&mut self, seq: u64, expires: i64) -> Result<(), HashWheelError> {
        let place = &mut self.slots[position(expires)];
        let slot = place.as_mut().ok_or(HashWheelError::TaskNotFound)?;
        slot.entries
            .remove(&seq)
            .ok_or(HashWheelError::TaskNotFound)?;
        self.count -= 1;
        if slot.entries.is_empty() {
            *place = None;
        }
        Ok(())
    }

    /// Schedules `seq` for another time.
    ///
    /// # Errors
    /// [`HashWheelError::TaskNotFound`].
    pub fn update(
        &mut self,
        seq: u64,
        old_expires: i64,
        new_expires: i64,
    ) -> Result<(), HashWheelError> {
        self.remove(seq, old_expires)?;
        self.add(seq, new_expires);
        Ok(())
    }

    /// Calls `expire` for everything that has expired by now and takes off
    /// what it returns true for.
    pub fn expire_tasks(&mut self, expire: impl FnMut(u64, i64) -> bool) {
        self.expire_tasks_at(now_nanos(), expire);
    }

    /// As [`expire_tasks`](Self::expire_tasks), at the time `now`.
    pub fn expire_tasks_at(&mut self, now: i64, mut expire: impl FnMut(u64, i64) -> bool) {
        if self.lowest > now {
            return;
        }
        let mut lowest = i64::MAX;
        for place in &mut self.slots {
            let Some(slot) = place else { continue };
            if slot.lowest <= now {
                let mut left_lowest = i64::MAX;
                let before = slot.entries.len();
                slot.entries.retain(|&seq, &mut expires| {
                    let stays = expires > now || !expire(seq, expires);
                    if stays {
                        left_lowest = left_lowest.min(expires);
                    }
                    stays
                });
                self.count -= (before - slot.entries.len()) as u64;
                if slot.entries.is_empty() {
                    *place = None;
                    continue;
                }
                slot.lowest = left_lowest;
            }
            lowest = lowest.min(slot.lowest);
        }
        self.lowest = lowest;
    }

    /// When the next entry expires if that is before `before`, otherwise the
    /// largest number.
    pub const fn next_expiration(&self, before: i64) -> i64 {
        if self.lowest < before {
            self.lowest
        } else {
            i64::MAX
        }
    }

    /// How many sequences are scheduled.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// All sequences with their expiration, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, i64)> {
        let slots = self.slots.iter().flatten();
        slots
            .flat_map(|slot| &slot.entries)
            .map(|(&seq, &expires)| (seq, expires))
    }

    /// A snapshot, with `high_seq` for the one who will read it.
    pub fn encode(&self, high_seq: u64) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_LEN + self.iter().count() * 12);
        out.push(VERSION);
        out.extend_from_slice(&self.count.to_le_bytes());
        out.extend_from_slice(&high_seq.to_le_bytes());
        for (seq, expires) in self.iter() {
            put_varint(&mut out, zigzag(expires));
            put_varint(&mut out, seq);
        }
        out
    }

    /// Takes the contents of a snapshot and returns its stamp.
    ///
    /// # Errors
    /// [`HashWheelError::ShortBuffer`], [`HashWheelError::InvalidVersion`] or
    /// [`HashWheelError::UnexpectedEof`]; the wheel is unchanged then.
    pub fn decode(&mut self, snapshot: &[u8]) -> Result<u64, HashWheelError> {
        let (header, mut entries) = snapshot
            .split_first_chunk::<HEADER_LEN>()
            .ok_or(HashWheelError::ShortBuffer)?;
        let [version, numbers @ ..] = header;
        if *version != VERSION {
            return Err(HashWheelError::InvalidVersion);
        }
        let (count, stamp) = numbers.split_at(8);
        let number = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_le_bytes);
        let mut wheel = Self::new();
        for _ in 0..number(count) {
            let expires = take_varint(&mut entries).ok_or(HashWheelError::UnexpectedEof)?;
            let seq = take_varint(&mut entries).ok_or(HashWheelError::UnexpectedEof)?;
            wheel.add(seq, unzigzag(expires));
        }
        *self = wheel;
        Ok(number(stamp))
    }
}

impl Default for HashWheel {
    fn default() -> Self {
        Self::new()
    }
}

fn position(expires: i64) -> usize {
    // The mask leaves twelve bits, also of a negative number.
    ((expires / TICK_NANOS) & SLOT_MASK) as usize
}

fn now_nanos() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes as the Go server writes them.
    #[test]
    fn snapshot_bytes_are_fixed() {
        let mut wheel = HashWheel::new();
        wheel.add(300, 1_000_000_000);
        let expected = [
            &[1_u8][..],
            &1_u64.to_le_bytes(),
            &9_u64.to_le_bytes(),
            &[0x80, 0xa8, 0xd6, 0xb9, 0x07, 0xac, 0x02],
        ];
        assert_eq!(wheel.encode(9), expected.concat());
    }

    #[test]
    fn broken_snapshots_are_refused() {
        let mut wheel = HashWheel::new();
        wheel.add(1, 5);
        wheel.add(2, i64::MIN);
        let snapshot = wheel.encode(7);
        let mut other = HashWheel::new();
        for len in 0..snapshot.len() {
            let expected = if len < HEADER_LEN {
                HashWheelError::ShortBuffer
            } else {
                HashWheelError::UnexpectedEof
            };
            assert_eq!(other.decode(&snapshot[..len]), Err(expected));
        }
        assert_eq!(other.decode(&[2; 20]), Err(HashWheelError::InvalidVersion));
        let endless = [&snapshot[..HEADER_LEN], &[0xff; 30]].concat();
        assert_eq!(other.decode(&endless), Err(HashWheelError::UnexpectedEof));
        assert_eq!(other.count(), 0);
        assert_eq!(other.decode(&snapshot), Ok(7));
        assert_eq!(other.count(), 2);
        assert_eq!(other.next_expiration(i64::MAX), i64::MIN);
    }
}
