//! Clients: what a connection says is turned into subscriptions and deliveries.
//!
//! The path of a message can be read from top to bottom: `read_loop` →
//! `Session::on_input` → `publish` → `deliver` → the outbound
//! queue of each receiver. A session belongs to one reader task; what others may
//! touch is in [`Client`] behind short locks. Answers to `client.go`.

mod accepted;
mod close;
mod connect;
mod context;
mod deliver;
mod handle;
mod internal;
mod ping;
mod publish;
mod read_loop;
mod reload;
mod requestor;
mod session;
mod shadow;
mod slow_consumer;
mod subscribe;
mod trace;

pub use accepted::{Accepted, Refused};
pub use context::{ClosedConnection, ServerContext, ServerCounts};
pub use handle::{Client, ClientAddress, ClientDetails, ClientState, TlsDetails};
pub use internal::{
    InternalClient, InternalMessage, InternalPublisher, InternalSubscription, Outgoing,
    QueueHandler,
};
pub use read_loop::run_client;
