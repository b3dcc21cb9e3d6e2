//! Log lines of a server process, kept as they come.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use regex::Regex;

use crate::wait;

/// What a process has printed so far.
#[derive(Clone, Debug, Default)]
pub struct LogCapture {
    lines: Arc<Mutex<Vec<String>>>,
}

impl LogCapture {
    /// Keeps what comes out of a pipe, on a thread that ends with it.
    pub fn follow(&self, pipe: impl Read + Send + 'static) -> JoinHandle<()> {
        let log = self.clone();
        thread::spawn(move || {
            let mut reader = BufReader::new(pipe);
            let mut line = Vec::new();
            // A broken pipe ends the log like the end of the process does.
            while reader
                .read_until(b'\n', &mut line)
                .is_ok_and(|length| length > 0)
            {
                log.lock()
                    .push(String::from_utf8_lossy(&line).trim_end().to_owned());
                line.clear();
            }
        })
    }

    /// All lines so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.lock().clone()
    }

    /// All lines so far, as one text.
    #[must_use]
    pub fn text(&self) -> String {
        self.lock().join("\n")
    }

    /// Whether some line contains a text.
    #[must_use]
    pub fn contains(&self, text: &str) -> bool {
        self.lock().iter().any(|line| line.contains(text))
    }

    /// How many lines match a pattern.
    ///
    /// # Panics
    /// If the pattern is none.
    #[must_use]
    pub fn count(&self, pattern: &str) -> usize {
        let pattern = regex(pattern);
        self.lock()
            .iter()
            .filter(|line| pattern.is_match(line))
            .count()
    }

    /// Waits for a line that matches a pattern, and gives the first.
    ///
    /// # Panics
    /// If none comes within the limit, or the pattern is none.
    #[track_caller]
    pub fn wait_for(&self, limit: Duration, pattern: &str) -> String {
        let matcher = regex(pattern);
        wait::value(limit, &format!("a log line like `{pattern}`"), || {
            self.lock()
                .iter()
                .find(|line| matcher.is_match(line))
                .cloned()
        })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A pattern given by a test.
pub(crate) fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap_or_else(|error| panic!("{error}"))
}
