//! Reading messages.

use super::block::cache::Found;
use super::block::guard::other_subjects;
use super::state::State;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::filter::Filter;
use crate::jetstream::store::message::{Lookup, StoredMsg};
use crate::jetstream::store::msg_run::{MsgRun, RunLimits};

impl State {
    /// Reads a message; 0 stands for the first.
    pub(super) fn load_into(&mut self, seq: u64, into: &mut StoredMsg) -> Result<(), StoreError> {
        let seq = if seq == 0 {
            self.figures.first_seq
        } else {
            seq
        };
        let read = self.read_into(seq, into);
        if matches!(read, Err(StoreError::BadMsg { .. })) {
            let settled = self.settle_damage();
            self.report_failure("accounting for damage", settled);
            if self.blocks.contains(seq) {
                // Read anew it was right.
                return self.read_into(seq, into);
            }
        }
        read
    }

    fn read_into(&mut self, seq: u64, into: &mut StoredMsg) -> Result<(), StoreError> {
        let last_seq = self.figures.last_seq;
        match self.blocks.get(seq)? {
            Some(record) => record.as_msg().copy_to(into),
            None if seq <= last_seq => return Err(StoreError::MsgNotFound),
            None => return Err(StoreError::Eof),
        }
        if self.blocks.has_unguarded {
            self.check_subject(seq)?;
        }
        Ok(())
    }

    /// Looks whether a message that the Go server wrote has a subject that the stream
    /// knows. If it would have one, were one byte of its subject's length another, then
    /// that is what is wrong with it.
    fn check_subject(&mut self, seq: u64) -> Result<(), StoreError> {
        let Self {
            blocks, subjects, ..
        } = self;
        if !blocks.is_unguarded(seq) {
            return Ok(());
        }
        let Some(record) = blocks.get(seq)? else {
            return Ok(());
        };
        if subjects.msgs(record.subject) > 0 {
            return Ok(());
        }
        let is_known = |subject: &[u8]| subjects.msgs(subject) > 0;
        if !other_subjects(&record).any(is_known) {
            return Ok(());
        }
        Err(blocks.break_record(seq))
    }

    /// Reads the first message from `start` on that `filter` matches, and those after it
    /// in the same block up to one that is damaged: whoever comes to that one deals with
    /// it.
    pub(super) fn load_run(
        &mut self,
        filter: Filter<'_>,
        start: u64,
        limits: RunLimits,
        into: &mut MsgRun,
    ) -> Result<Lookup, StoreError> {
        into.clear();
        let Some(first) = self.next(filter, start)? else {
            return Ok(Lookup::End(self.figures.last_seq));
        };
        if let Err(error) = self.load_into(first, into.begin()) {
            into.clear();
            return Err(error);
        }
        // Where nobody guards them, messages have to be looked at one by one.
        if self.blocks.has_unguarded {
            return Ok(Lookup::Found(first));
        }
        let block = self.blocks.position(first);
        let block = block.and_then(|at| self.blocks.list.get(at));
        if let Some((block, cache)) = block.and_then(|block| Some((block, block.cache.as_ref()?))) {
            let rest = cache.up(first + 1, &block.sums);
            let rest = rest.map_while(|(_, found)| match found {
                Found::Message(record) => Some(record.as_msg()),
                Found::Damaged | Found::Nothing => None,
            });
            into.extend(filter, limits, rest);
        }
        Ok(Lookup::Found(first))
    }

    /// Reads a message that a search came to, or says where the search ended.
    pub(super) fn look_up(
        &mut self,
        found: Option<u64>,
        into: &mut StoredMsg,
        end: u64,
    ) -> Result<Lookup, StoreError> {
        match found {
            Some(seq) => {
                self.load_into(seq, into)?;
                Ok(Lookup::Found(seq))
            }
            None => Ok(Lookup::End(end)),
        }
    }
}
