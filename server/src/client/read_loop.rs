//! The reader of a client: from its first byte to its end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::task::yield_now;
use tokio::time::timeout;

use super::handle::Client;
use super::session::Session;
use crate::account::Account;
use crate::config::options::WriteTimeoutPolicy;
use crate::conn::{Link, ReadBuffer, ReadHalf, Transport, run_write_loop};
use crate::logging::Level;
use crate::protocol::{ClosedState, Info};

/// After this many bytes other tasks of the thread get to run, however much there is to
/// read. The runtime itself would see to it after 128 reads.
const TURN: usize = 1024 * 1024;
/// Longest pause of a publisher whose receiver falls behind, for one read.
const STALL_MAX: Duration = Duration::from_millis(10);
/// A pause of this length is logged (`stallClientMaxDuration`).
const STALL_REPORT: Duration = Duration::from_millis(5);

/// Runs the protocol on the connection of a registered client whose INFO has been
/// sent, until it ends. `early` is what was read already.
pub async fn run_client(client: Arc<Client>, transport: Transport, early: Vec<u8>) {
    let context = Arc::clone(&client.context);
    let options = context.options();
    let auth_required = context.auth().is_required();
    let now = Instant::now();
    {
        let mut state = client.lock();
        state.auth_deadline = auth_required.then(|| now + options.auth_timeout);
        state.next_ping = Some(now + options.ping_interval);
    }
    let link = Arc::clone(&client.link);
    let (read, write, socket) = transport.split();
    if let Some(socket) = socket {
        link.set_socket(socket);
    }
    let retry = client.write_timeout_policy() == WriteTimeoutPolicy::Retry;
    let writer = tokio::spawn(run_write_loop(
        Arc::clone(&link),
        write,
        options.write_deadline,
        retry,
    ));
    if !link.is_closing() {
        if !auth_required {
            // Until CONNECT says otherwise, the client is in the global account.
            let global = Arc::clone(context.accounts().global());
            global.add_client(link.id);
            client.lock().account = Some(global);
        }
        let session = Session::new(Arc::clone(&client), auth_required);
        read_loop(&client, session, read, early).await;
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
    // Bytes read since others got to run.
    let mut turn = 0;
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
        let count = match read {
            Ok(0) => {
                client.close(ClosedState::ClientClosed);
                return;
            }
            Err(_) => {
                client.close(ClosedState::ReadError);
                return;
            }
            Ok(count) => count,
        };
        if let Some(slow) = session.take_stalled()
            && !client.context.options().no_fast_producer_stall
        {
            wait_for(client, &slow).await;
        }
        turn += count;
        if session.take_backlog() || turn >= TURN {
            turn = 0;
            yield_now().await;
        }
        let took = session.read_at.elapsed();
        if took >= client.context.read_loop_report() {
            client.log(
                Level::Warn,
                format_args!("Readloop processing time: {took:?}"),
            );
        }
    }
}

/// Lets a publisher wait for a receiver that it is too fast for (`stalledWait`).
async fn wait_for(client: &Client, slow: &Link) {
    slow.stalls.fetch_add(1, Ordering::Relaxed);
    let counts = &client.context.counts;
    counts.stalled_clients.fetch_add(1, Ordering::Relaxed);
    let start = Instant::now();
    if timeout(STALL_MAX, slow.outbound().drained()).await.is_err() {
        client.log(
            Level::Debug,
            format_args!("Timed out of fast producer stall ({STALL_MAX:?})"),
        );
    }
    let waited = start.elapsed();
    if waited >= STALL_REPORT {
        client.log_limited_as(
            Level::Warn,
            "Producer was stalled for a total of %v",
            format_args!(
                "Producer was stalled for a total of {}ms",
                waited.as_millis()
            ),
        );
    }
}

impl Client {
    /// What happens when a write takes longer than its deadline.
    #[must_use]
    pub fn write_timeout_policy(&self) -> WriteTimeoutPolicy {
        let configured = self.context.options().write_timeout;
        configured.or(WriteTimeoutPolicy::Close)
    }

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

    /// Sends the server's INFO again, if the client understands that; with
    /// `lame_duck`, it says that the server is about to leave. Returns whether it was
    /// sent.
    pub fn send_info(&self, lame_duck: bool) -> bool {
        let wants = {
            let state = self.lock();
            state.connected && state.connect.protocol >= 1 && state.first_pong_sent
        };
        if wants {
            let mut info = self.info();
            info.ldm = lame_duck;
            self.link.send_bytes(&info.to_line());
        }
        wants
    }
}
