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
        let arguments: Vec<String> = std::env::args_os()
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect();
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
