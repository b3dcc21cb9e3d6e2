//! Signals to a server's own process (`handleSignals` in `signal.go`).

use std::io;

use tokio::signal::unix::{SignalKind, signal};

use super::Server;
use super::send_signal::Command;

pub(super) fn handle(server: &Server) -> io::Result<()> {
    let _entered = server.handle().enter();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut quit = signal(SignalKind::quit())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut user1 = signal(SignalKind::user_defined1())?;
    let mut user2 = signal(SignalKind::user_defined2())?;
    let server = server.clone();
    tokio::spawn(async move {
        loop {
            let command = tokio::select! {
                _ = interrupt.recv() => Command::Quit,
                _ = quit.recv() => Command::Quit,
                _ = terminate.recv() => Command::Term,
                _ = hang_up.recv() => Command::Reload,
                _ = user1.recv() => Command::Reopen,
                _ = user2.recv() => Command::LameDuck,
            };
            obey(&server, command);
        }
    });
    Ok(())
}

fn obey(server: &Server, command: Command) {
    let context = server.context();
    match command {
        // A lame duck ends by itself; being told again must not cut its clients off.
        Command::Term if context.is_lame_duck() => {}
        Command::Stop | Command::Quit | Command::Term => {
            context
                .logger
                .debug(format_args!("Trapped {command:?} signal"));
            let server = server.clone();
            // Shutting down waits for connections, which this thread must not.
            std::thread::spawn(move || server.shutdown());
        }
        Command::Reopen => server.reopen_log_file(),
        Command::Reload => {
            let server = server.clone();
            // Files are read and connections are asked, which this thread must not.
            std::thread::spawn(move || {
                if let Err(error) = server.reload() {
                    let logger = &server.context().logger;
                    logger.error(format_args!(
                        "Failed to reload server configuration: {error}"
                    ));
                }
            });
        }
        Command::LameDuck => {
            let server = server.clone();
            // This lasts until the server has ended.
            std::thread::spawn(move || server.lame_duck_shutdown());
        }
    }
}
