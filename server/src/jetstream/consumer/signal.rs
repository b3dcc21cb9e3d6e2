//! What the stream tells of new messages, without taking the consumer's lock.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use super::inner::Inner;
use crate::jetstream::stream::NewMessages;

/// New messages that have not been counted yet, and the wake-up of the task.
#[derive(Default)]
pub(super) struct Signal {
    messages: Mutex<Option<NewMessages>>,
    wake: Notify,
}

impl Signal {
    /// Adds messages and wakes the task.
    pub(super) fn add(&self, more: NewMessages) {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *messages {
            Some(messages) => {
                messages.count += more.count;
                messages.last = more.last;
            }
            none => *none = Some(more),
        }
        drop(messages);
        self.wake.notify_one();
    }

    /// Wakes the task.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Waits for a wake-up.
    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    fn take(&self) -> Option<NewMessages> {
        self.messages
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl Inner {
    /// Counts the messages that the stream told of.
    pub(super) fn absorb(&mut self, signal: &Signal) {
        let Some(new) = signal.take() else { return };
        if new.first > self.counted_to {
            let count = i64::try_from(new.count).unwrap_or(i64::MAX);
            self.to_come = self.to_come.saturating_add(count);
        } else if new.last > self.counted_to && self.recount().is_err() {
            // Some of them were counted. A store that can not say how many there
            // are is closed, and so is the consumer.
            self.to_come = 0;
        }
    }
}
