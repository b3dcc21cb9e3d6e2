//! Go: `server/parser_test.go`.
//!
//! The Go parser keeps its place in a state variable; ours is asked for the next
//! operation and says how much more it needs. What the Go tests read from the
//! state is checked here by what the parser returns after each byte.

use conformance::go_test;
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use nats_server::protocol::{
    Op, Parser, ParserLimits, ProtocolError, Publish, Step, protocol_snippet,
};

fn parser() -> Parser {
    Parser::new(ParserLimits {
        max_control_line: 4096,
        max_payload: None,
        headers: true,
    })
}

/// Feeds a bare operation byte by byte: only its last byte completes it.
fn bare(line: &[u8], op: Op<'_>) {
    let parser = parser();
    for cut in 1..line.len() {
        assert_eq!(
            parser.step(&line[..cut]),
            Ok(Step::NeedMore(cut + 1)),
            "cut at {cut}"
        );
    }
    assert_eq!(parser.step(line), Ok(Step::Op(op, line.len())));
}

go_test!(2598, "parser_test", "TestParsePing", parse_ping);
fn parse_ping() {
    bare(b"PING\r\n", Op::Ping);
    // Blanks are tolerated.
    assert_eq!(parser().step(b"PING  \r"), Ok(Step::NeedMore(8)));
    bare(b"PING  \r  \n", Op::Ping);
}

go_test!(2599, "parser_test", "TestParsePong", parse_pong);
fn parse_pong() {
    bare(b"PONG\r\n", Op::Pong);
    assert_eq!(parser().step(b"PONG  \r"), Ok(Step::NeedMore(8)));
    bare(b"PONG  \r  \n", Op::Pong);
    // PONG makes up for all PINGs that were not answered: with one PING allowed,
    // a client that answers late stays.
    let server = RunningServer::with(|options| {
        options.ping_interval = std::time::Duration::from_millis(250);
        options.ping_max = 2;
        options.disable_short_first_ping = true;
    });
    let mut client = RawClient::connected(server.address(), "{\"verbose\":false}");
    client.expect("PING");
    client.expect("PING");
    client.send("PONG\r\n");
    client.expect("PING");
    assert_eq!(client.until_closed(), ["PING", "-ERR 'Stale Connection'"]);
}

go_test!(2600, "parser_test", "TestParseConnect", parse_connect);
fn parse_connect() {
    let line = b"CONNECT {\"verbose\":false,\"pedantic\":true,\"tls_required\":false}\r\n";
    let argument = &line[8..line.len() - 2];
    assert_eq!(
        parser().step(line),
        Ok(Step::Op(Op::Connect(argument), line.len()))
    );
}

go_test!(2601, "parser_test", "TestParseSub", parse_sub);
fn parse_sub() {
    let parser = parser();
    assert_eq!(parser.step(b"SUB foo 1\r"), Ok(Step::NeedMore(11)));
    let op = Op::Subscribe {
        subject: b"foo",
        queue: None,
        sid: b"1",
        line: b"foo 1",
    };
    assert_eq!(parser.step(b"SUB foo 1\r\n"), Ok(Step::Op(op, 11)));
}

fn message<'a>(line: &'a [u8], reply: Option<&'a [u8]>, body: &'a [u8]) -> Publish<'a> {
    let subject = line.split(|byte| *byte == b' ').next().unwrap();
    Publish {
        subject,
        reply,
        header_len: None,
        body,
        line,
    }
}

#[track_caller]
fn assert_publish(input: &[u8], expected: Publish<'_>) {
    let parser = parser();
    let last = input.len() - 1;
    assert_eq!(parser.step(&input[..last]), Ok(Step::NeedMore(input.len())));
    assert_eq!(
        parser.step(input),
        Ok(Step::Op(Op::Publish(expected), input.len()))
    );
}

go_test!(2602, "parser_test", "TestParsePub", parse_pub);
fn parse_pub() {
    assert_publish(b"PUB foo 5\r\nhello\r\n", message(b"foo 5", None, b"hello"));
    assert_publish(
        b"PUB foo.bar INBOX.22 11\r\nhello world\r\n",
        message(b"foo.bar INBOX.22 11", Some(b"INBOX.22"), b"hello world"),
    );
    // More bytes than announced.
    let error = parser()
        .step(b"PUB foo.bar 11\r\nhello world hello world\r")
        .unwrap_err();
    assert!(
        matches!(error, ProtocolError::UnknownOperation { at: 27, .. }),
        "{error:?}"
    );
}

go_test!(
    2603,
    "parser_test",
    "TestParsePubSizeOverflow",
    parse_pub_size_overflow
);
fn parse_pub_size_overflow() {
    let line = format!("PUB foo {}\r\n", "3".repeat(64));
    let error = parser().step(line.as_bytes()).unwrap_err();
    assert!(
        matches!(error, ProtocolError::BadSize { what: "Size", .. }),
        "{error:?}"
    );
}

/// Parses `name argument` with as much payload as `size` says.
fn parse_arguments(name: &str, argument: &str, size: usize, check: impl Fn(&Publish<'_>)) {
    let mut input = format!("{name} {argument}\r\n").into_bytes();
    input.resize(input.len() + size, b'x');
    input.extend_from_slice(b"\r\n");
    match parser().step(&input) {
        Ok(Step::Op(Op::Publish(publish), used)) => {
            assert_eq!(used, input.len(), "{argument:?}");
            assert_eq!(publish.body.len(), size, "{argument:?}");
            check(&publish);
        }
        other => panic!("{argument:?}: {other:?}"),
    }
}

go_test!(2604, "parser_test", "TestParsePubArg", parse_pub_arg);
fn parse_pub_arg() {
    for (argument, subject, reply, size) in [
        ("a 2", "a", None, 2),
        ("a 222", "a", None, 222),
        ("foo 22", "foo", None, 22),
        (" foo 22", "foo", None, 22),
        ("foo 22 ", "foo", None, 22),
        ("foo   22", "foo", None, 22),
        (" foo 22 ", "foo", None, 22),
        (" foo   22 ", "foo", None, 22),
        ("foo bar 22", "foo", Some("bar"), 22),
        (" foo bar 22", "foo", Some("bar"), 22),
        ("foo bar 22 ", "foo", Some("bar"), 22),
        ("foo  bar  22", "foo", Some("bar"), 22),
        (" foo bar 22 ", "foo", Some("bar"), 22),
        ("  foo   bar  22  ", "foo", Some("bar"), 22),
        ("  foo   bar  2222  ", "foo", Some("bar"), 2222),
        ("  foo     2222  ", "foo", None, 2222),
        ("a\t2", "a", None, 2),
        ("a\t222", "a", None, 222),
        ("foo\t22", "foo", None, 22),
        ("\tfoo\t22", "foo", None, 22),
        ("foo\t22\t", "foo", None, 22),
        ("foo\t\t\t22", "foo", None, 22),
        ("\tfoo\t22\t", "foo", None, 22),
        ("\tfoo\t\t\t22\t", "foo", None, 22),
        ("foo\tbar\t22", "foo", Some("bar"), 22),
        ("\tfoo\tbar\t22", "foo", Some("bar"), 22),
        ("foo\tbar\t22\t", "foo", Some("bar"), 22),
        ("foo\t\tbar\t\t22", "foo", Some("bar"), 22),
        ("\tfoo\tbar\t22\t", "foo", Some("bar"), 22),
        ("\t \tfoo\t \t \tbar\t \t22\t \t", "foo", Some("bar"), 22),
        ("\t\tfoo\t\t\tbar\t\t2222\t\t", "foo", Some("bar"), 2222),
        ("\t \tfoo\t \t \t\t\t2222\t \t", "foo", None, 2222),
    ] {
        parse_arguments("PUB", argument, size, |publish| {
            assert_eq!(publish.subject, subject.as_bytes(), "{argument:?}");
            assert_eq!(publish.reply, reply.map(str::as_bytes), "{argument:?}");
            assert_eq!(publish.header_len, None);
        });
    }
}

go_test!(
    2605,
    "parser_test",
    "TestParsePubBadSize",
    parse_pub_bad_size
);
fn parse_pub_bad_size() {
    let mut parser = parser();
    parser.limits.max_payload = Some(32768);
    let error = parser.step(b"PUB foo 2222222222222222\r\n").unwrap_err();
    assert!(matches!(error, ProtocolError::BadSize { .. }), "{error:?}");
}

go_test!(2606, "parser_test", "TestParseHeaderPub", parse_header_pub);
fn parse_header_pub() {
    let with_header = |line: &'static [u8], reply, header_len, body| Publish {
        header_len: Some(header_len),
        ..message(line, reply, body)
    };
    assert_publish(
        b"HPUB foo 12 17\r\nname:derek\r\nHELLO\r\n",
        with_header(b"foo 12 17", None, 12, b"name:derek\r\nHELLO"),
    );
    assert_publish(
        b"HPUB foo INBOX.22 12 17\r\nname:derek\r\nHELLO\r\n",
        with_header(
            b"foo INBOX.22 12 17",
            Some(b"INBOX.22"),
            12,
            b"name:derek\r\nHELLO",
        ),
    );
    assert_publish(
        b"HPUB foo INBOX.22 0 5\r\nHELLO\r\n",
        with_header(b"foo INBOX.22 0 5", Some(b"INBOX.22"), 0, b"HELLO"),
    );
}

go_test!(
    2607,
    "parser_test",
    "TestParseHeaderPubArg",
    parse_header_pub_arg
);
fn parse_header_pub_arg() {
    for (argument, subject, reply, header, size) in [
        ("a 2 4", "a", None, 2, 4),
        ("a 22 222", "a", None, 22, 222),
        ("foo 3 22", "foo", None, 3, 22),
        (" foo   1 22", "foo", None, 1, 22),
        ("foo 0   22 ", "foo", None, 0, 22),
        ("foo  0     22", "foo", None, 0, 22),
        (" foo 1 22 ", "foo", None, 1, 22),
        (" foo   3 22 ", "foo", None, 3, 22),
        ("foo bar 1 22", "foo", Some("bar"), 1, 22),
        (" foo bar 11 22", "foo", Some("bar"), 11, 22),
        ("foo bar 11 22 ", "foo", Some("bar"), 11, 22),
        ("foo  bar  11  22", "foo", Some("bar"), 11, 22),
        (" foo bar  11 22 ", "foo", Some("bar"), 11, 22),
        ("  foo   bar  11   22  ", "foo", Some("bar"), 11, 22),
        ("  foo   bar  22   2222  ", "foo", Some("bar"), 22, 2222),
        ("  foo 1    2222  ", "foo", None, 1, 2222),
        ("a\t2\t22", "a", None, 2, 22),
        ("a\t2\t\t222", "a", None, 2, 222),
        ("foo\t2 22", "foo", None, 2, 22),
        ("\tfoo\t11\t  22", "foo", None, 11, 22),
        ("foo\t11\t22\t", "foo", None, 11, 22),
        ("foo\t\t\t11 22", "foo", None, 11, 22),
        ("\tfoo\t11\t \t 22\t", "foo", None, 11, 22),
        ("\tfoo\t\t\t11 22\t", "foo", None, 11, 22),
        ("foo\tbar\t2 22", "foo", Some("bar"), 2, 22),
        ("\tfoo\tbar\t11\t22", "foo", Some("bar"), 11, 22),
        ("foo\tbar\t11\t\t22\t ", "foo", Some("bar"), 11, 22),
        ("foo\t\tbar\t\t11\t\t\t22", "foo", Some("bar"), 11, 22),
        ("\tfoo\tbar\t11\t22\t", "foo", Some("bar"), 11, 22),
        (
            "\t \tfoo\t \t \tbar\t \t11\t 22\t \t",
            "foo",
            Some("bar"),
            11,
            22,
        ),
        (
            "\t\tfoo\t\t\tbar\t\t22\t\t\t2222\t\t",
            "foo",
            Some("bar"),
            22,
            2222,
        ),
        (
            "\t \tfoo\t \t \t\t\t11\t\t 2222\t \t",
            "foo",
            None,
            11,
            2222,
        ),
    ] {
        parse_arguments("HPUB", argument, size, |publish| {
            assert_eq!(publish.subject, subject.as_bytes(), "{argument:?}");
            assert_eq!(publish.reply, reply.map(str::as_bytes), "{argument:?}");
            assert_eq!(publish.header_len, Some(header), "{argument:?}");
        });
    }
}

go_test!(2611, "parser_test", "TestShouldFail", should_fail);
fn should_fail() {
    let server = RunningServer::start();
    for line in [
        "xxx",
        "Px",
        "PIx",
        "PINx",
        " PING",
        "POx",
        "PONx",
        "+x",
        "+Ox",
        "-x",
        "-Ex",
        "-ERx",
        "-ERRx",
        "Cx",
        "COx",
        "CONx",
        "CONNx",
        "CONNEx",
        "CONNECx",
        "CONNECT \r\n",
        "PUx",
        "PUB foo\r\n",
        "PUB  \r\n",
        "PUB foo bar       \r\n",
        "PUB foo 2\r\nok \r\n",
        "PUB foo 2\r\nok\r \n",
        "Sx",
        "SUx",
        "SUB\r\n",
        "SUB  \r\n",
        "SUB foo\r\n",
        "SUB foo bar baz 22\r\n",
        "Ux",
        "UNx",
        "UNSx",
        "UNSUx",
        "UNSUBx",
        "UNSUBUNSUB 1\r\n",
        "UNSUB_2\r\n",
        "UNSUB_UNSUB_UNSUB 2\r\n",
        "UNSUB_\t2\r\n",
        "UNSUB\r\n",
        "UNSUB \r\n",
        "UNSUB          \t       \r\n",
        "Ix",
        "INx",
        "INFx",
        "INFO  \r\n",
        // Operations that only servers use among themselves.
        "Mx",
        "MSx",
        "MSGx",
        "MSG  \r\n",
    ] {
        let mut client = RawClient::connect(server.address());
        client.info();
        client.send(line);
        let answer = client.until_closed();
        assert!(
            answer.iter().all(|line| line.starts_with("-ERR")),
            "{line:?}: {answer:?}"
        );
    }
}

go_test!(2612, "parser_test", "TestProtoSnippet", proto_snippet);
fn proto_snippet() {
    let sample = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for start in 0..=54 {
        // The window is 32 bytes; one that would reach past the end stops before
        // the last byte.
        let expected = match start {
            0..=20 => &sample[start..start + 32],
            21..=51 => &sample[start..51],
            _ => "",
        };
        let snippet = protocol_snippet(start, 32, sample.as_bytes());
        assert_eq!(snippet, format!("\"{expected}\""), "start {start}");
    }
}

go_test!(2613, "parser_test", "TestParseOK", parse_ok);
fn parse_ok() {
    bare(b"+OK\r\n", Op::Ok);
}
