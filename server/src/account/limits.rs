//! Limits of an account.

use crate::config::options::AccountOptions;

/// What an account may use; `None` is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccountLimits {
    /// Client connections.
    pub max_connections: Option<u64>,
    /// Leafnode connections.
    pub max_leafnodes: Option<u64>,
    /// Subscriptions of one connection.
    pub max_subscriptions: Option<u64>,
    /// Bytes of one payload.
    pub max_payload: Option<u64>,
}

impl AccountLimits {
    /// The limits that are configured.
    #[must_use]
    pub fn from_options(options: &AccountOptions) -> Self {
        Self {
            max_connections: options.max_connections,
            max_leafnodes: options.max_leafnodes,
            max_subscriptions: options.max_subscriptions,
            max_payload: options.max_payload,
        }
    }
}
