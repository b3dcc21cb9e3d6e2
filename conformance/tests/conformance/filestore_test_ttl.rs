//! Go: `server/filestore_test.go`: messages that go or are published at their time.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use conformance::go_test;
use conformance::wait::wait_until;
use nats_server::collections::HashWheel;
use nats_server::jetstream::model::Nanos;
use nats_server::jetstream::store::file::FileStore;
use nats_server::jetstream::store::{Clock, RawMsg, Schedules, StreamStore, SystemClock, headers};
use nats_server::protocol::{generate_header, header_value};

use super::filestore_support::*;

/// The header of a message that lives for a second.
const OF_A_SECOND: &[u8] = b"NATS/1.0\r\nNats-TTL: 1\r\n\r\n";

fn with_ttls() -> Setup {
    plain()
        .on(&["test"])
        .with(|config| config.allow_msg_ttl = true)
}

/// Ten messages that live for a second.
fn with_ten(setup: &Setup) -> Arc<FileStore> {
    let store = setup.open();
    for _ in 0..10 {
        store.store_msg(b"test", b"", b"", 1).unwrap();
    }
    assert_eq!(seqs(&store), (10, 1, 10));
    store
}

fn with_schedules() -> Setup {
    plain()
        .on(&["foo.*"])
        .with(|config| config.allow_msg_schedules = true)
}

/// A message that is to be published to `foo.target` in a second.
fn schedule_in_a_second(store: &FileStore, clock: &dyn Clock) {
    let at = jiff::Timestamp::from_nanosecond((clock.now() + 1_000_000_000).into()).unwrap();
    let header = generate_header(None, headers::SCHEDULE, format!("@at {at}").as_bytes());
    let header = generate_header(Some(&header), headers::SCHEDULE_TARGET, b"foo.target");
    store.store_msg(b"foo.schedule", &header, b"", 0).unwrap();
}

go_test!(
    521,
    "filestore_test",
    "TestFileStoreMessageTTL",
    message_ttl
);
fn message_ttl() {
    let setup = with_ttls();
    let store = with_ten(&setup);
    wait_until("all have expired", || seqs(&store) == (0, 11, 10));
    store.stop().unwrap();
}

go_test!(
    522,
    "filestore_test",
    "TestFileStoreMessageTTLRestart",
    message_ttl_restart
);
fn message_ttl_restart() {
    let (setup, clock) = timed(with_ttls());
    let store = with_ten(&setup);
    let store = setup.reopen(&store);
    assert_eq!(seqs(&store), (10, 1, 10));
    clock.advance(Nanos::from_secs(2));
    assert_eq!(seqs(&store), (0, 11, 10));
    store.stop().unwrap();
}

go_test!(
    523,
    "filestore_test",
    "TestFileStoreMessageTTLRecovered",
    message_ttl_recovered
);
fn message_ttl_recovered() {
    let (setup, clock) = timed(with_ttls());
    let store = setup.open();
    put(&store, "test", b"");
    for _ in 0..9 {
        store.store_msg(b"test", OF_A_SECOND, b"", 1).unwrap();
    }
    assert_eq!(seqs(&store), (10, 1, 10));
    store.stop().unwrap();
    // What the messages say is as good.
    std::fs::remove_file(setup.msgs().join("thw.db")).unwrap();
    let store = setup.open();
    assert_eq!(store.block_count(), 1);
    assert_eq!(store.blocks()[0].ttls, 9);
    assert_eq!(seqs(&store), (10, 1, 10));
    clock.advance(Nanos::from_secs(2));
    assert_eq!(seqs(&store), (1, 1, 10));
    store.stop().unwrap();
}

go_test!(
    528,
    "filestore_test",
    "TestFileStoreSubjectDeleteMarkers",
    subject_delete_markers
);
fn subject_delete_markers() {
    let setup = plain().on(&["test"]).with(|config| {
        config.max_age = Nanos::from_secs(1);
        config.allow_msg_ttl = true;
        config.subject_delete_marker_ttl = Nanos::from_secs(1);
    });
    let store = setup.open();
    let (sender, made) = mpsc::channel();
    let weak = Arc::downgrade(&store);
    store.register_remove_msg(Arc::new(move |seq| {
        if let Some(store) = weak.upgrade() {
            store.remove_msg(seq).unwrap();
        }
    }));
    store.register_process_msg(Arc::new(move |msg| {
        // The test may have seen enough.
        sender.send(msg).ok();
    }));
    put_many(&store, "test", b"", 3);
    let marker = made.recv_timeout(Duration::from_secs(10)).unwrap();
    let value = |key| header_value(key, &marker.header);
    assert_eq!(value(headers::MARKER_REASON), Some(&b"MaxAge"[..]));
    assert_eq!(value(headers::MESSAGE_TTL), Some(&b"1s"[..]));
    store.stop().unwrap();
}

go_test!(
    524,
    "filestore_test",
    "TestFileStoreMessageTTLRecoveredSingleMessageWithoutStreamState",
    ttl_recovered_without_stream_state
);
fn ttl_recovered_without_stream_state() {
    let (setup, clock) = timed(with_ttls());
    let store = setup.open();
    store.store_msg(b"test", OF_A_SECOND, b"", 1).unwrap();
    assert_eq!(seqs(&store), (1, 1, 1));
    store.stop().unwrap();
    setup.remove_index();
    std::fs::remove_file(setup.msgs().join("thw.db")).unwrap();
    let store = setup.open();
    assert_eq!(seqs(&store), (1, 1, 1));
    clock.advance(Nanos::from_secs(2));
    assert_eq!(seqs(&store), (0, 2, 1));
    store.stop().unwrap();
}

go_test!(
    541,
    "filestore_test",
    "TestFileStoreUpdateConfigTTLState",
    update_config_ttl_state
);
fn update_config_ttl_state() {
    let setup = plain().on(&[">"]);
    let store = setup.open();
    let mut config = setup.config.clone();
    assert!(!store.tracks_ttls());
    for allowed in [true, false] {
        config.allow_msg_ttl = allowed;
        store.update_config(&mut config).unwrap();
        assert_eq!(store.tracks_ttls(), allowed);
    }
    store.stop().unwrap();
}

go_test!(
    552,
    "filestore_test",
    "TestFileStoreMessageSchedule",
    message_schedule
);
fn message_schedule() {
    let setup = with_schedules();
    let store = setup.open();
    let (sender, made) = mpsc::channel();
    store.register_process_msg(Arc::new(move |msg| {
        // The test may have seen enough.
        sender.send(msg).ok();
    }));
    schedule_in_a_second(&store, &SystemClock);
    let msg = made.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(msg.subject, b"foo.target");
    let value = |key| header_value(key, &msg.header);
    assert_eq!(value(headers::SCHEDULER), Some(&b"foo.schedule"[..]));
    assert_eq!(value(headers::SCHEDULE_NEXT), Some(&b"purge"[..]));
    store.stop().unwrap();
}

go_test!(
    525,
    "filestore_test",
    "TestFileStoreMessageTTLWriteTombstone",
    ttl_leaves_a_tombstone
);
fn ttl_leaves_a_tombstone() {
    let setup = with_ttls();
    let (setup, clock) = timed(setup);
    let store = setup.open();
    store.store_msg(b"test", OF_A_SECOND, b"", 1).unwrap();
    put(&store, "test", b"");
    assert_eq!(seqs(&store), (2, 1, 2));
    clock.advance(Nanos::from_secs(2));
    assert_eq!(seqs(&store), (1, 2, 2));
    let store = setup.reopen_from_blocks(&store);
    assert_eq!(seqs(&store), (1, 2, 2));
    store.stop().unwrap();
}

go_test!(
    526,
    "filestore_test",
    "TestFileStoreMessageTTLRecoveredOffByOne",
    ttl_recovered_off_by_one
);
fn ttl_recovered_off_by_one() {
    let setup = with_ttls();
    let store = setup.open();
    let header = generate_header(None, headers::MESSAGE_TTL, b"120");
    let msg = RawMsg {
        subject: b"test",
        header: &header,
        payload: b"",
        seq: 1,
        ts: SystemClock.now(),
        ttl: 120,
    };
    store.store_raw_msg(msg, false).unwrap();
    assert_eq!(seqs(&store), (1, 1, 1));
    assert_eq!(store.ttl_count(), 1);
    store.stop().unwrap();
    // What the file of the wheel says holds up to the sequence that it names. The
    // message is taken out of it, and must not be put in again.
    let file = setup.msgs().join("thw.db");
    let mut wheel = HashWheel::new();
    let stamp = wheel.decode(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(stamp, 2);
    let entries: Vec<_> = wheel.iter().collect();
    assert_eq!(entries, [(1, msg.ts + 120_000_000_000)]);
    std::fs::write(&file, HashWheel::new().encode(stamp)).unwrap();
    let store = setup.open();
    assert_eq!(seqs(&store), (1, 1, 1));
    assert_eq!(store.ttl_count(), 0);
    store.stop().unwrap();
}

go_test!(
    553,
    "filestore_test",
    "TestFileStoreMessageScheduleRecovered",
    message_schedule_recovered
);
fn message_schedule_recovered() {
    let setup = with_schedules();
    let (setup, clock) = timed(setup);
    let store = setup.open();
    schedule_in_a_second(&store, &*clock);
    assert_eq!(seqs(&store), (1, 1, 1));
    store.stop().unwrap();
    // What the messages say is as good.
    std::fs::remove_file(setup.msgs().join("sched.db")).unwrap();
    let store = setup.open();
    assert_eq!(store.block_count(), 1);
    assert_eq!(block(&store, 1).schedules, 1);
    assert_eq!(seqs(&store), (1, 1, 1));
    assert_eq!(store.schedule_count(), 1);
    let (sender, made) = mpsc::channel();
    // The test may have seen enough.
    store.register_process_msg(Arc::new(move |msg| drop(sender.send(msg))));
    clock.advance(Nanos::from_secs(1));
    assert_eq!(made.try_recv().unwrap().subject, b"foo.target");
    store.stop().unwrap();
}

go_test!(
    554,
    "filestore_test",
    "TestFileStoreMessageScheduleEncodeDecode",
    message_schedule_encode_decode
);
fn message_schedule_encode_decode() {
    let now = SystemClock.now();
    let at = |seq: u64| now + i64::try_from(seq).unwrap() * 1_000_000_000;
    let subject = |seq: u64| format!("foo.{seq}");
    let mut schedules = Schedules::new();
    for seq in 0..100_000 {
        schedules.add(seq, subject(seq).as_bytes(), at(seq));
    }
    let encoded = schedules.encode(12_345);
    assert!(encoded.len() > 17);
    let mut decoded = Schedules::new();
    assert_eq!(decoded.decode(&encoded).unwrap(), 12_345);
    assert_eq!(decoded.next_run(), schedules.next_run());
    assert_eq!(decoded.len(), schedules.len());
    for seq in 0..100_000 {
        let subject = subject(seq);
        assert_eq!(decoded.of_subject(subject.as_bytes()), Some((seq, at(seq))));
        assert_eq!(decoded.subject_of(seq), Some(subject.as_bytes()));
    }
}

go_test!(
    598,
    "filestore_test",
    "TestFileStoreRecoverTTLAndScheduleStateAndCounters",
    ttls_and_schedules_are_counted
);
fn ttls_and_schedules_are_counted() {
    on_all(|setup| {
        let setup = setup.on(&[">"]).with(|config| {
            config.allow_msg_ttl = true;
            config.allow_msg_schedules = true;
        });
        let (setup, clock) = timed(setup);
        let store = setup.open();
        let at = jiff::Timestamp::from_nanosecond((clock.now() + 5_000_000_000).into()).unwrap();
        let header = generate_header(None, headers::MESSAGE_TTL, b"5");
        let schedule = format!("@at {at}");
        let header = generate_header(Some(&header), headers::SCHEDULE, schedule.as_bytes());
        store.store_msg(b"foo", &header, b"", 5).unwrap();
        let check = |store: &FileStore| {
            let block = block(store, 1);
            assert_eq!((block.ttls, block.schedules), (1, 1));
            assert_eq!((store.ttl_count(), store.schedule_count()), (1, 1));
        };
        check(&store);
        let store = setup.reopen_from_blocks(&store);
        check(&store);
        store.stop().unwrap();
    });
}
