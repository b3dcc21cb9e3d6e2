//! What JetStream uses and may use: of the whole server and of each account.
//!
//! Answers to the parts of `jetstream.go` about limits, usage and reservations.
//! The locks here are leaves.

mod account;
mod server;

pub use account::{AccountUsage, Reserved, TierUsage, tier_name};
pub use server::{ServerUsage, UsageCounts};
