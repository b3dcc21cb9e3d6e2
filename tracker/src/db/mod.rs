//! The database: one type owns the connection and holds every rule about the
//! file itself. All SQL of the tracker lives in this folder.
//!
//! - The committed file uses a rollback journal, never a WAL, so that one file
//!   is the whole state.
//! - Every write is one `BEGIN IMMEDIATE` transaction: a process killed inside
//!   it leaves the old state, and processes queue up for their turn.
//! - Every open compares the content with its seal (`seal.rs`).

mod batches;
mod history;
mod items;
mod proof;
mod schema;
mod seal;
mod tables;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

pub use batches::{Batch, BatchStatus, Library};
pub use history::{Change, HistoryRow};
pub use items::{Facts, Item, Kind, Status};
pub(crate) use proof::run_digest;
pub use proof::{DriftRow, Evidence, MutationScore, Run};
pub use seal::digest;
pub(crate) use seal::hex;
pub use tables::Cell;

use crate::error::{Result, refuse};

/// How long a process waits for its turn to write.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// An open database.
#[derive(Debug)]
pub struct Db {
    conn: Connection,
    path: PathBuf,
    /// SQLite's data version when the content last matched its seal: as long as
    /// no other process writes, it need not be hashed again.
    sealed: Option<i64>,
}

/// The database inside one transaction.
#[derive(Debug)]
pub struct Store<'a> {
    conn: &'a Connection,
}

impl Db {
    /// Opens an existing database and verifies it.
    ///
    /// Refuses a missing file, one that is no SQLite database, one that belongs
    /// to another program, one written by a newer tracker, and one whose
    /// content does not match its seal.
    pub fn open(path: &Path, busy: Duration) -> Result<Self> {
        let mut db = Self::open_unsealed(path, busy)?;
        db.read(|_| Ok(()))?;
        Ok(db)
    }

    /// Opens a database without comparing the seal, to find out what is wrong
    /// with it (`tracker doctor`).
    pub fn open_unsealed(path: &Path, busy: Duration) -> Result<Self> {
        check_magic(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(path, flags)
            .with_context(|| format!("cannot open {}", path.display()))?;
        let mut db = Self {
            conn,
            path: path.to_owned(),
            sealed: None,
        };
        db.prepare(busy)
            .and_then(|()| db.identify())
            .map_err(|error| describe(error, path))?;
        Ok(db)
    }

    /// Creates an empty database. Refuses to write over a file.
    pub fn create(path: &Path, busy: Duration) -> Result<Self> {
        if path.exists() {
            return refuse(format!("{} exists already", path.display()));
        }
        let conn =
            Connection::open(path).with_context(|| format!("cannot create {}", path.display()))?;
        let mut db = Self {
            conn,
            path: path.to_owned(),
            sealed: None,
        };
        db.prepare(busy)?;
        db.conn
            .pragma_update(None, "application_id", schema::APPLICATION_ID)?;
        db.migrate(0)?;
        Ok(db)
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `body` on one consistent state that matches its seal.
    pub fn read<T>(&mut self, body: impl FnOnce(&Store<'_>) -> Result<T>) -> Result<T> {
        let path = self.path.clone();
        let run = || {
            let tx = self.conn.transaction()?;
            verify_seal(&tx, &path, &mut self.sealed)?;
            body(&Store { conn: &tx })
        };
        run().map_err(|error| describe(error, &path))
    }

    /// Runs `body` on one consistent state without comparing the seal, to find
    /// out what is wrong with a file (`tracker doctor`).
    pub fn read_unsealed<T>(&mut self, body: impl FnOnce(&Store<'_>) -> Result<T>) -> Result<T> {
        let tx = self.conn.transaction()?;
        body(&Store { conn: &tx })
    }

    /// Runs `body` as the only writer; all of it is kept or, when it fails,
    /// nothing.
    pub fn write<T>(&mut self, body: impl FnOnce(&Store<'_>) -> Result<T>) -> Result<T> {
        let path = self.path.clone();
        let run = || {
            let tx = self
                .conn
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            verify_seal(&tx, &path, &mut self.sealed)?;
            let value = body(&Store { conn: &tx })?;
            seal::renew(&tx)?;
            tx.commit()?;
            Ok(value)
        };
        run().map_err(|error| describe(error, &path))
    }

    /// Rewrites the file without free pages.
    pub fn vacuum(&mut self) -> Result<()> {
        self.conn
            .execute_batch("VACUUM")
            .map_err(|error| describe(error.into(), &self.path))
    }

    /// SQLite's own integrity check: the problems it reports.
    pub fn integrity_problems(&self) -> Result<Vec<String>> {
        let mut statement = self.conn.prepare("PRAGMA integrity_check")?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        let lines: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
        Ok(if lines == ["ok"] { Vec::new() } else { lines })
    }

    /// The schema version of the file and of this program.
    pub fn schema_versions(&self) -> Result<(i32, i32)> {
        Ok((
            self.conn
                .pragma_query_value(None, "user_version", |row| row.get(0))?,
            schema::VERSION,
        ))
    }

    fn prepare(&self, busy: Duration) -> Result<()> {
        self.conn.busy_timeout(busy)?;
        self.conn.pragma_update(None, "synchronous", "FULL")?;
        Ok(())
    }

    fn identify(&mut self) -> Result<()> {
        let id: i32 = self
            .conn
            .pragma_query_value(None, "application_id", |row| row.get(0))?;
        let version: i32 = self
            .conn
            .pragma_query_value(None, "user_version", |row| row.get(0))?;
        if id != schema::APPLICATION_ID {
            return refuse(format!(
                "{} is a SQLite database, but not a porting ledger",
                self.path.display()
            ));
        }
        if version > schema::VERSION {
            return refuse(format!(
                "{} has schema version {version}; this tracker knows up to {}. Build a newer tracker",
                self.path.display(),
                schema::VERSION
            ));
        }
        if version < schema::VERSION {
            self.migrate(version)?;
        }
        Ok(())
    }

    fn migrate(&mut self, from: i32) -> Result<()> {
        let tx = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for step in schema::MIGRATIONS.iter().skip(usize::try_from(from)?) {
            tx.execute_batch(step)?;
        }
        tx.pragma_update(None, "user_version", schema::VERSION)?;
        seal::renew(&tx)?;
        tx.commit()?;
        Ok(())
    }
}

impl Store<'_> {
    /// A value of the `meta` table.
    pub fn meta(&self, key: &str) -> Result<Option<String>> {
        use rusqlite::OptionalExtension;
        Ok(self
            .conn
            .query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| {
                row.get(0)
            })
            .optional()?)
    }

    /// Sets a value of the `meta` table.
    pub fn set_meta(&self, key: &str, value: &str) -> Result<()> {
        self.conn.execute(
            "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)",
            (key, value),
        )?;
        Ok(())
    }

    /// The time of a change, UTC to the second.
    pub fn now(&self) -> Result<String> {
        Ok(self
            .conn
            .query_row("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', 'now')", [], |row| {
                row.get(0)
            })?)
    }

    /// The time in UTC with milliseconds.
    fn now_in_milliseconds(&self) -> Result<String> {
        let time = "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', julianday('now'))";
        Ok(self.conn.query_row(time, [], |row| row.get(0))?)
    }
}

fn check_magic(path: &Path) -> Result<()> {
    let mut head = Vec::new();
    match std::fs::File::open(path) {
        Ok(file) => {
            file.take(16)
                .read_to_end(&mut head)
                .with_context(|| format!("cannot read {}", path.display()))?;
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return refuse(format!(
                "no database at {}; `tracker import` creates one, --db names another",
                path.display()
            ));
        }
        Err(error) => return Err(error).with_context(|| format!("cannot open {}", path.display())),
    }
    if head != b"SQLite format 3\0" {
        return refuse(format!(
            "{} is no SQLite database, or is damaged",
            path.display()
        ));
    }
    Ok(())
}

fn verify_seal(conn: &Connection, path: &Path, sealed: &mut Option<i64>) -> Result<()> {
    let version: i64 = conn.pragma_query_value(None, "data_version", |row| row.get(0))?;
    if *sealed == Some(version) {
        return Ok(());
    }
    if seal::stored(conn)? == Some(seal::compute(conn)?) {
        *sealed = Some(version);
        return Ok(());
    }
    refuse(format!(
        "{} does not match its seal: it is damaged or was edited without the tracker. \
         Restore it with git; `tracker doctor` tells more",
        path.display()
    ))
}

/// Says what SQLite's own errors mean for the person at the keyboard.
fn describe(error: anyhow::Error, path: &Path) -> anyhow::Error {
    use rusqlite::ErrorCode;
    let code = error
        .downcast_ref::<rusqlite::Error>()
        .and_then(rusqlite::Error::sqlite_error_code);
    let what = match code {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "is locked by another process; nothing was changed"
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            "is damaged (truncated or overwritten); restore it with git"
        }
        Some(ErrorCode::NotADatabase) => "is no SQLite database, or is damaged",
        Some(ErrorCode::ReadOnly) => "cannot be written to",
        Some(ErrorCode::DiskFull) => "cannot grow: the disk is full; nothing was changed",
        // A missing table or column or a value of the wrong type in a file that
        // carries our mark means that bytes were changed under it.
        None if error.downcast_ref::<rusqlite::Error>().is_some() => {
            "holds values of the wrong type: it is damaged; restore it with git"
        }
        Some(ErrorCode::Unknown) => {
            "does not have the ledger's tables: it is damaged; restore it with git"
        }
        _ => return error,
    };
    error.context(format!("{} {what}", path.display()))
}
