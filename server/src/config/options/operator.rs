//! Operator mode: trusted operators, and where accounts' JWTs come from.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What happens to deleted JWTs of a resolver that keeps all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DeleteMode {
    /// They can not be deleted.
    #[default]
    Refused,
    /// They are renamed.
    Rename,
    /// They are gone.
    Hard,
}

/// Where accounts' JWTs come from (`AccountResolver`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolverOptions {
    /// From `resolver_preload`.
    Memory,
    /// From a web server.
    Url(String),
    /// From a folder that holds all of them.
    Full {
        /// The folder.
        dir: String,
        /// How many there may be; 0 is the default.
        limit: i64,
        /// How often servers compare what they have.
        interval: Duration,
        /// What deleting does.
        delete: DeleteMode,
        /// How long other servers may take to answer.
        timeout: Option<Duration>,
    },
    /// From a folder that holds those used lately.
    Cache {
        /// The folder.
        dir: String,
        /// How many there may be; 0 is the default.
        limit: i64,
        /// How long they are kept.
        ttl: Duration,
        /// How long other servers may take to answer.
        timeout: Option<Duration>,
    },
}

/// Options of operator mode.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperatorOptions {
    /// JWTs of operators, or files with them, as written.
    pub operators: Vec<String>,
    /// Keys of operators.
    pub trusted_keys: Vec<String>,
    /// Where accounts' JWTs come from.
    pub resolver: Option<ResolverOptions>,
    /// JWTs of accounts by their keys.
    pub preload: BTreeMap<String, String>,
    /// Accounts that are not asked of the resolver again.
    pub pinned_accounts: BTreeSet<String>,
    /// JWT of the user of connections that present nothing.
    pub default_sentinel: String,
}
