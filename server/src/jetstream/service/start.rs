//! Starting and stopping.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use thiserror::Error;
use tokio::runtime::Handle;

use super::recover::Recovery;
use super::stores::ServerStores;
use super::{banner, setup};
use crate::account::{Account, MappingError, SubjectMappings};
use crate::client::{InternalSubscription, ServerContext};
use crate::config::options::{JetStreamTiers, MappingDestination};
use crate::jetstream::api::ApiQueue;
use crate::jetstream::assets::{AccountNotEnabled, JetStream};
use crate::jetstream::host::{Host, HostConfig};
use crate::jetstream::model::ApiError;
use crate::jetstream::store::{Clock, SystemClock};
use crate::subject::is_subset_match;
use crate::subject::sublist::SublistError;

/// Why JetStream does not start.
#[derive(Debug, Error)]
pub enum ServiceError {
    /// It is on already.
    #[error("jetstream already enabled")]
    Enabled,
    /// The store directory can not be made.
    #[error("could not create storage directory - {0}")]
    Directory(std::io::Error),
    /// It is something else.
    #[error("storage directory is not a directory")]
    NotADirectory,
    /// It can not be written to.
    #[error("storage directory is not writable")]
    NotWritable,
    /// An account can not have it.
    #[error("Error enabling jetstream on configured accounts: {0}")]
    Account(#[from] AccountNotEnabled),
    /// An account can not have what new options say.
    #[error("Error enabling jetstream on account {0:?}: {1}")]
    Limits(String, ApiError),
    /// Requests can not be taken.
    #[error("setting up internal jetstream subscriptions failed: {0}")]
    Subscribe(#[from] SublistError),
    /// The domain's subjects can not be mapped.
    #[error("Error adding JetStream domain mapping: {0}")]
    Mapping(#[from] MappingError),
}

/// JetStream of a running server.
pub struct Service {
    pub(super) js: Arc<JetStream>,
    stores: Arc<ServerStores>,
    api: Mutex<Option<Arc<ApiQueue>>>,
    subscriptions: Mutex<Vec<InternalSubscription>>,
    /// The accounts whose requests are taken.
    answered: Mutex<Vec<Weak<Account>>>,
}

impl Service {
    /// Starts JetStream as the server's options want it.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn start(context: &Arc<ServerContext>, runtime: &Handle) -> Result<Self, ServiceError> {
        Self::start_with(context, runtime, Arc::new(SystemClock))
    }

    /// The same with a clock of choice, for tests.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn start_with(
        context: &Arc<ServerContext>,
        runtime: &Handle,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ServiceError> {
        let began = Instant::now();
        let options = context.options();
        let logger = &context.logger;
        logger.notice(format_args!("Starting JetStream"));
        if options.store_dir.is_empty() {
            logger.warn(format_args!(
                "Temporary storage directory used, data could be lost on system reboot"
            ));
        }
        let config = setup::configuration(&options);
        setup::prepare(&config.store_dir)?;
        setup::relocate(&config.store_dir, context)?;
        banner::print(logger, &config, &options);
        let stores = Arc::new(ServerStores::new(
            Arc::clone(context),
            Arc::clone(&clock),
            config.store_dir.clone(),
        ));
        let host = Host::new(
            Arc::clone(context),
            runtime.clone(),
            clock,
            config,
            Arc::clone(&stores) as _,
        );
        let js = Arc::new(JetStream::new(Arc::new(host)));
        let api = ApiQueue::start(Arc::clone(&js), options.js.request_queue_limit);
        let service = Self {
            js,
            stores,
            api: Mutex::new(Some(api)),
            subscriptions: Mutex::default(),
            answered: Mutex::default(),
        };
        service.enable_accounts()?;
        context.update_info(|info| info.jetstream = true);
        logger.notice(format_args!(
            "Took {:?} to start JetStream",
            began.elapsed()
        ));
        Ok(service)
    }

    /// Enables the accounts that may have streams: those that say so, or without
    /// accounts the global one.
    fn enable_accounts(&self) -> Result<(), ServiceError> {
        let context = &self.js.host().context;
        for account in context.accounts().all() {
            if context.is_system_account(&account) {
                self.take_requests(&account)?;
                continue;
            }
            if let Some(limits) = self.configured_limits(&account) {
                self.enable(&account, limits)?;
            }
            self.answer(&account)?;
        }
        Ok(())
    }

    /// What an account may use by the server's options; `None` if it may not have
    /// streams.
    pub(super) fn configured_limits(&self, account: &Arc<Account>) -> Option<JetStreamTiers> {
        let context = &self.js.host().context;
        let options = context.options();
        let only_global = options
            .accounts
            .iter()
            .all(|account| account.name == options.system_account);
        let configured = options
            .accounts
            .iter()
            .find(|configured| configured.name == account.name())
            .and_then(|configured| configured.jetstream.clone());
        let is_global = Arc::ptr_eq(account, context.accounts().global());
        configured.or_else(|| (only_global && is_global).then(JetStreamTiers::new))
    }

    /// Lets an account have streams, and brings back those it had.
    pub(super) fn enable(
        &self,
        account: &Arc<Account>,
        limits: JetStreamTiers,
    ) -> Result<(), ServiceError> {
        let assets = self.js.enable_account(account, limits)?;
        Recovery {
            host: self.js.host(),
            stores: &self.stores,
            account: &assets,
            name: account.name(),
        }
        .run();
        self.js.host().context.logger.debug(format_args!(
            "Enabled JetStream for account {:?}",
            account.name()
        ));
        Ok(())
    }

    /// Takes requests of an account that came later, and maps the domain anew.
    pub(super) fn answer_again(&self, account: &Arc<Account>) -> Result<(), ServiceError> {
        let is_new = {
            let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
            answered.retain(|known| known.strong_count() > 0);
            !answered
                .iter()
                .any(|known| std::ptr::eq(known.as_ptr(), Arc::as_ptr(account)))
        };
        if is_new {
            return self.answer(account);
        }
        let domain = &self.js.host().config.domain;
        if !domain.is_empty() {
            map_domain(account, domain)?;
        }
        Ok(())
    }

    /// Takes requests of an account; one that may not have streams is told so, unless
    /// it asks another account.
    fn answer(&self, account: &Arc<Account>) -> Result<(), ServiceError> {
        let asks_elsewhere = || {
            let imports = account.service_imports();
            imports
                .iter()
                .any(|import| is_subset_match(INFO, import.from()))
        };
        if self.js.account(account.name()).is_none() && asks_elsewhere() {
            return Ok(());
        }
        self.take_requests(account)?;
        let domain = &self.js.host().config.domain;
        if !domain.is_empty() {
            map_domain(account, domain)?;
        }
        Ok(())
    }

    fn take_requests(&self, account: &Arc<Account>) -> Result<(), ServiceError> {
        let api = self
            .api
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        self.answered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::downgrade(account));
        if let Some(api) = api {
            let subscription = api.subscribe(account)?;
            self.subscriptions
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(subscription);
        }
        Ok(())
    }

    /// The accounts with their streams.
    #[must_use]
    pub const fn jetstream(&self) -> &Arc<JetStream> {
        &self.js
    }

    /// How it is configured.
    #[must_use]
    pub fn config(&self) -> &HostConfig {
        &self.js.host().config
    }

    /// Stops all streams and consumers; nothing is deleted.
    pub fn stop(&self) {
        let logger = &self.js.host().context.logger;
        logger.notice(format_args!("Initiating JetStream Shutdown..."));
        self.subscriptions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        self.api
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        self.js.stop();
        logger.notice(format_args!("JetStream Shutdown"));
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("js", &self.js)
            .finish_non_exhaustive()
    }
}

const INFO: &str = "$JS.API.INFO";

/// Lets clients of the domain reach it by the domain's name
/// (`generateJSMappingTable`). What the account maps itself stays.
fn map_domain(account: &Account, domain: &str) -> Result<(), MappingError> {
    const TABLE: &[(&str, &str)] = &[
        ("INFO", "$JS.API.INFO"),
        ("STREAM.>", "$JS.API.STREAM.>"),
        ("CONSUMER.>", "$JS.API.CONSUMER.>"),
        ("DIRECT.>", "$JS.API.DIRECT.>"),
        ("META.>", "$JS.API.META.>"),
        ("SERVER.>", "$JS.API.SERVER.>"),
        ("ACCOUNT.>", "$JS.API.ACCOUNT.>"),
        ("$KV.>", "$KV.>"),
        ("$OBJ.>", "$OBJ.>"),
    ];
    let own = account.mappings();
    let mut mappings = SubjectMappings::default();
    for (source, destinations) in own.iter() {
        let destinations: Vec<MappingDestination> = destinations.collect();
        mappings.add(source, &destinations)?;
    }
    for (suffix, to) in TABLE {
        let source = format!("$JS.{domain}.API.{suffix}");
        if own.iter().any(|(known, _)| known == source) {
            continue;
        }
        let destination = MappingDestination {
            subject: (*to).to_owned(),
            weight: 100,
            cluster: String::new(),
        };
        mappings.add(&source, &[destination])?;
    }
    account.set_mappings(mappings);
    Ok(())
}
