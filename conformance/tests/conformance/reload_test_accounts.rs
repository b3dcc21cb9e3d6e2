//! Go: `server/reload_test.go`: what accounts exchange changes with the configuration.

use std::collections::BTreeMap;

use conformance::accounts::{account, connect, publish};
use conformance::files::ConfigFile;
use conformance::go_test;
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use nats_server::Options;

/// What the exporter offers, what the importer's user must not subscribe to, what is
/// imported, and the prefix of the other import.
fn config([export, deny, import, prefix]: [&str; 4]) -> String {
    format!(
        r#"listen: "127.0.0.1:-1"
           accounts {{
             synadia {{
               users [{{user: derek, password: foo}}]
               exports = [
                 {{stream: "private.>", accounts: [nats.io]}}
                 {{stream: {export:?}}}
               ]
             }}
             nats.io {{
               users [
                 {{user: ivan, password: bar, permissions: {{subscribe: {{deny: {deny:?}}}}}}}
               ]
               imports = [
                 {{stream: {{account: "synadia", subject: {import:?}}}}}
                 {{stream: {{account: "synadia", subject: "private.natsio.*"}}, prefix: {prefix:?}}}
               ]
             }}
           }}
           no_sys_acc: true"#
    )
}

/// The subjects published to, and the ids of the subscriptions that they reach.
const SUBJECTS: [(&str, &str, &str); 4] = [
    ("foo.bar", "foo.bar", "1"),
    ("foo.baz", "foo.baz", "2"),
    ("foo.bat", "foo.bat", "3"),
    ("private.natsio.foo", "ivan.private.natsio.foo", "4"),
];

/// Publishes to all subjects; those in `reached` arrive, and the exporter knows of
/// interest in them alone. Accounts go on to reach themselves.
#[track_caller]
fn check(server: &RunningServer, derek: &mut RawClient, ivan: &mut RawClient, reached: &[&str]) {
    let mut expected = BTreeMap::new();
    for (subject, seen, sid) in SUBJECTS {
        publish(derek, subject, "hello");
        let interest = account(server, "synadia")
            .subscriptions()
            .match_subject(subject);
        let wanted = reached.contains(&subject);
        assert_eq!(interest.plain.len(), usize::from(wanted), "{subject}");
        if wanted {
            expected.insert(sid.to_owned(), seen.to_owned());
        }
    }
    assert!(derek.flush().is_empty());
    let lines = ivan.flush();
    let got: BTreeMap<String, String> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("MSG "))
        .map(|line| {
            let mut fields = line.split(' ');
            let subject = fields.next().unwrap_or_default().to_owned();
            (fields.next().unwrap_or_default().to_owned(), subject)
        })
        .collect();
    assert_eq!(got, expected, "{lines:?}");

    for (client, subject) in [(ivan, "ivan.sub"), (derek, "derek.sub")] {
        publish(client, subject, "own");
        assert_eq!(client.message().subject, subject);
    }
}

go_test!(
    2763,
    "reload_test",
    "TestConfigReloadAccountStreamsImportExport",
    stream_imports_and_exports
);
fn stream_imports_and_exports() {
    let file = ConfigFile::new(&config(["foo.*", "xxx", "foo.*", "ivan"]));
    let server = RunningServer::with(|options| {
        *options = Options {
            no_sigs: true,
            ..Options::from_file(file.path()).expect("the configuration can be read")
        };
    });
    let reload = |parts| {
        file.rewrite(&config(parts));
        server.server().reload().unwrap();
    };
    let mut derek = connect(&server, "derek", "foo", false);
    derek.send("SUB derek.sub 9\r\n");
    let mut ivan = connect(&server, "ivan", "bar", false);
    for (_, seen, sid) in SUBJECTS {
        let pattern = seen.replace("natsio.foo", "natsio.*");
        ivan.send(&format!("SUB {pattern} {sid}\r\n"));
    }
    ivan.send("SUB ivan.sub 9\r\n");
    assert!(ivan.flush().is_empty());
    let all = SUBJECTS.map(|(subject, _, _)| subject);
    check(&server, &mut derek, &mut ivan, &all);

    // Less is imported, under another prefix, and one subject is denied.
    reload(["foo.*", "foo.bat", "foo.baz", "yyyy"]);
    assert_eq!(
        ivan.flush(),
        ["-ERR 'Permissions Violation for Subscription to \"foo.bat\" (sid \"3\")'"]
    );
    check(&server, &mut derek, &mut ivan, &["foo.baz"]);

    // `foo.*` is exported no longer.
    reload(["xxx", "foo.bat", "xxx", "ivan"]);
    check(&server, &mut derek, &mut ivan, &["private.natsio.foo"]);
}
