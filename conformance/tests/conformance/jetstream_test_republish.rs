//! Go: `server/jetstream_test.go`: stored messages that are published again.

use conformance::client::{block_on, next};
use conformance::go_test;
use serde_json::{Value, json};

use crate::js_stream_support::{description, with};
use crate::js_support::{Js, err_code, header};

go_test!(
    1634,
    "jetstream_test",
    "TestJetStreamStreamRepublishCycle",
    republish_cycle
);
fn republish_cycle() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        for (src, dest) in [
            ("foo.>", "foo.>"),
            ("bar.bar", "foo.bar"),
            ("baz", "bar.bar"),
        ] {
            let config = json!({
                "name": "RPC", "storage": "memory", "subjects": ["foo.>", "bar.*", "baz"],
                "republish": { "src": src, "dest": dest },
            });
            let refused = js.try_stream(&config).await?;
            let kind = "io.nats.jetstream.api.v1.stream_create_response";
            assert_eq!(refused["type"], kind);
            assert!(
                description(&refused).contains("republish destination forms a cycle"),
                "{refused}"
            );
        }
        Ok(())
    })
}

/// Publishes a hundred messages and looks at how many come back on `listen`. A
/// message on `listen` itself is what ends them.
async fn republished(
    republish: Value,
    subjects: [&str; 2],
    publish: &str,
    listen: &str,
) -> anyhow::Result<Vec<async_nats::Message>> {
    let js = Js::start().await?;
    js.add_stream(json!({
        "name": "Stream1", "storage": "memory", "subjects": subjects, "republish": republish,
    }))
    .await?;
    let mut listener = js.client.subscribe(listen.to_owned()).await?;
    js.client.flush().await?;
    js.fill(publish, &"Z".repeat(512), 100).await?;
    js.client
        .publish(listen.replace('>', "end"), "end".into())
        .await?;
    let mut messages = Vec::new();
    loop {
        let message = next(&mut listener).await?;
        if &*message.payload == b"end" {
            return Ok(messages);
        }
        messages.push(message);
    }
}

/// A hundred messages with everything, as they were published.
fn all_are_whole(messages: &[async_nats::Message], subject: &str, stored: &str) {
    assert_eq!(messages.len(), 100);
    let mut last = "0".to_owned();
    for message in messages {
        assert_eq!(message.subject.as_str(), subject);
        assert_eq!(message.payload.len(), 512);
        assert_eq!(header(message, "Nats-Stream"), "Stream1");
        assert_eq!(header(message, "Nats-Subject"), stored);
        assert_eq!(header(message, "Nats-Last-Sequence"), last);
        assert!(!header(message, "Nats-Time-Stamp").is_empty());
        last = header(message, "Nats-Sequence");
    }
    assert_eq!(last, "100");
}

const MANY: [&str; 2] = ["one.>", "four.>"];

go_test!(
    1635,
    "jetstream_test",
    "TestJetStreamStreamRepublishOneTokenMatch",
    one_token_matches
);
fn one_token_matches() -> anyhow::Result<()> {
    let republish = json!({ "src": "one", "dest": "uno" });
    let got = block_on(republished(republish, ["one", "four"], "one", "uno"))?;
    all_are_whole(&got, "uno", "one");
    Ok(())
}

go_test!(
    1636,
    "jetstream_test",
    "TestJetStreamStreamRepublishMultiTokenMatch",
    several_tokens_match
);
fn several_tokens_match() -> anyhow::Result<()> {
    let republish = json!({ "src": "one.two.>", "dest": "uno.dos.>" });
    let got = block_on(republished(republish, MANY, "one.two.three", "uno.dos.>"))?;
    all_are_whole(&got, "uno.dos.three", "one.two.three");
    Ok(())
}

go_test!(
    1637,
    "jetstream_test",
    "TestJetStreamStreamRepublishAnySubjectMatch",
    any_subject_matches
);
fn any_subject_matches() -> anyhow::Result<()> {
    let republish = json!({ "dest": "uno.dos.>" });
    let got = block_on(republished(republish, MANY, "one.two.three", "uno.dos.>"))?;
    all_are_whole(&got, "uno.dos.one.two.three", "one.two.three");
    Ok(())
}

go_test!(
    1638,
    "jetstream_test",
    "TestJetStreamStreamRepublishMultiTokenNoMatch",
    several_tokens_do_not_match
);
fn several_tokens_do_not_match() -> anyhow::Result<()> {
    let republish = json!({ "src": "one.two.>", "dest": "uno.dos.>", "headers_only": true });
    let got = block_on(republished(republish, MANY, "four.five.six", "uno.dos.>"))?;
    assert!(got.is_empty(), "{got:?}");
    Ok(())
}

go_test!(
    1639,
    "jetstream_test",
    "TestJetStreamStreamRepublishOneTokenNoMatch",
    one_token_does_not_match
);
fn one_token_does_not_match() -> anyhow::Result<()> {
    let republish = json!({ "src": "one", "dest": "uno", "headers_only": true });
    let got = block_on(republished(republish, ["one", "four"], "four", "uno"))?;
    assert!(got.is_empty(), "{got:?}");
    Ok(())
}

go_test!(
    1640,
    "jetstream_test",
    "TestJetStreamStreamRepublishHeadersOnly",
    republish_headers_only
);
fn republish_headers_only() -> anyhow::Result<()> {
    let republish = json!({ "dest": "RP.>", "headers_only": true });
    let got = block_on(republished(republish, ["foo", "bar"], "foo", "RP.>"))?;
    assert_eq!(got.len(), 100);
    let mut last = "0".to_owned();
    for message in &got {
        assert!(message.payload.is_empty());
        assert_eq!(header(message, "Nats-Msg-Size"), "512");
        assert_eq!(header(message, "Nats-Last-Sequence"), last);
        last = header(message, "Nats-Sequence");
    }
    Ok(())
}

go_test!(
    1777,
    "jetstream_test",
    "TestJetStreamImplicitRePublishAfterSubjectTransform",
    republish_after_transform
);
fn republish_after_transform() -> anyhow::Result<()> {
    const CYCLE: &str = "stream configuration for republish destination forms a cycle";
    block_on(async {
        let js = Js::start().await?;
        let config = json!({
            "name": "TEST", "subjects": ["a.>", "c.>"],
            "subject_transform": { "src": "a.>", "dest": "b.>" },
            "republish": { "dest": ">" },
        });
        let refused = js.try_stream(&config).await?;
        assert_eq!(
            (description(&refused).as_str(), err_code(&refused)),
            (CYCLE, 10052)
        );
        js.add_stream(with(&config, json!({ "subjects": ["a.>"] })))
            .await?;
        let mut listener = js.client.subscribe("b.>").await?;
        js.client.flush().await?;
        js.store("a.hello", "").await?;
        assert_eq!(next(&mut listener).await?.subject.as_str(), "b.hello");
        let refused = js
            .try_update(&with(&config, json!({ "subjects": ["c.>"] })))
            .await?;
        assert_eq!(
            (description(&refused).as_str(), err_code(&refused)),
            (CYCLE, 10052)
        );
        Ok(())
    })
}
