//! The subject tree: values by literal subject, found by wildcard filter.
//!
//! An adaptive radix tree over the bytes of subjects, as in the Go server's
//! `stree` package. Inner nodes hold 4, 10, 16, 48 or 256 children and share
//! a prefix; leaves hold what is left of the subject, and the value. The byte
//! 127 (DEL) marks "the subject ends here" and so cannot be part of a subject.
//! Nothing recurses: a tree is as deep as its subjects are long.

mod branch;
mod filter;
mod intersect;
mod node;
mod tree;

pub use filter::{Filter, FilterState};
pub use intersect::lazy_intersect;
pub use node::{Leaf, Node, NodeError, NodeKind};
pub use tree::{InvalidSubject, SubjectTree};

/// Stands for the end of a subject among the keys of a node.
pub const NO_PIVOT: u8 = 127;

/// The key under which a node files what starts with `rest`.
fn pivot(rest: &[u8]) -> u8 {
    rest.first().copied().unwrap_or(NO_PIVOT)
}
