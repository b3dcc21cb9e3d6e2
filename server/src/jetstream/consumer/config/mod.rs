//! Whether a consumer can be as its user wants it.
//!
//! Answers to `setConsumerConfigDefaults`, `checkConsumerCfg` and
//! `checkNewConsumerConfig` in `consumer.go`, in their order.

mod check;
mod defaults;
mod update;

pub use check::{check_consumer, is_valid_group};
pub use defaults::set_consumer_defaults;
pub(super) use update::check_consumer_update;

use crate::config::options::{JetStreamAccountLimits, JetStreamRequestLimits};
use crate::jetstream::model::{ConsumerConfig, StreamConfig};

/// What a consumer's configuration is checked against.
pub struct ConsumerContext<'a> {
    /// Its stream.
    pub stream: &'a StreamConfig,
    /// Limits of the server.
    pub server: &'a JetStreamRequestLimits,
    /// Limits of the account.
    pub account: &'a JetStreamAccountLimits,
}

/// All subjects that a consumer filters; none for all messages.
#[must_use]
pub fn filters_of(config: &ConsumerConfig) -> Vec<String> {
    let mut filters = config.filter_subjects.clone();
    if !config.filter_subject.is_empty() {
        filters.push(config.filter_subject.clone());
    }
    filters
}
