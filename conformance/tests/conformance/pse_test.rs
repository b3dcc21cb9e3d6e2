//! Go: `server/pse/pse_test.go`. Both compare with what `ps` says.

use std::process::Command;

use anyhow::Context;
use conformance::go_test;
use nats_server::platform::process::ProcessMonitor;

go_test!(43, "pse_test", "TestPSEmulationCPU", cpu);
fn cpu() -> anyhow::Result<()> {
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
    let [rss, vss] = ps(["rss=", "vsz="])?;
    let usage = ProcessMonitor::new()?.usage()?;
    // Within a megabyte; ps counts in kilobytes.
    for (ours, theirs) in [(usage.rss, rss), (usage.vss, vss)] {
        let difference = (ours as f64 - theirs * 1024.0).abs();
        assert!(
            difference <= 1024.0 * 1024.0,
            "{ours} bytes against {theirs} kB"
        );
        assert!(ours > 0);
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
