//! Monitoring as part of a server: its port, and the same figures for embedders.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ServerConfig;

use super::{Server, ServerError};
use crate::config::Options;
use crate::monitor::{
    AccountStatz, AccountStatzOptions, Accountz, AccountzError, AccountzOptions, Connz, ConnzError,
    ConnzOptions, Gatewayz, HealthStatus, HealthzOptions, HttpHandler, Jsz, JszOptions, Leafz,
    NotLeader, Routez, Subsz, SubszError, SubszOptions, Varz, listen,
};

impl Server {
    pub(super) fn start_monitoring(&self, options: &Options) -> Result<(), ServerError> {
        let monitor = &self.inner.monitor;
        let sampler = Arc::clone(monitor);
        let sampling = self.handle().spawn(async move { sampler.sample().await });
        let monitoring = listen(monitor, options, self.handle());
        let mut state = self.lock();
        state.sampling = Some(sampling);
        state.monitoring = monitoring?;
        Ok(())
    }

    pub(super) fn stop_monitoring(&self) {
        let (monitoring, sampling) = {
            let mut state = self.lock();
            (state.monitoring.take(), state.sampling.take())
        };
        drop(monitoring);
        if let Some(sampling) = sampling {
            sampling.abort();
        }
    }

    /// Lets those who monitor from now on see another TLS.
    pub(super) fn set_monitoring_tls(&self, tls: Arc<ServerConfig>) {
        if let Some(monitoring) = &self.lock().monitoring {
            monitoring.set_tls(tls);
        }
    }

    /// Scheme and address of the monitoring port.
    pub(super) fn monitoring_endpoint(&self) -> Option<(&'static str, SocketAddr)> {
        let state = self.lock();
        let monitoring = state.monitoring.as_ref()?;
        let scheme = if monitoring.secure { "https" } else { "http" };
        Some((scheme, monitoring.address))
    }

    /// Where monitoring listens (`MonitorAddr`).
    #[must_use]
    pub fn monitor_address(&self) -> Option<SocketAddr> {
        self.monitoring_endpoint().map(|(_, address)| address)
    }

    /// What answers on the monitoring port, while that is open (`HTTPHandler`).
    #[must_use]
    pub fn http_handler(&self) -> Option<HttpHandler> {
        let state = self.lock();
        let monitoring = state.monitoring.as_ref()?;
        Some(monitoring.handler.clone())
    }

    /// The server as a whole.
    #[must_use]
    pub fn varz(&self) -> Varz {
        self.inner.monitor.varz()
    }

    /// The connections.
    ///
    /// # Errors
    ///
    /// [`ConnzError`] for options that contradict each other.
    pub fn connz(&self, options: &ConnzOptions) -> Result<Connz, ConnzError> {
        self.inner.monitor.connz(options)
    }

    /// The subscriptions.
    ///
    /// # Errors
    ///
    /// [`SubszError`] for a test subject that can not be published to.
    pub fn subsz(&self, options: &SubszOptions) -> Result<Subsz, SubszError> {
        self.inner.monitor.subsz(options)
    }

    /// The accounts.
    ///
    /// # Errors
    ///
    /// [`AccountzError`] if the account asked for does not exist.
    pub fn accountz(&self, options: &AccountzOptions) -> Result<Accountz, AccountzError> {
        self.inner.monitor.accountz(options)
    }

    /// Traffic by account.
    #[must_use]
    pub fn accstatz(&self, options: &AccountStatzOptions) -> AccountStatz {
        self.inner.monitor.accstatz(options)
    }

    /// Whether the server is fit to serve.
    #[must_use]
    pub fn healthz(&self, options: &HealthzOptions) -> HealthStatus {
        self.inner.monitor.healthz(options)
    }

    /// The routes.
    #[must_use]
    pub fn routez(&self) -> Routez {
        self.inner.monitor.routez()
    }

    /// The gateways.
    #[must_use]
    pub fn gatewayz(&self) -> Gatewayz {
        self.inner.monitor.gatewayz()
    }

    /// The leafnodes.
    #[must_use]
    pub fn leafz(&self) -> Leafz {
        self.inner.monitor.leafz()
    }

    /// JetStream.
    ///
    /// # Errors
    ///
    /// [`NotLeader`] if only the leader is asked and this is not the leader.
    pub fn jsz(&self, options: &JszOptions) -> Result<Jsz, NotLeader> {
        self.inner.monitor.jsz(options)
    }
}
