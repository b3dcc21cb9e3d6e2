//! Go: `server/client_test.go`, the protocol of a client connection.

use std::time::Duration;

use conformance::go_test;
use conformance::pipe::PipeClient;
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use conformance::wait::{self, wait_until};
use nats_server::config::options::{
    AccountOptions, Permissions, ResponsePermission, SubjectPermission, User,
};
use nats_server::conn::Kind;
use nats_server::logging::Level;

/// Not verbose, with headers.
const HEADERS: &str = r#"{"verbose":false,"headers":true}"#;
/// Not verbose, without headers.
const QUIET: &str = r#"{"verbose":false}"#;

fn connected(server: &RunningServer) -> RawClient {
    RawClient::connected(server.address(), QUIET)
}

go_test!(
    183,
    "client_test",
    "TestClientCreateAndInfo",
    create_and_info
);
fn create_and_info() {
    let server = RunningServer::start();
    let info = RawClient::connect(server.address()).info();
    assert_eq!(info["client_id"], 1);
    assert_eq!(info["max_payload"], 1024 * 1024);
    assert_eq!(info["port"], server.address().port());
    assert!(
        info.get("auth_required").is_none() && info.get("tls_required").is_none(),
        "{info}"
    );
}

go_test!(
    184,
    "client_test",
    "TestClientNoResponderSupport",
    no_responder_support
);
fn no_responder_support() {
    let server = RunningServer::start();
    let mut client = RawClient::connect(server.address());
    client.info();
    client.send("CONNECT {\"no_responders\":true}\r\n");
    assert_eq!(
        client.until_closed(),
        ["-ERR 'no responders requires headers support'"]
    );

    let options = r#"{"verbose":false,"headers":true,"no_responders":true}"#;
    let mut client = RawClient::connected(server.address(), options);
    client.send("SUB reply 1\r\nPUB foo reply 2\r\nok\r\n");
    client.expect("HMSG reply 1 35 35");
    assert_eq!(
        client.payload(35),
        b"NATS/1.0 503\r\nNats-Subject: foo\r\n\r\n"
    );
}

go_test!(
    185,
    "client_test",
    "TestServerHeaderSupport",
    server_header_support
);
fn server_header_support() {
    let server = RunningServer::start();
    assert_eq!(RawClient::connect(server.address()).info()["headers"], true);
    let server = RunningServer::with(|options| options.no_header_support = true);
    assert_eq!(
        RawClient::connect(server.address()).info()["headers"],
        false
    );
}

go_test!(
    186,
    "client_test",
    "TestClientHeaderSupport",
    client_header_support
);
fn client_header_support() {
    let publish = "HPUB foo 0 2\r\nok\r\n";
    let refused = |server: &RunningServer, connect: &str| {
        let mut client = RawClient::connected(server.address(), connect);
        client.send(publish);
        assert!(client.until_closed().is_empty());
        assert!(
            server
                .log()
                .contains(Level::Error, "message headers not supported")
        );
    };
    let server = RunningServer::start();
    refused(&server, QUIET);
    let mut client = RawClient::connected(server.address(), HEADERS);
    client.send(publish);
    assert!(client.flush().is_empty());
    let without = RunningServer::with(|options| options.no_header_support = true);
    refused(&without, HEADERS);
}

go_test!(
    187,
    "client_test",
    "TestClientHeaderDeliverMsg",
    header_deliver
);
fn header_deliver() {
    let server = RunningServer::start();
    let mut client = RawClient::connected(server.address(), HEADERS);
    client.send("SUB foo 1\r\nHPUB foo 12 14\r\nName:Derek\r\nOK\r\n");
    client.expect("HMSG foo 1 12 14");
    assert_eq!(client.payload(14), b"Name:Derek\r\nOK");
}

/// A subscriber without header support gets the payload alone.
fn stripped(subscribe: &str) {
    let server = RunningServer::start();
    let mut subscriber = connected(&server);
    subscriber.send(subscribe);
    subscriber.flush();
    let mut publisher = RawClient::connected(server.address(), HEADERS);
    publisher.send("HPUB foo 12 14\r\nName:Derek\r\nOK\r\n");
    subscriber.expect("MSG foo 1 2");
    assert_eq!(subscriber.payload(2), b"OK");
    assert!(subscriber.flush().is_empty(), "nothing follows the message");
}

go_test!(
    188,
    "client_test",
    "TestClientHeaderDeliverStrippedMsg",
    header_stripped
);
fn header_stripped() {
    stripped("SUB foo 1\r\n");
}

go_test!(
    189,
    "client_test",
    "TestClientHeaderDeliverQueueSubStrippedMsg",
    header_stripped_queue
);
fn header_stripped_queue() {
    stripped("SUB foo bar 1\r\n");
}

go_test!(191, "client_test", "TestClientConnect", client_connect);
fn client_connect() {
    let server = RunningServer::start();
    for (connect, user, pass, token, name, echo) in [
        (
            r#"{"verbose":true,"pedantic":true,"tls_required":false,"echo":false}"#,
            "",
            "",
            "",
            "",
            false,
        ),
        (
            r#"{"user":"derek","pass":"foo"}"#,
            "derek",
            "foo",
            "",
            "",
            true,
        ),
        (
            r#"{"user":"derek","pass":"foo","name":"router"}"#,
            "derek",
            "foo",
            "",
            "router",
            true,
        ),
        (
            r#"{"auth_token":"YZZ222","name":"router"}"#,
            "",
            "",
            "YZZ222",
            "router",
            true,
        ),
    ] {
        let _client = RawClient::connected(server.address(), connect);
        let seen = server.server().context().clients();
        assert_eq!(seen.len(), 1);
        let options = seen[0].details(0).connect;
        assert!(
            options.verbose && options.pedantic && !options.tls_required,
            "{options:?}"
        );
        assert_eq!(
            (
                &*options.user,
                &*options.pass,
                &*options.auth_token,
                &*options.name,
                options.echo
            ),
            (user, pass, token, name, echo)
        );
        assert_eq!(options.protocol, 0);
        drop(_client);
        wait_until("the client is gone", || server.server().client_count() == 0);
    }
}

go_test!(192, "client_test", "TestClientConnectProto", connect_proto);
fn connect_proto() {
    let server = RunningServer::start();
    let mut client = RawClient::connect(server.address());
    client.info();
    for (connect, protocol) in [
        (
            r#"{"verbose":true,"pedantic":true,"tls_required":false}"#,
            0,
        ),
        (
            r#"{"verbose":true,"pedantic":true,"tls_required":false,"protocol":1}"#,
            1,
        ),
    ] {
        client.send(&format!("CONNECT {connect}\r\n"));
        client.expect("+OK");
        let options = server.server().context().clients()[0].details(0).connect;
        assert_eq!(options.protocol, protocol);
        assert!(options.verbose && options.pedantic && options.echo);
    }
    client.send("CONNECT {\"protocol\":22}\r\n");
    assert_eq!(client.until_closed(), ["-ERR 'invalid client protocol'"]);
}

go_test!(193, "client_test", "TestRemoteAddress", remote_address);
fn remote_address() {
    let server = RunningServer::start();
    let mut client = PipeClient::connect(server.server());
    let info = client.try_line().expect("INFO comes first");
    assert!(
        info.starts_with("INFO {") && !info.contains("client_ip"),
        "{info}"
    );
    client.send("CONNECT {\"verbose\":false}\r\nPING\r\n");
    client.expect("PONG");
    let address = server.server().context().clients()[0].address;
    assert_eq!(address.ip(), None);
    assert_eq!(address.to_string(), "pipe");
    drop(client);
    wait_until("the client is gone", || server.server().client_count() == 0);
}

go_test!(194, "client_test", "TestClientPing", client_ping);
fn client_ping() {
    let server = RunningServer::start();
    let mut client = RawClient::connect(server.address());
    client.info();
    client.send("PING\r\n");
    client.expect("PONG");
}

go_test!(195, "client_test", "TestClientSimplePubSub", simple_pub_sub);
fn simple_pub_sub() {
    let server = RunningServer::start();
    let mut client = connected(&server);
    client.send("SUB foo 1\r\nPUB foo 5\r\nhello\r\nPING\r\n");
    client.expect("MSG foo 1 5");
    assert_eq!(client.payload(5), b"hello");
    client.expect("PONG");
}

go_test!(
    196,
    "client_test",
    "TestClientPubSubNoEcho",
    pub_sub_no_echo
);
fn pub_sub_no_echo() {
    let server = RunningServer::start();
    let mut client = RawClient::connected(server.address(), r#"{"verbose":false,"echo":false}"#);
    client.send("SUB foo 1\r\nPUB foo 5\r\nhello\r\n");
    assert!(client.flush().is_empty());
}

go_test!(
    197,
    "client_test",
    "TestClientSimplePubSubWithReply",
    pub_sub_with_reply
);
fn pub_sub_with_reply() {
    let server = RunningServer::start();
    let mut client = connected(&server);
    client.send("SUB foo 1\r\nPUB foo bar 5\r\nhello\r\nPING\r\n");
    client.expect("MSG foo 1 bar 5");
    assert_eq!(client.payload(5), b"hello");
}

go_test!(
    198,
    "client_test",
    "TestClientNoBodyPubSubWithReply",
    no_body_with_reply
);
fn no_body_with_reply() {
    let server = RunningServer::start();
    let mut client = connected(&server);
    client.send("SUB foo 1\r\nPUB foo bar 0\r\n\r\nPING\r\n");
    client.expect("MSG foo 1 bar 0");
    assert_eq!(client.payload(0), b"");
}

go_test!(
    199,
    "client_test",
    "TestClientPubWithQueueSub",
    pub_with_queue_sub
);
fn pub_with_queue_sub() {
    let server = RunningServer::start();
    let mut client = connected(&server);
    client.send("SUB foo g1 1\r\nSUB foo g1 2\r\n");
    client.send(&"PUB foo bar 5\r\nhello\r\n".repeat(100));
    let mut counts = [0, 0];
    for _ in 0..100 {
        match client.line().as_str() {
            "MSG foo 1 bar 5" => counts[0] += 1,
            "MSG foo 2 bar 5" => counts[1] += 1,
            other => panic!("{other}"),
        }
        assert_eq!(client.payload(5), b"hello");
    }
    assert!(client.flush().is_empty(), "each message once");
    assert!(counts.iter().all(|count| *count >= 20), "{counts:?}");
}

go_test!(201, "client_test", "TestTypeString", type_string);
fn type_string() {
    for (kind, name) in [
        (Kind::Client, "Client"),
        (Kind::Router, "Router"),
        (Kind::Gateway, "Gateway"),
        (Kind::Leaf, "Leafnode"),
        (Kind::JetStream, "JetStream"),
        (Kind::Account, "Account"),
        (Kind::System, "System"),
    ] {
        assert_eq!(kind.name(), name);
    }
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

go_test!(
    202,
    "client_test",
    "TestQueueSubscribePermissions",
    queue_subscribe_permissions
);
fn queue_subscribe_permissions() {
    const BAR: &str =
        "-ERR 'Permissions Violation for Subscription to \"foo\" using queue \"bar\"'";
    const FIZZ: &str =
        "-ERR 'Permissions Violation for Subscription to \"foo\" using queue \"fizz\"'";
    const WHIZZ: &str = "-ERR 'Permissions Violation for Subscription to \"whizz\"'";
    type Case = (
        Option<&'static [&'static str]>,
        &'static [&'static str],
        &'static str,
        &'static str,
        &'static str,
    );
    let cases: [Case; 16] = [
        (Some(&["foo"]), &[], "foo", "", "+OK"),
        (Some(&["foo bar"]), &[], "foo", "bar", "+OK"),
        (Some(&["foo bar.*"]), &[], "foo", "bar.fizz", "+OK"),
        (Some(&["> bar.>"]), &[], "whizz", "bar.bang", "+OK"),
        (Some(&["> bar.>"]), &[], "whizz", "", WHIZZ),
        (Some(&[">"]), &["foo"], "foo", "bar", BAR),
        (Some(&[">"]), &["foo"], "bar", "", "+OK"),
        (Some(&[">"]), &[">"], "foo", "bar", BAR),
        (Some(&["> v1.>"]), &[], "foo", "v1.prod", "+OK"),
        (Some(&[">"]), &["> >"], "foo", "", "+OK"),
        (None, &["> >"], "foo", "bar", BAR),
        (None, &["> *.dev", "> *.stg"], "foo", "bar", "+OK"),
        (Some(&["> *.dev", "> *.stg"]), &[], "foo", "bar", BAR),
        (None, &["foo >"], "foo", "bar", BAR),
        (Some(&["foo bar"]), &[], "foo", "fizz", FIZZ),
        (Some(&["foo"]), &[], "foo", "bar", "+OK"),
    ];
    for (allow, deny, subject, queue, want) in cases {
        let subscribe = SubjectPermission {
            allow: allow.map(strings),
            deny: strings(deny),
        };
        let server = RunningServer::with(|options| {
            let permissions = Permissions {
                subscribe: Some(subscribe),
                ..Permissions::default()
            };
            options.users = vec![User {
                username: "u".to_owned(),
                password: "p".to_owned(),
                permissions: Some(permissions.into()),
                ..User::default()
            }];
        });
        let mut client = RawClient::connected(
            server.address(),
            r#"{"verbose":true,"user":"u","pass":"p"}"#,
        );
        client.send(&format!("SUB {subject} {queue} 1\r\n"));
        assert_eq!(
            client.line(),
            want,
            "allow {allow:?} deny {deny:?}: {subject} {queue}"
        );
    }
}

go_test!(
    203,
    "client_test",
    "TestClientPubWithQueueSubNoEcho",
    queue_sub_no_echo
);
fn queue_sub_no_echo() {
    let server = RunningServer::start();
    let mut own = RawClient::connected(server.address(), r#"{"verbose":false,"echo":false}"#);
    own.send("SUB foo bar 1\r\n");
    own.flush();
    let mut other = connected(&server);
    other.send("SUB foo bar 1\r\n");
    other.flush();
    own.send(&"PUB foo 5\r\nHello\r\n".repeat(100));
    assert!(own.flush().is_empty());
    for _ in 0..100 {
        other.expect("MSG foo 1 5");
        other.payload(5);
    }
    assert!(other.flush().is_empty());
}

go_test!(204, "client_test", "TestClientUnSub", client_unsub);
fn client_unsub() {
    let server = RunningServer::start();
    let mut client = connected(&server);
    client.send("SUB foo 1\r\nSUB foo 2\r\nUNSUB 1\r\nPUB foo bar 5\r\nhello\r\n");
    client.expect("MSG foo 2 bar 5");
    client.payload(5);
    assert!(client.flush().is_empty());
}

go_test!(205, "client_test", "TestClientUnSubMax", client_unsub_max);
fn client_unsub_max() {
    let server = RunningServer::start();
    let mut client = connected(&server);
    client.send("SUB foo 1\r\nUNSUB 1 5\r\n");
    client.send(&"PUB foo bar 5\r\nhello\r\n".repeat(10));
    for _ in 0..5 {
        client.expect("MSG foo 1 bar 5");
        client.payload(5);
    }
    assert!(client.flush().is_empty());
}

go_test!(
    206,
    "client_test",
    "TestClientAutoUnsubExactReceived",
    auto_unsub_exact
);
fn auto_unsub_exact() {
    let server = RunningServer::start();
    let mut client = connected(&server);
    client.send("SUB foo 1\r\nUNSUB 1 1\r\nPUB foo bar 2\r\nok\r\n");
    client.expect("MSG foo 1 bar 2");
    client.payload(2);
    client.flush();
    assert_eq!(server.server().subscription_count(), 0);
    assert_eq!(
        server.server().context().clients()[0]
            .details(0)
            .subscription_count,
        0
    );
}

go_test!(
    207,
    "client_test",
    "TestClientUnsubAfterAutoUnsub",
    unsub_after_auto_unsub
);
fn unsub_after_auto_unsub() {
    let server = RunningServer::start();
    let mut client = connected(&server);
    client.send("SUB foo 1\r\nUNSUB 1 1\r\n");
    client.flush();
    assert_eq!(server.server().subscription_count(), 1);
    client.send("UNSUB 1\r\n");
    client.flush();
    assert_eq!(server.server().subscription_count(), 0);
    assert_eq!(
        server.server().context().clients()[0]
            .details(0)
            .subscription_count,
        0
    );
}

go_test!(
    208,
    "client_test",
    "TestClientRemoveSubsOnDisconnect",
    subs_removed_on_disconnect
);
fn subs_removed_on_disconnect() {
    let server = RunningServer::start();
    let mut client = connected(&server);
    client.send("SUB foo 1\r\nSUB bar 2\r\n");
    client.flush();
    assert_eq!(server.server().subscription_count(), 2);
    drop(client);
    wait_until("the subscriptions are gone", || {
        server.server().subscription_count() == 0
    });
}

go_test!(
    209,
    "client_test",
    "TestClientDoesNotAddSubscriptionsWhenConnectionClosed",
    no_subs_after_close
);
fn no_subs_after_close() {
    // The subscriptions come in one read with what closes the connection.
    let server = RunningServer::start();
    let mut client = connected(&server);
    client.send("XYZ\r\nSUB foo 1\r\nSUB bar 2\r\n");
    assert_eq!(client.until_closed(), ["-ERR 'Unknown Protocol Operation'"]);
    wait_until("the client is gone", || server.server().client_count() == 0);
    let account = server.server().lookup_account("$G").unwrap();
    assert_eq!(account.subscriptions().count(), 0);
    assert!(!account.subscriptions().has_interest("foo"));
}

go_test!(
    210,
    "client_test",
    "TestClientMapRemoval",
    client_map_removal
);
fn client_map_removal() {
    let server = RunningServer::start();
    let client = connected(&server);
    assert_eq!(server.server().client_count(), 1);
    drop(client);
    wait_until("the client is gone", || server.server().client_count() == 0);
}

go_test!(
    211,
    "client_test",
    "TestAuthorizationTimeout",
    authorization_timeout
);
fn authorization_timeout() {
    let server = RunningServer::with(|options| {
        options.authorization = "my_token".to_owned();
        options.auth_timeout = Duration::from_millis(400);
    });
    let mut client = RawClient::connect(server.address());
    client.info();
    assert_eq!(client.until_closed(), ["-ERR 'Authentication Timeout'"]);
}

go_test!(
    212,
    "client_test",
    "TestTwoTokenPubMatchSingleTokenSub",
    two_tokens_no_match
);
fn two_tokens_no_match() {
    let server = RunningServer::start();
    let mut client = connected(&server);
    client
        .send("PUB foo.bar 5\r\nhello\r\nSUB foo 1\r\nPING\r\nPUB foo.bar 5\r\nhello\r\nPING\r\n");
    client.expect("PONG");
    client.expect("PONG");
}

go_test!(213, "client_test", "TestUnsubRace", unsub_race);
fn unsub_race() {
    let server = RunningServer::start();
    let mut subscriber = connected(&server);
    subscriber.send("SUB foo 1\r\n");
    subscriber.flush();
    let mut publisher = connected(&server);
    let publishing = std::thread::spawn(move || {
        for _ in 0..100 {
            publisher.send(&"PUB foo 5\r\nhello\r\n".repeat(100));
        }
        publisher.flush();
    });
    subscriber.expect("MSG foo 1 5");
    subscriber.payload(5);
    subscriber.send("UNSUB 1\r\n");
    publishing.join().unwrap();
    // All that came before the end was well formed.
    let rest = subscriber.flush();
    assert!(
        rest.chunks(2).all(|pair| pair == ["MSG foo 1 5", "hello"]),
        "{:?}",
        rest.last()
    );
    assert_eq!(server.server().subscription_count(), 0);
}

go_test!(
    215,
    "client_test",
    "TestWildcardCharsInLiteralSubjectWorks",
    wildcard_chars_in_literal
);
fn wildcard_chars_in_literal() {
    let server = RunningServer::start();
    let mut client = connected(&server);
    for sid in 1..=2 {
        client.send(&format!(
            "SUB foo.bar,*,>,baz {sid}\r\nPUB foo.bar,*,>,baz 3\r\nmsg\r\n"
        ));
        client.expect(&format!("MSG foo.bar,*,>,baz {sid} 3"));
        client.payload(3);
        client.send(&format!("UNSUB {sid}\r\n"));
        assert!(client.flush().is_empty());
    }
}

go_test!(
    224,
    "client_test",
    "TestClientMaxPending",
    client_max_pending
);
fn client_max_pending() {
    let server = RunningServer::with(|options| options.max_pending = (1 << 31) + 1);
    let mut client = connected(&server);
    client.send("SUB foo 1\r\nPUB foo 3\r\nmsg\r\n");
    client.expect("MSG foo 1 3");
}

go_test!(
    225,
    "client_test",
    "TestResponsePermissions",
    response_permissions
);
fn response_permissions() {
    let hour = Duration::from_secs(3600);
    let short = Duration::from_millis(100);
    for (max_msgs, expires, pause, replies, allowed) in [
        (2, hour, Duration::ZERO, 10, 2),
        (3, Duration::ZERO, Duration::from_millis(50), 2, 2),
        (1000, short, short * 2, 2, 1),
        (-1, short, short * 2, 2, 1),
    ] {
        let server = RunningServer::with(|options| {
            let permissions = Permissions {
                allow_responses: Some(ResponsePermission { max_msgs, expires }),
                ..Permissions::default()
            };
            let user = |name: &str| User {
                username: name.to_owned(),
                password: "pwd".to_owned(),
                ..User::default()
            };
            options.users = vec![
                User {
                    permissions: Some(permissions.into()),
                    ..user("service")
                },
                user("ivan"),
            ];
        });
        let login = |name: &str| {
            let options = format!(r#"{{"verbose":false,"user":{name:?},"pass":"pwd"}}"#);
            RawClient::connected(server.address(), &options)
        };
        let (mut service, mut client) = (login("service"), login("ivan"));
        service.send("SUB request 1\r\n");
        service.flush();
        client.send("SUB reply 1\r\nPUB request reply 4\r\nreq1\r\n");
        service.expect("MSG request 1 reply 4");
        service.payload(4);
        let mut errors = 0;
        for n in 0..replies {
            if n > 0 {
                wait::elapse(pause, "permissions to answer expire with time");
            }
            service.send("PUB reply 5\r\nreply\r\n");
            errors += service.flush().len();
        }
        for _ in 0..allowed {
            client.expect("MSG reply 1 5");
            client.payload(5);
        }
        assert!(client.flush().is_empty(), "no more than {allowed} replies");
        assert_eq!(errors, replies - allowed);
    }
}

go_test!(
    227,
    "client_test",
    "TestClientCheckUseOfGWReplyPrefix",
    gateway_reply_prefix
);
fn gateway_reply_prefix() {
    let server = RunningServer::start();
    let mut client = connected(&server);
    client.send("PUB _GR_.anything 2\r\nno\r\n");
    client.expect("-ERR 'Permissions Violation for Publish to \"_GR_.anything\"'");
    client.send("PUB foo _GR_.anything 2\r\nno\r\n");
    client.expect("-ERR 'Permissions Violation for Publish with Reply of \"_GR_.anything\"'");
    assert!(client.flush().is_empty());
}

go_test!(
    239,
    "client_test",
    "TestClientDenySysGroupSub",
    deny_system_group
);
fn deny_system_group() {
    let server = RunningServer::start();
    let mut client = connected(&server);
    client.send("SUB foo _sys_ 1\r\n");
    let line = client.line();
    assert!(line.starts_with("-ERR 'Permissions Violation"), "{line}");
    assert_eq!(server.server().subscription_count(), 0);
}

go_test!(
    259,
    "client_test",
    "TestClientRejectsNRGSubjects",
    rejects_raft_subjects
);
fn rejects_raft_subjects() {
    let server = RunningServer::with(|options| {
        let user = |name: &str, password: &str, account: &str| User {
            username: name.to_owned(),
            password: password.to_owned(),
            account: Some(account.to_owned()),
            ..User::default()
        };
        let account = |name: &str| AccountOptions {
            name: name.to_owned(),
            ..Default::default()
        };
        options.accounts = vec![account("A"), account("$SYS")];
        options.users = vec![user("nat", "pass", "A"), user("admin", "s3cr3t!", "$SYS")];
        options.no_auth_user = "nat".to_owned();
    });
    let admin = r#"{"verbose":false,"user":"admin","pass":"s3cr3t!"}"#;
    let mut system = RawClient::connected(server.address(), admin);
    system.send("PUB $NRG.foo 0\r\n\r\n");
    assert!(system.flush().is_empty());
    let mut normal = connected(&server);
    normal.send("PUB $NRG.foo 0\r\n\r\n");
    normal.expect("-ERR 'Permissions Violation for Publish to \"$NRG.foo\"'");
}
