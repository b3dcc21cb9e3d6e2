//! Go: `server/pse/pse_test.go`. Both compare with what `ps` says.

use std::process::Command;
use std::time::Duration;

use anyhow::Context;
use conformance::go_test;
use conformance::wait::elapse;
use nats_server::platform::process::ProcessMonitor;

go_test!(43, "pse_test", "TestPSEmulationCPU", cpu);
fn cpu() -> anyhow::Result<()> {
    elapse(
        Duration::from_secs(1),
        "of a process that has just begun `ps` counts hundredths of a second as a third",
    );
    let [theirs] = ps(["pcpu="])?;
    let usage = ProcessMonitor::new()?.usage()?;
    assert!(usage.cpu_percent >= 0.0);
    let difference = (usage.cpu_percent - theirs).abs();
    assert!(
        difference <= 30.0,
        "{} % against {theirs} %",
        usage.cpu_percent
    );
    Ok(())
}

go_test!(44, "pse_test", "TestPSEmulationMem", memory);
fn memory() -> anyhow::Result<()> {
    let monitor = ProcessMonitor::new()?;
    // Memory moves while `ps` runs, so look before and after; a first round
    // brings in the pages of the code that does it.
    ps(["rss=", "vsz="])?;
    let before = monitor.usage()?;
    let [rss, vss] = ps(["rss=", "vsz="])?;
    let after = monitor.usage()?;
    for (ours, theirs) in [
        ((before.rss, after.rss), rss),
        ((before.vss, after.vss), vss),
    ] {
        let (low, high) = (ours.0.min(ours.1) as f64, ours.0.max(ours.1) as f64);
        // Within a megabyte; ps counts in kilobytes.
        let (theirs, margin) = (theirs * 1024.0, 1024.0 * 1024.0);
        assert!(low > 0.0);
        assert!(
            (low - margin..=high + margin).contains(&theirs),
            "{low} to {high} bytes against {theirs}"
        );
    }
    Ok(())
}

/// What `ps` says about this process.
fn ps<const N: usize>(columns: [&str; N]) -> anyhow::Result<[f64; N]> {
    let process = std::process::id().to_string();
    let output = Command::new("ps")
        .args(["-o", &columns.join(","), "-p", &process])
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let numbers: Vec<f64> = text
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()
        .context(text.clone())?;
    numbers
        .try_into()
        .ok()
        .with_context(|| format!("ps says {text:?}"))
}
