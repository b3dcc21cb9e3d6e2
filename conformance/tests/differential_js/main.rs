//! Conversations with the JetStream API, played to our server and compared with what
//! the Go server answers.
//!
//! `recorded/` holds the answers of the Go server, release 2.14.5, so that every
//! run compares with them. Where a Go server of that series is installed, it is
//! played the conversations again, and its answers have to be the recorded ones; and
//! conversations with restarts are played with the two servers taking turns on one
//! store directory. Where ours differs on purpose, `DIFFERENCES` says why.

mod answers;
mod connection;
mod differences;
#[path = "../differential/expectations.rs"]
mod expectations;
mod player;
mod script;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use conformance::peer;

use self::differences::DIFFERENCES;
use self::expectations::recorded;
use self::player::Servers;
use self::script::Script;

/// Conversations that are played at the same time.
const AT_ONCE: usize = 4;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential_js")
}

/// The files of conversations, without their ending.
fn areas() -> Vec<String> {
    let mut areas: Vec<String> = std::fs::read_dir(folder().join("scripts"))
        .expect("the conversations are there")
        .filter_map(|entry| {
            let path = entry.expect("a folder can be read").path();
            Some(path.file_stem()?.to_str()?.to_owned())
        })
        .collect();
    areas.sort();
    areas
}

fn scripts(area: &str) -> Vec<Script> {
    let path = folder().join("scripts").join(format!("{area}.txt"));
    Script::parse(&std::fs::read_to_string(path).expect("the conversations are there"))
}

/// The file of recorded answers.
fn recorded_in(area: &str) -> PathBuf {
    folder().join("recorded").join(format!("{area}.txt"))
}

/// Plays conversations and returns the answers by conversation.
fn play(scripts: &[Script], servers: &Servers) -> BTreeMap<String, String> {
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(script) = scripts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let played = player::play(script, servers);
                    let mut answers = answers.lock().expect("no conversation panics");
                    answers.insert(script.name.clone(), played);
                }
            });
        }
    });
    answers.into_inner().expect("no conversation panics")
}

/// What ours has to answer.
fn expected(area: &str) -> BTreeMap<String, String> {
    expectations::expected(&recorded_in(area), DIFFERENCES)
}

/// Steps and what was answered to each.
fn blocks(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut blocks: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in text.lines() {
        match blocks.last_mut() {
            Some((_, answers)) if line.get(1..3) == Some("< ") || line.starts_with('(') => {
                answers.push(line);
            }
            _ => blocks.push((line, Vec::new())),
        }
    }
    blocks
}

/// Reports the answers that differ.
fn compare(name: &str, expected: &str, got: &str, report: &mut String) {
    if expected == got {
        return;
    }
    writeln!(report, "=== {name}").expect("a string takes text");
    let (expected, got) = (blocks(expected), blocks(got));
    for at in 0..expected.len().max(got.len()) {
        let none = ("(nothing)", Vec::new());
        let expected = expected.get(at).unwrap_or(&none);
        let got = got.get(at).unwrap_or(&none);
        if expected != got {
            writeln!(
                report,
                "{}\n  expected: {}\n  got:      {}",
                expected.0,
                expected.1.join("\n            "),
                got.1.join("\n            ")
            )
            .expect("a string takes text");
        }
    }
}

fn check(area: &str, servers: &Servers, expected: &BTreeMap<String, String>) -> String {
    let scripts = scripts(area);
    let mut report = String::new();
    let answers = play(&scripts, servers);
    for (name, answer) in &answers {
        let expected = expected.get(name).map_or("(not recorded)", String::as_str);
        compare(&format!("{area}: {name}"), expected, answer, &mut report);
    }
    assert_eq!(expected.len(), answers.len(), "conversations of {area}");
    report
}

#[test]
fn conversations_are_answered_as_recorded() {
    let mut report = String::new();
    for area in areas() {
        report.push_str(&check(&area, &Servers::ours(), &expected(&area)));
    }
    assert!(report.is_empty(), "\n{report}");
}

/// The recorded answers are those of a Go server.
#[test]
fn the_go_server_answers_as_recorded() {
    let Some(program) = peer::go_server() else {
        eprintln!(
            "skipped: no Go server 2.14 is installed (see {})",
            peer::VARIABLE
        );
        return;
    };
    let mut report = String::new();
    for area in areas() {
        let recorded = recorded(&recorded_in(&area));
        let again = || check(&area, &Servers::one(&program), &recorded);
        // Its counts of messages to come lag behind now and then.
        if !again().is_empty() {
            report.push_str(&again());
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

/// Each server goes on with the files of the other.
#[test]
fn servers_take_over_from_each_other() {
    let Some(program) = peer::go_server() else {
        eprintln!("skipped: no Go server 2.14 is installed");
        return;
    };
    let area = "restarts";
    let mut report = String::new();
    for servers in [Servers::ours_then(&program), Servers::then_ours(&program)] {
        report.push_str(&check(area, &servers, &expected(area)));
    }
    assert!(report.is_empty(), "\n{report}");
}

/// There are as many conversations as there have to be.
#[test]
fn there_are_many_conversations() {
    let count: usize = areas().iter().map(|area| scripts(area).len()).sum();
    assert!(count >= 80, "{count}");
}

/// Writes the recorded answers anew, from the Go server.
#[test]
#[ignore = "writes into the source"]
fn record() {
    let program = peer::go_server().expect("a Go server 2.14 is installed");
    let only = std::env::var("AREA").ok();
    for area in areas() {
        if only.as_ref().is_some_and(|only| *only != area) {
            continue;
        }
        let mut text = String::new();
        for (name, answers) in play(&scripts(&area), &Servers::one(&program)) {
            write!(text, "=== {name}\n{answers}").expect("a string takes text");
        }
        std::fs::write(recorded_in(&area), text).expect("answers can be written");
    }
}
