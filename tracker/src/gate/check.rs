//! What is wrong within one function of a test: assertions that hold for any
//! value or are never reached, tasks left alone, waiting for time.

use std::collections::{BTreeMap, BTreeSet};

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Block, Expr, ExprMethodCall, Macro, Pat, Stmt, UnOp};

use super::Findings;
use super::body::{bound_name, ends_with, is_constant, is_inert};
use super::features::block_of;
use super::scan;
use crate::source::Item;
use crate::source::facts::{Facts, macro_arguments, text};

/// Macros that check something.
pub(super) const ASSERTIONS: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "assert_matches",
    "ensure",
    "bail",
    "panic",
];

/// Checks one function of a test: its own, or a helper's.
pub(super) fn check_body(item: &Item, helpers: &[&Item], findings: &mut Findings<'_>) {
    let Some(block) = block_of(item) else { return };
    let mut check = Check {
        item,
        helpers,
        findings,
        values: BTreeMap::new(),
        steps: 0,
        facts: Facts::of_block(block),
    };
    check.visit_block(block);
}

struct Check<'a, 'b, 'c> {
    item: &'a Item,
    helpers: &'a [&'a Item],
    findings: &'b mut Findings<'c>,
    /// What names were bound to, and after how many statements.
    values: BTreeMap<String, (Expr, usize)>,
    /// Statements so far that may have changed something.
    steps: usize,
    facts: Facts,
}

impl Check<'_, '_, '_> {
    fn add(&mut self, class: &str, at: &impl Spanned, message: &str) {
        self.findings
            .add(class, self.item, at.span().start().line, message);
    }

    fn assertion(&mut self, mac: &Macro) {
        let name = mac
            .path
            .segments
            .last()
            .map(|last| last.ident.to_string())
            .unwrap_or_default();
        let Some(arguments) = macro_arguments(mac) else {
            return;
        };
        let always = match (name.as_str(), arguments.exprs.as_slice()) {
            ("assert_eq", [left, right, ..]) => {
                !self.tests_equality(left) && self.same(left, right)
            }
            ("assert_ne", [left, right, ..]) => both_fixed(left, right),
            ("assert" | "ensure" | "debug_assert", [condition, ..]) => self.always_true(condition),
            _ => false,
        };
        if always {
            self.add("tautology", mac, "holds whatever the server does");
        }
    }

    /// Equality itself is under test where some pairs are equal and others,
    /// built the same way, are not.
    fn tests_equality(&self, side: &Expr) -> bool {
        matches!(side, Expr::Call(_)) && self.facts.macros.contains("assert_ne")
    }

    /// Whether values may have changed after a statement: not after binding
    /// what was bound before.
    fn may_change(&self, stmt: &Stmt) -> bool {
        let Stmt::Local(local) = stmt else {
            return true;
        };
        let Some(init) = &local.init else {
            return false;
        };
        let own = bound_name(&local.pat);
        let bound = text(&init.expr);
        let again = |(name, (value, at)): (&String, &(Expr, usize))| {
            Some(name) != own.as_ref() && *at == self.steps && text(value) == bound
        };
        let facts = Facts::of_expr(&init.expr);
        let calls = !facts.methods.is_empty() || matches!(*init.expr, Expr::Call(_));
        calls && !self.is_first_of_its_kind(own.as_ref()) && !self.values.iter().any(again)
    }

    /// Whether nothing else was bound since the last change.
    fn is_first_of_its_kind(&self, own: Option<&String>) -> bool {
        !self
            .values
            .iter()
            .any(|(name, (_, at))| Some(name) != own && *at == self.steps)
    }

    /// Whether two sides are equal, or different, no matter what.
    fn same(&self, left: &Expr, right: &Expr) -> bool {
        if both_fixed(left, right) {
            return true;
        }
        let (left, right) = (self.origin(left), self.origin(right));
        left == right
    }

    /// The text of an expression with bound names put back and `clone` left out.
    fn origin(&self, expr: &Expr) -> String {
        match expr {
            Expr::Reference(it) => self.origin(&it.expr),
            Expr::Paren(it) => self.origin(&it.expr),
            Expr::MethodCall(it)
                if it.args.is_empty()
                    && matches!(
                        it.method.to_string().as_str(),
                        "clone" | "to_owned" | "to_string" | "to_vec" | "as_str"
                    ) =>
            {
                self.origin(&it.receiver)
            }
            Expr::Path(it) => match it.path.get_ident().map(ToString::to_string) {
                Some(name) => match self.values.get(&name) {
                    // What a call yielded earlier may be another value by now.
                    Some((value, at)) if *at == self.steps || is_inert(value) => self.origin(value),
                    _ => name,
                },
                None => text(it),
            },
            other => text(other),
        }
    }

    fn always_true(&self, condition: &Expr) -> bool {
        match condition {
            Expr::Paren(it) => self.always_true(&it.expr),
            Expr::Lit(_) => true,
            Expr::Unary(it) => is_constant(&it.expr, &BTreeSet::new()),
            Expr::Binary(it) => match it.op {
                BinOp::Or(_) => {
                    self.covers(&it.left, &it.right)
                        || self.always_true(&it.left)
                        || self.always_true(&it.right)
                }
                BinOp::And(_) => self.always_true(&it.left) && self.always_true(&it.right),
                BinOp::Eq(_) | BinOp::Le(_) => {
                    self.same(&it.left, &it.right)
                        || BinOp::Le(Default::default()) == it.op
                            && is_zero(&it.left)
                            && is_count(&it.right)
                }
                BinOp::Ge(_) => {
                    self.same(&it.left, &it.right) || is_zero(&it.right) && is_count(&it.left)
                }
                BinOp::Lt(_) | BinOp::Gt(_) | BinOp::Ne(_) => both_fixed(&it.left, &it.right),
                _ => false,
            },
            Expr::Macro(it) if ends_with(&it.mac.path, "matches") => {
                let pattern = macro_arguments(&it.mac).map(|arguments| {
                    // A pattern may look like an expression.
                    let second = arguments.exprs.get(1).map(text).unwrap_or_default();
                    format!("{}{second}", arguments.rest).replace(' ', "")
                });
                pattern.is_some_and(|pattern| {
                    matches!(
                        pattern.as_str(),
                        "_" | "Ok(_)|Err(_)"
                            | "Err(_)|Ok(_)"
                            | "Some(_)|None"
                            | "None|Some(_)"
                            | "Ok(..)|Err(..)"
                            | "Err(..)|Ok(..)"
                            | "true|false"
                    )
                })
            }
            _ => false,
        }
    }

    /// `a || !a`, `a.is_ok() || a.is_err()`.
    fn covers(&self, left: &Expr, right: &Expr) -> bool {
        if let Expr::Unary(it) = right
            && matches!(it.op, UnOp::Not(_))
        {
            return self.origin(&it.expr) == self.origin(left);
        }
        if let Expr::Unary(it) = left
            && matches!(it.op, UnOp::Not(_))
        {
            return self.origin(&it.expr) == self.origin(right);
        }
        let (Expr::MethodCall(left), Expr::MethodCall(right)) = (left, right) else {
            return false;
        };
        let opposite = |a: &ExprMethodCall, b: &ExprMethodCall| {
            let pair = (a.method.to_string(), b.method.to_string());
            matches!(
                (pair.0.as_str(), pair.1.as_str()),
                ("is_ok", "is_err") | ("is_some", "is_none")
            )
        };
        (opposite(left, right) || opposite(right, left))
            && self.origin(&left.receiver) == self.origin(&right.receiver)
    }

    /// Statements that can't be reached after a certain one.
    fn dead_after_end(&mut self, block: &Block) {
        let mut ended = false;
        for stmt in &block.stmts {
            if ended && stmt_asserts(stmt) {
                self.add("dead-assertion", stmt, "is never reached");
            }
            ended |= match stmt {
                Stmt::Expr(Expr::Return(_) | Expr::Continue(_) | Expr::Break(_), _) => true,
                Stmt::Expr(Expr::Loop(it), _) => !has_break(&it.body),
                Stmt::Expr(Expr::Block(it), _) => {
                    matches!(it.block.stmts.last(), Some(Stmt::Expr(Expr::Return(_), _)))
                }
                _ => false,
            };
        }
    }

    fn is_empty_sequence(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Range(it) => match (it.start.as_deref(), it.end.as_deref()) {
                (Some(start), Some(end)) => {
                    matches!(it.limits, syn::RangeLimits::HalfOpen(_))
                        && number(start).is_some()
                        && number(start) >= number(end)
                        && number(end).is_some()
                }
                _ => false,
            },
            Expr::Array(it) => it.elems.is_empty(),
            Expr::Reference(it) => self.is_empty_sequence(&it.expr),
            Expr::Paren(it) => self.is_empty_sequence(&it.expr),
            Expr::Macro(it) => ends_with(&it.mac.path, "vec") && it.mac.tokens.is_empty(),
            Expr::Call(it) => {
                let empty = matches!(&*it.func, Expr::Path(path) if ends_with(&path.path, "new") || ends_with(&path.path, "empty"));
                empty && it.args.is_empty()
            }
            Expr::MethodCall(it) => {
                let method = it.method.to_string();
                let none_taken = method == "take" && it.args.first().and_then(number) == Some(0);
                none_taken
                    || matches!(
                        method.as_str(),
                        "iter"
                            | "into_iter"
                            | "iter_mut"
                            | "enumerate"
                            | "zip"
                            | "rev"
                            | "map"
                            | "cloned"
                    ) && self.is_empty_sequence(&it.receiver)
            }
            Expr::Path(it)
                if it
                    .path
                    .get_ident()
                    .is_some_and(|name| self.is_empty_const(name)) =>
            {
                true
            }
            Expr::Path(it) => it
                .path
                .get_ident()
                .and_then(|name| self.values.get(&name.to_string()))
                .is_some_and(|(value, _)| self.is_empty_sequence(value)),
            _ => false,
        }
    }

    /// Whether a constant of the test's file is a list of nothing.
    fn is_empty_const(&self, name: &syn::Ident) -> bool {
        let constant = self.helpers.iter().find(|helper| *name == helper.name);
        constant.is_some_and(
            |constant| match syn::parse2::<syn::Item>(constant.tokens.clone()) {
                Ok(syn::Item::Const(it)) => self.is_empty_sequence(&it.expr),
                Ok(syn::Item::Static(it)) => self.is_empty_sequence(&it.expr),
                _ => false,
            },
        )
    }

    /// A loop that tries something with assertions until it comes out green.
    fn retries(&self, body: &Block) -> bool {
        let asserting = |name: &str| {
            let helper = self.helpers.iter().any(|helper| {
                helper.name == name
                    && helper.name != self.item.name
                    && block_of(helper).is_some_and(block_asserts)
            });
            let closure = self.values.get(name).is_some_and(|(value, _)| matches!(value, Expr::Closure(it) if block_asserts(&block_around(&Expr::Closure(it.clone())))));
            helper || closure
        };
        let called = |expr: &Expr| {
            let facts = Facts::of_expr(expr);
            let block = block_around(expr);
            facts
                .paths
                .iter()
                .any(|path| path.last().is_some_and(|name| asserting(name)))
                || block_asserts(&block)
        };
        let leaves = |block: &Block| {
            let mut leaves = Leaves(false);
            leaves.visit_block(block);
            leaves.0
        };
        body.stmts.iter().any(|stmt| match stmt {
            Stmt::Expr(Expr::If(it), _) => leaves(&it.then_branch) && called(&it.cond),
            Stmt::Expr(Expr::Match(it), _) => {
                let arms = &it.arms;
                called(&it.expr)
                    && arms.iter().any(|arm| {
                        let body = &arm.body;
                        leaves(&syn::parse_quote!({ #body }))
                    })
            }
            _ => false,
        })
    }

    fn unjoined(&mut self, expr: &Expr) {
        let spawns = match expr {
            Expr::Call(it) => matches!(&*it.func, Expr::Path(path)
                if path.path.segments.len() > 1 && path.path.segments.last().is_some_and(|last| matches!(last.ident.to_string().as_str(), "spawn" | "spawn_blocking" | "spawn_local"))),
            Expr::MethodCall(it) => {
                let on_runtime = matches!(
                    text(&it.receiver).trim(),
                    "runtime" | "rt" | "handle" | "&runtime"
                );
                on_runtime && (it.method == "spawn" || it.method == "spawn_blocking")
            }
            _ => false,
        };
        if spawns {
            self.add("unjoined-task", expr, "what is spawned is never joined");
        }
    }
}

impl Visit<'_> for Check<'_, '_, '_> {
    fn visit_block(&mut self, block: &Block) {
        self.dead_after_end(block);
        visit::visit_block(self, block);
    }

    fn visit_local(&mut self, local: &syn::Local) {
        if let (Some(name), Some(init)) = (bound_name(&local.pat), &local.init) {
            let mutable = matches!(&local.pat, Pat::Ident(it) if it.mutability.is_some());
            if mutable {
                self.values.remove(&name);
            } else {
                self.values
                    .insert(name.clone(), ((*init.expr).clone(), self.steps));
            }
            let used = self.facts.mentions(&name);
            if !used || name.starts_with('_') {
                self.unjoined(&init.expr);
                if let Expr::Closure(closure) = &*init.expr
                    && block_asserts(&syn::parse_quote!({ #closure }))
                    && !used
                {
                    self.add(
                        "dead-assertion",
                        local,
                        "stands in a closure that is never called",
                    );
                }
            }
        }
        if let (Pat::Wild(_), Some(init)) = (&local.pat, &local.init) {
            self.unjoined(&init.expr);
        }
        visit::visit_local(self, local);
    }

    fn visit_stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Expr(expr, Some(_)) => self.unjoined(expr),
            Stmt::Item(syn::Item::Fn(it)) => {
                let name = it.sig.ident.to_string();
                if block_asserts(&it.block) && !self.facts.mentions(&name) {
                    self.add(
                        "dead-assertion",
                        stmt,
                        "stands in a function that is never called",
                    );
                }
            }
            _ => {}
        }
        visit::visit_stmt(self, stmt);
        self.steps += usize::from(self.may_change(stmt));
    }

    fn visit_macro(&mut self, mac: &Macro) {
        self.assertion(mac);
        for expr in macro_arguments(mac)
            .iter()
            .flat_map(|arguments| &arguments.exprs)
        {
            self.visit_expr(expr);
        }
    }

    fn visit_expr_for_loop(&mut self, it: &syn::ExprForLoop) {
        if self.is_empty_sequence(&it.expr) && block_asserts(&it.body) {
            self.add(
                "dead-assertion",
                it,
                "stands in a loop that runs zero times",
            );
        }
        if self.retries(&it.body) {
            self.add("retry", it, "tries until it is green");
        }
        visit::visit_expr_for_loop(self, it);
    }

    fn visit_expr_loop(&mut self, it: &syn::ExprLoop) {
        if self.retries(&it.body) {
            self.add("retry", it, "tries until it is green");
        }
        visit::visit_expr_loop(self, it);
    }

    fn visit_expr_while(&mut self, it: &syn::ExprWhile) {
        let condition: &Expr = &it.cond;
        let never = text(condition).trim() == "false";
        if never && block_asserts(&it.body) {
            self.add(
                "dead-assertion",
                it,
                "stands in a loop that runs zero times",
            );
        }
        if self.retries(&it.body) {
            self.add("retry", it, "tries until it is green");
        }
        let body = &it.body;
        let block: Block = syn::parse_quote!({ #condition; });
        if block_asserts(&block)
            || self.retries(&syn::parse_quote!({ if #condition { break; } }))
                && body.stmts.len() < 3
        {
            self.add("retry", it, "tries until it is green");
        }
        visit::visit_expr_while(self, it);
    }

    fn visit_expr_if(&mut self, it: &syn::ExprIf) {
        if it.else_branch.is_none() && is_success_check(&it.cond) && block_asserts(&it.then_branch)
        {
            self.add(
                "early-return",
                it,
                "asserts nothing when something is missing",
            );
        }
        let condition = text(&it.cond);
        let never =
            matches!(condition.trim(), "false") || condition.replace(' ', "") == "cfg!(any())";
        if never && block_asserts(&it.then_branch) {
            self.add(
                "dead-assertion",
                it,
                "stands under a condition that never holds",
            );
        }
        visit::visit_expr_if(self, it);
    }

    fn visit_expr_call(&mut self, call: &syn::ExprCall) {
        if let Expr::Path(path) = &*call.func {
            let last = path.path.segments.last().map(|last| last.ident.to_string());
            match last.as_deref() {
                Some("sleep" | "sleep_ms" | "sleep_until" | "park_timeout") => {
                    self.add("sleep", call, "waits for time instead of a condition");
                }
                Some("catch_unwind") => {
                    self.add("catch-unwind", call, "hides a panic from the harness");
                }
                Some("expect_panic")
                    if call
                        .args
                        .first()
                        .and_then(scan::string_literal)
                        .is_some_and(|t| t.is_empty()) =>
                {
                    self.add("any-panic", call, "expects a panic without saying which");
                }
                _ => {}
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &ExprMethodCall) {
        if call.method == "catch_unwind" {
            self.add("catch-unwind", call, "hides a panic from the harness");
        }
        visit::visit_expr_method_call(self, call);
    }
}

struct Leaves(bool);

impl Visit<'_> for Leaves {
    fn visit_expr_return(&mut self, _: &syn::ExprReturn) {
        self.0 = true;
    }
    fn visit_expr_break(&mut self, _: &syn::ExprBreak) {
        self.0 = true;
    }
    fn visit_expr_closure(&mut self, _: &syn::ExprClosure) {}
}

fn has_break(block: &Block) -> bool {
    let mut leaves = Leaves(false);
    leaves.visit_block(block);
    leaves.0
}

fn block_asserts(block: &Block) -> bool {
    let facts = Facts::of_block(block);
    ASSERTIONS.iter().any(|name| facts.macros.contains(*name))
}

fn stmt_asserts(stmt: &Stmt) -> bool {
    block_asserts(&syn::parse_quote!({ #stmt }))
}

/// `if let Ok(..) = it`, `if it.is_some()` and their like.
fn is_success_check(condition: &Expr) -> bool {
    match condition {
        Expr::Let(it) => matches!(&*it.pat, Pat::TupleStruct(pat)
            if ends_with(&pat.path, "Ok") || ends_with(&pat.path, "Some")),
        Expr::MethodCall(it) => it.method == "is_ok" || it.method == "is_some",
        _ => false,
    }
}

/// Whether two sides are literals, or made of nothing else.
fn both_fixed(left: &Expr, right: &Expr) -> bool {
    let fixed = |expr: &Expr| is_constant(expr, &BTreeSet::new()) && !is_global(expr);
    fixed(left) && fixed(right)
}

/// A named constant may come from the server; a literal doesn't.
fn is_global(expr: &Expr) -> bool {
    !Facts::of_expr(expr).paths.is_empty()
}

fn number(expr: &Expr) -> Option<u64> {
    match expr {
        Expr::Lit(it) => match &it.lit {
            syn::Lit::Int(value) => value.base10_parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

fn is_zero(expr: &Expr) -> bool {
    number(expr) == Some(0)
}

/// What can't be negative.
fn is_count(expr: &Expr) -> bool {
    match expr {
        Expr::MethodCall(it) => matches!(
            it.method.to_string().as_str(),
            "len" | "count" | "size" | "as_millis" | "as_secs"
        ),
        _ => false,
    }
}

/// A block that holds `expr` alone. Built, not parsed: the condition of a
/// `while let` is an expression that no block could be parsed from.
fn block_around(expr: &Expr) -> Block {
    Block {
        brace_token: syn::token::Brace::default(),
        stmts: vec![Stmt::Expr(expr.clone(), None)],
    }
}
