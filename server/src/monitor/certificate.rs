//! What monitoring tells of certificates.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use x509_parser::parse_x509_certificate;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use super::json::is_default;
use super::time::Time;

/// A certificate that a client presented (`TLSPeerCert`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TlsPeerCert {
    /// Its subject, most specific part first.
    #[serde(skip_serializing_if = "is_default")]
    pub subject: String,
    /// SHA-256 of its public key, in hexadecimal.
    #[serde(skip_serializing_if = "is_default")]
    pub spki_sha256: String,
    /// SHA-256 of all of it, in hexadecimal.
    #[serde(skip_serializing_if = "is_default")]
    pub cert_sha256: String,
}

impl TlsPeerCert {
    pub(super) fn new(certificate: &CertificateDer<'_>) -> Self {
        let cert_sha256 = hex(&Sha256::digest(certificate));
        match parse_x509_certificate(certificate) {
            Ok((_, parsed)) => Self {
                subject: distinguished_name(parsed.subject()),
                spki_sha256: hex(&Sha256::digest(parsed.public_key().raw)),
                cert_sha256,
            },
            // The handshake took it, so there is a certificate all the same.
            Err(_) => Self {
                cert_sha256,
                ..Self::default()
            },
        }
    }
}

/// When the first certificate of a PEM file expires (`tlsCertNotAfter`). The zero
/// time if that can not be told.
pub(super) fn not_after(path: &Path) -> Time {
    CertificateDer::from_pem_file(path)
        .ok()
        .and_then(|certificate| {
            let (_, parsed) = parse_x509_certificate(&certificate).ok()?;
            let seconds = parsed.validity().not_after.timestamp();
            Some(Time::from_unix_nanos(seconds.checked_mul(1_000_000_000)?))
        })
        .unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A name in the order and the escapes that Go gives it: the known attributes by
/// kind, the last kind first, then the others.
fn distinguished_name(name: &X509Name<'_>) -> String {
    let mut others = Vec::new();
    let mut known: Vec<(usize, String)> = Vec::new();
    for attribute in name.iter_attributes() {
        let id = attribute.attr_type().to_id_string();
        match KINDS.iter().position(|(oid, _)| *oid == id) {
            Some(rank) => {
                let text = attribute.as_str().map(escaped).unwrap_or_default();
                known.push((rank, format!("{}={text}", KINDS[rank].1)));
            }
            None => others.push(format!("{id}=#{}", hex(&der(attribute)))),
        }
    }
    known.sort_by_key(|(rank, _)| *rank);
    // Several of a kind stand together.
    let known = known.chunk_by(|a, b| a.0 == b.0).map(|same| {
        let texts: Vec<&str> = same.iter().map(|(_, text)| text.as_str()).collect();
        texts.join("+")
    });
    known
        .chain(others.into_iter().rev())
        .collect::<Vec<_>>()
        .join(",")
}

/// Attributes with a name, in the order in which they are printed.
const KINDS: [(&str, &str); 9] = [
    ("2.5.4.5", "SERIALNUMBER"),
    ("2.5.4.3", "CN"),
    ("2.5.4.11", "OU"),
    ("2.5.4.10", "O"),
    ("2.5.4.17", "POSTALCODE"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.6", "C"),
];

/// The value as it stands in the certificate: tag, length, content.
fn der(attribute: &AttributeTypeAndValue<'_>) -> Vec<u8> {
    let value = attribute.attr_value();
    let tag = u8::try_from(value.tag().0).unwrap_or(0);
    let mut out = vec![tag];
    match value.data.len() {
        short @ 0..=127 => out.push(short as u8),
        long => {
            let bytes = long.to_be_bytes();
            let used = bytes.iter().skip_while(|byte| **byte == 0);
            out.push(0x80 | used.clone().count() as u8);
            out.extend(used);
        }
    }
    out.extend_from_slice(value.data);
    out
}

fn escaped(text: &str) -> String {
    let last = text.chars().count().saturating_sub(1);
    let mut out = String::new();
    for (at, c) in text.chars().enumerate() {
        let special = match c {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => true,
            ' ' => at == 0 || at == last,
            '#' => at == 0,
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_are_escaped() {
        assert_eq!(escaped("a,b+c"), "a\\,b\\+c");
        assert_eq!(escaped(" #x "), "\\ #x\\ ");
        assert_eq!(escaped("#x"), "\\#x");
    }

    #[test]
    fn files_without_a_certificate_never_expire() {
        assert!(not_after(Path::new("/nonexistent")).is_zero());
    }
}
