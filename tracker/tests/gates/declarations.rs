//! What the source index finds, and what its hashes depend on.

use std::fs;
use std::path::Path;

use tracker::source::SourceIndex;

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn index(server: &str, tests: &str) -> SourceIndex {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "server/src/lib.rs", "pub mod sets;");
    write(
        root.path(),
        "server/src/sets/mod.rs",
        "mod seqset;\npub use seqset::SequenceSet;",
    );
    write(root.path(), "server/src/sets/seqset.rs", server);
    write(
        root.path(),
        "conformance/tests/conformance/seqset_test.rs",
        tests,
    );
    SourceIndex::load(root.path()).unwrap()
}

const SERVER: &str = "
    pub struct SequenceSet { seqs: Vec<u64> }
    impl SequenceSet { pub fn insert(&mut self, seq: u64) { self.seqs.push(seq); } }
    impl Default for SequenceSet { fn default() -> Self { Self { seqs: vec![] } } }
    impl From<u64> for SequenceSet { fn from(seq: u64) -> Self { Self { seqs: vec![seq] } } }
    impl From<u8> for SequenceSet { fn from(_: u8) -> Self { Self { seqs: vec![] } } }
    pub const MAGIC: u8 = 22;
    pub fn decode(bytes: &[u8]) -> Option<u8> { bytes.first().copied() }
    #[cfg(test)] mod tests { fn helper() {} }
";

#[test]
fn items_are_found_by_path() {
    let index = index(SERVER, "");
    for path in [
        "nats_server::sets::seqset::SequenceSet",
        "nats_server::sets::seqset::SequenceSet::insert",
        "nats_server::sets::seqset::SequenceSet::default",
        "nats_server::sets::seqset::SequenceSet::from",
        "nats_server::sets::seqset::MAGIC",
        "nats_server::sets::seqset::decode",
        "nats_server::sets::SequenceSet",
        "nats_server::sets::SequenceSet::insert",
    ] {
        assert!(index.item_hash(path).is_some(), "{path}");
    }
    for path in [
        "nats_server::sets::seqset::SequenceSet::remove",
        "nats_server::sets::seqset::insert",
        "nats_server::other::SequenceSet::insert",
        "nats_server::sets::seqset::Other::insert",
        "nats_server::sets::seqset::tests::helper",
        "conformance::sets::seqset::decode",
        "decode",
        "",
    ] {
        assert_eq!(index.item_hash(path), None, "{path}");
    }
}

#[test]
fn a_hash_follows_the_code_alone() {
    let hash = |server: &str| index(server, "").item_hash("nats_server::sets::seqset::decode");
    let plain = hash(SERVER);
    let commented = SERVER.replace("pub fn decode(", "/// Docs.\n  pub fn decode(\n // why\n ");
    assert_eq!(hash(&commented), plain);
    assert_eq!(
        hash(&SERVER.replace("MAGIC: u8 = 22", "MAGIC: u8 = 23")),
        plain,
        "another item"
    );
    assert_ne!(hash(&SERVER.replace("first()", "last()")), plain);
}

const TESTS: &str = "
    use conformance::go_test;
    go_test!(7, \"seqset_test\", \"TestSeqSetBasics\", basics);
    fn basics() { check(1); }
    fn check(n: u64) { assert_eq!(n, 1); }
    mod inner {
        go_test!(4, \"seqset_test\", \"TestOther\", super::other,);
    }
    fn other() { assert!(true); }
";

#[test]
fn declarations_are_found_with_their_place() {
    let index = index(SERVER, TESTS);
    let found: Vec<(u32, &str, &str, usize)> = index
        .tests()
        .iter()
        .map(|test| {
            (
                test.id,
                test.name.as_str(),
                test.function.as_str(),
                test.line,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (4, "TestOther", "super::other", 7),
            (7, "TestSeqSetBasics", "basics", 3)
        ]
    );
    let path = Path::new("conformance/tests/conformance/seqset_test.rs");
    assert!(
        index
            .tests()
            .iter()
            .all(|test| test.path == path && test.file == "seqset_test")
    );
}

#[test]
fn a_tests_hash_includes_its_helpers() {
    let hash = |tests: &str| index(SERVER, tests).tests()[1].hash.clone();
    let plain = hash(TESTS);
    assert_ne!(
        hash(&TESTS.replace("assert_eq!(n, 1)", "assert_eq!(n, n)")),
        plain
    );
    assert_eq!(
        hash(&TESTS.replace("assert!(true)", "assert!(false)")),
        plain,
        "another test"
    );
}

#[test]
fn what_is_no_rust_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "server/src/lib.rs", "fn {");
    let error = SourceIndex::load(root.path()).unwrap_err();
    assert!(format!("{error:#}").contains("lib.rs"), "{error:#}");
}

#[test]
fn this_workspace_can_be_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let index = SourceIndex::load(root).unwrap();
    assert!(
        index
            .item_hash("tracker::source::SourceIndex::item_hash")
            .is_some()
    );
    assert!(index.item_hash("conformance::harness::run").is_some());
}
