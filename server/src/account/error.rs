//! What can go wrong with exports and imports. Texts as in the Go server's
//! `errors.go`; configuration errors show them.

use thiserror::Error;

use crate::subject::transform::TransformError;

/// An export that can not be made or changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExportError {
    /// The token that should name the importing account is no wildcard
    /// (`ErrInvalidSubject`).
    #[error("invalid subject")]
    AccountToken,
    /// There is no export of this subject.
    #[error("no export defined for {0:?}")]
    Missing(String),
    /// There is no service to track (`ErrMissingService`).
    #[error("service missing")]
    MissingService,
    /// Only services with one answer can be tracked (`ErrBadServiceType`).
    #[error("bad service response type")]
    ServiceType,
    /// Neither a percentage nor 0 (`ErrBadSampling`).
    #[error("bad sampling percentage, should be 1-100")]
    Sampling,
    /// Measurements can not be published there (`ErrBadPublishSubject`).
    #[error("invalid publish subject")]
    ResultSubject,
    /// Without a system account nothing is measured (`ErrNoSysAccount`).
    #[error("system account not setup")]
    NoSystemAccount,
}

/// An import that can not be made or changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImportError {
    /// The exporting account is gone (`ErrMissingAccount`).
    #[error("account missing")]
    MissingAccount,
    /// No subject (`ErrInvalidSubject`).
    #[error("invalid subject")]
    InvalidSubject,
    /// The account does not export that stream to this one
    /// (`ErrStreamImportAuthorization`).
    #[error("stream import not authorized")]
    StreamNotAuthorized,
    /// The account does not export that service to this one
    /// (`ErrServiceImportAuthorization`).
    #[error("service import not authorized")]
    ServiceNotAuthorized,
    /// A prefix with wildcards (`ErrStreamImportBadPrefix`).
    #[error("stream import prefix can not contain wildcard tokens")]
    Prefix,
    /// That stream is imported already (`ErrStreamImportDuplicate`).
    #[error("stream import already exists")]
    DuplicateStream,
    /// That subject is imported from the same account already.
    #[error(
        "duplicate service import subject {from:?}, previously used in import for account \
         {account:?}, subject {to:?}"
    )]
    DuplicateService {
        /// The subject here.
        from: String,
        /// The exporting account.
        account: String,
        /// The subject there.
        to: String,
    },
    /// Messages could go round in circles (`ErrImportFormsCycle`).
    #[error("import forms a cycle")]
    Cycle,
    /// Too many accounts to look for a circle (`ErrCycleSearchDepth`).
    #[error("search cycle depth exhausted")]
    CycleSearchDepth,
    /// The subjects do not fit each other.
    #[error(
        "failed to create mapping transform for {kind} import subject from {from:?} to {to:?}: \
         {reason}"
    )]
    Transform {
        /// `stream` or `service`.
        kind: &'static str,
        /// One subject.
        from: String,
        /// The other.
        to: String,
        /// What is wrong.
        reason: TransformError,
    },
    /// There is no such import.
    #[error("service import not found")]
    ServiceNotFound,
}
