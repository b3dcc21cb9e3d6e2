//! Gates that change together with what they judge.

use std::fs;
use std::path::Path;
use std::process::Command;

use tracker::gate::loosened;

fn git(root: &Path, args: &[&str]) {
    let who = [
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@localhost",
        "-c",
        "commit.gpgsign=false",
    ];
    let output = Command::new("git")
        .args(who)
        .args(args)
        .current_dir(root)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn repository() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    git(root.path(), &["init", "-q"]);
    for path in [
        "tracker/src/gate/scan.rs",
        "tracker/src/cli.rs",
        "tracker/tests/gates/honest/a.rs",
    ] {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "before").unwrap();
    }
    git(root.path(), &["add", "-A"]);
    git(root.path(), &["commit", "-qm", "base"]);
    root
}

#[test]
fn a_changed_gate_is_found_committed_or_not() {
    let root = repository();
    assert_eq!(loosened(root.path(), "HEAD"), []);
    fs::write(root.path().join("tracker/src/cli.rs"), "after").unwrap();
    assert_eq!(loosened(root.path(), "HEAD"), [], "not a gate");
    fs::write(root.path().join("tracker/src/gate/scan.rs"), "after").unwrap();
    let paths = |base: &str| -> Vec<String> {
        let found = loosened(root.path(), base);
        assert!(found.iter().all(|finding| finding.class == "loosened-gate"));
        found
            .iter()
            .map(|finding| finding.path.display().to_string())
            .collect()
    };
    assert_eq!(paths("HEAD"), ["tracker/src/gate/scan.rs"]);
    git(root.path(), &["commit", "-qam", "change"]);
    assert_eq!(paths("HEAD~1"), ["tracker/src/gate/scan.rs"]);
    fs::write(root.path().join("tracker/tests/gates/honest/b.rs"), "new").unwrap();
    assert_eq!(paths("HEAD"), ["tracker/tests/gates/honest/b.rs"]);
    fs::remove_file(root.path().join("tracker/tests/gates/honest/a.rs")).unwrap();
    assert_eq!(paths("HEAD").len(), 2);
}

#[test]
fn a_base_that_git_does_not_know_is_no_pass() {
    for base in ["no-such-commit", "--output=x"] {
        let found = loosened(repository().path(), base);
        assert_eq!(found.len(), 1, "{base}");
        assert!(
            found[0].message.contains("git can't tell"),
            "{}",
            found[0].message
        );
    }
}
