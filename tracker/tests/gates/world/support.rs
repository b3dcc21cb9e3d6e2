//! A piece of support code for the corpus.
use std::time::{Duration, Instant};

pub fn wait_until(limit: Duration, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + limit;
    while !condition() {
        assert!(Instant::now() < end, "not within {limit:?}");
        std::thread::yield_now();
    }
}

pub struct ServerProcess {
    child: std::process::Child,
    port: u16,
}

impl ServerProcess {
    pub fn start() -> Self {
        let child = std::process::Command::new(binary("nats-server")).spawn().unwrap();
        Self { child, port: 4222 }
    }

    pub fn port(&self) -> u16 {
        self.port
    }
}

pub fn parse_line(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}
