//! When evidence holds: the rules, without a workspace.

use std::time::Duration;

use tracker::db::{Db, Run};
use tracker::evidence::{Claim, PASSES_AFTER_FLAKE, Proofs, Standing};
use tracker::gates::{FeatureMap, Finding, Gates, MutationJob, MutationOutcome, TestDecl, TestMap};

use crate::support::Bench;

/// Gates over one test, 7, and items that all hash to `item`.
struct Fake {
    tests: Vec<TestDecl>,
    item: String,
}

impl Fake {
    fn new() -> Self {
        let decl = TestDecl {
            id: 7,
            file: "seqset_test".to_owned(),
            name: "TestSeqSetBasics".to_owned(),
            function: "seqset_test::basics".to_owned(),
            hash: "test".to_owned(),
            path: "conformance/tests/conformance/seqset_test.rs".into(),
            line: 1,
        };
        Self {
            tests: vec![decl],
            item: "item".to_owned(),
        }
    }
}

impl Gates for Fake {
    fn item_hash(&self, _: &str) -> Option<String> {
        Some(self.item.clone())
    }

    fn proof_hash(&self, _: &str) -> Option<String> {
        None
    }

    fn tests(&self) -> &[TestDecl] {
        &self.tests
    }

    fn stub_features(&self, _: &[FeatureMap]) -> Vec<Finding> {
        Vec::new()
    }

    fn stub_tests(&self, _: &[TestMap]) -> Vec<Finding> {
        Vec::new()
    }

    fn mutate(
        &self,
        _: &[MutationJob],
        _: &mut dyn FnMut(&MutationOutcome),
    ) -> anyhow::Result<Vec<MutationOutcome>> {
        Ok(Vec::new())
    }

    fn loosened(&self, _: &str) -> Vec<Finding> {
        Vec::new()
    }
}

/// A ledger in which feature 5, which test 7 calls, is mapped.
fn ledger() -> (Bench, Db) {
    let bench = Bench::started();
    bench
        .tracker(&["feature", "map", "5", "--rust", "nats_server::a::b"])
        .ok();
    let db = Db::open(&bench.db(), Duration::from_secs(5)).unwrap();
    (bench, db)
}

fn run(commit: &str, dirty: bool) -> Run {
    Run {
        id: String::new(),
        at: String::new(),
        who: "Tester".to_owned(),
        commit: commit.to_owned(),
        dirty,
        toolchain: "rustc".to_owned(),
        lock_hash: "lock".to_owned(),
        command: "cargo test".to_owned(),
        result: "passed".to_owned(),
        duration_ms: 1,
        log_digest: "log".to_owned(),
    }
}

/// Stores that test 7 had an outcome.
fn store(db: &mut Db, gates: &Fake, commit: &str, dirty: bool, passed: bool, passes: u32) {
    db.write(|store| {
        let row = Proofs::load(store, gates)?.row(&Claim::Test(7), passed, passes, 1, "says why");
        store.add_run(run(commit, dirty), &mut [row.unwrap()])?;
        Ok(())
    })
    .unwrap();
}

fn standing(db: &mut Db, gates: &Fake) -> Standing {
    db.read(|store| Ok(Proofs::load(store, gates)?.standing(&Claim::Test(7))))
        .unwrap()
}

#[test]
fn changed_inputs_make_evidence_stale() {
    let (_bench, mut db) = ledger();
    let mut gates = Fake::new();
    assert_eq!(standing(&mut db, &gates), Standing::Missing);
    store(&mut db, &gates, "c1", false, true, 1);
    assert!(matches!(standing(&mut db, &gates), Standing::Fresh(_)));
    gates.item = "changed".to_owned();
    assert_eq!(standing(&mut db, &gates), Standing::Stale);
    gates.item = "item".to_owned();
    gates.tests[0].hash = "changed".to_owned();
    assert_eq!(standing(&mut db, &gates), Standing::Stale);
    gates.tests.clear();
    assert_eq!(
        standing(&mut db, &gates),
        Standing::Stale,
        "a test that is gone"
    );
}

#[test]
fn a_dirty_tree_proves_nothing() {
    let (_bench, mut db) = ledger();
    let gates = Fake::new();
    store(&mut db, &gates, "c1", true, true, 1);
    assert_eq!(standing(&mut db, &gates), Standing::Missing);
}

#[test]
fn a_failure_counts_until_a_later_pass() {
    let (_bench, mut db) = ledger();
    let gates = Fake::new();
    store(&mut db, &gates, "c1", false, false, 0);
    assert_eq!(
        standing(&mut db, &gates),
        Standing::Failing("says why".to_owned())
    );
    store(&mut db, &gates, "c2", false, true, 1);
    assert!(
        matches!(standing(&mut db, &gates), Standing::Fresh(_)),
        "another commit may mend it"
    );
}

#[test]
fn pass_and_failure_on_one_tree_is_flaky_until_a_long_series() {
    let (_bench, mut db) = ledger();
    let gates = Fake::new();
    store(&mut db, &gates, "c1", false, false, 0);
    store(&mut db, &gates, "c1", false, true, 1);
    assert_eq!(standing(&mut db, &gates), Standing::Flaky);
    store(&mut db, &gates, "c2", false, true, PASSES_AFTER_FLAKE - 1);
    assert_eq!(standing(&mut db, &gates), Standing::Flaky);
    store(&mut db, &gates, "c2", false, true, PASSES_AFTER_FLAKE);
    assert!(matches!(standing(&mut db, &gates), Standing::Fresh(_)));
}
