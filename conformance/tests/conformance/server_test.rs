//! Go: `server/server_test.go`: starting and ending, limits, the log.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use conformance::client::{self, block_on};
use conformance::files::{ConfigFile, temp_dir};
use conformance::go_test;
use conformance::raw::RawClient;
use conformance::server::{CapturedLog, RunningServer, local_options};
use conformance::wait;
use nats_server::client::Client;
use nats_server::config::flags::{self, Invocation};
use nats_server::config::options::SharedAuthenticator;
use nats_server::conn::{Kind, Link, Queued, WriteHalf, run_write_loop};
use nats_server::logging::{Level, LogSink};
use nats_server::protocol::ClosedState;
use nats_server::protocol::constants::{ACCEPT_MAX_SLEEP, format_revision};
use nats_server::server::{ServerError, accept_error};
use nats_server::{Options, Server};

use super::auth_test::OnlyValid;
use super::client_test_outbound::Sips;

const QUIET: &str = r#"{"verbose":false}"#;

go_test!(
    2869,
    "server_test",
    "TestStartupAndShutdown",
    startup_and_shutdown
);
fn startup_and_shutdown() {
    let server = RunningServer::with(|options| options.no_system_account = true);
    let server = server.server();
    assert!(server.is_running());
    assert_eq!(server.routez().num_routes, 0);
    assert_eq!(server.varz().remotes, 0);
    assert_eq!(server.client_count(), 0);
    assert_eq!(server.subscription_count(), 0);
    assert_eq!(server.slow_consumer_count(), 0);
    assert_eq!(server.stale_connection_count(), 0);
    assert_eq!(server.stalled_client_count(), 0);
}

go_test!(
    2879,
    "server_test",
    "TestNoDeadlockOnStartFailure",
    no_deadlock_on_start_failure
);
fn no_deadlock_on_start_failure() {
    let server = Server::new(Options {
        host: "x.x.x.x".to_owned(),
        http_host: "x.x.x.x".to_owned(),
        ..local_options()
    })
    .unwrap();
    let start = Instant::now();
    assert!(matches!(server.start(), Err(ServerError::Listen { .. })));
    server.shutdown();
    server.wait_for_shutdown();
    assert!(start.elapsed() < Duration::from_secs(10));
}

go_test!(2880, "server_test", "TestMaxConnections", max_connections);
fn max_connections() {
    let server = RunningServer::with(|options| options.max_connections = 1);
    let _first = RawClient::connected(server.address(), QUIET);
    let mut second = RawClient::connect(server.address());
    second.info();
    assert_eq!(
        second.until_closed(),
        ["-ERR 'maximum connections exceeded'"]
    );
    assert!(block_on(client::connect(&server.url())).is_err());
}

go_test!(
    2881,
    "server_test",
    "TestMaxSubscriptions",
    max_subscriptions
);
fn max_subscriptions() {
    let server = RunningServer::with(|options| options.max_subscriptions = 10);
    let mut client = RawClient::connected(server.address(), QUIET);
    for n in 0..10 {
        client.send(&format!("SUB foo.{n} {n}\r\n"));
    }
    assert!(client.flush().is_empty());
    client.send("SUB foo.22 22\r\n");
    assert_eq!(client.flush(), ["-ERR 'maximum subscriptions exceeded'"]);
    assert_eq!(server.server().subscription_count(), 10);
}

go_test!(
    2882,
    "server_test",
    "TestProcessCommandLineArgs",
    command_line_args
);
fn command_line_args() {
    let parse = |args: &[&str]| {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        flags::parse(&args)
    };
    match parse(&["-a", "127.0.0.1", "-p", "9090"]).unwrap() {
        Invocation::Run(options) => {
            assert_eq!((&*options.host, options.port), ("127.0.0.1", 9090));
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(parse(&["version"]), Ok(Invocation::Version)));
    assert!(matches!(parse(&["help"]), Ok(Invocation::Help)));
    assert!(parse(&["foo", "-p", "9090"]).is_err());
}

go_test!(
    2885,
    "server_test",
    "TestCustomClientAuthentication",
    custom_authentication
);
fn custom_authentication() {
    for nonce in [true, false] {
        let server = RunningServer::with(|options| {
            options.always_enable_nonce = nonce;
            options.authenticator = Some(SharedAuthenticator::new(OnlyValid {
                nonce,
                deadline: None,
            }));
        });
        let mut client = RawClient::connect(server.address());
        let info = client.info();
        assert_eq!(info["auth_required"], true);
        assert_eq!(info.get("nonce").is_some(), nonce);
        client.send("CONNECT {\"verbose\":false,\"user\":\"valid\"}\r\nPING\r\n");
        client.expect("PONG");
        let mut client = RawClient::connect(server.address());
        client.info();
        client.send("CONNECT {\"user\":\"invalid\"}\r\n");
        assert_eq!(client.until_closed(), ["-ERR 'Authorization Violation'"]);
    }
}

go_test!(
    2889,
    "server_test",
    "TestLameDuckOptionsValidation",
    lame_duck_options
);
fn lame_duck_options() {
    let error = Server::new(Options {
        lame_duck_duration: Duration::from_secs(5),
        lame_duck_grace_period: Duration::from_secs(10),
        ..local_options()
    })
    .unwrap_err();
    assert!(error.to_string().contains("should be strictly lower"));
}

go_test!(2893, "server_test", "TestAcceptError", accept_errors);
fn accept_errors() {
    let server = RunningServer::start();
    let context = Arc::clone(server.server().context());
    let after = |error: &io::Error, pause| block_on(accept_error(&context, "Test", error, pause));
    let hour = Duration::from_secs(3600);
    assert_eq!(after(&io::Error::other("any error"), hour), Some(hour));
    let temporary = io::Error::from(io::ErrorKind::ConnectionAborted);
    let pause = Duration::from_millis(10);
    assert_eq!(after(&temporary, pause), Some(2 * pause));
    let most = ACCEPT_MAX_SLEEP * 60 / 100;
    assert_eq!(after(&temporary, most), Some(ACCEPT_MAX_SLEEP));
    // The end of the server ends the pause.
    let start = Instant::now();
    let sleeper = {
        let context = Arc::clone(&context);
        std::thread::spawn(move || {
            let temporary = io::Error::from(io::ErrorKind::ConnectionAborted);
            block_on(accept_error(&context, "Test", &temporary, hour))
        })
    };
    wait::wait_until("it sleeps", || {
        let slept = format!("sleeping {}ms", hour.as_millis());
        server.log().contains(Level::Error, &slept)
    });
    server.server().shutdown();
    assert_eq!(sleeper.join().unwrap(), None);
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!(after(&temporary, hour), None);
}

go_test!(
    2896,
    "server_test",
    "TestClientWriteLoopStall",
    short_writes_do_not_stall
);
fn short_writes_do_not_stall() {
    let message = format!("MSG foo 1 100\r\n{}\r\n", "\0".repeat(100));
    let link = Arc::new(Link::new(1, Kind::Client, 1024));
    let sips = Sips::new(|_, length| length.min(10));
    block_on(async {
        let to = WriteHalf::Boxed(Box::new(sips.clone()));
        let deadline = Duration::from_secs(10);
        let writer = tokio::spawn(run_write_loop(Arc::clone(&link), to, deadline, false));
        assert_eq!(link.send_bytes(message.as_bytes()), Queued::Accepted);
        wait::until_async(Duration::from_secs(3), "all is written", || async {
            link.outbound().pending() == 0
        })
        .await;
        assert!(!link.is_closing());
        link.close(ClosedState::ClientClosed);
        writer.await.unwrap();
    });
    assert_eq!(sips.taken(), message.as_bytes());
}

go_test!(
    2900,
    "server_test",
    "TestServerLogsConfigurationFile",
    log_names_configuration
);
fn log_names_configuration() -> anyhow::Result<()> {
    let dir = temp_dir();
    let log = dir.path().join("server.log");
    let file = ConfigFile::new(&format!(
        "listen: \"127.0.0.1:-1\"\nlogfile: '{}'\n",
        log.display()
    ));
    let mut options = Options {
        no_sigs: true,
        ..Options::default()
    };
    options.load(file.path())?;
    let server = Server::new(options)?;
    server.configure_logger()?;
    server.start()?;
    server.shutdown();
    server.wait_for_shutdown();
    let text = std::fs::read_to_string(&log)?;
    let line = format!("Using configuration file: {}", file.path().display());
    assert!(text.contains(&line), "{text}");
    Ok(())
}

go_test!(
    2901,
    "server_test",
    "TestServerRateLimitLogging",
    rate_limited_log
);
fn rate_limited_log() {
    const QUIET_FOR: Duration = Duration::from_millis(100);
    let server = RunningServer::start();
    let logger = &server.server().context().logger;
    logger.set_limit_interval(QUIET_FOR);
    let _named: Vec<RawClient> = ["c1", "c2"]
        .map(|name| {
            let connect = format!(r#"{{"verbose":false,"name":"{name}"}}"#);
            RawClient::connected(server.address(), &connect)
        })
        .into();
    let client = |id| server.server().client(id).unwrap();
    let (one, two) = (client(1), client(2));
    let warn = |of: Option<&Client>, text: &str| match of {
        Some(client) => client.log_limited(Level::Warn, format_args!("{text}")),
        None => logger.limited(Level::Warn, text, format_args!("{text}")),
    };
    let warn_value = |of: Option<&Client>, value: u32| {
        let (key, text) = ("warning value", format!("warning value {value}"));
        match of {
            Some(client) => client.log_limited_as(Level::Warn, key, format_args!("{text}")),
            None => logger.limited(Level::Warn, key, format_args!("{text}")),
        }
    };
    let count = |text: &str| {
        let lines = server.log().lines();
        let warnings = lines.iter().filter(|(level, _)| *level == Level::Warn);
        warnings.filter(|(_, line)| line.contains(text)).count()
    };
    let texts = ["Warning number 1", "Warning number 2", "warning value"];
    // First by the server itself, then by two clients of one account.
    for (n, [first, second]) in [[None, None], [Some(&*one), Some(&*two)]]
        .into_iter()
        .enumerate()
    {
        wait::elapse(2 * QUIET_FOR, "what was logged before may be logged again");
        let before = texts.map(count);
        for (client, value) in [(first, 1), (second, 2)] {
            warn(client, texts[0]);
            warn(client, texts[1]);
            warn_value(client, value);
        }
        assert_eq!(texts.map(count), before.map(|count| count + 1), "{n}");
        wait::elapse(2 * QUIET_FOR, "what was logged may be logged again");
        for client in [first, second] {
            warn(client, texts[0]);
        }
        warn_value(first, 1);
        assert_eq!(count(texts[0]), before[0] + 2);
        assert_eq!(count(texts[2]), before[2] + 2);
    }
}

/// A server with a configuration.
fn configured(text: &str) -> anyhow::Result<(Server, Arc<CapturedLog>)> {
    let file = ConfigFile::new(text);
    let mut options = Options {
        no_sigs: true,
        ..Options::default()
    };
    options.load(file.path())?;
    let server = Server::new(options)?;
    let log = Arc::new(CapturedLog::default());
    server.set_logger(Some(Arc::clone(&log) as Arc<dyn LogSink>), true, false);
    server.start()?;
    Ok((server, log))
}

go_test!(
    2902,
    "server_test",
    "TestServerAuthBlockAndSysAccounts",
    auth_block_and_system_account
);
fn auth_block_and_system_account() -> anyhow::Result<()> {
    let (server, _) = configured(
        r#"
        listen: "127.0.0.1:-1"
        server_name: s-test
        authorization { users = [ { user: "u", password: "pass" } ] }
        accounts { $SYS: { users: [ { user: admin, password: pwd } ] } }
        "#,
    )?;
    let address = server.client_address().unwrap();
    let known = r#"{"verbose":false,"user":"u","pass":"pass"}"#;
    drop(RawClient::connected(address, known));
    let mut nobody = RawClient::connect(address);
    nobody.info();
    nobody.send("CONNECT {}\r\n");
    assert_eq!(nobody.until_closed(), ["-ERR 'Authorization Violation'"]);
    server.shutdown();
    Ok(())
}

go_test!(
    2903,
    "server_test",
    "TestServerConfigLastLineComments",
    last_line_comment
);
fn last_line_comment() -> anyhow::Result<()> {
    let (server, _) = configured("\n\t{\n\t\t\"listen\":  \"127.0.0.1:-1\"\n\t}\n\t# wibble\n\t")?;
    drop(RawClient::connected(
        server.client_address().unwrap(),
        QUIET,
    ));
    server.shutdown();
    Ok(())
}

go_test!(2866, "server_test", "TestSemanticVersion", semantic_version);
fn semantic_version() {
    let pattern =
        r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$";
    let version = nats_server::protocol::constants::VERSION;
    assert!(
        regex::Regex::new(pattern).unwrap().is_match(version),
        "{version}"
    );
}

go_test!(
    2907,
    "server_test",
    "TestBuildinfoFormatRevision",
    format_of_revisions
);
fn format_of_revisions() {
    for (revision, short) in [
        ("abc123def456789", "abc123d"),
        ("abc123d", "abc123d"),
        ("1234", "1234"),
        ("5", "5"),
        ("", ""),
        ("abc123", "abc123"),
    ] {
        assert_eq!(format_revision(revision), short);
    }
}
