//! Go: `server/opts_test.go`: configuration files as a whole, defaults, TLS.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use conformance::accounts::configured;
use conformance::go_test;
use conformance::server::RunningServer;
use nats_server::config::options::{
    DEFAULT_LEAF_NODE_RECONNECT, TlsOptions, TlsVersion, WriteTimeoutPolicy,
};
use nats_server::config::{LoadError, TlsFiles, no_error_on_unknown_fields};
use nats_server::protocol::constants;
use nats_server::{Options, Server};

use super::opts_support::{Folder, load, path};

/// The digest that the Go server gives `test.conf`.
const TEST_DIGEST: &str = "sha256:a1104db0c8e838096a4f0509ec4d1e7c2c26ff60261ecb8f6a12dde1317872c3";

/// What `test.conf` says.
pub(super) fn golden() -> Options {
    let metadata = [("key1", "value1"), ("key2", "value2")];
    Options {
        config_file: Some(path("test").into()),
        server_name: "testing_server".into(),
        host: "127.0.0.1".into(),
        port: 4242,
        username: "derek".into(),
        password: "porkchop".into(),
        auth_timeout: Duration::from_secs(1),
        debug: false,
        trace: true,
        logtime: false,
        http_port: 8222,
        http_base_path: "/nats".into(),
        pid_file: "/tmp/nats-server/nats-server.pid".into(),
        prof_port: 6543,
        syslog: true,
        remote_syslog: "udp://foo.com:33".into(),
        max_control_line: 2048,
        max_payload: 65_536,
        max_connections: 100,
        max_subscriptions: 1000,
        max_pending: 10_000_000,
        ping_interval: Duration::from_secs(60),
        ping_max: 3,
        write_deadline: Duration::from_secs(3),
        lame_duck_duration: Duration::from_secs(240),
        connect_error_reports: 86_400,
        reconnect_error_reports: 5,
        metadata: BTreeMap::from(metadata.map(|(key, value)| (key.to_owned(), value.to_owned()))),
        config_digest: TEST_DIGEST.into(),
        auth_block_defined: true,
        ..Options::default()
    }
}

/// What a file says, without the notes on what this server does not act on.
pub(super) fn plain(mut options: Options) -> Options {
    options.not_acted_on.clear();
    options
}

/// A server with loaded options.
fn running(options: Options) -> RunningServer {
    RunningServer::with(|own| {
        *own = Options {
            no_sigs: true,
            ..options
        }
    })
}

go_test!(2512, "opts_test", "TestDefaultOptions", default_options);
fn default_options() {
    let mut options = Options::default();
    options.set_baseline();
    assert_eq!((options.host.as_str(), options.port), ("0.0.0.0", 4222));
    assert_eq!(options.max_connections, 64 * 1024);
    assert_eq!(options.http_host, "0.0.0.0");
    assert_eq!(options.ping_interval, Duration::from_secs(120));
    assert_eq!(options.ping_max, 2);
    assert_eq!(options.auth_timeout, Duration::from_secs(2));
    assert_eq!(options.max_control_line, 4096);
    assert_eq!(options.max_payload, 1024 * 1024);
    assert_eq!(options.max_pending, 64 * 1024 * 1024);
    assert_eq!(options.write_deadline, Duration::from_secs(10));
    assert_eq!(options.write_timeout, WriteTimeoutPolicy::Default);
    assert_eq!(options.max_closed_clients, 10_000);
    assert_eq!(options.lame_duck_duration, Duration::from_secs(120));
    assert_eq!(options.lame_duck_grace_period, Duration::from_secs(10));
    assert_eq!(options.leafnode.reconnect_interval, Duration::from_secs(1));
    assert_eq!(options.connect_error_reports, 3600);
    assert_eq!(options.reconnect_error_reports, 1);
    assert_eq!(options.max_traced_msg_len, 0);
    assert_eq!((options.js.max_memory, options.js.max_store), (-1, -1));
    assert_eq!(options.js.sync_interval, Duration::from_secs(120));
    assert_eq!(options.js.request_queue_limit, 10_000);
    // Nothing else is set.
    let mut rest = Options {
        http_host: "0.0.0.0".into(),
        auth_timeout: constants::AUTH_TIMEOUT,
        ..Options::default()
    };
    rest.leafnode.reconnect_interval = DEFAULT_LEAF_NODE_RECONNECT;
    assert_eq!(options, rest);
}

go_test!(2513, "opts_test", "TestOptions_RandomPort", random_port);
fn random_port() {
    let mut options = Options {
        port: -1,
        ..Options::default()
    };
    options.set_baseline();
    assert_eq!(options.port, -1, "it is not the default port");
    let (one, other) = (RunningServer::start(), RunningServer::start());
    let ports = [one.address().port(), other.address().port()];
    assert!(ports[0] != ports[1] && !ports.contains(&4222), "{ports:?}");
}

go_test!(2514, "opts_test", "TestConfigFile", config_file);
fn config_file() {
    let _folder = Folder::enter();
    let options = load("test").unwrap();
    assert!(options.warnings.is_empty());
    assert_eq!(plain(options), golden());
}

go_test!(2515, "opts_test", "TestTLSConfigFile", tls_config_file);
fn tls_config_file() {
    let folder = Folder::enter();
    let mut options = load("tls").unwrap();
    let tls = options.tls.take().unwrap();
    let rest = Options {
        config_file: Some(path("tls").into()),
        host: "127.0.0.1".into(),
        port: 4443,
        username: "derek".into(),
        password: "foo".into(),
        auth_timeout: Duration::from_secs(1),
        auth_block_defined: true,
        config_digest: "sha256:cec986d37d7c09c86916d1ba4990cea1b8dadd49c86f9f782b455b47d07c2ac8"
            .into(),
        ..Options::default()
    };
    assert_eq!(plain(options), rest);
    // Without lists of its own a listener has the defaults.
    assert_eq!(tls.timeout, Duration::from_secs(2));
    assert!(tls.cipher_suites.is_empty() && tls.curve_preferences.is_empty());
    assert_eq!(
        tls.min_version.unwrap_or(TlsVersion::Tls12),
        TlsVersion::Tls12
    );
    let files = TlsFiles::load(&tls).unwrap();
    assert_eq!(files.certificates.len(), 1);
    let pem = std::fs::read_to_string("configs/certs/server.pem").unwrap();
    let shown = data_encoding::BASE64.encode(&files.certificates[0].cert[0]);
    let read: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    assert_eq!(shown, read, "the certificate is that of the file");

    cipher_suites(&folder);
    curve_preferences(&folder);
}

/// Loads a configuration of TLS with some more lines in its block.
fn with_tls(folder: &Folder, lines: &str) -> Result<TlsOptions, String> {
    let text = format!(
        "port 4443\ntls = {{\n{lines}\nkey_file './configs/certs/key.pem'\n\
         cert_file './configs/certs/server.pem'\n}}"
    );
    let loaded = folder.load(&text).map_err(|error| error.to_string());
    loaded.map(|options| options.tls.unwrap())
}

/// Suites that are taken only when a configuration allows insecure ones.
const INSECURE: [&str; 7] = [
    "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_RSA_WITH_RC4_128_SHA",
];

fn cipher_suites(folder: &Folder) {
    for suite in INSECURE {
        let list = format!("cipher_suites = [{suite}]");
        let error = with_tls(folder, &list).unwrap_err();
        assert!(error.contains("insecure"), "{suite}: {error}");
        let allowed = format!("{list}\nallow_insecure_cipher_suites = yes");
        assert_eq!(with_tls(folder, &allowed).unwrap().cipher_suites, [suite]);
    }
    // The order of the file is kept.
    let suites = [
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    ];
    let tls = with_tls(folder, &format!("cipher_suites = {suites:?}")).unwrap();
    assert_eq!(tls.cipher_suites, suites);
    assert!(tls.curve_preferences.is_empty(), "the defaults");
    let bad = format!("cipher_suites = [{}, NO_SUCH_SUITE]", suites[0]);
    let error = with_tls(folder, &bad).unwrap_err();
    assert!(
        error.contains("unrecognized cipher NO_SUCH_SUITE"),
        "{error}"
    );
    let error = with_tls(folder, "cipher_suites = []").unwrap_err();
    assert!(error.contains("'cipher_suites' cannot be empty"), "{error}");
}

fn curve_preferences(folder: &Folder) {
    let tls = with_tls(folder, "curve_preferences = [CurveP256]").unwrap();
    assert_eq!(tls.curve_preferences, ["CurveP256"]);
    for (list, want) in [
        ("[NoCurve]", "unrecognized curve preference NoCurve"),
        ("[]", "'curve_preferences' cannot be empty"),
    ] {
        let error = with_tls(folder, &format!("curve_preferences = {list}")).unwrap_err();
        assert!(error.contains(want), "{list}: {error}");
    }
}

go_test!(
    2529,
    "opts_test",
    "TestTlsPinnedCertificates",
    pinned_certificates
);
fn pinned_certificates() {
    let folder = Folder::enter();
    let tls = r#"tls {
        cert_file: "./configs/certs/server.pem"
        key_file: "./configs/certs/key.pem"
        verify: true
        pinned_certs: ["7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069",
            "a8f407340dcc719864214b85ed96f98d16cbffa8f509d9fa4ca237b7bb3f9c32"]
    }"#;
    let options = folder
        .load(&format!(
            "{tls}\ncluster {{\nport -1\nname cluster-hub\n{tls}\n}}\n\
             leafnodes {{\nport -1\n{tls}\n}}\ngateway {{\nname: \"A\"\nport -1\n{tls}\n}}\n\
             websocket {{\nport -1\n{tls}\n}}\nmqtt {{\nport -1\n{tls}\n}}\n"
        ))
        .unwrap();
    for (who, tls) in [
        ("clients", options.tls),
        ("leafnodes", options.leafnode.tls),
        ("cluster", options.cluster.tls),
        ("mqtt", options.mqtt.tls),
        ("gateway", options.gateway.tls),
        ("websocket", options.websocket.tls),
    ] {
        assert_eq!(tls.unwrap().pinned_certs.len(), 2, "{who}");
    }
}

go_test!(2537, "opts_test", "TestOptionsClone", options_clone);
fn options_clone() {
    let mut options = Options {
        routes: vec!["nats://a:1".parse().unwrap()],
        ..golden()
    };
    options.cluster.no_advertise = true;
    options.gateway.name = "A".into();
    options.gateway.gateways = vec![nats_server::config::options::RemoteGatewayOptions {
        name: "B".into(),
        urls: vec!["nats://host:5222".parse().unwrap()],
        ..Default::default()
    }];
    options.users = vec![nats_server::config::options::User {
        username: "foo".into(),
        password: "bar".into(),
        ..Default::default()
    }];
    let mut clone = options.clone();
    assert_eq!(clone, options);
    clone.users[0].password = "baz".into();
    assert_ne!(clone, options);
    options.gateway.gateways[0].urls.clear();
    assert_eq!(clone.gateway.gateways[0].urls[0].host(), "host:5222");
}

go_test!(
    2538,
    "opts_test",
    "TestOptionsCloneNilLists",
    clone_of_no_lists
);
fn clone_of_no_lists() {
    let options = Options::default();
    let clone = options.clone();
    assert!(clone.routes.is_empty() && clone.users.is_empty());
    assert_eq!(clone, options);
}

go_test!(2540, "opts_test", "TestEmptyConfig", empty_config);
fn empty_config() {
    let options = Options::from_file(Path::new("")).unwrap();
    assert_eq!(options.config_file, None);
    assert_eq!(options, Options::default());
}

go_test!(
    2541,
    "opts_test",
    "TestMalformedListenAddress",
    malformed_listen
);
fn malformed_listen() {
    let folder = Folder::enter();
    let error = folder
        .load(r#"listen = "127.0.0.1:foo""#)
        .unwrap_err()
        .to_string();
    assert!(error.contains("could not parse port \"foo\""), "{error}");
}

go_test!(
    2542,
    "opts_test",
    "TestMalformedClusterAddress",
    malformed_cluster
);
fn malformed_cluster() {
    let folder = Folder::enter();
    let error = folder
        .load("cluster = { listen = '127.0.0.1:foo' }")
        .unwrap_err()
        .to_string();
    assert!(error.contains("could not parse port \"foo\""), "{error}");
}

go_test!(2543, "opts_test", "TestPanic", no_panic_for_a_wrong_type);
fn no_panic_for_a_wrong_type() {
    let folder = Folder::enter();
    let error = folder
        .load(r#"port: "this_string_trips_a_panic""#)
        .unwrap_err();
    let error = error.to_string();
    assert!(error.contains(":1:0: interface conversion:"), "{error}");
}

go_test!(
    2544,
    "opts_test",
    "TestMaxClosedClients",
    max_closed_clients
);
fn max_closed_clients() {
    let folder = Folder::enter();
    let options = folder.load("max_closed_clients: 5").unwrap();
    assert_eq!(options.max_closed_clients, 5);
}

go_test!(2536, "opts_test", "TestParseWriteDeadline", write_deadline);
fn write_deadline() {
    let folder = Folder::enter();
    let error = folder
        .load(r#"write_deadline: "1x""#)
        .unwrap_err()
        .to_string();
    assert!(error.contains("parsing"), "{error}");
    let options = folder.load(r#"write_deadline: "1s""#).unwrap();
    assert_eq!(options.write_deadline, Duration::from_secs(1));
    let options = folder.load("write_deadline: 2").unwrap();
    assert_eq!(options.write_deadline, Duration::from_secs(2));
    assert_eq!(options.warnings.len(), 1);
}

go_test!(2545, "opts_test", "TestPingIntervalOld", ping_interval_old);
fn ping_interval_old() {
    let folder = Folder::enter();
    let options = folder.load("ping_interval: 5").unwrap();
    assert_eq!(options.warnings.len(), 1);
    let warning = options.warnings[0].to_string();
    assert!(
        warning.contains("should be converted to a duration"),
        "{warning}"
    );
    assert_eq!(options.ping_interval, Duration::from_secs(5));
}

go_test!(2546, "opts_test", "TestPingIntervalNew", ping_interval_new);
fn ping_interval_new() {
    let folder = Folder::enter();
    let options = folder.load(r#"ping_interval: "5m""#).unwrap();
    assert!(options.warnings.is_empty());
    assert_eq!(options.ping_interval, Duration::from_secs(300));
}

go_test!(
    2547,
    "opts_test",
    "TestOptionsProcessConfigFile",
    over_own_options
);
fn over_own_options() {
    let _folder = Folder::enter();
    let mut options = Options {
        debug: true,
        trace: false,
        log_file: "test.log".into(),
        ..Options::default()
    };
    options.load(Path::new(&path("test"))).unwrap();
    assert_eq!(options.config_file, Some(path("test").into()));
    assert!(!options.debug && options.trace);
    assert_eq!(options.log_file, "test.log");
}

go_test!(
    2557,
    "opts_test",
    "TestLargeMaxControlLine",
    large_control_line
);
fn large_control_line() {
    let folder = Folder::enter();
    let error = folder.load("max_control_line = 3000000000").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("max_control_line value is too big")
    );
}

go_test!(2558, "opts_test", "TestLargeMaxPayload", large_payload);
fn large_payload() {
    let folder = Folder::enter();
    let error = folder.load("max_payload = 3000000000").unwrap_err();
    assert!(error.to_string().contains("max_payload value is too big"));
    let options = folder
        .load("max_payload = 100000\nmax_pending = 50000")
        .unwrap();
    let error = Server::new(options).unwrap_err().to_string();
    assert!(error.contains("cannot be higher"), "{error}");
}

go_test!(
    2559,
    "opts_test",
    "TestHandleUnknownTopLevelConfigurationField",
    unknown_top_level_field
);
fn unknown_top_level_field() {
    let folder = Folder::enter();
    let text = "port: 1234\nstreaming {\nid: \"me\"\n}";
    let error = folder.load(text).unwrap_err().to_string();
    assert!(error.contains("unknown field \"streaming\""), "{error}");
    no_error_on_unknown_fields(true);
    assert_eq!(folder.load(text).unwrap().port, 1234);
    let error = folder
        .load("port: 1234\ncluster {\nnon_top_level_unknown_field: 123\n}\nstreaming {\n}")
        .unwrap_err()
        .to_string();
    no_error_on_unknown_fields(false);
    assert!(error.contains("non_top_level"), "{error}");
    assert!(!error.contains("streaming"), "{error}");
}

go_test!(
    2560,
    "opts_test",
    "TestSublistNoCacheConfig",
    no_sublist_cache
);
fn no_sublist_cache() {
    let folder = Folder::enter();
    let options = folder.load("disable_sublist_cache: true").unwrap();
    assert!(options.no_sublist_cache);
}

go_test!(
    2561,
    "opts_test",
    "TestSublistNoCacheConfigOnAccounts",
    no_sublist_cache_on_accounts
);
fn no_sublist_cache_on_accounts() {
    for (setting, cached) in [("", true), ("disable_sublist_cache: true", false)] {
        let server = configured(&format!(
            r#"listen: "127.0.0.1:-1"
               {setting}
               accounts {{
                 synadia {{
                   users [ {{nkey : UBAAQWTW6CG2G6ANGNKB5U2B7HRWHSGMZEZX3AQSAJOQDAUGJD46LD2E}} ]
                 }}
                 nats.io {{
                   users [ {{nkey : UC6NLCN7AS34YOJVCYD4PJ3QB7QGLYG5B5IMBT25VW5K4TNUJODM7BOX}} ]
                 }}
               }}
               no_sys_acc = true"#
        ));
        server.server().register_account("late").unwrap();
        let accounts = server.server().context().accounts().all();
        let names: Vec<&str> = accounts.iter().map(|account| account.name()).collect();
        assert_eq!(names, ["$G", "late", "nats.io", "synadia"]);
        for account in &accounts {
            assert_eq!(account.subscriptions().cache_enabled(), cached);
        }
    }
}

go_test!(
    2571,
    "opts_test",
    "TestClusterNameAndGatewayNameConflict",
    names_conflict
);
fn names_conflict() {
    let folder = Folder::enter();
    let mut options = folder
        .load(
            "listen: 127.0.0.1:-1\ncluster {\nname: A\nlisten: 127.0.0.1:-1\n}\n\
             gateway {\nname: B\nlisten: 127.0.0.1:-1\n}",
        )
        .unwrap();
    assert_eq!(
        options.validate().unwrap_err(),
        "cluster name conflicts between cluster and gateway definitions"
    );
}

go_test!(
    2572,
    "opts_test",
    "TestDefaultAuthTimeout",
    default_auth_timeout
);
fn default_auth_timeout() {
    let _folder = Folder::enter();
    let server = RunningServer::with(|options| options.auth_timeout = Duration::ZERO);
    assert_eq!(
        server.server().options().auth_timeout,
        constants::AUTH_TIMEOUT
    );
    let server = RunningServer::with(|options| {
        options.tls = Some(TlsOptions {
            cert_file: "configs/certs/server.pem".into(),
            key_file: "configs/certs/key.pem".into(),
            timeout: Duration::from_secs(4),
            ..Default::default()
        });
    });
    assert_eq!(
        server.server().options().auth_timeout,
        Duration::from_secs(5)
    );
}

go_test!(2575, "opts_test", "TestMaxSubTokens", max_sub_tokens);
fn max_sub_tokens() {
    let folder = Folder::enter();
    let options = folder
        .load("listen: 127.0.0.1:-1\nmax_sub_tokens: 4")
        .unwrap();
    let server = running(options);
    let mut client = conformance::raw::RawClient::connected(server.address(), "{}");
    client.send("SUB a.b.c.d.e 1\r\n");
    let answer = client.flush().join("\n");
    assert!(answer.contains("too many tokens"), "{answer}");
}

go_test!(2579, "opts_test", "TestDefaultSentinel", default_sentinel);
fn default_sentinel() {
    let folder = Folder::enter();
    let mut options = folder.load("default_sentinel: \"hello\"").unwrap();
    assert_eq!(options.operator.default_sentinel, "hello");
    assert_eq!(
        options.validate().unwrap_err(),
        "default sentinel requires operators and accounts"
    );
}

go_test!(
    2584,
    "opts_test",
    "TestNewServerFromConfigFunctionality",
    server_from_config
);
fn server_from_config() {
    let folder = Folder::enter();
    let from_config = |text: &str| {
        Server::from_config(Options {
            config_file: Some(folder.write(text)),
            ..Options::default()
        })
    };
    let error = from_config("max_payload = 3000000000")
        .unwrap_err()
        .to_string();
    assert!(error.contains("max_payload value is too big"), "{error}");
    let error = from_config("max_payload = 100000\nmax_pending = 50000");
    let error = error.unwrap_err().to_string();
    assert!(error.contains("cannot be higher"), "{error}");
}

go_test!(
    2585,
    "opts_test",
    "TestNewServerFromConfigVsLoadConfig",
    server_from_config_or_options
);
fn server_from_config_or_options() {
    let folder = Folder::enter();
    let text = "port = 4224\nmax_payload = 4194304\nmax_connections = 200\nping_interval = \"30s\"";
    let path = folder.write(text);
    let one = Server::new(Options::from_file(&path).unwrap()).unwrap();
    let other = Server::from_config(Options {
        config_file: Some(path),
        ..Options::default()
    })
    .unwrap();
    assert_eq!(
        (one.options().port, one.options().max_connections),
        (4224, 200)
    );
    let nameless = |server: &Server| Options {
        server_name: String::new(),
        ..(*server.options()).clone()
    };
    assert_eq!(nameless(&one), nameless(&other));
}

go_test!(
    2586,
    "opts_test",
    "TestWriteDeadlineConfigParsing",
    write_deadlines_of_blocks
);
fn write_deadlines_of_blocks() {
    let mut options = Options::default();
    options
        .load_text(
            "leafnodes {\nwrite_deadline: 5s\n}\ngateway {\nwrite_deadline: 6s\n}\n\
             cluster {\nwrite_deadline: 7s\n}\nwrite_deadline: 8s",
        )
        .unwrap();
    let found = [
        options.leafnode.write_deadline,
        options.gateway.write_deadline,
        options.cluster.write_deadline,
        options.write_deadline,
    ];
    assert_eq!(found, [5, 6, 7, 8].map(Duration::from_secs));
}

go_test!(
    2587,
    "opts_test",
    "TestWriteTimeoutConfigParsing",
    write_timeouts_of_blocks
);
fn write_timeouts_of_blocks() {
    for (text, policy) in [
        ("default", WriteTimeoutPolicy::Default),
        ("retry", WriteTimeoutPolicy::Retry),
        ("close", WriteTimeoutPolicy::Close),
    ] {
        for block in ["leafnodes", "gateway", "cluster", ""] {
            // Another policy stands there before, so that nothing passes by default.
            let other = match policy {
                WriteTimeoutPolicy::Default => WriteTimeoutPolicy::Retry,
                _ => WriteTimeoutPolicy::Default,
            };
            let mut options = Options {
                write_timeout: other,
                ..Options::default()
            };
            options.leafnode.write_timeout = other;
            options.gateway.write_timeout = other;
            options.cluster.write_timeout = other;
            let line = format!("write_timeout: {text}");
            let text = match block {
                "" => line,
                _ => format!("{block} {{\n{line}\n}}"),
            };
            options.load_text(&text).unwrap();
            let found = match block {
                "leafnodes" => options.leafnode.write_timeout,
                "gateway" => options.gateway.write_timeout,
                "cluster" => options.cluster.write_timeout,
                _ => options.write_timeout,
            };
            assert_eq!(found, policy, "{text}");
        }
    }
}

go_test!(
    2580,
    "opts_test",
    "TestAuthorizationTimeoutConfigParsing",
    authorization_timeouts
);
fn authorization_timeouts() {
    for (line, parsed, running_seconds) in [
        ("", 0.0, 2.0),
        ("timeout: 0", 0.0, 2.0),
        ("timeout: 1", 1.0, 1.0),
        ("timeout: 10s", 10.0, 10.0),
        ("timeout: 1m", 1_000_000.0, 1_000_000.0),
        ("timeout: \"1m\"", 60.0, 60.0),
        ("timeout: \"10m5s30ms\"", 605.03, 605.03),
        ("timeout: 0.091", 0.091, 0.091),
    ] {
        let mut options = Options::default();
        let text = format!("listen: 127.0.0.1:-1\nauthorization {{\n{line}\n}}");
        options.load_text(&text).unwrap();
        assert_eq!(options.auth_timeout.as_secs_f64(), parsed, "{line}");
        assert_eq!(options.warnings.len(), usize::from(parsed > 60.0), "{line}");
        let server = running(options);
        let found = server.server().options().auth_timeout.as_secs_f64();
        assert_eq!(found, running_seconds, "{line}");
    }
    for (line, want) in [
        (
            "timeout: random_garbage",
            "invalid duration \"random_garbage\"",
        ),
        ("timeout: .091", "Floats must start with a digit"),
    ] {
        let error = text_error(&format!("authorization {{\n{line}\n}}"));
        assert!(error.contains(want), "{error}");
    }
}

go_test!(
    2581,
    "opts_test",
    "TestLeafnodeAuthorizationTimeoutConfigParsing",
    leafnode_authorization_timeouts
);
fn leafnode_authorization_timeouts() {
    for (line, parsed) in [
        ("", 0.0),
        ("timeout: 0", 0.0),
        ("timeout: 1", 1.0),
        ("timeout: 10s", 10.0),
        ("timeout: 1m", 1_000_000.0),
        ("timeout: \"1m\"", 60.0),
        ("timeout: \"10m5s30ms\"", 605.03),
        ("timeout: 0.091", 0.091),
    ] {
        let mut options = Options::default();
        let text = format!("leafnodes {{\nauthorization {{\n{line}\n}}\n}}");
        options.load_text(&text).unwrap();
        assert_eq!(
            options.leafnode.auth_timeout.as_secs_f64(),
            parsed,
            "{line}"
        );
    }
    for (line, want) in [
        (
            "timeout: random_garbage",
            "invalid duration \"random_garbage\"",
        ),
        ("timeout: .091", "Floats must start with a digit"),
    ] {
        let error = text_error(&format!("leafnodes {{\nauthorization {{\n{line}\n}}\n}}"));
        assert!(error.contains(want), "{error}");
    }
}

/// What is wrong with a configuration that is in no file.
pub(super) fn text_error(text: &str) -> String {
    let error: LoadError = Options::default().load_text(text).unwrap_err();
    error.to_string()
}

go_test!(
    2588,
    "opts_test",
    "TestWebsocketPingIntervalConfig",
    websocket_ping_interval
);
fn websocket_ping_interval() {
    let folder = Folder::enter();
    for (line, seconds) in [
        ("ping_interval: \"30s\"", 30),
        ("ping_interval: 45", 45),
        ("ping_interval: \"2m\"", 120),
        ("", 0),
    ] {
        let text = format!("websocket {{\nport: 8080\n{line}\n}}");
        let options = folder.load(&text).unwrap();
        let found = options.websocket.ping_interval;
        assert_eq!(found, Duration::from_secs(seconds), "{line}");
    }
}
