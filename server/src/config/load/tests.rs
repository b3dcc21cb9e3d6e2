use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::reader::parse_duration;
use super::*;

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
         users: [ {user: a, password: 1234}, {user: b, password: x, permissions: { sub: { deny: [\"s\"] }, allow_responses: { max: 5, expires: \"1m\" } } } ] }\n\
         accounts { A { users: [{user: c, password: d}], limits { max_conn: 3 }, mappings { foo: [ {dest: bar, weight: 40%} ] } } }\n\
         no_auth_user: c\nsystem_account: A\ncluster { port: 6222 }",
    )
    .unwrap();
    assert_eq!((options.host.as_str(), options.port), ("127.0.0.1", -1));
    assert_eq!(options.max_payload, 2 << 20);
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
fn all_mistakes_are_reported_with_their_place() {
    let error = load(
        "foo: 1\nport: x\nauthorization {\n usr: y }\nping_interval: abc\ntls { verify: true }",
    )
    .unwrap_err();
    for line in [
        "@1:1: unknown field \"foo\"",
        "@2:7: interface conversion: interface {} is string, not int64",
        "@4:2: unknown field \"usr\"",
        "@5:16: error parsing ping_interval: time: invalid duration \"abc\"",
        "@6:5: missing 'cert_file' in TLS configuration",
    ] {
        assert!(error.contains(line), "{line} not in:\n{error}");
    }
}

#[test]
fn what_would_be_unsafe_to_ignore_is_refused() {
    for (text, want) in [
        (
            "tls { cert_file: a, key_file: b, pinned_certs: [x] }",
            "pinned_certs is not supported",
        ),
        (
            "accounts { A { exports: [] } }",
            "exports of an account are not supported",
        ),
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
    ] {
        let error = load(text).unwrap_err();
        assert!(error.contains(want), "{text}: {error}");
    }
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
fn durations_are_read_as_go_writes_them() {
    for (text, want) in [
        ("1h2m3s", Some(3723.0)),
        ("1.5s", Some(1.5)),
        ("250ms", Some(0.25)),
        ("0", Some(0.0)),
        ("", None),
        ("5", None),
        ("5x", None),
        ("s", None),
    ] {
        assert_eq!(
            parse_duration(text).map(|found| found.as_secs_f64()),
            want,
            "{text:?}"
        );
    }
}
