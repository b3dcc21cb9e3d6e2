//! A whole batch from start to complete, in a small workspace of its own: real
//! cargo, real gates, real git.

use std::time::Instant;

use crate::support::Bench;

/// Batch 29: features 1508-1519, tests 2654, 2674 and 2718.
const BATCH: &str = "29";

#[test]
fn a_batch_from_start_to_complete() {
    let bench = workspace();
    let shown = bench.json(&["batch", "show", BATCH]);
    assert_eq!(shown["features"].as_array().unwrap().len(), 12);
    assert_eq!(shown["tests"].as_array().unwrap().len(), 3);
    assert!(
        bench
            .tracker(&["batch", "ready"])
            .ok()
            .lines()
            .all(|line| !line.starts_with(BATCH))
    );
    assert!(
        bench
            .tracker(&["batch", "start", BATCH])
            .refused()
            .contains("waits for batch 27")
    );
    bench
        .tracker(&[
            "batch",
            "start",
            BATCH,
            "--override",
            "the walk needs no other batch",
        ])
        .ok();

    let sixteen = ["feature", "update", "1508-1519,1,2,3,4", "--status", "stub"];
    assert!(bench.tracker(&sixteen).refused().contains("limit is 15"));
    bench
        .tracker(&["feature", "update", "1508-1519", "--status", "stub"])
        .ok();
    bench
        .tracker(&["test", "update", "2654,2674,2718", "--status", "stub"])
        .ok();

    gates_refuse_what_is_not_there(&bench);
    promote(&bench);
    evidence_goes_stale_and_comes_back(&bench);
    a_proof_of_the_server_crate_counts(&bench);

    assert!(
        bench
            .tracker(&["batch", "complete", BATCH])
            .refused()
            .contains("1 items")
    );
    let defer = |reason| {
        bench
            .tracker(&[
                "feature", "update", "1519", "--status", "deferred", "--reason", reason,
            ])
            .ok();
        let audit = bench.tracker(&["audit", "--no-run"]).failed();
        audit.contains("deferred until something that is done: waits for feature 1508")
    };
    assert!(defer("waits for feature 1508"), "that is no reason");
    assert_eq!(bench.json(&["deferred"])[0]["unblocked"], true);
    assert!(!defer("waits for feature 1507"));
    assert_eq!(bench.json(&["deferred"])[0]["unblocked"], false);
    let done = bench
        .tracker(&["batch", "complete", BATCH, "--sample", "1"])
        .ok();
    assert!(done.contains("mutants noticed"), "{done}");
    assert!(
        bench
            .tracker(&[
                "feature", "update", "1508", "--status", "stub", "--reason", "x"
            ])
            .refused()
            .contains("reopen")
    );

    reports(&bench);
    // Another reason can be given; the same is no change, and nothing else can be done.
    let settle = |status, reason| {
        bench.tracker(&[
            "feature", "update", "1519", "--status", status, "--reason", reason,
        ])
    };
    assert!(
        settle("deferred", "waits for feature 1507")
            .refused()
            .contains("already")
    );
    settle("deferred", "waits for others").ok();
    settle("n_a", "is for others").ok();
    assert!(settle("stub", "x").refused().contains("reopen"));
    bench
        .tracker(&["batch", "reopen", BATCH, "--reason", "the walk is over"])
        .ok();
    bench.tracker(&["doctor"]).ok();
}

fn gates_refuse_what_is_not_there(bench: &Bench) {
    let complete = ["feature", "update", "1508-1518", "--status", "complete"];
    assert!(
        bench
            .tracker(&complete)
            .failed()
            .contains("no Rust item is mapped")
    );
    let mut map = String::new();
    for id in 1508..1519 {
        map.push_str(&format!(
            "{id}\tnats_server::batching::{}\t2654\n",
            FUNCTIONS[id - 1508].0
        ));
    }
    std::fs::write(bench.path("map.tsv"), map).unwrap();
    bench.tracker(&["feature", "map-file", "map.tsv"]).ok();
    // A body that only pretends.
    let path = bench.path("server/src/batching.rs");
    let sound = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        sound.replace("left.wrapping_add(right)", "{ let _ = (left, right); 7 }"),
    )
    .unwrap();
    assert!(bench.tracker(&complete).refused().contains("uncommitted"));
    bench.git(&["commit", "--quiet", "-am", "a fake"]);
    let refused = bench.tracker(&complete).failed();
    assert!(refused.contains("stub gate"), "{refused}");
    assert_eq!(bench.statuses("1508-1518"), vec!["stub"; 11]);
    std::fs::write(&path, &sound).unwrap();
    // Code that is wrong: the tests notice.
    std::fs::write(
        &path,
        sound.replace("left.wrapping_add(right)", "left.wrapping_sub(right)"),
    )
    .unwrap();
    bench.git(&["commit", "--quiet", "-am", "wrong"]);
    let refused = bench.tracker(&complete).failed();
    assert!(refused.contains("test 2654 fails"), "{refused}");
    std::fs::write(&path, &sound).unwrap();
    bench.git(&["commit", "--quiet", "-am", "right"]);
}

fn promote(bench: &Bench) {
    bench
        .tracker(&["feature", "update", "1508-1518", "--status", "complete"])
        .ok();
    let early = bench
        .tracker(&["feature", "update", "1508", "--status", "verified"])
        .failed();
    assert!(early.contains("no ported test reaches it"), "{early}");
    bench
        .tracker(&["test", "update", "2654,2674,2718", "--status", "complete"])
        .ok();
    // All of it is proved by now: nothing is run again.
    let runs = || bench.tracker(&["dump"]).ok().matches("cargo test").count();
    let (before, started) = (runs(), Instant::now());
    bench
        .tracker(&["feature", "update", "1508-1518", "--status", "verified"])
        .ok();
    println!(
        "promoting 11 IDs with fresh evidence took {:?}",
        started.elapsed()
    );
    assert_eq!(runs(), before, "fresh evidence was taken anew");
    bench
        .tracker(&["test", "update", "2654,2674,2718", "--status", "verified"])
        .ok();
    let shown = bench.json(&["feature", "show", "1508"]);
    let last = shown["history"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["new"], "verified");
    assert!(
        !last["evidence"].as_str().unwrap().is_empty(),
        "a promotion without evidence"
    );
    let run = bench.tracker(&["test", "run", "2674"]).ok();
    assert!(run.contains("1 passed, 0 failed"), "{run}");
    bench.tracker(&["test", "run", "2653"]).refused();
    bench.tracker(&["test", "run", "--batch", "5"]).failed();
}

fn evidence_goes_stale_and_comes_back(bench: &Bench) {
    let unproved = || {
        bench.json(&["report", "summary"])["unproved"]
            .as_u64()
            .unwrap()
    };
    assert_eq!(unproved(), 0);
    let path = bench.path("server/src/batching.rs");
    let sound = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("// A comment changes nothing.\n{sound}")).unwrap();
    assert_eq!(unproved(), 0, "a comment made evidence stale");
    std::fs::write(
        &path,
        sound.replace("left.wrapping_add(right)", "right.wrapping_add(left)"),
    )
    .unwrap();
    bench.git(&["commit", "--quiet", "-am", "the other way round"]);
    assert!(unproved() > 0, "changed code left evidence fresh");
    assert_eq!(
        bench.json(&["feature", "show", "1508"])["evidence"],
        "stale"
    );
    bench.tracker(&["test", "run", "--batch", BATCH]).ok();
    assert_eq!(unproved(), 0);
}

fn a_proof_of_the_server_crate_counts(bench: &Bench) {
    let map = |proof: &str| {
        let item = "nats_server::batching::halved";
        bench
            .tracker(&["feature", "map", "1519", "--rust", item, "--proof", proof])
            .ok();
    };
    let update = |status: &str| bench.tracker(&["feature", "update", "1519", "--status", status]);
    map("nats_server::batching::tests::no_such_test");
    let refused = update("complete").failed();
    assert!(refused.contains("no_such_test is missing"), "{refused}");
    map("nats_server::batching::tests::ignored");
    let refused = update("complete").failed();
    assert!(refused.contains("did not run and pass"), "{refused}");
    map("nats_server::batching::tests::halves");
    update("complete").ok();
    update("verified").ok();
    let shown = bench.json(&["feature", "show", "1519"]);
    assert_eq!(
        (&shown["status"], &shown["evidence"]),
        (&"verified".into(), &"fresh".into())
    );
    stale_proofs_are_renewed(bench);
    bench
        .tracker(&[
            "feature", "update", "1519", "--status", "stub", "--reason", "to go on",
        ])
        .ok();
}

fn stale_proofs_are_renewed(bench: &Bench) {
    let path = bench.path("server/src/batching.rs");
    let sound = std::fs::read_to_string(&path).unwrap();
    let evidence = || bench.json(&["feature", "show", "1519"])["evidence"].clone();
    let halve_by = |operation: &str| {
        std::fs::write(&path, sound.replace("number >> 1", operation)).unwrap();
    };
    halve_by("number / 2");
    let refused = bench.tracker(&["renew"]).refused();
    assert!(refused.contains("uncommitted"), "{refused}");
    bench.git(&["commit", "--quiet", "-am", "by division"]);
    assert_eq!(evidence(), "stale");
    bench.tracker(&["renew", "--batch", BATCH]).ok();
    assert_eq!(evidence(), "fresh");
    let renamed = sound.replace("fn halved", "fn half");
    std::fs::write(&path, renamed.replace("halved(", "half(")).unwrap();
    bench.git(&["commit", "--quiet", "-am", "renamed"]);
    let failed = bench.tracker(&["renew"]).failed();
    assert!(failed.contains("names no item"), "{failed}");
    halve_by("number / 3");
    bench.git(&["commit", "--quiet", "-am", "wrongly"]);
    let failed = bench.tracker(&["renew"]).failed();
    assert!(failed.contains("1 items are not shown"), "{failed}");
    assert_eq!(evidence(), "failing");
    std::fs::write(&path, &sound).unwrap();
    bench.git(&["commit", "--quiet", "-am", "as it was"]);
    bench.tracker(&["renew"]).ok();
    assert_eq!(evidence(), "fresh");
}

fn reports(bench: &Bench) {
    bench.tracker(&["report", "write"]).ok();
    assert!(
        bench
            .tracker(&["report", "write"])
            .ok()
            .contains("up to date")
    );
    let text = std::fs::read_to_string(bench.path("reports/current.md")).unwrap();
    assert!(
        text.contains("the walk needs no other batch"),
        "an override is missing from the report"
    );
    assert!(
        text.contains("waits for feature 1507"),
        "a deferral is missing from the report"
    );
    let page = std::fs::read_to_string(bench.path("reports/index.html")).unwrap();
    assert!(page.contains("<b>11</b> of 3673 features") && !page.contains("http"));
    assert!(
        bench
            .tracker(&["report", "batch", BATCH])
            .ok()
            .contains("newBatchGroup")
    );
    bench.git(&["add", "."]);
    bench.git(&["commit", "--quiet", "-m", "done"]);
    let audit = bench.tracker(&["audit"]);
    assert_eq!(audit.code, 0, "{}{}", audit.out, audit.err);
    std::fs::write(
        bench.path("reports/current.md"),
        text.replace("| 3673 |", "| 3674 |"),
    )
    .unwrap();
    assert!(
        bench
            .tracker(&["audit", "--no-run"])
            .failed()
            .contains("reports/current.md differs")
    );
    std::fs::write(bench.path("reports/current.md"), text).unwrap();
}

/// Name and body of what stands for the features.
const FUNCTIONS: [(&str, &str); 11] = [
    ("sum", "left.wrapping_add(right)"),
    ("product", "left.wrapping_mul(right)"),
    ("larger", "left.max(right)"),
    ("smaller", "left.min(right)"),
    ("distance", "left.abs_diff(right)"),
    ("both", "left & right"),
    ("either", "left | right"),
    ("one_of", "left ^ right"),
    ("shifted", "left << (right % 8)"),
    ("capped", "left.saturating_sub(right)"),
    ("doubled", "left.wrapping_add(left).wrapping_add(right)"),
];

/// A git repository with a ledger, a server crate of eleven functions and a
/// conformance crate that follows the harness's rules.
fn workspace() -> Bench {
    let bench = Bench::new();
    let write = |name: &str, text: &str| {
        let path = bench.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"server\", \"conformance\"]\n",
    );
    write(".gitignore", "/target\nfresh.txt\ncommitted.db\nmap.tsv\n");
    write(
        "README.md",
        "# Walk\n\n<!-- ledger: begin -->\n<!-- ledger: end -->\n",
    );
    write(
        "server/Cargo.toml",
        "[package]\nname = \"nats-server\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lib]\nname = \"nats_server\"\n",
    );
    write(
        "server/src/lib.rs",
        "//! A server of eleven functions.\npub mod batching;\n",
    );
    write(
        "server/src/main.rs",
        "fn main() {\n    println!(\"{}\", nats_server::batching::halved(2));\n}\n",
    );
    let mut batching = String::from("//! Functions of two numbers.\n");
    for (name, body) in FUNCTIONS {
        batching.push_str(&format!(
            "\n/// {name}\npub fn {name}(left: u32, right: u32) -> u32 {{\n    {body}\n}}\n"
        ));
    }
    batching.push_str(HALVED);
    write("server/src/batching.rs", &batching);
    write(
        "conformance/Cargo.toml",
        "[package]\nname = \"conformance\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         nats-server = { path = \"../server\" }\n\n[[test]]\nname = \"conformance\"\n\
         path = \"tests/conformance/main.rs\"\nharness = false\n",
    );
    write("conformance/src/lib.rs", "//! Nothing shared.\n");
    write("conformance/tests/conformance/main.rs", HARNESS);
    write("conformance/tests/conformance/raft_test.rs", TESTS);
    let lock = std::process::Command::new("cargo")
        .args(["generate-lockfile", "--offline"])
        .current_dir(bench.path("."))
        .output()
        .unwrap();
    assert!(
        lock.status.success(),
        "{}",
        String::from_utf8_lossy(&lock.stderr)
    );
    bench.git(&["init", "--quiet", "--initial-branch", "main"]);
    bench.git(&["config", "user.name", "Tester"]);
    bench.git(&["config", "user.email", "tester@example.com"]);
    bench.git(&["add", "."]);
    bench.git(&["commit", "--quiet", "-m", "start"]);
    bench
}

/// A function that no Go test reaches, with unit tests.
const HALVED: &str = r#"
/// Half of a number, rounded down.
pub fn halved(number: u32) -> u32 {
    number >> 1
}

#[cfg(test)]
mod tests {
    #[test]
    fn halves() {
        assert_eq!(super::halved(9), 4);
        assert_eq!(super::halved(8), 4);
    }

    #[test]
    #[ignore = "shows that an ignored test proves nothing"]
    fn ignored() {
        assert_eq!(super::halved(2), 1);
    }
}
"#;

const HARNESS: &str = r#"//! Runs declared tests by ID and leaves a record of each.
mod raft_test;

use std::panic::catch_unwind;

macro_rules! go_test {
    ($id:literal, $file:literal, $name:literal, $function:ident) => {};
}
pub(crate) use go_test;

fn main() {
    let tests: [(u32, fn()); 3] = [
        (2654, raft_test::multiple_stops),
        (2674, raft_test::keep_running),
        (2718, raft_test::defaults),
    ];
    let args: Vec<String> = std::env::args().collect();
    let ids = args.iter().position(|arg| arg == "--ids").map(|at| args[at + 1].clone());
    let ids = ids.unwrap_or_default();
    let records = std::env::var("NATS_CONFORMANCE_RECORDS").unwrap();
    for id in ids.split(',').map(|id| id.parse::<u32>().unwrap()) {
        let Some((_, test)) = tests.iter().find(|(known, _)| *known == id) else { continue };
        let outcome = if catch_unwind(test).is_ok() { "passed" } else { "failed" };
        let record = format!(
            "{{\"id\":{id},\"name\":\"T{id:04}\",\"outcome\":\"{outcome}\",\"duration_ms\":1,\"message\":null}}"
        );
        std::fs::write(format!("{records}/T{id:04}.json"), record).unwrap();
    }
}
"#;

const TESTS: &str = r#"//! Three tests.
use nats_server::batching;

use crate::go_test;

go_test!(2654, "raft_test", "TestNRGMultipleStopsDontPanic", multiple_stops);
pub(crate) fn multiple_stops() {
    assert_eq!(batching::sum(40, 2), 42);
    assert_eq!(batching::sum(u32::MAX, 1), 0);
    assert_eq!(batching::product(6, 7), 42);
    assert_eq!(batching::larger(3, 9), 9);
    assert_eq!(batching::larger(8, 2), 8);
    assert_eq!(batching::smaller(3, 9), 3);
    assert_eq!(batching::smaller(8, 2), 2);
    assert_eq!(batching::distance(3, 9), 6);
    assert_eq!(batching::both(12, 10), 8);
    assert_eq!(batching::either(12, 10), 14);
    assert_eq!(batching::one_of(12, 10), 6);
    assert_eq!(batching::shifted(3, 2), 12);
    assert_eq!(batching::capped(3, 9), 0);
    assert_eq!(batching::capped(9, 3), 6);
    assert_eq!(batching::doubled(5, 1), 11);
}

go_test!(2674, "raft_test", "TestNRGKeepRunningOnServerShutdown", keep_running);
pub(crate) fn keep_running() {
    let total = (1..=4).fold(0, batching::sum);
    assert_eq!(total, 10);
}

go_test!(2718, "raft_test", "TestNRGInitSingleMemRaftNodeDefaults", defaults);
pub(crate) fn defaults() {
    assert_eq!(batching::smaller(batching::larger(1, 5), 3), 3);
}
"#;
