//! What is known of a stream that messages are taken from.

use std::collections::BTreeMap;

use super::super::info::StreamSourceInfo;
use super::super::lifecycle::Stream;
use crate::client::{InternalMessage, InternalSubscription};
use crate::jetstream::model::{ApiError, StreamConfig, StreamSource};
use crate::jetstream::stream::config::source_index_name;
use crate::subject::transform::SubjectTransform;
use std::sync::PoisonError;

/// All of them, by number. A mirror has one.
#[derive(Default)]
pub(in crate::jetstream::stream) struct Origins {
    pub(super) list: BTreeMap<u64, Origin>,
    next: u64,
}

/// What came from one of them. The attempt tells messages of an earlier consumer.
#[derive(Debug)]
pub(in crate::jetstream::stream) struct OriginEvent {
    pub(super) origin: u64,
    pub(super) attempt: u64,
    /// Whether it answers the request for a consumer.
    pub(super) is_answer: bool,
    pub(super) message: InternalMessage,
}

/// One of them.
pub(super) struct Origin {
    pub(super) is_mirror: bool,
    pub(super) source: StreamSource,
    pub(super) index_name: String,
    pub(super) transforms: Vec<SubjectTransform>,
    /// Counts the consumers that were asked for.
    pub(super) attempt: u64,
    pub(super) answer: Option<InternalSubscription>,
    pub(super) deliveries: Option<InternalSubscription>,
    pub(super) deliver_subject: String,
    /// The last sequence over there, and the last delivery.
    pub(super) seq: u64,
    pub(super) delivery: u64,
    pub(super) lag: u64,
    pub(super) heard: Option<i64>,
    pub(super) error: Option<ApiError>,
    pub(super) fails: u32,
    /// When a consumer was asked for last.
    pub(super) asked: i64,
    /// When something has to be done if nothing is heard.
    pub(super) deadline: Option<i64>,
}

impl Origin {
    fn new(source: &StreamSource, is_mirror: bool) -> Self {
        let transforms = source
            .subject_transforms
            .iter()
            .filter_map(|transform| {
                // They were checked with the configuration; without a destination
                // they only filter.
                SubjectTransform::new(&transform.source, &transform.destination)
                    .ok()
                    .flatten()
            })
            .collect();
        Self {
            is_mirror,
            index_name: source_index_name(source),
            source: source.clone(),
            transforms,
            attempt: 0,
            answer: None,
            deliveries: None,
            deliver_subject: String::new(),
            seq: 0,
            delivery: 0,
            lag: 0,
            heard: None,
            error: None,
            fails: 0,
            asked: 0,
            deadline: None,
        }
    }

    /// The subject that a message gets here.
    pub(super) fn subject(&self, subject: &[u8]) -> Option<Vec<u8>> {
        self.transforms
            .iter()
            .find_map(|transform| transform.apply(subject).ok())
    }

    fn info(&self, now: i64) -> StreamSourceInfo {
        StreamSourceInfo {
            name: self.source.name.clone(),
            external: self.source.external.clone(),
            lag: self.lag,
            active: self.heard.map_or(-1, |heard| now.saturating_sub(heard)),
            error: self.error.clone(),
            filter_subject: self.source.filter_subject.clone(),
            subject_transforms: self.source.subject_transforms.clone(),
        }
    }
}

impl Origins {
    fn add(&mut self, origin: Origin) -> u64 {
        self.next += 1;
        self.list.insert(self.next, origin);
        self.next
    }
}

impl Stream {
    /// Begins to take messages from the streams that the configuration names.
    pub(in crate::jetstream::stream) fn start_origins(&self, config: &StreamConfig) {
        self.update_origins(&StreamConfig::default(), config);
    }

    /// Takes messages from those that are named now, and from no others.
    pub(in crate::jetstream::stream) fn update_origins(
        &self,
        old: &StreamConfig,
        new: &StreamConfig,
    ) {
        let mut added = Vec::new();
        {
            let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
            if old.mirror != new.mirror {
                origins.list.retain(|_, origin| !origin.is_mirror);
                if let Some(mirror) = &new.mirror {
                    added.push(origins.add(Origin::new(mirror, true)));
                }
            }
            let names: Vec<String> = new.sources.iter().map(source_index_name).collect();
            origins
                .list
                .retain(|_, origin| origin.is_mirror || names.contains(&origin.index_name));
            for (source, name) in new.sources.iter().zip(&names) {
                let known = origins
                    .list
                    .values()
                    .any(|origin| !origin.is_mirror && origin.index_name == *name);
                if !known {
                    added.push(origins.add(Origin::new(source, false)));
                }
            }
        }
        self.find_starts(&added);
        let now = self.host.clock.now();
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        for id in added {
            if let Some(origin) = origins.list.get_mut(&id) {
                origin.deadline = Some(now);
            }
        }
        drop(origins);
        // The task looks for deadlines when it is woken.
        self.wake.notify_one();
    }

    /// Takes messages from nobody any more.
    pub(in crate::jetstream::stream) fn stop_origins(&self) {
        self.origins
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .list
            .clear();
    }

    /// When something has to be done if nothing is heard.
    pub(in crate::jetstream::stream) fn origin_deadline(&self) -> Option<i64> {
        let origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        origins
            .list
            .values()
            .filter_map(|origin| origin.deadline)
            .min()
    }

    /// The mirrored stream and the sources, as the API tells of them.
    pub(in crate::jetstream::stream) fn origins_info(
        &self,
    ) -> (Option<StreamSourceInfo>, Vec<StreamSourceInfo>) {
        let now = self.host.clock.now();
        let origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut mirror, mut sources) = (None, Vec::new());
        for origin in origins.list.values() {
            if origin.is_mirror {
                mirror = Some(origin.info(now));
            } else {
                sources.push(origin.info(now));
            }
        }
        (mirror, sources)
    }
}
