//! The `nats-server` binary.

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
    let args: Vec<String> = std::env::args().skip(1).collect();
    match flags::parse(&args) {
        Ok(Invocation::Version) => {
            println!("nats-server: v{VERSION}");
            ExitCode::SUCCESS
        }
        Ok(Invocation::Checked(options)) => {
            if let Err(error) = Server::check(&options) {
                return fail(error);
            }
            for option in &options.not_acted_on {
                eprintln!("nats-server: not acted on by this server: {option}");
            }
            for name in options.tls.iter().flat_map(unsupported_names) {
                eprintln!("nats-server: not supported by this server: {name}");
            }
            eprintln!(
                "nats-server: configuration file {} is valid ({})",
                options.config_file.unwrap_or_default().display(),
                options.config_digest
            );
            ExitCode::SUCCESS
        }
        Ok(Invocation::Help) => {
            println!("\n{}", flags::USAGE);
            ExitCode::SUCCESS
        }
        Ok(Invocation::TlsHelp) => {
            print!("{}", flags::tls_usage());
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
            eprintln!("{error}");
            println!("\n{}", flags::USAGE);
            ExitCode::SUCCESS
        }
        Err(error) => fail(error),
    }
}

fn run(options: Options) -> ExitCode {
    for warning in &options.warnings {
        eprintln!("{warning}");
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

fn fail(error: impl std::fmt::Display) -> ExitCode {
    eprintln!("nats-server: {error}");
    ExitCode::FAILURE
}
