//! The subjects that a stream takes messages from.

use std::collections::HashSet;

use super::invalid;
use crate::jetstream::model::{ApiError, StreamConfig};
use crate::subject::{is_subset_match, is_valid_subject, subjects_collide};

/// Subjects of servers, which have answers of their own.
const JETSTREAM_NAMESPACES: &[&str] = &["$JS.>", "$JSC.>", "$NRG.>"];

pub(super) fn check(config: &mut StreamConfig) -> Result<(), ApiError> {
    if config.subjects.is_empty() {
        if config.mirror.is_none() && config.sources.is_empty() {
            config.subjects.push(config.name.clone());
        }
        return Ok(());
    }
    if config.mirror.is_some() {
        return Err(ApiError::mirror_with_subjects());
    }
    let mut seen = HashSet::new();
    for subject in &config.subjects {
        if !is_valid_subject(subject) {
            return Err(invalid("invalid subject"));
        }
        if !seen.insert(subject.as_str()) {
            return Err(invalid("duplicate subjects detected"));
        }
        if subject == ">" {
            if !config.no_ack {
                return Err(invalid("capturing all subjects requires no-ack to be true"));
            }
            if config.replicas != 1 {
                return Err(invalid("capturing all subjects requires replicas of 1"));
            }
        }
        if !config.no_ack {
            check_namespace(subject)?;
        }
    }
    Ok(())
}

fn check_namespace(subject: &str) -> Result<(), ApiError> {
    let taken = JETSTREAM_NAMESPACES
        .iter()
        .any(|namespace| subjects_collide(subject, namespace));
    // Streams of events are as old as events.
    if taken && !is_subset_match(subject, "$JS.EVENT.>") {
        return Err(invalid(
            "subjects that overlap with jetstream api require no-ack to be true",
        ));
    }
    if subjects_collide(subject, "$SYS.>") && !is_subset_match(subject, "$SYS.ACCOUNT.>") {
        return Err(invalid(
            "subjects that overlap with system api require no-ack to be true",
        ));
    }
    Ok(())
}

/// Subjects of one stream that overlap would store a message twice.
pub(super) fn check_overlap(subjects: &[String]) -> Result<(), ApiError> {
    for subject in subjects {
        for other in subjects {
            if other != subject && subjects_collide(other, subject) {
                return Err(invalid(format_args!(
                    "subject {subject:?} overlaps with {other:?}"
                )));
            }
        }
    }
    Ok(())
}
