use std::collections::BTreeSet;

use super::*;
use crate::config::options::{ProxiesOptions, ProxyOptions};

const NOBODY: Credentials<'static> = Credentials {
    user: "",
    password: "",
    token: "",
    nkey: "",
    signature: "",
    nonce: b"nonce",
    connection: ConnectionType::Standard,
    certificate_names: None,
    proxy_signature: "",
};

fn user(name: &str, password: &str) -> User {
    User {
        username: name.to_owned(),
        password: password.to_owned(),
        ..User::default()
    }
}

fn table(change: impl FnOnce(&mut Options)) -> AuthTable {
    let mut options = Options::default();
    change(&mut options);
    AuthTable::new(&options)
}

#[test]
fn without_users_everybody_may() {
    let open = table(|_| {});
    assert!(!open.is_required());
    assert!(
        open.authenticate(&Credentials {
            user: "any",
            ..NOBODY
        })
        .is_ok()
    );
}

#[test]
fn user_lists_check_names_passwords_and_connection_types() {
    let table = table(|options| {
        let web = BTreeSet::from([ConnectionType::Websocket]);
        options.users = vec![
            user("a", "pa"),
            User {
                allowed_connection_types: web,
                ..user("w", "pw")
            },
        ];
    });
    let found = table.authenticate(&Credentials {
        user: "a",
        password: "pa",
        ..NOBODY
    });
    assert_eq!(found.unwrap().user.as_deref(), Some("a"));
    for bad in [
        NOBODY,
        Credentials {
            user: "a",
            password: "x",
            ..NOBODY
        },
        Credentials {
            user: "b",
            password: "pa",
            ..NOBODY
        },
        Credentials {
            user: "w",
            password: "pw",
            ..NOBODY
        },
    ] {
        assert!(table.authenticate(&bad).is_err(), "{bad:?}");
    }
}

#[test]
fn the_no_auth_user_stands_in_for_nothing_only() {
    let table = table(|options| {
        options.users = vec![user("a", "pa"), user("guest", "pg")];
        options.no_auth_user = "guest".to_owned();
    });
    assert_eq!(
        table.authenticate(&NOBODY).unwrap().user.as_deref(),
        Some("guest")
    );
    assert!(
        table
            .authenticate(&Credentials {
                user: "a",
                ..NOBODY
            })
            .is_err()
    );
    assert_eq!(
        table
            .no_auth_identity(ConnectionType::Standard)
            .unwrap()
            .user
            .as_deref(),
        Some("guest")
    );
}

#[test]
fn a_user_with_a_hashed_password_stands_in_for_nobody() {
    let hash = bcrypt::hash("pg", 4).unwrap();
    let table = table(|options| {
        options.users = vec![user("guest", &hash)];
        options.no_auth_user = "guest".to_owned();
    });
    assert!(table.authenticate(&NOBODY).is_err());
    assert_eq!(table.no_auth_identity(ConnectionType::Standard), None);
    let known = Credentials {
        user: "guest",
        password: "pg",
        ..NOBODY
    };
    assert!(table.authenticate(&known).is_ok());
}

#[test]
fn one_user_or_one_token() {
    let single = table(|options| {
        options.username = "u".to_owned();
        options.password = "p".to_owned();
    });
    assert!(
        single
            .authenticate(&Credentials {
                user: "u",
                password: "p",
                ..NOBODY
            })
            .is_ok()
    );
    assert!(
        single
            .authenticate(&Credentials {
                user: "u",
                ..NOBODY
            })
            .is_err()
    );
    let token = table(|options| options.authorization = "t".to_owned());
    assert!(
        token
            .authenticate(&Credentials {
                token: "t",
                ..NOBODY
            })
            .is_ok()
    );
    assert!(token.authenticate(&NOBODY).is_err());
}

#[test]
fn nkeys_need_the_signature() {
    use base64::Engine as _;
    let key = nkeys::KeyPair::new_user();
    let public = key.public_key();
    let table = table(|options| {
        options.nkeys = vec![NkeyUser {
            nkey: public.clone(),
            ..NkeyUser::default()
        }];
    });
    assert!(table.needs_nonce());
    let signature =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(key.sign(b"nonce").unwrap());
    let good = Credentials {
        nkey: &public,
        signature: &signature,
        ..NOBODY
    };
    assert!(table.authenticate(&good).is_ok());
    assert!(
        table
            .authenticate(&Credentials {
                nonce: b"other",
                ..good
            })
            .is_err()
    );
    assert!(
        table
            .authenticate(&Credentials {
                signature: "",
                ..good
            })
            .is_err()
    );
}

#[test]
fn certificate_names_choose_the_user() {
    let table = table(|options| {
        options.users = vec![user("CN=one", ""), user("two@example.com", "")];
        options.tls = Some(crate::config::options::TlsOptions {
            verify_and_map: true,
            ..Default::default()
        });
    });
    let names = ["nobody".to_owned(), "two@example.com".to_owned()];
    let found = table.authenticate(&Credentials {
        certificate_names: Some(&names),
        ..NOBODY
    });
    assert_eq!(found.unwrap().user.as_deref(), Some("two@example.com"));
    assert!(table.authenticate(&NOBODY).is_err());
}

#[test]
fn proxies_sign_the_nonce() {
    use base64::Engine as _;
    let sign = |key: &nkeys::KeyPair, nonce: &[u8]| {
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(key.sign(nonce).unwrap())
    };
    let proxy = nkeys::KeyPair::new_account();
    let other = nkeys::KeyPair::new_account();
    let table = table(|options| {
        let key = proxy.public_key();
        options.proxies = Some(ProxiesOptions {
            trusted: vec![ProxyOptions { key }],
        });
        options.users = vec![
            user("free", "p"),
            User {
                proxy_required: true,
                ..user("bound", "p")
            },
        ];
    });
    assert!(table.needs_nonce());
    let by = |user, proxy_signature: &str| {
        table.authenticate(&Credentials {
            user,
            password: "p",
            proxy_signature,
            ..NOBODY
        })
    };
    let good = sign(&proxy, b"nonce");
    for user in ["free", "bound"] {
        let found = by(user, &good).unwrap();
        assert_eq!(found.proxy, Some(proxy.public_key()));
        for bad in [&sign(&other, b"nonce"), &sign(&proxy, b"other"), "%%%"] {
            assert_eq!(by(user, bad), Err(Refusal::ProxyNotTrusted));
        }
    }
    assert_eq!(by("free", "").unwrap().proxy, None);
    assert_eq!(by("bound", ""), Err(Refusal::ProxyRequired));
}

#[test]
fn the_single_user_and_the_token_may_need_a_proxy() {
    let single = table(|options| {
        options.username = "u".to_owned();
        options.password = "p".to_owned();
        options.proxy_required = true;
    });
    let refused = single.authenticate(&Credentials {
        user: "u",
        password: "p",
        ..NOBODY
    });
    assert_eq!(refused, Err(Refusal::ProxyRequired));
    let key = nkeys::KeyPair::new_user().public_key();
    let nkey = table(|options| {
        options.nkeys = vec![NkeyUser {
            nkey: key.clone(),
            proxy_required: true,
            ..NkeyUser::default()
        }];
    });
    let refused = nkey.authenticate(&Credentials {
        nkey: &key,
        ..NOBODY
    });
    assert_eq!(refused, Err(Refusal::ProxyRequired));
}

#[test]
fn refusals_close_for_their_reason() {
    use crate::protocol::ClosedState;
    for (refusal, want) in [
        (Refusal::Credentials, ClosedState::AuthenticationViolation),
        (
            Refusal::SignatureWrong,
            ClosedState::AuthenticationViolation,
        ),
        (Refusal::ProxyNotTrusted, ClosedState::ProxyNotTrusted),
        (Refusal::ProxyRequired, ClosedState::ProxyRequired),
    ] {
        assert_eq!(refusal.closed_state(), want);
    }
}

#[test]
fn the_guest_without_connect_keeps_to_its_connection_types() {
    let guest = |types: &[ConnectionType]| {
        table(|options| {
            options.users = vec![User {
                allowed_connection_types: types.iter().copied().collect(),
                ..user("guest", "")
            }];
            options.no_auth_user = "guest".to_owned();
        })
        .no_auth_identity(ConnectionType::Standard)
    };
    assert!(guest(&[]).is_some() && guest(&[ConnectionType::Standard]).is_some());
    assert!(guest(&[ConnectionType::Websocket]).is_none());
}

#[test]
fn default_permissions_of_an_account_are_those_of_its_users() {
    use crate::config::options::AccountOptions;
    let (of_account, of_user) = (Arc::<Permissions>::default(), Arc::<Permissions>::default());
    let table = table(|options| {
        options.accounts = vec![AccountOptions {
            name: "A".to_owned(),
            default_permissions: Some(Arc::clone(&of_account)),
            ..AccountOptions::default()
        }];
        let in_account = |name: &str, permissions| User {
            account: Some("A".to_owned()),
            permissions,
            ..user(name, "p")
        };
        options.users = vec![
            in_account("without", None),
            in_account("with", Some(Arc::clone(&of_user))),
            user("elsewhere", "p"),
        ];
    });
    let permissions = |user| {
        let found = table.authenticate(&Credentials {
            user,
            password: "p",
            ..NOBODY
        });
        found.unwrap().permissions
    };
    assert!(Arc::ptr_eq(&permissions("without").unwrap(), &of_account));
    assert!(Arc::ptr_eq(&permissions("with").unwrap(), &of_user));
    assert!(permissions("elsewhere").is_none());
}
