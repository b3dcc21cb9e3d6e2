//! A store as simple as it can be: a map, in which everything is searched for.

use std::collections::{BTreeMap, BTreeSet};

use nats_server::jetstream::model::{DiscardPolicy, SimpleState, StreamConfig};
use nats_server::subject::matches_literal;

pub(crate) struct Msg {
    pub(crate) subject: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) ts: i64,
}

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) config: StreamConfig,
    pub(crate) msgs: BTreeMap<u64, Msg>,
    pub(crate) first_seq: u64,
    pub(crate) last_seq: u64,
    /// What a message counts for besides its parts.
    pub(crate) overhead: usize,
    /// Whether a purge of all subjects keeps messages rather than sequences.
    pub(crate) keeps_msgs: bool,
}

impl Model {
    pub(crate) fn store(&mut self, subject: &str, payload: &[u8], ts: i64) -> Result<u64, String> {
        let size = self.size(subject, payload);
        let own: Vec<u64> = self.matching(subject, 0).collect();
        let replaces = is_reached(self.config.max_msgs_per_subject, own.len() as u64);
        if self.config.discard == DiscardPolicy::New {
            if replaces && self.config.discard_new_per_subject {
                return Err("maximum messages per subject exceeded".into());
            }
            if !replaces && is_reached(self.config.max_msgs, self.msgs.len() as u64) {
                return Err("maximum messages exceeded".into());
            }
            let room = self.config.max_bytes;
            let first = own.first().map_or(0, |seq| self.size_of(*seq));
            if room > 0 && self.bytes() + size > room as u64 && (!replaces || first < size) {
                return Err("maximum bytes exceeded".into());
            }
        }
        self.last_seq += 1;
        if self.msgs.is_empty() {
            self.first_seq = self.last_seq;
        }
        let msg = Msg {
            subject: subject.into(),
            payload: payload.into(),
            ts,
        };
        self.msgs.insert(self.last_seq, msg);
        self.enforce_per_subject();
        self.enforce_totals();
        Ok(self.last_seq)
    }

    /// Removes what is beyond the limit of each subject.
    pub(crate) fn enforce_per_subject(&mut self) {
        let per_subject = self.config.max_msgs_per_subject;
        if per_subject > 0 {
            let subjects: BTreeSet<String> =
                self.msgs.values().map(|msg| msg.subject.clone()).collect();
            for subject in subjects {
                let own: Vec<u64> = self.matching(&subject, 0).collect();
                for seq in own
                    .iter()
                    .take(own.len().saturating_sub(per_subject as usize))
                {
                    self.remove(*seq);
                }
            }
        }
    }

    /// Removes what is beyond the limits of the stream.
    pub(crate) fn enforce_totals(&mut self) {
        if self.config.discard == DiscardPolicy::Old {
            let (max_msgs, max_bytes) = (self.config.max_msgs, self.config.max_bytes);
            while max_msgs > 0 && self.msgs.len() as i64 > max_msgs {
                self.remove(self.first_seq);
            }
            while max_bytes > 0 && self.bytes() as i64 > max_bytes {
                self.remove(self.first_seq);
            }
        }
    }

    pub(crate) fn remove(&mut self, seq: u64) -> bool {
        let removed = self.msgs.remove(&seq).is_some();
        self.settle();
        removed
    }

    pub(crate) fn skip(&mut self, num: u64) {
        self.last_seq += num;
        self.settle();
    }

    pub(crate) fn compact(&mut self, seq: u64) -> u64 {
        if seq < self.first_seq {
            return 0;
        }
        let before = self.msgs.len();
        self.msgs.retain(|at, _| *at >= seq);
        self.last_seq = self.last_seq.max(seq.saturating_sub(1));
        self.settle();
        (before - self.msgs.len()) as u64
    }

    pub(crate) fn truncate(&mut self, seq: u64) {
        self.msgs.retain(|at, _| *at <= seq);
        self.last_seq = seq;
        self.settle();
    }

    pub(crate) fn purge(&mut self, filter: &str, seq: u64, keep: u64) -> u64 {
        let is_whole = matches!((seq, keep), (0, 0) | (2.., _));
        if filter == ">" && (is_whole || !self.keeps_msgs) {
            return match (seq, keep) {
                (0, 0) => self.compact(self.last_seq + 1),
                (2.., _) => self.compact(seq),
                (_, 0) => 0,
                _ if keep >= self.msgs.len() as u64 => 0,
                _ => self.compact(self.last_seq - keep + 1),
            };
        }
        let all: Vec<u64> = self.matching(filter, 0).collect();
        let most = all.len().saturating_sub(keep as usize);
        let gone = all.iter().take(most).filter(|at| seq <= 1 || **at < seq);
        gone.filter(|at| self.remove(**at)).count() as u64
    }

    /// The sequences from `start` on that `filter` matches.
    pub(crate) fn matching(&self, filter: &str, start: u64) -> impl Iterator<Item = u64> + use<> {
        let seqs: Vec<u64> = self
            .msgs
            .range(start..)
            .filter(|(_, msg)| matches_literal(&msg.subject, filter))
            .map(|(seq, _)| *seq)
            .collect();
        seqs.into_iter()
    }

    pub(crate) fn filtered(&self, filter: &str, start: u64) -> SimpleState {
        let seqs: Vec<u64> = self.matching(filter, start).collect();
        SimpleState {
            msgs: seqs.len() as u64,
            first: seqs.first().copied().unwrap_or(0),
            last: seqs.last().copied().unwrap_or(0),
        }
    }

    /// The last sequence, up to `max`, of every subject that `filter` matches.
    pub(crate) fn last_seqs(&self, filter: &str, max: u64) -> Vec<u64> {
        let mut last = BTreeMap::new();
        for seq in self.matching(filter, 0).filter(|seq| *seq <= max) {
            last.insert(&self.msgs[&seq].subject, seq);
        }
        let mut seqs: Vec<u64> = last.into_values().collect();
        seqs.sort_unstable();
        seqs
    }

    pub(crate) fn seq_from_time(&self, ts: i64) -> u64 {
        let found = self.msgs.iter().find(|(_, msg)| msg.ts >= ts);
        found.map_or(self.last_seq + 1, |(seq, _)| *seq)
    }

    pub(crate) fn deleted(&self) -> Vec<u64> {
        let seqs = self.first_seq.max(1)..=self.last_seq;
        seqs.filter(|seq| !self.msgs.contains_key(seq)).collect()
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.msgs.keys().map(|seq| self.size_of(*seq)).sum()
    }

    fn size_of(&self, seq: u64) -> u64 {
        let msg = &self.msgs[&seq];
        self.size(&msg.subject, &msg.payload)
    }

    fn size(&self, subject: &str, payload: &[u8]) -> u64 {
        (subject.len() + payload.len() + self.overhead) as u64
    }

    fn settle(&mut self) {
        let first = self.msgs.first_key_value().map(|(seq, _)| *seq);
        self.first_seq = first.unwrap_or(self.last_seq + 1);
    }
}

fn is_reached(limit: i64, count: u64) -> bool {
    limit > 0 && count >= limit as u64
}
