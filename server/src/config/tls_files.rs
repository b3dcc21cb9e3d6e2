//! The files that TLS options name: certificates, keys and authorities
//! (`GenTLSConfig`).

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use thiserror::Error;

use super::options::TlsOptions;
use crate::platform::os_error;

/// Files that can not be used for TLS. Texts as the Go server has them.
#[derive(Debug, Error)]
pub enum TlsFileError {
    /// A certificate without its key.
    #[error("missing 'key_file' in TLS configuration")]
    MissingKey,
    /// A key without its certificate.
    #[error("missing 'cert_file' in TLS configuration")]
    MissingCertificate,
    /// A certificate and its key.
    #[error("error parsing X509 certificate/key pair{0}: {1}")]
    Pair(String, FileProblem),
    /// The file of authorities can not be read.
    #[error("{0}")]
    Authorities(FileProblem),
    /// There is no authority in it.
    #[error("failed to parse root ca certificate")]
    NoAuthority,
}

/// What is wrong with one file.
#[derive(Debug, Error)]
pub enum FileProblem {
    /// It can not be read.
    #[error("open {path}: {}", os_error::text(.source))]
    Open {
        /// The file.
        path: PathBuf,
        /// What hinders it.
        source: std::io::Error,
    },
    /// There is no certificate in it.
    #[error("tls: failed to find any PEM data in certificate input")]
    NoCertificate,
    /// There is no key in it.
    #[error("tls: failed to find any PEM data in key input")]
    NoKey,
    /// The two do not fit, or are of a kind that can not be used.
    #[error("tls: {0}")]
    Unusable(rustls::Error),
}

/// What stands in the files.
#[derive(Debug)]
pub struct TlsFiles {
    /// Certificates with their keys, in the order in which they are configured.
    pub certificates: Vec<Arc<CertifiedKey>>,
    /// Authorities to verify others with, if there are any.
    pub authorities: Option<RootCertStore>,
}

impl TlsFiles {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// [`TlsFileError`] for the first that can not be used.
    pub fn load(options: &TlsOptions) -> Result<Self, TlsFileError> {
        let (cert, key) = (&options.cert_file, &options.key_file);
        let provider = rustls::crypto::ring::default_provider();
        let mut certificates = Vec::new();
        match (cert.as_os_str().is_empty(), key.as_os_str().is_empty()) {
            (false, true) => return Err(TlsFileError::MissingKey),
            (true, false) => return Err(TlsFileError::MissingCertificate),
            (false, false) => {
                let pair = pair(cert, key, &provider);
                certificates
                    .push(pair.map_err(|problem| TlsFileError::Pair(String::new(), problem))?);
            }
            (true, true) => {
                let all = options.certificates.len();
                for (n, files) in options.certificates.iter().enumerate() {
                    let pair = pair(&files.cert_file, &files.key_file, &provider);
                    certificates.push(pair.map_err(|problem| {
                        TlsFileError::Pair(format!(" {}/{all}", n + 1), problem)
                    })?);
                }
            }
        }
        let authorities = options.ca_file.as_deref().map(authorities).transpose()?;
        Ok(Self {
            certificates,
            authorities,
        })
    }
}

fn pair(
    cert: &Path,
    key: &Path,
    provider: &CryptoProvider,
) -> Result<Arc<CertifiedKey>, FileProblem> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&read(cert)?)
        .collect::<Result<_, _>>()
        .map_err(|_| FileProblem::NoCertificate)?;
    if chain.is_empty() {
        return Err(FileProblem::NoCertificate);
    }
    let key = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|_| FileProblem::NoKey)?;
    CertifiedKey::from_der(chain, key, provider)
        .map(Arc::new)
        .map_err(FileProblem::Unusable)
}

fn authorities(path: &Path) -> Result<RootCertStore, TlsFileError> {
    let pem = read(path).map_err(TlsFileError::Authorities)?;
    let mut store = RootCertStore::empty();
    // What is no certificate is passed over, as long as there is one.
    for cert in CertificateDer::pem_slice_iter(&pem).flatten() {
        store.add_parsable_certificates([cert]);
    }
    if store.is_empty() {
        return Err(TlsFileError::NoAuthority);
    }
    Ok(store)
}

fn read(path: &Path) -> Result<Vec<u8>, FileProblem> {
    fs::read(path).map_err(|source| FileProblem::Open {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(directory: &Path, name: &str) -> (PathBuf, PathBuf) {
        let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        let cert = directory.join(format!("{name}.pem"));
        let key = directory.join(format!("{name}.key"));
        fs::write(&cert, made.cert.pem()).unwrap();
        fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        (cert, key)
    }

    fn error(change: impl FnOnce(&mut TlsOptions)) -> String {
        let mut options = TlsOptions::default();
        change(&mut options);
        TlsFiles::load(&options).unwrap_err().to_string()
    }

    #[test]
    fn files_that_fit_are_read() {
        let directory = tempfile::tempdir().unwrap();
        let (cert, key) = write(directory.path(), "a");
        let options = TlsOptions {
            cert_file: cert.clone(),
            key_file: key,
            ca_file: Some(cert),
            ..TlsOptions::default()
        };
        let files = TlsFiles::load(&options).unwrap();
        assert_eq!(files.certificates.len(), 1);
        assert_eq!(files.authorities.unwrap().len(), 1);
        assert!(TlsFiles::load(&TlsOptions::default()).is_ok());
    }

    #[test]
    fn files_that_do_not_fit_are_named() {
        let directory = tempfile::tempdir().unwrap();
        let (cert, key) = write(directory.path(), "a");
        let (_, other) = write(directory.path(), "b");
        assert_eq!(
            error(|o| o.cert_file.clone_from(&cert)),
            "missing 'key_file' in TLS configuration"
        );
        assert_eq!(
            error(|o| o.key_file.clone_from(&key)),
            "missing 'cert_file' in TLS configuration"
        );
        let wrong = error(|o| {
            o.cert_file.clone_from(&cert);
            o.key_file = "no.pem".into();
        });
        assert_eq!(
            wrong,
            "error parsing X509 certificate/key pair: open no.pem: no such file or directory"
        );
        let wrong = error(|o| {
            o.cert_file.clone_from(&cert);
            o.key_file.clone_from(&other);
        });
        assert!(
            wrong.starts_with("error parsing X509 certificate/key pair: tls:"),
            "{wrong}"
        );
        assert_eq!(
            error(|o| o.ca_file = Some(key)),
            "failed to parse root ca certificate"
        );
    }
}
