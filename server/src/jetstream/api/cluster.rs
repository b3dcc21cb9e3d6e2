//! Requests that only make sense where streams have several servers.

use super::request::{Answer, Request};
use crate::jetstream::model::ApiError;

pub(super) fn required(_request: &Request<'_>) -> Answer {
    Err(ApiError::cluster_required())
}
