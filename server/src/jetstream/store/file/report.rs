//! What a file store has to say to whoever runs it.

use std::fmt;
use std::sync::Arc;

/// Called with every report, with no lock of the store held.
pub type ReportHandler = Arc<dyn Fn(&Report) + Send + Sync>;

/// Something that went wrong and was dealt with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The name of the stream.
    pub stream: String,
    /// What it is about.
    pub what: Trouble,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Part of a block is not what was written.
    Damage {
        /// The number of the block.
        block: u32,
        /// The first sequence that is lost; 0 if none is known to be.
        first_seq: u64,
        /// The last sequence that is lost.
        last_seq: u64,
        /// How many bytes are damaged.
        bytes: u64,
    },
    /// The state file cannot be used; the blocks are read instead.
    State(String),
    /// Something that runs by itself failed and will be tried again.
    Failed(String),
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Filestore [{}] ", self.stream)?;
        match &self.what {
            Trouble::Damage {
                block,
                first_seq: 0,
                bytes,
                ..
            } => write!(out, "block {block}: {bytes} damaged bytes"),
            Trouble::Damage {
                block,
                first_seq,
                last_seq,
                bytes,
            } => write!(
                out,
                "block {block}: {bytes} damaged bytes, lost messages {first_seq} to {last_seq}"
            ),
            Trouble::State(text) => {
                write!(out, "Recovering stream state from index errored: {text}")
            }
            Trouble::Failed(text) => out.write_str(text),
        }
    }
}
