//! From a request to its answer.

use std::sync::Arc;

use serde_json::Value;

use super::queue::{ApiQueue, Waiting};
use super::request::Request;
use super::responder::{Responder, Work};
use super::routes::{self, Handle, Route};
use crate::jetstream::model::ApiError;
use crate::jetstream::model::versioning::asks_too_much;

/// Answers one request, or has it answered.
pub(super) fn answer(api: &Arc<ApiQueue>, waiting: Waiting) {
    let account = api.js().account(waiting.client.account().name());
    let route = routes::find(waiting.message.subject());
    let outcome = match (&account, route) {
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
    let responder = Responder::new(Arc::clone(api), waiting, account, route);
    match outcome {
        Ok(Outcome::Answer(body)) => responder.answer(Ok(body)),
        Ok(Outcome::Work(work)) => {
            let runtime = api.js().host().runtime.clone();
            runtime.spawn_blocking(move || work(responder));
        }
        Err(error) => responder.answer(Err(error)),
    }
}

enum Outcome {
    Answer(Value),
    Work(Work),
}

fn handle(request: &Request<'_>, route: &Route) -> Result<Outcome, ApiError> {
    // Where nothing can be answered, it does not matter what is asked.
    if !route.needs_cluster && asks_too_much(request.message.header()) {
        return Err(ApiError::required_api_level());
    }
    match route.handle {
        Handle::Now(handle) => handle(request).map(Outcome::Answer),
        Handle::Apart(handle) => handle(request).map(Outcome::Work),
    }
}
