//! Requests and answers for those who watch.

use serde_json::{Value, json};

use super::queue::{ApiQueue, Waiting};
use crate::jetstream::advisory;

pub(super) const SUBJECT: &str = "$JS.EVENT.ADVISORY.API";

/// What tells the account of a request and its answer, if anybody listens. Who only
/// begins to listen when they have the answer is not told, so this is made first.
pub(super) fn audit(api: &ApiQueue, waiting: &Waiting, response: &[u8]) -> Option<Value> {
    let client = &waiting.client;
    if !client.account().subscriptions().has_interest(SUBJECT) {
        return None;
    }
    let host = api.js().host();
    let request = String::from_utf8_lossy(waiting.message.payload());
    Some(advisory::event(
        host,
        "io.nats.jetstream.advisory.v1.api_audit",
        json!({
            "server": host.context.options().server_name,
            "client": waiting.asker,
            "subject": String::from_utf8_lossy(waiting.message.subject()),
            "request": (!request.is_empty()).then_some(request),
            "response": String::from_utf8_lossy(response),
        }),
    ))
}
