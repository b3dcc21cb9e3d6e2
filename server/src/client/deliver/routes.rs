//! Who gets a subject: the session's cache of matches.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use super::stage::Stage;
use crate::account::{Account, Role, ServiceImport, Subscription};

/// Most subjects of an account that a session remembers (`maxResultCacheSize`).
const SUBJECTS_MAX: usize = 512;

/// Most accounts whose subjects a session remembers, its own among them.
const ACCOUNTS_MAX: usize = 16;

/// A subscription and the slot of its connection.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) subscription: Arc<Subscription>,
    pub(super) slot: usize,
    /// Whether it imports the stream from another account.
    pub(super) imported: bool,
    /// The subject as the subscriber knows it, if that is another.
    pub(super) subject: Option<Box<[u8]>>,
}

/// Where messages go on to another account.
#[derive(Debug)]
pub(super) enum ServiceTarget {
    /// To an imported service.
    Import(Arc<ServiceImport>),
    /// To whoever asked for the answer.
    Responses,
}

/// Who gets a subject.
#[derive(Debug, Default)]
pub(super) struct Route {
    pub(super) plain: Vec<Target>,
    pub(super) queues: Vec<Vec<Target>>,
    /// Apart from the others, as hardly any subject has some.
    pub(super) services: Option<Arc<[ServiceTarget]>>,
}

impl Route {
    /// Whether nobody in the account itself gets it.
    pub(super) fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.queues.is_empty()
    }

    pub(super) fn fanout(&self) -> usize {
        self.plain.len() + self.queues.len()
    }
}

/// Matches of the subjects of the session's account, and of accounts that its
/// messages go on to.
#[derive(Debug, Default)]
pub(super) struct RouteCache {
    accounts: Vec<AccountRoutes>,
}

/// Matches of one account's subjects, good for one generation.
#[derive(Debug)]
struct AccountRoutes {
    account: u64,
    generation: u64,
    /// Each with its subject.
    routes: Vec<(Arc<[u8]>, Route)>,
    /// Where they stand.
    places: HashMap<Arc<[u8]>, usize, BuildHasherDefault<SubjectHasher>>,
    /// Where the one stands that was asked for last: many clients publish to one
    /// subject for long.
    last: usize,
}

impl AccountRoutes {
    #[inline]
    fn place_of(&self, subject: &[u8]) -> Option<usize> {
        match self.routes.get(self.last) {
            Some((known, _)) if **known == *subject => Some(self.last),
            _ => self.places.get(subject).copied(),
        }
    }

    fn remember(&mut self, subject: &[u8], route: Route) -> usize {
        let place = self.routes.len();
        let subject: Arc<[u8]> = subject.into();
        self.places.insert(Arc::clone(&subject), place);
        self.routes.push((subject, route));
        place
    }
}

impl RouteCache {
    pub(super) fn lookup(
        &mut self,
        account: &Account,
        subject: &[u8],
        stage: &mut Stage,
    ) -> &Route {
        let (id, generation) = (account.id(), account.subscriptions().generation());
        let known = self
            .accounts
            .iter()
            .position(|known| known.account == id && known.generation == generation);
        let mut at = match known {
            Some(at) => at,
            None => self.renew(id, generation, stage),
        };
        let known = self.accounts.get(at);
        let place = match known.and_then(|known| known.place_of(subject)) {
            Some(place) => place,
            None => {
                if known.is_some_and(|known| known.routes.len() >= SUBJECTS_MAX) {
                    at = self.renew(id, generation, stage);
                }
                let route = resolve(account, subject, stage);
                let known = self.accounts.get_mut(at);
                known.map_or(0, |known| known.remember(subject, route))
            }
        };
        let Some(known) = self.accounts.get_mut(at) else {
            return EMPTY;
        };
        known.last = place;
        known.routes.get(place).map_or(EMPTY, |(_, route)| route)
    }

    /// Begins anew for an account whose interest has changed, that fills its place or
    /// that is new here. If anything was remembered of it all is forgotten, as the
    /// slots of connections are numbered for all accounts together.
    #[cold]
    fn renew(&mut self, account: u64, generation: u64, stage: &mut Stage) -> usize {
        let known = self.accounts.iter().any(|known| known.account == account);
        if known || self.accounts.len() >= ACCOUNTS_MAX {
            self.accounts.clear();
            stage.release_slots();
        }
        self.accounts.push(AccountRoutes {
            account,
            generation,
            routes: Vec::new(),
            places: HashMap::default(),
            last: 0,
        });
        self.accounts.len() - 1
    }
}

static EMPTY: &Route = &Route {
    plain: Vec::new(),
    queues: Vec::new(),
    services: None,
};

fn resolve(account: &Account, subject: &[u8], stage: &mut Stage) -> Route {
    let matches = account.subscriptions().match_subject(subject);
    let mut services = Vec::new();
    let mut plain = Vec::with_capacity(matches.plain.len());
    for subscription in &matches.plain {
        match subscription.role() {
            Role::ServiceImport(import) => {
                services.push(ServiceTarget::Import(Arc::clone(import)));
            }
            Role::ServiceResponses => services.push(ServiceTarget::Responses),
            Role::Ordinary | Role::Shadow { .. } => {
                plain.extend(target(subscription, subject, stage));
            }
        }
    }
    let queues = matches.queues.iter().map(|queue| {
        let members = queue.members.iter();
        members
            .filter_map(|member| target(member, subject, stage))
            .collect()
    });
    Route {
        plain,
        queues: queues.collect(),
        services: (!services.is_empty()).then(|| services.into()),
    }
}

/// Who gets messages on `subject` by `subscription`; nobody if it stands for one
/// that does not cover the subject there.
fn target(subscription: &Arc<Subscription>, subject: &[u8], stage: &mut Stage) -> Option<Target> {
    let Role::Shadow { import, of } = subscription.role() else {
        return Some(Target {
            subscription: Arc::clone(subscription),
            slot: stage.slot_of(&subscription.link),
            imported: false,
            subject: None,
        });
    };
    let local = import.local_subject(subject);
    if !import.reaches(&local, &of.subject) {
        return None;
    }
    Some(Target {
        subscription: Arc::clone(of),
        slot: stage.slot_of(&of.link),
        imported: true,
        subject: (*local != *subject).then(|| local.into_owned().into_boxed_slice()),
    })
}

/// Hashes the short keys of the cache; it holds 512 of them at most, chosen by one
/// client for itself, so it needs speed and no defence.
#[derive(Debug, Default)]
struct SubjectHasher(u64);

impl Hasher for SubjectHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.write_u64(u64::from_le_bytes(*word));
        }
        let rest = rest
            .iter()
            .fold(1, |word, byte| word << 8 | u64::from(*byte));
        self.write_u64(rest);
    }

    /// Lengths are part of the hash as it is.
    fn write_usize(&mut self, _length: usize) {}

    fn write_u64(&mut self, word: u64) {
        const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
        let mixed = (self.0.rotate_left(5) ^ word).wrapping_mul(MIX);
        self.0 = mixed ^ mixed >> 29;
    }
}
