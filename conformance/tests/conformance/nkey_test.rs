//! Go: `server/nkey_test.go`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conformance::accounts::load;
use conformance::go_test;
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use nats_server::auth::{self, SignatureError};
use nats_server::config::options::{NkeyUser, User};
use nkeys::KeyPair;

const SEED: &str = "SUAKYRHVIOREXV7EUZTBHUHL7NUMHPMAS7QMDU3GTIUWEI5LDNOXD43IZY";

fn key() -> KeyPair {
    KeyPair::from_seed(SEED).expect("the seed is valid")
}

fn server(with_user: bool) -> RunningServer {
    RunningServer::with(|options| {
        options.nkeys = vec![NkeyUser {
            nkey: key().public_key(),
            ..NkeyUser::default()
        }];
        if with_user {
            let (username, password) = ("derek".to_owned(), "foo".to_owned());
            options.users = vec![User {
                username,
                password,
                ..User::default()
            }];
        }
    })
}

fn nonce(client: &mut RawClient) -> String {
    client.info()["nonce"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn connect_signed(client: &mut RawClient) {
    let nonce = nonce(client);
    assert!(!nonce.is_empty());
    let signature = URL_SAFE_NO_PAD.encode(key().sign(nonce.as_bytes()).unwrap());
    client.send(&format!(
        "CONNECT {{\"nkey\":{:?},\"sig\":{signature:?},\"verbose\":true,\"pedantic\":true}}\r\nPING\r\n",
        key().public_key()
    ));
    client.expect("+OK");
    client.expect("PONG");
}

go_test!(
    2362,
    "nkey_test",
    "TestServerInfoNonceAlwaysEnabled",
    nonce_always_enabled
);
fn nonce_always_enabled() {
    let server = RunningServer::with(|options| options.always_enable_nonce = true);
    assert!(!nonce(&mut RawClient::connect(server.address())).is_empty());
}

go_test!(2363, "nkey_test", "TestServerInfoNonce", server_info_nonce);
fn server_info_nonce() {
    let plain = RunningServer::start();
    let info = RawClient::connect(plain.address()).info();
    assert!(info.get("nonce").is_none(), "{info}");

    let server = server(false);
    let first = nonce(&mut RawClient::connect(server.address()));
    let second = nonce(&mut RawClient::connect(server.address()));
    assert!(!first.is_empty() && !second.is_empty());
    assert_ne!(first, second);
}

go_test!(
    2364,
    "nkey_test",
    "TestNkeyClientConnect",
    nkey_client_connect
);
fn nkey_client_connect() {
    let server = server(false);
    let public = key().public_key();
    for connect in [
        r#"{"verbose":true,"pedantic":true}"#.to_owned(),
        format!(r#"{{"nkey":{public:?},"verbose":true,"pedantic":true}}"#),
        format!(r#"{{"nkey":{public:?},"sig":"bad_sig","verbose":true,"pedantic":true}}"#),
    ] {
        let mut client = RawClient::connect(server.address());
        client.info();
        client.send(&format!("CONNECT {connect}\r\n"));
        assert_eq!(
            client.until_closed(),
            ["-ERR 'Authorization Violation'"],
            "{connect}"
        );
    }
    connect_signed(&mut RawClient::connect(server.address()));
}

go_test!(
    2365,
    "nkey_test",
    "TestMixedClientConnect",
    mixed_client_connect
);
fn mixed_client_connect() {
    let server = server(true);
    let mut client = RawClient::connect(server.address());
    client.info();
    client.send(
        "CONNECT {\"user\":\"derek\",\"pass\":\"foo\",\"verbose\":true,\"pedantic\":true}\r\nPING\r\n",
    );
    client.expect("+OK");
    client.expect("PONG");
    connect_signed(&mut RawClient::connect(server.address()));
}

go_test!(
    2366,
    "nkey_test",
    "TestMixedClientConfig",
    mixed_client_config
);
fn mixed_client_config() {
    let options = load(
        r#"authorization {
             users = [
               {nkey: "UDKTV7HZVYJFJN64LLMYQBUR6MTNNYCDC3LAZH4VHURW3GZLL3FULBXV"}
               {user: alice, password: foo}
             ]
           }"#,
    )
    .unwrap();
    assert_eq!(options.nkeys.len(), 1);
    assert!(options.nkeys[0].nkey.starts_with("UDKTV7HZ"));
    assert_eq!(options.users.len(), 1);
    assert_eq!(options.users[0].username, "alice");
}

go_test!(
    2369,
    "nkey_test",
    "BenchmarkNonceGeneration",
    nonce_generation
);
fn nonce_generation() {
    let nonces: std::collections::HashSet<String> = (0..1000).map(|_| auth::nonce()).collect();
    assert_eq!(nonces.len(), 1000);
    assert!(nonces.iter().all(|nonce| nonce.len() == auth::NONCE_LENGTH));
}

go_test!(2370, "nkey_test", "BenchmarkPublicVerify", public_verify);
fn public_verify() {
    let user = KeyPair::new_user();
    for _ in 0..20 {
        let nonce = auth::nonce();
        let signature = URL_SAFE_NO_PAD.encode(user.sign(nonce.as_bytes()).unwrap());
        let check = |nonce: &[u8]| auth::check_signature(&user.public_key(), nonce, &signature);
        assert_eq!(check(nonce.as_bytes()), Ok(()));
        assert_eq!(check(b"another nonce"), Err(SignatureError::Wrong));
    }
}
