//! Threads, one thread and nextest have to see the same results.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use conformance::harness::record::{Outcome, RECORDS_DIR};
use serde_json::json;

use crate::support::{Records, fixture, run};

/// All planted tests that end by themselves.
const ENDING: &str = "7-17,44,154";

#[test]
fn threads_and_one_thread_agree() {
    let (many, one) = (Records::new(), Records::new());
    let by_threads = many.run(&["--ids", ENDING, "--test-threads=4"]);
    let by_one = one.run(&["--ids", ENDING, "--test-threads=1"]);
    assert_eq!(by_threads.results().len(), 13);
    assert_eq!(by_threads.results(), by_one.results());
    assert_eq!(many.outcomes(), one.outcomes());
}

#[test]
fn nextest_agrees() {
    let Some(nextest) = Nextest::prepare() else {
        return;
    };
    let ids = "T00(0[7-9]|1[0-7]|44)|T0154";
    let (ours, theirs) = (Records::new(), Records::new());
    let expected = ours.run(&["--ids", ENDING]).results();
    let events = nextest.run(
        &theirs,
        &["--no-fail-fast", "-E", &format!("test(/^({ids})::/)")],
    );
    assert_eq!(events, expected);
    assert_eq!(theirs.outcomes(), ours.outcomes());
}

#[test]
fn nextest_lists_all_and_knows_the_ignored() {
    let Some(nextest) = Nextest::prepare() else {
        return;
    };
    let listed = nextest.list();
    let cases = listed["rust-suites"]["stand-in::fixture"]["testcases"]
        .as_object()
        .unwrap();
    assert_eq!(cases.len(), 3_257);
    let ignored = run(&["--list", "--ignored"]).stdout.lines().count();
    assert_eq!(
        cases
            .values()
            .filter(|case| case["ignored"] == true)
            .count(),
        ignored
    );
    assert_eq!(
        cases["T0007::seqset_test::TestSeqSetBasics"]["ignored"],
        false
    );
}

#[test]
fn nextest_runs_ignored_ones_and_they_fail_unless_mapped() {
    let Some(nextest) = Nextest::prepare() else {
        return;
    };
    let args = [
        "--run-ignored",
        "all",
        "--no-fail-fast",
        "-E",
        "test(/^T000[1-8]::/)",
    ];
    let results = nextest.run(&Records::new(), &args);
    let passed: Vec<u32> = results
        .into_iter()
        .filter(|(_, end)| *end == "passed")
        .map(|(id, _)| id)
        .collect();
    assert_eq!(passed, [7, 8]);
}

#[test]
fn nextest_partitions_cover_everything_once() {
    let Some(nextest) = Nextest::prepare() else {
        return;
    };
    let mut seen = BTreeMap::new();
    for part in ["count:1/3", "count:2/3", "count:3/3"] {
        let args = [
            "--no-fail-fast",
            "--partition",
            part,
            "-E",
            "test(/^T00(0[7-9]|1[0-7])::/)",
        ];
        for (id, end) in nextest.run(&Records::new(), &args) {
            if end != "ignored" {
                assert_eq!(seen.insert(id, end), None, "T{id:04} ran in two partitions");
            }
        }
    }
    assert_eq!(
        seen.into_keys().collect::<Vec<_>>(),
        (7..=17).collect::<Vec<_>>()
    );
}

#[test]
fn a_nextest_retry_stays_visible_in_the_record() {
    let Some(nextest) = Nextest::prepare() else {
        return;
    };
    let marker = tempfile::tempdir().unwrap();
    let records = Records::new();
    let mut command = nextest.command("run");
    command
        .args(["--retries", "1", "-E", "test(/^T0044::/)"])
        .env("FIXTURE_MARKER", marker.path().join("seen"))
        .env(RECORDS_DIR, records.dir());
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let record = records.get(44).unwrap();
    assert_eq!(
        (record.outcome, record.earlier_failures),
        (Outcome::Passed, 1)
    );
}

/// The package that nextest is told the fixture belongs to.
const STAND_IN: &str = "[package]\nname = \"stand-in\"\nedition = \"2024\"\n[workspace]\n";

/// cargo-nextest, told about the fixture as if it were a test binary.
struct Nextest {
    dir: tempfile::TempDir,
}

impl Nextest {
    /// `None`, said loudly, where cargo-nextest isn't installed.
    fn prepare() -> Option<Self> {
        let cargo = || Command::new(env!("CARGO"));
        let found = cargo().args(["nextest", "--version"]).output().unwrap();
        if !found.status.success() {
            // `eprintln!` would be kept back, as the test passes.
            let rule = "#".repeat(72);
            let said = "# cargo-nextest IS NOT INSTALLED: agreement with it is UNTESTED";
            let text = format!("{rule}\n{said}\n{rule}\n");
            std::io::stderr().write_all(text.as_bytes()).unwrap();
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let manifest = dir.path().join("Cargo.toml");
        std::fs::write(&manifest, STAND_IN).unwrap();
        std::fs::create_dir(dir.path().join("src")).unwrap();
        std::fs::write(dir.path().join("src/lib.rs"), "").unwrap();
        let metadata = cargo()
            .args([
                "metadata",
                "--format-version",
                "1",
                "--offline",
                "--manifest-path",
            ])
            .arg(&manifest)
            .output()
            .unwrap();
        assert!(
            metadata.status.success(),
            "{}",
            String::from_utf8_lossy(&metadata.stderr)
        );
        let parsed: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
        std::fs::write(dir.path().join("cargo.json"), &metadata.stdout).unwrap();
        let binaries = binaries_metadata(&parsed["target_directory"], &parsed["packages"][0]["id"]);
        std::fs::write(dir.path().join("binaries.json"), binaries.to_string()).unwrap();
        Some(Self { dir })
    }

    fn command(&self, verb: &str) -> Command {
        let file = |name: &str| -> PathBuf { self.dir.path().join(name) };
        let mut command = Command::new(env!("CARGO"));
        command
            .args([
                "nextest",
                verb,
                "--user-config-file",
                "none",
                "--cargo-metadata",
            ])
            .arg(file("cargo.json"))
            .arg("--binaries-metadata")
            .arg(file("binaries.json"))
            .current_dir(self.dir.path())
            .env("RUST_BACKTRACE", "0")
            .env_remove("FIXTURE")
            .env_remove(RECORDS_DIR);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("NEXTEST") {
                command.env_remove(name);
            }
        }
        command
    }

    fn list(&self) -> serde_json::Value {
        let output = self
            .command("list")
            .args(["--message-format", "json"])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Runs tests and gives their results by ID.
    fn run(&self, records: &Records, args: &[&str]) -> BTreeMap<u32, &'static str> {
        let output = self
            .command("run")
            .args(["--retries", "0", "--message-format", "libtest-json"])
            .args(args)
            .env("NEXTEST_EXPERIMENTAL_LIBTEST_JSON", "1")
            .env(RECORDS_DIR, records.dir())
            .output()
            .unwrap();
        let mut results = BTreeMap::new();
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            let end = match event["event"].as_str() {
                Some("ok") if event["type"] == "test" => "passed",
                Some("failed") if event["type"] == "test" => "failed",
                _ => continue,
            };
            let name = event["name"].as_str().unwrap().rsplit_once('$').unwrap().1;
            let id = name
                .strip_prefix('T')
                .unwrap()
                .split("::")
                .next()
                .unwrap()
                .parse()
                .unwrap();
            assert_eq!(results.insert(id, end), None, "{name} was run twice");
        }
        assert!(
            !results.is_empty(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        results
    }
}

fn binaries_metadata(target: &serde_json::Value, package: &serde_json::Value) -> serde_json::Value {
    let fixture = fixture();
    json!({
        "rust-build-meta": {
            "target-directory": target,
            "base-output-directories": ["debug"],
            "non-test-binaries": {},
            "build-script-out-dirs": {},
            "linked-paths": [],
            "target-platforms": [],
            "target-platform": null
        },
        "rust-binaries": {
            "stand-in::fixture": {
                "binary-id": "stand-in::fixture",
                "binary-name": "fixture",
                "package-id": package,
                "kind": "test",
                "binary-path": fixture.get_program().to_str().unwrap(),
                "build-platform": "target"
            }
        }
    })
}
