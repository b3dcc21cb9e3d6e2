//! Accepting connections.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::ServerError;
use super::accept::Acceptor;
use super::connect_urls::advertised;
use crate::client::ServerContext;
use crate::collections::RateCounter;
use crate::platform::net;
use crate::protocol::constants::{ACCEPT_MAX_SLEEP, ACCEPT_MIN_SLEEP};

/// How often refused TLS connections are logged.
const REJECTED_INTERVAL: Duration = Duration::from_secs(1);

pub(super) struct Listening {
    pub(super) address: SocketAddr,
    pub(super) task: JoinHandle<()>,
}

pub(super) fn listen_for_clients(
    context: &Arc<ServerContext>,
    handle: &Handle,
    acceptor: Arc<Acceptor>,
) -> Result<Listening, ServerError> {
    let options = context.options();
    let port = u16::try_from(options.port).unwrap_or(0);
    let shown = join_host_port(&options.host, port);
    let error = |source| ServerError::Listen {
        address: shown.clone(),
        source,
    };
    let listener = bind(&options.host, port, handle).map_err(error)?;
    let address = listener.local_addr().map_err(error)?;
    let logger = &context.logger;
    logger.notice(format_args!(
        "Listening for client connections on {}",
        join_host_port(&options.host, address.port())
    ));
    if options.proxy_protocol {
        logger.notice(format_args!(
            "PROXY protocol enabled for client connections"
        ));
    }
    if let Some(tls) = &options.tls {
        logger.notice(format_args!("TLS required for client connections"));
        if tls.handshake_first && tls.handshake_first_fallback.is_none() {
            logger.warn(format_args!(
                "Clients that are not using \"TLS Handshake First\" option will fail to connect"
            ));
        }
    }
    let told = advertised(&options, address.port()).map_err(|source| ServerError::Advertise {
        value: options.client_advertise.clone(),
        source,
    })?;
    let (host, port) = told.unwrap_or_else(|| (options.host.clone(), address.port()));
    context.update_info(|info| {
        info.host = host;
        info.port = port;
    });
    let context = Arc::clone(context);
    let task = handle.spawn(async move { accept_loop(&listener, &context, acceptor).await });
    Ok(Listening { address, task })
}

fn bind(host: &str, port: u16, handle: &Handle) -> io::Result<TcpListener> {
    let address = (host, port)
        .to_socket_addrs()?
        .next()
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such host"))?;
    let _entered = handle.enter();
    net::listen(address)
}

async fn accept_loop(listener: &TcpListener, context: &ServerContext, acceptor: Arc<Acceptor>) {
    let mut pause = ACCEPT_MIN_SLEEP;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                pause = ACCEPT_MIN_SLEEP;
                spawn_client(stream, peer, Arc::clone(&acceptor));
            }
            Err(error) => match accept_error(context, "Client", &error, pause).await {
                Some(longer) => pause = longer,
                None => return,
            },
        }
    }
}

/// Logs that accepting a connection failed. If that may pass, waits for `pause` and
/// returns a longer one for the next time. `None` means that the server ends
/// (`acceptError`).
pub async fn accept_error(
    context: &ServerContext,
    name: &str,
    error: &io::Error,
    pause: Duration,
) -> Option<Duration> {
    if context.is_shutting_down() {
        return None;
    }
    if !is_temporary(error) {
        context
            .logger
            .error(format_args!("{name} Accept error: {error}"));
        return Some(pause);
    }
    context.logger.error(format_args!(
        "Temporary {name} Accept Error({error}), sleeping {}ms",
        pause.as_millis()
    ));
    tokio::select! {
        () = sleep(pause) => Some(longer(pause)),
        () = context.until_shutdown() => None,
    }
}

/// Whether the next connection may well be accepted.
fn is_temporary(error: &io::Error) -> bool {
    let kind = matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
            | io::ErrorKind::TimedOut
            | io::ErrorKind::WouldBlock
    );
    kind || matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
}

/// Logs now and then how many connections were refused because too many began a TLS
/// handshake (`logRejectedTLSConns`).
pub(super) async fn report_rejected(context: Arc<ServerContext>, rate: Arc<RateCounter>) {
    let mut ticks = tokio::time::interval(REJECTED_INTERVAL);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = context.until_shutdown() => return,
        }
        let rejected = rate.take_blocked();
        if rejected > 0 {
            context.logger.warn(format_args!(
                "Rejected {rejected} connections due to TLS rate limiting"
            ));
        }
    }
}

fn spawn_client(stream: TcpStream, peer: SocketAddr, acceptor: Arc<Acceptor>) {
    tokio::spawn(async move {
        // A socket that can not be set up will fail on its first use.
        let _ = stream.set_nodelay(true);
        acceptor.network(stream, net::canonical(peer)).await;
    });
}

fn longer(pause: Duration) -> Duration {
    (pause * 2).min(ACCEPT_MAX_SLEEP)
}

/// `host:port`, with brackets around an IPv6 address.
pub(super) fn join_host_port(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}
