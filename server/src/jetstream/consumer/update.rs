//! Another configuration for a consumer that is there already.

use std::sync::Arc;

use super::config::{check_consumer_update, filters_of};
use super::inactive::inactive_after;
use super::inner::{Inner, Mode, resumes_at};
use super::lifecycle::Consumer;
use super::push::RateLimit;
use crate::jetstream::model::{ApiError, ConsumerConfig, RetentionPolicy};
use crate::jetstream::stream::StreamConsumer;

impl Consumer {
    /// Takes another configuration, which was checked by itself.
    ///
    /// # Errors
    /// [`ApiError`] for a change that is not possible.
    pub fn update(self: &Arc<Self>, mut config: ConsumerConfig) -> Result<(), ApiError> {
        let mut inner = self.lock();
        if inner.closed {
            return Err(ApiError::consumer_does_not_exist());
        }
        let interest = self.stream().account().subscriptions();
        check_consumer_update(&inner.config, &config, |subject| {
            interest.has_interest(subject)
        })?;
        let old = Arc::clone(&inner.config);
        if *old == config {
            return Ok(());
        }
        if let Some(store) = &inner.store {
            store
                .update_config(&config)
                .map_err(ApiError::consumer_store_failed)?;
        }
        let now = self.now();
        if config.inactive_threshold != old.inactive_threshold {
            inner.inactive_after = inactive_after(&mut config);
            inner.inactive_at =
                (inner.inactive_after > 0).then(|| now.saturating_add(inner.inactive_after));
        }
        if config.ack_wait != old.ack_wait || config.backoff != old.backoff {
            inner.pending_at = (!inner.pending.is_empty()).then_some(now);
        }
        if config.rate_limit_bps != old.rate_limit_bps {
            let burst = self.burst();
            if let Mode::Push(push) = &mut inner.mode {
                push.rate = RateLimit::new(config.rate_limit_bps, burst, now);
            }
        }
        if config.pause_until != old.pause_until {
            inner.resumes_at = resumes_at(&config, now);
            self.advise_pause(&config, now);
        }
        let filters_changed = filters_of(&config) != inner.filters;
        let subject_changed = config.deliver_subject != old.deliver_subject;
        if subject_changed {
            self.redeliver_pending(&mut inner, now);
        }
        inner.config = Arc::new(config);
        if filters_changed {
            inner.set_filters();
        }
        let filters = inner.filters.clone();
        self.publish_config(&inner);
        drop(inner);
        if filters_changed {
            let this: Arc<dyn StreamConsumer> = Arc::clone(self) as _;
            self.stream().add_consumer(&this, &filters);
            if self.stream().config().retention == RetentionPolicy::Interest {
                self.stream().release_unwanted();
            }
            let mut inner = self.lock();
            inner.recount().map_err(ApiError::consumer_store_failed)?;
        }
        if subject_changed {
            self.rewatch();
        }
        self.signal().wake();
        Ok(())
    }

    /// Pauses until a time, or goes on.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn pause(self: &Arc<Self>, until: Option<jiff::Timestamp>) -> Result<(), ApiError> {
        let mut config = (*self.config()).clone();
        config.pause_until = until;
        crate::jetstream::model::versioning::set_consumer_level(&mut config);
        self.update(config)
    }

    /// Nobody is pinned any more, as an administrator wants it.
    pub fn unpin_client(&self) {
        let mut inner = self.lock();
        let group = inner.config.priority_groups.first().cloned();
        let pinned = inner.pin.is_some();
        self.unpin(&mut inner, "admin");
        if !pinned && let Some(group) = group {
            self.advise_unpinned(&group, "admin");
        }
        drop(inner);
        self.signal().wake();
    }

    fn publish_config(&self, inner: &Inner) {
        self.set_config(Arc::clone(&inner.config));
    }
}
