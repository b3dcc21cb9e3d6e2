//! JSON as the Go server reads it.
//!
//! What clients send is read by the rules of Go's `encoding/json`, which differ from
//! those of `serde`: names of fields match in any case, null leaves a field as it
//! is, an object that comes twice is merged, lone surrogates are replaced. Mistakes
//! are reported in Go's words, since these are part of the API's answers. What a
//! request looks like is a table ([`Struct`]); what was read has the names of that
//! table and nothing else.

mod quote;
mod read;
mod scan;
mod shape;
mod time;

use serde::de::DeserializeOwned;

pub use read::{read_exact, read_once};
pub use shape::{Choice, Field, Refusal, Shape, Struct};

/// What is read from JSON that clients send.
pub trait Described: DeserializeOwned {
    /// What it looks like.
    const SHAPE: &'static Struct;
}

/// Reads the one JSON value that `text` is; fields that are not known are left out.
///
/// # Errors
/// The first mistake, in Go's words.
pub fn from_json<T: Described>(text: &[u8]) -> Result<T, String> {
    fill(read_once(text, T::SHAPE)?)
}

/// What was read, as the type that it describes.
///
/// # Errors
/// A value that its type can not hold.
pub fn fill<T: Described>(read: serde_json::Value) -> Result<T, String> {
    serde_json::from_value(read).map_err(|error| format!("json: {error}"))
}
