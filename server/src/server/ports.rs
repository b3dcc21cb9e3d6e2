//! The files that tell other programs about a running server.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process;

use serde::Serialize;

use super::ServerError;
use crate::config::Options;

/// The content of a ports file (`Ports` in `server.go`).
#[derive(Debug, Serialize)]
struct Ports {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nats: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    monitoring: Vec<String>,
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

/// Writes `<directory>/<executable>_<pid>.ports`.
pub(super) fn write_ports_file(
    options: &Options,
    client: Option<SocketAddr>,
    monitoring: Option<(&str, SocketAddr)>,
) -> Result<PathBuf, ServerError> {
    let executable = std::env::current_exe()
        .ok()
        .and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "nats-server".to_owned());
    let name = format!("{executable}_{}.ports", process::id());
    let path = Path::new(&options.ports_file_dir).join(name);
    let scheme = if options.tls.is_some() { "tls" } else { "nats" };
    let ports = Ports {
        nats: client.iter().map(|at| format!("{scheme}://{at}")).collect(),
        monitoring: monitoring
            .iter()
            .map(|(scheme, at)| format!("{scheme}://{at}"))
            .collect(),
    };
    let error = |source| ServerError::File {
        what: "ports file",
        source,
    };
    let json = serde_json::to_vec(&ports).map_err(|source| error(source.into()))?;
    // Readers must never see half of it.
    let unfinished = path.with_extension("ports.tmp");
    fs::write(&unfinished, json).map_err(error)?;
    fs::rename(&unfinished, &path).map_err(error)?;
    Ok(path)
}
