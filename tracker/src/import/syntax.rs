//! Facts about one function's syntax tree: token hashes, lines, shape.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use tree_sitter::Node;

use super::types::descendants;

/// SHA-256 over the tokens of the body; layout and comments do not count.
pub(super) fn body_hash(function: Node<'_>, source: &[u8]) -> String {
    let mut hash = Sha256::new();
    if let Some(body) = function.child_by_field_name("body") {
        hash_tokens(body, source, &mut hash);
    }
    crate::db_hex(&hash.finalize())
}

/// SHA-256 over the tokens before the body.
pub(super) fn signature_hash(function: Node<'_>, source: &[u8]) -> String {
    let mut hash = Sha256::new();
    for field in [
        "receiver",
        "name",
        "type_parameters",
        "parameters",
        "result",
    ] {
        if let Some(part) = function.child_by_field_name(field) {
            hash_tokens(part, source, &mut hash);
        }
    }
    crate::db_hex(&hash.finalize())
}

fn hash_tokens(node: Node<'_>, source: &[u8], hash: &mut Sha256) {
    for token in tokens(node) {
        let text = source.get(token.byte_range()).unwrap_or_default();
        // Line ends are tokens in this grammar; whether a statement ends with
        // one or with a semicolon is layout.
        if text.iter().all(u8::is_ascii_whitespace) || text == b";" {
            continue;
        }
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
}

/// The leaves that are not comments. A string or comment counts as one leaf.
fn tokens(node: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    let mut stack = vec![node];
    while let Some(node) = stack.pop() {
        match node.kind() {
            "comment" => {}
            "interpreted_string_literal" | "raw_string_literal" | "rune_literal" => {
                found.push(node)
            }
            _ if node.child_count() == 0 => found.push(node),
            _ => {
                let mut cursor = node.walk();
                let children: Vec<Node<'_>> = node.children(&mut cursor).collect();
                stack.extend(children.into_iter().rev());
            }
        }
    }
    found
}

/// How many lines of the declaration hold code.
pub(super) fn lines_of_code(function: Node<'_>) -> u32 {
    let mut lines = BTreeSet::new();
    for token in tokens(function) {
        if token.byte_range().is_empty() || token.kind() == "\n" {
            continue;
        }
        lines.extend(token.start_position().row..=token.end_position().row);
    }
    lines.len() as u32
}

/// `empty`, `constant` (returns only literals and constants), `getter` (returns
/// fields, at most under a lock) or `other`.
pub(super) fn shape(
    function: Node<'_>,
    source: &[u8],
    constants: &BTreeSet<String>,
) -> &'static str {
    let Some(body) = function.child_by_field_name("body") else {
        return "empty";
    };
    let statements = statements(body);
    if statements.is_empty() {
        return "empty";
    }
    let mut work: Vec<Node<'_>> = statements
        .into_iter()
        .filter(|node| !is_locking(*node, source))
        .collect();
    let Some(last) = work.pop() else {
        return "other";
    };
    if last.kind() != "return_statement" {
        return "other";
    }
    let values = values(last);
    if values.is_empty() {
        return if work.is_empty() { "empty" } else { "other" };
    }
    if work.is_empty()
        && values
            .iter()
            .all(|value| is_constant(*value, source, constants))
    {
        return "constant";
    }
    // `v := s.field; return v` is a getter too.
    let copies = work.iter().all(|node| {
        node.kind() == "short_var_declaration"
            && node
                .child_by_field_name("right")
                .is_some_and(|right| named(right).into_iter().all(is_field_path))
    });
    let reads = values
        .iter()
        .all(|value| is_field_path(*value) || is_constant(*value, source, constants));
    if copies && reads { "getter" } else { "other" }
}

fn statements(body: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    for child in named(body) {
        if child.kind() == "statement_list" {
            found.extend(named(child));
        } else {
            found.push(child);
        }
    }
    found
}

fn named(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .filter(|child| child.kind() != "comment")
        .collect()
}

fn values(statement: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    for child in named(statement) {
        if child.kind() == "expression_list" {
            found.extend(named(child));
        } else {
            found.push(child);
        }
    }
    found
}

/// `x.Lock()`, `defer x.RUnlock()` and so on.
fn is_locking(statement: Node<'_>, source: &[u8]) -> bool {
    if !matches!(statement.kind(), "expression_statement" | "defer_statement") {
        return false;
    }
    let calls: Vec<Node<'_>> = descendants(statement)
        .filter(|node| node.kind() == "call_expression")
        .collect();
    let [call] = calls.as_slice() else {
        return false;
    };
    call.child_by_field_name("function")
        .and_then(|function| function.child_by_field_name("field"))
        .and_then(|field| field.utf8_text(source).ok())
        .is_some_and(|name| matches!(name, "Lock" | "Unlock" | "RLock" | "RUnlock"))
}

fn is_constant(value: Node<'_>, source: &[u8], constants: &BTreeSet<String>) -> bool {
    match value.kind() {
        "nil"
        | "true"
        | "false"
        | "iota"
        | "int_literal"
        | "float_literal"
        | "rune_literal"
        | "imaginary_literal"
        | "interpreted_string_literal"
        | "raw_string_literal" => true,
        "identifier" => value
            .utf8_text(source)
            .is_ok_and(|name| constants.contains(name)),
        "parenthesized_expression" => named(value)
            .into_iter()
            .all(|inner| is_constant(inner, source, constants)),
        "unary_expression" | "binary_expression" => named(value)
            .into_iter()
            .all(|inner| is_constant(inner, source, constants)),
        _ => false,
    }
}

fn is_field_path(value: Node<'_>) -> bool {
    match value.kind() {
        "identifier" => true,
        "selector_expression" => value
            .child_by_field_name("operand")
            .is_some_and(is_field_path),
        "unary_expression" | "parenthesized_expression" => {
            named(value).into_iter().all(is_field_path)
        }
        _ => false,
    }
}
