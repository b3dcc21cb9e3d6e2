//! Filters, `--exact` and `--ids`: a run that matched nothing is an error.

use crate::support::{Records, run, run_planted};

#[test]
fn an_exact_name_runs_that_test_alone() {
    let one = run(&[
        "--exact",
        "T0007::seqset_test::TestSeqSetBasics",
        "--nocapture",
    ]);
    assert_eq!(one.code, Some(0), "{}{}", one.stdout, one.stderr);
    assert_eq!(
        one.results().into_iter().collect::<Vec<_>>(),
        [(7, "passed")]
    );
    assert!(one.stdout.contains("fixture output of a passing test"));
}

#[test]
fn an_unmatched_exact_name_fails() {
    let prefix = "T0007::seqset_test::TestSeqSetBasic";
    for args in [
        &["--exact", "T9999::no_test::TestNo"][..],
        &["--exact", prefix],
    ] {
        let none = run(args);
        assert_eq!(none.code, Some(2), "{args:?}");
        assert!(none.stderr.contains("no test matches"), "{}", none.stderr);
    }
    let not_ignored = run(&[
        "--exact",
        "T0007::seqset_test::TestSeqSetBasics",
        "--ignored",
    ]);
    assert_eq!(not_ignored.code, Some(2));
}

#[test]
fn an_id_is_a_filter() {
    let some = run(&["T0008"]);
    assert_eq!(
        some.results().into_iter().collect::<Vec<_>>(),
        [(8, "passed")]
    );
}

#[test]
fn a_filter_without_a_match_is_no_error() {
    assert_eq!(
        run(&["no such name"]).code,
        Some(0),
        "`cargo test NAME` asks every binary"
    );
}

#[test]
fn ids_choose_single_ones_and_ranges() {
    for args in [&["--ids", "7,15-16"][..], &["--ids=16,7,15"]] {
        let some = run(args);
        assert_eq!(some.code, Some(101), "15 fails");
        assert_eq!(some.results().into_keys().collect::<Vec<_>>(), [7, 15, 16]);
    }
    let filtered = run(&["--ids", "7-18", "TestSeqSetUnion"]);
    assert_eq!(filtered.results().into_keys().collect::<Vec<_>>(), [16]);
}

#[test]
fn ids_that_match_nothing_fail() {
    for (ids, error) in [
        ("3258", "no Go test has ID 3258"),
        ("0", "no Go test has ID 0"),
        ("9-7", "reversed"),
        ("7,x", "not an ID"),
        ("7,5-8", "given twice"),
        ("", "not an ID"),
        ("1-4000000000", "too long"),
        ("1", "all are ignored; nothing was run (unmapped"),
    ] {
        let none = run(&["--ids", ids]);
        assert_eq!(none.code, Some(2), "--ids {ids}");
        assert!(none.stderr.contains(error), "--ids {ids}: {}", none.stderr);
    }
    assert_eq!(run(&["--ids", "7", "no such name"]).code, Some(2));
    assert_eq!(run(&["--ids"]).code, Some(2));
}

#[test]
fn an_unmapped_one_fails_when_forced() {
    let records = Records::new();
    let forced = records.run(&["--ids", "1", "--include-ignored"]);
    assert_eq!(forced.code, Some(101));
    assert!(forced.stdout.contains("not mapped"), "{}", forced.stdout);
    assert!(records.outcomes().is_empty(), "it didn't run");
}

#[test]
fn a_deferred_one_runs_when_forced() {
    let forced = run_planted("dispositions", &["--ids", "2", "--ignored"]);
    assert_eq!(
        forced.results().into_iter().collect::<Vec<_>>(),
        [(2, "passed")]
    );
}
