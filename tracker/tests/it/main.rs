//! The tracker as its users see it: the program, run against copies of the
//! committed ledger.

#![expect(
    clippy::unwrap_used,
    reason = "a test reports a broken expectation by panicking"
)]

mod bad_input;
mod evidence;
mod faults;
mod importing;
mod merging;
mod roundtrip;
mod support;
mod walk;
