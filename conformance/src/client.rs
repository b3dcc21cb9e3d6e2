//! Helpers around async-nats.

use std::future::Future;
use std::time::Duration;

use anyhow::Context;
use async_nats::{Client, ConnectOptions, HeaderMap, Message, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt;
use serde_json::Value;

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

/// Headers of these names with these values.
#[must_use]
pub fn header_map(headers: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (key, value) in headers {
        map.insert(*key, *value);
    }
    map
}

/// Sends a request with headers, which has to be answered.
pub async fn request_with(
    client: &Client,
    subject: &str,
    headers: &[(&str, &str)],
    payload: impl Into<Bytes>,
) -> anyhow::Result<Message> {
    let (subject, payload) = (subject.to_owned(), payload.into());
    let answer = if headers.is_empty() {
        client.request(subject, payload).await
    } else {
        let map = header_map(headers);
        client.request_with_headers(subject, map, payload).await
    };
    answer.context("a request is answered")
}

/// What a message says as JSON; `null` if it says nothing.
pub fn as_json(message: &Message) -> anyhow::Result<Value> {
    if message.payload.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&message.payload).context("it is JSON")
}

/// Waits until the server has seen everything that a client did before. A flush only
/// sends it, so that another client could be faster.
pub async fn synced(client: &Client) -> anyhow::Result<()> {
    let inbox = client.new_inbox();
    let mut back = client.subscribe(inbox.clone()).await?;
    client.publish(inbox, Bytes::new()).await?;
    next(&mut back).await?;
    Ok(())
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
