//! Setting up a server's log (`ConfigureLogger` in `log.go`).

use std::path::Path;
use std::sync::Arc;

use super::ServerError;
use crate::client::ServerContext;
use crate::logging::{FileLog, LineFormat, LogSink, StandardLog, SyslogLog};

pub(super) fn configure(context: &ServerContext) -> Result<(), ServerError> {
    let options = context.options();
    if options.no_log {
        return Ok(());
    }
    let format = LineFormat {
        pid: true,
        time: options.logtime,
        utc: options.logtime_utc,
        json: options.log_json,
        colors: false,
    };
    let sink: Arc<dyn LogSink> = if options.log_file.is_empty() {
        if !options.remote_syslog.is_empty() {
            Arc::new(SyslogLog::remote(&options.remote_syslog)?)
        } else if options.syslog {
            Arc::new(SyslogLog::local()?)
        } else {
            Arc::new(StandardLog::new(format))
        }
    } else {
        Arc::new(FileLog::open(
            Path::new(&options.log_file),
            format,
            options.log_size_limit,
            options.log_max_files,
        )?)
    };
    context.logger.configure(
        Some(sink),
        options.debug,
        options.trace,
        options.trace_verbose,
    );
    Ok(())
}

pub(super) fn reopen(context: &ServerContext) {
    let logger = &context.logger;
    let Some(sink) = logger.sink() else { return };
    match sink.reopen() {
        Ok(()) => logger.notice(format_args!("File log re-opened")),
        Err(error) if error.kind() == std::io::ErrorKind::Unsupported => {
            logger.notice(format_args!("File log re-open ignored, not a file logger"));
        }
        Err(error) => logger.error(format_args!("File log could not be re-opened: {error}")),
    }
}
