//! From subjects to the stream's queues.

use std::sync::{Arc, PoisonError};

use super::lifecycle::{Stream, StreamError};
use super::task::StreamEvent;
use crate::account::{Delivery, MessageHandler};
use crate::client::{InternalMessage, InternalSubscription, QueueHandler};
use crate::collections::ip_queue::IpQueue;
use crate::jetstream::model::StreamConfig;

/// Subscriptions to requests for single messages.
#[derive(Default)]
pub(super) struct DirectSubscriptions {
    pub(super) own: Vec<InternalSubscription>,
    pub(super) mirror: Vec<InternalSubscription>,
    pub(super) has_task: bool,
}

/// The queue group of servers that answer requests for single messages.
const DIRECT_GROUP: &[u8] = b"_sys_";

/// Puts published messages into the stream's queue. What does not fit is answered
/// with a refusal by the stream's task.
struct Publishes {
    queue: Arc<IpQueue<InternalMessage>>,
    events: Arc<IpQueue<StreamEvent>>,
}

impl MessageHandler for Publishes {
    fn handle(&self, message: &Delivery<'_>) -> bool {
        if self.queue.push(InternalMessage::new(message)).is_err() {
            let reply = message.reply.unwrap_or_default().into();
            // That queue has no limit of its own: refusals are as small as they come.
            return self.events.push(StreamEvent::TooMany(reply)).is_ok();
        }
        true
    }
}

impl Stream {
    /// Takes messages on a subject.
    pub(super) fn subscribe(&self, subject: &str) -> Result<(), StreamError> {
        let handler = Publishes {
            queue: Arc::clone(&self.publishes),
            events: Arc::clone(&self.events),
        };
        let subscription = self
            .client
            .subscribe(subject.as_bytes(), None, Arc::new(handler))?;
        self.subscriptions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(subject.to_owned(), subscription);
        Ok(())
    }

    /// Takes no more messages on a subject.
    pub(super) fn unsubscribe(&self, subject: &str) {
        let subscription = self
            .subscriptions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(subject);
        drop(subscription);
    }

    /// Answers requests for single messages, or no longer, as configured.
    pub(super) fn update_direct(
        self: &Arc<Self>,
        config: &StreamConfig,
    ) -> Result<(), StreamError> {
        let mut direct = self.direct.lock().unwrap_or_else(PoisonError::into_inner);
        if !config.allow_direct {
            direct.own.clear();
        } else if direct.own.is_empty() {
            direct.own = self.subscribe_direct(&config.name)?;
        }
        let origin = config
            .mirror
            .as_ref()
            .filter(|mirror| config.mirror_direct && mirror.external.is_none());
        match origin {
            None => direct.mirror.clear(),
            Some(mirror) if direct.mirror.is_empty() => {
                direct.mirror = self.subscribe_direct(&mirror.name)?;
            }
            Some(_) => {}
        }
        let needed = !direct.own.is_empty() || !direct.mirror.is_empty();
        if needed && !direct.has_task {
            direct.has_task = true;
            self.host
                .runtime
                .spawn(super::direct_get::run(Arc::clone(self)));
        }
        Ok(())
    }

    fn subscribe_direct(&self, name: &str) -> Result<Vec<InternalSubscription>, StreamError> {
        let subjects = [
            format!("$JS.API.DIRECT.GET.{name}"),
            format!("$JS.API.DIRECT.GET.{name}.>"),
        ];
        let mut subscriptions = Vec::with_capacity(subjects.len());
        for subject in subjects {
            let handler = QueueHandler::new(Arc::clone(&self.gets));
            let subscription =
                self.client
                    .subscribe(subject.as_bytes(), Some(DIRECT_GROUP), Arc::new(handler))?;
            subscriptions.push(subscription);
        }
        Ok(subscriptions)
    }

    pub(super) fn stop_direct(&self) {
        let mut direct = self.direct.lock().unwrap_or_else(PoisonError::into_inner);
        direct.own.clear();
        direct.mirror.clear();
    }
}
