//! Lame duck mode: leaving without all clients reconnecting at once.

use std::time::Duration;

use rand::Rng;
use tokio::time::sleep;

use super::Server;
use crate::protocol::ClosedState;

/// Longest pause between two clients.
const PAUSE_MAX: Duration = Duration::from_secs(1);

pub(super) async fn run(server: Server) {
    let context = server.context();
    if !server.is_running() || context.begin_lame_duck() {
        return;
    }
    context.logger.notice(format_args!(
        "Entering lame duck mode, stop accepting new clients"
    ));
    let accept = server.lock().accept.take();
    if let Some(accept) = accept {
        accept.abort();
    }
    server.inner.monitor.set_listening(false);
    let options = server.options();
    context.update_info(|info| info.ldm = true);
    let clients = context.clients();
    for client in &clients {
        client.send_info();
    }
    if !clients.is_empty() {
        sleep(options.lame_duck_grace_period).await;
        context
            .logger
            .notice(format_args!("Closing existing clients"));
        let whole = options
            .lame_duck_duration
            .saturating_sub(options.lame_duck_grace_period);
        let pause = (whole / u32::try_from(clients.len()).unwrap_or(u32::MAX)).min(PAUSE_MAX);
        for (n, client) in clients.iter().enumerate() {
            client.close(ClosedState::ServerShutdown);
            if n + 1 < clients.len() {
                let part = rand::rng().random_range(0.5..1.0);
                sleep(pause.mul_f64(part)).await;
            }
        }
    }
    // Shutting down waits for connections, which this thread must not.
    std::thread::spawn(move || server.shutdown());
}
