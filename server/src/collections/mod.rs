//! Data structures without a lock and without I/O, except where said.

mod closed_ring;
mod elastic;
pub mod hash_wheel;
pub mod ip_queue;
mod rate_counter;
pub mod sequence_set;
mod small_bytes;
pub mod subject_tree;
pub(crate) mod varint;

pub use closed_ring::ClosedRing;
pub use elastic::ElasticPointer;
pub use hash_wheel::HashWheel;
pub use ip_queue::IpQueue;
pub use rate_counter::RateCounter;
pub use sequence_set::SequenceSet;
pub use small_bytes::SmallBytes;
pub use subject_tree::SubjectTree;
