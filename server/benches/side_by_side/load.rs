//! The loads.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::anyhow;

use super::process::Server;
use super::wire::{Batch, Wire, delivery};
use super::{cli, jetstream};

/// What a load measured, in the order of its columns.
pub(crate) type Measured = Vec<f64>;

/// How the server is to run.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Without JetStream.
    Core,
    /// With it.
    JetStream,
    /// With it; what it acknowledged is on the disk.
    Synced,
}

/// A load.
pub(crate) struct Load {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) columns: &'static [&'static str],
    pub(crate) server: Kind,
    pub(crate) run: fn(&Server) -> anyhow::Result<Measured>,
}

const RATE: &[&str] = &["messages/s", "server CPU, µs/message", "peak memory, MiB"];
const DELIVERIES: &[&str] = &[
    "deliveries/s",
    "server CPU, µs/delivery",
    "peak memory, MiB",
];

pub(crate) const LOADS: &[Load] = &[
    Load {
        name: "publish",
        title: "publish 16 B, no subscriber",
        columns: RATE,
        server: Kind::Core,
        run: |server| flow(server, 1, 0, 16, 20_000_000),
    },
    Load {
        name: "one-to-one",
        title: "1:1, 16 B",
        columns: RATE,
        server: Kind::Core,
        run: |server| flow(server, 1, 1, 16, 2_000_000),
    },
    Load {
        name: "one-to-ten",
        title: "1:10, 16 B",
        columns: DELIVERIES,
        server: Kind::Core,
        run: |server| flow(server, 1, 10, 16, 300_000),
    },
    Load {
        name: "ten-to-one",
        title: "10:1, 16 B",
        columns: RATE,
        server: Kind::Core,
        run: |server| flow(server, 10, 1, 16, 2_000_000),
    },
    Load {
        name: "large",
        title: "1:1, 16 KiB",
        columns: RATE,
        server: Kind::Core,
        run: |server| flow(server, 1, 1, 16_384, 60_000),
    },
    Load {
        name: "request",
        title: "request and reply, one at a time",
        columns: &["p50, µs", "p99, µs", "server CPU, µs/request"],
        server: Kind::Core,
        run: requests,
    },
    Load {
        name: "connect",
        title: "connect, PING, close",
        columns: &["server CPU, µs/connection"],
        server: Kind::Core,
        run: connects,
    },
    Load {
        name: "idle",
        title: "10,000 idle connections with a subscription",
        columns: &["memory, KiB/connection"],
        server: Kind::Core,
        run: idle,
    },
    Load {
        name: "cli-flow",
        title: "`nats bench`, 1:1, 16 B",
        columns: &["messages/s", "server CPU, µs/message"],
        server: Kind::Core,
        run: cli::flow,
    },
    Load {
        name: "cli-request",
        title: "`nats bench`, service requests",
        columns: &["p50, µs", "p99, µs"],
        server: Kind::Core,
        run: cli::requests,
    },
    Load {
        name: "js-sync",
        title: "JetStream, one client, each publish waits",
        columns: &["messages/s", "p50, µs", "p99, µs"],
        server: Kind::JetStream,
        run: jetstream::publish_one_by_one,
    },
    Load {
        name: "js-async",
        title: "JetStream, one client publishes ahead, 128 B",
        columns: &["messages/s", "server CPU, µs/message", "peak memory, MiB"],
        server: Kind::JetStream,
        run: jetstream::publish_ahead,
    },
    Load {
        name: "js-synced",
        title: "the same, each acknowledgement after a sync",
        columns: &["messages/s", "server CPU, µs/message", "peak memory, MiB"],
        server: Kind::Synced,
        run: jetstream::publish_ahead_synced,
    },
    Load {
        name: "js-sync-synced",
        title: "one client, each publish waits for a sync",
        columns: &["messages/s", "p50, µs", "p99, µs"],
        server: Kind::Synced,
        run: jetstream::publish_one_by_one,
    },
    Load {
        name: "js-fifty",
        title: "50 clients wait, each acknowledgement after a sync",
        columns: &["messages/s"],
        server: Kind::Synced,
        run: jetstream::publish_by_fifty,
    },
    Load {
        name: "js-replay",
        title: "JetStream, push consumer without acknowledgements",
        columns: &["messages/s", "server CPU, µs/message"],
        server: Kind::JetStream,
        run: jetstream::replay,
    },
    Load {
        name: "js-fetch",
        title: "JetStream, fetch 500, acknowledge each",
        columns: &["messages/s", "server CPU, µs/message"],
        server: Kind::JetStream,
        run: jetstream::fetch,
    },
    Load {
        name: "js-subjects",
        title: "JetStream, 1 M subjects",
        columns: &["messages/s", "memory, MiB"],
        server: Kind::JetStream,
        run: jetstream::many_subjects,
    },
    Load {
        name: "js-streams",
        title: "1,000 streams with 10 consumers each",
        columns: &["memory, MiB"],
        server: Kind::JetStream,
        run: jetstream::many_streams,
    },
];

/// `publishers` send together at least `messages` messages to `subscribers`.
fn flow(
    server: &Server,
    publishers: usize,
    subscribers: usize,
    size: usize,
    messages: usize,
) -> anyhow::Result<Measured> {
    const SUBJECT: &str = "bench";
    let batch = Batch::new(SUBJECT, size);
    let each = batch.rounded(messages / publishers);
    let expected = each * publishers * delivery(SUBJECT, "1", size);
    let mut receivers = Vec::new();
    for _ in 0..subscribers {
        let mut wire = Wire::connect(server.address)?;
        wire.send(format!("SUB {SUBJECT} 1\r\n").as_bytes())?;
        wire.flush()?;
        receivers.push(wire);
    }
    let mut senders = Vec::new();
    for _ in 0..publishers {
        senders.push(Wire::connect(server.address)?);
    }
    let cpu = server.cpu()?;
    let started = Instant::now();
    thread::scope(|scope| {
        let batch = &batch;
        let sending = senders.iter_mut().map(|wire| {
            scope.spawn(move || {
                batch.send(wire, each)?;
                wire.flush()
            })
        });
        let sending: Vec<_> = sending.collect();
        let receiving = receivers
            .iter_mut()
            .map(|wire| scope.spawn(move || wire.read_count(expected)));
        let receiving: Vec<_> = receiving.collect();
        sending
            .into_iter()
            .chain(receiving)
            .try_for_each(|thread| thread.join().map_err(|_| anyhow!("a client failed"))?)
    })?;
    let took = started.elapsed();
    let cpu = server.cpu()?.saturating_sub(cpu);
    let count = (each * publishers * subscribers.max(1)) as f64;
    Ok(vec![
        count / took.as_secs_f64(),
        micros(cpu) / count,
        server.peak()? as f64 / f64::from(1 << 20),
    ])
}

fn requests(server: &Server) -> anyhow::Result<Measured> {
    const COUNT: usize = 20_000;
    let mut service = Wire::connect(server.address)?;
    service.send(b"SUB ask 1\r\n")?;
    service.flush()?;
    let mut client = Wire::connect(server.address)?;
    client.send(b"SUB answer 1\r\n")?;
    client.flush()?;
    let asked = "MSG ask 1 answer 2\r\nhi\r\n".len();
    let answered = delivery("answer", "1", 2);
    let cpu = server.cpu()?;
    let mut times: Vec<Duration> = Vec::with_capacity(COUNT);
    thread::scope(|scope| {
        let serving = scope.spawn(move || {
            for _ in 0..COUNT {
                service.read_count(asked)?;
                service.send(b"PUB answer 2\r\nok\r\n")?;
            }
            anyhow::Ok(())
        });
        for _ in 0..COUNT {
            let started = Instant::now();
            client.send(b"PUB ask answer 2\r\nhi\r\n")?;
            client.read_count(answered)?;
            times.push(started.elapsed());
        }
        serving.join().map_err(|_| anyhow!("the service failed"))?
    })?;
    let cpu = server.cpu()?.saturating_sub(cpu);
    times.sort_unstable();
    let at = |part: usize| times.get(COUNT * part / 100).copied().unwrap_or_default();
    Ok(vec![
        micros(at(50)),
        micros(at(99)),
        micros(cpu) / COUNT as f64,
    ])
}

fn connects(server: &Server) -> anyhow::Result<Measured> {
    const COUNT: usize = 3000;
    let cpu = server.cpu()?;
    for _ in 0..COUNT {
        Wire::connect(server.address)?;
    }
    let cpu = server.cpu()?.saturating_sub(cpu);
    Ok(vec![micros(cpu) / COUNT as f64])
}

fn idle(server: &Server) -> anyhow::Result<Measured> {
    const COUNT: usize = 10_000;
    Wire::connect(server.address)?;
    let before = server.memory()?;
    let mut held = Vec::with_capacity(COUNT);
    for number in 0..COUNT {
        let mut wire = Wire::connect(server.address)?;
        wire.send(format!("SUB subject.{number} 1\r\n").as_bytes())?;
        wire.flush()?;
        held.push(wire.idle());
    }
    let memory = server.memory()?.saturating_sub(before);
    Ok(vec![memory as f64 / 1024.0 / COUNT as f64])
}

pub(super) fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
