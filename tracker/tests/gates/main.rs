//! The gates against their own corpus: planted fakes that they have to catch,
//! and honest code that they have to leave alone.
//!
//! Each file in `fakes` and `honest` is one case. Its first line says what it
//! is: `//! fake CLASS; ITEM; GO SHAPE`, `//! fake CLASS; tests`, or `honest`
//! in place of `fake CLASS`. A line `//@ tests` divides server code from the
//! tests of it; without one, a test that just calls the item is added.

#![expect(
    clippy::unwrap_used,
    reason = "a broken expectation is reported by panicking"
)]

mod declarations;
mod loosening;
mod mutation;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use tracker::gate::{FeatureMap, Finding, TestMap, stub_features, stub_tests};
use tracker::source::SourceIndex;

/// Server code that tests in the corpus may use.
const SERVER: &str = include_str!("world/server.rs");

/// Support code that tests in the corpus may use.
const SUPPORT: &str = include_str!("world/support.rs");

/// Support code beside the tests in the corpus.
const SIBLING: &str = include_str!("world/sibling.rs");

/// How many cases there have to be at least, of either kind.
const CASES_MIN: usize = 60;

/// Every class that a gate on source code knows.
const CLASSES: &[&str] = &[
    "accepts-everything",
    "any-panic",
    "catch-unwind",
    "constant-return",
    "dead-assertion",
    "discarded-result",
    "early-return",
    "empty-body",
    "fixed-output",
    "go-server",
    "ignored-parameter",
    "later-comment",
    "missing-item",
    "no-assertion",
    "no-persistence",
    "no-state-change",
    "not-yet-macro",
    "retry",
    "shared-body",
    "sleep",
    "swallowed-error",
    "switched-behaviour",
    "tautology",
    "uncalled",
    "unjoined-task",
    "unreached",
    "unread-field",
    "unrelated-name",
];

#[test]
fn fakes_are_caught_and_honest_code_is_left_alone() {
    let (fakes, honest) = (cases("fakes"), cases("honest"));
    let mut wrong = Vec::new();
    let mut caught = 0;
    for case in &fakes {
        let class = case.class.as_deref().expect("a fake names its class");
        let found = case.judge();
        if found.iter().any(|finding| finding.class == class) {
            caught += 1;
        } else {
            wrong.push(format!(
                "fakes/{} not caught as {class}: {found:?}",
                case.name
            ));
        }
    }
    let mut flagged = 0;
    for case in &honest {
        let found = case.judge();
        if !found.is_empty() {
            flagged += 1;
            wrong.push(format!("honest/{} flagged: {found:?}", case.name));
        }
    }
    println!(
        "gates: {caught}/{} fakes caught, {flagged}/{} honest flagged",
        fakes.len(),
        honest.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(fakes.len() >= CASES_MIN && honest.len() >= CASES_MIN);
}

#[test]
fn every_class_has_its_fakes() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases("fakes") {
        *counts
            .entry(case.class.expect("a fake names its class"))
            .or_default() += 1;
    }
    let have: BTreeSet<&str> = counts.keys().map(String::as_str).collect();
    assert_eq!(have, CLASSES.iter().copied().collect());
}

struct Case {
    name: String,
    class: Option<String>,
    /// The mapped item and the Go body's shape; none for a case on tests.
    feature: Option<(String, String)>,
    server: String,
    tests: String,
}

impl Case {
    fn read(path: &Path) -> Self {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(path).unwrap();
        let (head, body) = text.split_once('\n').unwrap();
        let head = head.strip_prefix("//! ").expect("a head line");
        let fields: Vec<&str> = head.split("; ").collect();
        let class = fields[0].strip_prefix("fake ").map(str::to_owned);
        assert!(class.is_some() || fields[0] == "honest", "{name}: {head}");
        if fields[1] == "tests" {
            let (server, tests) = body.split_once("//@ tests").unwrap_or(("", body));
            let (server, tests) = (server.to_owned(), tests.to_owned());
            return Self {
                name,
                class,
                feature: None,
                server,
                tests,
            };
        }
        let item = format!("nats_server::case::{}", fields[1]);
        let (server, tests) = match body.split_once("//@ tests") {
            Some((server, tests)) => (server.to_owned(), tests.to_owned()),
            None => (body.to_owned(), calling(fields[1])),
        };
        let feature = Some((item, fields[2].to_owned()));
        Self {
            name,
            class,
            feature,
            server,
            tests,
        }
    }

    fn judge(&self) -> Vec<Finding> {
        let workspace = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = workspace.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("server/src/lib.rs", "pub mod case;\npub mod collections;\n");
        write("server/src/collections.rs", SERVER);
        write("server/src/case.rs", &self.server);
        write("conformance/src/lib.rs", SUPPORT);
        write("conformance/tests/conformance/case_support.rs", SIBLING);
        write("conformance/tests/conformance/case_test.rs", &self.tests);
        let index = SourceIndex::load(workspace.path()).expect(&self.name);
        match &self.feature {
            Some((item, shape)) => {
                let rust = vec![item.clone()];
                stub_features(
                    &index,
                    &[FeatureMap {
                        id: 1,
                        rust,
                        go_shape: shape.clone(),
                    }],
                )
            }
            None => {
                let declared = index.tests().iter();
                let tests: Vec<TestMap> = declared
                    .map(|test| TestMap {
                        id: test.id,
                        file: "case_test".to_owned(),
                        name: test.name.clone(),
                    })
                    .collect();
                assert!(!tests.is_empty(), "{}: declares no test", self.name);
                stub_tests(&index, &tests)
            }
        }
    }
}

fn calling(item: &str) -> String {
    format!("fn calls_it() {{ assert!(nats_server::case::{item}(input()).holds()); }}")
}

fn cases(folder: &str) -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/gates")
        .join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.iter().map(|path| Case::read(path)).collect()
}
