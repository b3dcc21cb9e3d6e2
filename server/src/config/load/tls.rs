//! `tls { }` blocks (`parseTLS`).

use std::path::PathBuf;
use std::time::Duration;

use super::ocsp;
use super::reader::Reader;
use crate::config::options::tls_names::{CIPHER_SUITES, CURVES, INSECURE_CIPHER_SUITES};
use crate::config::options::{CertificatePair, PinnedCerts, TlsOptions, TlsVersion};
use crate::config::syntax::{Node, Value};
use crate::config::tls_files::TlsFiles;
use crate::platform::go_duration;
use crate::protocol::constants::{TLS_HANDSHAKE_FIRST_FALLBACK_DELAY, TLS_TIMEOUT};

/// Whom a block is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peer {
    /// Clients and leafnodes.
    Client,
    /// Servers of this or another cluster, who always show a certificate.
    Server,
}

/// Reads a block and the files that it names. `None` if either can not be used.
pub(super) fn read(reader: &mut Reader, node: &Node, peer: Peer) -> Option<TlsOptions> {
    let before = reader.errors.len();
    let tls = fields(reader, node, peer)?;
    if reader.errors.len() > before {
        return None;
    }
    match TlsFiles::load(&tls) {
        Ok(_) => Some(tls),
        Err(error) => {
            reader.error(&node.place, error.to_string());
            None
        }
    }
}

fn fields(reader: &mut Reader, node: &Node, peer: Peer) -> Option<TlsOptions> {
    let map = reader.block(node)?;
    let mut tls = TlsOptions::default();
    let mut insecure_allowed = false;
    for (key, node) in map.iter() {
        let field = key.to_ascii_lowercase();
        let read = file(&mut tls, &field, &node.value)
            .or_else(|| flag(&mut tls, &mut insecure_allowed, peer, &field, &node.value))
            .unwrap_or_else(|| other(reader, &mut tls, key, &field, node));
        if let Err(reason) = read {
            reader.error(&node.place, reason);
        }
    }
    if !tls.certificates.is_empty() && !tls.cert_file.as_os_str().is_empty() {
        reader.error(
            &node.place,
            "error parsing tls config, cannot combine 'cert_file' option with 'certs' option",
        );
    }
    let insecure: Vec<&str> = tls
        .cipher_suites
        .iter()
        .map(String::as_str)
        .filter(|name| INSECURE_CIPHER_SUITES.contains(name))
        .collect();
    if !insecure_allowed && !insecure.is_empty() {
        reader.error(
            &node.place,
            format!(
                "insecure cipher suites configured without 'allow_insecure_cipher_suites' option \
                 set: {}",
                insecure.join(", ")
            ),
        );
    }
    Some(tls)
}

/// What became of a field: `None` if it is not one of these.
type Read = Option<Result<(), String>>;

fn file(tls: &mut TlsOptions, field: &str, value: &Value) -> Read {
    let into: &mut dyn FnMut(PathBuf) = match field {
        "cert_file" => &mut |path| tls.cert_file = path,
        "key_file" => &mut |path| tls.key_file = path,
        "ca_file" => &mut |path| tls.ca_file = Some(path),
        _ => return None,
    };
    Some(match value {
        Value::String(path) => {
            into(path.into());
            Ok(())
        }
        _ => Err(format!(
            "error parsing tls config, expected '{field}' to be filename"
        )),
    })
}

fn flag(
    tls: &mut TlsOptions,
    insecure_allowed: &mut bool,
    peer: Peer,
    field: &str,
    value: &Value,
) -> Read {
    let known = matches!(
        field,
        "insecure"
            | "verify"
            | "verify_and_map"
            | "verify_cert_and_check_known_urls"
            | "allow_insecure_cipher_suites"
    );
    if !known {
        return None;
    }
    let Value::Bool(on) = *value else {
        return Some(Err(format!(
            "error parsing tls config, expected '{field}' to be a boolean"
        )));
    };
    match field {
        "insecure" => tls.insecure = on,
        "verify" => tls.verify |= on,
        "verify_and_map" => {
            tls.verify |= on;
            tls.verify_and_map = on;
        }
        "allow_insecure_cipher_suites" => *insecure_allowed = on,
        _ if on && peer == Peer::Client => {
            return Some(Err(format!("{field} not supported in this context")));
        }
        _ => {
            tls.verify |= on;
            tls.check_known_urls = on;
        }
    }
    Some(Ok(()))
}

fn other(
    reader: &mut Reader,
    tls: &mut TlsOptions,
    key: &str,
    field: &str,
    node: &Node,
) -> Result<(), String> {
    match field {
        "cipher_suites" => {
            tls.cipher_suites = names(reader, field, "cipher", node, |name| {
                CIPHER_SUITES.contains(&name) || INSECURE_CIPHER_SUITES.contains(&name)
            })?;
        }
        "curve_preferences" => {
            tls.curve_preferences = names(reader, field, "curve preference", node, |name| {
                CURVES.contains(&name)
            })?;
        }
        "timeout" => {
            if let Some(timeout) = reader.seconds("tls config", node) {
                tls.timeout = if timeout.is_zero() {
                    TLS_TIMEOUT
                } else {
                    timeout
                };
            }
        }
        "connection_rate_limit" => match node.value {
            Value::Integer(limit) => tls.connection_rate_limit = u64::try_from(limit).unwrap_or(0),
            _ => {
                return Err(
                    "error parsing tls config, 'connection_rate_limit' wrong type".to_owned(),
                );
            }
        },
        "pinned_certs" => tls.pinned_certs = pinned_certs(reader, node)?,
        "handshake_first" | "first" | "immediate" => handshake_first(tls, key, &node.value)?,
        "ocsp_peer" => tls.ocsp_peer = ocsp::peer(&node.value)?,
        "certs" | "certificates" => tls.certificates = certificates(reader, node)?,
        "min_version" => {
            let version = min_version(&node.value);
            tls.min_version =
                Some(version.map_err(|reason| format!("error parsing tls config: {reason}"))?);
        }
        _ => certificate_store(reader, key, field, node)?,
    }
    Ok(())
}

/// Fields about the certificate store of Windows, which there is none of here.
fn certificate_store(
    reader: &mut Reader,
    key: &str,
    field: &str,
    node: &Node,
) -> Result<(), String> {
    let text = match &node.value {
        Value::String(text) if !text.is_empty() => Some(text.as_str()),
        _ => None,
    };
    match (field, text) {
        ("cert_store", None) => {
            return Err("expected 'cert_store' to be a valid non-empty string".to_owned());
        }
        ("cert_store", Some(store)) => {
            let known = ["windowscurrentuser", "windowslocalmachine"];
            return Err(if known.contains(&store.to_ascii_lowercase().as_str()) {
                "cert_store not compatible with current operating system".to_owned()
            } else {
                "cert store type not implemented".to_owned()
            });
        }
        ("cert_match_by", None) => {
            return Err("expected 'cert_match_by' to be a valid non-empty string".to_owned());
        }
        ("cert_match_by", Some(by)) => {
            let known = ["issuer", "subject", "thumbprint"];
            if !known.contains(&by.to_ascii_lowercase().as_str()) {
                return Err("cert match by type not implemented".to_owned());
            }
        }
        ("cert_match", None) => {
            return Err("expected 'cert_match' to be a valid non-empty string".to_owned());
        }
        ("cert_match" | "ca_certs_match", _) => {}
        ("cert_match_skip_invalid", _) => {
            if !matches!(node.value, Value::Bool(_)) {
                return Err("expected 'cert_match_skip_invalid' to be a boolean".to_owned());
            }
        }
        _ => return Err(format!("error parsing tls config, unknown field {key:?}")),
    }
    reader.not_acted_on(key, node);
    Ok(())
}

/// A list of names, all of them known (`parseCipher`, `parseCurvePreferences`).
fn names(
    reader: &mut Reader,
    field: &str,
    what: &str,
    node: &Node,
    known: impl Fn(&str) -> bool,
) -> Result<Vec<String>, String> {
    let nodes = reader.list(node);
    if nodes.is_empty() && matches!(node.value, Value::Array(_)) {
        return Err(format!(
            "error parsing tls config, '{field}' cannot be empty"
        ));
    }
    let mut names = Vec::new();
    for node in nodes {
        let mut name = String::new();
        reader.string(node, &mut name);
        if !name.is_empty() && !known(&name) {
            reader.error(&node.place, format!("unrecognized {what} {name}"));
        }
        names.push(name);
    }
    Ok(names)
}

fn pinned_certs(reader: &mut Reader, node: &Node) -> Result<PinnedCerts, String> {
    let Value::Array(nodes) = &node.value else {
        return Err(
            "error parsing tls config, expected 'pinned_certs' to be a list of hex-encoded sha256 \
             of DER encoded SubjectPublicKeyInfo"
                .to_owned(),
        );
    };
    let mut pinned = PinnedCerts::new();
    for node in nodes {
        let mut text = String::new();
        reader.string(node, &mut text);
        let entry = text.to_ascii_lowercase();
        if is_sha256(&entry) {
            pinned.insert(entry);
        } else {
            reader.error(
                &node.place,
                format!(
                    "error parsing tls config, 'pinned_certs' key {entry} does not look like \
                     hex-encoded sha256 of DER encoded SubjectPublicKeyInfo"
                ),
            );
        }
    }
    Ok(pinned)
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn handshake_first(tls: &mut TlsOptions, key: &str, value: &Value) -> Result<(), String> {
    let (first, fallback) = match value {
        Value::Bool(first) => (*first, None),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "on" => (true, None),
            "false" | "off" => (false, None),
            "auto" | "auto_fallback" => (true, Some(TLS_HANDSHAKE_FIRST_FALLBACK_DELAY)),
            _ => match go_duration::parse(text) {
                // Without a positive delay there is no falling back.
                Ok(nanos) => (
                    true,
                    u64::try_from(nanos)
                        .ok()
                        .filter(|nanos| *nanos > 0)
                        .map(Duration::from_nanos),
                ),
                Err(_) => return Err(format!("field {key:?}'s value {text:?} is invalid")),
            },
        },
        other => {
            return Err(format!(
                "field {key:?} should be a boolean or a string, got {}",
                other.kind()
            ));
        }
    };
    tls.handshake_first = first;
    tls.handshake_first_fallback = fallback;
    Ok(())
}

fn certificates(reader: &mut Reader, node: &Node) -> Result<Vec<CertificatePair>, String> {
    let unsupported = |value: &Value| {
        format!(
            "error parsing certificates config: unsupported type {}",
            value.kind()
        )
    };
    let Value::Array(nodes) = &node.value else {
        return Err(unsupported(&node.value));
    };
    let mut pairs = Vec::new();
    for node in nodes {
        let Some(map) = reader.block_or(node, unsupported) else {
            continue;
        };
        let mut pair = CertificatePair::default();
        let mut place = &node.place;
        for (key, node) in map.iter() {
            place = &node.place;
            let Value::String(file) = &node.value else {
                reader.error(&node.place, unsupported(&node.value));
                continue;
            };
            match key {
                "cert_file" => pair.cert_file = file.into(),
                "key_file" => pair.key_file = file.into(),
                _ => reader.error(
                    &node.place,
                    format!("error parsing tls certs config, unknown field {key:?}"),
                ),
            }
        }
        if pair.cert_file.as_os_str().is_empty() || pair.key_file.as_os_str().is_empty() {
            reader.error(
                place,
                "error parsing certificates config: both 'cert_file' and 'cert_key' options are \
                 required",
            );
        }
        pairs.push(pair);
    }
    Ok(pairs)
}

/// The lowest version (`parseTLSVersion`).
fn min_version(value: &Value) -> Result<TlsVersion, String> {
    let Value::String(text) = value else {
        return Err(format!("'min_version' wrong type: {}", value.shown()));
    };
    match text.as_str() {
        "1.2" => Ok(TlsVersion::Tls12),
        "1.3" => Ok(TlsVersion::Tls13),
        "1.0" | "1.1" => Err(format!("unsupported TLS version: TLS {text}")),
        _ => Err(format!("unknown TLS version: {text}")),
    }
}
