//! Go: `server/accounts_test.go`, measurements of services.

use std::time::{Duration, Instant, SystemTime};

use conformance::go_test;
use conformance::wait::elapse;
use nats_server::account::{ClientInfo, ExportError, SERVICE_LATENCY_TYPE, ServiceLatency};
use nats_server::config::options::{LatencyOptions, ResponseKind};

use conformance::accounts::{client, expect, foo_and_bar, respond};

go_test!(
    71,
    "accounts_test",
    "TestAccountRequestReplyTrackLatency",
    requests_are_measured
);
fn requests_are_measured() {
    let (server, foo, bar) = foo_and_bar();
    foo.add_service_export("track.service", ResponseKind::Singleton, None, 0)
        .unwrap();
    let track = |service: &str, subject: &str, sampling: u8| {
        let latency = LatencyOptions {
            sampling,
            subject: subject.to_owned(),
        };
        foo.track_service_export(service, &latency)
    };
    assert_eq!(
        track("track.wrong", "results", 100),
        Err(ExportError::MissingService)
    );
    for subject in ["results.*", "track.service"] {
        assert_eq!(
            track("track.service", subject, 100),
            Err(ExportError::ResultSubject)
        );
    }
    assert_eq!(
        track("track.service", "results", 101),
        Err(ExportError::Sampling)
    );
    assert!(!foo.tracks_service("track.service"));
    track("track.service", "results", 100).unwrap();
    assert!(foo.tracks_service("track.service"));
    bar.add_service_import(&foo, "req", "track.service")
        .unwrap();

    let mut service = client(&server, "foo");
    let mut asking = client(&server, "bar");
    service.send("SUB track.service 1\r\nSUB results 2\r\n");
    assert!(service.flush().is_empty());
    let start = SystemTime::now();
    let begun = Instant::now();
    asking.send("SUB resp 11\r\nPUB req resp 4\r\nhelp\r\n");
    let asked = expect(&mut service, "track.service", "1", "help");
    let reply = asked.reply.as_deref().expect("a request has a reply");
    assert!(reply.ends_with(".T"), "{reply}");
    let service_time = Duration::from_millis(25);
    elapse(service_time, "the service takes its time");
    respond(&mut service, &asked, "22");
    expect(&mut asking, "resp", "11", "22");
    let took = begun.elapsed();

    let result = service.message();
    assert_eq!(
        (result.subject.as_str(), result.sid.as_str()),
        ("results", "2")
    );
    let measured: ServiceLatency = serde_json::from_slice(&result.payload).unwrap();
    assert_eq!(measured.kind, SERVICE_LATENCY_TYPE);
    assert_eq!((measured.status, measured.error.as_str()), (200, ""));
    assert!(!measured.id.is_empty());
    let late = measured
        .request_start
        .duration_since(start)
        .unwrap_or_default();
    assert!(late <= took, "{late:?}");
    let responder = measured.responder.as_ref().expect("somebody answered");
    assert_eq!(responder.user, "foo");
    assert_eq!(responder.server, server.server().name());
    assert!(responder.id > 0 && responder.rtt_ns > 0);
    // Nothing is told of the requestor but its account and its distance.
    let requestor = measured.requestor.as_ref().expect("somebody asked");
    let told = ClientInfo {
        account: "bar".to_owned(),
        rtt_ns: requestor.rtt_ns,
        ..ClientInfo::default()
    };
    assert_eq!(requestor, &told);
    assert!(told.rtt_ns > 0);
    let service_ns = Duration::from_nanos(measured.service_ns + responder.rtt_ns);
    assert!(service_ns >= service_time, "{measured:?}");
    assert!(measured.total_ns >= measured.service_ns);
    assert_eq!(
        measured.total_ns,
        measured.service_ns + measured.nats_total_ns()
    );

    // One request is one measurement, and none when that has been ended.
    foo.untrack_service_export("track.service");
    asking.send("PUB req resp 5\r\nagain\r\n");
    let asked = expect(&mut service, "track.service", "1", "again");
    respond(&mut service, &asked, "33");
    expect(&mut asking, "resp", "11", "33");
    service.expect_nothing(Duration::from_millis(30));
}
