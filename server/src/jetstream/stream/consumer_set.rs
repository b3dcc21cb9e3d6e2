//! The consumers of a stream, and which of them want a subject.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;

use super::stream_consumer::{NewMessages, StreamConsumer};
use crate::subject::sublist::Sublist;

/// Consumers by name, and by the subjects that they filter.
#[derive(Default)]
pub struct ConsumerSet {
    by_name: BTreeMap<String, Entry>,
    by_id: HashMap<u64, Arc<dyn StreamConsumer>>,
    filters: Sublist<u64>,
    /// Those without a filter.
    unfiltered: Vec<u64>,
    next_id: u64,
}

struct Entry {
    id: u64,
    filters: Vec<String>,
}

impl ConsumerSet {
    /// Adds a consumer or changes its filters.
    pub fn insert(&mut self, consumer: &Arc<dyn StreamConsumer>, filters: &[String]) {
        self.remove(consumer.name());
        self.next_id += 1;
        let id = self.next_id;
        let mut kept = Vec::with_capacity(filters.len());
        for filter in filters {
            // Filters were checked with the consumer's configuration.
            if self.filters.insert(filter, None, id).is_ok() {
                kept.push(filter.clone());
            }
        }
        if filters.is_empty() {
            self.unfiltered.push(id);
        }
        self.by_id.insert(id, Arc::clone(consumer));
        let entry = Entry { id, filters: kept };
        self.by_name.insert(consumer.name().to_owned(), entry);
    }

    /// Takes a consumer out; false if it was not there.
    pub fn remove(&mut self, name: &str) -> bool {
        let Some(entry) = self.by_name.remove(name) else {
            return false;
        };
        for filter in &entry.filters {
            // It was inserted under just these.
            self.filters.remove(filter, None, &entry.id).ok();
        }
        self.unfiltered.retain(|id| *id != entry.id);
        self.by_id.remove(&entry.id);
        true
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// The consumer called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<dyn StreamConsumer>> {
        let entry = self.by_name.get(name)?;
        self.by_id.get(&entry.id).cloned()
    }

    /// All, by name.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<dyn StreamConsumer>> {
        self.by_name
            .values()
            .filter_map(|entry| self.by_id.get(&entry.id).cloned())
            .collect()
    }

    /// Whether one wants messages on `subject`.
    #[must_use]
    pub fn wants(&self, subject: &[u8]) -> bool {
        !self.unfiltered.is_empty() || self.filters.has_interest(subject)
    }

    /// Tells those that may care that a message is gone.
    pub fn removed(&self, seq: u64, subject: &[u8]) {
        self.for_each(subject, |consumer| consumer.removed(seq, subject));
    }

    /// Tells all that many messages are gone.
    pub fn recount(&self) {
        for consumer in self.by_id.values() {
            consumer.recount();
        }
    }

    /// Tells those that may deliver them of messages that were stored, each once.
    pub fn stored<'a>(&self, messages: impl Iterator<Item = (u64, &'a [u8])>) {
        let filtered = !self.filters.is_empty();
        let mut all: Option<NewMessages> = None;
        let mut some: HashMap<u64, NewMessages> = HashMap::new();
        for (seq, subject) in messages {
            add(all.get_or_insert(NONE), seq);
            if filtered {
                self.filters.for_each_match(subject, |id| {
                    let messages = some.entry(*id).or_insert(NONE);
                    // Two filters of one consumer may match.
                    if messages.last != seq {
                        add(messages, seq);
                    }
                });
            }
        }
        let Some(all) = all else { return };
        for id in &self.unfiltered {
            if let Some(consumer) = self.by_id.get(id) {
                consumer.stored(all);
            }
        }
        for (id, messages) in some {
            if let Some(consumer) = self.by_id.get(&id) {
                consumer.stored(messages);
            }
        }
    }

    fn for_each(&self, subject: &[u8], mut each: impl FnMut(&Arc<dyn StreamConsumer>)) {
        let mut ids = self.unfiltered.clone();
        self.filters.for_each_match(subject, |id| {
            if !ids.contains(id) {
                ids.push(*id);
            }
        });
        for id in ids {
            if let Some(consumer) = self.by_id.get(&id) {
                each(consumer);
            }
        }
    }
}

const NONE: NewMessages = NewMessages {
    count: 0,
    first: 0,
    last: 0,
};

const fn add(messages: &mut NewMessages, seq: u64) {
    if messages.count == 0 {
        messages.first = seq;
    }
    messages.count += 1;
    messages.last = seq;
}
