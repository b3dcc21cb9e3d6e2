//! The `nats-server` binary.

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use nats_server::config::flags::{self, Invocation};
use nats_server::conn::tls::unsupported_names;
use nats_server::protocol::constants::VERSION;
use nats_server::server::{SystemProcesses, send_signal};
use nats_server::{Options, Server};

/// Gives memory back that is no longer used, which the system's allocator keeps.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let args = std::env::args_os()
        .skip(1)
        .map(std::ffi::OsString::into_string);
    let args: Vec<String> = match args.collect() {
        Ok(args) => args,
        Err(arg) => return fail(format_args!("argument is no text: {}", arg.display())),
    };
    match flags::parse(&args) {
        Ok(Invocation::Version) => {
            say(format_args!("nats-server: v{VERSION}\n"));
            ExitCode::SUCCESS
        }
        Ok(Invocation::Checked(options)) => {
            if let Err(error) = Server::check(&options) {
                return fail(error);
            }
            for option in &options.not_acted_on {
                complain(format_args!("not acted on by this server: {option}"));
            }
            for name in options.tls.iter().flat_map(unsupported_names) {
                complain(format_args!("not supported by this server: {name}"));
            }
            complain(format_args!(
                "configuration file {} is valid ({})",
                options.config_file.unwrap_or_default().display(),
                options.config_digest
            ));
            ExitCode::SUCCESS
        }
        Ok(Invocation::Help) => {
            say(format_args!("\n{}\n", flags::USAGE));
            ExitCode::SUCCESS
        }
        Ok(Invocation::TlsHelp) => {
            say(flags::tls_usage());
            ExitCode::SUCCESS
        }
        Ok(Invocation::Signal { command, target }) => {
            let sent = command
                .parse()
                .and_then(|command| send_signal(&SystemProcesses, command, &target));
            sent.map_or_else(fail, |()| ExitCode::SUCCESS)
        }
        Ok(Invocation::Run(options)) => run(*options),
        // The Go server shows its usage then, and ends as if all were well.
        Err(error) if error.is_usage() => {
            write_to(&mut std::io::stderr(), format_args!("{error}\n"));
            say(format_args!("\n{}\n", flags::USAGE));
            ExitCode::SUCCESS
        }
        Err(error) => fail(error),
    }
}

fn run(options: Options) -> ExitCode {
    for warning in &options.warnings {
        write_to(&mut std::io::stderr(), format_args!("{warning}\n"));
    }
    let handles_signals = !options.no_sigs;
    let server = match Server::new(options) {
        Ok(server) => server,
        Err(error) => return fail(error),
    };
    if let Err(error) = server.configure_logger() {
        return fail(error);
    }
    if handles_signals && let Err(error) = server.handle_signals() {
        return fail(error);
    }
    if let Err(error) = server.start() {
        server.context().logger.fatal(format_args!("{error}"));
        return ExitCode::FAILURE;
    }
    server.wait_for_shutdown();
    ExitCode::SUCCESS
}

fn fail(error: impl Display) -> ExitCode {
    complain(error);
    ExitCode::FAILURE
}

fn complain(what: impl Display) {
    write_to(
        &mut std::io::stderr(),
        format_args!("nats-server: {what}\n"),
    );
}

fn say(text: impl Display) {
    write_to(&mut std::io::stdout(), text);
}

/// Writes to whoever is there to read; `nats-server --help | head` is no failure.
fn write_to(out: &mut impl Write, text: impl Display) {
    write!(out, "{text}").and_then(|()| out.flush()).ok();
}
