//! Reads files of a commit through the `git` program.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::error::{Result, refuse};

/// The full ID of a commit or tag; refuses a name that git does not know.
pub(super) fn resolve(git_dir: &Path, revision: &str) -> Result<String> {
    if revision.is_empty() || revision.starts_with('-') {
        return refuse(format!("\"{revision}\" is no commit"));
    }
    let output = git(git_dir)
        .args([
            "rev-parse",
            "--verify",
            "--quiet",
            &format!("{revision}^{{commit}}"),
        ])
        .output()
        .context("cannot run git")?;
    if !output.status.success() {
        return refuse(format!("{} holds no commit {revision}", git_dir.display()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The paths of all files below a folder, in git's order.
pub(super) fn list(git_dir: &Path, commit: &str, folder: &str) -> Result<Vec<String>> {
    let output = git(git_dir)
        .args(["ls-tree", "-r", "-z", "--name-only", commit, "--", folder])
        .output()
        .context("cannot run git")?;
    if !output.status.success() {
        bail!(
            "git ls-tree: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout)
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
        .collect())
}

/// The contents of several files, in the order asked for.
pub(super) fn read(git_dir: &Path, commit: &str, paths: &[String]) -> Result<Vec<Vec<u8>>> {
    let mut child = git(git_dir)
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run git")?;
    let mut requests = child.stdin.take().context("git has no input")?;
    let mut answers = BufReader::new(child.stdout.take().context("git has no output")?);
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        // One question, one answer: neither pipe can fill up.
        writeln!(requests, "{commit}:{path}")?;
        requests.flush()?;
        let mut header = String::new();
        answers.read_line(&mut header)?;
        let size = match header.split_whitespace().collect::<Vec<_>>().as_slice() {
            [_, "blob", size] => size.parse::<usize>()?,
            _ => bail!("git cat-file {path}: {}", header.trim()),
        };
        let mut content = vec![0; size + 1];
        answers.read_exact(&mut content)?;
        content.truncate(size);
        files.push(content);
    }
    drop(requests);
    let status = child.wait()?;
    if !status.success() {
        bail!("git cat-file ended with {status}");
    }
    Ok(files)
}

fn git(git_dir: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("--git-dir").arg(git_dir);
    command
}
