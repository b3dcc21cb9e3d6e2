//! What `--list` prints: names and nothing else.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::support::{run, run_planted};

const TESTS: usize = 3_257;

fn names(stdout: &str) -> Vec<&str> {
    stdout
        .lines()
        .map(|line| line.strip_suffix(": test").expect("`NAME: test`"))
        .collect()
}

#[test]
fn every_go_test_is_listed_once_by_its_id() {
    let listed = run(&["--list", "--format", "terse"]);
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    let names = names(&listed.stdout);
    assert_eq!(names.len(), TESTS);
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), TESTS);
    for (id, name) in (1..).zip(&names) {
        assert!(name.starts_with(&format!("T{id:04}::")), "{name}");
        assert_eq!(name.split("::").count(), 3, "{name}");
    }
    assert_eq!(names[6], "T0007::seqset_test::TestSeqSetBasics");
    assert_eq!(
        names[2653],
        "T2654::raft_test::TestNRGMultipleStopsDontPanic"
    );
}

#[test]
fn ignored_ones_are_listed_on_request_alone() {
    let listed = run(&["--list", "--format", "terse", "--ignored"]);
    let names = names(&listed.stdout);
    assert!(names.len() < TESTS);
    assert!(
        !names.contains(&"T0007::seqset_test::TestSeqSetBasics"),
        "it is mapped"
    );
    assert!(
        names.contains(&"T0001::ats_test::TestNotRunningValue"),
        "it is not mapped"
    );
}

#[test]
fn deferred_and_n_a_ones_are_ignored_mapped_or_not() {
    let all = run_planted("dispositions", &["--list"]);
    assert_eq!(names(&all.stdout).len(), 3, "{}", all.stderr);
    let ignored = run_planted("dispositions", &["--list", "--ignored"]);
    assert_eq!(
        names(&ignored.stdout),
        [
            "T0002::ats_test::TestRegisterAndUnregister",
            "T0003::ats_test::TestUnbalancedUnregister"
        ]
    );
}

#[test]
fn benchmarks_are_listed_as_tests() {
    let listed = run(&["--list", "BenchmarkPublish"]);
    let names = names(&listed.stdout);
    assert!(!names.is_empty());
    assert!(
        names.iter().all(|name| name.contains("::BenchmarkPublish")),
        "{names:?}"
    );
}

#[test]
fn reasons_are_shown_when_run() {
    let shown = run_planted("dispositions", &[]);
    assert_eq!(shown.code, Some(0));
    assert!(shown.line(1).ends_with("ok"), "{}", shown.stdout);
    assert!(
        shown
            .line(2)
            .ends_with("ignored (deferred: waits for the clock)")
    );
    assert!(shown.line(3).ends_with("ignored (n_a: another system)"));
    let shown = run(&["--exact", "T0001::ats_test::TestNotRunningValue"]);
    assert!(
        shown
            .line(1)
            .ends_with("ignored (unmapped: no Rust test yet)")
    );
}

/// The aim is 20 ms; the bound only catches work that doesn't belong before
/// dispatch, such as opening a database, on the slowest machine.
#[test]
fn listing_and_dispatching_need_no_preparation() {
    for args in [
        &["--list"][..],
        &["--exact", "T0007::seqset_test::TestSeqSetBasics"],
    ] {
        let best = (0..5)
            .map(|_| {
                let started = Instant::now();
                assert_eq!(run(args).code, Some(0));
                started.elapsed()
            })
            .min()
            .unwrap();
        println!("{args:?}: {best:?}");
        assert!(best < Duration::from_millis(500), "{args:?} took {best:?}");
    }
}
