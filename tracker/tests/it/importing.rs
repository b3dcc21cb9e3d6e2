//! The import, where the Go source is at hand: TRACKER_GO_GIT_DIR names a git
//! directory that holds the baseline commit.

use std::io::Write;
use std::path::Path;

use crate::support::{Bench, committed};

#[test]
fn importing_again_gives_the_same_bytes() {
    let Some(git_dir) = std::env::var_os("TRACKER_GO_GIT_DIR") else {
        // Past the test runner's capture, so that it is seen.
        writeln!(
            std::io::stderr(),
            "SKIPPED: importing_again needs TRACKER_GO_GIT_DIR"
        )
        .unwrap();
        return;
    };
    let git_dir = git_dir.to_str().unwrap();
    let plan = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plan");
    let import = [
        "import",
        "--git-dir",
        git_dir,
        "--plan",
        plan.to_str().unwrap(),
    ];
    let bench = Bench::new();
    let committed_facts = bench.tracker(&["dump"]).ok();
    std::fs::remove_file(bench.db()).unwrap();
    bench.tracker(&import).ok();
    let first = bench.tracker(&["dump"]).ok();
    bench.tracker(&import).ok();
    assert_eq!(
        bench.tracker(&["dump"]).ok(),
        first,
        "a second import changed the ledger"
    );
    let facts = |dump: &str| -> Vec<String> {
        dump.lines()
            .filter(|line| line.contains("server/"))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(
        facts(&committed_facts),
        facts(&first),
        "the committed ledger is another import"
    );
    let other = bench.tracker(&[
        "import",
        "--git-dir",
        git_dir,
        "--plan",
        plan.to_str().unwrap(),
        "--commit",
        "HEAD~1",
    ]);
    assert_eq!(other.code, 2, "another commit was imported");
}

#[test]
fn the_committed_ledger_is_sound() {
    let bench = Bench::new();
    std::fs::copy(committed(), bench.path("porting.db")).unwrap();
    bench.tracker(&["doctor"]).ok();
    let head = std::fs::read(bench.db()).unwrap();
    assert_eq!(head[18..20], [1, 1], "the committed file is in WAL mode");
    let summary = bench.json(&["module", "list"]);
    assert_eq!(summary.as_array().unwrap().len(), 12);
}

#[test]
fn a_git_dir_that_is_none() {
    let bench = Bench::new();
    let plan = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plan");
    let plan = plan.to_str().unwrap();
    let message = bench
        .tracker(&["import", "--git-dir", "nowhere", "--plan", plan])
        .refused();
    assert!(message.contains("holds no commit"), "{message}");
    let message = bench.tracker(&["import", "--git-dir", "nowhere"]).refused();
    assert!(message.contains("cannot read the plan"), "{message}");
}
