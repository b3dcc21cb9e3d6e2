//! Searches by pattern, or several, among many subjects, which look nearby first and then
//! where the subjects have messages: they find what going through all messages finds.

use nats_server::jetstream::store::disk::SimDisk;
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::jetstream::store::{Lookup, StoredMsg, StreamStore};
use nats_server::subject::matches_literal;
use nats_server::subject::sublist::Sublist;

use super::{on, open_unlimited};

#[test]
fn searches_find_what_going_through_all_messages_finds() {
    let disk = SimDisk::new(1);
    let open = || {
        open_unlimited(FileStoreConfig {
            block_size: 60_000,
            ..on(&disk)
        })
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

/// The sequences of the messages that one of the patterns matches.
fn matching(all: &[Option<String>], patterns: &[String]) -> Vec<u64> {
    (1..)
        .zip(all)
        .filter(|(_, subject)| {
            let is_match = |subject: &String| {
                let mut patterns = patterns.iter();
                patterns.any(|pattern| matches_literal(subject, pattern))
            };
            subject.as_ref().is_some_and(is_match)
        })
        .map(|(seq, _)| seq)
        .collect()
}

fn check(store: &FileStore, all: &[Option<String>]) {
    let literals = |count: u64| (0..count).map(|number| format!("many.{}.y", number * 3));
    let mut sets: Vec<Vec<String>> = ["rare.*.x", "rare.3.*", "late.*", "*.7.y", "many.>", "no.*"]
        .iter()
        .map(|pattern| vec![(*pattern).to_owned()])
        .collect();
    sets.push(vec!["rare.3.x".into(), "rare.4.x".into(), "late.1".into()]);
    sets.push(vec!["rare.5.x".into(), "many.999.y".into()]);
    sets.push(vec!["*.7.y".into(), "rare.*.x".into(), "late.>".into()]);
    sets.push(literals(120).collect());
    // More than are looked up one by one.
    sets.push(literals(320).collect());
    for patterns in &sets {
        let mut list = Sublist::new();
        for pattern in patterns {
            list.insert(pattern, None, ()).expect("a pattern");
        }
        let matching = matching(all, patterns);
        for start in [
            1, 2, 300, 400, 402, 5_000, 8_303, 8_304, 12_401, 12_403, 12_404,
        ] {
            let search = Search {
                store,
                all,
                list: &list,
                matching: &matching,
                start,
                at: format!("{:?} of {} from {start}", patterns[0], patterns.len()),
            };
            search.check_next_and_prev();
            search.check_counts();
            if let [pattern] = &**patterns {
                search.check_one_pattern(pattern);
            }
        }
    }
}

/// A search from `start` on, and what it has to find.
struct Search<'a> {
    store: &'a FileStore,
    all: &'a [Option<String>],
    list: &'a Sublist<()>,
    matching: &'a [u64],
    start: u64,
    at: String,
}

impl Search<'_> {
    fn check_next_and_prev(&self) {
        let Self {
            store, start, at, ..
        } = self;
        let mut msg = StoredMsg::new();
        let next = self.matching.iter().find(|seq| *seq >= start);
        let found = store
            .load_next_msg_multi(self.list, *start, &mut msg)
            .expect("a search");
        let last = self.all.len() as u64;
        let wanted = next.map_or(Lookup::End(last), |seq| Lookup::Found(*seq));
        assert_eq!(found, wanted, "next of {at}");
        let prev = self.matching.iter().rev().find(|seq| *seq <= start);
        let found = store
            .load_prev_msg_multi(self.list, *start, &mut msg)
            .expect("a search");
        // The first was removed.
        let wanted = prev.map_or(Lookup::End(2), |seq| Lookup::Found(*seq));
        assert_eq!(found, wanted, "previous of {at}");
    }

    fn check_counts(&self) {
        let rest = self.matching.iter().filter(|seq| **seq >= self.start);
        let subjects = rest.clone().map(|seq| &self.all[*seq as usize - 1]);
        let subjects: std::collections::HashSet<_> = subjects.collect();
        for (per_subject, wanted) in [(false, rest.count()), (true, subjects.len())] {
            let counted = self
                .store
                .num_pending_multi(self.start, Some(self.list), per_subject);
            let (counted, _) = counted.expect("a count");
            assert_eq!(counted, wanted as u64, "{}, {per_subject}", self.at);
        }
    }

    fn check_one_pattern(&self, pattern: &str) {
        let Self {
            store, start, at, ..
        } = self;
        let mut msg = StoredMsg::new();
        let rest = self.matching.iter().copied().filter(|seq| seq >= start);
        let rest: Vec<u64> = rest.collect();
        let found = store
            .load_next_msg(pattern.as_bytes(), *start, &mut msg)
            .expect("a search");
        let wanted = rest
            .first()
            .map_or(Lookup::End(12_403), |seq| Lookup::Found(*seq));
        assert_eq!(found, wanted, "{at}");
        let counted = store.num_pending(*start, pattern.as_bytes(), false);
        assert_eq!(counted.expect("a count").0, rest.len() as u64, "{at}");
        if *start <= 12_403 {
            let state = store.filtered_state(*start, pattern.as_bytes());
            let edges = [rest.first(), rest.last()].map(|seq| seq.copied().unwrap_or(0));
            assert_eq!([state.first, state.last], edges, "{at}");
            assert_eq!(state.msgs, rest.len() as u64, "{at}");
        }
    }
}
