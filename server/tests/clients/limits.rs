//! Limits of accounts and of the server, and receivers that fall behind.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use nats_server::config::options::{AccountOptions, TlsOptions, User};
use nats_server::logging::Level;
use nats_server::{Options, Server};

use crate::support::{Running, wait_until};

const USER: &str = r#","user":"u","pass":"p""#;

/// One account with a user in it.
fn account(options: &mut Options, change: impl FnOnce(&mut AccountOptions)) {
    let mut account = AccountOptions {
        name: "A".to_owned(),
        ..AccountOptions::default()
    };
    change(&mut account);
    options.accounts = vec![account];
    options.users = vec![User {
        username: "u".to_owned(),
        password: "p".to_owned(),
        account: Some("A".to_owned()),
        ..User::default()
    }];
}

#[test]
fn the_smaller_limit_counts() {
    // Of account and server, `None` is no limit of the account.
    for (of_account, of_server, want) in [
        (Some(2), 3, 2),
        (Some(3), 2, 2),
        (Some(1), 1, 1),
        (None, 2, 2),
        (Some(2), 0, 2),
    ] {
        let server = Running::with(|options| {
            account(options, |account| account.max_subscriptions = of_account);
            options.max_subscriptions = of_server;
        });
        let mut client = server.connected(USER);
        for n in 0..want {
            client.send(&format!("SUB foo {n}\r\n"));
        }
        assert!(client.flush().is_empty());
        client.send("SUB foo 9\r\n");
        assert_eq!(client.flush(), ["-ERR 'maximum subscriptions exceeded'"]);
    }
}

#[test]
fn a_server_that_overrides_an_account_says_so() {
    let server = Running::with(|options| {
        account(options, |account| {
            account.max_payload = Some(1000);
            account.max_subscriptions = Some(10);
        });
        options.max_payload = 100;
        options.max_subscriptions = 1;
    });
    let mut client = server.connected(USER);
    let text = "Max Payload set to 100 from server overrides account or user config";
    server.wait_for_line(Level::Error, text);
    let text = "Max Subscriptions set to 1 from server overrides account or user config";
    server.wait_for_line(Level::Error, text);
    client.send("PUB foo 101\r\n");
    assert_eq!(client.rest(), ["-ERR 'Maximum Payload Violation'"]);
    server.wait_for_closed("Maximum Message Payload Exceeded");
}

#[test]
fn whoever_brings_too_many_subscriptions_along_is_closed() {
    let server = Running::with(|options| {
        options.max_subscriptions = 1;
        options.username = "u".to_owned();
        options.password = "p".to_owned();
    });
    let mut client = server.connected(USER);
    client.send("SUB foo 1\r\n");
    assert!(client.flush().is_empty());
    client.send(&format!("CONNECT {{\"verbose\":false{USER}}}\r\n"));
    assert_eq!(client.rest(), ["-ERR 'maximum subscriptions exceeded'"]);
    server.wait_for_closed("Maximum Subscriptions Exceeded");
}

#[test]
fn too_many_subscriptions_do_not_flood_the_log() {
    let server = Running::with(|options| options.max_subscriptions = 1);
    let mut client = server.connected("");
    client.send("SUB foo 1\r\nSUB foo 2\r\nSUB foo 3\r\nSUB foo 4\r\n");
    assert_eq!(client.flush().len(), 3);
    let lines = server.lines(Level::Error);
    let reports = lines
        .iter()
        .filter(|line| line.contains("maximum subscriptions exceeded"));
    assert_eq!(reports.count(), 1);
}

#[test]
fn accounts_have_a_limit_of_connections() {
    let server = Running::with(|options| {
        account(options, |account| account.max_connections = Some(1));
    });
    let _first = server.connected(USER);
    let mut second = server.client();
    second.send(&format!("CONNECT {{\"verbose\":false{USER}}}\r\n"));
    let text = "maximum account active connections exceeded";
    assert_eq!(second.rest(), [format!("-ERR '{text}'")]);
    server.wait_for_line(Level::Error, text);
    server.wait_for_closed("Maximum Account Connections Exceeded");
}

#[test]
fn a_limit_of_connections_is_told_and_logged() {
    let server = Running::with(|options| options.max_connections = 1);
    let _first = server.connected("");
    for _ in 0..3 {
        assert_eq!(
            server.client().rest(),
            ["-ERR 'maximum connections exceeded'"]
        );
    }
    server.wait_for_closed("Maximum Connections Exceeded");
    wait_until("the others are gone", || server.server.client_count() == 1);
    let lines = server.lines(Level::Error);
    let reports = lines
        .iter()
        .filter(|line| line.contains("maximum connections exceeded"));
    assert_eq!(reports.count(), 1, "{lines:?}");
}

#[test]
fn with_no_stall_messages_to_slow_receivers_are_dropped() {
    let server = Running::with(|options| {
        options.max_pending = 4 * 1024 * 1024;
        options.no_fast_producer_stall = true;
    });
    let mut deaf = server.connected("");
    deaf.send("SUB foo 1\r\n");
    deaf.flush();
    let mut sender = server.connected("");
    let message = format!("PUB foo 60000\r\n{}\r\n", "x".repeat(60_000));
    // Much more than the system's buffers and the limit hold together.
    for _ in 0..1000 {
        sender.send(&message);
    }
    sender.flush();
    assert_eq!(server.server.slow_consumer_count(), 0);
    assert_eq!(server.server.stalled_client_count(), 0);
    assert_eq!(server.server.client_count(), 2);
    let received = server.server.client(1).unwrap().details(0).out_msgs;
    assert!(received < 1000, "{received}");
}

#[test]
fn fast_publishers_wait_for_slow_receivers() {
    let server = Running::with(|options| options.max_pending = 4 * 1024 * 1024);
    let mut deaf = server.connected("");
    deaf.send("SUB foo 1\r\n");
    deaf.flush();
    let mut sender = server.connected("");
    let message = format!("PUB foo 10000\r\n{}\r\n", "x".repeat(10_000));
    wait_until("the publisher has to wait", || {
        sender.send(&message);
        server.server.stalled_client_count() > 0
    });
    server.wait_for_line(Level::Debug, "Timed out of fast producer stall");
    server.wait_for_line(Level::Warn, "Producer was stalled for a total of");
    assert!(server.server.client(1).unwrap().details(0).stalls > 0);
}

#[test]
fn replays_wait_for_slow_receivers() {
    const MESSAGES: u64 = 600;
    const SIZE: usize = 60_000;
    let dir = tempfile::tempdir().unwrap();
    let server = Running::with(|options| {
        options.max_pending = 8 * 1024 * 1024;
        options.jetstream = true;
        options.store_dir = dir.path().display().to_string();
    });
    let mut other = server.connected("");
    let mut ask = |request: &str, body: &str| {
        let (reply, length) = ("answer", body.len());
        other.send(&format!(
            "SUB {reply} 9\r\nUNSUB 9 1\r\nPUB {request} {reply} {length}\r\n{body}\r\n"
        ));
        let mut lines = std::iter::from_fn(|| other.line());
        let head = lines.find(|line| line != "PING").unwrap();
        assert!(head.starts_with("MSG answer 9 "), "{head}");
        let answer = lines.next().unwrap();
        assert!(!answer.contains("error"), "{answer}");
        answer
    };
    ask(
        "$JS.API.STREAM.CREATE.S",
        r#"{"name":"S","subjects":["s"],"storage":"file"}"#,
    );
    // Much more than the system's buffers and the limit hold together.
    let payload = "x".repeat(SIZE);
    for _ in 0..MESSAGES {
        ask("s", &payload);
    }
    let mut slow = server.connected("");
    slow.send("SUB to 1\r\n");
    slow.flush();
    ask(
        "$JS.API.CONSUMER.CREATE.S.C",
        r#"{"stream_name":"S","config":{"name":"C","deliver_subject":"to","ack_policy":"none"}}"#,
    );
    let mut left = u64::MAX;
    wait_until("nothing more is sent to the receiver", || {
        let info = ask("$JS.API.CONSUMER.INFO.S.C", "");
        let (_, rest) = info.split_once("\"num_pending\":").unwrap();
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap();
        let before = std::mem::replace(&mut left, digits.parse().unwrap());
        left == before && left < MESSAGES
    });
    assert!(left > 0, "more is left");
    let mut read = BufReader::new(&slow.stream);
    let mut body = vec![0; SIZE + 2];
    for number in 1..=MESSAGES {
        let mut head = String::new();
        read.read_line(&mut head).unwrap();
        let wanted = format!(".1.{number}.{number}.");
        assert!(head.starts_with("MSG s 1 $JS.ACK.S."), "{number}: {head}");
        assert!(head.contains(&wanted), "{head}");
        read.read_exact(&mut body).unwrap();
    }
    assert_eq!(server.server.slow_consumer_count(), 0);
}

#[test]
fn receivers_that_begin_late_get_every_byte_in_order() {
    const MESSAGES: usize = 40;
    /// All of them are more than the system's buffers take, less than the limit.
    const SIZE: usize = 700_000;
    let payload = |number: usize| -> Vec<u8> {
        (0..SIZE / 10)
            .flat_map(|at| format!("{number:02}{at:07} ").into_bytes())
            .collect()
    };
    let server = Running::with(|_| {});
    let mut late = server.connected("");
    late.send("SUB foo 1\r\n");
    late.flush();
    let mut sender = server.connected("");
    for number in 0..MESSAGES {
        sender.send(&format!("PUB foo {SIZE}\r\n"));
        sender.stream.write_all(&payload(number)).unwrap();
        sender.send("\r\n");
    }
    sender.flush();
    let mut expected = Vec::new();
    for number in 0..MESSAGES {
        expected.extend_from_slice(format!("MSG foo 1 {SIZE}\r\n").as_bytes());
        expected.extend(payload(number));
        expected.extend_from_slice(b"\r\n");
    }
    let mut received = vec![0; expected.len()];
    late.stream.read_exact(&mut received).unwrap();
    let differs = received.iter().zip(&expected).position(|(a, b)| a != b);
    assert_eq!(differs, None);
}

#[test]
fn pings_that_are_not_answered_end_the_connection() {
    let server = Running::with(|options| {
        options.ping_interval = Duration::from_millis(50);
        options.ping_max = 1;
    });
    let mut client = server.connected("");
    let lines = client.rest();
    assert_eq!(lines, ["PING", "-ERR 'Stale Connection'"]);
    server.wait_for_closed("Stale Connection");
    assert_eq!(server.server.stale_connection_count(), 1);
}

/// A certificate of its own, in files of `dir`.
pub(crate) fn own_certificate(dir: &Path) -> TlsOptions {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let (cert_file, key_file) = (dir.join("cert.pem"), dir.join("key.pem"));
    std::fs::write(&cert_file, certificate.pem()).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    TlsOptions {
        cert_file,
        key_file,
        ..TlsOptions::default()
    }
}

#[test]
fn tls_handshakes_have_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let server = Running::with(|options| {
        options.tls = Some(TlsOptions {
            timeout: Duration::from_millis(50),
            ..own_certificate(dir.path())
        });
    });
    let mut silent = server.client();
    assert!(silent.rest().is_empty());
    server.wait_for_closed("TLS Handshake Failure");
    server.wait_for_line(Level::Error, "TLS handshake timeout");
    let mut senseless = server.client();
    senseless.send("CONNECT {}\r\n");
    senseless.rest();
    server.wait_for_line(Level::Error, "TLS handshake error: ");
}

#[test]
fn connections_count_before_their_tls_handshake() {
    let dir = tempfile::tempdir().unwrap();
    let server = Running::with(|options| {
        options.max_connections = 1;
        options.tls = Some(own_certificate(dir.path()));
    });
    let _silent = server.client();
    let text = "-ERR 'maximum connections exceeded'";
    assert_eq!(server.client().rest(), [text]);
    // Nor does one that is not through with it hold up the end of the server.
    let start = Instant::now();
    server.server.shutdown();
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[test]
fn tls_handshakes_have_a_rate() {
    let dir = tempfile::tempdir().unwrap();
    let server = Running::with(|options| {
        options.tls = Some(TlsOptions {
            connection_rate_limit: 1,
            ..own_certificate(dir.path())
        });
    });
    let text = "-ERR 'Connection throttling is active. Please try again later.'";
    let mut waiting = Vec::new();
    let mut refused = Vec::new();
    wait_until("twenty are refused", || {
        waiting.push(server.client());
        refused = server.server.closed_connections();
        refused.retain(|closed| closed.reason.as_str() == "Maximum Connections Exceeded");
        refused.len() >= 20
    });
    let id = usize::try_from(refused[0].details.id).unwrap();
    assert_eq!(waiting[id - 1].rest(), [text]);

    // All are told of, in few lines, and no line tells of none.
    let told = || -> Vec<usize> {
        let count = |line: &String| {
            line.strip_prefix("Rejected ")?
                .strip_suffix(" connections due to TLS rate limiting")?
                .parse()
                .ok()
        };
        let lines = server.lines(Level::Warn);
        lines.iter().filter_map(count).collect()
    };
    wait_until("all are told of", || {
        let refused = server.server.closed_connections();
        let refused = refused
            .iter()
            .filter(|closed| closed.reason.as_str() == "Maximum Connections Exceeded");
        told().iter().sum::<usize>() == refused.count()
    });
    let told = told();
    assert!(told.len() < 20 && !told.contains(&0), "{told:?}");
}

#[test]
fn a_server_that_was_ended_does_not_start() {
    let options = Options {
        host: "127.0.0.1".to_owned(),
        port: -1,
        http_port: -1,
        no_sigs: true,
        ..Options::default()
    };
    let server = Server::new(options).unwrap();
    server.shutdown();
    assert!(server.start().is_err());
    assert_eq!(server.client_address(), None);
    assert_eq!(server.monitor_address(), None);
    assert!(!server.ready_for_connections(Duration::ZERO));
}
