//! Options of the server: their types, defaults and the configuration language.
//!
//! Answers to `opts.go` and the `conf` package.

pub mod flags;
mod load;
pub mod options;
pub mod syntax;

pub use load::{LoadError, ValueError};
pub use options::Options;
