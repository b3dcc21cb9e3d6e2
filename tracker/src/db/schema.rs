//! The tables, as an append-only list of migrations numbered by `user_version`.
//!
//! Layout rules: no secondary index and no `UNIQUE` beyond the primary keys, so
//! that every byte of content is covered by the seal (see `seal.rs`); lists are
//! stored as text (`1-3,7`, or one path a line) because rows are merged whole.

/// Marks the file as ours in the SQLite header ("NATS").
pub(crate) const APPLICATION_ID: i32 = 0x4E41_5453;

/// Each entry takes the schema from version N to N+1. Never edit one that was
/// released: append another.
pub(crate) const MIGRATIONS: &[&str] = &[V1];

/// The schema version this program writes.
pub(crate) const VERSION: i32 = MIGRATIONS.len() as i32;

/// Every table with its sort key, in dump order.
pub(crate) const TABLES: &[(&str, &str)] = &[
    ("meta", "key"),
    ("module", "id"),
    ("batch", "id"),
    ("feature", "id"),
    ("test", "id"),
    ("library", "go_module"),
    ("run", "id"),
    ("evidence", "id"),
    ("mutation", "id"),
    ("drift", "id"),
    ("history", "seq"),
];

const V1: &str = "
CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE module (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, path TEXT NOT NULL
);
CREATE TABLE batch (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, depends_on TEXT NOT NULL,
  status TEXT NOT NULL
);
CREATE TABLE feature (
  id INTEGER PRIMARY KEY, module INTEGER NOT NULL, file TEXT NOT NULL,
  receiver TEXT NOT NULL, name TEXT NOT NULL,
  line_start INTEGER NOT NULL, line_end INTEGER NOT NULL, loc INTEGER NOT NULL,
  build TEXT NOT NULL, body_hash TEXT NOT NULL, shape TEXT NOT NULL,
  category TEXT NOT NULL, calls TEXT NOT NULL, batch INTEGER NOT NULL,
  status TEXT NOT NULL, reason TEXT NOT NULL,
  rust TEXT NOT NULL, tests TEXT NOT NULL, proofs TEXT NOT NULL
);
CREATE TABLE test (
  id INTEGER PRIMARY KEY, module INTEGER NOT NULL, file TEXT NOT NULL,
  receiver TEXT NOT NULL, name TEXT NOT NULL,
  line_start INTEGER NOT NULL, line_end INTEGER NOT NULL, loc INTEGER NOT NULL,
  build TEXT NOT NULL, body_hash TEXT NOT NULL, shape TEXT NOT NULL,
  category TEXT NOT NULL, calls TEXT NOT NULL, batch INTEGER NOT NULL,
  status TEXT NOT NULL, reason TEXT NOT NULL,
  rust TEXT NOT NULL, tests TEXT NOT NULL, proofs TEXT NOT NULL
);
CREATE TABLE library (
  go_module TEXT NOT NULL PRIMARY KEY, version TEXT NOT NULL,
  crate TEXT NOT NULL, reason TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE run (
  id TEXT NOT NULL PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL,
  commit_id TEXT NOT NULL, dirty INTEGER NOT NULL, toolchain TEXT NOT NULL,
  lock_hash TEXT NOT NULL, command TEXT NOT NULL, result TEXT NOT NULL,
  duration_ms INTEGER NOT NULL, log_digest TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE evidence (
  id TEXT NOT NULL PRIMARY KEY, run TEXT NOT NULL, kind TEXT NOT NULL,
  subject INTEGER NOT NULL, item TEXT NOT NULL,
  test_hash TEXT NOT NULL, items_hash TEXT NOT NULL, go_hash TEXT NOT NULL,
  outcome TEXT NOT NULL, passes INTEGER NOT NULL, duration_ms INTEGER NOT NULL,
  message TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE mutation (
  id TEXT NOT NULL PRIMARY KEY, at TEXT NOT NULL, batch INTEGER NOT NULL,
  commit_id TEXT NOT NULL, seed TEXT NOT NULL, features TEXT NOT NULL,
  viable INTEGER NOT NULL, killed INTEGER NOT NULL, survivors TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE drift (
  id INTEGER PRIMARY KEY, old TEXT NOT NULL, new TEXT NOT NULL,
  kind TEXT NOT NULL, change TEXT NOT NULL, subject INTEGER NOT NULL,
  file TEXT NOT NULL, name TEXT NOT NULL, other TEXT NOT NULL
);
CREATE TABLE history (
  seq INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL,
  kind TEXT NOT NULL, subject TEXT NOT NULL, field TEXT NOT NULL,
  old TEXT NOT NULL, new TEXT NOT NULL, reason TEXT NOT NULL,
  override INTEGER NOT NULL, evidence TEXT NOT NULL,
  prev TEXT NOT NULL, hash TEXT NOT NULL
);
CREATE TRIGGER history_is_kept BEFORE DELETE ON history BEGIN
  SELECT RAISE(ABORT, 'history is append-only');
END;
CREATE TRIGGER history_is_fixed BEFORE UPDATE ON history BEGIN
  SELECT RAISE(ABORT, 'history is append-only');
END;
";
