use super::*;
use crate::jetstream::model::{Nanos, Placement, StreamSource, SubjectTransformConfig};

fn check(config: &StreamConfig, pedantic: bool) -> Result<StreamConfig, String> {
    let origin = |name: &str| {
        (name == "ORIGIN").then(|| StreamConfig {
            name: name.to_owned(),
            subjects: vec!["origin.>".to_owned()],
            allow_direct: true,
            max_msg_size: 100,
            ..StreamConfig::default()
        })
    };
    let context = ConfigContext {
        stream: &origin,
        max_bytes: &|_| (false, 0),
        limits: JetStreamRequestLimits::default(),
        pedantic,
    };
    check_config(config, &context).map_err(|error| error.description.into_owned())
}

fn named(change: impl FnOnce(&mut StreamConfig)) -> StreamConfig {
    let mut config = StreamConfig {
        name: "S".to_owned(),
        ..StreamConfig::default()
    };
    change(&mut config);
    config
}

#[test]
fn what_is_left_open_has_defaults() {
    let config = check(&named(|_| {}), false).unwrap();
    assert_eq!(config.subjects, ["S"]);
    assert_eq!((config.max_msgs, config.max_bytes), (-1, -1));
    assert_eq!((config.max_msg_size, config.max_consumers), (-1, -1));
    assert_eq!(config.replicas, 1);
    assert_eq!(config.duplicate_window, Nanos::from_secs(120));
    let short = check(&named(|c| c.max_age = Nanos::from_secs(1)), false).unwrap();
    assert_eq!(short.duplicate_window, Nanos::from_secs(1));
    let markers = check(
        &named(|c| c.subject_delete_marker_ttl = Nanos::from_secs(1)),
        false,
    )
    .unwrap();
    assert!(markers.allow_msg_ttl && markers.allow_rollup_hdrs);
}

#[test]
fn mistakes_are_named() {
    let error = |change: fn(&mut StreamConfig)| check(&named(change), false).unwrap_err();
    assert_eq!(
        error(|c| c.name = "a.b".into()),
        r"stream name is required and can not contain '.', '*', '>', '\', '/'"
    );
    assert_eq!(error(|c| c.replicas = 6), "maximum replicas is 5");
    assert_eq!(
        error(|c| c.max_age = Nanos(1)),
        "max age needs to be >= 100ms"
    );
    assert_eq!(
        error(|c| c.subjects = vec!["a".into(), "a".into()]),
        "duplicate subjects detected"
    );
    assert_eq!(
        error(|c| c.subjects = vec!["a.*".into(), "a.b".into()]),
        "subject \"a.*\" overlaps with \"a.b\""
    );
    assert_eq!(
        error(|c| c.subjects = vec!["$JS.API.>".into()]),
        "subjects that overlap with jetstream api require no-ack to be true"
    );
    assert_eq!(
        error(|c| c.placement = Some(Placement {
            preferred: "x".into(),
            ..Placement::default()
        })),
        "preferred server not permitted in placement"
    );
    assert_eq!(
        error(|c| c.sources = vec![StreamSource {
            name: "S".into(),
            ..StreamSource::default()
        }]),
        "detected cycle"
    );
}

#[test]
fn mirrors_look_at_their_origin() {
    let mirror = |change: fn(&mut StreamConfig)| {
        named(|c| {
            c.mirror = Some(StreamSource {
                name: "ORIGIN".into(),
                ..StreamSource::default()
            });
            change(c);
        })
    };
    let config = check(&mirror(|_| {}), false).unwrap();
    assert!(config.mirror_direct && config.subjects.is_empty());
    assert!(config.duplicate_window.is_zero());
    assert!(
        check(&mirror(|c| c.max_msg_size = 99), false)
            .unwrap_err()
            .contains("max message size")
    );
    assert_eq!(
        check(&mirror(|_| {}), true).unwrap_err(),
        "pedantic mode: origin stream has direct get set, mirror has it disabled"
    );
}

#[test]
fn sources_are_told_apart() {
    let plain = StreamSource {
        name: "A".into(),
        ..StreamSource::default()
    };
    assert_eq!(source_index_name(&plain), "A > >");
    let transformed = StreamSource {
        subject_transforms: vec![
            SubjectTransformConfig {
                source: "a".into(),
                destination: "b".into(),
            },
            SubjectTransformConfig {
                source: "c".into(),
                destination: String::new(),
            },
        ],
        ..plain
    };
    assert_eq!(source_index_name(&transformed), "A a\u{c}c b\u{c}>");
}
