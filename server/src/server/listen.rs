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
use crate::client::ServerContext;
use crate::logging::Logger;
use crate::platform::net;
use crate::protocol::constants::{ACCEPT_MAX_SLEEP, ACCEPT_MIN_SLEEP};

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
    let (host, advertised) = match advertised(&options.client_advertise, address.port()) {
        Some(advertised) => advertised,
        None => (options.host.clone(), address.port()),
    };
    context.update_info(|info| {
        info.host = host;
        info.port = advertised;
    });
    let context = Arc::clone(context);
    let task = handle.spawn(async move { accept_loop(&listener, &context.logger, acceptor).await });
    Ok(Listening { address, task })
}

/// `host:port` to tell clients, with the listen port if it names none.
fn advertised(advertise: &str, port: u16) -> Option<(String, u16)> {
    if advertise.is_empty() {
        return None;
    }
    match advertise.rsplit_once(':') {
        Some((host, port)) => Some((host.to_owned(), port.parse().ok()?)),
        None => Some((advertise.to_owned(), port)),
    }
}

fn bind(host: &str, port: u16, handle: &Handle) -> io::Result<TcpListener> {
    let address = (host, port)
        .to_socket_addrs()?
        .next()
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such host"))?;
    let _entered = handle.enter();
    net::listen(address)
}

async fn accept_loop(listener: &TcpListener, logger: &Logger, acceptor: Arc<Acceptor>) {
    let mut pause = ACCEPT_MIN_SLEEP;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                pause = ACCEPT_MIN_SLEEP;
                spawn_client(stream, peer, Arc::clone(&acceptor));
            }
            Err(error) => {
                logger.error(format_args!(
                    "Temporary Client Accept Error ({error}), sleeping {}ms",
                    pause.as_millis()
                ));
                sleep(pause).await;
                pause = longer(pause);
            }
        }
    }
}

fn spawn_client(stream: TcpStream, peer: SocketAddr, acceptor: Arc<Acceptor>) {
    tokio::spawn(async move {
        // A socket that can not be set up will fail on its first use.
        let _ = stream.set_nodelay(true);
        acceptor.network(stream, peer).await;
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
