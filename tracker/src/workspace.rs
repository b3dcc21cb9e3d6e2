//! Facts about the working tree that evidence records.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::db::digest;
use crate::error::Result;

/// The folders and files that a proof depends on.
const PROVING: &[&str] = &[
    "server",
    "conformance",
    "tracker",
    "Cargo.toml",
    "Cargo.lock",
];
/// Written by the tracker itself from the ledger.
const DERIVED: &str = "conformance/catalogue.tsv";

/// A workspace and its git repository.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The folder that holds `Cargo.toml`.
    pub root: PathBuf,
}

/// The state of the tree at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeState {
    /// Commit ID of HEAD.
    pub commit: String,
    /// Whether files that a proof depends on differ from the commit.
    pub dirty: bool,
    /// Hash over the committed files that a proof depends on.
    pub tree: String,
    /// `rustc --version`.
    pub toolchain: String,
    /// SHA-256 of Cargo.lock.
    pub lock_hash: String,
}

impl Workspace {
    /// The workspace at a folder.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// Whether there is a server crate to look at.
    pub fn has_sources(&self) -> bool {
        self.root.join("server/src").is_dir()
    }

    /// The name in `git config user.name`, or the login name.
    pub fn who(&self) -> String {
        self.git(&["config", "user.name"])
            .ok()
            .filter(|name| !name.is_empty())
            .or_else(|| std::env::var("USER").ok())
            .unwrap_or_else(|| "unknown".to_owned())
    }

    /// Reads the state of the tree.
    pub fn state(&self) -> Result<TreeState> {
        let commit = self
            .git(&["rev-parse", "HEAD"])
            .context("proofs need a git commit")?;
        let mut status = vec!["status", "--porcelain", "--untracked-files=all", "--"];
        status.extend(PROVING);
        let changes = self.git_raw(&status)?;
        let dirty = changes.lines().any(|line| line.get(3..) != Some(DERIVED));
        let mut list = vec!["ls-tree", "-r", "HEAD", "--"];
        list.extend(PROVING);
        let files = self.git_raw(&list)?;
        let tree = digest(files.lines().filter(|line| !line.ends_with(DERIVED)));
        let lock = std::fs::read_to_string(self.root.join("Cargo.lock")).unwrap_or_default();
        Ok(TreeState {
            commit,
            dirty,
            tree,
            toolchain: toolchain()?,
            lock_hash: digest([lock.as_str()]),
        })
    }

    /// Runs git here and returns what it printed, trimmed.
    pub fn git(&self, args: &[&str]) -> Result<String> {
        Ok(self.git_raw(args)?.trim().to_owned())
    }

    fn git_raw(&self, args: &[&str]) -> Result<String> {
        let output = Command::new("git")
            .arg("-C")
            .arg(&self.root)
            .args(args)
            .output()
            .context("cannot run git")?;
        if !output.status.success() {
            let problem = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            anyhow::bail!("git {}: {problem}", args.first().unwrap_or(&""));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn toolchain() -> Result<String> {
    let output = Command::new("rustc")
        .arg("--version")
        .output()
        .context("cannot run rustc")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
