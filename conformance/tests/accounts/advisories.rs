//! Security advisories of the NATS project that concern accounts, imports and
//! permissions (<https://advisories.nats.io>): this server must not have the bug.

use conformance::accounts::{
    account, client, configured, connect, expect, foo_and_bar, load, publish, respond,
};
use conformance::raw::RawClient;
use nats_server::account::{ClientInfo, ImportError};
use nats_server::config::options::ResponseKind;
use nats_server::monitor::ConnzOptions;

const ONE: ResponseKind = ResponseKind::Singleton;

/// CVE-2020-28466 and CVE-2022-42709: imports that form a cycle crash the server.
#[test]
fn cve_2022_42709_import_cycles_are_refused() {
    let (server, foo, bar) = foo_and_bar();
    for one in [&foo, &bar] {
        one.add_service_export("help.>", ONE, None, 0).unwrap();
        one.add_stream_export("news.>", None, 0).unwrap();
    }
    bar.add_service_import(&foo, "help.>", "").unwrap();
    assert_eq!(
        foo.add_service_import(&bar, "help.me", ""),
        Err(ImportError::Cycle)
    );
    bar.add_stream_import(&foo, "news.>", "").unwrap();
    assert_eq!(
        foo.add_stream_import(&bar, "news.today", ""),
        Err(ImportError::Cycle)
    );
    // Nothing is left of the attempts and messages end.
    let mut asking = client(&server, "bar");
    publish(&mut asking, "help.me", "");
    publish(&mut asking, "news.today", "");
    assert!(asking.flush().is_empty());

    // Over a third account, from a configuration.
    let error = load(
        r#"accounts {
             A { exports [{service: "x.>"}], imports [{service: {account: C, subject: "x.>"}}] }
             B { exports [{service: "x.>"}], imports [{service: {account: A, subject: "x.>"}}] }
             C { exports [{service: "x.>"}], imports [{service: {account: B, subject: "x.>"}}] }
           }"#,
    )
    .unwrap_err();
    assert!(error.contains("import forms a cycle"), "{error}");
}

/// CVE-2022-24450: a client chose its account in CONNECT.
#[test]
fn cve_2022_24450_clients_do_not_choose_their_account() {
    let (server, _, _) = foo_and_bar();
    for wish in [r#""account":"bar""#, r#""account":"$SYS""#] {
        let mut intruder = RawClient::connect(server.address());
        intruder.info();
        intruder.send(&format!(
            "CONNECT {{\"user\":\"foo\",\"pass\":\"foo\",{wish}}}\r\n"
        ));
        assert_eq!(
            intruder.until_closed(),
            ["-ERR 'Authorization Violation'"],
            "{wish}"
        );
    }
    assert_eq!(account(&server, "bar").client_count(), 0);
}

/// CVE-2023-47090: users for the system account alone opened the global account even
/// when an authorization block said who may connect.
#[test]
fn cve_2023_47090_authorization_is_not_lifted_by_the_system_account() {
    let server = configured(
        r#"listen: 127.0.0.1:-1
           accounts { $SYS { users [ { user: admin, pass: secret } ] } }
           authorization { users [ { user: joe, password: pass } ] }"#,
    );
    let mut nobody = RawClient::connect(server.address());
    nobody.info();
    nobody.send("CONNECT {\"verbose\":false}\r\n");
    assert_eq!(nobody.until_closed(), ["-ERR 'Authorization Violation'"]);
    drop(connect(&server, "joe", "pass", false));
}

/// Advisory 2026-08 and 2026-09 (CVE-2026-33223): a client put `Nats-Request-Info`
/// into its own request, and services believed it.
#[test]
fn advisory_2026_09_request_info_can_not_be_spoofed() {
    let (server, foo, bar) = foo_and_bar();
    foo.add_service_export("help", ONE, None, 0).unwrap();
    bar.add_service_import(&foo, "help", "").unwrap();
    let mut service = connect(&server, "foo", "foo", true);
    service.send("SUB help 1\r\n");
    assert!(service.flush().is_empty());
    let mut asking = connect(&server, "bar", "bar", true);
    let forged = r#"{"acc":"admin","user":"root"}"#;
    for lines in [
        format!("Nats-Request-Info: {forged}\r\n"),
        format!("Nats-Request-Info: {forged}\r\nNats-Request-Info: {forged}\r\n"),
        format!("nats-request-info:{forged}\r\nA: b\r\nNATS-REQUEST-INFO : {forged}\r\n"),
        format!("A: b\r\nNats-Request-Info: {forged}\nNats-Request-Info: {forged}\r\n"),
        format!("Nats-Request-Info\t: {forged}\r\n"),
    ] {
        // With the empty line at the end of the block, and without it.
        for end in ["\r\n", ""] {
            let block = format!("NATS/1.0\r\n{lines}{end}");
            asking.send(&format!(
                "HPUB help {} {}\r\n{block}hi\r\n",
                block.len(),
                block.len() + 2
            ));
            let request = service.message();
            assert_eq!(request.payload, b"hi");
            let header = String::from_utf8(request.header).unwrap();
            assert!(header.starts_with("NATS/1.0\r\n") && header.ends_with("\r\n\r\n"));
            let infos: Vec<&str> = header
                .lines()
                .filter(|line| line.to_ascii_lowercase().contains("request-info"))
                .collect();
            let [info] = infos.as_slice() else {
                panic!("one line tells who asks: {header:?}");
            };
            let json = info.strip_prefix("Nats-Request-Info: ").unwrap();
            let info: ClientInfo = serde_json::from_str(json).unwrap();
            assert_eq!((info.account.as_str(), info.user.as_str()), ("bar", ""));
            assert!(!header.contains("root"), "{header:?}");
        }
    }
}

/// The subscription ids of the next two messages, which are on `subject`, in order.
fn received_by(client: &mut RawClient, subject: &str) -> [String; 2] {
    let mut sids = [client.message(), client.message()].map(|message| {
        assert_eq!(message.subject, subject);
        message.sid
    });
    sids.sort();
    sids
}

/// Advisory 2026-17: a wildcard subscription got messages of a denied wildcard that it
/// overlaps without being part of it.
#[test]
fn advisory_2026_17_overlapping_wildcards_are_denied() {
    let server = configured(
        r#"listen: 127.0.0.1:-1
           authorization {
             users [
               { user: all, password: p }
               { user: some, password: p, permissions: { subscribe: { allow: "foo.>", deny: "*.secret.>" } } }
             ]
           }"#,
    );
    let mut from = connect(&server, "all", "p", false);
    let mut some = connect(&server, "some", "p", false);
    some.send("SUB foo.*.a 1\r\nSUB foo.*.a group 2\r\n");
    assert!(some.flush().is_empty());
    let mut group = connect(&server, "all", "p", false);
    group.send("SUB foo.secret.a group 3\r\n");
    assert!(group.flush().is_empty());
    for _ in 0..20 {
        publish(&mut from, "foo.secret.a", "hidden");
        // The member that may have it gets it.
        expect(&mut group, "foo.secret.a", "3", "hidden");
    }
    group.send("UNSUB 3\r\n");
    assert!(group.flush().is_empty());
    publish(&mut from, "foo.open.a", "shown");
    assert_eq!(received_by(&mut some, "foo.open.a"), ["1", "2"]);
    assert!(some.flush().is_empty());
}

/// The same through an import: subjects are denied as the subscriber knows them.
#[test]
fn advisory_2026_17_denied_subjects_of_imports() {
    let server = configured(
        r#"listen: 127.0.0.1:-1
           accounts {
             A { users [{user: a, password: a}], exports [{stream: "s.>"}] }
             B {
               users [
                 {user: b, password: b, permissions: { subscribe: { allow: ">", deny: "there.*.x" } } }
               ]
               imports [{stream: {account: A, subject: "s.>"}, to: "there.>"}]
             }
           }"#,
    );
    let mut from = client(&server, "a");
    let mut to = client(&server, "b");
    to.send("SUB there.1.* 1\r\nSUB > 2\r\n");
    assert!(to.flush().is_empty());
    publish(&mut from, "s.1.x", "hidden");
    assert!(from.flush().is_empty());
    publish(&mut from, "s.1.y", "shown");
    assert_eq!(received_by(&mut to, "there.1.y"), ["1", "2"]);
    assert!(to.flush().is_empty());
}

/// Advisory 2026-18: a deny rule for a queue group lifted that for the whole subject.
#[test]
fn advisory_2026_18_queue_groups_do_not_lift_denials() {
    let server = configured(
        r#"listen: 127.0.0.1:-1
           authorization {
             users [
               { user: u, password: p, permissions: {
                   subscribe: { allow: ["foo", "bar"], deny: ["foo", "foo special", "bar closed"] } } }
             ]
           }"#,
    );
    let mut member = connect(&server, "u", "p", false);
    for (line, denied) in [
        ("SUB foo 1", true),
        ("SUB foo special 2", true),
        ("SUB foo other 3", true),
        ("SUB bar closed 4", true),
        ("SUB bar open 5", false),
        ("SUB bar 6", false),
    ] {
        member.send(&format!("{line}\r\n"));
        let answers = member.flush();
        assert_eq!(
            answers
                .iter()
                .any(|answer| answer.contains("Permissions Violation for Subscription")),
            denied,
            "{line}: {answers:?}"
        );
    }
}

/// Advisory 2026-24: whoever began with anything but CONNECT was the `no_auth_user`
/// even if that user is bound to other kinds of connections.
#[test]
fn advisory_2026_24_no_auth_user_keeps_its_connection_types() {
    let server = configured(
        r#"listen: 127.0.0.1:-1
           no_auth_user: guest
           accounts {
             A { users [ { user: guest, password: p, allowed_connection_types: ["WEBSOCKET"] } ] }
           }"#,
    );
    for first in ["SUB > 1\r\n", "PUB foo 2\r\nhi\r\n", "PING\r\n"] {
        let mut guest = RawClient::connect(server.address());
        guest.info();
        guest.send(first);
        assert_eq!(
            guest.until_closed(),
            ["-ERR 'Authorization Violation'"],
            "{first}"
        );
    }
    assert_eq!(account(&server, "A").client_count(), 0);
}

/// Advisory 2026-28: page numbers that add up to more than an integer holds crashed
/// the server.
#[test]
fn advisory_2026_28_connz_pages_do_not_overflow() {
    let (server, _, _) = foo_and_bar();
    let _one = client(&server, "foo");
    for (offset, limit) in [
        (i64::MAX, i64::MAX),
        (1, i64::MAX),
        (i64::MAX, 1),
        (i64::MIN, i64::MIN),
    ] {
        let options = ConnzOptions {
            offset,
            limit,
            ..ConnzOptions::default()
        };
        let told = server.server().connz(&options).unwrap();
        assert!(told.connections.len() <= 1, "{offset} {limit}");
    }
}

/// What an answer may not do: come from an account that was not asked, or twice.
#[test]
fn answers_come_from_the_service_alone() {
    let (server, foo, bar) = foo_and_bar();
    foo.add_service_export("help", ONE, None, 0).unwrap();
    bar.add_service_import(&foo, "help", "").unwrap();
    let mut service = client(&server, "foo");
    service.send("SUB help 1\r\n");
    assert!(service.flush().is_empty());
    let mut asking = client(&server, "bar");
    asking.send("SUB inbox 1\r\nPUB help inbox 2\r\nhi\r\n");
    let request = expect(&mut service, "help", "1", "hi");
    // The reply subject means nothing in the requestor's own account.
    respond(&mut asking, &request, "forged");
    assert!(asking.flush().is_empty());
    respond(&mut service, &request, "true");
    expect(&mut asking, "inbox", "1", "true");
    respond(&mut service, &request, "again");
    assert!(service.flush().is_empty());
    assert!(asking.flush().is_empty());
    // Nor may a client ask for answers on such a subject.
    asking.send("PUB help _R_.ABCDEF.GHIJKL 2\r\nhi\r\n");
    let refused = asking.flush();
    assert_eq!(refused.len(), 1);
    assert!(refused[0].starts_with("-ERR 'Permissions Violation for Publish with Reply"));
}
