//! Large payloads, which go to their receivers from where they were read, and their
//! way when receivers do not keep up.

use std::io::Write as _;
use std::thread;

use crate::support::{Client, Running};

/// Sizes around those from which payloads are not copied, are read with more at once,
/// and are read into a buffer of their own.
const SIZES: [usize; 12] = [
    0, 16_384, 16_383, 5, 70_000, 16_384, 20_000, 300_000, 16_385, 1_000_000, 12, 65_536,
];
/// Enough for the buffers of the sockets and some more.
const ROUNDS: usize = 12;

/// The payload of a message, which no other message has.
fn payload(number: usize) -> Vec<u8> {
    let size = SIZES[number % SIZES.len()];
    (0..size)
        .map(|at| (at as u32).wrapping_mul(31).wrapping_add(number as u32 * 7) as u8)
        .collect()
}

/// Sends all messages to `subject`, each second with a header.
fn publish_all(sender: &mut Client, subject: &str) {
    const HEADER: &str = "NATS/1.0\r\nA: b\r\n\r\n";
    let mut bytes = Vec::new();
    for number in 0..ROUNDS * SIZES.len() {
        let payload = payload(number);
        let length = payload.len();
        bytes.clear();
        if number % 2 == 0 {
            write!(bytes, "PUB {subject} {length}\r\n").unwrap();
        } else {
            let (header, total) = (HEADER.len(), HEADER.len() + length);
            write!(bytes, "HPUB {subject} {header} {total}\r\n{HEADER}").unwrap();
        }
        bytes.extend_from_slice(&payload);
        bytes.extend_from_slice(b"\r\n");
        sender.stream.write_all(&bytes).unwrap();
    }
    assert!(sender.flush().is_empty());
}

/// Reads all messages and compares them; the receiver takes no headers.
fn read_all(receiver: &mut Client, subject: &str) {
    for number in 0..ROUNDS * SIZES.len() {
        let payload = payload(number);
        let head = format!("MSG {subject} 1 {}", payload.len());
        assert_eq!(receiver.line().as_deref(), Some(head.as_str()));
        let mut expected = payload;
        expected.extend_from_slice(b"\r\n");
        let got = receiver.bytes(expected.len());
        assert!(got == expected, "message {number} is another");
    }
}

fn subscribed(server: &Running, subject: &str) -> Client {
    let mut client = server.connected(",\"headers\":false");
    client.send(&format!("SUB {subject} 1\r\n"));
    assert!(client.flush().is_empty());
    client
}

#[test]
fn large_payloads_arrive_whole_and_in_order() {
    let server = Running::with(|_| {});
    let mut receiver = subscribed(&server, "one");
    let mut sender = server.connected(",\"headers\":true,\"no_responders\":true");
    thread::scope(|scope| {
        scope.spawn(|| publish_all(&mut sender, "one"));
        read_all(&mut receiver, "one");
    });
}

#[test]
fn large_payloads_wait_for_receivers_that_begin_late() {
    let server = Running::with(|_| {});
    let mut receiver = subscribed(&server, "one");
    let mut sender = server.connected(",\"headers\":true");
    publish_all(&mut sender, "one");
    read_all(&mut receiver, "one");
}

#[test]
fn large_payloads_of_one_sender_go_to_some_alone_and_to_some_together() {
    let server = Running::with(|_| {});
    let mut together = [subscribed(&server, "both"), subscribed(&server, "both")];
    let mut alone = subscribed(&server, "one");
    for client in &mut together {
        client.send("SUB one.more 2\r\n");
        assert!(client.flush().is_empty());
    }
    let mut sender = server.connected(",\"headers\":true");
    publish_all(&mut sender, "both");
    publish_all(&mut sender, "one");
    read_all(&mut alone, "one");
    for client in &mut together {
        read_all(client, "both");
    }
}

#[test]
fn one_read_may_bring_more_than_may_wait() {
    const MESSAGES: usize = 14;
    let server = Running::with(|options| {
        options.max_pending = 128 * 1024;
        options.max_payload = 32 * 1024;
    });
    let mut receiver = subscribed(&server, "one");
    let mut sender = server.connected("");
    let payload = "x".repeat(16_384);
    let batch = format!("PUB one {}\r\n{payload}\r\n", payload.len()).repeat(MESSAGES);
    for _ in 0..10 {
        sender.send(&batch);
        for _ in 0..MESSAGES {
            assert_eq!(receiver.line().as_deref(), Some("MSG one 1 16384"));
            assert_eq!(receiver.line().as_deref(), Some(payload.as_str()));
        }
    }
    assert_eq!(server.server.slow_consumer_count(), 0);
}
