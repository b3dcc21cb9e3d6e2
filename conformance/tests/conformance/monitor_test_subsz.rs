//! Go: `server/monitor_test.go`: subscriptions.

use conformance::{go_test, http};
use nats_server::monitor::{Subsz, SubszOptions};

use super::monitor_support::{
    busy_client, busy_user, client_with, monitor, monitored, monitored_with_accounts, poll,
    refused, subscribe,
};

#[track_caller]
fn subsz(
    server: &conformance::server::RunningServer,
    path: &str,
    options: &SubszOptions,
) -> [Subsz; 2] {
    poll(server, path, |server| {
        server.subsz(options).expect("the options are fine")
    })
}

fn listed() -> SubszOptions {
    SubszOptions {
        subscriptions: true,
        ..SubszOptions::default()
    }
}

const PUBLISH: &str =
    "PUB foo.bar 5\r\nHello\r\nPUB foo.baz 5\r\nHello\r\nPUB foo.foo 5\r\nHello\r\n";

go_test!(2096, "monitor_test", "TestSubsz", subsz_figures);
fn subsz_figures() {
    let server = monitored();
    let _client = busy_client(&server);
    for subsz in subsz(&server, "/subsz", &SubszOptions::default()) {
        assert_eq!(subsz.stats.num_subs, 0);
        assert_eq!(subsz.stats.num_inserts, 1);
        assert_eq!(subsz.stats.num_matches, 1);
        assert!(subsz.subscriptions_list.is_empty());
    }
    let answer = http::get(monitor(&server), "/subsz?callback=callback");
    answer.expect(200, "application/javascript");
}

go_test!(2098, "monitor_test", "TestMonitorSubszDetails", details);
fn details() {
    let server = monitored();
    let mut client = busy_client(&server);
    subscribe(&mut client, &["foo.*", "foo.bar", "foo.foo"]);
    client.send(PUBLISH);
    client.flush();
    for subsz in subsz(&server, "/subsz?subs=1", &listed()) {
        assert_eq!(subsz.stats.num_subs, 3);
        assert_eq!(subsz.total, 3);
        assert_eq!(subsz.subscriptions_list.len(), 3);
        for one in &subsz.subscriptions_list {
            assert_eq!(
                (one.account.as_str(), one.account_tag.as_str()),
                ("$G", "$G")
            );
        }
    }
}

go_test!(
    2099,
    "monitor_test",
    "TestMonitorSubszWithOffsetAndLimit",
    offset_and_limit
);
fn offset_and_limit() {
    let server = monitored();
    let mut client = busy_client(&server);
    for n in 0..200 {
        client.send(&format!("SUB foo.{n} {n}\r\n"));
    }
    client.flush();
    expect_page(&server, 200);
}

/// A page of a hundred subscriptions out of `total`.
#[track_caller]
fn expect_page(server: &conformance::server::RunningServer, total: usize) {
    let options = SubszOptions {
        offset: 10,
        limit: 100,
        ..listed()
    };
    for subsz in subsz(server, "/subsz?subs=1&offset=10&limit=100", &options) {
        assert_eq!(subsz.stats.num_subs as usize, total);
        assert_eq!(subsz.total, total);
        assert_eq!((subsz.offset, subsz.limit), (10, 100));
        assert_eq!(subsz.subscriptions_list.len(), 100);
    }
}

go_test!(
    2100,
    "monitor_test",
    "TestMonitorSubszTestPubSubject",
    test_subject
);
fn test_subject() {
    let server = monitored();
    let mut client = busy_client(&server);
    subscribe(&mut client, &["foo.*", "foo.bar", "foo.foo"]);
    let ask = |subject: &str| {
        let options = SubszOptions {
            test: subject.to_owned(),
            ..listed()
        };
        subsz(&server, &format!("/subsz?subs=1&test={subject}"), &options)
    };
    for subsz in ask("foo.foo") {
        assert_eq!(subsz.total, 2);
        assert_eq!(subsz.subscriptions_list.len(), 2);
    }
    for subsz in ask("foo") {
        assert!(subsz.subscriptions_list.is_empty());
    }
    for subject in ["*", "foo.*", "foo.%3E", "foo..bar"] {
        let text = refused(&server, &format!("/subsz?subs=1&test={subject}"));
        let shown = subject.replace("%3E", ">");
        assert_eq!(
            text,
            format!("invalid test subject, must be valid publish subject: {shown}")
        );
    }
}

go_test!(
    2101,
    "monitor_test",
    "TestMonitorSubszMultiAccount",
    several_accounts
);
fn several_accounts() {
    let server = monitored_with_accounts();
    let clients = ["a", "b"].map(|user| {
        let mut client = busy_user(&server, user);
        subscribe(&mut client, &["foo.*", "foo.bar", "foo.foo"]);
        client.send(PUBLISH);
        client.flush();
        client
    });
    for subsz in subsz(&server, "/subsz?subs=1", &listed()) {
        assert_eq!(subsz.stats.num_subs, 6);
        assert_eq!(subsz.total, 6);
        assert_eq!(subsz.subscriptions_list.len(), 6);
        for one in &subsz.subscriptions_list {
            assert!(one.account == "A" || one.account == "B", "{one:?}");
        }
    }
    let of_a = SubszOptions {
        account: "A".to_owned(),
        ..listed()
    };
    for subsz in subsz(&server, "/subsz?subs=1&acc=A", &of_a) {
        assert_eq!(subsz.stats.num_subs, 3);
        assert_eq!(subsz.total, 3);
        assert_eq!(subsz.subscriptions_list.len(), 3);
        assert!(
            subsz
                .subscriptions_list
                .iter()
                .all(|one| one.account == "A")
        );
    }
    drop(clients);
}

go_test!(
    2102,
    "monitor_test",
    "TestMonitorSubszMultiAccountWithOffsetAndLimit",
    several_accounts_by_page
);
fn several_accounts_by_page() {
    // The Go test has users but no accounts for them: all are in the global one.
    let server = monitored();
    let clients = ["a", "b"].map(|user| {
        let mut client = client_with(&server, &format!(r#","user":"{user}","pass":"{user}""#));
        for n in 0..200 {
            client.send(&format!("SUB foo.{n} {n}\r\n"));
        }
        client.flush();
        client
    });
    expect_page(&server, 400);
    drop(clients);
}
