//! `/subsz`: subscriptions and how they are matched.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::json::is_default;
use super::state::Monitor;
use super::time::Time;
use crate::account::{Account, Subscription, SubscriptionDetails};
use crate::subject::sublist::SublistStats;
use crate::subject::{is_valid_literal_subject, matches_literal};

/// How many subscriptions are listed if nothing is said (`DefaultSubListSize`).
pub const DEFAULT_SUB_LIST_SIZE: usize = 1024;

/// What to tell.
#[derive(Debug, Clone, Default)]
pub struct SubszOptions {
    /// Leave out that many at the start; negative is none.
    pub offset: i64,
    /// List at most that many; [`DEFAULT_SUB_LIST_SIZE`] if not positive.
    pub limit: i64,
    /// List the subscriptions.
    pub subscriptions: bool,
    /// Only of this account, if not empty.
    pub account: String,
    /// Only those that get messages on this subject, if not empty.
    pub test: String,
}

/// Figures about subscriptions, and the subscriptions.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Subsz {
    /// The server.
    pub server_id: String,
    /// When it was made.
    pub now: Time,
    /// Figures about all accounts, or the one asked for.
    #[serde(flatten)]
    pub stats: SublistStats,
    /// Subscriptions that could be listed.
    pub total: usize,
    /// Subscriptions left out at the start.
    pub offset: usize,
    /// Most subscriptions that are listed.
    pub limit: usize,
    /// The subscriptions.
    #[serde(default, skip_serializing_if = "is_default")]
    pub subscriptions_list: Vec<SubDetail>,
}

/// One subscription (`SubDetail`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct SubDetail {
    #[serde(skip_serializing_if = "is_default")]
    pub account: String,
    #[serde(skip_serializing_if = "is_default")]
    pub account_tag: String,
    pub subject: String,
    #[serde(skip_serializing_if = "is_default")]
    pub qgroup: String,
    pub sid: String,
    pub msgs: u64,
    #[serde(skip_serializing_if = "is_default")]
    pub max: u64,
    pub cid: u64,
}

impl SubDetail {
    pub(super) fn new(subscription: &SubscriptionDetails) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            account: String::new(),
            account_tag: String::new(),
            subject: text(&subscription.subject),
            qgroup: subscription.queue.as_deref().map(text).unwrap_or_default(),
            sid: text(&subscription.sid),
            msgs: subscription.delivered,
            max: subscription.max,
            cid: subscription.connection,
        }
    }

    /// With the account. Accounts from the configuration have no other tag than
    /// their name.
    fn of_account(subscription: &Subscription, account: &Account) -> Self {
        Self {
            account: account.name().to_owned(),
            account_tag: account.name().to_owned(),
            ..Self::new(&subscription.details())
        }
    }
}

/// A subject that nobody can publish to.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("invalid test subject, must be valid publish subject: {0}")]
pub struct SubszError(String);

impl Monitor {
    /// Tells of subscriptions (`Subsz`).
    ///
    /// # Errors
    ///
    /// [`SubszError`] if the test subject can not be published to.
    pub fn subsz(&self, options: &SubszOptions) -> Result<Subsz, SubszError> {
        if !options.test.is_empty() && !is_valid_literal_subject(&options.test) {
            return Err(SubszError(options.test.clone()));
        }
        let mut tell = Subsz {
            server_id: self.server_id(),
            now: Time::now(),
            offset: usize::try_from(options.offset).unwrap_or(0),
            limit: usize::try_from(options.limit)
                .ok()
                .filter(|limit| *limit > 0)
                .unwrap_or(DEFAULT_SUB_LIST_SIZE),
            ..Subsz::default()
        };
        let mut found: Vec<(Arc<Account>, Arc<Subscription>)> = Vec::new();
        for account in self.context().accounts().all() {
            if !options.account.is_empty() && account.name() != options.account {
                continue;
            }
            tell.stats.add(&account.subscriptions().stats());
            if options.subscriptions {
                let wanted = account.subscriptions().collect_where(|one| {
                    options.test.is_empty() || matches_literal(&options.test, &one.subject)
                });
                found.extend(wanted.into_iter().map(|one| (Arc::clone(&account), one)));
            }
        }
        tell.total = found.len();
        tell.subscriptions_list = found
            .iter()
            .skip(tell.offset)
            .take(tell.limit)
            .map(|(account, subscription)| SubDetail::of_account(subscription, account))
            .collect();
        Ok(tell)
    }
}
