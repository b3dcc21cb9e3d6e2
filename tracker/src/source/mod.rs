//! An index over the workspace's own source, read with `syn`.
//!
//! It answers what the gates and the evidence ask: where the item of a path
//! stands, what its tokens hash to, which Go tests are declared, and what
//! refers to what. Names are resolved by spelling, without types: a method
//! call refers to every method of that name.

mod comments;
mod declarations;
pub(crate) mod facts;
mod imports;
mod item;
mod tokens;

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

pub(crate) use comments::comments;
pub use declarations::TestDecl;
pub(crate) use item::{Function, Item, ItemKind};
pub(crate) use tokens::{normalised, shape};

/// A source file of the workspace.
#[derive(Debug)]
pub(crate) struct File {
    /// Path from the workspace's root.
    pub(crate) path: PathBuf,
    /// Crate and modules, such as `nats_server`, `collections`.
    pub(crate) module: Vec<String>,
    pub(crate) text: String,
    /// Names brought in by `use`, with their full paths.
    pub(crate) imports: HashMap<String, Vec<String>>,
}

/// The source of the whole workspace.
#[derive(Debug)]
pub struct SourceIndex {
    pub(crate) files: Vec<File>,
    pub(crate) items: Vec<Item>,
    by_name: HashMap<String, Vec<usize>>,
    tests: Vec<TestDecl>,
    /// For each Go test, its function among the items.
    pub(crate) test_items: HashMap<u32, usize>,
}

/// The folders that are indexed, and the crate each belongs to.
const ROOTS: &[(&str, &str)] = &[
    ("server/src", "nats_server"),
    ("conformance/src", "conformance"),
    ("conformance/tests/conformance", "conformance_tests"),
    ("tracker/src", "tracker"),
];

impl SourceIndex {
    /// Reads the source of the workspace at a path.
    ///
    /// Fails if a file can't be read or isn't Rust.
    pub fn load(workspace_root: &Path) -> anyhow::Result<Self> {
        let mut index = Self {
            files: Vec::new(),
            items: Vec::new(),
            by_name: HashMap::new(),
            tests: Vec::new(),
            test_items: HashMap::new(),
        };
        let mut declared = Vec::new();
        for (folder, crate_name) in ROOTS {
            let root = workspace_root.join(folder);
            for path in rust_files(&root)? {
                let place = path
                    .strip_prefix(workspace_root)
                    .unwrap_or(&path)
                    .to_owned();
                let module = module_path(crate_name, path.strip_prefix(&root).unwrap_or(&path));
                index
                    .add(&path, place, module, &mut declared)
                    .with_context(|| format!("reading {}", path.display()))?;
            }
        }
        for (position, item) in index.items.iter().enumerate() {
            index
                .by_name
                .entry(item.name.clone())
                .or_default()
                .push(position);
        }
        index.resolve_tests(declared);
        Ok(index)
    }

    /// The hash of an item's tokens. Comments, docs and formatting have no
    /// part in it. `None` if the path names nothing.
    pub fn item_hash(&self, rust_path: &str) -> Option<String> {
        let items = self.resolve(rust_path);
        (!items.is_empty()).then(|| {
            let tokens: Vec<String> = items.iter().map(|item| normalised(&item.tokens)).collect();
            tokens::digest(&tokens.join("\n"))
        })
    }

    /// Every Go test declared, by ascending ID.
    pub fn tests(&self) -> &[TestDecl] {
        &self.tests
    }

    /// The items that a path names: more than one if several traits give a
    /// type a method of that name.
    pub(crate) fn resolve(&self, rust_path: &str) -> Vec<&Item> {
        let wanted: Vec<&str> = rust_path.split("::").collect();
        let Some((name, prefix)) = wanted.split_last() else {
            return Vec::new();
        };
        let Some(crate_name) = prefix.first() else {
            return Vec::new();
        };
        let candidates = || {
            let positions = self
                .by_name
                .get(*name)
                .map(Vec::as_slice)
                .unwrap_or_default();
            positions
                .iter()
                .map(|at| &self.items[*at])
                .filter(|item| !item.in_test)
        };
        let exact: Vec<&Item> = candidates().filter(|item| item.path == rust_path).collect();
        if !exact.is_empty() {
            return exact;
        }
        // A re-export, or an `impl` that stands in another file than its type.
        let owner = prefix.last().filter(|_| prefix.len() > 1);
        let near: Vec<&Item> = candidates()
            .filter(|item| item.path.split("::").next() == Some(*crate_name))
            .filter(|item| match &item.self_ty {
                Some(ty) => owner.is_some_and(|owner| ty == owner),
                None => true,
            })
            .filter(|item| {
                let modules = if item.self_ty.is_some() {
                    &prefix[..prefix.len() - 1]
                } else {
                    prefix
                };
                self.within(item, modules)
            })
            .collect();
        let places: BTreeSet<&str> = near.iter().map(|item| item.path.as_str()).collect();
        let one_type = near.iter().all(|item| item.self_ty.is_some());
        if places.len() == 1 || one_type {
            near
        } else {
            Vec::new()
        }
    }

    fn within(&self, item: &Item, modules: &[&str]) -> bool {
        let starts = |path: &[String]| {
            path.len() >= modules.len() && path.iter().zip(modules).all(|(have, want)| have == want)
        };
        let defined = item.self_ty.as_ref().is_some_and(|ty| {
            let positions = self.by_name.get(ty).map(Vec::as_slice).unwrap_or_default();
            positions
                .iter()
                .map(|at| &self.items[*at])
                .any(|ty| ty.kind == ItemKind::Type && starts(&self.files[ty.file].module))
        });
        defined || starts(&self.files[item.file].module)
    }

    pub(crate) fn named(&self, name: &str) -> impl Iterator<Item = &Item> {
        let positions = self
            .by_name
            .get(name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        positions.iter().map(|at| &self.items[*at])
    }

    pub(crate) fn file(&self, item: &Item) -> &File {
        &self.files[item.file]
    }

    fn add(
        &mut self,
        path: &Path,
        place: PathBuf,
        module: Vec<String>,
        declared: &mut Vec<(usize, declarations::Declared)>,
    ) -> anyhow::Result<()> {
        let text = fs::read_to_string(path)?;
        let syntax = syn::parse_file(&text)?;
        let file = self.files.len();
        let mut imports = HashMap::new();
        item::collect(&syntax.items, file, &module, false, &mut self.items);
        imports::collect(&syntax.items, &module, &mut imports);
        declared.extend(
            declarations::find(&syntax.items)
                .into_iter()
                .map(|found| (file, found)),
        );
        self.files.push(File {
            path: place,
            module,
            text,
            imports,
        });
        Ok(())
    }

    fn resolve_tests(&mut self, declared: Vec<(usize, declarations::Declared)>) {
        let mut tests = Vec::new();
        for (file, found) in declared {
            let name = found.function.rsplit("::").next().unwrap_or_default();
            let position = self.by_name.get(name).and_then(|positions| {
                let local = |at: &&usize| {
                    let item = &self.items[**at];
                    item.file == file && item.self_ty.is_none() && item.function.is_some()
                };
                positions.iter().find(local).copied()
            });
            let hash = match position {
                Some(at) => self.hash_with_helpers(at),
                None => String::new(),
            };
            if let Some(at) = position {
                self.test_items.insert(found.id, at);
            }
            let path = self.files[file].path.clone();
            tests.push(TestDecl {
                id: found.id,
                file: found.file,
                name: found.name,
                function: found.function,
                hash,
                path,
                line: found.line,
            });
        }
        tests.sort_by_key(|test| test.id);
        self.tests = tests;
    }

    /// The hash of a test with all that it calls in its own file.
    fn hash_with_helpers(&self, at: usize) -> String {
        let start = &self.items[at];
        let mut parts: Vec<String> = self
            .local_closure(start)
            .iter()
            .map(|item| normalised(&item.tokens))
            .collect();
        parts.sort();
        tokens::digest(&parts.join("\n"))
    }

    /// An item and everything in its file that it refers to, directly or not.
    pub(crate) fn local_closure<'a>(&'a self, start: &'a Item) -> Vec<&'a Item> {
        self.closure(start, |item| item.file == start.file)
    }

    /// An item and every item that it refers to within some part of the source.
    pub(crate) fn closure<'a>(
        &'a self,
        start: &'a Item,
        within: impl Fn(&Item) -> bool,
    ) -> Vec<&'a Item> {
        let mut seen: BTreeSet<*const Item> = BTreeSet::from([std::ptr::from_ref(start)]);
        let mut found = vec![start];
        let mut next = 0;
        while let Some(item) = found.get(next).copied() {
            next += 1;
            for name in item.facts().names() {
                for target in self.named(name).filter(|target| within(target)) {
                    if seen.insert(std::ptr::from_ref(target)) {
                        found.push(target);
                    }
                }
            }
        }
        found
    }
}

fn rust_files(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        if !folder.is_dir() {
            continue;
        }
        let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// `a/b/mod.rs` in crate `c` is `c::a::b`.
fn module_path(crate_name: &str, file: &Path) -> Vec<String> {
    let mut module = vec![crate_name.to_owned()];
    module.extend(
        file.with_extension("")
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into()),
    );
    let last = module.last().map(String::as_str);
    if last == Some("mod") || (module.len() == 2 && last == Some("lib")) {
        module.pop();
    }
    module
}
