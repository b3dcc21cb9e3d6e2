//! Reading messages.

use super::block::guard::other_subjects;
use super::state::State;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::message::{Lookup, StoredMsg};

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
            Some(record) => {
                let parts = [record.subject, record.header, record.payload];
                into.fill(record.seq, record.ts, parts);
            }
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
