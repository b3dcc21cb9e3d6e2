//! What can go wrong with a transform. Texts as in the Go server's
//! `errors.go`; configuration errors and API responses show them.

use thiserror::Error;

/// Errors of making or using a transform.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TransformError {
    /// Source or destination is not a valid subject, or they do not fit.
    #[error("invalid subject")]
    BadSubject,
    /// The subject is not one the transform applies to.
    #[error("no matching transforms available")]
    NoTransforms,
    /// The destination as a whole is not a subject.
    #[error("{0}")]
    Destination(MappingDestinationError),
    /// A token of the destination is wrong.
    #[error("{error} in {token}")]
    DestinationToken {
        /// The offending token.
        token: String,
        /// What is wrong with it.
        error: MappingDestinationError,
    },
}

impl TransformError {
    /// Whether the destination is to blame (`ErrInvalidMappingDestination`).
    pub const fn is_invalid_destination(&self) -> bool {
        matches!(self, Self::Destination(_) | Self::DestinationToken { .. })
    }

    pub(super) fn in_token(token: impl Into<String>, error: MappingDestinationError) -> Self {
        Self::DestinationToken {
            token: token.into(),
            error,
        }
    }
}

/// What is wrong with a mapping destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MappingDestinationError {
    /// `ErrInvalidMappingDestinationSubject`
    #[error("invalid mapping destination: invalid transform")]
    InvalidSubject,
    /// `ErrMappingDestinationNotUsingAllWildcards`
    #[error("invalid mapping destination: not using all of the token wildcard(s)")]
    NotUsingAllWildcards,
    /// `ErrUnknownMappingDestinationFunction`
    #[error("invalid mapping destination: unknown function")]
    UnknownFunction,
    /// `ErrMappingDestinationIndexOutOfRange`
    #[error("invalid mapping destination: wildcard index out of range")]
    IndexOutOfRange,
    /// `ErrMappingDestinationNotEnoughArgs`
    #[error("invalid mapping destination: not enough arguments passed to the function")]
    NotEnoughArgs,
    /// `ErrMappingDestinationInvalidArg`
    #[error("invalid mapping destination: function argument is invalid or in the wrong format")]
    InvalidArg,
    /// `ErrMappingDestinationTooManyArgs`
    #[error("invalid mapping destination: too many arguments passed to the function")]
    TooManyArgs,
    /// `ErrMappingDestinationNotSupportedForImport`
    #[error(
        "invalid mapping destination: the only mapping function allowed for import transforms is \
         {{{{Wildcard()}}}}"
    )]
    NotSupportedForImport,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_destinations_are_to_blame_for_destination_errors() {
        let wrong = MappingDestinationError::UnknownFunction;
        assert!(TransformError::Destination(wrong).is_invalid_destination());
        assert!(TransformError::in_token("{{x()}}", wrong).is_invalid_destination());
        assert!(!TransformError::BadSubject.is_invalid_destination());
        assert!(!TransformError::NoTransforms.is_invalid_destination());
    }
}
