//! The support code itself, against real servers.

use std::fs;
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use conformance::client;
use conformance::cluster::{Cluster, Node};
use conformance::files::ConfigFile;
use conformance::keys::{Claims, creds, sign_nonce, verify};
use conformance::process::ServerProcess;
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use conformance::wait;
use nkeys::KeyPair;
use serde_json::json;

#[test]
fn waiting_ends_with_the_condition_or_the_limit() {
    let mut looks = 0;
    wait::wait_until_within(wait::SOON, "three looks", || {
        looks += 1;
        looks == 3
    });
    assert_eq!(wait::value(wait::SOON, "a value", || Some(7)), 7);
    let late = catch_unwind(|| {
        wait::wait_until_within(Duration::from_millis(20), "the impossible", || false);
    });
    let message = late.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("the impossible"), "{message}");
    let last = catch_unwind(|| {
        wait::passes::<(), _>(Duration::from_millis(20), || Err("the last error"));
    });
    assert!(
        last.unwrap_err()
            .downcast::<String>()
            .unwrap()
            .contains("the last error")
    );
    let broken = catch_unwind(|| {
        let started = Instant::now();
        wait::holds(wait::SOON, "a moment", || {
            started.elapsed() < Duration::from_millis(20)
        });
    });
    assert!(broken.is_err());
}

#[test]
fn a_configuration_file_is_rewritten_and_removed() {
    let file = ConfigFile::new("port: -1");
    let included = file.add("users.conf", "users: []");
    file.rewrite("port: 4222");
    assert_eq!(fs::read_to_string(file.path()).unwrap(), "port: 4222");
    let dir = file.dir().to_owned();
    assert_eq!(included.parent().unwrap(), dir);
    assert_eq!(
        fs::read_dir(&dir).unwrap().count(),
        2,
        "nothing else is left"
    );
    drop(file);
    assert!(!dir.exists());
}

#[test]
fn a_server_process_starts_on_free_ports_and_leaves_nothing() {
    let (one, two) = (ServerProcess::start(), ServerProcess::start());
    assert_ne!(one.address(), two.address());
    assert!(one.address().ip().is_loopback());
    one.log().wait_for(
        wait::SOON,
        r"Listening for client connections on 127\.0\.0\.1:\d+",
    );
    assert!(one.raw_client().info()["server_id"].is_string());
    let (address, pid) = (one.address(), one.pid());
    drop(one);
    assert!(TcpStream::connect(address).is_err());
    assert!(
        !std::path::Path::new(&format!("/proc/{pid}")).exists(),
        "it has been waited for"
    );
    two.shutdown().unwrap();
}

#[test]
fn a_server_process_outlives_the_thread_that_started_it() {
    let server = std::thread::spawn(ServerProcess::start).join().unwrap();
    assert!(server.raw_client().info()["server_id"].is_string());
}

#[test]
fn a_server_process_that_ends_tells_why() {
    let error = ServerProcess::builder()
        .arg("--no-such-flag")
        .try_start()
        .unwrap_err();
    assert!(format!("{error:#}").contains("no-such-flag"), "{error:#}");
    let (status, printed) = ServerProcess::builder().arg("-v").run_to_end().unwrap();
    assert!(status.success());
    assert!(printed.contains("nats-server: v2.14."), "{printed}");
}

#[test]
fn a_raw_client_reads_lines_messages_and_silence() {
    let server = RunningServer::start();
    let mut client = RawClient::connected(server.address(), r#"{"verbose":false,"headers":true}"#);
    client.send("SUB foo 1\r\nPUB foo bar 5\r\nhello\r\n");
    let message = client.message();
    assert_eq!(
        (message.subject.as_str(), message.sid.as_str()),
        ("foo", "1")
    );
    assert_eq!(
        (message.reply.as_deref(), message.header.len()),
        (Some("bar"), 0)
    );
    assert_eq!(message.payload, b"hello");
    client.send("HPUB foo 14 16\r\nNATS/1.0\r\n\r\n\r\nok\r\n");
    let message = client.message();
    assert_eq!(message.header, b"NATS/1.0\r\n\r\n\r\n");
    assert_eq!((message.reply, message.payload), (None, b"ok".to_vec()));
    client.expect_nothing(Duration::from_millis(30));
    client.send("PUB foo 1\r\nx\r\nPING\r\n");
    client.skip_to("^PO.G$");
    client.send("PUB foo 1\r\nx\r\n");
    let heard = catch_unwind(AssertUnwindSafe(|| client.expect_nothing(wait::SOON)));
    assert!(heard.is_err(), "a message comes");
    client.set_patience(Duration::from_millis(30));
    client.message();
    assert!(client.try_line().is_err(), "nothing comes");
    client.set_patience(wait::SOON);
    client.send("NONSENSE\r\n");
    assert!(
        client
            .expect_match("^-ERR")
            .contains("Unknown Protocol Operation")
    );
    assert!(client.until_closed().is_empty());
}

#[test]
fn a_real_client_publishes_and_receives() -> anyhow::Result<()> {
    let server = ServerProcess::start();
    client::block_on(async {
        let connected = client::connect(server.url()).await?;
        let mut subscriber = connected.subscribe("greet").await?;
        connected.publish("greet", "hello".into()).await?;
        assert_eq!(client::next(&mut subscriber).await?.payload, "hello");
        client::expect_nothing(&mut subscriber, Duration::from_millis(30)).await?;
        connected.publish("greet", "again".into()).await?;
        assert!(
            client::expect_nothing(&mut subscriber, wait::SOON)
                .await
                .is_err()
        );
        Ok(())
    })
}

#[test]
fn jwts_are_signed_by_their_issuer() {
    let (operator, account) = (KeyPair::new_operator(), KeyPair::new_account());
    let claims = Claims::account(&account, "A")
        .with("/limits/conn", json!(3))
        .expires_in(-60);
    let jwt = claims.sign(&operator).unwrap();
    let read = verify(&jwt).unwrap();
    assert_eq!(read["iss"], operator.public_key());
    assert_eq!(read["sub"], account.public_key());
    assert_eq!(read["nats"]["limits"]["conn"], 3);
    assert_eq!(read["nats"]["limits"]["leaf"], -1);
    assert_eq!(read["jti"].as_str().unwrap().len(), 52);
    let age = read["iat"].as_i64().unwrap() - read["exp"].as_i64().unwrap();
    assert!((60..=61).contains(&age), "{age}");
    let forged = Claims::account(&account, "B").sign(&operator).unwrap();
    let (_, signature) = forged.rsplit_once('.').unwrap();
    let (signed, _) = jwt.rsplit_once('.').unwrap();
    assert!(verify(&format!("{signed}.{signature}")).is_err());
}

#[test]
fn credentials_are_what_a_client_reads() -> anyhow::Result<()> {
    let (account, user) = (KeyPair::new_account(), KeyPair::new_user());
    let jwt = Claims::user(&user, "U")
        .with("/pub/deny", json!([">"]))
        .sign(&account)?;
    assert_eq!(verify(&jwt)?["nats"]["pub"]["deny"][0], ">");
    let text = creds(&jwt, &user)?;
    async_nats::ConnectOptions::with_credentials(&text)?;
    let signature = sign_nonce(&user, "nonce")?;
    let raw = data_encoding::BASE64URL_NOPAD.decode(signature.as_bytes())?;
    user.verify(b"nonce", &raw)?;
    Ok(())
}

#[test]
#[ignore = "the server has no routes yet"]
fn a_cluster_forms() -> anyhow::Result<()> {
    let cluster = Cluster::start("C", 3, Node::config)?;
    cluster.wait_for_routes(wait::SOON);
    client::block_on(async {
        let receiver = client::connect(cluster.servers[0].url()).await?;
        let sender = client::connect(cluster.servers[2].url()).await?;
        let mut subscriber = receiver.subscribe("over").await?;
        receiver.flush().await?;
        // Interest takes a moment to spread.
        let request = || async {
            sender.publish("over", "there".into()).await.is_ok() && sender.flush().await.is_ok()
        };
        let received = tokio::spawn(async move { client::next(&mut subscriber).await });
        wait::until_async(wait::SOON, "a message over the route", || async {
            request().await && received.is_finished()
        })
        .await;
        assert_eq!(received.await??.payload, "there");
        Ok(())
    })
}
