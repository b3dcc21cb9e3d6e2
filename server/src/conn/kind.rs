//! What is at the other end of a connection.

/// The kind of a connection (`client.go`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A client.
    Client,
    /// A server of the same cluster.
    Router,
    /// A server of another cluster.
    Gateway,
    /// A leafnode.
    Leaf,
    /// The server's own system messages.
    System,
    /// JetStream within the server.
    JetStream,
    /// Service imports of an account within the server.
    Account,
}

impl Kind {
    /// The name in log lines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "Client",
            Self::Router => "Router",
            Self::Gateway => "Gateway",
            Self::Leaf => "Leafnode",
            Self::System => "System",
            Self::JetStream => "JetStream",
            Self::Account => "Account",
        }
    }
}
