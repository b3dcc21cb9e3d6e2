//! What the ledger asks of the gates and of the source index.
//!
//! A trait, so that the rules of promotion and evidence can be tested without
//! a server crate to parse and build.

use std::path::{Path, PathBuf};

use crate::db::digest;
use crate::error::Result;
pub use crate::gate::{FeatureMap, Finding, MutationJob, MutationOutcome, TestMap};
use crate::gate::{loosened, mutate, stub_features, stub_tests};
use crate::proof_target::ProofTarget;
pub use crate::source::TestDecl;
use crate::source::{SourceIndex, normalised};

/// The gates over one workspace.
pub trait Gates {
    /// Token hash of a Rust item, `None` when there is no such item.
    fn item_hash(&self, path: &str) -> Option<String>;
    /// Token hash of a Rust test that serves as a proof.
    fn proof_hash(&self, path: &str) -> Option<String>;
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
    /// Gates changed since a commit.
    fn loosened(&self, base: &str) -> Vec<Finding>;
}

/// The gates over the workspace's own source.
#[derive(Debug)]
pub struct SourceGates {
    root: PathBuf,
    index: SourceIndex,
}

/// Reads the workspace's sources.
pub fn load(root: &Path) -> Result<Box<dyn Gates>> {
    let index = SourceIndex::load(root)?;
    Ok(Box::new(SourceGates {
        root: root.to_owned(),
        index,
    }))
}

impl Gates for SourceGates {
    fn item_hash(&self, path: &str) -> Option<String> {
        self.index.item_hash(path)
    }

    /// A unit test stands in the index; of an integration test `target::name`
    /// the files are taken whole, since helpers beside it count.
    fn proof_hash(&self, path: &str) -> Option<String> {
        if path.starts_with("nats_server::") {
            let item = self.index.items.iter().find(|item| item.path == path)?;
            return Some(digest([normalised(&item.tokens).as_str()]));
        }
        let (target, test) = path.split_once("::")?;
        let text = ProofTarget::find(&self.root, target)?.source_of(test)?;
        Some(digest([text.as_str()]))
    }

    fn tests(&self) -> &[TestDecl] {
        self.index.tests()
    }

    fn stub_features(&self, features: &[FeatureMap]) -> Vec<Finding> {
        stub_features(&self.index, features)
    }

    fn stub_tests(&self, tests: &[TestMap]) -> Vec<Finding> {
        stub_tests(&self.index, tests)
    }

    fn mutate(
        &self,
        jobs: &[MutationJob],
        each: &mut dyn FnMut(&MutationOutcome),
    ) -> Result<Vec<MutationOutcome>> {
        mutate(&self.root, &self.index, jobs, each)
    }

    fn loosened(&self, base: &str) -> Vec<Finding> {
        loosened(&self.root, base)
    }
}
