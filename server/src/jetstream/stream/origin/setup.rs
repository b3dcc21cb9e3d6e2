//! Asking for a consumer over there, and starting over when it fails.

use std::sync::{Arc, PoisonError};

use serde::Deserialize;
use serde_json::json;

use super::super::lifecycle::Stream;
use super::super::task::StreamEvent;
use super::link::{Origin, OriginEvent};
use crate::account::{Delivery, MessageHandler};
use crate::client::{InternalMessage, InternalSubscription, Outgoing};
use crate::collections::ip_queue::IpQueue;
use crate::jetstream::host::random_name;
use crate::jetstream::model::{
    AckPolicy, ApiError, ConsumerConfig, DeliverPolicy, Nanos, StreamState,
};
use crate::subject::sublist::SublistError;

/// How long an answer is waited for.
const ANSWER_WAIT: i64 = 30_000_000_000;
/// After that long without a heartbeat the consumer is asked for anew.
const HEALTH: Nanos = Nanos::from_secs(10);
const HEARTBEAT: Nanos = Nanos::from_secs(1);
const RETRY: i64 = 2_000_000_000;
const RETRY_MAX: i64 = 120_000_000_000;

/// The answer to a request for a consumer, as far as it matters.
#[derive(Deserialize)]
struct Created {
    #[serde(default)]
    error: Option<ApiError>,
    #[serde(default)]
    delivered: Option<Position>,
}

#[derive(Deserialize)]
struct Position {
    stream_seq: u64,
}

/// Puts what comes from an origin into the stream's queue.
struct OriginHandler {
    events: Arc<IpQueue<StreamEvent>>,
    origin: u64,
    attempt: u64,
    is_answer: bool,
}

impl MessageHandler for OriginHandler {
    fn handle(&self, message: &Delivery<'_>) -> bool {
        let event = OriginEvent {
            origin: self.origin,
            attempt: self.attempt,
            is_answer: self.is_answer,
            message: InternalMessage::new(message),
        };
        // Flow control bounds what waits there.
        self.events.push(StreamEvent::Origin(event)).is_ok()
    }
}

impl Stream {
    /// Does what is due: asks for consumers, or anew for those that are silent.
    pub(in crate::jetstream::stream) fn check_origins(&self, now: i64) {
        let due: Vec<u64> = {
            let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
            origins
                .list
                .iter_mut()
                .filter(|(_, origin)| origin.deadline.is_some_and(|at| at <= now))
                .filter_map(|(id, origin)| {
                    let healthy = origin.deliveries.is_some()
                        && origin.heard.is_some_and(|heard| now - heard < HEALTH.0);
                    if healthy {
                        origin.deadline = origin.heard.map(|heard| heard + HEALTH.0);
                        return None;
                    }
                    Some(*id)
                })
                .collect()
        };
        for id in due {
            self.ask_for_consumer(id, now);
        }
    }

    fn ask_for_consumer(&self, id: u64, now: i64) {
        let mut state = StreamState::default();
        self.store.fast_state(&mut state);
        let (subject, reply, request) = {
            let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(origin) = origins.list.get_mut(&id) else {
                return;
            };
            origin.deliveries = None;
            origin.attempt += 1;
            let reply = format!("_R_.{}", random_name(8));
            let attempt = origin.attempt;
            match self.listen(&reply, id, attempt, true) {
                Ok(subscription) => origin.answer = Some(subscription),
                Err(error) => {
                    origin.fail(ApiError::mirror_consumer_setup_failed(error), now);
                    return;
                }
            }
            origin.asked = now;
            origin.deadline = Some(now + ANSWER_WAIT);
            let (subject, request) = origin.request(&state);
            (subject, reply, request)
        };
        let heard = self.client.publish(&Outgoing {
            subject: subject.as_bytes(),
            reply: Some(reply.as_bytes()),
            payload: request.to_string().as_bytes(),
            ..Outgoing::default()
        });
        if !heard {
            self.origin_failed(id, ApiError::stream_not_found());
        }
    }

    fn listen(
        &self,
        subject: &str,
        origin: u64,
        attempt: u64,
        is_answer: bool,
    ) -> Result<InternalSubscription, SublistError> {
        let handler = OriginHandler {
            events: Arc::clone(&self.events),
            origin,
            attempt,
            is_answer,
        };
        self.client
            .subscribe(subject.as_bytes(), None, Arc::new(handler))
    }

    /// The consumer that was asked for is there, or why not.
    pub(super) fn on_consumer_answer(&self, event: &OriginEvent) {
        let now = self.host.clock.now();
        let answer: Result<Created, _> = serde_json::from_slice(event.message.payload());
        let position = match answer {
            Ok(Created {
                error: Some(error), ..
            }) => return self.origin_failed(event.origin, error),
            Ok(Created {
                delivered: Some(position),
                ..
            }) => position,
            Ok(_) => return self.origin_failed(event.origin, ApiError::bad_request()),
            Err(error) => {
                return self.origin_failed(event.origin, ApiError::invalid_json(error));
            }
        };
        let is_mirror = {
            let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(origin) = origins.list.get_mut(&event.origin) else {
                return;
            };
            origin.answer = None;
            origin.error = None;
            origin.fails = 0;
            origin.delivery = 0;
            origin.seq = position.stream_seq;
            origin.heard = Some(now);
            origin.deadline = Some(now + HEALTH.0);
            origin.is_mirror
        };
        // Before anything is delivered.
        if is_mirror {
            self.align_mirror(position.stream_seq);
        }
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(origin) = origins.list.get_mut(&event.origin) else {
            return;
        };
        let subject = origin.deliver_subject.clone();
        match self.listen(&subject, event.origin, event.attempt, false) {
            Ok(subscription) => origin.deliveries = Some(subscription),
            Err(error) => origin.fail(ApiError::source_consumer_setup_failed(error), now),
        }
    }

    /// Something is wrong over there; it is tried again after a while.
    pub(super) fn origin_failed(&self, id: u64, error: ApiError) {
        let now = self.host.clock.now();
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(origin) = origins.list.get_mut(&id) {
            self.host.context.logger.limited(
                crate::logging::Level::Warn,
                "js-origin",
                format_args!(
                    "JetStream error response for stream {} create source consumer {}: {error}",
                    self.name(),
                    origin.source.name
                ),
            );
            origin.fail(error, now);
        }
    }

    /// Something was missed: a consumer that begins after what is here is asked for.
    pub(super) fn restart_origin(&self, id: u64) {
        let now = self.host.clock.now();
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(origin) = origins.list.get_mut(&id) {
            origin.start_over(now);
        }
    }
}

impl Origin {
    /// Takes nothing more of what the present consumer delivers, and asks for another
    /// one soon, but not without pause.
    pub(super) fn start_over(&mut self, now: i64) {
        self.answer = None;
        self.deliveries = None;
        self.attempt += 1;
        self.deadline = Some(now.max(self.asked.saturating_add(RETRY)));
    }

    fn fail(&mut self, error: ApiError, now: i64) {
        self.start_over(now);
        self.error = Some(error);
        self.fails = self.fails.saturating_add(1);
        let pause = RETRY.saturating_mul(i64::from(self.fails)).min(RETRY_MAX);
        self.deadline = Some(now.saturating_add(pause));
    }

    /// Subject and payload of the request for a consumer.
    fn request(&mut self, state: &StreamState) -> (String, serde_json::Value) {
        let external = self.source.external.as_ref();
        let letter = if self.is_mirror { "M" } else { "S" };
        let prefix = match external {
            Some(external) if !external.deliver_prefix.is_empty() => {
                format!("{}.{letter}", external.deliver_prefix)
            }
            _ => format!("$JS.{letter}"),
        };
        self.deliver_subject = format!("{prefix}.{}", random_name(8)).replace("..", ".");
        let mut config = ConsumerConfig {
            deliver_subject: self.deliver_subject.clone(),
            ack_policy: AckPolicy::None,
            ack_wait: Nanos::from_secs(22 * 3600),
            max_deliver: 1,
            idle_heartbeat: HEARTBEAT,
            flow_control: true,
            direct: true,
            inactive_threshold: HEALTH,
            ..ConsumerConfig::default()
        };
        if self.is_mirror {
            self.start_of_mirror(state, &mut config);
        } else {
            self.start_of_source(state, &mut config);
        }
        let mut filters: Vec<String> = self
            .source
            .subject_transforms
            .iter()
            .map(|transform| transform.source.clone())
            .collect();
        config
            .filter_subject
            .clone_from(&self.source.filter_subject);
        if let [only] = filters.as_slice() {
            config.filter_subject.clone_from(only);
            filters.clear();
        }
        config.filter_subjects = filters;
        let name = &self.source.name;
        let mut subject = if config.filter_subject.is_empty() {
            format!("$JS.API.CONSUMER.CREATE.{name}")
        } else {
            let kind = if self.is_mirror { "mirror" } else { "src" };
            config.name = format!("{kind}-{}", random_name(8));
            format!(
                "$JS.API.CONSUMER.CREATE.{name}.{}.{}",
                config.name, config.filter_subject
            )
        };
        if let Some(external) = external {
            subject = subject
                .replacen("$JS.API", &external.api_prefix, 1)
                .replace("..", ".");
        }
        (subject, json!({ "stream_name": name, "config": config }))
    }

    fn start_of_mirror(&self, state: &StreamState, config: &mut ConsumerConfig) {
        let fresh = state.msgs == 0 && state.first_seq == 0;
        let start = if fresh {
            self.source.opt_start_seq
        } else {
            state.last_seq + 1
        };
        if start > 0 {
            config.opt_start_seq = start;
            config.deliver_policy = DeliverPolicy::ByStartSequence;
        } else if let Some(time) = self.source.opt_start_time {
            config.opt_start_time = Some(time);
            config.deliver_policy = DeliverPolicy::ByStartTime;
        }
    }

    fn start_of_source(&self, state: &StreamState, config: &mut ConsumerConfig) {
        if self.seq > 0 {
            config.opt_start_seq = self.seq + 1;
            config.deliver_policy = DeliverPolicy::ByStartSequence;
        } else if self.source.opt_start_seq > 0 {
            config.opt_start_seq = self.source.opt_start_seq;
            config.deliver_policy = DeliverPolicy::ByStartSequence;
        } else {
            let wanted = self.source.opt_start_time;
            // What was taken and removed before does not come again.
            let last = state
                .last_time
                .filter(|_| wanted.is_some() || state.first_seq > 1);
            if let Some(time) = wanted.into_iter().chain(last).max() {
                config.opt_start_time = Some(time);
                config.deliver_policy = DeliverPolicy::ByStartTime;
            }
        }
    }
}
