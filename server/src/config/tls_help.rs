//! The text of `--help_tls`.

use super::options::tls_names::{CIPHER_SUITES, CURVES, INSECURE_CIPHER_SUITES};

const TLS: &str = r#"
TLS is set up in the tls section of a configuration file, for example:

    tls {
        cert_file:      "./certs/server-cert.pem"
        key_file:       "./certs/server-key.pem"
        ca_file:        "./certs/ca.pem"
        verify:         true
        verify_and_map: true

        cipher_suites: [
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
        ]
        curve_preferences: [
            "X25519",
            "CurveP256",
            "CurveP384"
        ]
    }

Available cipher suites include:
"#;

const OCSP: &str = r#"
Checks of clients' certificates by OCSP (ocsp_peer in a tls section) and their
cache (ocsp_cache) are read from a configuration; this server does not make
them and does not start where they are asked for.
"#;

/// All of it (`PrintTLSHelpAndDie`).
pub(super) fn text() -> String {
    let mut text = TLS.to_owned();
    for name in CIPHER_SUITES.iter().chain(INSECURE_CIPHER_SUITES) {
        text.push_str(&format!("    {name}\n"));
    }
    text.push_str("\nAvailable curve preferences include:\n");
    for name in CURVES {
        text.push_str(&format!("    {name}\n"));
    }
    text.push_str(OCSP);
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_name_is_there() {
        let text = super::text();
        for name in [
            "TLS_RSA_WITH_RC4_128_SHA",
            "CurveP521",
            "TLS_AES_128_GCM_SHA256",
        ] {
            assert!(text.contains(&format!("    {name}\n")), "{name}");
        }
    }
}
