//! Two ledgers that grew apart.

use crate::support::Bench;

/// Copies of one ledger: `base.db`, and ours and theirs to change.
fn parted() -> Bench {
    let bench = Bench::started();
    for name in ["base.db", "ours.db", "theirs.db"] {
        std::fs::copy(bench.db(), bench.path(name)).unwrap();
    }
    bench
}

#[track_caller]
fn update(bench: &Bench, db: &str, ids: &str, rest: &[&str]) {
    let mut args = vec!["--db", db, "feature", "update", ids];
    args.extend(rest);
    bench.tracker(&args).ok();
}

fn merge(bench: &Bench) -> (String, serde_json::Value) {
    let answer = bench.tracker(&["merge", "base.db", "ours.db", "theirs.db", "--json"]);
    let told = answer.err.clone();
    let value = serde_json::from_str(&answer.ok()).unwrap();
    bench.tracker(&["--db", "ours.db", "doctor"]).ok();
    std::fs::copy(bench.path("ours.db"), bench.db()).unwrap();
    (told, value)
}

#[test]
fn disjoint_edits_merge() {
    let bench = parted();
    update(&bench, "ours.db", "1-3", &["--status", "stub"]);
    update(&bench, "theirs.db", "4-6", &["--status", "stub"]);
    update(
        &bench,
        "theirs.db",
        "7",
        &["--status", "n_a", "--reason", "not here"],
    );
    bench
        .tracker(&["--db", "theirs.db", "feature", "map", "1", "--rust", "a::b"])
        .ok();
    let (_, value) = merge(&bench);
    assert_eq!(value["conflicts"].as_array().unwrap().len(), 0);
    assert_eq!(
        bench.statuses("1-7"),
        ["stub", "stub", "stub", "stub", "stub", "stub", "n_a"]
    );
    let shown = bench.json(&["feature", "show", "1"]);
    assert_eq!(shown["rust"][0], "a::b");
    assert_eq!(shown["history"].as_array().unwrap().len(), 2);
}

#[test]
fn a_conflict_takes_the_lower_status_and_says_so() {
    let bench = parted();
    update(
        &bench,
        "ours.db",
        "1",
        &["--status", "verified", "--override", "for the test"],
    );
    update(&bench, "theirs.db", "1", &["--status", "stub"]);
    update(
        &bench,
        "ours.db",
        "2",
        &["--status", "deferred", "--reason", "here"],
    );
    update(&bench, "theirs.db", "2", &["--status", "stub"]);
    bench
        .tracker(&[
            "--db", "ours.db", "feature", "map", "3", "--rust", "a::ours",
        ])
        .ok();
    bench
        .tracker(&[
            "--db",
            "theirs.db",
            "feature",
            "map",
            "3",
            "--rust",
            "a::theirs",
        ])
        .ok();
    let (told, value) = merge(&bench);
    assert!(
        told.contains("feature 1") && told.contains("the lower status stub stands"),
        "{told}"
    );
    assert_eq!(value["conflicts"].as_array().unwrap().len(), 3);
    assert_eq!(bench.statuses("1-2"), ["stub", "deferred"]);
    assert_eq!(
        bench.json(&["feature", "show", "2"])["status_reason"],
        "here"
    );
    assert_eq!(bench.json(&["feature", "show", "3"])["rust"][0], "a::ours");
}

#[test]
fn merging_twice_adds_nothing() {
    let bench = parted();
    update(&bench, "ours.db", "1", &["--status", "stub"]);
    update(&bench, "theirs.db", "2", &["--status", "stub"]);
    merge(&bench);
    let first = bench.tracker(&["dump"]).ok();
    merge(&bench);
    assert_eq!(bench.tracker(&["dump"]).ok(), first);
}

#[test]
fn git_merges_branches_and_shows_text() {
    let bench = Bench::started();
    bench.git(&["init", "--quiet", "--initial-branch", "main"]);
    std::fs::write(
        bench.path(".gitattributes"),
        "porting.db -text merge=porting-ledger diff=porting-ledger\n",
    )
    .unwrap();
    bench.tracker(&["setup-git"]).ok();
    bench.git(&["add", ".gitattributes", "porting.db"]);
    bench.git(&["commit", "--quiet", "-m", "base"]);
    bench.git(&["checkout", "--quiet", "-b", "side"]);
    bench
        .tracker(&["feature", "update", "1", "--status", "stub"])
        .ok();
    let shown = bench.git(&["diff"]);
    assert!(shown.contains("+[1,"), "git diff shows no rows:\n{shown}");
    bench.git(&["commit", "--quiet", "-am", "side"]);
    bench.git(&["checkout", "--quiet", "main"]);
    bench
        .tracker(&["feature", "update", "2", "--status", "stub"])
        .ok();
    bench.git(&["commit", "--quiet", "-am", "main"]);
    bench.git(&["merge", "--quiet", "side"]);
    assert_eq!(bench.statuses("1-3"), ["stub", "stub", "not_started"]);
    bench.tracker(&["doctor"]).ok();
}
