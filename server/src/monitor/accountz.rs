//! `/accountz`: the accounts, or one of them in detail.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::account_exchange::{ExportInfo, ImportInfo};
use super::json::is_default;
use super::state::Monitor;
use super::time::Time;
use crate::subject::sublist::SublistStats;

/// What to tell.
#[derive(Debug, Clone, Default)]
pub struct AccountzOptions {
    /// The account to tell of in detail; the names of all if empty.
    pub account: String,
}

/// The accounts, or one of them in detail.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct Accountz {
    pub server_id: String,
    pub now: Time,
    #[serde(skip_serializing_if = "is_default")]
    pub system_account: String,
    #[serde(skip_serializing_if = "is_default")]
    pub accounts: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub account_detail: Option<AccountInfo>,
}

/// One account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct AccountInfo {
    pub account_name: String,
    pub update_time: Time,
    #[serde(skip_serializing_if = "is_default")]
    pub is_system: bool,
    pub expired: bool,
    pub complete: bool,
    pub jetstream_enabled: bool,
    pub leafnode_connections: usize,
    pub client_connections: usize,
    pub subscriptions: usize,
    #[serde(skip_serializing_if = "is_default")]
    pub mappings: BTreeMap<String, Vec<MapDest>>,
    #[serde(skip_serializing_if = "is_default")]
    pub exports: Vec<ExportInfo>,
    #[serde(skip_serializing_if = "is_default")]
    pub imports: Vec<ImportInfo>,
    pub name_tag: String,
    pub sublist_stats: SublistStats,
    #[serde(skip_serializing_if = "is_default")]
    pub responses: BTreeMap<String, ImportInfo>,
}

/// One destination of a subject mapping.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapDest {
    /// The subject.
    pub subject: String,
    /// Its share together with those listed before it, in percent.
    pub weight: u8,
    /// The cluster it is for, if it is not for all.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cluster: String,
}

/// An account that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("Account {0} does not exist")]
pub struct AccountzError(String);

impl Monitor {
    /// Tells of accounts (`Accountz`).
    ///
    /// # Errors
    ///
    /// [`AccountzError`] if the account does not exist.
    pub fn accountz(&self, options: &AccountzOptions) -> Result<Accountz, AccountzError> {
        let accounts = self.context().accounts();
        let mut tell = Accountz {
            server_id: self.server_id(),
            now: Time::now(),
            system_account: accounts
                .system()
                .map(|system| system.name().to_owned())
                .unwrap_or_default(),
            ..Accountz::default()
        };
        if options.account.is_empty() {
            let all = accounts.all();
            tell.accounts = all.iter().map(|one| one.name().to_owned()).collect();
        } else {
            tell.account_detail = Some(self.account_info(&options.account)?);
        }
        Ok(tell)
    }

    fn account_info(&self, name: &str) -> Result<AccountInfo, AccountzError> {
        let account = self
            .context()
            .accounts()
            .lookup(name)
            .ok_or_else(|| AccountzError(name.to_owned()))?;
        let mappings = account.mappings();
        Ok(AccountInfo {
            account_name: name.to_owned(),
            update_time: account.created().into(),
            is_system: self.context().is_system_account(&account),
            complete: true,
            leafnode_connections: account.leafnode_count(),
            client_connections: account.client_count(),
            subscriptions: account.subscriptions().count(),
            mappings: mappings
                .iter()
                .map(|(source, destinations)| {
                    let destinations = destinations.map(|to| MapDest {
                        subject: to.subject,
                        weight: to.weight,
                        cluster: to.cluster,
                    });
                    (source.to_owned(), destinations.collect())
                })
                .collect(),
            exports: ExportInfo::all_of(&account),
            imports: ImportInfo::all_of(&account),
            responses: account
                .pending_responses()
                .iter()
                .map(|response| {
                    let subject = String::from_utf8_lossy(response.from()).into_owned();
                    (subject, ImportInfo::of_response(response))
                })
                .collect(),
            name_tag: account.name().to_owned(),
            sublist_stats: account.subscriptions().stats(),
            ..AccountInfo::default()
        })
    }
}
