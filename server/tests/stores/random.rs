//! Random operations on a store and on the model; both have to agree at every
//! step. Seeds 0 to 199, or as many as `STORE_MODEL_SEEDS` says, from `STORE_MODEL_FIRST` on;
//! and some that have shown something once.

use nats_server::jetstream::model::{DiscardPolicy, Nanos, StorageType, StreamConfig};
use nats_server::jetstream::store::{
    Filter, Lookup, MsgRun, RunLimits, StoredMsg, StreamStore, decode_stream_state,
};
use nats_server::subject::sublist::Sublist;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use crate::model::Model;
use crate::{End, KINDS, Subject, on_file_store, on_memory_store};

const STEPS: usize = 250;
const FILTERS: [&str; 8] = [">", "a.*", "*.1", "a.1", "b.>", "*", "c", "none.*"];

#[test]
fn stores_agree_with_the_model() {
    let seeds = std::env::var("STORE_MODEL_SEEDS").map_or(200, |seeds| {
        seeds.parse().expect("STORE_MODEL_SEEDS is a number")
    });
    let first = std::env::var("STORE_MODEL_FIRST").map_or(0, |first| {
        first.parse().expect("STORE_MODEL_FIRST is a number")
    });
    let trace = std::env::var("STORE_TRACE").is_ok();
    for seed in (first..first + seeds).chain([6_244]) {
        let mut rng = StdRng::seed_from_u64(seed);
        let has_limits = seed % 2 == 0;
        let config = random_config(&mut rng, has_limits);
        let mut check = |subject: &mut Subject| {
            subject.has_limits = has_limits;
            let mut model = Model {
                config: config.clone(),
                overhead: subject.overhead,
                keeps_msgs: subject.store.storage_type() == StorageType::File,
                ..Model::default()
            };
            for step in 0..STEPS {
                let done = change(&mut rng, subject, &mut model);
                let at = format!("seed {seed}, step {step}: {done}");
                if trace {
                    eprintln!(
                        "{at}, first {} of {}, {}",
                        model.first_seq,
                        model.msgs.len(),
                        model.bytes()
                    );
                }
                compare_state(&*subject.store, &model, &at);
                compare_queries(&mut rng, &*subject.store, &model, &at);
            }
        };
        on_memory_store(&config, &mut check);
        let kind = KINDS[(seed / 2) as usize % KINDS.len()];
        on_file_store(&config, kind, &mut check);
    }
}

fn random_config(rng: &mut StdRng, has_limits: bool) -> StreamConfig {
    let mut limit = |most: i64| {
        if has_limits && rng.random_bool(0.3) {
            rng.random_range(1..most)
        } else {
            0
        }
    };
    StreamConfig {
        name: "TEST".into(),
        subjects: vec![">".into()],
        max_msgs: limit(60),
        max_bytes: limit(2_000),
        max_msgs_per_subject: limit(8),
        discard: if rng.random_bool(0.3) {
            DiscardPolicy::New
        } else {
            DiscardPolicy::Old
        },
        discard_new_per_subject: rng.random_bool(0.5),
        ..StreamConfig::default()
    }
}

fn change(rng: &mut StdRng, subject: &mut Subject, model: &mut Model) -> String {
    let Subject { store, clock, .. } = subject;
    let seq = rng.random_range(0..=model.last_seq + 2);
    match rng.random_range(0..100) {
        0..60 => {
            clock.advance(Nanos(rng.random_range(0..3)));
            let subject = *["a.1", "a.2", "b.1", "b.2.x", "c"]
                .choose(rng)
                .expect("a subject");
            let payload = vec![b'x'; rng.random_range(0..40)];
            let (stored, ts) = match store.store_msg(subject.as_bytes(), b"", &payload, 0) {
                Ok((seq, ts)) => (Ok(seq), ts),
                Err(error) => (Err(error.to_string()), 0),
            };
            assert_eq!(stored, model.store(subject, &payload, ts));
            format!("store {subject}")
        }
        60..80 => {
            let erase = rng.random_bool(0.2);
            let removed = if erase {
                store.erase_msg(seq)
            } else {
                store.remove_msg(seq)
            };
            assert_eq!(removed.expect("a removal"), model.remove(seq));
            format!("remove {seq}, erase {erase}")
        }
        80..85 => {
            let num = rng.random_range(1..6);
            store.skip_msgs(0, num).expect("a skip");
            model.skip(num);
            format!("skip {num}")
        }
        85..89 => {
            let filter = *FILTERS.choose(rng).expect("a filter");
            let seq = if rng.random_bool(0.5) { seq } else { 0 };
            let keep = if rng.random_bool(0.5) {
                rng.random_range(0..6)
            } else {
                0
            };
            let purged = store
                .purge_ex(filter.as_bytes(), seq, keep)
                .expect("a purge");
            assert_eq!(
                purged,
                model.purge(filter, seq, keep),
                "{filter} {seq} {keep}"
            );
            format!("purge {filter} {seq} {keep}")
        }
        89..92 if seq > 0 => {
            let purged = store.compact(seq).expect("a compaction");
            assert_eq!(purged, model.compact(seq), "compact {seq}");
            format!("compact {seq}")
        }
        92..94 if seq > 0 && seq <= model.last_seq => {
            store.truncate(seq).expect("a truncation");
            model.truncate(seq);
            format!("truncate {seq}")
        }
        94..96 => {
            let mut config = StreamConfig {
                storage: store.storage_type(),
                ..random_config(rng, subject.has_limits)
            };
            store.update_config(&mut config).expect("an update");
            // The limit per subject is enforced only where it becomes lower.
            let before = model.config.max_msgs_per_subject;
            let lower = before == 0 || config.max_msgs_per_subject < before;
            let own = config.max_msgs_per_subject;
            model.config = config;
            model.config.max_msgs_per_subject = if lower { own } else { 0 };
            model.enforce_totals();
            model.enforce_per_subject();
            model.config.max_msgs_per_subject = own;
            "configure".into()
        }
        96..98 => reopen(rng, subject, model),
        _ => "nothing".into(),
    }
}

/// Opens a store in files again, however it ended.
fn reopen(rng: &mut StdRng, subject: &mut Subject, model: &mut Model) -> String {
    let Some(open) = &subject.reopen else {
        return "nothing".into();
    };
    let mut config = model.config.clone();
    config.storage = subject.store.storage_type();
    // What one limit removed may come back when another has made room since.
    let has_total = config.max_msgs > 0 || config.max_bytes > 0;
    let has_both = has_total && config.max_msgs_per_subject > 0;
    let end = match rng.random_range(0..4) {
        _ if has_both => End::Stopped,
        0 | 1 => End::Stopped,
        2 => End::Killed,
        // What limits removed in another life is known from the state file alone.
        _ if subject.has_limits => End::Killed,
        _ => End::WithoutState,
    };
    if end == End::Killed {
        subject.store.flush_all_pending();
    } else {
        subject.store.stop().expect("it stops");
    }
    subject.store = open(&config, end);
    // Limits are enforced for all subjects then.
    model.enforce_totals();
    model.enforce_per_subject();
    format!("reopen, {end:?}")
}

fn compare_state(store: &dyn StreamStore, model: &Model, at: &str) {
    let state = store.state();
    // A store that never had a message says 0 for the first.
    if model.last_seq > 0 {
        assert_eq!(
            state.first_seq,
            model.first_seq,
            "{at}: {state:?}\nmodel {:?}\n{:?}",
            model.msgs.keys(),
            model.config
        );
    }
    assert_eq!(state.last_seq, model.last_seq, "{at}");
    let live: Vec<_> = model.msgs.keys().collect();
    assert_eq!(state.msgs, live.len() as u64, "{at}: {state:?} {live:?}");
    assert_eq!(state.bytes, model.bytes(), "{at}");
    assert_eq!(state.deleted, model.deleted(), "{at}");
    assert_eq!(state.num_deleted, state.deleted.len(), "{at}");
    let first_time = model
        .msgs
        .get(&model.first_seq)
        .map(|msg| i128::from(msg.ts));
    assert_eq!(
        state.first_time.map(|time| time.as_nanosecond()),
        first_time,
        "{at}"
    );
    let encoded = store.encoded_stream_state(1).expect("a state");
    let told = decode_stream_state(&encoded).expect("a state");
    let mut deleted = Vec::new();
    for block in &told.deleted {
        block.range(|seq| {
            deleted.push(seq);
            true
        });
    }
    assert_eq!(deleted, model.deleted(), "{at}");
}

/// Messages that are read in one go are the first that there are.
fn compare_runs(
    store: &dyn StreamStore,
    model: &Model,
    (pattern, filter): (&str, Filter<'_>),
    (start, max): (u64, usize),
    at: &str,
) {
    let (mut run, mut read) = (MsgRun::new(), 0);
    let limits = RunLimits {
        msgs: max,
        bytes: 200,
    };
    let found = store.load_run(filter, start, limits, &mut run);
    let mut wanted = model.matching(pattern, start);
    while read < run.len() {
        let (msg, seq) = (run.current(), wanted.next().expect(at));
        let own = &model.msgs[&seq];
        assert_eq!((msg.seq, msg.ts), (seq, own.ts), "{at}");
        assert_eq!(
            (msg.subject, msg.payload),
            (own.subject.as_bytes(), &*own.payload),
            "{at}"
        );
        read += 1;
        let next = run.advance();
        assert_eq!(next.is_some(), read < run.len(), "{at}");
    }
    assert!(read <= max, "{at}");
    let first = model.matching(pattern, start).next();
    let expected = first.map_or(Lookup::End(model.last_seq), Lookup::Found);
    assert_eq!(found.expect("a search"), expected, "{at}");
    assert_eq!(first.is_some(), read > 0, "{at}");
}

fn compare_queries(rng: &mut StdRng, store: &dyn StreamStore, model: &Model, at: &str) {
    let filter = *FILTERS.choose(rng).expect("a filter");
    let start = rng.random_range(0..=model.last_seq + 2);
    let at = &format!("{at}: {filter} from {start}");
    let bytes = filter.as_bytes();
    let mut msg = StoredMsg::new();

    let wanted = model.matching(filter, start).next();
    let found = store
        .load_next_msg(bytes, start, &mut msg)
        .expect("a search");
    assert_eq!(
        found,
        wanted.map_or(Lookup::End(model.last_seq), Lookup::Found),
        "{at}"
    );
    if let Some(seq) = wanted {
        let own = &model.msgs[&seq];
        assert_eq!((msg.seq, msg.ts), (seq, own.ts), "{at}");
        assert_eq!(
            (msg.subject(), msg.payload()),
            (own.subject.as_bytes(), &*own.payload),
            "{at}"
        );
    }
    let mut filters = Sublist::new();
    filters.insert(filter, None, ()).expect("a filter");
    let max = rng.random_range(1..=8);
    for of_many in [Filter::new(bytes), Filter::Sublist(&filters)] {
        compare_runs(store, model, (filter, of_many), (start, max), at);
    }
    let multi = store
        .load_next_msg_multi(&filters, start, &mut msg)
        .expect("a search");
    assert_eq!(multi.found(), wanted, "{at}");
    let prev = store
        .load_prev_msg_multi(&filters, start, &mut msg)
        .expect("a search");
    let before = model
        .matching(filter, 0)
        .take_while(|seq| *seq <= start)
        .last();
    assert_eq!(prev.found(), before, "{at}");

    let state = model.filtered(filter, start);
    // For all subjects the stores say up to where they have given sequences out.
    let counted = store.filtered_state(start, bytes);
    if filter == ">" || state.msgs == 0 {
        assert_eq!(counted.msgs, state.msgs, "{at}");
    } else {
        assert_eq!(counted, state, "{at}");
    }
    let last_only = model.last_seqs(filter, u64::MAX);
    let after = last_only.iter().filter(|seq| **seq >= start).count() as u64;
    for (per_subject, count) in [(false, state.msgs), (true, after)] {
        let pending = store
            .num_pending(start, bytes, per_subject)
            .expect("a count");
        assert_eq!(pending, (count, model.last_seq), "{at} {per_subject}");
        let multi = store
            .num_pending_multi(start, Some(&filters), per_subject)
            .expect("a count");
        assert_eq!(multi, pending, "{at} {per_subject}");
    }
    let seqs = store
        .multi_last_seqs(&[bytes], start, Some(100))
        .expect("sequences");
    let max = if start == 0 { u64::MAX } else { start };
    assert_eq!(seqs, model.last_seqs(filter, max), "{at}");
    assert_eq!(
        store.all_last_seqs().expect("sequences"),
        model.last_seqs(">", u64::MAX),
        "{at}"
    );

    for (subject, own) in store.subjects_state(bytes) {
        let subject = String::from_utf8(subject).expect("a subject");
        assert_eq!(own, model.filtered(&subject, 0), "{at}");
    }
    let totals: u64 = store.subjects_totals(bytes).values().sum();
    assert_eq!(totals, model.filtered(filter, 0).msgs, "{at}");
    if let Some((_, own)) = model.msgs.range(start..).next() {
        assert_eq!(
            store.seq_from_time(own.ts),
            model.seq_from_time(own.ts),
            "{at}"
        );
        assert_eq!(
            store.seq_from_time(own.ts + 1),
            model.seq_from_time(own.ts + 1),
            "{at}"
        );
    }
}
