//! Starting and stopping.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use thiserror::Error;
use tokio::runtime::Handle;

use super::accounts::Answered;
use super::stores::ServerStores;
use super::{banner, setup};
use crate::account::MappingError;
use crate::client::ServerContext;
use crate::jetstream::api::ApiQueue;
use crate::jetstream::assets::{AccountNotEnabled, JetStream};
use crate::jetstream::host::{Host, HostConfig};
use crate::jetstream::model::ApiError;
use crate::jetstream::store::disk::{Disk, RealDisk};
use crate::jetstream::store::{Clock, SystemClock};
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
    pub(super) stores: Arc<ServerStores>,
    pub(super) api: Mutex<Option<Arc<ApiQueue>>>,
    /// The accounts whose requests are taken.
    pub(super) answered: Mutex<Vec<Answered>>,
}

impl Service {
    /// Starts JetStream as the server's options want it.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn start(context: &Arc<ServerContext>, runtime: &Handle) -> Result<Self, ServiceError> {
        Self::start_with(context, runtime, Arc::new(SystemClock), Arc::new(RealDisk))
    }

    /// The same with a clock and a disk of choice, for tests. Streams are kept on the
    /// disk, below the store directory, which is made on the real one as well.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn start_with(
        context: &Arc<ServerContext>,
        runtime: &Handle,
        clock: Arc<dyn Clock>,
        disk: Arc<dyn Disk>,
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
            disk,
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
            answered: Mutex::default(),
        };
        if let Some(error) = service.configure_accounts().into_iter().next() {
            return Err(error);
        }
        context.update_info(|info| info.jetstream = true);
        logger.notice(format_args!(
            "Took {:?} to start JetStream",
            began.elapsed()
        ));
        Ok(service)
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
        self.answered
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
