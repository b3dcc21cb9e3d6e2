//! Requests that wait.

use std::sync::{Arc, Weak};

use serde_json::json;

use super::dispatch;
use crate::account::{Account, ClientInfo, Delivery, MessageHandler};
use crate::client::{InternalClient, InternalMessage, InternalSubscription, Outgoing};
use crate::collections::ip_queue::{IpQueue, IpQueueOptions};
use crate::conn::Kind;
use crate::jetstream::advisory;
use crate::jetstream::assets::JetStream;
use crate::subject::sublist::SublistError;

/// A request and the account that it came from.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) client: Arc<InternalClient>,
    pub(super) message: InternalMessage,
    /// Who asks.
    pub(super) asker: Option<ClientInfo>,
}

/// The requests of all accounts. When there are as many as there may be, all are
/// dropped, so that whoever still waits for an answer asks anew.
#[derive(Debug)]
pub struct ApiQueue {
    js: Arc<JetStream>,
    queue: Arc<IpQueue<Waiting>>,
    max: usize,
    system: Option<InternalClient>,
}

/// Requests that consumers and streams answer themselves.
const ANSWERED_ELSEWHERE: &[&[u8]] = &[b"$JS.API.CONSUMER.MSG.NEXT.", b"$JS.API.DIRECT.GET."];

/// Requests that only leaders of clusters answer, so that one server is silent.
const UNANSWERED: &[&[u8]] = &[
    b"$JS.API.META.LEADER.STEPDOWN",
    b"$JS.API.SERVER.REMOVE",
    b"$JS.API.ACCOUNT.",
];

const WORKERS_MAX: usize = 16;

impl ApiQueue {
    /// An empty queue, and workers that wait for requests.
    #[must_use]
    pub fn start(js: Arc<JetStream>, max: usize) -> Arc<Self> {
        let context = &js.host().context;
        let queue = IpQueue::registered(
            &context.queues,
            "Routed JS API Requests",
            IpQueueOptions::default(),
        );
        let system = context
            .accounts()
            .system()
            .map(|account| InternalClient::new(Arc::clone(context), account, Kind::System));
        let api = Arc::new(Self {
            js,
            queue,
            max,
            system,
        });
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..workers.min(WORKERS_MAX) {
            let this = Arc::downgrade(&api);
            api.js
                .host()
                .runtime
                .spawn(work(this, Arc::clone(&api.queue)));
        }
        api
    }

    /// Takes requests of an account, until the subscription is dropped.
    ///
    /// # Errors
    /// [`SublistError`]; the subject is a constant that can be subscribed to.
    pub fn subscribe(
        self: &Arc<Self>,
        account: &Arc<Account>,
    ) -> Result<InternalSubscription, SublistError> {
        let context = Arc::clone(&self.js.host().context);
        let client = InternalClient::new(context, Arc::clone(account), Kind::JetStream);
        let client = Arc::new(client);
        let handler = Requests {
            api: Arc::clone(self),
            client: Arc::clone(&client),
        };
        client.subscribe(b"$JS.API.>", None, Arc::new(handler))
    }

    fn push(&self, waiting: Waiting) {
        self.js.host().usage.begin_api();
        // The queue has no limit of its own.
        let Ok(count) = self.queue.push(waiting) else {
            return;
        };
        if count < self.max {
            return;
        }
        let dropped = self.queue.drain();
        self.js.host().usage.end_api(dropped as u64);
        let host = Arc::clone(self.js.host());
        host.context.logger.limited(
            crate::logging::Level::Warn,
            "js-api-queue",
            format_args!("JetStream API queue limit reached, dropping {dropped} requests"),
        );
        let mut about = json!({ "server": host.context.options().server_name, "dropped": dropped });
        let domain = &host.config.domain;
        if let Some(fields) = about.as_object_mut().filter(|_| !domain.is_empty()) {
            fields.insert("domain".to_owned(), domain.as_str().into());
        }
        let kind = "io.nats.jetstream.advisory.v1.api_limit_reached";
        let event = advisory::event(&host, kind, about);
        // Not on the thread of a publisher, whose lock it may hold.
        if let Some(system) = &self.system {
            let context = Arc::clone(system.context());
            let account = Arc::clone(system.account());
            host.runtime.spawn(async move {
                let client = InternalClient::new(context, account, Kind::System);
                advisory::publish(&client, "$JS.EVENT.ADVISORY.API.LIMIT_REACHED", &event);
            });
        }
    }

    pub(super) const fn js(&self) -> &Arc<JetStream> {
        &self.js
    }
}

/// Puts requests of one account into the queue.
struct Requests {
    api: Arc<ApiQueue>,
    client: Arc<InternalClient>,
}

impl MessageHandler for Requests {
    fn handle(&self, message: &Delivery<'_>) -> bool {
        let is_one_of = |prefixes: &[&[u8]]| {
            prefixes
                .iter()
                .any(|prefix| message.subject.starts_with(prefix))
        };
        if is_one_of(ANSWERED_ELSEWHERE) {
            return false;
        }
        if is_one_of(UNANSWERED) {
            return true;
        }
        let mut asker = message.asker();
        if let Some(asker) = &mut asker
            && message.is_imported
        {
            // As if the account imported the API from the system account in turn.
            self.client.account().name().clone_into(&mut asker.service);
            if asker.server.is_empty() {
                let options = self.client.context().options();
                asker.server.clone_from(&options.server_name);
            }
        }
        self.api.push(Waiting {
            client: Arc::clone(&self.client),
            message: InternalMessage::new(message),
            asker,
        });
        true
    }
}

/// Answers requests, one after the other, until the queue's owner is gone.
async fn work(api: Weak<ApiQueue>, queue: Arc<IpQueue<Waiting>>) {
    loop {
        tokio::select! {
            () = queue.ready() => {}
            () = tokio::time::sleep(LIVENESS) => {}
        }
        loop {
            let Some(api) = api.upgrade() else { return };
            if api.js.host().is_stopping() {
                return;
            }
            let Some(waiting) = queue.pop_one() else {
                break;
            };
            // Any request may have to wait for the disk or for a lock.
            tokio::task::block_in_place(|| dispatch::answer(&api, waiting));
            api.js.host().usage.end_api(1);
        }
    }
}

/// How often a worker that has nothing to do sees whether it is still wanted.
const LIVENESS: std::time::Duration = std::time::Duration::from_secs(1);

impl Waiting {
    /// Sends an answer, if one is wanted.
    pub(super) fn reply(&self, payload: &[u8]) {
        if let Some(reply) = self.message.reply()
            && !reply.is_empty()
        {
            self.client.publish(&Outgoing {
                subject: reply,
                payload,
                ..Outgoing::default()
            });
        }
    }
}
