//! What `use` brings into a file.

use std::collections::HashMap;

use syn::visit::{self, Visit};
use syn::{ItemUse, UseTree};

/// Collects local names with their full paths, those of inner scopes included.
pub(super) fn collect(
    items: &[syn::Item],
    module: &[String],
    out: &mut HashMap<String, Vec<String>>,
) {
    let mut found = Collector { module, out };
    for item in items {
        found.visit_item(item);
    }
}

struct Collector<'a> {
    module: &'a [String],
    out: &'a mut HashMap<String, Vec<String>>,
}

impl Visit<'_> for Collector<'_> {
    fn visit_item_use(&mut self, node: &ItemUse) {
        self.tree(&node.tree, &mut Vec::new());
        visit::visit_item_use(self, node);
    }
}

impl Collector<'_> {
    fn tree(&mut self, tree: &UseTree, prefix: &mut Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                let depth = prefix.len();
                self.step(&path.ident.to_string(), prefix);
                self.tree(&path.tree, prefix);
                prefix.truncate(depth);
            }
            UseTree::Name(name) => self.add(&name.ident.to_string(), &name.ident, prefix),
            UseTree::Rename(name) => self.add(&name.rename.to_string(), &name.ident, prefix),
            UseTree::Glob(_) => {
                // A glob is kept under a name that no identifier can have.
                let key = format!("{}::*", prefix.join("::"));
                self.out.insert(key, prefix.clone());
            }
            UseTree::Group(group) => {
                for inner in &group.items {
                    self.tree(inner, prefix);
                }
            }
        }
    }

    fn add(&mut self, local: &str, original: &syn::Ident, prefix: &[String]) {
        if original == "self" {
            let local = match (local, prefix.last()) {
                ("self", Some(last)) => last.clone(),
                _ => local.to_owned(),
            };
            self.out.insert(local, prefix.to_vec());
            return;
        }
        let mut path = prefix.to_vec();
        self.step(&original.to_string(), &mut path);
        self.out.insert(local.to_owned(), path);
    }

    fn step(&self, part: &str, path: &mut Vec<String>) {
        match part {
            "crate" if path.is_empty() => path.extend(self.module.first().cloned()),
            "self" if path.is_empty() => path.extend(self.module.iter().cloned()),
            "super" => {
                if path.is_empty() {
                    path.extend(self.module.iter().cloned());
                }
                path.pop();
            }
            other => path.push(other.to_owned()),
        }
    }
}
