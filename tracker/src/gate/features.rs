//! Features that only pretend: what a mapped item's syntax tree gives away.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{BinOp, Block, Expr, Fields, FnArg, Lit, Pat, ReturnType};

use super::body::{Body, bound_name, ends_with, exits, is_constant, judge, sole_value};
use super::scan::{self, Aliases};
use super::{FeatureMap, Finding, Findings};
use crate::source::facts::{Facts, text};
use crate::source::{Function, Item, ItemKind, SourceIndex};

/// Words in a function's name that promise it can say no.
const JUDGES: &[&str] = &[
    "parse",
    "valid",
    "validate",
    "verify",
    "check",
    "accept",
    "auth",
    "authenticate",
    "allow",
    "allowed",
    "permit",
    "permitted",
    "matches",
    "decode",
    "authorize",
    "can",
];

/// Words in a function's name that promise something lasts.
const KEEPERS: &[&str] = &[
    "store", "write", "persist", "flush", "sync", "save", "append", "snapshot", "recover", "load",
];

/// What touching a disk looks like.
const DISK: &[&str] = &[
    "fs",
    "File",
    "OpenOptions",
    "write_all",
    "write_all_at",
    "sync_all",
    "sync_data",
    "read_exact_at",
    "rename",
    "read_to_end",
    "create_dir_all",
    "pwrite",
    "pread",
    "set_len",
    "remove_file",
    "persist",
];

/// Types that are held, not read.
const HELD: &[&str] = &["Guard", "Permit", "Lease", "Lock", "Token", "PhantomData"];

/// Looks at the items that features are mapped to.
pub fn stub_features(index: &SourceIndex, features: &[FeatureMap]) -> Vec<Finding> {
    let survey = Survey::of(index);
    let mut all = Vec::new();
    for feature in features {
        let mut findings = Findings::new(index, format!("feature {}", feature.id));
        if feature.rust.is_empty() {
            findings
                .found
                .push(missing(feature.id, "is mapped to nothing"));
        }
        for path in &feature.rust {
            let items = index.resolve(path);
            if items.is_empty() {
                findings
                    .found
                    .push(missing(feature.id, &format!("`{path}` names no item")));
            }
            for item in items {
                judge_item(item, &feature.go_shape, &survey, &mut findings);
            }
        }
        all.extend(findings.done());
    }
    all
}

fn missing(id: u32, message: &str) -> Finding {
    Finding {
        class: "missing-item".to_owned(),
        subject: format!("feature {id}"),
        path: std::path::PathBuf::new(),
        line: 0,
        message: message.to_owned(),
    }
}

/// What has to be known of the whole source, gathered once.
struct Survey<'a> {
    index: &'a SourceIndex,
    aliases: Aliases,
    /// How many items mention a name, unit tests left out.
    mentions: BTreeMap<&'a str, usize>,
    /// Fields read anywhere.
    read: BTreeSet<&'a str>,
    /// For each Go test's function: names, strings and numbers it mentions.
    tests: Vec<Mentioned<'a>>,
}

struct Mentioned<'a> {
    names: BTreeSet<&'a str>,
    literals: BTreeSet<String>,
}

impl<'a> Survey<'a> {
    fn of(index: &'a SourceIndex) -> Self {
        let mut mentions = BTreeMap::new();
        let mut read = BTreeSet::new();
        for item in index.items.iter().filter(|item| !item.in_test) {
            let facts = item.facts();
            read.extend(facts.fields.iter().map(String::as_str));
            for name in facts.names() {
                if name != item.name {
                    *mentions.entry(name).or_default() += 1;
                }
            }
        }
        let tests = index
            .test_items
            .values()
            .map(|at| Mentioned::of(index, &index.items[*at]));
        Self {
            index,
            aliases: Aliases::collect(index),
            mentions,
            read,
            tests: tests.collect(),
        }
    }
}

impl<'a> Mentioned<'a> {
    fn of(index: &'a SourceIndex, test: &'a Item) -> Self {
        let mut mentioned = Self {
            names: BTreeSet::new(),
            literals: BTreeSet::new(),
        };
        for item in index.local_closure(test) {
            let facts = item.facts();
            mentioned.names.extend(facts.names());
            mentioned.literals.extend(facts.strings.iter().cloned());
            mentioned.literals.extend(facts.numbers.iter().cloned());
        }
        mentioned
    }
}

fn judge_item(item: &Item, go_shape: &str, survey: &Survey<'_>, findings: &mut Findings<'_>) {
    scan::later_comments(item, findings);
    match (&item.function, item.kind) {
        (Some(function), _) => {
            scan::function(item, function, &survey.aliases, findings);
            judge_function(item, function, go_shape, findings);
            fixed_output(item, function, survey, findings);
            uncalled(item, survey, findings);
            keeps_nothing(item, survey, findings);
        }
        (None, ItemKind::Type) => unread_fields(item, survey, findings),
        _ => {}
    }
}

fn judge_function(item: &Item, function: &Function, go_shape: &str, findings: &mut Findings<'_>) {
    let body = judge(&function.block);
    let trivial_in_go = matches!(go_shape, "constant" | "empty");
    if body == Body::Empty && go_shape != "empty" {
        findings.add(
            "empty-body",
            item,
            item.line,
            "does nothing, but the Go function does",
        );
    }
    let builds = is_constructor(item, function);
    if body == Body::Constant && !trivial_in_go && !builds {
        let message = "always yields the same value, but the Go function computes one";
        findings.add("constant-return", item, item.line, message);
    }
    if !trivial_in_go {
        ignored_parameters(item, function, findings);
        if !says_no(item, function) {
            let message = "promises to tell good from bad, but accepts everything";
            findings.add("accepts-everything", item, item.line, message);
        }
    }
}

/// A function without input that builds a fresh value may be constant.
fn is_constructor(item: &Item, function: &Function) -> bool {
    if !function.sig.inputs.is_empty() {
        return false;
    }
    let ReturnType::Type(_, ty) = &function.sig.output else {
        return false;
    };
    let facts = Facts::of_tokens(&quote::quote!(type X = #ty;));
    let own = item.self_ty.as_deref().unwrap_or("Self");
    let of_own_type = facts.mentions("Self") || facts.mentions(own);
    let builds = exits(&function.block).iter().all(|exit| {
        matches!(
            exit,
            Expr::Struct(_) | Expr::Call(_) | Expr::Macro(_) | Expr::Path(_)
        )
    });
    of_own_type && builds || matches!(sole_value(&function.block), Some(Expr::Struct(_)))
}

fn ignored_parameters(item: &Item, function: &Function, findings: &mut Findings<'_>) {
    let mut used = UsedNames::default();
    used.visit_block(&function.block);
    for input in &function.sig.inputs {
        match input {
            FnArg::Receiver(receiver) => {
                let exclusive = text(receiver).replace(' ', "").starts_with("&mut");
                if exclusive && !used.0.mentions("self") && item.trait_name.is_none() {
                    let message = "takes `&mut self` and changes nothing";
                    findings.add("no-state-change", item, item.line, message);
                }
            }
            FnArg::Typed(typed) => {
                let ty = text(&typed.ty);
                let held = HELD.iter().any(|held| ty.contains(held));
                let ignored = match &*typed.pat {
                    Pat::Wild(_) => true,
                    pat => bound_name(pat).is_some_and(|name| !used.0.mentions(&name)),
                };
                if ignored && !held && item.trait_name.is_none() {
                    let message = format!("ignores its parameter `{}`", text(&typed.pat));
                    findings.add("ignored-parameter", item, item.line, message);
                }
            }
        }
    }
}

/// Names used for something: `let _ = name` and `drop(name)` are not that.
#[derive(Default)]
struct UsedNames(Facts);

impl Visit<'_> for UsedNames {
    fn visit_local(&mut self, local: &syn::Local) {
        let thrown = matches!(local.pat, Pat::Wild(_))
            || bound_name(&local.pat).is_some_and(|name| name.starts_with("_unused"));
        let inert = local
            .init
            .as_ref()
            .is_some_and(|init| super::body::is_inert(&init.expr));
        if !(thrown && inert) {
            self.0.visit_local(local);
        }
    }

    fn visit_stmt(&mut self, stmt: &syn::Stmt) {
        let thrown = match stmt {
            syn::Stmt::Local(_) => return visit::visit_stmt(self, stmt),
            syn::Stmt::Expr(Expr::Assign(it), _) => {
                matches!(*it.left, Expr::Infer(_)) && super::body::is_inert(&it.right)
            }
            syn::Stmt::Expr(Expr::Call(it), Some(_)) => {
                matches!(&*it.func, Expr::Path(path) if ends_with(&path.path, "drop"))
                    && it.args.iter().all(super::body::is_inert)
            }
            syn::Stmt::Expr(expr, Some(_)) => super::body::is_inert(expr),
            _ => false,
        };
        if !thrown {
            self.0.visit_stmt(stmt);
        }
    }
}

/// Whether a function that judges its input has a way to turn it down.
fn says_no(item: &Item, function: &Function) -> bool {
    let name = item.name.as_str();
    if !name.split('_').any(|word| JUDGES.contains(&word)) {
        return true;
    }
    let ReturnType::Type(_, ty) = &function.sig.output else {
        return true;
    };
    let ty = text(ty);
    let can = ty.starts_with("Result") || ty.starts_with("Option") || ty.trim() == "bool";
    if !can || ty.contains("Infallible") {
        return true;
    }
    let exits = exits(&function.block);
    let yes = |expr: &Expr| match expr {
        Expr::Call(it) => matches!(&*it.func, Expr::Path(path)
            if ends_with(&path.path, "Ok") || ends_with(&path.path, "Some")),
        Expr::Lit(it) => matches!(&it.lit, Lit::Bool(value) if value.value),
        _ => false,
    };
    if exits.is_empty() || !exits.iter().all(yes) {
        return true;
    }
    let mut doubts = Doubts(false);
    doubts.visit_block(&function.block);
    doubts.0
}

/// Whether code has an early way out: `?`, `bail!` and their like.
struct Doubts(bool);

impl Visit<'_> for Doubts {
    fn visit_expr_try(&mut self, _: &syn::ExprTry) {
        self.0 = true;
    }

    fn visit_macro(&mut self, mac: &syn::Macro) {
        self.0 |= ends_with(&mac.path, "bail") || ends_with(&mac.path, "ensure");
    }
}

/// Outputs that are a table of what one test asks.
fn fixed_output(
    item: &Item,
    function: &Function,
    survey: &Survey<'_>,
    findings: &mut Findings<'_>,
) {
    let parameters: BTreeSet<String> = function
        .sig
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Typed(typed) => bound_name(&typed.pat),
            FnArg::Receiver(_) => None,
        })
        .collect();
    let mut tables = Tables {
        parameters: &parameters,
        tables: Vec::new(),
    };
    tables.visit_block(&function.block);
    for table in tables.tables.iter().filter(|table| table.is_telling()) {
        let told = survey.tests.iter().any(|test| {
            test.names.contains(item.name.as_str())
                && table
                    .inputs
                    .iter()
                    .all(|input| test.literals.contains(input))
                && table
                    .outputs
                    .iter()
                    .all(|output| test.literals.contains(output))
        });
        if told {
            let inputs: Vec<&str> = table.inputs.iter().map(String::as_str).collect();
            let message = format!("answers for a test's own inputs: {}", inputs.join(", "));
            findings.add("fixed-output", item, item.line, message);
        }
    }
}

#[derive(Default)]
struct Table {
    inputs: BTreeSet<String>,
    outputs: BTreeSet<String>,
    /// All outputs are `true` or `false`, that for all other inputs too.
    yes_or_no: bool,
}

impl Table {
    /// Small numbers and one-letter strings occur in every test.
    fn is_telling(&self) -> bool {
        let rare = |text: &String| match text.parse::<u64>() {
            Ok(number) => number >= 10,
            Err(_) => text.len() >= 3,
        };
        (!self.outputs.is_empty() || self.yes_or_no)
            && self.inputs.iter().chain(&self.outputs).any(rare)
    }
}

struct Tables<'a> {
    parameters: &'a BTreeSet<String>,
    tables: Vec<Table>,
}

impl Tables<'_> {
    fn is_input(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Path(it) => it
                .path
                .get_ident()
                .is_some_and(|name| self.parameters.contains(&name.to_string())),
            Expr::MethodCall(it) => it.args.is_empty() && self.is_input(&it.receiver),
            Expr::Reference(it) => self.is_input(&it.expr),
            Expr::Unary(it) => self.is_input(&it.expr),
            Expr::Tuple(it) => it.elems.iter().all(|elem| self.is_input(elem)),
            Expr::Paren(it) => self.is_input(&it.expr),
            _ => false,
        }
    }
}

impl Visit<'_> for Tables<'_> {
    fn visit_expr_match(&mut self, it: &syn::ExprMatch) {
        if self.is_input(&it.expr) {
            let mut table = Table {
                yes_or_no: true,
                ..Table::default()
            };
            for arm in &it.arms {
                let inputs = pattern_literals(&arm.pat);
                table.yes_or_no &= is_bool(&arm.body);
                if inputs.is_empty() {
                    continue;
                }
                table.inputs.extend(inputs);
                table.outputs.extend(value_literals(&arm.body));
            }
            if !table.inputs.is_empty() {
                self.tables.push(table);
            }
        }
        visit::visit_expr_match(self, it);
    }

    fn visit_expr_if(&mut self, it: &syn::ExprIf) {
        if let Expr::Binary(cond) = &*it.cond
            && matches!(cond.op, BinOp::Eq(_))
            && let Some(value) = sole_value(&it.then_branch)
        {
            let sides = [(&cond.left, &cond.right), (&cond.right, &cond.left)];
            for (input, literal) in sides {
                let inputs = value_literals(literal);
                if self.is_input(input) && !inputs.is_empty() {
                    let outputs = value_literals(value);
                    self.tables.push(Table {
                        inputs,
                        outputs,
                        yes_or_no: false,
                    });
                }
            }
        }
        visit::visit_expr_if(self, it);
    }
}

fn is_bool(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(it) => matches!(it.lit, Lit::Bool(_)),
        Expr::Return(it) => it.expr.as_deref().is_some_and(is_bool),
        _ => false,
    }
}

fn pattern_literals(pat: &Pat) -> BTreeSet<String> {
    let facts = Facts::of_tokens(&quote::quote!(#pat));
    facts.strings.into_iter().chain(facts.numbers).collect()
}

fn value_literals(expr: &Expr) -> BTreeSet<String> {
    if !is_constant(expr, &BTreeSet::new()) {
        return BTreeSet::new();
    }
    let facts = Facts::of_expr(expr);
    facts.strings.into_iter().chain(facts.numbers).collect()
}

/// Code that nothing but its own unit tests calls.
fn uncalled(item: &Item, survey: &Survey<'_>, findings: &mut Findings<'_>) {
    let called = survey.mentions.contains_key(item.name.as_str());
    if !called && item.trait_name.is_none() && item.name != "main" {
        findings.add("uncalled", item, item.line, "nothing calls it");
    }
}

/// An option that is set and never read.
fn unread_fields(item: &Item, survey: &Survey<'_>, findings: &mut Findings<'_>) {
    let Ok(syn::Item::Struct(it)) = syn::parse2(item.tokens.clone()) else {
        return;
    };
    // What is serialised is read by whoever gets it.
    let attributes: Vec<String> = it.attrs.iter().map(|attr| text(&attr.meta)).collect();
    if attributes.iter().any(|attr| attr.contains("Serialize")) {
        return;
    }
    let Fields::Named(fields) = &it.fields else {
        return;
    };
    for name in fields.named.iter().filter_map(|field| field.ident.as_ref()) {
        let name = name.to_string();
        if !name.starts_with('_') && !survey.read.contains(name.as_str()) {
            let message = format!("its field `{name}` is never read");
            findings.add("unread-field", item, item.line, message);
        }
    }
}

/// A file store's operation from which no file is ever reached.
fn keeps_nothing(item: &Item, survey: &Survey<'_>, findings: &mut Findings<'_>) {
    let file = survey.index.file(item);
    let of_files = item
        .self_ty
        .as_deref()
        .is_some_and(|ty| ty.starts_with("File"))
        || file.module.windows(2).any(|pair| pair == ["store", "file"]);
    if !of_files || !item.name.split('_').any(|word| KEEPERS.contains(&word)) {
        return;
    }
    let crate_name = file.module.first();
    let closure = survey.index.closure(item, |other| {
        other.function.is_some() && survey.index.file(other).module.first() == crate_name
    });
    let on_disk = closure.iter().any(|item| {
        item.facts().names().iter().any(|name| DISK.contains(name))
            || item
                .facts()
                .paths
                .iter()
                .any(|path| path.iter().any(|part| part == "fs"))
    });
    if !on_disk {
        findings.add(
            "no-persistence",
            item,
            item.line,
            "no file is written or read",
        );
    }
}

/// The block of a function, for tests of tests.
pub(super) fn block_of(item: &Item) -> Option<&Block> {
    item.function.as_ref().map(|function| &function.block)
}
