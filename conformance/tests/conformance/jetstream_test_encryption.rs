//! Go: `server/jetstream_test.go`: streams whose files are encrypted.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use conformance::client::{block_on, next};
use conformance::go_test;
use nats_server::config::options::StoreCipher;
use nats_server::jetstream::store::decode_consumer_state;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::js_stream_support::{bounds, delivery, file_store, stream_dir};
use crate::js_support::Js;

/// The ciphers that can be configured; none is the default.
const CIPHERS: [Option<StoreCipher>; 3] = [None, Some(StoreCipher::ChaCha), Some(StoreCipher::Aes)];

/// A server with a key in a directory.
async fn encrypted(
    directory: TempDir,
    cipher: Option<StoreCipher>,
    key: &str,
) -> anyhow::Result<Js> {
    Js::within(directory, |options| {
        "S22".clone_into(&mut options.server_name);
        key.clone_into(&mut options.js.key);
        if let Some(cipher) = cipher {
            options.js.cipher = cipher;
        }
    })
    .await
}

go_test!(
    1589,
    "jetstream_test",
    "TestJetStreamServerEncryptionServerRestarts",
    encryption_and_restarts
);
fn encryption_and_restarts() -> anyhow::Result<()> {
    block_on(async {
        for cipher in CIPHERS {
            let js = encrypted(TempDir::new()?, cipher, "s3cr3t!!").await?;
            js.add_stream(json!({ "name": "TEST", "subjects": ["foo"] }))
                .await?;
            let js = encrypted(js.stopped(), cipher, "s3cr3t!!").await?;
            js.store("foo", "ENCRYPTED PAYLOAD!!").await?;
            let js = encrypted(js.stopped(), cipher, "s3cr3t!!").await?;
            let mut deliveries = js.push("TEST", json!({})).await?;
            let message = next(&mut deliveries).await?;
            assert_eq!(delivery(&message)?.stream_seq, 1);
            assert_eq!(&*message.payload, b"ENCRYPTED PAYLOAD!!");
        }
        Ok(())
    })
}

go_test!(
    1780,
    "jetstream_test",
    "TestJetStreamServerEncryptionRecoveryWithoutStreamStateFile",
    encrypted_without_state_file
);
fn encrypted_without_state_file() -> anyhow::Result<()> {
    block_on(async {
        for cipher in CIPHERS {
            let mut js = encrypted(TempDir::new()?, cipher, "s3cr3t!!").await?;
            js.add_stream(json!({ "name": "TEST", "subjects": ["foo"] }))
                .await?;
            js.store("foo", "").await?;
            let before = js.state("TEST").await?;
            assert_eq!(bounds(&js), (1, 1, 1));
            for round in 0..2 {
                let directory = js.stopped();
                if round == 0 {
                    let dir = stream_dir(directory.path(), "TEST");
                    fs::remove_file(dir.join("msgs/index.db"))?;
                }
                js = encrypted(directory, cipher, "s3cr3t!!").await?;
                assert_eq!(js.state("TEST").await?, before);
            }
        }
        Ok(())
    })
}

/// What of a stream and its consumer has to outlive the server.
async fn told(js: &Js) -> anyhow::Result<(Value, Value)> {
    let mut stream = js.info("TEST", Value::Null).await?;
    let mut consumer = js.consumer("TEST", "dlc").await?;
    for (value, fields) in [
        (&mut stream, &["ts"][..]),
        (&mut consumer, &["ts", "created"]),
    ] {
        for field in fields {
            value[*field] = Value::Null;
        }
    }
    for place in ["delivered", "ack_floor"] {
        consumer[place]["last_active"] = Value::Null;
    }
    Ok((stream, consumer))
}

go_test!(
    1659,
    "jetstream_test",
    "TestJetStreamServerCipherConvert",
    another_cipher
);
fn another_cipher() -> anyhow::Result<()> {
    block_on(async {
        let js = encrypted(TempDir::new()?, Some(StoreCipher::Aes), "s3cr3t").await?;
        js.add_stream(json!({ "name": "TEST", "subjects": ["foo"] }))
            .await?;
        for number in 1..=1000 {
            js.store("foo", &format!("TOP SECRET DOCUMENT #{number}"))
                .await?;
        }
        let config = json!({
            "durable_name": "dlc", "filter_subject": "foo", "ack_policy": "explicit",
        });
        js.add_consumer("TEST", config).await?;
        for _ in 0..100 {
            let message = js.pull("TEST", "dlc").await?;
            js.ack(&message).await?;
        }
        let before = told(&js).await?;
        let js = encrypted(js.stopped(), Some(StoreCipher::ChaCha), "s3cr3t").await?;
        assert_eq!(told(&js).await?, before);
        let message = js.pull("TEST", "dlc").await?;
        assert_eq!(&*message.payload, b"TOP SECRET DOCUMENT #101");
        Ok(())
    })
}

/// Nothing of the stream `TEST` and its consumer `dlc` can be read.
fn check_encrypted(directory: &Path) -> anyhow::Result<()> {
    let stream = stream_dir(directory, "TEST");
    let consumer = stream.join("obs/dlc");
    let hides = |file: &Path, texts: &[&str]| -> anyhow::Result<()> {
        let content = fs::read(file)?;
        assert!(!content.is_empty(), "{file:?}");
        for text in texts {
            let found = content
                .windows(text.len())
                .any(|window| window == text.as_bytes());
            assert!(!found, "{text} in {file:?}");
        }
        Ok(())
    };
    for key in ["meta.key", "msgs/1.key", "obs/dlc/meta.key"] {
        assert!(stream.join(key).exists(), "{key}");
    }
    let names = ["TEST", "foo", "bar", "baz"];
    let limits = ["max_msgs", "max_bytes"];
    hides(&stream.join("meta.inf"), &[&names[..], &limits].concat())?;
    let payload = ["ENCRYPTED PAYLOAD!!"];
    hides(
        &stream.join("msgs/1.blk"),
        &[&payload, &names[1..]].concat(),
    )?;
    let own = ["dlc", "max_msgs", "ack_policy"];
    hides(&consumer.join("meta.inf"), &[&names[..], &own].concat())?;
    assert!(decode_consumer_state(&fs::read(consumer.join("o.dat"))?).is_err());
    Ok(())
}

go_test!(
    1588,
    "jetstream_test",
    "TestJetStreamServerEncryption",
    server_encryption
);
fn server_encryption() -> anyhow::Result<()> {
    block_on(async {
        for cipher in ["", "cipher: chacha", "cipher: aes"] {
            let text = format!(
                "server_name: S22
                listen: 127.0.0.1:-1
                JS_KEY: \"s3cr3t!!\"
                jetstream: {{key: $JS_KEY, store_dir: STORE, {cipher}}}"
            );
            let js = Js::configured(TempDir::new()?, &text).await?;
            js.add_stream(json!({ "name": "TEST", "subjects": ["foo", "bar", "baz"] }))
                .await?;
            js.fill("foo", "ENCRYPTED PAYLOAD!!", 10).await?;
            let config = json!({
                "durable_name": "dlc", "filter_subject": "foo", "ack_policy": "explicit",
            });
            js.add_consumer("TEST", config).await?;
            for message in &js.fetch_all("TEST", "dlc", 10).await?[..5] {
                js.ack(message).await?;
            }
            let before = told(&js).await?;
            let directory = js.stopped();
            check_encrypted(directory.path())?;
            let js = Js::configured(directory, &text).await?;
            assert_eq!(told(&js).await?, before);
            js.fill("foo", "ENCRYPTED PAYLOAD!!", 10).await?;
            assert_eq!(bounds(&js), (20, 1, 20));

            // An archive can be read by all, and is encrypted where it is restored.
            let config = js.stream("TEST").config();
            let mut archive = Vec::new();
            let patience = Duration::from_secs(5);
            let mut snapshot = js.stream("TEST").store().snapshot(patience, true, false)?;
            snapshot.reader.read_to_end(&mut archive)?;
            let plain = Js::start().await?;
            plain.account().restore_stream(&config, &mut &archive[..])?;
            js.account().delete_stream("TEST")?;
            js.account().restore_stream(&config, &mut &archive[..])?;
            for server in [&plain, &js] {
                assert_eq!(bounds(server), (20, 1, 20));
            }
            check_encrypted(js.directory.path())?;
        }
        Ok(())
    })
}

/// A stream holds its messages, and they can be read.
async fn check_readable(js: &Js, stream: &str, count: usize) -> anyhow::Result<()> {
    assert_eq!(js.held(stream).msgs, count as u64);
    let made = js
        .add_consumer(stream, json!({ "ack_policy": "explicit" }))
        .await?;
    let name = made["name"].as_str().unwrap();
    for message in js.fetch_all(stream, name, count).await? {
        assert!(message.payload.len() == LARGE && message.payload.iter().all(|at| *at == b'A'));
        js.ack(&message).await?;
    }
    Ok(())
}

/// Messages are smaller than in Go, and blocks accordingly: ciphers are slow where
/// nothing is optimised.
const LARGE: usize = 4 * 1024;

go_test!(
    1686,
    "jetstream_test",
    "TestJetStreamServerReencryption",
    server_reencryption
);
fn server_reencryption() -> anyhow::Result<()> {
    const COUNT: usize = 30;
    let text = |key: &str, cipher: &str, before: &str| {
        format!(
            "server_name: S22
            listen: 127.0.0.1:-1
            jetstream: {{key: {key}, cipher: {cipher}, {before} store_dir: STORE}}"
        )
    };
    let (first, second) = ("firstencryptionkey", "secondencryptionkey");
    block_on(async {
        let mut directory = TempDir::new()?;
        let ciphers = [
            ("aes", "aes"),
            ("aes", "chacha"),
            ("chacha", "chacha"),
            ("chacha", "aes"),
        ];
        for (from, to) in ciphers {
            for compression in ["none", "s2"] {
                // Streams of the rounds before are there, with another key.
                let name = format!("{from}_{to}_{compression}");
                let js = Js::configured(directory, &text(first, from, "")).await?;
                js.add_stream(json!({
                    "name": name, "compression": compression, "max_bytes": 127_000,
                }))
                .await?;
                js.fill(&name, &"A".repeat(LARGE), COUNT).await?;
                assert!(file_store(&js.stream(&name)).block_count() > 1);
                check_readable(&js, &name, COUNT).await?;
                let known = format!("prev_key: {first},");
                let js = Js::configured(js.stopped(), &text(second, to, &known)).await?;
                check_readable(&js, &name, COUNT).await?;
                let js = Js::configured(js.stopped(), &text(second, to, "")).await?;
                check_readable(&js, &name, COUNT).await?;
                directory = js.stopped();
            }
        }
        Ok(())
    })
}
