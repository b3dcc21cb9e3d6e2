//! Go: `server/config_check_test.go`: what is wrong with configurations, and where.

use std::fs;

use conformance::go_test;
use nats_server::Options;
use nats_server::config::LoadError;

use super::opts_support::Folder;

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
    let folder = Folder::enter();
    // A file sees the variables of those that it includes, at any depth.
    fs::write("inner.conf", "authorization = { pass = pw, user = me }").unwrap();
    fs::write("outer.conf", "include './inner.conf'\nweb = 8222").unwrap();
    let options = folder
        .load("include './outer.conf'\nhttp_port = $web")
        .unwrap();
    assert_eq!((options.http_port, options.username.as_str()), (8222, "me"));
    // What is wrong in an included file is reported with that file's name and place.
    fs::write("outer.conf", "include './inner.conf'\n\n    web = 8222").unwrap();
    let error = folder.load("include './outer.conf'").unwrap_err();
    let error = error.to_string();
    assert!(
        error.ends_with("outer.conf:3:5: unknown field \"web\"\n"),
        "{error}"
    );
}

/// A configuration with seven errors and a warning.
const MULTIPLE_ERRORS: &str = "\
cluster = {
    authorization = { users = [] }
}
write_deadline = 5
no_such_field = 1
accounts = {
    GOOD = {
        nkey = ADQ62QYPZNV7LRQDXNYIT5RWSZKU4Z7MDTKSZO3F4OYU6PGBN6LLY4GO
        users = [{ nkey = UC7JHXMGJ2XIDAOKXRVVBXREUI2Q7WNFBUUNXC4BS2USVOINRGYP6SFJ }]
    }
    ONE = {
        users = [
            {
                nkey = XONEUSER
            }
        ]
        nkey = XONE
    }
    TWO = {
        nkey = XTWO
        users = [
            {
                nkey = XTWOUSER
            }
        ]
    }
}
authorization = { token = t, pass = p, user = u }
";

go_test!(
    273,
    "config_check_test",
    "TestConfigCheckMultipleErrors",
    multiple_errors
);
fn multiple_errors() {
    let folder = Folder::enter();
    let path = folder.write(MULTIPLE_ERRORS);
    let error = Options::from_file(&path).unwrap_err();
    let shown = error.to_string();
    let LoadError::Values { errors, warnings } = error else {
        panic!("{shown}");
    };
    assert_eq!(warnings.len(), 1, "{shown}");
    // The Go server finds 7 or 8, by the order in which it looks.
    assert_eq!(errors.len(), 7, "{shown}");
    for (place, text) in [
        (
            "4:1",
            "invalid use of field \"write_deadline\": write_deadline should be converted to a \
             duration",
        ),
        ("28:1", "Cannot have a user/pass and token"),
        ("5:1", "unknown field \"no_such_field\""),
        ("2:5", "Cluster authorization does not allow multiple users"),
        ("17:9", "Not a valid public nkey for an account: \"XONE\""),
        ("14:17", "Not a valid public nkey for a user"),
        ("20:9", "Not a valid public nkey for an account: \"XTWO\""),
        ("23:17", "Not a valid public nkey for a user"),
    ] {
        let line = format!("{}:{place}: {text}\n", path.display());
        assert!(shown.contains(&line), "{line} not in:\n{shown}");
    }
}
