//! Servers that end without warning.

use std::sync::Arc;
use std::time::Duration;

use conformance::files::temp_dir;
use conformance::process::ServerProcess;
use conformance::server::RunningServer;
use conformance::wait::wait_until;
use nats_server::jetstream::store::SystemClock;
use nats_server::jetstream::store::disk::SimDisk;
use rustix::process::Signal;
use tempfile::TempDir;

/// A server that can be started again after it ended.
pub trait Target {
    /// Starts it, with all that it had, and gives its URL.
    fn start(&mut self) -> String;

    /// Ends it at once.
    fn crash(&mut self);
}

/// A process that is killed.
pub struct Killed {
    directory: TempDir,
    options: &'static str,
    process: Option<ServerProcess>,
}

impl Killed {
    /// With these options of `jetstream`.
    pub fn new(options: &'static str) -> Self {
        Self {
            directory: temp_dir(),
            options,
            process: None,
        }
    }
}

impl Target for Killed {
    fn start(&mut self) -> String {
        let config = format!(
            "listen: \"127.0.0.1:-1\"\njetstream {{ store_dir: {:?}\n{} }}",
            self.directory.path(),
            self.options
        );
        let process = ServerProcess::with_config(&config);
        let url = process.url().to_owned();
        self.process = Some(process);
        url
    }

    fn crash(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.signal(Signal::KILL);
        let status = process.wait_for_end(Duration::from_secs(20));
        assert!(!status.expect("it ends").success());
    }
}

/// A server in this process, on a disk whose power is cut.
pub struct PowerCut {
    directory: TempDir,
    disk: SimDisk,
    seed: u64,
    server: Option<RunningServer>,
}

impl PowerCut {
    /// What is left of writes that were not synced is decided by `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            directory: temp_dir(),
            disk: SimDisk::new(seed),
            seed,
            server: None,
        }
    }
}

impl Target for PowerCut {
    fn start(&mut self) -> String {
        let server = RunningServer::with(|options| {
            options.store_dir = self.directory.path().display().to_string();
            options.js.sync_always = true;
        });
        server
            .server()
            .enable_jetstream_on(Arc::new(SystemClock), Arc::new(self.disk.clone()))
            .expect("JetStream starts");
        let url = server.url();
        self.server = Some(server);
        url
    }

    fn crash(&mut self) {
        self.disk.cut_power_at(self.disk.changes() + 1);
        wait_until("something is written", || self.disk.is_off());
        self.server.take();
        self.disk.power_cut();
        // Whatever is left of the server must not reach the disk of the next one.
        self.seed += 1;
        self.disk = self.disk.copy(self.seed);
    }
}
