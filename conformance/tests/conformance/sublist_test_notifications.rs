//! Go: the test of `server/sublist_test.go` on notifications of interest.

use conformance::go_test;
use nats_server::subject::sublist::SublistError;
use tokio::sync::mpsc;

use super::sublist_support::{List, add, entry, plain, queued, take};

go_test!(
    3017,
    "sublist_test",
    "TestSublistRegisterInterestNotification",
    register_interest_notification
);
fn register_interest_notification() {
    let list = List::with_cache();
    let mut news = News::new();
    for subject in ["foo.*", ">"] {
        assert_eq!(
            news.register(&list, subject, None),
            Err(SublistError::InvalidSubject)
        );
    }
    // A channel that nobody listens to is what a nil channel is.
    let (closed, _) = mpsc::channel(1);
    assert_eq!(
        list.register_notification("foo", None, closed),
        Err(SublistError::NilChannel)
    );
    assert!(!news.clear(&list, "foo", None));

    plain_notifications(&list, &mut news);
    wildcard_notifications(&list, &mut news);
    queue_notifications(&list, &mut news);
    queue_notifications_are_apart(&list, &mut news);

    // A full channel keeps the first news and misses the others.
    assert_eq!(news.register(&list, "bar", None), Ok(()));
    assert_eq!(news.register(&list, "baz", None), Ok(()));
    for subject in ["baz", "bar", "*"] {
        add(&list, &plain(subject));
    }
    news.expect(&[false]);
}

fn plain_notifications(list: &List, news: &mut News) {
    assert_eq!(news.register(list, "foo", None), Ok(()));
    news.expect(&[false]);
    assert_eq!(
        news.register(list, "foo", None),
        Err(SublistError::AlreadyRegistered)
    );
    let foos = [plain("foo"), plain("foo"), plain("foo")];
    add(list, &foos[0]);
    news.expect(&[true]);
    add(list, &foos[1]);
    news.expect(&[]);
    assert_eq!(news.register(list, "bar", None), Ok(()));
    news.expect(&[false]);
    add(list, &foos[2]);
    news.expect(&[]);
    for (sub, expected) in foos.iter().zip([&[][..], &[], &[false]]) {
        take(list, sub).unwrap();
        news.expect(expected);
    }

    assert_eq!(news.register(list, "test.node", None), Ok(()));
    news.expect(&[false]);
    let nodes = [
        plain("test.node.already.exist"),
        plain("test.node"),
        plain("test.node"),
    ];
    for (sub, expected) in nodes.iter().zip([&[][..], &[true], &[]]) {
        add(list, sub);
        news.expect(expected);
    }
    for (sub, expected) in nodes.iter().zip([&[][..], &[], &[false]]) {
        take(list, sub).unwrap();
        news.expect(expected);
    }
    assert!(news.clear(list, "test.node", None));

    let bar = plain("bar");
    add(list, &bar);
    news.expect(&[true]);
    assert!(news.clear(list, "bar", None));
    assert_eq!(list.notifications_waiting_for_removal(), Some(0));
    assert!(news.clear(list, "foo", None));
    assert_eq!(
        list.notifications_waiting_for_removal(),
        None,
        "nothing is left"
    );
    take(list, &bar).unwrap();
}

fn wildcard_notifications(list: &List, news: &mut News) {
    let (partial, full, literal) = (plain("*"), plain(">"), plain("foo"));
    add(list, &partial);
    news.expect(&[]);
    assert_eq!(news.register(list, "foo", None), Ok(()));
    news.expect(&[false]);
    add(list, &literal);
    news.expect(&[true]);
    take(list, &literal).unwrap();
    news.expect(&[false]);
    take(list, &partial).unwrap();
    for sub in [&full, &partial] {
        add(list, sub);
    }
    for sub in [&partial, &full] {
        take(list, sub).unwrap();
    }
    news.expect(&[]);

    let subs = [
        literal,
        plain("foo"),
        plain("foo"),
        plain("bar"),
        partial,
        full,
    ];
    for sub in &subs {
        add(list, sub);
    }
    news.expect(&[true]);
    assert_eq!(list.remove_batch(subs.iter().map(entry)), Ok(()));
    news.expect(&[false]);
}

fn queue_notifications(list: &List, news: &mut News) {
    let literal = queued("foo.bar.baz", "1");
    let wildcard = queued("foo.bar.>", "1");
    add(list, &literal);
    news.expect(&[]);
    assert_eq!(news.register(list, "foo.bar.baz", None), Ok(()));
    news.expect(&[false]);
    add(list, &wildcard);
    take(list, &literal).unwrap();
    take(list, &wildcard).unwrap();
    add(list, &wildcard);
    news.expect(&[]);

    assert_eq!(news.register(list, "queue.test.node", Some("q22")), Ok(()));
    news.expect(&[false]);
    let subs = [
        queued("queue.test.node.already.exist", "queue"),
        queued("queue.test.node", "q22"),
        queued("queue.test.node", "otherqueue"),
        queued("queue.different.node", "q22"),
        queued("queue.test.node", "q22"),
    ];
    for (number, sub) in subs.iter().enumerate() {
        add(list, sub);
        news.expect(if number == 1 { &[true] } else { &[] });
    }
    for number in [2, 0, 1, 3, 4] {
        take(list, &subs[number]).unwrap();
        news.expect(if number == 4 { &[false] } else { &[] });
    }
    assert!(news.clear(list, "queue.test.node", Some("q22")));
}

fn queue_notifications_are_apart(list: &List, news: &mut News) {
    let mut other_news = News::new();
    let (first, second) = (
        queued("some.subject", "queue1"),
        queued("some.subject", "queue2"),
    );
    assert_eq!(news.register(list, "some.subject", Some("queue1")), Ok(()));
    news.expect(&[false]);
    add(list, &first);
    news.expect(&[true]);
    assert_eq!(
        other_news.register(list, "some.subject", Some("queue2")),
        Ok(())
    );
    other_news.expect(&[false]);
    add(list, &second);
    other_news.expect(&[true]);
    news.expect(&[]);
    take(list, &first).unwrap();
    news.expect(&[false]);
    other_news.expect(&[]);
    take(list, &second).unwrap();
    other_news.expect(&[false]);
    assert!(news.clear(list, "some.subject", Some("queue1")));
    assert!(other_news.clear(list, "some.subject", Some("queue2")));
}

/// A channel for one notification, and its reader.
struct News {
    sender: mpsc::Sender<bool>,
    receiver: mpsc::Receiver<bool>,
}

impl News {
    fn new() -> Self {
        let (sender, receiver) = mpsc::channel(1);
        Self { sender, receiver }
    }

    fn register(
        &self,
        list: &List,
        subject: &str,
        queue: Option<&str>,
    ) -> Result<(), SublistError> {
        list.register_notification(subject, queue.map(str::as_bytes), self.sender.clone())
    }

    fn clear(&self, list: &List, subject: &str, queue: Option<&str>) -> bool {
        list.clear_notification(subject, queue.map(str::as_bytes), &self.sender)
    }

    /// Exactly these notifications have come. They are sent before the change
    /// returns, so there is nothing to wait for.
    #[track_caller]
    fn expect(&mut self, expected: &[bool]) {
        let received: Vec<bool> = std::iter::from_fn(|| self.receiver.try_recv().ok()).collect();
        assert_eq!(received, expected);
    }
}
