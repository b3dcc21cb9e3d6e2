//! What a reload of the configuration means for clients.

use std::time::Duration;

use nats_server::config::options::{
    AccountOptions, Permissions, ServiceExportOptions, ServiceImportOptions, SubjectPermission,
    TlsOptions, User,
};
use nats_server::logging::Level;

use crate::limits::own_certificate;
use crate::support::{Running, wait_until};

#[test]
fn the_time_of_the_configuration_is_that_of_its_reload() {
    let server = Running::with(|_| {});
    let before = server.server.config_time();
    let options = (*server.server.options()).clone();
    server.server.reload_options(options).unwrap();
    assert!(server.server.config_time() > before);
}

#[test]
fn a_log_becomes_json_and_text_again() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("log");
    let server = Running::with(|options| {
        options.log_file = file.to_string_lossy().into_owned();
        options.trace = true;
    });
    server.server.configure_logger().unwrap();
    let reload = |log_json| {
        let mut options = (*server.server.options()).clone();
        options.log_json = log_json;
        server.server.reload_options(options).unwrap();
        std::fs::write(&file, "").unwrap();
        server.server.reopen_log_file();
        server.connected(r#","name":"a\\b \"c\"""#);
    };
    reload(true);
    // The line end is written with the line.
    let lines = || {
        let text = std::fs::read_to_string(&file).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    wait_until("the client is traced", || {
        lines().iter().any(|line| line.contains("CONNECT"))
    });
    for line in lines() {
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["pid"], std::process::id());
        assert!(line["time"].is_string(), "{line}");
        let (level, text) = (&line["level"], line["message"].as_str().unwrap());
        if text.contains("CONNECT") {
            assert_eq!(level, "trace");
            assert!(text.contains(" - cid:1 - "), "{text}");
            assert!(text.contains(r#""name":"a\\b \"c\"""#), "{text}");
        }
    }
    reload(false);
    wait_until("text is back", || {
        lines().iter().any(|line| line.contains(" [TRC] "))
    });
}

#[test]
fn services_that_are_no_longer_imported_are_not_asked() {
    let account = |name: &str, imports: &[&str]| AccountOptions {
        name: name.to_owned(),
        service_exports: ["kept", "gone"]
            .map(|subject| ServiceExportOptions {
                subject: subject.to_owned(),
                ..ServiceExportOptions::default()
            })
            .to_vec(),
        service_imports: imports
            .iter()
            .map(|subject| ServiceImportOptions {
                account: "A".to_owned(),
                subject: (*subject).to_owned(),
                ..ServiceImportOptions::default()
            })
            .collect(),
        ..AccountOptions::default()
    };
    let server = Running::with(|options| {
        options.accounts = vec![account("A", &[]), account("B", &["kept", "gone"])];
        options.users = ["A", "B"]
            .map(|name| User {
                username: name.to_owned(),
                password: "p".to_owned(),
                account: Some(name.to_owned()),
                ..User::default()
            })
            .to_vec();
    });
    let mut service = server.connected(r#","user":"A","pass":"p""#);
    service.send("SUB > 1\r\n");
    assert!(service.flush().is_empty());
    let mut asking = server.connected(r#","user":"B","pass":"p""#);
    let asked = |service: &mut crate::support::Client| -> Vec<String> {
        let lines = service.flush();
        let subjects = lines.iter().filter_map(|line| line.strip_prefix("MSG "));
        subjects
            .map(|line| line.split(' ').next().unwrap().to_owned())
            .collect()
    };
    let requests = "PUB kept 1\r\nx\r\nPUB gone 1\r\nx\r\n";
    asking.send(requests);
    assert!(asking.flush().is_empty());
    assert_eq!(asked(&mut service), ["kept", "gone"]);
    let mut options = (*server.server.options()).clone();
    options.accounts = vec![account("A", &[]), account("B", &["kept"])];
    server.server.reload_options(options).unwrap();
    asking.send(requests);
    assert!(asking.flush().is_empty());
    assert_eq!(asked(&mut service), ["kept"]);
}

#[test]
fn subscriptions_that_are_denied_from_now_on_end() {
    let user = |deny: &[&str]| {
        let subscribe = SubjectPermission {
            allow: None,
            deny: deny.iter().map(|entry| (*entry).to_owned()).collect(),
        };
        User {
            username: "u".to_owned(),
            password: "p".to_owned(),
            permissions: Some(
                Permissions {
                    subscribe: Some(subscribe),
                    ..Permissions::default()
                }
                .into(),
            ),
            ..User::default()
        }
    };
    let server = Running::with(|options| options.users = vec![user(&[])]);
    let mut client = server.connected(r#","user":"u","pass":"p""#);
    client.send("SUB foo 1\r\nSUB bar 2\r\nSUB foo group 3\r\n");
    assert!(client.flush().is_empty());
    let mut options = (*server.server.options()).clone();
    options.users = vec![user(&["foo"])];
    server.server.reload_options(options).unwrap();
    let mut errors = client.flush();
    errors.sort();
    assert_eq!(
        errors,
        [
            "-ERR 'Permissions Violation for Subscription to \"foo\" (sid \"1\")'",
            "-ERR 'Permissions Violation for Subscription to \"foo\" (sid \"3\")'",
        ]
    );
    server.wait_for_line(
        Level::Notice,
        "Removed sub \"foo\" (sid \"1\") for User \"u\" - not authorized",
    );
    client.send("PUB foo 1\r\nx\r\nPUB bar 1\r\ny\r\n");
    assert_eq!(client.flush(), ["MSG bar 2 1", "y"]);
}

#[test]
fn tls_first_is_switched_by_a_reload() {
    let dir = tempfile::tempdir().unwrap();
    let tls = own_certificate(dir.path());
    let first = |handshake_first, handshake_first_fallback| TlsOptions {
        handshake_first,
        handshake_first_fallback,
        ..tls.clone()
    };
    let server = Running::with(|options| options.tls = Some(first(false, None)));
    assert!(server.greets());
    for (options_of_tls, greets) in [
        (first(true, None), false),
        (first(true, Some(Duration::from_millis(20))), true),
        (first(false, None), true),
    ] {
        let mut options = (*server.server.options()).clone();
        options.tls = Some(options_of_tls);
        server.server.reload_options(options).unwrap();
        assert_eq!(server.greets(), greets);
    }
}
