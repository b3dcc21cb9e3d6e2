//! Go: `server/accounts_test.go`, services that one account offers to another.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use conformance::files::ConfigFile;
use conformance::go_test;
use conformance::raw::{RawClient, RawMessage};
use conformance::server::RunningServer;
use conformance::wait::wait_until;
use nats_server::Options;
use nats_server::account::{Account, ImportError};
use nats_server::config::options::ResponseKind;

use conformance::accounts::{
    account, client, configured, connect, expect, foo_and_bar, only, publish, request, respond,
    server_with,
};

const ONE: ResponseKind = ResponseKind::Singleton;

/// `bar` asks on `from` with the reply subject `reply`; `foo` gets it on `to` and
/// answers. Returns the request as `foo` saw it.
#[track_caller]
fn check_round_trip(
    foo: &mut RawClient,
    bar: &mut RawClient,
    [from, to, reply]: [&str; 3],
) -> RawMessage {
    bar.send(&format!(
        "SUB {reply} 11\r\nPUB {from} {reply} 4\r\nhelp\r\n"
    ));
    let asked = expect(foo, to, "1", "help");
    let theirs = asked.reply.as_deref().expect("a request has a reply");
    assert!(theirs.starts_with("_R_.") && theirs.len() == 17, "{theirs}");
    respond(foo, &asked, "22");
    let answer = expect(bar, reply, "11", "22");
    assert_eq!(answer.reply, None);
    asked
}

go_test!(
    65,
    "accounts_test",
    "TestAddServiceExport",
    service_exports_add_up
);
fn service_exports_add_up() {
    let (_server, foo, _bar) = foo_and_bar();
    let approved = || {
        let export = foo.service_export("test.request").expect("it is exported");
        export.auth().approved.len()
    };
    foo.add_service_export("test.request", ONE, None, 0)
        .unwrap();
    assert_eq!(approved(), 0);
    foo.add_service_export("test.request", ONE, Some(&only(&["bar"])), 0)
        .unwrap();
    assert_eq!(approved(), 1);
    foo.add_service_export("test.request", ONE, Some(&only(&["baz"])), 0)
        .unwrap();
    assert_eq!(approved(), 2);
    assert_eq!(foo.service_exports().len(), 1);
}

go_test!(
    66,
    "accounts_test",
    "TestServiceExportWithWildcards",
    service_export_with_wildcards
);
fn service_export_with_wildcards() {
    for approved in [None, Some(only(&["bar"]))] {
        let (server, foo, bar) = foo_and_bar();
        foo.add_service_export("ngs.update.*", ONE, approved.as_deref(), 0)
            .unwrap();
        bar.add_service_import(&foo, "ngs.update", "ngs.update.$bar")
            .unwrap();
        let mut service = client(&server, "foo");
        let mut asking = client(&server, "bar");
        service.send("SUB ngs.update.* 1\r\n");
        assert!(service.flush().is_empty());
        let subjects = ["ngs.update", "ngs.update.$bar", "reply"];
        check_round_trip(&mut service, &mut asking, subjects);
        assert_eq!(foo.pending_response_count(), 0);
        assert_eq!(bar.pending_response_count(), 0);
        assert_eq!(bar.pending_reverse_response_count(), 0);
    }
}

go_test!(
    67,
    "accounts_test",
    "TestAccountAddServiceImportRace",
    imports_from_many_threads
);
fn imports_from_many_threads() {
    let (_server, foo, bar) = foo_and_bar();
    foo.add_service_export("foo.*", ONE, None, 0).unwrap();
    thread::scope(|scope| {
        for number in 0..100 {
            let (foo, bar) = (&foo, &bar);
            scope.spawn(move || {
                bar.add_service_import(foo, &format!("foo.{number}"), "")
                    .unwrap();
            });
        }
    });
    assert_eq!(bar.service_import_count(), 100);
    assert_eq!(bar.subscriptions().count(), 100);
}

go_test!(
    68,
    "accounts_test",
    "TestServiceImportWithWildcards",
    service_import_with_wildcards
);
fn service_import_with_wildcards() {
    let (server, foo, bar) = foo_and_bar();
    foo.add_service_export("test.*", ONE, None, 0).unwrap();
    for (from, to) in [("test.*", "foo"), ("test.>", "")] {
        assert_eq!(
            bar.add_service_import(&foo, from, to),
            Err(ImportError::ServiceNotAuthorized)
        );
    }
    bar.add_service_import(&foo, "test.*", "").unwrap();
    let mut service = client(&server, "foo");
    let mut asking = client(&server, "bar");
    service.send("SUB test.* 1\r\n");
    assert!(service.flush().is_empty());
    check_round_trip(&mut service, &mut asking, ["test.22", "test.22", "bar"]);

    assert!(bar.remove_service_import(foo.name(), "test.*"));
    assert_eq!(bar.service_import_count(), 0);
    publish(&mut asking, "test.22", "nobody");
    assert!(asking.flush().is_empty());
    assert!(service.flush().is_empty());
}

go_test!(
    70,
    "accounts_test",
    "TestCrossAccountRequestReply",
    request_and_reply_between_accounts
);
fn request_and_reply_between_accounts() {
    let (server, foo, bar) = foo_and_bar();
    foo.add_service_export("test.request", ONE, None, 0)
        .unwrap();
    assert_eq!(
        bar.add_service_import(&foo, "foo", "test..request."),
        Err(ImportError::InvalidSubject)
    );
    bar.add_service_import(&foo, "foo", "test.request").unwrap();
    let mut service = client(&server, "foo");
    let mut asking = client(&server, "bar");
    service.send("SUB test.request 1\r\n");
    assert!(service.flush().is_empty());
    check_round_trip(&mut service, &mut asking, ["foo", "test.request", "bar"]);
    assert_eq!(bar.pending_response_count(), 0);
    assert_eq!(foo.pending_response_count(), 0);
}

go_test!(
    73,
    "accounts_test",
    "TestCrossAccountServiceResponseTypes",
    many_responses_to_one_request
);
fn many_responses_to_one_request() {
    let (server, foo, bar) = foo_and_bar();
    foo.add_service_export("test.request", ResponseKind::Stream, None, 0)
        .unwrap();
    assert_eq!(
        foo.service_response_threshold("test.request"),
        Ok(Duration::from_secs(120))
    );
    bar.add_service_import(&foo, "foo", "test.request").unwrap();
    let mut service = client(&server, "foo");
    let mut asking = client(&server, "bar");
    service.send("SUB test.request 1\r\n");
    assert!(service.flush().is_empty());
    asking.send("SUB bar 11\r\nPUB foo bar 4\r\nhelp\r\n");
    let asked = expect(&mut service, "test.request", "1", "help");
    for _ in 0..10 {
        respond(&mut service, &asked, "22");
    }
    for _ in 0..10 {
        expect(&mut asking, "bar", "11", "22");
    }
    assert_eq!(foo.pending_response_count_of("test.request"), 1);
    assert_eq!(bar.pending_reverse_response_count(), 1);

    // The entry ends with the requestor's interest.
    drop(asking);
    wait_until("the answer is not waited for", || {
        foo.pending_response_count() == 0 && bar.pending_reverse_response_count() == 0
    });

    // Without any interest in the reply subject it ends with the first answer.
    let mut asking = client(&server, "bar");
    asking.send("PUB foo bar 4\r\nhelp\r\n");
    let asked = expect(&mut service, "test.request", "1", "help");
    assert_eq!(foo.pending_response_count(), 1);
    respond(&mut service, &asked, "22");
    assert!(service.flush().is_empty());
    assert_eq!(foo.pending_response_count(), 0);
    assert_eq!(bar.pending_reverse_response_count(), 0);
}

go_test!(
    78,
    "accounts_test",
    "TestAccountDuplicateServiceImportSubject",
    one_import_of_a_subject_for_each_account
);
fn one_import_of_a_subject_for_each_account() {
    let server = server_with(&["foo", "bar", "baz", "bat"]);
    let foo = account(&server, "foo");
    let bar = account(&server, "bar");
    foo.add_service_export("remote1", ONE, None, 0).unwrap();
    foo.add_service_export("remote2", ONE, None, 0).unwrap();
    bar.add_service_import(&foo, "foo", "remote1").unwrap();
    let error = bar.add_service_import(&foo, "foo", "remote2").unwrap_err();
    assert_eq!(
        error.to_string(),
        "duplicate service import subject \"foo\", previously used in import for account \
         \"foo\", subject \"remote1\""
    );
    for name in ["baz", "bat"] {
        let other = account(&server, name);
        other.add_service_export("remote1", ONE, None, 0).unwrap();
        bar.add_service_import(&other, "foo", "remote1").unwrap();
        let error = bar
            .add_service_import(&other, "foo", "remote1")
            .unwrap_err();
        assert!(error.to_string().contains("duplicate"), "{error}");
    }
    assert_eq!(bar.service_imports().len(), 3);
}

go_test!(
    79,
    "accounts_test",
    "TestAccountRemoveServiceImport",
    service_imports_are_removed_one_by_one
);
fn service_imports_are_removed_one_by_one() {
    let server = server_with(&["foo", "bar", "baz", "bat"]);
    let bar = account(&server, "bar");
    for name in ["foo", "baz", "bat"] {
        let other = account(&server, name);
        other.add_service_export("remote1", ONE, None, 0).unwrap();
        bar.add_service_import(&other, "foo", "remote1").unwrap();
    }
    let has = |exporter: &str, subject: &str| {
        bar.service_import(exporter, subject)
            .is_some_and(|import| import.account_name() == exporter)
    };
    assert!(!has("nonsense", "foo") && !has("foo", "nonsense"));
    let expect_left = |left: &[&str]| {
        for name in ["foo", "baz", "bat"] {
            assert_eq!(has(name, "foo"), left.contains(&name), "{name}");
        }
        assert_eq!(bar.subscriptions().count(), left.len());
    };
    expect_left(&["foo", "baz", "bat"]);
    let refused = |left: &[&str]| {
        assert!(!bar.remove_service_import("nonsense", "foo"));
        expect_left(left);
        assert!(!bar.remove_service_import("foo", "nonsense"));
        expect_left(left);
    };
    refused(&["foo", "baz", "bat"]);
    assert!(bar.remove_service_import("baz", "foo"));
    expect_left(&["foo", "bat"]);
    assert!(bar.remove_service_import("bat", "foo"));
    expect_left(&["foo"]);
    refused(&["foo"]);
    assert!(bar.remove_service_import("foo", "foo"));
    expect_left(&[]);
    assert_eq!(bar.service_import_count(), 0);
}

go_test!(
    80,
    "accounts_test",
    "TestAccountMultipleServiceImportsWithSameSubjectFromDifferentAccounts",
    one_request_to_two_services
);
fn one_request_to_two_services() {
    let server = configured(
        r#"accounts: {
             SVC-E: {
               users: [ { user:svc-e, password:svc-e } ]
               exports: [ { accounts: [CLIENTS], service: "SvcReq.>", response_type: singleton } ]
             }
             SVC-W: {
               users: [ { user:svc-w, password:svc-w } ]
               exports: [ { accounts: [CLIENTS], service: "SvcReq.>", response_type: singleton } ]
             }
             CLIENTS: {
               users: [ { user:cl, password:cl } ]
               imports: [
                 { service: { account: SVC-E, subject: "SvcReq.>" } }
                 { service: { account: SVC-W, subject: "SvcReq.>" } }
               ]
             }
           }
           listen: "127.0.0.1:-1""#,
    );
    let mut asking = client(&server, "cl");
    let mut services = ["svc-e", "svc-w"].map(|name| client(&server, name));
    for service in &mut services {
        service.send("SUB SvcReq.> 1\r\n");
        assert!(service.flush().is_empty());
    }
    asking.send("SUB inbox 1\r\nPUB SvcReq.Test inbox 4\r\ntest\r\n");
    for (service, name) in services.iter_mut().zip(["From SVC-E", "From SVC-W"]) {
        let asked = expect(service, "SvcReq.Test", "1", "test");
        respond(service, &asked, name);
        expect(&mut asking, "inbox", "1", name);
    }
}

/// The account foo with the user derek and what it exports, and bar with the user ivan
/// and what it imports.
fn derek_and_ivan(exports: &str, imports: &str) -> RunningServer {
    configured(&format!(
        "port: -1
         accounts {{
           foo {{
             users = [{{user: derek, password: foo}}]
             exports = [{exports}]
           }}
           bar {{
             users = [{{user: ivan, password: bar}}]
             imports = [{imports}]
           }}
         }}"
    ))
}

go_test!(
    92,
    "accounts_test",
    "TestAccountServiceImportWithRouteMappings",
    requests_follow_the_mappings_of_the_exporter
);
fn requests_follow_the_mappings_of_the_exporter() {
    let server = derek_and_ivan(
        r#"{service: "request"}"#,
        r#"{service: {account: "foo", subject:"request"}}"#,
    );
    account(&server, "foo")
        .add_mapping("request", "request.v2")
        .unwrap();
    let mut service = connect(&server, "derek", "foo", false);
    service.send("SUB request.v2 1\r\n");
    assert!(service.flush().is_empty());
    let mut asking = connect(&server, "ivan", "bar", false);
    publish(&mut asking, "request", "");
    expect(&mut service, "request.v2", "1", "");
}

go_test!(
    93,
    "accounts_test",
    "TestAccountImportsWithWildcardSupport",
    imports_with_wildcards
);
fn imports_with_wildcards() {
    let server = derek_and_ivan(
        r#"{ service: "request.*" }
           { stream: "events.>" }
           { stream: "info.*.*.>" }"#,
        r#"{ service: {account: "foo", subject:"request.*"}, to:"my.request.*"}
           { stream:  {account: "foo", subject:"events.>"}, to:"foo.events.>"}
           { stream:  {account: "foo", subject:"info.*.*.>"}, to:"foo.info.$2.$1.>"}"#,
    );
    let mut foo = connect(&server, "derek", "foo", false);
    let mut bar = connect(&server, "ivan", "bar", false);
    foo.send("SUB request.* t22 1\r\n");
    assert!(foo.flush().is_empty());
    bar.send("SUB inbox 1\r\nPUB my.request.22 inbox 4\r\nyes?\r\n");
    let asked = expect(&mut foo, "request.22", "1", "yes?");
    respond(&mut foo, &asked, "yes!");
    expect(&mut bar, "inbox", "1", "yes!");

    bar.send("SUB foo.events.* 2\r\nSUB foo.info.> 3\r\n");
    assert!(bar.flush().is_empty());
    publish(&mut foo, "events.22", "");
    publish(&mut foo, "info.11.22.bar", "");
    expect(&mut bar, "foo.events.22", "2", "");
    expect(&mut bar, "foo.info.22.11.bar", "3", "");
    assert!(bar.flush().is_empty());
}

go_test!(
    94,
    "accounts_test",
    "TestAccountImportsWithWildcardSupportStreamAndService",
    imports_with_wildcards_in_between
);
fn imports_with_wildcards_in_between() {
    let server = derek_and_ivan(
        r#"{ service: "$request.*.$in.*.>" }
           { stream: "$events.*.$in.*.>" }"#,
        r#"{ service: {account: "foo", subject:"$request.*.$in.*.>"}, to:"my.request.$2.$1.>"}
           { stream:  {account: "foo", subject:"$events.*.$in.*.>"}, to:"my.events.$2.$1.>"}"#,
    );
    let mut foo = connect(&server, "derek", "foo", false);
    let mut bar = connect(&server, "ivan", "bar", false);
    foo.send("SUB $request.> 1\r\n");
    assert!(foo.flush().is_empty());
    bar.send("SUB inbox 1\r\nPUB my.request.1.2.bar inbox 4\r\nyes?\r\n");
    let asked = expect(&mut foo, "$request.2.$in.1.bar", "1", "yes?");
    respond(&mut foo, &asked, "yes!");
    expect(&mut bar, "inbox", "1", "yes!");
    bar.send("SUB my.events.> 2\r\n");
    assert!(bar.flush().is_empty());
    publish(&mut foo, "$events.1.$in.2.bar", "");
    expect(&mut bar, "my.events.2.1.bar", "2", "");
}

go_test!(
    95,
    "accounts_test",
    "BenchmarkNewRouteReply",
    new_service_replies
);
fn new_service_replies() {
    let account = Account::new("A");
    let replies: std::collections::HashSet<String> = (0..1000)
        .map(|_| account.new_service_reply(false))
        .collect();
    assert_eq!(replies.len(), 1000, "no two are the same");
    let mut prefixes: Vec<&str> = replies.iter().map(|reply| &reply[..11]).collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    assert_eq!(prefixes.len(), 1, "all come to one subscription");
    assert!(prefixes[0].starts_with("_R_.") && prefixes[0].ends_with('.'));
    assert_eq!(account.subscriptions().count(), 1);
}

/// A server with a configuration file that can be changed.
fn reloading(text: &str) -> (ConfigFile, RunningServer) {
    let file = ConfigFile::new(text);
    let server = RunningServer::with(|options| {
        *options = Options {
            no_sigs: true,
            ..Options::from_file(file.path()).expect("the configuration can be read")
        };
    });
    (file, server)
}

go_test!(105, "accounts_test", "TestAccountImportCycle", import_cycle);
fn import_cycle() {
    let config = |export: &str, import: &str| {
        format!(
            r#"listen: 127.0.0.1:-1
               accounts: {{
                 CP: {{
                   users: [ {{user: cp, password: cp}} ],
                   exports: [
                     {{service: "q1.>", response_type: Singleton}},
                     {{service: "q2.>", response_type: Singleton}},
                     {export}
                   ],
                 }},
                 A: {{
                   users: [ {{user: a, password: a}} ],
                   imports: [
                     {{service: {{account: CP, subject: "q1.>"}}}},
                     {{service: {{account: CP, subject: "q2.>"}}}},
                     {import}
                   ]
                 }},
               }}"#
        )
    };
    let (file, server) = reloading(&config("", ""));
    let mut service = client(&server, "cp");
    service.send("SUB q1.> 1\r\n");
    assert!(service.flush().is_empty());
    let mut asking = client(&server, "a");
    // The reply subject is one that is imported, too.
    asking.send("SUB q2.inbox 2\r\n");
    let mut ask = || {
        asking.send("PUB q1.a q2.inbox 4\r\ntest\r\n");
        let asked = expect(&mut service, "q1.a", "1", "test");
        respond(&mut service, &asked, "reply");
        expect(&mut asking, "q2.inbox", "2", "reply");
        assert!(asking.flush().is_empty());
    };
    ask();
    file.rewrite(&config(
        r#"{service: "q3.>", response_type: Singleton},"#,
        r#"{service: {account: CP, subject: "q3.>"}},"#,
    ));
    server.server().reload().unwrap();
    assert_eq!(account(&server, "A").service_import_count(), 3);
    ask();
}

go_test!(
    108,
    "accounts_test",
    "TestAccountReloadServiceImportPanic",
    requests_during_reloads
);
fn requests_during_reloads() {
    let (_file, server) = reloading(
        r#"listen: 127.0.0.1:-1
           accounts {
             A {
               users = [ { user: "a", pass: "p" } ]
               exports [ { service: "HELP" } ]
             }
             B {
               users = [ { user: "b", pass: "p" } ]
               imports [ { service: { account: A, subject: "HELP"} } ]
             }
             $SYS { users = [ { user: "admin", pass: "s3cr3t!" } ] }
           }"#,
    );
    let mut service = connect(&server, "a", "p", false);
    service.send("SUB HELP 1\r\n");
    assert!(service.flush().is_empty());
    let mut answers = connect(&server, "b", "p", false);
    answers.send("SUB inbox 1\r\nSUB end 2\r\n");
    assert!(answers.flush().is_empty());
    let mut asking = connect(&server, "b", "p", false);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let responder = scope.spawn(move || {
            loop {
                let asked = service.message();
                if asked.payload == b"END" {
                    return service;
                }
                respond(&mut service, &asked, "OK");
            }
        });
        let counter = scope.spawn(move || {
            let mut count = 0;
            while answers.message().sid == "1" {
                count += 1;
            }
            count
        });
        let requests = scope.spawn(|| {
            let mut count = 0;
            while !done.load(Ordering::Acquire) {
                asking.send(&"PUB HELP inbox 4\r\nHELP\r\n".repeat(20));
                assert!(asking.flush().is_empty());
                count += 20;
            }
            publish(&mut asking, "HELP", "END");
            assert!(asking.flush().is_empty());
            count
        });
        for _ in 0..1000 {
            server.server().reload().unwrap();
        }
        done.store(true, Ordering::Release);
        let requested: usize = requests.join().unwrap();
        // It is closed after its last answer was read by the server.
        assert!(responder.join().unwrap().flush().is_empty());
        let mut last = connect(&server, "b", "p", false);
        publish(&mut last, "end", "");
        let answered: usize = counter.join().unwrap();
        assert!(requested > 0);
        assert_eq!(answered, requested);
        assert_eq!(account(&server, "A").pending_response_count(), 0);
    });
}

go_test!(
    106,
    "accounts_test",
    "TestAccountImportOwnExport",
    own_export
);
fn own_export() {
    let server = configured(
        r#"port: -1
           accounts: {
             A: {
               exports: [
                 { service: echo, accounts: [A], latency: { subject: "latency.echo" } }
               ],
               imports: [
                 { service: { account: A, subject: echo } }
               ]
               users: [
                 { user: user, pass: pass }
               ]
             }
           }"#,
    );
    let mut service = connect(&server, "user", "pass", false);
    service.send("SUB echo 1\r\n");
    assert!(service.flush().is_empty());
    let mut asking = connect(&server, "user", "pass", false);
    asking.send("SUB inbox 1\r\nPUB echo inbox 7\r\nrequest\r\n");
    // It comes as what was published here and as a request to the service.
    for _ in 0..2 {
        let asked = expect(&mut service, "echo", "1", "request");
        respond(&mut service, &asked, "");
        expect(&mut asking, "inbox", "1", "");
    }
    assert!(service.flush().is_empty());
}

go_test!(
    109,
    "accounts_test",
    "TestAccountServiceAndStreamExportDoubleDelivery",
    stream_and_service_of_one_subject
);
fn stream_and_service_of_one_subject() {
    let server: RunningServer = server_with(&["tenant1", "global"]);
    let (tenant, global) = (account(&server, "tenant1"), account(&server, "global"));
    tenant.add_stream_export("DW.>", None, 0).unwrap();
    tenant.add_service_export("DW.>", ONE, None, 0).unwrap();
    global
        .add_stream_import(&tenant, "DW.>", "tenant1")
        .unwrap();
    global
        .add_service_import(&tenant, "tenant1.DW.>", "DW.>")
        .unwrap();
    let mut one = client(&server, "tenant1");
    one.send("SUB > 1\r\n");
    assert!(one.flush().is_empty());
    publish(&mut one, "DW.test.123", "test");
    expect(&mut one, "DW.test.123", "1", "test");
    assert!(one.flush().is_empty());
    // Nor does it come back to an importer that is subscribed.
    let mut other = client(&server, "global");
    other.send("SUB tenant1.> 1\r\n");
    assert!(other.flush().is_empty());
    publish(&mut one, "DW.test.123", "again");
    expect(&mut one, "DW.test.123", "1", "again");
    expect(&mut other, "tenant1.DW.test.123", "1", "again");
    assert!(one.flush().is_empty());
    assert!(other.flush().is_empty());
}

go_test!(
    110,
    "accounts_test",
    "TestAccountServiceImportNoResponders",
    no_responders_through_an_import
);
fn no_responders_through_an_import() {
    let server = configured(
        r#"port: -1
           accounts: {
             accExp: {
               users: [{user: accExp, password: accExp}]
               exports: [{service: "foo"}]
             }
             accImp: {
               users: [{user: accImp, password: accImp}]
               imports: [{service: {account: accExp, subject: "foo"}}]
             }
           }"#,
    );
    let mut asking = connect(&server, "accImp", "accImp", true);
    let answer = request(&mut asking, "foo", "request");
    assert_eq!(
        answer.header,
        b"NATS/1.0 503\r\nNats-Subject: foo\r\n\r\n",
        "{}",
        answer.header.escape_ascii()
    );
    assert_eq!(account(&server, "accExp").pending_response_count(), 0);
    wait_until("nothing is waited for", || {
        account(&server, "accImp").pending_reverse_response_count() == 0
    });
    // With a service there is an answer.
    let mut service = connect(&server, "accExp", "accExp", true);
    service.send("SUB foo 1\r\n");
    assert!(service.flush().is_empty());
    asking.send("SUB inbox 2\r\nPUB foo inbox 7\r\nrequest\r\n");
    let asked = expect(&mut service, "foo", "1", "request");
    respond(&mut service, &asked, "here");
    expect(&mut asking, "inbox", "2", "here");
    asking.expect_nothing(Duration::from_millis(20));
}
