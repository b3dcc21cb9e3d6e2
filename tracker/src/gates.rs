//! What the ledger asks of the gates and of the source index.
//!
//! A trait, so that the rules of promotion and evidence can be tested without
//! a server crate to parse.

use std::path::{Path, PathBuf};

use crate::error::{Result, refuse};

/// Something a gate found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Class of the finding.
    pub class: String,
    /// What it is about.
    pub subject: String,
    /// File.
    pub path: PathBuf,
    /// Line.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// A Go test declared beside its Rust test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestDecl {
    /// Test ID.
    pub id: u32,
    /// Go file stem.
    pub file: String,
    /// Go test name.
    pub name: String,
    /// Rust function.
    pub function: String,
    /// Token hash of the Rust test.
    pub hash: String,
    /// File of the Rust test.
    pub path: PathBuf,
    /// Its line.
    pub line: usize,
}

/// A feature as the stub gate sees it.
#[derive(Debug, Clone)]
pub struct FeatureMap {
    /// Feature ID.
    pub id: u32,
    /// Paths of its Rust items.
    pub rust: Vec<String>,
    /// Shape of the Go body.
    pub go_shape: String,
}

/// A test as the stub gate sees it.
#[derive(Debug, Clone)]
pub struct TestMap {
    /// Test ID.
    pub id: u32,
    /// Go file stem.
    pub file: String,
    /// Go test name.
    pub name: String,
}

/// A feature to mutate, and the tests that should notice.
#[derive(Debug, Clone)]
pub struct MutationJob {
    /// Feature ID.
    pub feature: u32,
    /// Paths of its Rust items.
    pub rust: Vec<String>,
    /// Tests to run.
    pub tests: Vec<u32>,
}

/// What became of one mutant.
#[derive(Debug, Clone)]
pub struct MutationOutcome {
    /// Feature ID.
    pub feature: u32,
    /// Rust item.
    pub item: String,
    /// What was changed.
    pub mutant: String,
    /// The test that noticed.
    pub killed_by: Option<u32>,
    /// Whether the mutant compiled.
    pub viable: bool,
}

/// The gates over one workspace.
pub trait Gates {
    /// Token hash of a Rust item, `None` when there is no such item.
    fn item_hash(&self, path: &str) -> Option<String>;
    /// All declared tests.
    fn tests(&self) -> &[TestDecl];
    /// Stub findings in features.
    fn stub_features(&self, features: &[FeatureMap]) -> Vec<Finding>;
    /// Stub findings in tests.
    fn stub_tests(&self, tests: &[TestMap]) -> Vec<Finding>;
    /// Mutates items and runs their tests.
    fn mutate(
        &self,
        jobs: &[MutationJob],
        each: &mut dyn FnMut(&MutationOutcome),
    ) -> Result<Vec<MutationOutcome>>;
    /// Gates made weaker since a commit.
    fn loosened(&self, base: &str) -> Vec<Finding>;
}

/// Reads the workspace's sources.
pub fn load(root: &Path) -> Result<Box<dyn Gates>> {
    refuse(format!("{}: this build has no gates", root.display()))
}
