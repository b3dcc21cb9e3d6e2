//! Go: `server/accounts_test.go`, subject mappings of accounts.

use conformance::go_test;
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use nats_server::config::options::MappingDestination;
use nats_server::monitor::AccountzOptions;

use conformance::accounts::{account, configured, publish, received};

fn anybody(server: &RunningServer) -> RawClient {
    RawClient::connected(server.address(), r#"{"verbose":false}"#)
}

fn to(subject: &str, weight: u8) -> MappingDestination {
    MappingDestination {
        subject: subject.to_owned(),
        weight,
        cluster: String::new(),
    }
}

/// Subscribes to each subject with its place, from one, as the subscription id.
fn subscribe(client: &mut RawClient, subjects: &[&str]) {
    for (number, subject) in subjects.iter().enumerate() {
        client.send(&format!("SUB {subject} {}\r\n", number + 1));
    }
}

/// Publishes many empty messages at once.
fn publish_many(client: &mut RawClient, subject: &str, count: usize) {
    client.send(&format!("PUB {subject} 0\r\n\r\n").repeat(count));
}

/// Publishes to `foo` while it is mapped to `bar` and after that.
#[track_caller]
fn check_mapping_and_removal(server: &RunningServer, client: &mut RawClient) {
    let global = account(server, "$G");
    global.add_mapping("foo", "bar").unwrap();
    assert!(global.has_mappings());
    subscribe(client, &["foo", "bar"]);
    publish(client, "foo", "");
    assert_eq!(received(client, &["1", "2"]), [0, 1]);
    assert!(global.remove_mapping("foo"));
    assert!(!global.remove_mapping("foo") && !global.has_mappings());
    publish(client, "foo", "");
    assert_eq!(received(client, &["1", "2"]), [1, 0]);
}

go_test!(
    83,
    "accounts_test",
    "TestAccountBasicRouteMapping",
    basic_mapping
);
fn basic_mapping() {
    let server = RunningServer::start();
    let global = account(&server, "$G");
    global.add_mapping("other", "bar").unwrap();
    assert!(global.remove_mapping("other"));
    let mut client = anybody(&server);
    check_mapping_and_removal(&server, &mut client);
}

go_test!(
    84,
    "accounts_test",
    "TestAccountWildcardRouteMapping",
    wildcard_mapping
);
fn wildcard_mapping() {
    let server = RunningServer::start();
    let global = account(&server, "$G");
    global.add_mapping("foo.*.*", "bar.$2.$1").unwrap();
    global.add_mapping("bar.*.>", "baz.$1.>").unwrap();
    let mut client = anybody(&server);
    subscribe(&mut client, &["foo.>", "bar.>", "baz.>"]);
    publish(&mut client, "foo.1.2", "");
    // A message is mapped once.
    assert_eq!(received(&mut client, &["1", "2", "3"]), [0, 1, 0]);
}

go_test!(
    85,
    "accounts_test",
    "TestAccountRouteMappingChangesAfterClientStart",
    mapping_after_the_client
);
fn mapping_after_the_client() {
    let server = RunningServer::start();
    let mut client = anybody(&server);
    subscribe(&mut client, &["foo"]);
    publish(&mut client, "foo", "");
    assert_eq!(received(&mut client, &["1"]), [1]);
    client.send("UNSUB 1\r\n");
    check_mapping_and_removal(&server, &mut client);
}

go_test!(
    86,
    "accounts_test",
    "TestAccountSimpleWeightedRouteMapping",
    weighted_mapping
);
fn weighted_mapping() {
    let server = RunningServer::start();
    let global = account(&server, "$G");
    global
        .add_weighted_mappings("foo", &[to("bar", 50)])
        .unwrap();
    let mut client = anybody(&server);
    subscribe(&mut client, &["foo", "bar"]);
    publish_many(&mut client, "foo", 1000);
    let counts = received(&mut client, &["1", "2"]);
    assert_eq!(counts[0] + counts[1], 1000);
    assert!((400..=600).contains(&counts[0]), "{counts:?}");
}

go_test!(
    87,
    "accounts_test",
    "TestAccountMultiWeightedRouteMappings",
    several_weighted_mappings
);
fn several_weighted_mappings() {
    let server = RunningServer::start();
    let global = account(&server, "$G");
    let add = |list: &[MappingDestination]| {
        global
            .add_weighted_mappings("foo", list)
            .map_err(|error| error.to_string())
    };
    assert_eq!(
        add(&[to("bar", 150)]).unwrap_err(),
        "individual weights need to be <= 100"
    );
    add(&[to("bar", 50)]).unwrap();
    add(&[to("bar", 50), to("baz", 50)]).unwrap();
    assert_eq!(
        add(&[to("bar", 50), to("bar", 50)]).unwrap_err(),
        "duplicate entry for \"bar\""
    );
    assert_eq!(
        add(&[to("bar", 50), to("baz", 60)]).unwrap_err(),
        "total weight needs to be <= 100"
    );
    assert!(global.remove_mapping("foo"));
    // What is missing to 100 stays.
    add(&[to("bar", 50), to("baz", 30)]).unwrap();
    let mut client = anybody(&server);
    subscribe(&mut client, &["foo", "bar", "baz"]);
    publish_many(&mut client, "foo", 5000);
    let counts = received(&mut client, &["1", "2", "3"]);
    for (count, weight) in counts.iter().zip([20, 50, 30]) {
        let expected = 5000 * weight / 100;
        let tolerance = expected / 5;
        assert!(
            (expected - tolerance..=expected + tolerance).contains(count),
            "{counts:?}"
        );
    }
}

/// Mappings in the configuration, as the global account and others have them.
const MAPPINGS: &str = "mappings = {
    foo: bar
    foo.*: [ { dest: bar.v1.$1, weight: 40% }, { destination: baz.v2.$1, weight: 20 } ]
    bar.*.*: RAB.$2.$1
}";

go_test!(
    88,
    "accounts_test",
    "TestGlobalAccountRouteMappingsConfiguration",
    configured_mappings_of_the_global_account
);
fn configured_mappings_of_the_global_account() {
    let server = configured(&format!("port: -1\n{MAPPINGS}"));
    let mut client = anybody(&server);
    subscribe(
        &mut client,
        &["bar", "bar.v1.>", "baz.v2.>", "RAB.>", "foo.*"],
    );
    publish(&mut client, "foo", "");
    publish(&mut client, "bar.11.22", "");
    publish_many(&mut client, "foo.22", 1000);
    let counts = received(&mut client, &["1", "2", "3", "4", "5"]);
    assert_eq!((counts[0], counts[3]), (1, 1));
    assert_eq!(counts[1] + counts[2] + counts[4], 1000);
    assert!(counts[1] > counts[2] && counts[4] > counts[2], "{counts:?}");
}

go_test!(
    89,
    "accounts_test",
    "TestAccountRouteMappingsConfiguration",
    configured_mappings_of_an_account
);
fn configured_mappings_of_an_account() {
    let server = configured(&format!(
        "port: -1
         accounts {{
           synadia {{
             users = [{{user: derek, password: foo}}]
             {MAPPINGS}
           }}
         }}"
    ));
    assert!(account(&server, "synadia").has_mappings());
    let options = AccountzOptions {
        account: "synadia".to_owned(),
    };
    let told = server.server().accountz(&options).unwrap();
    let told = told.account_detail.expect("the account is told of");
    assert_eq!(told.mappings.len(), 3);
}

go_test!(
    90,
    "accounts_test",
    "TestAccountRouteMappingsWithLossInjection",
    mappings_that_lose
);
fn mappings_that_lose() {
    let server = configured(
        "port: -1
         mappings = {
           foo: { dest: foo, weight: 80% }
           bar: { dest: bar, weight: 0% }
         }",
    );
    let mut client = anybody(&server);
    subscribe(&mut client, &["foo", "bar"]);
    publish_many(&mut client, "foo", 1000);
    let counts = received(&mut client, &["1"]);
    assert!((700..1000).contains(&counts[0]), "{counts:?}");
    publish_many(&mut client, "bar", 1000);
    assert_eq!(received(&mut client, &["2"]), [0]);
}
