//! Servers whose only account is the system account let anybody else in, too.

use rand::Rng;
use rand::distr::Alphanumeric;

use crate::config::Options;
use crate::config::options::User;
use crate::protocol::constants::{DEFAULT_GLOBAL_ACCOUNT, DEFAULT_SYSTEM_ACCOUNT};

/// Characters of the name after its prefix; they are the password, too.
const SUFFIX_LENGTH: usize = 8;

/// Takes the account with the default name for the system account.
pub(super) fn name_system_account(options: &mut Options) {
    let is_default = |name: &str| name == DEFAULT_SYSTEM_ACCOUNT;
    if options.system_account.is_empty()
        && options
            .accounts
            .iter()
            .any(|account| is_default(&account.name))
    {
        DEFAULT_SYSTEM_ACCOUNT.clone_into(&mut options.system_account);
    }
}

/// Whoever gives users to the system account alone wants to administer the server,
/// not to lock everybody else out: clients that present nothing become a user of the
/// global account. Its name is `known` if the server has it already. Returns the
/// name (`configureAccounts`).
pub(super) fn add(options: &mut Options, known: Option<&str>) -> Option<String> {
    // The global account is there in any case, whether it is configured or not.
    let mut others = options
        .accounts
        .iter()
        .filter(|account| account.name != DEFAULT_GLOBAL_ACCOUNT);
    let only_system = others
        .next()
        .is_some_and(|account| account.name == options.system_account)
        && others.next().is_none();
    if !only_system || options.auth_block_defined || !options.no_auth_user.is_empty() {
        return None;
    }
    let name = known.map_or_else(fresh_name, str::to_owned);
    options.users.push(User {
        username: name.clone(),
        password: name.trim_start_matches(PREFIX).to_owned(),
        ..User::default()
    });
    options.no_auth_user.clone_from(&name);
    Some(name)
}

const PREFIX: &str = "nats-";

/// A name that nobody else has.
fn fresh_name() -> String {
    let suffix: String = rand::rng()
        .sample_iter(Alphanumeric)
        .take(SUFFIX_LENGTH)
        .map(char::from)
        .collect();
    format!("{PREFIX}{suffix}")
}

#[cfg(test)]
mod tests {
    use crate::config::options::AccountOptions;

    use super::*;

    fn with_accounts(names: &[&str]) -> Options {
        Options {
            accounts: names
                .iter()
                .map(|name| AccountOptions {
                    name: (*name).to_owned(),
                    ..AccountOptions::default()
                })
                .collect(),
            ..Options::default()
        }
    }

    #[test]
    fn the_system_account_alone_locks_nobody_out() {
        let mut options = with_accounts(&["$SYS"]);
        name_system_account(&mut options);
        assert_eq!(options.system_account, "$SYS");
        let name = add(&mut options, None).unwrap();
        assert!(name.starts_with("nats-") && name.len() == 13, "{name}");
        assert_eq!(options.no_auth_user, name);
        let user = &options.users[0];
        assert_eq!((&*user.username, &*user.password), (&*name, &name[5..]));
        assert_eq!(user.account, None);
        let mut again = with_accounts(&["$SYS"]);
        name_system_account(&mut again);
        assert_eq!(add(&mut again, Some(&name)).as_deref(), Some(&*name));
    }

    #[test]
    fn other_accounts_and_other_users_are_left_alone() {
        let mut options = with_accounts(&["$SYS", "A"]);
        name_system_account(&mut options);
        assert_eq!(add(&mut options, None), None);
        let mut options = with_accounts(&["A"]);
        name_system_account(&mut options);
        assert!(options.system_account.is_empty());
        assert_eq!(add(&mut options, None), None);
        for change in [
            (|options: &mut Options| options.auth_block_defined = true) as fn(&mut Options),
            |options| options.no_auth_user = "guest".to_owned(),
        ] {
            let mut options = with_accounts(&["$SYS"]);
            name_system_account(&mut options);
            change(&mut options);
            assert_eq!(add(&mut options, None), None);
            assert!(options.users.is_empty());
        }
    }
}
