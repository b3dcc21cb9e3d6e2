//! What gates look for in any function, of the server or of a test.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Block, Expr, Lit, Pat, Stmt};

use super::Findings;
use super::body::{Body, bound_name, ends_with, is_constant, judge};
use crate::source::facts::{Facts, macro_arguments, text};
use crate::source::{Function, Item, ItemKind, SourceIndex, comments};

/// Calls whose result may be dropped: nobody is left to tell, or nothing can
/// fail. Adding to this list loosens the gate.
const DROPPABLE: &[&str] = &[
    "send",
    "try_send",
    "blocking_send",
    "set",
    "abort",
    "kill",
    "wait",
    "shutdown",
    "insert",
    "remove",
    "take",
    "replace",
    "pop",
    "swap",
    "fetch_add",
    "fetch_sub",
    "fetch_max",
    "fetch_or",
    "write_str",
    "write_char",
    "write_fmt",
    "as_ref",
    "enter",
    "set_nodelay",
];

/// Names that a value is given to be rid of it.
const UNUSED: &[&str] = &[
    "_result", "_res", "_r", "_ignored", "_ignore", "_unused", "_x", "_ok", "_err", "_error",
];

/// Environment variables that the Go server reads too.
const ENVIRONMENT: &[&str] = &[
    "NATS_DOCKERIZED",
    "NOTIFY_SOCKET",
    "HOME",
    "TMPDIR",
    "PATH",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NO_COLOR",
    "NATS_STARTUP_DELAY",
    "XDG_CONFIG_HOME",
    "GOMEMLIMIT",
];

static NOT_YET: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)not[ _-]?(yet|implemented|ported|supported yet|done)|unimplemented|\bto ?do\b|\bstub|\blater\b|coming soon|fill in|work in progress",
    )
});

static LATER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(TODO|FIXME|XXX|HACK|PLACEHOLDER|WIP|TBD)\b|(?i:\btodo\b ?[:(])",
        r"|(?i:\bplaceholder (for now|until|implementation|body|value)|\bfor now\b)",
        r"|(?i:not (yet )?implemented|not yet (done|ported|supported|wired|handled)|unfinished)",
        r"|(?i:will be (done|added|implemented|handled|ported|wired|filled))",
        r"|(?i:\b(do|add|fix|handle|support|finish|implement(ed)?|wire[d]?|port(ed)?|fill(ed)?|come|comes|done)\b[^.]{0,30}\blater\b)",
        r"|(?i:in a (later|future|following) (batch|change|commit|version|step|pr\b))",
        r"|(?i:\bstub(bed)?( out| for| until|:|$)|just a stub|is a stub|temporary (hack|implementation|stub)|coming soon)",
    ))
});

/// A pattern that is part of the program; a wrong one shows in every test.
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|error| panic!("{error}"))
}

/// Names that stand for `todo!` and its like, in the whole source.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    names: BTreeSet<String>,
}

impl Aliases {
    /// Collects macros that expand to a "not yet", functions that are nothing
    /// else, and imports under another name.
    pub(super) fn collect(index: &SourceIndex) -> Self {
        let mut aliases = Self {
            names: ["todo", "unimplemented"]
                .map(str::to_owned)
                .into_iter()
                .collect(),
        };
        // An alias may stand for another one.
        loop {
            let before = aliases.names.len();
            for item in &index.items {
                if aliases.names.contains(&item.name) {
                    continue;
                }
                let not_yet = match item.kind {
                    ItemKind::Macro if item.name != "(macro)" => {
                        let source = item.tokens.to_string();
                        let facts = item.facts();
                        facts
                            .names()
                            .iter()
                            .any(|name| aliases.names.contains(*name))
                            || source.contains("panic") && NOT_YET.is_match(&source)
                    }
                    ItemKind::Function => item.function.as_ref().is_some_and(|function| {
                        diverges(function) && aliases.is_only_not_yet(&function.block)
                    }),
                    _ => false,
                };
                if not_yet {
                    aliases.names.insert(item.name.clone());
                }
            }
            for (local, path) in index.files.iter().flat_map(|file| &file.imports) {
                if path.last().is_some_and(|last| aliases.names.contains(last)) {
                    aliases.names.insert(local.clone());
                }
            }
            if aliases.names.len() == before {
                return aliases;
            }
        }
    }

    fn is_only_not_yet(&self, block: &Block) -> bool {
        let [stmt] = block.stmts.as_slice() else {
            return false;
        };
        let (Some(mac), _) = stmt_macro(stmt) else {
            return false;
        };
        let name = mac
            .path
            .segments
            .last()
            .map(|last| last.ident.to_string())
            .unwrap_or_default();
        self.names.contains(&name)
            || matches!(name.as_str(), "panic" | "unreachable")
                && (mac.tokens.is_empty() || NOT_YET.is_match(&mac.tokens.to_string()))
    }

    fn is_not_yet(&self, mac: &syn::Macro) -> bool {
        let name = mac
            .path
            .segments
            .last()
            .map(|last| last.ident.to_string())
            .unwrap_or_default();
        self.names.contains(&name)
            || matches!(name.as_str(), "panic" | "unreachable" | "bail" | "anyhow")
                && NOT_YET.is_match(&mac.tokens.to_string())
    }
}

fn diverges(function: &Function) -> bool {
    matches!(&function.sig.output, syn::ReturnType::Type(_, ty) if matches!(**ty, syn::Type::Never(_)))
}

fn stmt_macro(stmt: &Stmt) -> (Option<&syn::Macro>, bool) {
    match stmt {
        Stmt::Macro(it) => (Some(&it.mac), true),
        Stmt::Expr(Expr::Macro(it), _) => (Some(&it.mac), true),
        _ => (None, false),
    }
}

/// Comments that put the work off, within an item and right above it.
pub(super) fn later_comments(item: &Item, findings: &mut Findings<'_>) {
    let file = findings.index.file(item);
    let mut first = item.line;
    let lines: Vec<&str> = file.text.lines().collect();
    while first > 1
        && lines.get(first - 2).is_some_and(|line| {
            let line = line.trim_start();
            line.starts_with("//") && !line.starts_with("//!") || line.starts_with("#[")
        })
    {
        first -= 1;
    }
    let region = lines
        .get(first - 1..item.line_end.min(lines.len()))
        .unwrap_or_default()
        .join("\n");
    for (line, comment) in comments(&region) {
        if LATER.is_match(&comment) {
            let message = format!("puts the work off: {}", comment.trim());
            findings.add("later-comment", item, first + line - 1, message);
        }
    }
}

/// Everything that counts against server code and tests alike.
pub(super) fn function(
    item: &Item,
    function: &Function,
    aliases: &Aliases,
    findings: &mut Findings<'_>,
) {
    let mut scan = Scan {
        item,
        aliases,
        findings,
    };
    for attribute in &function.attrs {
        scan.visit_attribute(attribute);
    }
    if let [stmt] = function.block.stmts.as_slice()
        && let (Some(mac), _) = stmt_macro(stmt)
        && (ends_with(&mac.path, "panic") || ends_with(&mac.path, "unreachable"))
    {
        scan.add("not-yet-macro", mac, "the whole body is a panic");
    }
    if let Some(Expr::Loop(it)) = super::body::sole_value(&function.block)
        && it.body.stmts.is_empty()
    {
        scan.add("not-yet-macro", it, "the whole body never ends");
    }
    scan.visit_block(&function.block);
}

struct Scan<'a, 'b, 'c> {
    item: &'a Item,
    aliases: &'a Aliases,
    findings: &'b mut Findings<'c>,
}

impl Scan<'_, '_, '_> {
    fn add(&mut self, class: &str, at: &impl Spanned, message: impl Into<String>) {
        // Code within a macro's arguments keeps its place in the file.
        self.findings
            .add(class, self.item, at.span().start().line, message);
    }

    fn discarded(&mut self, expr: &Expr) {
        let droppable = |name: String| DROPPABLE.contains(&name.as_str());
        let call = match expr {
            // A limit in time doesn't change what is dropped.
            Expr::Call(it) if is_timeout(&it.func) => {
                return it
                    .args
                    .iter()
                    .skip(1)
                    .for_each(|inner| self.discarded(inner));
            }
            // There is nowhere to tell that standard error is closed.
            Expr::MethodCall(it) if text(&it.receiver).contains("stderr") => false,
            Expr::MethodCall(it) => !droppable(it.method.to_string()),
            Expr::Call(it) => match &*it.func {
                Expr::Path(path) => !path.path.segments.last().is_some_and(|last| {
                    let name = last.ident.to_string();
                    droppable(name.clone()) || name.starts_with(|c: char| c.is_uppercase())
                }),
                _ => true,
            },
            Expr::Await(it) => return self.discarded(&it.base),
            Expr::Paren(it) => return self.discarded(&it.expr),
            Expr::Macro(it) => {
                !ends_with(&it.mac.path, "write") && !ends_with(&it.mac.path, "writeln")
            }
            _ => false,
        };
        if call {
            self.add(
                "discarded-result",
                expr,
                format!("drops what `{}` yields", text(expr)),
            );
        }
    }

    /// An arm that meets any error and carries on as if there were none.
    fn error_arm(&mut self, arm: &syn::Arm) {
        let Pat::TupleStruct(pat) = &arm.pat else {
            return;
        };
        if !ends_with(&pat.path, "Err") {
            return;
        }
        let unused = match pat.elems.first() {
            Some(Pat::Wild(_)) => true,
            Some(inner) => bound_name(inner).is_some_and(|name| {
                name.starts_with('_') || !Facts::of_expr(&arm.body).mentions(&name)
            }),
            None => false,
        };
        let carries_on = match &*arm.body {
            Expr::Tuple(it) => it.elems.is_empty(),
            Expr::Block(it) => {
                judge(&it.block) == Body::Empty
                    || super::body::sole_value(&it.block).is_some_and(is_success)
            }
            Expr::Return(it) => it.expr.as_deref().is_none_or(is_success),
            Expr::Continue(_) => true,
            other => is_success(other),
        };
        if unused && carries_on {
            self.add("swallowed-error", arm, "goes on as if there were no error");
        }
    }
}

/// A call of a type's own function, such as a constructor, whose value may be
/// dropped for the sake of its `Drop`.
fn is_associated(expr: &Expr) -> bool {
    let Expr::Call(call) = expr else { return false };
    let Expr::Path(function) = &*call.func else {
        return false;
    };
    let owner = function.path.segments.iter().rev().nth(1);
    owner.is_some_and(|owner| {
        owner
            .ident
            .to_string()
            .starts_with(|c: char| c.is_uppercase())
    })
}

fn is_timeout(function: &Expr) -> bool {
    matches!(function, Expr::Path(path) if ends_with(&path.path, "timeout"))
}

/// `Ok(constant)` and its like.
fn is_success(expr: &Expr) -> bool {
    match expr {
        Expr::Call(it) => {
            let ok = matches!(&*it.func, Expr::Path(path) if ends_with(&path.path, "Ok"));
            ok && is_constant(expr, &BTreeSet::new())
        }
        Expr::Return(it) => it.expr.as_deref().is_none_or(is_success),
        _ => false,
    }
}

impl Visit<'_> for Scan<'_, '_, '_> {
    fn visit_macro(&mut self, mac: &syn::Macro) {
        if self.aliases.is_not_yet(mac) {
            self.add(
                "not-yet-macro",
                mac,
                format!("`{}!` stands for work not done", text(&mac.path)),
            );
        }
        if ends_with(&mac.path, "cfg") {
            let source = mac.tokens.to_string().replace(' ', "");
            if source == "test" || source.contains("feature=") || source.contains("(test") {
                self.add(
                    "switched-behaviour",
                    mac,
                    format!("differs under cfg({source})"),
                );
            }
        }
        if ends_with(&mac.path, "option_env") {
            self.add(
                "switched-behaviour",
                mac,
                "differs by the environment of the build",
            );
        }
        for expr in macro_arguments(mac)
            .iter()
            .flat_map(|arguments| &arguments.exprs)
        {
            self.visit_expr(expr);
        }
    }

    fn visit_attribute(&mut self, attribute: &syn::Attribute) {
        if !attribute.path().is_ident("cfg") && !attribute.path().is_ident("cfg_attr") {
            return;
        }
        let source = text(&attribute.meta).replace(' ', "");
        if source == "cfg(test)" || source.contains("feature=") || source.contains("not(test)") {
            self.add(
                "switched-behaviour",
                attribute,
                format!("differs under {source}"),
            );
        }
        if source.contains("any()") {
            self.add("switched-behaviour", attribute, "is never compiled");
        }
    }

    fn visit_expr_call(&mut self, call: &syn::ExprCall) {
        if let Expr::Path(path) = &*call.func {
            let names: Vec<String> = path
                .path
                .segments
                .iter()
                .map(|segment| segment.ident.to_string())
                .collect();
            let last = names.last().map(String::as_str).unwrap_or_default();
            let literal = call.args.first().and_then(string_literal);
            if names.len() > 1 && names[names.len() - 2] == "env" && last.starts_with("var") {
                let known = literal
                    .as_deref()
                    .is_some_and(|name| ENVIRONMENT.contains(&name));
                if let (Some(name), false) = (&literal, known) {
                    self.add("switched-behaviour", call, format!("differs by ${name}"));
                }
            }
            if names.len() > 1 && names[names.len() - 2] == "Command" && last == "new" {
                let program = literal.unwrap_or_else(|| text(&call.args));
                if program.contains("nats-server") || program == "go" {
                    self.add("go-server", call, format!("runs `{program}`"));
                }
            }
            if self.aliases.names.contains(last) && names.len() == 1 {
                self.add(
                    "not-yet-macro",
                    call,
                    format!("`{last}` stands for work not done"),
                );
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_local(&mut self, local: &syn::Local) {
        let nameless = matches!(local.pat, Pat::Wild(_))
            || bound_name(&local.pat).is_some_and(|name| UNUSED.contains(&name.as_str()));
        if let (true, Some(init)) = (nameless, &local.init) {
            self.discarded(&init.expr);
        }
        visit::visit_local(self, local);
    }

    fn visit_expr_assign(&mut self, assign: &syn::ExprAssign) {
        if matches!(*assign.left, Expr::Infer(_)) {
            self.discarded(&assign.right);
        }
        visit::visit_expr_assign(self, assign);
    }

    fn visit_stmt(&mut self, stmt: &Stmt) {
        if let Stmt::Expr(Expr::MethodCall(call), Some(_)) = stmt {
            let receiver = match &*call.receiver {
                Expr::Await(it) => &*it.base,
                other => other,
            };
            let silent = matches!(
                call.method.to_string().as_str(),
                "ok" | "unwrap_or_default" | "unwrap_or" | "is_ok" | "is_err" | "err"
            );
            if silent {
                self.discarded(receiver);
            }
        }
        if let Stmt::Expr(Expr::Call(call), Some(_)) = stmt
            && matches!(&*call.func, Expr::Path(path) if ends_with(&path.path, "drop"))
            && let Some(argument) = call.args.first()
            && !is_associated(argument)
        {
            self.discarded(argument);
        }
        visit::visit_stmt(self, stmt);
    }

    fn visit_expr_method_call(&mut self, call: &syn::ExprMethodCall) {
        let hides = match call.method.to_string().as_str() {
            "or" => call.args.first().is_some_and(is_success),
            "or_else" => matches!(
                call.args.first(),
                Some(Expr::Closure(closure)) if is_success(&closure.body)
            ),
            _ => false,
        };
        if hides {
            self.add("swallowed-error", call, "turns any error into success");
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_if(&mut self, it: &syn::ExprIf) {
        if let Expr::Let(condition) = &*it.cond
            && let Pat::TupleStruct(pat) = &*condition.pat
            && ends_with(&pat.path, "Err")
            && matches!(pat.elems.first(), Some(Pat::Wild(_)))
            && it.then_branch.stmts.is_empty()
        {
            self.add("swallowed-error", it, "goes on as if there were no error");
        }
        visit::visit_expr_if(self, it);
    }

    fn visit_expr_match(&mut self, it: &syn::ExprMatch) {
        // Beside `Ok(Err(error))`, the outer error is a limit in time that ran
        // out, or a task that ended.
        let nested = it
            .arms
            .iter()
            .any(|arm| text(&arm.pat).replace(' ', "").starts_with("Ok(Err("));
        if !nested {
            for arm in &it.arms {
                self.error_arm(arm);
            }
        }
        visit::visit_expr_match(self, it);
    }
}

/// The text of a string literal.
pub(super) fn string_literal(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(it) => match &it.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        Expr::Reference(it) => string_literal(&it.expr),
        _ => None,
    }
}
