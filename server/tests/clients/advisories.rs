//! Security advisories of the NATS project (advisories.nats.io) that concern what
//! this server does: each has a test named after it. The numbered notes of 2026 were
//! published after the baseline.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use data_encoding::BASE32_NOPAD;
use nats_server::auth::{
    AuthTable, Credentials, certificate_names, check_signature, verify_raw_signature,
};
use nats_server::config::options::{
    AccountOptions, ConnectionType, Permissions, SubjectPermission, TlsOptions, User,
};
use nats_server::conn::tls::{cipher_suite_name, server_config};
use nats_server::monitor::{ConnzOptions, SubszOptions};
use nats_server::{Options, Server};

use crate::limits::own_certificate;
use crate::support::{Client, Running};

const USER: &str = r#","user":"u","pass":"p""#;
const VIOLATION: [&str; 1] = ["-ERR 'Authorization Violation'"];

/// The user u, who may subscribe to all that is not denied.
fn user_with(deny: &[&str]) -> User {
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
}

/// The subjects that u receives of `published`, subscribed as `subscription`.
fn received(deny: &[&str], subscription: &str, published: &[&str]) -> Vec<String> {
    let server = Running::with(|options| {
        options.users = vec![
            user_with(deny),
            User {
                username: "all".to_owned(),
                password: "p".to_owned(),
                ..User::default()
            },
        ];
    });
    let mut client = server.connected(USER);
    client.send(&format!("SUB {subscription}\r\n"));
    let mut lines = client.flush();
    let mut sender = server.connected(r#","user":"all","pass":"p""#);
    for subject in published {
        sender.send(&format!("PUB {subject} 0\r\n\r\n"));
    }
    sender.flush();
    lines.extend(client.flush());
    lines.retain(|line| !line.is_empty());
    lines
}

/// CVE-2021-32026: TLS by whatever way it is configured offers the modern cipher
/// suites only.
#[test]
fn cve_2021_32026_tls_has_modern_cipher_suites_only() {
    let dir = tempfile::tempdir().unwrap();
    let config = server_config(&own_certificate(dir.path())).unwrap();
    let suites = &config.crypto_provider().cipher_suites;
    assert!(!suites.is_empty());
    for suite in suites {
        let name = cipher_suite_name(suite.suite());
        let modern = name.starts_with("TLS_ECDHE_") || name.matches("WITH").count() == 0;
        let sealed = name.contains("GCM") || name.contains("CHACHA20_POLY1305");
        assert!(modern && sealed, "{name}");
    }
}

/// CVE-2022-24450: nobody chooses his account in CONNECT.
#[test]
fn cve_2022_24450_nobody_chooses_his_account() {
    let server = Running::with(|options| {
        for name in ["A", "B"] {
            options.accounts.push(AccountOptions {
                name: name.to_owned(),
                ..AccountOptions::default()
            });
        }
        options.users = vec![User {
            username: "u".to_owned(),
            password: "p".to_owned(),
            account: Some("A".to_owned()),
            ..User::default()
        }];
    });
    for choice in [
        r#","account":"B""#,
        r#","account":"A""#,
        r#","account":"$SYS""#,
        r#","new_account":true"#,
        r#","account":"C","new_account":true"#,
    ] {
        let mut client = server.client();
        client.send(&format!("CONNECT {{\"verbose\":false{USER}{choice}}}\r\n"));
        assert_eq!(client.rest(), VIOLATION, "{choice}");
    }
    assert!(server.server.lookup_account("C").is_none());
    let _client = server.connected(USER);
    let account = server.server.context().clients()[0].account_name();
    assert_eq!(account.as_deref(), Some("A"));
}

/// CVE-2022-29946: what is denied does not reach members of a queue group either.
#[test]
fn cve_2022_29946_queue_groups_do_not_get_what_is_denied() {
    let published = ["foo.open", "foo.secret"];
    for subscription in ["foo.* 1", "foo.* group 1", "> group 1"] {
        let lines = received(&["foo.secret"], subscription, &published);
        assert_eq!(lines, ["MSG foo.open 1 0"], "{subscription}");
    }
}

/// secnote-2023-01 (CVE-2023-47090): accounts for the system account alone do not
/// switch off an `authorization` block.
#[test]
fn secnote_2023_01_an_authorization_block_stays_in_force() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("server.conf");
    let system = "accounts { $SYS { users: [ { user: admin, password: a } ] } }\n";
    let start = |authorization: &str| {
        let listen = "listen: \"127.0.0.1:-1\"\n";
        std::fs::write(&file, format!("{listen}{authorization}{system}")).unwrap();
        let mut options = Options {
            no_sigs: true,
            ..Options::default()
        };
        options.load(&file).unwrap();
        let server = Server::new(options).unwrap();
        server.start().unwrap();
        server
    };
    let anybody = |server: &Server| {
        let stream = TcpStream::connect(server.client_address().unwrap()).unwrap();
        let mut client = Client::new(stream);
        assert!(client.line().unwrap().starts_with("INFO "));
        client.send("CONNECT {\"verbose\":false}\r\nPING\r\n");
        client.line().unwrap()
    };
    let server = start("authorization { users: [ { user: u, password: p } ] }\n");
    assert_eq!(anybody(&server), VIOLATION[0]);
    server.shutdown();
    let server = start("");
    assert_eq!(anybody(&server), "PONG");
    server.shutdown();
}

/// secnote-2026-13 (CVE-2026-33248): a certificate is the user whose name has all parts
/// of its subject and no other, and nothing else in it reads like a subject.
#[test]
fn secnote_2026_13_all_parts_of_a_subject_count() {
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SanType};
    let unit = DnType::CustomDnType(vec![2, 5, 4, 11]);
    let certificate = |parts: &[(DnType, &str)], email: Option<&str>| {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        for (kind, value) in parts {
            params.distinguished_name.push(kind.clone(), *value);
        }
        params.subject_alt_names = email
            .map(|email| SanType::Rfc822Name(email.try_into().unwrap()))
            .into_iter()
            .collect();
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    };
    let table = AuthTable::new(&Options {
        users: ["CN=a,OU=x,OU=x", "CN=b,OU=x,OU=y", "CN=c,OU=x"]
            .map(|name| User {
                username: name.to_owned(),
                ..User::default()
            })
            .into(),
        tls: Some(TlsOptions {
            verify_and_map: true,
            ..TlsOptions::default()
        }),
        ..Options::default()
    });
    let (common, first) = (DnType::CommonName, DnType::OrganizationalUnitName);
    for (parts, email, user) in [
        (
            vec![(&common, "a"), (&first, "x"), (&unit, "x")],
            None,
            Some("CN=a,OU=x,OU=x"),
        ),
        (
            vec![(&common, "a"), (&first, "x"), (&unit, "y")],
            None,
            None,
        ),
        (vec![(&common, "a"), (&first, "x")], None, None),
        (
            vec![(&common, "b"), (&first, "y"), (&unit, "x")],
            None,
            Some("CN=b,OU=x,OU=y"),
        ),
        (
            vec![(&common, "b"), (&first, "x"), (&unit, "x")],
            None,
            None,
        ),
        (vec![(&common, "c"), (&first, "x")], None, Some("CN=c,OU=x")),
        (vec![(&common, "c\0OU=x")], None, None),
        (vec![(&common, "z")], Some("subject\0CN=c\0OU=x"), None),
    ] {
        let parts: Vec<(DnType, &str)> = parts
            .into_iter()
            .map(|(kind, value)| (kind.clone(), value))
            .collect();
        let names = certificate_names(&certificate(&parts, email));
        let found = table.authenticate(&Credentials {
            user: "",
            password: "",
            token: "",
            nkey: "",
            signature: "",
            nonce: b"",
            connection: ConnectionType::Standard,
            certificate_names: Some(&names),
            proxy_signature: "",
        });
        let found = found.ok().and_then(|identity| identity.user);
        assert_eq!(found.as_deref(), user, "{parts:?} {email:?}");
    }
}

/// secnote-2026-14 (CVE-2026-33247): monitoring does not tell the secrets of the
/// command line. What is taken out of one is in `monitor::process`; here, that the
/// end-point tells no more than that.
#[test]
fn secnote_2026_14_monitoring_tells_no_secrets() {
    let server = Running::with(|options| {
        options.http_port = -1;
        options.username = "u".to_owned();
        options.password = "verysecret".to_owned();
        options.auth_timeout = Duration::from_secs(5);
    });
    let _client = server.connected(r#","user":"u","pass":"verysecret""#);
    let address = server.server.monitor_address().unwrap();
    for path in [
        "/debug/vars",
        "/expvarz",
        "/varz",
        "/connz?auth=1&subs=detail",
        "/accountz",
    ] {
        let mut stream = TcpStream::connect(address).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(!answer.contains("verysecret"), "{path}: {answer}");
    }
}

/// secnote-2026-17 (GHSA-wh7g-5m82-pmhr): a subscription that only overlaps with a
/// denied one does not get the messages they have in common.
#[test]
fn secnote_2026_17_overlapping_wildcards_do_not_get_what_is_denied() {
    let published = ["foo.x.secret", "foo.bar.x", "foo.bar.secret"];
    for subscription in ["foo.*.secret 1", "foo.*.secret group 1"] {
        let lines = received(&["foo.bar.*"], subscription, &published);
        assert_eq!(lines, ["MSG foo.x.secret 1 0"], "{subscription}");
    }
}

/// secnote-2026-18 (GHSA-jx8g-9g95-6322): a queue group does not get around a
/// subject that is denied to everybody, where another group is denied by name.
#[test]
fn secnote_2026_18_queue_groups_do_not_get_around_denied_subjects() {
    for entries in [["foo", "foo other"], ["foo", "> other"], ["*", "foo other"]] {
        for (subscription, want) in [
            (
                "foo 1",
                "-ERR 'Permissions Violation for Subscription to \"foo\"'",
            ),
            (
                "foo mine 1",
                "-ERR 'Permissions Violation for Subscription to \"foo\" using queue \"mine\"'",
            ),
        ] {
            let lines = received(&entries, subscription, &["foo"]);
            assert_eq!(lines, [want], "{entries:?} {subscription}");
        }
    }
}

/// secnote-2026-23 (GHSA-g33f-6538-grxh): a truncated public key proves nothing and
/// stops nobody.
#[test]
fn secnote_2026_23_truncated_keys_prove_nothing() {
    let whole = nkeys::KeyPair::new_user();
    let raw = BASE32_NOPAD.decode(whole.public_key().as_bytes()).unwrap();
    let signature = data_encoding::BASE64URL_NOPAD.encode(&whole.sign(b"nonce").unwrap());
    for length in 0..raw.len() - 2 {
        let mut short = raw[..length].to_vec();
        short.extend_from_slice(&crc16(&short).to_le_bytes());
        let key = BASE32_NOPAD.encode(&short);
        let expected = length == 33;
        assert_eq!(
            check_signature(&key, b"nonce", &signature).is_ok(),
            expected
        );
        assert_eq!(verify_raw_signature(&key, b"nonce", &signature), expected);
    }
    let server = Running::with(|options| {
        options.nkeys = vec![nats_server::config::options::NkeyUser {
            nkey: whole.public_key(),
            ..Default::default()
        }];
    });
    for nkey in ["U", "UAAAA", &BASE32_NOPAD.encode(&raw[..20])] {
        let mut client = server.client();
        client.send(&format!(
            "CONNECT {{\"nkey\":\"{nkey}\",\"sig\":\"{signature}\"}}\r\n"
        ));
        assert_eq!(client.rest(), VIOLATION);
    }
}

/// CRC-16/XMODEM, which ends every NKey.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc: u16, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 {
                crc << 1
            } else {
                (crc << 1) ^ 0x1021
            }
        })
    })
}

/// secnote-2026-24 (GHSA-hmmp-q8cx-v964): whoever begins without CONNECT is the
/// `no_auth_user` only where that user may be connected that way.
#[test]
fn secnote_2026_24_no_connect_is_no_way_around_restrictions() {
    for (types, proxy_required, welcome) in [
        (vec![], false, true),
        (vec![ConnectionType::Standard], false, true),
        (vec![ConnectionType::Websocket], false, false),
        (vec![ConnectionType::InProcess], false, false),
        (vec![], true, false),
    ] {
        let server = Running::with(|options| {
            options.users = vec![User {
                username: "u".to_owned(),
                password: "p".to_owned(),
                allowed_connection_types: types.iter().copied().collect(),
                proxy_required,
                ..User::default()
            }];
            options.no_auth_user = "u".to_owned();
        });
        for first in ["PING\r\n", "CONNECT {\"verbose\":false}\r\nPING\r\n"] {
            let mut client = server.client();
            client.send(first);
            let want = if welcome { "PONG" } else { VIOLATION[0] };
            assert_eq!(client.line().as_deref(), Some(want), "{types:?} {first:?}");
        }
    }
}

/// secnote-2026-28 (GHSA-q59r-vq66-pxc2): no page of monitoring is so far away that
/// reckoning overflows.
#[test]
fn secnote_2026_28_pages_may_be_anywhere() {
    let server = Running::with(|options| options.http_port = -1);
    let _client = server.connected("");
    let address = server.server.monitor_address().unwrap();
    let extremes = [i64::MIN, -1, 0, 1, i64::MAX - 1, i64::MAX];
    for offset in extremes {
        for limit in extremes {
            let connz = server.server.connz(&ConnzOptions {
                offset,
                limit,
                ..ConnzOptions::default()
            });
            let shown = connz.unwrap().connections.len();
            assert_eq!(shown, usize::from(offset <= 0), "{offset} {limit}");
            let subsz = server.server.subsz(&SubszOptions {
                offset,
                limit,
                subscriptions: true,
                ..SubszOptions::default()
            });
            assert!(subsz.is_ok());
            for page in ["connz", "subsz"] {
                let mut stream = TcpStream::connect(address).unwrap();
                let request = format!(
                    "GET /{page}?offset={offset}&limit={limit} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                );
                stream.write_all(request.as_bytes()).unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).unwrap();
                assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
            }
        }
    }
}

/// What the notes on other protocols have in common (2026-02, 2026-11, 2026-25): who
/// has not said who he is keeps the server from nothing and costs it little.
#[test]
fn strangers_are_bounded_in_time_and_memory() {
    let dir = tempfile::tempdir().unwrap();
    let server = Running::with(|options| {
        options.authorization = "token".to_owned();
        options.auth_timeout = Duration::from_millis(300);
        options.allow_non_tls = true;
        options.tls = Some(TlsOptions {
            timeout: Duration::from_millis(300),
            ..own_certificate(dir.path())
        });
    });
    let start = Instant::now();
    let mut endless = server.client();
    endless.send(&format!("CONNECT {{\"name\":\"{}", "x".repeat(3000)));
    let mut long = server.client();
    long.send(&format!(
        "CONNECT {{\"name\":\"{}\"}}\r\n",
        "x".repeat(5000)
    ));
    let mut large = server.client();
    large.send("PUB foo 1000000000\r\n");
    assert_eq!(endless.rest(), ["-ERR 'Authentication Timeout'"]);
    assert_eq!(long.rest(), ["-ERR 'maximum control line exceeded'"]);
    assert_eq!(large.rest(), VIOLATION);
    assert!(start.elapsed() < Duration::from_secs(5));
}
