//! What publishers and consumers were told.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex};

use anyhow::ensure;

/// A message: its stream, its publisher and its number there.
pub type Key = (&'static str, usize, u64);

/// The streams: one with limits, a work queue, and one that keeps what is of interest.
pub const STREAMS: [&str; 3] = ["S", "W", "I"];
pub const PUBLISHERS: usize = 4;

/// A consumer, its stream and the publisher whose messages it wants, if not all.
pub struct Reader {
    pub name: &'static str,
    pub stream: &'static str,
    pub only: Option<usize>,
}

pub const READERS: [Reader; 4] = [
    Reader {
        name: "all",
        stream: "S",
        only: None,
    },
    Reader {
        name: "one",
        stream: "S",
        only: Some(1),
    },
    Reader {
        name: "worker",
        stream: "W",
        only: None,
    },
    Reader {
        name: "interested",
        stream: "I",
        only: None,
    },
];

#[derive(Default)]
pub struct Book {
    /// The number of each publisher's next message, by stream.
    next: HashMap<(&'static str, usize), u64>,
    /// Messages that were published and not acknowledged.
    in_flight: BTreeSet<Key>,
    /// Sequences of acknowledged messages.
    stored: BTreeMap<Key, u64>,
    /// Where messages were seen, by whomever.
    seen: HashMap<Key, u64>,
    /// Up to where the stream with limits was looked through.
    pub looked_through: u64,
    pub readers: [ReaderBook; 4],
    wrong: Vec<String>,
}

/// What one consumer was told, by sequences.
#[derive(Default)]
pub struct ReaderBook {
    /// Acknowledgements that were confirmed, and in which round.
    confirmed: HashMap<u64, u64>,
    /// Those that may have come through.
    unsure: HashSet<u64>,
    deliveries: u64,
}

impl Book {
    pub fn shared() -> Arc<Mutex<Self>> {
        Arc::default()
    }

    /// The next message of a publisher, which is in flight from now on.
    pub fn next(&mut self, stream: &'static str, publisher: usize) -> Key {
        let next = self.next.entry((stream, publisher)).or_insert(0);
        *next += 1;
        let key = (stream, publisher, *next);
        self.in_flight.insert(key);
        key
    }

    /// What a publisher does not know the fate of.
    pub fn in_flight(&self, publisher: usize) -> Vec<Key> {
        let own = self.in_flight.iter().filter(|key| key.1 == publisher);
        own.copied().collect()
    }

    pub fn stored(&mut self, key: Key, seq: u64) {
        self.in_flight.remove(&key);
        self.stored.insert(key, seq);
        self.saw(key, seq);
    }

    /// A message is there; each only once.
    pub fn saw(&mut self, key: Key, seq: u64) {
        if let Some(other) = self.seen.insert(key, seq)
            && other != seq
        {
            self.wrong
                .push(format!("{key:?} is there as {other} and {seq}"));
        }
    }

    /// A consumer got a message.
    pub fn delivered(&mut self, reader: usize, key: Key, seq: u64, round: u64) {
        self.saw(key, seq);
        let book = &mut self.readers[reader];
        book.deliveries += 1;
        if let Some(confirmed) = book.confirmed.get(&seq)
            && *confirmed < round
        {
            self.wrong.push(format!(
                "{} got {seq} in round {round}, acknowledged in {confirmed}",
                READERS[reader].name
            ));
        }
    }

    /// A consumer is about to acknowledge a message.
    pub fn acknowledging(&mut self, reader: usize, seq: u64) {
        self.readers[reader].unsure.insert(seq);
    }

    pub fn confirmed(&mut self, reader: usize, seq: u64, round: u64) {
        self.readers[reader].confirmed.entry(seq).or_insert(round);
    }

    pub fn check_round(&self) -> anyhow::Result<()> {
        ensure!(self.wrong.is_empty(), "{:#?}", self.wrong);
        Ok(())
    }

    /// Everything is as it was promised, after all consumers got all that they can.
    pub fn check_all(&self) -> anyhow::Result<String> {
        let mut missing = Vec::new();
        for (key, seq) in &self.stored {
            if key.0 == "S" && self.seen.get(key) != Some(seq) {
                missing.push(format!("{key:?} is not at {seq}"));
            }
            for (reader, book) in READERS.iter().zip(&self.readers) {
                let wanted = reader.stream == key.0 && reader.only.is_none_or(|only| only == key.1);
                if wanted && !book.confirmed.contains_key(seq) && !book.unsure.contains(seq) {
                    missing.push(format!("{} did not get {key:?}, {seq}", reader.name));
                }
            }
        }
        ensure!(
            missing.is_empty(),
            "{} missing: {:#?}",
            missing.len(),
            missing
        );
        ensure!(!self.stored.is_empty(), "nothing was stored");
        let readers = self.readers.iter().zip(&READERS).map(|(book, reader)| {
            format!(
                "{} {} of {} confirmed",
                reader.name,
                book.confirmed.len(),
                book.deliveries
            )
        });
        let readers: Vec<String> = readers.collect();
        Ok(format!(
            "{} stored, {}",
            self.stored.len(),
            readers.join(", ")
        ))
    }
}
