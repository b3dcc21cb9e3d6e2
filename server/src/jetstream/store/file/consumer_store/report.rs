//! What a consumer's store has to say to whoever runs it.

use std::fmt;
use std::sync::Arc;

/// Called with every report, with no lock of the store held.
pub type ConsumerReportHandler = Arc<dyn Fn(&ConsumerReport) + Send + Sync>;

/// Something that went wrong and was dealt with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerReport {
    /// The name of the stream.
    pub stream: String,
    /// The name of the consumer.
    pub consumer: String,
    /// What it is about.
    pub what: ConsumerTrouble,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsumerTrouble {
    /// The state is damaged. The last synced one, which is older, was taken: some
    /// messages will be delivered again.
    OlderState(String),
    /// The configuration is damaged and was written anew.
    Meta(String),
    /// The state could not be written, which will be tried again.
    Write(String),
}

impl fmt::Display for ConsumerReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            stream, consumer, ..
        } = self;
        write!(out, "Consumer [{stream} > {consumer}] ")?;
        match &self.what {
            ConsumerTrouble::OlderState(why) => {
                write!(out, "state is damaged, an older one was taken: {why}")
            }
            ConsumerTrouble::Meta(why) => {
                write!(out, "metafile is damaged and was written anew: {why}")
            }
            ConsumerTrouble::Write(why) => write!(out, "state could not be written: {why}"),
        }
    }
}
