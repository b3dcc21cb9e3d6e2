//! S2, the compression of block files, archives, replicated proposals and routes.
//!
//! S2 is Snappy with blocks of up to 4 MiB and with copies that repeat the last
//! offset. A *block* is a length and what it unpacks to; a *frame* is a stream of
//! chunks, each holding a block and its checksum. Both are read in full, Snappy's
//! own included; what is written is understood by every reader of S2.
//!
//! Written here rather than taken from a crate: it reads what may be damaged, so
//! that it has to bound memory by what a caller expects, never panic, and say
//! which part of a frame is damaged. Answers to the parts of `klauspost/compress/s2`
//! that the Go server uses.

mod copy;
mod crc32c;
mod decode;
mod encode;
mod error;
mod frame;
mod reader;
mod writer;

#[cfg(test)]
mod tests;

pub use decode::{decode, decoded_len};
pub use encode::encode;
pub use error::S2Error;
pub use frame::{Salvage, compress, decompress, salvage};
pub use reader::FrameReader;
pub use writer::FrameWriter;
