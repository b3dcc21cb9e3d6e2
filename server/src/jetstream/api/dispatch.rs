//! From a request to its answer.

use std::sync::Arc;

use super::queue::{ApiQueue, Waiting};
use super::request::{Answer, Request};
use super::responder::{Responder, Work};
use super::routes::{self, Handle, Route};
use crate::jetstream::model::ApiError;
use crate::jetstream::model::versioning::asks_too_much;

/// Answers one request, or has it answered.
pub(super) fn answer(api: &Arc<ApiQueue>, waiting: Waiting) {
    let of = waiting.client.account();
    let account = api.js().account(of.name());
    let is_info = waiting.message.subject() == INFO;
    let is_system = api.js().host().context.is_system_account(of);
    // The servers' own account is refused everything in the same way, but for this.
    let route = routes::find(waiting.message.subject()).filter(|_| is_info || !is_system);
    let outcome = match (&account, route) {
        (None, _) => Outcome::Answer(Err(ApiError::not_enabled_for_account())),
        // Nobody knows what is asked for, so nobody answers.
        (Some(_), None) => return,
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
        Outcome::Answer(answer) => responder.answer(answer),
        Outcome::Direct(Some(answer)) => responder.answer_directly(answer),
        Outcome::Direct(None) => {}
        Outcome::Work(work) => {
            let runtime = api.js().host().runtime.clone();
            runtime.spawn_blocking(move || work(responder));
        }
    }
}

enum Outcome {
    Answer(Answer),
    Direct(Option<Answer>),
    Work(Work),
}

fn handle(request: &Request<'_>, route: &Route) -> Outcome {
    if let Handle::Direct(handle) = route.handle {
        return Outcome::Direct(handle(request));
    }
    // Where nothing can be answered, it does not matter what is asked.
    if !route.needs_cluster && asks_too_much(request.message.header()) {
        return Outcome::Answer(Err(ApiError::required_api_level()));
    }
    match route.handle {
        Handle::Now(handle) => Outcome::Answer(handle(request)),
        Handle::Direct(handle) => Outcome::Direct(handle(request)),
        Handle::Apart(handle) => match handle(request) {
            Ok(work) => Outcome::Work(work),
            Err(error) => Outcome::Answer(Err(error)),
        },
    }
}

const INFO: &[u8] = b"$JS.API.INFO";
