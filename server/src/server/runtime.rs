//! The threads that a server runs on.

use std::io;

use tokio::runtime::{Builder, Handle, Runtime};

/// A server's own threads. They end with the server.
pub(super) struct Background {
    runtime: Option<Runtime>,
    handle: Handle,
}

impl Background {
    pub(super) fn new() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .thread_name("nats-server")
            .enable_all()
            // Readers drain their socket before they yield, so looking for input
            // of others more often than every 61 tasks pays off.
            .event_interval(31)
            .build()?;
        let handle = runtime.handle().clone();
        Ok(Self {
            runtime: Some(runtime),
            handle,
        })
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // The last handle may go on one of the runtime's own threads, where
            // waiting for them is not possible.
            runtime.shutdown_background();
        }
    }
}
