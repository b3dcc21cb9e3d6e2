//! A client that speaks the protocol line by line.

use std::fmt::Display;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use crate::log::regex;
use crate::wait::SOON;

/// A message that the server delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawMessage {
    /// Subject.
    pub subject: String,
    /// Subscription ID.
    pub sid: String,
    /// Reply subject.
    pub reply: Option<String>,
    /// Header block, with its version line, as sent.
    pub header: Vec<u8>,
    /// Payload.
    pub payload: Vec<u8>,
}

/// A raw connection. Whatever it reads has to come within 10 s, unless
/// [`set_limit`](Self::set_limit) says otherwise.
#[derive(Debug)]
pub struct RawClient<S = TcpStream> {
    stream: S,
    buffer: Vec<u8>,
    limit: Duration,
}

/// A stream whose reads can be limited in time.
pub trait Timed: Read + Write {
    /// Makes the next reads fail after a while.
    fn limit_reads(&mut self, limit: Duration) -> io::Result<()>;
}

impl Timed for TcpStream {
    fn limit_reads(&mut self, limit: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(limit))
    }
}

impl RawClient {
    /// Connects, and sends nothing.
    pub fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, SOON)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(SOON))?;
        Ok(Self::over(stream))
    }

    /// Connects, takes INFO, sends CONNECT with the given options and waits
    /// for PONG. Gives the client and the INFO.
    pub fn handshake(address: SocketAddr, options: &Value) -> anyhow::Result<(Self, Value)> {
        let mut client = Self::connect(address)?;
        let info = client.info()?;
        client.send(format_args!("CONNECT {options}\r\n"))?;
        client.flush()?;
        Ok((client, info))
    }
}

impl<S: Timed> RawClient<S> {
    /// Speaks over a stream that is connected already.
    pub fn over(stream: S) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
            limit: SOON,
        }
    }

    /// Changes how long it waits for what it reads.
    pub fn set_limit(&mut self, limit: Duration) {
        self.limit = limit;
    }

    /// Sends text as it is; line ends are up to the caller.
    pub fn send(&mut self, text: impl Display) -> anyhow::Result<()> {
        self.send_bytes(text.to_string().as_bytes())
    }

    /// Sends bytes.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()?;
        Ok(())
    }

    /// Reads a line, without its end.
    pub fn read_line(&mut self) -> anyhow::Result<String> {
        let end = self.fill_until(|buffer| find(buffer, b"\r\n"))?;
        let line = self.take(end);
        self.take(2);
        String::from_utf8(line).context("a protocol line is not text")
    }

    /// Reads a number of bytes.
    pub fn read_bytes(&mut self, length: usize) -> anyhow::Result<Vec<u8>> {
        self.fill_until(|buffer| (buffer.len() >= length).then_some(length))?;
        Ok(self.take(length))
    }

    /// Reads a line, which has to match a pattern.
    pub fn expect(&mut self, pattern: &str) -> anyhow::Result<String> {
        let line = self
            .read_line()
            .with_context(|| format!("waiting for `{pattern}`"))?;
        ensure!(
            regex(pattern).is_match(&line),
            "expected `{pattern}`, got `{line}`"
        );
        Ok(line)
    }

    /// Reads up to the first line that matches a pattern.
    pub fn skip_to(&mut self, pattern: &str) -> anyhow::Result<String> {
        let matcher = regex(pattern);
        loop {
            let line = self
                .read_line()
                .with_context(|| format!("waiting for `{pattern}`"))?;
            if matcher.is_match(&line) {
                return Ok(line);
            }
        }
    }

    /// Reads INFO.
    pub fn info(&mut self) -> anyhow::Result<Value> {
        let line = self.expect("^INFO ")?;
        let json = line.strip_prefix("INFO ").context("no INFO")?;
        serde_json::from_str(json).context("INFO is not JSON")
    }

    /// Sends PING and waits for PONG: by then the server has handled all that
    /// was sent before.
    pub fn flush(&mut self) -> anyhow::Result<()> {
        self.send("PING\r\n")?;
        self.expect("^PONG$").map(drop)
    }

    /// Reads a message, with or without header.
    pub fn read_message(&mut self) -> anyhow::Result<RawMessage> {
        let line = self.expect("^H?MSG ")?;
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let with_header = fields.first() == Some(&"HMSG");
        let sizes = if with_header { 2 } else { 1 };
        let (names, sizes) = match fields.len().checked_sub(sizes) {
            Some(at) if at == 3 || at == 4 => fields.split_at(at),
            _ => bail!("not a message: `{line}`"),
        };
        let sizes = sizes
            .iter()
            .map(|n| n.parse())
            .collect::<Result<Vec<usize>, _>>()?;
        let (header, total) = match sizes.as_slice() {
            [header, total] => (*header, *total),
            [total] => (0, *total),
            _ => bail!("not a message: `{line}`"),
        };
        let payload_size = total
            .checked_sub(header)
            .context("the header exceeds the message")?;
        let message = RawMessage {
            subject: names[1].to_owned(),
            sid: names[2].to_owned(),
            reply: names.get(3).map(|&reply| reply.to_owned()),
            header: self.read_bytes(header)?,
            payload: self.read_bytes(payload_size)?,
        };
        ensure!(
            self.read_bytes(2)? == b"\r\n",
            "the message doesn't end where it should"
        );
        Ok(message)
    }

    /// Makes sure that nothing comes for a while.
    pub fn expect_nothing(&mut self, time: Duration) -> anyhow::Result<()> {
        let end = Instant::now() + time;
        while self.buffer.is_empty() {
            match self.read_some(end) {
                Ok(0) => bail!("the server closed the connection"),
                Ok(_) => {}
                Err(error) if is_timeout(&error) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        bail!(
            "expected nothing, got {:?}",
            String::from_utf8_lossy(&self.buffer)
        )
    }

    /// Reads until the server closes the connection, and gives what came.
    pub fn read_to_close(&mut self) -> anyhow::Result<String> {
        let end = Instant::now() + self.limit;
        loop {
            match self.read_some(end) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
                Err(error) => return Err(error).context("waiting for the end of the connection"),
            }
        }
        let length = self.buffer.len();
        Ok(String::from_utf8_lossy(&self.take(length)).into_owned())
    }

    fn fill_until(&mut self, done: impl Fn(&[u8]) -> Option<usize>) -> anyhow::Result<usize> {
        let end = Instant::now() + self.limit;
        loop {
            if let Some(at) = done(&self.buffer) {
                return Ok(at);
            }
            let read = self.stream_read(end);
            let so_far = || format!("after {:?}", String::from_utf8_lossy(&self.buffer));
            let read = read.with_context(so_far)?;
            ensure!(
                !read.is_empty(),
                "the server closed the connection {}",
                so_far()
            );
            self.buffer.extend(read);
        }
    }

    fn read_some(&mut self, end: Instant) -> io::Result<usize> {
        let read = self.stream_read(end)?;
        let length = read.len();
        self.buffer.extend(read);
        Ok(length)
    }

    fn stream_read(&mut self, end: Instant) -> io::Result<Vec<u8>> {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::Error::new(ErrorKind::TimedOut, "nothing came in time"));
        }
        self.stream.limit_reads(left)?;
        let mut chunk = vec![0; 16 * 1024];
        let length = self.stream.read(&mut chunk)?;
        chunk.truncate(length);
        Ok(chunk)
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        let rest = self.buffer.split_off(length);
        std::mem::replace(&mut self.buffer, rest)
    }
}

fn find(buffer: &[u8], what: &[u8]) -> Option<usize> {
    buffer.windows(what.len()).position(|window| window == what)
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
