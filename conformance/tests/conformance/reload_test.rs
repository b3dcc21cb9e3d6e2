//! Go: `server/reload_test.go`: reading the configuration again.

use std::time::Duration;

use conformance::files::ConfigFile;
use conformance::go_test;
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use conformance::wait::wait_until;
use nats_server::config::flags::{self, Invocation};
use nats_server::config::options::{Authenticator, Presented, SharedAuthenticator, User};
use nats_server::logging::Level;
use nats_server::{Options, Server};

use super::opts_support::Folder;

const BASIC: &str = "listen: 127.0.0.1:-1";
const ONE_USER: &str = "listen: 127.0.0.1:-1\nauthorization {\nuser: tyler\npassword: T0pS3cr3t\n}";
const OTHER_USER: &str =
    "listen: 127.0.0.1:-1\nauthorization {\nuser: derek\npassword: passw0rd\n}";
const ONE_TOKEN: &str = "listen: 127.0.0.1:-1\nauthorization {\ntoken: T0pS3cr3t\n}";
const OTHER_TOKEN: &str = "listen: 127.0.0.1:-1\nauthorization {\ntoken: passw0rd\n}";
const USERS: &str = "listen: 127.0.0.1:-1\nauthorization {\nusers = [\n\
    {user: alice, password: foo}\n{user: bob,   password: bar}\n]\ntimeout: 0.5\n}";
const OTHER_USERS: &str = "listen: 127.0.0.1:-1\nauthorization {\nusers = [\n\
    {user: alice, password: baz}\n{user: bob,   password: bar}\n]\ntimeout: 0.5\n}";
/// The configuration that the Go tests start with.
const TEST: &str = "port: 2233\ndebug:   false\ntrace:   false\nlogtime: false\n\
    cluster {\nlisten:       127.0.0.1:-1\nname:         \"abc\"\nno_advertise: false\n}";

/// A server and the file it was started with.
struct Reloading {
    file: ConfigFile,
    running: RunningServer,
}

impl Reloading {
    fn start(text: &str) -> Self {
        let file = ConfigFile::new(text);
        let options = Options::from_file(file.path()).unwrap();
        Self::with(file, options)
    }

    fn with(file: ConfigFile, options: Options) -> Self {
        let running = RunningServer::with(|own| {
            *own = Options {
                no_log: true,
                no_sigs: true,
                ..options
            };
        });
        Self { file, running }
    }

    fn server(&self) -> &Server {
        self.running.server()
    }

    fn try_reload(&self, text: &str) -> Result<(), String> {
        self.file.rewrite(text);
        self.server().reload().map_err(|error| error.to_string())
    }

    fn reload(&self, text: &str) {
        let before = self.server().config_time();
        self.try_reload(text).unwrap();
        assert!(self.server().config_time() > before);
        let said = "Reloaded server configuration (sha256:";
        assert!(self.running.log().contains(Level::Notice, said));
    }

    /// Connects with `credentials`, the inside of a JSON object.
    fn client(&self, credentials: &str) -> RawClient {
        let mut client = self.try_client(credentials);
        client.send("PING\r\n");
        client.skip_to("^PONG");
        client
    }

    fn try_client(&self, credentials: &str) -> RawClient {
        let comma = if credentials.is_empty() { "" } else { "," };
        let mut client = RawClient::connect(self.running.address());
        client.info();
        client.send(&format!(
            "CONNECT {{\"verbose\":false{comma}{credentials}}}\r\n"
        ));
        client
    }

    /// Makes sure that `credentials` are not let in.
    fn refuses(&self, credentials: &str) {
        let said = self.try_client(credentials).until_closed();
        assert_eq!(said, ["-ERR 'Authorization Violation'"], "{credentials}");
    }
}

/// Makes sure that a client was told that it is nobody now.
fn expect_violation(client: &mut RawClient) {
    let said = client.until_closed();
    assert_eq!(said.last().unwrap(), "-ERR 'Authorization Violation'");
}

/// Makes sure that a message goes from one client to another.
fn expect_delivery(from: &mut RawClient, to: &mut RawClient, subject: &str) {
    to.send(&format!("SUB {subject} 77\r\n"));
    to.flush();
    from.send(&format!("PUB {subject} 5\r\nhello\r\n"));
    from.flush();
    assert_eq!(to.message().payload, b"hello");
    to.send("UNSUB 77\r\n");
}

fn user(name: &str, password: &str) -> String {
    format!("\"user\":\"{name}\",\"pass\":\"{password}\"")
}

go_test!(2721, "reload_test", "TestConfigReloadNoConfigFile", no_file);
fn no_file() {
    let server = Server::new(Options::default()).unwrap();
    let before = server.config_time();
    let error = server.reload().unwrap_err().to_string();
    assert_eq!(
        error,
        "can only reload config when a file is provided using -c or --config"
    );
    assert_eq!(server.config_time(), before);
}

/// A server that is not started, with its file.
fn not_started(text: &str) -> (Server, ConfigFile) {
    let file = ConfigFile::new(text);
    let server = Server::new(Options::from_file(file.path()).unwrap()).unwrap();
    (server, file)
}

/// Makes sure that a file is refused and changes nothing.
fn expect_unchanged(server: &Server, file: &ConfigFile, text: &str, want: &str) {
    let (options, time) = (server.options(), server.config_time());
    file.rewrite(text);
    let error = server.reload().unwrap_err().to_string();
    assert!(error.contains(want), "{error}");
    assert_eq!(*server.options(), *options);
    assert_eq!(server.config_time(), time);
}

go_test!(
    2722,
    "reload_test",
    "TestConfigReloadUnsupported",
    unsupported
);
fn unsupported() {
    let (server, file) = not_started(TEST);
    let options = server.options();
    assert_eq!((options.host.as_str(), options.port), ("0.0.0.0", 2233));
    assert_eq!(
        options.config_digest,
        "sha256:3c5c4141f56274bcfa801f2d7326ec64d5eabddd9e6d4f9a06ed167315a57f55"
    );
    let without_cluster = "debug:   false\ntrace:   true\nlogtime: true\nport: 2233";
    let want = "config reload not supported for cluster host: old=127.0.0.1, new=";
    expect_unchanged(&server, &file, without_cluster, want);
}

go_test!(
    2723,
    "reload_test",
    "TestConfigReloadUnsupportedHotSwapping",
    another_port
);
fn another_port() {
    let (server, file) = not_started(BASIC);
    expect_unchanged(
        &server,
        &file,
        "listen: 127.0.0.1:9999",
        "not supported for Port",
    );
}

go_test!(
    2724,
    "reload_test",
    "TestConfigReloadInvalidConfig",
    invalid
);
fn invalid() {
    let (server, file) = not_started(TEST);
    expect_unchanged(&server, &file, "trace:\n", "Parse error");
}

go_test!(2725, "reload_test", "TestConfigReload", everything);
fn everything() {
    let _folder = Folder::enter();
    let test = TEST.replace("port: 2233", "listen: \"0.0.0.0:-1\"");
    let running = Reloading::start(&test);
    running.reload(
        "listen: \"0.0.0.0:-1\"\ndebug: true\ntrace: true\nlogtime: true\nlogtime_utc: true\n\
         remote_syslog: \"udp://127.0.0.1:514\"\nsyslog: true\n\
         log_file: \"nats-server.log\"\npid_file: \"nats-server.pid\"\nmax_control_line: 512\n\
         ping_interval: 5\nping_max: 1\nwrite_deadline: \"3s\"\nmax_payload: 1024\n\
         tls {\ncert_file: \"configs/certs/server.pem\"\nkey_file: \"configs/certs/key.pem\"\n\
         ca_file: \"configs/certs/server.pem\"\nverify: true\n}\n\
         authorization {\nuser: tyler\npassword: T0pS3cr3t\ntimeout: 2\n}\n\
         cluster {\nlisten: 127.0.0.1:-1\nname: \"abc\"\nno_advertise: true\n\
         ping_interval: '20s'\nping_max: 8\n}\n\
         server_metadata {\nkey1: value1\nkey2: value2\n}",
    );
    let options = running.server().options();
    assert!(options.trace && options.debug && options.logtime && options.logtime_utc);
    assert!(options.syslog);
    assert_eq!(options.remote_syslog, "udp://127.0.0.1:514");
    assert_eq!(options.log_file, "nats-server.log");
    assert!(options.tls.is_some());
    let info = running.server().context().info();
    assert!(info.tls_required && info.tls_verify && info.auth_required);
    assert_eq!(
        (&*options.username, &*options.password),
        ("tyler", "T0pS3cr3t")
    );
    assert_eq!(options.auth_timeout, Duration::from_secs(2));
    assert!(options.cluster.no_advertise);
    assert_eq!(options.cluster.ping_interval, Duration::from_secs(20));
    assert_eq!(options.cluster.ping_max, 8);
    assert_eq!(options.pid_file, "nats-server.pid");
    let pid = std::fs::read_to_string("nats-server.pid").unwrap();
    assert_eq!(pid, std::process::id().to_string());
    assert_eq!(options.max_control_line, 512);
    assert_eq!(options.ping_interval, Duration::from_secs(5));
    assert_eq!(options.ping_max, 1);
    assert_eq!(options.write_deadline, Duration::from_secs(3));
    assert_eq!((options.max_payload, info.max_payload), (1024, 1024));
    let metadata: Vec<_> = options.metadata.iter().map(|(k, v)| (&**k, &**v)).collect();
    assert_eq!(metadata, [("key1", "value1"), ("key2", "value2")]);
}

/// Changes credentials: those of a connected client count no longer, others do.
fn rotate(before: &str, after: &str, old: &str, new: &str) {
    let running = Reloading::start(before);
    let mut client = running.client(old);
    running.reload(after);
    expect_violation(&mut client);
    running.refuses(old);
    running.client(new);
}

go_test!(
    2731,
    "reload_test",
    "TestConfigReloadRotateUserAuthentication",
    another_user
);
fn another_user() {
    let (old, new) = (user("tyler", "T0pS3cr3t"), user("derek", "passw0rd"));
    rotate(ONE_USER, OTHER_USER, &old, &new);
}

go_test!(
    2732,
    "reload_test",
    "TestConfigReloadEnableUserAuthentication",
    user_needed
);
fn user_needed() {
    rotate(BASIC, ONE_USER, "", &user("tyler", "T0pS3cr3t"));
}

/// Asks for no credentials any more: whoever is connected stays, and others come.
fn disable(before: &str, old: &str) {
    let running = Reloading::start(before);
    let mut client = running.client(old);
    running.reload(BASIC);
    let mut other = running.client("");
    assert!(client.flush().is_empty());
    expect_delivery(&mut other, &mut client, "foo");
}

go_test!(
    2733,
    "reload_test",
    "TestConfigReloadDisableUserAuthentication",
    no_user_needed
);
fn no_user_needed() {
    disable(ONE_USER, &user("tyler", "T0pS3cr3t"));
}

go_test!(
    2734,
    "reload_test",
    "TestConfigReloadRotateTokenAuthentication",
    another_token
);
fn another_token() {
    let token = |token: &str| format!("\"auth_token\":\"{token}\"");
    rotate(
        ONE_TOKEN,
        OTHER_TOKEN,
        &token("T0pS3cr3t"),
        &token("passw0rd"),
    );
}

go_test!(
    2735,
    "reload_test",
    "TestConfigReloadEnableTokenAuthentication",
    token_needed
);
fn token_needed() {
    rotate(BASIC, ONE_TOKEN, "", "\"auth_token\":\"T0pS3cr3t\"");
}

go_test!(
    2736,
    "reload_test",
    "TestConfigReloadDisableTokenAuthentication",
    no_token_needed
);
fn no_token_needed() {
    disable(ONE_TOKEN, "\"auth_token\":\"T0pS3cr3t\"");
}

go_test!(
    2737,
    "reload_test",
    "TestConfigReloadRotateUsersAuthentication",
    other_users
);
fn other_users() {
    let running = Reloading::start(USERS);
    let mut alice = running.client(&user("alice", "foo"));
    let mut bob = running.client(&user("bob", "bar"));
    running.reload(OTHER_USERS);
    running.refuses(&user("alice", "foo"));
    let mut again = running.client(&user("alice", "baz"));
    expect_violation(&mut alice);
    expect_delivery(&mut again, &mut bob, "foo");
}

go_test!(
    2738,
    "reload_test",
    "TestConfigReloadEnableUsersAuthentication",
    users_needed
);
fn users_needed() {
    rotate(BASIC, USERS, "", &user("alice", "foo"));
}

go_test!(
    2739,
    "reload_test",
    "TestConfigReloadDisableUsersAuthentication",
    no_users_needed
);
fn no_users_needed() {
    disable(USERS, &user("alice", "foo"));
}

/// Users with the permissions of `user` and, by default, those given.
fn permitting(bob: &str, susan: &str) -> String {
    format!(
        "listen:   127.0.0.1:-1\nauthorization {{\ndefault_permissions: {{ subscribe = {{\n\
         allow: [\"PUBLIC.>\", \"foo.*\"]\ndeny: {susan}\n}} }}\nusers = [\n\
         {{user: alice, password: foo, permissions: {{ publish = \">\", subscribe = \">\" }}}}\n\
         {{user: bob,   password: bar, permissions: {{ {bob} }}}}\n\
         {{user: susan, password: baz}}\n]\n}}"
    )
}

/// Makes sure that a message that was published is not delivered: what follows it is.
fn expect_no_delivery(from: &mut RawClient, to: &mut RawClient, subject: &str) {
    from.send(&format!("PUB {subject} 5\r\nhello\r\n"));
    from.flush();
    assert_eq!(to.flush(), Vec::<String>::new(), "{subject}");
}

go_test!(
    2740,
    "reload_test",
    "TestConfigReloadChangePermissions",
    permissions
);
fn permissions() {
    let running = Reloading::start(&permitting(
        "publish = [\"req.foo\", \"req.bar\"], subscribe = \"_INBOX.>\"",
        "\"foo.bar\"",
    ));
    let mut bob = running.client(&user("bob", "bar"));
    let mut alice = running.client(&user("alice", "foo"));
    let mut susan = running.client(&user("susan", "baz"));
    bob.send("SUB _INBOX.> 1\r\n");
    assert!(bob.flush().is_empty());
    alice.send("SUB req.foo 1\r\nPUB _INBOX.foo 5\r\nhello\r\n");
    alice.flush();
    assert_eq!(bob.message().payload, b"hello");
    bob.send("PUB req.foo 5\r\nworld\r\n");
    bob.flush();
    assert_eq!(alice.message().payload, b"world");
    susan.send("SUB foo.* 1\r\nSUB PUBLIC.* 2\r\n");
    assert!(susan.flush().is_empty());
    expect_no_delivery(&mut alice, &mut susan, "foo.bar");
    alice.send("PUB PUBLIC.foo 6\r\nmonkey\r\n");
    alice.flush();
    assert_eq!(susan.message().payload, b"monkey");

    running.reload(&permitting(
        "publish = [\"_INBOX.foo.bar\"], subscribe = \"_INBOX.foo.>\"",
        "[\"PUBLIC.foo\"]",
    ));
    bob.expect("-ERR 'Permissions Violation for Subscription to \"_INBOX.>\"'");
    bob.send("PUB req.foo 4\r\nhola\r\n");
    bob.expect("-ERR 'Permissions Violation for Publish to \"req.foo\"'");
    expect_no_delivery(&mut alice, &mut bob, "_INBOX.foo");
    assert!(alice.flush().is_empty());
    bob.send("SUB _INBOX.foo.> 2\r\nPUB _INBOX.foo.bar 7\r\ntesting\r\n");
    assert_eq!(bob.message().payload, b"testing");
    assert!(bob.flush().is_empty());
    // What susan's subscriptions leave out has changed places.
    expect_no_delivery(&mut alice, &mut susan, "PUBLIC.foo");
    alice.send("PUB foo.bar 6\r\nhello?\r\n");
    alice.flush();
    assert_eq!(susan.message().payload, b"hello?");
    assert!(susan.flush().is_empty());
}

go_test!(
    2741,
    "reload_test",
    "TestConfigReloadClusterHostUnsupported",
    cluster_host
);
fn cluster_host() {
    let running = Reloading::start(
        "listen: 127.0.0.1:-1\ncluster {\nlisten: 127.0.0.1:7244\nname: \"abc\"\n}",
    );
    let error = running
        .try_reload("listen: 127.0.0.1:-1\ncluster {\nlisten: 10.0.0.1:7244\nname: \"abc\"\n}")
        .unwrap_err();
    let want = "config reload not supported for cluster host: old=127.0.0.1, new=10.0.0.1";
    assert_eq!(error, want);
}

go_test!(
    2742,
    "reload_test",
    "TestConfigReloadClusterPortUnsupported",
    cluster_port
);
fn cluster_port() {
    let running = Reloading::start(
        "listen: 127.0.0.1:-1\ncluster {\nlisten: 127.0.0.1:7244\nname: \"abc\"\n}",
    );
    let error = running
        .try_reload("listen: 127.0.0.1:-1\ncluster {\nlisten: 127.0.0.1:7245\nname: \"abc\"\n}")
        .unwrap_err();
    let want = "config reload not supported for cluster port: old=7244, new=7245";
    assert_eq!(error, want);
}

go_test!(
    2750,
    "reload_test",
    "TestConfigReloadMaxSubsUnsupported",
    max_subscriptions
);
fn max_subscriptions() {
    let running = Reloading::start("port: -1\nmax_subs: 1");
    let error = running.try_reload("port: -1\nmax_subs: 10").unwrap_err();
    assert_eq!(
        error,
        "config reload not supported for MaxSubs: old=1, new=10"
    );
}

go_test!(
    2751,
    "reload_test",
    "TestConfigReloadClientAdvertise",
    client_advertise
);
fn client_advertise() {
    let listen = "listen: \"0.0.0.0:-1\"";
    let running = Reloading::start(listen);
    let port = running.running.address().port();
    let expect = |host: &str, port: u16| {
        let info = running.server().context().info();
        assert_eq!((info.host.as_str(), info.port), (host, port));
    };
    running.reload(&format!("{listen}\nclient_advertise: \"me:1\""));
    expect("me", 1);
    running.reload(&format!("{listen}\nclient_advertise: \"me\""));
    expect("me", port);
    running.reload(&format!("{listen}\nclient_advertise: \"me:-1\""));
    expect("me", port);
    running.reload(listen);
    expect("0.0.0.0", port);
}

go_test!(
    2752,
    "reload_test",
    "TestConfigReloadMaxConnections",
    max_connections
);
fn max_connections() {
    let running = Reloading::start(BASIC);
    let mut clients = [running.client(""), running.client("")];
    assert_eq!(running.server().client_count(), 2);
    running.reload("listen: 127.0.0.1:-1\nmax_connections: 1");
    wait_until("one connection is closed", || {
        running.server().client_count() == 1
    });
    let log = running.running.log();
    assert!(log.contains(
        Level::Notice,
        "Closed 1 connections to fall within max_connections"
    ));
    let closed = clients
        .iter_mut()
        .filter_map(|client| {
            client.send("PING\r\n");
            client
                .try_line()
                .ok()
                .flatten()
                .filter(|line| line != "PONG")
        })
        .collect::<Vec<_>>();
    assert_eq!(closed, ["-ERR 'maximum connections exceeded'"]);
    let refused = RawClient::connect(running.running.address()).until_closed();
    assert_eq!(
        refused.last().unwrap(),
        "-ERR 'maximum connections exceeded'"
    );
}

go_test!(
    2753,
    "reload_test",
    "TestConfigReloadMaxPayload",
    max_payload
);
fn max_payload() {
    let running = Reloading::start(BASIC);
    let mut from = running.client("");
    let mut to = running.client("");
    expect_delivery(&mut from, &mut to, "foo");
    to.send("SUB foo 1\r\n");
    to.flush();
    running.reload("listen: 127.0.0.1:-1\nmax_payload: 1");
    from.send("PUB foo 5\r\nhello\r\n");
    let said = from.until_closed();
    assert_eq!(said.last().unwrap(), "-ERR 'Maximum Payload Violation'");
    assert!(to.flush().is_empty());
}

go_test!(
    2754,
    "reload_test",
    "TestConfigReloadRotateFiles",
    other_files
);
fn other_files() {
    let _folder = Folder::enter();
    let files = |n: &str| {
        format!("{BASIC}\npid_file: nats-server{n}.pid\nlog_file: log{n}.txt\nlogtime: false")
    };
    let file = ConfigFile::new(&files(""));
    let options = Options::from_file(file.path()).unwrap();
    let server = Server::new(options).unwrap();
    server.configure_logger().unwrap();
    server.start().unwrap();
    file.rewrite(&files("1"));
    server.reload().unwrap();
    let log = std::fs::read_to_string("log1.txt").unwrap();
    assert!(log.contains("[INF] Reloaded: log_file = log1.txt"), "{log}");
    assert!(std::fs::exists("nats-server1.pid").unwrap());
    std::fs::rename("log.txt", "log_old.txt").unwrap();
    std::fs::rename("nats-server.pid", "nats-server_old.pid").unwrap();
    server.shutdown();
}

go_test!(
    2766,
    "reload_test",
    "TestConfigReloadBoolFlags",
    flags_count_more
);
#[expect(
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "a table of cases"
)]
fn flags_count_more() {
    type Get = fn(&Options) -> bool;
    let cluster = |field: &str| format!("cluster {{\nport: -1\n{field}\n}}");
    let mut cases: Vec<(String, &[&str], bool, Get)> = Vec::new();
    let fields: [(&str, [&str; 2], [&str; 2], bool, Get); 4] = [
        (
            "logtime",
            ["-T", "-logtime"],
            ["-T=false", "-logtime=false"],
            true,
            |o| o.logtime,
        ),
        (
            "debug",
            ["-D", "-debug"],
            ["-D=false", "-debug=false"],
            false,
            |o| o.debug,
        ),
        (
            "trace",
            ["-V", "-trace"],
            ["-V=false", "-trace=false"],
            false,
            |o| o.trace,
        ),
        (
            "syslog",
            ["-s", "-syslog"],
            ["-s=false", "-syslog=false"],
            false,
            |o| o.syslog,
        ),
    ];
    for (field, on, off, default, get) in &fields {
        let (yes, no) = (format!("{field}: true"), format!("{field}: false"));
        cases.push((String::new(), &[], *default, *get));
        cases.push((no.clone(), &[], false, *get));
        cases.push((yes.clone(), &[], true, *get));
        for flag in on {
            cases.push((String::new(), std::slice::from_ref(flag), true, *get));
            cases.push((no.clone(), std::slice::from_ref(flag), true, *get));
        }
        for flag in off {
            cases.push((yes.clone(), std::slice::from_ref(flag), false, *get));
        }
    }
    let no_advertise: Get = |o| o.cluster.no_advertise;
    let both: Get = |o| o.debug && o.trace;
    let verbose: Get = |o| o.trace_verbose;
    let jetstream: Get = |o| o.jetstream;
    cases.extend([
        (cluster(""), &[][..], false, no_advertise),
        (cluster(""), &["-no_advertise"], true, no_advertise),
        (cluster("no_advertise: false"), &[], false, no_advertise),
        (
            cluster("no_advertise: false"),
            &["-no_advertise"],
            true,
            no_advertise,
        ),
        (cluster("no_advertise: true"), &[], true, no_advertise),
        (
            cluster("no_advertise: true"),
            &["-no_advertise=false"],
            false,
            no_advertise,
        ),
        (String::new(), &["-DV"], true, both),
        ("debug: false\ntrace: false".into(), &["-DV"], true, both),
        (
            "debug: true\ntrace: true".into(),
            &["-DV=false"],
            false,
            |o| o.debug || o.trace,
        ),
        ("trace_verbose: true".into(), &[], true, |o| {
            o.trace && o.trace_verbose
        }),
        (
            "trace_verbose: true".into(),
            &["--VV=false"],
            false,
            verbose,
        ),
        ("trace_verbose: false".into(), &["--VV=true"], true, verbose),
        (String::new(), &[], false, jetstream),
        (String::new(), &["--js"], true, jetstream),
        ("jetstream: false".into(), &[], false, jetstream),
        ("jetstream: false".into(), &["--js"], true, jetstream),
        ("jetstream: true".into(), &[], true, jetstream),
        ("jetstream: true".into(), &["--js=false"], false, jetstream),
    ]);
    for (text, args, want, get) in cases {
        let text = format!("listen: \"127.0.0.1:-1\"\nlogfile: \"own.log\"\n{text}\n");
        let file = ConfigFile::new(&text);
        let path = file.path().display().to_string();
        let args = ["-c", &path].into_iter().chain(args.iter().copied());
        let args: Vec<String> = args.map(str::to_owned).collect();
        let Ok(Invocation::Run(options)) = flags::parse(&args) else {
            panic!("{args:?}")
        };
        let store = file.dir().display().to_string();
        assert_eq!(get(&options), want, "{text} {args:?}");
        let running = Reloading::with(
            file,
            Options {
                store_dir: store.clone(),
                ..*options
            },
        );
        let more = format!("{text}max_connections: 1000\nstore_dir: \"{store}\"");
        running.reload(&more);
        let options = running.server().options();
        assert_eq!(options.max_connections, 1000);
        assert_eq!(get(&options), want, "reloaded: {text} {args:?}");
    }
}

go_test!(
    2767,
    "reload_test",
    "TestConfigReloadMaxControlLineWithClients",
    max_control_line
);
fn max_control_line() {
    let running = Reloading::start(BASIC);
    let mut client = running.client("");
    let long = format!("SUB {} 1\r\n", "a".repeat(300));
    client.send(&long);
    assert!(client.flush().is_empty());
    running.reload("listen: 127.0.0.1:-1; max_control_line: 222");
    client.send(&long);
    let said = client.until_closed();
    assert_eq!(said.last().unwrap(), "-ERR 'maximum control line exceeded'");
}

go_test!(2772, "reload_test", "TestConfigReloadAndVarz", varz);
fn varz() {
    let running = Reloading::start("port: -1\n");
    let before = running.server().varz();
    assert_eq!(before.max_connections, 64 * 1024);
    assert_eq!(
        before.config_digest,
        "sha256:7ea4cc5c6864139d814ce940a40ee6546b7ac5285eec3c390a4ce11e34dc1102"
    );
    running.reload("port: -1\nmax_connections: 10");
    let after = running.server().varz();
    assert_ne!(after.config_load_time, before.config_load_time);
    assert_eq!(after.max_connections, 10);
    assert_eq!(
        after.config_digest,
        "sha256:508a26309068f62c3022aa8951e712ed8ff5dd6f2360f727ad8242a2a233176e"
    );
}

go_test!(
    2773,
    "reload_test",
    "TestConfigReloadConnectErrReports",
    error_reports
);
fn error_reports() {
    let running = Reloading::start("port: -1\n");
    let reports = || {
        let options = running.server().options();
        (
            options.connect_error_reports,
            options.reconnect_error_reports,
        )
    };
    assert_eq!(reports(), (3600, 1));
    running.reload("port: -1\nconnect_error_reports: 2\nreconnect_error_reports: 3");
    assert_eq!(reports(), (2, 3));
}

go_test!(2777, "reload_test", "TestConfigReloadValidate", validate);
fn validate() {
    let text = |users: &str| {
        format!(
            "listen: \"127.0.0.1:-1\"\nno_auth_user: a\nauthorization {{\nusers [\n{users}\n]\n}}"
        )
    };
    let running = Reloading::start(&text(
        "{user: \"a\", password: \"a\"},\n{user: \"b\", password: \"b\"}",
    ));
    let error = running
        .try_reload(&text("{user: \"b\", password: \"b\"}"))
        .unwrap_err();
    assert!(error.starts_with("no_auth_user:"), "{error}");
}

go_test!(
    2780,
    "reload_test",
    "TestConfigReloadAccountMappings",
    mappings
);
fn mappings() {
    let text = |mappings: &str| {
        format!(
            "listen: \"127.0.0.1:-1\"\naccounts {{\nACC {{\n\
             users = [{{user: usr, password: pwd}}]\n{mappings}\n}}\n}}"
        )
    };
    let running = Reloading::start(&text("mappings = { foo: bar }"));
    running.reload(&text("mappings = { foo: baz }"));
    let mut client = running.client(&user("usr", "pwd"));
    client.send("SUB foo 1\r\nSUB baz 2\r\nPUB foo 0\r\n\r\n");
    assert_eq!(client.message().subject, "baz");
    assert!(client.flush().is_empty());
    running.reload(&text(""));
    client.send("PUB foo 0\r\n\r\n");
    assert_eq!(client.message().subject, "foo");
    assert!(client.flush().is_empty());
}

go_test!(
    2760,
    "reload_test",
    "TestConfigReloadAccountUsers",
    account_users
);
fn account_users() {
    let running = Reloading::start(
        "listen: \"127.0.0.1:-1\"\naccounts {\n\
         synadia { users = [\n{user: derek, password: derek}\n{user: foo, password: foo}\n] }\n\
         nats.io { users = [\n{user: ivan, password: ivan}\n{user: bar, password: bar}\n] }\n\
         acc_deleted_after_reload { users = [\n{user: gone, password: soon}\n\
         {user: baz, password: baz}\n{user: bat, password: bat}\n] }\n}",
    );
    let mut derek = running.client(&user("derek", "derek"));
    let mut nobodies = [
        running.client(&user("ivan", "ivan")),
        running.client(&user("gone", "soon")),
    ];
    let movers = ["foo", "bar", "baz", "bat"];
    let mut clients = movers.map(|name| {
        let mut client = running.client(&user(name, name));
        client.send(&format!("SUB {name} 1\r\n"));
        client.flush();
        client
    });
    let subscriptions = |account: &str, subject: &str| {
        let account = running.server().lookup_account(account).unwrap();
        let found = account.subscriptions().match_subject(subject.as_bytes());
        (account.subscriptions().count(), found.plain.len())
    };
    assert_eq!(subscriptions("synadia", "foo"), (1, 1));
    assert_eq!(subscriptions("nats.io", "bar"), (1, 1));
    running.reload(
        "listen: \"127.0.0.1:-1\"\nauthorization { users = [\n\
         {user: foo, password: foo}\n{user: baz, password: baz}\n] }\naccounts {\n\
         synadia { users = [\n{user: derek, password: derek}\n{user: bar, password: bar}\n] }\n\
         nats.io { users = [\n{user: bat, password: bat}\n] }\n}",
    );
    for client in &mut nobodies {
        expect_violation(client);
    }
    assert!(derek.flush().is_empty(), "the first connection stays");
    let deleted = running.server().lookup_account("acc_deleted_after_reload");
    assert!(deleted.is_none(), "the old account is gone");
    // Whoever has moved to another account is closed and comes back there.
    for (client, name) in clients.iter_mut().zip(movers) {
        assert!(client.until_closed().is_empty(), "{name}");
    }
    let _again = movers.map(|name| {
        let mut client = running.client(&user(name, name));
        client.send(&format!("SUB {name} 1\r\n"));
        client.flush();
        client
    });
    assert_eq!(subscriptions("$G", "foo"), (2, 1));
    assert_eq!(subscriptions("$G", "baz"), (2, 1));
    assert_eq!(subscriptions("synadia", "bar"), (1, 1));
    assert_eq!(subscriptions("nats.io", "bat"), (1, 1));
}

go_test!(
    2762,
    "reload_test",
    "TestConfigReloadAccountNKeyUsers",
    account_nkeys
);
fn account_nkeys() {
    let keys = [nkeys::KeyPair::new_user(), nkeys::KeyPair::new_user()];
    let [derek, ivan] = [keys[0].public_key(), keys[1].public_key()];
    let running = Reloading::start(&format!(
        "listen: \"127.0.0.1:-1\"\naccounts {{\nsynadia {{ users = [ {{nkey : {derek}}} ] }}\n\
         nats.io {{ users = [ {{nkey : {ivan}}} ] }}\n}}"
    ));
    let connect = |key: &nkeys::KeyPair, account: &str| {
        let mut client = RawClient::connect(running.running.address());
        let info = client.info();
        let nonce = info["nonce"].as_str().unwrap();
        let signature = conformance::keys::sign_nonce(key, nonce).unwrap();
        let public = key.public_key();
        client.send(&format!(
            "CONNECT {{\"nkey\":\"{public}\",\"sig\":\"{signature}\",\"verbose\":true}}\r\n"
        ));
        client.expect("+OK");
        let account = running.server().lookup_account(account).unwrap();
        assert_eq!(account.client_count(), 1, "{public}");
        client
    };
    let mut clients = [connect(&keys[0], "synadia"), connect(&keys[1], "nats.io")];
    running.reload(&format!(
        "listen: \"127.0.0.1:-1\"\nauthorization {{ users = [ {{nkey : {ivan}}} ] }}\n\
         accounts {{ nats.io {{ users = [ {{nkey : {derek}}} ] }} }}"
    ));
    for client in &mut clients {
        assert!(client.until_closed().is_empty());
    }
    assert_eq!(running.server().options().nkeys.len(), 2);
    assert!(running.server().lookup_account("synadia").is_none());
    wait_until("the old connections are gone", || {
        running.server().client_count() == 0
    });
    connect(&keys[0], "nats.io");
    connect(&keys[1], "$G");
}

go_test!(
    2779,
    "reload_test",
    "TestConfigReloadDefaultSystemAccount",
    system_account
);
fn system_account() {
    let text =
        "listen: \"127.0.0.1:-1\"\naccounts { ACC { users = [ {user: usr, password: pwd} ] } }";
    let running = Reloading::start(text);
    let system = || {
        let accounts = running.server().context().accounts();
        let system = accounts.system().unwrap();
        assert!(accounts.lookup(system.name()).is_some());
        (system.name().to_owned(), system.subscriptions().count())
    };
    let before = system();
    assert_eq!(before.0, "$SYS");
    running.reload(text);
    assert_eq!(system(), before);
}

/// Lets nobody in.
#[derive(Debug)]
struct Nobody;

impl Authenticator for Nobody {
    fn authenticate(&self, _: &Presented<'_>) -> Option<User> {
        None
    }
}

go_test!(
    2768,
    "reload_test",
    "TestConfigReloadIgnoreCustomAuth",
    own_authentication
);
fn own_authentication() {
    let file = ConfigFile::new("port: -1");
    let own = SharedAuthenticator::new(Nobody);
    let options = Options {
        authenticator: Some(own.clone()),
        ..Options::from_file(file.path()).unwrap()
    };
    let running = Reloading::with(file, options);
    running.refuses("");
    running.reload("port: -1\nmax_connections: 5");
    assert_eq!(running.server().options().authenticator, Some(own));
    running.refuses("");
}
