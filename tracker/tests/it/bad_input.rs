//! Wrong IDs, steps off the path, files that are no ledger.

use rusqlite::Connection;

use crate::support::Bench;

#[track_caller]
fn unchanged(bench: &Bench, args: &[&str], says: &str) {
    let before = bench.tracker(&["dump"]).ok();
    let message = bench.tracker(args).refused();
    assert!(message.contains(says), "{args:?}: {message}");
    assert_eq!(
        bench.tracker(&["dump"]).ok(),
        before,
        "{args:?} changed something"
    );
}

#[test]
fn wrong_ids_are_refused() {
    let bench = Bench::started();
    let update = |ids: &'static str| ["feature", "update", ids, "--status", "stub"];
    unchanged(&bench, &update("1-16"), "the limit is 15");
    unchanged(&bench, &update("3674"), "unknown feature ID 3674");
    unchanged(&bench, &update("0"), "IDs start at 1");
    unchanged(&bench, &update("9-3"), "reversed range");
    unchanged(&bench, &update("1-3,2"), "named twice");
    unchanged(&bench, &update("1,,2"), "no list of IDs");
    unchanged(&bench, &update("99999999999"), "no list of IDs");
    unchanged(
        &bench,
        &[
            "feature",
            "batch-update",
            "--ids",
            "1-16",
            "--set-status",
            "stub",
            "--execute",
        ],
        "limit is 15",
    );
    unchanged(
        &bench,
        &[
            "feature",
            "batch-update",
            "--ids",
            "1-16",
            "--set-status",
            "stub",
        ],
        "limit is 15",
    );
    unchanged(
        &bench,
        &["test", "update", "3258", "--status", "stub"],
        "unknown test ID",
    );
    unchanged(&bench, &["batch", "start", "49"], "unknown batch 49");
    unchanged(&bench, &["feature", "show", "4000"], "unknown feature ID");
}

#[test]
fn steps_off_the_path_are_refused() {
    let bench = Bench::started();
    unchanged(
        &bench,
        &["feature", "update", "1", "--status", "complete"],
        "the path to complete",
    );
    unchanged(
        &bench,
        &["feature", "update", "1", "--status", "verified"],
        "the path to verified",
    );
    unchanged(
        &bench,
        &["feature", "update", "1", "--status", "not_started"],
        "not_started already",
    );
    unchanged(
        &bench,
        &["feature", "update", "1", "--status", "n_a"],
        "needs a --reason",
    );
    unchanged(
        &bench,
        &[
            "feature", "update", "1", "--status", "deferred", "--reason", " ",
        ],
        "needs a --reason",
    );
    unchanged(
        &bench,
        &[
            "feature",
            "update",
            "1",
            "--status",
            "verified",
            "--override",
            "",
        ],
        "reason in words",
    );
    unchanged(
        &bench,
        &["feature", "update", "1368", "--status", "stub"],
        "batch 27 is not started",
    );
    unchanged(&bench, &["batch", "start", "2"], "waits for batch 0, 1");
    unchanged(&bench, &["batch", "start", "43"], "waits for batch 42");
    unchanged(&bench, &["batch", "start", "0"], "started already");
    unchanged(
        &bench,
        &["batch", "reopen", "0", "--reason", "x"],
        "not complete",
    );
    unchanged(
        &bench,
        &["batch", "complete", "0"],
        "265 items".replace("265", "425").as_str(),
    );
    bench
        .tracker(&["feature", "update", "1", "--status", "stub"])
        .ok();
    unchanged(
        &bench,
        &["feature", "update", "1", "--status", "not_started"],
        "needs a --reason",
    );
    bench
        .tracker(&[
            "feature",
            "update",
            "1",
            "--status",
            "not_started",
            "--reason",
            "wrong item",
        ])
        .ok();
}

#[test]
fn a_dry_run_changes_nothing() {
    let bench = Bench::started();
    let before = bench.tracker(&["dump"]).ok();
    let shown = bench
        .tracker(&[
            "feature",
            "batch-update",
            "--ids",
            "1-3",
            "--set-status",
            "stub",
        ])
        .ok();
    assert!(shown.contains("nothing was changed"));
    assert_eq!(bench.tracker(&["dump"]).ok(), before);
    bench
        .tracker(&[
            "feature",
            "batch-update",
            "--ids",
            "1-3",
            "--set-status",
            "stub",
            "--execute",
        ])
        .ok();
    assert_eq!(
        bench.statuses("1-4"),
        ["stub", "stub", "stub", "not_started"]
    );
}

#[test]
fn overrides_are_recorded() {
    let bench = Bench::started();
    bench
        .tracker(&[
            "feature",
            "update",
            "1",
            "--status",
            "verified",
            "--override",
            "by hand",
        ])
        .ok();
    let list = bench.json(&["override", "list"]);
    assert_eq!(list[0]["reason"], "by hand");
    assert_eq!(list[0]["new"], "verified");
}

#[test]
fn files_that_are_no_ledger() {
    let bench = Bench::new();
    let list = |db: &str| bench.tracker(&["--db", db, "batch", "list"]).refused();
    assert!(list("missing.db").contains("no database at"));
    std::fs::write(bench.path("text.db"), "hello, this is text\n").unwrap();
    assert!(list("text.db").contains("no SQLite database"));
    std::fs::write(bench.path("empty.db"), "").unwrap();
    assert!(list("empty.db").contains("no SQLite database"));
    let foreign = Connection::open(bench.path("foreign.db")).unwrap();
    foreign.execute_batch("CREATE TABLE note (text)").unwrap();
    assert!(list("foreign.db").contains("not a porting ledger"));
    assert!(list(".").contains("cannot read"));
    std::fs::copy(bench.db(), bench.path("newer.db")).unwrap();
    let newer = Connection::open(bench.path("newer.db")).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    assert!(list("newer.db").contains("schema version 99"));
    let whole = std::fs::read(bench.db()).unwrap();
    for kept in [1, 2, 3, 5, 8] {
        std::fs::write(bench.path("cut.db"), &whole[..whole.len() * kept / 10]).unwrap();
        assert!(list("cut.db").contains("damaged"));
    }
}

/// Flips single bits all over the file. Each is either noticed, or was in a
/// part that holds nothing, and then the content is the same to the byte.
#[test]
fn flipped_bits_are_noticed() {
    let bench = Bench::new();
    let whole = std::fs::read(bench.db()).unwrap();
    let before = bench.tracker(&["dump"]).ok();
    let mut noticed = 0;
    let flips = 60;
    for round in 0..flips {
        // Spread over the file by a multiplier that is prime to its length.
        let at = (round * 7_919 * 131 + 100) % whole.len();
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (round % 8);
        std::fs::write(bench.path("flipped.db"), &bytes).unwrap();
        let answer = bench.tracker(&["--db", "flipped.db", "dump"]);
        if answer.code == 0 {
            assert_eq!(
                answer.out, before,
                "a flip at {at} changed content unnoticed"
            );
        } else {
            assert!(!answer.refused().contains("panicked"));
            noticed += 1;
        }
    }
    assert!(
        noticed > flips * 3 / 4,
        "only {noticed} of {flips} flips were noticed"
    );
}

#[test]
fn changes_behind_the_back_are_told() {
    let edits = [
        (
            "UPDATE feature SET status = 'verified' WHERE id = 7",
            "feature 7: status",
        ),
        ("UPDATE test SET rust = 'x' WHERE id = 7", "test 7: rust"),
        (
            "UPDATE batch SET status = 'complete' WHERE id = 3",
            "batch 3: status",
        ),
        ("DELETE FROM test WHERE id = 3257", "3256 tests, not 3257"),
        (
            "UPDATE feature SET batch = 77 WHERE id = 7",
            "belongs to no batch",
        ),
        (
            "DROP TRIGGER history_is_fixed; UPDATE history SET reason = 'x' WHERE seq = 1",
            "chain breaks",
        ),
    ];
    for (edit, says) in edits {
        let bench = Bench::started();
        Connection::open(bench.db())
            .unwrap()
            .execute_batch(edit)
            .unwrap();
        assert!(bench.tracker(&["batch", "list"]).refused().contains("seal"));
        let told = bench.tracker(&["doctor"]).failed();
        assert!(told.contains(says), "{edit}: {told}");
    }
    let bench = Bench::started();
    let conn = Connection::open(bench.db()).unwrap();
    assert!(
        conn.execute("DELETE FROM history", []).is_err(),
        "the history can be deleted"
    );
}

#[test]
fn bad_map_files_change_nothing() {
    let bench = Bench::started();
    for (text, says) in [
        ("5\n", "mapped to nothing"),
        ("5\ta::b\n5\ta::c\n", "named twice"),
        ("x\ta::b\n", "does not start with an ID"),
        ("5\ta::b\n9999\ta::c\n", "unknown feature ID 9999"),
        ("5\t--all\n", "no path of a Rust item"),
        ("5\ta::b\t4000\n", "unknown test ID 4000"),
    ] {
        std::fs::write(bench.path("map.tsv"), text).unwrap();
        unchanged(&bench, &["feature", "map-file", "map.tsv"], says);
    }
    std::fs::write(bench.path("map.tsv"), "5\ta::b,a::C::d\n6\ta::e\t7-8\n").unwrap();
    bench.tracker(&["feature", "map-file", "map.tsv"]).ok();
    assert_eq!(bench.json(&["feature", "show", "5"])["rust"][1], "a::C::d");
    assert_eq!(bench.json(&["feature", "show", "6"])["tests"][1], 8);
}
