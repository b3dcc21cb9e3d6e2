//! Planted tests under real Go IDs, for the harness's own tests to drive.
//!
//! `FIXTURE` chooses a set of declarations that must not hold; without it the
//! registered tests below are run.

use std::process::ExitCode;
use std::thread;

use conformance::go_test;
use conformance::harness::{self, CATALOGUE, GoTest, TESTS, expect_panic};

go_test!(7, "seqset_test", "TestSeqSetBasics", passes);
fn passes() {
    println!("fixture output of a passing test");
}

go_test!(8, "seqset_test", "TestSeqSetLeftLean", passes_with_result);
fn passes_with_result() -> anyhow::Result<()> {
    "8".parse::<u8>().map(drop).map_err(Into::into)
}

go_test!(9, "seqset_test", "TestSeqSetRightLean", fails_by_panic);
fn fails_by_panic() {
    println!("fixture output of a failing test");
    assert_eq!("one".len(), 4, "planted panic");
}

go_test!(10, "seqset_test", "TestSeqSetCorrectness", fails_by_error);
fn fails_by_error() -> anyhow::Result<()> {
    anyhow::bail!("planted error")
}

go_test!(
    11,
    "seqset_test",
    "TestSeqSetRange",
    panics_in_unjoined_thread
);
fn panics_in_unjoined_thread() {
    let (ready, wait) = std::sync::mpsc::channel::<()>();
    thread::spawn(move || {
        let _ends_with_the_thread = ready;
        panic!("planted panic in a thread");
    });
    assert!(wait.recv().is_err(), "the thread ended");
}

go_test!(12, "seqset_test", "TestSeqSetDelete", panics_in_task);
fn panics_in_task() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()?;
    let task = runtime.spawn(async { panic!("planted panic in a task") });
    let ended: Result<(), _> = runtime.block_on(task);
    assert!(ended.is_err());
    Ok(())
}

go_test!(
    13,
    "seqset_test",
    "TestSeqSetInsertAndDeletePedantic",
    exits_cleanly
);
fn exits_cleanly() {
    std::process::exit(0);
}

go_test!(14, "seqset_test", "TestSeqSetMinMax", aborts);
fn aborts() {
    std::process::abort();
}

go_test!(15, "seqset_test", "TestSeqSetClone", swallows_its_panic);
fn swallows_its_panic() {
    let swallowed = std::panic::catch_unwind(|| panic!("planted and swallowed"));
    assert!(swallowed.is_err());
}

go_test!(16, "seqset_test", "TestSeqSetUnion", expects_its_panic);
fn expects_its_panic() {
    expect_panic("wanted", || panic!("this one is wanted"));
}

go_test!(17, "seqset_test", "TestSeqSetFirst", gets_another_panic);
fn gets_another_panic() {
    expect_panic("wanted", || panic!("something else"));
}

go_test!(18, "seqset_test", "TestSeqSetDistinctUnion", hangs);
fn hangs() {
    loop {
        thread::park();
    }
}

go_test!(
    154,
    "benchmark_publish_test",
    "BenchmarkPublish",
    benchmark_in_smoke_mode
);
fn benchmark_in_smoke_mode() {
    assert_eq!("benchmark".len(), 9);
}

go_test!(44, "pse_test", "TestPSEmulationMem", flaky);
fn flaky() {
    let marker = std::env::var_os("FIXTURE_MARKER").map(std::path::PathBuf::from);
    if let Some(marker) = marker {
        let second_time = marker.exists();
        std::fs::write(&marker, "seen").unwrap();
        assert!(second_time, "planted failure of the first attempt");
    }
}

fn main() -> ExitCode {
    let planted = |id, file, name| GoTest {
        id,
        file,
        name,
        declared_at: ("planted.rs", id),
        body: || Ok(()),
    };
    let basics = planted(7, "seqset_test", "TestSeqSetBasics");
    let short = "id\tmodule\tfile\tname\tdisposition\treason\n\
        1\tats\tserver/ats/ats_test.go\tTestNotRunningValue\trun\t\n\
        2\tats\tserver/ats/ats_test.go\tTestRegisterAndUnregister\tdeferred\twaits for the clock\n\
        3\tats\tserver/ats/ats_test.go\tTestUnbalancedUnregister\tn_a\tanother system\n";
    let running = planted(1, "ats_test", "TestNotRunningValue");
    let deferred = planted(2, "ats_test", "TestRegisterAndUnregister");
    match std::env::var("FIXTURE").unwrap_or_default().as_str() {
        "" => harness::run(CATALOGUE, &TESTS),
        "duplicate" => harness::run(CATALOGUE, &[basics, basics]),
        "wrong-file" => harness::run(
            CATALOGUE,
            &[GoTest {
                file: "stree_test",
                ..basics
            }],
        ),
        "wrong-name" => harness::run(
            CATALOGUE,
            &[GoTest {
                name: "TestOther",
                ..basics
            }],
        ),
        "unknown-id" => harness::run(CATALOGUE, &[GoTest { id: 3258, ..basics }]),
        "dispositions" => harness::run(short, &[running, deferred]),
        "mapped-n_a" => harness::run(short, &[planted(3, "ats_test", "TestUnbalancedUnregister")]),
        "reason-missing" => harness::run(&short.replace("another system", ""), &[running]),
        "gap" => harness::run(&short.replace("\n2\t", "\n4\t"), &[running]),
        "duplicate-row" => harness::run(&short.replace("\n2\t", "\n1\t"), &[running]),
        other => {
            eprintln!("no fixture `{other}`");
            ExitCode::FAILURE
        }
    }
}
