//! What the tests of monitoring share.

use std::net::SocketAddr;

use conformance::http;
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use conformance::wait::wait_until;
use nats_server::config::options::{AccountOptions, User};
use nats_server::monitor::{Connz, ConnzOptions};
use nats_server::{Options, Server};
use serde::de::DeserializeOwned;

/// A server with monitoring and without a system account.
pub(super) fn monitored() -> RunningServer {
    monitored_with(|options| options.no_system_account = true)
}

/// A server with monitoring.
pub(super) fn monitored_with(change: impl FnOnce(&mut Options)) -> RunningServer {
    RunningServer::with(|options| {
        options.http_host = "127.0.0.1".to_owned();
        options.http_port = -1;
        options.http_base_path = "/".to_owned();
        options.server_name = "monitor_server".to_owned();
        options.tags = vec!["tag".to_owned()];
        options.metadata = [("key1", "value1"), ("key2", "value2")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
        change(options);
    })
}

/// The same with the accounts A and B, whose users are a and b.
pub(super) fn monitored_with_accounts() -> RunningServer {
    monitored_with(|options| {
        options.no_system_account = true;
        options.accounts = ["A", "B"]
            .map(|name| AccountOptions {
                name: name.to_owned(),
                ..AccountOptions::default()
            })
            .into();
        options.users = [("a", "A"), ("b", "B")]
            .map(|(user, account)| User {
                username: user.to_owned(),
                password: user.to_owned(),
                account: Some(account.to_owned()),
                ..User::default()
            })
            .into();
    })
}

/// Where the server can be asked.
pub(super) fn monitor(server: &RunningServer) -> SocketAddr {
    server
        .server()
        .monitor_address()
        .expect("the server has a monitoring port")
}

/// Asks both over HTTP and by a call.
#[track_caller]
pub(super) fn poll<T: DeserializeOwned>(
    server: &RunningServer,
    path: &str,
    ask: impl FnOnce(&Server) -> T,
) -> [T; 2] {
    [
        http::get(monitor(server), path).json(),
        ask(server.server()),
    ]
}

/// Asks for connections both over HTTP and by a call.
#[track_caller]
pub(super) fn connz(server: &RunningServer, path: &str, options: &ConnzOptions) -> [Connz; 2] {
    poll(server, path, |server| {
        server.connz(options).expect("the options are fine")
    })
}

/// Asks for something that can not be told, over HTTP.
#[track_caller]
pub(super) fn refused(server: &RunningServer, path: &str) -> String {
    http::get(monitor(server), path)
        .expect(400, "text/plain; charset=utf-8")
        .text()
}

const CONNECT: &str = r#""verbose":false,"lang":"raw","version":"1.0""#;

/// A client that has connected with further options.
pub(super) fn client_with(server: &RunningServer, options: &str) -> RawClient {
    RawClient::connected(server.address(), &format!("{{{CONNECT}{options}}}"))
}

/// A client that has published to itself and no longer subscribes.
pub(super) fn busy_client(server: &RunningServer) -> RawClient {
    busy_client_with(server, "")
}

/// The same as a user.
pub(super) fn busy_user(server: &RunningServer, user: &str) -> RawClient {
    busy_client_with(server, &format!(r#","user":"{user}","pass":"{user}""#))
}

fn busy_client_with(server: &RunningServer, options: &str) -> RawClient {
    let mut client = client_with(server, options);
    client.send("SUB _INBOX.busy 1000\r\nPUB _INBOX.busy 5\r\nHello\r\n");
    assert_eq!(client.message().payload, b"Hello");
    client.send("UNSUB 1000\r\n");
    client.flush();
    client
}

/// Subscribes to subjects, with ids from 1 on.
pub(super) fn subscribe(client: &mut RawClient, subjects: &[&str]) {
    for (n, subject) in subjects.iter().enumerate() {
        client.send(&format!("SUB {subject} {}\r\n", n + 1));
    }
    client.flush();
}

/// Waits until that many connections have ended.
#[track_caller]
pub(super) fn wait_closed(server: &RunningServer, count: usize) {
    let context = server.server().context();
    wait_until("connections have ended", || {
        context.client_count() == 0 && context.closed_connections().len() == count
    });
}

/// The id of the connection that was made last.
pub(super) fn newest(server: &RunningServer) -> u64 {
    let clients = server.server().context().clients();
    let ids = clients.iter().map(|client| client.link.id);
    ids.max().expect("somebody is connected")
}
