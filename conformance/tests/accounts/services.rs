//! Services that one account imports from another.

use std::time::Duration;

use conformance::accounts::{
    account, client, configured, connect, expect, foo_and_bar, publish, respond, server_with,
};
use conformance::raw::RawMessage;
use conformance::wait::wait_until;
use nats_server::account::ClientInfo;
use nats_server::config::options::ResponseKind;

const ONE: ResponseKind = ResponseKind::Singleton;

fn client_info(request: &RawMessage) -> ClientInfo {
    let header = String::from_utf8(request.header.clone()).unwrap();
    let json = header
        .lines()
        .find_map(|line| line.strip_prefix("Nats-Request-Info: "))
        .unwrap_or_else(|| panic!("the request tells who asks: {header:?}"));
    serde_json::from_str(json).unwrap()
}

#[test]
fn requests_go_through_several_accounts() {
    let server = server_with(&["a", "b", "c"]);
    let [a, b, c] = ["a", "b", "c"].map(|name| account(&server, name));
    c.add_service_export("c.*", ONE, None, 0).unwrap();
    b.add_service_import(&c, "b.*", "c.*").unwrap();
    b.add_service_export("b.*", ONE, None, 0).unwrap();
    a.add_service_import(&b, "a.*", "b.*").unwrap();
    a.set_service_import_sharing(&b, "b.*", true).unwrap();

    let mut service = connect(&server, "c", "c", true);
    service.send("SUB c.> 1\r\n");
    assert!(service.flush().is_empty());
    let mut asking = connect(&server, "a", "a", true);
    asking.send("SUB inbox 2\r\nPUB a.help inbox 2\r\nhi\r\n");
    let request = expect(&mut service, "c.help", "1", "hi");
    let info = client_info(&request);
    // The first import shares, and the service learns through which account it came.
    assert_eq!(
        (
            info.account.as_str(),
            info.service.as_str(),
            info.user.as_str()
        ),
        ("a", "b", "a")
    );
    assert_eq!(
        (info.kind.as_str(), info.client_type.as_str()),
        ("Client", "nats")
    );
    assert!(info.rtt_ns > 0 && info.start.is_some() && info.host == "127.0.0.1");
    assert_eq!(info.server, server.server().name());
    assert_eq!(b.pending_response_count(), 1);
    assert_eq!(c.pending_response_count(), 1);
    respond(&mut service, &request, "yes");
    expect(&mut asking, "inbox", "2", "yes");
    for account in [&a, &b, &c] {
        assert_eq!(account.pending_response_count(), 0);
        assert_eq!(account.pending_reverse_response_count(), 0);
    }
    // Each account counts what went out to its own clients.
    wait_until("the answer is counted", || a.stats().sent().msgs == 1);
    assert_eq!((b.stats().sent().msgs, c.stats().sent().msgs), (0, 1));
}

#[test]
fn what_is_not_shared_is_not_told() {
    let (server, foo, bar) = foo_and_bar();
    foo.add_service_export("help", ONE, None, 0).unwrap();
    bar.add_service_import(&foo, "help", "").unwrap();
    let mut service = connect(&server, "foo", "foo", true);
    service.send("SUB help 1\r\n");
    assert!(service.flush().is_empty());
    let mut asking = client(&server, "bar");
    publish(&mut asking, "help", "hi");
    let info = client_info(&expect(&mut service, "help", "1", "hi"));
    let told = ClientInfo {
        account: "bar".to_owned(),
        rtt_ns: info.rtt_ns,
        ..ClientInfo::default()
    };
    assert_eq!(info, told);
}

#[test]
fn the_system_account_is_told_the_server() {
    let server = configured(
        r#"listen: 127.0.0.1:-1
           server_name: one
           system_account: SYS
           accounts {
             SYS { users [{user: s, password: s}], exports [{service: "sys.help"}] }
             A { users [{user: a, password: a}], imports [{service: {account: SYS, subject: "sys.help"}}] }
           }"#,
    );
    let mut service = connect(&server, "s", "s", true);
    service.send("SUB sys.help 1\r\n");
    assert!(service.flush().is_empty());
    publish(&mut client(&server, "a"), "sys.help", "hi");
    let info = client_info(&expect(&mut service, "sys.help", "1", "hi"));
    assert_eq!((info.account.as_str(), info.server.as_str()), ("A", "one"));
    assert_eq!((info.user.as_str(), info.host.as_str()), ("", ""));
}

#[test]
fn one_member_of_a_queue_group_gets_a_request() {
    let (server, foo, bar) = foo_and_bar();
    foo.add_service_export("help", ONE, None, 0).unwrap();
    bar.add_service_import(&foo, "help", "").unwrap();
    let mut members = [client(&server, "foo"), client(&server, "foo")];
    for member in &mut members {
        member.send("SUB help group 1\r\n");
        assert!(member.flush().is_empty());
    }
    let mut asking = client(&server, "bar");
    for _ in 0..100 {
        publish(&mut asking, "help", "x");
    }
    assert!(asking.flush().is_empty());
    let counts = members.map(|mut member| {
        let lines = member.flush();
        lines
            .iter()
            .filter(|line| line.starts_with("MSG help 1"))
            .count()
    });
    assert_eq!(counts[0] + counts[1], 100);
    assert!(counts[0] > 0 && counts[1] > 0, "{counts:?}");
}

/// A stream import of everything beside a service import: the request must not come
/// back as part of the stream, whoever listens there.
#[test]
fn requests_are_not_part_of_exported_streams() {
    let server = configured(
        r#"listen: 127.0.0.1:-1
           accounts {
             STATIC {
               users = [ { user: "static", pass: "foo" } ]
               exports [
                 { stream: > }
                 { service: my.service }
               ]
             }
             DYN {
               users = [ { user: "foo", pass: "bar" } ]
               imports [
                 { stream { subject: >, account: STATIC } }
                 { service { subject: my.service, account: STATIC } }
               ]
             }
           }"#,
    );
    let mut service = connect(&server, "static", "foo", false);
    let mut asking = connect(&server, "foo", "bar", false);
    service.send("SUB my.service 1\r\n");
    assert!(service.flush().is_empty());
    asking.send("PUB my.service foo 2\r\nhi\r\n");
    expect(&mut service, "my.service", "1", "hi");
    service.send("UNSUB 1\r\nSUB my.service prod 2\r\n");
    assert!(service.flush().is_empty());
    asking.send("PUB my.service foo 2\r\nhi\r\n");
    expect(&mut service, "my.service", "2", "hi");
    // A member of the group on the importing side is no receiver of requests.
    asking.send("SUB my.service prod 3\r\n");
    assert!(asking.flush().is_empty());
    for _ in 0..20 {
        asking.send("PUB my.service foo 2\r\nhi\r\n");
        expect(&mut service, "my.service", "2", "hi");
    }
    assert!(service.flush().is_empty());
}

#[test]
fn chunked_answers_end_with_an_empty_one() {
    let (server, foo, bar) = foo_and_bar();
    foo.add_service_export("file", ResponseKind::Chunked, None, 0)
        .unwrap();
    bar.add_service_import(&foo, "file", "").unwrap();
    let mut service = client(&server, "foo");
    service.send("SUB file 1\r\n");
    assert!(service.flush().is_empty());
    let mut asking = client(&server, "bar");
    asking.send("SUB inbox 2\r\nPUB file inbox 3\r\nget\r\n");
    let request = expect(&mut service, "file", "1", "get");
    for part in ["one", "two", ""] {
        assert_eq!(foo.pending_response_count(), 1);
        respond(&mut service, &request, part);
        expect(&mut asking, "inbox", "2", part);
    }
    assert!(service.flush().is_empty());
    assert_eq!(foo.pending_response_count(), 0);
    respond(&mut service, &request, "more");
    assert!(service.flush().is_empty());
    assert!(asking.flush().is_empty());
}

#[test]
fn late_answers_are_not_delivered() {
    let (server, foo, bar) = foo_and_bar();
    foo.add_service_export("slow", ResponseKind::Stream, None, 0)
        .unwrap();
    foo.set_service_response_threshold("slow", Duration::from_millis(20))
        .unwrap();
    bar.add_service_import(&foo, "slow", "").unwrap();
    let mut service = client(&server, "foo");
    service.send("SUB slow 1\r\n");
    assert!(service.flush().is_empty());
    let mut asking = client(&server, "bar");
    asking.send("SUB inbox 2\r\n");
    for _ in 0..2 {
        asking.send("PUB slow inbox 2\r\nhi\r\n");
        let request = expect(&mut service, "slow", "1", "hi");
        wait_until("the threshold is over", || {
            foo.pending_response_count() == 0
        });
        assert_eq!(bar.pending_reverse_response_count(), 0);
        respond(&mut service, &request, "late");
        assert!(service.flush().is_empty());
        assert!(asking.flush().is_empty());
    }
    assert_eq!(
        foo.service_response_threshold("slow"),
        Ok(Duration::from_millis(20))
    );
    assert!(foo.service_response_threshold("none").is_err());
}

#[test]
fn removed_imports_are_forgotten_by_running_sessions() {
    let (server, foo, bar) = foo_and_bar();
    foo.add_service_export("help", ONE, None, 0).unwrap();
    bar.add_service_import(&foo, "help", "").unwrap();
    let mut service = client(&server, "foo");
    service.send("SUB help 1\r\n");
    assert!(service.flush().is_empty());
    let mut asking = client(&server, "bar");
    publish(&mut asking, "help", "one");
    expect(&mut service, "help", "1", "one");
    assert!(bar.remove_service_import("foo", "help"));
    publish(&mut asking, "help", "two");
    assert!(asking.flush().is_empty());
    assert!(service.flush().is_empty());
    bar.add_service_import(&foo, "help", "").unwrap();
    publish(&mut asking, "help", "three");
    expect(&mut service, "help", "1", "three");
    // So is a subscriber of the exporting account.
    service.send("UNSUB 1\r\n");
    assert!(service.flush().is_empty());
    publish(&mut asking, "help", "four");
    assert!(asking.flush().is_empty());
    assert!(service.flush().is_empty());
}

#[test]
fn default_permissions_hold_for_requests() {
    let server = configured(
        r#"listen: 127.0.0.1:-1
           accounts {
             A { users [{user: a, password: a}], exports [{service: "s.>"}] }
             B {
               default_permissions { publish: { deny: "s.closed" } }
               users [
                 {user: b, password: b}
                 {user: c, password: c, permissions: { publish: ">" } }
               ]
               imports [{service: {account: A, subject: "s.>"}}]
             }
           }"#,
    );
    let mut service = client(&server, "a");
    service.send("SUB s.> 1\r\n");
    assert!(service.flush().is_empty());
    let mut limited = client(&server, "b");
    publish(&mut limited, "s.closed", "no");
    assert_eq!(
        limited.flush(),
        ["-ERR 'Permissions Violation for Publish to \"s.closed\"'"]
    );
    publish(&mut limited, "s.open", "yes");
    expect(&mut service, "s.open", "1", "yes");
    publish(&mut client(&server, "c"), "s.closed", "allowed");
    expect(&mut service, "s.closed", "1", "allowed");
}
