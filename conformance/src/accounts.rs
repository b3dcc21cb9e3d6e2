//! Servers with accounts, and clients that talk across them.

use std::sync::Arc;

use nats_server::account::Account;
use nats_server::config::options::{AccountOptions, User};
use nats_server::{Options, Server};

use crate::files::ConfigFile;
use crate::raw::{RawClient, RawMessage};
use crate::server::{RunningServer, local_options};

/// An account without anything.
#[must_use]
pub fn named(name: &str) -> AccountOptions {
    AccountOptions {
        name: name.to_owned(),
        ..AccountOptions::default()
    }
}

/// A server with accounts of these names; each has a user called like it.
#[must_use]
pub fn server_with(names: &[&str]) -> RunningServer {
    RunningServer::with(|options| {
        options.accounts = names.iter().map(|name| named(name)).collect();
        options.users = names
            .iter()
            .map(|name| User {
                username: (*name).to_owned(),
                password: (*name).to_owned(),
                account: Some((*name).to_owned()),
                ..User::default()
            })
            .collect();
    })
}

/// A server with the accounts `foo` and `bar`, and these accounts.
#[must_use]
pub fn foo_and_bar() -> (RunningServer, Arc<Account>, Arc<Account>) {
    let server = server_with(&["foo", "bar"]);
    let (foo, bar) = (account(&server, "foo"), account(&server, "bar"));
    (server, foo, bar)
}

/// An account of a server.
#[must_use]
pub fn account(server: &RunningServer, name: &str) -> Arc<Account> {
    server
        .server()
        .lookup_account(name)
        .unwrap_or_else(|| panic!("the server has an account {name}"))
}

/// The names of accounts that may import something.
#[must_use]
pub fn only(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A server with this configuration.
#[must_use]
pub fn configured(text: &str) -> RunningServer {
    let file = ConfigFile::new(text);
    RunningServer::with(|options| {
        options
            .load(file.path())
            .expect("the configuration can be read");
    })
}

/// Options from this configuration, or what is wrong with it.
pub fn load(text: &str) -> Result<Options, String> {
    let file = ConfigFile::new(text);
    let mut options = local_options();
    options
        .load(file.path())
        .map_err(|error| error.to_string())?;
    Server::check(&options).map_err(|error| error.to_string())?;
    Ok(options)
}

/// A client of the user called `user` whose password is `password`, with or without
/// headers. One with headers wants to know of missing responders.
#[must_use]
pub fn connect(server: &RunningServer, user: &str, password: &str, headers: bool) -> RawClient {
    let options = format!(
        r#"{{"user":"{user}","pass":"{password}","verbose":false,"headers":{headers},"no_responders":{headers}}}"#
    );
    RawClient::connected(server.address(), &options)
}

/// A client without headers of the user whose password is its name.
#[must_use]
pub fn client(server: &RunningServer, user: &str) -> RawClient {
    connect(server, user, user, false)
}

/// Publishes a request and returns what it was answered with.
pub fn request(client: &mut RawClient, subject: &str, body: &str) -> RawMessage {
    client.send(&format!(
        "SUB _INBOX.one 999\r\nUNSUB 999 1\r\nPUB {subject} _INBOX.one {}\r\n{body}\r\n",
        body.len()
    ));
    client.message()
}

/// Answers `request` as its receiver.
#[track_caller]
pub fn respond(client: &mut RawClient, request: &RawMessage, body: &str) {
    let reply = request.reply.as_deref().expect("the request has a reply");
    client.send(&format!("PUB {reply} {}\r\n{body}\r\n", body.len()));
}

/// Publishes without a reply subject.
pub fn publish(client: &mut RawClient, subject: &str, body: &str) {
    client.send(&format!("PUB {subject} {}\r\n{body}\r\n", body.len()));
}

/// Reads a message and checks where it came and what it says.
#[track_caller]
pub fn expect(client: &mut RawClient, subject: &str, sid: &str, body: &str) -> RawMessage {
    let message = client.message();
    assert_eq!(
        (message.subject.as_str(), message.sid.as_str()),
        (subject, sid)
    );
    assert_eq!(message.payload, body.as_bytes());
    message
}

/// How many messages came before now, for each subscription id that is asked for.
pub fn received(client: &mut RawClient, sids: &[&str]) -> Vec<usize> {
    let lines = client.flush();
    let count = |sid: &&str| {
        let mine = lines.iter().filter(|line| {
            let mut fields = line.split(' ');
            line.starts_with("MSG ") && fields.nth(2) == Some(sid)
        });
        mine.count()
    };
    sids.iter().map(count).collect()
}
