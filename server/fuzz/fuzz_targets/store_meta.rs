//! The metadata of streams and consumers: any bytes as configuration, checksum, key and
//! as the file that replaces them are read or refused.

#![no_main]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use nats_server::jetstream::model::{AckPolicy, ConsumerConfig};
use nats_server::jetstream::store::disk::{Disk, OpenMode, SimDisk};
use nats_server::jetstream::store::file::checksum::Checksummer;
use nats_server::jetstream::store::file::cipher::{Encryption, MasterKey, StoreCipher};
use nats_server::jetstream::store::file::consumer_store::{ConsumerFileStore, ConsumerSite};
use nats_server::jetstream::store::file::read_meta;
use nats_server::jetstream::store::{ConsumerStore, ManualClock};

const STREAM: [&str; 4] = ["meta.inf", "meta.sum", "meta.new", "meta.key"];
const CONSUMER: [&str; 3] = ["meta.inf", "o.dat", "meta.key"];

fuzz_target!(|input: &[u8]| {
    let Some((&flags, mut rest)) = input.split_first() else {
        return;
    };
    let is_consumer = flags & 1 == 1;
    let disk = SimDisk::new(1);
    let (dir, names) = if is_consumer {
        (Path::new("/S/obs/C"), &CONSUMER[..])
    } else {
        (Path::new("/S"), &STREAM[..])
    };
    disk.create_dir_all(dir).expect("a directory");
    for name in names {
        let Some((len, after)) = rest.split_first_chunk::<2>() else {
            break;
        };
        let len = usize::from(u16::from_le_bytes(*len)).min(after.len());
        let (bytes, after) = after.split_at(len);
        rest = after;
        put(&disk, &dir.join(name), bytes);
        if *name == "meta.inf" && flags & 2 == 2 {
            let of: &[u8] = if is_consumer { b"S/C" } else { b"S" };
            let sum = Checksummer::new(of).sum_hex(bytes);
            put(&disk, &dir.join("meta.sum"), sum.as_bytes());
        }
    }
    let encryption = (flags & 4 == 4).then(|| Encryption {
        cipher: StoreCipher::ChaCha,
        key: MasterKey::new("s3cr3t", "$G"),
        old_key: None,
    });
    if !is_consumer {
        let first = read_meta(&disk, dir, "S", encryption.as_ref());
        // What was cut short is finished or forgotten the first time.
        let again = read_meta(&disk, dir, "S", encryption.as_ref());
        assert_eq!(first.ok(), again.ok());
        return;
    }
    let site = ConsumerSite {
        disk: Arc::new(disk.clone()),
        clock: Arc::new(ManualClock::at(1_700_000_000_000_000_000)),
        stream_dir: PathBuf::from("/S"),
        stream: "S".into(),
        name: "C".into(),
        encryption,
        sync_always: false,
        sync_interval: Duration::from_secs(60),
        reports: None,
    };
    let _ = ConsumerFileStore::read_info(site.clone());
    let config = ConsumerConfig {
        ack_policy: AckPolicy::Explicit,
        ..ConsumerConfig::default()
    };
    if let Ok(store) = ConsumerFileStore::open(site, None, &config, None) {
        let _ = store.state();
        let _ = store.update_delivered(1, 1, 1, 0);
        let _ = store.stop();
    }
});

fn put(disk: &SimDisk, path: &Path, bytes: &[u8]) {
    if !bytes.is_empty() {
        let file = disk.open(path, OpenMode::Truncate).expect("a file");
        file.write_at(bytes, 0).expect("it is written");
    }
}
