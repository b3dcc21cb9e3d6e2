//! Go: `server/client_test.go`: what goes out to clients, and clients that do not
//! take it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use async_nats::Subscriber;
use conformance::client::{block_on, connect, next, synced};
use conformance::go_test;
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use conformance::wait::{self, wait_until};
use nats_server::account::{Delivery, MessageHandler, Subscription, SubscriptionOptions};
use nats_server::config::options::WriteTimeoutPolicy;
use nats_server::conn::{
    Kind, Link, LinkOwner, Outbound, Queued, SlowConsumer, Staged, WriteHalf, run_write_loop,
};
use nats_server::logging::Level;
use nats_server::protocol::ClosedState;
use tokio::io::AsyncWrite;

const QUIET: &str = r#"{"verbose":false}"#;

fn staged(bytes: &[u8]) -> Staged {
    let mut staged = Staged::default();
    staged.buffer().extend_from_slice(bytes);
    staged
}

go_test!(217, "client_test", "TestClientTraceRace", trace_race);
fn trace_race() -> anyhow::Result<()> {
    const TOTAL: usize = 10_000;
    let server = RunningServer::start();
    assert!(server.server().context().logger.is_trace());
    let url = server.url();
    block_on(async {
        let (one, two) = (connect(&url).await?, connect(&url).await?);
        let mut subscriber: Subscriber = one.subscribe("foo").await?;
        synced(&one).await?;
        let publisher = tokio::spawn(async move {
            for _ in 0..TOTAL {
                one.publish("bar", "hello".into()).await?;
            }
            one.flush().await?;
            anyhow::Ok(one)
        });
        for _ in 0..TOTAL {
            two.publish("foo", "hello".into()).await?;
        }
        two.flush().await?;
        for _ in 0..TOTAL {
            assert_eq!(next(&mut subscriber).await?.payload, "hello");
        }
        publisher.await??;
        Ok(())
    })
}

/// Takes its time over every message.
struct Slow;

impl MessageHandler for Slow {
    fn handle(&self, _: &Delivery<'_>) -> bool {
        wait::elapse(
            Duration::from_millis(250),
            "a slow handler is what is tested",
        );
        true
    }
}

go_test!(219, "client_test", "TestReadloopWarning", read_loop_warning);
fn read_loop_warning() {
    let server = RunningServer::start();
    let context = server.server().context();
    context.set_read_loop_report(Duration::from_millis(100));
    let options = SubscriptionOptions {
        handler: Some(Arc::new(Slow)),
        ..SubscriptionOptions::default()
    };
    let link = Arc::new(Link::new(1 << 40, Kind::Account, 1024));
    let subscription = Arc::new(Subscription::new(link, b"foo", b"1", options));
    let account = server.server().lookup_account("$G").unwrap();
    account
        .subscriptions()
        .insert(b"foo", None, subscription)
        .unwrap();
    let mut sender = RawClient::connected(server.address(), QUIET);
    sender.send("PUB foo 2\r\nok\r\n");
    assert!(sender.flush().is_empty());
    wait_until("a warning is written", || {
        server
            .log()
            .contains(Level::Warn, "Readloop processing time")
    });
}

go_test!(222, "client_test", "TestTraceMsgDelivery", trace_delivery);
fn trace_delivery() {
    let server = RunningServer::start();
    let headers = r#"{"verbose":false,"headers":true,"no_responders":true}"#;
    let mut service = RawClient::connected(server.address(), headers);
    let mut client = RawClient::connected(server.address(), headers);
    service.send("SUB foo 1\r\nSUB bar 2\r\n");
    service.flush();
    client.send("SUB inbox.* 1\r\n");
    client.flush();
    let header = "NATS/1.0\r\nA: A:1\r\nB: B:2\r\n\r\n";
    client.send(&format!(
        "HPUB foo inbox.1 {} {}\r\n{header}Hello Traced\r\n",
        header.len(),
        header.len() + 12
    ));
    assert_eq!(service.message().payload, b"Hello Traced");
    let answer = "NATS/1.0\r\nA: 1\r\nB: 2\r\n\r\n";
    service.send(&format!(
        "HPUB inbox.1 {} {}\r\n{answer}Hi Traced\r\n",
        answer.len(),
        answer.len() + 9
    ));
    assert_eq!(client.message().payload, b"Hi Traced");
    let traced = |parts: &[&str]| {
        server.log().lines().iter().any(|(level, line)| {
            *level == Level::Trace
                && line.contains("->> MSG_PAYLOAD:")
                && parts.iter().all(|part| line.contains(part))
        })
    };
    wait_until("the answer is traced", || {
        traced(&["NATS/1.0", "Hi Traced"])
    });
    client.send("PUB bar inbox.2 0\r\n\r\n");
    assert_eq!(service.message().subject, "bar");
    service.send("PUB inbox.2 14\r\nPlain Response\r\n");
    assert_eq!(client.message().payload, b"Plain Response");
    wait_until("the plain answer is traced", || {
        traced(&["[\"Plain Response\"]"])
    });
}

/// A subscriber to `foo` that reads nothing, and somebody who sends it much.
fn flood(server: &RunningServer, connect: bool) -> (RawClient, RawClient) {
    let mut deaf = RawClient::connect(server.address());
    deaf.info();
    if connect {
        deaf.send("CONNECT {\"verbose\":false}\r\nSUB foo 1\r\nPING\r\n");
        deaf.expect("PONG");
    } else {
        deaf.send("SUB foo 1\r\n");
        let account = server.server().lookup_account("$G").unwrap();
        wait_until("it has subscribed", || {
            account.subscriptions().has_interest("foo")
        });
    }
    let mut sender = RawClient::connected(server.address(), QUIET);
    let message = format!("PUB foo 10000\r\n{}\r\n", "x".repeat(10_000)).repeat(100);
    for _ in 0..40 {
        sender.send(&message);
    }
    sender.flush();
    (deaf, sender)
}

go_test!(
    228,
    "client_test",
    "TestNoClientLeakOnSlowConsumer",
    no_leak_of_slow_consumers
);
fn no_leak_of_slow_consumers() {
    let server = RunningServer::with(|options| {
        options.write_deadline = Duration::from_millis(50);
    });
    let (deaf, sender) = flood(&server, true);
    drop(sender);
    wait_until("nobody is left", || server.server().client_count() == 0);
    drop(deaf);
}

go_test!(
    229,
    "client_test",
    "TestClientSlowConsumerWithoutConnect",
    slow_without_connect
);
fn slow_without_connect() {
    let server = RunningServer::with(|options| {
        options.write_deadline = Duration::from_millis(100);
    });
    let _clients = flood(&server, false);
    wait_until("it is slow", || server.server().slow_consumer_count() == 1);
    let varz = server.server().varz();
    assert_eq!(varz.slow_consumers, 1);
    assert_eq!(varz.slow_consumer_stats.clients, 1);
}

go_test!(231, "client_test", "TestClientIPv6Address", ipv6_address);
fn ipv6_address() {
    // Listening on all addresses of IPv4 is listening on those of IPv6, too.
    let server = RunningServer::with(|options| options.host = "0.0.0.0".to_owned());
    let port = server.address().port();
    let _client = RawClient::connected(format!("[::1]:{port}").parse().unwrap(), QUIET);
    let label = server.server().client(1).unwrap().label();
    assert!(label.starts_with("[::1]:"), "{label}");
    let _client = RawClient::connected(format!("127.0.0.1:{port}").parse().unwrap(), QUIET);
    let label = server.server().client(2).unwrap().label();
    assert!(label.starts_with("127.0.0.1:"), "{label}");
}

go_test!(
    232,
    "client_test",
    "TestPBNotIncreasedOnMaxPending",
    nothing_pending_after_overflow
);
fn nothing_pending_after_overflow() {
    let outbound = Outbound::new(100);
    let queued = outbound.push(&mut staged(&[0; 200]), None, true);
    assert_eq!((queued, outbound.pending()), (Queued::Overflow, 0));
    let queued = outbound.push(&mut staged(&[0; 60]), None, true);
    assert_eq!((queued, outbound.pending()), (Queued::Accepted, 60));
}

/// Takes little at a time and keeps it.
#[derive(Clone)]
pub(super) struct Sips {
    taken: Arc<Mutex<Vec<u8>>>,
    /// How much it takes of `length` bytes.
    sip: fn(usize, usize) -> usize,
    count: usize,
}

impl Sips {
    /// Takes as much at a time as `sip` says.
    pub(super) fn new(sip: fn(usize, usize) -> usize) -> Self {
        Self {
            taken: Arc::default(),
            sip,
            count: 0,
        }
    }

    pub(super) fn taken(&self) -> Vec<u8> {
        self.taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl AsyncWrite for Sips {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let count = (self.sip)(self.count, bytes.len());
        self.count += 1;
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.extend_from_slice(&bytes[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Sends `pieces` to a connection that takes as much at a time as `sip` says;
/// returns what arrived.
fn write_in_sips(pieces: &[&[u8]], sip: fn(usize, usize) -> usize) -> Vec<u8> {
    let link = Arc::new(Link::new(1, Kind::Client, 1024));
    let sips = Sips::new(sip);
    block_on(async {
        let to = WriteHalf::Boxed(Box::new(sips.clone()));
        let deadline = Duration::from_secs(10);
        let writer = tokio::spawn(run_write_loop(Arc::clone(&link), to, deadline, false));
        for piece in pieces {
            assert_eq!(link.send_bytes(piece), Queued::Accepted);
            tokio::task::yield_now().await;
        }
        link.close(ClosedState::ClientClosed);
        writer.await.unwrap();
    });
    assert_eq!(link.outbound().pending(), 0);
    sips.taken()
}

go_test!(
    233,
    "client_test",
    "TestFlushOutboundNoSliceReuseIfPartial",
    partial_writes
);
fn partial_writes() {
    let pieces: [&[u8]; 3] = [b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"------", b"0123456789"];
    let first_in_part = |count: usize, length: usize| match count {
        0 => length / 2 + 1,
        _ => length,
    };
    let always_in_part = |_: usize, length: usize| length.div_ceil(2);
    for sip in [first_in_part as fn(usize, usize) -> usize, always_in_part] {
        assert_eq!(write_in_sips(&pieces, sip), pieces.concat());
    }
}

go_test!(
    258,
    "client_test",
    "TestClientFlushOutboundNoSlowConsumer",
    no_slow_consumer
);
fn no_slow_consumer() {
    const SIZE: usize = 16 * 1024 * 1024;
    let server = RunningServer::with(|options| {
        options.max_pending = 140 * 1024 * 1024;
        options.max_payload = SIZE;
        options.write_deadline = Duration::from_secs(30);
    });
    // Nothing is traced: that would copy every payload into the log.
    server.server().set_logger(None, false, false);
    let mut slow = RawClient::connected(server.address(), QUIET);
    slow.send("SUB test 1\r\n");
    slow.flush();
    let sender = RawClient::connected(server.address(), QUIET);
    let sending = thread::spawn(move || {
        let mut sender = sender;
        let payload = vec![b'x'; SIZE];
        for _ in 0..8 {
            sender.send(&format!("PUB test {SIZE}\r\n"));
            sender.send_bytes(&payload);
            sender.send("\r\n");
        }
        sender.flush();
    });
    let link = Arc::clone(&server.server().client(1).unwrap().link);
    wait_until("more than 64 MiB wait", || {
        link.outbound().pending() > 64 * 1024 * 1024
    });
    for _ in 0..8 {
        assert_eq!(slow.message().payload.len(), SIZE);
    }
    sending.join().unwrap();
    assert_eq!(server.server().slow_consumer_count(), 0);
    assert!(slow.flush().is_empty());
}

go_test!(
    262,
    "client_test",
    "TestClientConfigureWriteTimeoutPolicy",
    configured_policy
);
fn configured_policy() {
    for (configured, want, shown) in [
        (WriteTimeoutPolicy::Default, WriteTimeoutPolicy::Close, ""),
        (
            WriteTimeoutPolicy::Retry,
            WriteTimeoutPolicy::Retry,
            "retry",
        ),
        (
            WriteTimeoutPolicy::Close,
            WriteTimeoutPolicy::Close,
            "close",
        ),
    ] {
        let server = RunningServer::with(|options| options.write_timeout = configured);
        let _client = RawClient::connected(server.address(), QUIET);
        let client = server.server().client(1).unwrap();
        assert_eq!(client.write_timeout_policy(), want);
        assert_eq!(server.server().varz().write_timeout, shown);
    }
}

/// Takes one byte and never another.
struct OneByte(bool);

impl AsyncWrite for OneByte {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &[u8],
    ) -> Poll<io::Result<usize>> {
        if std::mem::replace(&mut self.0, true) {
            Poll::Pending
        } else {
            Poll::Ready(Ok(1))
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Notes how its connection does not keep up.
#[derive(Default)]
struct Notes(Mutex<Vec<SlowConsumer>>);

impl LinkOwner for Notes {
    fn on_deadline(&self, _: Instant) -> Option<Instant> {
        None
    }

    fn subscription_is_done(&self, _: &[u8]) {}

    fn on_slow_consumer(&self, slow: SlowConsumer) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(slow);
    }

    fn track_reply(&self, _: &[u8]) {}

    fn trace_delivery(&self, _: &[u8], _: &[u8], _: Option<usize>) {}
}

go_test!(
    263,
    "client_test",
    "TestClientFlushOutboundWriteTimeoutPolicy",
    write_timeout_policy
);
fn write_timeout_policy() {
    let slow = |closing| SlowConsumer::WriteDeadline {
        pieces: 1,
        bytes: 1 << 20,
        closing,
    };
    // One byte went out in time, so that the write is tried again; nothing after it.
    for (retry, want) in [
        (true, vec![slow(false), slow(true)]),
        (false, vec![slow(true)]),
    ] {
        let link = Arc::new(Link::new(1, Kind::Client, 64 << 20));
        let notes = Arc::new(Notes::default());
        let owner: Weak<dyn LinkOwner> = Arc::downgrade(&notes) as _;
        link.set_owner(owner);
        assert_eq!(link.send_bytes(&vec![0; 1 << 20]), Queued::Accepted);
        let to = WriteHalf::Boxed(Box::new(OneByte(false)));
        let deadline = Duration::from_millis(100);
        block_on(run_write_loop(Arc::clone(&link), to, deadline, retry));
        assert_eq!(link.closing(), Some(ClosedState::SlowConsumerWriteDeadline));
        assert_eq!(
            *notes.0.lock().unwrap_or_else(PoisonError::into_inner),
            want
        );
    }
}
