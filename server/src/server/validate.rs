//! What a server checks before it is made, and what it warns about.

use super::ServerError;
use crate::auth::is_bcrypt;
use crate::config::{Options, unsupported};
use crate::conn::tls::unsupported_names;
use crate::logging::Logger;

/// Gives what is left open its default and checks that all of it goes together and
/// can be served (`validateOptions`).
pub(super) fn prepare(options: &mut Options) -> Result<(), ServerError> {
    options.set_baseline();
    options.validate().map_err(ServerError::Options)?;
    match unsupported(options) {
        Some(reason) => Err(ServerError::Options(reason)),
        None => Ok(()),
    }
}

/// Passwords in the clear are worth a warning (`checkAuthforWarnings`).
pub(super) fn warn_about_auth(logger: &Logger, options: &Options) {
    let plain = |password: &str| !password.is_empty() && !is_bcrypt(password);
    let users = options.users.iter().any(|user| plain(&user.password));
    if plain(&options.password) || users {
        logger.warn(format_args!(
            "Plaintext passwords detected, use nkeys or bcrypt"
        ));
    }
}

/// Names every option that is read and not acted on.
pub(super) fn warn_about_ignored(logger: &Logger, options: &Options) {
    for option in &options.not_acted_on {
        logger.warn(format_args!("Not acted on by this server: {option}"));
    }
    for name in options.tls.iter().flat_map(unsupported_names) {
        logger.warn(format_args!("TLS without {name}, which is not supported"));
    }
}
