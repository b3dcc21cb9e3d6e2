//! Measurements of requests to exported services. The cases are those of Go's
//! `test/service_latency_test.go` that need one server.

use std::sync::Arc;
use std::time::Duration;

use conformance::accounts::{client, configured, connect, expect, foo_and_bar, publish, respond};
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use conformance::wait::wait_until;
use nats_server::account::{Account, ClientInfo, ServiceLatency};
use nats_server::config::options::{LatencyOptions, ResponseKind};

/// `foo` offers `ngs.usage.*` and publishes measurements to `results`; `bar` asks on
/// `ngs.usage`.
fn measured(sampling: u8) -> (RunningServer, Arc<Account>, Arc<Account>) {
    let (server, foo, bar) = foo_and_bar();
    foo.add_service_export("ngs.usage.*", ResponseKind::Singleton, None, 0)
        .unwrap();
    let latency = LatencyOptions {
        sampling,
        subject: "results".to_owned(),
    };
    foo.track_service_export("ngs.usage.*", &latency).unwrap();
    bar.add_service_import(&foo, "ngs.usage", "ngs.usage.bar")
        .unwrap();
    (server, foo, bar)
}

fn listener(server: &RunningServer) -> RawClient {
    let mut listener = client(server, "foo");
    listener.send("SUB results r\r\n");
    assert!(listener.flush().is_empty());
    listener
}

fn service(server: &RunningServer) -> RawClient {
    let mut service = client(server, "foo");
    service.send("SUB ngs.usage.* 1\r\n");
    assert!(service.flush().is_empty());
    service
}

#[track_caller]
fn next_result(listener: &mut RawClient) -> ServiceLatency {
    let message = listener.message();
    serde_json::from_slice(&message.payload).unwrap()
}

#[track_caller]
fn check_not_shared(info: Option<&ClientInfo>) {
    let info = info.expect("the requestor is known");
    let told = ClientInfo {
        account: info.account.clone(),
        rtt_ns: info.rtt_ns,
        ..ClientInfo::default()
    };
    assert_eq!(info, &told);
}

#[test]
fn failures_are_reported() {
    let (server, foo, bar) = measured(100);
    foo.set_service_response_threshold("ngs.usage.*", Duration::from_millis(20))
        .unwrap();
    let mut results = listener(&server);
    let mut asking = client(&server, "bar");

    // Without a reply subject.
    publish(&mut asking, "ngs.usage", "1h");
    let result = next_result(&mut results);
    assert_eq!((result.status, result.error.as_str()), (400, "Bad Request"));
    check_not_shared(result.requestor.as_ref());
    assert_eq!(result.responder, None);

    // Without a service.
    asking.send("SUB inbox 1\r\nPUB ngs.usage inbox 2\r\n1h\r\n");
    let result = next_result(&mut results);
    assert_eq!(
        (result.status, result.error.as_str()),
        (503, "Service Unavailable")
    );
    assert_eq!(foo.pending_response_count(), 0);

    // With a service that takes too long. Its answer is not reported, too.
    let mut service = service(&server);
    asking.send("PUB ngs.usage inbox 2\r\n1h\r\n");
    let request = expect(&mut service, "ngs.usage.bar", "1", "1h");
    let result = next_result(&mut results);
    assert_eq!(
        (result.status, result.error.as_str()),
        (504, "Service Timeout")
    );
    respond(&mut service, &request, "late");
    assert!(service.flush().is_empty());
    results.expect_nothing(Duration::from_millis(30));

    // With a requestor that does not wait.
    foo.set_service_response_threshold("ngs.usage.*", Duration::from_secs(60))
        .unwrap();
    asking.send("PUB ngs.usage inbox 2\r\n2h\r\nUNSUB 1\r\n");
    expect(&mut service, "ngs.usage.bar", "1", "2h");
    let result = next_result(&mut results);
    assert_eq!(
        (result.status, result.error.as_str()),
        (408, "Request Timeout")
    );
    assert_eq!(foo.pending_response_count(), 0);
    assert_eq!(bar.pending_reverse_response_count(), 0);
}

#[test]
fn a_share_of_requests_is_measured() {
    let (server, foo, _bar) = measured(50);
    let mut results = listener(&server);
    let mut service = service(&server);
    let mut asking = client(&server, "bar");
    asking.send("SUB inbox 1\r\n");
    let requests = 400;
    for _ in 0..requests {
        asking.send("PUB ngs.usage inbox 2\r\n1h\r\n");
        let request = expect(&mut service, "ngs.usage.bar", "1", "1h");
        respond(&mut service, &request, "");
        expect(&mut asking, "inbox", "1", "");
    }
    let mut seen = 0;
    let enough = requests / 4..=requests * 3 / 4;
    wait_until("about half is reported", || {
        let lines = results.flush();
        seen += lines.iter().filter(|line| line.starts_with("MSG ")).count();
        enough.contains(&seen)
    });
    assert_eq!(foo.pending_response_count(), 0);
}

#[test]
fn answers_leave_no_subscriptions() {
    let (server, foo, bar) = measured(100);
    let mut service = service(&server);
    let mut asking = client(&server, "bar");
    asking.send("SUB inbox 1\r\n");
    assert!(asking.flush().is_empty());
    let before = server.server().subscription_count();
    for _ in 0..100 {
        asking.send("PUB ngs.usage inbox 2\r\n1h\r\n");
        let request = expect(&mut service, "ngs.usage.bar", "1", "1h");
        respond(&mut service, &request, "");
        expect(&mut asking, "inbox", "1", "");
    }
    // One subscription takes all answers.
    assert_eq!(server.server().subscription_count(), before + 1);
    assert_eq!(foo.pending_response_count(), 0);
    assert_eq!(bar.pending_reverse_response_count(), 0);
}

#[test]
fn headers_ask_for_measurements() {
    for shared in [false, true] {
        let (server, foo, bar) = measured(0);
        bar.set_service_import_sharing(&foo, "ngs.usage.bar", shared)
            .unwrap();
        let mut results = listener(&server);
        let mut service = service(&server);
        let mut asking = connect(&server, "bar", "bar", true);
        asking.send("SUB inbox 1\r\n");
        for (name, value) in [
            ("Uber-Trace-Id", "479fefe9525eddb:479fefe9525eddb:0:1"),
            ("X-B3-Sampled", "1"),
            ("X-B3-TraceId", "80f198ee56343ba864fe8b2a57d3eff7"),
            (
                "B3",
                "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90",
            ),
            (
                "Traceparent",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            ),
        ] {
            let block = format!("NATS/1.0\r\n{name}: {value}\r\nSome-Other: value\r\n\r\n");
            let length = block.len();
            asking.send(&format!(
                "HPUB ngs.usage inbox {length} {}\r\n{block}1h\r\n",
                length + 2
            ));
            let request = expect(&mut service, "ngs.usage.bar", "1", "1h");
            respond(&mut service, &request, "22");
            expect(&mut asking, "inbox", "1", "22");
            let result = next_result(&mut results);
            assert_eq!(result.status, 200);
            let kept: Vec<(String, &str)> = result
                .request_header
                .iter()
                .map(|(name, values)| (name.to_ascii_lowercase(), values[0].as_str()))
                .collect();
            assert_eq!(kept, [(name.to_ascii_lowercase(), value)]);
            let responder = result.responder.as_ref().expect("somebody answered");
            assert_eq!(responder.user, "foo");
            assert_eq!(responder.server, server.server().name());
            if shared {
                assert_eq!(result.requestor.expect("it is known").user, "bar");
            } else {
                check_not_shared(result.requestor.as_ref());
            }
        }
        // Without such a header nothing is measured.
        asking.send("PUB ngs.usage inbox 2\r\n1h\r\n");
        let request = expect(&mut service, "ngs.usage.bar", "1", "1h");
        assert!(!request.reply.as_deref().unwrap_or_default().ends_with(".T"));
        respond(&mut service, &request, "22");
        expect(&mut asking, "inbox", "1", "22");
        results.expect_nothing(Duration::from_millis(30));
    }
}

#[test]
fn importers_may_share_who_asks() {
    let config = |share: &str| {
        configured(&format!(
            "listen: 127.0.0.1:-1
             server_name: one
             accounts: {{
               SVC: {{
                 users: [ {{user: svc, password: pass}} ]
                 exports: [ {{
                   service: \"svc.echo\"
                   accounts: [CLIENT]
                   latency: {{ sampling: 100%, subject: latency.svc }}
                 }} ]
               }},
               CLIENT: {{
                 users: [{{user: client, password: pass}} ]
                 imports: [ {{service: {{account: SVC, subject: svc.echo}}, to: SVC {share}}} ]
               }},
               SYS: {{ users: [{{user: admin, password: pass}}] }}
             }}
             system_account: SYS"
        ))
    };
    for share in [", share:true", ""] {
        let server = config(share);
        let mut service = RawClient::connected(
            server.address(),
            r#"{"user":"svc","pass":"pass","name":"echo","lang":"rust","version":"1.2","verbose":false}"#,
        );
        service.send("SUB svc.echo 1\r\nSUB latency.svc r\r\n");
        assert!(service.flush().is_empty());
        let mut asking = connect(&server, "client", "pass", false);
        asking.send("SUB inbox 1\r\nPUB SVC inbox 2\r\n1h\r\n");
        let request = expect(&mut service, "svc.echo", "1", "1h");
        respond(&mut service, &request, "world");
        expect(&mut asking, "inbox", "1", "world");
        let result = next_result(&mut service);
        let responder = result.responder.as_ref().expect("somebody answered");
        assert_eq!(
            (
                responder.user.as_str(),
                responder.name.as_str(),
                responder.lang.as_str(),
                responder.version.as_str(),
                responder.server.as_str(),
                responder.account.as_str(),
            ),
            ("svc", "echo", "rust", "1.2", "one", "SVC")
        );
        if share.is_empty() {
            check_not_shared(result.requestor.as_ref());
        } else {
            let requestor = result.requestor.expect("it is known");
            assert_eq!(
                (requestor.user.as_str(), requestor.server.as_str()),
                ("client", "one")
            );
            assert_eq!(requestor.host, "127.0.0.1");
        }
    }
}
