//! What accounts owe each other, with a server that only notes what it is asked for.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{
    Account, AccountHost, ClientInfo, Expected, ExportError, Headers, ImportError, PendingResponse,
    Requestor, ServiceLatency, Task, Tracking,
};
use crate::config::options::{LatencyOptions, ResponseKind};

const ONE: ResponseKind = ResponseKind::Singleton;

#[derive(Default)]
struct NotingHost {
    published: Mutex<Vec<(String, String, ServiceLatency)>>,
    tasks: Mutex<Vec<(Duration, Task)>>,
    without_system: bool,
}

impl AccountHost for NotingHost {
    fn server_hash(&self) -> String {
        "HASH".to_owned()
    }

    fn has_system_account(&self) -> bool {
        !self.without_system
    }

    fn publish(&self, account: Arc<Account>, subject: String, payload: Vec<u8>) {
        let measured = serde_json::from_slice(&payload).unwrap();
        let message = (account.name().to_owned(), subject, measured);
        self.published.lock().unwrap().push(message);
    }

    fn after(&self, delay: Duration, task: Task) {
        self.tasks.lock().unwrap().push((delay, task));
    }
}

impl NotingHost {
    /// Takes the one measurement that was published, for its status.
    fn status(&self) -> (u16, ServiceLatency) {
        let mut published = self.published.lock().unwrap();
        assert_eq!(published.len(), 1);
        let (account, subject, measured) = published.remove(0);
        assert_eq!((account.as_str(), subject.as_str()), ("foo", "results"));
        (measured.status, measured)
    }

    fn is_silent(&self) -> bool {
        self.published.lock().unwrap().is_empty()
    }

    /// Does what was put off, and returns for how long it was.
    fn let_time_pass(&self) -> Vec<Duration> {
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap());
        tasks
            .into_iter()
            .map(|(delay, task)| {
                task();
                delay
            })
            .collect()
    }
}

struct Somebody;

impl Requestor for Somebody {
    fn client_info(&self, detailed: bool) -> ClientInfo {
        ClientInfo {
            account: "bar".to_owned(),
            user: if detailed { "joe" } else { "" }.to_owned(),
            rtt_ns: 7,
            ..ClientInfo::default()
        }
    }

    fn is_system_account(&self, _account: &Arc<Account>) -> bool {
        false
    }

    fn add_server_info(&self, _info: &mut ClientInfo) {}

    fn want_rtt(&self) {}
}

/// `foo` offers `help`, `bar` imports it; both belong to the same server.
struct Pair {
    foo: Arc<Account>,
    bar: Arc<Account>,
    host: Arc<NotingHost>,
    requestor: Arc<dyn Requestor>,
}

impl Pair {
    fn new(response: ResponseKind) -> Self {
        let host = Arc::new(NotingHost::default());
        let account = |name: &str| {
            let account = Arc::new(Account::new(name));
            account.set_host(Arc::clone(&host) as Arc<dyn AccountHost>);
            account
        };
        let (foo, bar) = (account("foo"), account("bar"));
        foo.add_service_export("help", response, None, 0).unwrap();
        bar.add_service_import(&foo, "help", "").unwrap();
        Self {
            foo,
            bar,
            host,
            requestor: Arc::new(Somebody),
        }
    }

    /// A request with the reply subject `reply`.
    fn ask(&self, reply: &str, tracked: bool, share: bool) -> Arc<PendingResponse> {
        let export = self.foo.service_export("help").unwrap();
        let latency = Arc::new(results());
        let requestor = Arc::downgrade(&self.requestor);
        self.foo.expect_response(Expected {
            requestor: &self.bar,
            reply: reply.as_bytes(),
            export: Some(&export),
            kind: export.response(),
            share,
            tracking: tracked.then(|| Tracking::begin(latency, Headers::new(), requestor)),
        })
    }

    fn open(&self) -> (usize, usize) {
        let theirs = self.foo.pending_response_count();
        assert_eq!(theirs, self.foo.pending_response_count_of("help"));
        (theirs, self.bar.pending_reverse_response_count())
    }
}

fn results() -> LatencyOptions {
    LatencyOptions {
        sampling: 100,
        subject: "results".to_owned(),
    }
}

#[test]
fn reply_subjects_belong_to_the_exporter() {
    let pair = Pair::new(ONE);
    let [plain, tracked] = [false, true].map(|tracked| {
        let response = pair.ask("inbox", tracked, false);
        String::from_utf8(response.from().to_vec()).unwrap()
    });
    assert_eq!(plain.len(), 17);
    assert!(plain.starts_with("_R_.") && !plain.ends_with(".T"));
    assert!(tracked.starts_with(&plain[..11]) && tracked.ends_with(".HASH.T"));
    // One subscription takes them all.
    assert_eq!(pair.foo.subscriptions().count(), 1);
    assert!(pair.foo.subscriptions().has_interest(&tracked));
    assert!(pair.foo.pending_response(plain.as_bytes()).is_some());
    assert_eq!(pair.open(), (2, 1));
    assert_eq!(pair.foo.pending_response_count_of("other"), 0);
}

#[test]
fn an_answer_ends_the_wait_and_is_measured_once() {
    let pair = Pair::new(ONE);
    let response = pair.ask("inbox", true, true);
    pair.foo.report_answer(&response, Some(&*pair.requestor));
    pair.foo.end_response(&response);
    let (status, measured) = pair.host.status();
    assert_eq!((status, measured.error.as_str()), (200, ""));
    assert_eq!(measured.requestor.as_ref().unwrap().user, "joe");
    assert_eq!(measured.responder.as_ref().unwrap().user, "joe");
    assert_eq!(
        measured.total_ns,
        measured.service_ns + measured.nats_total_ns()
    );
    assert_eq!(pair.open(), (0, 0));
    pair.foo.report_answer(&response, None);
    pair.foo.response_undelivered(&response);
    assert!(pair.host.is_silent());
}

#[test]
fn what_fails_is_reported_with_its_reason() {
    let pair = Pair::new(ONE);
    let requestor = Some(&*pair.requestor);
    pair.foo
        .report_bad_request(&results(), requestor, false, Headers::new());
    let (status, measured) = pair.host.status();
    assert_eq!((status, measured.error.as_str()), (400, "Bad Request"));
    assert_eq!(measured.requestor.unwrap().user, "");

    let response = pair.ask("inbox", true, true);
    pair.foo.response_undelivered(&response);
    let (status, measured) = pair.host.status();
    assert_eq!(
        (status, measured.error.as_str()),
        (503, "Service Unavailable")
    );
    assert_eq!(measured.requestor.unwrap().user, "joe");
    assert_eq!(pair.open(), (0, 0));

    pair.ask("inbox", true, false);
    pair.bar.reply_interest_lost(b"inbox");
    let (status, measured) = pair.host.status();
    assert_eq!((status, measured.error.as_str()), (408, "Request Timeout"));
    assert_eq!(measured.requestor.unwrap().user, "");
    assert_eq!(pair.open(), (0, 0));

    let unmeasured = pair.ask("inbox", false, false);
    pair.foo.response_undelivered(&unmeasured);
    assert!(pair.host.is_silent());
}

#[test]
fn the_threshold_ends_the_wait() {
    let pair = Pair::new(ONE);
    assert_eq!(
        pair.foo.service_response_threshold("help"),
        Ok(Duration::from_secs(120))
    );
    let missing = ExportError::Missing("other".to_owned());
    assert_eq!(
        pair.foo.service_response_threshold("other"),
        Err(missing.clone())
    );
    let threshold = Duration::from_secs(3600);
    assert_eq!(
        pair.foo.set_service_response_threshold("other", threshold),
        Err(missing)
    );
    pair.foo
        .set_service_response_threshold("help", threshold)
        .unwrap();
    pair.ask("inbox", true, false);
    pair.ask("inbox", true, false);
    // One look for all of them, repeated as long as there are some.
    assert_eq!(pair.host.let_time_pass(), [threshold]);
    assert_eq!(pair.open(), (2, 1));
    pair.foo
        .set_service_response_threshold("help", Duration::ZERO)
        .unwrap();
    assert_eq!(pair.host.let_time_pass(), [threshold]);
    assert_eq!(pair.open(), (0, 0));
    let mut published = pair.host.published.lock().unwrap();
    let statuses: Vec<u16> = published.drain(..).map(|(_, _, one)| one.status).collect();
    drop(published);
    assert_eq!(statuses, [504, 504]);
    assert!(pair.host.let_time_pass().is_empty());
    // The next request begins a new look.
    pair.ask("inbox", false, false);
    assert_eq!(pair.host.let_time_pass(), [Duration::ZERO]);
    assert_eq!(pair.open(), (0, 0));
    assert!(pair.host.is_silent());
}

#[test]
fn interest_that_is_left_keeps_the_wait() {
    let pair = Pair::new(ResponseKind::Stream);
    for reply in ["inbox.a", "inbox.b", "other.c"] {
        pair.ask(reply, false, false);
    }
    assert_eq!(pair.open(), (3, 3));
    pair.bar.reply_interest_lost(b"somewhere.else");
    assert_eq!(pair.open(), (3, 3));
    // Somebody else still listens.
    let link = Arc::clone(pair.bar.internal_link());
    let listener = super::Subscription::new(
        link,
        b"inbox.*",
        b"1",
        super::SubscriptionOptions::default(),
    );
    let listener = Arc::new(listener);
    let list = pair.bar.subscriptions();
    list.insert("inbox.*", None, Arc::clone(&listener)).unwrap();
    pair.bar.reply_interest_lost(b"inbox.a");
    pair.bar.reply_interest_lost(b"inbox.>");
    assert_eq!(pair.open(), (3, 3));
    list.remove("inbox.*", None, &listener).unwrap();
    pair.bar.reply_interest_lost(b"inbox.*");
    assert_eq!(pair.open(), (1, 1));
    pair.bar.reply_interest_lost(b">");
    assert_eq!(pair.open(), (0, 0));
}

#[test]
fn several_services_answer_to_one_reply_subject() {
    let pair = Pair::new(ONE);
    let first = pair.ask("inbox", false, false);
    let second = pair.ask("inbox", false, false);
    assert_ne!(first.from(), second.from());
    assert_eq!(pair.open(), (2, 1));
    pair.foo.end_response(&first);
    assert_eq!(pair.open(), (1, 1));
    pair.foo.end_response(&second);
    assert_eq!(pair.open(), (0, 0));
}

#[test]
fn services_are_measured_if_that_makes_sense() {
    let pair = Pair::new(ONE);
    let track = |service: &str, subject: &str, sampling: u8| {
        let latency = LatencyOptions {
            sampling,
            subject: subject.to_owned(),
        };
        pair.foo.track_service_export(service, &latency)
    };
    assert_eq!(track("help", "results", 101), Err(ExportError::Sampling));
    assert_eq!(track("help", "r.*", 1), Err(ExportError::ResultSubject));
    assert_eq!(track("help", "help", 1), Err(ExportError::ResultSubject));
    assert_eq!(track("none", "r", 1), Err(ExportError::MissingService));
    let streamed = ResponseKind::Stream;
    pair.foo
        .add_service_export("many", streamed, None, 0)
        .unwrap();
    assert_eq!(track("many", "r", 1), Err(ExportError::ServiceType));
    track("help", "results", 20).unwrap();
    assert!(pair.foo.tracks_service("help") && !pair.foo.tracks_service("many"));
    let export = pair.foo.service_export("help").unwrap();
    assert_eq!(export.latency().unwrap().sampling, 20);
    pair.foo.untrack_service_export("help");
    assert!(export.latency().is_none() && !pair.foo.tracks_service("help"));

    let lonely = Account::new("lonely");
    lonely.set_host(Arc::new(NotingHost {
        without_system: true,
        ..NotingHost::default()
    }));
    lonely.add_service_export("help", ONE, None, 0).unwrap();
    assert_eq!(
        lonely.track_service_export("help", &results()),
        Err(ExportError::NoSystemAccount)
    );
}

#[test]
fn exports_are_found_by_what_they_cover() {
    let account = Account::new("A");
    account.add_service_export("a.*.c", ONE, None, 0).unwrap();
    assert!(account.exports_service("a.*.c") && account.exports_service("a.b.c"));
    assert!(!account.exports_service("a.b") && !account.exports_service("a.>"));
    let export = account.service_export("a.b.c").unwrap();
    assert_eq!(export.subject(), "a.*.c");
    assert!(!export.allow_trace());
    account.set_service_allow_trace("a.b.c", true).unwrap();
    assert!(export.allow_trace());
    assert!(account.set_service_allow_trace("x", true).is_err());
    account.add_stream_export("s.>", None, 0).unwrap();
    assert!(account.exports_stream("s.x") && !account.exports_stream("t"));
}

#[test]
fn sharing_is_set_by_the_subject_of_the_service() {
    let pair = Pair::new(ONE);
    let import = pair.bar.service_import("foo", "help").unwrap();
    assert!(!import.share());
    pair.bar
        .set_service_import_sharing(&pair.foo, "help", true)
        .unwrap();
    assert!(import.share());
    assert_eq!(
        pair.bar.set_service_import_sharing(&pair.foo, "x", true),
        Err(ImportError::ServiceNotFound)
    );
    assert_eq!(
        pair.bar.set_service_import_sharing(&pair.bar, "help", true),
        Err(ImportError::ServiceNotFound)
    );
}

#[test]
fn cycles_are_refused() {
    let account = |name: &str| {
        let account = Arc::new(Account::new(name));
        account.add_service_export("x.>", ONE, None, 0).unwrap();
        account.add_stream_export("y.>", None, 0).unwrap();
        account
    };
    let [a, b, c] = ["A", "B", "C"].map(account);
    b.add_service_import(&a, "x.>", "").unwrap();
    c.add_service_import(&b, "x.>", "").unwrap();
    assert_eq!(a.add_service_import(&c, "x.y", ""), Err(ImportError::Cycle));
    // Other subjects do not come back.
    c.add_service_export("z", ONE, None, 0).unwrap();
    a.add_service_import(&c, "z", "").unwrap();

    b.add_mapped_stream_import(&a, "y.>", "", false).unwrap();
    c.add_mapped_stream_import(&b, "y.>", "", false).unwrap();
    assert_eq!(
        a.add_mapped_stream_import(&c, "y.z", "", false),
        Err(ImportError::Cycle)
    );
    c.add_stream_export("w", None, 0).unwrap();
    a.add_mapped_stream_import(&c, "w", "", false).unwrap();
}

#[test]
fn long_chains_are_not_searched_to_the_end() {
    let accounts: Vec<Arc<Account>> = (0..1100)
        .map(|number| {
            let account = Arc::new(Account::new(&number.to_string()));
            account.add_service_export("x", ONE, None, 0).unwrap();
            account.add_stream_export("y", None, 0).unwrap();
            account
        })
        .collect();
    // From the far end on, so that each search is short but the last.
    let pairs = accounts.windows(2).rev();
    for pair in pairs.clone().skip(1) {
        pair[1].add_service_import(&pair[0], "x", "").unwrap();
        pair[1].add_stream_import(&pair[0], "y", "").unwrap();
    }
    for pair in pairs.take(1) {
        assert_eq!(
            pair[1].add_service_import(&pair[0], "x", ""),
            Err(ImportError::CycleSearchDepth)
        );
        assert_eq!(
            pair[1].add_stream_import(&pair[0], "y", ""),
            Err(ImportError::CycleSearchDepth)
        );
    }
}
