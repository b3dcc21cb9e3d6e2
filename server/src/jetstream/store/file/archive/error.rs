//! Why an archive cannot be restored.

use std::io;

use thiserror::Error;

/// Why an archive cannot be restored.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// It holds something that is not part of a stream, or has a name that leads
    /// elsewhere.
    #[error("unexpected content")]
    UnexpectedContent,
    /// Whoever wrote it could not finish it.
    #[error("archive is not whole: {0}")]
    Incomplete(String),
    /// More than is allowed.
    #[error("archive is larger than {0} bytes")]
    TooLarge(u64),
    /// It is damaged, or the disk refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
}
