//! The file store: streams and consumers on a disk.
//!
//! Directories and files are those of the Go server (`filestore.go`), which can
//! take over from this one and the other way round.

pub mod checksum;
pub mod cipher;
pub mod compress;
