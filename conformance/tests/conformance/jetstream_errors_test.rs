//! Go: `server/jetstream_errors_test.go`.

use std::error::Error;
use std::io;

use conformance::go_test;
use nats_server::jetstream::model::{ApiError, ErrorId, is_api_error};

go_test!(1381, "jetstream_errors_test", "TestIsNatsErr", is_nats_err);
fn is_nats_err() {
    let is = |error: &(dyn Error + 'static), ids: &[ErrorId]| is_api_error(Some(error), ids);
    let not_enabled = ErrorId::NOT_ENABLED_FOR_ACCOUNT;
    let not_active = ErrorId::CLUSTER_NOT_ACTIVE;
    let error = not_enabled.error().unwrap();
    assert!(is(&error, &[not_enabled]));
    assert!(!is(&error, &[not_active]));
    assert!(!is(&error, &[not_active, ErrorId::CLUSTER_NOT_AVAIL]));
    assert!(is(&error, &[not_active, not_enabled]));

    let by_number = ApiError {
        err_code: 10039,
        ..ApiError::default()
    };
    assert!(is(&by_number, &[ErrorId(1), not_active, not_enabled]));
    assert!(!is(&by_number, &[ErrorId(1), ErrorId(2), not_active]));
    assert!(!is_api_error(None, &[not_active]));
    assert!(!is(&io::Error::other("x"), &[not_active]));
}

go_test!(
    1382,
    "jetstream_errors_test",
    "TestApiError_Error",
    error_text
);
fn error_text() {
    let error = ErrorId::CLUSTER_NOT_ACTIVE.error().unwrap();
    assert_eq!(error.to_string(), "JetStream not in clustered mode (10006)");
}

go_test!(
    1383,
    "jetstream_errors_test",
    "TestApiError_NewWithTags",
    new_with_tags
);
fn new_with_tags() {
    let cause = io::Error::other("failed error");
    let error = ApiError::restore_subscribe_failed(cause, "the.subject");
    assert_eq!(
        error.description,
        "JetStream unable to subscribe to restore snapshot the.subject: failed error"
    );
    // The published error keeps its placeholders.
    assert_ne!(Some(error), ErrorId::RESTORE_SUBSCRIBE_FAILED.error());
    assert_eq!(
        ErrorId::RESTORE_SUBSCRIBE_FAILED
            .error()
            .unwrap()
            .description,
        "JetStream unable to subscribe to restore snapshot {subject}: {err}"
    );
}

go_test!(
    1384,
    "jetstream_errors_test",
    "TestApiError_NewWithUnless",
    new_with_unless
);
fn new_with_unless() {
    let cause = || io::Error::other("failed error");
    let other = io::Error::other("other error");
    let found = ErrorId::NOT_ENABLED_FOR_ACCOUNT.error().unwrap();

    let error = ApiError::stream_restore(cause()).unless(Some(&found));
    assert!(error.is(&[ErrorId::NOT_ENABLED_FOR_ACCOUNT]));
    let error = ApiError::stream_restore(cause());
    assert!(error.is(&[ErrorId::STREAM_RESTORE]));
    let error = ApiError::stream_restore(cause()).unless(Some(&other));
    assert!(error.is(&[ErrorId::STREAM_RESTORE]));

    let error = ApiError::peer_remap().unless(Some(&found));
    assert!(error.is(&[ErrorId::NOT_ENABLED_FOR_ACCOUNT]));
    let error = ApiError::peer_remap().unless(None);
    assert!(error.is(&[ErrorId::PEER_REMAP]));
    let error = ApiError::peer_remap().unless(Some(&other));
    assert!(error.is(&[ErrorId::PEER_REMAP]));
}
