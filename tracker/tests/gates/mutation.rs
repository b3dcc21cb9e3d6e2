//! Mutation against a small workspace with a good test and a weak one.

use std::fs;
use std::path::Path;

use tracker::gate::{MutationJob, MutationOutcome, mutate};
use tracker::source::SourceIndex;

const SERVER: &str = "
pub struct Wheel { pub slots: Vec<u64> }
impl Wheel {
    pub fn count(&self) -> u64 { self.slots.len() as u64 }
    pub fn is_empty(&self) -> bool { self.slots.is_empty() }
}
pub struct NoDefault(u64);
pub fn wrapped(n: u64) -> NoDefault { NoDefault(n + 1) }
pub const fn two() -> u64 { 2 }
";

/// Stands in for the harness: it knows `--ids` and leaves records.
const TESTS: &str = r#"
use nats_server::Wheel;
fn run(id: &str) -> bool {
    match id {
        "1" => Wheel { slots: vec![1, 2] }.count() == 2,
        "2" => Wheel { slots: vec![] }.is_empty(),
        "3" => { nats_server::wrapped(1); true }
        "4" => false,
        "5" => nats_server::two() == 2,
        _ => std::process::exit(2),
    }
}
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let dir = std::env::var("NATS_CONFORMANCE_RECORDS").unwrap();
    for id in args[2].split(',') {
        let outcome = if run(id) { "passed" } else { "failed" };
        let name = format!("{dir}/T{:04}.json", id.parse::<u32>().unwrap());
        std::fs::write(name, format!("{{\"outcome\":\"{outcome}\"}}")).unwrap();
    }
}
"#;

/// What the weak test doesn't see.
const PROOF: &str = "
#[test]
fn something_is_not_nothing() {
    assert!(!nats_server::Wheel { slots: vec![1] }.is_empty());
}
";

fn workspace() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let package = |name: &str, rest: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}")
    };
    write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"server\", \"conformance\"]\n",
    );
    write(
        "Cargo.lock",
        concat!(
            "version = 4\n\n[[package]]\nname = \"conformance\"\nversion = \"0.1.0\"\n",
            "dependencies = [\n \"nats-server\",\n]\n\n",
            "[[package]]\nname = \"nats-server\"\nversion = \"0.1.0\"\n",
        ),
    );
    write("server/Cargo.toml", &package("nats-server", ""));
    write("server/src/lib.rs", SERVER);
    write("server/src/main.rs", "fn main() {}");
    write("server/tests/wheels.rs", PROOF);
    let rest = "[dependencies]\nnats-server = { path = \"../server\" }\n\
        [[test]]\nname = \"conformance\"\nharness = false\npath = \"tests/conformance/main.rs\"\n";
    write("conformance/Cargo.toml", &package("conformance", rest));
    write("conformance/src/lib.rs", "");
    write("conformance/tests/conformance/main.rs", TESTS);
    root
}

fn job(feature: u32, item: &str, test: u32) -> MutationJob {
    MutationJob {
        feature,
        rust: vec![format!("nats_server::{item}")],
        tests: vec![test],
        proofs: Vec::new(),
    }
}

fn run(root: &Path, jobs: &[MutationJob]) -> anyhow::Result<Vec<MutationOutcome>> {
    let index = SourceIndex::load(root)?;
    let mut reported = Vec::new();
    let outcomes = mutate(root, &index, jobs, &mut |outcome| {
        reported.push(outcome.clone())
    })?;
    reported.sort_by_key(|outcome| outcomes.iter().position(|other| other == outcome));
    assert_eq!(reported, outcomes);
    Ok(outcomes)
}

#[test]
fn mutants_are_killed_survive_or_do_not_compile() {
    let root = workspace();
    let jobs = [
        job(1, "Wheel::count", 1),
        job(2, "Wheel::is_empty", 2),
        job(3, "wrapped", 3),
    ];
    let outcomes = run(root.path(), &jobs).unwrap();
    let told: Vec<(u32, &str, Option<&str>, bool)> = outcomes
        .iter()
        .map(|it| {
            (
                it.feature,
                it.mutant.as_str(),
                it.killed_by.as_deref(),
                it.viable,
            )
        })
        .collect();
    assert_eq!(told[0], (1, "0", Some("test 1"), true));
    assert_eq!(told[1], (1, "1", Some("test 1"), true));
    assert_eq!(
        told[2],
        (2, "true", None, true),
        "the weak test doesn't see it"
    );
    assert_eq!(told[3], (2, "false", Some("test 2"), true));
    assert_eq!(
        (told[4].0, told[4].2, told[4].3),
        (2, Some("test 2"), true),
        "{}",
        told[4].1
    );
    assert_eq!(
        told[5],
        (3, "Default::default()", None, false),
        "it doesn't compile"
    );
    assert_eq!(told.len(), 6);
    let copy = root.path().join("target/mutants/sources/server/src/lib.rs");
    assert_eq!(
        fs::read_to_string(copy).unwrap(),
        SERVER,
        "the copy is sound again"
    );
    assert_eq!(
        fs::read_to_string(root.path().join("server/src/lib.rs")).unwrap(),
        SERVER
    );
}

#[test]
fn proofs_of_the_server_crate_notice_too() {
    let root = workspace();
    let proof = "wheels::something_is_not_nothing";
    let proved = |feature: u32, tests: &[u32]| MutationJob {
        tests: tests.to_vec(),
        proofs: vec![proof.to_owned()],
        ..job(feature, "Wheel::is_empty", 2)
    };
    let outcomes = run(root.path(), &[proved(1, &[2]), proved(2, &[])]).unwrap();
    let told: Vec<(&str, Option<&str>)> = outcomes
        .iter()
        .map(|it| (it.mutant.as_str(), it.killed_by.as_deref()))
        .collect();
    assert_eq!(told[0], ("true", Some(proof)));
    assert_eq!(told[1], ("false", Some("test 2")));
    assert_eq!(told[3], ("true", Some(proof)));
    assert_eq!(told[4], ("false", None), "a proof of one side only");
}

#[test]
fn a_constant_function_has_a_build_of_its_own() {
    let root = workspace();
    let outcomes = run(root.path(), &[job(1, "two", 5), job(2, "Wheel::count", 1)]).unwrap();
    let told: Vec<(u32, &str, Option<&str>)> = outcomes
        .iter()
        .map(|it| (it.feature, it.mutant.as_str(), it.killed_by.as_deref()))
        .collect();
    assert_eq!(
        told[..2],
        [(1, "0", Some("test 5")), (1, "1", Some("test 5"))]
    );
    assert_eq!(
        told[2..],
        [(2, "0", Some("test 1")), (2, "1", Some("test 1"))]
    );
}

#[test]
fn a_test_that_can_not_show_anything_is_an_error() {
    let root = workspace();
    let error = |job: MutationJob| format!("{:#}", run(root.path(), &[job]).unwrap_err());
    assert!(error(job(1, "Wheel::count", 4)).contains("test 4 fails with the sound code"));
    let none = MutationJob {
        tests: Vec::new(),
        ..job(1, "Wheel::count", 1)
    };
    assert!(error(none).contains("no test to notice"));
    fs::write(
        root.path().join("server/src/lib.rs"),
        "pub fn broken() -> u8 {}",
    )
    .unwrap();
    assert!(error(job(1, "broken", 1)).contains("the sound code doesn't build"));
}
