//! `conformance/catalogue.tsv`: the tests and what the ledger wants done with
//! each, for the harness to embed.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context;

use crate::db::{Kind, Status, Store};
use crate::error::Result;

/// Where the catalogue is, from the workspace's root.
pub const PATH: &str = "conformance/catalogue.tsv";

/// The catalogue as the ledger wants it.
pub fn text(store: &Store<'_>) -> Result<String> {
    let mut out = String::from("id\tmodule\tfile\tname\tdisposition\treason\n");
    for test in store.items(Kind::Test)? {
        let disposition = match test.status {
            Status::Deferred => "deferred",
            Status::NotApplicable => "n_a",
            _ => "run",
        };
        writeln!(
            out,
            "{}\t{}\t{}\t{}\t{disposition}\t{}",
            test.id(),
            test.facts.module,
            test.facts.file,
            test.facts.name,
            test.reason.replace(['\t', '\n', '\r'], " ")
        )?;
    }
    Ok(out)
}

/// Brings the file up to date. Called by every writing command before it
/// commits, while it is the only writer. Does nothing where there is no
/// `conformance` folder.
pub fn refresh(store: &Store<'_>, root: &Path) -> Result<()> {
    let path = root.join(PATH);
    let Some(folder) = path.parent().filter(|folder| folder.is_dir()) else {
        return Ok(());
    };
    let wanted = text(store)?;
    if std::fs::read_to_string(&path).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    let mut file = tempfile::NamedTempFile::new_in(folder)
        .with_context(|| format!("cannot write in {}", folder.display()))?;
    file.write_all(wanted.as_bytes())?;
    // A temporary file is private to its owner; this one is source.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file()
            .set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.persist(&path)
        .with_context(|| format!("cannot replace {}", path.display()))?;
    Ok(())
}
