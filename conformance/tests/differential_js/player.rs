//! Playing conversations.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use conformance::files::temp_dir;
use conformance::process::ServerProcess;
use serde_json::Value;
use tempfile::TempDir;

use crate::connection::{Connection, Message};
use crate::script::Script;
use crate::{answers, connection};

/// How long something may take to become as it is expected.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(20);
/// How long an answer may come after that to a later request.
const GRACE: Duration = Duration::from_millis(300);
/// Most messages that one request is answered with.
const ANSWERS_MAX: usize = 200;

/// Which server plays, and which after each restart; ours is `None`.
pub(crate) struct Servers(Vec<Option<PathBuf>>);

impl Servers {
    pub(crate) fn ours() -> Self {
        Self(vec![None])
    }

    pub(crate) fn one(program: &Path) -> Self {
        Self(vec![Some(program.to_owned())])
    }

    pub(crate) fn ours_then(program: &Path) -> Self {
        Self(vec![None, Some(program.to_owned())])
    }

    pub(crate) fn then_ours(program: &Path) -> Self {
        Self(vec![Some(program.to_owned()), None])
    }
}

/// Plays a conversation and returns what was asked and answered.
pub(crate) fn play(script: &Script, servers: &Servers) -> String {
    let mut player = Player {
        script,
        servers,
        starts: 0,
        dir: temp_dir(),
        server: None,
        connections: BTreeMap::new(),
        said: String::new(),
        last: Vec::new(),
        names: Vec::new(),
    };
    if let Err(error) = player.run() {
        player.note(&format!("(failed: {error:#})"));
    }
    let mut said = player.said;
    for (name, value) in &player.names {
        said = said.replace(value, &format!("{{{name}}}"));
    }
    said
}

struct Player<'a> {
    script: &'a Script,
    servers: &'a Servers,
    starts: usize,
    dir: TempDir,
    server: Option<ServerProcess>,
    connections: BTreeMap<String, Connection>,
    said: String,
    /// All messages that were noted.
    last: Vec<Message>,
    /// What has been given a name.
    names: Vec<(String, String)>,
}

impl Player<'_> {
    fn note(&mut self, line: &str) {
        self.said.push_str(line);
        self.said.push('\n');
    }

    fn config(&self, text: &str) -> String {
        let dir = self.dir.path().display();
        let mut config = String::from("listen: \"127.0.0.1:-1\"\nserver_name: js\n");
        if !text.contains("{dir}") {
            config.push_str(&format!(
                "jetstream {{ store_dir: \"{dir}\", max_mem: 64MB, max_file: 256MB }}\n"
            ));
        }
        config.push_str(&text.replace("{dir}", &dir.to_string()));
        config
    }

    fn start(&mut self) -> anyhow::Result<()> {
        self.connections.clear();
        if let Some(server) = self.server.take() {
            server.shutdown()?;
        }
        let mut builder = ServerProcess::builder().config(&self.config(&self.script.config));
        let turn = self.starts % self.servers.0.len();
        if let Some(Some(program)) = self.servers.0.get(turn) {
            builder = builder.program(program);
        }
        self.starts += 1;
        self.server = Some(builder.try_start()?);
        Ok(())
    }

    fn run(&mut self) -> anyhow::Result<()> {
        self.start()?;
        for step in &self.script.steps {
            self.note(step);
            self.step(step).with_context(|| format!("at `{step}`"))?;
        }
        Ok(())
    }

    fn step(&mut self, step: &str) -> anyhow::Result<()> {
        if step == "restart" {
            return self.start();
        }
        if step == "reload" {
            return self.reload();
        }
        if let Some(rest) = step.strip_prefix("let ") {
            return self.name(rest);
        }
        let (who, rest) = step.split_at_checked(1).context("no step")?;
        if let Some(options) = rest.strip_prefix("+ ") {
            let connection = Connection::open(self.address()?, options)?;
            self.connections.insert(who.to_owned(), connection);
            return Ok(());
        }
        let rest = self.fill_in(rest.trim_start());
        let (verb, rest) = rest.split_once(' ').context("a step has a verb")?;
        match verb {
            "ask" => self.ask(who, rest, 1),
            "all" => self.ask(who, rest, ANSWERS_MAX),
            "get" => {
                let (count, rest) = rest.split_once(' ').context("a number")?;
                self.ask(who, rest, count.parse()?)
            }
            "none" => self.none(who, rest),
            "until" => self.until(who, rest),
            "put" => self.put(who, rest),
            "pub" => {
                let (subject, header, payload) = request(rest)?;
                let connection = self.connection(who)?;
                connection.publish(&subject, "", &header, &payload)?;
                connection.sync()
            }
            "sub" => {
                let connection = self.connection(who)?;
                connection.subscribe(rest)?;
                connection.sync()
            }
            "unsub" => {
                let connection = self.connection(who)?;
                let sid = connection.sid_of(rest).context("no such subscription")?;
                connection.unsubscribe(sid)?;
                connection.sync()
            }
            "take" => self.take(who, rest.parse()?, false),
            "take~" => self.take(who, rest.parse()?, true),
            _ => bail!("no verb: {verb}"),
        }
    }

    fn address(&self) -> anyhow::Result<std::net::SocketAddr> {
        Ok(self.server.as_ref().context("a server")?.address())
    }

    fn connection(&mut self, who: &str) -> anyhow::Result<&mut Connection> {
        if !self.connections.contains_key(who) {
            let connection = Connection::open(self.address()?, "{}")?;
            self.connections.insert(who.to_owned(), connection);
        }
        self.connections.get_mut(who).context("a connection")
    }

    fn reload(&mut self) -> anyhow::Result<()> {
        let config = self.config(&self.script.reload);
        let server = self.server.as_ref().context("a server")?;
        server.reload(&config);
        let reloaded =
            |text: &str| text.contains("Reloaded server") || text.contains("Failed to reload");
        let until = Instant::now() + PATIENCE;
        while !reloaded(&server.log().text()) {
            if Instant::now() > until {
                bail!("not reloaded");
            }
            thread::sleep(PAUSE);
        }
        if server.log().text().contains("Failed to reload") {
            self.note("(refused)");
        }
        Ok(())
    }

    fn name(&mut self, rest: &str) -> anyhow::Result<()> {
        let (name, pointer) = rest.split_once(' ').context("a name and a pointer")?;
        let last = self.last.last().context("an answer")?;
        let value: Value = serde_json::from_slice(&last.payload)?;
        let value = value.pointer(pointer).context("nothing there")?;
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        self.names.push((name.to_owned(), value));
        Ok(())
    }

    /// Puts names and reply subjects into a step.
    fn fill_in(&self, step: &str) -> String {
        let mut step = step.to_owned();
        for (name, value) in &self.names {
            step = step.replace(&format!("{{{name}}}"), value);
        }
        for (at, message) in self.last.iter().rev().enumerate() {
            let place = format!("{{reply{at}}}");
            if step.contains(&place) {
                step = step.replace(&place, message.reply.as_deref().unwrap_or("(none)"));
            }
        }
        step
    }

    fn answered(&mut self, who: &str, message: Message, with_subject: bool) {
        let line = answers::line(who, &message, with_subject);
        self.note(&line);
        self.last.push(message);
    }

    fn ask(&mut self, who: &str, rest: &str, count: usize) -> anyhow::Result<()> {
        let (subject, header, payload) = request(rest)?;
        let inbox = format!("_INBOX.{who}.{}", self.last.len());
        let connection = self.connection(who)?;
        let sid = connection.subscribe(&inbox)?;
        connection.publish(&subject, &inbox, &header, &payload)?;
        let mut messages = Vec::new();
        while messages.len() < count {
            let Some(message) = connection.next(Some(sid))? else {
                break;
            };
            let ends = message.status().is_some_and(|status| status != "100");
            messages.push(message);
            if ends {
                break;
            }
        }
        connection.unsubscribe(sid)?;
        if messages.is_empty() {
            self.note(&format!("{who}< (no answer)"));
        }
        for message in messages {
            // Delivered messages have subjects of their own.
            let with_subject = message.subject != inbox || message.reply.is_some();
            self.answered(who, message, with_subject);
        }
        Ok(())
    }

    /// A request that is not answered, though one that comes after it is.
    fn none(&mut self, who: &str, rest: &str) -> anyhow::Result<()> {
        let (subject, header, payload) = request(rest)?;
        let inbox = format!("_INBOX.{who}.{}", self.last.len());
        let connection = self.connection(who)?;
        let sid = connection.subscribe(&inbox)?;
        let fence = connection.subscribe(&format!("{inbox}.fence"))?;
        connection.publish(&subject, &inbox, &header, &payload)?;
        connection.publish("$JS.API.INFO", &format!("{inbox}.fence"), b"", b"")?;
        connection
            .next(Some(fence))?
            .context("no answer to the next request")?;
        connection.set_patience(GRACE)?;
        let answer = connection.next(Some(sid))?;
        connection.set_patience(connection::PATIENCE)?;
        connection.unsubscribe(sid)?;
        connection.unsubscribe(fence)?;
        match answer {
            Some(answer) => self.answered(who, answer, false),
            None => self.note(&format!("{who}< (no answer)")),
        }
        Ok(())
    }

    fn put(&mut self, who: &str, rest: &str) -> anyhow::Result<()> {
        let (count, rest) = rest.split_once(' ').context("a number")?;
        let count: u64 = count.parse()?;
        let inbox = format!("_INBOX.{who}.{}", self.last.len());
        let connection = self.connection(who)?;
        let sid = connection.subscribe(&inbox)?;
        let mut last = None;
        for n in 1..=count {
            let (subject, header, payload) = request(&rest.replace("{n}", &n.to_string()))?;
            connection.publish(&subject, &inbox, &header, &payload)?;
            last = connection.next(Some(sid))?;
        }
        connection.unsubscribe(sid)?;
        let last = last.context("no answer")?;
        self.answered(who, last, false);
        Ok(())
    }

    fn until(&mut self, who: &str, rest: &str) -> anyhow::Result<()> {
        let (condition, rest) = rest.split_once(' ').context("a condition")?;
        let (pointer, wanted) = condition.split_once('=').context("a condition")?;
        let wanted: Value = serde_json::from_str(wanted)?;
        let (subject, header, payload) = request(rest)?;
        let inbox = format!("_INBOX.{who}.{}", self.last.len());
        let until = Instant::now() + PATIENCE;
        let connection = self.connection(who)?;
        let sid = connection.subscribe(&inbox)?;
        let message = loop {
            connection.publish(&subject, &inbox, &header, &payload)?;
            let message = connection.next(Some(sid))?.context("no answer")?;
            let value: Value = serde_json::from_slice(&message.payload).unwrap_or_default();
            if value.pointer(pointer).unwrap_or(&Value::Null) == &wanted || Instant::now() > until {
                break message;
            }
            thread::sleep(PAUSE);
        };
        connection.unsubscribe(sid)?;
        self.answered(who, message, false);
        Ok(())
    }

    fn take(&mut self, who: &str, count: usize, sorted: bool) -> anyhow::Result<()> {
        let connection = self.connection(who)?;
        let mut messages = Vec::new();
        while messages.len() < count {
            match connection.next(None)? {
                Some(message) => messages.push(message),
                None => break,
            }
        }
        if sorted {
            messages.sort_by(|a, b| (&a.subject, &a.payload).cmp(&(&b.subject, &b.payload)));
        }
        let missing = count - messages.len();
        for message in messages {
            self.answered(who, message, true);
        }
        if missing > 0 {
            self.note(&format!("{who}< ({missing} more did not come)"));
        }
        Ok(())
    }
}

/// Subject, headers and payload of a request.
fn request(text: &str) -> anyhow::Result<(String, Vec<u8>, Vec<u8>)> {
    let (subject, rest) = text.split_once(' ').unwrap_or((text, ""));
    let subject = match subject.strip_prefix('@') {
        Some(rest) => format!("$JS.API.{rest}"),
        None => subject.to_owned(),
    };
    let (header, payload) = match rest
        .strip_prefix("[[")
        .and_then(|rest| rest.split_once("]]"))
    {
        Some((headers, payload)) => {
            let mut header = String::from("NATS/1.0\r\n");
            for line in headers.split("; ") {
                header.push_str(line);
                header.push_str("\r\n");
            }
            header.push_str("\r\n");
            (header.into_bytes(), payload.trim_start())
        }
        None => (Vec::new(), rest),
    };
    Ok((subject, header, unescape(payload)?))
}

/// Bytes from `\r`, `\n`, `\xNN` and what is not escaped; other escapes are left to
/// JSON.
fn unescape(text: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        if let Some(digits) = rest.strip_prefix("\\x") {
            let digits = digits.get(..2).context("two digits")?;
            bytes.push(u8::from_str_radix(digits, 16)?);
            rest = &rest[4..];
            continue;
        }
        bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        rest = &rest[char.len_utf8()..];
    }
    Ok(bytes)
}
