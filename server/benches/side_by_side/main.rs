//! Our server beside the Go server: the same loads, interleaved, in one run.
//!
//! `cargo bench -p nats-server --bench side_by_side -- [ROUNDS [LOAD...]]` prints a
//! table in Markdown: medians, the ratio, CPU time of the server for one message
//! and peak memory. The Go server is what `NATS_GO_SERVER` names, or else
//! `go-nats-server`; without it only ours is measured. Each load of each round has
//! a server of its own, ours and Go's by turns. The loads that `nats bench` makes
//! need that command, or the one `NATS_CLI` names.

mod cli;
mod jetstream;
mod load;
mod process;
mod wire;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context;

use self::load::{LOADS, Load, Measured};
use self::process::Server;

fn main() -> anyhow::Result<()> {
    // cargo bench adds `--bench`; cargo test runs benches too, and means nothing.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let mut arguments = arguments
        .iter()
        .filter(|argument| !argument.starts_with("--"));
    let rounds: usize = match arguments.next() {
        Some(rounds) => rounds.parse().context("the number of rounds")?,
        None => 5,
    };
    let wanted: Vec<&String> = arguments.collect();
    let has_cli = cli::is_installed();
    if !has_cli {
        eprintln!("no nats command is installed: its benchmark is left out");
    }
    let is_wanted = |load: &&Load| {
        (has_cli || !load.name.starts_with("cli-"))
            && (wanted.is_empty() || wanted.iter().any(|name| *name == load.name))
    };
    let mut servers = vec![("ours", PathBuf::from(env!("CARGO_BIN_EXE_nats-server")))];
    let go = std::env::var_os("NATS_GO_SERVER").map_or("go-nats-server".into(), PathBuf::from);
    if std::process::Command::new(&go).arg("-v").output().is_ok() {
        servers.push(("go", go));
    } else {
        eprintln!("no Go server is installed: only ours is measured");
    }
    let mut results: BTreeMap<(&str, &str), Vec<Measured>> = BTreeMap::new();
    for round in 1..=rounds {
        for load in LOADS.iter().filter(is_wanted) {
            for (name, program) in &servers {
                let server = Server::start(program, load.server)?;
                let measured =
                    (load.run)(&server).with_context(|| format!("{} with {name}", load.name))?;
                eprintln!("round {round}, {}, {name}: {measured:?}", load.name);
                results.entry((load.name, name)).or_default().push(measured);
            }
        }
    }
    println!("| load | | ours | Go | ours / Go |");
    println!("|---|---|--:|--:|--:|");
    for load in LOADS.iter().filter(is_wanted) {
        let of = |server| {
            results
                .get(&(load.name, server))
                .map_or(&[][..], Vec::as_slice)
        };
        print_rows(load, of("ours"), of("go"));
    }
    Ok(())
}

fn print_rows(load: &Load, ours: &[Measured], go: &[Measured]) {
    for (at, what) in load.columns.iter().enumerate() {
        let (ours, go) = (median(ours, at), median(go, at));
        let text = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), rounded);
        let ratio = ours.zip(go).map(|(ours, go)| ours / go);
        println!(
            "| {} | {what} | {} | {} | {} |",
            if at == 0 { load.title } else { "" },
            text(ours),
            text(go),
            ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}")),
        );
    }
}

fn median(measured: &[Measured], at: usize) -> Option<f64> {
    let mut values: Vec<f64> = measured
        .iter()
        .filter_map(|one| one.get(at).copied())
        .collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// Three digits that matter.
fn rounded(value: f64) -> String {
    if value >= 100_000.0 {
        format!("{:.0} k", value / 1000.0)
    } else if value >= 100.0 {
        format!("{value:.0}")
    } else if value >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}
