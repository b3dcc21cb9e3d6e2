//! The interest tree with a lock, a cache and a generation.

use super::error::SublistError;
use super::matches::Matches;
use super::stats::SublistStats;
use super::tree::{Entry, Sublist};
use super::value::SublistValue;
use crate::subject::{is_literal, matches_literal};
use hashbrown::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio::sync::mpsc::Sender;

/// A [`Sublist`] that many connections share.
///
/// Results are cached by subject: at most [`CACHE_MAX`](Self::CACHE_MAX) of
/// them, swept down to [`CACHE_SWEEP`](Self::CACHE_SWEEP) when there are more.
/// Every change raises [`generation`](Self::generation), so a connection can
/// keep results of its own and drop them when the generation has moved on.
///
/// Two locks, always taken in this order: `tree`, then `cache`. A result is
/// put into the cache while the tree is locked for reading and taken out while
/// it is locked for writing, so the cache never outlives a change. A match
/// that hits takes the cache lock only and allocates nothing.
#[derive(Debug)]
pub struct SharedSublist<T> {
    generation: AtomicU64,
    matches: AtomicU64,
    cache_hits: AtomicU64,
    tree: RwLock<Tree<T>>,
    cache: Option<RwLock<Cache<T>>>,
    /// The one result that says nobody is interested.
    empty: Arc<Matches<T>>,
}

#[derive(Debug)]
struct Tree<T> {
    list: Sublist<T>,
    inserts: u64,
    removes: u64,
}

type Cache<T> = HashMap<Box<[u8]>, Arc<Matches<T>>>;

impl<T: SublistValue + Clone> SharedSublist<T> {
    /// Most results the cache keeps.
    pub const CACHE_MAX: usize = 1024;
    /// How many a sweep leaves.
    pub const CACHE_SWEEP: usize = 256;

    /// An empty sublist. Without a cache it suits interest that changes more
    /// often than it is used.
    pub fn new(cache: bool) -> Self {
        Self {
            generation: AtomicU64::new(0),
            matches: AtomicU64::new(0),
            cache_hits: AtomicU64::new(0),
            tree: RwLock::new(Tree {
                list: Sublist::new(),
                inserts: 0,
                removes: 0,
            }),
            cache: cache.then(RwLock::default),
            empty: Arc::new(Matches::new()),
        }
    }

    /// An empty sublist with a cache.
    pub fn with_cache() -> Self {
        Self::new(true)
    }

    /// An empty sublist without a cache.
    pub fn without_cache() -> Self {
        Self::new(false)
    }

    /// Whether results are cached.
    pub const fn cache_enabled(&self) -> bool {
        self.cache.is_some()
    }

    /// A number that is different after every change of interest.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Adds a member; see [`Sublist::insert`].
    ///
    /// # Errors
    /// As [`Sublist::insert`].
    pub fn insert(
        &self,
        subject: impl AsRef<[u8]>,
        queue: Option<&[u8]>,
        value: T,
    ) -> Result<bool, SublistError> {
        let subject = subject.as_ref();
        let mut tree = self.write_tree();
        let added = tree.list.insert(subject, queue, value)?;
        if added {
            tree.inserts += 1;
            self.changed(&tree, subject);
        }
        Ok(added)
    }

    /// Takes a member away; see [`Sublist::remove`].
    ///
    /// # Errors
    /// As [`Sublist::remove`].
    pub fn remove(
        &self,
        subject: impl AsRef<[u8]>,
        queue: Option<&[u8]>,
        value: &T,
    ) -> Result<(), SublistError> {
        let subject = subject.as_ref();
        let mut tree = self.write_tree();
        tree.list.remove(subject, queue, value)?;
        tree.removes += 1;
        self.changed(&tree, subject);
        Ok(())
    }

    /// Takes many members away under one lock, and empties the cache instead
    /// of picking through it.
    ///
    /// # Errors
    /// The first error met; the other entries are taken away all the same.
    pub fn remove_batch<'a>(
        &self,
        entries: impl IntoIterator<Item = Entry<'a, T>>,
    ) -> Result<(), SublistError>
    where
        T: 'a,
    {
        let mut tree = self.write_tree();
        let before = tree.list.count();
        let result = tree.list.remove_batch(entries);
        let removed = before - tree.list.count();
        if removed > 0 {
            tree.removes += removed as u64;
            if let Some(cache) = &self.cache {
                write(cache).clear();
            }
            self.generation.fetch_add(1, Ordering::Release);
        }
        result
    }

    /// Drops cached results after the weight of a queue member under
    /// `subject` has changed (`UpdateRemoteQSub`).
    pub fn queue_weight_changed(&self, subject: impl AsRef<[u8]>) {
        let tree = self.write_tree();
        self.changed(&tree, subject.as_ref());
    }

    /// Everybody interested in the literal `subject`.
    pub fn match_subject(&self, subject: impl AsRef<[u8]>) -> Arc<Matches<T>> {
        let subject = subject.as_ref();
        self.matches.fetch_add(1, Ordering::Relaxed);
        if let Some(cached) = self.cached(subject) {
            self.cache_hits.fetch_add(1, Ordering::Relaxed);
            return cached;
        }
        let tree = self.read_tree();
        let matches = tree.list.match_subject(subject);
        let matches = if matches.is_empty() {
            Arc::clone(&self.empty)
        } else {
            Arc::new(matches)
        };
        if let Some(cache) = &self.cache {
            let mut cache = write(cache);
            cache.insert(subject.into(), Arc::clone(&matches));
            if cache.len() > Self::CACHE_MAX {
                sweep(&mut cache, Self::CACHE_SWEEP);
            }
        }
        drop(tree);
        matches
    }

    /// Whether anybody is interested in the literal `subject`.
    pub fn has_interest(&self, subject: impl AsRef<[u8]>) -> bool {
        let subject = subject.as_ref();
        if self
            .cached(subject)
            .is_some_and(|cached| !cached.is_empty())
        {
            self.cache_hits.fetch_add(1, Ordering::Relaxed);
            return true;
        }
        self.read_tree().list.has_interest(subject)
    }

    /// How many plain and how many queue members are interested in the literal
    /// `subject`. Like the Go server it takes a cached result, in which a
    /// weighted member counts as often as its weight says.
    pub fn num_interest(&self, subject: impl AsRef<[u8]>) -> (usize, usize) {
        let subject = subject.as_ref();
        match self.cached(subject) {
            Some(cached) if !cached.is_empty() => {
                self.cache_hits.fetch_add(1, Ordering::Relaxed);
                let queue_members = cached.queues.iter().map(|queue| queue.members.len()).sum();
                (cached.plain.len(), queue_members)
            }
            _ => self.read_tree().list.num_interest(subject),
        }
    }

    /// Everybody whose subject shares a literal subject with `pattern`; see
    /// [`Sublist::reverse_match`].
    pub fn reverse_match(&self, pattern: impl AsRef<[u8]>) -> Matches<T> {
        self.read_tree().list.reverse_match(pattern)
    }

    /// All members.
    pub fn all(&self) -> Vec<T> {
        self.collect_where(|_| true)
    }

    /// All members that `wanted` accepts.
    pub fn collect_where(&self, wanted: impl FnMut(&T) -> bool) -> Vec<T> {
        self.read_tree().list.collect_where(wanted)
    }

    /// How many members there are.
    pub fn count(&self) -> usize {
        self.read_tree().list.count()
    }

    /// How many results are cached.
    pub fn cache_count(&self) -> usize {
        self.cache.as_ref().map_or(0, |cache| read(cache).len())
    }

    /// The number of tokens of the longest subject.
    pub fn num_levels(&self) -> usize {
        self.read_tree().list.num_levels()
    }

    /// Figures for monitoring. Takes a look at every cached result.
    pub fn stats(&self) -> SublistStats {
        let tree = self.read_tree();
        let mut stats = SublistStats {
            num_subs: u32::try_from(tree.list.count()).unwrap_or(u32::MAX),
            num_inserts: tree.inserts,
            num_removes: tree.removes,
            num_matches: self.matches.load(Ordering::Relaxed),
            cache_hits: self.cache_hits.load(Ordering::Relaxed),
            ..SublistStats::default()
        };
        drop(tree);
        if let Some(cache) = &self.cache {
            let cache = read(cache);
            let mut fanout_max = 0;
            for matches in cache.values() {
                stats.total_fanout += matches.fanout();
                fanout_max = fanout_max.max(matches.fanout());
            }
            stats.fanout_results = cache.len();
            stats.num_cache = u32::try_from(cache.len()).unwrap_or(u32::MAX);
            stats.max_fanout = u32::try_from(fanout_max).unwrap_or(u32::MAX);
        }
        stats.derive();
        stats
    }

    /// See [`Sublist::has_exact_interest`].
    pub fn has_exact_interest(&self, subject: impl AsRef<[u8]>, queue: Option<&[u8]>) -> bool {
        self.read_tree().list.has_exact_interest(subject, queue)
    }

    /// See [`Sublist::register_notification`].
    ///
    /// # Errors
    /// As [`Sublist::register_notification`].
    pub fn register_notification(
        &self,
        subject: impl AsRef<[u8]>,
        queue: Option<&[u8]>,
        channel: Sender<bool>,
    ) -> Result<(), SublistError> {
        self.write_tree()
            .list
            .register_notification(subject, queue, channel)
    }

    /// See [`Sublist::clear_notification`].
    pub fn clear_notification(
        &self,
        subject: impl AsRef<[u8]>,
        queue: Option<&[u8]>,
        channel: &Sender<bool>,
    ) -> bool {
        self.write_tree()
            .list
            .clear_notification(subject, queue, channel)
    }

    /// See [`Sublist::notifications_waiting_for_removal`].
    pub fn notifications_waiting_for_removal(&self) -> Option<usize> {
        self.read_tree().list.notifications_waiting_for_removal()
    }

    /// How often the cache answered.
    pub fn cache_hits(&self) -> u64 {
        self.cache_hits.load(Ordering::Relaxed)
    }

    fn cached(&self, subject: &[u8]) -> Option<Arc<Matches<T>>> {
        read(self.cache.as_ref()?).get(subject).cloned()
    }

    /// Drops the cached results that `subject` takes part in and moves the
    /// generation on. The caller holds the tree locked for writing.
    fn changed(&self, _locked: &RwLockWriteGuard<'_, Tree<T>>, subject: &[u8]) {
        if let Some(cache) = &self.cache {
            let mut cache = write(cache);
            if is_literal(subject) {
                cache.remove(subject);
            } else if !cache.is_empty() {
                cache.retain(|cached, _| !matches_literal(cached, subject));
            }
        }
        self.generation.fetch_add(1, Ordering::Release);
    }

    fn read_tree(&self) -> RwLockReadGuard<'_, Tree<T>> {
        read(&self.tree)
    }

    fn write_tree(&self) -> RwLockWriteGuard<'_, Tree<T>> {
        write(&self.tree)
    }
}

impl<T: SublistValue + Clone> Default for SharedSublist<T> {
    fn default() -> Self {
        Self::with_cache()
    }
}

/// Drops results, in the map's arbitrary order, until `keep` are left.
fn sweep<T>(cache: &mut Cache<T>, keep: usize) {
    let mut excess = cache.len().saturating_sub(keep);
    cache.retain(|_, _| {
        let stays = excess == 0;
        excess = excess.saturating_sub(1);
        stays
    });
}

/// No user code runs under these locks that could leave them half changed, so
/// a panic elsewhere in a holder does not spoil what they guard.
fn read<L>(lock: &RwLock<L>) -> RwLockReadGuard<'_, L> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<L>(lock: &RwLock<L>) -> RwLockWriteGuard<'_, L> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_moves_the_generation() {
        let list = SharedSublist::with_cache();
        let mut seen = list.generation();
        let mut moved = || {
            let now = list.generation();
            std::mem::replace(&mut seen, now) != now
        };
        list.insert("a", None, 1_u32).unwrap();
        assert!(moved());
        list.insert("a", None, 1_u32).unwrap();
        assert!(!moved(), "nothing was added");
        list.queue_weight_changed("a");
        assert!(moved());
        list.remove("a", None, &1).unwrap();
        assert!(moved());
        let entry = Entry {
            subject: b"a",
            queue: None,
            value: &1,
        };
        assert_eq!(list.remove_batch([entry]), Err(SublistError::NotFound));
        assert!(!moved());
    }

    #[test]
    fn a_hit_shares_the_result_and_a_change_drops_it() {
        let list = SharedSublist::with_cache();
        list.insert("a.*", None, 1_u32).unwrap();
        let first = list.match_subject("a.b");
        assert!(Arc::ptr_eq(&first, &list.match_subject("a.b")));
        assert_eq!(list.cache_hits(), 1);
        list.insert("x.>", None, 2_u32).unwrap();
        assert!(
            Arc::ptr_eq(&first, &list.match_subject("a.b")),
            "another subject"
        );
        list.insert(">", None, 3_u32).unwrap();
        assert_eq!(list.match_subject("a.b").plain.len(), 2);
        assert_eq!(first.plain, [1], "results handed out stay as they were");
    }

    #[test]
    fn the_cache_is_swept() {
        let list = SharedSublist::<u32>::with_cache();
        for id in 0..=SharedSublist::<u32>::CACHE_MAX {
            list.match_subject(format!("a.{id}"));
        }
        assert_eq!(list.cache_count(), SharedSublist::<u32>::CACHE_SWEEP);
    }

    #[test]
    fn stats_count_what_happened() {
        let list = SharedSublist::with_cache();
        for id in 0..3_u32 {
            list.insert("a", None, id).unwrap();
        }
        list.insert("b", Some(b"q"), 7).unwrap();
        list.remove("a", None, &0).unwrap();
        for subject in ["a", "b", "b", "c"] {
            list.match_subject(subject);
        }
        let stats = list.stats();
        assert_eq!(
            (stats.num_subs, stats.num_inserts, stats.num_removes),
            (3, 4, 1)
        );
        assert_eq!(
            (stats.num_cache, stats.num_matches, stats.max_fanout),
            (3, 4, 2)
        );
        assert!((stats.cache_hit_rate - 0.25).abs() < f64::EPSILON);
        assert!((stats.avg_fanout - 1.0).abs() < f64::EPSILON);
    }
}
