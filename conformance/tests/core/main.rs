//! Core NATS as the official Rust client uses it, against the server's binary. Clients
//! in other languages are in `conformance/clients`.

#![expect(clippy::expect_used, reason = "tests")]

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use async_nats::{ConnectErrorKind, ConnectOptions, Event, HeaderMap, RequestErrorKind};
use conformance::client::{block_on, connect, expect_nothing, next, options, synced};
use conformance::process::ServerProcess;
use conformance::server::RunningServer;
use conformance::wait::{SOON, wait_until};
use futures_util::StreamExt as _;
use nkeys::KeyPair;

/// Long enough for what should not come.
const WHILE: Duration = Duration::from_millis(100);

#[test]
fn messages_are_published_to_who_wants_them() -> anyhow::Result<()> {
    let server = ServerProcess::start();
    block_on(async {
        let client = connect(server.url()).await?;
        let other = connect(server.url()).await?;
        let mut exact = client.subscribe("greet.joe").await?;
        let mut one_token = client.subscribe("greet.*").await?;
        let mut rest = client.subscribe("greet.>").await?;
        let mut elsewhere = client.subscribe("greetings").await?;
        synced(&client).await?;
        let mut headers = HeaderMap::new();
        headers.append("Colour", "blue");
        headers.append("Colour", "green");
        other
            .publish_with_headers("greet.joe", headers.clone(), "hello".into())
            .await?;
        other.publish("greet.joe.now", "bye".into()).await?;
        synced(&other).await?;
        for subscriber in [&mut exact, &mut one_token, &mut rest] {
            let message = next(subscriber).await?;
            assert_eq!(&*message.subject, "greet.joe");
            assert_eq!(&*message.payload, b"hello");
            assert_eq!(message.headers.as_ref(), Some(&headers));
        }
        let message = next(&mut rest).await?;
        assert_eq!((&*message.payload, message.headers), (&b"bye"[..], None));
        for subscriber in [&mut exact, &mut one_token, &mut rest, &mut elsewhere] {
            expect_nothing(subscriber, WHILE).await?;
        }
        exact.unsubscribe_after(2).await?;
        synced(&client).await?;
        for _ in 0..2 {
            other.publish("greet.joe", "again".into()).await?;
        }
        synced(&other).await?;
        // One was had before.
        assert_eq!(&*next(&mut exact).await?.payload, b"again");
        assert!(exact.next().await.is_none());
        Ok(())
    })
}

#[test]
fn requests_are_answered_by_one_of_a_queue_group() -> anyhow::Result<()> {
    const REQUESTS: usize = 200;
    let server = ServerProcess::start();
    block_on(async {
        let asking = connect(server.url()).await?;
        let nobody = asking.request("add", "1".into()).await.unwrap_err();
        assert_eq!(nobody.kind(), RequestErrorKind::NoResponders);
        let mut workers = Vec::new();
        for _ in 0..3 {
            let client = connect(server.url()).await?;
            let mut requests = client.queue_subscribe("add", "adders".to_owned()).await?;
            synced(&client).await?;
            workers.push(tokio::spawn(async move {
                let mut answered = 0;
                while let Some(request) = requests.next().await {
                    if request.payload.is_empty() {
                        break;
                    }
                    let number: u64 = std::str::from_utf8(&request.payload)?.parse()?;
                    let reply = request.reply.context("a reply is wanted")?;
                    let sum = (number + 1).to_string();
                    client.publish(reply, sum.into()).await?;
                    answered += 1;
                }
                requests.unsubscribe().await?;
                synced(&client).await?;
                anyhow::Ok(answered)
            }));
        }
        let mut watcher = asking.subscribe("add").await?;
        for number in 0..REQUESTS {
            let answer = asking.request("add", number.to_string().into()).await?;
            assert_eq!(&*answer.payload, (number + 1).to_string().as_bytes());
            next(&mut watcher).await?;
        }
        // Each takes one end, as who ended is no longer in the group.
        let mut answered = Vec::new();
        for _ in 0..workers.len() {
            asking.publish("add", "".into()).await?;
            synced(&asking).await?;
            let ended = futures_util::future::select_all(workers);
            let (ended, _, left) = tokio::time::timeout(SOON, ended).await?;
            answered.push(ended??);
            workers = left;
        }
        assert_eq!(answered.iter().sum::<usize>(), REQUESTS);
        assert!(answered.iter().all(|count| *count > 0), "{answered:?}");
        Ok(())
    })
}

#[test]
fn draining_delivers_what_was_sent_and_ends_the_connection() -> anyhow::Result<()> {
    const MESSAGES: usize = 1_000;
    let server = RunningServer::start();
    block_on(async {
        let (receiver, sender) = (connect(&server.url()).await?, connect(&server.url()).await?);
        let mut subscriber = receiver.subscribe("work").await?;
        synced(&receiver).await?;
        for number in 0..MESSAGES {
            sender.publish("work", number.to_string().into()).await?;
        }
        synced(&sender).await?;
        // This client's drain does not wait for what the server still sends.
        synced(&receiver).await?;
        receiver.drain().await?;
        for number in 0..MESSAGES {
            let message = next(&mut subscriber).await?;
            assert_eq!(&*message.payload, number.to_string().as_bytes());
        }
        assert!(subscriber.next().await.is_none());
        // The sender's messages find nobody any more.
        wait_until("the receiver is gone", || {
            server.server().client_count() == 1
        });
        let nobody = sender.request("work", "".into()).await.unwrap_err();
        assert_eq!(nobody.kind(), RequestErrorKind::NoResponders);
        Ok(())
    })
}

#[test]
fn clients_come_back_when_the_server_does() -> anyhow::Result<()> {
    let server = ServerProcess::start();
    let address = server.address();
    block_on(async {
        let (events, mut event) = tokio::sync::mpsc::unbounded_channel();
        let client = options()
            .max_reconnects(None)
            .reconnect_delay_callback(|_| Duration::from_millis(20))
            .event_callback(move |event| {
                let _ = events.send(event);
                async {}
            })
            .connect(server.url())
            .await?;
        let mut subscriber = client.subscribe("news").await?;
        synced(&client).await?;
        server.shutdown()?;
        let mut wait_for = async |wanted: fn(&Event) -> bool| {
            tokio::time::timeout(SOON, async {
                while !wanted(&event.recv().await.context("events come")?) {}
                anyhow::Ok(())
            })
            .await?
        };
        wait_for(|event| matches!(event, Event::Disconnected)).await?;
        let again = ServerProcess::builder()
            .config(&format!("listen: \"{address}\""))
            .start();
        wait_for(|event| matches!(event, Event::Connected)).await?;
        let sender = connect(again.url()).await?;
        synced(&client).await?;
        sender.publish("news", "back".into()).await?;
        assert_eq!(&*next(&mut subscriber).await?.payload, b"back");
        Ok(())
    })
}

/// Writes an authority, a certificate of a server and one of a client into `dir`.
fn certificates(dir: &Path) -> anyhow::Result<()> {
    let key = rcgen::KeyPair::generate()?;
    let mut authority = rcgen::CertificateParams::new(Vec::new())?;
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    std::fs::write(dir.join("ca.pem"), authority.self_signed(&key)?.pem())?;
    let issuer = rcgen::Issuer::new(authority, key);
    for name in ["server", "client"] {
        let key = rcgen::KeyPair::generate()?;
        let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()])?;
        let certificate = params.signed_by(&key, &issuer)?;
        std::fs::write(dir.join(format!("{name}.pem")), certificate.pem())?;
        std::fs::write(dir.join(format!("{name}.key")), key.serialize_pem())?;
    }
    Ok(())
}

#[test]
fn tls_is_spoken_and_certificates_are_asked_for() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let dir = dir.path();
    certificates(dir)?;
    let file = |name: &str| dir.join(name);
    let server = ServerProcess::with_config(&format!(
        "listen: \"127.0.0.1:-1\"
         tls {{ cert_file: {:?}, key_file: {:?}, ca_file: {:?}, verify: true }}",
        file("server.pem"),
        file("server.key"),
        file("ca.pem"),
    ));
    let url = format!("tls://localhost:{}", server.address().port());
    block_on(async {
        let trusting = || {
            options()
                .require_tls(true)
                .add_root_certificates(file("ca.pem"))
        };
        let client = trusting()
            .add_client_certificate(file("client.pem"), file("client.key"))
            .connect(&url)
            .await?;
        let mut subscriber = client.subscribe("secret").await?;
        let payload: Vec<u8> = (0..500_000_u32).map(|at| at as u8).collect();
        client.publish("secret", payload.clone().into()).await?;
        assert_eq!(&*next(&mut subscriber).await?.payload, payload);
        assert!(trusting().connect(&url).await.is_err(), "no certificate");
        let distrusting = options().require_tls(true).connect(&url).await;
        assert!(distrusting.is_err(), "nobody vouches for the server");
        Ok(())
    })
}

#[test]
fn users_tokens_and_keys_are_who_they_say() -> anyhow::Result<()> {
    let key = KeyPair::new_user();
    let stranger = KeyPair::new_user();
    let server = ServerProcess::with_config(&format!(
        r#"listen: "127.0.0.1:-1"
           authorization {{ users: [
             {{ user: joe, password: secret, permissions: {{ publish: ["own.>", "_INBOX.>"], subscribe: ["own.>", "_INBOX.>"] }} }}
             {{ nkey: {} }}
           ] }}"#,
        key.public_key()
    ));
    let token =
        ServerProcess::with_config("listen: \"127.0.0.1:-1\"\nauthorization { token: \"t0ken\" }");
    block_on(async {
        let seed = |key: &KeyPair| key.seed().expect("it was made here");
        let joe = options().user_and_password("joe".into(), "secret".into());
        let joe = joe.connect(server.url()).await?;
        let other = options().nkey(seed(&key)).connect(server.url()).await?;
        let mut own = joe.subscribe("own.>").await?;
        synced(&joe).await?;
        let mut others = other.subscribe("others").await?;
        synced(&other).await?;
        joe.publish("others", "".into()).await?;
        joe.publish("own.subject", "mine".into()).await?;
        synced(&joe).await?;
        assert_eq!(&*next(&mut own).await?.payload, b"mine");
        expect_nothing(&mut others, WHILE).await?;
        let good = options().token("t0ken".into());
        synced(&good.connect(token.url()).await?).await?;
        let refused: [(ConnectOptions, &str); 4] = [
            (options(), server.url()),
            (options().nkey(seed(&stranger)), server.url()),
            (
                options().user_and_password("joe".into(), "wrong".into()),
                server.url(),
            ),
            (options().token("other".into()), token.url()),
        ];
        for (options, url) in refused {
            let error = options.connect(url).await.unwrap_err();
            assert_eq!(error.kind(), ConnectErrorKind::AuthorizationViolation);
        }
        Ok(())
    })
}
