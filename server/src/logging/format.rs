//! How a log line looks.

use std::fmt::{Arguments, Write as _};
use std::process;

use jiff::Zoned;

/// What a log line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Protocol traces.
    Trace,
    /// Details for whoever looks into a problem.
    Debug,
    /// Normal events.
    Notice,
    /// Something the operator should look at.
    Warn,
    /// Something failed.
    Error,
    /// The server can not go on.
    Fatal,
}

impl Level {
    /// The label in brackets.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Trace => "TRC",
            Self::Debug => "DBG",
            Self::Notice => "INF",
            Self::Warn => "WRN",
            Self::Error => "ERR",
            Self::Fatal => "FTL",
        }
    }

    fn color(self) -> &'static str {
        match self {
            Self::Trace => "33",
            Self::Debug => "36",
            Self::Notice => "32",
            Self::Warn => "0;93",
            Self::Error | Self::Fatal => "31",
        }
    }
}

/// Which parts a line has besides its label and text.
#[derive(Debug, Clone, Copy, Default)]
pub struct LineFormat {
    /// The process id in brackets first.
    pub pid: bool,
    /// Date and time with microseconds.
    pub time: bool,
    /// The time in UTC instead of local time.
    pub utc: bool,
    /// Labels in colour.
    pub colors: bool,
}

impl LineFormat {
    /// Renders one line without its line end.
    #[must_use]
    pub fn render(&self, level: Level, message: Arguments<'_>) -> String {
        let mut line = String::with_capacity(128);
        // Writing to a String can not fail.
        if self.pid {
            let _ = write!(line, "[{}] ", process::id());
        }
        if self.time {
            let now = if self.utc {
                Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC)
            } else {
                Zoned::now()
            };
            let _ = write!(
                line,
                "{:04}/{:02}/{:02} {:02}:{:02}:{:02}.{:06} ",
                now.year(),
                now.month(),
                now.day(),
                now.hour(),
                now.minute(),
                now.second(),
                now.subsec_nanosecond() / 1000
            );
        }
        let _ = if self.colors {
            write!(
                line,
                "[\x1b[{}m{}\x1b[0m] {message}",
                level.color(),
                level.label()
            )
        } else {
            write!(line, "[{}] {message}", level.label())
        };
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_the_parts_asked_for() {
        let plain = LineFormat::default();
        assert_eq!(
            plain.render(Level::Notice, format_args!("hi {}", 1)),
            "[INF] hi 1"
        );
        let colored = LineFormat {
            colors: true,
            ..plain
        };
        assert_eq!(
            colored.render(Level::Warn, format_args!("x")),
            "[\x1b[0;93mWRN\x1b[0m] x"
        );
        let full = LineFormat {
            pid: true,
            time: true,
            utc: true,
            colors: false,
        };
        let line = full.render(Level::Error, format_args!("bad"));
        let (pid, rest) = line.split_once(' ').unwrap();
        assert_eq!(pid, format!("[{}]", process::id()));
        let shape: String = rest
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect();
        assert_eq!(shape, "0000/00/00 00:00:00.000000 [ERR] bad");
    }
}
