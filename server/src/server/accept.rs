//! What happens to a connection before its first operation: INFO, TLS, PROXY.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::ServerError;
use crate::auth;
use crate::client::{Accepted, ClientAddress, ServerContext, TlsDetails, run_client};
use crate::config::options::{ConnectionType, TlsOptions};
use crate::conn::Transport;
use crate::conn::tls::{cipher_suite_name, server_config};
use crate::protocol::constants::TLS_HANDSHAKE_FIRST_FALLBACK_DELAY;
use crate::protocol::{ClosedState, Info, ProxiedAddresses, ProxyHeader, ProxyHeaderError};

/// First byte of a TLS handshake.
const TLS_HANDSHAKE: u8 = 0x16;
/// How long a PROXY header may take.
const PROXY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a client may take to read INFO.
const INFO_TIMEOUT: Duration = Duration::from_secs(10);

/// Turns accepted connections into clients.
pub(super) struct Acceptor {
    context: Arc<ServerContext>,
    tls: Option<Arc<ServerConfig>>,
}

impl Acceptor {
    pub(super) fn new(context: Arc<ServerContext>) -> Result<Self, ServerError> {
        let tls = context
            .options()
            .tls
            .as_ref()
            .map(server_config)
            .transpose()?;
        Ok(Self { context, tls })
    }

    pub(super) async fn network(&self, stream: TcpStream, peer: SocketAddr) {
        let accepted = self.begin(ClientAddress::Network(peer), ConnectionType::Standard);
        let options = self.context.options();
        if options.proxy_protocol {
            self.proxied(stream, accepted).await;
            return;
        }
        match (&self.tls, &options.tls) {
            (Some(config), Some(tls)) => {
                self.with_tls(stream, accepted, config, tls, options.allow_non_tls)
                    .await;
            }
            _ => self.plain(stream, accepted).await,
        }
    }

    pub(super) async fn in_process(&self, mut stream: DuplexStream) {
        let accepted = self.begin(ClientAddress::InProcess, ConnectionType::InProcess);
        let mut info = self.info(&accepted);
        if info.tls_required {
            info.tls_required = false;
            info.tls_available = true;
        }
        if stream.write_all(&info.to_line()).await.is_ok() {
            let transport = Transport::Boxed(Box::new(stream));
            run_client(Arc::clone(&self.context), accepted, transport).await;
        }
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
            tls: None,
            early: Vec::new(),
            started: Instant::now(),
        }
    }

    fn info(&self, accepted: &Accepted) -> Info {
        let options = self.context.options();
        let mut info = (*self.context.info()).clone();
        info.client_id = accepted.id;
        info.client_ip = accepted
            .address
            .ip()
            .map(|ip| ip.to_string())
            .unwrap_or_default();
        info.nonce.clone_from(&accepted.nonce);
        if !options.no_auth_user.is_empty() {
            info.auth_required = false;
        }
        info
    }

    async fn plain(&self, mut stream: TcpStream, accepted: Accepted) {
        if send(&mut stream, &self.info(&accepted)).await {
            self.run(accepted, Transport::Tcp(stream)).await;
        }
    }

    /// Serves a connection that begins with a PROXY header, if it does. INFO goes
    /// out before and does not name the client's address, which is not known yet.
    async fn proxied(&self, mut stream: TcpStream, mut accepted: Accepted) {
        let mut info = self.info(&accepted);
        info.client_ip = String::new();
        if !send(&mut stream, &info).await {
            return;
        }
        let logger = &self.context.logger;
        let read = timeout(PROXY_TIMEOUT, read_proxy_header(&mut stream)).await;
        match read {
            Ok(Ok((addresses, early))) => {
                if let Some(addresses) = addresses {
                    accepted.address = ClientAddress::Network(addresses.source);
                }
                accepted.early = early;
            }
            Ok(Err(error)) => {
                let peer = accepted.address;
                logger.warn(format_args!(
                    "Error reading PROXY protocol header from {peer}: {error}"
                ));
                return;
            }
            // A client without a proxy may be in no hurry.
            Err(_) => {}
        }
        let options = self.context.options();
        match (&self.tls, &options.tls) {
            (Some(config), Some(tls)) if accepted.early.is_empty() => {
                let Some(stream) = self.handshake(stream, config, tls, &accepted).await else {
                    return;
                };
                accepted.tls = Some(details(&stream, false));
                self.run(accepted, Transport::Boxed(Box::new(stream))).await;
            }
            // What was read of a TLS handshake can not be given back.
            (Some(_), Some(_)) if !options.allow_non_tls => {
                logger.warn(format_args!(
                    "{} did not begin with a PROXY protocol header",
                    accepted.address
                ));
            }
            _ => self.run(accepted, Transport::Tcp(stream)).await,
        }
    }

    async fn run(&self, accepted: Accepted, transport: Transport) {
        run_client(Arc::clone(&self.context), accepted, transport).await;
    }

    async fn with_tls(
        &self,
        mut stream: TcpStream,
        mut accepted: Accepted,
        config: &Arc<ServerConfig>,
        tls: &TlsOptions,
        allow_plain: bool,
    ) {
        let mut info = self.info(&accepted);
        let mut first = tls.handshake_first;
        if first && let Some(delay) = tls.handshake_first_fallback {
            let delay = if delay.is_zero() {
                TLS_HANDSHAKE_FIRST_FALLBACK_DELAY
            } else {
                delay
            };
            first = starts_within(&stream, delay).await;
        }
        if !first {
            if !send(&mut stream, &info).await {
                return;
            }
            if allow_plain && !starts_with_handshake(&stream, tls.timeout).await {
                self.run(accepted, Transport::Tcp(stream)).await;
                return;
            }
        }
        let Some(mut stream) = self.handshake(stream, config, tls, &accepted).await else {
            return;
        };
        accepted.tls = Some(details(&stream, first));
        if first {
            info.tls_required = true;
            if stream.write_all(&info.to_line()).await.is_err() || stream.flush().await.is_err() {
                return;
            }
        }
        self.run(accepted, Transport::Boxed(Box::new(stream))).await;
    }

    async fn handshake(
        &self,
        stream: TcpStream,
        config: &Arc<ServerConfig>,
        tls: &TlsOptions,
        accepted: &Accepted,
    ) -> Option<TlsStream<TcpStream>> {
        let acceptor = TlsAcceptor::from(Arc::clone(config));
        let logger = &self.context.logger;
        let who = match accepted.address {
            ClientAddress::Network(peer) => format!("{peer} - cid:{}", accepted.id),
            ClientAddress::InProcess => format!("pipe - cid:{}", accepted.id),
        };
        match timeout(tls.timeout, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => {
                logger.debug(format_args!("{who} - TLS handshake complete"));
                Some(stream)
            }
            Ok(Err(error)) => {
                logger.error(format_args!("{who} - TLS handshake error: {error}"));
                self.context
                    .remember_refused(accepted, ClosedState::TlsHandshakeError);
                None
            }
            Err(_) => {
                logger.error(format_args!("{who} - TLS handshake timeout"));
                self.context
                    .remember_refused(accepted, ClosedState::TlsHandshakeError);
                None
            }
        }
    }
}

/// Reads a PROXY header and returns the addresses it names, if it does, and the
/// bytes that are not part of it.
async fn read_proxy_header(
    stream: &mut TcpStream,
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

async fn send(stream: &mut TcpStream, info: &Info) -> bool {
    let line = info.to_line();
    matches!(
        timeout(INFO_TIMEOUT, stream.write_all(&line)).await,
        Ok(Ok(()))
    )
}

/// Whether the client sends anything within `delay`.
async fn starts_within(stream: &TcpStream, delay: Duration) -> bool {
    let mut byte = [0];
    matches!(timeout(delay, stream.peek(&mut byte)).await, Ok(Ok(1)))
}

/// Whether the client begins with a TLS handshake.
async fn starts_with_handshake(stream: &TcpStream, limit: Duration) -> bool {
    let mut byte = [0];
    matches!(timeout(limit, stream.peek(&mut byte)).await, Ok(Ok(1))) && byte[0] == TLS_HANDSHAKE
}

fn details(stream: &TlsStream<TcpStream>, first: bool) -> TlsDetails {
    let (_, connection) = stream.get_ref();
    TlsDetails {
        version: match connection.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_3) => "1.3".to_owned(),
            Some(rustls::ProtocolVersion::TLSv1_2) => "1.2".to_owned(),
            _ => String::new(),
        },
        cipher_suite: connection
            .negotiated_cipher_suite()
            .map(|suite| cipher_suite_name(suite.suite()))
            .unwrap_or_default(),
        first,
        certificate_names: Vec::new(),
        peer_certificates: connection
            .peer_certificates()
            .map(Arc::from)
            .unwrap_or_default(),
    }
}
