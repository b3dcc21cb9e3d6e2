//! The clients of a server, for those who embed it: how many there are and what is
//! wrong with them, and sending one away.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use thiserror::Error;

use super::Server;
use crate::client::{Client, ClosedConnection, ServerCounts};
use crate::logging::Level;
use crate::protocol::ClosedState;

/// Why a client could not be told something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ClientError {
    /// There is no connection with this id.
    #[error("no such client or leafnode id")]
    Unknown,
    /// The client does not know what lame duck mode is, or not yet.
    #[error("client does not support Lame Duck Mode or is not ready to receive the notification")]
    NotReady,
}

impl Server {
    /// How many clients are connected (`NumClients`).
    #[must_use]
    pub fn client_count(&self) -> usize {
        self.context().client_count()
    }

    /// The client with this connection id (`GetClient`).
    #[must_use]
    pub fn client(&self, id: u64) -> Option<Arc<Client>> {
        self.context().client(id)
    }

    /// How many clients did not keep up, since the start (`NumSlowConsumers`).
    #[must_use]
    pub fn slow_consumer_count(&self) -> u64 {
        self.counted(|counts| &counts.slow_consumers)
    }

    /// How many clients did not answer PINGs, since the start
    /// (`NumStaleConnections`).
    #[must_use]
    pub fn stale_connection_count(&self) -> u64 {
        self.counted(|counts| &counts.stale_connections)
    }

    /// How often a client had to wait because others did not keep up with it
    /// (`NumStalledClients`).
    #[must_use]
    pub fn stalled_client_count(&self) -> u64 {
        self.counted(|counts| &counts.stalled_clients)
    }

    fn counted(&self, which: impl Fn(&ServerCounts) -> &AtomicU64) -> u64 {
        which(&self.context().counts).load(Ordering::Relaxed)
    }

    /// The connections that have ended and are still remembered, the oldest first
    /// (`closedClients`).
    #[must_use]
    pub fn closed_connections(&self) -> Vec<ClosedConnection> {
        self.context().closed_connections()
    }

    /// Closes a client's connection (`DisconnectClientByID`).
    ///
    /// # Errors
    ///
    /// [`ClientError::Unknown`] if there is none with this id.
    pub fn disconnect_client(&self, id: u64) -> Result<(), ClientError> {
        let client = self.client(id).ok_or(ClientError::Unknown)?;
        client.close(ClosedState::Kicked);
        Ok(())
    }

    /// Tells one client to go elsewhere (`LDMClientByID`).
    ///
    /// # Errors
    ///
    /// [`ClientError`] if there is none with this id or it can not be told.
    pub fn lame_duck_client(&self, id: u64) -> Result<(), ClientError> {
        let client = self.client(id).ok_or(ClientError::Unknown)?;
        if !client.send_info(true) {
            return Err(ClientError::NotReady);
        }
        client.log(
            Level::Debug,
            format_args!("Sending Lame Duck Mode info to client"),
        );
        Ok(())
    }
}
