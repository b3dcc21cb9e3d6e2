//! Raw protocol scripts and what a server answers to them.
//!
//! A script begins with `=== name`, goes on with the lines of its configuration,
//! each after `| `, and then has steps of the form `<connection><step>`, where the
//! connection is a capital letter that is opened when it first appears:
//!
//! - `A> text` sends a line, `A>> bytes` sends escaped bytes as they are;
//! - `A+ {..}` sends CONNECT with these options, not verbose unless they say so,
//!   and waits for PONG;
//! - `A?` sends PING and notes all answers up to PONG; `A?~` notes them sorted,
//!   where their order is not promised;
//! - `A$` notes all answers until the server closes the connection;
//! - `A^` notes INFO.
//!
//! `{reply}` in a step stands for the last reply subject that the server made up for
//! a service.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use conformance::process::ServerProcess;
use serde_json::{Map, Value};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What differs between any two runs or releases.
const OF_THE_MOMENT: [&str; 12] = [
    "server_id",
    "server_name",
    "version",
    "git_commit",
    "go",
    "host",
    "port",
    "client_id",
    "client_ip",
    "nonce",
    "connect_urls",
    "xkey",
];

/// One script.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) name: String,
    config: String,
    steps: Vec<String>,
}

impl Script {
    /// All scripts of a file.
    pub(crate) fn parse(text: &str) -> Vec<Self> {
        let mut scripts: Vec<Self> = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(name) = line.strip_prefix("=== ") {
                scripts.push(Self {
                    name: name.to_owned(),
                    config: String::new(),
                    steps: Vec::new(),
                });
                continue;
            }
            let script = scripts.last_mut().expect("a script begins with its name");
            match line.strip_prefix("| ") {
                Some(line) => {
                    script.config.push_str(line);
                    script.config.push('\n');
                }
                None => script.steps.push(line.to_owned()),
            }
        }
        scripts
    }

    /// Plays the script to a server, ours or `program`, and returns its answers.
    pub(crate) fn play(&self, program: Option<&Path>) -> anyhow::Result<String> {
        let mut builder = ServerProcess::builder();
        if let Some(program) = program {
            builder = builder.program(program);
        }
        if !self.config.is_empty() {
            builder = builder.config(&format!("listen: \"127.0.0.1:-1\"\n{}", self.config));
        }
        let server = builder.try_start()?;
        let mut connections = BTreeMap::new();
        let mut answers = String::new();
        let mut reply: Option<String> = None;
        for step in &self.steps {
            let step = match &reply {
                Some(reply) => step.replace("{reply}", reply),
                None => step.clone(),
            };
            let (name, step) = step
                .split_at_checked(1)
                .with_context(|| format!("no step: {step}"))?;
            if !connections.contains_key(name) {
                let connection = Connection::open(server.address())?;
                connections.insert(name.to_owned(), connection);
            }
            let connection = connections.get_mut(name).expect("it was just opened");
            let lines = connection
                .step(step)
                .with_context(|| format!("at `{name}{step}` after:\n{answers}"))?;
            reply = connection.reply.take().or(reply);
            for line in lines {
                answers.push_str(name);
                answers.push_str("< ");
                answers.push_str(&line);
                answers.push('\n');
            }
        }
        Ok(answers)
    }
}

/// A connection of a script.
struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
    /// The first line, if there was one.
    info: Option<Value>,
    /// PINGs of the script itself that are not answered yet.
    unanswered: usize,
    /// The last reply subject that the server made up.
    reply: Option<String>,
}

impl Connection {
    fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let mut connection = Self {
            stream,
            read: Vec::new(),
            info: None,
            unanswered: 0,
            reply: None,
        };
        let first = connection.line()?.context("no INFO")?;
        match first.strip_prefix("INFO ") {
            Some(info) => connection.info = Some(serde_json::from_str(info)?),
            None => connection.put_back(&first),
        }
        Ok(connection)
    }

    fn put_back(&mut self, line: &str) {
        let mut read = line.as_bytes().to_vec();
        read.extend_from_slice(b"\r\n");
        read.append(&mut self.read);
        self.read = read;
    }

    fn step(&mut self, step: &str) -> anyhow::Result<Vec<String>> {
        if let Some(bytes) = step.strip_prefix(">> ") {
            let bytes = unescape(bytes)?;
            self.count_pings(&bytes);
            self.send(&bytes);
        } else if let Some(line) = step.strip_prefix("> ") {
            let line = format!("{line}\r\n");
            self.count_pings(line.as_bytes());
            self.send(line.as_bytes());
        } else if let Some(options) = step.strip_prefix("+ ") {
            let mut options: Map<String, Value> = serde_json::from_str(options)?;
            options
                .entry("verbose")
                .or_insert_with(|| Value::Bool(false));
            let options = Value::Object(options);
            self.send(format!("CONNECT {options}\r\n").as_bytes());
            return self.until_pong();
        } else {
            return match step {
                "?" => self.until_pong(),
                "?~" => self.until_pong().map(|mut lines| {
                    lines.sort_unstable();
                    lines
                }),
                "$" => self.until_closed(),
                "^" => self.info(),
                _ => bail!("no step: {step}"),
            };
        }
        Ok(Vec::new())
    }

    fn info(&mut self) -> anyhow::Result<Vec<String>> {
        let mut info = self.info.take().context("no INFO")?;
        let fields = info.as_object_mut().context("INFO is no object")?;
        for (name, value) in fields {
            if OF_THE_MOMENT.contains(&name.as_str()) {
                *value = Value::String("*".to_owned());
            }
        }
        Ok(vec![format!("INFO {info}")])
    }

    fn count_pings(&mut self, bytes: &[u8]) {
        let is_ping = |line: &&[u8]| line.to_ascii_lowercase().starts_with(b"ping");
        self.unanswered += bytes.split(|byte| *byte == b'\n').filter(is_ping).count();
    }

    /// What can not be sent any more shows in the answers.
    fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    fn until_pong(&mut self) -> anyhow::Result<Vec<String>> {
        self.send(b"PING\r\n");
        let mut answers = Vec::new();
        loop {
            match self.answer()? {
                None => {
                    answers.push("(closed)".to_owned());
                    return Ok(answers);
                }
                Some(answer) if answer == "PONG" && self.unanswered == 0 => return Ok(answers),
                Some(answer) if answer == "PONG" => {
                    self.unanswered -= 1;
                    answers.push(answer);
                }
                Some(answer) => answers.push(answer),
            }
        }
    }

    fn until_closed(&mut self) -> anyhow::Result<Vec<String>> {
        let mut answers = Vec::new();
        while let Some(answer) = self.answer()? {
            answers.push(answer);
        }
        answers.push("(closed)".to_owned());
        Ok(answers)
    }

    /// The next line, a message's with its payload.
    fn answer(&mut self) -> anyhow::Result<Option<String>> {
        let Some(mut line) = self.line()? else {
            return Ok(None);
        };
        if line.starts_with("MSG ") || line.starts_with("HMSG ") {
            let size: usize = line
                .rsplit(' ')
                .next()
                .context("a message without a size")?
                .parse()?;
            while self.read.len() < size + 2 {
                ensure!(self.fill()?, "closed within a message");
            }
            let rest = self.read.split_off(size + 2);
            let payload = std::mem::replace(&mut self.read, rest);
            self.reply = routed_reply(&line).or(self.reply.take());
            line = without_routed_reply(&line);
            line.push_str(" | ");
            line.push_str(&payload.escape_ascii().to_string());
        }
        Ok(Some(line))
    }

    fn line(&mut self) -> anyhow::Result<Option<String>> {
        loop {
            if let Some(at) = self.read.windows(2).position(|pair| pair == b"\r\n") {
                let rest = self.read.split_off(at + 2);
                let mut line = std::mem::replace(&mut self.read, rest);
                line.truncate(at);
                return Ok(Some(
                    line.escape_ascii()
                        .to_string()
                        .replace("\\\"", "\"")
                        .replace("\\'", "'"),
                ));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    fn fill(&mut self) -> anyhow::Result<bool> {
        let mut chunk = [0; 4096];
        match self.stream.read(&mut chunk) {
            Ok(0) => Ok(false),
            Ok(count) => {
                self.read.extend_from_slice(&chunk[..count]);
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(false),
            Err(error) => {
                Err(error).context(format!("no answer, only `{}`", self.read.escape_ascii()))
            }
        }
    }
}

/// The reply subject of a message to a service.
fn routed_reply(line: &str) -> Option<String> {
    let word = line.split(' ').find(|word| word.starts_with("_R_."));
    word.map(str::to_owned)
}

/// A service's reply subject is made up by the server.
fn without_routed_reply(line: &str) -> String {
    let reply = |word: &str| match word.starts_with("_R_.") {
        true => "_R_.*".to_owned(),
        false => word.to_owned(),
    };
    line.split(' ').map(reply).collect::<Vec<_>>().join(" ")
}

/// Bytes from `\r`, `\n`, `\t`, `\\` and `\xNN`.
fn unescape(text: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.chars();
    while let Some(char) = rest.next() {
        if char != '\\' {
            bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        bytes.push(match rest.next() {
            Some('r') => b'\r',
            Some('n') => b'\n',
            Some('t') => b'\t',
            Some('\\') => b'\\',
            Some('x') => {
                let digits: String = rest.by_ref().take(2).collect();
                u8::from_str_radix(&digits, 16)?
            }
            other => bail!("no escape: {other:?}"),
        });
    }
    Ok(bytes)
}
