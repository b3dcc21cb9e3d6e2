//! The report as one self-contained page: no script, no network, light and dark.

use super::chart;
use super::data::{Report, Row, Tally};
use super::markdown::{id_lists, or_none, share};
use crate::db::Status;
use crate::render::percent;

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1c2430; --dim: #5d6875; --line: #d8dee6; --page: #fff;
  --card: #f5f7fa; --verified: #1a7f4b; --complete: #2a78b8; --stub: #8a5bb5; --deferred: #b7791f;
  --n_a: #7a8797; --not_started: #e3e8ee; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --dim: #9aa5b3; --line: #323b47;
  --page: #14181e; --card: #1c222a; --verified: #3fb97c; --complete: #5aa9e6; --stub: #b794e0;
  --deferred: #e0a84a; --n_a: #8894a3; --not_started: #2b333d; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0.5rem 0; } h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }
p, li { overflow-wrap: anywhere; } .dim { color: var(--dim); }
.cards { display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); }
.card { background: var(--card); border-radius: 0.5rem; padding: 0.75rem 1rem; }
.card b { font-size: 1.6rem; }
.bar { display: flex; height: 0.6rem; border-radius: 0.3rem; overflow: hidden;
  background: var(--not_started); min-width: 5rem; }
.bar i { display: block; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
th, td { text-align: left; padding: 0.3rem 0.6rem 0.3rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
summary { cursor: pointer; font-weight: 600; margin: 1rem 0 0.5rem; }
.key span { display: inline-block; margin-right: 1rem; white-space: nowrap; }
.key i { display: inline-block; width: 0.8rem; height: 0.8rem; border-radius: 0.2rem; margin-right: 0.3rem; }
svg { width: 100%; height: auto; } svg text { fill: var(--dim); font: 12px system-ui, sans-serif; }
svg polyline { fill: none; stroke-width: 2.5; } svg .axis { stroke: var(--line); }
svg .settled { stroke: var(--n_a); } svg .tests { stroke: var(--complete); }
svg .features { stroke: var(--verified); }
";

/// The page.
pub fn html(report: &Report) -> String {
    let mut out = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Porting report</title>\n<style>",
    );
    out.push_str(STYLE);
    out.push_str("</style>\n</head>\n<body>\n<h1>Porting report</h1>\n");
    out.push_str(&format!(
        "<p class=\"dim\">nats-server {} at commit {}, {} modules</p>\n",
        escape(&report.version),
        escape(&report.commit),
        report.modules
    ));
    cards(&mut out, report);
    out.push_str("<h2>Burn-up</h2>\n");
    if report.days.is_empty() {
        out.push_str("<p>Nothing has changed yet.</p>\n");
    } else {
        out.push_str(&chart::burn_up(&report.days));
        out.push_str("<p class=\"key\">");
        for (colour, name) in [
            ("verified", "verified features"),
            ("complete", "verified tests"),
            ("n_a", "settled items"),
        ] {
            out.push_str(&format!(
                "<span><i style=\"background:var(--{colour})\"></i>{name}</span>"
            ));
        }
        out.push_str("</p>\n");
    }
    batches(&mut out, report);
    proof(&mut out, report);
    reasons(&mut out, report);
    overrides(&mut out, report);
    drift(&mut out, report);
    rows(&mut out, "Tests by kind", &report.kinds, true);
    rows(&mut out, "Go files", &report.files, false);
    libraries(&mut out, report);
    out.push_str("</body>\n</html>\n");
    out
}

fn cards(out: &mut String, report: &Report) {
    out.push_str("<div class=\"cards\">\n");
    for (name, tally) in [("features", &report.features), ("tests", &report.tests)] {
        let verified = tally.get(Status::Verified);
        out.push_str(&format!(
            "<div class=\"card\"><b>{verified}</b> of {} {name} verified ({}){}</div>\n",
            tally.total(),
            percent(verified, tally.total()),
            bar(tally)
        ));
    }
    out.push_str(&format!(
        "<div class=\"card\"><b>{}</b> of {} batches complete</div>\n",
        report.batches_complete(),
        report.batches.len()
    ));
    out.push_str("</div>\n<p class=\"key\">");
    for status in Status::ALL {
        out.push_str(&format!(
            "<span><i style=\"background:var(--{0})\"></i>{1} {2}+{3}</span>",
            status,
            status.as_str().replace('_', " "),
            report.features.get(status),
            report.tests.get(status)
        ));
    }
    out.push_str("</p>\n");
}

fn batches(out: &mut String, report: &Report) {
    let table: Vec<Vec<String>> = report
        .batches
        .iter()
        .map(|(batch, row)| {
            vec![
                batch.id.to_string(),
                escape(&batch.name),
                batch.status.as_str().replace('_', " "),
                bar(&row.features),
                share(&row.features),
                bar(&row.tests),
                share(&row.tests),
            ]
        })
        .collect();
    out.push_str("<h2>Batches</h2>\n");
    out.push_str(&grid(
        &["#batch", "name", "status", "", "#features", "", "#tests"],
        &table,
    ));
}

fn proof(out: &mut String, report: &Report) {
    out.push_str("<h2>Proof</h2>\n<ul>\n");
    if report.unproved.is_empty() {
        out.push_str(
            "<li>The evidence of every verified item holds for the present source.</li>\n",
        );
    }
    for (kind, id, name, word) in &report.unproved {
        out.push_str(&format!(
            "<li>{kind} {id} {}: evidence {word}</li>\n",
            escape(name)
        ));
    }
    if report.flaky.is_empty() {
        out.push_str("<li>No test is flaky.</li>\n");
    }
    for (id, name) in &report.flaky {
        out.push_str(&format!("<li>test {id} {}: flaky</li>\n", escape(name)));
    }
    for score in &report.mutations {
        out.push_str(&format!(
            "<li>batch {}: {} of {} mutants noticed (features {}, {})</li>\n",
            score.batch,
            score.killed,
            score.viable,
            escape(&score.features),
            escape(&score.at)
        ));
    }
    out.push_str("</ul>\n");
}

fn reasons(out: &mut String, report: &Report) {
    out.push_str("<h2>Deferred and not applicable</h2>\n");
    let table: Vec<Vec<String>> = report
        .reasons
        .iter()
        .map(|(status, reason, items)| {
            vec![
                items.len().to_string(),
                status.to_string(),
                escape(reason),
                id_lists(items),
            ]
        })
        .collect();
    out.push_str(&grid(&["#items", "status", "reason", "which"], &table));
    if !report.unblocked.is_empty() {
        out.push_str(&format!(
            "<p>The blocker has gone for {}.</p>\n",
            id_lists(&report.unblocked)
        ));
    }
}

fn overrides(out: &mut String, report: &Report) {
    out.push_str("<h2>Overrides</h2>\n");
    let table: Vec<Vec<String>> = report
        .overrides
        .iter()
        .map(|row| {
            vec![
                escape(&row.at),
                escape(&format!("{} {}", row.kind, row.subject)),
                escape(&format!("{} → {}", row.old, row.new)),
                escape(&row.who),
                escape(&row.reason),
            ]
        })
        .collect();
    out.push_str(&grid(&["when", "what", "change", "who", "reason"], &table));
}

fn drift(out: &mut String, report: &Report) {
    let Some((name, summary)) = &report.drift else {
        return;
    };
    out.push_str(&format!(
        "<h2>Drift from the baseline to {}</h2>\n",
        escape(name)
    ));
    let table: Vec<Vec<String>> = summary
        .counts
        .iter()
        .map(|((kind, change), count)| vec![count.to_string(), format!("{kind}s"), change.clone()])
        .collect();
    out.push_str(&grid(&["#count", "what", "change"], &table));
    out.push_str(&format!(
        "<p>Verified here and touched there: features {}, tests {}.</p>\n",
        or_none(&summary.verified_features),
        or_none(&summary.verified_tests)
    ));
}

fn rows(out: &mut String, title: &str, rows: &[Row], open: bool) {
    let table: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let mut whole = String::new();
            for tally in [&row.features, &row.tests] {
                if tally.total() > 0 {
                    whole.push_str(&bar(tally));
                }
            }
            vec![
                escape(&row.name),
                whole,
                share(&row.features),
                share(&row.tests),
            ]
        })
        .collect();
    let open = if open { " open" } else { "" };
    out.push_str(&format!("<details{open}><summary>{title}</summary>\n"));
    out.push_str(&grid(&["", "", "#features", "#tests"], &table));
    out.push_str("</details>\n");
}

fn libraries(out: &mut String, report: &Report) {
    let table: Vec<Vec<String>> = report
        .libraries
        .iter()
        .map(|l| {
            let krate = if l.krate.is_empty() {
                "undecided"
            } else {
                &l.krate
            };
            vec![
                escape(&l.go_module),
                escape(&l.version),
                escape(krate),
                escape(&l.reason),
            ]
        })
        .collect();
    out.push_str("<details><summary>Libraries</summary>\n");
    out.push_str(&grid(&["Go module", "version", "crate", "reason"], &table));
    out.push_str("</details>\n");
}

/// A table of cells that are HTML already; a header that starts with `#` marks
/// a column of numbers.
fn grid(header: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return "<p>None.</p>\n".to_owned();
    }
    let class = |at: usize| match header.get(at) {
        Some(name) if name.starts_with('#') => " class=\"n\"",
        _ => "",
    };
    let mut out = String::from("<div class=\"wide\"><table>\n<tr>");
    for (at, name) in header.iter().enumerate() {
        out.push_str(&format!(
            "<th{}>{}</th>",
            class(at),
            name.trim_start_matches('#')
        ));
    }
    out.push_str("</tr>\n");
    for row in rows {
        out.push_str("<tr>");
        for (at, cell) in row.iter().enumerate() {
            out.push_str(&format!("<td{}>{cell}</td>", class(at)));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table></div>\n");
    out
}

fn bar(tally: &Tally) -> String {
    let total = tally.total();
    if total == 0 {
        return String::new();
    }
    let mut out = String::from("<div class=\"bar\">");
    for status in [
        Status::Verified,
        Status::Complete,
        Status::Stub,
        Status::Deferred,
        Status::NotApplicable,
    ] {
        let count = tally.get(status);
        if count > 0 {
            let width = count as f64 * 100.0 / total as f64;
            out.push_str(&format!(
                "<i style=\"width:{width:.2}%;background:var(--{status})\" title=\"{count} {status}\"></i>"
            ));
        }
    }
    out.push_str("</div>");
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
