//! What the tool answers with: the two kinds of failure a script can tell apart.

/// The tracker's errors; `anyhow` carries everything below them.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Wrong use, or a request that the rules refuse: exit code 2.
    #[error("{0}")]
    Refused(String),
    /// A check or gate that was run and did not pass: exit code 1.
    #[error("{0}")]
    Check(String),
}

/// The tracker's result.
pub type Result<T> = anyhow::Result<T>;

/// A refusal (exit code 2) as a result.
pub fn refuse<T>(message: impl Into<String>) -> Result<T> {
    Err(Failure::Refused(message.into()).into())
}

/// A failed check (exit code 1) as a result.
pub fn fail<T>(message: impl Into<String>) -> Result<T> {
    Err(Failure::Check(message.into()).into())
}

/// The process exit code for an error.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    match error.downcast_ref::<Failure>() {
        Some(Failure::Check(_)) => 1,
        _ => 2,
    }
}
