//! The disk, as the stores see it.
//!
//! [`Disk`] and [`DiskFile`] are all that the file store asks of an operating
//! system, so that tests can put another disk under it. [`RealDisk`] passes
//! every call on; [`SimDisk`] keeps everything in memory and fails as it is told.
//!
//! What a disk promises: bytes written are read back at once, by anyone; they
//! survive a power cut only once [`DiskFile::sync_data`] returned without an
//! error. A file that was created, renamed or removed is so after a power cut
//! only once [`Disk::sync_dir`] of its directory returned without an error.

mod atomic;
mod disk_file;
mod real;
mod sim;
mod traits;

pub use disk_file::{DiskFile, read_exact_at};
pub use real::RealDisk;
pub use sim::SimDisk;
pub use traits::{DirEntry, Disk, OpenMode};
