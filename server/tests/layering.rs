//! Keeps the module tree one-way and the files small, by reading the source.
//!
//! A module may import only modules that stand above it in [`ORDER`]; modules
//! on one line are peers and import neither each other nor what is below.

use std::fs;
use std::path::{Path, PathBuf};

/// The import order, top first. Peers share a line.
const ORDER: &[&[&str]] = &[
    &["platform"],
    &["collections"],
    &["subject"],
    &["protocol"],
    &["logging"],
    &["config"],
    &["raft"],
    &["auth"],
    &["conn"],
    &["websocket"],
    &["account"],
    &["client"],
    &["route", "gateway", "leafnode"],
    &["jetstream"],
    &["mqtt"],
    &["events"],
    &["monitor"],
    &["server"],
];

/// The same inside `jetstream`.
const JETSTREAM_ORDER: &[&[&str]] = &[
    &["model"],
    &["store"],
    &["limits"],
    &["host"],
    &["advisory"],
    &["stream"],
    &["consumer"],
    &["assets"],
    &["cluster"],
    &["api"],
    &["service"],
];

/// Longest source file allowed, in lines.
const FILE_LINES_MAX: usize = 1_200;

#[test]
fn modules_import_only_upwards() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    check_tree(&src, &src, ORDER, "crate::", &mut wrong);
    let jetstream = src.join("jetstream");
    if jetstream.is_dir() {
        check_tree(
            &jetstream,
            &jetstream,
            JETSTREAM_ORDER,
            "crate::jetstream::",
            &mut wrong,
        );
    }
    assert!(
        wrong.is_empty(),
        "imports against the order:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_module_has_its_place() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(&src).expect("the source tree can be read") {
        let name = entry
            .expect("the source tree can be read")
            .file_name()
            .to_string_lossy()
            .into_owned();
        let module = name.trim_end_matches(".rs");
        if module != "lib" && module != "main" {
            assert!(
                rank(ORDER, module).is_some(),
                "{module} has no place in the import order"
            );
        }
    }
}

#[test]
fn files_stay_readable() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the source tree can be read");
    for member in ["server", "tracker", "conformance"] {
        for file in rust_files(&root.join(member)) {
            let shown = file.to_string_lossy().replace('\\', "/");
            if shown.contains("/target/") {
                continue;
            }
            let lines = fs::read_to_string(&file)
                .expect("the source tree can be read")
                .lines()
                .count();
            assert!(lines <= FILE_LINES_MAX, "{shown} has {lines} lines");
        }
    }
}

fn check_tree(root: &Path, dir: &Path, order: &[&[&str]], prefix: &str, wrong: &mut Vec<String>) {
    for file in rust_files(dir) {
        let relative = file
            .strip_prefix(root)
            .expect("the source tree can be read");
        let own = relative
            .components()
            .next()
            .expect("the source tree can be read")
            .as_os_str()
            .to_string_lossy();
        let own = own.trim_end_matches(".rs");
        let Some(own_rank) = rank(order, own) else {
            continue;
        };
        let text = fs::read_to_string(&file).expect("the source tree can be read");
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for (at, _) in line.match_indices(prefix) {
                let target: String = line[at + prefix.len()..]
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                    .collect();
                if target == own {
                    continue;
                }
                if rank(order, &target).is_some_and(|target_rank| target_rank >= own_rank) {
                    wrong.push(format!("{}:{}: {target}", relative.display(), number + 1));
                }
            }
        }
    }
}

fn rank(order: &[&[&str]], module: &str) -> Option<usize> {
    order.iter().position(|line| line.contains(&module))
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).expect("the source tree can be read") {
            let path = entry.expect("the source tree can be read").path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "target") {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                found.push(path);
            }
        }
    }
    found
}
