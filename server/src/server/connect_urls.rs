//! What a server tells others about where its clients connect.

use std::net::IpAddr;

use super::Server;
use super::listen::join_host_port;
use crate::config::Options;
use crate::platform::address::{AddressError, parse_host_port};
use crate::platform::interfaces;

impl Server {
    /// The `host:port` pairs that clients can connect to, for other servers to pass
    /// on: the advertised one, or those of the listener (`getClientConnectURLs`).
    ///
    /// # Errors
    ///
    /// [`AddressError`] if what is to be advertised is no address.
    pub fn connect_urls(&self) -> Result<Vec<String>, AddressError> {
        let options = self.options();
        let port = self.client_port();
        if let Some((host, port)) = advertised(&options, port)? {
            return Ok(vec![join_host_port(&host, port)]);
        }
        let host = &options.host;
        let Some(unspecified) = host.parse().ok().filter(IpAddr::is_unspecified) else {
            return Ok(vec![join_host_port(host, port)]);
        };
        let logger = &self.context().logger;
        logger.debug(format_args!("Get non local IPs for {host:?}"));
        let found = match interfaces::addresses() {
            Ok(found) => found,
            Err(error) => {
                logger.error(format_args!("Error listing network interfaces: {error}"));
                Vec::new()
            }
        };
        let mut urls = Vec::new();
        for ip in found
            .into_iter()
            .filter(|ip| interfaces::is_global_unicast(*ip))
        {
            logger.debug(format_args!("  ip={ip}"));
            urls.push(join_host_port(&ip.to_string(), port));
        }
        if urls.is_empty() {
            logger.error(format_args!(
                "Address \"{unspecified}\" can not be resolved properly"
            ));
        }
        Ok(urls)
    }

    /// The port that clients connect to: the one listened on, or the one configured
    /// as long as the server does not listen.
    pub(super) fn client_port(&self) -> u16 {
        match self.client_address() {
            Some(address) => address.port(),
            None => u16::try_from(self.options().port).unwrap_or(0),
        }
    }
}

/// Host and port to tell clients instead of those listened on, if there are any.
/// `port` is for an address without one.
pub(super) fn advertised(
    options: &Options,
    port: u16,
) -> Result<Option<(String, u16)>, AddressError> {
    if options.client_advertise.is_empty() {
        return Ok(None);
    }
    parse_host_port(&options.client_advertise, port).map(Some)
}
