//! Go: `server/jetstream_test.go`: streams and consumers that need a newer server.

use std::collections::BTreeMap;

use conformance::client::block_on;
use conformance::go_test;
use nats_server::jetstream::assets::ConsumerAction;
use nats_server::jetstream::model::{ApiError, ConsumerConfig, StreamConfig};
use nats_server::monitor::HealthzOptions;
use nats_server::protocol::constants::JS_API_LEVEL;
use serde_json::{Value, json};

use crate::js_stream_support::description;
use crate::js_support::{Js, err_code};

/// What nobody can serve yet.
fn newest() -> BTreeMap<String, String> {
    BTreeMap::from([("_nats.req.level".to_owned(), i64::MAX.to_string())])
}

go_test!(
    1768,
    "jetstream_test",
    "TestJetStreamOfflineStreamAndConsumerAfterDowngrade",
    offline_stream_and_consumer_after_downgrade
);
fn offline_stream_and_consumer_after_downgrade() -> anyhow::Result<()> {
    block_on(async {
        let js = Js::start().await?;
        let config = StreamConfig {
            name: "DowngradeStreamTest".to_owned(),
            subjects: vec!["taken".to_owned()],
            metadata: newest(),
            ..StreamConfig::default()
        };
        js.account().add_stream(&config, false)?;
        let js = js.restarted().await?;
        let reason = format!(
            "unsupported - required API level: {}, current API level: {JS_API_LEVEL}",
            i64::MAX
        );
        let info = js
            .api("STREAM.INFO.DowngradeStreamTest", Value::Null)
            .await?;
        assert_eq!(
            (err_code(&info), &info["error"]["code"]),
            (10194, &json!(500))
        );
        assert_eq!(description(&info), format!("stream is offline: {reason}"));
        let names = js.api("STREAM.NAMES", Value::Null).await?;
        assert_eq!(names["streams"], json!(["DowngradeStreamTest"]));
        let list = js.api("STREAM.LIST", Value::Null).await?;
        assert_eq!((&list["streams"], &list["total"]), (&json!([]), &json!(1)));
        assert_eq!(list["missing"], json!(["DowngradeStreamTest"]));
        assert_eq!(list["offline"], json!({ "DowngradeStreamTest": reason }));

        let account = js.account();
        let offline = account.offline_stream("DowngradeStreamTest").unwrap();
        assert_eq!(offline.reason, reason);
        assert_eq!(
            account.stream("DowngradeStreamTest").unwrap_err(),
            ApiError::stream_offline_reason(&reason)
        );
        // It keeps its name, its subjects and its place among the streams, and is no
        // reason to be unwell.
        let same = js
            .api(
                "STREAM.CREATE.DowngradeStreamTest",
                json!({ "name": "DowngradeStreamTest" }),
            )
            .await?;
        assert_eq!(err_code(&same), 10058);
        let other = json!({ "name": "OTHER", "subjects": ["taken"] });
        assert_eq!(
            err_code(&js.api("STREAM.CREATE.OTHER", other).await?),
            10065
        );
        assert_eq!(account.stats().total.streams, 1);
        let health = js.server.server().healthz(&HealthzOptions::default());
        assert_eq!(health.status, "ok");
        account.delete_stream("DowngradeStreamTest")?;

        let js = js.restarted().await?;
        assert!(js.account().listed("").is_empty());
        let config = StreamConfig {
            name: "DowngradeConsumerTest".to_owned(),
            ..StreamConfig::default()
        };
        let stream = js.account().add_stream(&config, false)?;
        let config = ConsumerConfig {
            name: "DowngradeConsumerTest".to_owned(),
            metadata: newest(),
            ..ConsumerConfig::default()
        };
        js.account()
            .add_consumer(&stream, config, ConsumerAction::Create, false)?;
        drop(stream);
        let js = js.restarted().await?;
        let account = js.account();
        let offline = account.offline_stream("DowngradeConsumerTest").unwrap();
        let stopped = "stopped - unsupported consumer \"DowngradeConsumerTest\"";
        assert_eq!(offline.reason, stopped);
        let consumers =
            BTreeMap::from([("DowngradeConsumerTest".to_owned(), Some(reason.clone()))]);
        assert_eq!(offline.consumers, consumers);
        let of = "DowngradeConsumerTest";
        let info = js
            .api(&format!("CONSUMER.INFO.{of}.{of}"), Value::Null)
            .await?;
        assert_eq!(
            (err_code(&info), &info["error"]["code"]),
            (10195, &json!(500))
        );
        assert_eq!(description(&info), format!("consumer is offline: {reason}"));
        let names = js.api(&format!("CONSUMER.NAMES.{of}"), Value::Null).await?;
        assert_eq!(names["consumers"], json!([of]));
        let list = js.api(&format!("CONSUMER.LIST.{of}"), Value::Null).await?;
        assert_eq!(
            (&list["consumers"], &list["total"]),
            (&json!([]), &json!(1))
        );
        assert_eq!(list["missing"], json!([of]));
        assert_eq!(list["offline"], json!({ of: reason }));
        let config = json!({ "stream_name": of, "config": { "durable_name": "new" } });
        let made = js.api(&format!("CONSUMER.CREATE.{of}.new"), config).await?;
        assert_eq!(description(&made), format!("stream is offline: {stopped}"));
        Ok(())
    })
}
