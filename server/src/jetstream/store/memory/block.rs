//! A run of messages that share their memory.

use super::messages::Record;

/// Up to [`SLOTS_MAX`] messages, whose bytes lie one after the other in one
/// buffer. Removed messages leave holes until they are half of it.
#[derive(Debug)]
pub(super) struct Block {
    /// By ascending offset from the block's first sequence.
    slots: Vec<Slot>,
    bytes: Vec<u8>,
    live: usize,
    dead_bytes: usize,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    ts: i64,
    /// Where its bytes begin, or [`GONE`].
    start: u32,
    header_len: u32,
    payload_len: u32,
    subject_len: u16,
    /// Its sequence over that of the block.
    offset: u16,
}

/// Enough to make the block itself cheap, few enough to search and to move.
const SLOTS_MAX: usize = 256;
const BYTES_MAX: usize = 64 * 1024;
/// Fewer holes than this are not worth moving the rest.
const DEAD_SLOTS_MIN: usize = 16;
const DEAD_BYTES_MIN: usize = 4 * 1024;
const GONE: u32 = u32::MAX;

/// What overwrites the bytes of a message.
pub(super) type Erase<'a> = &'a mut dyn FnMut(&mut [u8]);

/// The lengths of a message, as far as a block can hold it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lengths {
    subject: u16,
    header: u32,
    payload: u32,
}

impl Lengths {
    /// `None` if the message is too large.
    pub(super) fn of(record: &Record<'_>) -> Option<Self> {
        let lengths = Self {
            subject: u16::try_from(record.subject.len()).ok()?,
            header: u32::try_from(record.header.len()).ok()?,
            payload: u32::try_from(record.payload.len()).ok()?,
        };
        let whole = lengths.header.checked_add(lengths.payload)?;
        whole
            .checked_add(lengths.subject.into())
            .filter(|end| *end < GONE)?;
        Some(lengths)
    }

    const fn whole(self) -> usize {
        self.subject as usize + self.header as usize + self.payload as usize
    }
}

impl Block {
    /// A block for a message to begin with.
    pub(super) fn new(lengths: Lengths) -> Self {
        let whole = lengths.whole();
        Self {
            slots: Vec::new(),
            bytes: Vec::with_capacity(if whole >= BYTES_MAX { whole } else { 0 }),
            live: 0,
            dead_bytes: 0,
        }
    }

    /// Appends a message if there is room for it.
    pub(super) fn push(&mut self, offset: u64, lengths: Lengths, record: &Record<'_>) -> bool {
        let Ok(offset) = u16::try_from(offset) else {
            return false;
        };
        // Sequences come again after messages were cut off the end.
        while self.slots.pop_if(|slot| slot.offset >= offset).is_some() {}
        let start = self.bytes.len();
        let full = self.slots.len() >= SLOTS_MAX || start + lengths.whole() > BYTES_MAX;
        if full && !self.slots.is_empty() {
            return false;
        }
        // `start` is at most BYTES_MAX here.
        self.slots.push(Slot {
            ts: record.ts,
            start: start as u32,
            header_len: lengths.header,
            payload_len: lengths.payload,
            subject_len: lengths.subject,
            offset,
        });
        self.bytes.extend_from_slice(record.subject);
        self.bytes.extend_from_slice(record.header);
        self.bytes.extend_from_slice(record.payload);
        self.live += 1;
        true
    }

    /// Gives back memory that a block which is full does not need.
    pub(super) fn seal(&mut self) {
        self.slots.shrink_to_fit();
        self.bytes.shrink_to_fit();
    }

    pub(super) const fn live(&self) -> usize {
        self.live
    }

    /// The message at an offset.
    pub(super) fn get(&self, base: u64, offset: u64) -> Option<Record<'_>> {
        let at = self.position(offset)?;
        self.record(base, self.slots.get(at)?)
    }

    /// The messages from an offset on.
    pub(super) fn from(
        &self,
        base: u64,
        offset: u64,
    ) -> impl DoubleEndedIterator<Item = Record<'_>> {
        let at = self
            .slots
            .partition_point(|slot| u64::from(slot.offset) < offset);
        self.records(base, self.slots.get(at..).unwrap_or_default())
    }

    /// The messages up to an offset.
    pub(super) fn up_to(
        &self,
        base: u64,
        offset: u64,
    ) -> impl DoubleEndedIterator<Item = Record<'_>> {
        let at = self
            .slots
            .partition_point(|slot| u64::from(slot.offset) <= offset);
        self.records(base, self.slots.get(..at).unwrap_or_default())
    }

    /// Removes the message at an offset; `erase` overwrites it with what it is given.
    pub(super) fn remove(&mut self, offset: u64, erase: Option<Erase<'_>>) -> bool {
        let Some(slot) = self.position(offset).and_then(|at| self.slots.get_mut(at)) else {
            return false;
        };
        if slot.start == GONE {
            return false;
        }
        let (start, len) = (slot.start as usize, slot.len());
        slot.start = GONE;
        if let Some(erase) = erase
            && let Some(bytes) = self.bytes.get_mut(start..start + len)
        {
            erase(bytes);
        }
        self.live -= 1;
        self.dead_bytes += len;
        let dead_slots = self.slots.len() - self.live;
        let many_slots = dead_slots > self.live && dead_slots >= DEAD_SLOTS_MIN;
        let many_bytes =
            self.dead_bytes * 2 > self.bytes.len() && self.dead_bytes >= DEAD_BYTES_MIN;
        if self.live > 0 && (many_slots || many_bytes) {
            self.close_holes();
        }
        true
    }

    /// The heap memory of the block in bytes.
    pub(super) const fn memory(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>() + self.bytes.capacity()
    }

    fn close_holes(&mut self) {
        let mut bytes = Vec::with_capacity(self.bytes.len() - self.dead_bytes);
        let old = &self.bytes;
        self.slots.retain_mut(|slot| {
            let range = slot.start as usize..slot.start as usize + slot.len();
            if slot.start == GONE {
                return false;
            }
            slot.start = bytes.len() as u32;
            bytes.extend_from_slice(old.get(range).unwrap_or_default());
            true
        });
        self.slots.shrink_to_fit();
        self.bytes = bytes;
        self.dead_bytes = 0;
    }

    /// Without holes a slot stands where its offset says.
    fn position(&self, offset: u64) -> Option<usize> {
        let first = u64::from(self.slots.first()?.offset);
        let guess = usize::try_from(offset.checked_sub(first)?).ok()?;
        if self
            .slots
            .get(guess)
            .is_some_and(|slot| u64::from(slot.offset) == offset)
        {
            return Some(guess);
        }
        self.slots
            .binary_search_by_key(&offset, |slot| slot.offset.into())
            .ok()
    }

    fn records<'a>(
        &'a self,
        base: u64,
        slots: &'a [Slot],
    ) -> impl DoubleEndedIterator<Item = Record<'a>> {
        slots.iter().filter_map(move |slot| self.record(base, slot))
    }

    fn record(&self, base: u64, slot: &Slot) -> Option<Record<'_>> {
        if slot.start == GONE {
            return None;
        }
        let bytes = self.bytes.get(slot.start as usize..)?;
        let (subject, rest) = bytes.split_at_checked(slot.subject_len.into())?;
        let (header, rest) = rest.split_at_checked(slot.header_len as usize)?;
        Some(Record {
            seq: base + u64::from(slot.offset),
            ts: slot.ts,
            subject,
            header,
            payload: rest.get(..slot.payload_len as usize)?,
        })
    }
}

impl Slot {
    const fn len(&self) -> usize {
        self.subject_len as usize + self.header_len as usize + self.payload_len as usize
    }
}
