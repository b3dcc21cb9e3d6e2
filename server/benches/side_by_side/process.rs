//! A server in a process of its own, and what it costs.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use super::load::Kind;

/// A running server.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Server {
    pub(crate) fn start(program: &Path, kind: Kind) -> anyhow::Result<Self> {
        let free = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let folder = tempfile::tempdir()?;
        let config = folder.path().join("server.conf");
        let mut text = format!("listen: \"{free}\"\n");
        let sync = match kind {
            Kind::Core => None,
            Kind::JetStream => Some(""),
            Kind::Synced => Some(", sync_interval: always"),
        };
        if let Some(sync) = sync {
            let store = folder.path().join("store");
            text.push_str(&format!("jetstream {{ store_dir: {store:?}{sync} }}\n"));
        }
        std::fs::write(&config, text)?;
        let mut child = Command::new(program)
            .arg("-c")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let mut log = BufReader::new(child.stderr.take().context("no log")?);
        let mut line = String::new();
        let started = Instant::now();
        while !line.contains("Server is ready") {
            line.clear();
            ensure!(log.read_line(&mut line)? > 0, "the server ended");
            ensure!(started.elapsed() < Duration::from_secs(20), "no server");
        }
        // What else it says must not fill the pipe.
        thread::spawn(move || log.read_to_end(&mut Vec::new()));
        Ok(Self {
            child,
            address: free,
            _folder: folder,
        })
    }

    /// CPU time used so far.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, fields) = stat.rsplit_once(')').context("no fields")?;
        let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
        let (Some(user), Some(system)) = (fields.get(11), fields.get(12)) else {
            bail!("no times");
        };
        let ticks: u64 = user.parse::<u64>()? + system.parse::<u64>()?;
        // The kernel tells user space 100 ticks a second on every machine.
        Ok(Duration::from_millis(ticks * 10))
    }

    /// Bytes of memory in use now.
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        self.status("VmRSS:")
    }

    /// Most bytes of memory that were in use.
    pub(crate) fn peak(&self) -> anyhow::Result<u64> {
        self.status("VmHWM:")
    }

    fn status(&self, name: &str) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with(name));
        let kib = line.and_then(|line| line.split_ascii_whitespace().nth(1));
        Ok(kib.context("no figure")?.parse::<u64>()? * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
