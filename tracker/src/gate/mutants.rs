//! The ways in which a function body can be broken.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::{ReturnType, Type};

use crate::source::Function;
use crate::source::facts::text;

/// Bodies to put in place of a function's own, without their braces: default
/// values, early returns and the opposite answer, as the return type allows.
pub(super) fn of(function: &Function) -> Vec<String> {
    let bodies = match &function.sig.output {
        ReturnType::Default => vec![String::new()],
        ReturnType::Type(_, ty) => {
            let mut values = values(ty);
            if is_bool(ty) && function.sig.asyncness.is_none() {
                let body = source(function);
                values.push(format!("!(move || -> bool {body})()"));
            }
            values
        }
    };
    let own = source(function);
    let bodies = bodies.into_iter().chain(with_opposite_condition(function));
    let same = |body: &String| {
        format!("{{{body}}}")
            .parse::<TokenStream>()
            .is_ok_and(|mutant| text(&mutant) == text(&function.block) || mutant.to_string() == own)
    };
    bodies.filter(|body| !same(body)).collect()
}

/// The body with its first condition turned round. Unlike a default value this
/// compiles for any return type.
fn with_opposite_condition(function: &Function) -> Option<String> {
    let block = &function.block;
    let mut done = false;
    let turned = turn_first(quote::quote!(#block), &mut done);
    done.then(|| turned.to_string())
}

fn turn_first(tokens: TokenStream, done: &mut bool) -> TokenStream {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(tree) = trees.get(at) {
        at += 1;
        match tree {
            TokenTree::Group(group) if !*done => {
                let inner = turn_first(group.stream(), done);
                out.push(Group::new(group.delimiter(), inner).into());
            }
            TokenTree::Ident(word) if !*done && word == "if" => {
                let rest = &trees[at..];
                let length = rest.iter().position(ends_condition).unwrap_or(rest.len());
                let condition: TokenStream = rest[..length].iter().cloned().collect();
                let by_pattern = rest[..length]
                    .iter()
                    .any(|t| matches!(t, TokenTree::Ident(i) if i == "let"));
                out.push(tree.clone());
                if !by_pattern {
                    out.extend(quote::quote!(!(#condition)));
                    at += length;
                    *done = true;
                }
            }
            other => out.push(other.clone()),
        }
    }
    out.into_iter().collect()
}

/// The braces after an `if`. A guard's condition ends otherwise; turned round
/// by this rule it doesn't compile, and counts as no mutant.
fn ends_condition(tree: &TokenTree) -> bool {
    match tree {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    }
}

fn source(function: &Function) -> String {
    let block = &function.block;
    quote::quote!(#block).to_string()
}

fn is_bool(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident("bool"))
}

/// Values of a type that a function could answer without doing its work.
fn values(ty: &Type) -> Vec<String> {
    let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    let wrap = |before: &str, inner: Option<&Type>| -> Vec<String> {
        let inner = inner.map_or_else(|| vec!["Default::default()".to_owned()], values);
        inner
            .into_iter()
            .map(|value| format!("{before}({value})"))
            .collect()
    };
    match ty {
        Type::Never(_) => Vec::new(),
        Type::Tuple(tuple) if tuple.elems.is_empty() => owned(&["()"]),
        Type::Tuple(tuple) => {
            let first = |ty: &Type| values(ty).into_iter().next().unwrap_or_default();
            let parts: Vec<String> = tuple.elems.iter().map(first).collect();
            vec![format!("({},)", parts.join(", "))]
        }
        Type::Reference(reference) => match &*reference.elem {
            Type::Path(path) if path.path.is_ident("str") => owned(&["\"\"", "\"xyzzy\""]),
            Type::Slice(_) => owned(&["&[]"]),
            _ => owned(&["Box::leak(Box::default())"]),
        },
        Type::ImplTrait(it) => {
            let bound = text(it);
            if bound.contains("Iterator") {
                owned(&["std::iter::empty()"])
            } else {
                Vec::new()
            }
        }
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else {
                return Vec::new();
            };
            let inner = generic(&last.arguments);
            match last.ident.to_string().as_str() {
                "bool" => owned(&["true", "false"]),
                "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => owned(&["0", "1"]),
                "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => owned(&["0", "1", "-1"]),
                "f32" | "f64" => owned(&["0.0", "1.0"]),
                "char" => owned(&["'\\0'"]),
                "String" => owned(&["String::new()", "\"xyzzy\".to_owned()"]),
                "Vec" => owned(&["Vec::new()"]),
                "Option" => {
                    let mut values = owned(&["None"]);
                    values.extend(wrap("Some", inner));
                    values
                }
                "Result" => wrap("Ok", inner),
                "Box" => wrap("Box::new", inner),
                "Arc" => wrap("std::sync::Arc::new", inner),
                _ => owned(&["Default::default()"]),
            }
        }
        _ => owned(&["Default::default()"]),
    }
}

fn generic(arguments: &syn::PathArguments) -> Option<&Type> {
    let syn::PathArguments::AngleBracketed(arguments) = arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        syn::GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::of;
    use crate::source::Function;

    fn check(source: &str, expected: &[&str]) {
        let item: syn::ItemFn = syn::parse_str(source).unwrap();
        let function = Function {
            attrs: item.attrs,
            sig: item.sig,
            block: *item.block,
        };
        assert_eq!(of(&function), expected, "{source}");
    }

    #[test]
    fn bodies_follow_the_return_type() {
        check("fn f() { work() }", &[""]);
        check("fn f() {}", &[]);
        check("fn f() -> u64 { work() }", &["0", "1"]);
        check("fn f() -> u64 { 0 }", &["1"]);
        check(
            "fn f() -> Option<u8> { work() }",
            &["None", "Some(0)", "Some(1)"],
        );
        check("fn f() -> io::Result<()> { work() }", &["Ok(())"]);
        check("fn f() -> ! { work() }", &[]);
        let turned = "{ if ! (a == b) { work () } else { rest () } }";
        check(
            "fn f() { if a == b { work() } else { rest() } }",
            &["", turned],
        );
        check("fn f() { if let Some(a) = b { work(a) } }", &[""]);
        let negated = "!(move || -> bool { work () })()";
        check("fn f() -> bool { work() }", &["true", "false", negated]);
    }
}
