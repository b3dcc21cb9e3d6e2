//! Go: `server/client_test.go`, messages in the log.

use conformance::go_test;
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use nats_server::logging::Level;

/// Not verbose, with headers.
const HEADERS: &str = r#"{"verbose":false,"headers":true}"#;

/// The payload lines that a server with these options traces for one message.
fn traced(max: usize, headers_only: bool, header: &str, payload: &str) -> Vec<String> {
    let server = RunningServer::with(|options| {
        options.max_traced_msg_len = max;
        options.trace_headers = headers_only;
    });
    let mut client = RawClient::connected(server.address(), HEADERS);
    client.send("SUB foo 1\r\n");
    if header.is_empty() {
        client.send(&format!("PUB foo {}\r\n{payload}\r\n", payload.len()));
    } else {
        let total = header.len() + payload.len();
        client.send(&format!(
            "HPUB foo {} {total}\r\n{header}{payload}\r\n",
            header.len()
        ));
    }
    client.flush();
    let lines = server.log().lines();
    lines
        .into_iter()
        .filter(|(level, _)| *level == Level::Trace)
        .filter_map(|(_, line)| {
            let at = line
                .find("<<- MSG_PAYLOAD")
                .or_else(|| line.find("->> MSG_PAYLOAD"))?;
            Some(line[at..].to_owned())
        })
        .collect()
}

go_test!(220, "client_test", "TestTraceMsg", trace_msg);
fn trace_msg() {
    for (payload, max, want) in [
        ("normal", 10, r#"["normal"]"#),
        ("over length", 10, r#"["over lengt..."]"#),
        ("unlimited length", 0, r#"["unlimited length"]"#),
    ] {
        let lines = traced(max, false, "", payload);
        assert_eq!(lines[0], format!("<<- MSG_PAYLOAD: {want}"));
    }
}

const ONE: &str = "NATS/1.0\r\nFoo: 1\r\n\r\n";

go_test!(
    221,
    "client_test",
    "TestTraceMsgHeadersOnly",
    trace_headers_only
);
fn trace_headers_only() {
    let two = "NATS/1.0\r\nFoo: 1\r\nBar: 2\r\n\r\n";
    assert!(traced(0, true, "", "test").is_empty());
    for (header, payload, max, want) in [
        (ONE, "", 0, r#"["NATS/1.0\r\nFoo: 1"]"#),
        (ONE, "test", 0, r#"["NATS/1.0\r\nFoo: 1"]"#),
        (ONE, "", 6, r#"["NATS/1..."]"#),
        (two, "", 21, r#"["NATS/1.0\r\nFoo: 1\r\nBar..."]"#),
    ] {
        let lines = traced(max, true, header, payload);
        assert_eq!(lines[0], format!("<<- MSG_PAYLOAD: {want}"));
    }
}

go_test!(
    223,
    "client_test",
    "TestTraceMsgDeliveryWithHeaders",
    trace_delivery_with_headers
);
fn trace_delivery_with_headers() {
    let two = "NATS/1.0\r\nFoo: bar\r\nBar: baz\r\n\r\n";
    for (header, payload, headers_only, want) in [
        (ONE, "", true, r#"["NATS/1.0\r\nFoo: 1"]"#),
        (ONE, "test", false, r#"["NATS/1.0\r\nFoo: 1\r\n\r\ntest"]"#),
        (ONE, "test", true, r#"["NATS/1.0\r\nFoo: 1"]"#),
        (two, "", true, r#"["NATS/1.0\r\nFoo: bar\r\nBar: baz"]"#),
        (
            two,
            "payload data",
            true,
            r#"["NATS/1.0\r\nFoo: bar\r\nBar: baz"]"#,
        ),
        ("", "plain message", false, r#"["plain message"]"#),
        (
            ONE,
            "payload",
            false,
            r#"["NATS/1.0\r\nFoo: 1\r\n\r\npayload"]"#,
        ),
    ] {
        let lines = traced(0, headers_only, header, payload);
        assert_eq!(lines[1], format!("->> MSG_PAYLOAD: {want}"));
    }
}
