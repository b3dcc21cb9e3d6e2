//! Telling others when interest in a literal subject comes or goes.

use super::error::SublistError;
use hashbrown::HashMap;
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

/// Channels waiting for the first interest in a subject and queue group
/// (`insert`), or for the last of it to go (`remove`).
///
/// Messages are `true` for interest and `false` for none. A full channel
/// misses the message: whoever listens makes room for the ones it needs. A
/// closed one is forgotten.
#[derive(Debug, Default)]
pub(super) struct Notifications {
    insert: HashMap<Box<[u8]>, Vec<Sender<bool>>>,
    remove: HashMap<Box<[u8]>, Vec<Sender<bool>>>,
}

impl Notifications {
    pub(super) fn register(
        &mut self,
        subject: &[u8],
        queue: Option<&[u8]>,
        interest: bool,
        channel: Sender<bool>,
    ) -> Result<(), SublistError> {
        let waiting = if interest {
            &mut self.remove
        } else {
            &mut self.insert
        };
        let channels = waiting.entry(key(subject, queue)).or_default();
        if channels.iter().any(|known| known.same_channel(&channel)) {
            return Err(SublistError::AlreadyRegistered);
        }
        if !notify(&channel, interest) {
            return Err(SublistError::NilChannel);
        }
        channels.push(channel);
        Ok(())
    }

    pub(super) fn clear(
        &mut self,
        subject: &[u8],
        queue: Option<&[u8]>,
        channel: &Sender<bool>,
    ) -> bool {
        let key = key(subject, queue);
        [&mut self.remove, &mut self.insert]
            .into_iter()
            .any(|waiting| {
                let Some(channels) = waiting.get_mut(&key) else {
                    return false;
                };
                let Some(at) = channels
                    .iter()
                    .position(|known| known.same_channel(channel))
                else {
                    return false;
                };
                channels.swap_remove(at);
                if channels.is_empty() {
                    waiting.remove(&key);
                }
                true
            })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.insert.is_empty() && self.remove.is_empty()
    }

    /// How many subjects and queues wait for their interest to go.
    pub(super) fn waiting_for_removal(&self) -> usize {
        self.remove.len()
    }

    /// Interest came (`true`) or went: tells those who waited for it.
    pub(super) fn changed(&mut self, subject: &[u8], queue: Option<&[u8]>, interest: bool) {
        let (from, to) = if interest {
            (&mut self.insert, &mut self.remove)
        } else {
            (&mut self.remove, &mut self.insert)
        };
        if from.is_empty() {
            return;
        }
        let key = key(subject, queue);
        if let Some(mut channels) = from.remove(&key) {
            channels.retain(|channel| notify(channel, interest));
            if !channels.is_empty() {
                to.entry(key).or_default().extend(channels);
            }
        }
    }
}

/// Subjects contain no space, so one space keeps the two parts apart.
fn key(subject: &[u8], queue: Option<&[u8]>) -> Box<[u8]> {
    match queue {
        None => subject.into(),
        Some(queue) => [subject, b" ", queue].concat().into(),
    }
}

/// Sends the news; false when nobody will ever listen again.
fn notify(channel: &Sender<bool>, interest: bool) -> bool {
    !matches!(channel.try_send(interest), Err(TrySendError::Closed(_)))
}
