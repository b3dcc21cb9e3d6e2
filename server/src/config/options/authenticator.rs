//! Authentication by the program that a server is embedded in.

use std::fmt;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;

use super::security::User;
use crate::protocol::ConnectOptions;

/// What a client presents to an [`Authenticator`] (`ClientAuthentication`).
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// What it said in CONNECT.
    pub connect: &'a ConnectOptions,
    /// The nonce it was sent; empty if none.
    pub nonce: &'a str,
    /// Where it comes from; `None` is the process itself.
    pub address: Option<SocketAddr>,
    /// The certificates it showed; `None` without TLS.
    pub certificates: Option<&'a [CertificateDer<'static>]>,
}

/// Decides who may connect, in place of users that are configured
/// (`CustomClientAuthentication`). It is called by the reader of the connection, so
/// it must not block for long.
pub trait Authenticator: fmt::Debug + Send + Sync {
    /// The user that a client is; `None` is an authorization violation.
    fn authenticate(&self, client: &Presented<'_>) -> Option<User>;
}

/// A shared [`Authenticator`]. Equal only to itself.
#[derive(Debug, Clone)]
pub struct SharedAuthenticator(Arc<dyn Authenticator>);

impl SharedAuthenticator {
    /// Shares `authenticator`.
    pub fn new(authenticator: impl Authenticator + 'static) -> Self {
        Self(Arc::new(authenticator))
    }
}

impl Deref for SharedAuthenticator {
    type Target = dyn Authenticator;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl PartialEq for SharedAuthenticator {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
