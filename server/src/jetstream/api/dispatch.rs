//! From a request to its answer.

use serde_json::{Map, Value};

use super::audit::audit;
use super::queue::{ApiQueue, Waiting};
use super::request::{Answer, Request};
use super::routes::{self, Route};
use crate::jetstream::model::ApiError;
use crate::jetstream::model::versioning::asks_too_much;

const SYSTEM_RESPONSE: &str = "io.nats.jetstream.api.v1.system_response";

/// Answers one request.
pub(super) fn answer(api: &ApiQueue, waiting: &Waiting) {
    let account = api.js().account(waiting.client.account().name());
    let route = routes::find(waiting.message.subject());
    let kind = route.map_or(SYSTEM_RESPONSE, |route| route.kind);
    let result = match (&account, route) {
        (None, _) => Err(ApiError::not_enabled_for_account()),
        (Some(_), None) => Err(ApiError::bad_request()),
        (Some(account), Some(route)) => {
            let request = Request {
                js: api.js(),
                account,
                message: &waiting.message,
            };
            handle(&request, route)
        }
    };
    if let Some(account) = &account {
        account.usage().count_api(result.is_err());
    }
    // Messages that were asked for are nobody else's business.
    let is_private = result.is_ok() && route.is_some_and(|route| route.is_private);
    let response = render(kind, result);
    waiting.reply(&response);
    if !is_private {
        audit(api, waiting, &response);
    }
}

fn handle(request: &Request<'_>, route: &Route) -> Answer {
    // Where nothing can be answered, it does not matter what is asked.
    if !route.needs_cluster && asks_too_much(request.message.header()) {
        return Err(ApiError::required_api_level());
    }
    (route.handle)(request)
}

/// The answer as JSON: its type, an error or the fields.
fn render(kind: &str, result: Answer) -> Vec<u8> {
    let mut fields = match result {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => Map::new(),
        Err(error) => {
            let mut fields = Map::new();
            let error = serde_json::to_value(error).unwrap_or_default();
            fields.insert("error".to_owned(), error);
            fields
        }
    };
    fields.insert("type".to_owned(), kind.into());
    serde_json::to_vec(&Value::Object(fields)).unwrap_or_default()
}
