//! Sending clients away, and what a server leaves behind.

use std::sync::Arc;
use std::time::{Duration, Instant};

use nats_server::config::options::{ProxiesOptions, ProxyOptions, User};
use nats_server::logging::Level;
use nats_server::monitor::ConnzOptions;
use nats_server::server::{ClientError, Ports};
use nkeys::KeyPair;

use crate::support::{Client, Running, wait_until};

/// INFO of a line that is one.
fn info(line: &str) -> serde_json::Value {
    serde_json::from_str(line.strip_prefix("INFO ").unwrap()).unwrap()
}

/// A client that understands INFO at any time, and has had the one after CONNECT.
fn modern(server: &Running) -> Client {
    let mut client = server.connected(r#","protocol":1"#);
    let line = client.line().unwrap();
    assert_eq!(info(&line)["connect_info"], true);
    client
}

#[test]
fn info_after_connect_tells_the_account() {
    let server = Running::with(|_| {});
    let mut client = server.connected(r#","protocol":1"#);
    let info = info(&client.line().unwrap());
    assert_eq!(info["connect_info"], true);
    assert_eq!(info["remote_account"], "$G");
    assert_eq!(info["client_ip"], "127.0.0.1");
    assert!(info.get("acc_is_sys").is_none());
    // Only once, and not to those who do not understand it.
    assert!(client.flush().is_empty());
    assert!(server.connected("").flush().is_empty());
}

#[test]
fn clients_can_be_disconnected_by_id() {
    let server = Running::with(|_| {});
    let mut client = server.connected("");
    assert_eq!(
        server.server.disconnect_client(7),
        Err(ClientError::Unknown)
    );
    assert_eq!(server.server.disconnect_client(1), Ok(()));
    assert!(client.rest().is_empty());
    server.wait_for_closed("Kicked");
}

#[test]
fn one_client_can_be_told_to_leave() {
    let server = Running::with(|_| {});
    let mut old = server.connected("");
    let mut new = modern(&server);
    assert_eq!(server.server.lame_duck_client(7), Err(ClientError::Unknown));
    assert_eq!(
        server.server.lame_duck_client(1),
        Err(ClientError::NotReady)
    );
    assert_eq!(server.server.lame_duck_client(2), Ok(()));
    assert_eq!(info(&new.line().unwrap())["ldm"], true);
    server.wait_for_line(Level::Debug, "Sending Lame Duck Mode info to client");
    // Neither is closed for it, and the server goes on as before.
    assert!(old.flush().is_empty() && new.flush().is_empty());
    assert!(!server.server.context().is_lame_duck());
}

#[test]
fn a_lame_duck_tells_its_clients_and_closes_them() {
    let server = Running::with(|options| {
        options.lame_duck_grace_period = Duration::from_millis(100);
        options.lame_duck_duration = Duration::from_millis(300);
    });
    let mut clients: Vec<Client> = (0..3).map(|_| modern(&server)).collect();
    let start = Instant::now();
    server.server.lame_duck_shutdown();
    assert!(start.elapsed() >= Duration::from_millis(100));
    for client in &mut clients {
        let lines = client.rest();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(info(&lines[0])["ldm"], true);
    }
    let closed = server.server.closed_connections();
    assert_eq!(closed.len(), 3);
    assert!(
        closed
            .iter()
            .all(|one| one.reason.as_str() == "Server Shutdown")
    );
    let lines = server.lines(Level::Notice);
    let order = [
        "Entering lame duck mode, stop accepting new clients",
        "Closing existing clients",
        "Initiating Shutdown...",
        "Server Exiting..",
    ];
    let found: Vec<usize> = order
        .iter()
        .map(|text| lines.iter().position(|line| line.contains(text)).unwrap())
        .collect();
    assert!(found.is_sorted(), "{lines:?}");
}

#[test]
fn a_lame_duck_without_clients_ends_at_once() {
    let server = Running::with(|_| {});
    let start = Instant::now();
    server.server.lame_duck_shutdown();
    assert!(!server.server.is_running());
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_lame_duck_takes_no_clients_and_can_be_ended() {
    let server = Running::with(|_| {});
    let _client = modern(&server);
    let address = server.address();
    server.server.lame_duck_mode();
    server.server.lame_duck_mode();
    server.wait_for_line(Level::Notice, "Entering lame duck mode");
    assert!(server.server.context().is_lame_duck());
    wait_until("nobody is let in", || {
        std::net::TcpStream::connect(address).is_err()
    });
    let context = Arc::downgrade(server.server.context());
    let start = Instant::now();
    server.server.shutdown();
    assert!(start.elapsed() < Duration::from_secs(5));
    drop(server);
    // Nothing that waits for the grace period to pass holds on to the server.
    wait_until("nothing of it is left", || context.upgrade().is_none());
}

#[test]
fn ports_are_listed_in_a_file_while_the_server_runs() {
    let dir = tempfile::tempdir().unwrap();
    let server = Running::with(|options| {
        options.ports_file_dir = dir.path().to_string_lossy().into_owned();
        options.http_port = -1;
    });
    let files = || -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(dir.path()).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let found = files();
    assert_eq!(found.len(), 1, "{found:?}");
    let name = found[0].file_name().unwrap().to_string_lossy().into_owned();
    let own = format!("_{}.ports", std::process::id());
    assert!(name.ends_with(&own), "{name}");
    let listed: Ports = serde_json::from_slice(&std::fs::read(&found[0]).unwrap()).unwrap();
    let client = server.address();
    let monitor = server.server.monitor_address().unwrap();
    assert_eq!(listed.nats, [format!("nats://{client}")]);
    assert_eq!(listed.monitoring, [format!("http://{monitor}")]);
    let told = server.server.ports_info(Duration::from_secs(5)).unwrap();
    assert_eq!(told, listed);
    server.server.shutdown();
    assert!(files().is_empty());
}

#[test]
fn a_server_on_all_addresses_lists_them() {
    let server = Running::with(|options| options.host = "0.0.0.0".to_owned());
    let ports = server.server.ports_info(Duration::from_secs(5)).unwrap();
    let port = server.address().port();
    assert!(ports.nats.contains(&format!("nats://127.0.0.1:{port}")));
    assert!(!ports.nats.iter().any(|url| url.contains("0.0.0.0")));
    assert!(ports.monitoring.is_empty());
}

#[test]
fn ports_that_can_not_be_listed_hinder_nobody() {
    let server = Running::with(|options| options.ports_file_dir = "/nowhere/at/all".to_owned());
    server.wait_for_line(Level::Error, "Error writing ports file (/nowhere/at/all/");
    assert!(server.connected("").flush().is_empty());
    server.server.shutdown();
    let lines = server.lines(Level::Error);
    assert!(!lines.iter().any(|line| line.contains("cleaning up")));
}

#[test]
fn clients_come_through_trusted_proxies() {
    let proxy = KeyPair::new_account();
    let server = Running::with(|options| {
        let key = proxy.public_key();
        options.proxies = Some(ProxiesOptions {
            trusted: vec![ProxyOptions { key }],
        });
        options.users = vec![User {
            username: "u".to_owned(),
            password: "p".to_owned(),
            proxy_required: true,
            ..User::default()
        }];
    });
    let signed = |key: &KeyPair| {
        let stream = std::net::TcpStream::connect(server.address()).unwrap();
        let mut client = Client::new(stream);
        let nonce = info(&client.line().unwrap())["nonce"]
            .as_str()
            .unwrap()
            .to_owned();
        let signature = key.sign(nonce.as_bytes()).unwrap();
        let signature = data_encoding::BASE64URL_NOPAD.encode(&signature);
        client.send(&format!(
            "CONNECT {{\"verbose\":false,\"user\":\"u\",\"pass\":\"p\",\"proxy_sig\":\"{signature}\"}}\r\nPING\r\n"
        ));
        client
    };
    let mut client = signed(&proxy);
    assert_eq!(client.line().as_deref(), Some("PONG"));
    let details = server.server.client(1).unwrap().details(0);
    assert_eq!(details.proxy, Some(proxy.public_key()));
    let connz = server.server.connz(&ConnzOptions::default()).unwrap();
    let told = connz.connections[0].proxy.as_ref().unwrap();
    assert_eq!(told.key, proxy.public_key());

    let violation = ["-ERR 'Authorization Violation'"];
    assert_eq!(signed(&KeyPair::new_account()).rest(), violation);
    server.wait_for_closed("Proxy Not Trusted");
    server.wait_for_line(Level::Debug, "proxy is not trusted");
    let mut direct = server.client();
    direct.send("CONNECT {\"user\":\"u\",\"pass\":\"p\"}\r\n");
    assert_eq!(direct.rest(), violation);
    server.wait_for_closed("Proxy Required");
    server.wait_for_line(Level::Debug, "proxy connection required");
}

#[test]
fn users_of_the_system_account_alone_lock_nobody_out() {
    let server = Running::with(|options| {
        options.accounts = vec![nats_server::config::options::AccountOptions {
            name: "$SYS".to_owned(),
            ..Default::default()
        }];
        options.users = vec![User {
            username: "admin".to_owned(),
            password: "pwd".to_owned(),
            account: Some("$SYS".to_owned()),
            ..User::default()
        }];
    });
    let account = |id| server.server.client(id).unwrap().account_name();
    let _anybody = server.connected("");
    assert_eq!(account(1).as_deref(), Some("$G"));
    let _admin = server.connected(r#","user":"admin","pass":"pwd""#);
    assert_eq!(account(2).as_deref(), Some("$SYS"));
    let mut wrong = server.client();
    wrong.send("CONNECT {\"user\":\"admin\",\"pass\":\"x\"}\r\n");
    assert_eq!(wrong.rest(), ["-ERR 'Authorization Violation'"]);
}

#[test]
fn the_process_id_is_written_to_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pid");
    let _server = Running::with(|options| {
        options.pid_file = file.to_string_lossy().into_owned();
    });
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text, std::process::id().to_string());
}

#[test]
fn listening_on_any_address_tells_those_of_the_machine() {
    let server = Running::with(|options| options.host = "0.0.0.0".to_owned());
    let urls = server.server.connect_urls().unwrap();
    let port = server.address().port().to_string();
    for url in &urls {
        let (_, of_url) = url.rsplit_once(':').unwrap();
        assert_eq!(of_url, port, "{url}");
    }
    let found = server.lines(Level::Debug);
    for url in &urls {
        let ip = url.rsplit_once(':').unwrap().0.trim_matches(['[', ']']);
        let line = format!("  ip={ip}");
        assert!(found.contains(&line), "{ip}");
    }
    // A machine without any says so.
    let complaint = "Address \"0.0.0.0\" can not be resolved properly";
    let errors = server.lines(Level::Error);
    assert_eq!(errors.iter().any(|line| line == complaint), urls.is_empty());
}
