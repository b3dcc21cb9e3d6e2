//! What an account uses, as the API tells it (`JetStreamUsage`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::account::AccountAssets;
use crate::config::options::JetStreamAccountLimits;
use crate::jetstream::limits::tier_name;
use crate::jetstream::model::StorageType;
use crate::protocol::constants::JS_API_LEVEL;

/// One tier, or all together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API")]
pub struct TierStats {
    pub memory: u64,
    pub storage: u64,
    pub reserved_memory: u64,
    pub reserved_storage: u64,
    pub streams: usize,
    pub consumers: usize,
    pub limits: JetStreamAccountLimits,
}

/// Requests to the API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API")]
pub struct ApiStats {
    pub level: i32,
    pub total: u64,
    pub errors: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub inflight: u64,
}

/// What an account uses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API")]
pub struct AccountStats {
    #[serde(flatten)]
    pub total: TierStats,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub domain: String,
    pub api: ApiStats,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tiers: BTreeMap<String, TierStats>,
}

impl AccountAssets {
    /// What the account uses, by tier if it has any.
    #[must_use]
    pub fn stats(&self) -> AccountStats {
        let limits = self.usage.limits();
        let used = self.usage.tiers();
        let flat = limits.get("");
        let mut stats = AccountStats {
            domain: self.host.config.domain.clone(),
            ..AccountStats::default()
        };
        let (total, errors) = self.usage.api_counts();
        stats.api = ApiStats {
            level: JS_API_LEVEL,
            total,
            errors,
            inflight: 0,
        };
        let bytes = |count: i64| u64::try_from(count).unwrap_or(0);
        for usage in used.values() {
            stats.total.memory += bytes(usage.memory);
            stats.total.storage += bytes(usage.store);
        }
        if let Some(limits) = flat {
            stats.total.limits = *limits;
        } else {
            for (tier, limits) in limits.iter() {
                let usage = used.get(tier).copied().unwrap_or_default();
                let tier_stats = TierStats {
                    memory: bytes(usage.memory),
                    storage: bytes(usage.store),
                    limits: *limits,
                    ..TierStats::default()
                };
                stats.tiers.insert(tier.clone(), tier_stats);
            }
        }
        for stream in self.streams("") {
            let config = stream.config();
            let consumers = stream.all_consumers().len();
            let reserved = bytes(config.max_bytes);
            let count = |stats: &mut TierStats| {
                stats.streams += 1;
                stats.consumers += consumers;
                match config.storage {
                    StorageType::Memory => stats.reserved_memory += reserved,
                    StorageType::File => stats.reserved_storage += reserved,
                }
            };
            count(&mut stats.total);
            if flat.is_none() {
                count(stats.tiers.entry(tier_name(config.replicas)).or_default());
            }
        }
        for stream in self.offline_streams() {
            let tier = tier_name(stream.config.replicas);
            let tier = flat.is_none().then(|| stats.tiers.entry(tier).or_default());
            for stats in tier.into_iter().chain([&mut stats.total]) {
                stats.streams += 1;
                stats.consumers += stream.consumers.len();
            }
        }
        stats
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde wants"
)]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}
