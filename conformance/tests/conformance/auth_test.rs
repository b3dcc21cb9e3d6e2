//! Go: `server/auth_test.go`.

use std::time::{Duration, SystemTime};

use conformance::files::ConfigFile;
use conformance::go_test;
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use conformance::wait::{self, wait_until};
use nats_server::Options;
use nats_server::config::options::{
    AccountOptions, Authenticator, ConnectionType, Presented, SharedAuthenticator, User,
};

/// Accounts, each with one user who has its name in lower case.
pub(super) fn accounts_with_users(options: &mut Options, of: &[(&str, &str)]) {
    for (account, password) in of {
        options.accounts.push(AccountOptions {
            name: (*account).to_owned(),
            ..AccountOptions::default()
        });
        options.users.push(User {
            username: account.to_ascii_lowercase(),
            password: (*password).to_owned(),
            account: Some((*account).to_owned()),
            ..User::default()
        });
    }
}

go_test!(
    147,
    "auth_test",
    "TestUserUnknownAllowedConnectionType",
    unknown_connection_type
);
fn unknown_connection_type() {
    let load = |user: &str, types: &str| {
        let file = ConfigFile::new(&format!(
            "authorization {{ users = [ {{ {user}, allowed_connection_types: [{types}] }} ] }}"
        ));
        let mut options = Options::default();
        options
            .load(file.path())
            .map(|()| options)
            .map_err(|error| error.to_string())
    };
    let by_name = "user: user, password: pwd";
    let by_key = "nkey: UBO2MQV67TQTVIRV3XFTEZOACM4WLOCMCDMAWN5QVN5PI2N6JHTVDRON";
    for user in [by_name, by_key] {
        let error = load(user, "STANDARD, someNewType").unwrap_err();
        assert!(error.contains("connection type"), "{error}");
        // Names count in any case.
        let options = load(user, "websocket").unwrap();
        let of_users = options
            .users
            .iter()
            .map(|user| &user.allowed_connection_types);
        let of_keys = options
            .nkeys
            .iter()
            .map(|user| &user.allowed_connection_types);
        let types: Vec<_> = of_users.chain(of_keys).collect();
        assert_eq!(types.len(), 1);
        assert!(types[0].iter().eq([&ConnectionType::Websocket]));
    }
}

go_test!(149, "auth_test", "TestNoAuthUser", no_auth_user);
fn no_auth_user() {
    let server = RunningServer::with(|options| {
        accounts_with_users(options, &[("FOO", "pwd1"), ("BAR", "pwd2")]);
        options.no_auth_user = "foo".to_owned();
    });
    for (connect, account) in [
        (r#"{"user":"bar","pass":"pwd2"}"#, Some("BAR")),
        (r#"{"user":"bar","pass":"wrong"}"#, None),
        (r#"{"auth_token":"sometoken"}"#, None),
        (r#"{"auth_token":"bar"}"#, None),
        (r#"{"user":"bar","pass":""}"#, None),
        ("{}", Some("FOO")),
    ] {
        let mut client = RawClient::connect(server.address());
        client.info();
        client.send(&format!("CONNECT {connect}\r\nPING\r\n"));
        match account {
            Some(account) => {
                client.expect("+OK");
                client.expect("PONG");
                let clients = server.server().context().clients();
                assert_eq!(clients.len(), 1, "{connect}");
                assert_eq!(clients[0].account_name().as_deref(), Some(account));
            }
            None => {
                let lines = client.until_closed();
                assert_eq!(lines, ["-ERR 'Authorization Violation'"], "{connect}");
            }
        }
        drop(client);
        wait_until("it is gone", || server.server().client_count() == 0);
    }
}

/// Lets a user called `valid` in, until a time if there is one.
#[derive(Debug)]
pub(super) struct OnlyValid {
    /// Whether there has to be a nonce.
    pub(super) nonce: bool,
    pub(super) deadline: Option<SystemTime>,
}

impl Authenticator for OnlyValid {
    fn authenticate(&self, client: &Presented<'_>) -> Option<User> {
        assert_eq!(self.nonce, !client.nonce.is_empty());
        let valid = client.connect.user == "valid";
        valid.then(|| User {
            username: client.connect.user.clone(),
            connection_deadline: self.deadline,
            ..User::default()
        })
    }
}

go_test!(
    151,
    "auth_test",
    "TestUserConnectionDeadline",
    connection_deadline
);
fn connection_deadline() {
    let server = RunningServer::with(|options| {
        options.authenticator = Some(SharedAuthenticator::new(OnlyValid {
            nonce: false,
            deadline: Some(SystemTime::now() + Duration::from_millis(50)),
        }));
    });
    let mut client = RawClient::connected(server.address(), r#"{"verbose":false,"user":"valid"}"#);
    assert_eq!(
        client.until_closed(),
        ["-ERR 'User Authentication Expired'"]
    );
    wait_until("it is remembered", || {
        let closed = server.server().closed_connections();
        closed
            .iter()
            .any(|closed| closed.reason.as_str() == "Authentication Expired")
    });
}

go_test!(
    152,
    "auth_test",
    "TestNoAuthUserNoConnectProto",
    no_auth_user_without_connect
);
fn no_auth_user_without_connect() {
    let server = RunningServer::with(|options| {
        accounts_with_users(options, &[("A", "pwd")]);
        options.auth_timeout = Duration::from_secs(1);
        options.no_auth_user = "a".to_owned();
    });
    let clients = || server.server().client_count();
    let mut client = RawClient::connect(server.address());
    client.info();
    client.send("PUB foo 2\r\nok\r\n");
    wait::holds(Duration::from_millis(100), "it stays", || clients() == 1);
    drop(client);
    wait_until("it is gone", || clients() == 0);
    // Whoever says nothing at all has to go.
    let mut silent = RawClient::connect(server.address());
    silent.info();
    wait_until("it is there", || clients() == 1);
    assert_eq!(silent.until_closed(), ["-ERR 'Authentication Timeout'"]);
    wait_until("it is gone", || clients() == 0);
}
