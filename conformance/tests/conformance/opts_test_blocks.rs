//! Go: `server/opts_test.go`: blocks for other servers and for accounts.

use std::time::Duration;

use conformance::go_test;
use nats_server::Options;
use nats_server::config::options::{
    GatewayOptions, LatencyOptions, LeafNodeOptions, RemoteGatewayOptions, RemoteLeafOptions,
    RoutePermissions, SubjectPermission,
};
use nats_server::platform::ServerUrl;

use super::opts_support::Folder;
use super::opts_test::text_error;

fn url(text: &str) -> ServerUrl {
    text.parse().unwrap()
}

go_test!(2520, "opts_test", "TestDynamicPortOnListen", dynamic_ports);
fn dynamic_ports() {
    let folder = Folder::enter();
    let options = folder
        .load("https = ':-1'\nlisten = '127.0.0.1:-1'\nhttp = -1")
        .unwrap();
    let ports = (options.port, options.http_port, options.https_port);
    assert_eq!(ports, (-1, -1, -1));
}

go_test!(2521, "opts_test", "TestListenConfig", listen_addresses);
fn listen_addresses() {
    let folder = Folder::enter();
    let mut options = folder
        .load(
            "cluster = { name = c1, listen = '127.0.0.1:4244' }\n\
             https = '127.0.0.1:9443'\nhttp = '127.0.0.1:8422'\nlisten = '10.0.1.22:4422'",
        )
        .unwrap();
    options.set_baseline();
    assert_eq!((options.host.as_str(), options.port), ("10.0.1.22", 4422));
    let cluster = &options.cluster;
    assert_eq!((cluster.host.as_str(), cluster.port), ("127.0.0.1", 4244));
    assert_eq!(options.http_host, "127.0.0.1");
    assert_eq!((options.http_port, options.https_port), (8422, 9443));
}

/// Host, monitoring host and port by a configuration.
fn listening(text: &str) -> (String, String, i32) {
    let mut options = Folder::enter().load(text).unwrap();
    options.set_baseline();
    (options.host, options.http_host, options.port)
}

go_test!(2522, "opts_test", "TestListenPortOnlyConfig", port_alone);
fn port_alone() {
    let any = "0.0.0.0".to_owned();
    assert_eq!(listening("listen = 8922"), (any.clone(), any, 8922));
}

go_test!(
    2523,
    "opts_test",
    "TestListenPortWithColonConfig",
    port_with_colon
);
fn port_with_colon() {
    let any = "0.0.0.0".to_owned();
    assert_eq!(listening("listen = ':8922'"), (any.clone(), any, 8922));
}

go_test!(
    2524,
    "opts_test",
    "TestListenMonitoringDefault",
    monitoring_address
);
fn monitoring_address() {
    let mut options = Options {
        host: "10.0.1.22".into(),
        ..Options::default()
    };
    options.set_baseline();
    assert_eq!((options.host.as_str(), options.port), ("10.0.1.22", 4222));
    assert_eq!(options.http_host, "10.0.1.22");
}

go_test!(
    2549,
    "opts_test",
    "TestClusterPermissionsConfig",
    cluster_permissions
);
fn cluster_permissions() {
    let folder = Folder::enter();
    let with = |own: &str| {
        let text = format!(
            "cluster {{\nport: 1234\n{own}\nauthorization {{\nuser: ivan\npassword: pwd\n\
             permissions {{\nimport {{ allow: \"foo\" }}\nexport {{ allow: \"bar\" }}\n}}\n}}\n}}"
        );
        folder.load(&text).unwrap().cluster.permissions.unwrap()
    };
    let only = |import: &str, export: &str| {
        let allow = |subject: &str| {
            Some(SubjectPermission {
                allow: Some(vec![subject.to_owned()]),
                deny: Vec::new(),
            })
        };
        RoutePermissions {
            import: allow(import),
            export: allow(export),
        }
    };
    assert_eq!(with(""), only("foo", "bar"));
    // Permissions of the cluster itself count more.
    let own = "permissions {\nimport { allow: \"baz\" }\nexport { allow: \"bat\" }\n}";
    assert_eq!(with(own), only("baz", "bat"));
    for (bad, want) in [
        (
            "permissions: foo",
            "Expected permissions to be a map/struct",
        ),
        ("permissions { unknown_field: \"foo\" }", "Unknown field"),
        (
            "permissions { import: [1, 2, 3] }",
            "Expected an array value terminator",
        ),
        (
            "permissions { import: [1, 2, 3 ] }",
            "cannot be cast to string",
        ),
        (
            "permissions { import { unknown_field: \"foo\" } }",
            "Unknown field name",
        ),
        (
            "permissions { import { allow { x: y } } }",
            "Expected subject permissions to be a subject",
        ),
        (
            "permissions { import { deny { x: y } } }",
            "Expected subject permissions to be a subject",
        ),
        (
            "permissions { export: [1, 2, 3] }",
            "Expected an array value terminator",
        ),
        (
            "permissions { export: [1, 2, 3 ] }",
            "cannot be cast to string",
        ),
        (
            "permissions { export { unknown_field: \"foo\" } }",
            "Unknown field name",
        ),
        (
            "permissions { export { allow { x: y } } }",
            "Expected subject permissions to be a subject",
        ),
        (
            "permissions { export { deny { x: y } } }",
            "Expected subject permissions to be a subject",
        ),
    ] {
        let own = format!("cluster {{\nport: 1234\n{bad}\n}}");
        let in_authorization = format!(
            "cluster {{\nport: 1234\nauthorization {{\nuser: ivan\npassword: pwd\n{bad}\n}}\n}}"
        );
        for text in [own, in_authorization] {
            let error = text_error(&text);
            assert!(error.contains(want), "{text}: {error}");
        }
    }
}

go_test!(
    2550,
    "opts_test",
    "TestParseServiceLatency",
    service_latency
);
fn service_latency() {
    let folder = Folder::enter();
    for (latency, want) in [
        (
            "{\nsampling: 100%\nsubject: latency.tracking.add\n}",
            Some(100),
        ),
        (
            "{\nsampling: 33%\nsubject: latency.tracking.add\n}",
            Some(33),
        ),
        (
            "{\nsampling: 87\nsubject: latency.tracking.add\n}",
            Some(87),
        ),
        ("latency.tracking.add", Some(100)),
        ("{\nsampling: 87\n}", None),
    ] {
        let text = format!(
            "system_account = nats.io\naccounts {{ nats.io {{ exports [{{\nservice: nats.add\n\
             latency: {latency}\n}}] }} }}"
        );
        let loaded = folder.load(&text);
        let Some(sampling) = want else {
            let error = loaded.unwrap_err().to_string();
            assert!(
                error.contains("Latency subject required, but missing"),
                "{error}"
            );
            continue;
        };
        let options = loaded.unwrap();
        let [account] = &options.accounts[..] else {
            panic!("{:?}", options.accounts)
        };
        let [service] = &account.service_exports[..] else {
            panic!("{account:?}")
        };
        assert_eq!(service.subject, "nats.add");
        let latency = LatencyOptions {
            sampling,
            subject: "latency.tracking.add".into(),
        };
        assert_eq!(service.latency, Some(latency), "{text}");
    }
}

go_test!(2553, "opts_test", "TestParsingGateways", gateways);
fn gateways() {
    let folder = Folder::enter();
    let mut gateway = folder
        .load(
            "gateway {\nname: \"A\"\nlisten: \"127.0.0.1:4444\"\nhost: \"127.0.0.1\"\nport: 4444\n\
             reject_unknown_cluster: true\n\
             authorization {\nuser: \"ivan\"\npassword: \"pwd\"\ntimeout: 2.0\n}\n\
             tls {\ncert_file: \"./configs/certs/server.pem\"\n\
             key_file: \"./configs/certs/key.pem\"\ntimeout: 3.0\n}\n\
             advertise: \"me:1\"\nconnect_retries: 10\nconnect_backoff: true\ngateways: [\n\
             {\nname: \"B\"\n\
             urls: [\"nats://user1:pwd1@host2:5222\", \"nats://user1:pwd1@host3:6222\"]\n}\n\
             {\nname: \"C\"\nurl: \"nats://host4:7222\"\n}\n]\n}",
        )
        .unwrap()
        .gateway;
    let tls = gateway.tls.take().unwrap();
    assert_eq!(tls.timeout, Duration::from_secs(3));
    let remote = |name: &str, urls: &[&str]| RemoteGatewayOptions {
        name: name.to_owned(),
        urls: urls.iter().map(|text| url(text)).collect(),
        tls: None,
    };
    let want = GatewayOptions {
        name: "A".into(),
        host: "127.0.0.1".into(),
        port: 4444,
        username: "ivan".into(),
        password: "pwd".into(),
        auth_timeout: Duration::from_secs(2),
        advertise: "me:1".into(),
        connect_retries: 10,
        connect_backoff: true,
        reject_unknown: true,
        gateways: vec![
            remote(
                "B",
                &[
                    "nats://user1:pwd1@host2:5222",
                    "nats://user1:pwd1@host3:6222",
                ],
            ),
            remote("C", &["nats://host4:7222"]),
        ],
        ..GatewayOptions::default()
    };
    assert_eq!(gateway, want);
}

go_test!(
    2554,
    "opts_test",
    "TestParsingGatewaysErrors",
    gateway_errors
);
fn gateway_errors() {
    let _folder = Folder::enter();
    let gateway = |block: &str| format!("gateway {{\nname: \"A\"\nport: -1\n{block}\n}}");
    let remote = |block: &str| gateway(&format!("gateways: [ {{\nname: \"B\"\n{block}\n}} ]"));
    let tls = |block: &str| gateway(&format!("tls {{\n{block}\n}}"));
    let cert = "cert_file: \"./configs/certs/server.pem\"";
    for (text, want) in [
        (
            "gateway: \"bad_type\"".to_owned(),
            "Expected gateway to be a map",
        ),
        (gateway("listen: \"bad::address\""), "parse address"),
        (gateway("authorization { users { } }"), "be an array"),
        (
            gateway("reject_unknown_cluster: true\nunknown_field: 1"),
            "unknown field",
        ),
        (
            gateway(
                "authorization { users [\n{user: alice, password: foo}\n\
                 {user: bob,   password: bar}\n] }",
            ),
            "does not allow multiple users",
        ),
        (tls("cert_file: 123"), "to be filename"),
        (
            tls("cert_file: \"./configs/certs/missing.pem\"\n\
                 key_file: \"./configs/certs/server-key.pem\""),
            "certificate/key pair",
        ),
        (
            tls(&format!(
                "{cert}\nkey_file: \"./configs/certs/missing.pem\""
            )),
            "certificate/key pair",
        ),
        (tls(cert), "missing 'key_file' in TLS configuration"),
        (
            tls("key_file: \"./configs/certs/server-key.pem\""),
            "missing 'cert_file' in TLS configuration",
        ),
        (
            gateway("gateways { name: \"B\" }"),
            "Expected gateways field to be an array",
        ),
        (
            gateway("gateways [ \"g1\", \"g2\" ]"),
            "Expected gateway entry to be a map",
        ),
        (
            remote("url: \"nats://wrong url\""),
            "error parsing gateway url",
        ),
        (
            remote("urls: [\"nats://wrong url\", \"nats://host:5222\"]"),
            "error parsing gateway url",
        ),
        (remote("tls { cert_file: 123 }"), "to be filename"),
        (remote("unknown_field: 1"), "unknown field"),
    ] {
        let error = text_error(&text);
        assert!(error.contains(want), "{text}: {error}");
    }
}

go_test!(
    2555,
    "opts_test",
    "TestParsingLeafNodesListener",
    leafnode_listener
);
fn leafnode_listener() {
    let folder = Folder::enter();
    let mut leafnode = folder
        .load(
            "leafnodes {\nlisten: \"127.0.0.1:3333\"\nhost: \"127.0.0.1\"\nport: 3333\n\
             advertise: \"me:22\"\n\
             authorization {\nuser: \"derek\"\npassword: \"s3cr3t!\"\ntimeout: 2.2\n}\n\
             tls {\ncert_file: \"./configs/certs/server.pem\"\n\
             key_file: \"./configs/certs/key.pem\"\ntimeout: 3.3\n}\n}",
        )
        .unwrap()
        .leafnode;
    let tls = leafnode.tls.take().unwrap();
    assert_eq!(tls.timeout, Duration::from_secs_f64(3.3));
    let want = LeafNodeOptions {
        host: "127.0.0.1".into(),
        port: 3333,
        username: "derek".into(),
        password: "s3cr3t!".into(),
        auth_timeout: Duration::from_secs_f64(2.2),
        advertise: "me:22".into(),
        ..LeafNodeOptions::default()
    };
    assert_eq!(leafnode, want);
}

/// Sets the home folder of this process, which is the test's own.
fn set_home(home: &str) {
    #[expect(unsafe_code, reason = "the environment is what is tested")]
    // SAFETY: no other thread of this process reads or writes the environment now.
    unsafe {
        std::env::set_var("HOME", home);
    }
}

/// What becomes of the path of a credentials file.
fn expanded(path: &str) -> Result<String, String> {
    let mut options = Options::default();
    let text = format!(
        "leafnodes {{ remotes = [ {{\nurl: nats-leaf://127.0.0.1:2222\naccount: foobar // local\n\
         credentials: \"{path}\"\n}} ] }}"
    );
    options
        .load_text(&text)
        .map_err(|error| error.to_string())?;
    let [remote] = &options.leafnode.remotes[..] else {
        panic!("{:?}", options.leafnode)
    };
    let want = RemoteLeafOptions {
        local_account: "foobar".into(),
        urls: vec![url("nats-leaf://127.0.0.1:2222")],
        credentials: remote.credentials.clone(),
        ..RemoteLeafOptions::default()
    };
    assert_eq!(*remote, want);
    Ok(remote.credentials.clone())
}

go_test!(2563, "opts_test", "TestExpandPath", expand_path);
fn expand_path() {
    for (path, home, want) in [
        ("/foo/bar", "/fizz/buzz", "/foo/bar"),
        ("foo/bar", "/fizz/buzz", "foo/bar"),
        ("~/fizz", "/foo/bar", "/foo/bar/fizz"),
        ("$HOME/fizz", "/foo/bar", "/foo/bar/fizz"),
    ] {
        set_home(home);
        assert_eq!(expanded(path).as_deref(), Ok(want));
    }
    set_home("");
    let error = expanded("~/fizz").unwrap_err();
    assert!(error.contains("failed to get home dir"), "{error}");
}

go_test!(2576, "opts_test", "TestGetStorageSize", storage_sizes);
fn storage_sizes() {
    for (size, want) in [
        ("1K", Some(1024)),
        ("1M", Some(1_048_576)),
        ("1G", Some(1_073_741_824)),
        ("1T", Some(1_099_511_627_776)),
        ("1L", None),
        ("TT", None),
        ("", Some(0)),
    ] {
        let mut options = Options::default();
        let loaded = options.load_text(&format!("jetstream {{ max_mem_store: \"{size}\" }}"));
        match want {
            Some(bytes) => {
                loaded.unwrap();
                assert_eq!(options.js.max_memory, bytes, "{size}");
            }
            None => {
                let error = loaded.unwrap_err().to_string();
                assert!(error.contains("max_mem_store "), "{error}");
            }
        }
    }
}
