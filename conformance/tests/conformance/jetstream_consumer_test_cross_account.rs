//! Go: `server/jetstream_consumer_test.go`: pull requests that come from other accounts.

use std::time::Duration;

use async_nats::Client;
use conformance::client::block_on;
use conformance::go_test;
use serde_json::{Value, json};

use crate::js_consumer_support::{millis, take_all};
use crate::js_support::{Configured, eventually, request, status};

/// What the consumers of the tests are asked by: an account with streams, one that
/// imports their pull requests, and one that imports them from that one.
fn server_of() -> Configured {
    Configured::new(
        r#"
        listen: 127.0.0.1:-1
        jetstream: { max_mem_store: 4GB, max_file_store: 1TB, store_dir: STORE }
        accounts: {
            JS: {
                jetstream: enabled
                users: [{ user: js, password: pwd }]
                exports: [{ service: "$JS.API.CONSUMER.MSG.NEXT.>", response: stream }]
            }
            IU: {
                users: [{ user: iu, password: pwd }]
                imports: [{ service: { subject: "$JS.API.CONSUMER.MSG.NEXT.*.*", account: JS } }]
                exports: [{ service: "$JS.API.CONSUMER.MSG.NEXT.>", response: stream }]
            }
            IU2: {
                users: [{ user: iu2, password: pwd }]
                imports: [{ service: { subject: "$JS.API.CONSUMER.MSG.NEXT.*.*", account: IU } }]
            }
        }
        "#,
    )
}

/// Asks the server's API in the account of the streams.
async fn api(js: &Client, what: &str, body: &Value) -> anyhow::Result<Value> {
    request(js, &format!("$JS.API.{what}"), body).await
}

/// Makes a consumer of the stream `PC` and returns its name.
async fn add_consumer(js: &Client, config: Value) -> anyhow::Result<String> {
    let wanted = json!({ "stream_name": "PC", "config": config });
    let name = match config["durable_name"].as_str() {
        Some(name) => format!("CONSUMER.DURABLE.CREATE.PC.{name}"),
        None => "CONSUMER.CREATE.PC".to_owned(),
    };
    let made = api(js, &name, &wanted).await?;
    Ok(made["name"].as_str().unwrap().to_owned())
}

async fn publish(js: &Client, count: usize) -> anyhow::Result<()> {
    for _ in 0..count {
        let ack = request(js, "foo", &json!("OK")).await?;
        assert!(ack["error"].is_null(), "{ack}");
    }
    Ok(())
}

async fn waiting(js: &Client, consumer: &str) -> anyhow::Result<Value> {
    let info = api(js, &format!("CONSUMER.INFO.PC.{consumer}"), &Value::Null).await?;
    Ok(info["num_waiting"].clone())
}

async fn wait_for(js: &Client, consumer: &str, count: u64) -> anyhow::Result<()> {
    eventually("requests that wait", async || {
        Ok((waiting(js, consumer).await? == count).then_some(()))
    })
    .await
}

async fn wait_until_gone(js: &Client, consumer: &str) -> anyhow::Result<()> {
    eventually("the consumer goes", async || {
        let info = api(js, &format!("CONSUMER.INFO.PC.{consumer}"), &Value::Null).await?;
        Ok((info["error"]["code"] == 404).then_some(()))
    })
    .await
}

async fn ask(client: &Client, consumer: &str, reply: &str, batch: u64) -> anyhow::Result<()> {
    let subject = format!("$JS.API.CONSUMER.MSG.NEXT.PC.{consumer}");
    let wanted = json!({ "batch": batch }).to_string();
    client
        .publish_with_reply(subject, reply.to_owned(), wanted.into())
        .await?;
    Ok(())
}

/// Requests of another account are served, and go when nobody waits there any more.
async fn check_requests(js: &Client, other: &Client, consumer: &str) -> anyhow::Result<()> {
    let mut answers = other.subscribe("answers").await?;
    ask(other, consumer, "answers", 10).await?;
    for message in take_all(&mut answers, 10).await? {
        assert_eq!(status(&message).0, 0);
        assert_eq!(message.payload, "OK");
    }
    let purged = api(js, "STREAM.PURGE.PC", &Value::Null).await?;
    assert_eq!(purged["success"], true);
    for _ in 0..10 {
        ask(other, consumer, "answers", 10).await?;
    }
    wait_for(js, consumer, 10).await?;
    answers.unsubscribe().await?;
    wait_for(js, consumer, 0).await
}

go_test!(
    1345,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullCrossAccountExpires",
    requests_of_other_accounts_expire
);
fn requests_of_other_accounts_expire() -> anyhow::Result<()> {
    block_on(async {
        let server = server_of();
        let js = server.user("js").await?;
        let stream = json!({ "name": "PC", "subjects": ["foo"] });
        api(&js, "STREAM.CREATE.PC", &stream).await?;
        publish(&js, 50).await?;
        let durable = json!({ "durable_name": "PC", "ack_policy": "explicit" });
        add_consumer(&js, durable).await?;
        let iu = server.user("iu").await?;
        check_requests(&js, &iu, "PC").await?;

        // A consumer without a name stays for as long as somebody waits.
        let ephemeral = json!({ "ack_policy": "explicit", "inactive_threshold": millis(50) });
        let name = add_consumer(&js, ephemeral).await?;
        let mut answers = iu.subscribe("more").await?;
        ask(&iu, &name, "more", 10).await?;
        // Up to a second comes on top, by chance.
        tokio::time::sleep(Duration::from_millis(1200)).await;
        assert_eq!(waiting(&js, &name).await?, 1);
        answers.unsubscribe().await?;
        wait_until_gone(&js, &name).await?;

        // And from one account through the next.
        publish(&js, 10).await?;
        let ephemeral = json!({ "ack_policy": "explicit", "inactive_threshold": millis(500) });
        let name = add_consumer(&js, ephemeral).await?;
        let iu2 = server.user("iu2").await?;
        check_requests(&js, &iu2, &name).await?;
        wait_until_gone(&js, &name).await
    })
}

go_test!(
    1346,
    "jetstream_consumer_test",
    "TestJetStreamConsumerPullCrossAccountExpiresNoDataRace",
    requests_while_interest_goes
);
fn requests_while_interest_goes() -> anyhow::Result<()> {
    block_on(async {
        for _ in 0..10 {
            let server = server_of();
            let js = server.user("js").await?;
            let stream = json!({ "name": "PC", "subjects": ["foo"] });
            api(&js, "STREAM.CREATE.PC", &stream).await?;
            publish(&js, 100).await?;
            let durable = json!({ "durable_name": "PC", "ack_policy": "explicit" });
            add_consumer(&js, durable).await?;
            let iu = server.user("iu").await?;
            let mut answers = iu.subscribe("answers").await?;
            let leaving = async {
                tokio::time::sleep(Duration::from_millis(5)).await;
                answers.unsubscribe().await
            };
            let asking = async {
                for _ in 0..100 {
                    ask(&iu, "PC", "answers", 1).await?;
                }
                anyhow::Ok(())
            };
            let (left, asked) = tokio::join!(leaving, asking);
            left?;
            asked?;
            wait_for(&js, "PC", 0).await?;
        }
        Ok(())
    })
}
