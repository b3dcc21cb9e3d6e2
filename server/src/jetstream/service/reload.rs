//! What new options mean for accounts.

use super::start::{Service, ServiceError};
use crate::config::options::{JetStreamAccountLimits, JetStreamTiers};
use crate::jetstream::model::ApiError;

impl Service {
    /// Gives accounts the limits that the server's options say now, brings back the
    /// streams of those that may have them again, and stops those of the others
    /// (`configAllJetStreamAccounts`). Returns what could not be done.
    pub fn reload_accounts(&self) -> Vec<ServiceError> {
        let context = &self.js.host().context;
        let mut errors = Vec::new();
        for account in context.accounts().all() {
            if context.is_system_account(&account) {
                continue;
            }
            let name = account.name();
            let known = self.js.account(name);
            let done = match (known, self.configured_limits(&account)) {
                (None, Some(limits)) => self.enable(&account, limits),
                (Some(_), None) => refused(name, self.js.disable_account(name)),
                (Some(known), Some(limits)) if *known.usage().limits() != in_full(&limits) => {
                    refused(name, self.js.update_limits(name, limits))
                }
                _ => Ok(()),
            };
            let answered = self.answer_again(&account);
            errors.extend([done, answered].into_iter().filter_map(Result::err));
        }
        errors
    }
}

fn refused(name: &str, result: Result<(), ApiError>) -> Result<(), ServiceError> {
    result.map_err(|error| ServiceError::Limits(name.to_owned(), error))
}

/// No limits at all are written as such.
fn in_full(limits: &JetStreamTiers) -> JetStreamTiers {
    if limits.is_empty() {
        JetStreamTiers::from([(String::new(), JetStreamAccountLimits::UNLIMITED)])
    } else {
        limits.clone()
    }
}
