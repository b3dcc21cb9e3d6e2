//! Catalogue and declarations brought together.

use std::collections::HashMap;

use anyhow::bail;

use super::catalogue::{Catalogue, Disposition, Row};
use super::declaration::GoTest;

/// What the harness knows of one Go test.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The Go test's ID.
    pub id: u32,
    /// Stem of the Go file.
    pub file: String,
    /// The Go function.
    pub name: String,
    /// Its Rust test, if it is mapped.
    pub test: Option<fn() -> anyhow::Result<()>>,
    /// Why it is not run by default.
    pub ignored: Option<String>,
}

impl Planned {
    fn new(row: &Row<'_>, test: Option<&GoTest>) -> Self {
        let ignored = match row.disposition {
            Disposition::Deferred => Some(format!("deferred: {}", row.reason)),
            Disposition::NotApplicable => Some(format!("n_a: {}", row.reason)),
            Disposition::Run if test.is_none() => Some("unmapped: no Rust test yet".to_owned()),
            Disposition::Run => None,
        };
        Self {
            id: row.id,
            file: row.stem().to_owned(),
            name: row.name.to_owned(),
            test: test.map(|test| test.body),
            ignored,
        }
    }

    /// The trial's name: `T0007::seqset_test::TestSeqSetBasics`.
    pub fn trial_name(&self) -> String {
        format!("T{:04}::{}::{}", self.id, self.file, self.name)
    }
}

/// Every Go test with its Rust test, by ascending ID.
#[derive(Debug)]
pub struct Plan {
    /// All of them, whether they run or not.
    pub tests: Vec<Planned>,
}

impl Plan {
    /// Brings catalogue and declarations together.
    ///
    /// Fails, naming every offender, if an ID is declared twice, is not in the
    /// catalogue, disagrees with it in file or name, or is mapped although it
    /// is not applicable.
    pub fn new(catalogue: &Catalogue<'_>, tests: &[GoTest]) -> anyhow::Result<Self> {
        let mut declared: HashMap<u32, &GoTest> = HashMap::with_capacity(tests.len());
        let mut faults = Vec::new();
        for test in tests {
            if let Some(fault) = disagreement(catalogue.row(test.id), test) {
                faults.push(format!("{}: {fault}", place(test)));
            }
            if let Some(first) = declared.insert(test.id, test) {
                let id = test.id;
                faults.push(format!(
                    "{}: ID {id} is also declared at {}",
                    place(test),
                    place(first)
                ));
            }
        }
        if !faults.is_empty() {
            faults.sort();
            bail!("declarations do not hold:\n  {}", faults.join("\n  "));
        }
        let tests = catalogue
            .rows()
            .iter()
            .map(|row| Planned::new(row, declared.get(&row.id).copied()))
            .collect();
        Ok(Self { tests })
    }
}

fn disagreement(row: Option<&Row<'_>>, test: &GoTest) -> Option<String> {
    let GoTest { id, file, name, .. } = test;
    let Some(row) = row else {
        return Some(format!("ID {id} is not in the catalogue"));
    };
    if row.stem() != *file || row.name != *name {
        return Some(format!(
            "ID {id} is {}::{}, not {file}::{name}",
            row.stem(),
            row.name
        ));
    }
    (row.disposition == Disposition::NotApplicable)
        .then(|| format!("ID {id} is mapped, but not applicable: {}", row.reason))
}

fn place(test: &GoTest) -> String {
    let (file, line) = test.declared_at;
    format!("{file}:{line}")
}
