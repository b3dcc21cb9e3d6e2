//! A client over a pipe inside the process: no socket, no port.

use std::time::Duration;

use nats_server::Server;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A raw client that is connected through memory.
#[derive(Debug)]
pub struct PipeClient {
    stream: DuplexStream,
    read: Vec<u8>,
    runtime: Runtime,
}

impl PipeClient {
    /// Connects and leaves the server's INFO to be read.
    #[must_use]
    pub fn connect(server: &Server) -> Self {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime can be made");
        let stream = server.in_process_connection().expect("the server runs");
        Self {
            stream,
            read: Vec::new(),
            runtime,
        }
    }

    /// Sends `text` as it is.
    pub fn send(&mut self, text: &str) {
        self.runtime
            .block_on(self.stream.write_all(text.as_bytes()))
            .expect("the server reads");
    }

    /// Reads one line, without its end; `None` is the end of the connection.
    pub fn try_line(&mut self) -> Option<String> {
        loop {
            if let Some(at) = self.read.windows(2).position(|pair| pair == b"\r\n") {
                let rest = self.read.split_off(at + 2);
                let mut line = std::mem::replace(&mut self.read, rest);
                line.truncate(at);
                return Some(String::from_utf8_lossy(&line).into_owned());
            }
            let more = self.stream.read_buf(&mut self.read);
            let count = self
                .runtime
                .block_on(async { timeout(PATIENCE, more).await })
                .expect("the server answers")
                .expect("a pipe can be read");
            if count == 0 {
                return None;
            }
        }
    }

    /// Reads one line and checks that it is `expected`.
    #[track_caller]
    pub fn expect(&mut self, expected: &str) {
        assert_eq!(self.try_line().as_deref(), Some(expected));
    }
}
