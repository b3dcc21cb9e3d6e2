//! Options that contradict each other (`validateOptions` in `server.go`).

use super::ServerError;
use crate::auth::is_bcrypt;
use crate::config::Options;
use crate::logging::Logger;

pub(super) fn validate(options: &Options) -> Result<(), ServerError> {
    let refuse = |text: String| Err(ServerError::Options(text));
    if options.lame_duck_duration <= options.lame_duck_grace_period {
        return refuse(format!(
            "lame duck grace period ({:?}) should be strictly lower than lame duck duration ({:?})",
            options.lame_duck_grace_period, options.lame_duck_duration
        ));
    }
    if options.max_payload as u64 > options.max_pending {
        return refuse(format!(
            "max_payload ({}) cannot be higher than max_pending ({})",
            options.max_payload, options.max_pending
        ));
    }
    if options.server_name.contains(' ') {
        return refuse("server name cannot contain spaces".to_owned());
    }
    validate_no_auth_user(options)?;
    validate_proxies(options)?;
    if !options.authorization.is_empty() && !options.username.is_empty() {
        return refuse("Cannot have a user/pass and token".to_owned());
    }
    Ok(())
}

fn validate_no_auth_user(options: &Options) -> Result<(), ServerError> {
    let name = &options.no_auth_user;
    if name.is_empty() {
        return Ok(());
    }
    if options.users.is_empty() && options.nkeys.is_empty() {
        return Err(ServerError::Options(format!(
            "no_auth_user: {name:?} present, but users/nkeys are not defined"
        )));
    }
    let known = options.users.iter().any(|user| user.username == *name)
        || options.nkeys.iter().any(|user| user.nkey == *name);
    if !known {
        return Err(ServerError::Options(format!(
            "no_auth_user: {name:?} not present as user or nkey in authorization block or account configuration"
        )));
    }
    Ok(())
}

/// Trusted proxies are known by their public keys.
fn validate_proxies(options: &Options) -> Result<(), ServerError> {
    let trusted = options.proxies.iter().flat_map(|proxies| &proxies.trusted);
    for proxy in trusted {
        if nkeys::KeyPair::from_public_key(&proxy.key).is_err() {
            return Err(ServerError::Options(format!(
                "proxy trusted key {:?} is invalid",
                proxy.key
            )));
        }
    }
    Ok(())
}

/// Passwords in the clear are worth a warning, except that of the user that the
/// server made up itself (`checkAuthforWarnings`).
pub(super) fn warn_about_auth(logger: &Logger, options: &Options, default_user: Option<&str>) {
    let by_certificate = options.tls.as_ref().is_some_and(|tls| tls.verify_and_map);
    let plain = |password: &str| !is_bcrypt(password);
    let single = !options.password.is_empty() && plain(&options.password);
    let users = options.users.iter().any(|user| {
        let without = user.password.is_empty() && by_certificate;
        !without && Some(&*user.username) != default_user && plain(&user.password)
    });
    if single || users {
        logger.warn(format_args!(
            "Plaintext passwords detected, use nkeys or bcrypt"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::options::{ProxiesOptions, ProxyOptions};
    use std::time::Duration;

    fn error(change: impl FnOnce(&mut Options)) -> String {
        let mut options = Options::default();
        change(&mut options);
        validate(&options).unwrap_err().to_string()
    }

    #[test]
    fn contradictions_are_refused() {
        assert!(validate(&Options::default()).is_ok());
        assert!(
            error(|o| o.lame_duck_duration = Duration::from_secs(1)).contains("strictly lower")
        );
        assert!(error(|o| o.max_pending = 10).contains("cannot be higher than max_pending"));
        assert_eq!(
            error(|o| o.server_name = "a b".into()),
            "server name cannot contain spaces"
        );
        assert!(error(|o| o.no_auth_user = "x".into()).contains("users/nkeys are not defined"));
        let not_a_key = ProxiesOptions {
            trusted: vec![ProxyOptions {
                key: "nokey".to_owned(),
            }],
        };
        assert_eq!(
            error(|o| o.proxies = Some(not_a_key)),
            "proxy trusted key \"nokey\" is invalid"
        );
    }
}
