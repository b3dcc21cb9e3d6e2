//! Lame duck mode: leaving without all clients reconnecting at once.

use std::time::Duration;

use rand::Rng;
use tokio::time::sleep;

use super::Server;
use crate::client::ServerContext;
use crate::protocol::ClosedState;

/// Longest pause between two clients.
const PAUSE_MAX: Duration = Duration::from_secs(1);

pub(super) async fn run(server: Server) {
    let context = server.context();
    if !server.is_running() || context.is_lame_duck() {
        return;
    }
    // A server that does not listen has nobody to send away.
    let Some(accept) = server.lock().accept.take() else {
        return;
    };
    if context.begin_lame_duck() {
        return;
    }
    context.logger.notice(format_args!(
        "Entering lame duck mode, stop accepting new clients"
    ));
    accept.abort();
    server.inner.monitor.set_listening(false);
    if !close_clients(context, &server).await {
        // Whoever ended the server meanwhile does the rest.
        return;
    }
    // Shutting down waits for connections, which this thread must not.
    std::thread::spawn(move || server.shutdown());
}

/// Tells the clients, gives them time and closes them one by one. Returns whether
/// that came to its end, which the end of the server prevents.
async fn close_clients(context: &ServerContext, server: &Server) -> bool {
    let clients = context.clients();
    if clients.is_empty() {
        return true;
    }
    let options = server.options();
    for client in &clients {
        client.send_info(true);
    }
    if !pause(context, options.lame_duck_grace_period).await {
        return false;
    }
    context
        .logger
        .notice(format_args!("Closing existing clients"));
    let whole = options
        .lame_duck_duration
        .saturating_sub(options.lame_duck_grace_period);
    let each = (whole / u32::try_from(clients.len()).unwrap_or(u32::MAX)).min(PAUSE_MAX);
    for (n, client) in clients.iter().enumerate() {
        client.close(ClosedState::ServerShutdown);
        let part = rand::rng().random_range(0.5..1.0);
        if n + 1 < clients.len() && !pause(context, each.mul_f64(part)).await {
            return false;
        }
    }
    true
}

/// Waits, unless the server ends before; returns whether it did not.
async fn pause(context: &ServerContext, time: Duration) -> bool {
    tokio::select! {
        () = sleep(time) => true,
        () = context.until_shutdown() => false,
    }
}
