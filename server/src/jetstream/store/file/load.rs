//! Reading messages.

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
        let last_seq = self.figures.last_seq;
        match self.blocks.get(seq)? {
            Some(record) => {
                let parts = [record.subject, record.header, record.payload];
                into.fill(record.seq, record.ts, parts);
                Ok(())
            }
            None if seq <= last_seq => Err(StoreError::MsgNotFound),
            None => Err(StoreError::Eof),
        }
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
