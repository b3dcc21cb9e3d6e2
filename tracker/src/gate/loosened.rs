//! Gates changed in the change that they judge.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Finding;

/// What must not change together with a promotion.
const GUARDED: &[&str] = &[
    "tracker/src/gate",
    "tracker/src/source",
    "tracker/tests/gates",
];

/// Which files of the gates and of their corpus differ from a base commit,
/// committed or not. The caller knows whether IDs were promoted since, and
/// counts these findings only then.
///
/// If git can't tell, that is a finding too: a gate doesn't pass unseen.
pub fn loosened(workspace: &Path, base: &str) -> Vec<Finding> {
    let finding = |path: PathBuf, message: String| Finding {
        class: "loosened-gate".to_owned(),
        subject: format!("changes since {base}"),
        path,
        line: 0,
        message,
    };
    match changed(workspace, base) {
        Ok(paths) => paths
            .into_iter()
            .map(|path| {
                let message = "a gate was changed together with what it judges".to_owned();
                finding(PathBuf::from(path), message)
            })
            .collect(),
        Err(error) => vec![finding(
            PathBuf::new(),
            format!("git can't tell: {error:#}"),
        )],
    }
}

fn changed(workspace: &Path, base: &str) -> anyhow::Result<Vec<String>> {
    anyhow::ensure!(!base.starts_with('-'), "`{base}` is no commit");
    let mut paths = git(
        workspace,
        &["diff", "--name-only", "--no-renames", base, "--"],
    )?;
    paths.extend(git(
        workspace,
        &["ls-files", "--others", "--exclude-standard", "--"],
    )?);
    paths.sort();
    paths.dedup();
    Ok(paths)
}

fn git(workspace: &Path, args: &[&str]) -> anyhow::Result<Vec<String>> {
    let output = Command::new("git")
        .args(args)
        .args(GUARDED)
        .current_dir(workspace)
        .output()?;
    anyhow::ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr).trim().to_owned()
    );
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect())
}
