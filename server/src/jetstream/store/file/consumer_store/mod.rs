//! The state of consumers on disk (`consumerFileStore` in `filestore.go`).
//!
//! A consumer has a directory, `obs/<name>`, in that of its stream:
//!
//! | file | holds |
//! |---|---|
//! | `meta.inf` | its configuration as JSON |
//! | `meta.sum` | the checksum of `meta.inf` in hexadecimal |
//! | `meta.key` | the keys, if streams are encrypted |
//! | `o.dat` | its state, at most a tenth of a second old |
//!
//! These are the Go server's. `meta.inf` and `o.dat` are sealed where there are
//! keys (see [`cipher`](super::cipher)). A plain `o.dat` has a checksum after the
//! state, which the Go server does not look at and does not write.
//!
//! Three more exist for a while, so that a power cut does no harm at any time:
//!
//! | file | holds |
//! |---|---|
//! | `o.syn` | a state that was synced, when `o.dat` is not |
//! | `meta.key.old` | the keys before, or nothing if there were none, while files are rewritten |
//! | `meta.del` | what `meta.inf` becomes first when the consumer is deleted |

mod archived;
mod files;
mod keys;
mod report;
mod site;
mod state_file;
mod store;
#[cfg(test)]
mod tests;

pub use archived::ArchivedConsumer;
pub use report::{ConsumerReport, ConsumerReportHandler, ConsumerTrouble};
pub use site::ConsumerSite;
pub use store::{ClosedHandler, ConsumerFileStore};
