//! What a message costs: allocations, and with `strace` system calls, of a fixed
//! 1:1 run. Fails when a change makes messages dearer.
//!
//! This is a binary of its own because it counts what the whole process allocates.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use nats_server::{Options, Server};
use rustix::process::{Pid, Signal, kill_process};

/// Messages of the run.
const MESSAGES: usize = 200_000;

/// Most allocations for one message. A read of some 3,000 messages makes a few.
const ALLOCATIONS_MAX: f64 = 0.01;

/// Most reads and writes for one message, which come in batches.
const CALLS_MAX: f64 = 0.02;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

/// One test at a time: the other's allocations would count too.
static TURN: Mutex<()> = Mutex::new(());

struct Counting;

#[expect(
    unsafe_code,
    reason = "an allocator that counts can not be had without"
)]
// SAFETY: every call goes unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A client whose loop allocates nothing.
struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Wire {
    fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .expect("a socket takes a time-out");
        let mut wire = Self {
            stream,
            buffer: vec![0; 65_536],
        };
        wire.line();
        wire.send(b"CONNECT {\"verbose\":false}\r\n");
        wire.flush();
        wire
    }

    fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the server reads");
    }

    fn flush(&mut self) {
        self.send(b"PING\r\n");
        self.line();
    }

    fn line(&mut self) {
        let mut have = 0;
        while !self.buffer[..have].ends_with(b"\r\n") {
            have += self.read(have);
        }
    }

    fn read(&mut self, from: usize) -> usize {
        let read = self.stream.read(&mut self.buffer[from..]);
        let read = read.expect("the server answers");
        assert!(read > 0, "the connection is open");
        read
    }

    fn count(&mut self, mut bytes: usize) {
        while bytes > 0 {
            bytes = bytes.checked_sub(self.read(0)).expect("no more than sent");
        }
    }
}

/// Sends `MESSAGES` from one client to another; `around` is called before and
/// after.
fn run(address: SocketAddr, mut around: impl FnMut()) {
    let mut receiver = Wire::connect(address);
    receiver.send(b"SUB subject 1\r\n");
    receiver.flush();
    let mut sender = Wire::connect(address);
    let batch = b"PUB subject 16\r\n0123456789abcdef\r\n".repeat(1000);
    let expected = b"MSG subject 1 16\r\n0123456789abcdef\r\n".len();
    // The first messages fill caches.
    sender.send(&batch);
    receiver.count(expected * 1000);
    around();
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..MESSAGES / 1000 {
                sender.send(&batch);
            }
            sender.flush();
        });
        receiver.count(expected * MESSAGES);
    });
    around();
}

#[test]
fn a_message_costs_no_allocation() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let options = Options {
        host: "127.0.0.1".into(),
        port: -1,
        no_log: true,
        no_sigs: true,
        ..Options::default()
    };
    let server = Server::new(options).expect("the options are good");
    server.start().expect("there is a free port");
    let address = server.client_address().expect("the server listens");
    let mut counts = Vec::new();
    run(address, || counts.push(ALLOCATIONS.load(Ordering::Relaxed)));
    server.shutdown();
    server.wait_for_shutdown();
    let each = (counts[1] - counts[0]) as f64 / MESSAGES as f64;
    println!("{each} allocations for a message");
    assert!(each <= ALLOCATIONS_MAX, "{each} allocations for a message");
}

#[test]
fn reads_and_writes_come_in_batches() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let traced = Command::new("strace").args(["-c", "true"]).output();
    if !traced.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: strace is not there or may not trace");
        return;
    }
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = free.local_addr().expect("a socket has an address");
    drop(free);
    let folder = tempfile::tempdir().expect("there is room");
    let pid_file = folder.path().join("pid");
    let mut tracer = Command::new("strace")
        .args([
            "-f",
            "-c",
            "-e",
            "trace=read,recvfrom,write,writev,sendto,sendmsg",
        ])
        .arg(env!("CARGO_BIN_EXE_nats-server"))
        .args(["-a", "127.0.0.1", "-p", &address.port().to_string(), "-P"])
        .arg(&pid_file)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("strace starts");
    while TcpStream::connect(address).is_err() {
        assert!(tracer.try_wait().expect("a child").is_none(), "it ended");
        thread::sleep(Duration::from_millis(10));
    }
    run(address, || ());
    // The tracer ends with the server and then tells what it counted.
    let pid = std::fs::read_to_string(&pid_file).expect("the server wrote its id");
    let pid = pid
        .trim()
        .parse()
        .ok()
        .and_then(Pid::from_raw)
        .expect("an id");
    kill_process(pid, Signal::TERM).expect("the server runs");
    let output = tracer.wait_with_output().expect("the tracer ends");
    let report = String::from_utf8_lossy(&output.stderr);
    let calls: u64 = report
        .lines()
        .filter(|line| line.ends_with(" total"))
        .filter_map(|line| line.split_ascii_whitespace().nth(3)?.parse::<u64>().ok())
        .sum();
    assert!(calls > 0, "no count:\n{report}");
    let each = calls as f64 / MESSAGES as f64;
    println!("{each} reads and writes for a message");
    assert!(each <= CALLS_MAX, "{each} calls for a message:\n{report}");
}
