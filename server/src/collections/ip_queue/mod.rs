//! Queues between tasks (`ipqueue.go`).
//!
//! Any number of producers push; consumers wait for the signal and take one
//! element or all. Nothing is lost and nobody waits to push, unless a limit
//! on length or size is set: then a push beyond it is refused.

mod batch;
mod queue;
mod registry;

pub use batch::Batch;
pub use queue::{IpQueue, IpQueueError, IpQueueOptions};
pub use registry::{QueueRegistry, QueueStatus};
