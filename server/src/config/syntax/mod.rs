//! The configuration language of NATS: from text to a tree of values that know
//! where they stand.
//!
//! Answers to the `conf` package of the Go server.

mod digest;
mod error;
mod parser;
mod scalar;
mod value;

pub use digest::digest;
pub use error::SyntaxError;
pub use parser::{parse_file, parse_text};
pub use value::{Map, Node, Place, Value};
