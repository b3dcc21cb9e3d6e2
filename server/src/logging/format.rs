//! How a log line looks.

use std::fmt::{Arguments, Write as _};
use std::process;

use jiff::Zoned;
use serde::Serialize;

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

    /// The name in lines of JSON.
    const fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Notice => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
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
    /// Labels in colour. Lines of JSON have none.
    pub colors: bool,
    /// An object of JSON on each line, for programs that collect logs; the Go server
    /// has nothing like it.
    pub json: bool,
}

/// A line of JSON.
#[derive(Serialize)]
struct JsonLine<'a> {
    /// RFC 3339, with microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<u32>,
    level: &'static str,
    message: &'a str,
}

impl LineFormat {
    /// Renders one line without its line end.
    #[must_use]
    pub fn render(&self, level: Level, message: Arguments<'_>) -> String {
        if self.json {
            return self.render_json(level, message);
        }
        let mut line = String::with_capacity(128);
        // Writing to a String can not fail.
        if self.pid {
            let _ = write!(line, "[{}] ", process::id());
        }
        if self.time {
            let now = self.now();
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

    fn render_json(&self, level: Level, message: Arguments<'_>) -> String {
        let message = message.to_string();
        let line = JsonLine {
            time: self
                .time
                .then(|| self.now().strftime("%Y-%m-%dT%H:%M:%S%.6f%:z").to_string()),
            pid: self.pid.then(process::id),
            level: level.name(),
            message: &message,
        };
        // Text and numbers can always be written; without them the text is still there.
        serde_json::to_string(&line).unwrap_or(message)
    }

    fn now(&self) -> Zoned {
        if self.utc {
            Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC)
        } else {
            Zoned::now()
        }
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
            ..plain
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

    #[test]
    fn lines_of_json_have_the_same_parts() {
        let plain = LineFormat {
            json: true,
            ..LineFormat::default()
        };
        assert_eq!(
            plain.render(Level::Notice, format_args!("a \"word\"\nand \x1b[1m")),
            r#"{"level":"info","message":"a \"word\"\nand \u001b[1m"}"#
        );
        let full = LineFormat {
            pid: true,
            time: true,
            utc: true,
            colors: true,
            ..plain
        };
        let line = full.render(Level::Warn, format_args!("x"));
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["pid"], process::id());
        assert_eq!(value["level"], "warn");
        let time = value["time"].as_str().unwrap();
        assert!(time.ends_with("+00:00"), "{time}");
        let time: jiff::Timestamp = time.parse().unwrap();
        let age = jiff::Timestamp::now().duration_since(time);
        assert!(age.abs() < jiff::SignedDuration::from_mins(1), "{age}");
    }
}
