//! Answers on their way.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::audit;
use super::queue::{ApiQueue, Waiting};
use super::request::Answer;
use super::routes::Route;
use crate::account::ClientInfo;
use crate::client::InternalClient;
use crate::jetstream::advisory;
use crate::jetstream::assets::AccountAssets;
use crate::jetstream::host::Host;

const SYSTEM_RESPONSE: &str = "io.nats.jetstream.api.v1.system_response";

/// What a request has to do apart from the API's workers. It gives the answer itself.
pub(super) type Work = Box<dyn FnOnce(Responder) + Send>;

/// Answers one request.
pub(super) struct Responder {
    api: Arc<ApiQueue>,
    waiting: Waiting,
    account: Option<Arc<AccountAssets>>,
    route: Option<&'static Route>,
}

impl Responder {
    pub(super) const fn new(
        api: Arc<ApiQueue>,
        waiting: Waiting,
        account: Option<Arc<AccountAssets>>,
        route: Option<&'static Route>,
    ) -> Self {
        Self {
            api,
            waiting,
            account,
            route,
        }
    }

    /// Gives the answer, counts it and tells those who watch.
    pub(super) fn answer(&self, answer: Answer) {
        if let Some(account) = &self.account {
            account.usage().count_api(answer.is_err());
        }
        // Messages that were asked for are nobody else's business.
        let is_private = answer.is_ok() && self.route.is_some_and(|route| route.is_private);
        let response = self.render(answer);
        let audit = (!is_private)
            .then(|| audit::audit(&self.api, &self.waiting, &response))
            .flatten();
        self.waiting.reply(&response);
        if let Some(audit) = audit {
            advisory::publish(&self.waiting.client, audit::SUBJECT, &audit);
        }
    }

    /// Gives an answer that is not the API's own, and so neither counted nor told.
    pub(super) fn answer_directly(&self, answer: Answer) {
        self.waiting.reply(&self.render(answer));
    }

    fn render(&self, answer: Answer) -> Vec<u8> {
        match self.route {
            Some(route) => render(route.kind, route.blank, answer),
            None => render(SYSTEM_RESPONSE, "{}", answer),
        }
    }

    /// Who publishes for the API in the asker's account.
    pub(super) fn client(&self) -> &Arc<InternalClient> {
        &self.waiting.client
    }

    /// Who asks.
    pub(super) const fn asker(&self) -> Option<&ClientInfo> {
        self.waiting.asker.as_ref()
    }

    pub(super) fn host(&self) -> &Arc<Host> {
        self.api.js().host()
    }
}

/// An answer as JSON: its type and its fields, or an error and those in `blank`.
pub(super) fn render(kind: &str, blank: &str, answer: Answer) -> Vec<u8> {
    let (body, error) = match answer {
        Ok(body) => (body, None),
        Err(error) => (serde_json::from_str(blank).unwrap_or_default(), Some(error)),
    };
    let mut fields = match body {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    if let Some(error) = error {
        let error = serde_json::to_value(error).unwrap_or_default();
        fields.insert("error".to_owned(), error);
    }
    fields.insert("type".to_owned(), kind.into());
    serde_json::to_vec(&Value::Object(fields)).unwrap_or_default()
}
