//! Tests that prove nothing, as their syntax tree gives away.

use std::collections::{BTreeMap, BTreeSet};

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Block, Expr, Stmt};

use super::body::ends_with;
use super::check::{ASSERTIONS, check_body};
use super::features::block_of;
use super::scan::{self, Aliases};
use super::{Finding, Findings, TestMap};
use crate::source::{Item, SourceIndex, TestDecl, normalised, shape};

/// How many tests may share one body but for its literals.
const SHARED_MAX: usize = 9;

/// Looks at the Rust tests that Go tests are mapped to.
pub fn stub_tests(index: &SourceIndex, tests: &[TestMap]) -> Vec<Finding> {
    let aliases = Aliases::collect(index);
    let shared = shared_bodies(index);
    let mut all = Vec::new();
    for test in tests {
        let mut findings = Findings::new(index, format!("test {}", test.id));
        match index.tests().iter().find(|declared| declared.id == test.id) {
            Some(declared) => judge(index, test, declared, &aliases, &shared, &mut findings),
            None => findings.found.push(Finding {
                class: "missing-item".to_owned(),
                subject: findings.subject.clone(),
                path: std::path::PathBuf::new(),
                line: 0,
                message: "no Rust test declares this ID".to_owned(),
            }),
        }
        all.extend(findings.done());
    }
    all
}

fn judge(
    index: &SourceIndex,
    test: &TestMap,
    declared: &TestDecl,
    aliases: &Aliases,
    shared: &BTreeMap<u32, usize>,
    findings: &mut Findings<'_>,
) {
    let Some(item) = index
        .test_items
        .get(&declared.id)
        .map(|at| &index.items[*at])
    else {
        findings.found.push(Finding {
            class: "missing-item".to_owned(),
            subject: findings.subject.clone(),
            path: declared.path.clone(),
            line: declared.line,
            message: format!("`{}` is not in this file", declared.function),
        });
        return;
    };
    let Some(function) = &item.function else {
        return;
    };
    scan::later_comments(item, findings);
    name_agrees(test, declared, item, findings);
    if let Some(count) = shared.get(&declared.id) {
        let message = format!("shares its body with {count} other tests");
        findings.add("shared-body", item, item.line, message);
    }
    let helpers = index.local_closure(item);
    for helper in helpers.iter().filter(|helper| helper.function.is_some()) {
        if let Some(function) = &helper.function {
            scan::function(helper, function, aliases, findings);
        }
        check_body(helper, &helpers, findings);
    }
    if !asserts(index, item, &declared.name) {
        findings.add("no-assertion", item, item.line, "asserts nothing");
    }
    if !reaches_server(index, item) {
        findings.add(
            "unreached",
            item,
            item.line,
            "never reaches the server crate",
        );
    }
    early_return(item, &function.block, findings);
}

fn name_agrees(test: &TestMap, declared: &TestDecl, item: &Item, findings: &mut Findings<'_>) {
    if (&test.file, &test.name) != (&declared.file, &declared.name) {
        let message = format!("is declared as {}::{}", declared.file, declared.name);
        findings.add("unrelated-name", item, declared.line, message);
    }
    let function = declared.function.rsplit("::").next().unwrap_or_default();
    let (go, rust) = (words(&test.name), words(function));
    let joined = |words: &BTreeSet<String>| words.iter().cloned().collect::<String>();
    let letters = |text: &str| text.to_lowercase().replace('_', "");
    let related = go.is_empty()
        || go
            .iter()
            .any(|word| rust.contains(word) || letters(function).contains(word))
        || rust.iter().any(|word| letters(&test.name).contains(word))
        || joined(&go) == joined(&rust);
    if !related {
        let message = format!("`{function}` has no word in common with {}", test.name);
        findings.add("unrelated-name", item, declared.line, message);
    }
    let stem = item_stem(findings.index, item);
    if !stem.starts_with(&test.file) && !test.file.starts_with(&stem) {
        let message = format!("stands in {stem}.rs, not with the tests of {}", test.file);
        findings.add("unrelated-name", item, declared.line, message);
    }
}

fn item_stem(index: &SourceIndex, item: &Item) -> String {
    // A big file may be divided into a folder of that name.
    index.file(item).module.get(1).cloned().unwrap_or_default()
}

/// The telling words of a name, in lower case.
fn words(name: &str) -> BTreeSet<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for c in name.chars() {
        if c == '_' || (c.is_uppercase() && lower) {
            words.push(String::new());
        }
        lower = c.is_lowercase() || c.is_ascii_digit();
        if let (Some(word), true) = (words.last_mut(), c != '_') {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| {
        word.len() > 1
            && !matches!(
                word.as_str(),
                "test" | "tests" | "benchmark" | "bench" | "and" | "the" | "with"
            )
    });
    words.into_iter().collect()
}

/// For each test whose body occurs too often, how often: the same but for the
/// test's own ID and name, or, in many tests, the same but for any literals.
fn shared_bodies(index: &SourceIndex) -> BTreeMap<u32, usize> {
    let mut groups: [BTreeMap<String, Vec<u32>>; 3] = Default::default();
    for test in index.tests() {
        let Some(at) = index.test_items.get(&test.id) else {
            continue;
        };
        let Some(block) = block_of(&index.items[*at]) else {
            continue;
        };
        let tokens = quote::quote!(#block);
        let own = normalised(&tokens)
            .replace(&test.name, "_")
            .replace(&format!("{} ", test.id), "_ ")
            .replace(&format!("T{:04}", test.id), "_")
            .replace(";}", "}");
        let keys = [at.to_string(), own, shape(&tokens)];
        for (group, key) in groups.iter_mut().zip(keys) {
            group.entry(key).or_default().push(test.id);
        }
    }
    let [by_function, but_for_id, but_for_literals] = groups;
    let same = by_function.into_values().chain(but_for_id.into_values());
    same.filter(|ids| ids.len() > 1)
        .chain(
            but_for_literals
                .into_values()
                .filter(|ids| ids.len() > SHARED_MAX),
        )
        .flat_map(|ids| {
            let others = ids.len() - 1;
            ids.into_iter().map(move |id| (id, others))
        })
        .collect()
}

/// Whether a test, or what it calls in the conformance crate, checks anything.
fn asserts(index: &SourceIndex, item: &Item, go_name: &str) -> bool {
    let reached = index.closure(item, |other| {
        let library = index.file(other).module.first();
        is_beside(index, item, other) || library.is_some_and(|name| name == "conformance")
    });
    let smoke = go_name.starts_with("Benchmark");
    reached.iter().any(|item| {
        let facts = item.facts();
        ASSERTIONS.iter().any(|name| facts.macros.contains(*name))
            || facts.methods.contains("unwrap_err")
            || facts.methods.contains("expect_err")
            || smoke && (facts.methods.contains("unwrap") || facts.methods.contains("expect"))
    })
}

/// Whether an item stands in a test's own file or in one of the tests' crate that this
/// imports from, since support code of several test files stands in one of its own.
fn is_beside(index: &SourceIndex, test: &Item, other: &Item) -> bool {
    let module = &index.file(other).module;
    let imports = &index.file(test).imports;
    other.file == test.file
        || module
            .first()
            .is_some_and(|name| name == "conformance_tests")
            && imports.values().any(|path| {
                path == module || path.split_last().is_some_and(|(_, from)| from == module)
            })
}

/// Whether a test mentions anything of the server crate, or of the support
/// code that starts a server.
fn reaches_server(index: &SourceIndex, test: &Item) -> bool {
    let reached = index.closure(test, |other| is_beside(index, test, other));
    reached.iter().any(|item| {
        let file = index.file(item);
        let facts = item.facts();
        let full = facts.paths.iter().any(|path| {
            let mut full = match path.first().and_then(|first| file.imports.get(first)) {
                Some(imported) => imported.clone(),
                None => Vec::new(),
            };
            full.extend(path.iter().skip(usize::from(!full.is_empty())).cloned());
            is_server(index, &full)
        });
        full || globs_reach(index, item)
    })
}

fn is_server(index: &SourceIndex, path: &[String]) -> bool {
    match path.first().map(String::as_str) {
        Some("nats_server") => {
            let known = |name: &String| index.named(name).any(|item| !item.in_test);
            path.iter().skip(1).rev().take(2).any(known)
        }
        Some("conformance") => path
            .iter()
            .skip(1)
            .any(|name| index.named(name).any(|item| support_reaches(index, item))),
        _ => false,
    }
}

/// Whether support code uses the server crate or starts the binary.
fn support_reaches(index: &SourceIndex, item: &Item) -> bool {
    let in_support = |item: &Item| {
        index
            .file(item)
            .module
            .first()
            .is_some_and(|name| name == "conformance")
    };
    in_support(item)
        && index.closure(item, in_support).iter().any(|item| {
            let uses = |path: &Vec<String>| path.first().is_some_and(|name| name == "nats_server");
            let file = index.file(item);
            let imported = |path: &Vec<String>| {
                path.first()
                    .and_then(|first| file.imports.get(first))
                    .is_some_and(uses)
            };
            item.facts()
                .paths
                .iter()
                .any(|path| uses(path) || imported(path))
                || item
                    .facts()
                    .strings
                    .iter()
                    .any(|text| text.contains("nats-server"))
        })
}

fn globs_reach(index: &SourceIndex, item: &Item) -> bool {
    let file = index.file(item);
    let globs: Vec<&Vec<String>> = file
        .imports
        .iter()
        .filter(|(key, _)| key.ends_with("::*"))
        .map(|(_, path)| path)
        .collect();
    globs
        .iter()
        .filter(|path| path.first().is_some_and(|name| name == "nats_server"))
        .any(|glob| {
            item.facts().names().iter().any(|name| {
                index.named(name).any(|target| {
                    let module = &index.file(target).module;
                    target.file != item.file && module.starts_with(glob)
                })
            })
        })
}

/// A way out of a test before it has checked anything.
fn early_return(item: &Item, block: &Block, findings: &mut Findings<'_>) {
    struct Ways<'a> {
        found: Vec<usize>,
        last: Option<&'a Stmt>,
    }
    impl Visit<'_> for Ways<'_> {
        fn visit_expr_return(&mut self, it: &syn::ExprReturn) {
            let fails = it.expr.as_deref().is_some_and(|expr| {
                !matches!(expr, Expr::Call(call)
                    if matches!(&*call.func, Expr::Path(path) if ends_with(&path.path, "Ok")))
                    && !matches!(expr, Expr::Tuple(_))
            });
            if !fails {
                self.found.push(it.span().start().line);
            }
        }
        fn visit_expr_closure(&mut self, _: &syn::ExprClosure) {}
        fn visit_expr_async(&mut self, it: &syn::ExprAsync) {
            visit::visit_expr_async(self, it);
        }
        fn visit_item(&mut self, _: &syn::Item) {}
    }
    let mut ways = Ways {
        found: Vec::new(),
        last: block.stmts.last(),
    };
    for stmt in &block.stmts {
        let is_last = ways.last.is_some_and(|last| std::ptr::eq(last, stmt));
        if !(is_last && matches!(stmt, Stmt::Expr(Expr::Return(_), _))) {
            ways.visit_stmt(stmt);
        }
    }
    for line in ways.found {
        findings.add("early-return", item, line, "passes when it gets here");
    }
}
