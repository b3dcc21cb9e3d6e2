//! Messages that replace older ones.

use super::message::{Ingest, Rollup};
use crate::jetstream::model::{ApiError, StreamConfig};
use crate::jetstream::store::headers::{ROLLUP, ROLLUP_SUBJECT};
use crate::jetstream::stream::headers::ROLLUP_ALL;

/// Which messages this one replaces, if the stream lets it.
pub(super) fn check(ingest: &mut Ingest<'_>, config: &StreamConfig) -> Result<(), ApiError> {
    let Some(value) = ingest.value(ROLLUP) else {
        return Ok(());
    };
    if ingest.batch.is_none() && (!config.allow_rollup_hdrs || config.deny_purge) {
        return Err(ApiError::stream_rollup_failed("rollup not permitted"));
    }
    let rollup = if value.eq_ignore_ascii_case(ROLLUP_SUBJECT) {
        Rollup::Subject
    } else if value.eq_ignore_ascii_case(ROLLUP_ALL) {
        Rollup::All
    } else {
        let value = String::from_utf8_lossy(value);
        return Err(ApiError::stream_rollup_failed(format_args!(
            "rollup value invalid: {value:?}"
        )));
    };
    ingest.rollup = Some(rollup);
    Ok(())
}
