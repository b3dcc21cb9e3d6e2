//! Go: `server/signal_test.go`.

use std::cell::RefCell;
use std::io;
use std::time::{Duration, Instant};

use conformance::go_test;
use conformance::process::ServerProcess;
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use conformance::wait::wait_until;
use nats_server::Server;
use nats_server::logging::Level;
use nats_server::server::{Command, Processes, SignalError, send_signal};
use rustix::process::{Signal, getpid, kill_process};

/// A machine with the processes that a test wants.
struct Fake {
    servers: io::Result<Vec<i32>>,
    refuses: bool,
    killed: RefCell<Vec<(i32, i32)>>,
}

impl Fake {
    fn new(servers: io::Result<Vec<i32>>) -> Self {
        Self {
            servers,
            refuses: false,
            killed: RefCell::default(),
        }
    }

    /// The servers listed, with this process among them.
    fn running(pids: &[i32]) -> Self {
        let own = i32::try_from(std::process::id()).unwrap();
        Self::new(Ok(pids.iter().copied().chain([own]).collect()))
    }
}

impl Processes for Fake {
    fn servers(&self) -> io::Result<Vec<i32>> {
        match &self.servers {
            Ok(pids) => Ok(pids.clone()),
            Err(error) => Err(error.kind().into()),
        }
    }

    fn kill(&self, pid: i32, signal: i32) -> io::Result<()> {
        self.killed.borrow_mut().push((pid, signal));
        if self.refuses {
            Err(io::ErrorKind::PermissionDenied.into())
        } else {
            Ok(())
        }
    }
}

fn error(processes: &Fake, target: &str) -> String {
    let error = send_signal(processes, Command::Stop, target).unwrap_err();
    error.to_string()
}

fn exits_well(signal: Signal) {
    let mut server = ServerProcess::start();
    server.signal(signal);
    let status = server.wait_for_end(Duration::from_secs(10)).unwrap();
    assert!(status.success(), "{status}");
}

go_test!(
    2910,
    "signal_test",
    "TestSignalToReOpenLogFile",
    reopen_log_file
);
fn reopen_log_file() {
    let directory = conformance::files::temp_dir();
    let path = directory.path().join("test.log");
    let mut options = conformance::server::local_options();
    options.log_file = path.to_string_lossy().into_owned();
    let server = Server::new(options).unwrap();
    server.configure_logger().unwrap();
    server.handle_signals().unwrap();
    server.start().unwrap();
    let content = || std::fs::read_to_string(&path).unwrap_or_default();
    assert!(content().contains("Server is ready"));
    std::fs::rename(&path, path.with_extension("bak")).unwrap();
    // Each test has a process of its own, so the signal reaches this server alone.
    kill_process(getpid(), Signal::USR1).unwrap();
    wait_until("the log is open again", || {
        content().contains("File log re-opened")
    });
    assert!(!content().contains("Server is ready"));
    server.shutdown();
}

go_test!(2911, "signal_test", "TestSignalToReloadConfig", reload);
fn reload() {
    let text = |user: &str| {
        format!(
            "listen: 127.0.0.1:-1\naccounts: {{\n\
             A: {{ users: [ {{ user: \"{user}\", password: foo }} ] }}\n}}"
        )
    };
    let file = conformance::files::ConfigFile::new(&text("foo"));
    let options = nats_server::Options::from_file(file.path()).unwrap();
    let server = Server::new(options).unwrap();
    server.handle_signals().unwrap();
    server.start().unwrap();
    let reloaded = || {
        let loaded = server.config_time();
        kill_process(getpid(), Signal::HUP).unwrap();
        wait_until("the configuration is read again", || {
            server.config_time() > loaded
        });
    };
    // The time changes even if nothing else does.
    reloaded();
    assert_eq!(server.options().users[0].username, "foo");
    for user in ["foo:0", "foo:1"] {
        file.rewrite(&text(user));
        reloaded();
        assert_eq!(server.options().users[0].username, user);
    }
    server.shutdown();
}

go_test!(
    2912,
    "signal_test",
    "TestProcessSignalNoProcesses",
    no_processes
);
fn no_processes() {
    let processes = Fake::new(Ok(Vec::new()));
    assert_eq!(error(&processes, ""), "no nats-server processes running");
}

go_test!(
    2913,
    "signal_test",
    "TestProcessSignalMultipleProcesses",
    several_processes
);
fn several_processes() {
    let processes = Fake::running(&[123, 456]);
    assert_eq!(
        error(&processes, ""),
        "multiple nats-server processes running:\n123\n456"
    );
    assert!(processes.killed.borrow().is_empty());
}

/// The processes that `target` reaches, each of which refuses.
fn refused(servers: &[i32], target: &str) -> Vec<String> {
    let processes = Fake {
        refuses: true,
        ..Fake::running(servers)
    };
    error(&processes, target)
        .split('\n')
        .map(str::to_owned)
        .collect()
}

go_test!(
    2914,
    "signal_test",
    "TestProcessSignalMultipleProcessesGlob",
    several_by_glob
);
fn several_by_glob() {
    let lines = refused(&[123, 456], "*");
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0], "");
    assert!(lines[1].starts_with("signal \"stop\" 123:"), "{lines:?}");
    assert!(lines[2].starts_with("signal \"stop\" 456:"), "{lines:?}");
}

go_test!(
    2915,
    "signal_test",
    "TestProcessSignalMultipleProcessesGlobPartial",
    some_by_glob
);
fn some_by_glob() {
    let lines = refused(&[123, 124, 456], "12*");
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0], "");
    assert!(lines[1].starts_with("signal \"stop\" 123:"), "{lines:?}");
    assert!(lines[2].starts_with("signal \"stop\" 124:"), "{lines:?}");
}

go_test!(
    2916,
    "signal_test",
    "TestProcessSignalPgrepError",
    pgrep_error
);
fn pgrep_error() {
    let processes = Fake::new(Err(io::ErrorKind::PermissionDenied.into()));
    assert_eq!(
        error(&processes, ""),
        "unable to resolve pid, try providing one"
    );
}

go_test!(
    2918,
    "signal_test",
    "TestProcessSignalResolveSingleProcess",
    single_process
);
fn single_process() {
    let processes = Fake::running(&[123]);
    send_signal(&processes, Command::Stop, "").unwrap();
    assert_eq!(*processes.killed.borrow(), [(123, libc::SIGKILL)]);
}

go_test!(
    2919,
    "signal_test",
    "TestProcessSignalInvalidCommand",
    unknown_command
);
fn unknown_command() {
    let error = "invalid".parse::<Command>().unwrap_err();
    assert_eq!(error, SignalError::Unknown("invalid".to_owned()));
    assert_eq!(error.to_string(), "unknown signal \"invalid\"");
}

go_test!(
    2920,
    "signal_test",
    "TestProcessSignalInvalidPid",
    invalid_pid
);
fn invalid_pid() {
    let processes = Fake::running(&[]);
    assert_eq!(error(&processes, "abc"), "invalid pid: abc");
    assert_eq!(error(&processes, "-1"), "invalid pid: -1");
}

/// `command` reaches process 123 as `signal`.
fn reaches(command: &str, signal: i32) {
    let processes = Fake::running(&[]);
    send_signal(&processes, command.parse().unwrap(), "123").unwrap();
    assert_eq!(*processes.killed.borrow(), [(123, signal)]);
}

go_test!(
    2921,
    "signal_test",
    "TestProcessSignalQuitProcess",
    quit_process
);
fn quit_process() {
    reaches("quit", libc::SIGINT);
}

go_test!(
    2922,
    "signal_test",
    "TestProcessSignalTermProcess",
    term_process
);
fn term_process() {
    reaches("term", libc::SIGTERM);
}

go_test!(
    2923,
    "signal_test",
    "TestProcessSignalReopenProcess",
    reopen_process
);
fn reopen_process() {
    reaches("reopen", libc::SIGUSR1);
}

go_test!(
    2924,
    "signal_test",
    "TestProcessSignalReloadProcess",
    reload_process
);
fn reload_process() {
    reaches("reload", libc::SIGHUP);
}

go_test!(
    2925,
    "signal_test",
    "TestProcessSignalLameDuckMode",
    lame_duck_process
);
fn lame_duck_process() {
    reaches("ldm", libc::SIGUSR2);
}

go_test!(
    2927,
    "signal_test",
    "TestSignalInterruptHasSuccessfulExit",
    interrupt_exits_well
);
fn interrupt_exits_well() {
    exits_well(Signal::INT);
}

go_test!(
    2928,
    "signal_test",
    "TestSignalTermHasSuccessfulExit",
    term_exits_well
);
fn term_exits_well() {
    exits_well(Signal::TERM);
}

go_test!(
    2926,
    "signal_test",
    "TestProcessSignalTermDuringLameDuckMode",
    term_during_lame_duck
);
fn term_during_lame_duck() {
    let grace = Duration::from_secs(1);
    let server = RunningServer::with(|options| {
        options.lame_duck_grace_period = grace;
        options.lame_duck_duration = 2 * grace;
    });
    let running = server.server();
    running.handle_signals().unwrap();
    let mut client = RawClient::connected(server.address(), r#"{"verbose":false}"#);
    let start = Instant::now();
    running.lame_duck_mode();
    wait_until("the server is a lame duck", || {
        running.context().is_lame_duck()
    });
    // Neither does this end the server before its time...
    kill_process(getpid(), Signal::TERM).unwrap();
    client.until_closed();
    assert!(start.elapsed() >= grace, "{:?}", start.elapsed());
    // ... nor does it afterwards, which it does by itself.
    kill_process(getpid(), Signal::TERM).unwrap();
    wait_until("the server has ended", || !running.is_running());
    let told = server.log().contains(Level::Debug, "Trapped Term signal");
    assert!(!told, "the signal was obeyed");
}
