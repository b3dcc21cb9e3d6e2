//! Loads that the `nats` command makes with its own benchmark.

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use super::load::{Measured, micros};
use super::process::Server;
use super::wire::Wire;

const SUBJECT: &str = "bench";

/// The `nats` command: what `NATS_CLI` names, or else `nats`.
fn program() -> std::ffi::OsString {
    std::env::var_os("NATS_CLI").unwrap_or_else(|| "nats".into())
}

/// Whether there is a `nats` command.
pub(super) fn is_installed() -> bool {
    Command::new(program()).arg("--version").output().is_ok()
}

/// One publisher and one subscriber, 16 B.
pub(super) fn flow(server: &Server) -> anyhow::Result<Measured> {
    const COUNT: u32 = 2_000_000;
    let count = COUNT.to_string();
    let cpu = server.cpu()?;
    let subscriber = bench(server, &["sub", SUBJECT, "--msgs", &count])
        .stdout(Stdio::piped())
        .spawn()?;
    subscribed(server)?;
    finished(bench(server, &["pub", SUBJECT, "--size", "16", "--msgs", &count]).output()?)?;
    let text = finished(subscriber.wait_with_output()?)?;
    let cpu = server.cpu()?.saturating_sub(cpu);
    let rate = text
        .split("stats: ")
        .nth(1)
        .and_then(|rest| rest.split_ascii_whitespace().next())
        .and_then(|rate| rate.replace(',', "").parse().ok())
        .with_context(|| format!("no rate in {text:?}"))?;
    Ok(vec![rate, micros(cpu) / f64::from(COUNT)])
}

/// Requests to a service, one at a time.
pub(super) fn requests(server: &Server) -> anyhow::Result<Measured> {
    const COUNT: u32 = 10_000;
    let mut service = bench(server, &["service", "serve", SUBJECT])
        .stdout(Stdio::null())
        .spawn()?;
    let asked = subscribed(server).and_then(|()| {
        let count = COUNT.to_string();
        let arguments = [
            "service", "request", SUBJECT, "--size", "16", "--msgs", &count,
        ];
        finished(bench(server, &arguments).output()?)
    });
    service.kill()?;
    service.wait()?;
    let text = asked?;
    let time = |name: &str| {
        text.split(name)
            .nth(1)
            .and_then(|rest| rest.trim_start().split("us").next())
            .and_then(|time| time.replace(',', "").parse().ok())
            .with_context(|| format!("no {name} in {text:?}"))
    };
    Ok(vec![time("P50:")?, time("P99:")?])
}

fn bench(server: &Server, arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command
        .args(["--no-context", "-s", &format!("nats://{}", server.address)])
        .arg("bench")
        .args(arguments)
        .arg("--no-progress")
        .stderr(Stdio::null());
    command
}

/// Waits until somebody answers for the subject: a request without subscribers
/// gets status 503.
fn subscribed(server: &Server) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut wire = Wire::connect_with(
        server.address,
        r#"{"verbose":false,"headers":true,"no_responders":true}"#,
    )?;
    wire.send(b"SUB none 1\r\n")?;
    wire.flush()?;
    while wire.finds_nobody(SUBJECT)? {
        ensure!(started.elapsed() < Duration::from_secs(20), "no subscriber");
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn finished(output: Output) -> anyhow::Result<String> {
    ensure!(
        output.status.success(),
        "the nats command failed: {output:?}"
    );
    Ok(String::from_utf8(output.stdout)?)
}
