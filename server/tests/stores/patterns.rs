//! Searches by pattern among many subjects, which look nearby first and then where the
//! subjects have messages.

use std::sync::Arc;

use nats_server::jetstream::model::{StorageType, StreamConfig};
use nats_server::jetstream::store::disk::SimDisk;
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::jetstream::store::{Lookup, ManualClock, StoredMsg, StreamStore};
use nats_server::subject::matches_literal;

#[test]
fn the_next_by_pattern_is_that_of_going_through_all() {
    let disk = Arc::new(SimDisk::new(1));
    let open = || {
        let options = FileStoreConfig {
            disk: Arc::clone(&disk) as _,
            clock: Arc::new(ManualClock::at(1_700_000_000_000_000_000)),
            block_size: 60_000,
            ..FileStoreConfig::new("/S")
        };
        let config = StreamConfig {
            name: "S".into(),
            storage: StorageType::File,
            ..StreamConfig::default()
        };
        FileStore::open(options, &config).expect("a store")
    };
    let store = open();
    let mut all = Vec::new();
    let mut put = |subject: String| {
        store
            .store_msg(subject.as_bytes(), b"", b"", 0)
            .expect("a message");
        all.push(Some(subject));
    };
    for number in 0..400 {
        put(format!("rare.{}.x", number % 20));
    }
    for number in 0..12_000 {
        put(format!("many.{}.y", number % 1_000));
    }
    put("rare.3.x".into());
    put("late.1".into());
    put("rare.4.x".into());
    for seq in [1, 401, 12_401] {
        assert!(store.remove_msg(seq).expect("it is there"));
        all[seq as usize - 1] = None;
    }
    check(&store, &all);
    store.stop().expect("it stops");
    // The state file says only in which blocks the messages of a subject are.
    check(&open(), &all);
}

fn check(store: &FileStore, all: &[Option<String>]) {
    let mut msg = StoredMsg::new();
    for pattern in ["rare.*.x", "rare.3.*", "late.*", "*.7.y", "many.>", "no.*"] {
        for start in [
            1, 2, 300, 400, 402, 5_000, 8_303, 8_304, 12_401, 12_403, 12_404,
        ] {
            let mut wanted = (start..).zip(all.iter().skip(start as usize - 1));
            let wanted = wanted.find(|(_, subject)| {
                let subject = subject.as_ref();
                subject.is_some_and(|subject| matches_literal(subject, pattern))
            });
            let found = store
                .load_next_msg(pattern.as_bytes(), start, &mut msg)
                .expect("a search");
            let wanted = wanted.map_or(Lookup::End(12_403), |(seq, _)| Lookup::Found(seq));
            assert_eq!(found, wanted, "{pattern} from {start}");
        }
    }
}
