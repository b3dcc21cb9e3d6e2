//! A process that stores messages on a real disk and is killed, over and over.
//!
//! Ten rounds, or as many as `STORE_KILL_ROUNDS` says. The process is this test
//! binary again, which stores until it is killed and prints every sequence whose
//! message it was told is there for good, and every acknowledgement of a consumer
//! that it flushed.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nats_server::jetstream::model::{
    AckPolicy, ConsumerConfig, StorageType, StreamConfig, StreamState,
};
use nats_server::jetstream::store::file::consumer_store::{ConsumerFileStore, ConsumerSite};
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::jetstream::store::{ConsumerStore, StoredMsg, StreamStore};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Where the process is to store; only the process has it.
const DIR: &str = "STORE_KILL_DIR";

fn open(dir: &Path) -> Arc<FileStore> {
    let options = FileStoreConfig {
        block_size: 20_000,
        sync_always: true,
        ..FileStoreConfig::new(dir)
    };
    let config = StreamConfig {
        name: "S".into(),
        storage: StorageType::File,
        max_msgs: 2_000,
        ..StreamConfig::default()
    };
    FileStore::open(options, &config).expect("a store")
}

fn open_consumer(stream: &FileStore) -> Arc<ConsumerFileStore> {
    let config = ConsumerConfig {
        ack_policy: AckPolicy::Explicit,
        ..ConsumerConfig::default()
    };
    let site: ConsumerSite = stream.consumer_site("C");
    ConsumerFileStore::open(site, None, &config, None).expect("a consumer")
}

/// Head, subject, the longest payload, checksum.
const RECORD_LEN_MAX: u64 = 22 + 1 + 400 + 8;

fn payload(seq: u64) -> Vec<u8> {
    let mut random = StdRng::seed_from_u64(seq);
    let len = random.random_range(1..400);
    (0..len).map(|_| random.random()).collect()
}

/// What the process does.
#[test]
#[ignore = "no test: it runs in the process that is killed"]
fn store_until_killed() {
    let dir = std::env::var_os(DIR).expect("a directory");
    let stream = open(Path::new(&dir));
    let consumer = open_consumer(&stream);
    let mut out = std::io::stdout();
    let mut state = StreamState::default();
    stream.fast_state(&mut state);
    let mut delivered = consumer.state().expect("a state").delivered.consumer;
    for seq in state.last_seq + 1.. {
        let (stored, _) = stream
            .store_msg(b"a", b"", &payload(seq), 0)
            .expect("a message");
        assert_eq!(stored, seq);
        writeln!(out, "stored {seq}").expect("somebody listens");
        if seq % 7 == 0 {
            stream.remove_msg(seq - 3).expect("it is removed");
            writeln!(out, "removed {}", seq - 3).expect("somebody listens");
        }
        if seq % 10 == 0 {
            delivered += 1;
            consumer
                .update_delivered(delivered, seq, 1, 0)
                .expect("a delivery");
            consumer.update_acks(delivered, seq).expect("an ack");
            consumer.flush().expect("a flush");
            writeln!(out, "acked {seq}").expect("somebody listens");
        }
    }
}

/// Lets the process run for a while; what it said was done.
fn run(dir: &Path, time: Duration) -> Vec<(String, u64)> {
    let mut process = Command::new(std::env::current_exe().expect("this binary"))
        .args([
            "--ignored",
            "--exact",
            "kill::store_until_killed",
            "--nocapture",
        ])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a process");
    let out = BufReader::new(process.stdout.take().expect("its output"));
    let mut lines = out.lines().map(|line| parse(&line.expect("its output")));
    let mut said = Vec::new();
    // It has to have begun, or the round proves nothing.
    let mut start = None;
    for line in lines.by_ref().flatten() {
        said.push(line);
        if start.get_or_insert_with(Instant::now).elapsed() >= time {
            break;
        }
    }
    process.kill().expect("it runs");
    // What it had said by then counts too.
    said.extend(lines.flatten());
    process.wait().expect("it ends");
    said
}

fn parse(line: &str) -> Option<(String, u64)> {
    let (what, seq) = line.split_once(' ')?;
    Some((what.to_owned(), seq.parse().ok()?))
}

#[test]
fn nothing_promised_is_lost_by_a_kill() {
    let rounds = std::env::var("STORE_KILL_ROUNDS").map_or(10, |rounds| {
        rounds.parse().expect("STORE_KILL_ROUNDS is a number")
    });
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("S");
    let mut random = StdRng::seed_from_u64(1);
    for round in 0..rounds {
        let said = run(&path, Duration::from_millis(random.random_range(0..120)));
        let last = |what: &str| {
            said.iter()
                .rev()
                .find(|(said, _)| said == what)
                .map(|(_, seq)| *seq)
        };
        let stored = last("stored").unwrap_or_else(|| panic!("round {round} did nothing"));
        let stream = open(&path);
        let mut state = StreamState::default();
        stream.fast_state(&mut state);
        assert!(
            state.last_seq >= stored,
            "round {round}: {stored} is not in {state:?}"
        );
        let mut msg = StoredMsg::new();
        let mut found = 0;
        for seq in state.first_seq..=state.last_seq {
            if stream.load_msg(seq, &mut msg).is_ok() {
                assert_eq!(msg.payload(), payload(seq), "round {round}: {seq}");
                found += 1;
            } else {
                assert_eq!(seq % 7, 4, "round {round}: {seq} is lost");
            }
        }
        assert_eq!(found, state.msgs, "round {round}");
        for (_, seq) in said.iter().filter(|(what, _)| what == "removed") {
            assert!(
                stream.load_msg(*seq, &mut msg).is_err(),
                "round {round}: {seq} is back"
            );
        }
        // No message, and no more than one write that the kill has cut short.
        let lost = stream.lost_data().unwrap_or_default();
        assert!(lost.msgs.is_empty(), "round {round}: {lost:?}");
        assert!(lost.bytes < RECORD_LEN_MAX, "round {round}: {lost:?}");
        let consumer = open_consumer(&stream);
        let acked = consumer.state().expect("a state").ack_floor.stream;
        if let Some(seq) = last("acked") {
            assert!(acked >= seq, "round {round}: {seq} is after {acked}");
        }
        // It is killed again next, and not stopped now.
        drop(consumer);
        drop(stream);
    }
}
