//! Go: `server/accounts_test.go`, accounts and their configuration.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conformance::go_test;
use conformance::raw::RawClient;
use conformance::server::{RunningServer, local_options};
use conformance::wait::wait_until;
use nats_server::account::{AccountError, Headers, sample};
use nats_server::config::options::{LatencyOptions, ResponseKind};
use nats_server::{Options, Server};
use nkeys::KeyPair;

use conformance::accounts::{
    account, client, configured, connect, expect, load, named, publish, server_with,
};

go_test!(
    46,
    "accounts_test",
    "TestRegisterDuplicateAccounts",
    duplicate_accounts
);
fn duplicate_accounts() {
    let server = Server::new(local_options()).unwrap();
    assert_eq!(server.register_account("$foo").unwrap().name(), "$foo");
    assert!(matches!(
        server.register_account("$foo"),
        Err(AccountError::Exists)
    ));
}

go_test!(47, "accounts_test", "TestAccountIsolation", isolation);
fn isolation() {
    let server = server_with(&["$foo", "$bar"]);
    let mut foo = client(&server, "$foo");
    let mut bar = client(&server, "$bar");
    bar.send("SUB foo 1\r\n");
    assert!(bar.flush().is_empty());
    foo.send("SUB foo 1\r\n");
    publish(&mut foo, "foo", "hello");
    expect(&mut foo, "foo", "1", "hello");
    assert!(foo.flush().is_empty());
    assert!(bar.flush().is_empty());
    assert_eq!(account(&server, "$foo").client_count(), 1);
    assert_eq!(account(&server, "$bar").client_count(), 1);
}

go_test!(50, "accounts_test", "TestAccountFromOptions", from_options);
fn from_options() {
    let reserved = Server::new(local_options()).unwrap();
    let reserved = reserved.context().accounts().all().len();
    let server = Server::new(Options {
        accounts: vec![named("foo"), named("bar")],
        ..local_options()
    })
    .unwrap();
    assert_eq!(server.context().accounts().all().len(), reserved + 2);
    for name in ["foo", "bar"] {
        let account = server.lookup_account(name).expect("the account exists");
        assert_eq!(account.subscriptions().count(), 0);
    }
}

go_test!(
    51,
    "accounts_test",
    "TestNewAccountAndRequireNewAlwaysError",
    accounts_are_not_chosen_by_clients
);
fn accounts_are_not_chosen_by_clients() {
    let server = configured(
        "listen: 127.0.0.1:-1
         accounts: {
           A: { users: [ {user: ua, password: pa} ] },
           B: { users: [ {user: ub, password: pb} ] },
         }",
    );
    assert!(connect(&server, "ua", "pa", false).flush().is_empty());
    for wish in [
        r#""account":"ANY""#,
        r#""new_account":true"#,
        r#""account":"B""#,
        r#""account":"A""#,
    ] {
        let mut client = RawClient::connect(server.address());
        client.info();
        client.send(&format!(
            "CONNECT {{\"user\":\"ua\",\"pass\":\"pa\",{wish}}}\r\n"
        ));
        assert_eq!(
            client.until_closed(),
            ["-ERR 'Authorization Violation'"],
            "{wish}"
        );
    }
}

go_test!(
    52,
    "accounts_test",
    "TestAccountSimpleConfig",
    simple_config
);
fn simple_config() {
    let options = load("accounts = [foo, bar]").unwrap();
    let names: Vec<&str> = options
        .accounts
        .iter()
        .map(|account| account.name.as_str())
        .collect();
    assert_eq!(names, ["foo", "bar"]);
    let error = load("accounts = [foo, foo]").unwrap_err();
    assert!(error.contains("Duplicate Account Entry: foo"), "{error}");
}

go_test!(53, "accounts_test", "TestAccountParseConfig", parse_config);
fn parse_config() {
    let options = load(
        r#"accounts {
             synadia {
               users = [
                 {user: alice, password: foo}
                 {user: bob, password: bar}
               ]
             }
             nats.io {
               msg_trace: {dest: "my.trace.dest", sampling: 50%}
               users = [
                 {user: derek, password: foo}
                 {user: ivan, password: bar}
               ]
             }
           }"#,
    )
    .unwrap();
    assert_eq!((options.accounts.len(), options.users.len()), (2, 4));
    let nats = options
        .accounts
        .iter()
        .find(|account| account.name == "nats.io")
        .expect("the account is read");
    assert_eq!(nats.trace_destination, "my.trace.dest");
    assert_eq!(nats.trace_sampling, 50);
    let derek = options
        .users
        .iter()
        .find(|user| user.username == "derek")
        .expect("the user is read");
    assert_eq!(derek.account.as_deref(), Some("nats.io"));
}

go_test!(
    54,
    "accounts_test",
    "TestAccountParseConfigDuplicateUsers",
    duplicate_users
);
fn duplicate_users() {
    let error = load(
        "accounts {
           synadia {
             users = [
               {user: alice, password: foo}
               {user: bob, password: bar}
             ]
           }
           nats.io {
             users = [{user: alice, password: bar}]
           }
         }",
    )
    .unwrap_err();
    assert!(
        error.contains("Duplicate user \"alice\" detected"),
        "{error}"
    );
}

/// Two accounts that exchange streams and services, and one that does not exist for
/// itself only.
const SHARING: &str = r#"
accounts: {
  synadia: {
    nkey: ADMHMDX2LEUJRZQHGVSVRWZEJ2CPNHYO6TB4ZCZ37LXAX5SYNEW252GF
    users = [
      {nkey : UC6NLCN7AS34YOJVCYD4PJ3QB7QGLYG5B5IMBT25VW5K4TNUJODM7BOX}
      {nkey : UBAAQWTW6CG2G6ANGNKB5U2B7HRWHSGMZEZX3AQSAJOQDAUGJD46LD2E}
    ]
    exports = [
      {stream: "public.>"}
      {stream: "synadia.private.>", accounts: [cncf, nats.io]}
      {service: "pub.request"}
      {service: "pub.special.request", accounts: [nats.io]}
    ]
    imports = [
      {service: {account: "nats.io", subject: "nats.time"}}
    ]
  }
  nats.io: {
    nkey: AB5UKNPVHDWBP5WODG742274I3OGY5FM3CBIFCYI4OFEH7Y23GNZPXFE
    users = [
      {nkey : UBRYMDSRTC6AVJL6USKKS3FIOE466GMEU67PZDGOWYSYHWA7GSKO42VW}
      {nkey : UDEREK22W43P2NFQCSKGM6BWD23OVWEDR7JE7LSNCD232MZIC4X2MEKZ}
    ]
    imports = [
      {stream: {account: "synadia", subject:"public.synadia"}, prefix: "imports.synadia", allow_trace: true}
      {stream: {account: "synadia", subject:"synadia.private.*"}}
      {service: {account: "synadia", subject: "pub.special.request"}, to: "synadia.request"}
    ]
    exports = [
      {service: "nats.time", response: stream, allow_trace: true}
      {service: "nats.photo", response: chunked}
      {service: "nats.add", response: singleton, accounts: [cncf], allow_trace: true}
      {service: "nats.sub"}
    ]
  }
  cncf: { nkey: ABDAYEV6KZVLW3GSJ3V7IWC542676TFYILXF2C7Z56LCPSMVHJE5BVYO}
}
"#;

go_test!(
    55,
    "accounts_test",
    "TestAccountParseConfigImportsExports",
    parse_imports_and_exports
);
fn parse_imports_and_exports() {
    let options = load(SHARING).unwrap();
    assert_eq!(options.accounts.len(), 3);
    assert_eq!((options.nkeys.len(), options.users.len()), (4, 0));
    let read = options
        .accounts
        .iter()
        .find(|account| account.name == "nats.io")
        .expect("the account is read");
    assert_eq!(
        read.nkey,
        "AB5UKNPVHDWBP5WODG742274I3OGY5FM3CBIFCYI4OFEH7Y23GNZPXFE"
    );
    let user = options
        .nkeys
        .iter()
        .find(|user| user.nkey.starts_with("UBRY"))
        .expect("the user is read");
    assert_eq!(user.account.as_deref(), Some("nats.io"));

    let server = Server::new(options).unwrap();
    let nats = server.lookup_account("nats.io").unwrap();
    let streams = nats.stream_imports();
    assert_eq!(streams.len(), 2);
    for import in streams {
        assert_eq!(import.allow_trace(), import.from() == "public.synadia");
    }
    assert_eq!(nats.service_import_count(), 1);
    assert_eq!(nats.service_exports().len(), 4);
    assert_eq!(nats.stream_exports(), []);
    for (subject, response, trace) in [
        ("nats.time", ResponseKind::Stream, true),
        ("nats.photo", ResponseKind::Chunked, false),
        ("nats.add", ResponseKind::Singleton, true),
    ] {
        let export = nats.service_export(subject).expect("it is exported");
        assert_eq!(export.response(), response, "{subject}");
        assert_eq!(export.allow_trace(), trace, "{subject}");
    }
    let synadia = server.lookup_account("synadia").unwrap();
    assert_eq!(synadia.stream_imports().len(), 0);
    assert_eq!(synadia.service_import_count(), 1);
    assert_eq!(synadia.service_exports().len(), 2);
    assert_eq!(synadia.stream_exports().len(), 2);
}

go_test!(
    56,
    "accounts_test",
    "TestImportExportConfigFailures",
    imports_and_exports_that_fail
);
fn imports_and_exports_that_fail() {
    for (entry, want) in [
        (
            r#"imports = [{stream: {account: "synadia", subject:"foo"}}]"#,
            "\"synadia\" account not defined for stream import",
        ),
        (
            r#"imports = [{service: subject:"foo.*"}]"#,
            "Service entry should be an account map, got string",
        ),
        // The block that is not closed is the Go test's own.
        (
            r#"imports = [{service: {account: "nats.io", subject:"foo.*"}]"#,
            "",
        ),
        (
            r#"imports = [{service: {account: "nats.io", subject:"foo.*"}}]"#,
            "Error adding service import \"foo.*\": service import not authorized",
        ),
        (
            r#"exports = [{service: "foo.*", wat:true}]"#,
            "unknown field \"wat\"",
        ),
        (
            r#"imports = [{stream: {account: nats.io, subject: "foo.*"}, wat:true}]"#,
            "unknown field \"wat\"",
        ),
        (
            r#"exports = [{service: {account: nats.io, subject:"foo.*"}}]"#,
            "Expected service name to be string, got map",
        ),
    ] {
        let error = load(&format!("accounts {{\n nats.io {{\n {entry}\n }}\n }}")).unwrap_err();
        assert!(error.contains(want), "{entry}: {error}");
    }
}

go_test!(
    74,
    "accounts_test",
    "TestAccountMapsUsers",
    users_have_accounts
);
fn users_have_accounts() {
    let server = configured(
        "accounts {
           synadia {
             users = [
               {user: derek, password: foo},
               {nkey: UCNGL4W5QX66CFX6A6DCBVDH5VOHMI7B2UZZU7TXAUQQSI2JPHULCKBR}
             ]
           }
           nats {
             users = [
               {user: ivan, password: bar},
               {nkey: UDPGQVFIWZ7Q5UH4I5E6DBCZULQS6VTVBG6CYBD7JV3G3N2GMQOMNAUH}
             ]
           }
         }
         listen: 127.0.0.1:-1",
    );
    let count = |name: &str| account(&server, name).client_count();
    let derek = connect(&server, "derek", "foo", false);
    assert_eq!((count("synadia"), count("nats")), (1, 0));
    let ivan = connect(&server, "ivan", "bar", false);
    assert_eq!((count("synadia"), count("nats")), (1, 1));
    drop((derek, ivan));
    wait_until("they are gone", || {
        (count("synadia"), count("nats")) == (0, 0)
    });

    for (seed, name) in [
        (
            "SUAPM67TC4RHQLKBX55NIQXSMATZDOZK6FNEOSS36CAYA7F7TY66LP4BOM",
            "synadia",
        ),
        (
            "SUAIS5JPX4X4GJ7EIIJEQ56DH2GWPYJRPWN5XJEDENJOZHCBLI7SEPUQDE",
            "nats",
        ),
    ] {
        let key = KeyPair::from_seed(seed).expect("the seed is valid");
        let mut signed = RawClient::connect(server.address());
        let info = signed.info();
        let nonce = info["nonce"].as_str().expect("there is a nonce");
        let signature = URL_SAFE_NO_PAD.encode(key.sign(nonce.as_bytes()).unwrap());
        signed.send(&format!(
            "CONNECT {{\"nkey\":{:?},\"sig\":{signature:?},\"verbose\":true,\"pedantic\":true}}\r\nPING\r\n",
            key.public_key()
        ));
        signed.expect("+OK");
        signed.expect("PONG");
        assert_eq!(count(name), 1, "{name}");
    }
}

go_test!(
    75,
    "accounts_test",
    "TestAccountGlobalDefault",
    global_account
);
fn global_account() {
    let server = Server::new(local_options()).unwrap();
    assert!(server.lookup_account("$G").is_some());
    assert!(server.register_account("$G").is_err());
    let error = load("accounts { $G {} }").unwrap_err();
    assert!(error.contains("\"$G\" is a Reserved Account"), "{error}");
}

go_test!(96, "accounts_test", "TestSamplingHeader", sampling_header);
fn sampling_header() {
    let by_headers = LatencyOptions {
        sampling: 0,
        subject: "foo".to_owned(),
    };
    let check = |expected: bool, headers: &[(&str, &str)]| {
        let lines: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let block = format!("\r\n{lines}\r\n");
        let sampled = sample(&by_headers, Some(block.as_bytes()));
        if expected {
            let kept: Headers = sampled.expect("the request is measured");
            for (name, value) in headers {
                let same = kept
                    .iter()
                    .find(|(kept, _)| kept.eq_ignore_ascii_case(name));
                assert_eq!(same.map(|(_, values)| values[0].as_str()), Some(*value));
            }
        } else {
            assert_eq!(sampled, None, "{headers:?}");
        }
    };
    let uber = |expected, value| check(expected, &[("Uber-Trace-Id", value)]);
    uber(false, "0:0:0:0");
    uber(false, "0:0:0:00");
    uber(true, "0:0:0:1");
    uber(true, "0:0:0:01");
    uber(true, "0:0:0:5");
    uber(true, "479fefe9525eddb:5adb976bfc1f95c1:479fefe9525eddb:1");
    uber(true, "479fefe9525eddb:479fefe9525eddb:0:1");
    uber(false, "479fefe9525eddb:5adb976bfc1f95c1:479fefe9525eddb:0");
    uber(false, "479fefe9525eddb:479fefe9525eddb:0:0");

    let trace = ("X-B3-TraceId", "80f198ee56343ba864fe8b2a57d3eff7");
    check(true, &[("X-B3-Sampled", "1")]);
    check(false, &[("X-B3-Sampled", "0")]);
    check(true, &[trace]);
    check(false, &[trace, ("X-B3-Sampled", "0")]);
    check(true, &[trace, ("X-B3-Sampled", "1")]);

    let b3 = |expected, value| check(expected, &[("B3", value)]);
    b3(false, "0");
    b3(false, "0-0-0-0");
    b3(false, "0-0-0");
    b3(true, "0-0-1-0");
    b3(true, "0-0-1");
    b3(true, "0-0-d");
    b3(true, "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1");
    b3(
        true,
        "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90",
    );
    b3(
        false,
        "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-0-05e3ac9a4f6e3b90",
    );

    let parent = |expected, flags: &str| {
        let value = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}");
        check(expected, &[("traceparent", &value)]);
    };
    parent(true, "01");
    parent(true, "27");
    parent(false, "00");
    parent(false, "22");
}

go_test!(
    97,
    "accounts_test",
    "TestAccountSystemPermsWithGlobalAccess",
    users_of_the_system_account_alone
);
fn users_of_the_system_account_alone() {
    let server = configured(
        r#"listen: 127.0.0.1:-1
           accounts {
             $SYS { users = [ { user: "admin", pass: "s3cr3t!" } ] }
           }"#,
    );
    let _anybody = RawClient::connected(server.address(), r#"{"verbose":false}"#);
    assert_eq!(account(&server, "$G").client_count(), 1);
    let _admin = connect(&server, "admin", "s3cr3t!", false);
    assert_eq!(account(&server, "$SYS").client_count(), 1);
    let mut wrong = RawClient::connect(server.address());
    wrong.info();
    wrong.send("CONNECT {\"user\":\"admin\",\"pass\":\"x\"}\r\n");
    assert_eq!(wrong.until_closed(), ["-ERR 'Authorization Violation'"]);
}

go_test!(
    100,
    "accounts_test",
    "TestAccountLimitsServerConfig",
    limits_from_the_configuration
);
fn limits_from_the_configuration() {
    let server = configured(
        "port: -1
         max_connections: 10
         accounts {
           MAXC {
             users = [{user: derek, password: foo}]
             limits {
               max_connections: 5
               max_subs: 10
               max_payload: 32k
               max_leafnodes: 1
             }
           }
         }",
    );
    let limits = account(&server, "MAXC").limits();
    assert_eq!(limits.max_connections, Some(5));
    assert_eq!(limits.max_leafnodes, Some(1));
    assert_eq!(limits.max_subscriptions, Some(10));
    let clients: Vec<RawClient> = (0..5)
        .map(|_| connect(&server, "derek", "foo", false))
        .collect();
    let mut sixth = RawClient::connect(server.address());
    sixth.info();
    sixth.send("CONNECT {\"user\":\"derek\",\"pass\":\"foo\",\"verbose\":false}\r\n");
    assert_eq!(
        sixth.until_closed(),
        ["-ERR 'maximum account active connections exceeded'"]
    );
    drop(clients);
}

go_test!(
    104,
    "accounts_test",
    "TestAccountUserSubPermsWithQueueGroups",
    denied_subjects_and_queue_groups
);
fn denied_subjects_and_queue_groups() {
    let server: RunningServer = configured(
        r#"listen: 127.0.0.1:-1
           authorization {
             users = [
               { user: user, password: "pass",
                 permissions: {
                   publish: "foo.restricted"
                   subscribe: { allow: "foo.>", deny: "foo.restricted" }
                   allow_responses: { max: 1, ttl: 0s }
                 }
               }
           ]}"#,
    );
    let mut member = connect(&server, "user", "pass", false);
    member.send("SUB foo.> qg 1\r\n");
    publish(&mut member, "foo.restricted", "RESTRICTED");
    assert!(member.flush().is_empty());
}
