//! What all endpoints draw from.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::certificate::not_after;
use super::time::Time;
use crate::client::ServerContext;
use crate::config::Options;
use crate::jetstream::assets::JetStream;
use crate::logging::Logger;
use crate::platform::process::{ProcessMonitor, ProcessUsage};

/// Answers questions about one server. It looks at the server from outside: what it
/// tells are snapshots, taken under the short locks that the parts of the server
/// have anyway.
pub struct Monitor {
    context: Arc<ServerContext>,
    pub(super) start: Time,
    pub(super) started: Instant,
    process: ProcessMonitor,
    listening: AtomicBool,
    config_time: Mutex<Time>,
    requests: Mutex<BTreeMap<&'static str, u64>>,
    certificate: Mutex<Option<Certificate>>,
    jetstream: Mutex<Option<Arc<JetStream>>>,
}

/// When the server's certificate expires, and for which options that was found out.
struct Certificate {
    options: Arc<Options>,
    not_after: Time,
}

impl Monitor {
    /// A monitor of a server that starts now.
    #[must_use]
    pub fn new(context: Arc<ServerContext>) -> Self {
        let start = Time::now();
        Self {
            context,
            start,
            started: Instant::now(),
            process: ProcessMonitor::default(),
            listening: AtomicBool::new(false),
            config_time: Mutex::new(start),
            requests: Mutex::default(),
            certificate: Mutex::default(),
            jetstream: Mutex::default(),
        }
    }

    /// Says where JetStream is, or that it is off.
    pub fn set_jetstream(&self, jetstream: Option<Arc<JetStream>>) {
        *lock(&self.jetstream) = jetstream;
    }

    pub(super) fn jetstream(&self) -> Option<Arc<JetStream>> {
        lock(&self.jetstream).clone()
    }

    /// Samples what the process uses, for as long as it is polled.
    pub async fn sample(&self) {
        if let Err(error) = self.process.run().await {
            self.logger()
                .error(format_args!("Error sampling process usage: {error}"));
        }
    }

    /// Says whether the server listens for clients, or will not.
    pub fn set_listening(&self, listening: bool) {
        self.listening.store(listening, Ordering::Release);
    }

    /// Says that the configuration has just been loaded.
    pub fn configuration_loaded(&self) {
        *lock(&self.config_time) = Time::now();
    }

    pub(super) fn is_listening(&self) -> bool {
        self.listening.load(Ordering::Acquire)
    }

    pub(super) fn context(&self) -> &Arc<ServerContext> {
        &self.context
    }

    pub(super) fn logger(&self) -> &Logger {
        &self.context.logger
    }

    pub(super) fn server_id(&self) -> String {
        self.context.info().server_id.clone()
    }

    pub(super) fn config_time(&self) -> Time {
        *lock(&self.config_time)
    }

    /// What the process uses; nothing if it can not be told.
    pub(super) fn usage(&self) -> ProcessUsage {
        self.process.usage().unwrap_or_else(|error| {
            self.logger()
                .error(format_args!("Error reading process usage: {error}"));
            ProcessUsage::default()
        })
    }

    /// Counts a request to an endpoint.
    pub(super) fn count_request(&self, path: &'static str) {
        *lock(&self.requests).entry(path).or_default() += 1;
    }

    /// Requests so far by endpoint.
    pub(super) fn requests(&self) -> BTreeMap<String, u64> {
        let requests = lock(&self.requests);
        requests
            .iter()
            .map(|(path, count)| ((*path).to_owned(), *count))
            .collect()
    }

    /// When the certificate for clients expires. The file is read once per
    /// configuration.
    pub(super) fn certificate_not_after(&self) -> Time {
        let options = self.context.options();
        let mut known = lock(&self.certificate);
        if let Some(certificate) = &*known
            && Arc::ptr_eq(&certificate.options, &options)
        {
            return certificate.not_after;
        }
        let not_after = options
            .tls
            .as_ref()
            .map(|tls| not_after(&tls.cert_file))
            .unwrap_or_default();
        *known = Some(Certificate { options, not_after });
        not_after
    }
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor")
            .field("start", &self.start)
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
