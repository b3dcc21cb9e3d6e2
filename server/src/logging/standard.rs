//! The log on standard error.

use std::fmt::Arguments;
use std::io::{IsTerminal as _, Write as _};

use super::format::{Level, LineFormat};
use super::logger::LogSink;

/// Writes lines to standard error.
#[derive(Debug)]
pub struct StandardLog {
    format: LineFormat,
}

impl StandardLog {
    /// A log whose labels are coloured if standard error is a terminal.
    #[must_use]
    pub fn new(format: LineFormat) -> Self {
        let colors = std::io::stderr().is_terminal();
        Self {
            format: LineFormat { colors, ..format },
        }
    }
}

impl LogSink for StandardLog {
    fn log(&self, level: Level, message: Arguments<'_>) {
        let mut line = self.format.render(level, message);
        line.push('\n');
        // There is nowhere left to report that standard error is gone.
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }
}
