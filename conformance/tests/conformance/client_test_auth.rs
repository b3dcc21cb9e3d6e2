//! Go: `server/client_test.go`: what clients are called, and without users.

use conformance::go_test;
use conformance::keys::sign_nonce;
use conformance::pipe::PipeClient;
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use nats_server::config::options::NkeyUser;
use nats_server::protocol::ConnectOptions;
use nkeys::KeyPair;

use super::auth_test::accounts_with_users;

go_test!(
    200,
    "client_test",
    "TestSplitSubjectQueue",
    split_subject_queue
);
fn split_subject_queue() {
    use nats_server::auth::{ClientPermissions, PermissionsError};
    use nats_server::config::options::{Permissions, SubjectPermission};
    let only = |entry: &str| {
        let subscribe = SubjectPermission {
            allow: Some(vec![entry.to_owned()]),
            deny: Vec::new(),
        };
        ClientPermissions::new(&Permissions {
            subscribe: Some(subscribe),
            ..Permissions::default()
        })
    };
    let single = only("foo").unwrap();
    assert!(single.can_subscribe(b"foo", None));
    assert!(single.can_subscribe(b"foo", Some(b"any")));
    for entry in ["foo bar", " foo bar ", "foo  bar"] {
        let both = only(entry).unwrap();
        assert!(both.can_subscribe(b"foo", Some(b"bar")), "{entry:?}");
        assert!(!both.can_subscribe(b"foo", Some(b"baz")), "{entry:?}");
        assert!(!both.can_subscribe(b"foo", None), "{entry:?}");
        assert!(!both.can_subscribe(b"bar", Some(b"bar")), "{entry:?}");
    }
    assert_eq!(
        only("foo  bar fizz").unwrap_err(),
        PermissionsError::SubjectQueue("foo  bar fizz".to_owned())
    );
}

go_test!(218, "client_test", "TestClientUserInfo", user_info);
fn user_info() {
    let nkey = "UD6AYQSOIN2IN5OGC6VQZCR4H3UFMIOXSW6NNS6N53CLJA4PB56CEJJI";
    for (connect, want) in [
        (
            format!(r#"{{"nkey":"{nkey}"}}"#),
            format!("Nkey \"{nkey}\""),
        ),
        (r#"{"user":"foo"}"#.to_owned(), "User \"foo\"".to_owned()),
        ("{}".to_owned(), "User \"N/A\"".to_owned()),
        (
            r#"{"auth_token":"s3cr3t!"}"#.to_owned(),
            "Token \"[REDACTED]\"".to_owned(),
        ),
    ] {
        let mut options = ConnectOptions::default();
        options.update(connect.as_bytes()).unwrap();
        assert_eq!(options.auth_user(), want);
    }
}

go_test!(
    240,
    "client_test",
    "TestClientAuthRequiredNoAuthUser",
    no_auth_required
);
fn no_auth_required() {
    let server = RunningServer::with(|options| {
        accounts_with_users(options, &[("A", "pass")]);
        options.no_auth_user = "a".to_owned();
    });
    let mut client = RawClient::connect(server.address());
    let info = client.info();
    assert!(info.get("auth_required").is_none(), "{info}");
    client.send("CONNECT {\"verbose\":false}\r\nPING\r\n");
    client.expect("PONG");
}

/// The name in log lines of the first client, after it sent what it sends.
fn label(server: &RunningServer) -> String {
    let client = server.server().client(1).expect("it is connected");
    client.label().to_string()
}

go_test!(
    260,
    "client_test",
    "TestConnectionStringWithLogConnectionInfo",
    connection_string
);
fn connection_string() {
    let server = RunningServer::start();
    let mut client = PipeClient::connect(server.server());
    assert!(client.try_line().unwrap().starts_with("INFO "));
    let connect = |name: &str| {
        format!(
            "CONNECT {{\"verbose\":false,\"pedantic\":false,\"version\":\"1.0.0\",\"lang\":\"go\",\"name\":\"{name}\"}}\r\nPING\r\n"
        )
    };
    client.send(&connect("test-client"));
    client.expect("PONG");
    let first = label(&server);
    assert_eq!(first, r#"pipe - cid:1 - "v1.0.0:go:test-client""#);
    for name in [
        "test-client",
        "test-client",
        "test-client",
        "test-client:new",
    ] {
        client.send(&connect(name));
        client.expect("PONG");
        assert_eq!(label(&server), first);
    }
}

go_test!(
    261,
    "client_test",
    "TestLogConnectionAuthInfo",
    connection_auth_info
);
fn connection_auth_info() -> anyhow::Result<()> {
    let named = |server: &RunningServer, fields: &str| {
        let mut client = RawClient::connect(server.address());
        client.info();
        client.send(&format!(
            "CONNECT {{\"verbose\":false,\"pedantic\":false{fields}}}\r\nPING\r\n"
        ));
        client.expect("PONG");
        label(server)
    };
    let user = || {
        RunningServer::with(|options| {
            options.username = "testuser".to_owned();
            options.password = "testpass".to_owned();
        })
    };
    let by_user = r#","user":"testuser","pass":"testpass""#;
    let name = named(&user(), by_user);
    assert!(name.contains(r#""$G/user:testuser""#), "{name}");

    let token = RunningServer::with(|options| options.authorization = "secret-token".to_owned());
    let name = named(&token, r#","auth_token":"secret-token""#);
    assert!(name.contains(r#""$G/token""#), "{name}");

    let key = KeyPair::new_user();
    let public = key.public_key();
    let nkey = RunningServer::with(|options| {
        options.nkeys = vec![NkeyUser {
            nkey: public.clone(),
            ..NkeyUser::default()
        }];
    });
    let mut client = RawClient::connect(nkey.address());
    let info = client.info();
    let signature = sign_nonce(&key, info["nonce"].as_str().unwrap())?;
    client.send(&format!(
        "CONNECT {{\"verbose\":false,\"nkey\":\"{public}\",\"sig\":\"{signature}\"}}\r\nPING\r\n"
    ));
    client.expect("PONG");
    let name = label(&nkey);
    assert!(name.contains(&format!("\"$G/nkey:{public}\"")), "{name}");

    let both = format!(r#"{by_user},"version":"1.0.0","lang":"go","name":"test-client""#);
    let name = named(&user(), &both);
    assert!(name.contains(r#""v1.0.0:go:test-client""#), "{name}");
    assert!(name.contains(r#""$G/user:testuser""#), "{name}");

    let name = named(&RunningServer::start(), "");
    assert!(!name.contains("$G/"), "{name}");
    Ok(())
}
