//! Clients that mean no good, or too well: the server keeps its memory, sends them
//! away and disturbs nobody else.

mod api_flood;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use conformance::files::temp_dir;
use conformance::process::ServerProcess;
use conformance::raw::RawClient;
use conformance::wait;

/// Bytes of memory that a process has.
fn memory(server: &ServerProcess) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let kib: u64 = line
        .split_ascii_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    kib * 1024
}

/// Waits until the memory is no more than a tenth, or the 2 MiB that an allocator
/// keeps anyway, above what it was. The allocator gives back over some 10 s.
fn expect_memory_back_at(server: &ServerProcess, before: u64) {
    let limit = (before + before / 10).max(before + (2 << 20));
    wait::passes(Duration::from_secs(60), || {
        let now = memory(server);
        match now <= limit {
            true => Ok(()),
            false => Err(format!("{now} bytes, and it was {before}")),
        }
    });
}

/// Two clients that talk until they are told to stop, and count.
struct Bystanders {
    running: Arc<AtomicBool>,
    count: Arc<AtomicUsize>,
    thread: thread::JoinHandle<()>,
}

impl Bystanders {
    fn start(address: SocketAddr) -> Self {
        let running = Arc::new(AtomicBool::new(true));
        let goes_on = Arc::clone(&running);
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let thread = thread::spawn(move || {
            let mut one = RawClient::connected(address, r#"{"verbose":false}"#);
            let mut other = RawClient::connected(address, r#"{"verbose":false}"#);
            one.send("SUB talk 1\r\n");
            one.flush();
            while goes_on.load(Ordering::Relaxed) {
                other.send("PUB talk 5\r\nhello\r\n");
                // The server asks now and then whether its clients are there.
                let mut line = one.line();
                while line == "PING" {
                    one.send("PONG\r\n");
                    other.send("PONG\r\n");
                    line = one.line();
                }
                assert_eq!(line, "MSG talk 1 5");
                assert_eq!(one.payload(5), b"hello");
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        let talking = Self {
            running,
            count,
            thread,
        };
        talking.expect_more();
        talking
    }

    /// They go on talking.
    fn expect_more(&self) {
        let before = self.count.load(Ordering::Relaxed);
        wait::wait_until("the bystanders' next words", || {
            self.count.load(Ordering::Relaxed) > before + 10
        });
    }

    /// They were never disturbed.
    fn stop(self) {
        self.expect_more();
        self.running.store(false, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}

#[test]
fn connections_come_and_go() {
    let server = ServerProcess::start();
    let bystanders = Bystanders::start(server.address());
    let cycle = || {
        let mut client = RawClient::connected(server.address(), r#"{"verbose":false}"#);
        client.send("SUB a.b 1\r\n");
        client.flush();
    };
    // The ring of closed connections fills first.
    (0..10_500).for_each(|_| cycle());
    let before = memory(&server);
    (0..10_000).for_each(|_| cycle());
    expect_memory_back_at(&server, before);
    bystanders.stop();
}

#[test]
fn a_subscriber_never_reads() {
    let server = ServerProcess::with_config("port: -1, max_pending: 1MB, write_deadline: \"2s\"");
    let bystanders = Bystanders::start(server.address());
    let mut lazy = RawClient::connected(server.address(), r#"{"verbose":false}"#);
    lazy.send("SUB flood 1\r\n");
    lazy.flush();
    let before = memory(&server);
    let mut publisher = RawClient::connected(server.address(), r#"{"verbose":false}"#);
    let message = format!("PUB flood 1000\r\n{}\r\n", "x".repeat(1000)).repeat(1000);
    let mut most = 0;
    for _ in 0..100 {
        publisher.send(&message);
        publisher.flush();
        most = most.max(memory(&server));
    }
    assert!(
        most < before + (16 << 20),
        "{most} bytes, and it was {before}"
    );
    server.log().wait_for(wait::SOON, "Slow Consumer");
    // What still comes are the messages that were under way, then the end.
    let mut rest = Vec::new();
    let _ = lazy.stream().try_clone().unwrap().read_to_end(&mut rest);
    bystanders.stop();
}

#[test]
fn a_million_subscriptions_and_their_removal() {
    let server = ServerProcess::start();
    let mut publisher = RawClient::connected(server.address(), r#"{"verbose":false}"#);
    let subscribe = |client: &mut RawClient, from: usize, count: usize| {
        let mut batch = String::new();
        for number in from..from + count {
            batch.push_str(&format!("SUB many.{}.{number} {number}\r\n", number % 1000));
        }
        client.send(&batch);
        client.flush();
    };
    let remove = |client: &mut RawClient, from: usize, count: usize| {
        let mut batch = String::new();
        for number in from..from + count {
            batch.push_str(&format!("UNSUB {number}\r\n"));
        }
        client.send(&batch);
        client.flush();
    };
    let mut before = memory(&server);
    // What the allocator needs to keep account of that much memory stays after the
    // first time, some 2 %; a leak would show after the second.
    for round in 0..2 {
        let mut clients: Vec<RawClient> = (0..4)
            .map(|_| RawClient::connected(server.address(), r#"{"verbose":false}"#))
            .collect();
        for (at, client) in clients.iter_mut().enumerate() {
            for part in 0..25 {
                subscribe(client, at * 250_000 + part * 10_000, 10_000);
            }
        }
        let full = memory(&server);
        println!(
            "{} MiB before, {} MiB with a million subscriptions",
            before >> 20,
            full >> 20
        );
        publisher.send("PUB many.7.999007 2\r\nok\r\n");
        publisher.flush();
        assert_eq!(clients[3].message().subject, "many.7.999007");
        // Half are removed one by one, half by the end of their connections.
        for (at, client) in clients.iter_mut().enumerate().take(2) {
            for part in 0..25 {
                remove(client, at * 250_000 + part * 10_000, 10_000);
            }
        }
        clients.truncate(2);
        if round == 0 {
            wait::passes(Duration::from_secs(60), || {
                let now = memory(&server);
                let limit = before + full / 25 + (4 << 20);
                (now < limit).then_some(()).ok_or_else(|| format!("{now}"))
            });
            wait::elapse(
                Duration::from_secs(2),
                "what the allocator still gives back",
            );
            before = memory(&server);
        } else {
            expect_memory_back_at(&server, before);
        }
    }
}

#[test]
fn slow_starters_are_sent_away() {
    let server = ServerProcess::with_config(
        "port: -1, authorization { user: u, password: p, timeout: 0.5 }",
    );
    let mut slow: Vec<TcpStream> = (0..300)
        .map(|_| TcpStream::connect(server.address()).unwrap())
        .collect();
    // A byte now and then does not buy time.
    for byte in b"CONN" {
        for stream in &mut slow {
            let _ = stream.write_all(&[*byte]);
        }
        thread::sleep(Duration::from_millis(100));
    }
    for stream in &mut slow {
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let mut said = String::new();
        let _ = stream.read_to_string(&mut said);
        assert!(said.contains("-ERR 'Authentication Timeout'"), "{said}");
    }
    let mut good = RawClient::connected(server.address(), r#"{"user":"u","pass":"p"}"#);
    good.flush();
}

#[test]
fn half_open_tls_is_closed() {
    let folder = temp_dir();
    let (certificate, key) = (
        folder.path().join("cert.pem"),
        folder.path().join("key.pem"),
    );
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let server = ServerProcess::with_config(&format!(
        "port: -1, tls {{ cert_file: {certificate:?}, key_file: {key:?}, timeout: 0.5, handshake_first: true }}"
    ));
    let mut silent: Vec<TcpStream> = (0..100)
        .map(|_| TcpStream::connect(server.address()).unwrap())
        .collect();
    for stream in &mut silent {
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let mut said = Vec::new();
        // The end of the connection, not the end of patience.
        match stream.read_to_end(&mut said) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
        }
    }
}

#[test]
fn garbage_of_all_kinds() {
    let server = ServerProcess::start();
    let bystanders = Bystanders::start(server.address());
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    for round in 0..500 {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        let mut bytes: Vec<u8> = match round % 4 {
            0 => Vec::new(),
            1 => b"CONNECT {}\r\n".to_vec(),
            2 => b"CONNECT {\"headers\":true}\r\nHPUB a 10 20\r\n".to_vec(),
            _ => b"CONNECT {}\r\nSUB a 1\r\nPUB a ".to_vec(),
        };
        for _ in 0..200 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            bytes.extend_from_slice(&random.to_le_bytes());
        }
        let _ = stream.write_all(&bytes);
    }
    bystanders.stop();
    assert!(!server.log().text().contains("panicked"));
}
