//! Requests and answers for those who watch.

use serde_json::json;

use super::queue::{ApiQueue, Waiting};
use crate::jetstream::advisory;

const SUBJECT: &str = "$JS.EVENT.ADVISORY.API";

/// Tells the account of a request and its answer, if anybody listens.
pub(super) fn audit(api: &ApiQueue, waiting: &Waiting, response: &[u8]) {
    let client = &waiting.client;
    if !client.account().subscriptions().has_interest(SUBJECT) {
        return;
    }
    let host = api.js().host();
    let request = String::from_utf8_lossy(waiting.message.payload());
    let event = advisory::event(
        host,
        "io.nats.jetstream.advisory.v1.api_audit",
        json!({
            "server": host.context.options().server_name,
            "client": waiting.asker,
            "subject": String::from_utf8_lossy(waiting.message.subject()),
            "request": (!request.is_empty()).then_some(request),
            "response": String::from_utf8_lossy(response),
        }),
    );
    advisory::publish(client, SUBJECT, &event);
}
