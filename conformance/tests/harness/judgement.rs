//! What counts as a pass, and what is recorded of it.

use conformance::harness::record::Outcome;

use crate::support::{FAILING, PASSING, Records, fixture};

#[test]
fn passing_tests_leave_their_records() {
    let records = Records::new();
    let run = records.run(&["--ids", PASSING]);
    assert_eq!(run.code, Some(0), "{}", run.stdout);
    assert!(
        !run.stdout.contains("fixture output"),
        "output of a passing test is kept back"
    );
    let record = records.get(7).unwrap();
    assert_eq!(record.name, "T0007::seqset_test::TestSeqSetBasics");
    assert_eq!(
        (record.id, record.outcome, record.message),
        (7, Outcome::Passed, None)
    );
    assert_eq!(
        records.outcomes().len(),
        3,
        "and nothing else is left in the folder"
    );
}

#[test]
fn every_kind_of_failure_fails_its_test_alone() {
    let run = Records::new().run(&["--ids", "7-17"]);
    assert_eq!(run.code, Some(101));
    for (id, result) in run.results() {
        let expected = if FAILING.contains(&id) {
            "failed"
        } else {
            "passed"
        };
        assert_eq!(result, expected, "T{id:04}: {}", run.stdout);
    }
    assert!(run.stdout.contains("fixture output of a failing test"));
}

#[test]
fn a_failure_is_recorded_with_its_message() {
    let records = Records::new();
    records.run(&["--ids", "7-17"]);
    for (id, text) in [
        (9, "planted panic"),
        (10, "planted error"),
        (11, "planted panic in a thread"),
        (12, "planted panic in a task"),
        (15, "planted and swallowed"),
        (17, "expected a panic with `wanted`, got `something else`"),
    ] {
        let record = records.get(id).unwrap();
        assert_eq!(record.outcome, Outcome::Failed, "T{id:04}");
        let message = record.message.unwrap();
        assert!(message.contains(text), "T{id:04}: {message}");
    }
}

#[test]
fn a_test_that_exits_or_aborts_fails_and_leaves_no_record() {
    let records = Records::new();
    for id in ["13", "14"] {
        std::fs::write(records.path(id.parse().unwrap()), "a record of another run").unwrap();
        let run = records.run(&["--ids", id]);
        assert_eq!(run.code, Some(101), "T00{id}");
        assert!(
            run.stdout.contains("no completion record"),
            "{}",
            run.stdout
        );
        assert!(!records.path(id.parse().unwrap()).exists(), "T00{id}");
    }
}

#[test]
fn a_hanging_test_fails_in_time() {
    let records = Records::new();
    let run = records.run(&["--ids", "18", "--limit", "1"]);
    assert_eq!(run.code, Some(101));
    assert!(
        records
            .get(18)
            .unwrap()
            .message
            .unwrap()
            .contains("not finished after 1 s")
    );
}

#[test]
fn a_retry_does_not_hide_a_failure() {
    let records = Records::new();
    let marker = tempfile::tempdir().unwrap();
    for code in [101, 0] {
        let status = fixture()
            .args(["--ids", "44"])
            .env("FIXTURE_MARKER", marker.path().join("seen"))
            .env(conformance::harness::record::RECORDS_DIR, records.dir())
            .output()
            .unwrap()
            .status;
        assert_eq!(status.code(), Some(code));
    }
    let record = records.get(44).unwrap();
    assert_eq!(
        (record.outcome, record.earlier_failures),
        (Outcome::Passed, 1)
    );
}

#[test]
fn an_unwritable_folder_for_records_fails_the_test() {
    let folder = tempfile::NamedTempFile::new().unwrap();
    let output = fixture()
        .args(["--ids", "7"])
        .env(conformance::harness::record::RECORDS_DIR, folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(101));
}
