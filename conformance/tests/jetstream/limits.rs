//! What an account and a server may have in all, and what comes and goes as a whole.

use std::sync::Arc;

use conformance::client::{block_on, connect};
use conformance::files::ConfigFile;
use conformance::server::RunningServer;
use nats_server::Options;
use nats_server::config::options::{JetStreamAccountLimits, JetStreamTiers};
use nats_server::jetstream::assets::AccountAssets;
use nats_server::jetstream::model::{ApiError, Nanos, StorageType, StreamConfig, StreamSource};
use nats_server::jetstream::store::StreamStore as _;
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::logging::Level;
use serde_json::Value;
use tempfile::TempDir;

use crate::server;

const KB: i64 = 1024;

/// Lets the global account have a megabyte of files, and as much memory.
fn limited(server: &RunningServer) -> Arc<AccountAssets> {
    let jetstream = server.server().jetstream().unwrap();
    let limits = JetStreamAccountLimits {
        max_memory: KB * KB,
        max_store: KB * KB,
        ..JetStreamAccountLimits::UNLIMITED
    };
    let tiers = JetStreamTiers::from([(String::new(), limits)]);
    jetstream.update_limits("$G", tiers).unwrap();
    jetstream.account("$G").unwrap()
}

fn of(name: &str, storage: StorageType, max_bytes: i64) -> StreamConfig {
    StreamConfig {
        name: name.to_owned(),
        subjects: vec![name.to_lowercase()],
        storage,
        max_bytes,
        ..StreamConfig::default()
    }
}

#[test]
fn reservations_of_all_streams_add_up() {
    let directory = TempDir::new().unwrap();
    let server = server(&directory);
    let account = limited(&server);
    let add = |config: StreamConfig| account.add_stream(&config, false).map(|_| ());
    add(of("A", StorageType::File, 600 * KB)).unwrap();
    assert_eq!(
        add(of("B", StorageType::File, 425 * KB)),
        Err(ApiError::storage_resources_exceeded())
    );
    // What is in memory does not count among the files.
    add(of("M", StorageType::Memory, 600 * KB)).unwrap();
    assert_eq!(
        add(of("B", StorageType::Memory, 425 * KB)),
        Err(ApiError::memory_resources_exceeded())
    );
    add(of("B", StorageType::File, 424 * KB)).unwrap();
    account.delete_stream("B").unwrap();
    account.delete_stream("A").unwrap();
    add(of("B", StorageType::File, KB * KB)).unwrap();
    let stats = account.stats().total;
    assert_eq!(
        (stats.reserved_storage, stats.reserved_memory, stats.streams),
        (1 << 20, 600 << 10, 2)
    );
}

#[test]
fn streams_of_an_account_may_have_to_be_limited() {
    let directory = TempDir::new().unwrap();
    let server = server(&directory);
    let jetstream = server.server().jetstream().unwrap();
    let limits = JetStreamAccountLimits {
        max_bytes_required: true,
        store_max_stream_bytes: 2 * KB,
        memory_max_stream_bytes: KB,
        ..JetStreamAccountLimits::UNLIMITED
    };
    let tiers = JetStreamTiers::from([(String::new(), limits)]);
    jetstream.update_limits("$G", tiers).unwrap();
    let account = jetstream.account("$G").unwrap();
    let add = |config: StreamConfig| account.add_stream(&config, false).map(|_| ());
    for (storage, max) in [(StorageType::File, 2 * KB), (StorageType::Memory, KB)] {
        let name = storage.to_string();
        assert_eq!(
            add(of(&name, storage, -1)),
            Err(ApiError::stream_max_bytes_required())
        );
        assert_eq!(
            add(of(&name, storage, max + 1)),
            Err(ApiError::stream_max_stream_bytes_exceeded())
        );
        add(of(&name, storage, max)).unwrap();
    }
}

#[test]
fn a_disabled_account_has_no_streams_that_work() {
    let directory = TempDir::new().unwrap();
    let server = server(&directory);
    let account = limited(&server);
    let stream = account
        .add_stream(&of("A", StorageType::File, -1), false)
        .unwrap();
    assert!(!stream.is_closed());
    let jetstream = server.server().jetstream().unwrap();
    jetstream.disable_account("$G").unwrap();
    assert!(stream.is_closed());
    assert!(account.streams("").is_empty());
}

#[test]
fn what_streams_use_goes_with_them() {
    let directory = TempDir::new().unwrap();
    let server = server(&directory);
    let jetstream = server.server().jetstream().unwrap();
    let global = server.server().lookup_account("$G").unwrap();
    for storage in [StorageType::File, StorageType::Memory] {
        let used = || match storage {
            StorageType::File => jetstream.usage().store,
            StorageType::Memory => jetstream.usage().memory,
        };
        let fill = |name: &str| {
            let account = jetstream.account("$G").unwrap();
            account.add_stream(&of(name, storage, -1), false).unwrap();
            block_on(async {
                let client = connect(&server.url()).await.unwrap();
                let kilobyte = "x".repeat(1024);
                let subject = name.to_lowercase();
                client.request(subject, kilobyte.into()).await.unwrap();
            });
            account
        };
        let name = |letter: &str| format!("{letter}{storage:?}");
        let account = fill(&name("A"));
        let one = used();
        assert!(one > 1024, "{one}");
        fill(&name("B"));
        assert_eq!(used(), 2 * one);
        account.delete_stream(&name("A")).unwrap();
        assert_eq!(used(), one);
        // The files of a disabled account are still there, and do not count.
        jetstream.disable_account("$G").unwrap();
        assert_eq!(used(), 0);
        let unlimited = JetStreamTiers::from([(String::new(), JetStreamAccountLimits::UNLIMITED)]);
        jetstream.enable_account(&global, unlimited).unwrap();
        fill(&name("C"));
        assert_eq!(used(), one);
    }
}

#[test]
fn a_full_server_refuses_messages_and_says_so() -> anyhow::Result<()> {
    block_on(async {
        let directory = TempDir::new()?;
        let server = RunningServer::with(|options| {
            options.jetstream = true;
            options.store_dir = directory.path().display().to_string();
            options.js.max_memory = 10 * KB;
        });
        let jetstream = server.server().jetstream().unwrap();
        let account = jetstream.account("$G").unwrap();
        account.add_stream(&of("A", StorageType::Memory, -1), false)?;
        let client = connect(&server.url()).await?;
        let kilobyte = "x".repeat(1024);
        let mut stored = 0;
        let refused = loop {
            let answer = client.request("a", kilobyte.clone().into()).await?;
            let ack: Value = serde_json::from_slice(&answer.payload)?;
            if !ack["error"].is_null() {
                break ack;
            }
            stored += 1;
            assert!(stored < 20, "the server takes more than it has");
        };
        assert_eq!(refused["error"]["err_code"], 10023, "{refused}");
        // The one that reaches the limit is stored.
        assert_eq!(stored, 10);
        let expected = "JetStream memory resource limits exceeded for server";
        assert!(server.log().contains(Level::Error, expected));
        Ok(())
    })
}

#[test]
fn a_reload_turns_jetstream_off_and_on() -> anyhow::Result<()> {
    let directory = TempDir::new()?;
    let path = directory.path().display().to_string();
    let text = |enabled| {
        format!(
            "listen: 127.0.0.1:-1
            jetstream {{ enabled: {enabled}, store_dir: {path:?}, max_mem: 1MB, max_file: 1GB }}"
        )
    };
    let file = ConfigFile::new(&text(true));
    let loaded = Options::from_file(file.path())?;
    let server = RunningServer::with(|options| {
        *options = Options {
            no_log: true,
            no_sigs: true,
            ..loaded
        };
    });
    let server = server.server();
    let account = server.jetstream().unwrap().account("$G").unwrap();
    account.add_stream(&of("A", StorageType::File, -1), false)?;
    file.rewrite(&text(false));
    server.reload()?;
    assert!(server.jetstream().is_none() && !server.context().info().jetstream);
    file.rewrite(&text(true));
    server.reload()?;
    assert!(server.context().info().jetstream);
    let account = server.jetstream().unwrap().account("$G").unwrap();
    assert_eq!(account.stream("A")?.config().subjects, ["a"]);
    Ok(())
}

/// Older servers took configurations that make no sense.
#[test]
fn what_an_older_server_stored_is_repaired() -> anyhow::Result<()> {
    let directory = TempDir::new()?;
    let dir = directory.path().join("jetstream/$G/streams/M");
    let mirror = StreamConfig {
        subjects: Vec::new(),
        mirror: Some(StreamSource {
            name: "A".to_owned(),
            ..StreamSource::default()
        }),
        max_msgs: -1,
        max_consumers: -1,
        ..of("M", StorageType::File, -1)
    };
    let stored = StreamConfig {
        subjects: vec!["m".to_owned()],
        duplicate_window: Nanos::from_secs(60),
        ..mirror.clone()
    };
    FileStore::open(FileStoreConfig::new(&dir), &stored)?.stop()?;
    let server = server(&directory);
    let account = server.server().jetstream().unwrap().account("$G").unwrap();
    let config = account.stream("M")?.config();
    assert_eq!(config.mirror, mirror.mirror);
    assert!(config.subjects.is_empty());
    assert_eq!(config.duplicate_window, Nanos::ZERO);
    let warned = "Detected subjects on a mirrored stream \"M\", will remove";
    assert!(server.log().contains(Level::Warn, warned));
    Ok(())
}
