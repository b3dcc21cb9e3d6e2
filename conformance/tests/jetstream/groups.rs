//! Consumers with priority groups, as the client library uses them (ADR-42).

use std::time::Duration;

use anyhow::Context as _;
use async_nats::jetstream::consumer::{PriorityPolicy, PullConsumer, pull};
use async_nats::jetstream::{self, Message, stream};
use conformance::client::block_on;
use conformance::wait::{SOON, until_async};
use futures_util::{Stream, StreamExt as _};

use super::Running;

const GROUP: &str = "jobs";

/// A stream and a consumer with one group.
async fn grouped(
    js: &jetstream::Context,
    policy: PriorityPolicy,
) -> anyhow::Result<(stream::Stream, PullConsumer)> {
    let stream = js
        .create_stream(stream::Config {
            name: "S".to_owned(),
            subjects: vec!["s".to_owned()],
            ..Default::default()
        })
        .await?;
    let consumer = stream
        .create_consumer(pull::Config {
            durable_name: Some("C".to_owned()),
            priority_policy: policy,
            priority_groups: vec![GROUP.to_owned()],
            priority_timeout: Duration::from_secs(30),
            ..Default::default()
        })
        .await?;
    Ok((stream, consumer))
}

async fn publish(js: &jetstream::Context, count: usize) -> anyhow::Result<()> {
    for number in 0..count {
        js.publish("s", number.to_string().into()).await?.await?;
    }
    Ok(())
}

/// The next message, which has to come.
async fn next<E>(
    messages: &mut (impl Stream<Item = Result<Message, E>> + Unpin),
) -> anyhow::Result<Message>
where
    anyhow::Error: FromBoxed<E>,
{
    let message = tokio::time::timeout(SOON, messages.next()).await?;
    let message = message.context("a message comes")?;
    message.map_err(anyhow::Error::from_any)
}

/// The libraries' errors of streams and of batches are of different kinds.
trait FromBoxed<E> {
    fn from_any(error: E) -> Self;
}

impl FromBoxed<async_nats::Error> for anyhow::Error {
    fn from_any(error: async_nats::Error) -> Self {
        Self::from_boxed(error)
    }
}

impl FromBoxed<pull::MessagesError> for anyhow::Error {
    fn from_any(error: pull::MessagesError) -> Self {
        Self::new(error)
    }
}

async fn until_waiting(consumer: &PullConsumer, count: usize) {
    until_async(SOON, "requests wait", || async {
        let info = consumer.get_info().await;
        info.is_ok_and(|info| info.num_waiting == count)
    })
    .await;
}

#[test]
fn overflow_requests_are_served_when_much_is_to_come() -> anyhow::Result<()> {
    block_on(async {
        let running = Running::start().await?;
        let js = &running.js;
        let (_, consumer) = grouped(js, PriorityPolicy::Overflow).await?;
        publish(js, 4).await?;
        let helper = || {
            let batch = consumer.batch().group(GROUP).max_messages(10);
            batch.expires(Duration::from_secs(30))
        };
        let mut helped = helper().min_pending(5).messages().await?;
        until_waiting(&consumer, 1).await;
        assert_eq!(consumer.get_info().await?.num_pending, 4, "too few for it");
        publish(js, 2).await?;
        for _ in 0..2 {
            next(&mut helped)
                .await?
                .ack()
                .await
                .map_err(anyhow::Error::from_boxed)?;
        }
        // There are four again.
        until_waiting(&consumer, 1).await;
        assert_eq!(consumer.get_info().await?.num_pending, 4);
        // Others have them as they come.
        let mut own = helper().max_messages(4).messages().await?;
        for _ in 0..4 {
            next(&mut own).await?;
        }
        drop(helped);
        // Those are not acknowledged, which is enough for one and too little for another.
        publish(js, 1).await?;
        let mut patient = helper().min_ack_pending(5).messages().await?;
        until_waiting(&consumer, 1).await;
        let mut eager = helper().min_ack_pending(4).messages().await?;
        let message = next(&mut eager).await?;
        let info = message.info().map_err(anyhow::Error::from_boxed)?;
        assert_eq!((info.stream_sequence, info.delivered), (7, 1));
        // With that one there are five.
        publish(js, 1).await?;
        next(&mut patient).await?;
        Ok(())
    })
}

#[test]
fn one_client_is_pinned_until_it_is_unpinned() -> anyhow::Result<()> {
    block_on(async {
        let running = Running::start().await?;
        let js = &running.js;
        let (stream, consumer) = grouped(js, PriorityPolicy::PinnedClient).await?;
        let client = || async {
            let stream = consumer.stream().group(GROUP).max_messages_per_batch(5);
            stream.expires(Duration::from_secs(10)).messages().await
        };
        let pin = || async {
            let info = consumer.get_info().await?;
            let groups = info.priority_groups;
            let group = groups.first().context("it is told of the group")?;
            assert_eq!(group.group, GROUP);
            let id = group.pinned_client_id.clone().unwrap_or_default();
            anyhow::Ok((id, group.pinned_ts.is_some()))
        };
        assert_eq!(pin().await?, (String::new(), false));
        let mut first = client().await?;
        publish(js, 1).await?;
        let message = next(&mut first).await?;
        let (pinned, _) = pin().await?;
        let headers = message.headers.as_ref().context("headers")?;
        assert_eq!(
            headers.get("Nats-Pin-Id").context("a pin")?.as_str(),
            pinned
        );
        let mut second = client().await?;
        publish(js, 12).await?;
        for _ in 0..12 {
            next(&mut first).await?;
        }
        assert_eq!(pin().await?, (pinned.clone(), true));
        stream.unpin_consumer("C", GROUP).await?;
        assert_eq!(pin().await?, (String::new(), false));
        // The first one's requests name a pin that is no more.
        publish(js, 3).await?;
        for _ in 0..3 {
            next(&mut second).await?;
        }
        let (other, _) = pin().await?;
        assert!(!other.is_empty() && other != pinned, "{other}");
        let refused = stream.unpin_consumer("C", "other").await;
        assert!(refused.is_err());
        Ok(())
    })
}

#[test]
fn requests_of_more_priority_are_served_first() -> anyhow::Result<()> {
    block_on(async {
        let running = Running::start().await?;
        let js = &running.js;
        let (_, consumer) = grouped(js, PriorityPolicy::Prioritized).await?;
        let client = |priority| {
            let fetch = consumer.fetch().group(GROUP).priority(priority);
            fetch
                .max_messages(2)
                .expires(Duration::from_secs(30))
                .messages()
        };
        let mut last = client(5).await?;
        until_waiting(&consumer, 1).await;
        let mut first = client(0).await?;
        until_waiting(&consumer, 2).await;
        let mut second = client(2).await?;
        until_waiting(&consumer, 3).await;
        // With its first message a request has got all there was, and is over: unless more
        // is there by then, so each message waits for that.
        for (seq, messages) in [(1, &mut first), (2, &mut second), (3, &mut last)] {
            publish(js, 1).await?;
            assert_eq!(super::position(&next(messages).await?)?.0, seq);
            until_waiting(&consumer, 3 - usize::try_from(seq)?).await;
        }
        Ok(())
    })
}
