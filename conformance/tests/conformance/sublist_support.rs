//! Subscriptions for the sublist tests.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use nats_server::subject::sublist::{SharedSublist, SublistValue};

pub(crate) type List = SharedSublist<Arc<Sub>>;

/// A subscription that is equal only to itself.
#[derive(Debug)]
pub(crate) struct Sub {
    pub(crate) id: u64,
    pub(crate) subject: String,
    pub(crate) queue: Option<String>,
    weight: AtomicUsize,
}

pub(crate) fn plain(subject: &str) -> Arc<Sub> {
    sub(subject, None, 1)
}

pub(crate) fn queued(subject: &str, queue: &str) -> Arc<Sub> {
    sub(subject, Some(queue), 1)
}

/// One that stands for several members on a remote side.
pub(crate) fn weighted(subject: &str, queue: &str, weight: usize) -> Arc<Sub> {
    sub(subject, Some(queue), weight)
}

fn sub(subject: &str, queue: Option<&str>, weight: usize) -> Arc<Sub> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    Arc::new(Sub {
        id: NEXT.fetch_add(1, Ordering::Relaxed),
        subject: subject.to_owned(),
        queue: queue.map(str::to_owned),
        weight: AtomicUsize::new(weight),
    })
}

impl Sub {
    pub(crate) fn queue(&self) -> Option<&[u8]> {
        self.queue.as_deref().map(str::as_bytes)
    }

    pub(crate) fn set_weight(&self, weight: usize) {
        self.weight.store(weight, Ordering::Relaxed);
    }
}

impl PartialEq for Sub {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Sub {}

impl Hash for Sub {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl SublistValue for Sub {
    fn queue_weight(&self) -> usize {
        self.weight.load(Ordering::Relaxed)
    }
}

/// Every subject of one to five tokens from eight words.
pub(crate) fn benchmark_subjects() -> Vec<String> {
    const WORDS: [&str; 8] = [
        "synadia",
        "nats",
        "jetstream",
        "nkeys",
        "jwt",
        "deny",
        "auth",
        "drain",
    ];
    let mut subjects = Vec::new();
    let mut longest: Vec<String> = WORDS.map(str::to_owned).to_vec();
    for _ in 0..4 {
        let longer = longest
            .iter()
            .flat_map(|subject| WORDS.map(|word| format!("{subject}.{word}")))
            .collect();
        subjects.append(&mut std::mem::replace(&mut longest, longer));
    }
    subjects.append(&mut longest);
    subjects
}
