//! A client from its acceptance to its end.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::time::timeout;

use super::context::ServerContext;
use super::handle::{Client, ClientAddress, ClientDetails, ClientState, TlsDetails};
use super::session::Session;
use crate::account::Account;
use crate::config::options::{ConnectionType, WriteTimeoutPolicy};
use crate::conn::{Kind, Link, LinkOwner, ReadBuffer, ReadHalf, Transport, run_write_loop};
use crate::logging::Level;
use crate::protocol::{ClosedState, ConnectOptions, Info};

/// Longest pause of a publisher whose receiver falls behind, for one read.
const STALL_MAX: Duration = Duration::from_millis(10);

/// What is known of a connection before the first byte of the protocol.
pub struct Accepted {
    /// The connection's id.
    pub id: u64,
    /// Where it comes from.
    pub address: ClientAddress,
    /// The nonce it was sent; empty if none.
    pub nonce: String,
    /// How it is connected.
    pub connection: ConnectionType,
    /// Its TLS, if it has any.
    pub tls: Option<TlsDetails>,
    /// Bytes that were read already.
    pub early: Vec<u8>,
    /// When it was accepted.
    pub started: Instant,
}

impl ServerContext {
    /// Remembers a connection that ended before it could speak the protocol.
    pub fn remember_refused(&self, accepted: &Accepted, reason: ClosedState) {
        self.counts
            .total_connections
            .fetch_add(1, Ordering::Relaxed);
        let age = accepted.started.elapsed();
        let now = SystemTime::now();
        let start = now.checked_sub(age).unwrap_or(now);
        let since_1970 = start.duration_since(UNIX_EPOCH).unwrap_or_default();
        let details = ClientDetails {
            id: accepted.id,
            kind: Kind::Client,
            address: accepted.address,
            start,
            last_activity_ns: i64::try_from(since_1970.as_nanos()).unwrap_or(i64::MAX),
            rtt: None,
            idle: age,
            pending_bytes: 0,
            in_msgs: 0,
            in_bytes: 0,
            out_msgs: 0,
            out_bytes: 0,
            stalls: 0,
            subscription_count: 0,
            subscriptions: Vec::new(),
            connect: ConnectOptions::default(),
            account: None,
            tls: None,
        };
        self.remember_closed(details, reason);
    }
}

/// Runs the protocol on a connection whose INFO has been sent, until it ends.
pub async fn run_client(context: Arc<ServerContext>, accepted: Accepted, transport: Transport) {
    let options = context.options();
    let auth_required = context.auth().is_required();
    // Before the link, whose first activity is its making.
    let start = SystemTime::now();
    let link = Arc::new(Link::new(accepted.id, Kind::Client, options.max_pending));
    let label = Client::first_label(accepted.address, accepted.id);
    let now = Instant::now();
    let state = ClientState {
        auth_deadline: auth_required.then(|| now + options.auth_timeout),
        next_ping: Some(now + options.ping_interval),
        subscriptions: HashMap::new(),
        max_subscriptions: (options.max_subscriptions > 0)
            .then_some(options.max_subscriptions as u64),
        label,
        ..ClientState::default()
    };
    let client = Arc::new(Client {
        link: Arc::clone(&link),
        address: accepted.address,
        start,
        in_msgs: AtomicU64::new(0),
        in_bytes: AtomicU64::new(0),
        max_payload: AtomicI64::new(i64::try_from(options.max_payload).unwrap_or(-1)),
        context: Arc::clone(&context),
        started: accepted.started,
        nonce: accepted.nonce,
        connection: accepted.connection,
        tls: accepted.tls,
        state: Mutex::new(state),
    });
    let owner: std::sync::Weak<dyn LinkOwner> = Arc::downgrade(&client) as _;
    link.set_owner(owner);
    let (read, write, socket) = transport.split();
    if let Some(socket) = socket {
        link.set_socket(socket);
    }
    context
        .counts
        .total_connections
        .fetch_add(1, Ordering::Relaxed);
    client.log(Level::Debug, format_args!("Client connection created"));
    let retry = options.write_timeout == WriteTimeoutPolicy::Retry;
    let writer = tokio::spawn(run_write_loop(
        Arc::clone(&link),
        write,
        options.write_deadline,
        retry,
    ));
    if !context.add_client(&client, options.max_connections) {
        client.log(Level::Error, format_args!("maximum connections exceeded"));
        link.send_bytes(b"-ERR 'maximum connections exceeded'\r\n");
        client.close(ClosedState::MaxConnectionsExceeded);
    } else if context.is_shutting_down() {
        client.close(ClosedState::ServerShutdown);
    } else {
        if !auth_required {
            // Until CONNECT says otherwise, the client is in the global account.
            let global = Arc::clone(context.accounts().global());
            global.add_client(link.id);
            client.lock().account = Some(global);
        }
        let session = Session::new(Arc::clone(&client), auth_required);
        read_loop(&client, session, read, accepted.early).await;
    }
    client.clean_up();
    if let Err(error) = writer.await
        && error.is_panic()
    {
        client.log(
            Level::Error,
            format_args!("the writer task ended with a panic"),
        );
    }
}

async fn read_loop(client: &Arc<Client>, mut session: Session, mut from: ReadHalf, early: Vec<u8>) {
    let mut buffer = ReadBuffer::with_bytes(early);
    if !buffer.is_empty() {
        buffer.consume_kept(|input| session.on_input(input));
    }
    while !session.is_stopped() {
        let read = match &from {
            // Closing shuts the socket down, which ends the read.
            ReadHalf::Tcp(_) => {
                buffer
                    .read(&mut from, |input| session.on_input(input))
                    .await
            }
            ReadHalf::Boxed(_) => {
                let read = buffer.read(&mut from, |input| session.on_input(input));
                tokio::select! {
                    read = read => read,
                    () = client.link.until_closing() => return,
                }
            }
        };
        match read {
            Ok(0) => {
                client.close(ClosedState::ClientClosed);
                return;
            }
            Err(_) => {
                client.close(ClosedState::ReadError);
                return;
            }
            Ok(_) => {}
        }
        if let Some(slow) = session.take_stalled()
            && !client.context.options().no_fast_producer_stall
        {
            slow.stalls.fetch_add(1, Ordering::Relaxed);
            client
                .context
                .counts
                .stalled_clients
                .fetch_add(1, Ordering::Relaxed);
            if timeout(STALL_MAX, slow.outbound().drained()).await.is_err() {
                client.log(
                    Level::Debug,
                    format_args!("Timed out of fast producer stall ({STALL_MAX:?})"),
                );
            }
        }
    }
}

impl Client {
    /// The INFO for this client.
    pub(super) fn info(&self) -> Info {
        let mut info = (*self.context.info()).clone();
        info.client_id = self.link.id;
        info.client_ip = self
            .address
            .ip()
            .map(|ip| ip.to_string())
            .unwrap_or_default();
        info.max_payload = self.max_payload.load(Ordering::Relaxed);
        info
    }

    /// The INFO that follows CONNECT.
    pub(super) fn connect_info(&self, account: &Arc<Account>) -> Vec<u8> {
        let mut info = self.info();
        info.remote_account = account.name().to_owned();
        info.acc_is_sys = self.context.is_system_account(account);
        info.connect_info = true;
        info.to_line()
    }

    /// Sends the server's INFO again, if the client understands that.
    pub fn send_info(&self) {
        let wants = {
            let state = self.lock();
            state.connected && state.connect.protocol >= 1 && state.first_pong_sent
        };
        if wants {
            self.link.send_bytes(&self.info().to_line());
        }
    }
}
