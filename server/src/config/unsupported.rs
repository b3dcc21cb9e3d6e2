//! What a configuration can ask for that would be unsafe to pass over.

use super::options::{Options, TlsOptions};

/// What keeps this server from serving what `options` ask for; `None` if nothing does.
/// What can be left out without harm is in [`Options::not_acted_on`] instead.
#[must_use]
pub fn unsupported(options: &Options) -> Option<String> {
    let operator = &options.operator;
    let is_operator = !operator.operators.is_empty()
        || !operator.trusted_keys.is_empty()
        || operator.resolver.is_some();
    let what = if is_operator {
        "operator mode (operator, trusted_keys, resolver)"
    } else if options.auth_callout.is_some() {
        "auth_callout"
    } else if options.tls.as_ref().is_some_and(checks_revocation) {
        "ocsp_peer"
    } else {
        return None;
    };
    Some(format!("{what} not supported by this version"))
}

fn checks_revocation(tls: &TlsOptions) -> bool {
    tls.ocsp_peer.as_ref().is_some_and(|peer| peer.verify)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::options::{AuthCalloutOptions, OcspPeerOptions};

    #[test]
    fn what_would_be_unsafe_is_named() {
        let named = |change: fn(&mut Options)| {
            let mut options = Options::default();
            change(&mut options);
            unsupported(&options).unwrap_or_default()
        };
        assert_eq!(named(|_| {}), "");
        assert!(named(|o| o.operator.trusted_keys.push("O".into())).starts_with("operator mode"));
        assert!(
            named(|o| o.auth_callout = Some(AuthCalloutOptions::default()))
                .starts_with("auth_callout")
        );
        assert!(
            named(|o| o.tls = Some(TlsOptions {
                ocsp_peer: Some(OcspPeerOptions {
                    verify: true,
                    ..OcspPeerOptions::default()
                }),
                ..TlsOptions::default()
            }))
            .starts_with("ocsp_peer")
        );
    }
}
