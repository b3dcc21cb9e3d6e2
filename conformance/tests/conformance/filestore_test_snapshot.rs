//! Go: `server/filestore_test.go`: archives of a stream.

use std::time::Duration;

use conformance::go_test;
use conformance::wait::{SOON, value, wait_until};
use nats_server::jetstream::model::{ConsumerConfig, ConsumerState, SequencePair};
use nats_server::jetstream::store::disk::RealDisk;
use nats_server::jetstream::store::file::archive::restore;
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::jetstream::store::{StoreError, StreamStore};
use rand::Rng;

use super::filestore_support::*;

go_test!(383, "filestore_test", "TestFileStoreSnapshot", snapshot);
fn snapshot() {
    use std::io::Read;
    on_all(|setup| {
        let setup = setup.blocks_of(20_000).on(&["foo"]);
        let store = setup.open();
        put_many(&store, "foo", b"Hello Snappy!", 2233);
        for (name, floor) in [("o22", 22), ("o33", 33)] {
            let consumer = store
                .consumer_store(name, None, &ConsumerConfig::default())
                .unwrap();
            let pair = |seq| SequencePair {
                consumer: seq,
                stream: seq,
            };
            let state = ConsumerState {
                delivered: pair(100),
                ack_floor: pair(floor),
                ..ConsumerState::default()
            };
            consumer.update(&state).unwrap();
        }
        let verify = || {
            let deadline = Duration::from_secs(5);
            let mut archive = Vec::new();
            let mut snapshot = store.snapshot(deadline, true, true).unwrap();
            snapshot.reader.read_to_end(&mut archive).unwrap();
            let dir = tempfile::tempdir().unwrap();
            restore(&RealDisk, &archive[..], dir.path(), u64::MAX).unwrap();
            for name in ["o22", "o33"] {
                assert!(dir.path().join("obs").join(name).join("o.dat").exists());
            }
            let options = FileStoreConfig {
                dir: dir.path().into(),
                ..setup.options.clone()
            };
            let restored = FileStore::open(options, &setup.config).unwrap();
            let mut expected = store.state();
            expected.consumers = 0;
            assert_eq!(restored.state(), expected);
            for seq in 1..=2233 {
                assert_eq!(is_there(&restored, seq), is_there(&store, seq), "{seq}");
            }
            restored.stop().unwrap();
        };
        verify();
        for seq in 1..=100 {
            remove(&store, seq);
        }
        verify();
        for _ in 0..50 {
            store
                .remove_msg(rand::rng().random_range(101..=2233))
                .unwrap();
        }
        verify();
        // Compacted blocks too, but for the last one, which never is.
        for index in store.block_indices() {
            store.compact_block(index).unwrap();
        }
        verify();
        // Whoever does not want it any more just goes; meanwhile messages can go too.
        let deadline = Duration::from_secs(5);
        let unread = store.snapshot(deadline, false, true).unwrap();
        store.remove_msg(122).unwrap();
        drop(unread);
        let is_free = || match store.snapshot(Duration::ZERO, false, false) {
            Err(StoreError::SnapshotInProgress) => false,
            snapshot => {
                snapshot.unwrap();
                true
            }
        };
        wait_until("another archive can be made", is_free);
        // One that nobody reads in time has no end. The pipe takes some megabytes.
        let mut payload = vec![0; 1024 * 1024];
        rand::rng().fill(&mut payload[..]);
        put_many(&store, "foo", &payload, 8);
        let unread = || store.snapshot(Duration::from_millis(25), false, false).ok();
        let mut unread = value(SOON, "the last archive is given up", unread);
        wait_until("another archive can be made", is_free);
        let error = unread.reader.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
        store.stop().unwrap();
    });
}
