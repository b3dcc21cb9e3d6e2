//! Support code for the conformance tests.
//!
//! Every test of the Go nats-server has an ID. `catalogue.tsv` lists them all;
//! a Rust test declares beside its body which ID it ports with [`go_test!`],
//! and [`harness`] lists, checks and runs them.

pub mod harness;

#[doc(hidden)]
pub use linkme;
