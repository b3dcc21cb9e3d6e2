//! Requests and messages that are too long, out of order or not what they should be:
//! each gets its error, nothing is made, and the Go server does the same.

use async_nats::Client;
use conformance::client::{as_json, block_on, connect};
use conformance::peer;
use conformance::process::ServerProcess;
use conformance::raw::RawClient;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::raw::code;
use super::server;

/// Runs `check` against our server, and against the Go server where it is installed.
fn on_both(check: impl AsyncFn(&str) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let directories = [TempDir::new()?, TempDir::new()?];
    let ours = server(&directories[0]);
    block_on(check(&ours.url()))?;
    let Some(program) = peer::go_server() else {
        eprintln!("ours alone: no Go server 2.14 is installed");
        return Ok(());
    };
    let theirs = ServerProcess::builder()
        .program(program)
        .args(["-js", "-sd", &directories[1].path().display().to_string()])
        .try_start()?;
    block_on(check(theirs.url()))
}

async fn api(client: &Client, subject: &str, payload: Value) -> anyhow::Result<Value> {
    let subject = format!("$JS.API.{subject}");
    as_json(&client.request(subject, payload.to_string().into()).await?)
}

/// Makes or changes streams, each with its error or none.
async fn streams(client: &Client, steps: &[(&str, Value, u64)]) -> anyhow::Result<()> {
    for (action, config, expected) in steps {
        let name = config["name"].as_str().unwrap_or_default();
        let answer = api(client, &format!("STREAM.{action}.{name}"), config.clone()).await?;
        assert_eq!(code(&answer), *expected, "{name}: {}", answer["error"]);
    }
    Ok(())
}

#[test]
fn what_is_too_long_is_refused() -> anyhow::Result<()> {
    on_both(async |url| {
        let client = connect(url).await?;
        let (name, long) = ("n".repeat(255), "n".repeat(256));
        let (text, longer) = ("t".repeat(4096), "t".repeat(4097));
        let (data, larger) = ("d".repeat(127 * 1024), "d".repeat(128 * 1024));
        streams(
            &client,
            &[
                ("CREATE", json!({ "name": long, "subjects": ["s"] }), 10052),
                (
                    "CREATE",
                    json!({ "name": "S", "description": longer }),
                    10052,
                ),
                (
                    "CREATE",
                    json!({ "name": "S", "metadata": { "k": larger } }),
                    10052,
                ),
            ],
        )
        .await?;
        let names = api(&client, "STREAM.NAMES", json!({})).await?;
        assert_eq!(names["total"], 0, "{names}");
        let fits = json!({
            "name": name, "subjects": ["s"], "description": text, "metadata": { "k": data },
        });
        streams(&client, &[("CREATE", fits, 0)]).await?;
        let cases = [
            (long.as_str(), json!({ "durable_name": long }), 10102),
            ("C", json!({ "name": "C", "description": longer }), 10107),
            (
                "C",
                json!({ "name": "C", "metadata": { "k": larger } }),
                10135,
            ),
            (
                name.as_str(),
                json!({ "name": name, "description": text, "metadata": { "k": data } }),
                0,
            ),
        ];
        for (consumer, config, expected) in cases {
            let wanted = json!({ "stream_name": name, "config": config });
            let made = api(
                &client,
                &format!("CONSUMER.CREATE.{name}.{consumer}"),
                wanted,
            )
            .await?;
            assert_eq!(code(&made), expected, "{}", made["error"]);
        }
        let names = api(&client, &format!("CONSUMER.NAMES.{name}"), json!({})).await?;
        assert_eq!(names["consumers"], json!([name]));
        Ok(())
    })
}

/// The Go server finds out when no file can have the name, and answers 10012.
#[test]
fn names_of_consumers_that_are_not_durable_are_limited_too() -> anyhow::Result<()> {
    let directory = TempDir::new()?;
    let server = server(&directory);
    block_on(async {
        let client = connect(&server.url()).await?;
        streams(&client, &[("CREATE", json!({ "name": "S" }), 0)]).await?;
        let name = "n".repeat(256);
        let wanted = json!({ "stream_name": "S", "config": { "name": name } });
        let made = api(&client, &format!("CONSUMER.CREATE.S.{name}"), wanted).await?;
        assert_eq!(code(&made), 10102, "{}", made["error"]);
        Ok(())
    })
}

#[test]
fn streams_that_take_from_each_other_are_refused() -> anyhow::Result<()> {
    on_both(async |url| {
        let client = connect(url).await?;
        let of = |name: &str, from: Value| json!({ "name": name, "subjects": [name.to_lowercase()], "sources": from });
        let all = |name: &str| json!([{ "name": name }]);
        let some = |name: &str, filter: &str| json!([{ "name": name, "filter_subject": filter }]);
        streams(
            &client,
            &[
                ("CREATE", of("A", json!([])), 0),
                ("CREATE", of("B", all("A")), 0),
                ("CREATE", of("C", all("B")), 0),
                // Of itself, of one that takes from it, and around two corners.
                ("UPDATE", of("A", all("A")), 10052),
                ("UPDATE", of("A", all("B")), 10052),
                ("UPDATE", of("A", all("C")), 10052),
                // And behind a mirror.
                (
                    "CREATE",
                    json!({ "name": "M", "mirror": { "name": "B" } }),
                    0,
                ),
                ("UPDATE", of("A", all("M")), 10052),
                // What is none of theirs can not come around.
                ("CREATE", of("X", json!([])), 0),
                ("CREATE", of("Y", some("X", "x")), 0),
                ("UPDATE", of("X", some("Y", "z")), 0),
            ],
        )
        .await?;
        let info = api(&client, "STREAM.INFO.A", json!({})).await?;
        assert!(info["config"]["sources"].is_null(), "{info}");
        Ok(())
    })
}

/// A message whose header block is just these bytes.
fn put(client: &mut RawClient, header: &[u8], payload: &[u8]) -> Value {
    let (head, all) = (header.len(), header.len() + payload.len());
    let line = format!("HPUB s inbox {head} {all}\r\n");
    let message = [line.as_bytes(), header, payload, b"\r\n"].concat();
    client.send_bytes(&message);
    serde_json::from_slice(&client.message().payload).expect("acknowledgements are JSON")
}

#[test]
fn headers_that_are_none_do_no_harm() -> anyhow::Result<()> {
    on_both(async |url| {
        let client = connect(url).await?;
        let config = json!({
            "name": "S", "subjects": ["s"], "allow_msg_ttl": true, "allow_rollup_hdrs": true,
        });
        streams(&client, &[("CREATE", config, 0)]).await?;
        let address = url.strip_prefix("nats://").unwrap_or(url).parse()?;
        let options = r#"{"verbose":false,"headers":true,"no_responders":true}"#;
        let mut raw = RawClient::connected(address, options);
        raw.send("SUB inbox 1\r\n");
        let value = |name: &str, value: &str| format!("NATS/1.0\r\n{name}: {value}\r\n\r\n");
        // Refused, with the error.
        for (header, expected) in [
            (value("Nats-Expected-Last-Sequence", "7"), 10071),
            (value("Nats-Expected-Last-Subject-Sequence", "7"), 10071),
            (value("Nats-Expected-Stream", "T"), 10060),
            (value("Nats-Expected-Last-Msg-Id", "none"), 10070),
            (value("Nats-TTL", "soon"), 10165),
            (value("Nats-TTL", "-5s"), 10165),
            (value("Nats-TTL", "1ms"), 10165),
            (value("Nats-Rollup", "none"), 10111),
            (value("Nats-Schedule", "@at 2100-01-01T00:00:00Z"), 10188),
            (value("Nats-Batch-Id", "b"), 10174),
            (value("Nats-Incr", "1"), 10168),
            (value("X", &"x".repeat(65_536)), 10097),
        ] {
            let ack = put(&mut raw, header.as_bytes(), b"x");
            assert_eq!(
                code(&ack),
                expected,
                "{}: {ack}",
                &header[..header.len().min(60)]
            );
        }
        let state =
            async || anyhow::Ok(api(&client, "STREAM.INFO.S", json!({})).await?["state"].clone());
        assert_eq!(state().await?["last_seq"], 0);
        // Taken for what they are: bytes that say nothing.
        let odd: [&[u8]; 8] = [
            b"NATS/1.0\r\n\r\n",
            b"BOGUS/9.9\r\nNats-Msg-Id: a\r\n\r\n",
            b"NATS/1.0\r\nNats-Msg-Id\r\n\r\n",
            b"NATS/1.0\r\nno colon here\r\n\r\n",
            b"NATS/1.0\r\n: no name\r\n\r\n",
            b"NATS/1.0\r\nNats-Expected-Last-Sequence:\r\n\r\n",
            b"NATS/1.0\r\nNats-Msg-Id:",
            b"\r\n\r\n\0\xff",
        ];
        for (seq, header) in (1_u64..).zip(odd) {
            let ack = put(&mut raw, header, b"x");
            let told = String::from_utf8_lossy(header);
            assert_eq!(
                (code(&ack), &ack["seq"]),
                (0, &json!(seq)),
                "{told:?}: {ack}"
            );
            let get = api(&client, "STREAM.MSG.GET.S", json!({ "seq": seq })).await?;
            assert_eq!(code(&get), 0, "{told:?}: {get}");
            let kept = data_encoding::BASE64.encode(header);
            assert_eq!(get["message"]["hdrs"], kept, "{told:?}");
        }
        assert_eq!(state().await?["messages"], odd.len());
        Ok(())
    })
}

/// What no part of this server acts on yet is said when a configuration is checked.
#[test]
fn options_without_effect_are_named() -> anyhow::Result<()> {
    let directory = TempDir::new()?;
    let path = directory.path().display().to_string();
    let check = |option: &str| -> anyhow::Result<String> {
        let config = format!("jetstream {{ store_dir: {path:?}, domain: d\n{option} }}");
        let check = ServerProcess::builder().config(&config).arg("-t");
        let (status, printed) = check.run_to_end()?;
        assert!(status.success(), "{printed}");
        assert!(printed.contains("is valid"), "{printed}");
        Ok(printed)
    };
    let said = "not acted on by this server";
    assert!(!check("max_mem: 1GB")?.contains(said));
    let printed = check("max_outstanding_catchup: 32MB")?;
    let line = printed.lines().find(|line| line.contains(said));
    let line = line.unwrap_or_else(|| panic!("{printed}"));
    assert!(line.ends_with(":2:1: max_outstanding_catchup"), "{line}");
    assert_eq!(printed.matches(said).count(), 1, "{printed}");
    Ok(())
}
