//! What the command line says. It counts more than the configuration file, also when
//! that is read again (`MergeOptions`, `FlagSnapshot`).

use thiserror::Error;

use super::options::{Options, TlsOptions};
use super::tls_files::{TlsFileError, TlsFiles};
use crate::platform::{ServerUrl, UrlError};

/// Options that were given explicitly; `None` where nothing was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the option of the same name")]
pub struct Overrides {
    pub port: Option<i32>,
    pub host: Option<String>,
    pub dont_listen: Option<bool>,
    pub server_name: Option<String>,
    pub client_advertise: Option<String>,
    pub username: Option<String>,
    pub password: Option<String>,
    pub authorization: Option<String>,
    pub http_port: Option<i32>,
    pub https_port: Option<i32>,
    pub http_base_path: Option<String>,
    pub debug: Option<bool>,
    pub trace: Option<bool>,
    pub trace_verbose: Option<bool>,
    pub logtime: Option<bool>,
    pub logtime_utc: Option<bool>,
    pub log_json: Option<bool>,
    pub log_file: Option<String>,
    pub log_size_limit: Option<u64>,
    pub syslog: Option<bool>,
    pub remote_syslog: Option<String>,
    pub max_traced_msg_len: Option<usize>,
    pub pid_file: Option<String>,
    pub ports_file_dir: Option<String>,
    pub prof_port: Option<i32>,
    pub routes: Option<String>,
    pub cluster_name: Option<String>,
    pub cluster_listen: Option<String>,
    pub cluster_advertise: Option<String>,
    pub no_advertise: Option<bool>,
    pub connect_retries: Option<u32>,
    pub jetstream: Option<bool>,
    pub store_dir: Option<String>,
    pub tls: Option<bool>,
    pub tls_verify: Option<bool>,
    pub tls_cert: Option<String>,
    pub tls_key: Option<String>,
    pub tls_ca_cert: Option<String>,
}

/// A command line that asks for what can not be.
#[derive(Debug, Error)]
pub enum OverrideError {
    /// TLS without a certificate.
    #[error("TLS Server certificate must be present and valid")]
    TlsCertificate,
    /// TLS without a key.
    #[error("TLS Server private key must be present and valid")]
    TlsKey,
    /// Files that can not be used.
    #[error(transparent)]
    TlsFiles(#[from] TlsFileError),
    /// Where to listen for routes is no URL.
    #[error("parse {url:?}: {reason}")]
    ClusterUrl {
        /// As written.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// It is one without an address or a port.
    #[error("address {host}: {reason}")]
    ClusterAddress {
        /// Host and port as written.
        host: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// A user without a password.
    #[error("expected cluster password to be set")]
    ClusterPassword,
    /// A list of routes with something that is no URL.
    #[error("error parsing route url [{0:?}]")]
    Route(String),
    /// Routes without a cluster.
    #[error("solicited routes require cluster capabilities, e.g. --cluster")]
    RoutesWithoutCluster,
}

impl Overrides {
    /// Sets all that was given, and what follows from it: the address of a cluster's
    /// URL, and TLS.
    ///
    /// # Errors
    ///
    /// [`OverrideError`] for what can not be.
    pub fn apply(&self, options: &mut Options) -> Result<(), OverrideError> {
        self.merge(options)?;
        if self.cluster_listen.is_some() {
            override_cluster(options)?;
        }
        self.override_tls(options)?;
        let cluster = &options.cluster;
        let no_cluster =
            cluster.listen_str.is_empty() && cluster.host.is_empty() && cluster.port == 0;
        if !options.routes_str.is_empty() && no_cluster {
            return Err(OverrideError::RoutesWithoutCluster);
        }
        Ok(())
    }

    /// Sets all that was given, and nothing else (`MergeOptions`).
    ///
    /// # Errors
    ///
    /// [`OverrideError::Route`] for a route that is no URL.
    pub fn merge(&self, options: &mut Options) -> Result<(), OverrideError> {
        self.merge_network(options);
        self.merge_logging(options);
        set(&mut options.username, self.username.as_ref());
        set(&mut options.password, self.password.as_ref());
        set(&mut options.authorization, self.authorization.as_ref());
        set(&mut options.jetstream, self.jetstream.as_ref());
        set(&mut options.store_dir, self.store_dir.as_ref());
        let cluster = &mut options.cluster;
        set(&mut cluster.name, self.cluster_name.as_ref());
        set(&mut cluster.listen_str, self.cluster_listen.as_ref());
        set(&mut cluster.advertise, self.cluster_advertise.as_ref());
        set(&mut cluster.no_advertise, self.no_advertise.as_ref());
        set(&mut cluster.connect_retries, self.connect_retries.as_ref());
        if let Some(routes) = &self.routes {
            options.routes = routes_from_str(routes)?;
            options.routes_str.clone_from(routes);
        }
        Ok(())
    }

    fn merge_network(&self, options: &mut Options) {
        set(&mut options.port, self.port.as_ref());
        set(&mut options.host, self.host.as_ref());
        set(&mut options.dont_listen, self.dont_listen.as_ref());
        set(&mut options.server_name, self.server_name.as_ref());
        set(
            &mut options.client_advertise,
            self.client_advertise.as_ref(),
        );
        set(&mut options.http_port, self.http_port.as_ref());
        set(&mut options.https_port, self.https_port.as_ref());
        set(&mut options.http_base_path, self.http_base_path.as_ref());
        set(&mut options.pid_file, self.pid_file.as_ref());
        set(&mut options.ports_file_dir, self.ports_file_dir.as_ref());
        set(&mut options.prof_port, self.prof_port.as_ref());
    }

    fn merge_logging(&self, options: &mut Options) {
        set(&mut options.debug, self.debug.as_ref());
        set(&mut options.trace, self.trace.as_ref());
        set(&mut options.trace_verbose, self.trace_verbose.as_ref());
        set(&mut options.logtime, self.logtime.as_ref());
        set(&mut options.logtime_utc, self.logtime_utc.as_ref());
        set(&mut options.log_json, self.log_json.as_ref());
        set(&mut options.log_file, self.log_file.as_ref());
        set(&mut options.log_size_limit, self.log_size_limit.as_ref());
        set(&mut options.syslog, self.syslog.as_ref());
        set(&mut options.remote_syslog, self.remote_syslog.as_ref());
        set(
            &mut options.max_traced_msg_len,
            self.max_traced_msg_len.as_ref(),
        );
    }

    /// TLS of the command line takes the place of that of the file (`overrideTLS`).
    fn override_tls(&self, options: &mut Options) -> Result<(), OverrideError> {
        if self.tls == Some(false) {
            options.tls = None;
            return Ok(());
        }
        let given = self.tls.is_some()
            || self.tls_verify.is_some()
            || self.tls_cert.is_some()
            || self.tls_key.is_some()
            || self.tls_ca_cert.is_some();
        if !given {
            return Ok(());
        }
        let file = |given: &Option<String>| given.clone().filter(|path| !path.is_empty());
        let tls = TlsOptions {
            cert_file: file(&self.tls_cert)
                .ok_or(OverrideError::TlsCertificate)?
                .into(),
            key_file: file(&self.tls_key).ok_or(OverrideError::TlsKey)?.into(),
            ca_file: file(&self.tls_ca_cert).map(Into::into),
            verify: self.tls_verify == Some(true),
            ..TlsOptions::default()
        };
        TlsFiles::load(&tls)?;
        options.tls = Some(tls);
        Ok(())
    }
}

fn set<T: Clone>(option: &mut T, given: Option<&T>) {
    if let Some(given) = given {
        option.clone_from(given);
    }
}

/// A list of URLs with commas between them (`RoutesFromStr`).
///
/// # Errors
///
/// [`OverrideError::Route`] for the first that is none.
pub fn routes_from_str(text: &str) -> Result<Vec<ServerUrl>, OverrideError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(',')
        .map(|route| {
            let route = route.trim();
            route
                .parse()
                .map_err(|_| OverrideError::Route(route.to_owned()))
        })
        .collect()
}

/// Address and user of a cluster from the URL it listens on (`overrideCluster`). An
/// empty URL is no cluster.
fn override_cluster(options: &mut Options) -> Result<(), OverrideError> {
    let cluster = &mut options.cluster;
    let text = cluster.listen_str.clone();
    if text.is_empty() {
        cluster.port = 0;
        return Ok(());
    }
    let url: ServerUrl = text.parse().map_err(|error| OverrideError::ClusterUrl {
        url: text.clone(),
        reason: match error {
            UrlError::Port => format!("invalid port {:?} after host", port_of(&text)),
            other => other.to_string(),
        },
    })?;
    let address = |reason| OverrideError::ClusterAddress {
        host: url.host().to_owned(),
        reason,
    };
    let port = url
        .port()
        .ok_or_else(|| address("missing port in address"))?;
    if url.hostname().contains(':') && !url.host().starts_with('[') {
        return Err(address("too many colons in address"));
    }
    let port = port.parse().map_err(|_| address("invalid port"))?;
    let (username, password) = match url.user() {
        Some(user) => (
            user.to_owned(),
            url.password()
                .ok_or(OverrideError::ClusterPassword)?
                .to_owned(),
        ),
        None => (String::new(), String::new()),
    };
    url.hostname().clone_into(&mut cluster.host);
    cluster.port = port;
    cluster.username = username;
    cluster.password = password;
    Ok(())
}

/// The port of a URL that can not be read, with its colon.
fn port_of(text: &str) -> &str {
    text.rfind(':').and_then(|at| text.get(at..)).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(url: &str) -> Result<Options, String> {
        let mut options = Options::default();
        let overrides = Overrides {
            cluster_listen: Some(url.to_owned()),
            ..Overrides::default()
        };
        overrides
            .apply(&mut options)
            .map_err(|error| error.to_string())?;
        Ok(options)
    }

    #[test]
    fn a_cluster_s_url_gives_address_and_user() {
        let options = cluster("nats://ivan:pwd@127.0.0.1:-1").unwrap();
        let found = &options.cluster;
        assert_eq!((found.host.as_str(), found.port), ("127.0.0.1", -1));
        assert_eq!(
            (found.username.as_str(), found.password.as_str()),
            ("ivan", "pwd")
        );
        for (url, want) in [
            (":", "parse \":\": missing protocol scheme"),
            ("nats://a", "address a: missing port in address"),
            (
                "nats://a:x",
                "parse \"nats://a:x\": invalid port \":x\" after host",
            ),
            ("nats://i:a:1", "address i:a:1: too many colons in address"),
            ("nats://i@a:1", "expected cluster password to be set"),
        ] {
            assert_eq!(cluster(url).unwrap_err(), want);
        }
    }

    #[test]
    fn what_is_not_given_stays() {
        let mut options = Options {
            debug: true,
            server_name: "n".into(),
            ..Options::default()
        };
        let overrides = Overrides {
            trace: Some(true),
            routes: Some("nats://a:1, nats://b:2".into()),
            ..Overrides::default()
        };
        overrides.merge(&mut options).unwrap();
        assert!(options.debug && options.trace && options.server_name == "n");
        assert_eq!(ServerUrl::hosts(&options.routes), ["a:1", "b:2"]);
        assert!(matches!(
            overrides.apply(&mut options),
            Err(OverrideError::RoutesWithoutCluster)
        ));
    }
}
