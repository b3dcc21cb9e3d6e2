//! Requests and answers for those who watch.

use serde_json::json;

use super::queue::{ApiQueue, Waiting};
use crate::jetstream::advisory;

const SUBJECT: &str = "$JS.EVENT.ADVISORY.API";

/// Tells the account of a request and its answer, if anybody listens.
pub(super) fn audit(api: &ApiQueue, waiting: &Waiting, response: &[u8]) {
    let watched = |client: &crate::client::InternalClient| {
        client.account().subscriptions().has_interest(SUBJECT)
    };
    let watchers: Vec<_> = [Some(&*waiting.client), api.system()]
        .into_iter()
        .flatten()
        .filter(|client| watched(client))
        .collect();
    if watchers.is_empty() {
        return;
    }
    let host = api.js().host();
    let event = advisory::event(
        host,
        "io.nats.jetstream.advisory.v1.api_audit",
        json!({
            "server": host.context.options().server_name,
            "subject": String::from_utf8_lossy(waiting.message.subject()),
            "request": String::from_utf8_lossy(waiting.message.payload()),
            "response": String::from_utf8_lossy(response),
        }),
    );
    for client in watchers {
        advisory::publish(client, SUBJECT, &event);
    }
}
