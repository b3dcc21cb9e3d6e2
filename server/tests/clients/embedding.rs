//! What a program that holds the server asks of it.

use nats_server::account::AccountError;
use nats_server::config::options::AccountOptions;
use nats_server::{Options, Server};

use super::support::Running;

#[test]
fn accounts_are_registered_once_and_special_names_are_taken() {
    let server = Server::new(Options::default()).unwrap();
    let account = server.register_account("ACME").unwrap();
    assert_eq!(account.name(), "ACME");
    assert_eq!(server.lookup_account("ACME").unwrap().name(), "ACME");
    for taken in ["ACME", "$G", "$SYS"] {
        let again = server.register_account(taken);
        assert!(matches!(again, Err(AccountError::Exists)), "{taken}");
    }
}

#[test]
fn an_account_tells_its_limits() {
    let server = Server::new(Options {
        accounts: vec![
            AccountOptions {
                name: "ACME".to_owned(),
                max_connections: Some(5),
                max_leafnodes: Some(1),
                max_payload: Some(32 * 1024),
                ..AccountOptions::default()
            },
            AccountOptions {
                name: "FREE".to_owned(),
                ..AccountOptions::default()
            },
        ],
        ..Options::default()
    })
    .unwrap();
    let limits = server.lookup_account("ACME").unwrap().limits();
    assert_eq!(limits.max_connections, Some(5));
    assert_eq!(limits.max_leafnodes, Some(1));
    assert_eq!(limits.max_payload, Some(32 * 1024));
    assert_eq!(limits.max_subscriptions, None);
    let free = server.lookup_account("FREE").unwrap().limits();
    assert_eq!((free.max_connections, free.max_leafnodes), (None, None));
}

#[test]
fn monitoring_has_a_handler_while_it_is_served() {
    let without = Running::with(|_| {});
    assert!(without.server.http_handler().is_none());
    let with = Running::with(|options| options.http_port = -1);
    let handler = with.server.http_handler().unwrap();
    let answer = handler.respond("/healthz", "", None);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, b"{\"status\":\"ok\"}");
    assert_eq!(handler.respond("/nowhere", "", None).status, 404);
    with.server.shutdown();
    assert!(with.server.http_handler().is_none());
}

#[test]
fn part_of_an_imported_stream_is_part_of_the_exported_one() {
    let server = Server::new(Options::default()).unwrap();
    let [exporter, importer] = ["FOO", "BAR"].map(|name| server.register_account(name).unwrap());
    for subject in ["client.*", "news.>"] {
        exporter.add_stream_export(subject, None, 0).unwrap();
    }
    importer
        .add_mapped_stream_import(&exporter, "client.*", "events.$1", false)
        .unwrap();
    importer.add_stream_import(&exporter, "news.>", "").unwrap();
    let imports = importer.stream_imports();
    let [renamed, as_it_is] = &imports[..] else {
        panic!("{imports:?}");
    };
    for (import, here, there) in [
        (renamed, "events.a", Some("client.a")),
        (renamed, "events.*", Some("client.*")),
        (renamed, ">", Some("client.*")),
        (renamed, "client.a", None),
        (as_it_is, "news.a.>", Some("news.a.>")),
        (as_it_is, ">", Some("news.>")),
        (as_it_is, "events.a", None),
    ] {
        let found = import.shadow_subject(here.as_bytes());
        assert_eq!(found.as_deref(), there.map(str::as_bytes), "{here}");
    }
}

#[test]
fn a_client_tells_who_it_is() {
    let user = Running::with(|options| {
        options.username = "u".to_owned();
        options.password = "p".to_owned();
    });
    let token = Running::with(|options| options.authorization = "secret".to_owned());
    let [nobody, keyed] = [(), ()].map(|()| Running::with(|_| {}));
    for (server, options, name) in [
        (&user, r#","user":"u","pass":"p""#, "u"),
        (&token, r#","auth_token":"secret""#, "[REDACTED]"),
        (&nobody, "", ""),
        (&keyed, r#","nkey":"UKEY","user":"u""#, "UKEY"),
    ] {
        let _client = server.connected(options);
        let clients = server.server.context().clients();
        assert_eq!(clients.len(), 1);
        assert_eq!(clients[0].details(0).raw_user(), name);
    }
}
