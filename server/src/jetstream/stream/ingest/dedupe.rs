//! Messages with an ID that came before.

use std::collections::VecDeque;
use std::sync::Arc;

use hashbrown::HashMap;

use super::message::{Ingest, Refusal};
use super::state::IngestState;
use crate::jetstream::model::Nanos;
use crate::jetstream::store::headers::MESSAGE_ID;

/// The IDs of messages for as long as the stream's window says.
#[derive(Debug, Default)]
pub(in crate::jetstream::stream) struct Dedupe {
    /// The last sequence of each ID and when it was stored.
    ids: HashMap<Arc<[u8]>, (u64, i64)>,
    /// In the order of time.
    order: VecDeque<(i64, Arc<[u8]>)>,
    window: i64,
}

/// Entries looked at for each one added, so that old ones go without a pause.
const SWEEP: usize = 4;

impl Dedupe {
    pub(super) const fn set_window(&mut self, window: Nanos) {
        self.window = window.0;
    }

    /// How many IDs are remembered.
    pub(in crate::jetstream::stream) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The sequence of the message with this ID.
    pub(super) fn find(&self, id: &[u8]) -> Option<u64> {
        self.ids.get(id).map(|(seq, _)| *seq)
    }

    /// Remembers an ID.
    pub(super) fn insert(&mut self, id: &[u8], seq: u64, ts: i64) {
        if self.window <= 0 {
            return;
        }
        let id: Arc<[u8]> = id.into();
        self.ids.insert(Arc::clone(&id), (seq, ts));
        self.order.push_back((ts, id));
        for _ in 0..SWEEP {
            if !self.expire_one(ts) {
                break;
            }
        }
    }

    /// Forgets what is older than the window.
    pub(in crate::jetstream::stream) fn expire(&mut self, now: i64) {
        while self.expire_one(now) {}
    }

    /// When the next ID is to be forgotten.
    pub(in crate::jetstream::stream) fn deadline(&self) -> Option<i64> {
        self.order
            .front()
            .map(|(ts, _)| ts.saturating_add(self.window))
    }

    fn expire_one(&mut self, now: i64) -> bool {
        let old = self
            .order
            .front()
            .is_some_and(|(ts, _)| now.saturating_sub(*ts) >= self.window);
        if !old {
            return false;
        }
        if let Some((ts, id)) = self.order.pop_front()
            && self.ids.get(&id).is_some_and(|(_, last)| *last == ts)
        {
            self.ids.remove(&id);
        }
        true
    }
}

/// Refuses a message whose ID is known.
pub(super) fn check(ingest: &Ingest<'_>, state: &IngestState) -> Result<(), Refusal> {
    match ingest
        .value(MESSAGE_ID)
        .and_then(|id| state.dedupe.find(id))
    {
        Some(seq) => Err(Refusal::Duplicate(seq)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_known_for_the_window() {
        let mut dedupe = Dedupe::default();
        dedupe.insert(b"a", 1, 0);
        assert_eq!(dedupe.find(b"a"), None, "there is no window");
        dedupe.set_window(Nanos(100));
        dedupe.insert(b"a", 1, 0);
        dedupe.insert(b"b", 2, 10);
        dedupe.insert(b"a", 3, 50);
        assert_eq!((dedupe.find(b"a"), dedupe.find(b"b")), (Some(3), Some(2)));
        assert_eq!(dedupe.deadline(), Some(100));
        dedupe.expire(110);
        assert_eq!((dedupe.find(b"a"), dedupe.find(b"b")), (Some(3), None));
        dedupe.expire(150);
        assert_eq!((dedupe.len(), dedupe.deadline()), (0, None));
    }
}
