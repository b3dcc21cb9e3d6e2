//! Go: `server/opts_test.go`: the command line, and what it overrides.

use std::time::Duration;

use conformance::go_test;
use nats_server::Options;
use nats_server::config::Overrides;
use nats_server::config::flags::{self, Invocation};
use nats_server::config::options::ClusterOptions;
use nats_server::config::overrides::routes_from_str;
use nats_server::conn::tls::server_config;
use nats_server::server::{SystemProcesses, send_signal};

use super::opts_support::{Folder, load, path};
use super::opts_test::{golden, plain};

/// What `srv_a.conf` says.
fn server_a() -> Options {
    Options {
        config_file: Some(path("srv_a").into()),
        host: "127.0.0.1".into(),
        port: 7222,
        cluster: ClusterOptions {
            name: "abc".into(),
            host: "127.0.0.1".into(),
            port: 7244,
            username: "ruser".into(),
            password: "top_secret".into(),
            auth_timeout: Duration::from_millis(500),
            ..ClusterOptions::default()
        },
        routes: vec![
            "nats-route://ruser:top_secret@127.0.0.1:7246"
                .parse()
                .unwrap(),
        ],
        config_digest: "sha256:fe3c13f82637723989a9bbd0ad6d064b95d48971666af440d4196d9c0d3af979"
            .into(),
        ..Options::default()
    }
}

fn merged(name: &str, overrides: &Overrides) -> Options {
    let mut options = load(name).unwrap();
    overrides.merge(&mut options).unwrap();
    plain(options)
}

go_test!(2516, "opts_test", "TestMergeOverrides", merge_overrides);
fn merge_overrides() {
    let _folder = Folder::enter();
    let overrides = Overrides {
        port: Some(2222),
        password: Some("porkchop".into()),
        debug: Some(true),
        http_port: Some(8222),
        http_base_path: Some("/".into()),
        prof_port: Some(6789),
        no_advertise: Some(true),
        connect_retries: Some(2),
        jetstream: Some(true),
        store_dir: Some("/store/dir".into()),
        ..Overrides::default()
    };
    let mut want = Options {
        port: 2222,
        debug: true,
        http_port: 8222,
        http_base_path: "/".into(),
        prof_port: 6789,
        jetstream: true,
        store_dir: "/store/dir".into(),
        ..golden()
    };
    want.cluster.no_advertise = true;
    want.cluster.connect_retries = 2;
    assert_eq!(merged("test", &overrides), want);
}

go_test!(2517, "opts_test", "TestRouteFlagOverride", route_override);
fn route_override() {
    let _folder = Folder::enter();
    let flag = "nats-route://ruser:top_secret@127.0.0.1:8246";
    let overrides = Overrides {
        routes: Some(flag.into()),
        ..Overrides::default()
    };
    let want = Options {
        routes: vec![flag.parse().unwrap()],
        routes_str: flag.into(),
        ..server_a()
    };
    assert_eq!(merged("srv_a", &overrides), want);
}

go_test!(
    2518,
    "opts_test",
    "TestClusterFlagsOverride",
    cluster_override
);
fn cluster_override() {
    let _folder = Folder::enter();
    let overrides = Overrides {
        cluster_listen: Some("nats://127.0.0.1:8224".into()),
        ..Overrides::default()
    };
    let mut want = server_a();
    want.cluster.listen_str = "nats://127.0.0.1:8224".into();
    assert_eq!(merged("srv_a", &overrides), want);
}

go_test!(
    2519,
    "opts_test",
    "TestRouteFlagOverrideWithMultiple",
    routes_override
);
fn routes_override() {
    let _folder = Folder::enter();
    let flag = "nats-route://ruser:top_secret@127.0.0.1:8246, \
                nats-route://ruser:top_secret@127.0.0.1:8266";
    let routes = routes_from_str(flag).unwrap();
    assert_eq!(routes.len(), 2);
    let overrides = Overrides {
        routes: Some(flag.into()),
        ..Overrides::default()
    };
    let want = Options {
        routes,
        routes_str: flag.into(),
        ..server_a()
    };
    assert_eq!(merged("srv_a", &overrides), want);
}

fn parse(args: &[&str]) -> Result<Invocation, String> {
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    flags::parse(&args).map_err(|error| error.to_string())
}

fn options(args: &[&str]) -> Options {
    match parse(args) {
        Ok(Invocation::Run(options)) => *options,
        other => panic!("{args:?}: {other:?}"),
    }
}

fn fails(args: &[&str], want: &str) {
    match parse(args) {
        Err(error) => assert!(error.contains(want), "{args:?}: {error}"),
        Ok(other) => panic!("{args:?}: {other:?}"),
    }
}

go_test!(2548, "opts_test", "TestConfigureOptions", configure_options);
fn configure_options() {
    let _folder = Folder::enter();
    for words in ["-v", "version"] {
        assert!(matches!(parse(&[words]), Ok(Invocation::Version)));
    }
    for words in ["-h", "help"] {
        assert!(matches!(parse(&[words]), Ok(Invocation::Help)));
    }
    assert!(matches!(parse(&["-help_tls"]), Ok(Invocation::TlsHelp)));
    assert!(flags::USAGE.contains("--help_tls"));
    assert!(flags::tls_usage().contains("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"));

    assert_eq!(options(&["-p", "1234"]).port, 1234);
    fails(&["foo"], "command");
    fails(&["-xxx", "foo"], "flag");
    fails(&["-c", "xxx.cfg"], "file");
    fails(&["-sl", "quit=pid=foo"], "signal");
    let Ok(Invocation::Signal { command, target }) = parse(&["-sl", "quit=pid"]) else {
        panic!("a signal is wanted")
    };
    let sent = send_signal(&SystemProcesses, command.parse().unwrap(), &target);
    assert_eq!(sent.unwrap_err().to_string(), "invalid pid: pid");

    let test = path("test");
    assert!(options(&["-c", &test]).trace);
    assert!(!options(&["-c", &test, "-V=false"]).trace);
    let found = options(&["-c", &test, "-DV=false"]);
    assert!(!found.debug && !found.trace);
    let found = options(&["-c", &test, "-DV"]);
    assert!(found.debug && found.trace);
    clusters();
    tls();
}

fn clusters() {
    let route = "nats://127.0.0.1:6223";
    fails(&["-routes", route], "solicited routes");
    let found = options(&["-cluster", "nats://127.0.0.1:6222", "-routes", route]);
    assert_eq!(found.cluster.listen_str, "nats://127.0.0.1:6222");
    assert_eq!(found.routes_str, route);
    assert_eq!(found.routes, [route.parse().unwrap()]);

    let file = path("srv_a");
    let found = options(&["-c", &file, "-routes", ""]);
    assert!(found.routes_str.is_empty() && found.routes.is_empty());
    let found = options(&["-c", &file, "-cluster", "nats://ivan:pwd@127.0.0.1:6222"]);
    let cluster = &found.cluster;
    assert_eq!((&*cluster.username, &*cluster.password), ("ivan", "pwd"));
    assert_eq!(cluster.port, 6222);
    assert_eq!(found.routes, server_a().routes);
    assert_eq!(options(&["-c", &file, "-cluster", ""]).cluster.port, 0);

    for (url, want) in [
        (":", "protocol"),
        ("nats://127.0.0.1", "port"),
        ("nats://127.0.0.1:xxx", "invalid port"),
        ("nats://ivan:127.0.0.1:6222", "colons"),
        ("nats://ivan@127.0.0.1:6222", "password"),
    ] {
        fails(&["-cluster", url, "-routes", ""], want);
    }
}

fn tls() {
    let file = path("tls");
    let cert = ["-tlscert", "./configs/certs/server.pem"];
    let key = ["-tlskey", "./configs/certs/key.pem"];
    assert!(options(&["-c", &file]).tls.is_some());
    assert_eq!(options(&["-c", &file, "-tls=false"]).tls, None);
    // The files have to be named again.
    fails(&["-c", &file, "-tlsverify"], "valid");
    let found = options(&["-c", &file, "-tlsverify", cert[0], cert[1], key[0], key[1]]);
    assert!(found.tls.unwrap().verify);
    fails(&["-tls"], "valid");
    fails(&["-tls", cert[0], cert[1]], "valid");
    let missing = "./configs/certs/notfound.pem";
    fails(&["-tls", cert[0], cert[1], "-tlskey", missing], "file");
    let found = options(&["-tls", cert[0], cert[1], key[0], key[1]])
        .tls
        .unwrap();
    assert!(found.cipher_suites.is_empty(), "the defaults");
    server_config(&found).unwrap();
}
