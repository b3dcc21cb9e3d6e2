//! Options of the server: their types, defaults and the configuration language.
//!
//! Answers to `opts.go` and the `conf` package.

pub mod flags;
pub mod options;

pub use options::Options;
