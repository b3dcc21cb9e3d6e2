//! What JetStream's API speaks of: configurations, states and errors.

mod api_error;
mod consumer_config;
mod consumer_info_file;
mod consumer_state;
mod error_codes;
pub(crate) mod go_time;
pub mod json;
mod lenient;
mod msg_get;
mod nanos;
mod policy;
pub mod shapes;
mod stream_config;
mod stream_state;
pub mod versioning;

pub use api_error::{ApiError, ErrorFacts, ErrorId, is_api_error};
pub use consumer_config::ConsumerConfig;
pub use consumer_info_file::{FILE_CONSUMER_INFO, FileConsumerInfo};
pub use consumer_state::{ConsumerState, Pending, SequencePair};
pub use msg_get::MsgGetRequest;
pub use nanos::Nanos;
pub use policy::{
    AckPolicy, DeliverPolicy, DiscardPolicy, PersistMode, PriorityPolicy, ReplayPolicy,
    RetentionPolicy, StorageType, StoreCompression,
};
pub use stream_config::{
    ExternalStream, Placement, Republish, StreamConfig, StreamConsumerLimits, StreamSource,
    SubjectTransformConfig,
};
pub use stream_state::{LostStreamData, SimpleState, StreamState};
