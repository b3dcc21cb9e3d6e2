//! Reports as Markdown.

use std::fmt::Write;

use super::data::{Report, Row, Tally};
use crate::db::{Item, Kind, Status, Store};
use crate::error::Result;
use crate::ids;
use crate::render::percent;

/// The whole report.
pub fn markdown(report: &Report) -> String {
    let mut out = String::new();
    push(&mut out, format_args!("# Porting report\n"));
    push(
        &mut out,
        format_args!(
            "Baseline: nats-server {} at commit `{}`; {} modules.\n",
            report.version, report.commit, report.modules
        ),
    );
    out.push_str(&figures(report));
    section(&mut out, "Batches");
    out.push_str(
        "| batch | name | status | features | tests | settled |\n|--:|---|---|--:|--:|--:|\n",
    );
    for (batch, row) in &report.batches {
        let total = row.features.total() + row.tests.total();
        let done = row.features.settled() + row.tests.settled();
        push(
            &mut out,
            format_args!(
                "| {} | {} | {} | {} | {} | {} |",
                batch.id,
                batch.name,
                batch.status,
                share(&row.features),
                share(&row.tests),
                percent(done, total)
            ),
        );
    }
    section(&mut out, "Proof");
    proof(&mut out, report);
    section(&mut out, "Deferred and not applicable");
    reasons(&mut out, report);
    section(&mut out, "Overrides");
    if report.overrides.is_empty() {
        out.push_str("None.\n");
    }
    for row in &report.overrides {
        push(
            &mut out,
            format_args!(
                "- {} {} {}: {} -> {} by {}: {}",
                row.at, row.kind, row.subject, row.old, row.new, row.who, row.reason
            ),
        );
    }
    section(&mut out, "Burn-up");
    out.push_str("| day | verified features | verified tests | settled |\n|---|--:|--:|--:|\n");
    for day in &report.days {
        push(
            &mut out,
            format_args!(
                "| {} | {} | {} | {} |",
                day.date, day.features, day.tests, day.settled
            ),
        );
    }
    drift(&mut out, report);
    section(&mut out, "Libraries");
    out.push_str("| Go module | version | crate | reason |\n|---|---|---|---|\n");
    for l in &report.libraries {
        let krate = if l.krate.is_empty() {
            "undecided"
        } else {
            &l.krate
        };
        push(
            &mut out,
            format_args!(
                "| {} | {} | {krate} | {} |",
                l.go_module, l.version, l.reason
            ),
        );
    }
    table(&mut out, "Tests by kind", &report.kinds);
    table(&mut out, "Go files", &report.files);
    out
}

/// The figures for the README.
pub fn readme_block(report: &Report) -> String {
    figures(report)
}

fn figures(report: &Report) -> String {
    let mut out = String::from("\n| | total | ");
    out.push_str(
        &Status::ALL
            .map(|status| status.as_str().replace('_', " "))
            .join(" | "),
    );
    out.push_str(" |\n|---|--:|--:|--:|--:|--:|--:|--:|\n");
    for (name, tally) in [("features", &report.features), ("tests", &report.tests)] {
        let counts = Status::ALL
            .map(|status| tally.get(status).to_string())
            .join(" | ");
        push(
            &mut out,
            format_args!("| {name} | {} | {counts} |", tally.total()),
        );
    }
    push(
        &mut out,
        format_args!(
            "\n{} of {} batches complete.\n",
            report.batches_complete(),
            report.batches.len()
        ),
    );
    out
}

fn proof(out: &mut String, report: &Report) {
    if report.unproved.is_empty() {
        out.push_str("The evidence of every verified item holds for the present source.\n");
    }
    for (kind, id, name, word) in &report.unproved {
        push(out, format_args!("- {kind} {id} `{name}`: evidence {word}"));
    }
    for (id, name) in &report.flaky {
        push(out, format_args!("- test {id} `{name}`: flaky"));
    }
    for score in &report.mutations {
        push(
            out,
            format_args!(
                "- batch {}: {} of {} mutants noticed (features {}, {})",
                score.batch, score.killed, score.viable, score.features, score.at
            ),
        );
        for survivor in score.survivors.lines() {
            push(out, format_args!("  - survived: {survivor}"));
        }
    }
}

fn reasons(out: &mut String, report: &Report) {
    if report.reasons.is_empty() {
        out.push_str("None.\n");
    }
    for (status, reason, items) in &report.reasons {
        push(
            out,
            format_args!("- {status}: {reason} ({})", id_lists(items)),
        );
    }
    if !report.unblocked.is_empty() {
        push(
            out,
            format_args!(
                "\nThe blocker has gone for: {}.",
                id_lists(&report.unblocked)
            ),
        );
    }
}

fn drift(out: &mut String, report: &Report) {
    let Some((name, summary)) = &report.drift else {
        return;
    };
    section(out, "Drift");
    push(out, format_args!("From the baseline to {name}:\n"));
    out.push_str("| what | change | count |\n|---|---|--:|\n");
    for ((kind, change), count) in &summary.counts {
        push(out, format_args!("| {kind}s | {change} | {count} |"));
    }
    push(
        out,
        format_args!(
            "\nVerified here and touched there: {} features ({}), {} tests ({}).",
            summary.verified_features.len(),
            or_none(&summary.verified_features),
            summary.verified_tests.len(),
            or_none(&summary.verified_tests)
        ),
    );
}

/// One batch by item.
pub fn batch(store: &Store<'_>, id: u32) -> Result<String> {
    let batch = store.batch(id)?;
    let mut out = String::new();
    push(
        &mut out,
        format_args!("# Batch {id}: {}\n\nStatus: {}.", batch.name, batch.status),
    );
    for kind in [Kind::Feature, Kind::Test] {
        let items: Vec<Item> = store
            .items(kind)?
            .into_iter()
            .filter(|item| item.facts.batch == id)
            .collect();
        if items.is_empty() {
            continue;
        }
        section(
            &mut out,
            if kind == Kind::Feature {
                "Features"
            } else {
                "Tests"
            },
        );
        out.push_str("| id | name | place | status | Rust | reason |\n|--:|---|---|---|---|---|\n");
        for item in items {
            push(
                &mut out,
                format_args!(
                    "| {} | {} | {}:{} | {} | {} | {} |",
                    item.id(),
                    item.full_name(),
                    item.facts.file,
                    item.facts.line_start,
                    item.status,
                    item.rust.join(" "),
                    item.reason
                ),
            );
        }
    }
    Ok(out)
}

fn table(out: &mut String, title: &str, rows: &[Row]) {
    section(out, title);
    out.push_str("| | features | tests |\n|---|--:|--:|\n");
    for row in rows {
        push(
            out,
            format_args!(
                "| {} | {} | {} |",
                row.name,
                share(&row.features),
                share(&row.tests)
            ),
        );
    }
}

/// `verified/total`, with what is deferred or n_a named.
pub(super) fn share(tally: &Tally) -> String {
    if tally.total() == 0 {
        return "-".to_owned();
    }
    let mut text = format!("{}/{}", tally.get(Status::Verified), tally.total());
    for status in [Status::Deferred, Status::NotApplicable] {
        if tally.get(status) > 0 {
            text.push_str(&format!(" +{} {status}", tally.get(status)));
        }
    }
    text
}

/// `features 1-3, tests 7`.
pub(super) fn id_lists(items: &[(Kind, u32)]) -> String {
    let of = |kind: Kind| -> Vec<u32> {
        items
            .iter()
            .filter(|(found, _)| *found == kind)
            .map(|(_, id)| *id)
            .collect()
    };
    let lists = [Kind::Feature, Kind::Test].map(|kind| (kind, of(kind)));
    let parts = lists.iter().filter(|(_, ids)| !ids.is_empty());
    parts
        .map(|(kind, list)| format!("{kind}s {}", ids::format(list)))
        .collect::<Vec<_>>()
        .join(", ")
}

pub(super) fn or_none(list: &[u32]) -> String {
    if list.is_empty() {
        "none".to_owned()
    } else {
        ids::format(list)
    }
}

fn section(out: &mut String, title: &str) {
    push(out, format_args!("\n## {title}\n"));
}

fn push(out: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{line}");
}
