//! What a piece of code mentions: names, calls, literals.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Block, Expr, Lit, Macro, Member, Path, Signature, Token};

/// Names, calls and literals of a piece of code, macro arguments included.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// Paths as written, split at `::`.
    pub(crate) paths: BTreeSet<Vec<String>>,
    /// Methods called.
    pub(crate) methods: BTreeSet<String>,
    /// Macros called, by their last name.
    pub(crate) macros: BTreeSet<String>,
    /// Fields read.
    pub(crate) fields: BTreeSet<String>,
    /// String literals.
    pub(crate) strings: BTreeSet<String>,
    /// Integer literals.
    pub(crate) numbers: BTreeSet<String>,
    /// Identifiers within macros that could not be read as expressions.
    loose: BTreeSet<String>,
}

impl Facts {
    pub(crate) fn of_function(sig: &Signature, block: &Block) -> Self {
        let mut facts = Self::default();
        facts.visit_signature(sig);
        facts.visit_block(block);
        facts
    }

    pub(crate) fn of_block(block: &Block) -> Self {
        let mut facts = Self::default();
        facts.visit_block(block);
        facts
    }

    pub(crate) fn of_expr(expr: &Expr) -> Self {
        let mut facts = Self::default();
        facts.visit_expr(expr);
        facts
    }

    pub(crate) fn of_tokens(tokens: &TokenStream) -> Self {
        let mut facts = Self::default();
        match syn::parse2::<syn::Item>(tokens.clone()) {
            Ok(item) => facts.visit_item(&item),
            Err(_) => facts.tokens(tokens.clone()),
        }
        facts
    }

    /// Every name that could refer to an item: the last part of each path,
    /// and the part before it, which may be a type.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        let of_paths = self.paths.iter().flat_map(|path| path.iter().rev().take(2));
        of_paths
            .chain(&self.methods)
            .chain(&self.macros)
            .chain(&self.loose)
            .map(String::as_str)
            .collect()
    }

    /// Whether nothing is named within a format string or an unread macro.
    pub(crate) fn nothing_loose(&self) -> bool {
        self.loose.is_empty()
    }

    /// Whether a variable is mentioned.
    pub(crate) fn mentions(&self, variable: &str) -> bool {
        self.loose.contains(variable)
            || self
                .paths
                .iter()
                .any(|path| path.first().is_some_and(|first| first == variable))
    }

    fn tokens(&mut self, tokens: TokenStream) {
        for tree in tokens {
            match tree {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(ident) => {
                    self.loose.insert(ident.to_string());
                }
                TokenTree::Literal(literal) => self.literal(&Lit::new(literal)),
                TokenTree::Punct(_) => {}
            }
        }
    }

    fn literal(&mut self, literal: &Lit) {
        match literal {
            Lit::Str(text) => {
                self.strings.insert(text.value());
            }
            Lit::ByteStr(text) => {
                self.strings
                    .insert(String::from_utf8_lossy(&text.value()).into_owned());
            }
            Lit::Int(number) => {
                self.numbers.insert(number.base10_digits().to_owned());
            }
            _ => {}
        }
    }
}

impl Visit<'_> for Facts {
    fn visit_path(&mut self, path: &Path) {
        self.paths
            .insert(path.segments.iter().map(|s| s.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &syn::ExprMethodCall) {
        self.methods.insert(call.method.to_string());
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_field(&mut self, field: &syn::ExprField) {
        if let Member::Named(name) = &field.member {
            self.fields.insert(name.to_string());
        }
        visit::visit_expr_field(self, field);
    }

    fn visit_field_pat(&mut self, field: &syn::FieldPat) {
        if let Member::Named(name) = &field.member {
            self.fields.insert(name.to_string());
        }
        visit::visit_field_pat(self, field);
    }

    fn visit_expr_assign(&mut self, assign: &syn::ExprAssign) {
        // Writing a field is not reading it.
        match &*assign.left {
            Expr::Field(field) => self.visit_expr(&field.base),
            left => self.visit_expr(left),
        }
        self.visit_expr(&assign.right);
    }

    fn visit_lit(&mut self, literal: &Lit) {
        self.literal(literal);
    }

    fn visit_macro(&mut self, mac: &Macro) {
        if let Some(last) = mac.path.segments.last() {
            self.macros.insert(last.ident.to_string());
        }
        match macro_arguments(mac) {
            Some(arguments) => {
                for argument in &arguments.exprs {
                    if let Expr::Lit(lit) = argument
                        && let Lit::Str(text) = &lit.lit
                    {
                        self.loose.extend(format_names(&text.value()));
                    }
                    self.visit_expr(argument);
                }
                self.tokens(arguments.rest);
            }
            None => self.tokens(mac.tokens.clone()),
        }
    }

    /// Attributes name functions too, some of them as strings, as in
    /// `#[serde(default = "port")]`.
    fn visit_attribute(&mut self, attribute: &syn::Attribute) {
        if attribute.path().is_ident("doc") {
            return;
        }
        let mut inner = Self::default();
        inner.tokens(attribute.meta.to_token_stream());
        let last = |text: &String| text.rsplit("::").next().unwrap_or_default().to_owned();
        self.loose.extend(inner.strings.iter().map(last));
        self.loose.append(&mut inner.loose);
    }
}

/// A macro's arguments as far as they are expressions.
pub(crate) struct Arguments {
    pub(crate) exprs: Vec<Expr>,
    pub(crate) rest: TokenStream,
}

impl Parse for Arguments {
    /// An expression, and whatever follows: `matches!(e, pattern)`.
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let first = input.parse()?;
        input.parse::<Token![,]>()?;
        Ok(Self {
            exprs: vec![first],
            rest: input.parse()?,
        })
    }
}

/// Reads a macro's arguments: a list of expressions, `value; count`, or one
/// expression followed by something else.
pub(crate) fn macro_arguments(mac: &Macro) -> Option<Arguments> {
    let list = Punctuated::<Expr, Token![,]>::parse_terminated;
    if let Ok(exprs) = list.parse2(mac.tokens.clone()) {
        let exprs = exprs.into_iter().collect();
        return Some(Arguments {
            exprs,
            rest: TokenStream::new(),
        });
    }
    let repeat = Punctuated::<Expr, Token![;]>::parse_separated_nonempty;
    if let Ok(exprs) = repeat.parse2(mac.tokens.clone()) {
        let exprs = exprs.into_iter().collect();
        return Some(Arguments {
            exprs,
            rest: TokenStream::new(),
        });
    }
    syn::parse2(mac.tokens.clone()).ok()
}

/// Variables named within a format string.
fn format_names(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split('{').skip(1).filter_map(|part| {
        let end = part
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(part.len());
        let name = &part[..end];
        name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            .then(|| name.to_owned())
    })
}

/// Source text of a piece of syntax, for comparing.
pub(crate) fn text(syntax: &impl ToTokens) -> String {
    super::normalised(&syntax.to_token_stream())
}
