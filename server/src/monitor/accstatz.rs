//! `/accstatz`: traffic by account.

use serde::{Deserialize, Serialize};

use super::json::is_default;
use super::state::Monitor;
use super::time::Time;
use crate::account::{Account, TrafficCounts};

/// What to tell.
#[derive(Debug, Clone, Default)]
pub struct AccountStatzOptions {
    /// Only of these accounts, if there are any.
    pub accounts: Vec<String>,
    /// Also of accounts without connections.
    pub include_unused: bool,
}

/// Traffic by account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountStatz {
    /// The server.
    pub server_id: String,
    /// When it was made.
    pub now: Time,
    /// The accounts.
    pub account_statz: Vec<AccountStat>,
}

/// Traffic of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct AccountStat {
    pub acc: String,
    pub name: String,
    pub conns: usize,
    pub leafnodes: usize,
    pub total_conns: usize,
    pub num_subscriptions: usize,
    pub sent: DataStats,
    pub received: DataStats,
    pub slow_consumers: u64,
}

/// Messages and their bytes, all and by the kind of the connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct DataStats {
    pub msgs: u64,
    pub bytes: u64,
    #[serde(default, skip_serializing_if = "is_default")]
    pub gateways: Option<MsgBytes>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub routes: Option<MsgBytes>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub leafs: Option<MsgBytes>,
}

/// Messages and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct MsgBytes {
    pub msgs: u64,
    pub bytes: u64,
}

impl From<TrafficCounts> for DataStats {
    fn from(counts: TrafficCounts) -> Self {
        // Nothing passes other kinds of connections than clients.
        let none = Some(MsgBytes::default());
        Self {
            msgs: counts.msgs,
            bytes: counts.bytes,
            gateways: none,
            routes: none,
            leafs: none,
        }
    }
}

impl Monitor {
    /// Tells of the traffic by account (`AccountStatz`).
    #[must_use]
    pub fn accstatz(&self, options: &AccountStatzOptions) -> AccountStatz {
        let accounts = self.context().accounts();
        let wanted = if options.accounts.is_empty() {
            accounts.all()
        } else {
            let names = options.accounts.iter();
            names.filter_map(|name| accounts.lookup(name)).collect()
        };
        AccountStatz {
            server_id: self.server_id(),
            now: Time::now(),
            account_statz: wanted
                .iter()
                .map(|account| stat(account))
                .filter(|stat| options.include_unused || stat.total_conns > 0)
                .collect(),
        }
    }
}

fn stat(account: &Account) -> AccountStat {
    let (conns, leafnodes) = (account.client_count(), account.leafnode_count());
    AccountStat {
        acc: account.name().to_owned(),
        name: account.name().to_owned(),
        conns,
        leafnodes,
        total_conns: conns + leafnodes,
        num_subscriptions: account.subscriptions().count(),
        sent: account.stats().sent().into(),
        received: account.stats().received().into(),
        slow_consumers: account.stats().slow_consumers(),
    }
}
