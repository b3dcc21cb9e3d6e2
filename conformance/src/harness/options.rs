//! The command line: libtest's, and our own flags beside it.

use std::collections::BTreeSet;

use anyhow::{Context, bail, ensure};
use libtest_mimic::Arguments;

use super::plan::{Plan, Planned};

/// Seconds after which a test fails, unless `--limit` says otherwise: Go's
/// own default for a whole package.
const LIMIT_SECS: u64 = 600;

/// What the command line asks for.
#[derive(Debug)]
pub struct Options {
    /// libtest's own arguments.
    pub libtest: Arguments,
    /// `--ids`: only these Go tests.
    pub ids: Option<BTreeSet<u32>>,
    /// `--limit`: seconds after which a test fails.
    pub limit_secs: u64,
}

impl Options {
    /// Reads the process's arguments, the program's name included. libtest's
    /// errors end the process, as they do under any test binary.
    pub fn parse(args: Vec<String>) -> anyhow::Result<Self> {
        let (mut ids, mut limit_secs) = (None, LIMIT_SECS);
        let mut rest = Vec::new();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            let (flag, inline) = match arg.split_once('=') {
                Some((flag, value)) => (flag, Some(value.to_owned())),
                None => (arg.as_str(), None),
            };
            if !matches!(flag, "--ids" | "--limit") {
                rest.push(arg);
                continue;
            }
            let value = inline
                .or_else(|| args.next())
                .with_context(|| format!("{arg}: no value"))?;
            if flag == "--ids" {
                ids = Some(parse_ids(&value)?);
            } else {
                limit_secs = value.parse().context("--limit wants whole seconds")?;
            }
        }
        Ok(Self {
            libtest: Arguments::from_iter(rest),
            ids,
            limit_secs,
        })
    }

    /// Whether ignored tests are to be run.
    pub fn forced(&self) -> bool {
        self.libtest.ignored || self.libtest.include_ignored
    }

    /// The tests that the arguments choose. `--exact` or `--ids` without a
    /// match is an error; a mere filter may match nothing, since `cargo test
    /// --workspace FILTER` hands it to every binary.
    pub fn select(&self, plan: Plan) -> anyhow::Result<Vec<Planned>> {
        if let Some(ids) = &self.ids {
            let known: BTreeSet<u32> = plan.tests.iter().map(|test| test.id).collect();
            let unknown: Vec<String> = ids.difference(&known).map(u32::to_string).collect();
            ensure!(
                unknown.is_empty(),
                "--ids: no Go test has ID {}",
                unknown.join(", ")
            );
        }
        let selected: Vec<Planned> = plan
            .tests
            .into_iter()
            .filter(|test| self.wants(test))
            .collect();
        if selected.is_empty() && (self.libtest.exact || self.ids.is_some()) {
            bail!("no test matches; nothing was run");
        }
        let idle = !self.libtest.list && !self.forced();
        if self.ids.is_some() && idle && selected.iter().all(|test| test.ignored.is_some()) {
            let first = selected.first().and_then(|test| test.ignored.as_deref());
            bail!(
                "--ids: all are ignored; nothing was run ({})",
                first.unwrap_or_default()
            );
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
