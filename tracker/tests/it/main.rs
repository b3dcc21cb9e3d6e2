//! The tracker as its users see it: the program, run against copies of the
//! committed ledger.

mod bad_input;
mod evidence;
mod faults;
mod importing;
mod merging;
mod roundtrip;
mod support;
mod walk;
