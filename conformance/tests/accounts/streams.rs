//! Streams that one account imports from another.

use conformance::accounts::{account, client, configured, expect, foo_and_bar, publish};
use conformance::wait::wait_until;

#[test]
fn isolation_with_export_and_import() {
    // The cases with JWTs differ in where the exports and imports come from only;
    // that needs an operator.
    let cases = [
        ("foo", "foo", "foo"),
        ("foo.>", "foo.bar", "foo.bar"),
        ("foo.>", "foo.bar.>", "foo.bar.whizz"),
        ("foo.>", "foo.>", "foo.bar"),
        ("foo.*", "foo.*", "foo.bar"),
        ("foo.*.bar", "foo.*.bar", "foo.whizz.bar"),
    ];
    for (export, import, subject) in cases {
        let server = configured(&format!(
            "port: -1
             accounts: {{
               accExp: {{
                 users: [{{user: accExp, password: accExp}}]
                 exports: [{{stream: {export:?}}}]
               }}
               accImp: {{
                 users: [{{user: accImp, password: accImp}}]
                 imports: [{{stream: {{account: accExp, subject: {import:?}}}}}]
               }}
             }}"
        ));
        let mut exporter = client(&server, "accExp");
        let mut importer = client(&server, "accImp");
        importer.send("SUB > 1\r\n");
        assert!(importer.flush().is_empty());
        publish(&mut exporter, subject, "from there");
        assert!(exporter.flush().is_empty());
        expect(&mut importer, subject, "1", "from there");
        publish(&mut importer, subject, "from here");
        expect(&mut importer, subject, "1", "from here");
        publish(&mut exporter, "fizz", "from there");
        assert!(exporter.flush().is_empty());
        publish(&mut importer, "fizz", "from here");
        expect(&mut importer, "fizz", "1", "from here");
        assert!(importer.flush().is_empty(), "{export} {import}");
    }
}

#[test]
fn subscriptions_end_after_messages_from_both_accounts() {
    let (server, foo, bar) = foo_and_bar();
    foo.add_stream_export("news", None, 0).unwrap();
    bar.add_stream_import(&foo, "news", "").unwrap();
    let mut from = client(&server, "foo");
    let mut to = client(&server, "bar");
    to.send("SUB news 1\r\nUNSUB 1 2\r\n");
    assert!(to.flush().is_empty());
    publish(&mut from, "news", "one");
    expect(&mut to, "news", "1", "one");
    publish(&mut to, "news", "two");
    expect(&mut to, "news", "1", "two");
    publish(&mut from, "news", "three");
    assert!(from.flush().is_empty());
    assert!(to.flush().is_empty());
    assert_eq!(foo.subscriptions().count(), 0);
    assert_eq!(bar.subscriptions().count(), 0);
}

#[test]
fn one_member_of_a_queue_group_gets_an_imported_message() {
    let (server, foo, bar) = foo_and_bar();
    foo.add_stream_export("news.*", None, 0).unwrap();
    bar.add_stream_import(&foo, "news.*", "their").unwrap();
    let mut from = client(&server, "foo");
    let mut members = [client(&server, "bar"), client(&server, "bar")];
    for member in &mut members {
        member.send("SUB their.news.* group 1\r\n");
        assert!(member.flush().is_empty());
    }
    for _ in 0..100 {
        publish(&mut from, "news.today", "x");
    }
    assert!(from.flush().is_empty());
    let counts = members.map(|mut member| {
        let lines = member.flush();
        lines
            .iter()
            .filter(|line| line.starts_with("MSG their.news.today 1"))
            .count()
    });
    assert_eq!(counts[0] + counts[1], 100);
    assert!(counts[0] > 0 && counts[1] > 0, "{counts:?}");
}

#[test]
fn large_payloads_reach_receivers_under_both_names() {
    let (server, foo, bar) = foo_and_bar();
    foo.add_stream_export("big", None, 0).unwrap();
    bar.add_stream_import(&foo, "big", "their").unwrap();
    let body = "x".repeat(40_000);
    let mut local = client(&server, "foo");
    local.send("SUB big 1\r\n");
    assert!(local.flush().is_empty());
    let mut imported = client(&server, "bar");
    imported.send("SUB their.big 2\r\n");
    assert!(imported.flush().is_empty());
    publish(&mut client(&server, "foo"), "big", &body);
    expect(&mut local, "big", "1", &body);
    expect(&mut imported, "their.big", "2", &body);
    // Both went out for the exporting account.
    let sent = || (foo.stats().sent().msgs, foo.stats().sent().bytes);
    wait_until("they are counted", || sent() == (2, 80_000));
    assert_eq!(bar.stats().sent().msgs, 0);
}

#[test]
fn a_token_of_the_subject_names_the_importer() {
    let server = configured(
        r#"port: -1
           accounts {
             OUT {
               users [{user: out, password: out}]
               exports [{stream: "to.*.>", account_token_position: 2}]
             }
             IN {
               users [{user: in, password: in}]
               imports [{stream: {account: OUT, subject: "to.IN.>"}, to: "mine.>"}]
             }
           }"#,
    );
    let mut from = client(&server, "out");
    let mut to = client(&server, "in");
    to.send("SUB mine.> 1\r\n");
    assert!(to.flush().is_empty());
    publish(&mut from, "to.OTHER.x", "");
    publish(&mut from, "to.IN.x", "");
    expect(&mut to, "mine.x", "1", "");
    assert!(to.flush().is_empty());
    assert!(!account(&server, "OUT").allows_stream_import("IN", "to.OTHER.>"));
}

#[test]
fn the_subscriber_wants_no_echo_of_its_own_messages() {
    let (server, foo, _bar) = foo_and_bar();
    // An account may import its own stream under another name.
    foo.add_stream_export("a", None, 0).unwrap();
    foo.add_stream_import(&foo, "a", "again").unwrap();
    let mut quiet = conformance::raw::RawClient::connected(
        server.address(),
        r#"{"user":"foo","pass":"foo","verbose":false,"echo":false}"#,
    );
    quiet.send("SUB again.a 1\r\n");
    publish(&mut quiet, "a", "own");
    assert!(quiet.flush().is_empty());
    publish(&mut client(&server, "foo"), "a", "other");
    expect(&mut quiet, "again.a", "1", "other");
}
