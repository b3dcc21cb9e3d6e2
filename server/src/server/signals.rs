//! Signals to a server's process, and sending them (`signal.go`).

use std::fs;
use std::io;
use std::str::FromStr;

use thiserror::Error;
use tokio::signal::unix::{SignalKind, signal};

use super::Server;

/// What a server can be told by signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// End at once, without cleaning up.
    Stop,
    /// End.
    Quit,
    /// End.
    Term,
    /// Open the log file anew.
    Reopen,
    /// Read the configuration again.
    Reload,
    /// Enter lame duck mode.
    LameDuck,
}

/// A signal that could not be sent.
#[derive(Debug, Error)]
pub enum SignalError {
    /// A command nobody knows.
    #[error("unknown signal {0:?}")]
    Unknown(String),
    /// A process id that is none.
    #[error("invalid pid: {0}")]
    Pid(String),
    /// No server runs.
    #[error("no nats-server processes running")]
    None,
    /// More than one server runs, so one must be named.
    #[error("multiple nats-server processes running:\n{0}")]
    Several(String),
    /// The system refuses.
    #[error("signal {signal:?} to pid {pid}: {source}")]
    Refused {
        /// The command.
        signal: String,
        /// The process.
        pid: i32,
        /// Why.
        source: io::Error,
    },
}

impl FromStr for Command {
    type Err = SignalError;

    fn from_str(text: &str) -> Result<Self, SignalError> {
        Ok(match text {
            "stop" => Self::Stop,
            "quit" => Self::Quit,
            "term" => Self::Term,
            "reopen" => Self::Reopen,
            "reload" => Self::Reload,
            "ldm" => Self::LameDuck,
            other => return Err(SignalError::Unknown(other.to_owned())),
        })
    }
}

impl Command {
    fn number(self) -> i32 {
        match self {
            Self::Stop => libc::SIGKILL,
            Self::Quit => libc::SIGINT,
            Self::Term => libc::SIGTERM,
            Self::Reopen => libc::SIGUSR1,
            Self::Reload => libc::SIGHUP,
            Self::LameDuck => libc::SIGUSR2,
        }
    }
}

/// Sends `command` to the process that `target` names: a process id, a file with
/// one, or nothing if only one server runs.
///
/// # Errors
///
/// [`SignalError`] if there is no such process or it can not be signalled.
pub fn send_signal(command: Command, target: &str) -> Result<(), SignalError> {
    let pid = if target.is_empty() {
        only_server()?
    } else {
        named(target)?
    };
    // SAFETY: `kill` takes two integers and touches no memory of ours.
    #[expect(
        unsafe_code,
        reason = "the standard library has no call for other processes"
    )]
    let result = unsafe { libc::kill(pid, command.number()) };
    if result == 0 {
        return Ok(());
    }
    let source = io::Error::last_os_error();
    Err(SignalError::Refused {
        signal: format!("{command:?}"),
        pid,
        source,
    })
}

fn named(target: &str) -> Result<i32, SignalError> {
    let text = match target.parse::<i32>() {
        Ok(pid) if pid > 0 => return Ok(pid),
        _ => fs::read_to_string(target).map_err(|_| SignalError::Pid(target.to_owned()))?,
    };
    match text.trim().parse::<i32>() {
        Ok(pid) if pid > 0 => Ok(pid),
        _ => Err(SignalError::Pid(text.trim().to_owned())),
    }
}

fn only_server() -> Result<i32, SignalError> {
    let own = i32::try_from(std::process::id()).unwrap_or_default();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")
        .map_err(|_| SignalError::None)?
        .flatten()
    {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<i32>() else {
            continue;
        };
        let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
        if pid != own && name.trim() == "nats-server" {
            found.push(pid);
        }
    }
    match found.as_slice() {
        [] => Err(SignalError::None),
        [pid] => Ok(*pid),
        several => {
            let list: Vec<String> = several.iter().map(ToString::to_string).collect();
            Err(SignalError::Several(list.join("\n")))
        }
    }
}

pub(super) fn handle(server: &Server) -> io::Result<()> {
    let _entered = server.handle().enter();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut user1 = signal(SignalKind::user_defined1())?;
    let mut user2 = signal(SignalKind::user_defined2())?;
    let server = server.clone();
    tokio::spawn(async move {
        loop {
            let command = tokio::select! {
                _ = interrupt.recv() => Command::Quit,
                _ = terminate.recv() => Command::Term,
                _ = hang_up.recv() => Command::Reload,
                _ = user1.recv() => Command::Reopen,
                _ = user2.recv() => Command::LameDuck,
            };
            obey(&server, command);
        }
    });
    Ok(())
}

fn obey(server: &Server, command: Command) {
    let logger = &server.context().logger;
    match command {
        Command::Stop | Command::Quit | Command::Term => {
            logger.debug(format_args!("Trapped {command:?} signal"));
            let server = server.clone();
            // Shutting down waits for connections, which this thread must not.
            std::thread::spawn(move || server.shutdown());
        }
        Command::Reopen => server.reopen_log_file(),
        Command::Reload => {
            logger.error(format_args!(
                "Failed to reload server configuration: not supported by this version"
            ));
        }
        Command::LameDuck => server.lame_duck_mode(),
    }
}
