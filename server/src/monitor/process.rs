//! `/ipqueuesz`, `/stacksz` and `/debug/vars`: the inside of the process.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::json::is_default;
use super::state::Monitor;

/// What to tell of queues.
#[derive(Debug, Clone, Default)]
pub struct IpqueueszOptions {
    /// Also those that are empty.
    pub all: bool,
    /// Only those whose name contains this.
    pub filter: String,
}

/// One queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IpqueueStatus {
    /// Elements that wait.
    pub pending: usize,
    /// Elements that are being worked on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub in_progress: usize,
}

impl Monitor {
    /// Tells of the queues inside the server by name (`Ipqueuesz`).
    #[must_use]
    pub fn ipqueuesz(&self, options: &IpqueueszOptions) -> BTreeMap<String, IpqueueStatus> {
        self.context()
            .queues
            .snapshot()
            .into_iter()
            .filter(|(name, pending, in_progress)| {
                (options.all || *pending > 0 || *in_progress > 0) && name.contains(&options.filter)
            })
            .map(|(name, pending, in_progress)| {
                let status = IpqueueStatus {
                    pending,
                    in_progress,
                };
                (name, status)
            })
            .collect()
    }

    /// The stack of the asking thread, and what the system knows of all threads
    /// (`HandleStacksz`). Threads can not look at each other's stacks.
    ///
    /// # Errors
    ///
    /// If the system does not tell.
    pub fn stacksz(&self) -> io::Result<String> {
        let mut text = String::from("current thread:\n");
        let stack = std::backtrace::Backtrace::force_capture();
        writeln!(text, "{stack}").map_err(io::Error::other)?;
        for entry in fs::read_dir("/proc/self/task")? {
            let task = entry?.path();
            // A thread may end while we look.
            let Ok(status) = fs::read_to_string(task.join("status")) else {
                continue;
            };
            let field = |name: &str| {
                let line = status.lines().find_map(|line| line.strip_prefix(name));
                line.unwrap_or_default().trim().to_owned()
            };
            let waits_in = fs::read_to_string(task.join("wchan")).unwrap_or_default();
            writeln!(
                text,
                "thread {} \"{}\": {}, {waits_in}",
                field("Pid:"),
                field("Name:"),
                field("State:"),
            )
            .map_err(io::Error::other)?;
        }
        Ok(text)
    }

    /// The command line and the use of memory, in the layout of Go's `expvar`. Of
    /// its `memstats` there is what has a meaning without a garbage collector.
    ///
    /// # Errors
    ///
    /// If the system does not tell.
    pub fn expvarz(&self) -> io::Result<Vec<u8>> {
        let arguments = without_secrets(
            std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()),
        );
        let status = fs::read_to_string("/proc/self/status")?;
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kib = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok());
            kib.unwrap_or(0_u64) * 1024
        };
        let memory = json!({
            "Alloc": bytes("RssAnon:"),
            "HeapAlloc": bytes("RssAnon:"),
            "HeapSys": bytes("VmData:"),
            "StackSys": bytes("VmStk:"),
            "Sys": bytes("VmRSS:"),
        });
        let line = serde_json::to_string(&arguments)?;
        Ok(format!("{{\n\"cmdline\": {line},\n\"memstats\": {memory}\n}}\n").into_bytes())
    }
}

/// Flags whose values are for nobody else.
const SECRET_FLAGS: &[&str] = &["user", "pass", "auth"];

const REDACTED: &str = "[REDACTED]";

/// A command line without users, passwords and tokens, whether they stand in flags of
/// their own or in URLs (secnote-2026-14).
fn without_secrets(arguments: impl Iterator<Item = String>) -> Vec<String> {
    let mut is_secret = false;
    let shown = arguments.map(|argument| {
        if std::mem::take(&mut is_secret) {
            return REDACTED.to_owned();
        }
        let flag = argument.strip_prefix('-');
        if let Some(flag) = flag.map(|flag| flag.strip_prefix('-').unwrap_or(flag)) {
            let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
            if SECRET_FLAGS.contains(&name) {
                if value.is_empty() {
                    is_secret = true;
                    return argument;
                }
                let kept = argument.len() - value.len();
                return format!("{}{REDACTED}", argument.get(..kept).unwrap_or_default());
            }
        }
        without_userinfo(&argument)
    });
    shown.collect()
}

/// Text without what stands before the host of the URLs in it.
fn without_userinfo(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        shown.push_str(before);
        shown.push_str("://");
        let end = after.find(['/', ',']).unwrap_or(after.len());
        rest = match after.get(..end).and_then(|authority| authority.rfind('@')) {
            Some(at) => {
                shown.push_str(REDACTED);
                after.get(at..).unwrap_or_default()
            }
            None => after,
        };
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_are_told_without_secrets() {
        let shown = |line: &str| {
            let words = line.split(' ').map(str::to_owned);
            without_secrets(words).join(" ")
        };
        for (line, want) in [
            ("nats-server -p 4222 -m 8222", "nats-server -p 4222 -m 8222"),
            (
                "x --user u --pass p -p 1",
                "x --user [REDACTED] --pass [REDACTED] -p 1",
            ),
            ("x -auth=t --pass=p", "x -auth=[REDACTED] --pass=[REDACTED]"),
            ("x -P pidfile --passive y", "x -P pidfile --passive y"),
            (
                "x --routes nats://u:p@h:1,nats://h:2/a@b",
                "x --routes nats://[REDACTED]@h:1,nats://h:2/a@b",
            ),
            (
                "x --cluster=nats://u:p@q@h:1",
                "x --cluster=nats://[REDACTED]@h:1",
            ),
        ] {
            assert_eq!(shown(line), want);
        }
    }
}
