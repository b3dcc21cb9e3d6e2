//! Go: `server/server_test.go`: ports, addresses, names, TLS names.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use conformance::go_test;
use conformance::raw::RawClient;
use conformance::server::{CapturedLog, RunningServer, local_options};
use nats_server::conn::tls::version_name;
use nats_server::logging::{Level, LogSink};
use nats_server::platform::interfaces::is_global_unicast;
use nats_server::server::ServerError;
use nats_server::{Options, Server};
use rustls::ProtocolVersion;

/// A server that is not started.
fn unstarted(change: impl FnOnce(&mut Options)) -> Server {
    let mut options = local_options();
    options.port = 4222;
    change(&mut options);
    Server::new(options).expect("the options can be used")
}

go_test!(2870, "server_test", "TestTLSVersions", tls_versions);
fn tls_versions() {
    for (number, want) in [
        (0x0301, "1.0"),
        (0x0302, "1.1"),
        (0x0303, "1.2"),
        (0x0304, "1.3"),
        (0x0999, "Unknown [0x999]"),
    ] {
        assert_eq!(version_name(ProtocolVersion::from(number)), want);
    }
}

go_test!(2873, "server_test", "TestGetConnectURLs", connect_urls);
fn connect_urls() {
    let urls = |host: &str| -> Vec<SocketAddr> {
        let server = unstarted(|options| options.host = host.to_owned());
        let urls = server.connect_urls().unwrap();
        urls.iter().map(|url| url.parse().unwrap()).collect()
    };
    let mut single: Vec<IpAddr> = vec!["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()];
    for host in ["0.0.0.0", "::"] {
        let found = urls(host);
        assert!(!found.is_empty(), "no URLs for {host}");
        for url in &found {
            assert!(is_global_unicast(url.ip()), "{url} for {host}");
            assert_eq!(url.port(), 4222);
        }
        single.push(found[0].ip());
    }
    for ip in single {
        assert_eq!(urls(&ip.to_string()), [SocketAddr::new(ip, 4222)]);
    }
    // The log names each address that was found, and complains of none.
    let server = unstarted(|options| options.host = "0.0.0.0".to_owned());
    let log = Arc::new(CapturedLog::default());
    server.set_logger(Some(Arc::clone(&log) as Arc<dyn LogSink>), true, false);
    for url in server.connect_urls().unwrap() {
        let ip = url.parse::<SocketAddr>().unwrap().ip();
        assert!(log.contains(Level::Debug, &format!("ip={ip}")), "{ip}");
    }
    assert!(log.lines().iter().all(|(level, _)| *level == Level::Debug));
}

go_test!(
    2874,
    "server_test",
    "TestInfoServerNameDefaultsToPK",
    name_is_the_key
);
fn name_is_the_key() {
    let server = unstarted(|options| options.client_advertise = "nats.example.com".to_owned());
    let info = server.context().info();
    assert_eq!(info.server_name, info.server_id);
    assert_eq!(server.name(), server.id());
}

go_test!(
    2875,
    "server_test",
    "TestInfoServerNameIsSettable",
    name_can_be_set
);
fn name_can_be_set() {
    let server = unstarted(|options| {
        options.client_advertise = "nats.example.com".to_owned();
        options.server_name = "test_server_name".to_owned();
    });
    assert_eq!(server.context().info().server_name, "test_server_name");
    assert_eq!(server.name(), "test_server_name");
}

go_test!(
    2876,
    "server_test",
    "TestClientAdvertiseConnectURL",
    advertised_url
);
fn advertised_url() {
    let advertised = |port, advertise: &str| {
        unstarted(|options| {
            options.port = port;
            options.client_advertise = advertise.to_owned();
        })
    };
    let server = advertised(4222, "nats.example.com");
    assert_eq!(server.connect_urls().unwrap(), ["nats.example.com:4222"]);
    for port in [4222, 0] {
        let server = advertised(port, "nats.example.com:7777");
        assert_eq!(server.connect_urls().unwrap(), ["nats.example.com:7777"]);
        let info = server.context().info();
        assert_eq!((&*info.host, info.port), ("nats.example.com", 7777));
    }
    // Clients of a running server are told the same.
    let server = RunningServer::with(|options| options.client_advertise = "n.example:77".into());
    let info = RawClient::connect(server.address()).info();
    assert_eq!(
        (&info["host"], &info["port"]),
        (&"n.example".into(), &77.into())
    );
}

go_test!(
    2878,
    "server_test",
    "TestClientAdvertiseErrorOnStartup",
    bad_advertise
);
fn bad_advertise() {
    let server = unstarted(|options| {
        options.port = -1;
        options.client_advertise = "addr:::123".to_owned();
    });
    let error = server.start().unwrap_err();
    assert!(matches!(error, ServerError::Advertise { .. }));
    assert!(error.to_string().contains("ClientAdvertise"), "{error}");
    server.shutdown();
}

go_test!(2883, "server_test", "TestRandomPorts", random_ports);
fn random_ports() {
    let server = RunningServer::with(|options| options.http_port = -1);
    let port = server.server().client_address().unwrap().port();
    assert!(port != 0 && port != 4222);
    assert_ne!(server.server().monitor_address().unwrap().port(), 0);
}

go_test!(
    2884,
    "server_test",
    "TestNilMonitoringPort",
    no_monitoring_port
);
fn no_monitoring_port() {
    let server = RunningServer::with(|options| {
        options.http_port = 0;
        options.https_port = 0;
    });
    assert_eq!(server.server().monitor_address(), None);
}

go_test!(2905, "server_test", "TestServerClientURL", client_url);
fn client_url() {
    for (host, want) in [
        ("host.com", "nats://host.com:12345"),
        ("1.2.3.4", "nats://1.2.3.4:12345"),
        ("2000::1", "nats://[2000::1]:12345"),
    ] {
        let server = unstarted(|options| {
            options.host = host.to_owned();
            options.port = 12345;
        });
        assert_eq!(server.client_url(), want);
    }
}
