//! Scripts of raw protocol, played to our server and compared with what the Go
//! server answers.
//!
//! `recorded/` holds the answers of the Go server, release 2.14.5, so that every
//! run compares with them. Where a Go server of that series is installed, it is
//! played the scripts again, and its answers have to be the recorded ones. Where
//! ours differs on purpose, `DIFFERENCES` says why.

mod expectations;
mod script;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use conformance::peer;

use self::expectations::{Difference, recorded};
use self::script::Script;

/// Where answers differ from the Go server's on purpose.
const DIFFERENCES: &[Difference] = &[
    Difference {
        recorded: "A< MSG news.c 1 1 | 3\\r\\n\n",
        ours: "",
        scripts: &["stream-import-unsubscribed"],
        reason: "The Go server forgets the limit of UNSUB for what it imports.",
    },
    Difference {
        recorded: ",\"xkey\":\"*\"",
        ours: "",
        scripts: &[
            "info-keys",
            "info-keys-with-authorization",
            "no-headers-server",
            "nkey-without-signature",
            "only-the-system-account-has-users",
        ],
        reason: "The key is for auth callout, which is not there yet.",
    },
];

/// The files of scripts.
const AREAS: [&str; 6] = [
    "protocol",
    "subscriptions",
    "headers",
    "security",
    "imports",
    "accounts",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential")
}

fn scripts(area: &str) -> Vec<Script> {
    let path = folder().join("scripts").join(format!("{area}.txt"));
    Script::parse(&std::fs::read_to_string(path).expect("the scripts are there"))
}

/// The file of recorded answers.
fn recorded_in(area: &str) -> PathBuf {
    folder().join("recorded").join(format!("{area}.txt"))
}

/// Plays all scripts of an area and returns the answers by script.
fn play(area: &str, program: Option<&Path>) -> BTreeMap<String, String> {
    scripts(area)
        .iter()
        .map(|script| {
            let answers = script
                .play(program)
                .unwrap_or_else(|error| format!("(failed: {error:#})\n"));
            (script.name.clone(), answers)
        })
        .collect()
}

/// What ours has to answer.
fn expected(area: &str) -> BTreeMap<String, String> {
    expectations::expected(&recorded_in(area), DIFFERENCES)
}

fn check(area: &str, expected: &BTreeMap<String, String>, answers: &BTreeMap<String, String>) {
    let mut report = String::new();
    for (name, answer) in answers {
        let expected = expected
            .get(name)
            .map_or("(not recorded)\n", String::as_str);
        if expected != answer {
            writeln!(
                report,
                "=== {area}: {name}\nexpected:\n{expected}got:\n{answer}"
            )
            .expect("a string takes text");
        }
    }
    assert_eq!(
        expected.len(),
        answers.len(),
        "scripts and recorded answers"
    );
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn protocol_is_answered_as_recorded() {
    check("protocol", &expected("protocol"), &play("protocol", None));
}

#[test]
fn subscriptions_are_answered_as_recorded() {
    check(
        "subscriptions",
        &expected("subscriptions"),
        &play("subscriptions", None),
    );
}

#[test]
fn headers_are_answered_as_recorded() {
    check("headers", &expected("headers"), &play("headers", None));
}

#[test]
fn security_is_answered_as_recorded() {
    check("security", &expected("security"), &play("security", None));
}

#[test]
fn imports_are_answered_as_recorded() {
    check("imports", &expected("imports"), &play("imports", None));
}

#[test]
fn accounts_are_answered_as_recorded() {
    check("accounts", &expected("accounts"), &play("accounts", None));
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
    for area in AREAS {
        check(
            area,
            &recorded(&recorded_in(area)),
            &play(area, Some(&program)),
        );
    }
}

/// Writes the recorded answers anew, from the Go server.
#[test]
#[ignore = "writes into the source"]
fn record() {
    let program = peer::go_server().expect("a Go server 2.14 is installed");
    for area in AREAS {
        let mut text = String::new();
        for script in scripts(area) {
            let answers = script.play(Some(&program)).expect("a script can be played");
            write!(text, "=== {}\n{answers}", script.name).expect("a string takes text");
        }
        std::fs::write(recorded_in(area), text).expect("answers can be written");
    }
}
