//! The server as its accounts see it: it publishes measurements and watches the
//! time.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::account::{Account, AccountHost, Task};
use crate::client::{InternalPublisher, Outgoing, ServerContext};
use crate::conn::Kind;

/// Measurements that may wait; more are dropped.
const WAITING_MAX: usize = 8192;
/// Length of the server's hash (`sysHashLen`).
const HASH_LENGTH: usize = 8;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A message that one part of the server publishes in an account.
struct Published {
    account: Arc<Account>,
    subject: String,
    payload: Vec<u8>,
}

pub(super) struct Host {
    context: Weak<ServerContext>,
    runtime: Handle,
    hash: String,
    queue: Sender<Published>,
}

impl Host {
    /// The host of the server called `name`. What is published goes out from a task of
    /// `runtime`.
    pub(super) fn new(context: &Arc<ServerContext>, runtime: &Handle, name: &str) -> Self {
        let (queue, published) = channel(WAITING_MAX);
        runtime.spawn(publish_all(Arc::downgrade(context), published));
        Self {
            context: Arc::downgrade(context),
            runtime: runtime.clone(),
            hash: short_hash(name),
            queue,
        }
    }
}

impl AccountHost for Host {
    fn server_hash(&self) -> String {
        self.hash.clone()
    }

    fn has_system_account(&self) -> bool {
        self.context
            .upgrade()
            .is_some_and(|context| context.accounts().system().is_some())
    }

    fn publish(&self, account: Arc<Account>, subject: String, payload: Vec<u8>) {
        let message = Published {
            account,
            subject,
            payload,
        };
        if let Err(TrySendError::Full(lost)) = self.queue.try_send(message)
            && let Some(context) = self.context.upgrade()
        {
            context.logger.warn(format_args!(
                "A measurement on {:?} was dropped, as {WAITING_MAX} wait already",
                lost.subject
            ));
        }
    }

    fn after(&self, delay: Duration, task: Task) {
        self.runtime.spawn(async move {
            tokio::time::sleep(delay).await;
            task();
        });
    }
}

async fn publish_all(context: Weak<ServerContext>, mut published: Receiver<Published>) {
    let mut publishers: HashMap<u64, InternalPublisher> = HashMap::new();
    while let Some(message) = published.recv().await {
        let Some(context) = context.upgrade() else {
            return;
        };
        let publisher = publishers
            .entry(message.account.id())
            .or_insert_with(|| InternalPublisher::new(context, message.account, Kind::System));
        publisher.publish(&Outgoing {
            subject: message.subject.as_bytes(),
            payload: &message.payload,
            ..Outgoing::default()
        });
        publisher.flush();
    }
}

/// A hash of a few digits and letters (`getHash`).
fn short_hash(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter()
        .take(HASH_LENGTH)
        .filter_map(|byte| DIGITS.get(usize::from(*byte) % DIGITS.len()))
        .map(|digit| char::from(*digit))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_go_server() {
        // First eight bytes of the SHA-256 of "abc": ba 78 16 bf 8f 01 cf ea.
        assert_eq!(short_hash("abc"), "0wM5J1Lm");
    }
}
