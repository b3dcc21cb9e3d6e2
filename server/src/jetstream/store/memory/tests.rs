//! Tests of the memory store: handlers, timers, consumers, odd corners.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::MemoryStore;
use crate::jetstream::model::{
    AckPolicy, ConsumerConfig, ConsumerState, DiscardPolicy, Nanos, Pending, SequencePair,
    StorageType, StreamConfig, StreamState,
};
use crate::jetstream::store::{
    Clock, ConsumerStore, DeleteBlock, DeleteRange, Lookup, ManualClock, ProposedMsg, RawMsg,
    StoreError, StoredMsg, StreamStore, decode_consumer_state, decode_stream_state, headers,
};
use crate::protocol::{generate_header, header_value};

const SECOND: i64 = 1_000_000_000;

type Seen<T> = Arc<Mutex<Vec<T>>>;

fn config(set: impl FnOnce(&mut StreamConfig)) -> StreamConfig {
    let mut config = StreamConfig {
        storage: StorageType::Memory,
        ..StreamConfig::default()
    };
    set(&mut config);
    config
}

fn store(set: impl FnOnce(&mut StreamConfig)) -> (Arc<MemoryStore>, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(1_000 * SECOND));
    let store = MemoryStore::new(&config(set), Arc::clone(&clock) as Arc<dyn Clock>);
    (store.unwrap(), clock)
}

fn put(store: &MemoryStore, subject: &str) -> u64 {
    store.store_msg(subject.as_bytes(), b"", b"x", 0).unwrap().0
}

fn put_with_ttl(store: &MemoryStore, subject: &str, ttl: &str) -> u64 {
    let header = generate_header(None, headers::MESSAGE_TTL, ttl.as_bytes());
    let secs = headers::message_ttl(&header).unwrap();
    let stored = store.store_msg(subject.as_bytes(), &header, b"x", secs);
    stored.unwrap().0
}

fn msgs(store: &MemoryStore) -> u64 {
    store.state().msgs
}

fn live(store: &MemoryStore) -> Vec<u64> {
    let (mut seqs, mut start, mut msg) = (Vec::new(), 0, StoredMsg::new());
    while let Lookup::Found(seq) = store.load_next_msg(b">", start, &mut msg).unwrap() {
        seqs.push(seq);
        start = seq + 1;
    }
    seqs
}

/// What handlers are told: messages, bytes, sequence and subject.
fn updates(store: &MemoryStore) -> Seen<(i64, i64, u64, String)> {
    let seen = Seen::default();
    let note = Arc::clone(&seen);
    store.register_storage_updates(Arc::new(move |update| {
        let subject = String::from_utf8_lossy(update.subject).into_owned();
        let update = (update.msgs, update.bytes, update.seq, subject);
        note.lock().unwrap().push(update);
    }));
    seen
}

fn proposals(store: &MemoryStore) -> Seen<ProposedMsg> {
    let seen = Seen::default();
    let note = Arc::clone(&seen);
    store.register_process_msg(Arc::new(move |msg| note.lock().unwrap().push(msg)));
    seen
}

#[test]
fn every_change_is_told() {
    let (store, _) = store(|config| config.max_msgs_per_subject = 2);
    let seen = updates(&store);
    let take = || std::mem::take(&mut *seen.lock().unwrap());
    let update = |msgs, bytes, seq, subject: &str| (msgs, bytes, seq, subject.to_owned());
    for _ in 0..3 {
        put(&store, "ab");
    }
    let expected = [
        update(1, 19, 1, "ab"),
        update(1, 19, 2, "ab"),
        update(-1, -19, 1, "ab"),
        update(1, 19, 3, "ab"),
    ];
    assert_eq!(take(), expected);
    store.remove_msg(3).unwrap();
    assert_eq!(take(), [update(-1, -19, 3, "ab")]);
    put(&store, "c");
    take();
    store.compact(4).unwrap();
    assert_eq!(take(), [update(-1, -19, 0, "")]);
    put(&store, "d");
    take();
    store.truncate(4).unwrap();
    assert_eq!(take(), [update(-1, -18, 0, "")]);
    store.purge().unwrap();
    assert_eq!(take(), [update(-1, -18, 0, "")]);
    put(&store, "e");
    take();
    store.stop().unwrap();
    store.stop().unwrap();
    assert_eq!(take(), [update(0, -18, 0, "")]);
}

#[test]
fn a_stopped_store_takes_nothing() {
    let (store, clock) = store(|config| {
        config.max_age = Nanos::from_secs(9);
        config.allow_msg_schedules = true;
    });
    put(&store, "a");
    assert!(!store.is_closed() && clock.waiting() > 0);
    store.delete(true).unwrap();
    assert!(store.is_closed());
    assert_eq!((msgs(&store), clock.waiting()), (0, 0));
    let closed = store.store_msg(b"a", b"", b"", 0);
    assert!(matches!(closed, Err(StoreError::Closed)));
    let closed = store.load_prev_msg(1, &mut StoredMsg::new());
    assert!(matches!(closed, Err(StoreError::Closed)));
    let closed = store.consumer_store("c", None, &ConsumerConfig::default());
    assert!(matches!(closed, Err(StoreError::Closed)));
}

#[test]
fn a_store_of_another_kind_is_refused() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::default());
    let wrong = MemoryStore::new(&StreamConfig::default(), clock);
    assert!(matches!(wrong, Err(StoreError::WrongType)));
    let (store, _) = store(|_| {});
    let wrong = store.update_config(&mut StreamConfig::default());
    assert!(matches!(wrong, Err(StoreError::WrongType)));
    assert_eq!(store.storage_type(), StorageType::Memory);
    let snapshot = store.snapshot(Duration::ZERO, true, true);
    assert!(matches!(snapshot, Err(StoreError::Unsupported)));
    store.flush_all_pending();
}

#[test]
fn messages_go_when_they_are_too_old() {
    let (store, clock) = store(|config| {
        config.max_age = Nanos::from_secs(10);
        config.allow_msg_ttl = true;
    });
    put(&store, "a");
    put_with_ttl(&store, "b", "never");
    clock.advance(Nanos::from_secs(5));
    put(&store, "c");
    clock.advance(Nanos::from_secs(4));
    assert_eq!(live(&store), [1, 2, 3]);
    clock.advance(Nanos::from_secs(2));
    assert_eq!(live(&store), [2, 3]);
    clock.advance(Nanos::from_secs(5));
    assert_eq!(live(&store), [2]);
}

#[test]
fn messages_go_when_they_have_outlived_their_own_limit() {
    let (store, clock) = store(|config| config.allow_msg_ttl = true);
    put_with_ttl(&store, "a", "5s");
    put_with_ttl(&store, "b", "2s");
    put(&store, "c");
    clock.advance(Nanos::from_millis(1_900));
    assert_eq!(live(&store), [1, 2, 3]);
    clock.advance(Nanos::from_millis(600));
    assert_eq!(live(&store), [1, 3]);
    clock.advance(Nanos::from_secs(4));
    assert_eq!(live(&store), [3]);
    assert_eq!(clock.waiting(), 0, "nothing is left to wait for");
}

#[test]
fn an_own_limit_does_not_hit_a_message_that_gets_the_sequence_again() {
    let (store, clock) = store(|config| config.allow_msg_ttl = true);
    put(&store, "a");
    store.store_msg(b"a", b"", b"", 3).unwrap();
    store.truncate(1).unwrap();
    assert_eq!(put(&store, "a"), 2);
    clock.advance(Nanos::from_secs(10));
    assert_eq!(live(&store), [1, 2]);
}

#[test]
fn limits_of_messages_are_found_again_when_switched_on() {
    let (store, clock) = store(|_| {});
    put_with_ttl(&store, "a", "2s");
    put(&store, "b");
    clock.advance(Nanos::from_secs(1));
    store
        .update_config(&mut config(|config| config.allow_msg_ttl = true))
        .unwrap();
    clock.advance(Nanos::from_secs(2));
    assert_eq!(live(&store), [2]);
}

#[test]
fn an_old_replicated_message_is_looked_at_soon() {
    let (store, clock) = store(|config| config.max_age = Nanos::from_secs(60));
    let msg = RawMsg {
        subject: b"a",
        seq: 1,
        ts: SECOND,
        ..RawMsg::default()
    };
    store.store_raw_msg(msg, false).unwrap();
    clock.advance(Nanos::from_secs(1));
    assert_eq!(msgs(&store), 0);
}

#[test]
fn the_last_of_a_subject_leaves_a_marker() {
    let (store, clock) = store(|config| {
        config.max_age = Nanos::from_secs(10);
        config.allow_msg_ttl = true;
        config.subject_delete_marker_ttl = Nanos::from_secs(3_700);
    });
    for subject in ["a", "b", "a"] {
        put(&store, subject);
    }
    // Without handlers nothing happens.
    clock.advance(Nanos::from_secs(11));
    assert_eq!(msgs(&store), 3);
    let removed = Seen::default();
    let (note, this) = (Arc::clone(&removed), Arc::downgrade(&store));
    store.register_remove_msg(Arc::new(move |seq| {
        note.lock().unwrap().push(seq);
        this.upgrade().unwrap().remove_msg(seq).unwrap();
    }));
    let proposed = proposals(&store);
    clock.advance(Nanos::from_millis(2_500));
    assert_eq!(*removed.lock().unwrap(), [1]);
    let subjects: Vec<_> = proposed
        .lock()
        .unwrap()
        .iter()
        .map(|msg| msg.subject.clone())
        .collect();
    assert_eq!(subjects, [b"b", b"a"]);
    let header =
        "NATS/1.0\r\nNats-Marker-Reason: MaxAge\r\nNats-TTL: 1h1m40s\r\nNats-Rollup: sub\r\n\r\n";
    assert_eq!(
        String::from_utf8_lossy(&proposed.lock().unwrap()[0].header),
        header
    );
    // As long as no marker has come the proposal is repeated.
    clock.advance(Nanos::from_secs(3));
    assert!(proposed.lock().unwrap().len() > 2);
}

#[test]
fn a_marker_that_expires_leaves_none() {
    let (store, clock) = store(|config| {
        config.allow_msg_ttl = true;
        config.subject_delete_marker_ttl = Nanos::from_secs(1);
    });
    let removed = Seen::default();
    let note = Arc::clone(&removed);
    store.register_remove_msg(Arc::new(move |seq| note.lock().unwrap().push(seq)));
    let proposed = proposals(&store);
    let header = generate_header(None, headers::MARKER_REASON, b"MaxAge");
    let header = generate_header(Some(&header), headers::MESSAGE_TTL, b"1s");
    store.store_msg(b"a", &header, b"", 1).unwrap();
    put_with_ttl(&store, "b", "1s");
    clock.advance(Nanos::from_secs(2));
    assert_eq!(*removed.lock().unwrap(), [1]);
    assert_eq!(proposed.lock().unwrap()[0].subject, b"b");
}

fn schedule(pattern: &str) -> Vec<u8> {
    let header = generate_header(None, headers::SCHEDULE, pattern.as_bytes());
    generate_header(Some(&header), headers::SCHEDULE_TARGET, b"target")
}

#[test]
fn schedules_run_again_when_what_they_published_came_back() {
    let (store, clock) = store(|config| config.allow_msg_schedules = true);
    let proposed = proposals(&store);
    store
        .store_msg(b"plan", &schedule("@every 5s"), b"x", 0)
        .unwrap();
    clock.advance(Nanos::from_secs(6));
    clock.advance(Nanos::from_secs(6));
    let first = {
        let proposed = proposed.lock().unwrap();
        assert_eq!(proposed.len(), 1, "the second waits for the first");
        proposed[0].clone()
    };
    let next = header_value(headers::SCHEDULE_NEXT, &first.header).unwrap();
    assert_eq!(next, b"1970-01-01T00:16:50Z");
    store
        .store_msg(&first.subject, &first.header, &first.payload, 0)
        .unwrap();
    clock.advance(Nanos::from_secs(1));
    assert_eq!(proposed.lock().unwrap().len(), 2);
    // A new leader does not know what was proposed.
    store.reset_state();
    clock.advance(Nanos::from_secs(1));
    assert_eq!(proposed.lock().unwrap().len(), 3);
    // Another message on the subject takes the schedule off.
    put(&store, "plan");
    store.reset_state();
    clock.advance(Nanos::from_secs(60));
    assert_eq!(proposed.lock().unwrap().len(), 3);
}

#[test]
fn schedules_wait_for_their_handler_and_are_found_when_switched_on() {
    let (store, clock) = store(|_| {});
    store
        .store_msg(b"plan", &schedule("@at 1970-01-01T00:16:45Z"), b"x", 0)
        .unwrap();
    let mut on = config(|config| config.allow_msg_schedules = true);
    store.update_config(&mut on).unwrap();
    clock.advance(Nanos::from_secs(10));
    let proposed = proposals(&store);
    clock.advance(Nanos::from_secs(1));
    assert_eq!(proposed.lock().unwrap()[0].subject, b"target");
    store.remove_msg(1).unwrap();
    store.reset_state();
    clock.advance(Nanos::from_secs(10));
    assert_eq!(proposed.lock().unwrap().len(), 1);
    assert_eq!(clock.waiting(), 0);
}

#[test]
fn a_schedule_can_publish_the_last_of_another_subject() {
    let (store, clock) = store(|config| config.allow_msg_schedules = true);
    let proposed = proposals(&store);
    for payload in [b"one", b"two"] {
        store.store_msg(b"origin", b"", payload, 0).unwrap();
    }
    let header = generate_header(
        Some(&schedule("@every 1s")),
        headers::SCHEDULE_SOURCE,
        b"origin",
    );
    store.store_msg(b"plan", &header, b"own", 0).unwrap();
    clock.advance(Nanos::from_secs(2));
    assert_eq!(proposed.lock().unwrap()[0].payload, b"two");
}

#[test]
fn replicas_learn_what_is_deleted() {
    let (store, _) = store(|_| {});
    for _ in 0..10 {
        put(&store, "a");
    }
    let empty = decode_stream_state(&store.encoded_stream_state(7).unwrap()).unwrap();
    assert!(empty.deleted.is_empty());
    for seq in [3, 4, 8] {
        store.remove_msg(seq).unwrap();
    }
    let encoded = store.encoded_stream_state(7).unwrap();
    let told = decode_stream_state(&encoded).unwrap();
    let numbers = (
        told.msgs,
        told.bytes,
        told.first_seq,
        told.last_seq,
        told.failed,
    );
    assert_eq!(numbers, (7, 7 * 18, 1, 10, 7));
    assert_eq!(told.deleted[0].state(), (3, 8, 3));

    let (other, _) = self::store(|_| {});
    for _ in 0..10 {
        put(&other, "a");
    }
    other.sync_deleted(&told.deleted);
    assert_eq!(other.state().deleted, [3, 4, 8]);
    other.sync_deleted(&told.deleted);
    let blocks = [
        DeleteBlock::Range(DeleteRange { first: 5, num: 2 }),
        DeleteBlock::Slice(vec![1, 99]),
        DeleteBlock::Range(DeleteRange {
            first: 10,
            num: u64::MAX,
        }),
        DeleteBlock::Range(DeleteRange { first: 11, num: 5 }),
    ];
    other.sync_deleted(&blocks);
    assert_eq!(live(&other), [2, 7, 9]);
}

#[test]
fn compaction_to_a_gap_begins_at_the_next_message() {
    let (store, _) = store(|_| {});
    for _ in 0..10 {
        put(&store, "a");
    }
    for seq in [5, 6, 9, 10] {
        store.remove_msg(seq).unwrap();
    }
    assert_eq!(store.compact(5).unwrap(), 4);
    let state = store.state();
    assert_eq!((state.first_seq, state.deleted), (7, vec![9, 10]));
    assert_eq!(store.compact(3).unwrap(), 0);
    assert_eq!(store.compact(9).unwrap(), 2);
    let state = store.state();
    assert_eq!((state.first_seq, state.last_seq, state.msgs), (11, 10, 0));
    assert!(state.deleted.is_empty());
    assert_eq!(put(&store, "a"), 11);
    assert_eq!(store.compact(0).unwrap(), 1);
}

#[test]
fn truncation_reaches_no_further_than_the_store() {
    let (store, _) = store(|config| config.first_seq = 5);
    for _ in 0..3 {
        put(&store, "a");
    }
    assert!(matches!(
        store.truncate(8),
        Err(StoreError::SequenceMismatch)
    ));
    store.truncate(2).unwrap();
    let state = store.state();
    assert_eq!((state.first_seq, state.last_seq, state.msgs), (3, 2, 0));
    assert_eq!(put(&store, "a"), 3);
}

#[test]
fn purges_keep_what_they_are_told() {
    let fill = || {
        let (store, _) = store(|_| {});
        for subject in ["a.1", "b", "a.2", "b", "a.1", "b"] {
            put(&store, subject);
        }
        store
    };
    let cases: [(&str, u64, u64, u64, &[u64]); 9] = [
        ("", 0, 0, 6, &[]),
        (">", 3, 0, 2, &[3, 4, 5, 6]),
        (">", 0, 2, 4, &[5, 6]),
        (">", 0, 9, 0, &[1, 2, 3, 4, 5, 6]),
        (">", 1, 0, 0, &[1, 2, 3, 4, 5, 6]),
        ("a.*", 0, 1, 2, &[2, 4, 5, 6]),
        ("a.*", 5, 0, 2, &[2, 4, 5, 6]),
        ("b", 0, 3, 0, &[1, 2, 3, 4, 5, 6]),
        ("none", 0, 0, 0, &[1, 2, 3, 4, 5, 6]),
    ];
    for (filter, seq, keep, purged, left) in cases {
        let store = fill();
        let count = store.purge_ex(filter.as_bytes(), seq, keep).unwrap();
        assert_eq!(
            (count, &*live(&store)),
            (purged, left),
            "{filter} {seq} {keep}"
        );
    }
}

#[test]
fn a_larger_message_does_not_replace_a_smaller_one_at_the_limit() {
    let (store, _) = store(|config| {
        config.discard = DiscardPolicy::New;
        config.max_bytes = 40;
        config.max_msgs_per_subject = 1;
    });
    put(&store, "a");
    put(&store, "b");
    let refused = store.store_msg(b"a", b"", b"too large", 0);
    assert!(matches!(refused, Err(StoreError::MaxBytes)));
    put(&store, "a");
    assert_eq!(live(&store), [2, 3]);
}

#[test]
fn what_a_block_cannot_hold_is_refused() {
    let (store, _) = store(|_| {});
    let long = vec![b'a'; 70_000];
    let refused = store.store_msg(&long, b"", b"", 0);
    assert!(matches!(refused, Err(StoreError::MsgTooLarge)));
    assert_eq!(store.state().last_seq, 0);
    store.store_msg(b"a", b"", &long, 0).unwrap();
    let mut msg = StoredMsg::new();
    store.load_msg(1, &mut msg).unwrap();
    assert_eq!(msg.payload(), long);
    assert_eq!(store.utilization().unwrap(), (70_017, 70_017));
}

#[test]
fn searches_say_where_they_end() {
    let (store, _) = store(|_| {});
    let mut msg = StoredMsg::new();
    assert_eq!(
        store.load_next_msg(b">", 0, &mut msg).unwrap(),
        Lookup::End(0)
    );
    for subject in ["a", "b", "a"] {
        put(&store, subject);
    }
    store.remove_msg(3).unwrap();
    assert_eq!(
        store.load_next_msg(b"a", 2, &mut msg).unwrap(),
        Lookup::End(3)
    );
    assert!(matches!(
        store.load_msg(3, &mut msg),
        Err(StoreError::MsgNotFound)
    ));
    assert!(matches!(store.load_msg(4, &mut msg), Err(StoreError::Eof)));
    assert!(matches!(
        store.load_last_msg(b"x", &mut msg),
        Err(StoreError::MsgNotFound)
    ));
    store.load_prev_msg(9, &mut msg).unwrap();
    assert_eq!(msg.seq, 2);
    assert!(matches!(
        store.load_prev_msg(0, &mut msg),
        Err(StoreError::Eof)
    ));
    store.load_last_msg(b"*", &mut msg).unwrap();
    assert_eq!((msg.seq, msg.subject()), (2, &b"b"[..]));
    assert!(!store.remove_msg(3).unwrap() && !store.erase_msg(9).unwrap());
    assert!(matches!(
        store.skip_msg(9),
        Err(StoreError::SequenceMismatch)
    ));
    assert_eq!(
        (store.skip_msg(4).unwrap(), store.skip_msg(0).unwrap()),
        (4, 5)
    );
    let huge = store.skip_msgs(0, u64::MAX - 3);
    assert!(matches!(huge, Err(StoreError::SequenceMismatch)));
}

fn consumer(store: &MemoryStore, ack_policy: AckPolicy) -> Arc<dyn ConsumerStore> {
    let config = ConsumerConfig {
        ack_policy,
        max_deliver: 3,
        ..ConsumerConfig::default()
    };
    store.consumer_store("c", None, &config).unwrap()
}

const fn pair(consumer: u64, stream: u64) -> SequencePair {
    SequencePair { consumer, stream }
}

#[test]
fn consumers_are_counted() {
    let (store, _) = store(|_| {});
    let nameless = store.consumer_store("", None, &ConsumerConfig::default());
    assert!(matches!(nameless, Err(StoreError::BadConsumerConfig)));
    let one = consumer(&store, AckPolicy::None);
    let two = consumer(&store, AckPolicy::None);
    assert_eq!(store.state().consumers, 2);
    assert_eq!(one.storage_type(), StorageType::Memory);
    one.stop().unwrap();
    one.delete().unwrap();
    assert_eq!(store.state().consumers, 1);
    assert!(matches!(one.state(), Err(StoreError::Closed)));
    assert!(matches!(one.encoded_state(), Err(StoreError::Closed)));
    store.add_consumer(&two).unwrap();
    assert_eq!(store.state().consumers, 2);
    store.remove_consumer(&*two).unwrap();
    two.stream_delete().unwrap();
    store.remove_consumer(&*two).unwrap();
    let mut state = StreamState::default();
    store.fast_state(&mut state);
    assert_eq!(state.consumers, 0);
}

#[test]
fn explicit_acks_move_the_floor_over_what_is_done() {
    let (store, _) = store(|_| {});
    let consumer = consumer(&store, AckPolicy::Explicit);
    assert!(!consumer.has_state());
    for seq in 1..=5 {
        consumer.update_delivered(seq, 10 + seq, 1, 100).unwrap();
    }
    assert!(consumer.has_state());
    consumer.update_acks(2, 12).unwrap();
    assert_eq!(consumer.state().unwrap().ack_floor, pair(0, 0));
    consumer.update_acks(1, 11).unwrap();
    assert_eq!(consumer.state().unwrap().ack_floor, pair(2, 12));
    // A second delivery keeps the first sequence.
    consumer.update_delivered(6, 13, 2, 200).unwrap();
    let state = consumer.state().unwrap();
    assert_eq!(
        state.pending[&13],
        Pending {
            sequence: 3,
            timestamp: 200
        }
    );
    assert_eq!(state.redelivered, [(13, 1)].into());
    consumer.update_acks(6, 13).unwrap();
    let state = consumer.state().unwrap();
    assert_eq!((state.ack_floor, state.redelivered.len()), (pair(3, 13), 0));
    assert!(matches!(
        consumer.update_acks(9, 13),
        Err(StoreError::MsgNotFound)
    ));
    consumer.update_acks(3, 13).unwrap();
    consumer.update_acks(4, 14).unwrap();
    consumer.update_acks(5, 15).unwrap();
    assert_eq!(consumer.state().unwrap().ack_floor, pair(6, 15));
    consumer.update_delivered(6, 16, 1, 0).unwrap();
    assert!(
        consumer.state().unwrap().pending.is_empty(),
        "it is below the floor"
    );
}

#[test]
fn deliveries_beyond_the_limit_are_no_longer_pending() {
    let (store, _) = store(|_| {});
    let consumer = consumer(&store, AckPolicy::Explicit);
    consumer.update_delivered(1, 1, 1, 0).unwrap();
    consumer.update_delivered(2, 1, 3, 0).unwrap();
    assert_eq!(consumer.state().unwrap().pending.len(), 1);
    consumer.update_delivered(3, 1, 4, 0).unwrap();
    consumer.update_delivered(4, 1, 2, 0).unwrap();
    let state = consumer.state().unwrap();
    assert_eq!((state.pending.len(), state.redelivered[&1]), (0, 3));
    let unlimited = ConsumerConfig {
        ack_policy: AckPolicy::Explicit,
        ..ConsumerConfig::default()
    };
    consumer.update_config(&unlimited).unwrap();
    consumer.update_delivered(5, 2, 9, 0).unwrap();
    assert_eq!(consumer.state().unwrap().pending.len(), 1);
}

#[test]
fn one_ack_is_enough_for_all_before_it() {
    let (store, _) = store(|_| {});
    let consumer = consumer(&store, AckPolicy::All);
    for seq in 1..=5 {
        consumer.update_delivered(seq, seq, 2, 0).unwrap();
    }
    consumer.update_acks(3, 3).unwrap();
    let state = consumer.state().unwrap();
    assert_eq!(state.ack_floor, pair(3, 3));
    assert!(state.pending.keys().eq(&[4, 5]));
    assert!(state.redelivered.keys().eq(&[4, 5]));
}

#[test]
fn without_acks_what_is_delivered_is_done() {
    let (store, _) = store(|_| {});
    let consumer = consumer(&store, AckPolicy::None);
    consumer.update_delivered(1, 7, 1, 0).unwrap();
    let state = consumer.state().unwrap();
    assert_eq!((state.delivered, state.ack_floor), (pair(1, 7), pair(1, 7)));
    assert!(matches!(
        consumer.update_delivered(2, 8, 2, 0),
        Err(StoreError::NoAckPolicy)
    ));
    assert!(matches!(
        consumer.update_acks(2, 8),
        Err(StoreError::NoAckPolicy)
    ));
    consumer.update_starting(6);
    assert_eq!(consumer.state().unwrap().ack_floor.stream, 7);
    consumer.update_starting(9);
    assert_eq!(consumer.state().unwrap().ack_floor.stream, 9);
}

#[test]
fn a_consumer_starts_where_it_is_told() {
    let (store, _) = store(|_| {});
    let consumer = consumer(&store, AckPolicy::Explicit);
    consumer.set_starting(5).unwrap();
    let state = consumer.state().unwrap();
    assert_eq!((state.delivered, state.ack_floor), (pair(0, 5), pair(0, 5)));
    consumer.update_starting(8);
    let state = consumer.state().unwrap();
    assert_eq!((state.delivered, state.ack_floor), (pair(0, 8), pair(0, 5)));
    consumer.update_delivered(1, 9, 2, 0).unwrap();
    consumer.reset(3).unwrap();
    let expected = ConsumerState {
        delivered: pair(0, 3),
        ack_floor: pair(0, 3),
        ..ConsumerState::default()
    };
    assert_eq!(consumer.state().unwrap(), expected);
}

#[test]
fn a_state_that_contradicts_itself_is_refused() {
    let (store, clock) = store(|_| {});
    let consumer = consumer(&store, AckPolicy::Explicit);
    let good = ConsumerState {
        delivered: pair(5, 50),
        ack_floor: pair(2, 20),
        pending: [(
            30,
            Pending {
                sequence: 3,
                timestamp: clock.now(),
            },
        )]
        .into(),
        redelivered: [(30, 1)].into(),
    };
    let mut bad = good.clone();
    bad.ack_floor.consumer = 6;
    assert!(matches!(
        consumer.update(&bad),
        Err(StoreError::BadConsumerAckFloor)
    ));
    bad = good.clone();
    bad.ack_floor.stream = 51;
    assert!(matches!(
        consumer.update(&bad),
        Err(StoreError::BadStreamAckFloor)
    ));
    for seq in [20, 51] {
        bad = good.clone();
        bad.pending.insert(seq, Pending::default());
        assert!(matches!(consumer.update(&bad), Err(StoreError::BadPendingEntry(at)) if at == seq));
    }
    consumer.update(&good).unwrap();
    bad = good.clone();
    bad.delivered.consumer = 4;
    assert!(matches!(consumer.update(&bad), Err(StoreError::OldUpdate)));
    let encoded = consumer.encoded_state().unwrap();
    assert_eq!(decode_consumer_state(&encoded).unwrap(), good);
    let mut seen = None;
    consumer
        .borrow_state(&mut |state| seen = Some(state.clone()))
        .unwrap();
    assert_eq!(seen, Some(good));
}
