use super::*;

const LIMITS: ParserLimits = ParserLimits {
    max_control_line: 4096,
    max_payload: Some(1024),
    headers: true,
};

/// Everything that `input` holds, as text; the rest that is not complete is `...`.
fn ops(input: &[u8]) -> Result<Vec<String>, ProtocolError> {
    let parser = Parser::new(LIMITS);
    let mut at = 0;
    let mut found = Vec::new();
    while at < input.len() {
        match parser.step(&input[at..])? {
            Step::Op(op, used) => {
                found.push(show(op));
                at += used;
            }
            Step::NeedMore(need) => {
                assert!(need > input.len() - at);
                found.push("...".to_owned());
                break;
            }
        }
    }
    Ok(found)
}

fn show(op: Op<'_>) -> String {
    let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
    match op {
        Op::Connect(line) => format!("connect {}", text(line)),
        Op::Info(line) => format!("info {}", text(line)),
        Op::Publish(message) => format!(
            "publish {} {:?} {:?} {}",
            text(message.subject),
            message.reply.map(text),
            message.header_len,
            text(message.body)
        ),
        Op::Subscribe {
            subject,
            queue,
            sid,
            ..
        } => {
            format!(
                "subscribe {} {:?} {}",
                text(subject),
                queue.map(text),
                text(sid)
            )
        }
        Op::Unsubscribe { sid, max, .. } => format!("unsubscribe {} {max:?}", text(sid)),
        Op::Ping => "ping".to_owned(),
        Op::Pong => "pong".to_owned(),
        Op::Ok => "ok".to_owned(),
        Op::Err(line) => format!("err {}", text(line)),
    }
}

#[test]
fn reads_every_operation_in_any_case() {
    let input = b"connect {\"verbose\":false}\r\nCONNECT{}\r\nPING\r\npOnG\n+OK\r\n-ERR 'no'\r\n\
        SUB foo 1\r\nsub  foo\tbar  2 \r\nUNSUB 1\r\nunsub 2 10\r\nINFO {}\r\n\
        PUB a 2\r\nok\r\nPub a r 0\r\n\r\nHPUB a 4 6\r\nabcdef\r\nHPUB a r 0 1\r\nx\r\n";
    assert_eq!(
        ops(input).unwrap(),
        [
            "connect {\\\"verbose\\\":false}",
            "connect {}",
            "ping",
            "pong",
            "ok",
            "err \\'no\\'",
            "subscribe foo None 1",
            "subscribe foo Some(\"bar\") 2",
            "unsubscribe 1 None",
            "unsubscribe 2 Some(10)",
            "info {}",
            "publish a None None ok",
            "publish a Some(\"r\") None ",
            "publish a None Some(4) abcdef",
            "publish a Some(\"r\") Some(0) x",
        ]
    );
}

#[test]
fn any_prefix_is_incomplete_and_never_wrong() {
    let input =
        b"SUB foo q 1\r\nPUB foo r 5\r\nhello\r\nHPUB foo 12 14\r\nNATS/1.0\r\n\r\nhi\r\nPING\r\n";
    let whole = ops(input).unwrap();
    for cut in 0..input.len() {
        let mut found = ops(&input[..cut]).unwrap();
        if found.last().is_some_and(|last| last == "...") {
            found.pop();
        }
        assert_eq!(found, whole[..found.len()], "cut at {cut}");
    }
}

#[test]
fn a_missing_payload_says_how_much_is_missing() {
    let parser = Parser::new(LIMITS);
    assert_eq!(
        parser.step(b"PUB foo 100\r\nabc").unwrap(),
        Step::NeedMore(13 + 100 + 2)
    );
}

#[test]
fn rubbish_fails_at_its_first_byte() {
    for (input, at) in [
        (&b"X"[..], 0),
        (b"PX", 1),
        (b"PIND", 3),
        (b"SUBX", 3),
        (b"RS+ a", 0),
        (b"LMSG", 0),
        (b"CONNEXT", 5),
        (b"PUB foo 2\r\nokX", 13),
        (b"PUB foo 2\r\nok\rX", 14),
    ] {
        match ops(input) {
            Err(ProtocolError::UnknownOperation { at: found, .. }) => {
                assert_eq!(found, at, "{}", input.escape_ascii());
            }
            other => panic!("{}: {other:?}", input.escape_ascii()),
        }
    }
}

#[test]
fn bad_arguments_name_the_operation() {
    for (input, text) in [
        (&b"PUB foo\r\n"[..], "processPub Parse Error: \"foo\""),
        (b"PUB a b c d\r\n", "processPub Parse Error: \"a b c d\""),
        (
            b"PUB foo x\r\n",
            "processPub Bad or Missing Size: \"foo x\"",
        ),
        (
            b"PUB foo 1000000000\r\n",
            "processPub Bad or Missing Size: \"foo 1000000000\"",
        ),
        (b"HPUB foo 3\r\n", "processHeaderPub Parse Error: \"foo 3\""),
        (
            b"HPUB foo x 3\r\n",
            "processHeaderPub Bad or Missing Header Size: \"foo x 3\"",
        ),
        (
            b"HPUB foo 3 -1\r\n",
            "processHeaderPub Bad or Missing Total Size: \"foo 3 -1\"",
        ),
        (
            b"HPUB foo 4 3\r\n",
            "processHeaderPub Header Size larger then TotalSize: \"foo 4 3\"",
        ),
        (b"SUB foo\r\n", "processSub Parse Error: \"foo\""),
        (b"UNSUB a b c\r\n", "processUnsub Parse Error: \"a b c\""),
    ] {
        let error = ops(input).unwrap_err();
        assert_eq!(error.to_string(), text);
        assert_eq!(error.wire_text(), None);
    }
}

#[test]
fn limits_are_enforced_before_the_rest_arrives() {
    let error = ops(b"PUB foo 1025\r\n").unwrap_err();
    assert_eq!(
        error,
        ProtocolError::MaxPayload {
            size: 1025,
            limit: 1024
        }
    );
    let mut long = b"SUB ".to_vec();
    long.resize(4 + 4097, b'a');
    let error = ops(&long).unwrap_err();
    assert!(
        matches!(error, ProtocolError::MaxControlLine { length: 4097, .. }),
        "{error:?}"
    );
    let without_headers = Parser::new(ParserLimits {
        headers: false,
        ..LIMITS
    });
    let error = without_headers.step(b"HPUB foo 1 2\r\nab\r\n").unwrap_err();
    assert_eq!(error, ProtocolError::HeadersNotSupported);
}

#[test]
fn a_line_at_the_limit_may_be_split_within_its_end() {
    let parser = Parser::new(ParserLimits {
        max_control_line: 7,
        ..LIMITS
    });
    let whole = b"SUB foo 123\r\n";
    for have in 1..whole.len() {
        assert!(
            matches!(parser.step(&whole[..have]), Ok(Step::NeedMore(_))),
            "{have}"
        );
    }
    assert!(matches!(parser.step(whole), Ok(Step::Op(..))));
    assert!(parser.step(b"SUB foo 1234\r").is_err());
}

#[test]
fn plain_messages_are_read_as_any_others() {
    let long = [b"PUB a b ".as_slice(), &[b'1'; 4096], b"\r\n"].concat();
    let inputs: &[&[u8]] = &[
        b"PUB a 2\r\nok\r\nPING\r\n",
        b"PUB a.b.c _INBOX.x 2\r\nok\r\n",
        b"PUB a 0\r\n\r\n",
        b"PUB a  2\r\nok\r\n",
        b"PUB  a 2\r\nok\r\n",
        b"PUB a b  2\r\nok\r\n",
        b"PUB a b 2 \r\nok\r\n",
        b"PUB a 2\nok\r\n",
        b"PUB a\t2\r\nok\r\n",
        b"PUB a b\x012 2\r\nok\r\n",
        b"PUB a\x7f\xff 2\r\nok\r\n",
        b"PUB a b c 2\r\nok\r\n",
        b"PUB a 2\r\rok\r\n",
        b"PUB a 2\rok\r\n",
        b"PUB a 2\r\noki\r\n",
        b"PUB a 2\r\nok\n",
        b"PUB a 1025\r\n",
        b"PUB a 1234567890\r\n",
        b"PUB a -1\r\n",
        b"PUB a \r\n",
        b"PUB a\r\n",
        b"PUB \r\n",
        b"PUB 2\r\nok\r\n",
        &long,
    ];
    let parser = Parser::new(LIMITS);
    let mut plain = 0;
    for input in inputs {
        for cut in 4..=input.len() {
            let input = &input[..cut];
            if let Some(step) = parser.plain_publish(input) {
                assert_eq!(Ok(step), parser.finish(Kind::Pub, 3, input));
                plain += 1;
            }
        }
    }
    // The first whole and with some of what follows, the next two whole.
    assert!(plain >= 9);
    for input in &inputs[..3] {
        assert!(parser.plain_publish(input).is_some());
    }
}
