//! The users that a client's certificate can stand for (`checkClientTLSCertSubject`).
//!
//! Email addresses, DNS names and URIs are users as they are written. A subject is one
//! whatever the order of its parts, so it is brought into a form that does not depend on
//! it, and so are names of users that read like a subject.

use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;
use x509_parser::x509::X509Name;

/// Sets subjects apart from other names.
const SUBJECT_PREFIX: &str = "subject\0";

/// Kinds of parts that a subject names by letters.
const KINDS: [(&str, &str); 11] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.5", "SERIALNUMBER"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.17", "POSTALCODE"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("0.9.2342.19200300.100.1.1", "UID"),
];

/// The names in a certificate, in the order in which users are looked for; the subject
/// comes last. None if it is no certificate or names nobody.
#[must_use]
pub fn certificate_names(certificate: &[u8]) -> Vec<String> {
    let Ok((_, parsed)) = parse_x509_certificate(certificate) else {
        return Vec::new();
    };
    let (mut emails, mut hosts, mut uris) = (Vec::new(), Vec::new(), Vec::new());
    if let Ok(Some(extension)) = parsed.subject_alternative_name() {
        for name in &extension.value.general_names {
            match name {
                GeneralName::RFC822Name(email) => emails.push((*email).to_owned()),
                GeneralName::DNSName(host) => hosts.push((*host).to_owned()),
                GeneralName::URI(uri) => uris.push((*uri).to_owned()),
                _ => {}
            }
        }
    }
    let subject = parsed.subject();
    let has_subject = subject.iter_attributes().next().is_some();
    // A host alone is nobody.
    if emails.is_empty() && uris.is_empty() && !has_subject {
        return Vec::new();
    }
    let mut names = emails;
    names.extend(hosts);
    names.extend(uris);
    // Only a subject may read like one.
    names.retain(|name| !name.contains('\0'));
    if has_subject {
        names.push(subject_key(subject));
    }
    names
}

/// The form of a certificate's subject.
fn subject_key(subject: &X509Name<'_>) -> String {
    let parts = subject.iter_attributes().map(|attribute| {
        let id = attribute.attr_type().to_id_string();
        let kind = KINDS.iter().find(|(oid, _)| *oid == id);
        // What is no text of one of the usual kinds still tells certificates apart.
        let value = attribute
            .as_str()
            .map_or_else(|_| hex(attribute.attr_value().data), str::to_owned);
        part(kind.map_or(id.as_str(), |(_, kind)| kind), &value)
    });
    key(parts.collect())
}

/// The same form for a user's name, if it reads like a subject: `CN=a,OU=b`.
pub(super) fn user_key(name: &str) -> Option<String> {
    let mut parts = Vec::new();
    for piece in split(name, ',') {
        for piece in split(&piece, '+') {
            let (kind, value) = piece.split_once('=')?;
            let kind = kind.trim();
            if kind.is_empty() {
                return None;
            }
            parts.push(part(kind, &unescaped(value.trim())));
        }
    }
    Some(key(parts))
}

/// One part of a subject. What separates parts must not stand in one.
fn part(kind: &str, value: &str) -> String {
    let value = value.replace('\0', "\\0");
    format!("{}={value}", kind.to_ascii_uppercase())
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    format!("#{}", digits.collect::<String>())
}

fn key(mut parts: Vec<String>) -> String {
    parts.sort_unstable();
    format!("{SUBJECT_PREFIX}{}", parts.join("\0"))
}

/// Splits at a character unless a backslash stands before it.
fn split(text: &str, at: char) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        if c == at && !escaped {
            pieces.push(String::new());
            continue;
        }
        escaped = c == '\\' && !escaped;
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(c) = letters.next() {
        out.extend(if c == '\\' { letters.next() } else { Some(c) });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, DnType, KeyPair, SanType};

    fn made(subject: &[(DnType, &str)], names: Vec<SanType>) -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        for (kind, value) in subject {
            params.distinguished_name.push(kind.clone(), *value);
        }
        params.subject_alt_names = names;
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn subjects_match_in_any_order() {
        let subject = [
            (DnType::CommonName, "ex,ample"),
            (DnType::OrganizationalUnitName, "NATS.io"),
        ];
        let names = certificate_names(&made(&subject, Vec::new()));
        for name in [
            "CN=ex\\,ample,OU=NATS.io",
            "ou=NATS.io, CN=ex\\,ample",
            "OU=NATS.io+CN=ex\\,ample",
        ] {
            assert_eq!(user_key(name).as_ref(), names.last(), "{name}");
        }
        for name in ["CN=ex\\,ample", "CN=ex\\,ample,OU=nats.io"] {
            assert_ne!(user_key(name).as_ref(), names.last(), "{name}");
        }
        assert_eq!(user_key("alice"), None);
    }

    #[test]
    fn other_names_come_first() {
        let names = vec![
            SanType::DnsName("app.nats.io".try_into().unwrap()),
            SanType::Rfc822Name("derek@nats.io".try_into().unwrap()),
            SanType::URI("spiffe://nats.io/a".try_into().unwrap()),
        ];
        let found = certificate_names(&made(&[(DnType::CommonName, "x")], names));
        assert_eq!(
            found[..3],
            ["derek@nats.io", "app.nats.io", "spiffe://nats.io/a"]
        );
        assert_eq!(found.len(), 4);
    }

    #[test]
    fn a_host_alone_is_nobody() {
        let names = vec![SanType::DnsName("app.nats.io".try_into().unwrap())];
        assert!(certificate_names(&made(&[], names)).is_empty());
        assert!(certificate_names(b"no certificate").is_empty());
    }
}
