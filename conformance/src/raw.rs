//! A client that speaks the protocol by hand.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::log::regex;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A message that the server delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawMessage {
    /// Subject.
    pub subject: String,
    /// Subscription ID.
    pub sid: String,
    /// Reply subject.
    pub reply: Option<String>,
    /// Header block with its version line, as sent.
    pub header: Vec<u8>,
    /// Payload.
    pub payload: Vec<u8>,
}

/// A connection to a server, read line by line.
#[derive(Debug)]
pub struct RawClient {
    stream: TcpStream,
    read: Vec<u8>,
}

impl RawClient {
    /// Connects and leaves the server's INFO to be read.
    #[must_use]
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server accepts connections");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a socket takes a timeout");
        stream
            .set_nodelay(true)
            .expect("a socket can be told not to wait");
        Self {
            stream,
            read: Vec::new(),
        }
    }

    /// Connects, reads INFO and sends CONNECT with `options`, then waits for PONG.
    /// What comes before PONG is checked to be no error.
    #[must_use]
    pub fn connected(address: SocketAddr, options: &str) -> Self {
        let mut client = Self::connect(address);
        client.info();
        client.send(&format!("CONNECT {options}\r\nPING\r\n"));
        loop {
            let line = client.line();
            assert!(!line.starts_with("-ERR"), "{line}");
            if line == "PONG" {
                return client;
            }
        }
    }

    /// The socket.
    #[must_use]
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Sends `text` as it is.
    pub fn send(&mut self, text: &str) {
        self.send_bytes(text.as_bytes());
    }

    /// Sends `bytes` as they are.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the server reads");
    }

    /// Reads INFO and returns its document.
    pub fn info(&mut self) -> serde_json::Value {
        let line = self.line();
        let json = line
            .strip_prefix("INFO ")
            .unwrap_or_else(|| panic!("no INFO: {line}"));
        serde_json::from_str(json).expect("INFO is JSON")
    }

    /// Reads one line, without its end.
    pub fn line(&mut self) -> String {
        self.try_line()
            .expect("the server answers")
            .expect("the connection is open")
    }

    /// Reads one line, without its end; `None` is the end of the connection.
    ///
    /// # Errors
    ///
    /// What the socket reports, a time-out among them.
    pub fn try_line(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(at) = self.read.windows(2).position(|pair| pair == b"\r\n") {
                let rest = self.read.split_off(at + 2);
                let mut line = std::mem::replace(&mut self.read, rest);
                line.truncate(at);
                return Ok(Some(String::from_utf8_lossy(&line).into_owned()));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Reads `count` bytes of payload and the line end after them.
    pub fn payload(&mut self, count: usize) -> Vec<u8> {
        while self.read.len() < count + 2 {
            assert!(
                self.fill().expect("the server answers"),
                "the connection is open"
            );
        }
        let rest = self.read.split_off(count + 2);
        let mut payload = std::mem::replace(&mut self.read, rest);
        assert!(payload.ends_with(b"\r\n"), "{}", payload.escape_ascii());
        payload.truncate(count);
        payload
    }

    /// Reads lines until the connection ends and returns them.
    pub fn until_closed(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            match self.try_line() {
                Ok(Some(line)) => lines.push(line),
                Ok(None) => return lines,
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return lines,
                Err(error) => panic!("the connection stays open after {lines:?}: {error}"),
            }
        }
    }

    /// Sends PING and reads up to its PONG; returns the lines before it. PINGs of
    /// the server are answered and left out.
    pub fn flush(&mut self) -> Vec<String> {
        self.send("PING\r\n");
        let mut lines = Vec::new();
        loop {
            let line = self.line_but_ping();
            if line == "PONG" {
                return lines;
            }
            lines.push(line);
        }
    }

    /// Reads one line; PINGs of the server before it are answered.
    fn line_but_ping(&mut self) -> String {
        loop {
            let line = self.line();
            if line != "PING" {
                return line;
            }
            self.send("PONG\r\n");
        }
    }

    /// Reads one line and checks that it is `expected`.
    #[track_caller]
    pub fn expect(&mut self, expected: &str) {
        assert_eq!(self.line(), expected);
    }

    /// Reads one line, which has to match a pattern.
    #[track_caller]
    pub fn expect_match(&mut self, pattern: &str) -> String {
        let line = self.line();
        assert!(
            regex(pattern).is_match(&line),
            "expected `{pattern}`, got `{line}`"
        );
        line
    }

    /// Reads lines up to the first that matches a pattern, and gives that one.
    #[track_caller]
    pub fn skip_to(&mut self, pattern: &str) -> String {
        let matcher = regex(pattern);
        loop {
            let line = self.line();
            if matcher.is_match(&line) {
                return line;
            }
        }
    }

    /// Reads a message, with or without header. PINGs of the server before it are
    /// answered.
    #[track_caller]
    pub fn message(&mut self) -> RawMessage {
        let line = self.line_but_ping();
        assert!(
            line.starts_with("MSG ") || line.starts_with("HMSG "),
            "expected a message, got `{line}`"
        );
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let sizes = if line.starts_with('H') { 2 } else { 1 };
        let names = fields
            .len()
            .checked_sub(sizes)
            .filter(|names| (3..=4).contains(names));
        let (names, sizes) = fields.split_at(names.unwrap_or_else(|| panic!("no message: {line}")));
        let size = |at: usize| -> usize {
            sizes[at]
                .parse()
                .unwrap_or_else(|_| panic!("no message: {line}"))
        };
        let header_size = if sizes.len() == 2 { size(0) } else { 0 };
        let mut header = self.payload(size(sizes.len() - 1));
        assert!(
            header_size <= header.len(),
            "the header exceeds the message: {line}"
        );
        let payload = header.split_off(header_size);
        RawMessage {
            subject: names[1].to_owned(),
            sid: names[2].to_owned(),
            reply: names.get(3).map(|&reply| reply.to_owned()),
            header,
            payload,
        }
    }

    /// Makes sure that nothing comes for a while and that the connection stays
    /// open.
    #[track_caller]
    pub fn expect_nothing(&mut self, time: Duration) {
        let end = Instant::now() + time;
        loop {
            assert!(
                self.read.is_empty(),
                "expected nothing: {}",
                self.read.escape_ascii()
            );
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            self.set_patience(left);
            match self.fill() {
                Ok(open) => assert!(open, "the connection is open"),
                Err(error) if is_timeout(&error) => break,
                Err(error) => panic!("the connection is open: {error}"),
            }
        }
        self.set_patience(PATIENCE);
    }

    /// Changes how long it waits for what it reads.
    pub fn set_patience(&mut self, patience: Duration) {
        self.stream
            .set_read_timeout(Some(patience))
            .expect("a socket takes a timeout");
    }

    fn fill(&mut self) -> io::Result<bool> {
        let mut chunk = [0; 16 * 1024];
        let count = self.stream.read(&mut chunk)?;
        self.read.extend_from_slice(&chunk[..count]);
        Ok(count > 0)
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}
