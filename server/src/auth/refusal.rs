//! Why a client may not connect.

use thiserror::Error;

use crate::protocol::ClosedState;

/// Why a client may not connect. The text is for the log; clients are told of an
/// authorization violation and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Nobody has the name, the password, the token or the NKey that it presents,
    /// or not on this kind of connection.
    #[error("authentication error")]
    Credentials,
    /// An NKey without a signature.
    #[error("Signature missing")]
    SignatureMissing,
    /// A signature that is no base64.
    #[error("Signature not valid base64")]
    SignatureEncoding,
    /// A signature that is not the NKey's.
    #[error("Signature not verified")]
    SignatureWrong,
    /// It brings a proxy's signature, but of none that is trusted.
    #[error("proxy is not trusted")]
    ProxyNotTrusted,
    /// It has to come through a trusted proxy.
    #[error("proxy connection required")]
    ProxyRequired,
}

impl Refusal {
    /// The reason under which the connection is closed (`getAuthErrClosedState`).
    #[must_use]
    pub fn closed_state(self) -> ClosedState {
        match self {
            Self::ProxyNotTrusted => ClosedState::ProxyNotTrusted,
            Self::ProxyRequired => ClosedState::ProxyRequired,
            _ => ClosedState::AuthenticationViolation,
        }
    }
}
