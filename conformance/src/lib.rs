//! Support code for the conformance tests.
//!
//! Every test of the Go nats-server has an ID. `catalogue.tsv` lists them all;
//! a Rust test declares beside its body which ID it ports with [`go_test!`],
//! and [`harness`] lists, checks and runs them.

//!
//! - [`server`]: a server in the test's own process; [`process`]: one in a
//!   process of its own; [`cluster`]: several of those.
//! - [`raw`]: a client that speaks the protocol line by line; [`client`]:
//!   helpers around async-nats; [`http`]: one for monitoring ports.
//! - [`accounts`]: servers with accounts, and clients that talk across them.
//! - [`wait`]: waiting for a condition; [`effort`]: how much work something is;
//!   [`files`]: temporary folders and
//!   configuration files; [`log`]: captured log lines; [`keys`]: NKeys and JWTs;
//!   [`peer`]: the Go server.

pub mod accounts;
pub mod archive;
pub mod client;
pub mod cluster;
pub mod effort;
pub mod files;
pub mod harness;
pub mod http;
pub mod keys;
pub mod log;
pub mod peer;
pub mod pipe;
pub mod process;
pub mod raw;
pub mod server;
pub mod stream_config;
pub mod wait;

#[doc(hidden)]
pub use linkme;
