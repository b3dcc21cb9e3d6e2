//! Parsed files and the names a package declares.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use tree_sitter::{Node, Parser, Tree};

use super::types::{self, Ty};
use crate::error::{Result, refuse};

/// One parsed Go file.
pub(super) struct SourceFile {
    pub(super) path: String,
    pub(super) source: Vec<u8>,
    tree: Tree,
    pub(super) is_test: bool,
    pub(super) build: String,
    /// Local import name to import path.
    pub(super) imports: BTreeMap<String, String>,
    pub(super) functions: Vec<Declared>,
}

/// A function declaration.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    pub(super) receiver: String,
    pub(super) name: String,
    start_byte: usize,
    end_byte: usize,
    /// Feature or test ID; helpers in test files have none.
    pub(super) id: Option<u32>,
}

/// A package with its symbol tables.
pub(super) struct Package {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) files: Vec<SourceFile>,
    /// Function name to feature IDs (several under build constraints).
    pub(super) functions: BTreeMap<String, Vec<u32>>,
    /// (receiver, name) to feature IDs.
    pub(super) methods: BTreeMap<(String, String), Vec<u32>>,
    /// Method name to the receivers that have it, test files included.
    pub(super) receivers: BTreeMap<String, BTreeSet<String>>,
    /// What functions return; key `Receiver.name` or `name`.
    pub(super) results: BTreeMap<String, Vec<Ty>>,
    /// Struct name to fields; embedded ones under their type's name.
    pub(super) fields: BTreeMap<String, BTreeMap<String, Ty>>,
    pub(super) embedded: BTreeMap<String, Vec<Ty>>,
    pub(super) type_names: BTreeSet<String>,
    pub(super) variables: BTreeMap<String, Ty>,
    pub(super) constants: BTreeSet<String>,
}

impl SourceFile {
    /// Parses a file. Refuses one with syntax errors, because functions behind
    /// an error could be missed and every later ID would shift.
    pub(super) fn parse(path: &str, name: &str, source: Vec<u8>) -> Result<Self> {
        let mut parser = Parser::new();
        parser.set_language(&tree_sitter_go::LANGUAGE.into())?;
        let tree = parser
            .parse(&source, None)
            .context("the Go parser gave up")?;
        let root = tree.root_node();
        if let Some(error) = types::descendants(root).find(|n| n.is_error() || n.is_missing()) {
            // The grammar reports a few valid constructs inside bodies as
            // errors; only one that could hide a declaration is fatal.
            if types::enclosing_function(error).is_none() {
                return refuse(format!(
                    "{path}:{}: the Go grammar does not understand this line",
                    error.start_position().row + 1
                ));
            }
        }
        let mut file = Self {
            path: path.to_owned(),
            is_test: name.ends_with("_test.go"),
            build: String::new(),
            imports: BTreeMap::new(),
            functions: Vec::new(),
            tree: tree.clone(),
            source,
        };
        file.build = file.constraint(name);
        file.read_imports();
        file.read_functions();
        Ok(file)
    }

    pub(super) fn root(&self) -> Node<'_> {
        self.tree.root_node()
    }

    pub(super) fn text(&self, node: Node<'_>) -> &str {
        node.utf8_text(&self.source).unwrap_or_default()
    }

    pub(super) fn function_node(&self, declared: &Declared) -> Option<Node<'_>> {
        self.root()
            .descendant_for_byte_range(declared.start_byte, declared.end_byte)
    }

    /// The file's build constraint: its `//go:build` line, joined with what its
    /// name implies.
    fn constraint(&self, name: &str) -> String {
        let mut parts = Vec::new();
        let root = self.root();
        let mut cursor = root.walk();
        for child in root.children(&mut cursor) {
            match child.kind() {
                "comment" => {
                    if let Some(expression) = self.text(child).strip_prefix("//go:build ") {
                        parts.push(expression.trim().to_owned());
                    }
                }
                "package_clause" => break,
                _ => {}
            }
        }
        let stem = name.trim_end_matches(".go").trim_end_matches("_test");
        for word in stem.split('_').skip(1) {
            if SYSTEMS.contains(&word) && !parts.iter().any(|part| part == word) {
                parts.push(word.to_owned());
            }
        }
        parts.join(" && ")
    }

    fn read_imports(&mut self) {
        let mut found = BTreeMap::new();
        for node in types::descendants(self.root()).filter(|node| node.kind() == "import_spec") {
            let Some(path) = node.child_by_field_name("path") else {
                continue;
            };
            let path = self.text(path).trim_matches('"').to_owned();
            let name = match node.child_by_field_name("name") {
                Some(name) => self.text(name).to_owned(),
                None => types::default_import_name(&path).to_owned(),
            };
            found.insert(name, path);
        }
        self.imports = found;
    }

    fn read_functions(&mut self) {
        let root = self.root();
        let mut found = Vec::new();
        for at in 0..root.child_count() {
            let Some(node) = root.child(at) else {
                continue;
            };
            if !matches!(node.kind(), "function_declaration" | "method_declaration") {
                continue;
            }
            let Some(name) = node.child_by_field_name("name") else {
                continue;
            };
            let receiver = node
                .child_by_field_name("receiver")
                .and_then(|list| types::first_parameter_type(list))
                .map(|ty| types::base_name(self, ty))
                .unwrap_or_default();
            found.push(Declared {
                receiver,
                name: self.text(name).to_owned(),
                start_byte: node.start_byte(),
                end_byte: node.end_byte(),
                id: None,
            });
        }
        self.functions = found;
    }
}

impl Package {
    pub(super) fn new(path: String, mut files: Vec<SourceFile>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        Self {
            name,
            path,
            files,
            functions: BTreeMap::new(),
            methods: BTreeMap::new(),
            receivers: BTreeMap::new(),
            results: BTreeMap::new(),
            fields: BTreeMap::new(),
            embedded: BTreeMap::new(),
            type_names: BTreeSet::new(),
            variables: BTreeMap::new(),
            constants: BTreeSet::new(),
        }
    }

    pub(super) fn has_features(&self) -> bool {
        self.files
            .iter()
            .any(|file| !file.is_test && !file.functions.is_empty())
    }

    /// Gives out IDs in file and source order and fills the symbol tables.
    pub(super) fn number(&mut self, next_feature: &mut u32, next_test: &mut u32) {
        for file in &mut self.files {
            for declared in &mut file.functions {
                let counter = if !file.is_test {
                    &mut *next_feature
                } else if declared.receiver.is_empty() && is_test_name(&declared.name) {
                    &mut *next_test
                } else {
                    continue;
                };
                declared.id = Some(*counter);
                *counter += 1;
            }
        }
        for at in 0..self.files.len() {
            self.declare(at);
        }
    }

    fn declare(&mut self, at: usize) {
        let symbols = types::symbols(&self.files[at]);
        for (declared, results) in self.files[at].functions.iter().zip(symbols.results) {
            let key = if declared.receiver.is_empty() {
                declared.name.clone()
            } else {
                self.receivers
                    .entry(declared.name.clone())
                    .or_default()
                    .insert(declared.receiver.clone());
                format!("{}.{}", declared.receiver, declared.name)
            };
            self.results.entry(key).or_insert(results);
            let Some(id) = declared.id.filter(|_| !self.files[at].is_test) else {
                continue;
            };
            let ids = if declared.receiver.is_empty() {
                self.functions.entry(declared.name.clone()).or_default()
            } else {
                self.methods
                    .entry((declared.receiver.clone(), declared.name.clone()))
                    .or_default()
            };
            ids.push(id);
        }
        self.type_names.extend(symbols.type_names);
        self.constants.extend(symbols.constants);
        for (name, ty) in symbols.variables {
            self.variables.entry(name).or_insert(ty);
        }
        for (name, fields) in symbols.fields {
            self.fields.entry(name).or_default().extend(fields);
        }
        for (name, embedded) in symbols.embedded {
            self.embedded.entry(name).or_default().extend(embedded);
        }
    }
}

fn is_test_name(name: &str) -> bool {
    name.starts_with("Test") || name.starts_with("Benchmark")
}

/// File-name parts that Go reads as a constraint, as far as the baseline uses
/// them.
const SYSTEMS: &[&str] = &[
    "windows",
    "linux",
    "darwin",
    "freebsd",
    "netbsd",
    "openbsd",
    "dragonfly",
    "solaris",
    "illumos",
    "zos",
    "wasm",
    "js",
    "wasip1",
    "aix",
    "android",
    "amd64",
    "arm64",
    "386",
    "arm",
    "s390x",
    "ppc64le",
    "riscv64",
];
