//! The declarations of ported Go tests: `go_test!(7, "seqset_test", ...)`.

use std::path::PathBuf;

use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{LitInt, LitStr, Token};

/// A Go test declared in the conformance crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestDecl {
    /// The Go test's ID.
    pub id: u32,
    /// Stem of the Go file.
    pub file: String,
    /// The Go function.
    pub name: String,
    /// The Rust function.
    pub function: String,
    /// Hash of the Rust function's tokens and of those it calls in its file;
    /// empty if the function isn't there.
    pub hash: String,
    /// The Rust file, from the workspace's root.
    pub path: PathBuf,
    /// Line of the declaration.
    pub line: usize,
}

/// A declaration before its function is looked up.
#[derive(Debug)]
pub(super) struct Declared {
    pub(super) id: u32,
    pub(super) file: String,
    pub(super) name: String,
    pub(super) function: String,
    pub(super) line: usize,
}

impl Parse for Declared {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let id: LitInt = input.parse()?;
        input.parse::<Token![,]>()?;
        let file: LitStr = input.parse()?;
        input.parse::<Token![,]>()?;
        let name: LitStr = input.parse()?;
        input.parse::<Token![,]>()?;
        let function: syn::Path = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        let segments: Vec<String> = function
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        Ok(Self {
            id: id.base10_parse()?,
            file: file.value(),
            name: name.value(),
            function: segments.join("::"),
            line: 0,
        })
    }
}

/// The declarations in a file, inner modules included.
pub(super) fn find(items: &[syn::Item]) -> Vec<Declared> {
    let mut found = Vec::new();
    for item in items {
        match item {
            syn::Item::Macro(it) => {
                let is_ours = it
                    .mac
                    .path
                    .segments
                    .last()
                    .is_some_and(|s| s.ident == "go_test");
                // What isn't a well-formed declaration doesn't compile either.
                if let (true, Ok(mut declared)) = (is_ours, it.mac.parse_body::<Declared>()) {
                    declared.line = it.span().start().line;
                    found.push(declared);
                }
            }
            syn::Item::Mod(it) => {
                found.extend(it.content.iter().flat_map(|(_, inner)| find(inner)));
            }
            _ => {}
        }
    }
    found
}
