//! Exports and imports that a new configuration changes.

use conformance::accounts::{account, client, expect, publish, respond};
use conformance::files::ConfigFile;
use conformance::server::RunningServer;
use nats_server::Options;

struct Reloading {
    file: ConfigFile,
    server: RunningServer,
}

impl Reloading {
    /// A server with the accounts `A`, which exports, and `B`, which imports.
    fn start(exports: &str, imports: &str) -> Self {
        let file = ConfigFile::new(&Self::config(exports, imports));
        let server = RunningServer::with(|options| {
            *options = Options {
                no_sigs: true,
                ..Options::from_file(file.path()).expect("the configuration can be read")
            };
        });
        Self { file, server }
    }

    fn config(exports: &str, imports: &str) -> String {
        format!(
            "listen: 127.0.0.1:-1
             accounts {{
               A {{ users [{{user: a, password: a}}], exports [{exports}] }}
               B {{ users [{{user: b, password: b}}], imports [{imports}] }}
             }}"
        )
    }

    fn reload(&self, exports: &str, imports: &str) -> Result<(), String> {
        self.file.rewrite(&Self::config(exports, imports));
        let done = self.server.server().reload();
        done.map_err(|error| error.to_string())
    }
}

#[test]
fn stream_imports_come_and_go() {
    let exports = "{stream: \"s.>\"}, {stream: \"t\"}";
    let plain = "{stream: {account: A, subject: \"s.>\"}}";
    let running = Reloading::start(exports, plain);
    let mut from = client(&running.server, "a");
    let mut to = client(&running.server, "b");
    to.send("SUB > 1\r\n");
    assert!(to.flush().is_empty());
    publish(&mut from, "s.x", "1");
    expect(&mut to, "s.x", "1", "1");

    let both = format!("{plain}, {{stream: {{account: A, subject: t}}, prefix: p}}");
    running.reload(exports, &both).unwrap();
    publish(&mut from, "s.x", "2");
    publish(&mut from, "t", "3");
    expect(&mut to, "s.x", "1", "2");
    expect(&mut to, "p.t", "1", "3");

    let other = "{stream: {account: A, subject: \"s.>\"}, to: \"z.>\"}";
    running.reload(exports, other).unwrap();
    publish(&mut from, "s.x", "4");
    publish(&mut from, "t", "5");
    expect(&mut to, "z.x", "1", "4");
    assert!(from.flush().is_empty());
    assert!(to.flush().is_empty());
    assert_eq!(account(&running.server, "A").subscriptions().count(), 1);

    running.reload(exports, "").unwrap();
    publish(&mut from, "s.x", "6");
    assert!(from.flush().is_empty());
    assert!(to.flush().is_empty());
    assert_eq!(account(&running.server, "A").subscriptions().count(), 0);
    to.send("UNSUB 1\r\n");
    assert!(to.flush().is_empty());
}

#[test]
fn service_imports_change() {
    let exports = "{service: \"one\"}, {service: \"two\", response_type: stream}";
    let one = "{service: {account: A, subject: one}, to: ask}";
    let running = Reloading::start(exports, one);
    let mut service = client(&running.server, "a");
    service.send("SUB one 1\r\nSUB two 2\r\n");
    assert!(service.flush().is_empty());
    let mut asking = client(&running.server, "b");
    asking.send("SUB inbox 9\r\nPUB ask inbox 1\r\n1\r\n");
    let first = expect(&mut service, "one", "1", "1");

    let two = "{service: {account: A, subject: two}, to: ask, share: true}";
    running.reload(exports, two).unwrap();
    let bar = account(&running.server, "B");
    assert_eq!(bar.service_import_count(), 1);
    assert!(bar.service_import("A", "ask").unwrap().share());
    asking.send("PUB ask inbox 1\r\n2\r\n");
    let second = expect(&mut service, "two", "2", "2");
    // What was asked before is still answered.
    respond(&mut service, &first, "a");
    expect(&mut asking, "inbox", "9", "a");
    respond(&mut service, &second, "b");
    expect(&mut asking, "inbox", "9", "b");

    running.reload(exports, "").unwrap();
    assert_eq!(bar.service_import_count(), 0);
    publish(&mut asking, "ask", "3");
    assert!(asking.flush().is_empty());
    assert!(service.flush().is_empty());
}

#[test]
fn exports_change() {
    let import = "{service: {account: A, subject: one}}";
    let running = Reloading::start("{service: \"one\"}", import);
    let exporter = account(&running.server, "A");
    let before = exporter.service_export("one").unwrap();
    running
        .reload(
            "{service: \"one\", response_type: stream, threshold: \"3s\"}",
            import,
        )
        .unwrap();
    let after = exporter.service_export("one").unwrap();
    assert!(
        std::sync::Arc::ptr_eq(&before, &after),
        "it is the same export"
    );
    assert_eq!(after.threshold().as_secs(), 3);

    // A file with a mistake changes nothing.
    let error = running.reload("{service: \"two\"}", import).unwrap_err();
    assert!(error.contains("service import not authorized"), "{error}");
    assert!(exporter.service_export("one").is_some());
    assert!(exporter.service_export("two").is_none());

    running.reload("{service: \"two\"}", "").unwrap();
    assert!(exporter.service_export("one").is_none());
    assert!(exporter.service_export("two").is_some());
}

#[test]
fn new_permissions_hold_for_imported_streams() {
    let config = |deny: &str| {
        format!(
            "listen: 127.0.0.1:-1
             accounts {{
               A {{ users [{{user: a, password: a}}], exports [{{stream: \"s.>\"}}] }}
               B {{
                 users [{{user: b, password: b, permissions: {{subscribe: {{deny: [{deny}]}}}}}}]
                 imports [{{stream: {{account: A, subject: \"s.>\"}}}}]
               }}
             }}"
        )
    };
    let file = ConfigFile::new(&config("x"));
    let server = RunningServer::with(|options| {
        *options = Options {
            no_sigs: true,
            ..Options::from_file(file.path()).expect("the configuration can be read")
        };
    });
    let mut from = client(&server, "a");
    let mut to = client(&server, "b");
    to.send("SUB s.* 1\r\n");
    assert!(to.flush().is_empty());
    publish(&mut from, "s.secret", "1");
    expect(&mut to, "s.secret", "1", "1");
    file.rewrite(&config("x, s.secret"));
    server.server().reload().unwrap();
    publish(&mut from, "s.secret", "2");
    publish(&mut from, "s.open", "3");
    expect(&mut to, "s.open", "1", "3");
    file.rewrite(&config("x"));
    server.server().reload().unwrap();
    publish(&mut from, "s.secret", "4");
    expect(&mut to, "s.secret", "1", "4");
    assert_eq!(account(&server, "A").subscriptions().count(), 1);
}
