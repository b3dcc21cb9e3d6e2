//! The accounts with JetStream, and what they have: streams and consumers.
//!
//! Locks: the list of accounts, an account's `changing` lock, its list of streams;
//! all before those of streams. `changing` is held while a stream or consumer is
//! made, changed or removed, so that of two requests for one name the second sees
//! what the first has done.

mod account;
mod consumers;
mod jetstream;
mod names;
mod offline;
mod restore;
mod streams;
mod usage;

pub use account::AccountAssets;
pub use consumers::{ConsumerAction, as_consumer};
pub use jetstream::{AccountNotEnabled, JetStream};
pub use offline::{Listed, OfflineStream, offline_reason};
pub use usage::{AccountStats, ApiStats, TierStats};
