//! Who gets a subject: the session's cache of matches.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use super::stage::Stage;
use crate::account::{Account, Subscription};

/// Most subjects that a session remembers (`maxResultCacheSize`).
const SUBJECTS_MAX: usize = 512;

/// A subscription and the slot of its connection.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) subscription: Arc<Subscription>,
    pub(super) slot: usize,
}

/// Who gets a subject.
#[derive(Debug, Default)]
pub(super) struct Route {
    pub(super) plain: Vec<Target>,
    pub(super) queues: Vec<Vec<Target>>,
}

impl Route {
    pub(super) fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.queues.is_empty()
    }

    pub(super) fn fanout(&self) -> usize {
        self.plain.len() + self.queues.len()
    }
}

/// Matches of one account's subjects, good for one generation.
#[derive(Debug, Default)]
pub(super) struct RouteCache {
    generation: u64,
    account: Option<String>,
    subjects: HashMap<Box<[u8]>, Route, BuildHasherDefault<SubjectHasher>>,
}

impl RouteCache {
    pub(super) fn lookup(
        &mut self,
        account: &Account,
        subject: &[u8],
        stage: &mut Stage,
    ) -> &Route {
        let generation = account.subscriptions().generation();
        if generation != self.generation || self.account.as_deref() != Some(account.name()) {
            self.subjects.clear();
            stage.release_slots();
            self.generation = generation;
            self.account = Some(account.name().to_owned());
        }
        if !self.subjects.contains_key(subject) {
            if self.subjects.len() >= SUBJECTS_MAX {
                self.subjects.clear();
                stage.release_slots();
            }
            let route = resolve(account, subject, stage);
            self.subjects.insert(subject.into(), route);
        }
        // Just inserted if it was not there.
        self.subjects.get(subject).unwrap_or(EMPTY)
    }
}

static EMPTY: &Route = &Route {
    plain: Vec::new(),
    queues: Vec::new(),
};

fn resolve(account: &Account, subject: &[u8], stage: &mut Stage) -> Route {
    let matches = account.subscriptions().match_subject(subject);
    let mut target = |subscription: &Arc<Subscription>| Target {
        subscription: Arc::clone(subscription),
        slot: stage.slot_of(&subscription.link),
    };
    Route {
        plain: matches.plain.iter().map(&mut target).collect(),
        queues: matches
            .queues
            .iter()
            .map(|queue| queue.members.iter().map(&mut target).collect())
            .collect(),
    }
}

/// Hashes the short keys of the cache; it holds 512 of them at most, chosen by one
/// client for itself, so it needs speed and no defence.
#[derive(Debug, Default)]
struct SubjectHasher(u64);

impl Hasher for SubjectHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            let word = chunk
                .iter()
                .fold(0u64, |word, byte| word << 8 | u64::from(*byte));
            self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(MIX);
        }
        let rest = chunks
            .remainder()
            .iter()
            .fold(1u64, |word, byte| word << 8 | u64::from(*byte));
        self.0 = (self.0.rotate_left(5) ^ rest).wrapping_mul(MIX);
        self.0 ^= self.0 >> 29;
    }
}
