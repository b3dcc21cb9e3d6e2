//! The server: it wires the other modules together, accepts connections and ends.
//!
//! ```
//! use nats_server::{Options, Server};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let options = Options { host: "127.0.0.1".into(), port: -1, ..Options::default() };
//! let server = Server::new(options)?;
//! server.start()?;
//! assert!(server.ready_for_connections(std::time::Duration::from_secs(5)));
//! println!("clients connect to {}", server.client_url());
//! server.shutdown();
//! server.wait_for_shutdown();
//! # Ok(())
//! # }
//! ```
//!
//! Answers to `server.go` and `service.go`.

mod accept;
mod account_host;
mod clients;
mod connect_urls;
mod default_user;
mod lame_duck;
mod listen;
mod log;
mod monitoring;
mod ports;
mod reload;
mod runtime;
mod send_signal;
mod signals;
mod validate;

use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use nkeys::KeyPair;
use thiserror::Error;
use tokio::io::DuplexStream;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use self::accept::Acceptor;
use self::account_host::Host;
pub use self::clients::ClientError;
pub use self::listen::accept_error;
pub use self::ports::Ports;
use self::runtime::Background;
pub use self::send_signal::{Command, Processes, SignalError, SystemProcesses, send_signal};
use crate::account::{Account, AccountError, AccountHost, Accounts, SubjectMappings};
use crate::client::ServerContext;
use crate::config::{LoadError, Options};
use crate::conn::tls::TlsError;
use crate::jetstream::assets::JetStream;
use crate::jetstream::service::{Service, ServiceError};
use crate::jetstream::store::Clock;
use crate::jetstream::store::disk::Disk;
use crate::logging::{FileLogError, LogSink, SyslogError};
use crate::monitor::{Monitor, MonitorListenError, Monitoring};
use crate::platform::address::AddressError;
use crate::protocol::{ClosedState, Info, constants};

/// Why a server can not be made or started.
#[derive(Debug, Error)]
pub enum ServerError {
    /// Options that contradict each other.
    #[error("{0}")]
    Options(String),
    /// A configuration file that can not be used.
    #[error(transparent)]
    Config(#[from] LoadError),
    /// Accounts that can not be set up.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// TLS that can not be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The log file can not be opened.
    #[error(transparent)]
    Log(#[from] FileLogError),
    /// The system log can not be reached.
    #[error(transparent)]
    Syslog(#[from] SyslogError),
    /// A port that can not be listened on.
    #[error("Error listening on port: {address}, {source:?}")]
    Listen {
        /// Host and port.
        address: String,
        /// What hinders it.
        source: std::io::Error,
    },
    /// JetStream can not be started.
    #[error("Can't start JetStream: {0}")]
    JetStream(#[from] ServiceError),
    /// What clients are to be told instead of the address listened on is no address.
    #[error("Error setting server INFO with ClientAdvertise value of {value}, err={source}")]
    Advertise {
        /// What is configured.
        value: String,
        /// What is wrong with it.
        source: AddressError,
    },
    /// Monitoring can not be started.
    #[error("Can't start monitoring: {0}")]
    Monitor(#[from] MonitorListenError),
    /// A file that can not be written.
    #[error("Could not write {what}: {source}")]
    File {
        /// Which file.
        what: &'static str,
        /// What hinders it.
        source: std::io::Error,
    },
    /// No threads to run on.
    #[error("Could not start the runtime: {0}")]
    Runtime(std::io::Error),
    /// The server was started or ended before.
    #[error("server is not running")]
    NotRunning,
}

/// A NATS server. Cheap to clone; all clones are the same server.
#[derive(Clone)]
pub struct Server {
    inner: Arc<Inner>,
}

struct Inner {
    context: Arc<ServerContext>,
    monitor: Arc<Monitor>,
    id: String,
    state: Mutex<State>,
    changed: Condvar,
    /// Held while the configuration is read again.
    reload: Mutex<()>,
    config_time: Mutex<SystemTime>,
    background: Background,
}

#[derive(Default)]
struct State {
    phase: Phase,
    client_address: Option<SocketAddr>,
    accept: Option<JoinHandle<()>>,
    ports_file: Option<std::path::PathBuf>,
    acceptor: Option<Arc<Acceptor>>,
    monitoring: Option<Monitoring>,
    sampling: Option<JoinHandle<()>>,
    jetstream: Option<Arc<Service>>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    #[default]
    New,
    Running,
    ShuttingDown,
    Ended,
}

impl Server {
    /// Makes a server that is not started yet.
    ///
    /// # Errors
    ///
    /// [`ServerError`] for options that can not be used.
    pub fn new(mut options: Options) -> Result<Self, ServerError> {
        default_user::name_system_account(&mut options);
        validate::prepare(&mut options)?;
        let default_user = default_user::add(&mut options, None);
        let id = KeyPair::new_server().public_key();
        if options.server_name.is_empty() {
            options.server_name.clone_from(&id);
        }
        let accounts = configured_accounts(&options)?;
        let mut info = first_info(&id, &options);
        // An address that is none is an error once the server starts.
        if let Ok(Some((host, port))) = connect_urls::advertised(&options, info.port) {
            info.host = host;
            info.port = port;
        }
        let context = Arc::new(ServerContext::new(Arc::new(options), info, accounts));
        context.set_default_user(default_user);
        let auth_required = context.auth().is_required();
        context.update_info(|info| info.auth_required = auth_required);
        let background = Background::new().map_err(ServerError::Runtime)?;
        let name = context.options().server_name.clone();
        let host: Arc<dyn AccountHost> = Arc::new(Host::new(&context, background.handle(), &name));
        context.accounts().set_host(&host);
        let monitor = Arc::new(Monitor::new(Arc::clone(&context)));
        let state = Mutex::default();
        let changed = Condvar::new();
        Ok(Self {
            inner: Arc::new(Inner {
                context,
                monitor,
                id,
                state,
                changed,
                reload: Mutex::default(),
                config_time: Mutex::new(SystemTime::now()),
                background,
            }),
        })
    }

    /// Checks options as [`Self::new`] does, without making a server.
    ///
    /// # Errors
    ///
    /// [`ServerError`] for options that can not be used.
    pub fn check(options: &Options) -> Result<(), ServerError> {
        let mut options = options.clone();
        validate::prepare(&mut options)?;
        configured_accounts(&options).map(drop)
    }

    /// Makes a server from the configuration file that `options` name, over what else
    /// they say (`NewServerFromConfig`).
    ///
    /// # Errors
    ///
    /// [`ServerError`] if the file or what it says can not be used.
    pub fn from_config(mut options: Options) -> Result<Self, ServerError> {
        let file = options.config_file.clone().unwrap_or_default();
        options.load(&file)?;
        Self::new(options)
    }

    /// Writes the log that the options ask for.
    ///
    /// # Errors
    ///
    /// [`ServerError::Log`] if the log file can not be opened.
    pub fn configure_logger(&self) -> Result<(), ServerError> {
        log::configure(&self.inner.context)
    }

    /// Sends the log to `sink` instead.
    pub fn set_logger(&self, sink: Option<Arc<dyn LogSink>>, debug: bool, trace: bool) {
        self.inner
            .context
            .logger
            .configure(sink, debug, trace, false);
    }

    /// Starts to listen. Returns when clients can connect.
    ///
    /// # Errors
    ///
    /// [`ServerError`] if a port can not be listened on or a file not be written.
    pub fn start(&self) -> Result<(), ServerError> {
        {
            let mut state = self.lock();
            if state.phase != Phase::New {
                return Err(ServerError::NotRunning);
            }
            state.phase = Phase::Running;
        }
        self.announce();
        let options = self.inner.context.options();
        ports::write_pid_file(&options)?;
        self.start_monitoring(&options)?;
        if options.jetstream {
            self.enable_jetstream()?;
        }
        let acceptor = Arc::new(Acceptor::new(Arc::clone(&self.inner.context))?);
        if let Some(rate) = &acceptor.rate {
            let context = Arc::clone(&self.inner.context);
            self.handle()
                .spawn(listen::report_rejected(context, Arc::clone(rate)));
        }
        self.lock().acceptor = Some(Arc::clone(&acceptor));
        if !options.dont_listen {
            let listening =
                listen::listen_for_clients(&self.inner.context, self.handle(), acceptor)?;
            let mut state = self.lock();
            state.client_address = Some(listening.address);
            state.accept = Some(listening.task);
        }
        let ports_file = self.write_ports_file();
        self.lock().ports_file = ports_file;
        self.inner.monitor.set_listening(true);
        self.inner.changed.notify_all();
        self.inner
            .context
            .logger
            .notice(format_args!("Server is ready"));
        Ok(())
    }

    fn announce(&self) {
        let context = &self.inner.context;
        let (logger, options) = (&context.logger, context.options());
        logger.notice(format_args!("Starting nats-server"));
        logger.notice(format_args!("  Version:  {}", constants::VERSION));
        let revision = match constants::GIT_COMMIT {
            "" => "not set",
            revision => revision,
        };
        logger.notice(format_args!("  Git:      [{revision}]"));
        logger.notice(format_args!("  Name:     {}", options.server_name));
        logger.notice(format_args!("  ID:       {}", self.inner.id));
        if let Some(file) = &options.config_file {
            logger.notice(format_args!(
                "Using configuration file: {} ({})",
                file.display(),
                options.config_digest
            ));
        }
        validate::warn_about_ignored(logger, &options);
        validate::warn_about_auth(logger, &options, context.default_user().as_deref());
        if options.max_payload > constants::MAX_PAYLOAD_MAX_SIZE {
            logger.warn(format_args!(
                "Maximum payloads over 8.00 MB are generally discouraged and could lead to poor performance"
            ));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn handle(&self) -> &Handle {
        self.inner.background.handle()
    }

    /// Waits until clients can connect; false if that takes longer than `timeout`.
    #[must_use]
    pub fn ready_for_connections(&self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        let mut state = self.lock();
        loop {
            let listens = state.client_address.is_some() || self.options().dont_listen;
            if state.phase == Phase::Running && listens && state.acceptor.is_some() {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self
                .inner
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Connects a client inside the process. The stream speaks the client protocol,
    /// beginning with the server's INFO.
    ///
    /// # Errors
    ///
    /// [`ServerError::NotRunning`] before the start and after the end.
    pub fn in_process_connection(&self) -> Result<DuplexStream, ServerError> {
        let acceptor = {
            let state = self.lock();
            if state.phase != Phase::Running {
                return Err(ServerError::NotRunning);
            }
            state.acceptor.clone().ok_or(ServerError::NotRunning)?
        };
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        self.handle()
            .spawn(async move { acceptor.in_process(ours).await });
        Ok(theirs)
    }

    /// Turns JetStream on, as the options want it to be (`EnableJetStream`).
    ///
    /// # Errors
    ///
    /// [`ServerError::JetStream`] if it can not be, or is on already.
    pub fn enable_jetstream(&self) -> Result<(), ServerError> {
        self.enable_jetstream_with(Service::start)
    }

    /// The same with a clock and a disk of choice, so that tests can let time pass and
    /// the power fail.
    ///
    /// # Errors
    ///
    /// As [`enable_jetstream`](Self::enable_jetstream).
    pub fn enable_jetstream_on(
        &self,
        clock: Arc<dyn Clock>,
        disk: Arc<dyn Disk>,
    ) -> Result<(), ServerError> {
        self.enable_jetstream_with(|context, runtime| {
            Service::start_with(context, runtime, clock, disk)
        })
    }

    fn enable_jetstream_with(
        &self,
        start: impl FnOnce(&Arc<ServerContext>, &Handle) -> Result<Service, ServiceError>,
    ) -> Result<(), ServerError> {
        if self.jetstream().is_some() {
            return Err(ServiceError::Enabled.into());
        }
        let service = start(&self.inner.context, self.handle())?;
        self.inner
            .monitor
            .set_jetstream(Some(Arc::clone(service.jetstream())));
        self.lock().jetstream = Some(Arc::new(service));
        Ok(())
    }

    /// Turns JetStream off; nothing is deleted (`DisableJetStream`).
    pub fn disable_jetstream(&self) {
        let service = self.lock().jetstream.take();
        self.inner.monitor.set_jetstream(None);
        if let Some(service) = service {
            self.inner
                .context
                .update_info(|info| info.jetstream = false);
            service.stop();
        }
    }

    /// What runs JetStream, if it is on.
    fn jetstream_service(&self) -> Option<Arc<Service>> {
        self.lock().jetstream.clone()
    }

    /// Gives accounts the streams that the options say now.
    fn reload_jetstream_accounts(&self) {
        let service = self.jetstream_service();
        for error in service
            .iter()
            .flat_map(|service| service.configure_accounts())
        {
            self.context().logger.error(format_args!("{error}"));
        }
    }

    /// JetStream with its accounts and streams, if it is on.
    #[must_use]
    pub fn jetstream(&self) -> Option<Arc<JetStream>> {
        let state = self.lock();
        let service = state.jetstream.as_ref()?;
        Some(Arc::clone(service.jetstream()))
    }

    /// What all parts of the server share.
    #[must_use]
    pub fn context(&self) -> &Arc<ServerContext> {
        &self.inner.context
    }

    /// The server's id, its public NKey.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.inner.id
    }

    /// The server's name.
    #[must_use]
    pub fn name(&self) -> String {
        self.options().server_name.clone()
    }

    /// The present options.
    #[must_use]
    pub fn options(&self) -> Arc<Options> {
        self.inner.context.options()
    }

    /// Where clients are listened for.
    #[must_use]
    pub fn client_address(&self) -> Option<SocketAddr> {
        self.lock().client_address
    }

    /// The URL that clients connect to, by the host that is configured.
    #[must_use]
    pub fn client_url(&self) -> String {
        let options = self.options();
        let scheme = if options.tls.is_some() { "tls" } else { "nats" };
        let address = listen::join_host_port(&options.host, self.client_port());
        format!("{scheme}://{address}")
    }

    /// The account called `name`.
    #[must_use]
    pub fn lookup_account(&self, name: &str) -> Option<Arc<Account>> {
        self.inner.context.accounts().lookup(name)
    }

    /// Makes an account without limits.
    ///
    /// # Errors
    ///
    /// [`AccountError::Exists`] if there is one of that name.
    pub fn register_account(&self, name: &str) -> Result<Arc<Account>, AccountError> {
        self.inner.context.accounts().register(name)
    }

    /// How many subscriptions there are in all accounts.
    #[must_use]
    pub fn subscription_count(&self) -> usize {
        self.inner
            .context
            .accounts()
            .all()
            .iter()
            .map(|a| a.subscriptions().count())
            .sum()
    }

    /// Whether the server is started and not ending.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.lock().phase == Phase::Running
    }

    /// Stops accepting clients, tells those that are connected to go elsewhere and
    /// closes them one by one, then shuts down. Returns at once.
    pub fn lame_duck_mode(&self) {
        let server = self.clone();
        self.handle()
            .spawn(async move { lame_duck::run(server).await });
    }

    /// The same as [`Self::lame_duck_mode`], but returns when the server has ended
    /// (`LameDuckShutdown`). Returns at once if it does not listen for clients.
    pub fn lame_duck_shutdown(&self) {
        if !self.is_running() || self.client_address().is_none() {
            return;
        }
        self.lame_duck_mode();
        self.wait_for_shutdown();
    }

    /// Ends the server: stops listening and closes all connections. Returns when
    /// they are closed.
    pub fn shutdown(&self) {
        let (accept, ports_file) = {
            let mut state = self.lock();
            if matches!(state.phase, Phase::ShuttingDown | Phase::Ended) {
                return;
            }
            state.phase = Phase::ShuttingDown;
            (state.accept.take(), state.ports_file.take())
        };
        let context = &self.inner.context;
        context
            .logger
            .notice(format_args!("Initiating Shutdown..."));
        context.begin_shutdown();
        self.inner.monitor.set_listening(false);
        if let Some(accept) = accept {
            accept.abort();
        }
        self.disable_jetstream();
        for client in context.clients() {
            client.close(ClosedState::ServerShutdown);
        }
        // Closed connections leave by themselves; the last ones may still be
        // writing, for at most their write deadline.
        let patience = Instant::now() + Duration::from_secs(5);
        while context.client_count() > 0 && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(1));
        }
        if let Some(path) = ports_file {
            ports::remove_ports_file(&path, &context.logger);
        }
        self.stop_monitoring();
        context.logger.notice(format_args!("Server Exiting.."));
        self.lock().phase = Phase::Ended;
        self.inner.changed.notify_all();
    }

    /// Waits until the server has ended.
    pub fn wait_for_shutdown(&self) {
        let mut state = self.lock();
        while state.phase != Phase::Ended {
            state = self
                .inner
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Lets clients that come from now on see another TLS.
    fn set_tls(&self, tls: Option<Arc<rustls::ServerConfig>>) {
        let acceptor = self.lock().acceptor.clone();
        if let Some(acceptor) = acceptor {
            acceptor.set_tls(tls);
        }
    }

    /// Puts the ports file where the options say now.
    fn move_ports_file(&self) {
        let old = self.lock().ports_file.take();
        if let Some(path) = old {
            ports::remove_ports_file(&path, &self.inner.context.logger);
        }
        let path = self.write_ports_file();
        self.lock().ports_file = path;
    }

    /// Lets signals to the process act on this server.
    ///
    /// # Errors
    ///
    /// [`ServerError::Runtime`] if the signals can not be watched.
    pub fn handle_signals(&self) -> Result<(), ServerError> {
        signals::handle(self).map_err(ServerError::Runtime)
    }

    /// Opens the log file anew, after it was moved away.
    pub fn reopen_log_file(&self) {
        log::reopen(&self.inner.context);
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("id", &self.inner.id)
            .finish_non_exhaustive()
    }
}

fn configured_accounts(options: &Options) -> Result<Accounts, ServerError> {
    let accounts = Accounts::configure(options)?;
    let mappings =
        SubjectMappings::new(&options.mappings).map_err(|source| AccountError::Mapping {
            account: accounts.global().name().to_owned(),
            source,
        })?;
    accounts.global().set_mappings(mappings);
    Ok(accounts)
}

fn first_info(id: &str, options: &Options) -> Info {
    let tls = options.tls.as_ref();
    Info {
        server_id: id.to_owned(),
        server_name: options.server_name.clone(),
        version: constants::VERSION.to_owned(),
        proto: constants::PROTO,
        git_commit: constants::GIT_COMMIT.to_owned(),
        go: "rust".to_owned(),
        host: options.host.clone(),
        port: u16::try_from(options.port).unwrap_or(0),
        headers: !options.no_header_support,
        tls_required: tls.is_some() && !options.allow_non_tls,
        tls_verify: tls.is_some_and(|tls| tls.verify || tls.verify_and_map),
        tls_available: tls.is_some() && options.allow_non_tls,
        max_payload: i64::try_from(options.max_payload).unwrap_or(-1),
        api_lvl: constants::JS_API_LEVEL,
        ..Info::default()
    }
}
