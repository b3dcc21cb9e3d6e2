//! What a server checks before it is made, and what it warns about.

use super::{ServerError, open_users};
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

/// Passwords in the clear are worth a warning, except that of the user that the
/// server made up itself (`checkAuthforWarnings`).
pub(super) fn warn_about_auth(logger: &Logger, options: &Options) {
    let made_up = open_users::made_for(options).map(|user| user.username.as_str());
    let by_certificate = options.tls.as_ref().is_some_and(|tls| tls.verify_and_map);
    let plain = |password: &str| !is_bcrypt(password);
    let single = !options.password.is_empty() && plain(&options.password);
    let users = options.users.iter().any(|user| {
        let without = user.password.is_empty() && by_certificate;
        !without && Some(&*user.username) != made_up && plain(&user.password)
    });
    if single || users {
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

#[cfg(test)]
mod tests {
    use std::fmt::Arguments;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::config::options::{TlsOptions, User};
    use crate::logging::{Level, LogSink};

    #[derive(Default)]
    struct Lines(Mutex<Vec<String>>);

    impl LogSink for Lines {
        fn log(&self, _: Level, message: Arguments<'_>) {
            self.0.lock().unwrap().push(message.to_string());
        }
    }

    /// Whether users with these passwords are warned about.
    fn warned(passwords: &[&str], change: impl FnOnce(&mut Options)) -> bool {
        let mut options = Options {
            users: passwords
                .iter()
                .map(|password| User {
                    username: "u".to_owned(),
                    password: (*password).to_owned(),
                    ..User::default()
                })
                .collect(),
            ..Options::default()
        };
        change(&mut options);
        let (logger, lines) = (Logger::default(), Arc::new(Lines::default()));
        let sink: Arc<dyn LogSink> = Arc::clone(&lines) as _;
        logger.configure(Some(sink), false, false, false);
        warn_about_auth(&logger, &options);
        let lines = lines.0.lock().unwrap();
        lines
            .iter()
            .any(|line| line.contains("Plaintext passwords"))
    }

    #[test]
    fn plain_passwords_are_warned_about() {
        let hash = bcrypt::hash("secret", 4).unwrap();
        assert!(warned(&["plain"], |_| {}) && warned(&[&hash, "plain"], |_| {}));
        assert!(!warned(&[], |_| {}) && !warned(&[&hash], |_| {}));
        assert!(warned(&[], |options| options.password = "plain".to_owned()));
        assert!(!warned(&[], |options| options.password.clone_from(&hash)));
        // Nobody logs in with the password of a user that the server made up, nor
        // without one where certificates tell who is who.
        let made_up = |options: &mut Options| {
            options.users[0].username = "nats-plain".to_owned();
            options.no_auth_user = "nats-plain".to_owned();
        };
        assert!(!warned(&["plain"], made_up) && warned(&["other"], made_up));
        assert!(warned(&[""], |_| {}));
        let mapped = |options: &mut Options| {
            options.tls = Some(TlsOptions {
                verify_and_map: true,
                ..TlsOptions::default()
            });
        };
        assert!(!warned(&[""], mapped));
    }
}
