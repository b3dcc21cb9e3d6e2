//! A server with a log that can be looked at, and a client that reads lines.

use std::fmt::Arguments;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nats_server::logging::{Level, LogSink};
use nats_server::{Options, Server};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Running {
    pub(crate) server: Server,
    log: Arc<Log>,
}

#[derive(Default)]
struct Log(Mutex<Vec<(Level, String)>>);

impl LogSink for Log {
    fn log(&self, level: Level, message: Arguments<'_>) {
        self.0.lock().unwrap().push((level, message.to_string()));
    }
}

impl Running {
    pub(crate) fn with(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options {
            host: "127.0.0.1".to_owned(),
            port: -1,
            no_sigs: true,
            ..Options::default()
        };
        change(&mut options);
        let server = Server::new(options).unwrap();
        let log = Arc::new(Log::default());
        server.set_logger(Some(Arc::clone(&log) as Arc<dyn LogSink>), true, true);
        server.start().unwrap();
        assert!(server.ready_for_connections(PATIENCE));
        Self { server, log }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.client_address().unwrap()
    }

    /// Whether a client that says nothing is sent INFO before long.
    pub(crate) fn greets(&self) -> bool {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_millis(300)))
            .unwrap();
        let mut start = [0; 5];
        stream.read_exact(&mut start).is_ok() && &start == b"INFO "
    }

    /// A client that reads INFO only.
    pub(crate) fn client(&self) -> Client {
        let mut client = Client::new(TcpStream::connect(self.address()).unwrap());
        assert!(client.line().unwrap().starts_with("INFO "));
        client
    }

    /// A client that is connected with these options and not verbose.
    pub(crate) fn connected(&self, options: &str) -> Client {
        let mut client = self.client();
        client.send(&format!(
            "CONNECT {{\"verbose\":false{options}}}\r\nPING\r\n"
        ));
        assert_eq!(client.line().as_deref(), Some("PONG"));
        client
    }

    pub(crate) fn lines(&self, level: Level) -> Vec<String> {
        let lines = self.log.0.lock().unwrap();
        let of_level = lines.iter().filter(|(at, _)| *at == level);
        of_level.map(|(_, line)| line.clone()).collect()
    }

    /// Waits until a line of the log has `text` in it.
    pub(crate) fn wait_for_line(&self, level: Level, text: &str) {
        wait_until(text, || {
            self.lines(level).iter().any(|line| line.contains(text))
        });
    }

    /// Waits until a connection was closed for `reason`.
    pub(crate) fn wait_for_closed(&self, reason: &str) {
        wait_until(reason, || {
            let closed = self.server.closed_connections();
            closed.iter().any(|one| one.reason.as_str() == reason)
        });
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.shutdown();
    }
}

pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    read: Vec<u8>,
}

impl Client {
    pub(crate) fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self {
            stream,
            read: Vec::new(),
        }
    }

    pub(crate) fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).unwrap();
    }

    /// The next line; `None` at the end of the connection.
    pub(crate) fn line(&mut self) -> Option<String> {
        loop {
            if let Some(at) = self.read.windows(2).position(|two| two == b"\r\n") {
                let rest = self.read.split_off(at + 2);
                let mut line = std::mem::replace(&mut self.read, rest);
                line.truncate(at);
                return Some(String::from_utf8_lossy(&line).into_owned());
            }
            let mut more = [0; 4096];
            match self.stream.read(&mut more) {
                Ok(0) => return None,
                Ok(count) => self.read.extend_from_slice(&more[..count]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("the server answers: {error}"),
            }
        }
    }

    /// As many bytes as `count` says.
    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        let rest = self.read.split_off(count.min(self.read.len()));
        let mut bytes = std::mem::replace(&mut self.read, rest);
        let had = bytes.len();
        bytes.resize(count, 0);
        self.stream.read_exact(&mut bytes[had..]).unwrap();
        bytes
    }

    /// All lines up to the end of the connection.
    pub(crate) fn rest(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.line()).collect()
    }

    /// Sends PING and returns what comes before its PONG.
    pub(crate) fn flush(&mut self) -> Vec<String> {
        self.send("PING\r\n");
        let mut lines = Vec::new();
        loop {
            let line = self.line().unwrap();
            if line == "PONG" {
                return lines;
            }
            lines.push(line);
        }
    }
}

#[track_caller]
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
