//! Subject mappings (`parseAccountMappings`).

use super::reader::Reader;
use crate::config::options::{MappingDestination, SubjectMappingOptions};
use crate::config::syntax::{Node, Value};
use crate::subject::is_valid_subject;
use crate::subject::transform::{SubjectTransform, validate_mapping};

/// All of a message.
const WHOLE: u8 = 100;

pub(super) fn read(reader: &mut Reader, node: &Node) -> Vec<SubjectMappingOptions> {
    let mut mappings = Vec::new();
    let Some(map) = reader.block(node) else {
        return mappings;
    };
    for (source, value) in map.iter() {
        if !is_valid_subject(source) {
            reader.error(
                &node.place,
                format!("Subject {source:?} is not a valid subject"),
            );
            continue;
        }
        let destinations = match &value.value {
            Value::String(subject) => vec![MappingDestination {
                subject: subject.clone(),
                weight: WHOLE,
                cluster: String::new(),
            }],
            Value::Array(nodes) => nodes
                .iter()
                .filter_map(|node| destination(reader, node))
                .collect(),
            _ => destination(reader, value).into_iter().collect(),
        };
        if let Err(reason) = check(source, &destinations) {
            let whole = match &value.value {
                Value::String(subject) => format!("{source:?} to {subject:?}"),
                _ => format!("{source:?}"),
            };
            reader.error(
                &value.place,
                format!("Error adding mapping for {whole} : {reason}"),
            );
            continue;
        }
        mappings.push(SubjectMappingOptions {
            source: source.to_owned(),
            destinations,
        });
    }
    mappings
}

/// One destination (`parseAccountMapDest`).
fn destination(reader: &mut Reader, node: &Node) -> Option<MappingDestination> {
    let map = reader.block_or(node, |_| {
        "Expected an entry for the mapping destination".to_owned()
    })?;
    let mut destination = MappingDestination {
        subject: String::new(),
        weight: 0,
        cluster: String::new(),
    };
    let mut weighted = false;
    for (key, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "dest" | "destination" => reader.string(node, &mut destination.subject),
            "cluster" => reader.string(node, &mut destination.cluster),
            "weight" => match weight(&node.value) {
                Ok(weight) => {
                    destination.weight = weight;
                    weighted = true;
                }
                Err(reason) => {
                    reader.error(&node.place, reason);
                    return None;
                }
            },
            _ => {
                reader.error(
                    &node.place,
                    format!("Unknown field {key:?} for mapping destination"),
                );
                return None;
            }
        }
    }
    if !weighted {
        let subject = &destination.subject;
        reader.error(
            &node.place,
            format!("Missing weight for mapping destination {subject:?}"),
        );
        return None;
    }
    Some(destination)
}

/// A percentage, with or without its sign.
fn weight(value: &Value) -> Result<u8, String> {
    let number = match value {
        Value::Integer(number) => *number,
        Value::String(text) => {
            let text = text.strip_suffix('%').unwrap_or(text);
            text.parse()
                .map_err(|_| format!("Invalid weight {text:?} for mapping destination"))?
        }
        other => {
            return Err(format!(
                "Unknown entry type for weight of {}\n",
                other.shown()
            ));
        }
    };
    u8::try_from(number)
        .ok()
        .filter(|weight| *weight <= WHOLE)
        .ok_or_else(|| format!("Invalid weight {number} for mapping destination"))
}

/// What keeps an account from taking the mapping (`AddWeightedMappings`).
fn check(source: &str, destinations: &[MappingDestination]) -> Result<(), String> {
    for (n, destination) in destinations.iter().enumerate() {
        let before = destinations.get(..n).unwrap_or_default();
        if before
            .iter()
            .any(|other| other.subject == destination.subject)
        {
            return Err(format!("duplicate entry for {:?}", destination.subject));
        }
        let total: u32 = before
            .iter()
            .filter(|other| other.cluster == destination.cluster)
            .map(|other| u32::from(other.weight))
            .sum();
        if total + u32::from(destination.weight) > u32::from(WHOLE) {
            return Err("total weight needs to be <= 100".to_owned());
        }
        validate_mapping(source, &destination.subject).map_err(|error| error.to_string())?;
        SubjectTransform::new(source, &destination.subject).map_err(|error| error.to_string())?;
    }
    Ok(())
}
