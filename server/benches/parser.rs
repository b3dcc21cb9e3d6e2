//! The protocol parser: messages and bytes a second, of whole buffers and of reads
//! that end anywhere.

use std::hint::black_box;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nats_server::conn::{ReadBuffer, ReadHalf};
use nats_server::protocol::{Parser, ParserLimits, Step};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::runtime::Builder;

/// Messages in one buffer.
const MESSAGES: usize = 1000;

const LIMITS: ParserLimits = ParserLimits {
    max_control_line: 4096,
    max_payload: Some(1 << 20),
    headers: true,
};

/// The mixes of messages, by name.
fn mixes() -> Vec<(&'static str, Vec<u8>)> {
    let small = |n: usize| publish(n, 16);
    let large = |n: usize| publish(n, 1024);
    let mixed = |n: usize| match n % 4 {
        0 => publish(n, 16),
        1 => publish(n, 256),
        2 => with_headers(n, 64),
        _ => request(n, 32),
    };
    vec![
        ("PUB 16 B", (0..MESSAGES).flat_map(small).collect()),
        ("PUB 1 KiB", (0..MESSAGES).flat_map(large).collect()),
        (
            "HPUB 64 B",
            (0..MESSAGES).flat_map(|n| with_headers(n, 64)).collect(),
        ),
        ("mixed", (0..MESSAGES).flat_map(mixed).collect()),
    ]
}

fn publish(number: usize, size: usize) -> Vec<u8> {
    let mut bytes = format!("PUB orders.{}.{number} {size}\r\n", number % 7).into_bytes();
    bytes.resize(bytes.len() + size, b'x');
    bytes.extend(b"\r\n");
    bytes
}

fn request(number: usize, size: usize) -> Vec<u8> {
    let mut bytes = format!(
        "PUB service.{} _INBOX.abcdefgh.{number} {size}\r\n",
        number % 7
    )
    .into_bytes();
    bytes.resize(bytes.len() + size, b'x');
    bytes.extend(b"\r\n");
    bytes
}

fn with_headers(number: usize, size: usize) -> Vec<u8> {
    let header = format!("NATS/1.0\r\nNats-Msg-Id: {number}\r\nContent-Type: text\r\n\r\n");
    let total = header.len() + size;
    let line = format!("HPUB orders.{number} {} {total}\r\n{header}", header.len());
    let mut bytes = line.into_bytes();
    bytes.resize(bytes.len() + size, b'x');
    bytes.extend(b"\r\n");
    bytes
}

/// Works through `input` as a session does: how many messages, how many bytes used and
/// how many the next one needs.
fn work_through(parser: &mut Parser, input: &[u8]) -> (usize, usize, usize) {
    let (mut messages, mut at) = (0, 0);
    while at < input.len() {
        match parser.step(&input[at..]).expect("the input is good") {
            Step::Op(op, used) => {
                black_box(op);
                messages += 1;
                at += used;
            }
            Step::NeedMore(bytes) => return (messages, at, bytes),
        }
    }
    (messages, at, 0)
}

fn whole(c: &mut Criterion) {
    for (name, bytes) in mixes() {
        let mut group = c.benchmark_group(format!("parser/{name}"));
        group.throughput(Throughput::ElementsAndBytes {
            elements: MESSAGES as u64,
            bytes: bytes.len() as u64,
        });
        group.bench_function("whole", |b| {
            let mut parser = Parser::new(LIMITS);
            b.iter(|| {
                let (messages, ..) = work_through(&mut parser, black_box(&bytes));
                assert_eq!(messages, MESSAGES);
            });
        });
        group.finish();
    }
}

/// A connection that gives the same bytes again and again, so many at a time.
struct Drip {
    bytes: Vec<u8>,
    at: usize,
    step: usize,
}

impl AsyncRead for Drip {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let end = this.bytes.len().min(this.at + this.step);
        let take = buffer.remaining().min(end - this.at);
        buffer.put_slice(&this.bytes[this.at..this.at + take]);
        this.at = (this.at + take) % this.bytes.len();
        Poll::Ready(Ok(()))
    }
}

/// Reads that end within operations, through the buffer of a connection.
fn split(c: &mut Criterion) {
    let runtime = Builder::new_current_thread()
        .build()
        .expect("a runtime can be made");
    let mut group = c.benchmark_group("parser/split reads");
    group.throughput(Throughput::Elements(MESSAGES as u64));
    let (_, bytes) = mixes().pop().expect("there are mixes");
    for step in [7, 101, 1009, 10_007] {
        group.bench_function(format!("{step} bytes"), |b| {
            let mut parser = Parser::new(LIMITS);
            let mut buffer = ReadBuffer::default();
            let mut from = ReadHalf::Boxed(Box::new(Drip {
                bytes: bytes.clone(),
                at: 0,
                step,
            }));
            b.iter(|| {
                runtime.block_on(async {
                    let mut messages = 0;
                    while messages < MESSAGES {
                        let read = buffer.read(&mut from, |input| {
                            let (more, used, need) = work_through(&mut parser, input);
                            messages += more;
                            (used, need)
                        });
                        read.await.expect("the drip does not fail");
                    }
                });
            });
        });
    }
    group.finish();
}

criterion_group!(benches, whole, split);
criterion_main!(benches);
