//! Connections as bytes in and bytes out: read buffers, outbound queues, TLS.
//!
//! Invariants: bytes of one connection leave in the order in which they were
//! queued; a queue's lock is never held while bytes are written; nothing here
//! knows the protocol. Lock order: an outbound queue's lock is a leaf, no other
//! lock is taken while it is held.

mod kind;
mod link;
mod outbound;
mod prefixed;
mod read_buffer;
mod staged;
mod stream;
pub mod tls;
mod write_loop;

pub use kind::Kind;
pub use link::{Link, LinkOwner, SlowConsumer};
pub use outbound::{Outbound, Queued};
pub use prefixed::{Prefixed, Socket};
pub use read_buffer::{Input, ReadBuffer};
pub use staged::{ReadBytes, Staged};
pub use stream::{ReadHalf, Transport, WriteHalf};
pub use write_loop::run_write_loop;
