//! Go: `server/accounts_test.go`, streams that go from one account to another.

use std::time::Duration;

use conformance::go_test;
use conformance::server::RunningServer;
use conformance::wait::wait_until;
use nats_server::account::{Account, ImportError};
use nats_server::config::options::ResponseKind;
use std::sync::Arc;

use conformance::accounts::{
    account, client, configured, connect, expect, foo_and_bar, load, only, publish, server_with,
};

/// How long it is watched that nothing comes.
const QUIET: Duration = Duration::from_millis(50);

go_test!(
    49,
    "accounts_test",
    "TestMultiAccountsIsolation",
    multiple_accounts_are_isolated
);
fn multiple_accounts_are_isolated() {
    let server = configured(
        "listen: 127.0.0.1:-1
         accounts: {
           PUBLIC: {
             users:[{user: public, password: public}]
             exports: [
               { stream: orders.client.stream.> }
               { stream: orders.client2.stream.> }
             ]
           }
           CLIENT: {
             users:[{user: client, password: client}]
             imports: [{ stream: { account: PUBLIC, subject: orders.client.stream.> }}]
           }
           CLIENT2: {
             users:[{user: client2, password: client2}]
             imports: [{ stream: { account: PUBLIC, subject: orders.client2.stream.> }}]
           }
         }",
    );
    let mut one = client(&server, "client");
    let mut two = client(&server, "client2");
    let mut public = client(&server, "public");
    for (pattern, sid) in [("orders.>", "1"), ("orders.*.stream.entry", "2")] {
        for subscriber in [&mut one, &mut two] {
            subscriber.send(&format!("SUB {pattern} {sid}\r\n"));
            assert!(subscriber.flush().is_empty());
        }
        publish(&mut public, "orders.client.stream.entry", "test");
        assert!(public.flush().is_empty());
        expect(&mut one, "orders.client.stream.entry", sid, "test");
        assert!(two.flush().is_empty());
        for subscriber in [&mut one, &mut two] {
            subscriber.send(&format!("UNSUB {sid}\r\n"));
            assert!(subscriber.flush().is_empty());
        }
    }
}

go_test!(
    57,
    "accounts_test",
    "TestImportAuthorized",
    import_authorized
);
fn import_authorized() {
    let pair = || (Account::new("$foo"), Account::new("$bar"));
    let check = |account: &Account, importer: &str, cases: &[(&str, bool)]| {
        for (subject, want) in cases {
            assert_eq!(
                account.allows_stream_import(importer, subject),
                *want,
                "{subject} for {importer}"
            );
        }
    };
    let (foo, bar) = pair();
    let nothing = ["foo", "*", ">", "foo.*", "foo.>"].map(|subject| (subject, false));
    check(&foo, bar.name(), &nothing);
    foo.add_stream_export("foo", None, 0).unwrap();
    check(
        &foo,
        bar.name(),
        &[("foo", true), ("bar", false), ("*", false)],
    );
    let to_bar = only(&["$bar"]);
    foo.add_stream_export("*", Some(&to_bar), 0).unwrap();
    check(
        &foo,
        bar.name(),
        &[
            ("foo", true),
            ("bar", true),
            ("baz", true),
            ("foo.bar", false),
            (">", false),
            ("*", true),
            ("foo.*", false),
            ("*.*", false),
            ("*.>", false),
        ],
    );

    let (foo, bar) = pair();
    foo.add_stream_export(">", None, 0).unwrap();
    let everything = [
        "foo", "bar", "baz", "foo.bar", ">", "*", "foo.*", "*.*", "*.>",
    ];
    check(&foo, bar.name(), &everything.map(|subject| (subject, true)));

    let (foo, bar) = pair();
    foo.add_stream_export("foo.*", Some(&[]), 2).unwrap();
    foo.add_stream_export("bar.*.foo", Some(&[]), 2).unwrap();
    assert!(foo.add_stream_export("baz.*.>", Some(&[]), 3).is_err());
    check(
        &foo,
        bar.name(),
        &[
            ("foo.$bar", true),
            ("bar.$bar.foo", true),
            ("baz.foo.$bar", false),
            ("foo.X", false),
            ("bar.X.foo", false),
            ("baz.foo.X", false),
        ],
    );
    let one = ResponseKind::Singleton;
    foo.add_service_export("a.*", one, Some(&[]), 2).unwrap();
    foo.add_service_export("b.*.a", one, Some(&[]), 2).unwrap();
    assert!(foo.add_service_export("c.*.>", one, Some(&[]), 3).is_err());
    for (subject, want) in [
        ("a.$bar", true),
        ("b.$bar.a", true),
        ("c.a.$bar", false),
        ("a.X", false),
        ("b.X.a", false),
        ("c.a.X", false),
    ] {
        assert_eq!(
            foo.allows_service_import(bar.name(), subject),
            want,
            "{subject}"
        );
    }

    let (foo, bar) = pair();
    foo.add_stream_export("foo.*.baz.>", Some(&to_bar), 0)
        .unwrap();
    check(
        &foo,
        bar.name(),
        &[
            ("foo.bar.baz.1", true),
            ("foo.bar.baz.*", true),
            ("foo.*.baz.1.1", true),
            ("foo.22.baz.22", true),
            ("foo.bar.baz", false),
            ("", false),
            ("foo.bar.*.*", false),
        ],
    );
    check(&foo, "foobar", &[("foo.bar.baz.1", false)]);
    check(&foo, "baz", &[("foo.bar.baz.1", false)]);
}

go_test!(58, "accounts_test", "TestSimpleMapping", simple_mapping);
fn simple_mapping() {
    let (server, foo, bar) = foo_and_bar();
    let mut from = client(&server, "foo");
    let mut to = client(&server, "bar");
    assert_eq!(
        bar.add_stream_import(&foo, "foo", "import"),
        Err(ImportError::StreamNotAuthorized)
    );
    foo.add_stream_export("foo", None, 0).unwrap();
    bar.add_stream_import(&foo, "foo", "import").unwrap();

    to.send("SUB import.foo 1\r\nSUB import.foo bar 2\r\n");
    assert!(to.flush().is_empty());
    publish(&mut from, "foo", "hello");
    expect(&mut to, "import.foo", "1", "hello");
    expect(&mut to, "import.foo", "2", "hello");
    assert_eq!(bar.subscriptions().count(), 2);
    assert_eq!(foo.subscriptions().count(), 2);

    to.send("UNSUB 1\r\nUNSUB 2\r\n");
    assert!(to.flush().is_empty());
    assert_eq!(bar.subscriptions().count(), 0);
    assert_eq!(foo.subscriptions().count(), 0);
}

go_test!(
    59,
    "accounts_test",
    "TestStreamImportLengthBug",
    stream_import_prefixes_have_no_wildcards
);
fn stream_import_prefixes_have_no_wildcards() {
    let (server, foo, bar) = foo_and_bar();
    foo.add_stream_export("client.>", None, 0).unwrap();
    assert_eq!(
        bar.add_stream_import(&foo, "client.>", "events.>"),
        Err(ImportError::Prefix)
    );
    bar.add_stream_import(&foo, "client.>", "events").unwrap();
    let mut to = client(&server, "bar");
    to.send("SUB events.> 1\r\n");
    assert!(to.flush().is_empty());
    assert_eq!(foo.subscriptions().count(), 1);

    let error = load(
        r#"accounts {
             foo { exports = [{stream: "client.>"}] }
             bar { imports = [{stream: {account: "foo", subject:"client.>"}, prefix:"events.>"}] }
           }"#,
    )
    .unwrap_err();
    assert!(
        error.contains("stream import prefix can not contain wildcard tokens"),
        "{error}"
    );
}

go_test!(
    60,
    "accounts_test",
    "TestShadowSubsCleanupOnClientClose",
    shadows_end_with_the_client
);
fn shadows_end_with_the_client() {
    let (server, foo, bar) = foo_and_bar();
    foo.add_stream_export("foo", None, 0).unwrap();
    bar.add_stream_import(&foo, "foo", "import").unwrap();
    let mut to = client(&server, "bar");
    to.send("SUB import.foo 1\r\nSUB import.foo bar 2\r\n");
    assert!(to.flush().is_empty());
    assert_eq!(foo.subscriptions().count(), 2);
    drop(to);
    wait_until("the shadows are gone", || foo.subscriptions().count() == 0);
}

/// `>` of `foo` is exported to `bar`, which imports `*` with `prefix` and subscribes
/// to `subscription`; what is published to `foo` comes as `seen`.
#[track_caller]
fn check_wildcard_import(prefix: &str, subscription: &str, seen: &str) {
    let (server, foo, bar) = foo_and_bar();
    foo.add_stream_export(">", Some(&only(&["bar"])), 0)
        .unwrap();
    bar.add_stream_import(&foo, "*", prefix).unwrap();
    let mut from = client(&server, "foo");
    let mut to = client(&server, "bar");
    to.send(&format!("SUB {subscription} 1\r\n"));
    assert!(to.flush().is_empty());
    publish(&mut from, "foo", "hello");
    expect(&mut to, seen, "1", "hello");
}

go_test!(
    61,
    "accounts_test",
    "TestNoPrefixWildcardMapping",
    wildcard_without_prefix
);
fn wildcard_without_prefix() {
    check_wildcard_import("", "foo", "foo");
}

go_test!(
    62,
    "accounts_test",
    "TestPrefixWildcardMapping",
    wildcard_with_prefix
);
fn wildcard_with_prefix() {
    // A prefix may end with the dot that it is given otherwise.
    check_wildcard_import("pub.imports.", "pub.imports.*", "pub.imports.foo");
}

go_test!(
    63,
    "accounts_test",
    "TestPrefixWildcardMappingWithLiteralSub",
    wildcard_with_prefix_and_literal_subscription
);
fn wildcard_with_prefix_and_literal_subscription() {
    check_wildcard_import("pub.imports.", "pub.imports.foo", "pub.imports.foo");
}

go_test!(
    64,
    "accounts_test",
    "TestMultipleImportsAndSingleWCSub",
    several_imports_and_one_wildcard_subscription
);
fn several_imports_and_one_wildcard_subscription() {
    let (server, foo, bar) = foo_and_bar();
    let to_bar = only(&["bar"]);
    for subject in ["foo", "bar"] {
        foo.add_stream_export(subject, Some(&to_bar), 0).unwrap();
        bar.add_stream_import(&foo, subject, "pub.").unwrap();
    }
    let mut from = client(&server, "foo");
    let mut to = client(&server, "bar");
    to.send("SUB pub.* 1\r\n");
    assert!(to.flush().is_empty());
    publish(&mut from, "foo", "hello");
    publish(&mut from, "bar", "world");
    expect(&mut to, "pub.foo", "1", "hello");
    expect(&mut to, "pub.bar", "1", "world");
    assert_eq!(foo.subscriptions().count(), 2);
    assert_eq!(bar.subscriptions().count(), 1);
    to.send("UNSUB 1\r\n");
    assert!(to.flush().is_empty());
    assert_eq!(foo.subscriptions().count(), 0);
    assert_eq!(bar.subscriptions().count(), 0);
}

go_test!(
    69,
    "accounts_test",
    "TestAddStreamExport",
    stream_exports_add_up
);
fn stream_exports_add_up() {
    let (_server, foo, _bar) = foo_and_bar();
    let auth = || foo.stream_exports().remove(0).1;
    foo.add_stream_export("test.request", None, 0).unwrap();
    assert_eq!(auth(), None);
    foo.add_stream_export("test.request", Some(&only(&["bar"])), 0)
        .unwrap();
    assert_eq!(auth().unwrap().approved.len(), 1);
    foo.add_stream_export("test.request", Some(&only(&["baz"])), 0)
        .unwrap();
    assert_eq!(auth().unwrap().approved.len(), 2);
    assert_eq!(foo.stream_exports().len(), 1);
}

go_test!(
    76,
    "accounts_test",
    "TestAccountCheckStreamImportsEqual",
    stream_imports_are_compared_by_name
);
fn stream_imports_are_compared_by_name() {
    let exporter = |name: &str| {
        let account = Arc::new(Account::new(name));
        account.add_stream_export(">", None, 0).unwrap();
        account
    };
    let foo = exporter("foo");
    let importer = |name: &str, from: &Arc<Account>, imports: &[(&str, &str)]| {
        let account = Account::new(name);
        for (subject, prefix) in imports {
            account.add_stream_import(from, subject, prefix).unwrap();
        }
        account
    };
    let bar = importer("bar", &foo, &[("foo", "myPrefix")]);
    let baz = importer("baz", &foo, &[("foo", "myPrefix")]);
    assert!(bar.has_same_stream_imports(&baz));
    baz.add_stream_import(&foo, "foo.>", "").unwrap();
    assert!(!bar.has_same_stream_imports(&baz));
    bar.add_stream_import(&foo, "foo.>", "").unwrap();
    assert!(bar.has_same_stream_imports(&baz));

    // Another account of the same name counts as the same.
    let again = exporter("foo");
    let bat = importer("bat", &again, &[("foo", "myPrefix"), ("foo.>", "")]);
    assert!(bat.has_same_stream_imports(&bar) && bat.has_same_stream_imports(&baz));

    let new = exporter("new_acc");
    let a = importer("a", &new, &[("bar", "")]);
    let b = importer("b", &new, &[("baz", "")]);
    assert!(!a.has_same_stream_imports(&b), "another subject");
    let a = importer("a", &new, &[("bar", "prefix")]);
    let b = importer("b", &new, &[("bar", "diff_prefix")]);
    assert!(!a.has_same_stream_imports(&b), "another prefix");
    let b = importer("b", &exporter("diff_name"), &[("bar", "prefix")]);
    assert!(!a.has_same_stream_imports(&b), "another account");
}

/// `foo` and `bar` both export `test`; `import` imports both.
fn two_exporters(prefixes: [&str; 2]) -> RunningServer {
    let server = server_with(&["foo", "bar", "import"]);
    let importing = account(&server, "import");
    for (name, prefix) in ["foo", "bar"].into_iter().zip(prefixes) {
        let exporting = account(&server, name);
        exporting.add_stream_export("test", None, 0).unwrap();
        importing
            .add_stream_import(&exporting, "test", prefix)
            .unwrap();
    }
    server
}

go_test!(
    81,
    "accounts_test",
    "TestMultipleStreamImportsWithSameSubjectDifferentPrefix",
    same_subject_from_two_accounts_with_prefixes
);
fn same_subject_from_two_accounts_with_prefixes() {
    let server = two_exporters(["foo", "bar"]);
    let mut to = client(&server, "import");
    to.send("SUB *.test 1\r\n");
    assert!(to.flush().is_empty());
    publish(&mut client(&server, "bar"), "test", "hello-bar");
    expect(&mut to, "bar.test", "1", "hello-bar");
    publish(&mut client(&server, "foo"), "test", "hello-foo");
    expect(&mut to, "foo.test", "1", "hello-foo");
}

go_test!(
    82,
    "accounts_test",
    "TestMultipleStreamImportsWithSameSubject",
    same_subject_from_two_accounts
);
fn same_subject_from_two_accounts() {
    let server = two_exporters(["", ""]);
    let (foo, importing) = (account(&server, "foo"), account(&server, "import"));
    assert_eq!(
        importing.add_stream_import(&foo, "test", ""),
        Err(ImportError::DuplicateStream)
    );
    let mut to = client(&server, "import");
    to.send("SUB test 1\r\n");
    assert!(to.flush().is_empty());
    publish(&mut client(&server, "bar"), "test", "hello-bar");
    expect(&mut to, "test", "1", "hello-bar");
    publish(&mut client(&server, "foo"), "test", "hello-foo");
    expect(&mut to, "test", "1", "hello-foo");
}

/// `ACCOUNT_X` exports a stream that `ACCOUNT_Y` imports.
fn overlap(export: &str, import: &str) -> RunningServer {
    configured(&format!(
        "listen: 127.0.0.1:-1
         accounts: {{
           ACCOUNT_X: {{
             users: [{{user: publisher}}]
             exports: [{{stream: {export}}}]
           }},
           ACCOUNT_Y: {{
             users: [{{user: subscriber}}]
             imports: [{{stream: {{account: ACCOUNT_X, subject: {export} }}, {import}}}]
           }}
         }}"
    ))
}

go_test!(
    98,
    "accounts_test",
    "TestImportSubscriptionPartialOverlapWithPrefix",
    overlap_with_prefix
);
fn overlap_with_prefix() {
    let server = overlap("\">\"", "prefix: myprefix");
    let mut from = connect(&server, "publisher", "", false);
    let mut to = connect(&server, "subscriber", "", false);
    for pattern in [
        ">",
        "myprefix.*",
        "myprefix.>",
        "myprefix.test",
        "*.>",
        "*.*",
        "*.test",
    ] {
        to.send(&format!("SUB {pattern} 1\r\nUNSUB 1 1\r\n"));
        assert!(to.flush().is_empty());
        publish(&mut from, "test", pattern);
        expect(&mut to, "myprefix.test", "1", pattern);
    }
    // Each subscription ended with its message, and its shadow with it.
    assert!(to.flush().is_empty());
    assert_eq!(account(&server, "ACCOUNT_X").subscriptions().count(), 0);
}

go_test!(
    99,
    "accounts_test",
    "TestImportSubscriptionPartialOverlapWithTransform",
    overlap_with_transform
);
fn overlap_with_transform() {
    let server = overlap("\"*.*.>\"", "to: myprefix.$2.$1.>");
    let mut from = connect(&server, "publisher", "", false);
    let mut to = connect(&server, "subscriber", "", false);
    for pattern in [
        ">",
        "*.*.*.>",
        "*.2.*.>",
        "*.*.1.>",
        "*.2.1.>",
        "*.*.*.*",
        "*.2.1.*",
        "*.*.*.test",
        "*.*.1.test",
        "*.2.*.test",
        "*.2.1.test",
        "myprefix.*.*.*",
        "myprefix.>",
        "myprefix.*.>",
        "myprefix.*.*.>",
        "myprefix.2.>",
        "myprefix.2.1.>",
        "myprefix.*.1.>",
        "myprefix.2.*.>",
        "myprefix.2.1.*",
        "myprefix.*.*.test",
        "myprefix.2.1.test",
    ] {
        to.send(&format!("SUB {pattern} 1\r\nUNSUB 1 1\r\n"));
        assert!(to.flush().is_empty());
        publish(&mut from, "1.2.test", pattern);
        expect(&mut to, "myprefix.2.1.test", "1", pattern);
    }
    // What does not overlap is not subscribed to there.
    to.send("SUB myprefix.3.*.> 1\r\nSUB other.> 2\r\n");
    assert!(to.flush().is_empty());
    publish(&mut from, "1.2.test", "");
    to.expect_nothing(QUIET);
    assert_eq!(account(&server, "ACCOUNT_X").subscriptions().count(), 1);
}
