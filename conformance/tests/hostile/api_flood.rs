//! Far more requests to the JetStream API than it answers in time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use conformance::files::temp_dir;
use conformance::process::ServerProcess;
use conformance::raw::{RawClient, RawMessage};
use conformance::wait;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::memory;

const REQUESTS: usize = 100_000;
/// Requests that are sent at once.
const BATCH: usize = 1000;

fn server(directory: &TempDir, limit: usize) -> ServerProcess {
    ServerProcess::with_config(&format!(
        r#"
        listen: "127.0.0.1:-1"
        jetstream {{ store_dir: {:?}, domain: hub, request_queue_limit: {limit} }}
        accounts {{
            A: {{ jetstream: enabled, users: [ {{ user: a, password: p }} ] }}
            SYS: {{ users: [ {{ user: sys, password: p }} ] }}
        }}
        system_account: SYS
        "#,
        directory.path()
    ))
}

fn connected(address: SocketAddr, user: &str) -> RawClient {
    let options = json!({ "verbose": false, "user": user, "pass": "p" });
    RawClient::connected(address, &options.to_string())
}

/// The requests take turns; each with its answer's error, 0 for none.
fn request(number: usize) -> (&'static str, &'static str, u64) {
    match number % 4 {
        0 => ("STREAM.INFO.NO", "", 10059),
        1 => ("STREAM.CREATE.S", "{\"name\"", 10025),
        2 => ("STREAM.CREATE.S", r#"{"name":"S","subjects":["s"]}"#, 0),
        _ => ("CONSUMER.INFO.S.NO", "", 10014),
    }
}

/// Counts what comes to a subject until it is told to end.
struct Counted {
    count: Arc<AtomicUsize>,
    reader: JoinHandle<()>,
}

impl Counted {
    /// `count` says for how many requests a message stands.
    fn start(mut client: RawClient, subject: &str, count: fn(&RawMessage) -> usize) -> Self {
        client.set_patience(Duration::from_secs(60));
        client.send(&format!("SUB {subject} 1\r\nSUB end 2\r\n"));
        client.flush();
        let counted = Arc::new(AtomicUsize::new(0));
        let shared = Arc::clone(&counted);
        let reader = thread::spawn(move || {
            loop {
                let message = client.message();
                if message.subject == "end" {
                    return;
                }
                shared.fetch_add(count(&message), Ordering::Relaxed);
            }
        });
        Self {
            count: counted,
            reader,
        }
    }

    fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Nothing more comes.
    fn stop(self, mut client: RawClient) {
        client.send("PUB end 0\r\n\r\n");
        client.flush();
        self.reader.join().unwrap();
    }
}

/// An answer has to be right.
fn answered(message: &RawMessage) -> usize {
    let number = message.subject.strip_prefix("answer.").unwrap();
    let answer: Value = serde_json::from_slice(&message.payload).unwrap();
    let code = answer["error"]["err_code"].as_u64().unwrap_or(0);
    assert_eq!(code, request(number.parse().unwrap()).2, "{answer}");
    1
}

/// The number of requests in an advisory that they were dropped.
fn dropped(message: &RawMessage) -> usize {
    let advisory: Value = serde_json::from_slice(&message.payload).unwrap();
    let kind = "io.nats.jetstream.advisory.v1.api_limit_reached";
    assert_eq!(advisory["type"], kind, "{advisory}");
    assert!(advisory["server"].is_string(), "{advisory}");
    assert_eq!(advisory["domain"], "hub", "{advisory}");
    usize::try_from(advisory["dropped"].as_u64().unwrap()).unwrap()
}

/// Asks without waiting for an answer. Returns how many requests were dropped.
fn flood(limit: usize) -> usize {
    let directory = temp_dir();
    let server = server(&directory, limit);
    let address = server.address();
    let mut client = connected(address, "a");
    let stream = r#"{"name":"S","subjects":["s"]}"#;
    let size = stream.len();
    client.send(&format!(
        "SUB made 1\r\nPUB $JS.API.STREAM.CREATE.S made {size}\r\n{stream}\r\n"
    ));
    assert_eq!(client.message().subject, "made");
    let answers = Counted::start(connected(address, "a"), "answer.*", answered);
    let advisory = "$JS.EVENT.ADVISORY.API.LIMIT_REACHED";
    let drops = Counted::start(connected(address, "sys"), advisory, dropped);
    let before = memory(&server);
    let mut most = before;
    for batch in 0..REQUESTS / BATCH {
        let mut text = String::new();
        for number in batch * BATCH..(batch + 1) * BATCH {
            let (subject, payload, _) = request(number);
            let size = payload.len();
            text.push_str(&format!(
                "PUB $JS.API.{subject} answer.{number} {size}\r\n{payload}\r\n"
            ));
        }
        client.send(&text);
        most = most.max(memory(&server));
    }
    wait::wait_until_within(Duration::from_secs(120), "all have their fate", || {
        most = most.max(memory(&server));
        answers.count() + drops.count() >= REQUESTS
    });
    // A request that waits has some 500 bytes, an answer some 1,000.
    let bound = before + 1500 * limit.min(REQUESTS) as u64 + (32 << 20);
    assert!(most < bound, "{most} bytes, and it was {before}");
    // Nothing was made but what was answered so, and the server is well.
    client.send("SUB names 2\r\nPUB $JS.API.STREAM.NAMES names 0\r\n\r\n");
    let names: Value = serde_json::from_slice(&client.message().payload).unwrap();
    assert_eq!(names["streams"], json!(["S"]), "{names}");
    let (right, lost) = (answers.count(), drops.count());
    answers.stop(connected(address, "a"));
    drops.stop(connected(address, "sys"));
    assert_eq!(right + lost, REQUESTS);
    lost
}

#[test]
fn requests_that_fit_into_the_queue_are_all_answered() {
    assert_eq!(flood(2 * REQUESTS), 0);
}

#[test]
fn requests_beyond_the_limit_are_dropped_and_told() {
    let lost = flood(2000);
    assert!(lost >= 2000, "{lost}");
}
