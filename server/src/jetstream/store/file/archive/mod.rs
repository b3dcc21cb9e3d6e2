//! Archives of streams, as the Go server writes and reads them (`streamSnapshot`
//! in `filestore.go`, `RestoreStream` in `stream.go`): a tar file in an S2 frame.
//!
//! | name | holds |
//! |---|---|
//! | `meta.inf`, `meta.sum` | the configuration and its checksum |
//! | `msgs/<number>.blk` | a block |
//! | `msgs/index.db` | the state of the stream |
//! | `obs/<consumer>/meta.inf`, `meta.sum`, `o.dat` | a consumer |
//! | `errors.txt` | why the archive is not whole, at its end |
//!
//! Nothing in it is encrypted or compressed by itself.

mod error;
mod pipe;
mod restore;
#[cfg(test)]
mod tests;
mod unpacked;
mod writer;

pub use error::ArchiveError;
pub use pipe::{PipeReader, PipeWriter, pipe};
pub use restore::restore;
pub use unpacked::UnpackedStream;
pub use writer::ArchiveWriter;
