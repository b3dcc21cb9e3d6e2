//! The files that tell other programs about a running server, and where it listens.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Server, ServerError};
use crate::config::Options;
use crate::logging::Logger;
use crate::platform::interfaces;

/// How long a server may take to listen before it says where.
const READY: Duration = Duration::from_secs(5);

/// Where a server can be reached, as URLs; the content of a ports file (`Ports` in
/// `server.go`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    /// For clients.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nats: Vec<String>,
    /// For monitoring.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub monitoring: Vec<String>,
}

impl Server {
    /// Where the server listens, once it does on all its ports; `None` if it does not
    /// within `timeout` (`PortsInfo`).
    #[must_use]
    pub fn ports_info(&self, timeout: Duration) -> Option<Ports> {
        if self.options().dont_listen || !self.ready_for_connections(timeout) {
            return None;
        }
        Some(self.ports())
    }

    fn ports(&self) -> Ports {
        let secure = self.context().info().tls_required;
        let scheme = if secure { "tls" } else { "nats" };
        let logger = &self.context().logger;
        Ports {
            nats: self
                .client_address()
                .map(|at| urls(logger, scheme, at))
                .unwrap_or_default(),
            monitoring: self
                .monitoring_endpoint()
                .map(|(scheme, at)| urls(logger, scheme, at))
                .unwrap_or_default(),
        }
    }

    /// Writes `<directory>/<executable>_<pid>.ports` if the options ask for it.
    /// Returns the file's path. A server runs without it, too, so that it can not be
    /// written is logged and no more.
    pub(super) fn write_ports_file(&self) -> Option<PathBuf> {
        let options = self.options();
        if options.ports_file_dir.is_empty() {
            return None;
        }
        let path = Path::new(&options.ports_file_dir).join(ports_file_name());
        let logger = &self.context().logger;
        let Some(ports) = self.ports_info(READY) else {
            logger.error(format_args!(
                "Unable to resolve the ports in the specified time"
            ));
            return None;
        };
        match write_ports(&path, &ports) {
            Ok(()) => Some(path),
            Err(error) => {
                logger.error(format_args!(
                    "Error writing ports file ({}): {error}",
                    path.display()
                ));
                None
            }
        }
    }
}

pub(super) fn write_pid_file(options: &Options) -> Result<(), ServerError> {
    if options.pid_file.is_empty() {
        return Ok(());
    }
    fs::write(&options.pid_file, process::id().to_string()).map_err(|source| ServerError::File {
        what: "pidfile",
        source,
    })
}

pub(super) fn remove_ports_file(path: &Path, logger: &Logger) {
    if let Err(error) = fs::remove_file(path) {
        logger.error(format_args!(
            "Error cleaning up ports file {}: {error}",
            path.display()
        ));
    }
}

fn ports_file_name() -> String {
    let executable = std::env::current_exe()
        .ok()
        .and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "nats-server".to_owned());
    format!("{executable}_{}.ports", process::id())
}

fn write_ports(path: &Path, ports: &Ports) -> std::io::Result<()> {
    let json = serde_json::to_vec(ports)?;
    // Readers must never see half of it.
    let unfinished = path.with_extension("ports.tmp");
    fs::write(&unfinished, json)?;
    fs::rename(&unfinished, path)
}

/// The URLs of a listener: one, or one for each address of this machine if it listens
/// on all of them (`formatURL`).
fn urls(logger: &Logger, scheme: &str, listener: SocketAddr) -> Vec<String> {
    addresses(logger, listener.ip())
        .into_iter()
        .map(|ip| format!("{scheme}://{}", SocketAddr::new(ip, listener.port())))
        .collect()
}

fn addresses(logger: &Logger, ip: IpAddr) -> Vec<IpAddr> {
    if !ip.is_unspecified() {
        return vec![ip];
    }
    interfaces::addresses().unwrap_or_else(|error| {
        logger.error(format_args!("Error listing network interfaces: {error}"));
        Vec::new()
    })
}
