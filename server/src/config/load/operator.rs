//! Operator mode: `operator`, `resolver`, `trusted_keys` and what goes with them. The
//! JWTs themselves are not read.

use std::fs;
use std::time::Duration;

use super::keys;
use super::reader::Reader;
use crate::config::options::{DeleteMode, OperatorOptions, ResolverOptions};
use crate::config::syntax::{Map, Node, Value};
use crate::platform::{go_duration, os_error};

/// How a JWT begins.
const JWT_PREFIX: &str = "eyJ";

/// `operator`: JWTs, or files with them.
pub(super) fn operators(reader: &mut Reader, operator: &mut OperatorOptions, node: &Node) {
    let mut found = Vec::new();
    match &node.value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(nodes) => {
            for node in nodes {
                match &node.value {
                    Value::String(text) => found.push(text.clone()),
                    _ => {
                        reader.error(
                            &node.place,
                            "error parsing operators: unsupported type *conf.token where string \
                             is expected",
                        );
                        break;
                    }
                }
            }
        }
        other => {
            let kind = other.kind();
            reader.error(
                &node.place,
                format!("error parsing operators: unsupported type {kind}"),
            );
        }
    }
    for text in found {
        match fs::metadata(&text) {
            Err(error) if !text.starts_with(JWT_PREFIX) => reader.error(
                &node.place,
                format!(
                    "error parsing operator JWT: open {text}: {}",
                    os_error::text(&error)
                ),
            ),
            _ => operator.operators.push(text),
        }
    }
}

/// `resolver`: where accounts' JWTs come from.
pub(super) fn resolver(reader: &mut Reader, operator: &mut OperatorOptions, node: &Node) {
    let resolver = match &node.value {
        Value::String(text) => named(text),
        Value::Map(map) => match folder(map) {
            Ok(resolver) => resolver,
            Err(reason) => {
                reader.error(&node.place, reason);
                return;
            }
        },
        other => {
            let kind = other.kind();
            reader.error(
                &node.place,
                format!("error parsing operator resolver, wrong type {kind}"),
            );
            return;
        }
    };
    if resolver.is_none() {
        reader.error(
            &node.place,
            "error parsing account resolver, should be MEM or  URL(\"url\") or a map containing \
             dir and type state=[FULL|CACHE])",
        );
    }
    operator.resolver = resolver;
}

/// `MEM` or `URL(…)`.
fn named(text: &str) -> Option<ResolverOptions> {
    let upper = text.to_ascii_uppercase();
    if upper.contains("MEM") {
        return Some(ResolverOptions::Memory);
    }
    let at = upper.find("URL(")?;
    let inside = text.get(at + 4..)?.split(')').next()?;
    let url = inside.trim().trim_matches('"').trim();
    (!url.is_empty()).then(|| ResolverOptions::Url(url.to_owned()))
}

fn folder(map: &Map) -> Result<Option<ResolverOptions>, String> {
    let text = |key: &str| match map.get(key).map(|node| &node.value) {
        None => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Err(wrong_type(other, "string")),
    };
    let flag = |key: &str| match map.get(key).map(|node| &node.value) {
        None => Ok(None),
        Some(Value::Bool(on)) => Ok(Some(*on)),
        Some(other) => Err(wrong_type(other, "bool")),
    };
    let time = |key: &str| match text(key)?.as_str() {
        "" => Ok(None),
        text => match go_duration::parse(text) {
            Ok(nanos) => Ok(Some(Duration::from_nanos(
                u64::try_from(nanos).unwrap_or(0),
            ))),
            Err(error) => Err(error.to_string()),
        },
    };
    let limit = match map.get("limit").map(|node| &node.value) {
        None => 0,
        Some(Value::Integer(limit)) => *limit,
        Some(other) => return Err(wrong_type(other, "int64")),
    };
    let dir = text("dir")?;
    let (allow_delete, hard_delete) =
        (flag("allow_delete")?.unwrap_or(false), flag("hard_delete")?);
    let (ttl, interval, timeout) = (time("ttl")?, time("interval")?, time("timeout")?);
    let kind = text("type")?.to_ascii_uppercase();
    if matches!(kind.as_str(), "CACHE" | "FULL") {
        check_folder(&dir)?;
    }
    Ok(match kind.as_str() {
        "CACHE" => {
            for (refused, what) in [
                (interval.is_some_and(|time| !time.is_zero()), "sync"),
                (allow_delete, "allow_delete"),
                (hard_delete.is_some(), "hard_delete"),
            ] {
                if refused {
                    return Err(format!("CACHE does not accept {what}"));
                }
            }
            Some(ResolverOptions::Cache {
                dir,
                limit,
                ttl: ttl.unwrap_or_default(),
                timeout,
            })
        }
        "FULL" => {
            if ttl.is_some_and(|time| !time.is_zero()) {
                return Err("FULL does not accept ttl".to_owned());
            }
            if hard_delete.is_some() && !allow_delete {
                return Err("hard_delete has no effect without delete".to_owned());
            }
            Some(ResolverOptions::Full {
                dir,
                limit,
                interval: interval.unwrap_or_default(),
                delete: match (allow_delete, hard_delete) {
                    (false, _) => DeleteMode::Refused,
                    (true, Some(true)) => DeleteMode::Hard,
                    (true, _) => DeleteMode::Rename,
                },
                timeout,
            })
        }
        "MEM" | "MEMORY" => Some(ResolverOptions::Memory),
        _ => None,
    })
}

fn wrong_type(value: &Value, want: &str) -> String {
    format!(
        "interface conversion: interface {{}} is {}, not {want}",
        value.kind()
    )
}

/// A folder that is not there yet will be made.
fn check_folder(dir: &str) -> Result<(), String> {
    if dir.is_empty() {
        return Err("dir has no value and needs to point to a directory".to_owned());
    }
    match fs::metadata(dir) {
        Ok(found) if !found.is_dir() || found.permissions().readonly() => {
            Err("dir needs to point to an accessible directory".to_owned())
        }
        _ => Ok(()),
    }
}

/// `resolver_preload`: JWTs of accounts.
pub(super) fn preload(reader: &mut Reader, operator: &mut OperatorOptions, node: &Node) {
    let map = reader.block_or(node, |_| {
        "preload should be a map of account_public_key:account_jwt".to_owned()
    });
    let Some(map) = map else { return };
    for (key, node) in map.iter() {
        match &node.value {
            Value::String(jwt) if jwt.split('.').count() == 3 => {
                operator.preload.insert(key.to_owned(), jwt.clone());
            }
            Value::String(_) => reader.error(&node.place, "invalid account JWT"),
            _ => reader.error(&node.place, "preload map value should be a string JWT"),
        }
    }
}

/// `trusted_keys`: keys of operators.
pub(super) fn trusted(reader: &mut Reader, operator: &mut OperatorOptions, node: &Node) {
    operator.trusted_keys = reader.strings("trusted", node);
    for key in &operator.trusted_keys {
        if !keys::is_operator_key(key) {
            reader.error(
                &node.place,
                format!("trust key {key:?} required to be a valid public operator nkey"),
            );
        }
    }
}
