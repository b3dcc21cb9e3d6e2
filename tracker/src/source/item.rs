//! Items: functions, methods, types, constants and macros, with their paths.

use std::cell::OnceCell;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Attribute, Block, ImplItem, Signature, TraitItem, Type};

use super::facts::Facts;

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ItemKind {
    Function,
    Type,
    Const,
    Macro,
}

/// A function's two parts.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) sig: Signature,
    pub(crate) block: Block,
}

/// One item.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) kind: ItemKind,
    /// The type whose `impl` it stands in.
    pub(crate) self_ty: Option<String>,
    /// The trait that `impl` is of.
    pub(crate) trait_name: Option<String>,
    /// Its file's position in the index.
    pub(crate) file: usize,
    pub(crate) line: usize,
    pub(crate) line_end: usize,
    /// Within `#[cfg(test)]`.
    pub(crate) in_test: bool,
    pub(crate) function: Option<Function>,
    pub(crate) tokens: TokenStream,
    facts: OnceCell<Facts>,
}

impl Item {
    /// What its tokens refer to.
    pub(crate) fn facts(&self) -> &Facts {
        self.facts.get_or_init(|| match &self.function {
            Some(function) => Facts::of_function(&function.sig, &function.block),
            None => Facts::of_tokens(&self.tokens),
        })
    }
}

/// Whether attributes keep an item out of the shipped code.
pub(crate) fn is_test_only(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| {
        let text = attr.meta.to_token_stream().to_string().replace(' ', "");
        text == "test" || text == "cfg(test)" || text.ends_with("::test")
    })
}

struct Place<'a> {
    file: usize,
    module: &'a [String],
    in_test: bool,
}

/// Collects the items of a module and of those inside it.
pub(super) fn collect(
    items: &[syn::Item],
    file: usize,
    module: &[String],
    in_test: bool,
    out: &mut Vec<Item>,
) {
    let place = Place {
        file,
        module,
        in_test,
    };
    for item in items {
        let test_only = |attrs: &[Attribute]| in_test || is_test_only(attrs);
        match item {
            syn::Item::Fn(it) => {
                let function = Function {
                    attrs: it.attrs.clone(),
                    sig: it.sig.clone(),
                    block: (*it.block).clone(),
                };
                let mut found = place.item(&it.sig.ident, ItemKind::Function, None, item);
                found.in_test = test_only(&it.attrs);
                found.function = Some(function);
                out.push(found);
            }
            syn::Item::Impl(it) => place.implementation(it, out),
            syn::Item::Trait(it) => {
                let name = it.ident.to_string();
                out.push(place.item(&it.ident, ItemKind::Type, None, item));
                for inner in &it.items {
                    let TraitItem::Fn(method) = inner else {
                        continue;
                    };
                    let Some(block) = &method.default else {
                        continue;
                    };
                    let mut found =
                        place.item(&method.sig.ident, ItemKind::Function, Some(&name), method);
                    found.function = Some(Function {
                        attrs: method.attrs.clone(),
                        sig: method.sig.clone(),
                        block: block.clone(),
                    });
                    out.push(found);
                }
            }
            syn::Item::Struct(it) => out.push(place.item(&it.ident, ItemKind::Type, None, item)),
            syn::Item::Enum(it) => out.push(place.item(&it.ident, ItemKind::Type, None, item)),
            syn::Item::Union(it) => out.push(place.item(&it.ident, ItemKind::Type, None, item)),
            syn::Item::Type(it) => out.push(place.item(&it.ident, ItemKind::Type, None, item)),
            syn::Item::Const(it) => out.push(place.item(&it.ident, ItemKind::Const, None, item)),
            syn::Item::Static(it) => out.push(place.item(&it.ident, ItemKind::Const, None, item)),
            syn::Item::Macro(it) => {
                // An invocation has no name, but what it mentions counts.
                let name = it
                    .ident
                    .as_ref()
                    .map_or("(macro)".to_owned(), ToString::to_string);
                out.push(place.item(&name, ItemKind::Macro, None, item));
            }
            syn::Item::Mod(it) => {
                let Some((_, inner)) = &it.content else {
                    continue;
                };
                let mut deeper = module.to_vec();
                deeper.push(it.ident.to_string());
                collect(inner, file, &deeper, test_only(&it.attrs), out);
            }
            _ => {}
        }
    }
}

impl Place<'_> {
    fn item(
        &self,
        name: &impl ToString,
        kind: ItemKind,
        self_ty: Option<&str>,
        syntax: &(impl ToTokens + Spanned),
    ) -> Item {
        let mut path = self.module.join("::");
        for part in self_ty.into_iter().chain([name.to_string().as_str()]) {
            path.push_str("::");
            path.push_str(part);
        }
        let span = syntax.span();
        Item {
            path,
            name: name.to_string(),
            kind,
            self_ty: self_ty.map(str::to_owned),
            trait_name: None,
            file: self.file,
            line: span.start().line,
            line_end: span.end().line,
            in_test: self.in_test,
            function: None,
            tokens: syntax.to_token_stream(),
            facts: OnceCell::new(),
        }
    }

    fn implementation(&self, it: &syn::ItemImpl, out: &mut Vec<Item>) {
        let Some(self_ty) = type_name(&it.self_ty) else {
            return;
        };
        let trait_name = it.trait_.as_ref().and_then(|(path, _)| {
            path.segments
                .last()
                .map(|segment| segment.ident.to_string())
        });
        for inner in &it.items {
            let mut found = match inner {
                ImplItem::Fn(method) => {
                    let name = &method.sig.ident;
                    let mut found = self.item(name, ItemKind::Function, Some(&self_ty), method);
                    found.function = Some(Function {
                        attrs: method.attrs.clone(),
                        sig: method.sig.clone(),
                        block: method.block.clone(),
                    });
                    found.in_test |= is_test_only(&method.attrs);
                    found
                }
                ImplItem::Const(constant) => {
                    self.item(&constant.ident, ItemKind::Const, Some(&self_ty), constant)
                }
                _ => continue,
            };
            found.in_test |= is_test_only(&it.attrs);
            found.trait_name.clone_from(&trait_name);
            out.push(found);
        }
    }
}

fn type_name(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|segment| segment.ident.to_string()),
        Type::Reference(reference) => type_name(&reference.elem),
        Type::Paren(inner) => type_name(&inner.elem),
        Type::Group(inner) => type_name(&inner.elem),
        Type::Slice(inner) => type_name(&inner.elem),
        _ => None,
    }
}
