//! Resolves the calls in a function's body to features.
//!
//! A function is found by package and name; a method by its receiver's type
//! where that can be worked out from declarations, and otherwise only when one
//! receiver of the package has a method of that name. A method of a value whose
//! type comes from outside resolves to nothing. Scopes inside a body are
//! treated as one, read in source order. So an edge can be missing (calls
//! through interfaces) but seldom wrong.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use super::package::{Declared, Package, SourceFile};
use super::types::{self, Ty, fields_named};

const MODULE_PREFIX: &str = "github.com/nats-io/nats-server/v2/";

/// The IDs of the features that a function calls or refers to.
pub(super) fn of(
    function: Node<'_>,
    declared: &Declared,
    file: &SourceFile,
    package: &Package,
    packages: &BTreeMap<String, Package>,
) -> Vec<u32> {
    let mut reader = Reader {
        file,
        home: package,
        packages,
        scope: BTreeMap::new(),
        found: BTreeSet::new(),
    };
    for field in ["receiver", "parameters", "result"] {
        if let Some(list) = function.child_by_field_name(field) {
            reader.declare_parameters(list);
        }
    }
    if let Some(body) = function.child_by_field_name("body") {
        reader.walk(body);
    }
    // Recursion says nothing about what a function depends on.
    if !file.is_test
        && let Some(id) = declared.id
    {
        reader.found.remove(&id);
    }
    reader.found.into_iter().collect()
}

struct Reader<'a> {
    file: &'a SourceFile,
    home: &'a Package,
    packages: &'a BTreeMap<String, Package>,
    scope: BTreeMap<String, Ty>,
    found: BTreeSet<u32>,
}

impl<'a> Reader<'a> {
    fn walk(&mut self, node: Node<'_>) {
        match node.kind() {
            "func_literal" => {
                if let Some(list) = node.child_by_field_name("parameters") {
                    self.declare_parameters(list);
                }
            }
            "short_var_declaration" => {
                // The right side is read first: `x := f(x)` uses the outer x.
                if let Some(right) = node.child_by_field_name("right") {
                    self.walk(right);
                }
                self.declare_pairs(
                    node.child_by_field_name("left"),
                    node.child_by_field_name("right"),
                );
                return;
            }
            "var_spec" => self.declare_var(node),
            "range_clause" => self.declare_range(node),
            "selector_expression" => self.refer_selector(node),
            "identifier" => self.refer_identifier(node),
            _ => {}
        }
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            self.walk(child);
        }
    }

    fn declare_parameters(&mut self, list: Node<'_>) {
        let mut cursor = list.walk();
        for parameter in list.named_children(&mut cursor) {
            let Some(ty) = parameter.child_by_field_name("type") else {
                continue;
            };
            let mut kind = types::of(self.file, ty);
            if parameter.kind() == "variadic_parameter_declaration" {
                kind = Ty::Of(Box::new(kind));
            }
            for name in fields_named(parameter, "name") {
                self.scope
                    .insert(self.file.text(name).to_owned(), kind.clone());
            }
        }
    }

    fn declare_pairs(&mut self, left: Option<Node<'_>>, right: Option<Node<'_>>) {
        let (Some(left), Some(right)) = (left, right) else {
            return;
        };
        let names: Vec<Node<'_>> = named(left);
        let values: Vec<Node<'_>> = named(right);
        let kinds: Vec<Ty> = match values.as_slice() {
            [only] if names.len() > 1 => match self.call_results(*only) {
                Some(results) => results,
                None => vec![self.eval(*only)],
            },
            _ => values.iter().map(|value| self.eval(*value)).collect(),
        };
        for (at, name) in names.into_iter().enumerate() {
            let kind = kinds.get(at).cloned().unwrap_or(Ty::Unknown);
            self.scope.insert(self.file.text(name).to_owned(), kind);
        }
    }

    fn declare_var(&mut self, spec: Node<'_>) {
        let declared = spec
            .child_by_field_name("type")
            .map(|ty| types::of(self.file, ty));
        let value = spec
            .child_by_field_name("value")
            .and_then(|list| list.named_child(0));
        let kind = match (declared, value) {
            (Some(kind), _) => kind,
            (None, Some(value)) => self.eval(value),
            (None, None) => Ty::Unknown,
        };
        for name in fields_named(spec, "name") {
            self.scope
                .insert(self.file.text(name).to_owned(), kind.clone());
        }
    }

    fn declare_range(&mut self, clause: Node<'_>) {
        let (Some(left), Some(right)) = (
            clause.child_by_field_name("left"),
            clause.child_by_field_name("right"),
        ) else {
            return;
        };
        let container = self.eval(right);
        let element = match container {
            Ty::Of(inner) => *inner,
            _ => Ty::Unknown,
        };
        let names = named(left);
        // A channel yields its elements as the first value, a slice or map as
        // the second; keys are never of a type with methods here.
        let at = if names.len() > 1 { 1 } else { 0 };
        for (position, name) in names.into_iter().enumerate() {
            let kind = if position == at {
                element.clone()
            } else {
                Ty::Unknown
            };
            self.scope.insert(self.file.text(name).to_owned(), kind);
        }
    }

    /// A name that stands for a function of this package.
    fn refer_identifier(&mut self, node: Node<'_>) {
        let name = self.file.text(node);
        if self.scope.contains_key(name) {
            return;
        }
        if let Some(ids) = self.home.functions.get(name) {
            self.found.extend(ids);
        } else if let Some(path) = self.file.imports.get(".")
            && let Some(ids) = self
                .package(path)
                .and_then(|package| package.functions.get(name))
        {
            self.found.extend(ids);
        }
    }

    /// `package.Function`, or a method of a value.
    fn refer_selector(&mut self, node: Node<'_>) {
        let (Some(operand), Some(field)) = (
            node.child_by_field_name("operand"),
            node.child_by_field_name("field"),
        ) else {
            return;
        };
        let name = self.file.text(field);
        if let Some(path) = self.import_of(operand) {
            if let Some(ids) = self
                .package(&path)
                .and_then(|package| package.functions.get(name))
            {
                self.found.extend(ids);
            }
            return;
        }
        let is_call = node.parent().is_some_and(|parent| {
            parent.kind() == "call_expression"
                && parent
                    .child_by_field_name("function")
                    .is_some_and(|f| f.id() == node.id())
        });
        match self.eval(operand) {
            Ty::Named(package, ty) => {
                if let Some(package) = self.resolve_package(package.as_deref())
                    && package.type_names.contains(&ty)
                {
                    match find_method(package, &ty, name, 0) {
                        Some(ids) => self.found.extend(ids),
                        None if is_call && !package.fields.contains_key(&ty) => {
                            self.unique_method(name)
                        }
                        None => {}
                    }
                }
            }
            Ty::Unknown if is_call => self.unique_method(name),
            _ => {}
        }
    }

    fn unique_method(&mut self, name: &str) {
        let Some(receivers) = self.home.receivers.get(name) else {
            return;
        };
        if receivers.len() != 1 {
            return;
        }
        for receiver in receivers {
            if let Some(ids) = self.home.methods.get(&(receiver.clone(), name.to_owned())) {
                self.found.extend(ids);
            }
        }
    }

    /// The import path when an expression is an import's name.
    fn import_of(&self, node: Node<'_>) -> Option<String> {
        let name = self.file.text(node);
        if node.kind() != "identifier" || self.scope.contains_key(name) {
            return None;
        }
        self.file.imports.get(name).cloned()
    }

    fn package(&self, import_path: &str) -> Option<&'a Package> {
        self.packages.get(import_path.strip_prefix(MODULE_PREFIX)?)
    }

    fn resolve_package(&self, local_name: Option<&str>) -> Option<&'a Package> {
        match local_name {
            None => Some(self.home),
            Some(name) => self.package(self.file.imports.get(name)?),
        }
    }

    fn call_results(&self, node: Node<'_>) -> Option<Vec<Ty>> {
        if node.kind() != "call_expression" {
            return None;
        }
        match self.eval(node.child_by_field_name("function")?) {
            Ty::Function(results) => Some(results),
            _ => None,
        }
    }

    /// The type of an expression.
    fn eval(&self, node: Node<'_>) -> Ty {
        let field = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "identifier" => self.eval_name(self.file.text(node)),
            "selector_expression" => self.eval_selector(node),
            "call_expression" => self.eval_call(node),
            "composite_literal" => field("type").map_or(Ty::Unknown, |ty| types::of(self.file, ty)),
            "type_assertion_expression" => {
                field("type").map_or(Ty::Unknown, |ty| types::of(self.file, ty))
            }
            "func_literal" => Ty::Function(types::results_of(self.file, node)),
            "parenthesized_expression" => node.named_child(0).map_or(Ty::Unknown, |n| self.eval(n)),
            "slice_expression" => field("operand").map_or(Ty::Unknown, |n| self.eval(n)),
            "index_expression" => match field("operand").map(|n| self.eval(n)) {
                Some(Ty::Of(inner)) => *inner,
                // A generic function with its type arguments.
                Some(function @ Ty::Function(_)) => function,
                _ => Ty::Unknown,
            },
            "unary_expression" => {
                let inner = field("operand").map_or(Ty::Unknown, |n| self.eval(n));
                match (field("operator").map(|op| self.file.text(op)), inner) {
                    (Some("<-"), Ty::Of(element)) => *element,
                    (Some("<-"), _) => Ty::Unknown,
                    (_, inner) => inner,
                }
            }
            _ => Ty::Unknown,
        }
    }

    fn eval_name(&self, name: &str) -> Ty {
        if let Some(kind) = self.scope.get(name) {
            return kind.clone();
        }
        if let Some(kind) = self.home.variables.get(name) {
            return kind.clone();
        }
        match self.home.results.get(name) {
            Some(results) => Ty::Function(results.clone()),
            None => Ty::Unknown,
        }
    }

    fn eval_selector(&self, node: Node<'_>) -> Ty {
        let (Some(operand), Some(field)) = (
            node.child_by_field_name("operand"),
            node.child_by_field_name("field"),
        ) else {
            return Ty::Unknown;
        };
        let name = self.file.text(field);
        if let Some(path) = self.import_of(operand) {
            let local = self.file.text(operand);
            return match self.package(&path) {
                Some(package) => match (package.results.get(name), package.variables.get(name)) {
                    (Some(results), _) => {
                        Ty::Function(results.iter().map(|ty| qualify(ty, local)).collect())
                    }
                    (None, Some(ty)) => qualify(ty, local),
                    (None, None) => Ty::Unknown,
                },
                // Something of another repository: known to be none of ours.
                None => Ty::Named(Some(local.to_owned()), name.to_owned()),
            };
        }
        let Ty::Named(local, ty) = self.eval(operand) else {
            return Ty::Unknown;
        };
        let Some(package) = self.resolve_package(local.as_deref()) else {
            // A field or method of a foreign type stays foreign.
            return Ty::Named(local, ty);
        };
        let kind = find_member(package, &ty, name, 0).unwrap_or(Ty::Unknown);
        match local {
            Some(local) => qualify(&kind, &local),
            None => kind,
        }
    }

    fn eval_call(&self, node: Node<'_>) -> Ty {
        let Some(function) = node.child_by_field_name("function") else {
            return Ty::Unknown;
        };
        let first = node
            .child_by_field_name("arguments")
            .and_then(|list| list.named_child(0));
        if function.kind() == "identifier" {
            match (self.file.text(function), first) {
                ("new" | "make", Some(ty)) => return types::of(self.file, ty),
                ("append", Some(list)) => return self.eval(list),
                (name, _)
                    if self.home.type_names.contains(name) && !self.scope.contains_key(name) =>
                {
                    return Ty::Named(None, name.to_owned());
                }
                _ => {}
            }
        }
        match self.eval(function) {
            Ty::Function(results) => results.into_iter().next().unwrap_or(Ty::Unknown),
            foreign @ Ty::Named(Some(_), _) => foreign,
            _ => Ty::Unknown,
        }
    }
}

/// A method of a type or of what it embeds.
fn find_method<'p>(
    package: &'p Package,
    ty: &str,
    name: &str,
    depth: usize,
) -> Option<&'p Vec<u32>> {
    if let Some(ids) = package.methods.get(&(ty.to_owned(), name.to_owned())) {
        return Some(ids);
    }
    if depth > 4 {
        return None;
    }
    package
        .embedded
        .get(ty)?
        .iter()
        .find_map(|inner| match inner {
            Ty::Named(None, inner) => find_method(package, inner, name, depth + 1),
            _ => None,
        })
}

/// A field's type, or a method as a function.
fn find_member(package: &Package, ty: &str, name: &str, depth: usize) -> Option<Ty> {
    if let Some(kind) = package.fields.get(ty).and_then(|fields| fields.get(name)) {
        return Some(kind.clone());
    }
    if let Some(results) = package.results.get(&format!("{ty}.{name}")) {
        return Some(Ty::Function(results.clone()));
    }
    if depth > 4 {
        return None;
    }
    package
        .embedded
        .get(ty)?
        .iter()
        .find_map(|inner| match inner {
            Ty::Named(None, inner) => find_member(package, inner, name, depth + 1),
            _ => None,
        })
}

/// A type of another package as seen from this file.
fn qualify(ty: &Ty, local: &str) -> Ty {
    match ty {
        Ty::Named(None, name) => Ty::Named(Some(local.to_owned()), name.clone()),
        Ty::Of(inner) => Ty::Of(Box::new(qualify(inner, local))),
        Ty::Function(results) => {
            Ty::Function(results.iter().map(|ty| qualify(ty, local)).collect())
        }
        other => other.clone(),
    }
}

fn named(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .filter(|child| child.kind() != "comment")
        .collect()
}
