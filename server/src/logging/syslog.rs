//! The log in a system log, of this machine or another.

use std::fmt::Arguments;
use std::io::{self, Write};
use std::net::{TcpStream, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::process;
use std::sync::{Mutex, PoisonError};

use jiff::Zoned;
use thiserror::Error;

use super::format::Level;
use super::logger::LogSink;

/// Sockets on which a machine's own system log listens.
const LOCAL_SOCKETS: [&str; 3] = ["/dev/log", "/var/run/syslog", "/var/run/log"];
/// The facility of daemons, in the place it has in a priority.
const FACILITY_DAEMON: u8 = 3 << 3;
/// Name of the server in the system log.
const TAG: &str = "nats-server";

/// A system log that can not be reached.
#[derive(Debug, Error)]
pub enum SyslogError {
    /// An address of a kind nobody knows.
    #[error("invalid syslog address {0:?}, expected udp://, tcp:// or unix://")]
    Address(String),
    /// The system log does not answer.
    #[error("error connecting to syslog: {0}")]
    Connect(#[from] io::Error),
}

/// Writes lines to a system log.
#[derive(Debug)]
pub struct SyslogLog {
    connection: Mutex<Connection>,
    /// Empty for this machine's own system log.
    host: String,
}

#[derive(Debug)]
enum Connection {
    Local(UnixDatagram),
    Udp(UdpSocket),
    Tcp(TcpStream),
}

impl SyslogLog {
    /// Connects to this machine's system log.
    ///
    /// # Errors
    ///
    /// [`SyslogError`] if there is none.
    pub fn local() -> Result<Self, SyslogError> {
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for path in LOCAL_SOCKETS {
            match connect_local(path) {
                Ok(socket) => return Ok(Self::new(Connection::Local(socket), String::new())),
                Err(error) => last = error,
            }
        }
        Err(last.into())
    }

    /// Connects to the system log at `address`: `udp://host:port`,
    /// `tcp://host:port` or `unix://path`.
    ///
    /// # Errors
    ///
    /// [`SyslogError`] if the address is none or nobody listens there.
    pub fn remote(address: &str) -> Result<Self, SyslogError> {
        let (scheme, place) = address
            .split_once("://")
            .ok_or_else(|| SyslogError::Address(address.to_owned()))?;
        let connection = match scheme {
            "udp" => {
                let socket = UdpSocket::bind("0.0.0.0:0")?;
                socket.connect(place)?;
                Connection::Udp(socket)
            }
            "tcp" => Connection::Tcp(TcpStream::connect(place)?),
            "unix" => Connection::Local(connect_local(place)?),
            _ => return Err(SyslogError::Address(address.to_owned())),
        };
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host = host.trim();
        let host = if host.is_empty() { "localhost" } else { host };
        Ok(Self::new(connection, host.to_owned()))
    }

    fn new(connection: Connection, host: String) -> Self {
        Self {
            connection: Mutex::new(connection),
            host,
        }
    }

    fn line(&self, level: Level, message: Arguments<'_>) -> String {
        let priority = FACILITY_DAEMON | severity(level);
        let now = Zoned::now();
        let pid = process::id();
        if self.host.is_empty() {
            let time = now.strftime("%b %e %H:%M:%S");
            format!("<{priority}>{time} {TAG}[{pid}]: {message}\n")
        } else {
            let time = now.strftime("%Y-%m-%dT%H:%M:%S%:z");
            format!("<{priority}>{time} {} {TAG}[{pid}]: {message}\n", self.host)
        }
    }
}

impl LogSink for SyslogLog {
    fn log(&self, level: Level, message: Arguments<'_>) {
        let line = self.line(level, message);
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // A system log that is gone must not stop the server; the line is lost.
        let _ = match &mut *connection {
            Connection::Local(socket) => socket.send(line.as_bytes()).map(drop),
            Connection::Udp(socket) => socket.send(line.as_bytes()).map(drop),
            Connection::Tcp(stream) => stream.write_all(line.as_bytes()),
        };
    }
}

fn connect_local(path: &str) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.connect(path)?;
    Ok(socket)
}

fn severity(level: Level) -> u8 {
    match level {
        Level::Fatal => 2,
        Level::Error => 3,
        Level::Warn => 4,
        Level::Notice => 5,
        Level::Debug | Level::Trace => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_have_priority_tag_and_text() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let listener = UnixDatagram::bind(&path).unwrap();
        let log = SyslogLog::remote(&format!("unix://{}", path.display())).unwrap();
        log.log(Level::Error, format_args!("broken {}", 1));
        let mut buffer = [0; 256];
        let count = listener.recv(&mut buffer).unwrap();
        let line = String::from_utf8_lossy(&buffer[..count]).into_owned();
        assert!(line.starts_with("<27>"), "{line}");
        let end = format!("nats-server[{}]: broken 1\n", process::id());
        assert!(line.ends_with(&end), "{line}");
    }

    #[test]
    fn remote_logs_are_reached_over_udp() {
        let listener = UdpSocket::bind("127.0.0.1:0").unwrap();
        let log = SyslogLog::remote(&format!("udp://{}", listener.local_addr().unwrap())).unwrap();
        log.log(Level::Notice, format_args!("hello"));
        let mut buffer = [0; 256];
        let count = listener.recv(&mut buffer).unwrap();
        assert!(String::from_utf8_lossy(&buffer[..count]).ends_with("]: hello\n"));
        assert!(matches!(
            SyslogLog::remote("ftp://x"),
            Err(SyslogError::Address(_))
        ));
        assert!(matches!(
            SyslogLog::remote("localhost"),
            Err(SyslogError::Address(_))
        ));
    }
}
