//! Sending signals to running servers (`ProcessSignal` in `signal.go`).

use std::fs;
use std::io;
use std::str::FromStr;

use thiserror::Error;

/// Name of a server's process.
const PROCESS_NAME: &str = "nats-server";

/// What a server can be told by signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// End at once, without cleaning up.
    Stop,
    /// End.
    Quit,
    /// End, unless in lame duck mode.
    Term,
    /// Open the log file anew.
    Reopen,
    /// Read the configuration again.
    Reload,
    /// Enter lame duck mode.
    LameDuck,
}

/// A signal that could not be sent.
#[derive(Debug, PartialEq, Eq, Error)]
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
    #[error("multiple nats-server processes running:{0}")]
    Several(String),
    /// The running processes can not be listed.
    #[error("unable to resolve pid, try providing one")]
    Unresolved,
    /// The system refuses, for one line per process.
    #[error("{0}")]
    Refused(String),
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
    /// The signal's number (`CommandToSignal`).
    #[must_use]
    pub fn signal(self) -> i32 {
        match self {
            Self::Stop => libc::SIGKILL,
            Self::Quit => libc::SIGINT,
            Self::Term => libc::SIGTERM,
            Self::Reopen => libc::SIGUSR1,
            Self::Reload => libc::SIGHUP,
            Self::LameDuck => libc::SIGUSR2,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Quit => "quit",
            Self::Term => "term",
            Self::Reopen => "reopen",
            Self::Reload => "reload",
            Self::LameDuck => "ldm",
        }
    }
}

/// The processes of a machine.
pub trait Processes {
    /// The ids of all server processes.
    ///
    /// # Errors
    ///
    /// What hinders the listing.
    fn servers(&self) -> io::Result<Vec<i32>>;

    /// Sends `signal` to the process `pid`.
    ///
    /// # Errors
    ///
    /// Why it was not sent.
    fn kill(&self, pid: i32, signal: i32) -> io::Result<()>;
}

/// The processes of this machine.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemProcesses;

impl Processes for SystemProcesses {
    fn servers(&self) -> io::Result<Vec<i32>> {
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc")? {
            let entry = entry?;
            let Ok(pid) = entry.file_name().to_string_lossy().parse() else {
                continue;
            };
            // A process may end while the list is read.
            let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            if name.trim() == PROCESS_NAME {
                found.push(pid);
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    fn kill(&self, pid: i32, signal: i32) -> io::Result<()> {
        #[expect(
            unsafe_code,
            reason = "the standard library has no call for other processes"
        )]
        // SAFETY: `kill` takes two integers and touches no memory of ours.
        let result = unsafe { libc::kill(pid, signal) };
        if result == 0 {
            Ok(())
        } else {
            Err(io::Error::last_os_error())
        }
    }
}

/// Sends `command` to the processes that `target` names: a process id, a file that
/// holds one, the beginning of ids with a `*` after it, or nothing if only one
/// server runs.
///
/// # Errors
///
/// [`SignalError`] if there is no such process or it can not be signalled.
pub fn send_signal(
    processes: &impl Processes,
    command: Command,
    target: &str,
) -> Result<(), SignalError> {
    let (prefix, several) = match target.strip_suffix('*') {
        Some(prefix) => (prefix, true),
        None => (target, false),
    };
    let pids = if several || prefix.is_empty() {
        if !prefix.is_empty() && prefix.parse::<i32>().is_err() {
            return Err(SignalError::Pid(prefix.to_owned()));
        }
        let own = i32::try_from(std::process::id()).unwrap_or_default();
        let mut pids = processes.servers().map_err(|_| SignalError::Unresolved)?;
        pids.retain(|pid| *pid != own);
        pids
    } else {
        vec![named(prefix)?]
    };
    if pids.is_empty() {
        return Err(SignalError::None);
    }
    if pids.len() > 1 && !several {
        return Err(SignalError::Several(
            pids.iter().map(|pid| format!("\n{pid}")).collect(),
        ));
    }
    let mut refused = String::new();
    for pid in pids {
        if several && !pid.to_string().starts_with(prefix) {
            continue;
        }
        if let Err(error) = processes.kill(pid, command.signal()) {
            refused.push_str(&format!("\nsignal {:?} {pid}: {error}", command.name()));
        }
    }
    if refused.is_empty() {
        Ok(())
    } else {
        Err(SignalError::Refused(refused))
    }
}

fn named(target: &str) -> Result<i32, SignalError> {
    let bad = || SignalError::Pid(target.to_owned());
    let pid = match target.parse::<i32>() {
        Ok(pid) => pid,
        Err(_) => fs::read_to_string(target)
            .map_err(|_| bad())?
            .trim()
            .parse()
            .map_err(|_| bad())?,
    };
    // Zero and negative numbers would reach groups of processes.
    if pid > 0 { Ok(pid) } else { Err(bad()) }
}
