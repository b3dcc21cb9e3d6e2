//! A client from its acceptance until its protocol can be spoken.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Instant, SystemTime};

use super::context::ServerContext;
use super::handle::{Client, ClientAddress, ClientState, TlsDetails};
use crate::config::options::ConnectionType;
use crate::conn::{Kind, Link, LinkOwner};
use crate::logging::Level;
use crate::protocol::ClosedState;

/// What is known of a connection when it is accepted.
pub struct Accepted {
    /// The connection's id.
    pub id: u64,
    /// Where it comes from.
    pub address: ClientAddress,
    /// The nonce it is sent; empty if none.
    pub nonce: String,
    /// How it is connected.
    pub connection: ConnectionType,
    /// When it was accepted.
    pub started: Instant,
}

/// Why a client was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There are as many as there may be.
    TooMany,
    /// The server ends.
    ShuttingDown,
}

impl Refused {
    /// What the client is told, if it is.
    #[must_use]
    pub fn wire_text(self) -> Option<&'static str> {
        match self {
            Self::TooMany => Some("maximum connections exceeded"),
            Self::ShuttingDown => None,
        }
    }
}

impl Client {
    /// The client of a connection that was accepted. Nobody else knows it yet.
    #[must_use]
    pub fn new(context: &Arc<ServerContext>, accepted: Accepted) -> Arc<Self> {
        let options = context.options();
        // Before the link, whose first activity is its making.
        let start = SystemTime::now();
        let link = Arc::new(Link::new(accepted.id, Kind::Client, options.max_pending));
        let state = ClientState {
            max_subscriptions: (options.max_subscriptions > 0)
                .then_some(options.max_subscriptions as u64),
            label: Self::first_label(accepted.address, accepted.id),
            ..ClientState::default()
        };
        let client = Arc::new(Self {
            link: Arc::clone(&link),
            address: accepted.address,
            start,
            in_msgs: AtomicU64::new(0),
            in_bytes: AtomicU64::new(0),
            max_payload: AtomicI64::new(i64::try_from(options.max_payload).unwrap_or(-1)),
            context: Arc::clone(context),
            started: accepted.started,
            nonce: accepted.nonce,
            connection: accepted.connection,
            tls: OnceLock::new(),
            state: Mutex::new(state),
            epoch: AtomicU64::new(0),
        });
        let owner: std::sync::Weak<dyn LinkOwner> = Arc::downgrade(&client) as _;
        link.set_owner(owner);
        context
            .counts
            .total_connections
            .fetch_add(1, Ordering::Relaxed);
        client.log(Level::Debug, format_args!("Client connection created"));
        client
    }

    /// Makes the client one of the server's. From here on it can be looked up and
    /// closed, whatever state its connection is in.
    ///
    /// # Errors
    ///
    /// [`Refused`] if it can not; it is closing then.
    pub fn register(self: &Arc<Self>) -> Result<(), Refused> {
        let context = &self.context;
        let refused = if !context.add_client(self, context.options().max_connections) {
            self.log_limited(Level::Error, format_args!("maximum connections exceeded"));
            self.close(ClosedState::MaxConnectionsExceeded);
            Refused::TooMany
        } else if context.is_shutting_down() {
            self.close(ClosedState::ServerShutdown);
            Refused::ShuttingDown
        } else {
            return Ok(());
        };
        Err(refused)
    }

    /// Notes what the TLS handshake brought. Only the first call counts.
    pub fn set_tls(&self, details: TlsDetails) {
        let _ = self.tls.set(details);
    }

    /// Ends a client whose protocol was never spoken.
    pub fn abandon(self: &Arc<Self>, reason: ClosedState) {
        self.close(reason);
        self.clean_up();
    }
}
