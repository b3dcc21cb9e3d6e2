//! The file store: streams and consumers on a disk.
//!
//! Directories and files are those of the Go server (`filestore.go`), which can
//! take over from this one and the other way round.
//!
//! [`FileStore`] is a lock around `State`; it calls the handlers when it has
//! released the lock. `State` is split by what is done: append, remove, purge,
//! truncate, load, query, expire, recover, persist. `Blocks` are the files that
//! messages lie in, each a [`block`](self) of records.

mod append;
pub mod archive;
mod block;
mod blocks;
pub mod checksum;
pub mod cipher;
mod compact_block;
pub mod compress;
mod config;
pub mod consumer_store;
mod consumers;
mod damage;
mod encrypt;
mod env;
mod expire;
mod fenced;
mod few;
mod find;
mod gone;
mod inspect;
mod kept_batch;
mod load;
mod mend;
mod meta;
mod meta_redo;
mod open;
mod persist;
mod purge;
mod query;
mod recover;
mod remove;
mod report;
mod scrub;
mod second_look;
mod snapshot;
mod state;
mod state_file;
mod stop;
mod store;
mod stream_store;
mod subjects;
mod sync;
mod truncate;
mod update;

pub use block::record::record_size;
pub use config::{BLOCK_SIZE_MAX, FileStoreConfig, block_size_for};
pub use inspect::{BlockInfo, RecordInfo, RecordKind, SubjectSpan};
pub use meta::{
    FILE_STREAM_INFO, FileStreamInfo, META_FILE, META_KEY_FILE, META_SUM_FILE, MetaError,
    decode_meta, read_meta, read_meta_json,
};
pub use report::{Report, ReportHandler, Trouble};
pub use store::FileStore;
