//! The monitoring port (`startMonitoring` in `server.go`).

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::handler::HttpHandler;
use super::reply::Reply;
use crate::config::Options;
use crate::config::options::TlsOptions;
use crate::conn::tls::{TlsError, server_config};
use crate::logging::Logger;
use crate::monitor::Monitor;
use crate::platform::net;
use crate::protocol::constants::{ACCEPT_MAX_SLEEP, ACCEPT_MIN_SLEEP};

/// How long a client may take for the TLS handshake, and for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest head of a request, in bytes.
const HEAD_MAX: usize = 1 << 20;

/// Why there is no monitoring.
#[derive(Debug, Error)]
pub enum MonitorListenError {
    /// There is one monitoring port only.
    #[error("can't specify both HTTP ({0}) and HTTPs ({1}) ports")]
    BothPorts(i32, i32),
    /// HTTPS takes the certificate for clients.
    #[error("TLS cert and key required for HTTPS")]
    NoTls,
    /// The certificate can not be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The port can not be listened on.
    #[error("can't listen to the monitor port: {0}")]
    Listen(#[from] io::Error),
}

/// A monitoring port that is open. It and its connections are closed when this is
/// dropped.
#[derive(Debug)]
pub struct Monitoring {
    /// Where it listens.
    pub address: SocketAddr,
    /// Whether it speaks HTTPS.
    pub secure: bool,
    /// What answers there.
    pub handler: HttpHandler,
    tls: Option<SharedTls>,
    task: JoinHandle<()>,
}

/// TLS of connections that come from now on.
type SharedTls = Arc<RwLock<Arc<ServerConfig>>>;

impl Monitoring {
    /// Lets connections that come from now on see another TLS, which
    /// [`monitoring_tls`] made.
    pub fn set_tls(&self, config: Arc<ServerConfig>) {
        if let Some(tls) = &self.tls {
            *tls.write().unwrap_or_else(PoisonError::into_inner) = config;
        }
    }
}

/// TLS of clients as those who monitor meet it: they have no certificates, even if
/// clients must (`getMonitoringTLSConfig`).
///
/// # Errors
///
/// [`TlsError`] if it can not be used.
pub fn monitoring_tls(clients: &TlsOptions) -> Result<Arc<ServerConfig>, TlsError> {
    server_config(&TlsOptions {
        verify: false,
        verify_and_map: false,
        ..clients.clone()
    })
}

impl Drop for Monitoring {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Opens the monitoring port that the options ask for, if they do.
///
/// # Errors
///
/// [`MonitorListenError`] if it can not be opened.
pub fn listen(
    monitor: &Arc<Monitor>,
    options: &Options,
    runtime: &Handle,
) -> Result<Option<Monitoring>, MonitorListenError> {
    let (secure, port) = match (options.http_port, options.https_port) {
        (0, 0) => return Ok(None),
        (port, 0) => (false, port),
        (0, port) => (true, port),
        (http, https) => return Err(MonitorListenError::BothPorts(http, https)),
    };
    let tls = if secure {
        let clients = options.tls.as_ref().ok_or(MonitorListenError::NoTls)?;
        Some(Arc::new(RwLock::new(monitoring_tls(clients)?)))
    } else {
        None
    };
    let port = u16::try_from(port).unwrap_or(0);
    let address = (options.http_host.as_str(), port)
        .to_socket_addrs()?
        .next()
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such host"))?;
    let entered = runtime.enter();
    let listener = net::listen(address)?;
    drop(entered);
    let address = listener.local_addr()?;
    let logger = monitor.logger();
    let protocol = if secure { "https" } else { "http" };
    let host = &options.http_host;
    let shown = if host.contains(':') {
        format!("[{host}]:{}", address.port())
    } else {
        format!("{host}:{}", address.port())
    };
    logger.notice(format_args!("Starting {protocol} monitor on {shown}"));
    let handler = HttpHandler::new(Arc::clone(monitor), &options.http_base_path);
    let task = runtime.spawn(accept_loop(listener, tls.clone(), handler.clone()));
    Ok(Some(Monitoring {
        address,
        secure,
        handler,
        tls,
        task,
    }))
}

async fn accept_loop(listener: TcpListener, tls: Option<SharedTls>, handler: HttpHandler) {
    // Ends its connections when it is dropped.
    let mut connections = JoinSet::new();
    let mut pause = ACCEPT_MIN_SLEEP;
    loop {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                pause = ACCEPT_MIN_SLEEP;
                let tls = tls
                    .as_ref()
                    .map(|tls| Arc::clone(&tls.read().unwrap_or_else(PoisonError::into_inner)));
                connections.spawn(serve(stream, tls, handler.clone()));
            }
            Err(error) => {
                handler.monitor.logger().error(format_args!(
                    "Temporary Monitor Accept Error ({error}), sleeping {}ms",
                    pause.as_millis()
                ));
                sleep(pause).await;
                pause = (pause * 2).min(ACCEPT_MAX_SLEEP);
            }
        }
    }
}

async fn serve(stream: TcpStream, tls: Option<Arc<ServerConfig>>, handler: HttpHandler) {
    let monitor = Arc::clone(&handler.monitor);
    let logger = monitor.logger();
    let Some(tls) = tls else {
        serve_http(stream, handler, logger).await;
        return;
    };
    match timeout(HEAD_TIMEOUT, TlsAcceptor::from(tls).accept(stream)).await {
        Ok(Ok(stream)) => serve_http(stream, handler, logger).await,
        Ok(Err(error)) => {
            logger.error(format_args!("monitoring: TLS handshake error: {error}"));
        }
        Err(_) => logger.error(format_args!("monitoring: TLS handshake timeout")),
    }
}

async fn serve_http<S>(stream: S, handler: HttpHandler, logger: &Logger)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let service = service_fn(move |request| respond(handler.clone(), request));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_MAX)
        .title_case_headers(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        // Clients may break off as they like.
        logger.debug(format_args!("monitoring: {error}"));
    }
}

/// Answers on a thread of its own, as going through all connections takes its time.
async fn respond(
    handler: HttpHandler,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, _) = request.into_parts();
    let reply = tokio::task::spawn_blocking(move || {
        let accept = head.headers.get(header::ACCEPT);
        let accept = accept.and_then(|value| value.to_str().ok());
        handler.respond(
            head.uri.path(),
            head.uri.query().unwrap_or_default(),
            accept,
        )
    })
    .await
    .unwrap_or_else(|error| Reply::plain(500, error.to_string()));
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::builder().status(status);
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    Ok(response
        .body(Full::new(Bytes::from(reply.body)))
        .unwrap_or_else(|_| refused()))
}

/// The answer if the one that was made has a header that HTTP does not allow.
fn refused() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}
