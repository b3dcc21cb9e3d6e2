//! Backups of streams over the API, and streams from backups.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use async_nats::Client;
use bytes::Bytes;
use conformance::client::{block_on, connect};
use conformance::peer;
use conformance::process::ServerProcess;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server;

const PATIENCE: Duration = Duration::from_secs(10);

async fn ask(client: &Client, subject: &str, request: Value) -> anyhow::Result<Value> {
    let answer = client
        .request(format!("$JS.API.{subject}"), request.to_string().into())
        .await?;
    Ok(serde_json::from_slice(&answer.payload)?)
}

fn error_of(answer: &Value) -> (u64, String) {
    let error = &answer["error"];
    let text = error["description"].as_str().unwrap_or_default();
    (error["err_code"].as_u64().unwrap_or(0), text.to_owned())
}

/// What a backup is and how it ended.
struct Backup {
    config: Value,
    archive: Vec<u8>,
    chunks: usize,
    status: Option<u16>,
}

/// Takes a backup, saying of each chunk that it came unless `silent`.
async fn backup(client: &Client, name: &str, more: Value, silent: bool) -> anyhow::Result<Backup> {
    let inbox = client.new_inbox();
    let mut chunks = client.subscribe(inbox.clone()).await?;
    let mut request = json!({ "deliver_subject": inbox });
    for (field, value) in more.as_object().context("an object")? {
        request[field] = value.clone();
    }
    let answer = ask(client, &format!("STREAM.SNAPSHOT.{name}"), request).await?;
    ensure!(answer["error"].is_null(), "{answer}");
    let (mut archive, mut count) = (Vec::new(), 0);
    loop {
        let chunk = tokio::time::timeout(PATIENCE, chunks.next()).await?;
        let chunk = chunk.context("a chunk")?;
        if chunk.payload.is_empty() {
            return Ok(Backup {
                config: answer["config"].clone(),
                archive,
                chunks: count,
                status: chunk.status.map(|status| status.as_u16()),
            });
        }
        archive.extend_from_slice(&chunk.payload);
        count += 1;
        if let (Some(reply), false) = (chunk.reply, silent) {
            client.publish(reply, Bytes::new()).await?;
        }
    }
}

/// Makes a stream from a backup and returns the last answer.
async fn restore(client: &Client, config: &Value, archive: &[u8]) -> anyhow::Result<Value> {
    let name = config["name"].as_str().context("a name")?;
    let request = json!({ "config": config });
    let answer = ask(client, &format!("STREAM.RESTORE.{name}"), request).await?;
    let to = answer["deliver_subject"].as_str().unwrap_or_default();
    if to.is_empty() {
        return Ok(answer);
    }
    let to = to.to_owned();
    for chunk in archive.chunks(64 * 1024) {
        let answer = client
            .request(to.clone(), Bytes::copy_from_slice(chunk))
            .await?;
        ensure!(answer.payload.is_empty(), "{:?}", answer.payload);
    }
    let answer = client.request(to, Bytes::new()).await?;
    Ok(serde_json::from_slice(&answer.payload)?)
}

/// A stream with gaps and two consumers, of which one is in the middle of things.
async fn fill(client: &Client) -> anyhow::Result<()> {
    let config = json!({ "name": "S", "subjects": ["s.>"], "storage": "file" });
    let answer = ask(client, "STREAM.CREATE.S", config).await?;
    ensure!(answer["error"].is_null(), "{answer}");
    for n in 0..600 {
        // Nothing that could be compressed away.
        let payload: Vec<u8> = (0..500).map(|_| rand::random()).collect();
        let ack = client
            .request(format!("s.{}", n % 5), payload.into())
            .await?;
        ensure!(!String::from_utf8_lossy(&ack.payload).contains("error"));
    }
    for seq in [3, 4, 77] {
        ask(client, "STREAM.MSG.DELETE.S", json!({ "seq": seq })).await?;
    }
    for (name, ack) in [("C", "explicit"), ("E", "none")] {
        let config = json!({ "durable_name": name, "ack_policy": ack });
        let request = json!({ "stream_name": "S", "config": config });
        let answer = ask(client, &format!("CONSUMER.CREATE.S.{name}"), request).await?;
        ensure!(answer["error"].is_null(), "{answer}");
    }
    let inbox = client.new_inbox();
    let mut messages = client.subscribe(inbox.clone()).await?;
    let next = "$JS.API.CONSUMER.MSG.NEXT.S.C";
    client
        .publish_with_reply(next, inbox, r#"{"batch":10}"#.into())
        .await?;
    for n in 0..10 {
        let message = messages.next().await.context("a message")?;
        if n != 5 {
            let reply = message.reply.context("a reply subject")?;
            client.request(reply, Bytes::new()).await?;
        }
    }
    Ok(())
}

/// What has to be the same after a restore.
async fn what_it_is(client: &Client) -> anyhow::Result<Value> {
    let mut stream = ask(client, "STREAM.INFO.S", json!({ "deleted_details": true })).await?;
    let mut consumers = Vec::new();
    for name in ["C", "E"] {
        let mut info = ask(client, &format!("CONSUMER.INFO.S.{name}"), json!({})).await?;
        for field in ["ts", "num_waiting", "delivered", "ack_floor"] {
            let value = info.as_object_mut().context("an object")?.remove(field);
            // When something happened last is not kept.
            if let Some(Value::Object(position)) = value {
                info[field] = json!([position["consumer_seq"], position["stream_seq"]]);
            }
        }
        info["config"]["metadata"] = Value::Null;
        consumers.push(info);
    }
    stream["config"]["metadata"] = Value::Null;
    Ok(json!([
        stream["config"],
        stream["state"],
        stream["created"],
        consumers
    ]))
}

#[test]
fn a_backup_becomes_the_stream_that_it_was() -> anyhow::Result<()> {
    block_on(async {
        let directory = TempDir::new()?;
        let server = server(&directory);
        let client = connect(&server.url()).await?;
        fill(&client).await?;
        let before = what_it_is(&client).await?;
        let taken = backup(
            &client,
            "S",
            json!({ "chunk_size": 4096, "jsck": true }),
            false,
        )
        .await?;
        assert_eq!(taken.status, Some(204));
        assert!(taken.chunks > 50, "{} chunks", taken.chunks);
        let answer = restore(&client, &taken.config, &taken.archive).await?;
        assert_eq!(error_of(&answer).0, 10130, "it is still there");
        ask(&client, "STREAM.DELETE.S", json!({})).await?;
        let answer = restore(&client, &taken.config, &taken.archive).await?;
        assert_eq!(
            answer["type"],
            "io.nats.jetstream.api.v1.stream_create_response"
        );
        assert_eq!(answer["state"]["messages"], 597);
        assert_eq!(what_it_is(&client).await?, before);

        ask(&client, "STREAM.DELETE.S", json!({})).await?;
        let mut other = taken.config.clone();
        other["subjects"] = json!(["t.>"]);
        other["max_msgs"] = json!(100);
        let answer = restore(&client, &other, &taken.archive).await?;
        assert_eq!(answer["config"]["subjects"], json!(["t.>"]));
        assert_eq!(answer["state"]["messages"], 100);

        ask(&client, "STREAM.DELETE.S", json!({})).await?;
        other["name"] = json!("T");
        let answer = restore(&client, &other, &taken.archive).await?;
        let refusal = "restore failed: stream names do not match".to_owned();
        assert_eq!(error_of(&answer), (10062, refusal));
        let cut = &taken.archive[..taken.archive.len() / 2];
        let answer = restore(&client, &taken.config, cut).await?;
        assert_eq!(error_of(&answer).0, 10062);
        let names = ask(&client, "STREAM.NAMES", json!({})).await?;
        assert_eq!(names["total"], 0, "nothing is half made");
        Ok(())
    })
}

#[test]
fn backups_move_between_our_server_and_go() -> anyhow::Result<()> {
    let Some(program) = peer::go_server() else {
        eprintln!("skipped: no Go server 2.14 is installed");
        return Ok(());
    };
    block_on(async {
        let directories = [TempDir::new()?, TempDir::new()?];
        let ours = server(&directories[0]);
        let theirs = ServerProcess::builder()
            .program(program)
            .args(["-js", "-sd", &directories[1].path().display().to_string()])
            .try_start()?;
        let ours = connect(&ours.url()).await?;
        let theirs = connect(theirs.url()).await?;
        for (from, to) in [(&ours, &theirs), (&theirs, &ours)] {
            fill(from).await?;
            let before = what_it_is(from).await?;
            let taken = backup(from, "S", json!({}), false).await?;
            let answer = restore(to, &taken.config, &taken.archive).await?;
            assert_eq!(error_of(&answer).1, "");
            assert_eq!(what_it_is(to).await?, before);
            for client in [from, to] {
                ask(client, "STREAM.DELETE.S", json!({})).await?;
            }
        }
        Ok(())
    })
}

#[test]
fn backups_and_restores_are_refused_as_go_does() -> anyhow::Result<()> {
    block_on(async {
        let directory = TempDir::new()?;
        let server = server(&directory);
        let client = connect(&server.url()).await?;
        let memory = json!({ "name": "M", "storage": "memory" });
        ask(&client, "STREAM.CREATE.M", memory.clone()).await?;
        let cases = [
            ("SNAPSHOT.M", json!({}), 10003, "bad request"),
            (
                "SNAPSHOT.X",
                json!({ "deliver_subject": "d" }),
                10059,
                "stream not found",
            ),
            (
                "SNAPSHOT.M",
                json!({ "deliver_subject": "a b" }),
                10015,
                "deliver subject not valid",
            ),
            (
                "SNAPSHOT.M",
                json!({ "deliver_subject": "d" }),
                10064,
                "snapshot failed: no impl",
            ),
            ("RESTORE.X", json!({}), 10003, "bad request"),
            (
                "RESTORE.M",
                json!({ "config": memory }),
                10130,
                "stream name already in use, cannot restore",
            ),
        ];
        for (subject, request, code, text) in cases {
            let answer = ask(&client, &format!("STREAM.{subject}"), request).await?;
            assert_eq!(error_of(&answer), (code, text.to_owned()), "{subject}");
        }
        let request = json!({ "config": { "name": "N" } });
        let answer = ask(&client, "STREAM.RESTORE.N", request).await?;
        let to = answer["deliver_subject"].as_str().context("a subject")?;
        let mut advisories = client
            .subscribe("$JS.EVENT.ADVISORY.STREAM.RESTORE_COMPLETE.N")
            .await?;
        client.publish(to.to_owned(), "chunk".into()).await?;
        let advisory = advisories.next().await.context("an advisory")?;
        let advisory: Value = serde_json::from_slice(&advisory.payload)?;
        assert_eq!(advisory["bytes"], 0, "without a reply it is not taken");
        Ok(())
    })
}

#[test]
fn a_backup_ends_when_nobody_takes_it() -> anyhow::Result<()> {
    block_on(async {
        let directory = TempDir::new()?;
        let server = server(&directory);
        let client = connect(&server.url()).await?;
        fill(&client).await?;
        let mut advisories = client.subscribe("$JS.EVENT.ADVISORY.STREAM.>").await?;
        client.flush().await?;
        let small = json!({ "chunk_size": 1024, "window_size": 2048 });
        let taken = backup(&client, "S", small.clone(), true).await?;
        assert_eq!((taken.chunks, taken.status), (2, Some(408)));
        for what in ["CREATE", "COMPLETE"] {
            let told = advisories.next().await.context("an advisory")?;
            assert!(told.subject.ends_with(&format!("SNAPSHOT_{what}.S")));
        }

        let other = connect(&server.url()).await?;
        let inbox = other.new_inbox();
        let mut chunks = other.subscribe(inbox.clone()).await?;
        let mut request = small;
        request["deliver_subject"] = json!(inbox);
        ask(&client, "STREAM.SNAPSHOT.S", request).await?;
        let created = advisories.next().await.context("an advisory")?;
        assert_eq!(
            created.subject.as_str(),
            "$JS.EVENT.ADVISORY.STREAM.SNAPSHOT_CREATE.S"
        );
        let created: Value = serde_json::from_slice(&created.payload)?;
        assert_eq!(created["state"]["messages"], 597);
        assert_eq!(created["client"]["acc"], "$G");
        assert_eq!(created["client"]["kind"], "Client");
        chunks.next().await.context("a chunk")?;
        drop(chunks);
        let ended = tokio::time::timeout(PATIENCE, advisories.next()).await?;
        let ended = ended.context("an advisory")?;
        assert_eq!(
            ended.subject.as_str(),
            "$JS.EVENT.ADVISORY.STREAM.SNAPSHOT_COMPLETE.S"
        );
        // And there can be another.
        let taken = backup(&client, "S", json!({}), false).await?;
        assert_eq!(taken.status, Some(204));
        Ok(())
    })
}
