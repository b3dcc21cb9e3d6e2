//! What an account takes from others.
//!
//! A stream import becomes a shadow of each local subscription in the exporting
//! account ([`StreamImport::shadow_subject`]); a service import is a subscription of
//! the account itself ([`Role::ServiceImport`](super::Role)) whose messages go on to
//! the exporting account. Lock order: the imports of one account, then its
//! subscriptions; no two accounts are locked at once. Answers to the import
//! functions of `accounts.go`.

mod cycles;
mod service;
mod stream;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use service::ServiceImport;
pub use stream::StreamImport;

use super::subscription::Subscription;

/// The imports of one account (`importMap`).
#[derive(Debug, Default)]
pub(super) struct Imports {
    streams: Vec<Arc<StreamImport>>,
    /// By the subject here; several accounts may export to one.
    services: BTreeMap<String, Vec<Imported>>,
    /// Ids of subscriptions given so far.
    last_sid: u64,
}

/// A service import and the subscription that feeds it.
#[derive(Debug)]
struct Imported {
    import: Arc<ServiceImport>,
    subscription: Arc<Subscription>,
}

impl Imports {
    /// A fresh subscription id.
    pub(super) fn next_sid(&mut self) -> String {
        self.last_sid += 1;
        self.last_sid.to_string()
    }
}
