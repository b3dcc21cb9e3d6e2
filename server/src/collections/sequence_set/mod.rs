//! Sets of sequence numbers (`avl` package).
//!
//! A balanced tree whose nodes are bit masks for 2048 numbers each: a dense
//! set takes little more than a bit a number. The consumer and stream states
//! on disk and on the wire hold sets in the encoding of `codec`, which must
//! stay as it is.

mod codec;
mod node;
mod set;

pub use codec::DecodeError;
pub use set::{SequenceSet, SetNotEmpty};
