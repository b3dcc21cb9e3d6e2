//! What an account uses and may use.

use super::request::{Answer, Request};

pub(super) fn info(request: &Request<'_>) -> Answer {
    Ok(serde_json::to_value(request.account.stats()).unwrap_or_default())
}
