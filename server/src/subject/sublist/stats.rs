//! Figures about interest.

use serde::{Deserialize, Serialize};

/// Figures about one or more sublists, in the JSON form of the `subsz`
/// endpoint (`SublistStats`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SublistStats {
    /// Members stored.
    #[serde(rename = "num_subscriptions")]
    pub num_subs: u32,
    /// Results in the cache.
    pub num_cache: u32,
    /// Insertions so far.
    pub num_inserts: u64,
    /// Removals so far.
    pub num_removes: u64,
    /// Matches so far.
    pub num_matches: u64,
    /// Share of the matches that the cache answered, 0 to 1.
    pub cache_hit_rate: f64,
    /// Largest fan-out of a cached result.
    pub max_fanout: u32,
    /// Mean fan-out of the cached results.
    pub avg_fanout: f64,
    #[serde(skip)]
    pub(super) total_fanout: usize,
    #[serde(skip)]
    pub(super) fanout_results: usize,
    #[serde(skip)]
    pub(super) cache_hits: u64,
}

impl SublistStats {
    /// Adds another sublist's figures; rates and means are taken over both.
    pub fn add(&mut self, other: &Self) {
        self.num_subs = self.num_subs.saturating_add(other.num_subs);
        self.num_cache = self.num_cache.saturating_add(other.num_cache);
        self.num_inserts += other.num_inserts;
        self.num_removes += other.num_removes;
        self.num_matches += other.num_matches;
        self.max_fanout = self.max_fanout.max(other.max_fanout);
        self.cache_hits += other.cache_hits;
        self.total_fanout += other.total_fanout;
        self.fanout_results += other.fanout_results;
        self.derive();
    }

    /// Works out the rates and means from the sums.
    pub(super) fn derive(&mut self) {
        if self.total_fanout > 0 {
            self.avg_fanout = self.total_fanout as f64 / self.fanout_results as f64;
        }
        if self.num_matches > 0 {
            self.cache_hit_rate = self.cache_hits as f64 / self.num_matches as f64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_the_go_names() {
        let stats = SublistStats {
            num_subs: 3,
            cache_hits: 7,
            ..SublistStats::default()
        };
        let json = serde_json::to_string(&stats).unwrap();
        assert_eq!(
            json,
            concat!(
                r#"{"num_subscriptions":3,"num_cache":0,"num_inserts":0,"num_removes":0,"#,
                r#""num_matches":0,"cache_hit_rate":0.0,"max_fanout":0,"avg_fanout":0.0}"#
            )
        );
    }

    #[test]
    fn adding_weighs_the_means() {
        let one = SublistStats {
            total_fanout: 6,
            fanout_results: 2,
            ..SublistStats::default()
        };
        let two = SublistStats {
            total_fanout: 2,
            fanout_results: 2,
            max_fanout: 5,
            ..SublistStats::default()
        };
        let mut sum = SublistStats::default();
        sum.add(&one);
        sum.add(&two);
        assert_eq!((sum.avg_fanout, sum.max_fanout), (2.0, 5));
    }
}
