//! From a commit to numbered functions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context;

use super::package::{Package, SourceFile};
use super::{calls, git, syntax};
use crate::error::{Result, refuse};

/// The Go source of one commit, as far as the ledger cares.
#[derive(Debug)]
pub struct GoTree {
    /// Full commit ID.
    pub commit: String,
    /// Modules in ascending name order.
    pub modules: Vec<GoModule>,
    /// Functions and methods outside test files, numbered from 1.
    pub features: Vec<GoFunction>,
    /// Tests and benchmarks, numbered from 1.
    pub tests: Vec<GoFunction>,
    /// Direct dependencies of `go.mod` with their versions.
    pub dependencies: Vec<(String, String)>,
}

/// A Go package that holds functions.
#[derive(Debug, Clone)]
pub struct GoModule {
    /// Folder name.
    pub name: String,
    /// Folder path.
    pub path: String,
}

/// A Go function.
#[derive(Debug, Clone)]
pub struct GoFunction {
    /// Position within its kind, from 1.
    pub id: u32,
    /// Module name.
    pub module: String,
    /// File path.
    pub file: String,
    /// Receiver type, or empty.
    pub receiver: String,
    /// Name.
    pub name: String,
    /// First line.
    pub line_start: u32,
    /// Last line.
    pub line_end: u32,
    /// Lines that hold code.
    pub loc: u32,
    /// Build constraint.
    pub build: String,
    /// SHA-256 over the body's tokens.
    pub body_hash: String,
    /// SHA-256 over the signature's tokens.
    pub signature_hash: String,
    /// Shape of the body.
    pub shape: &'static str,
    /// IDs of the features it calls.
    pub calls: Vec<u32>,
}

/// Reads, parses and numbers the functions below `server/` of a commit.
pub fn scan(git_dir: &Path, revision: &str, mut tick: impl FnMut(usize, usize)) -> Result<GoTree> {
    let commit = git::resolve(git_dir, revision)?;
    let mut paths = git::list(git_dir, &commit, "server")?;
    paths.retain(|path| path.ends_with(".go"));
    if paths.is_empty() {
        return refuse(format!("{commit} holds no Go source below server/"));
    }
    let contents = git::read(git_dir, &commit, &paths)?;
    let mut folders: BTreeMap<String, Vec<SourceFile>> = BTreeMap::new();
    let total = paths.len();
    for (number, (path, content)) in paths.into_iter().zip(contents).enumerate() {
        let (folder, name) = path.rsplit_once('/').context("a path without folder")?;
        let file = SourceFile::parse(&path, name, content)?;
        folders.entry(folder.to_owned()).or_default().push(file);
        tick(number + 1, total);
    }
    let mut packages = named_packages(folders)?;
    let mut next = (1_u32, 1_u32);
    for package in &mut packages {
        package.number(&mut next.0, &mut next.1);
    }
    let tables: BTreeMap<String, Package> = packages
        .into_iter()
        .map(|package| (package.path.clone(), package))
        .collect();
    let mut tree = GoTree {
        commit: commit.clone(),
        modules: Vec::new(),
        features: Vec::new(),
        tests: Vec::new(),
        dependencies: dependencies(git_dir, &commit)?,
    };
    for package in tables.values() {
        tree.modules.push(GoModule {
            name: package.name.clone(),
            path: package.path.clone(),
        });
        collect(package, &tables, &mut tree)?;
    }
    tree.modules.sort_by(|a, b| a.name.cmp(&b.name));
    tree.features.sort_by_key(|function| function.id);
    tree.tests.sort_by_key(|function| function.id);
    Ok(tree)
}

/// Packages that hold at least one function outside test files, by name. The
/// name is the folder's, which has to be unique for IDs to be.
fn named_packages(folders: BTreeMap<String, Vec<SourceFile>>) -> Result<Vec<Package>> {
    let mut packages: Vec<Package> = folders
        .into_iter()
        .map(|(path, files)| Package::new(path, files))
        .filter(Package::has_features)
        .collect();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    let names: BTreeSet<&str> = packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    if names.len() != packages.len() {
        return refuse("two packages have the same folder name");
    }
    Ok(packages)
}

fn collect(package: &Package, tables: &BTreeMap<String, Package>, tree: &mut GoTree) -> Result<()> {
    for file in &package.files {
        for declared in &file.functions {
            let Some(id) = declared.id else { continue };
            let node = file
                .function_node(declared)
                .context("a function that is not in its tree")?;
            let function = GoFunction {
                id,
                module: package.name.clone(),
                file: file.path.clone(),
                receiver: declared.receiver.clone(),
                name: declared.name.clone(),
                line_start: node.start_position().row as u32 + 1,
                line_end: node.end_position().row as u32 + 1,
                loc: syntax::lines_of_code(node),
                build: file.build.clone(),
                body_hash: syntax::body_hash(node, &file.source),
                signature_hash: syntax::signature_hash(node, &file.source),
                shape: syntax::shape(node, &file.source, &package.constants),
                calls: calls::of(node, declared, file, package, tables),
            };
            if file.is_test {
                tree.tests.push(function)
            } else {
                tree.features.push(function)
            }
        }
    }
    Ok(())
}

/// The direct requirements of `go.mod`.
fn dependencies(git_dir: &Path, commit: &str) -> Result<Vec<(String, String)>> {
    let content = git::read(git_dir, commit, &["go.mod".to_owned()])?.concat();
    let text = String::from_utf8_lossy(&content).into_owned();
    let mut found = Vec::new();
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        match line {
            "require (" => inside = true,
            ")" => inside = false,
            _ => {
                let row = if inside {
                    Some(line)
                } else {
                    line.strip_prefix("require ")
                };
                let Some(row) = row.filter(|row| !row.contains("// indirect")) else {
                    continue;
                };
                if let [module, version, ..] = row.split_whitespace().collect::<Vec<_>>().as_slice()
                    && !module.starts_with("//")
                {
                    found.push(((*module).to_owned(), (*version).to_owned()));
                }
            }
        }
    }
    found.sort();
    Ok(found)
}
