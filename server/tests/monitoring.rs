//! Monitoring over real sockets: what the Go tests leave open.

#![expect(
    clippy::unwrap_used,
    reason = "a test reports a broken expectation by panicking"
)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nats_server::collections::IpQueue;
use nats_server::collections::ip_queue::IpQueueOptions;
use nats_server::config::options::{
    AccountOptions, LatencyOptions, MappingDestination, ServiceExportOptions, ServiceImportOptions,
    SubjectMappingOptions, TlsOptions,
};
use nats_server::{Options, Server};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::ServerName;
use serde_json::{Value, json};

struct Running(Server);

impl Running {
    fn with(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options {
            host: "127.0.0.1".to_owned(),
            port: -1,
            http_port: -1,
            no_log: true,
            no_sigs: true,
            ..Options::default()
        };
        change(&mut options);
        let server = Server::new(options).unwrap();
        server.start().unwrap();
        assert!(server.ready_for_connections(Duration::from_secs(10)));
        Self(server)
    }

    fn monitor(&self) -> SocketAddr {
        self.0.monitor_address().unwrap()
    }

    fn get(&self, path: &str) -> (String, String) {
        self.get_accepting(path, "*/*")
    }

    /// Head and body of an answer.
    fn get_accepting(&self, path: &str, accept: &str) -> (String, String) {
        exchange(TcpStream::connect(self.monitor()).unwrap(), path, accept)
    }

    fn json(&self, path: &str) -> Value {
        let (head, body) = self.get(path);
        assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
        serde_json::from_str(&body).unwrap()
    }

    /// A client that has sent `text` and been answered.
    fn client(&self, text: &str) -> TcpStream {
        let mut client = TcpStream::connect(self.0.client_address().unwrap()).unwrap();
        client
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let text = format!("CONNECT {{\"verbose\":false,\"headers\":true}}\r\n{text}PING\r\n");
        client.write_all(text.as_bytes()).unwrap();
        let mut read = Vec::new();
        while !read.ends_with(b"PONG\r\n") {
            let mut chunk = [0; 4096];
            let count = client.read(&mut chunk).unwrap();
            assert!(count > 0, "the connection is open");
            read.extend_from_slice(&chunk[..count]);
        }
        client
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.shutdown();
        self.0.wait_for_shutdown();
    }
}

fn exchange(mut stream: impl Read + Write, path: &str, accept: &str) -> (String, String) {
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

#[test]
fn varz_has_the_keys_of_the_go_server_in_its_order() {
    let server = Running::with(|_| {});
    let (_, body) = server.get("/varz");
    let keys: Vec<&str> = body
        .lines()
        .filter_map(|line| line.strip_prefix("  \"")?.split('"').next())
        .collect();
    let expected = "server_id server_name version proto go host port max_connections \
        ping_interval ping_max http_host http_port http_base_path https_port auth_timeout \
        max_control_line max_payload max_pending cluster gateway leaf mqtt websocket jetstream \
        tls_timeout write_deadline start now uptime mem cores gomaxprocs cpu connections \
        total_connections routes remotes leafnodes in_msgs out_msgs in_bytes out_bytes \
        slow_consumers stale_connections stalled_clients subscriptions http_req_stats \
        config_load_time config_digest system_account slow_consumer_stats stale_connection_stats";
    assert_eq!(keys, expected.split_ascii_whitespace().collect::<Vec<_>>());
    let varz = server.json("/varz");
    assert_eq!(varz["http_host"], "127.0.0.1");
    assert_eq!(varz["http_port"], -1);
    assert_eq!(varz["ping_interval"], 120_000_000_000_u64);
    assert_eq!(varz["http_req_stats"], json!({"/varz": 2}));
    assert!(body.contains("\"auth_timeout\": 2,\n"), "whole seconds");
}

#[test]
fn what_is_not_there_is_told_as_the_go_server_does() {
    let server = Running::with(|_| {});
    let routez = server.json("/routez");
    assert_eq!(
        (&routez["num_routes"], &routez["routes"]),
        (&json!(0), &json!([]))
    );
    let gatewayz = server.json("/gatewayz");
    assert_eq!(gatewayz["outbound_gateways"], json!({}));
    assert_eq!(gatewayz["inbound_gateways"], json!({}));
    let leafz = server.json("/leafz");
    assert_eq!(
        (&leafz["leafnodes"], &leafz["leafs"]),
        (&json!(0), &json!([]))
    );
    let jsz = server.json("/jsz");
    assert_eq!(jsz["disabled"], true);
    assert_eq!(jsz["config"], json!({"max_memory": 0, "max_storage": 0}));
    assert_eq!(jsz["api"], json!({"level": 0, "total": 0, "errors": 0}));
    let (head, body) = server.get("/raftz");
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    assert_eq!(body, "No Raft nodes registered");
    let (head, body) = server.get("/jsz?leader-only=1");
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
    assert_eq!(body, "filtered response: not leader");
}

#[test]
fn paths_are_found_cleaned_or_refused() {
    let server = Running::with(|_| {});
    let (head, body) = server.get("/nothing");
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    assert_eq!(body, "404 page not found\n");
    let (head, _) = server.get("/a/..//varz?x=1");
    assert!(head.starts_with("HTTP/1.1 307 "), "{head}");
    assert!(
        head.to_lowercase().contains("location: /varz?x=1"),
        "{head}"
    );
    assert!(server.json("/subscriptionsz")["num_subscriptions"].is_u64());
    let vars = server.json("/debug/vars");
    assert!(vars["cmdline"].is_array());
    assert!(vars["memstats"]["Sys"].as_u64().unwrap() > 0);
}

#[test]
fn queues_are_listed_by_name() {
    let server = Running::with(|_| {});
    let queues = &server.0.context().queues;
    let queue: Arc<IpQueue<u32>> =
        IpQueue::registered(queues, "my queue", IpQueueOptions::default());
    assert_eq!(server.json("/ipqueuesz"), json!({}));
    assert_eq!(
        server.json("/ipqueuesz?all=1"),
        json!({"my queue": {"pending": 0}})
    );
    queue.push(7).unwrap();
    let pending = json!({"my queue": {"pending": 1}});
    assert_eq!(server.json("/ipqueuesz"), pending);
    assert_eq!(server.json("/ipqueuesz?queues=my"), pending);
    assert_eq!(server.json("/ipqueuesz?queues=other"), json!({}));
}

#[test]
fn accounts_tell_their_mappings_and_traffic() {
    let server = Running::with(|options| {
        options.accounts = vec![AccountOptions {
            name: "A".to_owned(),
            mappings: vec![SubjectMappingOptions {
                source: "b.*".to_owned(),
                destinations: vec![MappingDestination {
                    subject: "c.$1".to_owned(),
                    weight: 30,
                    cluster: String::new(),
                }],
            }],
            ..AccountOptions::default()
        }];
    });
    let detail = &server.json("/accountz?acc=A")["account_detail"];
    assert_eq!(
        detail["mappings"],
        json!({"b.*": [
            {"subject": "c.$1", "weight": 30},
            {"subject": "b.$1", "weight": 100},
        ]})
    );
    assert_eq!(detail["complete"], true);
    let (head, body) = server.get("/accountz?acc=zz");
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
    assert_eq!(body, "Account zz does not exist");

    let client = server.client("SUB x 1\r\nPUB x 3\r\nabc\r\n");
    let statz = server.json("/accstatz");
    let stats = statz["account_statz"].as_array().unwrap();
    assert_eq!(stats.len(), 1, "only accounts in use: {stats:?}");
    assert_eq!(stats[0]["acc"], "$G");
    assert_eq!(stats[0]["conns"], 1);
    assert_eq!(stats[0]["num_subscriptions"], 1);
    let none = json!({"msgs": 0, "bytes": 0});
    let moved = json!({"msgs": 1, "bytes": 3, "gateways": none, "routes": none, "leafs": none});
    assert_eq!(stats[0]["sent"], moved);
    assert_eq!(stats[0]["received"], moved);
    drop(client);
}

#[test]
fn connections_can_be_filtered() {
    let server = Running::with(|_| {});
    let _one = server.client("SUB a.b 1\r\n");
    let _two = server.client("SUB c 1\r\n");
    let connz = |options: nats_server::monitor::ConnzOptions| server.0.connz(&options);
    let filtered = |account: &str| {
        connz(nats_server::monitor::ConnzOptions {
            account: account.to_owned(),
            filter_subject: "a.*".to_owned(),
            ..Default::default()
        })
    };
    assert_eq!(
        filtered("").unwrap_err().to_string(),
        "filter by subject only valid with account filtering"
    );
    let found = filtered("$G").unwrap();
    assert_eq!((found.total, found.num_connections), (2, 1));
    assert_eq!(server.json("/connz?acc=$G")["total"], 2);
    assert_eq!(server.json("/connz?acc=$SYS")["total"], 0);
    assert_eq!(server.json("/connz?acc=none")["connections"], json!([]));
    assert_eq!(server.json("/connz?user=nobody")["num_connections"], 0);
    assert_eq!(server.json("/connz?mqtt_client=m")["num_connections"], 0);
}

#[test]
fn health_is_good_where_jetstream_runs() {
    let dir = tempfile::tempdir().unwrap();
    let server = Running::with(|options| {
        options.jetstream = true;
        options.store_dir = dir.path().to_string_lossy().into_owned();
    });
    assert_eq!(server.json("/healthz"), json!({"status": "ok"}));
    assert_eq!(
        server.json("/healthz?js-enabled-only=1"),
        json!({"status": "ok"})
    );
    assert_eq!(
        server.json("/healthz?js-server-only=1"),
        json!({"status": "ok"})
    );
    let (head, body) = server.get("/healthz?stream=s");
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
    assert!(body.contains(r#"\"account\" must not be empty when checking stream health"#));
    let (head, body) = server.get("/healthz?account=a&consumer=c");
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
    assert!(body.contains(r#"\"stream\" must not be empty when checking consumer health"#));
}

#[test]
fn metrics_have_the_names_of_the_exporter() {
    let server = Running::with(|_| {});
    let _client = server.client("SUB x 1\r\nPUB x 3\r\nabc\r\n");
    let id = server.0.id();
    let (head, body) = server.get("/metrics");
    assert!(
        head.to_lowercase()
            .contains("content-type: text/plain; version=0.0.4")
    );
    for line in [
        "# TYPE gnatsd_varz_in_msgs counter".to_owned(),
        format!("gnatsd_varz_in_msgs{{server_id=\"{id}\"}} 1"),
        "# TYPE gnatsd_varz_connections gauge".to_owned(),
        format!("gnatsd_varz_connections{{server_id=\"{id}\"}} 1"),
        format!("gnatsd_connz_subscriptions{{server_id=\"{id}\"}} 1"),
        format!("gnatsd_subsz_num_subscriptions{{server_id=\"{id}\"}} 1"),
        format!("gnatsd_healthz_status{{server_id=\"{id}\"}} 0"),
        format!(
            "gnatsd_accstatz_sent_bytes{{server_id=\"{id}\",account=\"$G\",account_id=\"$G\",account_name=\"$G\"}} 3"
        ),
        format!("gnatsd_varz_server_name{{server_id=\"{id}\",value=\"{id}\"}} 1"),
    ] {
        assert!(body.lines().any(|found| found == line), "{line}\n{body}");
    }
    let (head, body) = server.get_accepting("/metrics", "application/openmetrics-text");
    let head = head.to_lowercase();
    assert!(head.contains("content-type: application/openmetrics-text; version=1.0.0"));
    assert!(body.contains(&format!(
        "gnatsd_varz_in_msgs_total{{server_id=\"{id}\"}} 1\n"
    )));
    assert!(body.ends_with("# EOF\n"));
}

/// A certificate for localhost, and a client that trusts it.
fn certificate(dir: &std::path::Path) -> (TlsOptions, rustls::ClientConfig) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2032, 8, 24);
    let certificate = params.self_signed(&key).unwrap();
    let (cert_file, key_file) = (dir.join("cert.pem"), dir.join("key.pem"));
    std::fs::write(&cert_file, certificate.pem()).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let client = rustls::ClientConfig::builder_with_provider(Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_root_certificates(roots)
    .with_no_client_auth();
    let tls = TlsOptions {
        ca_file: Some(cert_file.clone()),
        cert_file,
        key_file,
        verify: true,
        ..TlsOptions::default()
    };
    (tls, client)
}

#[test]
fn https_asks_for_no_certificate() {
    let dir = tempfile::tempdir().unwrap();
    let (tls, client) = certificate(dir.path());
    let ports = dir.path().join("ports");
    std::fs::create_dir(&ports).unwrap();
    let server = Running::with(|options| {
        options.http_port = 0;
        options.https_port = -1;
        options.tls = Some(tls);
        options.ports_file_dir = ports.to_string_lossy().into_owned();
    });
    let name = ServerName::try_from("localhost").unwrap();
    let session = rustls::ClientConnection::new(Arc::new(client), name).unwrap();
    let socket = TcpStream::connect(server.monitor()).unwrap();
    let (head, body) = exchange(rustls::StreamOwned::new(session, socket), "/varz", "*/*");
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    let varz: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(varz["tls_required"], true);
    assert_eq!(varz["tls_verify"], true);
    assert_eq!(varz["tls_cert_not_after"], "2032-08-24T00:00:00Z");
    let file = std::fs::read_dir(&ports).unwrap().next().unwrap().unwrap();
    let listed: Value = serde_json::from_slice(&std::fs::read(file.path()).unwrap()).unwrap();
    let url = format!("https://{}", server.monitor());
    assert_eq!(listed["monitoring"], json!([url]));
}

#[test]
fn ports_that_exclude_each_other_are_refused() {
    let refusal = |http_port: i32, https_port: i32| {
        let server = Server::new(Options {
            host: "127.0.0.1".to_owned(),
            port: -1,
            http_port,
            https_port,
            no_log: true,
            ..Options::default()
        })
        .unwrap();
        let error = server.start().unwrap_err().to_string();
        server.shutdown();
        error
    };
    assert_eq!(
        refusal(-1, -1),
        "Can't start monitoring: can't specify both HTTP (-1) and HTTPs (-1) ports"
    );
    assert_eq!(
        refusal(0, -1),
        "Can't start monitoring: TLS cert and key required for HTTPS"
    );
}

#[test]
fn slow_and_senseless_requests_do_not_hinder_others() {
    let server = Running::with(|_| {});
    let mut slow: Vec<TcpStream> = (0..50)
        .map(|_| TcpStream::connect(server.monitor()).unwrap())
        .collect();
    for stream in &mut slow {
        stream.write_all(b"GET /varz HTTP/1.1\r\nX: ").unwrap();
    }
    let mut senseless = TcpStream::connect(server.monitor()).unwrap();
    senseless
        .write_all(b"\x16\x03\x01\x00\xff\xfe\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    senseless.read_to_end(&mut answer).unwrap();
    assert!(
        answer.starts_with(b"HTTP/1.1 400 "),
        "{}",
        answer.escape_ascii()
    );
    assert_eq!(server.json("/healthz"), json!({"status": "ok"}));
}

#[test]
fn accounts_tell_what_they_offer_and_take() {
    let service = |subject: &str, sampling| ServiceExportOptions {
        subject: subject.to_owned(),
        latency: Some(LatencyOptions {
            sampling,
            subject: format!("latency.{subject}"),
        }),
        ..ServiceExportOptions::default()
    };
    let running = Running::with(|options| {
        let offers = AccountOptions {
            name: "A".to_owned(),
            service_exports: vec![service("half", 50), service("asked", 0)],
            ..AccountOptions::default()
        };
        let takes = AccountOptions {
            name: "B".to_owned(),
            service_imports: vec![ServiceImportOptions {
                account: "A".to_owned(),
                subject: "half".to_owned(),
                to: "mine".to_owned(),
                share: true,
            }],
            ..AccountOptions::default()
        };
        options.accounts = vec![offers, takes];
    });
    let told = running.json("/accountz?acc=A");
    let exports = told["account_detail"]["exports"].as_array().unwrap();
    let latency = |subject: &str| {
        let export = exports
            .iter()
            .find(|one| one["subject"] == subject)
            .unwrap();
        export["service_latency"].clone()
    };
    assert_eq!(
        latency("half"),
        json!({"sampling": 50, "results": "latency.half"})
    );
    assert_eq!(
        latency("asked"),
        json!({"sampling": "headers", "results": "latency.asked"})
    );
    let told = running.json("/accountz?acc=B");
    let import = &told["account_detail"]["imports"][0];
    assert_eq!(
        (
            &import["account"],
            &import["subject"],
            &import["local_subject"]
        ),
        (&json!("A"), &json!("half"), &json!("mine"))
    );
    assert_eq!(
        (&import["share"], &import["invalid"]),
        (&json!(true), &json!(false))
    );
}

#[test]
fn jsz_tells_of_accounts_streams_and_consumers() {
    let directory = tempfile::tempdir().unwrap();
    let server = Running::with(|options| {
        options.jetstream = true;
        options.store_dir = directory.path().display().to_string();
    });
    let request = |subject: &str, body: &str| {
        format!("PUB $JS.API.{subject} answer {}\r\n{body}\r\n", body.len())
    };
    let stream = r#"{"name":"S","subjects":["s"],"storage":"memory"}"#;
    let consumer = r#"{"stream_name":"S","config":{"durable_name":"C","ack_policy":"explicit"}}"#;
    let _client = server.client(&request("STREAM.CREATE.S", stream));
    wait_until(|| server.json("/jsz")["streams"] == 1);
    let publish = "PUB s 2\r\nhi\r\n".repeat(2);
    let create = request("CONSUMER.DURABLE.CREATE.S.C", consumer);
    let _other = server.client(&format!("{publish}{create}"));
    wait_until(|| {
        let jsz = server.json("/jsz");
        jsz["messages"] == 2 && jsz["consumers"] == 1
    });
    let jsz = server.json("/jsz");
    assert_eq!((&jsz["total"], &jsz["accounts"]), (&json!(1), &json!(1)));
    assert_eq!(jsz["account_details"], Value::Null);
    let details = |path: &str| server.json(path)["account_details"][0].clone();
    let account = details("/jsz?accounts=1");
    assert_eq!(
        (&account["name"], &account["id"]),
        (&json!("$G"), &json!("$G"))
    );
    assert!(account["memory"].as_u64().unwrap() > 0, "{account}");
    assert_eq!(account["stream_detail"], Value::Null);
    let stream = details("/jsz?streams=1")["stream_detail"][0].clone();
    assert_eq!(
        (&stream["name"], &stream["state"]["messages"]),
        (&json!("S"), &json!(2))
    );
    assert_eq!(
        (&stream["config"], &stream["consumer_detail"]),
        (&Value::Null, &Value::Null)
    );
    let stream = details("/jsz?acc=$G&consumers=1&config=1")["stream_detail"][0].clone();
    assert_eq!(stream["config"]["subjects"], json!(["s"]));
    let consumer = &stream["consumer_detail"][0];
    assert_eq!(
        (&consumer["name"], &consumer["num_pending"]),
        (&json!("C"), &json!(2))
    );
    for none in ["/jsz?acc=OTHER&streams=1", "/jsz?accounts=1&offset=1"] {
        assert_eq!(details(none), Value::Null, "{none}");
    }
}

fn wait_until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain");
        std::thread::sleep(Duration::from_millis(10));
    }
}
