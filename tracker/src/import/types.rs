//! As much of Go's types as resolving calls needs: names of types, element
//! types of containers and results of functions. Anything else is unknown.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use super::package::SourceFile;

/// A Go type with pointers and type parameters left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ty {
    /// A named type, with the import path's local name when it has one.
    Named(Option<String>, String),
    /// A container: slice, array, map, channel.
    Of(Box<Self>),
    /// A function by its results.
    Function(Vec<Self>),
    /// Not worked out.
    Unknown,
}

/// What a file declares at its top level.
pub(super) struct Symbols {
    /// Result types, one entry for each function of the file.
    pub(super) results: Vec<Vec<Ty>>,
    pub(super) fields: BTreeMap<String, BTreeMap<String, Ty>>,
    pub(super) embedded: BTreeMap<String, Vec<Ty>>,
    pub(super) type_names: BTreeSet<String>,
    pub(super) variables: BTreeMap<String, Ty>,
    pub(super) constants: BTreeSet<String>,
}

/// Reads a file's top-level declarations.
pub(super) fn symbols(file: &SourceFile) -> Symbols {
    let mut symbols = Symbols {
        results: Vec::new(),
        fields: BTreeMap::new(),
        embedded: BTreeMap::new(),
        type_names: BTreeSet::new(),
        variables: BTreeMap::new(),
        constants: BTreeSet::new(),
    };
    for declared in &file.functions {
        let results = file
            .function_node(declared)
            .map(|node| results_of(file, node));
        symbols.results.push(results.unwrap_or_default());
    }
    let root = file.root();
    let mut cursor = root.walk();
    for node in root.children(&mut cursor) {
        match node.kind() {
            "type_declaration" => read_types(file, node, &mut symbols),
            "var_declaration" => {
                for spec in descendants(node).filter(|node| node.kind() == "var_spec") {
                    let ty = spec
                        .child_by_field_name("type")
                        .map_or(Ty::Unknown, |ty| of(file, ty));
                    for name in fields_named(spec, "name") {
                        symbols
                            .variables
                            .insert(file.text(name).to_owned(), ty.clone());
                    }
                }
            }
            "const_declaration" => {
                for spec in descendants(node).filter(|node| node.kind() == "const_spec") {
                    for name in fields_named(spec, "name") {
                        symbols.constants.insert(file.text(name).to_owned());
                    }
                }
            }
            _ => {}
        }
    }
    symbols
}

fn read_types(file: &SourceFile, declaration: Node<'_>, symbols: &mut Symbols) {
    let mut cursor = declaration.walk();
    for spec in declaration.named_children(&mut cursor) {
        let Some(name) = spec.child_by_field_name("name") else {
            continue;
        };
        let name = file.text(name).to_owned();
        symbols.type_names.insert(name.clone());
        let Some(ty) = spec.child_by_field_name("type") else {
            continue;
        };
        if ty.kind() != "struct_type" {
            continue;
        }
        let fields = symbols.fields.entry(name.clone()).or_default();
        let embedded = symbols.embedded.entry(name).or_default();
        let Some(list) = ty.named_child(0) else {
            continue;
        };
        let mut cursor = list.walk();
        for field in list.named_children(&mut cursor) {
            let Some(ty) = field.child_by_field_name("type") else {
                continue;
            };
            let kind = of(file, ty);
            let names = fields_named(field, "name");
            if names.is_empty() {
                if let Ty::Named(_, short) = &kind {
                    fields.insert(short.clone(), kind.clone());
                }
                embedded.push(kind);
            } else {
                for name in names {
                    fields.insert(file.text(name).to_owned(), kind.clone());
                }
            }
        }
    }
}

/// The result types of a function or function literal.
pub(super) fn results_of(file: &SourceFile, function: Node<'_>) -> Vec<Ty> {
    let Some(result) = function.child_by_field_name("result") else {
        return Vec::new();
    };
    if result.kind() != "parameter_list" {
        return vec![of(file, result)];
    }
    let mut found = Vec::new();
    let mut cursor = result.walk();
    for parameter in result.named_children(&mut cursor) {
        let Some(ty) = parameter.child_by_field_name("type") else {
            continue;
        };
        let count = fields_named(parameter, "name").len().max(1);
        found.extend(std::iter::repeat_n(of(file, ty), count));
    }
    found
}

/// Reads a type expression.
pub(super) fn of(file: &SourceFile, node: Node<'_>) -> Ty {
    let inner = |field: &str| {
        node.child_by_field_name(field)
            .map_or(Ty::Unknown, |child| of(file, child))
    };
    match node.kind() {
        "type_identifier" | "identifier" => Ty::Named(None, file.text(node).to_owned()),
        "qualified_type" => {
            let package = node
                .child_by_field_name("package")
                .map(|p| file.text(p).to_owned());
            let name = node
                .child_by_field_name("name")
                .map(|n| file.text(n).to_owned());
            Ty::Named(package, name.unwrap_or_default())
        }
        "generic_type" => inner("type"),
        "pointer_type" | "parenthesized_type" => node
            .named_child(0)
            .map_or(Ty::Unknown, |child| of(file, child)),
        "slice_type" | "array_type" | "implicit_length_array_type" => {
            Ty::Of(Box::new(inner("element")))
        }
        "map_type" | "channel_type" => Ty::Of(Box::new(inner("value"))),
        "function_type" => Ty::Function(results_of(file, node)),
        _ => Ty::Unknown,
    }
}

/// The name of a receiver's type, without pointer and type parameters.
pub(super) fn base_name(file: &SourceFile, node: Node<'_>) -> String {
    match of(file, node) {
        Ty::Named(_, name) => name,
        _ => file.text(node).trim_start_matches('*').to_owned(),
    }
}

/// The type of the first parameter of a list (a receiver has just one).
pub(super) fn first_parameter_type(list: Node<'_>) -> Option<Node<'_>> {
    list.named_child(0)?.child_by_field_name("type")
}

/// All children under one field name.
pub(super) fn fields_named<'t>(node: Node<'t>, field: &str) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.children_by_field_name(field, &mut cursor)
        .filter(Node::is_named)
        .collect()
}

/// A node and everything below it, in source order.
pub(super) fn descendants(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let mut stack = vec![node];
    std::iter::from_fn(move || {
        let node = stack.pop()?;
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.children(&mut cursor).collect();
        stack.extend(children.into_iter().rev());
        Some(node)
    })
}

/// The function declaration a node stands in.
pub(super) fn enclosing_function(node: Node<'_>) -> Option<Node<'_>> {
    let mut at = node.parent();
    while let Some(parent) = at {
        if matches!(parent.kind(), "function_declaration" | "method_declaration") {
            return Some(parent);
        }
        at = parent.parent();
    }
    None
}

/// The name an import has when none is given: the path's last part that is not
/// a major version.
pub(super) fn default_import_name(path: &str) -> &str {
    let mut parts = path.rsplit('/');
    let last = parts.next().unwrap_or(path);
    let is_version = last
        .strip_prefix('v')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()));
    let name = if is_version {
        parts.next().unwrap_or(last)
    } else {
        last
    };
    name.strip_prefix("go-")
        .unwrap_or(name)
        .trim_end_matches(".go")
}
