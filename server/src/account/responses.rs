//! Answers that a service owes to other accounts.
//!
//! A request that comes through a service import gets a reply subject of the
//! exporting account, `_R_.` and random characters; what is published there goes to
//! the reply subject that the requestor gave. Entries end with the answer, when the
//! requestor's interest ends, or when the export's threshold is over. Each account
//! keeps what it owes (`exports.responses`) and what it is owed (`imports.rrMap`)
//! behind a lock of its own; the two are never held together.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime};

use rand::Rng;
use rand::distr::Alphanumeric;

use super::Account;
use super::client_info::ClientInfo;
use super::exports::ServiceExport;
use super::host::Requestor;
use super::latency::Failure;
use super::sampling::Headers;
use super::subscription::{Role, Subscription, SubscriptionOptions};
use crate::config::options::{LatencyOptions, ResponseKind};
use crate::subject::{has_wildcard, is_subset_match};

/// First token of reply subjects that lead to another account.
pub const SERVICE_REPLY_PREFIX: &str = "_R_.";
/// Random characters in each of the two tokens after it.
const TOKEN_LENGTH: usize = 6;

/// Where an answer goes (`serviceImport` of a response).
#[derive(Debug)]
pub struct PendingResponse {
    requestor: Weak<Account>,
    requestor_name: String,
    export: Option<Arc<ServiceExport>>,
    from: Box<[u8]>,
    to: Box<[u8]>,
    kind: ResponseKind,
    share: bool,
    created: Instant,
    /// When the last answer came, in nanoseconds after `created`.
    last_ns: AtomicU64,
    tracking: Option<Tracking>,
}

/// The measurement of one request.
pub struct Tracking {
    pub(super) latency: Arc<LatencyOptions>,
    pub(super) header: Headers,
    pub(super) arrived: Instant,
    pub(super) arrived_at: SystemTime,
    requestor: Weak<dyn Requestor>,
    answered: AtomicBool,
}

impl Tracking {
    /// A measurement that begins now.
    #[must_use]
    pub fn begin(
        latency: Arc<LatencyOptions>,
        header: Headers,
        requestor: Weak<dyn Requestor>,
    ) -> Self {
        Self {
            latency,
            header,
            arrived: Instant::now(),
            arrived_at: SystemTime::now(),
            requestor,
            answered: AtomicBool::new(false),
        }
    }

    /// How the service is measured.
    #[must_use]
    pub fn latency(&self) -> &LatencyOptions {
        &self.latency
    }

    /// The headers that asked for the measurement.
    #[must_use]
    pub fn header(&self) -> &Headers {
        &self.header
    }

    pub(super) fn requestor(&self, detailed: bool) -> Option<ClientInfo> {
        let requestor = self.requestor.upgrade()?;
        Some(requestor.client_info(detailed))
    }

    /// Whether this is the first call.
    pub(super) fn first_answer(&self) -> bool {
        !self.answered.swap(true, Ordering::AcqRel)
    }

    fn is_answered(&self) -> bool {
        self.answered.load(Ordering::Acquire)
    }
}

impl std::fmt::Debug for Tracking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tracking")
            .field("latency", &self.latency)
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

/// What a request asks for (`addRespServiceImport`).
#[derive(Debug)]
pub struct Expected<'a> {
    /// The account that the answer goes to.
    pub requestor: &'a Arc<Account>,
    /// The reply subject there.
    pub reply: &'a [u8],
    /// The export that answers.
    pub export: Option<&'a Arc<ServiceExport>>,
    /// How many answers there may be.
    pub kind: ResponseKind,
    /// Whether measurements tell who asked.
    pub share: bool,
    /// The measurement, if there is one.
    pub tracking: Option<Tracking>,
}

impl PendingResponse {
    /// The account that the answer goes to, unless it is gone.
    #[must_use]
    pub fn account(&self) -> Option<Arc<Account>> {
        self.requestor.upgrade()
    }

    /// The name of that account.
    #[must_use]
    pub fn account_name(&self) -> &str {
        &self.requestor_name
    }

    /// The export that answers.
    #[must_use]
    pub fn export(&self) -> Option<&Arc<ServiceExport>> {
        self.export.as_ref()
    }

    /// The subject that the service publishes its answer to.
    #[must_use]
    pub fn from(&self) -> &[u8] {
        &self.from
    }

    /// The reply subject of the requestor.
    #[must_use]
    pub fn to(&self) -> &[u8] {
        &self.to
    }

    /// How many answers there may be.
    #[must_use]
    pub fn kind(&self) -> ResponseKind {
        self.kind
    }

    /// Whether measurements tell who asked.
    #[must_use]
    pub fn share(&self) -> bool {
        self.share
    }

    /// The measurement, if there is one.
    #[must_use]
    pub fn tracking(&self) -> Option<&Tracking> {
        self.tracking.as_ref()
    }

    /// Notes that an answer came, so that the threshold begins anew.
    pub fn touch(&self) {
        let age = u64::try_from(self.created.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.last_ns.store(age, Ordering::Relaxed);
    }

    fn idle(&self) -> Duration {
        let last = Duration::from_nanos(self.last_ns.load(Ordering::Relaxed));
        self.created.elapsed().saturating_sub(last)
    }

    fn is_of(&self, export: &Arc<ServiceExport>) -> bool {
        self.export
            .as_ref()
            .is_some_and(|own| Arc::ptr_eq(own, export))
    }
}

/// The answers to one reply subject: who owes them, by the subject that each comes on.
/// A requestor that always gives the same reply subject is owed many.
type Owed = HashMap<Box<[u8]>, Weak<Account>>;

/// What an account owes and is owed.
#[derive(Debug, Default)]
pub(super) struct Responses {
    /// `_R_.` and a token, once there was a request.
    prefix: OnceLock<String>,
    owing: Mutex<HashMap<Box<[u8]>, Arc<PendingResponse>>>,
    owed: Mutex<HashMap<Box<[u8]>, Owed>>,
    /// Subjects in `owed`, to be read without its lock.
    owed_count: AtomicUsize,
}

impl Responses {
    fn owing(&self) -> MutexGuard<'_, HashMap<Box<[u8]>, Arc<PendingResponse>>> {
        self.owing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn owed(&self) -> MutexGuard<'_, HashMap<Box<[u8]>, Owed>> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn random_token() -> String {
    rand::rng()
        .sample_iter(Alphanumeric)
        .take(TOKEN_LENGTH)
        .map(char::from)
        .collect()
}

impl Account {
    /// Begins to wait for the answer to a request that this account exports the
    /// service of. The request goes on with [`PendingResponse::from`] as its reply
    /// subject.
    #[must_use]
    pub fn expect_response(self: &Arc<Self>, expected: Expected<'_>) -> Arc<PendingResponse> {
        let tracked = expected.tracking.is_some();
        let from = loop {
            let from = self
                .new_service_reply(tracked)
                .into_bytes()
                .into_boxed_slice();
            if !self.responses.owing().contains_key(&from) {
                break from;
            }
        };
        let response = Arc::new(PendingResponse {
            requestor: Arc::downgrade(expected.requestor),
            requestor_name: expected.requestor.name().to_owned(),
            export: expected.export.cloned(),
            from: from.clone(),
            to: expected.reply.into(),
            kind: expected.kind,
            share: expected.share,
            created: Instant::now(),
            last_ns: AtomicU64::new(0),
            tracking: expected.tracking,
        });
        self.responses
            .owing()
            .insert(from.clone(), Arc::clone(&response));
        if let Some(export) = expected.export
            && export.begin_watch()
        {
            self.watch(export);
        }
        let requestor = &expected.requestor.responses;
        let mut owed = requestor.owed();
        owed.entry(expected.reply.into())
            .or_default()
            .insert(from, Arc::downgrade(self));
        requestor.owed_count.store(owed.len(), Ordering::Release);
        response
    }

    /// A reply subject of this account; the first makes it listen for answers
    /// (`newServiceReply`).
    #[must_use]
    pub fn new_service_reply(&self, tracked: bool) -> String {
        let prefix = self
            .responses
            .prefix
            .get_or_init(|| self.listen_for_answers());
        let mut reply = format!("{prefix}.{}", random_token());
        if tracked && let Some(host) = self.host() {
            // Tells other servers where the measurement belongs.
            reply.push('.');
            reply.push_str(&host.server_hash());
            reply.push_str(".T");
        }
        reply
    }

    fn listen_for_answers(&self) -> String {
        let prefix = format!("{SERVICE_REPLY_PREFIX}{}", random_token());
        let subject = format!("{prefix}.>");
        let sid = self.imports_mut().next_sid();
        let options = SubscriptionOptions {
            role: Role::ServiceResponses,
            ..SubscriptionOptions::default()
        };
        let link = Arc::clone(self.internal_link());
        let subscription = Subscription::new(link, subject.as_bytes(), sid.as_bytes(), options);
        // The subject is valid, as it is made above.
        let _ = self
            .subscriptions()
            .insert(&subject, None, Arc::new(subscription));
        prefix
    }

    /// Whether `subject` is a reply subject of this account. If no answer is expected
    /// there any more, it leads nowhere.
    #[must_use]
    pub fn is_service_reply(&self, subject: &[u8]) -> bool {
        let prefix = self.responses.prefix.get();
        let rest = prefix.and_then(|prefix| subject.strip_prefix(prefix.as_bytes()));
        rest.is_some_and(|rest| rest.starts_with(b"."))
    }

    /// The answer that is expected on `subject`.
    #[must_use]
    pub fn pending_response(&self, subject: &[u8]) -> Option<Arc<PendingResponse>> {
        self.responses.owing().get(subject).cloned()
    }

    /// All answers that are expected.
    #[must_use]
    pub fn pending_responses(&self) -> Vec<Arc<PendingResponse>> {
        self.responses.owing().values().cloned().collect()
    }

    /// Ends the wait for an answer that came (`removeRespServiceImport`).
    pub fn end_response(self: &Arc<Self>, response: &PendingResponse) {
        self.remove_response(response, None);
    }

    /// Ends the wait for an answer because nobody took the request or the answer.
    pub fn response_undelivered(self: &Arc<Self>, response: &PendingResponse) {
        self.remove_response(response, Some(Failure::NoDelivery));
    }

    fn remove_response(self: &Arc<Self>, response: &PendingResponse, failure: Option<Failure>) {
        if self.responses.owing().remove(&response.from).is_none() {
            return;
        }
        if let (Some(failure), Some(tracking)) = (failure, &response.tracking)
            && !tracking.is_answered()
        {
            self.report_failure(response, tracking, failure);
        }
        if let Some(requestor) = response.account() {
            requestor
                .responses
                .forget_owed(&response.to, &response.from);
        }
    }

    /// Lets go of the answers to `subject` if nobody listens there any more
    /// (`checkForReverseEntry`). `subject` may have wildcards.
    pub fn reply_interest_lost(&self, subject: &[u8]) {
        if self.responses.owed_count.load(Ordering::Acquire) == 0 {
            return;
        }
        if !has_wildcard(subject) {
            self.drop_owed(subject);
            return;
        }
        let covered: Vec<Box<[u8]>> = {
            let owed = self.responses.owed();
            let covered = owed.keys().filter(|reply| is_subset_match(reply, subject));
            covered.cloned().collect()
        };
        for reply in covered {
            self.drop_owed(&reply);
        }
    }

    fn drop_owed(&self, reply: &[u8]) {
        if self.subscriptions().has_interest(reply) {
            return;
        }
        let gone = {
            let mut owed = self.responses.owed();
            let gone = owed.remove(reply);
            self.responses
                .owed_count
                .store(owed.len(), Ordering::Release);
            gone
        };
        for (from, exporter) in gone.into_iter().flatten() {
            let Some(exporter) = exporter.upgrade() else {
                continue;
            };
            let removed = exporter.responses.owing().remove(&from);
            if let Some(response) = removed
                && let Some(tracking) = &response.tracking
                && !tracking.is_answered()
            {
                exporter.report_failure(&response, tracking, Failure::InterestLost);
            }
        }
    }

    /// Looks for overdue answers of `export` when its threshold is over
    /// (`setResponseThresholdTimer`).
    fn watch(self: &Arc<Self>, export: &Arc<ServiceExport>) {
        let Some(host) = self.host() else {
            export.watched.store(false, Ordering::Release);
            return;
        };
        let (account, watched) = (Arc::downgrade(self), Arc::clone(export));
        host.after(
            export.threshold(),
            Box::new(move || {
                if let Some(account) = account.upgrade() {
                    account.expire_responses(&watched);
                }
            }),
        );
    }

    /// Ends the wait for answers that are overdue (`checkExpiredResponses`).
    fn expire_responses(self: &Arc<Self>, export: &Arc<ServiceExport>) {
        let threshold = export.threshold();
        let mut left = 0;
        let mut overdue = Vec::new();
        for response in self.responses.owing().values() {
            if !response.is_of(export) {
                continue;
            }
            if response.idle() >= threshold {
                overdue.push(Arc::clone(response));
            } else {
                left += 1;
            }
        }
        for response in overdue {
            self.remove_response(&response, Some(Failure::Timeout));
        }
        if left > 0 {
            self.watch(export);
            return;
        }
        export.watched.store(false, Ordering::Release);
        // A request may have come between the look and the store.
        let came = self
            .responses
            .owing()
            .values()
            .any(|response| response.is_of(export));
        if came && export.begin_watch() {
            self.watch(export);
        }
    }

    /// How many answers this account is waited for (`NumPendingAllResponses`).
    #[must_use]
    pub fn pending_response_count(&self) -> usize {
        self.responses.owing().len()
    }

    /// How many of them are for the service `service` (`NumPendingResponses`).
    #[must_use]
    pub fn pending_response_count_of(&self, service: &str) -> usize {
        let Some(export) = self.service_export(service) else {
            return 0;
        };
        let owing = self.responses.owing();
        owing
            .values()
            .filter(|response| response.is_of(&export))
            .count()
    }

    /// For how many reply subjects this account waits for answers
    /// (`NumPendingReverseResponses`).
    #[must_use]
    pub fn pending_reverse_response_count(&self) -> usize {
        self.responses.owed().len()
    }
}

impl Responses {
    fn forget_owed(&self, reply: &[u8], from: &[u8]) {
        let mut owed = self.owed();
        if let Some(entries) = owed.get_mut(reply) {
            entries.remove(from);
            if entries.is_empty() {
                owed.remove(reply);
            }
        }
        self.owed_count.store(owed.len(), Ordering::Release);
    }
}
