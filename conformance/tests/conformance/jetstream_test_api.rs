//! Go: `server/jetstream_test.go`: requests to the API and their answers.

use anyhow::Context as _;
use conformance::client::block_on;
use conformance::go_test;
use jiff::{SignedDuration, Timestamp};
use nats_server::protocol::constants::JS_API_LEVEL;
use serde_json::{Value, json};

use crate::js_consumer_support::take_all;
use crate::js_stream_support::with;
use crate::js_support::{Js, err_code};

const STREAM: &str = "MSET22";

/// Something was made just now.
fn check_created(answer: &Value) -> anyhow::Result<()> {
    let created: Timestamp = answer["created"].as_str().context("a time")?.parse()?;
    let age = Timestamp::now().duration_since(created);
    assert!(age < SignedDuration::from_secs(1), "{created}");
    Ok(())
}

/// The first page of a list has the one entry there is, and this limit.
async fn only_entry(js: &Js, list: (&str, &str), limit: u64) -> anyhow::Result<Value> {
    let (subject, field) = list;
    let answer = js.api(subject, Value::Null).await?;
    let page = (&answer["total"], &answer["offset"], &answer["limit"]);
    assert_eq!(page, (&json!(1), &json!(0), &json!(limit)), "{answer}");
    let [only] = answer[field].as_array().context("a list")?.as_slice() else {
        anyhow::bail!("not one entry: {answer}");
    };
    Ok(only.clone())
}

async fn streams_are_managed(js: &Js) -> anyhow::Result<()> {
    let config = json!({
        "name": STREAM, "storage": "file", "subjects": ["foo", "bar", "baz"], "max_msgs": 100,
    });
    check_created(&js.add_stream(config.clone()).await?)?;
    let other = js.api("STREAM.CREATE.BOB", config.clone()).await?;
    assert_eq!(err_code(&other), 10056, "{other}");
    let changed = js
        .update(&with(&config, json!({ "max_bytes": 2_222_222 })))
        .await?;
    assert_eq!(changed["config"]["max_bytes"], 2_222_222);
    let unknown = json!({ "name": "UNKNOWN_STREAM", "storage": "file", "subjects": ["foo"] });
    let refused = js.try_update(&unknown).await?;
    assert_eq!(refused["error"]["code"], 404, "{refused}");
    assert!(refused["config"].is_null());
    assert_eq!(js.api("INFO", Value::Null).await?["streams"], 1);
    let name = only_entry(js, ("STREAM.NAMES", "streams"), 1024).await?;
    assert_eq!(name, STREAM);
    let stream = only_entry(js, ("STREAM.LIST", "streams"), 256).await?;
    assert_eq!(stream["config"]["name"], STREAM);
    for _ in 0..10 {
        js.store("foo", "WELCOME JETSTREAM").await?;
    }
    let info = js.info(STREAM, Value::Null).await?;
    assert_eq!(info["state"]["messages"], 10);
    check_created(&info)?;
    let unknown = js.api("STREAM.INFO.BOB", Value::Null).await?;
    assert_eq!(err_code(&unknown), 10059);
    Ok(())
}

async fn consumers_are_managed(js: &Js) -> anyhow::Result<()> {
    let create = async |subject: &str, config: Value| {
        let wanted = json!({ "stream_name": STREAM, "config": config });
        js.api(&format!("CONSUMER.{subject}"), wanted).await
    };
    let delivery = js.client.new_inbox();
    let config = json!({ "deliver_subject": delivery });
    // Nobody has to listen yet.
    let made = create("CREATE.MSET22", config.clone()).await?;
    assert_eq!(err_code(&made), 0, "{made}");
    check_created(&made)?;
    let mut deliveries = js.listen(&delivery).await?;
    take_all(&mut deliveries, 10).await?;
    let other = create("CREATE.BOB", config.clone()).await?;
    assert_eq!(err_code(&other), 10056, "{other}");
    let name = only_entry(js, ("CONSUMER.NAMES.MSET22", "consumers"), 1024).await?;
    let name = name.as_str().context("a name")?;
    let info = js.consumer(STREAM, name).await?;
    assert_eq!((info["name"].as_str(), name.len()), (Some(name), 8));
    assert!(info["config"]["durable_name"].is_null());
    assert_eq!(info["config"]["deliver_subject"], delivery);
    for place in ["delivered", "ack_floor"] {
        assert_eq!(info[place]["consumer_seq"], 10, "{place}");
    }
    js.delete_consumer(STREAM, name).await?;

    let durable = with(&config, json!({ "durable_name": "myd" }));
    let refused = create("CREATE.MSET22", durable.clone()).await?;
    assert_eq!(err_code(&refused), 10020, "{refused}");
    let made = create("DURABLE.CREATE.MSET22.myd", durable).await?;
    assert_eq!((err_code(&made), &made["name"]), (0, &json!("myd")));
    let refused = create("DURABLE.CREATE.MSET22.myd", config).await?;
    assert_eq!(err_code(&refused), 10018, "{refused}");
    Ok(())
}

go_test!(
    1540,
    "jetstream_test",
    "TestJetStreamRequestAPI",
    request_api
);
fn request_api() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let info = js.api("INFO", Value::Null).await?;
        assert_eq!(info["api"]["level"], JS_API_LEVEL);
        streams_are_managed(&js).await?;
        consumers_are_managed(&js).await?;
        js.delete_message(STREAM, 2).await?;
        assert_eq!(js.purge(STREAM, Value::Null).await?, 9);
        let deleted = js.api("STREAM.DELETE.MSET22", Value::Null).await?;
        assert_eq!(deleted["success"], true, "{deleted}");
        assert_eq!(js.api("INFO", Value::Null).await?["streams"], 0);
        // Nothing, or no more than an object without anything, is a request as well.
        for empty in ["", "{}", " {} ", " { } "] {
            let answer = js.api("STREAM.DELETE.foo_bar_baz", empty).await?;
            assert_eq!(answer["error"]["code"], 404, "{empty:?}: {answer}");
        }
        Ok(())
    })
}
