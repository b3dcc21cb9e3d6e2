//! Locks, kills and crowds.

use std::process::Stdio;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use crate::support::Bench;

#[test]
fn a_locked_ledger_is_told_after_the_timeout() {
    let bench = Bench::started();
    let mut conn = Connection::open(bench.db()).unwrap();
    let lock = conn
        .transaction_with_behavior(TransactionBehavior::Exclusive)
        .unwrap();
    let update = [
        "--busy-timeout",
        "0",
        "feature",
        "update",
        "1",
        "--status",
        "stub",
    ];
    assert!(
        bench
            .tracker(&update)
            .refused()
            .contains("locked by another process")
    );
    drop(lock);
    assert_eq!(bench.statuses("1"), ["not_started"]);
    bench.tracker(&update).ok();
}

/// Kills an update of 15 features a hundred times, each time a little later,
/// and looks for half of a change.
#[test]
fn a_kill_leaves_all_or_nothing() {
    let bench = Bench::started();
    let mut there = false;
    let (mut finished, mut broken_off) = (0, 0);
    for round in 0_u64..100 {
        let args: &[&str] = if there {
            &[
                "feature",
                "update",
                "1-15",
                "--status",
                "not_started",
                "--reason",
                "again",
            ]
        } else {
            &["feature", "update", "1-15", "--status", "stub"]
        };
        let mut child = bench
            .command(args)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // A random moment of the program's life, not a wait for a condition.
        std::thread::sleep(Duration::from_micros((round * 7_919) % 100 * 1_200));
        child.kill().unwrap();
        child.wait().unwrap();
        let statuses = bench.statuses("1-15");
        let stubs = statuses.iter().filter(|status| *status == "stub").count();
        assert!(
            stubs == 0 || stubs == 15,
            "round {round}: half of a change: {statuses:?}"
        );
        if (stubs == 15) == there {
            broken_off += 1;
        } else {
            finished += 1;
        }
        there = stubs == 15;
    }
    bench.tracker(&["doctor"]).ok();
    assert!(
        broken_off > 0,
        "no kill hit before the end ({finished} finished)"
    );
}

/// Fifty processes, each with a change of its own: all of them arrive.
#[test]
fn fifty_processes_lose_nothing() {
    let bench = Bench::started();
    let children: Vec<_> = (91..141)
        .map(|id: u32| {
            let id = id.to_string();
            let args = ["feature", "update", &id, "--status", "stub"];
            bench
                .command(&args)
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert!(
        bench
            .statuses("91-140")
            .iter()
            .all(|status| status == "stub")
    );
    bench.tracker(&["doctor"]).ok();
    let dump = bench.tracker(&["dump"]).ok();
    let rows = dump
        .lines()
        .filter(|line| line.contains("\"not_started\",\"stub\""))
        .count();
    assert_eq!(rows, 50, "history rows were lost");
}
