//! What a function body amounts to: nothing, a constant, or work.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};
use syn::{BinOp, Block, Expr, Pat, Stmt};

use crate::source::facts::{Facts, macro_arguments, text};

/// Functions that only build a value from what they are given.
const BUILDERS: &[&str] = &[
    "new",
    "default",
    "from",
    "with_capacity",
    "empty",
    "into",
    "pin",
    "zeroed",
];

/// Methods that only change a value's type.
const CONVERSIONS: &[&str] = &[
    "to_string",
    "to_owned",
    "into",
    "clone",
    "as_str",
    "as_bytes",
    "to_vec",
    "into_iter",
    "iter",
    "collect",
    "into_boxed_slice",
    "into_boxed_str",
    "boxed",
    "min",
    "max",
    "not",
];

/// Macros that write a log line.
const LOGS: &[&str] = &[
    "trace", "debug", "info", "warn", "error", "println", "eprintln", "print", "eprint", "log",
];

/// What a body amounts to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// It does nothing.
    Empty,
    /// It yields the same value always.
    Constant,
    /// It does something.
    Work,
}

/// Judges a body.
pub(super) fn judge(block: &Block) -> Body {
    let mut constants = BTreeSet::new();
    let mut value = None;
    for stmt in &block.stmts {
        if is_idle(stmt) {
            continue;
        }
        match stmt {
            Stmt::Local(local) if value.is_none() => {
                let constant = local.init.as_ref().is_some_and(|init| {
                    init.diverge.is_none() && is_constant(&init.expr, &constants)
                });
                match (bound_name(&local.pat), constant) {
                    (Some(name), true) => constants.insert(name),
                    _ => return Body::Work,
                };
            }
            Stmt::Expr(Expr::Return(it), _) if value.is_none() => {
                value = Some(it.expr.as_deref());
            }
            Stmt::Expr(expr, None) if value.is_none() => value = Some(Some(expr)),
            _ => return Body::Work,
        }
    }
    match value.flatten() {
        None => Body::Empty,
        Some(Expr::Tuple(tuple)) if tuple.elems.is_empty() => Body::Empty,
        Some(expr) if is_constant(expr, &constants) => Body::Constant,
        Some(_) => Body::Work,
    }
}

/// Whether an expression has the same value always, given names that do.
pub(super) fn is_constant(expr: &Expr, names: &BTreeSet<String>) -> bool {
    let all = |mut exprs: Box<dyn Iterator<Item = &Expr> + '_>| {
        exprs.all(|inner| is_constant(inner, names))
    };
    match expr {
        Expr::Lit(_) => true,
        Expr::Path(it) => it.path.segments.last().is_some_and(|last| {
            let name = last.ident.to_string();
            let fixed = name.starts_with(|c: char| c.is_uppercase());
            fixed && name != "Self" || it.path.get_ident().is_some() && names.contains(&name)
        }),
        Expr::Unary(it) => is_constant(&it.expr, names),
        Expr::Paren(it) => is_constant(&it.expr, names),
        Expr::Group(it) => is_constant(&it.expr, names),
        Expr::Reference(it) => is_constant(&it.expr, names),
        Expr::Cast(it) => is_constant(&it.expr, names),
        Expr::Binary(it) => {
            absorbs(it) || is_constant(&it.left, names) && is_constant(&it.right, names)
        }
        Expr::Tuple(it) => all(Box::new(it.elems.iter())),
        Expr::Array(it) => all(Box::new(it.elems.iter())),
        Expr::Repeat(it) => is_constant(&it.expr, names),
        Expr::Struct(it) => {
            all(Box::new(it.fields.iter().map(|field| &field.expr)))
                && it
                    .rest
                    .as_deref()
                    .is_none_or(|rest| is_constant(rest, names))
        }
        Expr::Call(it) => {
            let builder = match &*it.func {
                Expr::Path(path) => path.path.segments.last().is_some_and(|last| {
                    let name = last.ident.to_string();
                    BUILDERS.contains(&name.as_str())
                        || name.starts_with(|c: char| c.is_uppercase())
                }),
                _ => false,
            };
            builder && all(Box::new(it.args.iter()))
        }
        Expr::MethodCall(it) => {
            CONVERSIONS.contains(&it.method.to_string().as_str())
                && is_constant(&it.receiver, names)
                && all(Box::new(it.args.iter()))
        }
        Expr::Macro(it) => {
            let name = it
                .mac
                .path
                .segments
                .last()
                .map(|last| last.ident.to_string());
            let builds = matches!(name.as_deref(), Some("vec" | "format" | "concat" | "json"));
            builds
                && macro_arguments(&it.mac).is_some_and(|a| {
                    let facts = Facts::of_expr(expr);
                    a.rest.is_empty() && all(Box::new(a.exprs.iter())) && facts.nothing_loose()
                })
        }
        Expr::Block(it) => judge(&it.block) == Body::Constant,
        Expr::Unsafe(it) => judge(&it.block) == Body::Constant,
        Expr::Async(it) => judge(&it.block) != Body::Work,
        Expr::Await(it) => is_constant(&it.base, names),
        Expr::If(it) => {
            same_value(&branches(expr), names) || {
                // A condition that is fixed decides nothing.
                let values = branches(expr);
                is_constant(&it.cond, names)
                    && !values.is_empty()
                    && values.iter().all(|value| is_constant(value, names))
            }
        }
        Expr::Match(it) => same_value(&it.arms.iter().map(|a| &*a.body).collect::<Vec<_>>(), names),
        _ => false,
    }
}

/// `x * 0`, `x || true` and their like, which don't depend on `x`.
fn absorbs(it: &syn::ExprBinary) -> bool {
    let absorbing = match it.op {
        BinOp::Mul(_) | BinOp::BitAnd(_) => "0",
        BinOp::Or(_) => "true",
        BinOp::And(_) => "false",
        _ => return false,
    };
    text(&it.left).trim() == absorbing || text(&it.right).trim() == absorbing
}

/// Whether all branches come to one and the same constant.
fn same_value(branches: &[&Expr], names: &BTreeSet<String>) -> bool {
    let texts: BTreeSet<String> = branches.iter().map(|branch| text(*branch)).collect();
    texts.len() == 1 && branches.iter().all(|branch| is_constant(branch, names))
}

/// The values of an `if` with `else`; none if a branch has statements.
fn branches(expr: &Expr) -> Vec<&Expr> {
    let Expr::If(it) = expr else {
        return vec![expr];
    };
    let Some((_, otherwise)) = &it.else_branch else {
        return Vec::new();
    };
    let mut values = Vec::new();
    let otherwise = match &**otherwise {
        Expr::Block(block) => sole_value(&block.block).into_iter().collect(),
        other => branches(other),
    };
    values.extend(sole_value(&it.then_branch));
    if values.is_empty() || otherwise.is_empty() {
        return Vec::new();
    }
    values.extend(otherwise);
    values
}

/// The expression that a block consists of.
pub(super) fn sole_value(block: &Block) -> Option<&Expr> {
    match block.stmts.as_slice() {
        [Stmt::Expr(Expr::Return(it), _)] => it.expr.as_deref(),
        [Stmt::Expr(Expr::Block(inner), None)] => sole_value(&inner.block),
        [Stmt::Expr(expr, None)] => Some(expr),
        _ => None,
    }
}

/// A statement without effect: `()`, `let _ = name`, `drop(name)`, a log line.
fn is_idle(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Local(local) => {
            let wild = matches!(local.pat, Pat::Wild(_));
            wild && local.init.as_ref().is_none_or(|init| is_inert(&init.expr))
        }
        Stmt::Macro(it) => it
            .mac
            .path
            .segments
            .last()
            .is_some_and(|last| LOGS.contains(&last.ident.to_string().as_str())),
        Stmt::Item(_) => true,
        Stmt::Expr(Expr::Assign(it), _) => {
            matches!(*it.left, Expr::Infer(_)) && is_inert(&it.right)
        }
        Stmt::Expr(Expr::Call(it), Some(_)) => {
            let dropped = matches!(&*it.func, Expr::Path(p) if ends_with(&p.path, "drop"));
            dropped && it.args.iter().all(is_inert)
        }
        Stmt::Expr(Expr::Macro(it), Some(_)) => it
            .mac
            .path
            .segments
            .last()
            .is_some_and(|last| LOGS.contains(&last.ident.to_string().as_str())),
        Stmt::Expr(expr, Some(_)) => is_inert(expr) && !matches!(expr, Expr::Return(_)),
        Stmt::Expr(..) => false,
    }
}

/// Names, fields and literals, which do nothing when they are evaluated.
pub(super) fn is_inert(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) | Expr::Lit(_) => true,
        Expr::Field(it) => is_inert(&it.base),
        Expr::Reference(it) => is_inert(&it.expr),
        Expr::Paren(it) => is_inert(&it.expr),
        Expr::Tuple(it) => it.elems.iter().all(is_inert),
        _ => false,
    }
}

/// The name that a plain pattern binds.
pub(super) fn bound_name(pat: &Pat) -> Option<String> {
    match pat {
        Pat::Ident(it) if it.subpat.is_none() => Some(it.ident.to_string()),
        Pat::Type(it) => bound_name(&it.pat),
        Pat::Paren(it) => bound_name(&it.pat),
        Pat::Reference(it) => bound_name(&it.pat),
        _ => None,
    }
}

/// Whether a path's last part is a given name.
pub(super) fn ends_with(path: &syn::Path, name: &str) -> bool {
    path.segments.last().is_some_and(|last| last.ident == name)
}

/// The values with which a function can end, closures left out.
pub(super) fn exits(block: &Block) -> Vec<Expr> {
    struct Returns(Vec<Expr>);
    impl Visit<'_> for Returns {
        fn visit_expr_return(&mut self, it: &syn::ExprReturn) {
            self.0.extend(it.expr.as_deref().cloned());
            visit::visit_expr_return(self, it);
        }
        fn visit_expr_closure(&mut self, _: &syn::ExprClosure) {}
        fn visit_item(&mut self, _: &syn::Item) {}
    }
    let mut returns = Returns(Vec::new());
    returns.visit_block(block);
    tails(block, &mut returns.0);
    returns.0
}

fn tails(block: &Block, out: &mut Vec<Expr>) {
    if let Some(Stmt::Expr(expr, None)) = block.stmts.last() {
        tail(expr, out);
    }
}

fn tail(expr: &Expr, out: &mut Vec<Expr>) {
    match expr {
        Expr::If(it) => {
            tails(&it.then_branch, out);
            if let Some((_, otherwise)) = &it.else_branch {
                tail(otherwise, out);
            }
        }
        Expr::Match(it) => it.arms.iter().for_each(|arm| tail(&arm.body, out)),
        Expr::Block(it) => tails(&it.block, out),
        Expr::Unsafe(it) => tails(&it.block, out),
        Expr::Return(_) => {}
        other => out.push(other.clone()),
    }
}
