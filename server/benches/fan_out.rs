//! One publisher and 1, 10 or 100 subscribers in one process: a server with pipes
//! instead of sockets, so that what is measured is the server and no network.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nats_server::{Options, Server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::runtime::Builder;

/// Messages sent at once. What they make for one subscriber fits into its pipe.
const MESSAGES: usize = 1000;
const PAYLOAD: &str = "0123456789abcdef";

/// A client on a pipe.
struct Client {
    stream: DuplexStream,
    buffer: Vec<u8>,
}

impl Client {
    async fn connect(server: &Server) -> Self {
        let stream = server
            .in_process_connection()
            .expect("the server takes connections");
        let mut client = Self {
            stream,
            buffer: vec![0; 1 << 16],
        };
        client.line().await;
        client.send(b"CONNECT {\"verbose\":false}\r\n").await;
        client.flush().await;
        client
    }

    async fn send(&mut self, bytes: &[u8]) {
        let sent = self.stream.write_all(bytes).await;
        sent.expect("the server reads");
    }

    /// Waits until everything sent was worked through.
    async fn flush(&mut self) {
        self.send(b"PING\r\n").await;
        self.line().await;
    }

    /// Reads up to the end of a line, which nothing follows.
    async fn line(&mut self) {
        let mut have = 0;
        while !self.buffer[..have].ends_with(b"\r\n") {
            let read = self.stream.read(&mut self.buffer[have..]).await;
            have += read.expect("the server answers");
        }
    }

    /// Reads this many bytes.
    async fn count(&mut self, mut bytes: usize) {
        while bytes > 0 {
            let most = bytes.min(self.buffer.len());
            let read = self.stream.read(&mut self.buffer[..most]).await;
            let read = read.expect("the server sends");
            assert!(read > 0, "the connection is open");
            bytes -= read;
        }
    }
}

fn fan_out(c: &mut Criterion) {
    let runtime = Builder::new_current_thread()
        .build()
        .expect("a runtime can be made");
    let mut group = c.benchmark_group("fan_out");
    for subscribers in [1, 10, 100] {
        let options = Options {
            dont_listen: true,
            no_log: true,
            no_sigs: true,
            ..Options::default()
        };
        let server = Server::new(options).expect("the options are good");
        server.start().expect("the server starts");
        let (mut receivers, mut sender) = runtime.block_on(async {
            let mut receivers = Vec::new();
            for _ in 0..subscribers {
                let mut client = Client::connect(&server).await;
                client.send(b"SUB subject 1\r\n").await;
                client.flush().await;
                receivers.push(client);
            }
            (receivers, Client::connect(&server).await)
        });
        let size = PAYLOAD.len();
        let batch = format!("PUB subject {size}\r\n{PAYLOAD}\r\n").repeat(MESSAGES);
        let delivered = format!("MSG subject 1 {size}\r\n{PAYLOAD}\r\n").len() * MESSAGES;
        group.throughput(Throughput::Elements((MESSAGES * subscribers) as u64));
        group.bench_function(format!("{subscribers} subscribers"), |b| {
            b.iter(|| {
                runtime.block_on(async {
                    sender.send(batch.as_bytes()).await;
                    for receiver in &mut receivers {
                        receiver.count(delivered).await;
                    }
                });
            });
        });
        server.shutdown();
        server.wait_for_shutdown();
    }
    group.finish();
}

criterion_group!(benches, fan_out);
criterion_main!(benches);
