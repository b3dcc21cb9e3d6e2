//! Servers under test, each in a process of its own.
//!
//! Ports are chosen by the system and read back from the ports file. A server
//! ends when it is dropped, and also when the test's process is killed.

use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use tempfile::TempDir;

use crate::files::{ConfigFile, temp_dir};
use crate::log::LogCapture;
use crate::raw::RawClient;
use crate::wait;

/// How long a server may take to start or to stop.
const LIMIT: Duration = Duration::from_secs(20);

/// Where a server can be reached, as its ports file tells.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ports {
    /// For clients.
    pub nats: Vec<String>,
    /// For monitoring.
    pub monitoring: Vec<String>,
    /// For routes.
    pub cluster: Vec<String>,
    /// For profiling.
    pub profile: Vec<String>,
    /// For clients over WebSocket.
    pub websocket: Vec<String>,
}

/// A server that is to be started.
#[derive(Debug, Default)]
pub struct Builder {
    program: Option<PathBuf>,
    config: Option<ConfigFile>,
    args: Vec<String>,
}

impl Builder {
    /// Runs this program instead of the server under test.
    #[must_use]
    pub fn program(mut self, program: impl Into<PathBuf>) -> Self {
        self.program = Some(program.into());
        self
    }

    /// Gives it a configuration file. The port is up to the text: `port: -1`.
    #[must_use]
    pub fn config(mut self, text: &str) -> Self {
        self.config = Some(ConfigFile::new(text));
        self
    }

    /// Gives it an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Gives it several arguments.
    #[must_use]
    pub fn args<'a>(mut self, args: impl IntoIterator<Item = &'a str>) -> Self {
        self.args.extend(args.into_iter().map(str::to_owned));
        self
    }

    /// Starts the server and waits until it has its ports.
    ///
    /// Fails, with the log, if it ends instead.
    pub fn try_start(self) -> anyhow::Result<ServerProcess> {
        let mut server = self.spawn()?;
        let mut waited = wait::SOON.min(LIMIT);
        let pause = Duration::from_millis(5);
        loop {
            if let Some(ports) = server.read_ports()? {
                server.ports = ports;
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                server.drain();
                bail!("the server ended with {status}:\n{}", server.log.text());
            }
            ensure!(!waited.is_zero(), "no ports file:\n{}", server.log.text());
            waited = waited.saturating_sub(pause);
            thread::sleep(pause);
        }
    }

    /// Starts the server and waits until it has its ports.
    ///
    /// # Panics
    /// If it doesn't start.
    #[track_caller]
    #[must_use]
    pub fn start(self) -> ServerProcess {
        self.try_start().unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// Runs the server where it is expected to end by itself, as with `-v` or
    /// a bad configuration, and gives its exit status and what it printed.
    ///
    /// Fails if it still runs after 20 s.
    pub fn run_to_end(self) -> anyhow::Result<(ExitStatus, String)> {
        let mut server = self.spawn()?;
        let status = server.wait_for_end(LIMIT)?;
        Ok((status, server.log.text()))
    }

    fn spawn(self) -> anyhow::Result<ServerProcess> {
        let dir = temp_dir();
        let program = self.program.map_or_else(binary, Ok)?;
        let mut command = Command::new(&program);
        if let Some(config) = &self.config {
            command.arg("-c").arg(config.path());
        } else {
            command.args(["-a", "127.0.0.1", "-p", "-1"]);
        }
        command
            .args(&self.args)
            .arg("--ports_file_dir")
            .arg(dir.path());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        end_with_parent(&mut command);
        let mut child = on_lasting_thread(command)
            .with_context(|| format!("starting {}", program.display()))?;
        let log = LogCapture::default();
        let mut followers = Vec::new();
        followers.extend(child.stdout.take().map(|pipe| log.follow(pipe)));
        followers.extend(child.stderr.take().map(|pipe| log.follow(pipe)));
        let ports = Ports::default();
        Ok(ServerProcess {
            child,
            dir,
            config: self.config,
            ports,
            log,
            followers,
        })
    }
}

/// A running server, killed when it is dropped.
#[derive(Debug)]
pub struct ServerProcess {
    child: Child,
    dir: TempDir,
    config: Option<ConfigFile>,
    ports: Ports,
    log: LogCapture,
    followers: Vec<JoinHandle<()>>,
}

impl ServerProcess {
    /// A server to be started: on any free port of this machine alone, unless
    /// it is given a configuration.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Starts a server without configuration.
    ///
    /// # Panics
    /// If it doesn't start.
    #[track_caller]
    #[must_use]
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Starts a server with a configuration.
    ///
    /// # Panics
    /// If it doesn't start.
    #[track_caller]
    #[must_use]
    pub fn with_config(text: &str) -> Self {
        Self::builder().config(text).start()
    }

    /// Where it can be reached.
    #[must_use]
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// The URL that clients connect to.
    ///
    /// # Panics
    /// If it doesn't listen for clients.
    #[must_use]
    pub fn url(&self) -> &str {
        self.ports
            .nats
            .first()
            .expect("the server listens for clients")
    }

    /// Address of the client port.
    ///
    /// # Panics
    /// If it doesn't listen for clients.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        address_of(self.url()).expect("a ports file holds addresses")
    }

    /// Connects a raw client, without handshake.
    ///
    /// # Panics
    /// If that fails.
    #[track_caller]
    #[must_use]
    pub fn raw_client(&self) -> RawClient {
        RawClient::connect(self.address())
    }

    /// Process ID.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed so far.
    #[must_use]
    pub fn log(&self) -> &LogCapture {
        &self.log
    }

    /// Its configuration file.
    #[must_use]
    pub fn config(&self) -> Option<&ConfigFile> {
        self.config.as_ref()
    }

    /// Sends it a signal.
    ///
    /// # Panics
    /// If it has ended already.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the server runs");
    }

    /// Changes its configuration and has it reloaded.
    ///
    /// # Panics
    /// If it was started without one.
    pub fn reload(&self, text: &str) {
        self.config
            .as_ref()
            .expect("a configuration file")
            .rewrite(text);
        self.signal(Signal::HUP);
    }

    /// Asks it to end, and waits until it has.
    ///
    /// Fails if it still runs after 20 s.
    pub fn shutdown(mut self) -> anyhow::Result<ExitStatus> {
        self.signal(Signal::TERM);
        self.wait_for_end(LIMIT)
    }

    /// Waits until it ends by itself.
    ///
    /// Fails if it still runs after the limit.
    pub fn wait_for_end(&mut self, limit: Duration) -> anyhow::Result<ExitStatus> {
        let mut left = limit;
        let pause = Duration::from_millis(5);
        loop {
            if let Some(status) = self.child.try_wait()? {
                self.drain();
                return Ok(status);
            }
            ensure!(
                !left.is_zero(),
                "still running after {limit:?}:\n{}",
                self.log.text()
            );
            left = left.saturating_sub(pause);
            thread::sleep(pause);
        }
    }

    fn read_ports(&self) -> anyhow::Result<Option<Ports>> {
        let suffix = format!("_{}.ports", self.child.id());
        for entry in std::fs::read_dir(self.dir.path())? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(&suffix) {
                let text = std::fs::read(&path)?;
                // The file may not be whole yet.
                return Ok(serde_json::from_slice(&text).ok());
            }
        }
        Ok(None)
    }

    /// Takes in what the process printed last.
    fn drain(&mut self) {
        for follower in self.followers.drain(..) {
            follower.join().expect("following a log doesn't panic");
        }
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in a URL such as `nats://127.0.0.1:4222`.
pub(crate) fn address_of(url: &str) -> anyhow::Result<SocketAddr> {
    let (_, address) = url
        .split_once("://")
        .with_context(|| format!("`{url}` is no URL"))?;
    address
        .parse()
        .with_context(|| format!("`{url}` holds no address"))
}

/// The server's binary, which cargo builds beside this package's tests.
fn binary() -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe()?;
    let name = "nats-server-under-test";
    this.ancestors()
        .skip(1)
        .take(2)
        .map(|dir: &Path| dir.join(name))
        .find(|path| path.is_file())
        .with_context(|| format!("{name} isn't built; run the tests through cargo"))
}

/// Has the system kill the process when the thread that started it ends.
#[expect(unsafe_code, reason = "nothing else runs between fork and exec")]
fn end_with_parent(command: &mut Command) {
    let ask = || {
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
        Ok(())
    };
    // SAFETY: the closure makes one system call and neither allocates nor locks.
    unsafe {
        command.pre_exec(ask);
    }
}

/// Starts a process from a thread that lasts as long as this process: the one
/// that asks may be a worker that ends early, and take the server with it.
fn on_lasting_thread(command: Command) -> anyhow::Result<Child> {
    type Request = (Command, mpsc::Sender<std::io::Result<Child>>);
    static REQUESTS: OnceLock<mpsc::Sender<Request>> = OnceLock::new();
    let requests = REQUESTS.get_or_init(|| {
        let (tx, rx) = mpsc::channel::<Request>();
        thread::spawn(move || {
            for (mut command, answer) in rx {
                // Whoever asked waits for the answer, or is gone with the test.
                let _ = answer.send(command.spawn());
            }
        });
        tx
    });
    let (answer, answered) = mpsc::channel();
    requests
        .send((command, answer))
        .context("the starting thread has ended")?;
    Ok(answered.recv().context("the starting thread has ended")??)
}
