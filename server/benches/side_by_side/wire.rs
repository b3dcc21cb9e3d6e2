//! A client that costs little: it sends what was made before and counts bytes.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, ensure};

/// A connection after its handshake.
pub(crate) struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Wire {
    pub(crate) fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        Self::connect_with(
            address,
            r#"{"verbose":false,"pedantic":false,"headers":true}"#,
        )
    }

    /// A connection with options of its own, in JSON.
    pub(crate) fn connect_with(address: SocketAddr, options: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut wire = Self {
            stream,
            buffer: vec![0; 1 << 17],
        };
        wire.read_line()?;
        wire.send(format!("CONNECT {options}\r\nPING\r\n").as_bytes())?;
        ensure!(wire.read_line()?.starts_with(b"PONG"), "no PONG");
        Ok(wire)
    }

    /// The connection with little memory of its own, to hold and not to use.
    pub(crate) fn idle(mut self) -> TcpStream {
        self.buffer = Vec::new();
        self.stream
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(self.stream.write_all(bytes)?)
    }

    /// Waits until everything sent so far was worked through.
    pub(crate) fn flush(&mut self) -> anyhow::Result<()> {
        self.send(b"PING\r\n")?;
        self.read_line().map(drop)
    }

    /// Whether a request to the subject finds no one, for a connection that was
    /// made with `no_responders`.
    pub(crate) fn finds_nobody(&mut self, subject: &str) -> anyhow::Result<bool> {
        self.send(format!("PUB {subject} none 0\r\n\r\nPING\r\n").as_bytes())?;
        let mut answer = Vec::new();
        // Somebody's answer may come with it.
        while !answer.windows(6).any(|word| word == b"PONG\r\n") {
            answer.extend_from_slice(self.read_line()?);
        }
        Ok(answer.windows(3).any(|word| word == b"503"))
    }

    /// Reads this many bytes.
    pub(crate) fn read_count(&mut self, mut count: usize) -> anyhow::Result<()> {
        while count > 0 {
            let most = count.min(self.buffer.len());
            let read = self.stream.read(&mut self.buffer[..most])?;
            ensure!(read > 0, "closed");
            count -= read;
        }
        Ok(())
    }

    /// Reads up to the end of a line; nothing may follow it.
    fn read_line(&mut self) -> anyhow::Result<&[u8]> {
        let mut have = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[have..])?;
            ensure!(read > 0, "closed");
            have += read;
            if self.buffer[..have].ends_with(b"\r\n") {
                return self.buffer.get(..have).context("too long a line");
            }
        }
    }
}

/// `count` publishes of `size` bytes to `subject`, as many as make a good write.
pub(crate) struct Batch {
    bytes: Vec<u8>,
    count: usize,
}

impl Batch {
    pub(crate) fn new(subject: &str, size: usize) -> Self {
        let one = [
            format!("PUB {subject} {size}\r\n").as_bytes(),
            &vec![b'x'; size],
            b"\r\n",
        ]
        .concat();
        let count = (65_536 / one.len()).max(1);
        Self {
            bytes: one.repeat(count),
            count,
        }
    }

    /// Sends at least `messages` messages and returns how many.
    pub(crate) fn send(&self, wire: &mut Wire, messages: usize) -> anyhow::Result<usize> {
        let times = messages.div_ceil(self.count);
        for _ in 0..times {
            wire.send(&self.bytes)?;
        }
        Ok(times * self.count)
    }

    /// How many messages [`send`](Self::send) makes of `messages`.
    pub(crate) fn rounded(&self, messages: usize) -> usize {
        messages.div_ceil(self.count) * self.count
    }
}

/// Bytes of a delivery.
pub(crate) fn delivery(subject: &str, sid: &str, size: usize) -> usize {
    format!("MSG {subject} {sid} {size}\r\n").len() + size + 2
}
