//! The log that everything in a server writes to.

use std::fmt::Arguments;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::format::Level;
use super::rate_limit::RateLimit;

/// Where log lines go. Implement it to capture a server's log.
pub trait LogSink: Send + Sync {
    /// Takes one message of `level`.
    fn log(&self, level: Level, message: Arguments<'_>);

    /// Opens the destination anew, for a log file that was moved away.
    ///
    /// # Errors
    ///
    /// Whatever hinders the opening; `Unsupported` for anything but a file.
    fn reopen(&self) -> std::io::Result<()> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}

/// A server's log. Debug and trace lines cost one load when they are off.
#[derive(Default)]
pub struct Logger {
    debug: AtomicBool,
    trace: AtomicBool,
    trace_system_account: AtomicBool,
    sink: RwLock<Option<Arc<dyn LogSink>>>,
    limit: RateLimit,
}

impl Logger {
    /// Sets the destination and the optional levels.
    pub fn configure(
        &self,
        sink: Option<Arc<dyn LogSink>>,
        debug: bool,
        trace: bool,
        trace_system_account: bool,
    ) {
        self.debug.store(debug, Ordering::Relaxed);
        self.trace.store(trace, Ordering::Relaxed);
        self.trace_system_account
            .store(trace_system_account, Ordering::Relaxed);
        *self.sink.write().unwrap_or_else(PoisonError::into_inner) = sink;
    }

    /// The present destination.
    #[must_use]
    pub fn sink(&self) -> Option<Arc<dyn LogSink>> {
        self.sink
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether debug lines are wanted.
    #[must_use]
    pub fn is_debug(&self) -> bool {
        self.debug.load(Ordering::Relaxed)
    }

    /// Whether protocol traces are wanted.
    #[must_use]
    pub fn is_trace(&self) -> bool {
        self.trace.load(Ordering::Relaxed)
    }

    /// Whether traces of the system account are wanted too.
    #[must_use]
    pub fn is_trace_system_account(&self) -> bool {
        self.trace_system_account.load(Ordering::Relaxed)
    }

    /// Writes one line if its level is wanted.
    pub fn log(&self, level: Level, message: Arguments<'_>) {
        let wanted = match level {
            Level::Trace => self.is_trace(),
            Level::Debug => self.is_debug(),
            _ => true,
        };
        if !wanted {
            return;
        }
        if let Some(sink) = &*self.sink.read().unwrap_or_else(PoisonError::into_inner) {
            sink.log(level, message);
        }
    }

    /// A normal event.
    pub fn notice(&self, message: Arguments<'_>) {
        self.log(Level::Notice, message);
    }

    /// Something the operator should look at.
    pub fn warn(&self, message: Arguments<'_>) {
        self.log(Level::Warn, message);
    }

    /// A failure.
    pub fn error(&self, message: Arguments<'_>) {
        self.log(Level::Error, message);
    }

    /// A failure that ends the server.
    pub fn fatal(&self, message: Arguments<'_>) {
        self.log(Level::Fatal, message);
    }

    /// A detail.
    pub fn debug(&self, message: Arguments<'_>) {
        self.log(Level::Debug, message);
    }

    /// A protocol trace.
    pub fn trace(&self, message: Arguments<'_>) {
        self.log(Level::Trace, message);
    }

    /// Changes how long a line of [`Self::limited`] stays quiet, which is a second
    /// (`changeRateLimitLogInterval`).
    pub fn set_limit_interval(&self, quiet: Duration) {
        self.limit.set_interval(quiet);
    }

    /// Writes the line unless the same `key` was logged a short while ago.
    pub fn limited(&self, level: Level, key: &str, message: Arguments<'_>) {
        if self.limit.first(key) {
            self.log(level, message);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Lines(Mutex<Vec<String>>);

    impl LogSink for Lines {
        fn log(&self, _: Level, message: Arguments<'_>) {
            self.0.lock().unwrap().push(message.to_string());
        }
    }

    #[test]
    fn limited_lines_are_written_once() {
        let (logger, lines) = (Logger::default(), Arc::new(Lines::default()));
        logger.configure(
            Some(Arc::clone(&lines) as Arc<dyn LogSink>),
            false,
            false,
            false,
        );
        for n in 0..3 {
            logger.limited(Level::Warn, "same", format_args!("line {n}"));
        }
        logger.limited(Level::Warn, "other", format_args!("other"));
        assert_eq!(*lines.0.lock().unwrap(), ["line 0", "other"]);
    }
}
