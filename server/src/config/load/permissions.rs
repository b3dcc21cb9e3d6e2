//! Permissions of users and routes (`parseUserPermissions`).

use std::sync::Arc;
use std::time::Duration;

use super::reader::Reader;
use crate::config::options::{Permissions, ResponsePermission, SubjectPermission};
use crate::config::syntax::{Node, Value};
use crate::platform::go_duration;
use crate::subject::is_valid_subject;

/// What a `permissions` block says.
pub(super) fn read(reader: &mut Reader, node: &Node) -> Option<Permissions> {
    let map = reader.block_or(node, |value| {
        format!(
            "Expected permissions to be a map/struct, got {}",
            value.shown()
        )
    })?;
    let mut permissions = Permissions::default();
    for (key, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "pub" | "publish" | "import" => permissions.publish = subjects(reader, node),
            "sub" | "subscribe" | "export" => permissions.subscribe = subjects(reader, node),
            "allow_responses" | "publish_allow_responses" => {
                permissions.allow_responses = responses(reader, node);
            }
            _ => reader.unknown_as(node, || {
                format!("Unknown field {key:?} parsing permissions")
            }),
        }
    }
    if permissions.allow_responses.is_some() {
        // Whoever may answer may publish nothing else unless told so.
        let publish = permissions.publish.get_or_insert_default();
        publish.allow.get_or_insert_default();
    }
    Some(permissions)
}

/// The same, shared between users.
pub(super) fn shared(reader: &mut Reader, node: &Node) -> Option<Arc<Permissions>> {
    read(reader, node).map(Arc::new)
}

/// Subjects that are allowed, or a block with those allowed and those denied
/// (`parseVariablePermissions`).
fn subjects(reader: &mut Reader, node: &Node) -> Option<SubjectPermission> {
    let Value::Map(map) = &node.value else {
        return Some(SubjectPermission {
            allow: Some(subject_list(reader, node)?),
            deny: Vec::new(),
        });
    };
    if map.is_empty() {
        return None;
    }
    let mut permission = SubjectPermission::default();
    for (key, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "allow" => permission.allow = subject_list(reader, node),
            "deny" => permission.deny = subject_list(reader, node).unwrap_or_default(),
            _ => reader.unknown_as(node, || {
                format!(
                    "Unknown field name {key:?} parsing subject permissions, only 'allow' or \
                     'deny' are permitted"
                )
            }),
        }
    }
    Some(permission)
}

/// A subject or a list of them (`parsePermSubjects`). An entry may name a queue group
/// after a blank.
pub(super) fn subject_list(reader: &mut Reader, node: &Node) -> Option<Vec<String>> {
    let mut subjects = Vec::new();
    match &node.value {
        Value::String(subject) => subjects.push(subject.clone()),
        Value::Array(nodes) => {
            for node in nodes {
                let Value::String(subject) = &node.value else {
                    reader.error(
                        &node.place,
                        "Subject in permissions array cannot be cast to string",
                    );
                    return None;
                };
                subjects.push(subject.clone());
            }
        }
        other => {
            let kind = other.kind();
            reader.error(
                &node.place,
                format!(
                    "Expected subject permissions to be a subject, or array of subjects, got {kind}"
                ),
            );
            return None;
        }
    }
    if let Some(bad) = subjects.iter().find_map(|entry| invalid(entry)) {
        reader.error(
            &node.place,
            format!("subject {bad:?} is not a valid subject"),
        );
        return None;
    }
    Some(subjects)
}

/// The part of an entry that is no subject, if it is neither a subject nor a subject
/// with a queue group (`checkPermSubjectArray`).
fn invalid(entry: &str) -> Option<&str> {
    if is_valid_subject(entry) {
        return None;
    }
    let mut words = entry.split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some(subject), Some(_), None) => (!is_valid_subject(subject)).then_some(subject),
        _ => Some(entry),
    }
}

/// `allow_responses` (`parseAllowResponses`).
fn responses(reader: &mut Reader, node: &Node) -> Option<ResponsePermission> {
    let mut response = ResponsePermission::default();
    if let Value::Bool(allowed) = node.value {
        return allowed.then_some(response);
    }
    let map = reader.block_or(node, |_| {
        "error parsing response permissions, expected a boolean or a map".to_owned()
    })?;
    for (key, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "max" | "max_msgs" | "max_messages" | "max_responses" => {
                let mut max = 0;
                reader.number(node, &mut max);
                // Zero is the default, a negative number is no limit.
                if max != 0 {
                    response.max_msgs = max;
                }
            }
            "expires" | "expiration" | "ttl" => match expires(node) {
                Ok(None) => {}
                Ok(Some(expires)) => response.expires = expires,
                Err(reason) => {
                    reader.error(&node.place, reason);
                    return None;
                }
            },
            _ => reader.unknown_as(node, || {
                format!("Unknown field {key:?} parsing permissions")
            }),
        }
    }
    Some(response)
}

/// Zero is the default, a negative time is no limit, for which zero stands here.
fn expires(node: &Node) -> Result<Option<Duration>, String> {
    let Value::String(text) = &node.value else {
        return Err("error parsing expires, not a duration string".to_owned());
    };
    match go_duration::parse(text) {
        Ok(0) => Ok(None),
        Ok(nanos) => Ok(Some(Duration::from_nanos(
            u64::try_from(nanos).unwrap_or(0),
        ))),
        Err(error) => Err(format!("error parsing expires: {error}")),
    }
}
