//! Features and tests: what the Go source says about them and where they stand.

use std::fmt;
use std::str::FromStr;

use rusqlite::{OptionalExtension, Row};

use super::Store;
use crate::error::{Result, refuse};
use crate::ids;

/// The two kinds of tracked item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A Go function or method outside test files.
    Feature,
    /// A Go test or benchmark.
    Test,
}

impl Kind {
    /// Table and word for messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Feature => "feature",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where an item stands. The order is that of the allowed path; `n_a` comes
/// last because it takes an item out of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Nothing exists.
    NotStarted,
    /// Put off, with a reason.
    Deferred,
    /// A skeleton exists.
    Stub,
    /// Written, free of stub findings, its tests pass.
    Complete,
    /// Complete and proved by fresh evidence.
    Verified,
    /// Does not apply to this port, with a reason.
    NotApplicable,
}

impl Status {
    /// All statuses, lowest first.
    pub const ALL: [Self; 6] = [
        Self::NotStarted,
        Self::Deferred,
        Self::Stub,
        Self::Complete,
        Self::Verified,
        Self::NotApplicable,
    ];

    /// The word used in the database and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Deferred => "deferred",
            Self::Stub => "stub",
            Self::Complete => "complete",
            Self::Verified => "verified",
            Self::NotApplicable => "n_a",
        }
    }

    /// Whether a batch can be completed with an item in this status.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Verified | Self::Deferred | Self::NotApplicable)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Status {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| {
                format!(
                    "\"{text}\" is no status; one of {}",
                    Self::ALL.map(Self::as_str).join(", ")
                )
            })
    }
}

/// What the Go source says about one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Feature or test.
    pub kind: Kind,
    /// ID within its kind.
    pub id: u32,
    /// Module (Go package) by name.
    pub module: String,
    /// Path within the Go repository.
    pub file: String,
    /// Receiver type without pointer and type parameters, or empty.
    pub receiver: String,
    /// Function name.
    pub name: String,
    /// First line of the declaration.
    pub line_start: u32,
    /// Last line of the declaration.
    pub line_end: u32,
    /// Lines that hold code.
    pub loc: u32,
    /// Build constraint from the file's name and its `//go:build` line.
    pub build: String,
    /// SHA-256 over the body's tokens.
    pub body_hash: String,
    /// `empty`, `constant`, `getter` or `other`.
    pub shape: String,
    /// Tests only: what the test needs, from the plan.
    pub category: String,
    /// Features that it calls.
    pub calls: Vec<u32>,
    /// Its batch.
    pub batch: u32,
}

/// A feature or test with its standing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What the Go source says.
    pub facts: Facts,
    /// Where it stands.
    pub status: Status,
    /// Why it is deferred or n_a.
    pub reason: String,
    /// Rust items (feature) or the Rust test function (test).
    pub rust: Vec<String>,
    /// Features only: tests mapped by hand as proof.
    pub tests: Vec<u32>,
    /// Features only: Rust tests of the server crate mapped as proof.
    pub proofs: Vec<String>,
}

impl Item {
    /// `Receiver.name`, or the name alone.
    pub fn full_name(&self) -> String {
        self.facts.full_name()
    }

    /// The ID.
    pub fn id(&self) -> u32 {
        self.facts.id
    }

    /// Feature or test.
    pub fn kind(&self) -> Kind {
        self.facts.kind
    }
}

impl Facts {
    /// `Receiver.name`, or the name alone.
    pub fn full_name(&self) -> String {
        if self.receiver.is_empty() {
            self.name.clone()
        } else {
            format!("{}.{}", self.receiver, self.name)
        }
    }

    /// The file's name without folder and `.go`.
    pub fn file_stem(&self) -> &str {
        let name = self.file.rsplit('/').next().unwrap_or(&self.file);
        name.strip_suffix(".go").unwrap_or(name)
    }
}

impl Store<'_> {
    /// All items of a kind in ID order.
    pub fn items(&self, kind: Kind) -> Result<Vec<Item>> {
        let mut statement = self
            .conn
            .prepare(&format!("{} ORDER BY t.id", select(kind)))?;
        let rows = statement.query_map([], |row| item(kind, row))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// One item; refuses an unknown ID.
    pub fn item(&self, kind: Kind, id: u32) -> Result<Item> {
        let found = self
            .conn
            .query_row(&format!("{} WHERE t.id = ?1", select(kind)), [id], |row| {
                item(kind, row)
            })
            .optional()?;
        match found {
            Some(item) => Ok(item),
            None => {
                let last: Option<u32> = self.conn.query_row(
                    &format!("SELECT max(id) FROM {}", kind.as_str()),
                    [],
                    |row| row.get(0),
                )?;
                refuse(format!(
                    "unknown {kind} ID {id}: they run from 1 to {}",
                    last.unwrap_or(0)
                ))
            }
        }
    }

    /// The named items, in the order given; refuses an unknown ID.
    pub fn items_by_id(&self, kind: Kind, ids: &[u32]) -> Result<Vec<Item>> {
        ids.iter().map(|id| self.item(kind, *id)).collect()
    }

    /// Stores what the Go source says about an item; a new item starts as
    /// `not_started`, a known one keeps its standing.
    pub fn put_facts(&self, facts: &Facts, module: u32) -> Result<()> {
        self.conn.prepare_cached(&format!(
            "INSERT INTO {} VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,'not_started','','','','')
             ON CONFLICT (id) DO UPDATE SET module=?2, file=?3, receiver=?4, name=?5, line_start=?6,
             line_end=?7, loc=?8, build=?9, body_hash=?10, shape=?11, category=?12, calls=?13, batch=?14",
            facts.kind.as_str()
        ))?
        .execute((
            facts.id,
            module,
            &facts.file,
            &facts.receiver,
            &facts.name,
            facts.line_start,
            facts.line_end,
            facts.loc,
            &facts.build,
            &facts.body_hash,
            &facts.shape,
            &facts.category,
            ids::format(&facts.calls),
            facts.batch,
        ))?;
        Ok(())
    }

    /// Writes an item's standing. The caller records the history.
    pub(super) fn put_standing(&self, item: &Item) -> Result<()> {
        self.conn
            .prepare_cached(&format!(
                "UPDATE {} SET status=?2, reason=?3, rust=?4, tests=?5, proofs=?6 WHERE id=?1",
                item.kind().as_str()
            ))?
            .execute((
                item.id(),
                item.status.as_str(),
                &item.reason,
                item.rust.join("\n"),
                ids::format(&item.tests),
                item.proofs.join("\n"),
            ))?;
        Ok(())
    }

    /// Number of rows of a kind.
    pub fn count(&self, kind: Kind) -> Result<usize> {
        let count: i64 = self.conn.query_row(
            &format!("SELECT count(*) FROM {}", kind.as_str()),
            [],
            |row| row.get(0),
        )?;
        Ok(usize::try_from(count)?)
    }
}

fn select(kind: Kind) -> String {
    format!(
        "SELECT t.id, m.name, t.file, t.receiver, t.name, t.line_start, t.line_end, t.loc, t.build,
         t.body_hash, t.shape, t.category, t.calls, t.batch, t.status, t.reason, t.rust, t.tests, t.proofs
         FROM {} t JOIN module m ON m.id = t.module",
        kind.as_str()
    )
}

fn item(kind: Kind, row: &Row<'_>) -> rusqlite::Result<Item> {
    Ok(Item {
        facts: Facts {
            kind,
            id: row.get(0)?,
            module: row.get(1)?,
            file: row.get(2)?,
            receiver: row.get(3)?,
            name: row.get(4)?,
            line_start: row.get(5)?,
            line_end: row.get(6)?,
            loc: row.get(7)?,
            build: row.get(8)?,
            body_hash: row.get(9)?,
            shape: row.get(10)?,
            category: row.get(11)?,
            calls: id_column(row, 12)?,
            batch: row.get(13)?,
        },
        status: parsed(row, 14)?,
        reason: row.get(15)?,
        rust: lines(row, 16)?,
        tests: id_column(row, 17)?,
        proofs: lines(row, 18)?,
    })
}

/// A text column read with `FromStr`.
pub(super) fn parsed<T: FromStr<Err = String>>(row: &Row<'_>, at: usize) -> rusqlite::Result<T> {
    let text: String = row.get(at)?;
    text.parse().map_err(|error: String| {
        rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, error.into())
    })
}

/// A text column that holds an ID list, possibly empty.
pub(super) fn id_column(row: &Row<'_>, at: usize) -> rusqlite::Result<Vec<u32>> {
    let text: String = row.get(at)?;
    if text.is_empty() {
        return Ok(Vec::new());
    }
    ids::parse(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, error.into())
    })
}

fn lines(row: &Row<'_>, at: usize) -> rusqlite::Result<Vec<String>> {
    let text: String = row.get(at)?;
    Ok(text.lines().map(str::to_owned).collect())
}
