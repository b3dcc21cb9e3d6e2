use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::config::options::{JetStreamAccountLimits, JetStreamTiers, StoreCipher};

fn load(text: &str) -> Result<Options, String> {
    let directory = tempfile::tempdir().unwrap();
    let path: PathBuf = directory.path().join("test.conf");
    fs::write(&path, text).unwrap();
    let mut options = Options::default();
    let prefix = format!("{}:", path.display());
    options
        .load(&path)
        .map_err(|error| error.to_string().replace(&prefix, "@"))?;
    Ok(options)
}

#[test]
fn the_usual_options_are_read() {
    let options = load(
        "listen: 127.0.0.1:-1\nserver_name: n1\nmax_payload: 2MB\nping_interval: \"10s\"\n\
         http: 8222\nmax_connections: 100\nlogtime: no\nwrite_deadline: \"1m500ms\"\n\
         authorization { timeout: 0.5, default_permissions { publish: \"a.>\" }\n\
         users: [ {user: a, password: \"1234\"}, {user: b, password: x, permissions: { sub: { deny: [\"s\"] }, allow_responses: { max: 5, expires: \"1m\" } } } ] }\n\
         accounts { A { users: [{user: c, password: d}], limits { max_conn: 3 }, mappings { foo: [ {dest: bar, weight: 40%} ] } } }\n\
         no_auth_user: c\nsystem_account: A\ncluster { port: 6222 }",
    )
    .unwrap();
    assert_eq!((options.host.as_str(), options.port), ("127.0.0.1", -1));
    assert_eq!(options.max_payload, 2 << 20);
    assert_eq!(options.system_account, "A");
    assert_eq!(options.ping_interval, Duration::from_secs(10));
    assert_eq!(options.write_deadline, Duration::from_millis(60_500));
    assert_eq!(options.auth_timeout, Duration::from_millis(500));
    assert_eq!(
        (options.http_port, options.max_connections, options.logtime),
        (8222, 100, false)
    );
    let names: Vec<&str> = options
        .users
        .iter()
        .map(|user| user.username.as_str())
        .collect();
    assert_eq!(names, ["c", "a", "b"]);
    assert_eq!(options.users[1].password, "1234");
    let allowed = &options.users[1].permissions.as_ref().unwrap().publish;
    assert_eq!(allowed.as_ref().unwrap().allow.as_deref().unwrap(), ["a.>"]);
    let answers = options.users[2]
        .permissions
        .as_ref()
        .unwrap()
        .allow_responses
        .unwrap();
    assert_eq!(
        (answers.max_msgs, answers.expires),
        (5, Duration::from_secs(60))
    );
    assert_eq!(options.accounts[0].max_connections, Some(3));
    assert_eq!(options.accounts[0].mappings[0].destinations[0].weight, 40);
    assert_eq!(options.not_acted_on.len(), 1, "{:?}", options.not_acted_on);
    assert!(options.config_digest.starts_with("sha256:"));
}

#[test]
fn what_has_no_effect_is_named() {
    let options = load(
        "jetstream { extension_hint: no_extend, max_outstanding_catchup: 1MB, domain: d, limits { max_ha_assets: 1 } }\n\
         connect_error_reports: 1\nprof_port: 0\ndisable_sublist_cache: true\n\
         accounts { A { limits { max_conn: 1, max_leafs: 2 } } }",
    )
    .unwrap();
    let mut named: Vec<&str> = options
        .not_acted_on
        .iter()
        .filter_map(|line| line.rsplit(": ").next())
        .collect();
    named.sort_unstable();
    assert_eq!(
        named,
        [
            "connect_error_reports",
            "extension_hint",
            "max_ha_assets",
            "max_leafs",
            "max_outstanding_catchup",
            "prof_port"
        ]
    );
}

#[test]
fn all_mistakes_are_reported_with_their_place() {
    let error = load(
        "foo: 1\nport: x\nauthorization {\n usr: y }\nping_interval: abc\nmax_conn: 3\n tls { cert_file: a }\nwrite_deadline: 5",
    )
    .unwrap_err();
    assert_eq!(
        error,
        "@8:1: invalid use of field \"write_deadline\": write_deadline should be converted to a duration\n\
         @4:2: unknown field \"usr\"\n\
         @1:0: unknown field \"foo\"\n\
         @5:1: error parsing ping_interval: time: invalid duration \"abc\"\n\
         @2:1: interface conversion: interface {} is string, not int64\n\
         @7:2: missing 'key_file' in TLS configuration\n"
    );
}

#[test]
fn what_can_not_be_is_refused() {
    for (text, want) in [
        (
            "authorization { user: a, pass: b, token: c }",
            "Cannot have a user/pass and token",
        ),
        (
            "authorization { users: [{user: a, pass: b}, {user: a, pass: c}] }",
            "Duplicate user \"a\" detected",
        ),
        ("accounts { $G { } }", "\"$G\" is a Reserved Account"),
        (
            "authorization { users: [{nkey: UABC}] }",
            "Not a valid public nkey for a user",
        ),
        (
            "authorization { users: [{user: a, permissions: { pub: \"a..b\" }}] }",
            "is not a valid subject",
        ),
        (
            "authorization { users: [{user: a, password: 1234}] }",
            "interface conversion: interface {} is int64, not string",
        ),
        (
            "accounts { A { mappings { a: [{dest: b, weight: 60}, {dest: c, weight: 60}] } } }",
            "Error adding mapping for \"a\" : total weight needs to be <= 100",
        ),
        (
            "accounts { A { mappings { \"a.*\": \"b.{{nope(1)}}\" } } }",
            "Error adding mapping for \"a.*\" to \"b.{{nope(1)}}\" : invalid mapping destination: unknown function",
        ),
        (
            "accounts { A { imports: [{stream: {account: B, subject: x}}] } }",
            "\"B\" account not defined for stream import",
        ),
        (
            "accounts { A { exports: [{service: x, latency: y}] } }\nno_system_account: true",
            "Error adding service latency sampling for \"x\": system account not setup",
        ),
        (
            "tls { min_version: \"1.1\" }",
            "error parsing tls config: unsupported TLS version: TLS 1.1",
        ),
        (
            "operator: nowhere",
            "error parsing operator JWT: open nowhere: no such file or directory",
        ),
        (
            "resolver: nope",
            "error parsing account resolver, should be MEM or",
        ),
        (
            "trusted: [UABC]",
            "required to be a valid public operator nkey",
        ),
        (
            "mqtt { max_ack_pending: 70000 }",
            "should in [0..65535] range",
        ),
        ("ocsp { mode: perhaps }", "unsupported ocsp mode"),
    ] {
        let error = load(text).unwrap_err();
        assert!(error.contains(want), "{text}: {error}");
    }
}

#[test]
fn imports_and_exports_are_read() {
    let options = load(
        "system_account: S\naccounts { S {}, A { exports: [{stream: \"a.>\", accounts: [B]}, {service: q, response: stream, threshold: \"1s\", latency: {sampling: headers, subject: l}, allow_trace: true}] }\n\
         B { nkey: ADRZ42QBM7SXQDXXTSVWT2WLLFYOQGAFC4TO6WOAXHEKQHIXR4HFYJDS, imports: [{stream: {account: A, subject: \"a.>\"}, prefix: p}, {service: {account: A, subject: q}, to: mine, share: true}], msg_trace: {dest: t, sampling: 5} } }",
    )
    .unwrap();
    let [a, b, _] = &options.accounts[..] else {
        panic!("{:?}", options.accounts)
    };
    assert_eq!(a.stream_exports[0].accounts.as_deref().unwrap(), ["B"]);
    let service = &a.service_exports[0];
    assert_eq!(service.response_threshold, Some(Duration::from_secs(1)));
    assert_eq!(service.latency.as_ref().unwrap().sampling, 0);
    assert!(service.allow_trace);
    assert_eq!(b.stream_imports[0].prefix, "p");
    assert_eq!(b.service_imports[0].local(), "mine");
    assert!(b.service_imports[0].share);
    assert_eq!((b.trace_destination.as_str(), b.trace_sampling), ("t", 5));
}

#[test]
fn variables_need_no_known_name() {
    let options = load("TOKEN: s3cr3t\nauthorization { token: $TOKEN }").unwrap();
    assert_eq!(options.authorization, "s3cr3t");
    assert!(
        load("TOKEN: s3cr3t")
            .unwrap_err()
            .contains("unknown field \"TOKEN\"")
    );
}

#[test]
fn jetstream_of_the_server_and_of_accounts_is_read() {
    let options = load(
        "jetstream {\n store_dir: \"/js\", max_mem_store: 1G, max_file: \"2G\", domain: hub, key: secret, cipher: aes, strict: false\n\
         sync_interval: always, unique_tag: \" AZ \", request_queue_limit: 7, max_buffered_msgs: 9, scrub_interval: \"1h\"\n\
         limits { max_ack_pending: 1, max_ha_assets: 2, max_request_batch: 3, duplicate_window: \"4s\", batch { max_inflight_per_stream: 5, max_inflight_total: 6, max_msgs: 7, timeout: \"8s\" } }\n}\n\
         accounts { A { jetstream: enabled }, B { jetstream: { max_mem: 1, disk: 2, streams: 3, consumers: 4, max_bytes: true, mem_max_stream_bytes: 5, disk_max_stream_bytes: 6, max_ack_pending: 7 } }, C { jetstream: off } }",
    )
    .unwrap();
    let js = &options.js;
    assert!(options.jetstream && js.no_strict && js.sync_always);
    assert_eq!(js.scrub_interval, Duration::from_secs(3_600));
    assert_eq!(
        (options.store_dir.as_str(), js.domain.as_str()),
        ("/js", "hub")
    );
    assert_eq!((js.max_memory, js.max_store), (1_000_000_000, 2 << 30));
    assert_eq!((js.key.as_str(), js.cipher), ("secret", StoreCipher::Aes));
    assert_eq!((js.unique_tag.as_str(), js.request_queue_limit), ("az", 7));
    let limits = &js.limits;
    assert_eq!(
        (
            limits.max_ack_pending,
            limits.max_ha_assets,
            limits.max_request_batch
        ),
        (1, 2, 3)
    );
    assert_eq!(limits.duplicate_window, Duration::from_secs(4));
    assert_eq!(
        (
            limits.max_batch_inflight_per_stream,
            limits.max_batch_inflight_total,
            limits.max_batch_size
        ),
        (5, 6, 7)
    );
    assert_eq!(limits.max_batch_timeout, Duration::from_secs(8));
    let tiers: Vec<_> = options
        .accounts
        .iter()
        .map(|a| a.jetstream.clone())
        .collect();
    let all = |limits| Some(JetStreamTiers::from([(String::new(), limits)]));
    assert_eq!(tiers[0], all(JetStreamAccountLimits::UNLIMITED));
    let own = JetStreamAccountLimits {
        max_memory: 1,
        max_store: 2,
        max_streams: 3,
        max_consumers: 4,
        max_bytes_required: true,
        memory_max_stream_bytes: 5,
        store_max_stream_bytes: 6,
        max_ack_pending: 7,
    };
    assert_eq!(tiers[1], all(own));
    assert_eq!(tiers[2], None);
}

#[test]
fn what_jetstream_can_not_be_is_refused() {
    for (text, want) in [
        (
            "jetstream: perhaps",
            "Expected 'enabled' or 'disabled' for string value, got 'perhaps'",
        ),
        (
            "jetstream: 5",
            "Expected map, bool or string to define JetStream, got int64",
        ),
        (
            "jetstream { cipher: rot13 }",
            "Unknown cipher type: \"rot13\"",
        ),
        (
            "jetstream { limits: 1 }",
            "Expected a map to define JetStreamLimits, got int64",
        ),
        (
            "jetstream { limits { batch: 1 } }",
            "Expected a map to define batch limits, got int64",
        ),
        (
            "jetstream { limits { batch { x: 1 } } }",
            "unknown field \"x\"",
        ),
        (
            "jetstream { tpm { } }",
            "TPM functionality is not supported on this platform",
        ),
        (
            "jetstream { max_mem: \"1L\" }",
            "max_mem_store sizes defined as strings must end in K, M, G, T",
        ),
        (
            "accounts { A { jetstream { max_mem: x } } }",
            "Expected a parseable size for \"max_mem\", got x",
        ),
        (
            "accounts { A { jetstream { max_bytes: 1 } } }",
            "Expected a parseable bool for \"max_bytes\", got 1",
        ),
        (
            "accounts { A { jetstream { cluster_traffic: mine } } }",
            "Expected 'system' or 'owner' string value for \"cluster_traffic\", got mine",
        ),
    ] {
        let error = load(text).unwrap_err();
        assert!(error.contains(want), "{text}: {error}");
    }
}
