//! What happens to a connection before its first operation: INFO, TLS, PROXY.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::ServerError;
use crate::auth::{self, certificate_names};
use crate::client::{
    Accepted, Client, ClientAddress, Refused, ServerContext, TlsDetails, run_client,
};
use crate::collections::RateCounter;
use crate::config::options::{ConnectionType, TlsOptions};
use crate::conn::tls::{cipher_suite_name, is_pinned, server_config, version_name};
use crate::conn::{Prefixed, Socket, Transport};
use crate::logging::Level;
use crate::protocol::constants::TLS_HANDSHAKE_FIRST_FALLBACK_DELAY;
use crate::protocol::{ClosedState, Info, ProxiedAddresses, ProxyHeader, ProxyHeaderError};

/// First byte of a TLS handshake.
const TLS_HANDSHAKE: u8 = 0x16;
/// How long a PROXY header may take.
const PROXY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a client may take to read INFO.
const INFO_TIMEOUT: Duration = Duration::from_secs(10);
/// How much is read to see what a client begins with.
const PEEK_MAX: usize = 64;

/// Turns accepted connections into clients.
pub(super) struct Acceptor {
    context: Arc<ServerContext>,
    tls: RwLock<Option<Arc<ServerConfig>>>,
    /// New TLS connections per second, if they are limited.
    pub(super) rate: Option<Arc<RateCounter>>,
}

/// TLS as one connection meets it.
struct Security<'a> {
    config: &'a Arc<ServerConfig>,
    options: &'a TlsOptions,
}

impl Acceptor {
    pub(super) fn new(context: Arc<ServerContext>) -> Result<Self, ServerError> {
        let options = context.options();
        let tls = options.tls.as_ref().map(server_config).transpose()?;
        let limit = options
            .tls
            .as_ref()
            .map_or(0, |tls| tls.connection_rate_limit);
        let rate = (limit > 0).then(|| Arc::new(RateCounter::new(limit)));
        let tls = RwLock::new(tls);
        Ok(Self { context, tls, rate })
    }

    /// Lets clients that come from now on see another TLS.
    pub(super) fn set_tls(&self, tls: Option<Arc<ServerConfig>>) {
        *self.tls.write().unwrap_or_else(PoisonError::into_inner) = tls;
    }

    fn tls(&self) -> Option<Arc<ServerConfig>> {
        self.tls
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) async fn network(&self, stream: TcpStream, peer: SocketAddr) {
        let accepted = self.begin(ClientAddress::Network(peer), ConnectionType::Standard);
        let socket = Socket::Tcp(stream);
        if self.context.options().proxy_protocol {
            self.proxied(socket, accepted).await;
        } else {
            let client = Client::new(&self.context, accepted);
            self.direct(socket, client, false).await;
        }
    }

    pub(super) async fn in_process(&self, stream: DuplexStream) {
        let accepted = self.begin(ClientAddress::InProcess, ConnectionType::InProcess);
        let client = Client::new(&self.context, accepted);
        self.direct(Socket::Pipe(stream), client, true).await;
    }

    fn begin(&self, address: ClientAddress, connection: ConnectionType) -> Accepted {
        let needs_nonce =
            self.context.auth().needs_nonce() || self.context.options().always_enable_nonce;
        Accepted {
            id: self.context.next_id(),
            address,
            nonce: if needs_nonce {
                auth::nonce()
            } else {
                String::new()
            },
            connection,
            started: Instant::now(),
        }
    }

    fn info(&self, id: u64, address: ClientAddress, nonce: &str) -> Info {
        let options = self.context.options();
        let mut info = (*self.context.info()).clone();
        info.client_id = id;
        info.client_ip = address.ip().map(|ip| ip.to_string()).unwrap_or_default();
        nonce.clone_into(&mut info.nonce);
        let guest = &options.no_auth_user;
        if !guest.is_empty() && self.context.default_user().as_deref() != Some(guest) {
            info.auth_required = false;
        }
        info
    }

    /// Serves a connection that no proxy stands before.
    async fn direct(&self, mut socket: Socket, client: Arc<Client>, in_process: bool) {
        let options = self.context.options();
        let tls = self.tls();
        let security = match (&tls, &options.tls) {
            (Some(config), Some(options)) => Some(Security { config, options }),
            _ => None,
        };
        let mut info = self.info(client.link.id, client.address, client.nonce());
        if in_process && info.tls_required {
            info.tls_required = false;
            info.tls_available = true;
        }
        let first = security
            .as_ref()
            .is_some_and(|tls| tls.options.handshake_first);
        // Before INFO, so that whoever has seen that finds the client.
        let registered = client.register();
        if !first && !send(&mut socket, &info).await {
            client.abandon(ClosedState::WriteError);
            return;
        }
        if !let_in(registered, &mut socket, &client).await {
            return;
        }
        let Some(security) = security else {
            run_client(client, socket.into(), Vec::new()).await;
            return;
        };
        if first {
            self.handshake_first(socket, client, &security, info, in_process)
                .await;
        } else if in_process || options.allow_non_tls {
            self.either(socket, client, &security).await;
        } else {
            self.secure(socket, client, &security, Vec::new(), None)
                .await;
        }
    }

    /// Waits for the handshake before INFO is sent, though not always for long.
    async fn handshake_first(
        &self,
        mut socket: Socket,
        client: Arc<Client>,
        security: &Security<'_>,
        info: Info,
        in_process: bool,
    ) {
        let fallback = match security.options.handshake_first_fallback {
            Some(delay) if !delay.is_zero() => Some(delay),
            // Clients inside the process may always do without TLS.
            _ if in_process => Some(TLS_HANDSHAKE_FIRST_FALLBACK_DELAY),
            Some(_) => Some(TLS_HANDSHAKE_FIRST_FALLBACK_DELAY),
            None => None,
        };
        let early = match fallback {
            Some(delay) => peek(&mut socket, &client, delay).await,
            None => Vec::new(),
        };
        if fallback.is_none() || !early.is_empty() {
            let late_info = Info {
                tls_required: true,
                ..info
            };
            self.secure(socket, client, security, early, Some(late_info))
                .await;
            return;
        }
        if !send(&mut socket, &info).await {
            client.abandon(ClosedState::WriteError);
        } else if in_process || self.context.options().allow_non_tls {
            self.either(socket, client, security).await;
        } else {
            self.secure(socket, client, security, Vec::new(), None)
                .await;
        }
    }

    /// Lets the client's first byte decide whether it wants TLS.
    async fn either(&self, mut socket: Socket, client: Arc<Client>, security: &Security<'_>) {
        let early = peek(&mut socket, &client, security.options.timeout).await;
        if early.first() == Some(&TLS_HANDSHAKE) {
            self.secure(socket, client, security, early, None).await;
        } else {
            run_client(client, socket.into(), early).await;
        }
    }

    /// Serves a connection that begins with a PROXY header, if it does. INFO goes
    /// out before and does not name the client's address, which is not known yet.
    async fn proxied(&self, mut socket: Socket, mut accepted: Accepted) {
        let mut info = self.info(accepted.id, accepted.address, &accepted.nonce);
        info.client_ip = String::new();
        let sent = send(&mut socket, &info).await;
        let read = timeout(PROXY_TIMEOUT, read_proxy_header(&mut socket)).await;
        let early = match read {
            Ok(Ok((addresses, early))) => {
                if let Some(addresses) = addresses {
                    accepted.address = ClientAddress::Network(addresses.source);
                }
                early
            }
            Ok(Err(error)) => {
                let peer = accepted.address;
                self.context.logger.warn(format_args!(
                    "Error reading PROXY protocol header from {peer}: {error}"
                ));
                Client::new(&self.context, accepted).abandon(ClosedState::ProtocolViolation);
                return;
            }
            // A client without a proxy may be in no hurry.
            Err(_) => Vec::new(),
        };
        let client = Client::new(&self.context, accepted);
        if !sent {
            client.abandon(ClosedState::WriteError);
            return;
        }
        if !let_in(client.register(), &mut socket, &client).await {
            return;
        }
        let options = self.context.options();
        match (&self.tls(), &options.tls) {
            (Some(config), Some(tls)) => {
                let security = Security {
                    config,
                    options: tls,
                };
                if !options.allow_non_tls || early.first() == Some(&TLS_HANDSHAKE) {
                    self.secure(socket, client, &security, early, None).await;
                } else if early.is_empty() {
                    self.either(socket, client, &security).await;
                } else {
                    run_client(client, socket.into(), early).await;
                }
            }
            _ => run_client(client, socket.into(), early).await,
        }
    }

    /// Does the handshake and runs the client. `late_info` is the INFO that was
    /// held back until now.
    async fn secure(
        &self,
        mut socket: Socket,
        client: Arc<Client>,
        security: &Security<'_>,
        early: Vec<u8>,
        late_info: Option<Info>,
    ) {
        if self.rate.as_ref().is_some_and(|rate| !rate.allow()) {
            send_error(
                &mut socket,
                &client,
                "Connection throttling is active. Please try again later.",
            )
            .await;
            client.abandon(ClosedState::MaxConnectionsExceeded);
            return;
        }
        client.log(
            Level::Debug,
            format_args!("Starting TLS client connection handshake"),
        );
        let stream = Prefixed::new(early, socket);
        let Some(mut stream) = handshake(stream, &client, security).await else {
            return;
        };
        let details = details(&stream, late_info.is_some());
        client.log(Level::Debug, format_args!("TLS handshake complete"));
        client.log(
            Level::Debug,
            format_args!(
                "TLS version {}, cipher suite {}",
                details.version, details.cipher_suite
            ),
        );
        client.set_tls(details);
        if let Some(info) = late_info
            && !send(&mut stream, &info).await
        {
            client.abandon(ClosedState::WriteError);
            return;
        }
        run_client(client, Transport::Boxed(Box::new(stream)), Vec::new()).await;
    }
}

/// Whether the client was registered. If it was not, it is told and gone.
async fn let_in(
    registered: Result<(), Refused>,
    socket: &mut Socket,
    client: &Arc<Client>,
) -> bool {
    let Err(refused) = registered else {
        return true;
    };
    if let Some(text) = refused.wire_text() {
        send_error(socket, client, text).await;
    }
    client.abandon(ClosedState::ServerShutdown);
    false
}

/// The server's side of the handshake. Without one, the client is gone.
async fn handshake(
    stream: Prefixed<Socket>,
    client: &Arc<Client>,
    security: &Security<'_>,
) -> Option<TlsStream<Prefixed<Socket>>> {
    let acceptor = TlsAcceptor::from(Arc::clone(security.config));
    let done = tokio::select! {
        done = timeout(security.options.timeout, acceptor.accept(stream)) => done,
        () = client.link.until_closing() => {
            client.abandon(ClosedState::ServerShutdown);
            return None;
        }
    };
    match done {
        Ok(Ok(stream)) => {
            let certificates = stream.get_ref().1.peer_certificates();
            let leaf = certificates.and_then(|all| all.first()).map(AsRef::as_ref);
            if is_pinned(&security.options.pinned_certs, leaf) {
                return Some(stream);
            }
            client.log(
                Level::Error,
                format_args!("TLS handshake error: certificate not pinned"),
            );
        }
        Ok(Err(error)) => client.log(Level::Error, format_args!("TLS handshake error: {error}")),
        Err(_) => client.log(Level::Error, format_args!("TLS handshake timeout")),
    }
    client.abandon(ClosedState::TlsHandshakeError);
    None
}

/// Reads a PROXY header and returns the addresses it names, if it does, and the
/// bytes that are not part of it.
async fn read_proxy_header(
    stream: &mut Socket,
) -> Result<(Option<ProxiedAddresses>, Vec<u8>), ProxyReadError> {
    let mut read = Vec::new();
    loop {
        match ProxyHeader::decode(&read) {
            Ok(ProxyHeader::Incomplete(_)) => {}
            Ok(ProxyHeader::Local(used)) => return Ok((None, read.split_off(used))),
            Ok(ProxyHeader::Proxied(addresses, used)) => {
                return Ok((Some(addresses), read.split_off(used)));
            }
            Err(ProxyHeaderError::Unrecognized) => return Ok((None, read)),
            Err(error) => return Err(error.into()),
        }
        if stream.read_buf(&mut read).await? == 0 {
            return Ok((None, read));
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum ProxyReadError {
    #[error(transparent)]
    Header(#[from] ProxyHeaderError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

async fn send(stream: &mut (impl AsyncWrite + Unpin), info: &Info) -> bool {
    let line = info.to_line();
    let write = async {
        stream.write_all(&line).await?;
        stream.flush().await
    };
    matches!(timeout(INFO_TIMEOUT, write).await, Ok(Ok(())))
}

/// Sends `-ERR` to a connection that is closed right after.
async fn send_error(socket: &mut Socket, client: &Client, text: &str) {
    let line = format!("-ERR '{text}'\r\n");
    let written = timeout(INFO_TIMEOUT, socket.write_all(line.as_bytes())).await;
    if !matches!(written, Ok(Ok(()))) {
        client.log(Level::Debug, format_args!("was not told: {text}"));
    }
}

/// Reads what the client begins with; nothing if it does not within `delay`.
async fn peek(socket: &mut Socket, client: &Client, delay: Duration) -> Vec<u8> {
    let mut early = Vec::with_capacity(PEEK_MAX);
    let read = timeout(delay, socket.read_buf(&mut early));
    tokio::select! {
        // The end of the connection and errors are met again by whoever reads on.
        _ = read => {}
        () = client.link.until_closing() => {}
    }
    early
}

fn details<S>(stream: &TlsStream<S>, first: bool) -> TlsDetails {
    let (_, connection) = stream.get_ref();
    let certificates = connection.peer_certificates().unwrap_or_default();
    TlsDetails {
        version: connection
            .protocol_version()
            .map(version_name)
            .unwrap_or_default(),
        cipher_suite: connection
            .negotiated_cipher_suite()
            .map(|suite| cipher_suite_name(suite.suite()))
            .unwrap_or_default(),
        first,
        certificate_names: certificates
            .first()
            .map(|leaf| certificate_names(leaf))
            .unwrap_or_default(),
        peer_certificates: Arc::from(certificates),
    }
}
