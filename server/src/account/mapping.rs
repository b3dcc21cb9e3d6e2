//! Subject mappings: messages published to one subject go to another.

use std::collections::HashMap;

use rand::Rng;
use thiserror::Error;

use crate::config::options::{MappingDestination, SubjectMappingOptions};
use crate::subject::transform::{
    SubjectTransform, TransformError, tokenize_wildcards, validate_mapping,
};
use crate::subject::{has_wildcard, is_subset_match, is_valid_subject};

/// A mapping that can not be used (`AddWeightedMappings`).
#[derive(Debug, Error)]
pub enum MappingError {
    /// The source is no subject.
    #[error("invalid subject")]
    BadSubject,
    /// One destination twice.
    #[error("duplicate entry for {0:?}")]
    Duplicate(String),
    /// A weight over 100.
    #[error("individual weights need to be <= 100")]
    Weight,
    /// Weights that add up to more than 100.
    #[error("total weight needs to be <= 100")]
    TotalWeight,
    /// A destination that is no transform of the source.
    #[error(transparent)]
    Transform(#[from] TransformError),
}

/// The mappings of one account, in the order in which they are tried.
#[derive(Debug, Clone, Default)]
pub struct SubjectMappings {
    list: Vec<Mapping>,
}

#[derive(Debug, Clone)]
struct Mapping {
    source: String,
    wildcard: bool,
    destinations: Vec<Destination>,
    by_cluster: HashMap<String, Vec<Destination>>,
}

#[derive(Debug, Clone)]
struct Destination {
    subject: String,
    /// `None` maps to the subject itself.
    transform: Option<SubjectTransform>,
    /// Weights of this and the destinations before it, together.
    weight: u8,
}

impl SubjectMappings {
    /// Compiles configured mappings. A later one of the same source replaces an
    /// earlier one.
    ///
    /// # Errors
    ///
    /// [`MappingError`] for the first that can not be used.
    pub fn new(options: &[SubjectMappingOptions]) -> Result<Self, MappingError> {
        let mut mappings = Self::default();
        for option in options {
            mappings.add(&option.source, &option.destinations)?;
        }
        Ok(mappings)
    }

    /// Adds a mapping, or replaces the one of the same source.
    ///
    /// # Errors
    ///
    /// [`MappingError`] if it can not be used.
    pub fn add(
        &mut self,
        source: &str,
        destinations: &[MappingDestination],
    ) -> Result<(), MappingError> {
        let mapping = Mapping::new(source, destinations)?;
        match self.list.iter_mut().find(|known| known.source == source) {
            Some(known) => *known = mapping,
            None => self.list.push(mapping),
        }
        Ok(())
    }

    /// Removes the mapping of `source`; returns whether there was one.
    pub fn remove(&mut self, source: &str) -> bool {
        let before = self.list.len();
        self.list.retain(|mapping| mapping.source != source);
        self.list.len() != before
    }

    /// All mappings in the order in which they are tried, with their destinations.
    /// Weights are running totals.
    pub fn iter(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = MappingDestination>)> {
        self.list.iter().map(|mapping| {
            let everywhere = mapping.destinations.iter().map(|to| ("", to));
            let by_cluster = mapping.by_cluster.iter();
            let by_cluster =
                by_cluster.flat_map(|(cluster, list)| list.iter().map(|to| (cluster.as_str(), to)));
            let destinations =
                everywhere
                    .chain(by_cluster)
                    .map(|(cluster, to)| MappingDestination {
                        subject: to.subject.clone(),
                        weight: to.weight,
                        cluster: cluster.to_owned(),
                    });
            (mapping.source.as_str(), destinations)
        })
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Where a message on `subject` goes instead. `None` is no mapping; an empty
    /// subject means that the message is lost, as weights below 100 allow when
    /// the source is among its own destinations.
    #[must_use]
    pub fn select(&self, subject: &[u8], cluster: &str) -> Option<Vec<u8>> {
        let mapping = self.list.iter().find(|mapping| {
            if mapping.wildcard {
                is_subset_match(subject, &mapping.source)
            } else {
                mapping.source.as_bytes() == subject
            }
        })?;
        let destinations = mapping
            .by_cluster
            .get(cluster)
            .unwrap_or(&mapping.destinations);
        let chosen = match destinations.as_slice() {
            [only] if only.weight == 100 => Some(only),
            several => {
                let point = rand::rng().random_range(0..100u8);
                several
                    .iter()
                    .find(|destination| point < destination.weight)
            }
        };
        Some(match chosen {
            Some(Destination {
                transform: Some(transform),
                ..
            }) => transform.transform(subject),
            Some(Destination {
                transform: None, ..
            }) => subject.to_vec(),
            None => Vec::new(),
        })
    }
}

impl Mapping {
    fn new(source: &str, destinations: &[MappingDestination]) -> Result<Self, MappingError> {
        if !is_valid_subject(source) {
            return Err(MappingError::BadSubject);
        }
        let mut seen: Vec<&str> = Vec::new();
        let mut totals: HashMap<&str, u32> = HashMap::new();
        let mut everywhere = Vec::new();
        let mut by_cluster: HashMap<String, Vec<Destination>> = HashMap::new();
        for destination in destinations {
            if seen.contains(&destination.subject.as_str()) {
                return Err(MappingError::Duplicate(destination.subject.clone()));
            }
            seen.push(&destination.subject);
            if destination.weight > 100 {
                return Err(MappingError::Weight);
            }
            let total = totals.entry(&destination.cluster).or_default();
            *total += u32::from(destination.weight);
            if *total > 100 {
                return Err(MappingError::TotalWeight);
            }
            validate_mapping(source, &destination.subject)?;
            let transform = SubjectTransform::new(source, &destination.subject)?;
            let entry = Destination {
                subject: destination.subject.clone(),
                transform,
                weight: destination.weight,
            };
            if destination.cluster.is_empty() {
                everywhere.push(entry);
            } else {
                by_cluster
                    .entry(destination.cluster.clone())
                    .or_default()
                    .push(entry);
            }
        }
        let keep_source = !seen.contains(&source);
        let destinations = accumulate(source, everywhere, keep_source)?;
        let by_cluster = by_cluster
            .into_iter()
            .map(|(cluster, list)| Ok((cluster, accumulate(source, list, keep_source)?)))
            .collect::<Result<_, MappingError>>()?;
        let wildcard = has_wildcard(source);
        Ok(Self {
            source: source.to_owned(),
            wildcard,
            destinations,
            by_cluster,
        })
    }
}

/// Fills up to 100 with the source itself, unless it was named, and turns weights
/// into running totals.
fn accumulate(
    source: &str,
    mut list: Vec<Destination>,
    keep_source: bool,
) -> Result<Vec<Destination>, MappingError> {
    let total: u8 = list.iter().map(|destination| destination.weight).sum();
    if total != 100 && keep_source {
        let same = if has_wildcard(source) {
            tokenize_wildcards(source)
        } else {
            source.to_owned()
        };
        let transform = SubjectTransform::new(source, &same)?;
        list.push(Destination {
            subject: same,
            transform,
            weight: 100 - total,
        });
    }
    list.sort_by_key(|destination| destination.weight);
    let mut running = 0;
    for destination in &mut list {
        running += destination.weight;
        destination.weight = running;
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(subject: &str, weight: u8) -> MappingDestination {
        MappingDestination {
            subject: subject.to_owned(),
            weight,
            cluster: String::new(),
        }
    }

    fn mappings(source: &str, destinations: &[MappingDestination]) -> SubjectMappings {
        let mut mappings = SubjectMappings::default();
        mappings.add(source, destinations).unwrap();
        mappings
    }

    #[test]
    fn literals_and_wildcards_are_mapped() {
        let literal = mappings("foo", &[to("bar", 100)]);
        assert_eq!(literal.select(b"foo", "").unwrap(), b"bar");
        assert_eq!(literal.select(b"foo.x", ""), None);
        let wild = mappings("a.*.*", &[to("b.$2.$1", 100)]);
        assert_eq!(wild.select(b"a.1.2", "").unwrap(), b"b.2.1");
    }

    #[test]
    fn the_rest_of_the_weight_stays_with_the_source() {
        let split = mappings("foo", &[to("bar", 30)]);
        let mapped = (0..2000)
            .filter(|_| split.select(b"foo", "").unwrap() == b"bar")
            .count();
        assert!((400..800).contains(&mapped), "{mapped}");
        let loss = mappings("foo", &[to("foo", 50)]);
        let lost = (0..2000)
            .filter(|_| loss.select(b"foo", "").unwrap().is_empty())
            .count();
        assert!((800..1200).contains(&lost), "{lost}");
    }

    #[test]
    fn clusters_have_their_own_destinations() {
        let local = MappingDestination {
            cluster: "east".to_owned(),
            ..to("east.foo", 100)
        };
        let mapped = mappings("foo", &[to("bar", 100), local]);
        assert_eq!(mapped.select(b"foo", "east").unwrap(), b"east.foo");
        assert_eq!(mapped.select(b"foo", "west").unwrap(), b"bar");
    }

    #[test]
    fn bad_weights_and_destinations_are_refused() {
        let add = |source: &str, list: &[MappingDestination]| {
            SubjectMappings::default()
                .add(source, list)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(add("foo..x", &[]), "invalid subject");
        assert_eq!(
            add("foo", &[to("a", 50), to("a", 10)]),
            "duplicate entry for \"a\""
        );
        assert_eq!(
            add("foo", &[to("a", 101)]),
            "individual weights need to be <= 100"
        );
        assert_eq!(
            add("foo", &[to("a", 60), to("b", 60)]),
            "total weight needs to be <= 100"
        );
        assert!(add("foo.*", &[to("a.$2", 100)]).contains("wildcard index out of range"));
    }
}
