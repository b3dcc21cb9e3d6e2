//! What a client is told with `-ERR`, and why a connection ended.

use thiserror::Error;

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

macro_rules! closed_states {
    ($($name:ident => $text:literal,)*) => {
        /// Why a connection was closed (`ClosedState` in `client.go`; texts of
        /// `monitor.go`).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "the text beside each name says what it means")]
        pub enum ClosedState { $($name,)* }

        impl ClosedState {
            /// The text in monitoring and events.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

closed_states! {
    ClientClosed => "Client Closed",
    AuthenticationTimeout => "Authentication Timeout",
    AuthenticationViolation => "Authentication Failure",
    TlsHandshakeError => "TLS Handshake Failure",
    SlowConsumerPendingBytes => "Slow Consumer (Pending Bytes)",
    SlowConsumerWriteDeadline => "Slow Consumer (Write Deadline)",
    WriteError => "Write Error",
    ReadError => "Read Error",
    ParseError => "Parse Error",
    StaleConnection => "Stale Connection",
    ProtocolViolation => "Protocol Violation",
    BadClientProtocolVersion => "Bad Client Protocol Version",
    WrongPort => "Incorrect Port",
    MaxAccountConnectionsExceeded => "Maximum Account Connections Exceeded",
    MaxConnectionsExceeded => "Maximum Connections Exceeded",
    MaxPayloadExceeded => "Maximum Message Payload Exceeded",
    MaxControlLineExceeded => "Maximum Control Line Exceeded",
    MaxSubscriptionsExceeded => "Maximum Subscriptions Exceeded",
    DuplicateRoute => "Duplicate Route",
    RouteRemoved => "Route Removed",
    ServerShutdown => "Server Shutdown",
    AuthenticationExpired => "Authentication Expired",
    WrongGateway => "Wrong Gateway",
    MissingAccount => "Missing Account",
    Revocation => "Credentials Revoked",
    InternalClient => "Internal Client",
    MsgHeaderViolation => "Message Header Violation",
    NoRespondersRequiresHeaders => "No Responders Requires Headers",
    ClusterNameConflict => "Cluster Name Conflict",
    DuplicateRemoteLeafnodeConnection => "Duplicate Remote LeafNode Connection",
    DuplicateClientId => "Duplicate Client ID",
    DuplicateServerName => "Duplicate Server Name",
    MinimumVersionRequired => "Minimum Version Required",
    ClusterNamesIdentical => "Cluster Names Identical",
    Kicked => "Kicked",
    ProxyNotTrusted => "Proxy Not Trusted",
    ProxyRequired => "Proxy Required",
}
