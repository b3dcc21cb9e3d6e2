//! What all stores have in common, on each of them: the cases of Go's
//! `server/store_test.go`, and random operations against a simple model.

mod consumer_crash;
mod contract;
mod go_files;
mod model;
mod random;

use std::sync::Arc;

use nats_server::jetstream::model::{StorageType, StreamConfig};
use nats_server::jetstream::store::{ManualClock, MemoryStore, StreamStore};

/// A store with what a test may want to know of it besides.
struct Subject {
    store: Arc<dyn StreamStore>,
    clock: Arc<ManualClock>,
    /// How many sequences it remembers as deleted.
    deleted_len: Box<dyn Fn() -> usize>,
}

/// Runs `check` on a fresh store of every kind.
fn on_every_store(config: &StreamConfig, mut check: impl FnMut(&Subject)) {
    let config = StreamConfig {
        storage: StorageType::Memory,
        ..config.clone()
    };
    let clock = Arc::new(ManualClock::at(1_700_000_000_000_000_000));
    let store = MemoryStore::new(&config, Arc::clone(&clock) as _).expect("a memory store");
    let same = Arc::clone(&store);
    let subject = Subject {
        store: store as Arc<dyn StreamStore>,
        clock,
        deleted_len: Box::new(move || same.deleted_len()),
    };
    check(&subject);
    subject.store.stop().expect("it stops");
}
