//! Values of configurations that are corrected, or refused.

use conformance::client::block_on;
use conformance::stream_config::{alone, named};
use nats_server::config::options::{JetStreamAccountLimits, JetStreamRequestLimits};
use nats_server::jetstream::consumer::{ConsumerContext, check_consumer, set_consumer_defaults};
use nats_server::jetstream::model::{
    AckPolicy, ApiError, ConsumerConfig, ErrorId, Nanos, StreamConfig,
};
use nats_server::jetstream::stream::config::check_config;
use serde_json::json;

use crate::raw::Raw;

#[test]
fn numbers_of_streams_are_corrected_or_refused() {
    type Field = fn(&mut StreamConfig, i64) -> i64;
    // Sets a field if the number is not 1, and reads it.
    let fields: [(&str, Field); 5] = [
        ("max_msgs", |c, v| set(&mut c.max_msgs, v)),
        ("max_msgs_per_subject", |c, v| {
            set(&mut c.max_msgs_per_subject, v)
        }),
        ("max_bytes", |c, v| set(&mut c.max_bytes, v)),
        ("max_msg_size", |c, v| {
            let mut size = i64::from(c.max_msg_size);
            set(&mut size, v);
            c.max_msg_size = i32::try_from(size).unwrap();
            size
        }),
        ("max_consumers", |c, v| set(&mut c.max_consumers, v)),
    ];
    let mut config = named("TEST");
    for (name, field) in fields {
        field(&mut config, -10);
        let refused = check_config(&config, &alone(true)).unwrap_err();
        let expected = ApiError::pedantic(format!("{name} must be set to -1"));
        assert_eq!(refused, expected);
        field(&mut config, 0);
        config = check_config(&config, &alone(true)).unwrap();
        assert_eq!(field(&mut config, READ), -1, "{name}");
        field(&mut config, -10);
        config = check_config(&config, &alone(false)).unwrap();
        assert_eq!(field(&mut config, READ), -1, "{name}");
    }
    let aged = StreamConfig {
        max_age: Nanos::from_secs(-1),
        ..named("TEST")
    };
    let refused = check_config(&aged, &alone(false)).unwrap_err();
    let expected = ApiError::stream_invalid_config("max age can not be negative");
    assert_eq!(refused, expected);
}

/// Leaves a number as it is.
const READ: i64 = 1;

fn set(field: &mut i64, value: i64) -> i64 {
    if value != READ {
        *field = value;
    }
    *field
}

#[test]
fn numbers_of_consumers_are_corrected_or_refused() {
    type Field = fn(&mut ConsumerConfig, i64) -> i64;
    let fields: [(&str, i64, Field); 9] = [
        ("max_deliver", -1, |c, v| set(&mut c.max_deliver, v)),
        ("max_waiting", 512, |c, v| set(&mut c.max_waiting, v)),
        ("max_batch", 0, |c, v| set(&mut c.max_batch, v)),
        ("max_expires", 0, |c, v| set(&mut c.max_expires.0, v)),
        ("max_bytes", 0, |c, v| set(&mut c.max_bytes, v)),
        ("idle_heartbeat", 0, |c, v| set(&mut c.idle_heartbeat.0, v)),
        ("inactive_threshold", 0, |c, v| {
            set(&mut c.inactive_threshold.0, v)
        }),
        ("priority_timeout", 0, |c, v| {
            set(&mut c.priority_timeout.0, v)
        }),
        ("max_ack_pending", 1000, |c, v| {
            set(&mut c.max_ack_pending, v)
        }),
    ];
    let stream = check_config(&named("TEST"), &alone(false)).unwrap();
    let server = JetStreamRequestLimits::default();
    let account = JetStreamAccountLimits::default();
    let context = ConsumerContext {
        stream: &stream,
        server: &server,
        account: &account,
    };
    let mut config = ConsumerConfig {
        ack_policy: AckPolicy::Explicit,
        ..ConsumerConfig::default()
    };
    for (name, default, field) in fields {
        let expected = match name {
            "max_deliver" | "max_ack_pending" => format!("{name} must be set to -1"),
            _ => format!("{name} must not be negative"),
        };
        field(&mut config, -10);
        let refused = set_consumer_defaults(&mut config, &context, true).unwrap_err();
        assert_eq!(refused, ApiError::pedantic(expected));
        field(&mut config, 0);
        set_consumer_defaults(&mut config, &context, true).unwrap();
        assert_eq!(field(&mut config, READ), default, "{name}");
        field(&mut config, -10);
        set_consumer_defaults(&mut config, &context, false).unwrap();
        let corrected = if name == "max_ack_pending" {
            -1
        } else {
            default
        };
        assert_eq!(field(&mut config, READ), corrected, "{name}");
    }
    let check = |change: fn(&mut ConsumerConfig)| {
        let mut config = ConsumerConfig::default();
        change(&mut config);
        check_consumer(&config, &context, false).unwrap_err()
    };
    assert!(
        check(|c| c.ack_wait = Nanos::from_secs(-1)).is(&[ErrorId::CONSUMER_ACK_WAIT_NEGATIVE])
    );
    assert!(
        check(|c| c.backoff = vec![Nanos::from_secs(-1)])
            .is(&[ErrorId::CONSUMER_BACK_OFF_NEGATIVE])
    );
}

/// Choices that do not exist can only come by the API, which does not read them.
#[test]
fn choices_that_do_not_exist_are_not_read() -> anyhow::Result<()> {
    block_on(async {
        let js = Raw::start().await?;
        for field in ["retention", "discard", "storage", "compression"] {
            for value in [json!("other"), json!(-1), json!(255)] {
                let config = json!({ "name": "TEST", field: value });
                let refused = js.api("STREAM.CREATE.TEST", &config).await?;
                assert_eq!(refused["error"]["err_code"], 10025, "{config}: {refused}");
            }
        }
        js.stream(json!({ "name": "TEST" })).await?;
        for field in ["ack_policy", "replay_policy"] {
            for value in [json!("other"), json!(-1)] {
                let config = json!({ "durable_name": "C", field: value });
                let wanted = json!({ "stream_name": "TEST", "config": config });
                let refused = js.api("CONSUMER.CREATE.TEST.C", &wanted).await?;
                assert_eq!(refused["error"]["err_code"], 10025, "{wanted}: {refused}");
            }
        }
        Ok(())
    })
}
