//! Where answers differ from the Go server's on purpose.

use crate::expectations::Difference;

pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        recorded: r#""description":"subject \"a\" overlaps with \"a\"""#,
        ours: r#""description":"duplicate subjects detected""#,
        scripts: &["invalid-stream-names"],
        reason: "What is there twice is told as such, as 2.14.0 did.",
    },
    Difference {
        recorded: "A< {\"error\":{\"code\":500,\"description\":\"restore failed: s2: corrupt input\",\"err_code\":10062},\"type\":\"io.nats.jetstream.api.v1.stream_create_response\"}\nA ask {TO}\nA< [NATS/1.0 503; Nats-Subject: $JS.SNAPSHOT.RESTORE.T.<id>]\n",
        ours: "A<\nA ask {TO}\nA< {\"error\":{\"code\":500,\"description\":\"restore failed: s2: corrupt input\",\"err_code\":10062},\"type\":\"io.nats.jetstream.api.v1.stream_create_response\"}\n",
        scripts: &["snapshot-errors", "snapshot-advisories"],
        reason: "An archive is looked at when all of it is there, as in 2.14.0.",
    },
    Difference {
        recorded: "Nats-Num-Pending: 8; Nats-Last-Sequence: 2",
        ours: "Nats-Num-Pending: 6; Nats-Last-Sequence: 2",
        scripts: &["direct-get-batch"],
        reason: "The Go server does not count messages that it sends without headers.",
    },
    Difference {
        recorded: "Nats-Batch-Sequence: x]] wrong\nA< {\"error\":{\"code\":400,\"description\":\"atomic publish sequence is missing\",\"err_code\":10175}",
        ours: "Nats-Batch-Sequence: x]] wrong\nA< {\"error\":{\"code\":400,\"description\":\"atomic publish batch is too large: 1000\",\"err_code\":10199}",
        scripts: &["atomic-batches"],
        reason: "A sequence that is no number is taken for a large one, as in 2.14.0.",
    },
    Difference {
        recorded: "reload\nA ask s x",
        ours: "reload\n(refused)\nA ask s x",
        scripts: &["reload-store-limits"],
        reason: "What JetStream may use can not be reloaded, as in 2.14.0.",
    },
    Difference {
        recorded: "A ask @STREAM.NAMES\nA< (no answer)",
        ours: "A ask @STREAM.NAMES\nA< [NATS/1.0 503; Nats-Subject: $JS.API.STREAM.NAMES]",
        scripts: &["reload-jetstream-off"],
        reason: "Where nobody listens any more, whoever asks is told at once.",
    },
];
