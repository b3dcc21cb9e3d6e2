//! Which Rust items a feature became, and which tests prove it.

use crate::db::{Change, Kind, Store};
use crate::error::{Result, refuse};
use crate::ids;

/// A wish to map one feature; what is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// Feature.
    pub id: u32,
    /// Paths of Rust items.
    pub rust: Option<Vec<String>>,
    /// Go tests that prove it beyond those that call it.
    pub tests: Option<Vec<u32>>,
    /// Rust tests of the server crate that prove it.
    pub proofs: Option<Vec<String>>,
}

/// Reads `id<TAB>path[,path...][<TAB>test IDs[<TAB>proof[,proof...]]]` lines;
/// empty lines and those that start with `#` are skipped, an empty column
/// leaves the value as it is.
pub fn parse_file(text: &str) -> Result<Vec<Mapping>> {
    let mut mappings: Vec<Mapping> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
        let column = |at: usize| columns.get(at).copied().filter(|text| !text.is_empty());
        let Some(id) = column(0).and_then(|text| text.parse().ok()) else {
            return refuse(format!(
                "line {}: \"{line}\" does not start with an ID",
                number + 1
            ));
        };
        if columns.len() > 4 {
            return refuse(format!("line {}: more than four columns", number + 1));
        }
        if mappings.iter().any(|mapping| mapping.id == id) {
            return refuse(format!("line {}: feature {id} is named twice", number + 1));
        }
        let mapping = Mapping {
            id,
            rust: column(1).map(paths),
            tests: column(2).map(ids::parse).transpose()?,
            proofs: column(3).map(paths),
        };
        if mapping.rust.is_none() && mapping.tests.is_none() && mapping.proofs.is_none() {
            return refuse(format!(
                "line {}: feature {id} is mapped to nothing",
                number + 1
            ));
        }
        mappings.push(mapping);
    }
    if mappings.is_empty() {
        return refuse("the file names no feature");
    }
    Ok(mappings)
}

/// Writes mappings; returns how many values changed.
pub fn apply(store: &Store<'_>, mappings: &[Mapping], change: &Change) -> Result<usize> {
    let mut changed = 0;
    for mapping in mappings {
        if let Some(rust) = &mapping.rust {
            check_paths(mapping.id, rust)?;
            let item = store.item(Kind::Feature, mapping.id)?;
            if item.rust != *rust {
                store.set_rust(&item, rust, change)?;
                changed += 1;
            }
        }
        if let Some(tests) = &mapping.tests {
            store.items_by_id(Kind::Test, tests)?;
            let item = store.item(Kind::Feature, mapping.id)?;
            let mut tests = tests.clone();
            tests.sort_unstable();
            if item.tests != tests {
                store.set_tests(&item, &tests, change)?;
                changed += 1;
            }
        }
        if let Some(proofs) = &mapping.proofs {
            check_paths(mapping.id, proofs)?;
            let item = store.item(Kind::Feature, mapping.id)?;
            if item.proofs != *proofs {
                store.set_proofs(&item, proofs, change)?;
                changed += 1;
            }
        }
    }
    Ok(changed)
}

fn paths(text: &str) -> Vec<String> {
    text.split(',').map(|path| path.trim().to_owned()).collect()
}

/// A path of Rust identifiers, so that it can neither pose as an option of a
/// program it is handed to nor break the stored list.
fn check_paths(id: u32, paths: &[String]) -> Result<()> {
    for path in paths {
        let good = path.split("::").all(|part| {
            let part = part.trim_start_matches('<').trim_end_matches('>');
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_alphanumeric() || "_ <>&".contains(c))
                && !part.starts_with(|c: char| c.is_ascii_digit())
        });
        if !good || path.chars().any(char::is_whitespace) {
            return refuse(format!(
                "feature {id}: \"{path}\" is no path of a Rust item"
            ));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    match paths.iter().find(|path| !seen.insert(path.as_str())) {
        Some(path) => refuse(format!("feature {id}: {path} is named twice")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn map_files() {
        let mappings = parse_file("# note\n5\ta::b,c::D::e\n6\t\t7-8\tx::tests::y\n").unwrap();
        assert_eq!(mappings.len(), 2);
        assert_eq!(mappings[0].rust.as_deref().unwrap(), ["a::b", "c::D::e"]);
        assert_eq!(mappings[1].tests.as_deref().unwrap(), [7, 8]);
        assert_eq!(mappings[1].proofs.as_deref().unwrap(), ["x::tests::y"]);
        for bad in ["", "x\ty", "5", "5\ta\n5\tb", "5\ta\tb\n", "5\ta\t1\tb\tc"] {
            assert!(parse_file(bad).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn paths_are_checked() {
        assert!(check_paths(1, &["a::B::c".to_owned()]).is_ok());
        for bad in ["", "--all", "a b", "a::", "::a", "a;b"] {
            assert!(
                check_paths(1, &[bad.to_owned()]).is_err(),
                "{bad:?} was taken"
            );
        }
    }
}
