//! Removing messages, many at a time.

use super::state::State;
use crate::collections::HashWheel;
use crate::jetstream::store::accounting::signed;
use crate::jetstream::store::delete_block::DeleteBlock;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::filter::Filter;
use crate::jetstream::store::schedules::Schedules;

impl State {
    /// Removes all messages; the next sequence is `first`, or with 0 the one that
    /// it is anyway. Returns how many there were.
    pub(super) fn purge(&mut self, first: u64) -> Result<u64, StoreError> {
        if first != 0 && first < self.last_seq {
            return Err(StoreError::PartialPurge);
        }
        let first = if first == 0 { self.last_seq + 1 } else { first };
        Ok(self.drop_all(first))
    }

    /// See [`purge_ex`](crate::jetstream::store::StreamStore::purge_ex).
    pub(super) fn purge_ex(
        &mut self,
        filter: &[u8],
        seq: u64,
        keep: u64,
    ) -> Result<u64, StoreError> {
        let filter = Filter::new(filter);
        if matches!(filter, Filter::All) {
            return match (seq, keep) {
                (0, 0) => self.purge(0),
                (2.., _) => Ok(self.compact(seq)),
                (_, 0) => Ok(0),
                _ if keep >= self.messages.len() => Ok(0),
                _ => Ok(self.compact(self.last_seq - keep + 1)),
            };
        }
        let state = self.filtered_state(1, filter);
        if keep > 0 && keep >= state.msgs {
            return Ok(0);
        }
        let most = state.msgs - keep;
        let last = if seq > 1 { seq - 1 } else { state.last };
        let mut purged = 0;
        let mut from = state.first;
        while purged < most {
            let next = self
                .messages
                .range(from..=last)
                .find(|record| filter.matches(record.subject));
            let Some(seq) = next.map(|record| record.seq) else {
                break;
            };
            purged += u64::from(self.remove(seq, false));
            from = seq + 1;
        }
        Ok(purged)
    }

    /// Removes all messages before `seq` and returns how many there were.
    pub(super) fn compact(&mut self, seq: u64) -> u64 {
        if seq == 0 {
            return self.drop_all(self.last_seq + 1);
        }
        if self.first_seq > seq {
            return 0;
        }
        if seq > self.last_seq {
            return self.drop_all(seq);
        }
        let (mut purged, mut bytes) = (0, 0);
        while let Some(at) = self.messages.next(0).map(|record| record.seq)
            && at < seq
        {
            bytes += self.forget(at).unwrap_or(0);
            self.messages.remove(at, None);
            purged += 1;
        }
        self.bytes = self.bytes.saturating_sub(bytes);
        self.first_seq = seq;
        self.advance_first();
        self.note(-signed(purged), -signed(bytes), 0, b"");
        purged
    }

    /// Removes all messages after `seq`; with 0 it is as if there had never been
    /// one.
    pub(super) fn truncate(&mut self, seq: u64, now: i64) -> Result<(), StoreError> {
        if seq == 0 {
            self.drop_all(1);
            (self.first_seq, self.last_seq) = (0, 0);
            self.last_time = Some(now);
            return Ok(());
        }
        if seq > self.last_seq {
            return Err(StoreError::SequenceMismatch);
        }
        let (mut purged, mut bytes) = (0, 0);
        while let Some(at) = self.messages.last().map(|record| record.seq)
            && at > seq
        {
            bytes += self.forget(at).unwrap_or(0);
            self.messages.remove(at, None);
            purged += 1;
        }
        while !self.deleted.is_empty()
            && let (_, gone) = self.deleted.min_max()
            && gone > seq
        {
            self.deleted.remove(gone);
        }
        self.forget_times_after(seq);
        self.bytes = self.bytes.saturating_sub(bytes);
        if let Some(record) = self.messages.get(seq) {
            self.last_time = Some(record.ts);
        }
        self.last_seq = seq;
        if self.messages.is_empty() {
            self.first_seq = seq + 1;
            self.first_time = None;
            self.deleted.clear();
        }
        self.note(-signed(purged), -signed(bytes), 0, b"");
        Ok(())
    }

    /// Removes what `blocks` say is deleted.
    pub(super) fn sync_deleted(&mut self, blocks: &[DeleteBlock]) {
        if let [block] = blocks
            && block.state() == self.deleted.state()
        {
            return;
        }
        for block in blocks {
            let (first, last, num) = block.state();
            if num == 0 || first > self.last_seq {
                continue;
            }
            // Only what is there needs a look, however long a run is.
            let there: Vec<u64> = match block {
                DeleteBlock::Range(_) => {
                    let records = self.messages.range(first..=last.min(self.last_seq));
                    records.map(|record| record.seq).collect()
                }
                DeleteBlock::Set(set) => set.iter().collect(),
                DeleteBlock::Slice(seqs) => seqs.clone(),
            };
            for seq in there {
                self.remove(seq, false);
            }
        }
    }

    /// Gives all memory back when the store stops. Only bytes are reported, for
    /// consumers no longer have to count.
    pub(super) fn drop_messages(&mut self) {
        let bytes = signed(self.bytes);
        let on_update = self.on_update.take();
        self.drop_all(self.last_seq + 1);
        self.on_update = on_update;
        self.note(0, -bytes, 0, b"");
    }

    /// Removes everything; `next` is the sequence to be given out next.
    fn drop_all(&mut self, next: u64) -> u64 {
        let (purged, bytes) = (self.messages.len(), self.bytes);
        self.messages.clear();
        self.subjects.clear();
        self.deleted.clear();
        self.expiry.markers.clear();
        if let Some(wheel) = &mut self.expiry.wheel {
            *wheel = HashWheel::new();
        }
        if let Some(schedules) = &mut self.expiry.schedules {
            *schedules = Schedules::new();
        }
        self.bytes = 0;
        self.first_seq = next;
        self.first_time = None;
        self.last_seq = next - 1;
        self.note(-signed(purged), -signed(bytes), 0, b"");
        purged
    }

    /// Takes off what would hit a message that gets one of these sequences again.
    fn forget_times_after(&mut self, seq: u64) {
        if let Some(wheel) = &mut self.expiry.wheel {
            let stale: Vec<_> = wheel.iter().filter(|(at, _)| *at > seq).collect();
            for (at, expires) in stale {
                wheel.remove(at, expires).ok();
            }
        }
    }
}
