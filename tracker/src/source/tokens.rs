//! Token streams as text, without what doesn't matter.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use sha2::{Digest, Sha256};

/// Rust words after which a parenthesis is no call.
const KEYWORDS: &[&str] = &[
    "return", "in", "match", "if", "let", "mut", "else", "break", "move", "ref", "as", "while",
];

/// SHA-256, as hexadecimal digits.
pub(super) fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The tokens as text: docs and the commas that formatting adds are left out.
pub(crate) fn normalised(tokens: &TokenStream) -> String {
    let mut out = String::new();
    write(tokens.clone(), false, &mut out);
    out
}

/// The same with every literal blotted out.
pub(crate) fn shape(tokens: &TokenStream) -> String {
    let mut out = String::new();
    write(tokens.clone(), true, &mut out);
    out
}

fn write(tokens: TokenStream, blot: bool, out: &mut String) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while let Some(tree) = trees.get(at) {
        let doc = doc_attribute(&trees[at..]);
        if doc > 0 {
            at += doc;
            continue;
        }
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                out.push_str(open);
                let callable = at.checked_sub(1).and_then(|before| trees.get(before));
                let inner = without_last_comma(group.stream(), callable, group.delimiter());
                write(inner, blot, out);
                out.push_str(close);
            }
            TokenTree::Literal(_) if blot => out.push_str("_ "),
            TokenTree::Ident(ident) if blot && (ident == "true" || ident == "false") => {
                out.push_str("_ ");
            }
            TokenTree::Punct(punct) => out.push(punct.as_char()),
            other => {
                out.push_str(&other.to_string());
                out.push(' ');
            }
        }
        at += 1;
    }
}

/// How many tokens a doc attribute at the start takes.
fn doc_attribute(trees: &[TokenTree]) -> usize {
    let is_punct = |tree: Option<&TokenTree>, wanted: char| matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted);
    if !is_punct(trees.first(), '#') {
        return 0;
    }
    let at = if is_punct(trees.get(1), '!') { 2 } else { 1 };
    let Some(TokenTree::Group(group)) = trees.get(at) else {
        return 0;
    };
    match group.stream().into_iter().next() {
        Some(TokenTree::Ident(ident)) if ident == "doc" => at + 1,
        _ => 0,
    }
}

/// Formatting over several lines ends a list with a comma. Only in a tuple of
/// one does that comma mean something.
fn without_last_comma(
    inner: TokenStream,
    before: Option<&TokenTree>,
    delimiter: Delimiter,
) -> TokenStream {
    let mut trees: Vec<TokenTree> = inner.into_iter().collect();
    let comma = |tree: &TokenTree| matches!(tree, TokenTree::Punct(p) if p.as_char() == ',');
    if !trees.last().is_some_and(comma) {
        return trees.into_iter().collect();
    }
    let alone = trees.iter().filter(|tree| comma(tree)).count() == 1;
    let called = match before {
        Some(TokenTree::Ident(ident)) => !KEYWORDS.contains(&ident.to_string().as_str()),
        Some(TokenTree::Punct(punct)) => matches!(punct.as_char(), '>' | '!' | '?'),
        Some(TokenTree::Group(_)) => true,
        _ => false,
    };
    if !(alone && delimiter == Delimiter::Parenthesis && !called) {
        trees.pop();
    }
    trees.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::{normalised, shape};

    fn check(left: &str, right: &str, same: bool) {
        let text = |source: &str| normalised(&source.parse().unwrap());
        assert_eq!(text(left) == text(right), same, "{left} / {right}");
    }

    #[test]
    fn formatting_comments_and_docs_do_not_count() {
        check(
            "fn a() { b(1, 2) }",
            "/// doc\nfn a() { // why\n b(\n 1,\n 2,\n) }",
            true,
        );
        check("f(a)", "f(\n a,\n)", true);
        check("S { a }", "S { a, }", true);
    }

    #[test]
    fn meaning_counts() {
        check("f(1)", "f(2)", false);
        check("let t = (a,);", "let t = (a);", false);
        check("#[inline] fn a() {}", "fn a() {}", false);
    }

    #[test]
    fn a_shape_has_no_literals() {
        let text = |source: &str| shape(&source.parse().unwrap());
        assert_eq!(text("f(1, \"a\", true)"), text("f(2, \"b\", false)"));
        assert_ne!(text("f(1)"), text("g(1)"));
    }
}
