//! Dump and load.

use crate::support::Bench;

#[test]
fn a_loaded_dump_dumps_the_same() {
    let bench = Bench::started();
    bench
        .tracker(&["feature", "update", "1-5", "--status", "stub"])
        .ok();
    bench
        .tracker(&["feature", "map", "5", "--rust", "nats_server::a::B::c"])
        .ok();
    let first = bench.tracker(&["dump"]).ok();
    std::fs::write(bench.path("dump.txt"), &first).unwrap();
    bench.tracker(&["--db", "copy.db", "load", "dump.txt"]).ok();
    assert_eq!(bench.tracker(&["--db", "copy.db", "dump"]).ok(), first);
    bench.tracker(&["--db", "copy.db", "doctor"]).ok();
}

#[test]
fn a_damaged_dump_leaves_no_ledger() {
    let bench = Bench::new();
    let dump = bench.tracker(&["dump"]).ok();
    let broken = [
        String::new(),
        "not json\n".to_owned(),
        "[1,2]\n".to_owned(),
        dump.replacen("\"line_start\"", "\"start\"", 1),
        dump[..dump.len() / 2].to_owned(),
    ];
    for text in broken {
        std::fs::write(bench.path("broken.txt"), &text).unwrap();
        bench
            .tracker(&["--db", "broken.db", "load", "broken.txt"])
            .refused();
        assert!(!bench.path("broken.db").exists());
    }
}

#[test]
fn the_json_contract() {
    let bench = Bench::new();
    let shown = bench.json(&["feature", "show", "1519"]);
    for key in [
        "id",
        "module",
        "file",
        "receiver",
        "name",
        "line_start",
        "line_end",
        "status",
        "status_reason",
        "batch",
        "rust",
    ] {
        assert!(shown.get(key).is_some(), "feature show lacks {key}");
    }
    assert_eq!(shown["name"], "checkMsgHeadersPreClusteredProposal");
    assert_eq!(
        (shown["line_start"].as_u64(), shown["line_end"].as_u64()),
        (Some(240), Some(662))
    );
    let shown = bench.json(&["test", "show", "2654"]);
    assert_eq!(shown["name"], "TestNRGMultipleStopsDontPanic");
    assert_eq!(shown["batch"], 29);
    let batch = bench.json(&["batch", "show", "0"]);
    assert_eq!(batch["features"].as_array().unwrap().len(), 265);
    assert_eq!(batch["tests"].as_array().unwrap().len(), 160);
    assert_eq!(batch["tests"][0]["status"], "not_started");
}

#[test]
fn completions_and_help() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(
            bench
                .tracker(&["completions", shell])
                .ok()
                .contains("tracker")
        );
    }
    for command in [
        "import",
        "batch",
        "feature",
        "test",
        "module",
        "library",
        "override",
        "next",
        "deferred",
        "gate",
        "audit",
        "report",
        "drift",
        "dump",
        "load",
        "merge",
        "completions",
    ] {
        let help = bench.tracker(&[command, "--help"]).ok();
        assert!(
            help.contains("Examples:"),
            "{command} --help has no examples"
        );
    }
}

#[test]
fn tables_fit_the_width_and_carry_no_colour_into_pipes() {
    let bench = Bench::new();
    let mut command = bench.command(&["feature", "list", "--batch", "0"]);
    let output = command.env("COLUMNS", "80").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().all(|line| !line.contains('\x1b')));
    assert!(
        text.lines().all(|line| line.chars().count() <= 90),
        "a line is much wider than 80 columns"
    );
}
