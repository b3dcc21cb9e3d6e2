//! Go: `server/client_test.go`: connections with TLS.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use conformance::client::block_on;
use conformance::go_test;
use conformance::pipe::PipeClient;
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use conformance::wait::wait_until;
use nats_server::config::options::TlsOptions;
use nats_server::protocol::ClosedState;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;

use super::tls_support::{Certificates, localhost};

go_test!(
    190,
    "client_test",
    "TestNonTLSConnectionState",
    no_tls_state
);
fn no_tls_state() {
    let server = RunningServer::start();
    let _client = RawClient::connected(server.address(), r#"{"verbose":false}"#);
    assert!(server.server().client(1).unwrap().tls().is_none());
}

go_test!(
    214,
    "client_test",
    "TestClientCloseTLSConnection",
    close_tls_connection
);
fn close_tls_connection() {
    let certificates = Certificates::new();
    let server = RunningServer::with(|options| {
        options.tls = Some(TlsOptions {
            timeout: Duration::from_secs(100),
            ..certificates.tls()
        });
    });
    let stream = TcpStream::connect(server.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    // INFO comes in clear. Byte by byte, so that nothing of TLS is taken with it.
    let mut info = Vec::new();
    while !info.ends_with(b"\r\n") {
        let mut byte = [0];
        (&stream).read_exact(&mut byte).unwrap();
        info.push(byte[0]);
    }
    let mut client = certificates.secure(stream);
    client
        .write_all(b"CONNECT {\"verbose\":false,\"tls_required\":true}\r\nSUB foo 1\r\nPING\r\n")
        .unwrap();
    let mut line = String::new();
    BufReader::new(&mut client).read_line(&mut line).unwrap();
    assert_eq!(line, "PONG\r\n");

    assert_eq!(server.server().client_count(), 1);
    let ours = server.server().client(1).unwrap();
    assert_eq!(ours.tls().unwrap().version, "1.3");
    assert_eq!(ours.address.ip().unwrap().to_string(), "127.0.0.1");

    // It reads no more, so that something waits to be written.
    let mut sender = PipeClient::connect(server.server());
    assert!(sender.try_line().unwrap().starts_with("INFO "));
    sender.send("CONNECT {\"verbose\":false}\r\n");
    let message = format!("PUB foo 100000\r\n{}\r\n", "x".repeat(100_000));
    while ours.link.outbound().pending() < 4 * 1024 * 1024 {
        sender.send(&message);
    }
    let start = Instant::now();
    ours.close(ClosedState::ClientClosed);
    assert!(start.elapsed() < Duration::from_secs(3));
    wait_until("it is forgotten", || server.server().client(1).is_none());
}

go_test!(
    235,
    "client_test",
    "TestCloseConnectionVeryEarly",
    close_very_early
);
fn close_very_early() {
    let certificates = Certificates::new();
    for tls in [None, Some(certificates.tls())] {
        let server = RunningServer::with(|options| options.tls = tls);
        for _ in 0..20 {
            let client = TcpStream::connect(server.address()).unwrap();
            client.shutdown(Shutdown::Both).unwrap();
        }
        wait_until("all are remembered as closed", || {
            server.server().closed_connections().len() == 20
        });
        assert_eq!(server.server().client_count(), 0);
        let mut client = TcpStream::connect(server.address()).unwrap();
        let mut five = [0; 5];
        client.read_exact(&mut five).unwrap();
        assert_eq!(&five, b"INFO ");
    }
}

/// Reads a line of a connection inside the process.
async fn line(stream: &mut (impl AsyncRead + Unpin)) -> String {
    // One byte at a time: what follows the line may be TLS.
    let mut line = Vec::new();
    let mut reader = tokio::io::BufReader::with_capacity(1, stream);
    let read = reader.read_until(b'\n', &mut line);
    tokio::time::timeout(Duration::from_secs(10), read)
        .await
        .expect("the server answers")
        .expect("a pipe can be read");
    String::from_utf8(line).expect("the server sends text")
}

/// Connects and waits for PONG.
async fn connect(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    stream
        .write_all(b"CONNECT {\"verbose\":false}\r\nPING\r\n")
        .await
        .expect("the server reads");
    assert_eq!(line(stream).await, "PONG\r\n");
}

go_test!(
    246,
    "client_test",
    "TestTLSClientHandshakeFirstAndInProcessConnection",
    handshake_first_in_process
);
fn handshake_first_in_process() {
    let certificates = Certificates::new();
    let server = RunningServer::with(|options| {
        options.tls = Some(TlsOptions {
            handshake_first: true,
            ..certificates.tls()
        });
    });
    let connector = TlsConnector::from(certificates.client());
    let tls = |id| {
        let client = server.server().client(id).unwrap();
        client.tls().map(|tls| tls.first)
    };
    block_on(async {
        // Without TLS: INFO comes after a while and does not ask for it.
        let mut plain = server.server().in_process_connection().unwrap();
        let info = line(&mut plain).await;
        assert!(!info.contains("tls_required"), "{info}");
        assert!(info.contains("\"tls_available\":true"), "{info}");
        connect(&mut plain).await;
        assert_eq!(tls(1), None);

        // With TLS after INFO.
        let mut stream = server.server().in_process_connection().unwrap();
        let info = line(&mut stream).await;
        assert!(!info.contains("tls_required"), "{info}");
        let mut secure = connector.connect(localhost(), stream).await.unwrap();
        connect(&mut secure).await;
        assert_eq!(tls(2), Some(false));

        // With TLS before it.
        let stream = server.server().in_process_connection().unwrap();
        let mut secure = connector.connect(localhost(), stream).await.unwrap();
        let info = line(&mut secure).await;
        assert!(info.contains("\"tls_required\":true"), "{info}");
        connect(&mut secure).await;
        assert_eq!(tls(3), Some(true));
    });
}
