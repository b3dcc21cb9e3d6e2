//! The user of everybody else when only the system account has users.

use rand::Rng;
use rand::distr::Alphanumeric;

use crate::config::Options;
use crate::config::options::User;
use crate::protocol::constants::{DEFAULT_GLOBAL_ACCOUNT, DEFAULT_SYSTEM_ACCOUNT};

/// What the user's name begins with; the rest is the password.
const PREFIX: &str = "nats-";
/// Random characters in the user's name.
const NAME_LENGTH: usize = 8;

/// Lets clients go on without a user in the global account if users were configured
/// for the system account and for nothing else (`configureAccounts`). With an
/// `authorization` block nobody is let in that way, as it says who may connect. The
/// user that was made for `previous` options is kept, so that a reload changes nothing.
pub(super) fn add(options: &mut Options, previous: Option<&Options>) {
    let system = match options.system_account.as_str() {
        "" => DEFAULT_SYSTEM_ACCOUNT,
        name => name,
    };
    let only_system = match options.accounts.as_slice() {
        [account] => account.name == system,
        _ => false,
    };
    let has_users = !options.users.is_empty() || !options.nkeys.is_empty();
    if !only_system
        || !has_users
        || options.auth_block_defined
        || !options.no_auth_user.is_empty()
        || !options.operator.operators.is_empty()
    {
        return;
    }
    let user = previous.and_then(made_before).unwrap_or_else(|| {
        let random: String = rand::rng()
            .sample_iter(Alphanumeric)
            .take(NAME_LENGTH)
            .map(char::from)
            .collect();
        User {
            username: format!("{PREFIX}{random}"),
            password: random,
            account: Some(DEFAULT_GLOBAL_ACCOUNT.to_owned()),
            ..User::default()
        }
    });
    options.no_auth_user.clone_from(&user.username);
    options.users.push(user);
}

/// The user that was made for these options, if one was.
fn made_before(options: &Options) -> Option<User> {
    let name = &options.no_auth_user;
    let user = options.users.iter().find(|user| user.username == *name)?;
    (name.strip_prefix(PREFIX) == Some(user.password.as_str())).then(|| user.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::options::AccountOptions;

    fn options() -> Options {
        Options {
            accounts: vec![AccountOptions {
                name: DEFAULT_SYSTEM_ACCOUNT.to_owned(),
                ..AccountOptions::default()
            }],
            users: vec![User {
                username: "admin".to_owned(),
                account: Some(DEFAULT_SYSTEM_ACCOUNT.to_owned()),
                ..User::default()
            }],
            ..Options::default()
        }
    }

    #[test]
    fn only_the_system_account_is_closed() {
        let mut open = options();
        add(&mut open, None);
        assert!(open.no_auth_user.starts_with("nats-") && open.users.len() == 2);
        let mut again = options();
        add(&mut again, Some(&open));
        assert_eq!(
            (&again.no_auth_user, &again.users),
            (&open.no_auth_user, &open.users)
        );

        let refused = |change: fn(&mut Options)| {
            let mut options = options();
            change(&mut options);
            let before = options.no_auth_user.clone();
            add(&mut options, None);
            assert_eq!(options.no_auth_user, before);
        };
        refused(|options| options.auth_block_defined = true);
        refused(|options| options.no_auth_user = "admin".to_owned());
        refused(|options| options.users.clear());
        refused(|options| options.accounts.clear());
        refused(|options| options.system_account = "other".to_owned());
        refused(|options| {
            options.accounts.push(AccountOptions {
                name: "A".to_owned(),
                ..AccountOptions::default()
            });
        });
    }
}
