//! Requests to the API, each with what it changes.

use async_nats::Client;
use conformance::client::{block_on, connect};
use conformance::server::RunningServer;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server;

async fn ask(client: &Client, subject: &str, request: Value) -> anyhow::Result<Value> {
    let answer = client
        .request(format!("$JS.API.{subject}"), request.to_string().into())
        .await?;
    Ok(serde_json::from_slice(&answer.payload)?)
}

#[test]
fn streams_are_listed_changed_purged_and_deleted() -> anyhow::Result<()> {
    block_on(async {
        let directory = TempDir::new()?;
        let server = server(&directory);
        let client = connect(&server.url()).await?;
        for name in ["A", "B"] {
            let subjects = [format!("{}.*", name.to_lowercase())];
            let config = json!({ "name": name, "subjects": subjects });
            let made = ask(&client, &format!("STREAM.CREATE.{name}"), config).await?;
            assert_eq!(made["did_create"], true);
        }
        for n in 0..4 {
            client.request(format!("a.{n}"), "x".into()).await?;
        }
        let names = ask(&client, "STREAM.NAMES", json!({ "subject": "b.x" })).await?;
        assert_eq!(names["streams"], json!(["B"]));
        let list = ask(&client, "STREAM.LIST", json!({ "offset": 1 })).await?;
        assert_eq!((&list["total"], &list["offset"]), (&json!(2), &json!(1)));
        assert_eq!(list["streams"][0]["config"]["name"], "B");
        assert!(list["streams"][0]["config"]["metadata"]["_nats.ver"].is_null());

        let config = json!({ "name": "A", "subjects": ["a.*"], "description": "changed" });
        let updated = ask(&client, "STREAM.UPDATE.A", config).await?;
        assert_eq!(updated["config"]["description"], "changed");
        let purged = ask(&client, "STREAM.PURGE.A", json!({ "keep": 1 })).await?;
        assert_eq!(
            (&purged["success"], &purged["purged"]),
            (&json!(true), &json!(3))
        );
        let wanted = json!({ "subjects_filter": ">", "deleted_details": true });
        let info = ask(&client, "STREAM.INFO.A", wanted).await?;
        assert_eq!(info["state"]["subjects"], json!({ "a.3": 1 }));
        assert_eq!(info["config"]["description"], "changed");
        let got = ask(
            &client,
            "STREAM.MSG.GET.A",
            json!({ "last_by_subj": "a.3" }),
        )
        .await?;
        assert_eq!(got["message"]["seq"], 4);
        let gone = ask(&client, "STREAM.MSG.DELETE.A", json!({ "seq": 4 })).await?;
        assert_eq!(gone["success"], true);
        let got = ask(&client, "STREAM.MSG.GET.A", json!({ "seq": 4 })).await?;
        assert_eq!(got["error"]["err_code"], 10037);
        let full = ask(&client, "STREAM.DELETE.A", json!({ "x": 1 })).await?;
        assert_eq!(full["error"]["err_code"], 10038, "{full}");
        let gone = ask(&client, "STREAM.DELETE.A", json!({})).await?;
        assert_eq!(gone["success"], true);
        let names = ask(&client, "STREAM.NAMES", json!({})).await?;
        assert_eq!(names["streams"], json!(["B"]));

        let before = ask(&client, "INFO", json!({})).await?;
        ask(&client, "STREAM.INFO.NO", json!({})).await?;
        let after = ask(&client, "INFO", json!({})).await?;
        let more = |field: &str| {
            let count = |info: &Value| info["api"][field].as_u64().unwrap_or(0);
            count(&after) - count(&before)
        };
        assert_eq!((more("total"), more("errors")), (2, 1));
        Ok(())
    })
}

#[test]
fn consumers_are_listed_paused_reset_and_deleted() -> anyhow::Result<()> {
    block_on(async {
        let directory = TempDir::new()?;
        let server = server(&directory);
        let client = connect(&server.url()).await?;
        ask(&client, "STREAM.CREATE.S", json!({ "name": "S" })).await?;
        for name in ["A", "B"] {
            let config = json!({ "durable_name": name });
            let request = json!({ "stream_name": "S", "config": config });
            let made = ask(&client, &format!("CONSUMER.CREATE.S.{name}"), request).await?;
            assert_eq!(made["name"], name);
        }
        let names = ask(&client, "CONSUMER.NAMES.S", json!({ "offset": 1 })).await?;
        assert_eq!(
            (&names["consumers"], &names["total"]),
            (&json!(["B"]), &json!(2))
        );
        let list = ask(&client, "CONSUMER.LIST.S", json!({})).await?;
        assert_eq!(list["consumers"][0]["name"], "A");
        let until = json!({ "pause_until": "2100-01-01T00:00:00Z" });
        let paused = ask(&client, "CONSUMER.PAUSE.S.A", until).await?;
        assert_eq!(paused["paused"], true);
        let info = ask(&client, "CONSUMER.INFO.S.A", json!({})).await?;
        assert_eq!(info["paused"], true);
        let resumed = ask(&client, "CONSUMER.PAUSE.S.A", json!({})).await?;
        assert_eq!(resumed["pause_until"], "0001-01-01T00:00:00Z");
        let reset = ask(&client, "CONSUMER.RESET.S.B", json!({ "seq": 7 })).await?;
        assert_eq!(reset["reset_seq"], 7);
        let unpinned = ask(&client, "CONSUMER.UNPIN.S.B", json!({ "group": "g" })).await?;
        assert_eq!(unpinned["error"]["err_code"], 10160, "{unpinned}");
        let gone = ask(&client, "CONSUMER.DELETE.S.A", json!({})).await?;
        assert_eq!(gone["success"], true);
        let names = ask(&client, "CONSUMER.NAMES.S", json!({})).await?;
        assert_eq!(names["consumers"], json!(["B"]));
        Ok(())
    })
}

#[test]
fn a_domain_has_subjects_of_its_own() -> anyhow::Result<()> {
    block_on(async {
        let directory = TempDir::new()?;
        let server = RunningServer::with(|options| {
            options.jetstream = true;
            options.store_dir = directory.path().display().to_string();
            options.js.domain = "hub".to_owned();
        });
        let client = connect(&server.url()).await?;
        let info = client.request("$JS.hub.API.INFO", "".into()).await?;
        let info: Value = serde_json::from_slice(&info.payload)?;
        assert_eq!(info["domain"], "hub");
        assert!(
            client
                .request("$JS.other.API.INFO", "".into())
                .await
                .is_err()
        );
        Ok(())
    })
}
