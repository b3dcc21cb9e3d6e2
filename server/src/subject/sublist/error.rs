//! What can go wrong with interest.

use thiserror::Error;

/// Errors of [`Sublist`](super::Sublist), with the texts of `sublist.go`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SublistError {
    /// The subject has an empty token, a `>` before its end, or a wildcard
    /// where a literal is needed.
    #[error("sublist: invalid subject")]
    InvalidSubject,
    /// Nothing is stored under this subject, queue and value.
    #[error("sublist: no matches found")]
    NotFound,
    /// Nobody listens at the other end of the notification channel.
    #[error("sublist: nil channel")]
    NilChannel,
    /// The channel is registered for this subject and queue already.
    #[error("sublist: notification already registered")]
    AlreadyRegistered,
}
