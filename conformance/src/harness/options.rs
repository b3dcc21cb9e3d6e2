//! The command line: libtest's, and our own flags beside it.

use std::collections::BTreeSet;

use anyhow::{Context, bail, ensure};
use libtest_mimic::Arguments;

use super::plan::{Plan, Planned};

/// What the command line asks for.
#[derive(Debug)]
pub struct Options {
    /// libtest's own arguments.
    pub libtest: Arguments,
    /// `--ids`: only these Go tests.
    pub ids: Option<BTreeSet<u32>>,
}

impl Options {
    /// Reads the process's arguments. libtest's errors end the process, as
    /// they do under any test binary.
    pub fn from_args() -> anyhow::Result<Self> {
        let mut ids = None;
        let mut rest = Vec::new();
        let mut args = std::env::args();
        while let Some(arg) = args.next() {
            if arg == "--ids" {
                ids = Some(parse_ids(
                    &args.next().context("--ids wants a list such as 7,8-10")?,
                )?);
            } else if let Some(list) = arg.strip_prefix("--ids=") {
                ids = Some(parse_ids(list)?);
            } else {
                rest.push(arg);
            }
        }
        Ok(Self {
            libtest: Arguments::from_iter(rest),
            ids,
        })
    }

    /// The tests that the arguments choose. `--exact` or `--ids` without a
    /// match is an error; a mere filter may match nothing, since `cargo test
    /// --workspace FILTER` hands it to every binary.
    pub fn select(&self, plan: &Plan) -> anyhow::Result<Vec<Planned>> {
        if let Some(ids) = &self.ids {
            let unknown: Vec<String> = ids
                .iter()
                .filter(|id| !plan.tests.iter().any(|test| test.id == **id))
                .map(u32::to_string)
                .collect();
            ensure!(
                unknown.is_empty(),
                "--ids: no Go test has ID {}",
                unknown.join(", ")
            );
        }
        let selected: Vec<Planned> = plan
            .tests
            .iter()
            .filter(|test| self.wants(test))
            .cloned()
            .collect();
        if selected.is_empty() && (self.libtest.exact || self.ids.is_some()) {
            bail!("no test matches; nothing was run");
        }
        Ok(selected)
    }

    /// libtest's arguments once the selection has been made.
    pub fn without_filters(&self) -> Arguments {
        Arguments {
            filter: None,
            skip: Vec::new(),
            exact: false,
            ..self.libtest.clone()
        }
    }

    fn wants(&self, test: &Planned) -> bool {
        let name = test.trial_name();
        let hit = |filter: &String| {
            if self.libtest.exact {
                name == *filter
            } else {
                name.contains(filter.as_str())
            }
        };
        self.ids.as_ref().is_none_or(|ids| ids.contains(&test.id))
            && self.libtest.filter.as_ref().is_none_or(hit)
            && !self.libtest.skip.iter().any(hit)
            && (!self.libtest.ignored || test.ignored.is_some())
            && !self.libtest.bench
    }
}

/// Reads a list of IDs and ranges: `7,8-10`.
fn parse_ids(list: &str) -> anyhow::Result<BTreeSet<u32>> {
    let mut ids = BTreeSet::new();
    for part in list.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| {
            text.trim()
                .parse::<u32>()
                .with_context(|| format!("--ids: `{part}` is not an ID"))
        };
        let (first, last) = (number(first)?, number(last)?);
        ensure!(first <= last, "--ids: range `{part}` is reversed");
        ensure!(last - first < 100_000, "--ids: range `{part}` is too long");
        for id in first..=last {
            ensure!(ids.insert(id), "--ids: ID {id} is given twice");
        }
    }
    Ok(ids)
}
