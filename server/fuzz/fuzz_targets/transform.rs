//! Subject transforms: any pair of subjects is a transform or an error, and what a
//! transform makes of a literal subject is one.

#![no_main]

use libfuzzer_sys::fuzz_target;
use nats_server::subject::is_valid_literal_subject;
use nats_server::subject::transform::{SubjectTransform, validate_mapping};

fuzz_target!(|input: &str| {
    // A source, a destination and a subject, a line each.
    let mut lines = input.splitn(3, '\n');
    let (Some(source), Some(destination), Some(subject)) =
        (lines.next(), lines.next(), lines.next())
    else {
        return;
    };
    let _ = validate_mapping(source, destination);
    let Ok(Some(transform)) = SubjectTransform::new(source, destination) else {
        return;
    };
    let _ = transform.apply(subject);
    let _ = transform.reverse();
    if let Ok(Some(strict)) = SubjectTransform::strict(source, destination) {
        let _ = strict.reverse();
        if is_valid_literal_subject(subject) {
            if let Ok(made) = strict.apply(subject) {
                assert!(!made.is_empty());
            }
        }
    }
});
