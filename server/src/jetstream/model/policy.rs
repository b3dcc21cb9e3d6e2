//! The choices that configurations of streams and consumers offer, with their
//! names in JSON (`store.go`, `consumer.go`, `stream.go`).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

/// When messages of a stream may go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RetentionPolicy {
    /// When a limit is reached.
    #[default]
    Limits,
    /// When all consumers have acknowledged them.
    Interest,
    /// When the first consumer has acknowledged them.
    WorkQueue,
}

/// What happens when a limit is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DiscardPolicy {
    /// The oldest messages go.
    #[default]
    Old,
    /// New messages are refused.
    New,
}

/// Where a stream keeps its messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StorageType {
    /// In files.
    #[default]
    File,
    /// In memory.
    Memory,
}

/// How files of messages are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreCompression {
    /// Not at all.
    #[default]
    None,
    /// With S2.
    S2,
}

/// Whether messages are acknowledged before they are written out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PersistMode {
    /// No.
    #[default]
    Default,
    /// Yes.
    Async,
}

/// Which acknowledgements a consumer wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AckPolicy {
    /// None.
    #[default]
    None,
    /// One acknowledges all messages before it too.
    All,
    /// One for every message.
    Explicit,
}

/// How fast a consumer plays messages back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplayPolicy {
    /// As fast as possible.
    #[default]
    Instant,
    /// With the pauses with which they came in.
    Original,
}

/// Where a consumer begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliverPolicy {
    /// With the first message.
    #[default]
    #[serde(alias = "undefined")]
    All,
    /// With the last message.
    Last,
    /// With the next message to come.
    New,
    /// With a sequence.
    ByStartSequence,
    /// With the first message that is not older than a time.
    ByStartTime,
    /// With the last message of every subject.
    LastPerSubject,
}

/// How the members of a priority group share messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriorityPolicy {
    /// No groups.
    #[default]
    None,
    /// Only when enough is pending.
    Overflow,
    /// One client gets everything.
    PinnedClient,
    /// The lowest priority number goes first.
    Prioritized,
}

impl fmt::Display for RetentionPolicy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Limits => "Limits",
            Self::Interest => "Interest",
            Self::WorkQueue => "WorkQueue",
        })
    }
}

impl fmt::Display for DiscardPolicy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Old => "DiscardOld",
            Self::New => "DiscardNew",
        })
    }
}

impl fmt::Display for StorageType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::File => "File",
            Self::Memory => "Memory",
        })
    }
}

impl fmt::Display for StoreCompression {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::None => "None",
            Self::S2 => "S2",
        })
    }
}

/// Unlike its neighbours it takes its names in any case.
impl<'de> Deserialize<'de> for DiscardPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        if name.eq_ignore_ascii_case("old") {
            Ok(Self::Old)
        } else if name.eq_ignore_ascii_case("new") {
            Ok(Self::New)
        } else {
            Err(de::Error::unknown_variant(&name, &["old", "new"]))
        }
    }
}

/// Whether a field has the value that JSON leaves out.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::DeserializeOwned;

    fn check<T>(names: &[(T, &str)])
    where
        T: Serialize + DeserializeOwned + PartialEq + fmt::Debug,
    {
        for (value, name) in names {
            let json = format!("\"{name}\"");
            assert_eq!(serde_json::to_string(value).unwrap(), json);
            assert_eq!(serde_json::from_str::<T>(&json).unwrap(), *value);
        }
        assert!(serde_json::from_str::<T>("\"Nothing like it\"").is_err());
        assert!(serde_json::from_str::<T>("1").is_err());
    }

    #[test]
    fn retention_has_its_names() {
        use RetentionPolicy::{Interest, Limits, WorkQueue};
        check(&[
            (Limits, "limits"),
            (Interest, "interest"),
            (WorkQueue, "workqueue"),
        ]);
        let shown = [Limits, Interest, WorkQueue].map(|policy| policy.to_string());
        assert_eq!(shown, ["Limits", "Interest", "WorkQueue"]);
    }

    #[test]
    fn discard_has_its_names_in_any_case() {
        check(&[(DiscardPolicy::Old, "old"), (DiscardPolicy::New, "new")]);
        let read = |json| serde_json::from_str::<DiscardPolicy>(json).unwrap();
        assert_eq!(read("\"OLD\""), DiscardPolicy::Old);
        assert_eq!(read("\"New\""), DiscardPolicy::New);
        assert_eq!(DiscardPolicy::Old.to_string(), "DiscardOld");
        assert_eq!(DiscardPolicy::New.to_string(), "DiscardNew");
    }

    #[test]
    fn storage_has_its_names() {
        check(&[(StorageType::File, "file"), (StorageType::Memory, "memory")]);
        assert_eq!(StorageType::File.to_string(), "File");
        assert_eq!(StorageType::Memory.to_string(), "Memory");
    }

    #[test]
    fn compression_and_persistence_have_their_names() {
        check(&[
            (StoreCompression::None, "none"),
            (StoreCompression::S2, "s2"),
        ]);
        check(&[
            (PersistMode::Default, "default"),
            (PersistMode::Async, "async"),
        ]);
        assert_eq!(StoreCompression::S2.to_string(), "S2");
        assert_eq!(StoreCompression::None.to_string(), "None");
    }

    #[test]
    fn ack_policies_have_their_names() {
        use AckPolicy::{All, Explicit};
        check(&[
            (AckPolicy::None, "none"),
            (All, "all"),
            (Explicit, "explicit"),
        ]);
    }

    #[test]
    fn replay_policies_have_their_names() {
        use ReplayPolicy::{Instant, Original};
        check(&[(Instant, "instant"), (Original, "original")]);
    }

    #[test]
    fn deliver_policies_have_their_names() {
        use DeliverPolicy::{All, ByStartSequence, ByStartTime, Last, LastPerSubject, New};
        check(&[
            (All, "all"),
            (Last, "last"),
            (New, "new"),
            (ByStartSequence, "by_start_sequence"),
            (ByStartTime, "by_start_time"),
            (LastPerSubject, "last_per_subject"),
        ]);
        assert_eq!(
            serde_json::from_str::<DeliverPolicy>("\"undefined\"").unwrap(),
            All
        );
    }

    #[test]
    fn priority_policies_have_their_names() {
        use PriorityPolicy::{Overflow, PinnedClient, Prioritized};
        check(&[
            (PriorityPolicy::None, "none"),
            (Overflow, "overflow"),
            (PinnedClient, "pinned_client"),
            (Prioritized, "prioritized"),
        ]);
    }
}
