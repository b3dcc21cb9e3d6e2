//! Sources in which many mutants wait behind a switch, so that one build serves
//! all of them.
//!
//! Each mutant stands at the head of its function as an early return, taken
//! when the environment names the mutant's number.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use anyhow::Context;
use proc_macro2::LineColumn;
use syn::ReturnType;

use crate::source::{Function, Item, SourceIndex};

/// Names the mutant that is switched on.
pub(super) const VARIABLE: &str = "TRACKER_MUTANT";

/// One way to break one item of one job.
pub(super) struct Mutant<'a> {
    /// Position of the job.
    pub(super) job: usize,
    /// What is broken.
    pub(super) item: &'a Item,
    /// The body in place of the item's own, without braces.
    pub(super) body: String,
}

impl Mutant<'_> {
    /// Whether it is a body at all. Turning a match guard's condition round can
    /// yield one that isn't.
    pub(super) fn parses(&self) -> bool {
        syn::parse_str::<syn::Block>(&format!("{{{}}}", self.body)).is_ok()
    }

    /// Whether it can stand behind a switch. A constant function can't look at
    /// the environment, and an opaque return type admits no second value.
    pub(super) fn is_switchable(&self) -> bool {
        self.item.function.as_ref().is_some_and(|function| {
            let output = &function.sig.output;
            let opaque = match output {
                ReturnType::Default => false,
                ReturnType::Type(_, ty) => crate::source::facts::text(ty).contains("impl"),
            };
            function.sig.constness.is_none() && !opaque
        })
    }
}

/// A file with switches in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Switched {
    /// The whole text.
    pub(super) text: String,
    /// Which lines belong to which mutant.
    pub(super) lines: Vec<(RangeInclusive<usize>, usize)>,
}

/// The files that hold the mutants whose positions are in `on`.
pub(super) fn files(
    index: &SourceIndex,
    mutants: &[Mutant<'_>],
    on: &BTreeSet<usize>,
) -> anyhow::Result<BTreeMap<PathBuf, Switched>> {
    let mut places: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    for (number, mutant) in mutants.iter().enumerate() {
        if let (true, Some(function)) = (on.contains(&number), &mutant.item.function) {
            let (start, _) = braces(&index.file(mutant.item).text, function)?;
            let places = places.entry(mutant.item.file).or_default();
            places.push((start + 1, number));
        }
    }
    let mut files = BTreeMap::new();
    for mut places in places.into_values() {
        places.sort_unstable();
        let file = index.file(mutants[places[0].1].item);
        let bodies = places
            .into_iter()
            .map(|(at, number)| (at, number, mutants[number].body.as_str()));
        files.insert(file.path.clone(), with_switches(&file.text, bodies));
    }
    Ok(files)
}

/// A text with an early return at each of the places, which are in order.
fn with_switches<'a>(
    text: &str,
    places: impl Iterator<Item = (usize, usize, &'a str)>,
) -> Switched {
    let mut switched = Switched {
        text: String::with_capacity(text.len() * 2),
        lines: Vec::new(),
    };
    let (mut done, mut line) = (0, 1);
    for (at, number, body) in places {
        let between = &text[done..at];
        let switch = format!(
            "if **{{ static ON: ::std::sync::LazyLock<bool> = ::std::sync::LazyLock::new(|| \
             ::std::env::var_os(\"{VARIABLE}\").is_some_and(|number| number == \"{number}\")); \
             &ON }} {{ return {{ {body} }}; }}"
        );
        line += between.matches('\n').count() + 1;
        let end = line + switch.matches('\n').count();
        switched.text.push_str(between);
        switched.text.push('\n');
        switched.text.push_str(&switch);
        switched.text.push('\n');
        switched.lines.push((line..=end, number));
        line = end + 1;
        done = at;
    }
    switched.text.push_str(&text[done..]);
    switched
}

/// Where a function's body begins and ends, its braces included.
pub(super) fn braces(text: &str, function: &Function) -> anyhow::Result<(usize, usize)> {
    let span = &function.block.brace_token.span;
    let start = offset(text, span.open().start()).context("no such place")?;
    let end = offset(text, span.close().end()).context("no such place")?;
    Ok((start, end))
}

/// Byte offset of a place; lines count from 1 and columns, in characters, from 0.
fn offset(text: &str, place: LineColumn) -> Option<usize> {
    let before: usize = text
        .split_inclusive('\n')
        .take(place.line - 1)
        .map(str::len)
        .sum();
    let line = text[before..].split_inclusive('\n').next()?;
    let within: usize = line.chars().take(place.column).map(char::len_utf8).sum();
    Some(before + within)
}

/// The mutants on whose lines a compiler's complaint lies.
pub(super) fn blamed(
    files: &BTreeMap<PathBuf, Switched>,
    complaint: &serde_json::Value,
) -> BTreeSet<usize> {
    let mut numbers = BTreeSet::new();
    for only_primary in [true, false] {
        for span in complaint["spans"].as_array().into_iter().flatten() {
            if !only_primary || span["is_primary"] == true {
                numbers.extend(mutant_at(files, span));
            }
        }
        if !numbers.is_empty() {
            break;
        }
    }
    numbers
}

/// The mutant in which a span lies, or the macro call it comes from.
fn mutant_at(files: &BTreeMap<PathBuf, Switched>, span: &serde_json::Value) -> Option<usize> {
    let here = span["file_name"]
        .as_str()
        .and_then(|name| files.get(Path::new(name)))
        .zip(span["line_start"].as_u64())
        .and_then(|(file, line)| {
            let line = usize::try_from(line).ok()?;
            let within = |(lines, _): &&(RangeInclusive<usize>, usize)| lines.contains(&line);
            file.lines.iter().find(within).map(|(_, number)| *number)
        });
    let outer = &span["expansion"]["span"];
    here.or_else(|| outer.is_object().then(|| mutant_at(files, outer)).flatten())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::PathBuf;
    use std::process::Command;

    use serde_json::json;

    use super::{Switched, VARIABLE, blamed, with_switches};

    fn switched() -> Switched {
        let text = "fn a() -> u8 { 1 }\nfn b() -> &'static str {\n    \"b\"\n}\n";
        let places = [(14, 0, "0"), (14, 1, "2"), (43, 2, "\"x\ny\"")];
        with_switches(text, places.into_iter())
    }

    #[test]
    fn every_switch_has_lines_of_its_own() {
        let switched = switched();
        let lines: Vec<&str> = switched.text.lines().collect();
        assert_eq!(
            switched.lines,
            [(2..=2, 0), (4..=4, 1), (7..=8, 2)].map(|(l, n)| (l, n))
        );
        for (range, number) in &switched.lines {
            let at = lines[range.start() - 1];
            assert!(at.contains(&format!("== \"{number}\"")), "{at}");
        }
        assert_eq!(lines[0], "fn a() -> u8 {");
        assert!(lines[3].ends_with("{ return { 2 }; }"), "{}", lines[3]);
        assert!(syn::parse_file(&switched.text).is_ok(), "{}", switched.text);
    }

    #[test]
    fn the_environment_switches_a_mutant_on() {
        let text = "fn main() { println!(\"{}\", a()); }\nfn a() -> u8 { 1 }\n";
        let at = text.len() - " 1 }\n".len();
        let switched = with_switches(text, [(at, 0, "2"), (at, 1, "3")].into_iter());
        let folder = tempfile::tempdir().unwrap();
        let (source, program) = (folder.path().join("a.rs"), folder.path().join("a"));
        std::fs::write(&source, switched.text).unwrap();
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let mut compile = Command::new(rustc);
        compile
            .args(["--edition", "2024", "-o"])
            .args([&program, &source]);
        assert!(compile.status().unwrap().success());
        for (number, printed) in [("0", "2\n"), ("1", "3\n"), ("10", "1\n")] {
            let output = Command::new(&program)
                .env(VARIABLE, number)
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), printed);
        }
    }

    #[test]
    fn a_complaint_is_laid_to_the_mutant_on_its_line() {
        let files = BTreeMap::from([(PathBuf::from("server/src/a.rs"), switched())]);
        let span = |line: u64, primary: bool| json!({"file_name": "server/src/a.rs", "line_start": line, "is_primary": primary});
        let at = |spans: serde_json::Value| blamed(&files, &json!({ "spans": spans }));
        assert_eq!(
            at(json!([span(8, true), span(2, false)])),
            BTreeSet::from([2])
        );
        assert_eq!(
            at(json!([span(1, true), span(4, false)])),
            BTreeSet::from([1])
        );
        assert_eq!(at(json!([span(1, true)])), BTreeSet::new());
        let inner = json!({
            "file_name": "/std/macros.rs", "line_start": 2, "is_primary": true,
            "expansion": { "span": span(2, false) },
        });
        assert_eq!(at(json!([inner])), BTreeSet::from([0]));
    }
}
