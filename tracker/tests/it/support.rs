//! Runs the program in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A folder with a copy of the committed ledger.
pub(crate) struct Bench {
    folder: TempDir,
}

/// What the program answered.
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Bench {
    /// A copy of the committed ledger as it was imported: no batch started, so
    /// that the tests do not depend on how far the port is.
    pub(crate) fn new() -> Self {
        let bench = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        std::fs::copy(committed(), bench.path("committed.db")).unwrap();
        let dump = bench.tracker(&["dump", "committed.db"]).ok();
        std::fs::write(bench.path("fresh.txt"), fresh(&dump)).unwrap();
        bench.tracker(&["load", "fresh.txt"]).ok();
        bench
    }

    /// Like `new`, with batch 0 started.
    pub(crate) fn started() -> Self {
        let bench = Self::new();
        bench.tracker(&["batch", "start", "0"]).ok();
        bench
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The ledger's path.
    pub(crate) fn db(&self) -> PathBuf {
        self.path("porting.db")
    }

    /// A command of the program, not yet run.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tracker"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .env("NO_COLOR", "1");
        command
    }

    /// Runs the program.
    pub(crate) fn tracker(&self, args: &[&str]) -> Answer {
        Answer::new(self.command(args).output().unwrap())
    }

    /// Runs the program and reads its JSON.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let mut args = args.to_vec();
        args.push("--json");
        serde_json::from_str(&self.tracker(&args).ok()).unwrap()
    }

    /// Runs git in the folder.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git")
            .args([
                "-c",
                "user.name=Tester",
                "-c",
                "user.email=tester@example.com",
            ])
            .args(["-c", "commit.gpgsign=false"])
            .args(args)
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The statuses of features, from a list such as `1-3`.
    pub(crate) fn statuses(&self, ids: &str) -> Vec<String> {
        let list = self.json(&["feature", "list", "--ids", ids]);
        let items = list.as_array().unwrap().iter();
        items
            .map(|item| item["status"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Answer {
    fn new(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The output of a command that has to have worked.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self.out
    }

    /// The message of a command that has to have been refused.
    #[track_caller]
    pub(crate) fn refused(self) -> String {
        assert_eq!(self.code, 2, "{}{}", self.out, self.err);
        assert!(self.err.starts_with("tracker: "), "{}", self.err);
        self.err
    }

    /// The message of a check that has to have failed.
    #[track_caller]
    pub(crate) fn failed(self) -> String {
        assert_eq!(self.code, 1, "{}{}", self.out, self.err);
        format!("{}{}", self.out, self.err)
    }
}

/// The committed ledger.
pub(crate) fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../porting.db")
}

/// A dump without anything that was done since the import.
fn fresh(dump: &str) -> String {
    let mut table = String::new();
    let mut out = String::new();
    for line in dump.lines() {
        let mut value: Value = serde_json::from_str(line).unwrap();
        if let Some(name) = value.get("table").and_then(Value::as_str) {
            table = name.to_owned();
        } else {
            let row = value.as_array_mut().unwrap();
            match table.as_str() {
                "feature" | "test" => {
                    let standing = row.len() - 5;
                    row[standing] = "not_started".into();
                    row[standing + 1..].fill("".into());
                }
                "batch" => row[3] = "not_started".into(),
                "library" => row[2..].fill("".into()),
                "meta" | "module" => {}
                _ => continue,
            }
        }
        out.push_str(&format!("{value}\n"));
    }
    out
}
