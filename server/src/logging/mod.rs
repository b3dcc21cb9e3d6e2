//! The server's log: levels, line format and destinations.
//!
//! Line format and texts are an interface: scripts and client test suites read
//! them. Answers to `log.go` and the `logger` package.

mod file;
mod format;
mod logger;
mod rate_limit;
mod standard;
mod syslog;

pub use file::{FileLog, FileLogError};
pub use format::{Level, LineFormat};
pub use logger::{LogSink, Logger};
pub use rate_limit::RateLimit;
pub use standard::StandardLog;
pub use syslog::{SyslogError, SyslogLog};
