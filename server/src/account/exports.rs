//! What an account offers to others.
//!
//! Lock order: the exports of an account, then the state of one service export. No
//! two accounts are locked at once. Answers to the export functions of
//! `accounts.go`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use super::Account;
use super::error::ExportError;
use crate::config::options::{LatencyOptions, ResponseKind};
use crate::protocol::constants::DEFAULT_SERVICE_EXPORT_RESPONSE_THRESHOLD;
use crate::subject::{is_subset_match, is_valid_publish_subject, is_valid_subject, tokens};

/// Who may import an export (`exportAuth`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportAuth {
    /// Only whoever shows a token; nobody can without an operator.
    pub token_required: bool,
    /// Which token of the subject, counted from one, must be the importing
    /// account's name; 0 is none.
    pub account_token_position: u32,
    /// Accounts that may.
    pub approved: BTreeSet<String>,
}

impl ExportAuth {
    /// Adds to who may import `subject`: `None` changes nothing, an empty list
    /// asks for a token (`setExportAuth`).
    fn add(
        &mut self,
        subject: &str,
        accounts: Option<&[String]>,
        position: u32,
    ) -> Result<(), ExportError> {
        if position > 0 {
            let at = usize::try_from(position).unwrap_or(usize::MAX) - 1;
            if tokens(subject.as_bytes()).nth(at) != Some(b"*") {
                return Err(ExportError::AccountToken);
            }
        }
        self.account_token_position = position;
        match accounts {
            None => {}
            Some([]) => self.token_required = true,
            Some(accounts) => self.approved.extend(accounts.iter().cloned()),
        }
        Ok(())
    }

    fn is_public(&self) -> bool {
        self.approved.is_empty() && !self.token_required && self.account_token_position == 0
    }

    /// Whether `account` may import. `subject` is what it wants if that is not the
    /// exported subject itself (`checkAuth`).
    fn allows(&self, account: &str, subject: Option<&str>) -> bool {
        if self.is_public() {
            return true;
        }
        if self.account_token_position > 0 {
            let at = usize::try_from(self.account_token_position).unwrap_or(usize::MAX) - 1;
            let token = subject.and_then(|subject| tokens(subject.as_bytes()).nth(at));
            return token == Some(account.as_bytes());
        }
        !self.token_required && self.approved.contains(account)
    }
}

/// A service offered to others.
#[derive(Debug)]
pub struct ServiceExport {
    subject: String,
    state: RwLock<ServiceState>,
    /// Whether somebody will look for requests that were not answered in time.
    pub(super) watched: AtomicBool,
}

#[derive(Debug, Clone)]
struct ServiceState {
    auth: ExportAuth,
    response: ResponseKind,
    threshold: Duration,
    latency: Option<Arc<LatencyOptions>>,
    allow_trace: bool,
}

impl ServiceExport {
    fn new(subject: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            state: RwLock::new(ServiceState {
                auth: ExportAuth::default(),
                response: ResponseKind::default(),
                threshold: DEFAULT_SERVICE_EXPORT_RESPONSE_THRESHOLD,
                latency: None,
                allow_trace: false,
            }),
            watched: AtomicBool::new(false),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, ServiceState> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, ServiceState> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The exported subject.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Who may import it.
    #[must_use]
    pub fn auth(&self) -> ExportAuth {
        self.read().auth.clone()
    }

    /// How many answers a request has.
    #[must_use]
    pub fn response(&self) -> ResponseKind {
        self.read().response
    }

    /// Time within which a request should be answered.
    #[must_use]
    pub fn threshold(&self) -> Duration {
        self.read().threshold
    }

    /// How its latency is measured, if it is.
    #[must_use]
    pub fn latency(&self) -> Option<Arc<LatencyOptions>> {
        self.read().latency.clone()
    }

    /// Whether message traces go on into this account.
    #[must_use]
    pub fn allow_trace(&self) -> bool {
        self.read().allow_trace
    }

    /// Claims the watch over unanswered requests; false if somebody has it.
    pub(super) fn begin_watch(&self) -> bool {
        !self.watched.swap(true, Ordering::AcqRel)
    }
}

/// The exports of one account (`exportMap`).
#[derive(Debug, Default)]
pub(super) struct Exports {
    /// `None` is a stream for everybody.
    streams: BTreeMap<String, Option<ExportAuth>>,
    services: BTreeMap<String, Arc<ServiceExport>>,
}

impl Exports {
    fn service(&self, subject: &str) -> Option<&Arc<ServiceExport>> {
        self.services.get(subject).or_else(|| {
            let mut all = self.services.values();
            all.find(|export| is_subset_match(subject, &export.subject))
        })
    }
}

impl Account {
    /// Takes over the exports of `model` in place of those that `is_old` names, by
    /// stream or service and subject. A service that stays is the same export, so that
    /// its imports and its pending answers are good.
    pub(super) fn adopt_exports(
        &self,
        model: &Self,
        is_old_stream: &dyn Fn(&str) -> bool,
        is_old_service: &dyn Fn(&str) -> bool,
    ) {
        let (streams, services) = (model.stream_exports(), model.service_exports());
        let mut exports = self.exports_mut();
        exports.streams.retain(|subject, _| !is_old_stream(subject));
        exports.streams.extend(streams);
        exports.services.retain(|subject, _| {
            !is_old_service(subject) || services.iter().any(|export| export.subject == *subject)
        });
        for wanted in services {
            match exports.services.get(wanted.subject()) {
                Some(known) => {
                    let state = wanted.read().clone();
                    *known.write() = state;
                }
                None => {
                    exports.services.insert(wanted.subject.clone(), wanted);
                }
            }
        }
    }

    fn exports(&self) -> RwLockReadGuard<'_, Exports> {
        self.exports.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn exports_mut(&self) -> RwLockWriteGuard<'_, Exports> {
        self.exports.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Offers a stream. `accounts` may import it, everybody if `None`; calls add up.
    /// `position` says which token of the subject, counted from one, must be the
    /// importing account's name; 0 is none.
    ///
    /// # Errors
    ///
    /// [`ExportError::AccountToken`] if that token is no `*`.
    pub fn add_stream_export(
        &self,
        subject: &str,
        accounts: Option<&[String]>,
        position: u32,
    ) -> Result<(), ExportError> {
        let mut exports = self.exports_mut();
        let mut auth = exports.streams.get(subject).cloned().flatten();
        if accounts.is_some() || position > 0 {
            auth.get_or_insert_default()
                .add(subject, accounts, position)?;
        }
        exports.streams.insert(subject.to_owned(), auth);
        Ok(())
    }

    /// Offers a service that answers as `response` says; for the rest see
    /// [`Self::add_stream_export`]. The response threshold is the default again.
    ///
    /// # Errors
    ///
    /// [`ExportError::AccountToken`] as there.
    pub fn add_service_export(
        &self,
        subject: &str,
        response: ResponseKind,
        accounts: Option<&[String]>,
        position: u32,
    ) -> Result<(), ExportError> {
        let mut exports = self.exports_mut();
        let export = match exports.services.get(subject) {
            Some(export) => Arc::clone(export),
            None => Arc::new(ServiceExport::new(subject)),
        };
        {
            let mut state = export.write();
            if accounts.is_some() || position > 0 {
                state.auth.add(subject, accounts, position)?;
            }
            if response != ResponseKind::Singleton {
                state.response = response;
            }
            state.threshold = DEFAULT_SERVICE_EXPORT_RESPONSE_THRESHOLD;
        }
        exports.services.insert(subject.to_owned(), export);
        Ok(())
    }

    /// Publishes measurements of requests to a service: of all of them, with
    /// [`LatencyOptions::sampling`] 100, of some, or, with 0, of those whose
    /// headers ask for it (`TrackServiceExportWithSampling`).
    ///
    /// # Errors
    ///
    /// [`ExportError`] for a percentage over 100, a subject for the measurements
    /// that can not be published to or is a service itself, a service that does not
    /// exist or has several answers, and a server without a system account.
    pub fn track_service_export(
        &self,
        service: &str,
        latency: &LatencyOptions,
    ) -> Result<(), ExportError> {
        if latency.sampling > 100 {
            return Err(ExportError::Sampling);
        }
        if !is_valid_publish_subject(&latency.subject) || self.exports_service(&latency.subject) {
            return Err(ExportError::ResultSubject);
        }
        if self.host().is_some_and(|host| !host.has_system_account()) {
            return Err(ExportError::NoSystemAccount);
        }
        let exports = self.exports();
        let export = exports.services.get(service);
        let mut state = export.ok_or(ExportError::MissingService)?.write();
        if state.response != ResponseKind::Singleton {
            return Err(ExportError::ServiceType);
        }
        state.latency = Some(Arc::new(latency.clone()));
        Ok(())
    }

    /// Ends the measurements of a service (`UnTrackServiceExport`).
    pub fn untrack_service_export(&self, service: &str) {
        if let Some(export) = self.exports().services.get(service) {
            export.write().latency = None;
        }
    }

    /// Whether `subject` is an exported service or part of one
    /// (`IsExportService`).
    #[must_use]
    pub fn exports_service(&self, subject: &str) -> bool {
        self.exports().service(subject).is_some()
    }

    /// Whether `subject` is an exported service that is measured, or part of one
    /// (`IsExportServiceTracking`).
    #[must_use]
    pub fn tracks_service(&self, subject: &str) -> bool {
        let exports = self.exports();
        let exact = exports.services.get(subject);
        exact.is_some_and(|export| export.latency().is_some())
            || exports.services.values().any(|export| {
                export.latency().is_some() && is_subset_match(subject, &export.subject)
            })
    }

    /// Time within which requests to a service should be answered.
    ///
    /// # Errors
    ///
    /// [`ExportError::Missing`] if there is no such service.
    pub fn service_response_threshold(&self, service: &str) -> Result<Duration, ExportError> {
        self.service_export(service)
            .map(|export| export.threshold())
            .ok_or_else(|| ExportError::Missing(service.to_owned()))
    }

    /// Sets the time within which requests to a service should be answered; an
    /// answer after that is not delivered.
    ///
    /// # Errors
    ///
    /// [`ExportError::Missing`] if there is no such service.
    pub fn set_service_response_threshold(
        &self,
        service: &str,
        threshold: Duration,
    ) -> Result<(), ExportError> {
        let export = self.service_export(service);
        let export = export.ok_or_else(|| ExportError::Missing(service.to_owned()))?;
        export.write().threshold = threshold;
        Ok(())
    }

    /// Sets whether message traces of requests go on into this account.
    ///
    /// # Errors
    ///
    /// [`ExportError::Missing`] if there is no such service.
    pub fn set_service_allow_trace(&self, service: &str, allow: bool) -> Result<(), ExportError> {
        let export = self.service_export(service);
        let export = export.ok_or_else(|| ExportError::Missing(service.to_owned()))?;
        export.write().allow_trace = allow;
        Ok(())
    }

    /// The service export of `subject`, or the first with a wildcard that covers it
    /// (`getServiceExport`).
    #[must_use]
    pub fn service_export(&self, subject: &str) -> Option<Arc<ServiceExport>> {
        self.exports().service(subject).cloned()
    }

    /// All exported services.
    #[must_use]
    pub fn service_exports(&self) -> Vec<Arc<ServiceExport>> {
        self.exports().services.values().cloned().collect()
    }

    /// All exported streams: the subject, and who may import it if not everybody.
    #[must_use]
    pub fn stream_exports(&self) -> Vec<(String, Option<ExportAuth>)> {
        let exports = self.exports();
        let all = exports.streams.iter();
        all.map(|(subject, auth)| (subject.clone(), auth.clone()))
            .collect()
    }

    /// Whether some exported stream covers `subject`.
    pub(super) fn exports_stream(&self, subject: &str) -> bool {
        let exports = self.exports();
        let mut all = exports.streams.keys();
        all.any(|exported| is_subset_match(subject, exported))
    }

    /// Whether the account called `importer` may import the stream `subject`. If
    /// several exports cover it, one that allows it is enough.
    #[must_use]
    pub fn allows_stream_import(&self, importer: &str, subject: &str) -> bool {
        if !is_valid_subject(subject) {
            return false;
        }
        let exports = self.exports();
        let allows = |auth: &Option<ExportAuth>, wanted: Option<&str>| {
            auth.as_ref()
                .is_none_or(|auth| auth.allows(importer, wanted))
        };
        if let Some(auth) = exports.streams.get(subject) {
            return allows(auth, None);
        }
        exports.streams.iter().any(|(exported, auth)| {
            is_subset_match(subject, exported) && allows(auth, Some(subject))
        })
    }

    /// Whether the account called `importer` may import the service `subject`. If
    /// several exports cover it, one that allows it is enough.
    #[must_use]
    pub fn allows_service_import(&self, importer: &str, subject: &str) -> bool {
        let exports = self.exports();
        if let Some(export) = exports.services.get(subject) {
            return export.read().auth.allows(importer, None);
        }
        exports.services.values().any(|export| {
            is_subset_match(subject, &export.subject)
                && export.read().auth.allows(importer, Some(subject))
        })
    }
}
