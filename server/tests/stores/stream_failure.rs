//! Streams' stores on a disk of which one call fails, for each call of a workload.
//!
//! The step that needed it is refused, or does without. Nothing that was there before is
//! lost for it, nothing is there that was not stored, and the steps that follow work as if
//! nothing had happened; only after a sync that failed the store has to be opened anew.

use std::io::ErrorKind;
use std::sync::Arc;

use nats_server::jetstream::store::disk::SimDisk;
use nats_server::jetstream::store::file::FileStore;
use nats_server::jetstream::store::{ManualClock, StoreError, StreamStore};

use super::stream_crash::{Content, NOW, Plan, Step, disk, look};

/// What a store holds, when the failure is over.
fn content(store: &FileStore) -> Content {
    look(store)
        .or_else(|_| look(store))
        .expect("a call fails only once")
}

/// Why this cannot be what a step left that failed, if so.
fn wrong(step: &Step, before: &Content, after: &Content) -> Option<String> {
    let is_added = |seq: &u64| !before.msgs.contains_key(seq);
    let adds = matches!(step, Step::Store(..) | Step::StoreMany(_));
    for (seq, msg) in &after.msgs {
        match before.msgs.get(seq) {
            Some(known) if known != msg => return Some(format!("message {seq} is another")),
            None if !adds || *seq <= before.last_seq => {
                return Some(format!("message {seq} was never there, or is back"));
            }
            _ => {}
        }
    }
    if matches!(step, Step::Store(..)) && after.msgs.keys().any(is_added) {
        return Some("it was refused and is there".to_owned());
    }
    let may_remove = !matches!(
        step,
        Step::Store(..) | Step::StoreMany(_) | Step::Skip(_) | Step::Sync
    );
    let lost = before
        .msgs
        .keys()
        .filter(|seq| !after.msgs.contains_key(seq));
    match (step, lost.count()) {
        (Step::Remove(_) | Step::Erase(_), 2..) => Some("more than one is gone".to_owned()),
        (_, 1..) if !may_remove => Some("messages are gone".to_owned()),
        _ => None,
    }
}

/// Runs a workload in which one call fails; says whether there is such a call.
fn fail(plan: &Plan, call: u64, kind: ErrorKind) -> bool {
    let disk = disk(plan.seed);
    disk.fail_at(call, kind);
    let clock = Arc::new(ManualClock::at(NOW));
    let mut store = match plan.open(&disk, &clock) {
        Ok(store) => store,
        Err(_) => plan.open(&disk, &clock).expect("a call fails only once"),
    };
    let mut before = content(&store);
    let has_limits = plan.config.max_msgs > 0 || plan.config.max_msgs_per_subject > 0;
    for (number, step) in plan.steps.iter().enumerate() {
        let at = |what: &str| {
            format!(
                "{what}: seed {}, call {call}, step {number} {step:?}",
                plan.seed
            )
        };
        let mut result = plan.run(step, &mut store, &disk, &clock);
        let needs_opening = matches!(result, Err(StoreError::SyncFailed(_)))
            || is_sync_broken(&store)
            || matches!((&result, step), (Err(_), Step::Reopen));
        if needs_opening {
            store.stop().ok();
            store = reopen(plan, &disk, &clock, &at);
            // Whether it was done nobody knows.
            before = content(&store);
            continue;
        }
        let after = content(&store);
        if let Err(error) = &result {
            assert!(
                matches!(error, StoreError::Io(_)),
                "{}",
                at(&error.to_string())
            );
            let why = wrong(step, &before, &after).filter(|_| !has_limits);
            if let Some(why) = why {
                panic!("{}\nbefore {before:?}\nafter {after:?}", at(&why));
            }
            result = plan.run(step, &mut store, &disk, &clock);
            assert!(
                result.is_ok(),
                "{}",
                at(&format!("it fails again, {result:?}"))
            );
        }
        before = content(&store);
    }
    let last = |what: &str| format!("{what}: seed {}, call {call}", plan.seed);
    // The call that fails may be one of these.
    store.stop().ok();
    let store = reopen(plan, &disk, &clock, &last);
    let mut again = content(&store);
    assert_eq!(again.last_seq, before.last_seq, "{}", last("other end"));
    if has_limits {
        // What a limit could not remove is removed now, and what it removed may be back if
        // the state file could not be written.
        again.msgs.retain(|seq, _| before.msgs.contains_key(seq));
        assert!(
            again.msgs.len() + 1 >= before.msgs.len(),
            "{}",
            last("lost")
        );
        before.msgs.retain(|seq, _| again.msgs.contains_key(seq));
    }
    assert!(
        again.msgs == before.msgs,
        "{}\nbefore {before:?}\nagain {again:?}",
        last("it became another")
    );
    assert_eq!(store.lost_data(), None, "{}", last("lost"));
    store.stop().ok();
    disk.calls() >= call
}

/// Whether the store takes no more changes because a sync has failed.
fn is_sync_broken(store: &FileStore) -> bool {
    matches!(store.skip_msgs(0, 0), Err(StoreError::SyncFailed(_)))
}

fn reopen(
    plan: &Plan,
    disk: &SimDisk,
    clock: &Arc<ManualClock>,
    at: &impl Fn(&str) -> String,
) -> Arc<FileStore> {
    match plan.open(disk, clock).or_else(|_| plan.open(disk, clock)) {
        Ok(store) => store,
        Err(error) => panic!("{}", at(&error.to_string())),
    }
}

#[test]
fn one_call_that_fails_does_no_lasting_harm() {
    let seeds = std::env::var("STORE_FAILURE_SEEDS").map_or(6, |seeds| {
        seeds.parse().expect("STORE_FAILURE_SEEDS is a number")
    });
    let kinds = [
        ErrorKind::Other,
        ErrorKind::StorageFull,
        ErrorKind::PermissionDenied,
    ];
    for seed in 0..seeds {
        let plan = Plan::new(seed);
        let mut call = 1;
        while fail(&plan, call, kinds[call as usize % kinds.len()]) {
            call += 1;
        }
        assert!(call > 100, "or it is no proof");
    }
}
