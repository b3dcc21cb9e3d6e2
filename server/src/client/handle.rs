//! A client as others see it.

use std::collections::HashMap;
use std::fmt::{self, Arguments};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rustls::pki_types::CertificateDer;

use super::context::ServerContext;
use super::shadow::Shadow;
use crate::account::{Account, Subscription, SubscriptionDetails};
use crate::auth::ClientPermissions;
use crate::config::options::ConnectionType;
use crate::conn::{Kind, Link};
use crate::logging::Level;
use crate::protocol::ConnectOptions;

/// Where a client is connected from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAddress {
    /// Over TCP.
    Network(SocketAddr),
    /// From inside the process.
    InProcess,
}

impl ClientAddress {
    /// The address, unless it is the process itself.
    #[must_use]
    pub fn network(self) -> Option<SocketAddr> {
        match self {
            Self::Network(address) => Some(address),
            Self::InProcess => None,
        }
    }

    /// The address without the port.
    #[must_use]
    pub fn ip(self) -> Option<IpAddr> {
        match self {
            Self::Network(address) => Some(address.ip()),
            Self::InProcess => None,
        }
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(address) => address.fmt(f),
            Self::InProcess => f.write_str("pipe"),
        }
    }
}

/// One client. Its reader task changes it; others look at it or end it.
pub struct Client {
    /// The connection.
    pub link: Arc<Link>,
    /// Where it comes from.
    pub address: ClientAddress,
    /// When it was accepted.
    pub start: SystemTime,
    /// Messages received from it.
    pub in_msgs: AtomicU64,
    /// Bytes of those messages.
    pub in_bytes: AtomicU64,
    /// Largest payload in bytes it may send; negative is no limit.
    pub max_payload: AtomicI64,
    pub(super) context: Arc<ServerContext>,
    pub(super) started: Instant,
    pub(super) nonce: String,
    pub(super) connection: ConnectionType,
    pub(super) tls: OnceLock<TlsDetails>,
    pub(super) state: Mutex<ClientState>,
    /// Counts changes that the reader has to look up.
    pub(super) epoch: AtomicU64,
}

/// TLS of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsDetails {
    /// Protocol version.
    pub version: String,
    /// Cipher suite.
    pub cipher_suite: String,
    /// Whether the handshake came before INFO.
    pub first: bool,
    /// Names in the client's certificate that users may be called, best first.
    pub certificate_names: Vec<String>,
    /// The certificates that the client presented.
    pub peer_certificates: Arc<[CertificateDer<'static>]>,
}

/// The part of a client that changes.
#[derive(Default)]
pub struct ClientState {
    /// What CONNECT said.
    pub connect: ConnectOptions,
    /// Whether CONNECT was received.
    pub connected: bool,
    pub(super) first_pong_sent: bool,
    /// Whether CONNECT must come before anything else, and when it is too late.
    pub(super) auth_deadline: Option<Instant>,
    pub(super) expires: Option<Instant>,
    pub(super) next_ping: Option<Instant>,
    pub(super) pings_out: u32,
    pub(super) ping_sent: Option<Instant>,
    pub(super) last_in: Option<Instant>,
    /// Round-trip time as last measured.
    pub rtt: Option<Duration>,
    pub(super) subscriptions: HashMap<Box<[u8]>, Arc<Subscription>>,
    /// What stands for the subscriptions in accounts whose streams are imported, by
    /// subscription id.
    pub(super) shadows: HashMap<Box<[u8]>, Vec<Shadow>>,
    pub(super) max_subscriptions: Option<u64>,
    /// The account.
    pub account: Option<Arc<Account>>,
    pub(super) permissions: Option<Arc<ClientPermissions>>,
    /// The trusted proxy that the client comes through.
    pub(super) proxy: Option<String>,
    /// Reply subjects that may be answered, with when they came and how often
    /// they were answered.
    pub(super) replies: HashMap<Box<[u8]>, (Instant, i64)>,
    pub(super) label: Arc<str>,
    /// A write took too long once and was tried again.
    pub(super) is_slow: bool,
}

/// A snapshot of a client for monitoring.
#[derive(Debug, Clone)]
#[expect(
    missing_docs,
    reason = "the names are those of the monitoring endpoint"
)]
pub struct ClientDetails {
    pub id: u64,
    pub kind: Kind,
    pub address: ClientAddress,
    pub start: SystemTime,
    pub last_activity_ns: i64,
    pub rtt: Option<Duration>,
    pub idle: Duration,
    pub pending_bytes: u64,
    pub in_msgs: u64,
    pub in_bytes: u64,
    pub out_msgs: u64,
    pub out_bytes: u64,
    pub stalls: u64,
    pub subscription_count: usize,
    pub subscriptions: Vec<SubscriptionDetails>,
    pub connect: ConnectOptions,
    pub account: Option<String>,
    pub proxy: Option<String>,
    pub tls: Option<TlsDetails>,
}

impl Client {
    pub(super) fn lock(&self) -> MutexGuard<'_, ClientState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn first_label(address: ClientAddress, id: u64) -> Arc<str> {
        format!("{address} - cid:{id}").into()
    }

    /// The nonce that it was sent; empty if none.
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// Its TLS, once the handshake is done.
    #[must_use]
    pub fn tls(&self) -> Option<&TlsDetails> {
        self.tls.get()
    }

    /// How the client is named in log lines.
    #[must_use]
    pub fn label(&self) -> Arc<str> {
        Arc::clone(&self.lock().label)
    }

    pub(crate) fn log(&self, level: Level, message: Arguments<'_>) {
        let wanted = match level {
            Level::Debug => self.context.logger.is_debug(),
            Level::Trace => self.context.logger.is_trace(),
            _ => true,
        };
        if wanted {
            self.context
                .logger
                .log(level, format_args!("{} - {message}", self.label()));
        }
    }

    /// Logs a line that many clients may have to log at once, such as that there
    /// are too many: for a second only the first of an account is written
    /// (`RateLimitErrorf` and its like).
    pub fn log_limited(&self, level: Level, message: Arguments<'_>) {
        self.log_limited_as(level, &message.to_string(), message);
    }

    /// The same for lines that differ in figures alone: `key` is what they have in
    /// common (`rateLimitFormatWarnf`).
    pub fn log_limited_as(&self, level: Level, key: &str, message: Arguments<'_>) {
        let mut account = String::new();
        let mut user = String::new();
        let label = {
            let state = self.lock();
            if state.connected {
                if let Some(label) = state.connect.user_label() {
                    user = format!(" - {label}");
                }
                if let Some(known) = &state.account {
                    account = format!(" - Account:{}", known.name());
                }
            }
            Arc::clone(&state.label)
        };
        self.context.logger.limited(
            level,
            &format!("{key}{account}"),
            format_args!("{label} - {message}{account}{user}"),
        );
    }

    /// The name of the client's account, once it has one.
    #[must_use]
    pub fn account_name(&self) -> Option<String> {
        let state = self.lock();
        state
            .account
            .as_ref()
            .map(|account| account.name().to_owned())
    }

    /// What monitoring shows of the client, with at most that many subscriptions.
    #[must_use]
    pub fn details(&self, subscriptions_max: usize) -> ClientDetails {
        let state = self.lock();
        ClientDetails {
            id: self.link.id,
            kind: self.link.kind,
            address: self.address,
            start: self.start,
            last_activity_ns: self.link.last_activity_ns(),
            rtt: state.rtt,
            idle: state
                .last_in
                .map_or_else(|| self.started.elapsed(), |at| at.elapsed()),
            pending_bytes: self.link.outbound().pending(),
            in_msgs: self.in_msgs.load(Ordering::Relaxed),
            in_bytes: self.in_bytes.load(Ordering::Relaxed),
            out_msgs: self.link.out_msgs.load(Ordering::Relaxed),
            out_bytes: self.link.out_bytes.load(Ordering::Relaxed),
            stalls: self.link.stalls.load(Ordering::Relaxed),
            subscription_count: state.subscriptions.len(),
            subscriptions: state
                .subscriptions
                .values()
                .take(subscriptions_max)
                .map(|subscription| subscription.details())
                .collect(),
            connect: state.connect.clone(),
            account: state
                .account
                .as_ref()
                .map(|account| account.name().to_owned()),
            proxy: state.proxy.clone(),
            tls: self.tls.get().cloned(),
        }
    }
}

impl ClientState {
    /// Takes a subscription out, and gives back memory that many others left.
    pub(super) fn remove_subscription(&mut self, sid: &[u8]) -> Option<Arc<Subscription>> {
        let removed = self.subscriptions.remove(sid);
        let (used, room) = (self.subscriptions.len(), self.subscriptions.capacity());
        if room > SHRINK_ABOVE && used * SHRINK_FACTOR < room {
            self.subscriptions.shrink_to(used * 2);
        }
        removed
    }

    /// Whether there are as many subscriptions as there may be (`subsAtLimit`).
    pub(super) fn is_at_subscription_limit(&self) -> bool {
        self.max_subscriptions
            .is_some_and(|max| self.subscriptions.len() as u64 >= max)
    }
}

impl ClientDetails {
    /// Who the client says it is; a token is not told.
    #[must_use]
    pub fn raw_user(&self) -> String {
        self.connect.raw_user().to_owned()
    }
}

/// A table of subscriptions that is emptier than this gives memory back...
const SHRINK_FACTOR: usize = 8;

/// ... unless it is small.
const SHRINK_ABOVE: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_of_the_network_or_of_the_process() {
        let socket: SocketAddr = "[::1]:77".parse().unwrap();
        let network = ClientAddress::Network(socket);
        assert_eq!(network.network(), Some(socket));
        assert_eq!(network.ip(), Some(socket.ip()));
        assert_eq!(network.to_string(), "[::1]:77");
        let inside = ClientAddress::InProcess;
        assert_eq!((inside.network(), inside.ip()), (None, None));
        assert_eq!(inside.to_string(), "pipe");
    }
}
