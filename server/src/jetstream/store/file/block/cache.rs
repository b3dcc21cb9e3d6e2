//! Records of a block in memory.

use std::cell::Cell;

use super::record::Record;
use crate::jetstream::store::file::checksum::Checksummer;

/// The bytes of a block from some offset on, and where its messages lie. Messages
/// that were removed leave a slot that is marked.
#[derive(Debug)]
pub(in super::super) struct Cache {
    /// Where in the block the bytes begin.
    start: u64,
    bytes: Vec<u8>,
    /// The sequence that the slots count from.
    base: u64,
    /// By ascending sequence.
    slots: Vec<Slot>,
    /// Where records begin whose parts do not end where they should.
    broken: Vec<u64>,
    /// Whether there are messages of which nobody knows where their parts end.
    pub(in super::super) is_unguarded: bool,
}

#[derive(Debug)]
struct Slot {
    /// Its sequence over `base`.
    delta: u32,
    /// Where its bytes begin, [`CHECKED`], or [`GONE`].
    place: Cell<u32>,
}

/// The checksum was found to be right.
const CHECKED: u32 = 1 << 31;
const GONE: u32 = u32::MAX;

/// What there is at a sequence.
#[derive(Debug)]
pub(in super::super) enum Found<'a> {
    Message(Record<'a>),
    /// A message was written, but this is not what was written.
    Damaged,
    Nothing,
}

impl Cache {
    /// For a block, or what follows in it, from `start` on; no sequence to come is
    /// below `base`.
    pub(in super::super) const fn new(start: u64, base: u64, bytes: Vec<u8>) -> Self {
        Self {
            start,
            bytes,
            base,
            slots: Vec::new(),
            broken: Vec::new(),
            is_unguarded: false,
        }
    }

    /// The memory of this one for a block without records.
    pub(in super::super) fn reused(self, base: u64) -> Self {
        let Self {
            mut bytes,
            mut slots,
            ..
        } = self;
        bytes.clear();
        slots.clear();
        Self {
            slots,
            ..Self::new(0, base, bytes)
        }
    }

    /// Its memory.
    pub(in super::super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Makes room for as many messages.
    pub(in super::super) fn expect(&mut self, msgs: u64) {
        self.slots.reserve_exact(usize::try_from(msgs).unwrap_or(0));
    }

    pub(in super::super) const fn start(&self) -> u64 {
        self.start
    }

    /// Where in the block the bytes end.
    pub(in super::super) const fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    /// No message before this one is in here.
    pub(in super::super) const fn base(&self) -> u64 {
        self.base
    }

    pub(in super::super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes from an offset of the block on.
    pub(in super::super) fn bytes_from(&self, offset: u64) -> &[u8] {
        let at = usize::try_from(offset.saturating_sub(self.start)).unwrap_or(usize::MAX);
        self.bytes.get(at..).unwrap_or_default()
    }

    /// To append records to. Nothing else may be changed.
    pub(in super::super) const fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Notes that a message lies at an offset of the block. False if it is too far
    /// from the others to be noted, or not after them.
    pub(in super::super) fn note(&mut self, seq: u64, offset: u64, is_checked: bool) -> bool {
        let place = offset.checked_sub(self.start);
        let place = place.and_then(|place| u32::try_from(place).ok());
        let delta = seq.checked_sub(self.base);
        let delta = delta.and_then(|delta| u32::try_from(delta).ok());
        let (Some(place), Some(delta)) = (place.filter(|place| *place < CHECKED), delta) else {
            return false;
        };
        if self.slots.last().is_some_and(|last| last.delta >= delta) {
            return false;
        }
        let place = Cell::new(if is_checked { place | CHECKED } else { place });
        self.slots.push(Slot { delta, place });
        true
    }

    /// Notes that the record at an offset of the block is not what was written,
    /// although its checksum is right.
    pub(in super::super) fn note_broken(&mut self, offset: u64) {
        self.broken.push(offset);
    }

    /// Notes the same of the record of a message.
    pub(in super::super) fn note_broken_msg(&mut self, seq: u64) {
        if let Some(slot) = self.position(seq).and_then(|at| self.slots.get(at))
            && slot.place.get() != GONE
        {
            let place = slot.place.get() & !CHECKED;
            slot.place.set(place);
            self.broken.push(self.start + u64::from(place));
        }
    }

    /// Whether that was noted.
    pub(in super::super) fn is_broken(&self, offset: u64) -> bool {
        self.broken.contains(&offset)
    }

    /// Whether any were noted.
    pub(in super::super) const fn has_broken(&self) -> bool {
        !self.broken.is_empty()
    }

    /// Takes back what was appended at this offset of the block.
    pub(in super::super) fn cut(&mut self, offset: u64) {
        let at = usize::try_from(offset.saturating_sub(self.start)).unwrap_or(usize::MAX);
        self.bytes.truncate(at);
        while let Some(last) = self.slots.last()
            && (last.place.get() == GONE || (last.place.get() & !CHECKED) as usize >= at)
        {
            self.slots.pop();
        }
    }

    /// Notes that a message was removed.
    pub(in super::super) fn forget(&mut self, seq: u64) {
        if let Some(slot) = self.position(seq).and_then(|at| self.slots.get(at)) {
            slot.place.set(GONE);
        }
    }

    /// Overwrites bytes at an offset of the block.
    pub(in super::super) fn overwrite(&mut self, offset: u64, with: &[u8]) {
        let at = usize::try_from(offset.saturating_sub(self.start)).unwrap_or(usize::MAX);
        if let Some(bytes) = at
            .checked_add(with.len())
            .and_then(|end| self.bytes.get_mut(at..end))
        {
            bytes.copy_from_slice(with);
        }
    }

    /// Where in the block the record of a message begins.
    pub(in super::super) fn offset(&self, seq: u64) -> Option<u64> {
        let place = self.slots.get(self.position(seq)?)?.place.get();
        (place != GONE).then(|| self.start + u64::from(place & !CHECKED))
    }

    /// How many bytes there are from a message on to the next.
    pub(in super::super) fn span(&self, seq: u64) -> u64 {
        let Some(at) = self.position(seq) else {
            return 0;
        };
        let mut places = self.slots.iter().skip(at).map(|slot| slot.place.get());
        let Some(begin) = places.next().filter(|place| *place != GONE) else {
            return 0;
        };
        let end = places.find(|place| *place != GONE);
        let end = end.map_or(self.bytes.len() as u64, |place| (place & !CHECKED).into());
        end.saturating_sub((begin & !CHECKED).into())
    }

    /// The message with a sequence, its checksum looked at the first time.
    pub(in super::super) fn get(&self, seq: u64, sums: &Checksummer) -> Found<'_> {
        match self.position(seq).and_then(|at| self.slots.get(at)) {
            Some(slot) => self.read(slot, sums),
            None => Found::Nothing,
        }
    }

    /// The messages from a sequence on.
    pub(in super::super) fn up<'a>(
        &'a self,
        from: u64,
        sums: &'a Checksummer,
    ) -> impl Iterator<Item = (u64, Found<'a>)> {
        let slots = self.slots.get(self.first_from(from)..);
        let slots = slots.unwrap_or_default().iter();
        slots.filter_map(move |slot| self.entry(slot, sums))
    }

    /// The messages up to a sequence, the last of them first.
    pub(in super::super) fn down<'a>(
        &'a self,
        to: u64,
        sums: &'a Checksummer,
    ) -> impl Iterator<Item = (u64, Found<'a>)> {
        let at = self.slots.partition_point(|slot| self.seq(slot) <= to);
        let slots = self.slots.get(..at).unwrap_or_default();
        let slots = slots.iter().rev();
        slots.filter_map(move |slot| self.entry(slot, sums))
    }

    /// Sequence and subject of every message from a sequence on, as they are
    /// written, checksums not looked at.
    pub(in super::super) fn subjects(&self, from: u64) -> impl Iterator<Item = (u64, &[u8])> {
        let slots = self.slots.get(self.first_from(from)..);
        slots.unwrap_or_default().iter().filter_map(|slot| {
            let place = slot.place.get();
            if place == GONE {
                return None;
            }
            let bytes = self.bytes.get((place & !CHECKED) as usize..)?;
            Some((self.seq(slot), Record::parse(bytes)?.subject))
        })
    }

    /// How many messages are noted, removed ones too.
    pub(in super::super) const fn len(&self) -> usize {
        self.slots.len()
    }

    /// The heap memory in bytes.
    pub(in super::super) const fn memory(&self) -> usize {
        self.bytes.capacity() + self.slots.capacity() * size_of::<Slot>()
    }

    /// What a cache of `len` bytes with so many messages takes.
    pub(in super::super) fn memory_of(len: u64, msgs: u64) -> usize {
        let slots = msgs.saturating_mul(size_of::<Slot>() as u64);
        usize::try_from(len.saturating_add(slots)).unwrap_or(usize::MAX)
    }

    /// Gives back memory that a block which is full does not need.
    pub(in super::super) fn seal(&mut self) {
        self.slots.shrink_to_fit();
        self.bytes.shrink_to_fit();
    }

    fn entry<'a>(&'a self, slot: &'a Slot, sums: &Checksummer) -> Option<(u64, Found<'a>)> {
        match self.read(slot, sums) {
            Found::Nothing => None,
            found => Some((self.seq(slot), found)),
        }
    }

    fn read(&self, slot: &Slot, sums: &Checksummer) -> Found<'_> {
        let place = slot.place.get();
        if place == GONE {
            return Found::Nothing;
        }
        let bytes = self.bytes.get((place & !CHECKED) as usize..);
        let Some(record) = bytes.and_then(Record::parse) else {
            return Found::Damaged;
        };
        if place & CHECKED == 0 {
            let is_right = record.is_intact(sums) && record.seq == self.seq(slot);
            if !is_right || self.is_broken(self.start + u64::from(place)) {
                return Found::Damaged;
            }
            slot.place.set(place | CHECKED);
        }
        Found::Message(record)
    }

    fn seq(&self, slot: &Slot) -> u64 {
        self.base + u64::from(slot.delta)
    }

    /// Where the first slot is whose sequence is not before this one.
    fn first_from(&self, from: u64) -> usize {
        let (Ok(at) | Err(at)) = self.search(from);
        at
    }

    fn position(&self, seq: u64) -> Option<usize> {
        self.search(seq).ok()
    }

    /// Where the slot of a sequence is, or would be.
    fn search(&self, seq: u64) -> Result<usize, usize> {
        let delta = seq.checked_sub(self.base).ok_or(0_usize)?;
        let delta = u32::try_from(delta).map_err(|_| self.slots.len())?;
        let first = self.slots.first().map_or(0, |slot| slot.delta);
        // Without gaps it stands where its sequence says.
        let guess = delta.saturating_sub(first) as usize;
        if self
            .slots
            .get(guess)
            .is_some_and(|slot| slot.delta == delta)
        {
            return Ok(guess);
        }
        self.slots.binary_search_by_key(&delta, |slot| slot.delta)
    }
}
