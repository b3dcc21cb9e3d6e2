//! The harness, driven as a process like `cargo test` and nextest drive it.

mod agreement;
mod catalogue;
mod judgement;
mod listing;
mod selection;
mod support;
