//! The part of a connection that everybody else may touch.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::Notify;

use super::kind::Kind;
use super::outbound::{Outbound, Queued};
use super::staged::Staged;
use crate::protocol::ClosedState;

/// How a receiver does not keep up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlowConsumer {
    /// More waits for it than may.
    PendingBytes,
    /// A write took too long.
    WriteDeadline {
        /// In how many pieces the output was.
        pieces: usize,
        /// How many bytes that was.
        bytes: u64,
        /// Whether the connection is closed for it.
        closing: bool,
    },
}

/// What a connection's owner does when others act on the connection.
pub trait LinkOwner: Send + Sync {
    /// Called by the writer task when a deadline passes, and once at its start.
    /// Returns the next deadline, if there is one.
    fn on_deadline(&self, now: Instant) -> Option<Instant>;

    /// The subscription `sid` has received all it may.
    fn subscription_is_done(&self, sid: &[u8]);

    /// The receiver does not keep up.
    fn on_slow_consumer(&self, slow: SlowConsumer);

    /// A message with a reply subject was delivered to a connection that tracks
    /// them ([`Link::set_tracks_replies`]).
    fn track_reply(&self, reply: &[u8]);

    /// A message is delivered while traces are on: its first line without the line
    /// end, and its headers and payload.
    fn trace_delivery(&self, line: &[u8], body: &[u8], header_len: Option<usize>);
}

/// A connection as others see it: where to send to it, what it can take, and how
/// to end it.
pub struct Link {
    /// The connection's id, unique in this server.
    pub id: u64,
    /// What is at the other end.
    pub kind: Kind,
    /// Messages sent to it.
    pub out_msgs: AtomicU64,
    /// Bytes of those messages.
    pub out_bytes: AtomicU64,
    /// How often publishers had to wait for it.
    pub stalls: AtomicU64,
    headers: AtomicBool,
    echo: AtomicBool,
    trace: AtomicBool,
    tracks_replies: AtomicBool,
    deadline_changed: AtomicBool,
    last_activity_ns: AtomicI64,
    outbound: Outbound,
    socket: OnceLock<Arc<OwnedWriteHalf>>,
    closing: OnceLock<ClosedState>,
    closed: Notify,
    owner: OnceLock<Weak<dyn LinkOwner>>,
}

impl Link {
    /// A link for the connection `id`. Its output waits until a writer task runs.
    #[must_use]
    pub fn new(id: u64, kind: Kind, max_pending: u64) -> Self {
        Self {
            id,
            kind,
            out_msgs: AtomicU64::new(0),
            out_bytes: AtomicU64::new(0),
            stalls: AtomicU64::new(0),
            headers: AtomicBool::new(false),
            echo: AtomicBool::new(true),
            trace: AtomicBool::new(false),
            tracks_replies: AtomicBool::new(false),
            deadline_changed: AtomicBool::new(false),
            last_activity_ns: AtomicI64::new(unix_nanos()),
            outbound: Outbound::new(max_pending),
            socket: OnceLock::new(),
            closing: OnceLock::new(),
            closed: Notify::new(),
            owner: OnceLock::new(),
        }
    }

    /// Names who is told of deadlines and ended subscriptions. Only the first
    /// call counts.
    pub fn set_owner(&self, owner: Weak<dyn LinkOwner>) {
        let _ = self.owner.set(owner);
    }

    /// The owner, unless it is gone.
    #[must_use]
    pub fn owner(&self) -> Option<Arc<dyn LinkOwner>> {
        self.owner.get()?.upgrade()
    }

    /// Lets whoever queues output write to `socket` at once. Only for plain TCP.
    pub fn set_socket(&self, socket: Arc<OwnedWriteHalf>) {
        let _ = self.socket.set(socket);
    }

    /// The outbound queue.
    #[must_use]
    pub fn outbound(&self) -> &Outbound {
        &self.outbound
    }

    /// Whether the other end takes message headers.
    #[must_use]
    #[inline]
    pub fn headers(&self) -> bool {
        self.headers.load(Ordering::Relaxed)
    }

    /// Sets whether the other end takes message headers.
    pub fn set_headers(&self, headers: bool) {
        self.headers.store(headers, Ordering::Relaxed);
    }

    /// Whether the other end wants its own messages back.
    #[must_use]
    #[inline]
    pub fn echo(&self) -> bool {
        self.echo.load(Ordering::Relaxed)
    }

    /// Sets whether the other end wants its own messages back.
    pub fn set_echo(&self, echo: bool) {
        self.echo.store(echo, Ordering::Relaxed);
    }

    /// Whether this connection's protocol is traced.
    #[must_use]
    #[inline]
    pub fn trace(&self) -> bool {
        self.trace.load(Ordering::Relaxed)
    }

    /// Sets whether this connection's protocol is traced.
    pub fn set_trace(&self, trace: bool) {
        self.trace.store(trace, Ordering::Relaxed);
    }

    /// Whether the owner is told of reply subjects delivered.
    #[must_use]
    #[inline]
    pub fn tracks_replies(&self) -> bool {
        self.tracks_replies.load(Ordering::Relaxed)
    }

    /// Sets whether the owner is told of reply subjects delivered.
    pub fn set_tracks_replies(&self, tracks: bool) {
        self.tracks_replies.store(tracks, Ordering::Relaxed);
    }

    /// Time of the last message in or out, in nanoseconds since 1970.
    #[must_use]
    pub fn last_activity_ns(&self) -> i64 {
        self.last_activity_ns.load(Ordering::Relaxed)
    }

    /// Notes a message in or out.
    pub fn touch(&self, now_ns: i64) {
        self.last_activity_ns.store(now_ns, Ordering::Relaxed);
    }

    /// Queues output and leaves `staged` empty. A client that can not keep up is
    /// closed.
    pub fn send(&self, staged: &mut Staged) -> Queued {
        let socket = self.socket.get().map(Arc::as_ref);
        let queued = self
            .outbound
            .push(staged, socket, self.kind == Kind::Client);
        if queued == Queued::Overflow && !self.is_closing() {
            if let Some(owner) = self.owner() {
                owner.on_slow_consumer(SlowConsumer::PendingBytes);
            }
            self.close(ClosedState::SlowConsumerPendingBytes);
        }
        queued
    }

    /// Queues a single line.
    pub fn send_bytes(&self, bytes: &[u8]) -> Queued {
        let mut staged = Staged::default();
        staged.buffer().extend_from_slice(bytes);
        self.send(&mut staged)
    }

    /// Lets the writer task ask its owner for the deadline again.
    pub fn deadline_changed(&self) {
        self.deadline_changed.store(true, Ordering::Release);
        self.outbound.wake.notify_one();
    }

    pub(super) fn take_deadline_changed(&self) -> bool {
        self.deadline_changed.swap(false, Ordering::AcqRel)
    }

    /// Begins to close the connection. The first reason counts; returns whether
    /// this was it.
    pub fn close(&self, reason: ClosedState) -> bool {
        let first = self.closing.set(reason).is_ok();
        let flush = !matches!(
            reason,
            ClosedState::ReadError
                | ClosedState::WriteError
                | ClosedState::SlowConsumerPendingBytes
                | ClosedState::SlowConsumerWriteDeadline
                | ClosedState::TlsHandshakeError
        );
        self.outbound.close(flush);
        self.closed.notify_one();
        if !flush && let Some(socket) = self.socket.get() {
            // Nothing more is to be sent, so a writer that waits for the socket
            // must not hold things up. An error means that the socket is gone.
            let _ =
                socket2::SockRef::from(socket.as_ref().as_ref()).shutdown(std::net::Shutdown::Both);
        }
        first
    }

    /// Why the connection is closing, if it is.
    #[must_use]
    pub fn closing(&self) -> Option<ClosedState> {
        self.closing.get().copied()
    }

    /// Whether the connection is closing.
    #[must_use]
    #[inline]
    pub fn is_closing(&self) -> bool {
        self.closing.get().is_some()
    }

    /// Waits until the connection is closing. For one waiter.
    pub async fn until_closing(&self) {
        while !self.is_closing() {
            self.closed.notified().await;
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Nanoseconds since 1970.
fn unix_nanos() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
