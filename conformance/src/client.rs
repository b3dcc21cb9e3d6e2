//! Helpers around async-nats.

use std::future::Future;
use std::time::Duration;

use anyhow::Context;
use async_nats::{Client, ConnectOptions, Message, Subscriber};
use futures_util::StreamExt;

use crate::wait::SOON;

/// Runs a test's asynchronous part on a runtime of its own.
///
/// # Panics
/// If there is no runtime to be had.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be built")
        .block_on(future)
}

/// Options for tests: fail at once where a real client would go on trying.
#[must_use]
pub fn options() -> ConnectOptions {
    ConnectOptions::new()
        .connection_timeout(SOON)
        .request_timeout(Some(SOON))
        .max_reconnects(1)
}

/// Connects with [`options`].
pub async fn connect(url: &str) -> anyhow::Result<Client> {
    options()
        .connect(url)
        .await
        .with_context(|| format!("connecting to {url}"))
}

/// Takes the next message, which has to come within 10 s.
pub async fn next(subscriber: &mut Subscriber) -> anyhow::Result<Message> {
    let next = tokio::time::timeout(SOON, subscriber.next()).await;
    next.context("no message came")?
        .context("the subscription has ended")
}

/// Makes sure that no message comes for a while.
pub async fn expect_nothing(subscriber: &mut Subscriber, time: Duration) -> anyhow::Result<()> {
    match tokio::time::timeout(time, subscriber.next()).await {
        Err(_) => Ok(()),
        Ok(Some(message)) => anyhow::bail!("expected nothing, got one on {}", message.subject),
        Ok(None) => anyhow::bail!("the subscription has ended"),
    }
}
