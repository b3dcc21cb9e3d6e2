//! The inner process: one test, and the judgement on it.
//!
//! A panic in any thread or task fails the test, joined or not. That is only
//! fair, and only possible to attribute, because nothing else runs here.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::record::{Outcome, Record};

/// Exit code of a test that failed, libtest's own.
const EXIT_FAILED: u8 = 101;

/// Panics seen so far, from whichever thread.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

thread_local! {
    static EXPECTING: Cell<bool> = const { Cell::new(false) };
}

/// Runs one test in this process and leaves its verdict at a path.
pub(super) fn run(
    id: u32,
    name: String,
    body: fn() -> anyhow::Result<()>,
    verdict: &Path,
    limit: Duration,
) -> anyhow::Result<ExitCode> {
    die_with_parent()?;
    watch_panics();
    let started = Instant::now();
    let (done, finished) = mpsc::channel();
    let runner = thread::Builder::new().name(name.clone()).spawn(move || {
        let outcome = panic::catch_unwind(AssertUnwindSafe(body));
        // The receiver goes away only when the time is up and the process ends.
        done.send(outcome.unwrap_or(Ok(()))).ok();
    })?;
    let mut faults = match finished.recv_timeout(limit) {
        Ok(Ok(())) => Vec::new(),
        Ok(Err(error)) => vec![format!("{error:#}")],
        Err(_) => vec![format!("not finished after {} s", limit.as_secs())],
    };
    let elapsed = started.elapsed();
    drop(runner);
    faults.extend(
        PANICS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..),
    );
    let failed = !faults.is_empty();
    let record = Record {
        id,
        name,
        outcome: if failed {
            Outcome::Failed
        } else {
            Outcome::Passed
        },
        duration_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        message: failed.then(|| faults.join("\n")),
        earlier_failures: 0,
    };
    record.write(verdict)?;
    Ok(if failed {
        ExitCode::from(EXIT_FAILED)
    } else {
        ExitCode::SUCCESS
    })
}

/// Runs code that has to panic on this thread with a message that contains
/// `text`; any other panic during a test is a failure.
///
/// # Panics
/// If the code doesn't panic, or with another message.
pub fn expect_panic<T>(text: &str, code: impl FnOnce() -> T) {
    EXPECTING.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(code));
    EXPECTING.set(false);
    match outcome {
        Ok(_) => panic!("expected a panic with `{text}`; there was none"),
        Err(payload) => {
            let message = payload_text(payload.as_ref());
            assert!(
                message.contains(text),
                "expected a panic with `{text}`, got `{message}`"
            );
        }
    }
}

fn watch_panics() {
    let default = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if EXPECTING.get() {
            return;
        }
        PANICS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(describe(info));
        default(info);
    }));
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let thread = thread::current();
    let thread = thread.name().unwrap_or("unnamed");
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    format!(
        "panicked at {place} (thread {thread}): {}",
        payload_text(info.payload())
    )
}

fn payload_text(payload: &(dyn std::any::Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}

/// Ends this process when the supervisor is killed.
fn die_with_parent() -> anyhow::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))
        .context("asking to be ended together with the supervisor")
}
