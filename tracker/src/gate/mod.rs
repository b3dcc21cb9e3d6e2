//! The gates that stand before a promotion.
//!
//! [`stub_features`] and [`stub_tests`] look for code that only pretends, from
//! the syntax tree; [`mutate()`] breaks mapped code and sees whether a mapped
//! test notices; [`loosened()`] looks for gates that were changed together with
//! what they judge. Each finding has a class, and `tracker/tests/gates` has
//! planted fakes for every class and honest code that has to pass.

mod body;
mod check;
mod features;
mod loosened;
mod mutants;
mod mutate;
mod scan;
mod switch;
mod tests;

use std::path::PathBuf;

pub use features::stub_features;
pub use loosened::loosened;
pub use mutate::mutate;
pub use tests::stub_tests;

use crate::source::{Item, SourceIndex};

/// Something that must not count as progress.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Its class, such as `constant-return`.
    pub class: String,
    /// The feature or test it concerns: `feature 12` or `test 7`.
    pub subject: String,
    /// The file, from the workspace's root.
    pub path: PathBuf,
    /// The line in it.
    pub line: usize,
    /// What is wrong, in words.
    pub message: String,
}

/// A feature and the Rust items it is mapped to.
#[derive(Clone, Debug)]
pub struct FeatureMap {
    /// The feature's ID.
    pub id: u32,
    /// Paths of Rust items.
    pub rust: Vec<String>,
    /// What the Go body does: `empty`, `constant`, `getter` or `other`.
    pub go_shape: String,
}

/// A Go test that is mapped.
#[derive(Clone, Debug)]
pub struct TestMap {
    /// The test's ID.
    pub id: u32,
    /// Stem of the Go file.
    pub file: String,
    /// The Go function.
    pub name: String,
}

/// A feature to break, and the tests that have to notice.
#[derive(Clone, Debug)]
pub struct MutationJob {
    /// The feature's ID.
    pub feature: u32,
    /// Paths of Rust items.
    pub rust: Vec<String>,
    /// IDs of the mapped tests.
    pub tests: Vec<u32>,
    /// Paths of the mapped Rust tests.
    pub proofs: Vec<String>,
}

/// What came of one mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MutationOutcome {
    /// The feature's ID.
    pub feature: u32,
    /// Path of the Rust item that was broken.
    pub item: String,
    /// What its body was replaced by.
    pub mutant: String,
    /// The first test that failed, if any did.
    pub killed_by: Option<String>,
    /// Whether the mutant compiled. One that doesn't proves nothing.
    pub viable: bool,
}

/// Findings on one subject, before they are sorted.
struct Findings<'a> {
    index: &'a SourceIndex,
    subject: String,
    found: Vec<Finding>,
}

impl<'a> Findings<'a> {
    fn new(index: &'a SourceIndex, subject: String) -> Self {
        Self {
            index,
            subject,
            found: Vec::new(),
        }
    }

    fn add(&mut self, class: &str, item: &Item, line: usize, message: impl Into<String>) {
        self.found.push(Finding {
            class: class.to_owned(),
            subject: self.subject.clone(),
            path: self.index.file(item).path.clone(),
            line,
            message: message.into(),
        });
    }

    fn done(mut self) -> Vec<Finding> {
        self.found.sort();
        self.found.dedup();
        self.found
    }
}
