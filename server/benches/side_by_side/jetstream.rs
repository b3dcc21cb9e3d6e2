//! Loads of JetStream, on streams in files.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, ensure};

use super::load::{Measured, micros};
use super::process::Server;
use super::wire::Wire;

/// Messages that may be without an acknowledgement.
const WINDOW: usize = 4096;

/// Messages in one write of a pipelining publisher.
const RUN: usize = 256;

/// A client that reads message by message.
struct Client {
    read: BufReader<TcpStream>,
    write: TcpStream,
    line: Vec<u8>,
    body: Vec<u8>,
}

impl Client {
    fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let write = Wire::connect(address)?.idle();
        Ok(Self {
            read: BufReader::with_capacity(1 << 16, write.try_clone()?),
            write,
            line: Vec::new(),
            body: Vec::new(),
        })
    }

    fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(self.write.write_all(bytes)?)
    }

    /// Reads a message and returns its reply subject, if it has one. PINGs are
    /// answered.
    fn message(&mut self) -> anyhow::Result<Option<&str>> {
        loop {
            self.line.clear();
            ensure!(self.read.read_until(b'\n', &mut self.line)? > 0, "closed");
            if self.line.starts_with(b"PING") {
                self.write.write_all(b"PONG\r\n")?;
            } else if self.line.starts_with(b"MSG") || self.line.starts_with(b"HMSG") {
                break;
            } else {
                ensure!(!self.line.starts_with(b"-ERR"), "{:?}", self.line);
            }
        }
        let line = str::from_utf8(&self.line)?.trim_end();
        let size: usize = line.rsplit(' ').next().context("no size")?.parse()?;
        self.body.resize(size + 2, 0);
        self.read.read_exact(&mut self.body)?;
        let plain = if line.starts_with('H') { 5 } else { 4 };
        let fields = line.split(' ').count();
        Ok(line.split(' ').nth(3).filter(|_| fields > plain))
    }

    /// Reads the acknowledgement of a message that was stored.
    fn acknowledgement(&mut self) -> anyhow::Result<()> {
        self.message()?;
        ensure!(
            self.body.starts_with(b"{\"stream\":\"S\", \"seq\":")
                || self.body.starts_with(b"{\"stream\":\"S\",\"seq\":"),
            "not acknowledged: {}",
            String::from_utf8_lossy(&self.body)
        );
        Ok(())
    }

    /// Sends a request to the API, whose answer must be no error.
    fn api(&mut self, subject: &str, body: &str) -> anyhow::Result<()> {
        let length = body.len();
        self.send(
            format!("SUB api 9\r\nPUB $JS.API.{subject} api {length}\r\n{body}\r\nUNSUB 9 1\r\n")
                .as_bytes(),
        )?;
        self.message()?;
        let answer = String::from_utf8_lossy(&self.body);
        ensure!(!answer.contains("\"error\""), "{subject}: {answer}");
        Ok(())
    }
}

fn with_stream(server: &Server) -> anyhow::Result<Client> {
    let mut client = Client::connect(server.address)?;
    client.api(
        "STREAM.CREATE.S",
        r#"{"name":"S","subjects":["s.>"],"storage":"file","retention":"limits"}"#,
    )?;
    Ok(client)
}

/// One client that waits for each acknowledgement.
pub(super) fn publish_one_by_one(server: &Server) -> anyhow::Result<Measured> {
    const COUNT: u32 = 20_000;
    let mut client = with_stream(server)?;
    client.send(b"SUB ack 1\r\n")?;
    let one = publish("s.one", "ack", 128);
    let mut times = Vec::with_capacity(COUNT as usize);
    let started = Instant::now();
    for _ in 0..COUNT {
        let started = Instant::now();
        client.send(&one)?;
        client.acknowledgement()?;
        times.push(started.elapsed());
    }
    let took = started.elapsed();
    times.sort_unstable();
    let at = |part: usize| {
        times
            .get(times.len() * part / 100)
            .copied()
            .unwrap_or_default()
    };
    Ok(vec![
        f64::from(COUNT) / took.as_secs_f64(),
        micros(at(50)),
        micros(at(99)),
    ])
}

/// Several clients that wait for each acknowledgement.
pub(super) fn publish_by_fifty(server: &Server) -> anyhow::Result<Measured> {
    const CLIENTS: usize = 50;
    const EACH: usize = 400;
    with_stream(server)?;
    let started = Instant::now();
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                scope.spawn(move || {
                    let mut client = Client::connect(server.address)?;
                    let inbox = format!("ack.{number}");
                    let one = publish("s.one", &inbox, 128);
                    client.send(format!("SUB {inbox} 1\r\n").as_bytes())?;
                    for _ in 0..EACH {
                        client.send(&one)?;
                        client.acknowledgement()?;
                    }
                    anyhow::Ok(())
                })
            })
            .collect();
        clients
            .into_iter()
            .try_for_each(|client| client.join().map_err(|_| anyhow!("a client failed"))?)
    })?;
    Ok(vec![
        (CLIENTS * EACH) as f64 / started.elapsed().as_secs_f64(),
    ])
}

/// One client that publishes ahead of the acknowledgements.
pub(super) fn publish_ahead(server: &Server) -> anyhow::Result<Measured> {
    pipelined(server, 400_000)
}

/// The same where each acknowledgement waits for the disk.
pub(super) fn publish_ahead_synced(server: &Server) -> anyhow::Result<Measured> {
    pipelined(server, 40_000)
}

fn pipelined(server: &Server, count: usize) -> anyhow::Result<Measured> {
    let mut client = with_stream(server)?;
    let cpu = server.cpu()?;
    let started = Instant::now();
    fill(&mut client, count, |_| "s.one".to_owned())?;
    let took = started.elapsed();
    let cpu = server.cpu()?.saturating_sub(cpu);
    Ok(vec![
        count as f64 / took.as_secs_f64(),
        micros(cpu) / count as f64,
        server.peak()? as f64 / f64::from(1 << 20),
    ])
}

/// A million subjects, one message each.
pub(super) fn many_subjects(server: &Server) -> anyhow::Result<Measured> {
    const COUNT: usize = 1_000_000;
    let mut client = with_stream(server)?;
    let started = Instant::now();
    fill(&mut client, COUNT, |number| {
        format!("s.{}.{number}", number % 1000)
    })?;
    let took = started.elapsed();
    Ok(vec![
        COUNT as f64 / took.as_secs_f64(),
        server.memory()? as f64 / f64::from(1 << 20),
    ])
}

/// All messages of a stream to a push consumer without acknowledgements.
pub(super) fn replay(server: &Server) -> anyhow::Result<Measured> {
    const COUNT: usize = 400_000;
    let mut client = with_stream(server)?;
    fill(&mut client, COUNT, |_| "s.one".to_owned())?;
    client.send(b"SUB to.me 3\r\n")?;
    let cpu = server.cpu()?;
    let started = Instant::now();
    // Its answer comes among the messages, and is counted as one of them.
    let body = r#"{"stream_name":"S","config":{"deliver_subject":"to.me","ack_policy":"none","deliver_policy":"all"}}"#;
    let length = body.len();
    client.send(
        format!("SUB api 9\r\nPUB $JS.API.CONSUMER.CREATE.S api {length}\r\n{body}\r\n").as_bytes(),
    )?;
    for _ in 0..=COUNT {
        client.message()?;
    }
    let took = started.elapsed();
    let cpu = server.cpu()?.saturating_sub(cpu);
    Ok(vec![
        COUNT as f64 / took.as_secs_f64(),
        micros(cpu) / COUNT as f64,
    ])
}

/// Messages fetched in batches and acknowledged one by one.
pub(super) fn fetch(server: &Server) -> anyhow::Result<Measured> {
    const COUNT: usize = 100_000;
    const BATCH: usize = 500;
    let mut client = with_stream(server)?;
    fill(&mut client, COUNT, |_| "s.one".to_owned())?;
    client.api(
        "CONSUMER.DURABLE.CREATE.S.D",
        r#"{"stream_name":"S","config":{"durable_name":"D","ack_policy":"explicit","max_ack_pending":5000}}"#,
    )?;
    client.send(b"SUB fetched 3\r\n")?;
    let cpu = server.cpu()?;
    let started = Instant::now();
    let asked = format!(r#"{{"batch":{BATCH}}}"#);
    let asked = format!(
        "PUB $JS.API.CONSUMER.MSG.NEXT.S.D fetched {}\r\n{asked}\r\n",
        asked.len()
    );
    let mut acks = Vec::new();
    for _ in 0..COUNT / BATCH {
        client.send(asked.as_bytes())?;
        acks.clear();
        for _ in 0..BATCH {
            let reply = client.message()?.context("a message without a reply")?;
            acks.extend_from_slice(b"PUB ");
            acks.extend_from_slice(reply.as_bytes());
            acks.extend_from_slice(b" 4\r\n+ACK\r\n");
        }
        client.send(&acks)?;
    }
    let took = started.elapsed();
    let cpu = server.cpu()?.saturating_sub(cpu);
    Ok(vec![
        COUNT as f64 / took.as_secs_f64(),
        micros(cpu) / COUNT as f64,
    ])
}

/// A thousand streams with ten consumers each.
pub(super) fn many_streams(server: &Server) -> anyhow::Result<Measured> {
    const STREAMS: usize = 1000;
    const CONSUMERS: usize = 10;
    let mut client = Client::connect(server.address)?;
    for stream in 0..STREAMS {
        client.api(
            &format!("STREAM.CREATE.S{stream}"),
            &format!(r#"{{"name":"S{stream}","subjects":["s{stream}.>"],"storage":"file","retention":"limits"}}"#),
        )?;
        for consumer in 0..CONSUMERS {
            client.api(
                &format!("CONSUMER.DURABLE.CREATE.S{stream}.D{consumer}"),
                &format!(r#"{{"stream_name":"S{stream}","config":{{"durable_name":"D{consumer}","ack_policy":"explicit"}}}}"#),
            )?;
        }
    }
    Ok(vec![server.memory()? as f64 / f64::from(1 << 20)])
}

/// Publishes 128 B each and reads the acknowledgements beside it.
fn fill(
    client: &mut Client,
    count: usize,
    subject: impl Fn(usize) -> String,
) -> anyhow::Result<()> {
    client.send(b"SUB ack 1\r\n")?;
    let mut write = client.write.try_clone()?;
    let (acknowledged, more) = (Mutex::new(0), Condvar::new());
    let room = |sent: usize| -> anyhow::Result<()> {
        let seen = acknowledged
            .lock()
            .map_err(|_| anyhow!("the reader failed"))?;
        let full = |seen: &mut usize| sent + RUN > *seen + WINDOW;
        let (seen, waited) = more
            .wait_timeout_while(seen, Duration::from_secs(60), full)
            .map_err(|_| anyhow!("the reader failed"))?;
        ensure!(!waited.timed_out(), "only {seen} of {sent} acknowledged");
        Ok(())
    };
    thread::scope(|scope| {
        let reading = scope.spawn(|| {
            for number in 1..=count {
                client.acknowledgement()?;
                if number % 64 == 0 || number == count {
                    *acknowledged
                        .lock()
                        .map_err(|_| anyhow!("the writer failed"))? = number;
                    more.notify_one();
                }
            }
            anyhow::Ok(())
        });
        let mut run = Vec::new();
        for first in (0..count).step_by(RUN) {
            run.clear();
            for number in first..(first + RUN).min(count) {
                run.extend_from_slice(&publish(&subject(number), "ack", 128));
            }
            room(first)?;
            write.write_all(&run)?;
        }
        reading.join().map_err(|_| anyhow!("the reader failed"))?
    })?;
    client.send(b"UNSUB 1\r\n")
}

fn publish(subject: &str, reply: &str, size: usize) -> Vec<u8> {
    let head = format!("PUB {subject} {reply} {size}\r\n");
    [head.as_bytes(), &vec![b'x'; size], b"\r\n"].concat()
}
