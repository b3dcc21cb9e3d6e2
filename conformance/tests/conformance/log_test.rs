//! Go: `server/log_test.go`.

use std::fs;
use std::sync::Arc;

use conformance::go_test;
use conformance::raw::RawClient;
use conformance::server::{CapturedLog, RunningServer, local_options};
use nats_server::logging::{Level, LogSink};
use nats_server::{Options, Server};

fn server(change: impl FnOnce(&mut Options)) -> Server {
    let mut options = local_options();
    change(&mut options);
    Server::new(options).expect("the options can be used")
}

fn captured() -> (Arc<CapturedLog>, Option<Arc<dyn LogSink>>) {
    let log = Arc::new(CapturedLog::default());
    (Arc::clone(&log), Some(log as Arc<dyn LogSink>))
}

go_test!(2017, "log_test", "TestSetLogger", set_logger);
fn set_logger() {
    let server = server(|_| {});
    let (log, sink) = captured();
    server.set_logger(sink.clone(), true, true);
    let logger = &server.context().logger;
    assert!(logger.is_debug() && logger.is_trace());
    logger.notice(format_args!("This is a Notice"));
    logger.error(format_args!("This is an Error"));
    logger.fatal(format_args!("This is a Fatal"));
    logger.debug(format_args!("This is a Debug"));
    logger.trace(format_args!("This is a Trace"));
    logger.warn(format_args!("This is a Warning"));
    let want = [
        (Level::Notice, "This is a Notice"),
        (Level::Error, "This is an Error"),
        (Level::Fatal, "This is a Fatal"),
        (Level::Debug, "This is a Debug"),
        (Level::Trace, "This is a Trace"),
        (Level::Warn, "This is a Warning"),
    ];
    assert_eq!(
        log.lines(),
        want.map(|(level, text)| (level, text.to_owned()))
    );

    server.set_logger(sink, false, false);
    assert!(!logger.is_debug() && !logger.is_trace());
    logger.debug(format_args!("This Debug should not be traced"));
    logger.trace(format_args!("This Trace should not be traced"));
    assert_eq!(log.lines().len(), want.len());
}

go_test!(2018, "log_test", "TestReOpenLogFile", reopen_log_file);
fn reopen_log_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.log");
    let server = server(|options| options.log_file = path.to_string_lossy().into_owned());
    // Without a log there is nothing to do and nothing happens.
    server.set_logger(None, false, false);
    server.reopen_log_file();

    let (log, sink) = captured();
    server.set_logger(sink, false, false);
    server.reopen_log_file();
    assert!(log.contains(Level::Notice, "File log re-open ignored, not a file logger"));

    server.configure_logger().unwrap();
    let logger = &server.context().logger;
    logger.notice(format_args!("This is a Notice"));
    assert!(
        fs::read_to_string(&path)
            .unwrap()
            .contains("This is a Notice")
    );
    fs::rename(&path, path.with_extension("bak")).unwrap();
    server.reopen_log_file();
    let content = fs::read_to_string(&path).unwrap();
    assert!(content.ends_with("File log re-opened\n"), "{content}");
    logger.notice(format_args!("New message"));
    let content = fs::read_to_string(&path).unwrap();
    assert!(content.ends_with("New message\n"), "{content}");
    assert!(!content.contains("This is a Notice"));
}

go_test!(
    2019,
    "log_test",
    "TestFileLoggerSizeLimitAndReopen",
    size_limit_and_reopen
);
fn size_limit_and_reopen() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.log");
    let server = server(|options| {
        options.log_file = path.to_string_lossy().into_owned();
        options.logtime = true;
        options.log_size_limit = 1000;
    });
    server.configure_logger().unwrap();
    let logger = &server.context().logger;
    logger.notice(format_args!("this is a notice"));
    server.reopen_log_file();
    assert!(
        fs::read_to_string(&path)
            .unwrap()
            .ends_with("File log re-opened\n")
    );
    logger.notice(format_args!("{}", "A".repeat(800)));
    logger.notice(format_args!("{}", "B".repeat(800)));
    let content = fs::read_to_string(&path).unwrap();
    assert!(
        !content.contains("AAAAA") && !content.contains("BBBBB"),
        "{content}"
    );
    assert!(content.contains("Rotated log, backup saved"), "{content}");
}

go_test!(
    2020,
    "log_test",
    "TestNoPasswordsFromConnectTrace",
    no_passwords_in_trace
);
fn no_passwords_in_trace() {
    let server = RunningServer::with(|options| {
        options.username = "derek".to_owned();
        options.password = "s3cr3t".to_owned();
    });
    let mut client = RawClient::connect(server.address());
    client.info();
    client.send("CONNECT {\"user\":\"derek\",\"pass\":\"s3cr3t\"}\r\nPING\r\n");
    client.expect("+OK");
    client.expect("PONG");
    let lines = server.log().lines();
    assert!(
        lines.iter().any(|(_, line)| line.contains("<<- [CONNECT")),
        "{lines:?}"
    );
    assert!(
        lines.iter().all(|(_, line)| !line.contains("s3cr3t")),
        "{lines:?}"
    );
}
