//! Interest: who wants messages on which subjects.
//!
//! [`Sublist`] is the tree itself, with plain and queue group members, generic
//! over the member: client subscriptions use it with queue groups and weights,
//! JetStream filters and permissions use it with a plain key or `()`. It has
//! no lock. [`SharedSublist`] puts a lock, a result cache and a generation
//! around it for the accounts' subscriptions.
//!
//! Lock order inside [`SharedSublist`]: tree, then cache. Answers to
//! `sublist.go` and `gsl/gsl.go`.

mod error;
mod literals;
mod matches;
mod members;
mod node;
mod notify;
mod shared;
mod stats;
mod tree;
mod value;
mod walk;

pub use error::SublistError;
pub use matches::{Matches, QueueMatch};
pub use shared::SharedSublist;
pub use stats::SublistStats;
pub use tree::{Entry, Sublist};
pub use value::SublistValue;
