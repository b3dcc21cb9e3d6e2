//! Streams from archives (`jsStreamRestoreRequest`).
//!
//! The asker is told a subject, sends the archive there in chunks, and is answered
//! each, so that it can pace itself. An empty message is the end: then the stream is
//! made. Chunks wait in a queue for the thread that writes them to a file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::request::{Answer, Request};
use super::responder::{Responder, Work, render};
use crate::client::{InternalMessage, InternalSubscription, Outgoing, QueueHandler};
use crate::collections::ip_queue::{IpQueue, IpQueueOptions};
use crate::jetstream::advisory;
use crate::jetstream::assets::AccountAssets;
use crate::jetstream::host::{Host, RESTORES_DIR, random_name};
use crate::jetstream::model::json::{Described, Field, Shape, Struct};
use crate::jetstream::model::shapes::{STREAM_CONFIG, STREAM_STATE};
use crate::jetstream::model::{ApiError, StorageType, StreamConfig};

const RESPONSE: &str = "io.nats.jetstream.api.v1.stream_create_response";
/// How long nothing may come.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a restore that waits looks whether the server is stopping.
const PAUSE: Duration = Duration::from_millis(100);
/// Bytes that may wait to be written.
const WAITING_MAX: u64 = 64 << 20;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RestoreRequest {
    config: StreamConfig,
}

/// Clients tell what the stream held, too; the archive says that anyway.
impl Described for RestoreRequest {
    const SHAPE: &'static Struct = &Struct {
        name: "JSApiStreamRestoreRequest",
        embedded: None,
        fields: &[
            Field("config", Shape::Object(&STREAM_CONFIG)),
            Field("state", Shape::Object(&STREAM_STATE)),
        ],
    };
}

/// Prepares to take an archive.
pub(super) fn restore(request: &Request<'_>) -> Result<Work, ApiError> {
    if request.is_empty() {
        return Err(ApiError::bad_request());
    }
    let mut config = request.decode::<RestoreRequest>()?.config;
    if config.name.is_empty() {
        request.stream_name().clone_into(&mut config.name);
    }
    if config.name != request.stream_name() {
        return Err(ApiError::stream_mismatch());
    }
    if config.name.contains(['\\', '/']) {
        return Err(ApiError::stream_name_contains_path_separators());
    }
    let checked = request.account.check_config(&config)?;
    request.account.check_stream_count(&checked)?;
    if request.stream().is_ok() {
        return Err(ApiError::stream_name_exist_restore_failed());
    }
    let account = Arc::clone(request.account);
    Ok(Box::new(move |responder| {
        run(&account, config, &responder);
    }))
}

fn run(account: &Arc<AccountAssets>, config: StreamConfig, responder: &Responder) {
    let host = responder.host();
    let staged = match Staged::new(host) {
        Ok(staged) => staged,
        Err(error) => {
            host.context.logger.error(format_args!(
                "Error creating a file for a stream to restore: {error}"
            ));
            return responder.answer(Err(ApiError::temp_storage_failed()));
        }
    };
    let name = config.name.clone();
    let subject = format!("$JS.SNAPSHOT.RESTORE.{name}.{}", random_name(22));
    let label = format!("[ACC:{}] stream '{name}' restore", account.account().name());
    let options = IpQueueOptions {
        size_of: Some(size_of as fn(&InternalMessage) -> u64),
        size_max: Some(WAITING_MAX),
        ..IpQueueOptions::default()
    };
    let chunks = IpQueue::registered(&host.context.queues, &label, options);
    let handler = Arc::new(QueueHandler::new(Arc::clone(&chunks)));
    let subscription = match account
        .client()
        .subscribe(subject.as_bytes(), None, handler)
    {
        Ok(subscription) => subscription,
        Err(error) => {
            chunks.unregister();
            let refusal = ApiError::restore_subscribe_failed(error, &subject);
            return responder.answer(Err(refusal));
        }
    };
    let restore = Restore {
        account,
        config,
        responder,
        chunks,
        _subscription: subscription,
        staged,
        start: host.now(),
        began: Instant::now(),
    };
    host.context.logger.notice(format_args!(
        "Starting restore for stream '{}'",
        restore.label()
    ));
    restore.advise(
        "RESTORE_CREATE",
        "io.nats.jetstream.advisory.v1.restore_create",
        json!({ "stream": name, "client": responder.asker() }),
    );
    responder.answer(Ok(json!({ "deliver_subject": subject })));
    restore.run();
}

/// The file that chunks are written to, which goes when this is dropped.
struct Staged {
    path: PathBuf,
    file: File,
    len: u64,
}

impl Staged {
    fn new(host: &Host) -> io::Result<Self> {
        let dir = host.config.store_dir.join(RESTORES_DIR);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o750)
            .create(&dir)?;
        let path = dir.join(format!("js-restore-{}", random_name(16)));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        Ok(Self { path, file, len: 0 })
    }

    fn append(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.file.write_all(chunk)?;
        self.len += chunk.len() as u64;
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // What can not be removed now is when the server starts again.
        fs::remove_file(&self.path).ok();
    }
}

/// How the transfer ended: with all of it or not, and who is to be told.
type Ended = (Result<(), ApiError>, Vec<u8>);

/// A stream that is being restored.
struct Restore<'a> {
    account: &'a Arc<AccountAssets>,
    config: StreamConfig,
    responder: &'a Responder,
    chunks: Arc<IpQueue<InternalMessage>>,
    _subscription: InternalSubscription,
    staged: Staged,
    start: Timestamp,
    began: Instant,
}

impl Restore<'_> {
    fn label(&self) -> String {
        format!("{} > {}", self.account.account().name(), self.config.name)
    }

    fn advise(&self, verb: &str, kind: &'static str, fields: Value) {
        let event = advisory::event(self.responder.host(), kind, fields);
        let subject = format!("$JS.EVENT.ADVISORY.STREAM.{verb}.{}", self.config.name);
        advisory::publish(self.responder.client(), &subject, &event);
    }

    fn reply(&self, to: &[u8], payload: &[u8]) {
        if !to.is_empty() {
            self.account.client().publish(&Outgoing {
                subject: to,
                payload,
                ..Outgoing::default()
            });
        }
    }

    fn run(mut self) {
        let ended = self.receive();
        self.chunks.unregister();
        let host = self.responder.host();
        let logger = &host.context.logger;
        let Some((received, reply)) = ended else {
            logger.warn(format_args!(
                "restore for stream '{}' is stalled",
                self.label()
            ));
            return;
        };
        let answer = received.and_then(|()| self.finish());
        self.advise(
            "RESTORE_COMPLETE",
            "io.nats.jetstream.advisory.v1.restore_complete",
            json!({
                "stream": self.config.name,
                "start": self.start.to_string(),
                "end": host.now().to_string(),
                "bytes": self.staged.len,
                "client": self.responder.asker(),
            }),
        );
        match &answer {
            Ok(_) => logger.notice(format_args!(
                "Completed restore of {} bytes for stream '{}' in {:?}",
                self.staged.len,
                self.label(),
                self.began.elapsed()
            )),
            Err(error) => logger.warn(format_args!(
                "Restore failed for {} bytes for stream '{}' in {:?}: {error}",
                self.staged.len,
                self.label(),
                self.began.elapsed()
            )),
        }
        self.reply(&reply, &render(RESPONSE, "{}", answer));
    }

    /// Takes chunks until the end of the archive; `None` if it does not come.
    fn receive(&mut self) -> Option<Ended> {
        let host = Arc::clone(self.responder.host());
        let mut last = Instant::now();
        loop {
            let ready = tokio::time::timeout(PAUSE, self.chunks.ready());
            // Whether there is something shows below.
            host.runtime.block_on(async { ready.await.ok() });
            while let Some(chunk) = self.chunks.pop_one() {
                last = Instant::now();
                if let Some(ended) = self.take(&chunk, &host) {
                    return Some(ended);
                }
            }
            if host.is_stopping() || last.elapsed() >= PATIENCE {
                return None;
            }
        }
    }

    fn take(&mut self, chunk: &InternalMessage, host: &Host) -> Option<Ended> {
        let Some(reply) = chunk.reply().filter(|reply| !reply.is_empty()) else {
            let why = format!(
                "restore for stream '{}' requires reply subject for each chunk",
                self.label()
            );
            return Some((Err(ApiError::stream_restore(why)), Vec::new()));
        };
        let payload = chunk.payload();
        if payload.is_empty() {
            return Some((Ok(()), reply.to_vec()));
        }
        let total = self.staged.len.saturating_add(payload.len() as u64);
        let total = i64::try_from(total).unwrap_or(i64::MAX);
        if host.usage.would_exceed(StorageType::File, total) {
            return Some((Err(ApiError::insufficient_resources()), reply.to_vec()));
        }
        if let Err(error) = self.staged.append(payload) {
            self.reply(reply, b"-ERR 'storage failure during restore'");
            return Some((Err(ApiError::stream_restore(error)), reply.to_vec()));
        }
        self.reply(reply, b"");
        None
    }

    fn finish(&mut self) -> Answer {
        self.staged
            .file
            .seek(SeekFrom::Start(0))
            .map_err(ApiError::stream_restore)?;
        let stream = self
            .account
            .restore_stream(&self.config, &mut self.staged.file)?;
        let mut info = stream.info(false);
        info.domain.clear();
        // Mirrors and sources have only begun.
        info.mirror = None;
        info.sources.clear();
        Ok(serde_json::to_value(&info).unwrap_or_default())
    }
}

fn size_of(message: &InternalMessage) -> u64 {
    message.size() as u64
}
