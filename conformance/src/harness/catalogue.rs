//! The catalogue: one row for every test of the Go server, fixed in number.
//!
//! Tab-separated, with a header line: `id`, `module` (Go package), `file` (path
//! of the Go file), `name`, `disposition` (`run`, `deferred` or `n_a`) and
//! `reason`, which only the last two carry. It is embedded in the harness, so
//! that start-up opens neither file nor database.

use anyhow::{Context, bail, ensure};

const HEADER: &str = "id\tmodule\tfile\tname\tdisposition\treason";

/// What is to become of a Go test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// It runs as soon as it is mapped.
    Run,
    /// It waits for something; the reason says what.
    Deferred,
    /// It can't apply here; the reason says why.
    NotApplicable,
}

/// One Go test.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// ID, from 1 without gaps.
    pub id: u32,
    /// Go package.
    pub module: &'a str,
    /// Path of the Go file from the Go repository's root.
    pub file: &'a str,
    /// Go function.
    pub name: &'a str,
    /// What is to become of it.
    pub disposition: Disposition,
    /// Why it is deferred or not applicable.
    pub reason: &'a str,
}

impl Row<'_> {
    /// The Go file's name without folder and `.go`.
    pub fn stem(&self) -> &str {
        let base = self.file.rsplit('/').next().unwrap_or(self.file);
        base.strip_suffix(".go").unwrap_or(base)
    }
}

/// All Go tests, by ascending ID.
#[derive(Debug)]
pub struct Catalogue<'a> {
    rows: Vec<Row<'a>>,
}

impl<'a> Catalogue<'a> {
    /// Reads the catalogue; every row has to be well formed and in its place.
    pub fn parse(text: &'a str) -> anyhow::Result<Self> {
        let mut lines = text.lines();
        ensure!(
            lines.next() == Some(HEADER),
            "catalogue: the header line is not `{HEADER}`"
        );
        let mut rows = Vec::with_capacity(4096);
        for (number, line) in (2..).zip(lines) {
            let row = parse_row(line).with_context(|| format!("catalogue line {number}"))?;
            ensure!(
                row.id as usize == rows.len() + 1,
                "catalogue line {number}: ID {} where {} was due",
                row.id,
                rows.len() + 1
            );
            rows.push(row);
        }
        Ok(Self { rows })
    }

    /// All rows, by ascending ID.
    pub fn rows(&self) -> &[Row<'a>] {
        &self.rows
    }

    /// The row of an ID.
    pub fn row(&self, id: u32) -> Option<&Row<'a>> {
        self.rows.get((id as usize).checked_sub(1)?)
    }
}

fn parse_row(line: &str) -> anyhow::Result<Row<'_>> {
    let mut fields = line.split('\t');
    let mut field = |name| fields.next().with_context(|| format!("no field `{name}`"));
    let id = field("id")?.parse().context("the ID is not a number")?;
    let module = field("module")?;
    let file = field("file")?;
    let name = field("name")?;
    let disposition = match field("disposition")? {
        "run" => Disposition::Run,
        "deferred" => Disposition::Deferred,
        "n_a" => Disposition::NotApplicable,
        other => bail!("unknown disposition `{other}`"),
    };
    let reason = field("reason")?;
    ensure!(fields.next().is_none(), "more than six fields");
    ensure!(
        !module.is_empty() && !file.is_empty() && !name.is_empty(),
        "an empty field"
    );
    ensure!(
        (disposition == Disposition::Run) == reason.trim().is_empty(),
        "a reason goes with `deferred` and `n_a`, and only with them"
    );
    Ok(Row {
        id,
        module,
        file,
        name,
        disposition,
        reason,
    })
}
