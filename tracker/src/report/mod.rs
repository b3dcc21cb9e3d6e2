//! Reports: the same ledger and source give the same bytes, so CI can write
//! them again and compare. Every time in them comes from the ledger.

mod chart;
mod data;
mod html;
mod markdown;

use std::path::Path;

use anyhow::Context;

pub use data::{Day, Reason, Report, Row, Tally};
pub use html::html;
pub use markdown::{batch, markdown, readme_block};

use crate::error::Result;

/// Where the reports are, from the workspace's root.
pub const MARKDOWN: &str = "reports/current.md";
/// The page.
pub const HTML: &str = "reports/index.html";
/// The figures in the README stand between these lines.
pub const BEGIN: &str = "<!-- ledger: begin -->";
/// End of the figures in the README.
pub const END: &str = "<!-- ledger: end -->";

/// Every file that a report is written to, with what belongs in it. The README
/// is among them when it has the marks for its figures.
pub fn files(report: &Report, root: &Path) -> Result<Vec<(&'static str, String)>> {
    let mut files = vec![(MARKDOWN, markdown(report)), (HTML, html(report))];
    let readme = root.join("README.md");
    if let Ok(text) = std::fs::read_to_string(&readme)
        && let Some(renewed) = with_figures(&text, &readme_block(report))
    {
        files.push(("README.md", renewed));
    }
    Ok(files)
}

/// Writes all reports; returns the paths that changed.
pub fn write(report: &Report, root: &Path) -> Result<Vec<&'static str>> {
    let mut changed = Vec::new();
    std::fs::create_dir_all(root.join("reports")).context("cannot make the reports folder")?;
    for (path, text) in files(report, root)? {
        let target = root.join(path);
        if std::fs::read_to_string(&target).is_ok_and(|found| found == text) {
            continue;
        }
        std::fs::write(&target, text).with_context(|| format!("cannot write {path}"))?;
        changed.push(path);
    }
    Ok(changed)
}

fn with_figures(text: &str, block: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{block}{END}{after}"))
}
