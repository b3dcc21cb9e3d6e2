//! Servers under test, in this process.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nats_server::logging::{Level, LogSink};
use nats_server::{Options, Server};

/// How long a server may take to start.
const READY: Duration = Duration::from_secs(10);

/// A running server, shut down when it is dropped.
#[derive(Debug)]
pub struct RunningServer {
    server: Server,
    log: Arc<CapturedLog>,
}

/// Options for a server on any free port of this machine alone.
#[must_use]
pub fn local_options() -> Options {
    Options {
        host: "127.0.0.1".to_owned(),
        port: -1,
        no_sigs: true,
        ..Options::default()
    }
}

impl RunningServer {
    /// Starts a server with [`local_options`].
    #[must_use]
    pub fn start() -> Self {
        Self::with(|_| {})
    }

    /// Starts a server with [`local_options`] as `change` changes them.
    #[must_use]
    pub fn with(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = local_options();
        change(&mut options);
        let server = Server::new(options).expect("the options can be used");
        let log = Arc::new(CapturedLog::default());
        server.set_logger(Some(Arc::clone(&log) as Arc<dyn LogSink>), true, true);
        server.start().expect("the server starts");
        assert!(server.ready_for_connections(READY), "the server is ready");
        Self { server, log }
    }

    /// The server itself.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// `host:port` of the client port.
    #[must_use]
    pub fn address(&self) -> std::net::SocketAddr {
        self.server
            .client_address()
            .expect("the server listens for clients")
    }

    /// The URL that clients connect to.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.client_url()
    }

    /// What the server has logged.
    #[must_use]
    pub fn log(&self) -> &CapturedLog {
        &self.log
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        self.server.shutdown();
        self.server.wait_for_shutdown();
    }
}

/// A log that tests can look at.
#[derive(Debug, Default)]
pub struct CapturedLog {
    lines: Mutex<Vec<(Level, String)>>,
}

impl CapturedLog {
    /// All lines so far.
    #[must_use]
    pub fn lines(&self) -> Vec<(Level, String)> {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether a line of `level` contains `text`.
    #[must_use]
    pub fn contains(&self, level: Level, text: &str) -> bool {
        self.lines()
            .iter()
            .any(|(at, line)| *at == level && line.contains(text))
    }
}

impl LogSink for CapturedLog {
    fn log(&self, level: Level, message: std::fmt::Arguments<'_>) {
        let line = (level, message.to_string());
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
    }
}
