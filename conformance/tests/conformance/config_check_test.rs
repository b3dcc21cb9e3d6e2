//! Go: `server/config_check_test.go`: what is wrong with configurations, and where.

use conformance::go_test;
use nats_server::Options;
use nats_server::config::LoadError;

use super::opts_support::{Folder, load};

/// The table of `TestConfigCheck`: a name, what is wrong, and the configuration.
const CASES: &str = include_str!("config_check_cases.txt");
/// How many rows the table has.
const CASE_COUNT: usize = 155;

go_test!(271, "config_check_test", "TestConfigCheck", config_check);
fn config_check() {
    let folder = Folder::enter();
    let mut checked = 0;
    let mut wrong = Vec::new();
    for case in CASES.split("=== ").skip(1) {
        if let Err(reason) = check(&folder, case) {
            wrong.push(reason);
        }
        checked += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(checked, CASE_COUNT);
}

/// Checks one row: its first line is its name, its second what is wanted, and the rest
/// is the configuration.
fn check(folder: &Folder, case: &str) -> Result<(), String> {
    let (name, rest) = case.split_once("\n--- ").unwrap();
    let (want, config) = rest.split_once('\n').unwrap();
    let path = folder.write(config.strip_suffix('\n').unwrap());
    let mut options = Options {
        check_config: true,
        ..Options::default()
    };
    let loaded = options.load(&path);
    let mut words = want.splitn(3, ' ');
    let kind = words.next().unwrap();
    let (place, text) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let message = if place == "0:0" {
        text.to_owned()
    } else {
        format!("{}:{place}: {text}", path.display())
    };
    let got = match (&loaded, kind) {
        (Ok(()), "good") if options.warnings.is_empty() => return Ok(()),
        (Ok(()), _) => options.warnings.iter().map(|w| format!("{w}\n")).collect(),
        (Err(error), _) => error.to_string(),
    };
    if kind != "good" && got.contains(&message) {
        return Ok(());
    }
    Err(format!(
        "{name}: wanted {want:?} ({message:?}), got {got:?}"
    ))
}

go_test!(
    272,
    "config_check_test",
    "TestConfigCheckIncludes",
    includes
);
fn includes() {
    let _folder = Folder::enter();
    let options = load("include_conf_check_a").unwrap();
    assert_eq!(
        (options.http_port, options.username.as_str()),
        (8222, "foo")
    );
    let error = load("include_bad_conf_check_a").unwrap_err().to_string();
    assert!(
        error.ends_with("include_bad_conf_check_b.conf:10:19: unknown field \"monitoring_port\"\n"),
        "{error}"
    );
}

go_test!(
    273,
    "config_check_test",
    "TestConfigCheckMultipleErrors",
    multiple_errors
);
fn multiple_errors() {
    let _folder = Folder::enter();
    let error = load("multiple_errors").unwrap_err();
    let shown = error.to_string();
    let LoadError::Values { errors, warnings } = error else {
        panic!("{shown}");
    };
    assert_eq!(warnings.len(), 1, "{shown}");
    // The Go server finds 7 or 8, by the order in which it looks.
    assert_eq!(errors.len(), 7, "{shown}");
    for (place, text) in [
        (
            "12:1",
            "invalid use of field \"write_deadline\": write_deadline should be converted to a \
             duration",
        ),
        ("2:1", "Cannot have a user/pass and token"),
        ("10:1", "unknown field \"monitoring\""),
        (
            "67:3",
            "Cluster authorization does not allow multiple users",
        ),
        (
            "21:5",
            "Not a valid public nkey for an account: \
             \"OC5GRL36RQV7MJ2GT6WQSCKDKJKYTK4T2LGLWJ2SEJKRDHFOQQWGGFQL\"",
        ),
        ("26:9", "Not a valid public nkey for a user"),
        (
            "36:5",
            "Not a valid public nkey for an account: \
             \"ODRZ42QBM7SXQDXXTSVWT2WLLFYOQGAFC4TO6WOAXHEKQHIXR4HFYJDS\"",
        ),
        ("41:9", "Not a valid public nkey for a user"),
    ] {
        let line = format!("./configs/multiple_errors.conf:{place}: {text}\n");
        assert!(shown.contains(&line), "{line} not in:\n{shown}");
    }
}
