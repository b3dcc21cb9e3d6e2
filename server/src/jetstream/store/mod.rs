//! Where streams keep their messages and consumers their state.
//!
//! [`StreamStore`] and [`ConsumerStore`] are what the rest of JetStream sees;
//! [`memory`] keeps everything in memory, [`mod@file`] on a [`disk`]. The codecs here are shared by all
//! stores and by replication. Answers to `store.go`, `memstore.go`,
//! `scheduler.go` and `sdm.go`.

mod accounting;
mod clock;
mod consumer_progress;
mod consumer_state_codec;
mod consumer_store;
mod delete_block;
mod delete_marker;
pub mod disk;
mod disk_space;
mod error;
mod expiry;
pub mod file;
mod filter;
mod handlers;
pub mod headers;
pub mod memory;
mod message;
mod msg_run;
mod run_timer;
mod schedule_pattern;
mod schedules;
mod stream_state_codec;
mod stream_store;

pub use clock::{Clock, ManualClock, SystemClock, Task, TimerId};
pub use consumer_state_codec::{decode_consumer_state, encode_consumer_state};
pub use consumer_store::ConsumerStore;
pub use delete_block::{DeleteBlock, DeleteRange, num_deleted};
pub use delete_marker::{DeleteMarkers, is_subject_delete_marker};
pub use disk_space::{STORE_BYTES_DEFAULT, disk_available};
pub use error::StoreError;
pub use filter::{Filter, is_all};
pub use handlers::{
    ProcessMsgHandler, ProposedMsg, RemoveMsgHandler, StorageUpdate, StorageUpdateHandler,
};
pub use memory::MemoryStore;
pub use message::{BatchMsg, Lookup, RawMsg, StoredMsg};
pub use msg_run::{MsgRef, MsgRun, RunLimits};
pub use run_timer::RunTimer;
pub use schedule_pattern::{NextRun, parse_schedule};
pub use schedules::{ScheduleError, Schedules};
pub use stream_state_codec::{
    ReplicatedState, decode_stream_state, encode_stream_state, is_encoded_stream_state,
};
pub use stream_store::{Snapshot, StreamStore};
