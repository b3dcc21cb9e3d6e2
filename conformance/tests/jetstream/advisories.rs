//! What advisories of nats-io/advisories tell of JetStream does not happen here.
//! Each test has the name of its advisory.

use std::path::Path;

use anyhow::{Context as _, ensure};
use async_nats::Client;
use bytes::Bytes;
use conformance::archive::with_files;
use conformance::client::{block_on, connect, next};
use conformance::process::ServerProcess;
use nats_server::jetstream::store::file::archive::ArchiveWriter;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server;

async fn ask(client: &Client, subject: &str, request: Value) -> anyhow::Result<Value> {
    let answer = client
        .request(format!("$JS.API.{subject}"), request.to_string().into())
        .await?;
    Ok(serde_json::from_slice(&answer.payload)?)
}

fn error_of(answer: &Value) -> u64 {
    answer["error"]["err_code"].as_u64().unwrap_or(0)
}

async fn restore(client: &Client, archive: Vec<u8>) -> anyhow::Result<Value> {
    let request = json!({ "config": { "name": "S" } });
    let answer = ask(client, "STREAM.RESTORE.S", request).await?;
    let to = answer["deliver_subject"].as_str().context("a subject")?;
    client.request(to.to_owned(), archive.into()).await?;
    let answer = client.request(to.to_owned(), Bytes::new()).await?;
    Ok(serde_json::from_slice(&answer.payload)?)
}

/// Names in an archive do not lead out of the stream's directory.
#[test]
fn cve_2022_26652() -> anyhow::Result<()> {
    block_on(async {
        let directory = TempDir::new()?;
        let server = server(&directory);
        let client = connect(&server.url()).await?;
        let outside = directory.path().join("outside");
        let absolute = outside.display().to_string();
        for name in [
            "../../../../outside",
            "msgs/../../../../../outside",
            "meta.inf/../../../../../outside",
            absolute.as_str(),
        ] {
            let answer = restore(&client, with_files(&[], &[(name, b"mine")])?).await?;
            assert_eq!(error_of(&answer), 10062, "{name}: {answer}");
            assert!(!outside.exists(), "{name}");
            let names = ask(&client, "STREAM.NAMES", json!({})).await?;
            assert_eq!(names["total"], 0, "{name}");
        }
        let mut good = ArchiveWriter::new(Vec::new(), 0);
        good.file("meta.inf", br#"{"name":"S"}"#)?;
        let answer = restore(&client, good.finish()?).await?;
        assert_eq!(error_of(&answer), 0, "{answer}");
        let left = directory.path().join("jetstream/$G/__snapshots__");
        let left = std::fs::read_dir(Path::new(&left))?.count();
        assert_eq!(left, 0, "what was refused is not left behind");
        Ok(())
    })
}

/// Any number of replicas is an answer, not the end of the server.
#[test]
fn cve_2022_42708() -> anyhow::Result<()> {
    block_on(async {
        let directory = TempDir::new()?;
        let server = server(&directory);
        let client = connect(&server.url()).await?;
        for (replicas, code) in [(-1, 10133), (3, 10074), (6, 10052), (i64::MAX, 10052)] {
            let config = json!({ "name": "S", "num_replicas": replicas });
            let answer = ask(&client, "STREAM.CREATE.S", config).await?;
            assert_eq!(error_of(&answer), code, "{answer}");
        }
        ask(&client, "STREAM.CREATE.S", json!({ "name": "S" })).await?;
        for (replicas, code) in [(-1, 10133), (i64::MAX, 10074)] {
            let config = json!({ "name": "C", "num_replicas": replicas });
            let request = json!({ "stream_name": "S", "config": config });
            let answer = ask(&client, "CONSUMER.CREATE.S.C", request).await?;
            assert_eq!(error_of(&answer), code, "{answer}");
        }
        Ok(())
    })
}

const TWO_ACCOUNTS: &str = r#"
    listen: "127.0.0.1:-1"
    jetstream { store_dir: "{dir}" }
    accounts {
        A: { jetstream: enabled, users: [ {user: a, password: p} ] }
        B: { jetstream: enabled, users: [ {user: b, password: p} ] }
    }
"#;

async fn user(server: &ServerProcess, name: &str) -> anyhow::Result<Client> {
    let options = conformance::client::options();
    let options = options.user_and_password(name.to_owned(), "p".to_owned());
    Ok(options.connect(server.url()).await?)
}

/// What only operators may do to the assets of an account, another account can not.
#[test]
fn cve_2025_30215() -> anyhow::Result<()> {
    block_on(async {
        let directory = TempDir::new()?;
        let config = TWO_ACCOUNTS.replace("{dir}", &directory.path().display().to_string());
        let server = ServerProcess::builder().config(&config).try_start()?;
        let (owner, other) = (user(&server, "a").await?, user(&server, "b").await?);
        ask(&owner, "STREAM.CREATE.S", json!({ "name": "S" })).await?;
        let inbox = other.new_inbox();
        let mut answers = other.subscribe(inbox.clone()).await?;
        for subject in [
            "ACCOUNT.PURGE.A",
            "ACCOUNT.STREAM.MOVE.A.S",
            "ACCOUNT.STREAM.CANCEL_MOVE.A.S",
            "SERVER.REMOVE",
            "META.LEADER.STEPDOWN",
            "STREAM.PEER.REMOVE.S",
            "STREAM.LEADER.STEPDOWN.S",
            "STREAM.DELETE.S",
        ] {
            let subject = format!("$JS.API.{subject}");
            let request = Bytes::from_static(b"{}");
            other
                .publish_with_reply(subject, inbox.clone(), request)
                .await?;
        }
        // Of the last three each is told that there is nothing, or no cluster.
        for _ in 0..3 {
            let answer = next(&mut answers).await?;
            let answer: Value = serde_json::from_slice(&answer.payload)?;
            ensure!([10010, 10059].contains(&error_of(&answer)), "{answer}");
        }
        let info = ask(&owner, "STREAM.INFO.S", json!({})).await?;
        assert_eq!(info["config"]["name"], "S");
        Ok(())
    })
}

/// A restore goes to the stream in its subject, which permissions are about.
#[test]
fn cve_2026_33222() -> anyhow::Result<()> {
    block_on(async {
        let directory = TempDir::new()?;
        let server = server(&directory);
        let client = connect(&server.url()).await?;
        let request = json!({ "config": { "name": "OTHER" } });
        let answer = ask(&client, "STREAM.RESTORE.ALLOWED", request).await?;
        assert_eq!(error_of(&answer), 10056, "{answer}");
        assert_eq!(answer["deliver_subject"], "");
        Ok(())
    })
}

/// Who asks is what the server knows, not what the client says.
#[test]
fn cve_2026_33223() -> anyhow::Result<()> {
    block_on(async {
        let directory = TempDir::new()?;
        let config = TWO_ACCOUNTS.replace("{dir}", &directory.path().display().to_string());
        let server = ServerProcess::builder().config(&config).try_start()?;
        let client = user(&server, "b").await?;
        let mut audit = client.subscribe("$JS.EVENT.ADVISORY.API").await?;
        let mut headers = async_nats::HeaderMap::new();
        headers.insert(
            "Nats-Request-Info",
            r#"{"acc":"A","svc":"A","user":"root"}"#,
        );
        let config = json!({ "name": "S" }).to_string();
        client
            .request_with_headers("$JS.API.STREAM.CREATE.S", headers, config.into())
            .await?;
        let event: Value = serde_json::from_slice(&next(&mut audit).await?.payload)?;
        assert_eq!(event["client"]["acc"], "B");
        assert_eq!(event["client"]["user"], "b");
        let owner = user(&server, "a").await?;
        let names = ask(&owner, "STREAM.NAMES", json!({})).await?;
        assert_eq!(names["total"], 0, "it was made in the asker's account");
        Ok(())
    })
}
