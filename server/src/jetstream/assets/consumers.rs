//! Making consumers (`addConsumerWithAssignment`).

use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::account::AccountAssets;
use super::names::consumer_name;
use crate::config::options::JetStreamAccountLimits;
use crate::jetstream::consumer::{
    Consumer, ConsumerContext, ConsumerParts, check_consumer, filters_of, set_consumer_defaults,
};
use crate::jetstream::model::versioning::copy_level;
use crate::jetstream::model::{
    AckPolicy, ApiError, ConsumerConfig, DeliverPolicy, RetentionPolicy, StreamConfig,
};
use crate::jetstream::stream::config::{NAME_LEN_MAX, is_valid_name};
use crate::jetstream::stream::{Stream, StreamConsumer};
use crate::subject::subjects_collide;

/// Whether a consumer must be new or must not be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConsumerAction {
    /// Either.
    #[default]
    #[serde(rename = "")]
    CreateOrUpdate,
    /// It has to be new, or just so.
    #[serde(rename = "create")]
    Create,
    /// It has to be there.
    #[serde(rename = "update")]
    Update,
}

/// What a stream knows as a consumer of some kind.
#[must_use]
pub fn as_consumer(consumer: Arc<dyn StreamConsumer>) -> Option<Arc<Consumer>> {
    consumer.as_any().downcast().ok()
}

impl AccountAssets {
    /// Makes a consumer or changes the one that is there.
    ///
    /// # Errors
    /// What stands against it; then nothing has changed.
    pub fn add_consumer(
        &self,
        stream: &Arc<Stream>,
        mut config: ConsumerConfig,
        action: ConsumerAction,
        pedantic: bool,
    ) -> Result<Arc<Consumer>, ApiError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if stream.is_closed() {
            return Err(ApiError::stream_invalid());
        }
        let of_stream = stream.config();
        let limits = self.check(&mut config, &of_stream, pedantic, false)?;
        let name = if config.durable_name.is_empty() {
            config.name.clone()
        } else {
            config.durable_name.clone()
        };
        if !name.is_empty()
            && let Some(known) = stream.consumer(&name).and_then(as_consumer)
        {
            return change(stream, &known, config, action, &of_stream);
        }
        if action == ConsumerAction::Update {
            return Err(ApiError::consumer_does_not_exist());
        }
        check_count(stream, &of_stream, &limits)?;
        check_work_queue(stream, &of_stream, &config, &name)?;
        let consumer = self.make_consumer(stream, config, name, self.host.now())?;
        consumer.advise_created();
        Ok(consumer)
    }

    /// Takes a consumer in that was there before the server started.
    ///
    /// # Errors
    /// What stands against it.
    pub fn recover_consumer(
        &self,
        stream: &Arc<Stream>,
        name: &str,
        mut config: ConsumerConfig,
        created: Timestamp,
    ) -> Result<Arc<Consumer>, ApiError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.check(&mut config, &stream.config(), false, true)?;
        let consumer = self.make_consumer(stream, config, name.to_owned(), created)?;
        // Nobody waits for it.
        consumer.take_initial_info();
        Ok(consumer)
    }

    fn check(
        &self,
        config: &mut ConsumerConfig,
        of_stream: &StreamConfig,
        pedantic: bool,
        recovering: bool,
    ) -> Result<JetStreamAccountLimits, ApiError> {
        let replicas = if config.replicas > 0 {
            config.replicas
        } else {
            of_stream.replicas
        };
        let (limits, _) = self
            .usage
            .select(replicas)
            .ok_or_else(ApiError::no_limits)?;
        let context = ConsumerContext {
            stream: of_stream,
            server: &self.host.config.limits,
            account: &limits,
        };
        set_consumer_defaults(config, &context, pedantic)?;
        check_consumer(config, &context, recovering)?;
        Ok(limits)
    }

    fn make_consumer(
        &self,
        stream: &Arc<Stream>,
        config: ConsumerConfig,
        mut name: String,
        created: Timestamp,
    ) -> Result<Arc<Consumer>, ApiError> {
        if name.is_empty() {
            name = consumer_name();
            while stream.consumer(&name).is_some() {
                name = consumer_name();
            }
        }
        if name.len() > NAME_LEN_MAX {
            return Err(ApiError::consumer_name_too_long(NAME_LEN_MAX));
        }
        if !is_valid_name(&name) {
            return Err(ApiError::consumer_bad_durable_name());
        }
        let consumer = Consumer::new(ConsumerParts {
            stream: Arc::clone(stream),
            name,
            config,
            created,
        })?;
        if let Err(error) = consumer.start() {
            consumer.delete();
            return Err(error);
        }
        Ok(consumer)
    }
}

/// Gives a consumer that is there another configuration.
fn change(
    stream: &Stream,
    known: &Arc<Consumer>,
    mut config: ConsumerConfig,
    action: ConsumerAction,
    of_stream: &StreamConfig,
) -> Result<Arc<Consumer>, ApiError> {
    let old = known.config();
    if action == ConsumerAction::Create {
        let mut same = config.clone();
        copy_level(&mut same.metadata, &old.metadata);
        if same != *old {
            return Err(ApiError::consumer_already_exists());
        }
    }
    // What a server filled in is not held against a request that left it open.
    if config.inactive_threshold.is_zero() && config.durable_name.is_empty() {
        config.inactive_threshold = old.inactive_threshold;
    }
    let filters = filters_of(&config);
    if of_stream.retention == RetentionPolicy::WorkQueue
        && !is_partition(stream, known.name_str(), &filters)
    {
        return Err(ApiError::consumer_wq_consumer_not_unique());
    }
    known.update(config)?;
    Ok(Arc::clone(known))
}

fn check_count(
    stream: &Stream,
    of_stream: &StreamConfig,
    limits: &JetStreamAccountLimits,
) -> Result<(), ApiError> {
    let mut max = of_stream.max_consumers;
    if max <= 0 || limits.max_consumers > 0 && limits.max_consumers < max {
        max = limits.max_consumers;
    }
    let count = stream
        .all_consumers()
        .iter()
        .filter(|consumer| !consumer.config().direct)
        .count();
    match u64::try_from(max) {
        Ok(max) if max > 0 && count as u64 >= max => Err(ApiError::maximum_consumers_limit()),
        _ => Ok(()),
    }
}

/// A stream that hands each message out once has one consumer for each.
fn check_work_queue(
    stream: &Stream,
    of_stream: &StreamConfig,
    config: &ConsumerConfig,
    name: &str,
) -> Result<(), ApiError> {
    if of_stream.retention != RetentionPolicy::WorkQueue || config.direct {
        return Ok(());
    }
    if config.ack_policy != AckPolicy::Explicit {
        return Err(ApiError::consumer_wq_requires_explicit_ack());
    }
    if !stream.all_consumers().is_empty() {
        let filters = filters_of(config);
        if filters.is_empty() {
            return Err(ApiError::consumer_wq_multiple_unfiltered());
        }
        if !is_partition(stream, name, &filters) {
            return Err(ApiError::consumer_wq_consumer_not_unique());
        }
    }
    if config.deliver_policy != DeliverPolicy::All {
        return Err(ApiError::consumer_wq_consumer_not_deliver_all());
    }
    Ok(())
}

/// Whether no other consumer gets messages of these subjects.
fn is_partition(stream: &Stream, name: &str, filters: &[String]) -> bool {
    stream
        .all_consumers()
        .iter()
        .filter(|other| other.name() != name)
        .all(|other| {
            let theirs = filters_of(&other.config());
            filters.is_empty()
                || !theirs.is_empty()
                    && !theirs
                        .iter()
                        .any(|their| filters.iter().any(|filter| subjects_collide(filter, their)))
        })
}
