//! A connection of a conversation.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, bail};

/// How long an answer may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(8);

/// A message as it came.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) subject: String,
    pub(crate) sid: u64,
    pub(crate) reply: Option<String>,
    pub(crate) header: Vec<u8>,
    pub(crate) payload: Vec<u8>,
}

impl Message {
    /// The status in its first line, if there is one.
    pub(crate) fn status(&self) -> Option<&str> {
        let line = self.header.split(|byte| *byte == b'\r').next()?;
        let line = std::str::from_utf8(line).ok()?.strip_prefix("NATS/1.0")?;
        line.split_whitespace().next()
    }
}

/// A connection of a conversation.
pub(crate) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
    /// Messages that came while something else was waited for.
    waiting: VecDeque<Message>,
    next_sid: u64,
    subscriptions: Vec<(String, u64)>,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr, options: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let mut connection = Self {
            stream,
            read: Vec::new(),
            waiting: VecDeque::new(),
            next_sid: 0,
            subscriptions: Vec::new(),
        };
        let mut connect = serde_json::json!({
            "verbose": false, "headers": true, "no_responders": true, "name": "conversation",
        });
        let options: serde_json::Value = serde_json::from_str(options)?;
        if let (Some(connect), Some(options)) = (connect.as_object_mut(), options.as_object()) {
            connect.extend(options.clone());
        }
        connection.line()?;
        connection.send(format!("CONNECT {connect}\r\n").as_bytes())?;
        connection.sync()?;
        Ok(connection)
    }

    /// Lets what comes take so long.
    pub(crate) fn set_patience(&mut self, patience: Duration) -> anyhow::Result<()> {
        Ok(self.stream.set_read_timeout(Some(patience))?)
    }

    fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(self.stream.write_all(bytes)?)
    }

    /// Waits until the server has worked off everything.
    pub(crate) fn sync(&mut self) -> anyhow::Result<()> {
        self.send(b"PING\r\n")?;
        loop {
            let line = self.line()?;
            match line.split(' ').next().unwrap_or_default() {
                "PONG" => return Ok(()),
                "PING" => self.send(b"PONG\r\n")?,
                "INFO" => {}
                "MSG" | "HMSG" => {
                    let message = self.message(&line)?;
                    self.waiting.push_back(message);
                }
                _ => bail!("unexpected: {line}"),
            }
        }
    }

    pub(crate) fn subscribe(&mut self, subject: &str) -> anyhow::Result<u64> {
        self.next_sid += 1;
        let sid = self.next_sid;
        self.subscriptions.push((subject.to_owned(), sid));
        self.send(format!("SUB {subject} {sid}\r\n").as_bytes())?;
        Ok(sid)
    }

    pub(crate) fn unsubscribe(&mut self, sid: u64) -> anyhow::Result<()> {
        self.waiting.retain(|message| message.sid != sid);
        self.send(format!("UNSUB {sid}\r\n").as_bytes())
    }

    pub(crate) fn sid_of(&self, subject: &str) -> Option<u64> {
        let found = self.subscriptions.iter().find(|known| known.0 == subject);
        found.map(|known| known.1)
    }

    pub(crate) fn publish(
        &mut self,
        subject: &str,
        reply: &str,
        header: &[u8],
        payload: &[u8],
    ) -> anyhow::Result<()> {
        let total = header.len() + payload.len();
        let mut bytes = if header.is_empty() {
            format!("PUB {subject} {reply} {total}\r\n").into_bytes()
        } else {
            format!("HPUB {subject} {reply} {} {total}\r\n", header.len()).into_bytes()
        };
        bytes.extend_from_slice(header);
        bytes.extend_from_slice(payload);
        bytes.extend_from_slice(b"\r\n");
        self.send(&bytes)
    }

    /// The next message of a subscription, or of any but those of requests.
    pub(crate) fn next(&mut self, sid: Option<u64>) -> anyhow::Result<Option<Message>> {
        let wanted = |message: &Message| sid.is_none_or(|sid| sid == message.sid);
        if let Some(at) = self.waiting.iter().position(wanted) {
            return Ok(self.waiting.remove(at));
        }
        loop {
            let line = match self.line() {
                Ok(line) => line,
                Err(error) if is_timeout(&error) => return Ok(None),
                Err(error) => return Err(error),
            };
            match line.split(' ').next().unwrap_or_default() {
                "PING" => self.send(b"PONG\r\n")?,
                "INFO" | "PONG" => {}
                "MSG" | "HMSG" => {
                    let message = self.message(&line)?;
                    if wanted(&message) {
                        return Ok(Some(message));
                    }
                    self.waiting.push_back(message);
                }
                _ => bail!("unexpected: {line}"),
            }
        }
    }

    fn message(&mut self, line: &str) -> anyhow::Result<Message> {
        let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
        let sizes = if words[0] == "HMSG" { 2 } else { 1 };
        let total: usize = words.last().context("a size")?.parse()?;
        let header: usize = match sizes {
            2 => words[words.len() - 2].parse()?,
            _ => 0,
        };
        let has_reply = words.len() == 4 + sizes;
        while self.read.len() < total + 2 {
            self.fill()?;
        }
        let rest = self.read.split_off(total + 2);
        let mut body = std::mem::replace(&mut self.read, rest);
        body.truncate(total);
        let payload = body.split_off(header);
        Ok(Message {
            subject: words[1].to_owned(),
            sid: words[2].parse()?,
            reply: has_reply.then(|| words[3].to_owned()),
            header: body,
            payload,
        })
    }

    fn line(&mut self) -> anyhow::Result<String> {
        loop {
            if let Some(at) = self.read.windows(2).position(|pair| pair == b"\r\n") {
                let rest = self.read.split_off(at + 2);
                let mut line = std::mem::replace(&mut self.read, rest);
                line.truncate(at);
                return Ok(String::from_utf8_lossy(&line).into_owned());
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> anyhow::Result<()> {
        let mut chunk = [0; 16 * 1024];
        match self.stream.read(&mut chunk)? {
            0 => bail!("closed"),
            count => {
                self.read.extend_from_slice(&chunk[..count]);
                Ok(())
            }
        }
    }
}

fn is_timeout(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
}
