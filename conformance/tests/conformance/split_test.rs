//! Go: `server/split_test.go`.
//!
//! The Go parser saves half-read operations in buffers of its own; here the
//! connection keeps the bytes. What is proven is the same: however an operation
//! is cut, it takes effect once and as a whole.

use conformance::go_test;
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use nats_server::protocol::{Op, Parser, ParserLimits, Step};

fn parser() -> Parser {
    Parser::new(ParserLimits {
        max_control_line: 1024,
        max_payload: None,
        headers: true,
    })
}

/// Sends `parts` in writes of their own. The answer to PING between them cannot be
/// had, so each is given to the kernel alone.
fn send_parts(client: &mut RawClient, parts: &[&str]) {
    for part in parts {
        client.send(part);
        std::thread::yield_now();
    }
}

go_test!(2929, "split_test", "TestSplitBufferSubOp", split_sub);
fn split_sub() {
    assert_eq!(parser().step(b"SUB fo"), Ok(Step::NeedMore(7)));
    let server = RunningServer::start();
    let mut client = RawClient::connected(server.address(), r#"{"verbose":false}"#);
    send_parts(&mut client, &["SUB fo", "o 1\r\n"]);
    client.flush();
    let account = server.server().lookup_account("$G").unwrap();
    let matches = account.subscriptions().match_subject("foo");
    assert_eq!(matches.plain.len(), 1);
    assert_eq!(&*matches.plain[0].subject, b"foo");
    assert_eq!(&*matches.plain[0].sid, b"1");
    assert_eq!(matches.plain[0].queue(), None);
}

go_test!(2930, "split_test", "TestSplitBufferUnsubOp", split_unsub);
fn split_unsub() {
    assert_eq!(parser().step(b"UNSUB 10"), Ok(Step::NeedMore(9)));
    let server = RunningServer::start();
    let mut client = RawClient::connected(server.address(), r#"{"verbose":false}"#);
    client.send("SUB foo 1024\r\n");
    client.flush();
    let account = server.server().lookup_account("$G").unwrap();
    assert!(account.subscriptions().has_interest("foo"));
    send_parts(&mut client, &["UNSUB 10", "24\r\n"]);
    client.flush();
    assert!(account.subscriptions().match_subject("foo").is_empty());
}

/// Cuts `input` after each of `cuts`: the parser asks for more at every cut and
/// finds the whole message at the end.
fn check_cuts(input: &[u8], cuts: &[usize], subject: &[u8], reply: Option<&[u8]>, body: &[u8]) {
    let parser = parser();
    for cut in cuts {
        match parser.step(&input[..*cut]) {
            Ok(Step::NeedMore(need)) => assert!(need > *cut && need <= input.len(), "{cut}"),
            other => panic!("{cut}: {other:?}"),
        }
    }
    match parser.step(input) {
        Ok(Step::Op(Op::Publish(publish), used)) => {
            assert_eq!(used, input.len());
            assert_eq!(
                (publish.subject, publish.reply, publish.body),
                (subject, reply, body)
            );
        }
        other => panic!("{other:?}"),
    }
}

const WITH_REPLY: &[u8] = b"PUB foo.bar INBOX.22 11\r\nhello world\r\n";

go_test!(2931, "split_test", "TestSplitBufferPubOp", split_pub);
fn split_pub() {
    let cuts = [2, 9, 15, 22, 25, 33, 37];
    check_cuts(
        WITH_REPLY,
        &cuts,
        b"foo.bar",
        Some(b"INBOX.22"),
        b"hello world",
    );
    // Once the line is there, the parser knows how much the message needs.
    assert_eq!(
        parser().step(&WITH_REPLY[..25]),
        Ok(Step::NeedMore(WITH_REPLY.len()))
    );
}

go_test!(2932, "split_test", "TestSplitBufferPubOp2", split_pub_2);
fn split_pub_2() {
    check_cuts(
        WITH_REPLY,
        &[30],
        b"foo.bar",
        Some(b"INBOX.22"),
        b"hello world",
    );
}

/// A message cut at `cut` reaches a subscriber unharmed although the first read is
/// followed by another that could overwrite it.
fn survives_next_read(publish: &str, cut: usize, head: &str, body: &[u8]) {
    let server = RunningServer::start();
    let mut subscriber = RawClient::connected(server.address(), r#"{"verbose":false}"#);
    subscriber.send("SUB foo 1\r\n");
    subscriber.flush();
    let mut other = RawClient::connected(server.address(), r#"{"verbose":false}"#);
    let mut publisher = RawClient::connected(server.address(), r#"{"verbose":false}"#);
    publisher.send(&publish[..cut]);
    // Reads of another connection go through the same memory.
    for _ in 0..20 {
        other.send(&"PUB XXXXXXXXXXXXXXXX 8\r\nXXXXXXXX\r\n".repeat(50));
        other.flush();
    }
    publisher.send(&publish[cut..]);
    subscriber.expect(head);
    assert_eq!(subscriber.payload(body.len()), body);
}

go_test!(2933, "split_test", "TestSplitBufferPubOp3", split_pub_3);
fn split_pub_3() {
    survives_next_read(
        "PUB foo bar 11\r\nhello world\r\n",
        16,
        "MSG foo 1 bar 11",
        b"hello world",
    );
}

go_test!(2934, "split_test", "TestSplitBufferPubOp4", split_pub_4);
fn split_pub_4() {
    survives_next_read(
        "PUB foo 11\r\nhello world\r\n",
        12,
        "MSG foo 1 11",
        b"hello world",
    );
}

go_test!(2935, "split_test", "TestSplitBufferPubOp5", split_pub_5);
fn split_pub_5() {
    let publish = "PUB foo 11\r\nhello world\r\n";
    // Between CR and LF.
    survives_next_read(publish, publish.len() - 1, "MSG foo 1 11", b"hello world");
}
