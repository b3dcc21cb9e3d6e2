//! Requests with headers to a server with JetStream, and its API as JSON.

use std::time::Duration;

use anyhow::Context as _;
use async_nats::{Client, Subscriber};
use conformance::client::{as_json, connect, request_with};
use conformance::server::RunningServer;
use nats_server::Options;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Names and values.
pub type Headers<'a> = &'a [(&'a str, &'a str)];

pub struct Raw {
    pub client: Client,
    _server: RunningServer,
    _directory: TempDir,
}

impl Raw {
    pub async fn start() -> anyhow::Result<Self> {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Options)) -> anyhow::Result<Self> {
        let directory = TempDir::new()?;
        let server = RunningServer::with(|options| {
            options.jetstream = true;
            options.store_dir = directory.path().display().to_string();
            change(options);
        });
        Ok(Self {
            client: connect(&server.url()).await?,
            _server: server,
            _directory: directory,
        })
    }

    pub async fn api(&self, subject: &str, payload: &Value) -> anyhow::Result<Value> {
        let text = if payload.is_null() {
            String::new()
        } else {
            payload.to_string()
        };
        let subject = format!("$JS.API.{subject}");
        let answer = self.client.request(subject, text.into()).await?;
        Ok(serde_json::from_slice(&answer.payload)?)
    }

    /// Makes a stream, which has to be possible.
    pub async fn stream(&self, config: Value) -> anyhow::Result<()> {
        let name = config["name"].as_str().context("a name")?.to_owned();
        let made = self.api(&format!("STREAM.CREATE.{name}"), &config).await?;
        anyhow::ensure!(made["error"].is_null(), "{made}");
        Ok(())
    }

    /// Publishes and gives the answer; `null` if that is empty.
    pub async fn publish(
        &self,
        to: &str,
        headers: Headers<'_>,
        text: &str,
    ) -> anyhow::Result<Value> {
        as_json(&request_with(&self.client, to, headers, text.to_owned()).await?)
    }

    /// Subject, header block and payload of a message.
    pub async fn message(
        &self,
        stream: &str,
        seq: u64,
    ) -> anyhow::Result<(String, String, String)> {
        let got = self
            .api(&format!("STREAM.MSG.GET.{stream}"), &json!({ "seq": seq }))
            .await?;
        let message = &got["message"];
        let decode = |field: &str| -> anyhow::Result<String> {
            let text = message[field].as_str().unwrap_or_default();
            let bytes = data_encoding::BASE64.decode(text.as_bytes())?;
            Ok(String::from_utf8(bytes)?)
        };
        let subject = message["subject"]
            .as_str()
            .with_context(|| got.to_string())?;
        Ok((subject.to_owned(), decode("hdrs")?, decode("data")?))
    }

    /// Waits until a stream holds as many messages.
    pub async fn until_held(&self, stream: &str, msgs: u64) -> anyhow::Result<()> {
        let subject = format!("STREAM.INFO.{stream}");
        let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
        while self.api(&subject, &Value::Null).await?["state"]["messages"] != msgs {
            anyhow::ensure!(
                tokio::time::Instant::now() < deadline,
                "{stream} has not {msgs}"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    pub async fn listen(&self, subject: &'static str) -> anyhow::Result<Subscriber> {
        let subscriber = self.client.subscribe(subject).await?;
        self.client.flush().await?;
        Ok(subscriber)
    }
}

/// The number of the error in an answer; 0 if there is none.
pub fn code(answer: &Value) -> u64 {
    answer["error"]["err_code"].as_u64().unwrap_or(0)
}
