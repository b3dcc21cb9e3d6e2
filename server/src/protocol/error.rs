//! What a client is told with `-ERR`.

use thiserror::Error;

use super::closed_state::ClosedState;

/// A protocol failure. Its text is what the server logs; [`Self::wire_text`] is
/// what the client is sent. Answers to `errors.go`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProtocolError {
    /// Bytes that are no operation.
    #[error("parser ERROR, i={at}: proto='{snippet}...'")]
    UnknownOperation {
        /// Offset in the read buffer.
        at: usize,
        /// The bytes there, quoted.
        snippet: String,
    },
    /// A control line longer than the limit.
    #[error("maximum control line exceeded")]
    MaxControlLine {
        /// The limit in bytes.
        limit: usize,
        /// The line's length in bytes, as far as it was received.
        length: usize,
        /// The start of the line, quoted.
        snippet: String,
    },
    /// A payload larger than the limit.
    #[error("maximum payload exceeded: {size} vs {limit}")]
    MaxPayload {
        /// What the client announced, in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// An operation with arguments that do not parse.
    #[error("{operation} Parse Error: {line}")]
    BadArguments {
        /// The operation, by the name the Go server gives its handler.
        operation: &'static str,
        /// The arguments, quoted.
        line: String,
    },
    /// A size that is missing or no number.
    #[error("{operation} Bad or Missing {what}: {line}")]
    BadSize {
        /// The operation.
        operation: &'static str,
        /// Which size.
        what: &'static str,
        /// The arguments, quoted.
        line: String,
    },
    /// HPUB whose header is larger than the whole.
    #[error("processHeaderPub Header Size larger then TotalSize: {line}")]
    HeaderLargerThanTotal {
        /// The arguments, quoted.
        line: String,
    },
    /// HPUB on a connection that did not ask for headers.
    #[error("message headers not supported")]
    HeadersNotSupported,
}

impl ProtocolError {
    /// The text between the quotes of `-ERR`, if the client is sent one.
    #[must_use]
    pub fn wire_text(&self) -> Option<&'static str> {
        match self {
            Self::UnknownOperation { .. } => Some("Unknown Protocol Operation"),
            Self::MaxControlLine { .. } => Some("maximum control line exceeded"),
            Self::MaxPayload { .. } => Some("Maximum Payload Violation"),
            Self::BadArguments { .. }
            | Self::BadSize { .. }
            | Self::HeaderLargerThanTotal { .. }
            | Self::HeadersNotSupported => None,
        }
    }

    /// The reason under which the connection is closed.
    #[must_use]
    pub fn closed_state(&self) -> ClosedState {
        match self {
            Self::MaxControlLine { .. } => ClosedState::MaxControlLineExceeded,
            Self::MaxPayload { .. } => ClosedState::MaxPayloadExceeded,
            _ => ClosedState::ProtocolViolation,
        }
    }
}
