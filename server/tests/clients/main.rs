//! Clients over real sockets: what the Go tests leave open.

#![expect(
    clippy::unwrap_used,
    reason = "a test reports a broken expectation by panicking"
)]

mod advisories;
mod certificates;
mod closing;
mod embedding;
mod large;
mod limits;
mod protocol;
mod reloading;
mod support;
