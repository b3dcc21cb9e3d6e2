//! What the Go server wrote, read; see `testdata/go/README.md`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nats_server::jetstream::model::{
    AckPolicy, ConsumerConfig, ConsumerState, FileConsumerInfo, Nanos, Pending, SequencePair,
};
use nats_server::jetstream::store::disk::{Disk, RealDisk, SimDisk};
use nats_server::jetstream::store::file::archive::restore;
use nats_server::jetstream::store::file::cipher::{Encryption, MasterKey, StoreCipher};
use nats_server::jetstream::store::file::consumer_store::{ConsumerFileStore, ConsumerSite};
use nats_server::jetstream::store::{ConsumerStore, ManualClock};

const SECOND: i64 = 1_000_000_000;
const NOW: i64 = 1_700_000_000 * SECOND;

fn written(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/stores/testdata/go")
        .join(name)
}

fn encryption(cipher: StoreCipher) -> Option<Encryption> {
    Some(Encryption {
        cipher,
        key: MasterKey::new("s3cr3t!", "$G"),
        old_key: None,
    })
}

fn site(disk: impl Disk + 'static, dir: &Path, encryption: Option<Encryption>) -> ConsumerSite {
    ConsumerSite {
        disk: Arc::new(disk),
        clock: Arc::new(ManualClock::at(NOW)),
        stream_dir: dir.to_path_buf(),
        stream: "ORDERS".into(),
        name: "C".into(),
        encryption,
        sync_always: false,
        sync_interval: Duration::from_secs(120),
        reports: Some(Arc::new(|report| panic!("{report}"))),
    }
}

fn info() -> FileConsumerInfo {
    FileConsumerInfo {
        created: "2024-05-06T07:08:09.01Z".parse().ok(),
        name: "C".into(),
        config: ConsumerConfig {
            durable_name: "C".into(),
            name: "C".into(),
            ack_policy: AckPolicy::Explicit,
            ack_wait: Nanos::from_secs(30),
            max_deliver: 5,
            ..ConsumerConfig::default()
        },
    }
}

fn state() -> ConsumerState {
    let pending = |(seq, seconds): (u64, i64)| {
        let pending = Pending {
            sequence: seq,
            timestamp: NOW + seconds * SECOND,
        };
        (seq, pending)
    };
    ConsumerState {
        delivered: SequencePair {
            consumer: 12,
            stream: 10,
        },
        ack_floor: SequencePair {
            consumer: 3,
            stream: 3,
        },
        pending: [(4, 4), (6, 6), (7, 12), (8, 8), (10, 10)]
            .map(pending)
            .into(),
        redelivered: [(7, 2)].into(),
    }
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_dir(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).expect("a copy");
        }
    }
}

#[test]
fn consumers_of_the_go_server_are_as_they_were() {
    for (name, encryption) in [
        ("plain", None),
        ("chacha", encryption(StoreCipher::ChaCha)),
        ("aes", encryption(StoreCipher::Aes)),
    ] {
        let dir = tempfile::tempdir().expect("a directory");
        copy_dir(&written(name), dir.path());
        let site = site(RealDisk, dir.path(), encryption);
        let found = ConsumerFileStore::read_info(site.clone()).expect("its configuration");
        assert_eq!(found, info(), "{name}");
        let open = || {
            let store = ConsumerFileStore::open(site.clone(), found.created, &found.config, None);
            store.expect("a store")
        };
        let store = open();
        assert_eq!(store.state().expect("its state"), state(), "{name}");
        store.update_acks(4, 4).expect("an ack");
        store.stop().expect("it stops");
        let mut after = state();
        after.pending.remove(&4);
        after.ack_floor = SequencePair {
            consumer: 5,
            stream: 5,
        };
        assert_eq!(open().state().expect("its state"), after, "{name}");
    }
}

#[test]
fn consumers_of_the_go_server_change_to_another_cipher() {
    for (name, cipher) in [
        ("plain", StoreCipher::ChaCha),
        ("chacha", StoreCipher::Aes),
        ("aes", StoreCipher::ChaCha),
    ] {
        let dir = tempfile::tempdir().expect("a directory");
        copy_dir(&written(name), dir.path());
        let site = site(RealDisk, dir.path(), encryption(cipher));
        for _ in 0..2 {
            let store = ConsumerFileStore::open(site.clone(), info().created, &info().config, None);
            assert_eq!(store.expect("a store").state().expect("its state"), state());
            let found = ConsumerFileStore::read_info(site.clone());
            assert_eq!(found.expect("its configuration"), info(), "{name}");
        }
    }
}

#[test]
fn an_archive_of_the_go_server_is_restored() {
    let archive = fs::read(written("plain.tar.s2")).expect("an archive");
    let disk = SimDisk::new(1);
    let root = Path::new("/ORDERS");
    restore(&disk, archive.as_slice(), root, u64::MAX).expect("it is restored");
    let names: Vec<String> = disk.files().into_iter().map(|(name, _)| name).collect();
    let expected = [
        "/ORDERS/meta.inf",
        "/ORDERS/meta.sum",
        "/ORDERS/msgs/1.blk",
        "/ORDERS/msgs/index.db",
        "/ORDERS/obs/C/meta.inf",
        "/ORDERS/obs/C/meta.sum",
        "/ORDERS/obs/C/o.dat",
    ];
    assert_eq!(names, expected);
    let on_disk = |name: &str| fs::read(written("plain").join(name)).expect("a file");
    for name in ["meta.inf", "meta.sum", "msgs/1.blk", "obs/C/meta.inf"] {
        let restored = disk.read(&root.join(name)).expect("a file");
        assert!(restored == on_disk(name), "{name}");
    }
    let site = site(disk, root, None);
    let found = ConsumerFileStore::read_info(site.clone()).expect("its configuration");
    assert_eq!(found, info());
    let store = ConsumerFileStore::open(site, found.created, &found.config, None);
    assert_eq!(store.expect("a store").state().expect("its state"), state());
}
