//! The history: who changed what, when and why. Append-only and chained by
//! hash, so that a row changed or dropped behind the tool's back is noticed.
//!
//! Every change of standing goes through this file: it writes the new value and
//! its history row together.

use rusqlite::{OptionalExtension, Row};

use super::{Batch, BatchStatus, Item, Library, Status, Store, digest};
use crate::error::Result;
use crate::ids;

/// Who makes a change, why, and on what grounds.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Who.
    pub who: String,
    /// Why, in the person's words.
    pub reason: String,
    /// Whether a rule was set aside on purpose.
    pub overridden: bool,
    /// IDs of the evidence rows that prove it.
    pub evidence: Vec<String>,
}

/// One row of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// Position, from 1.
    pub seq: u32,
    /// When, UTC.
    pub at: String,
    /// Who.
    pub who: String,
    /// `feature`, `test`, `batch`, `library`, `run`, `mutation`.
    pub kind: String,
    /// ID within the kind.
    pub subject: String,
    /// Which value.
    pub field: String,
    /// Value before.
    pub old: String,
    /// Value after.
    pub new: String,
    /// Why.
    pub reason: String,
    /// Whether a rule was set aside.
    pub overridden: bool,
    /// Evidence row IDs, separated by commas.
    pub evidence: String,
    /// Hash of the row before.
    pub prev: String,
    /// Hash over `prev` and this row's content.
    pub hash: String,
}

impl HistoryRow {
    /// What `hash` has to be.
    pub fn expected_hash(&self) -> String {
        digest([
            self.prev.as_str(),
            &self.seq.to_string(),
            &self.at,
            &self.who,
            &self.kind,
            &self.subject,
            &self.field,
            &self.old,
            &self.new,
            &self.reason,
            if self.overridden { "1" } else { "0" },
            &self.evidence,
        ])
    }
}

impl Store<'_> {
    /// The whole history, oldest first.
    pub fn history(&self) -> Result<Vec<HistoryRow>> {
        let mut statement = self.conn.prepare("SELECT * FROM history ORDER BY seq")?;
        let rows = statement.query_map([], row)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The history of one item, oldest first.
    pub fn history_of(&self, kind: &str, subject: &str) -> Result<Vec<HistoryRow>> {
        let mut statement = self
            .conn
            .prepare("SELECT * FROM history WHERE kind = ?1 AND subject = ?2 ORDER BY seq")?;
        let rows = statement.query_map((kind, subject), row)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Adds a row at the end of the chain. `seq`, `prev` and `hash` of the row
    /// given are ignored and computed here.
    pub fn append_history(&self, mut row: HistoryRow) -> Result<()> {
        let last: Option<(u32, String)> = self
            .conn
            .query_row(
                "SELECT seq, hash FROM history ORDER BY seq DESC LIMIT 1",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let (seq, prev) = last.unwrap_or((0, String::new()));
        row.seq = seq + 1;
        row.prev = prev;
        row.hash = row.expected_hash();
        self.conn
            .prepare_cached(
                "INSERT INTO history VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)",
            )?
            .execute((
                row.seq,
                &row.at,
                &row.who,
                &row.kind,
                &row.subject,
                &row.field,
                &row.old,
                &row.new,
                &row.reason,
                row.overridden,
                &row.evidence,
                &row.prev,
                &row.hash,
            ))?;
        Ok(())
    }

    /// Changes an item's status and reason.
    pub fn set_status(
        &self,
        item: &Item,
        status: Status,
        reason: &str,
        change: &Change,
    ) -> Result<()> {
        let mut next = item.clone();
        next.status = status;
        next.reason = reason.to_owned();
        self.put_standing(&next)?;
        self.record(
            item,
            "status",
            item.status.as_str(),
            status.as_str(),
            change,
        )
    }

    /// Changes an item's Rust paths.
    pub fn set_rust(&self, item: &Item, rust: &[String], change: &Change) -> Result<()> {
        let mut next = item.clone();
        next.rust = rust.to_vec();
        self.put_standing(&next)?;
        self.record(item, "rust", &item.rust.join(" "), &rust.join(" "), change)
    }

    /// Changes the tests mapped by hand to a feature.
    pub fn set_tests(&self, item: &Item, tests: &[u32], change: &Change) -> Result<()> {
        let mut next = item.clone();
        next.tests = tests.to_vec();
        self.put_standing(&next)?;
        self.record(
            item,
            "tests",
            &ids::format(&item.tests),
            &ids::format(tests),
            change,
        )
    }

    /// Changes the proofs mapped to a feature.
    pub fn set_proofs(&self, item: &Item, proofs: &[String], change: &Change) -> Result<()> {
        let mut next = item.clone();
        next.proofs = proofs.to_vec();
        self.put_standing(&next)?;
        self.record(
            item,
            "proofs",
            &item.proofs.join(" "),
            &proofs.join(" "),
            change,
        )
    }

    /// Takes over an item's standing whose history came with it (merge).
    pub fn adopt(&self, item: &Item) -> Result<()> {
        self.put_standing(item)
    }

    /// Takes over a batch's status whose history came with it (merge).
    pub fn adopt_batch_status(&self, id: u32, status: BatchStatus) -> Result<()> {
        self.put_batch_status(id, status)
    }

    /// Takes over a library's mapping whose history came with it (merge).
    pub fn adopt_library(&self, library: &Library) -> Result<()> {
        self.put_library_mapping(library)
    }

    /// Changes a batch's status.
    pub fn set_batch_status(
        &self,
        batch: &Batch,
        status: BatchStatus,
        change: &Change,
    ) -> Result<()> {
        self.put_batch_status(batch.id, status)?;
        let row = self.new_row("batch", &batch.id.to_string(), "status", change)?;
        self.append_history(HistoryRow {
            old: batch.status.as_str().to_owned(),
            new: status.as_str().to_owned(),
            ..row
        })
    }

    /// Changes what takes a Go dependency's place.
    pub fn set_library(&self, before: &Library, after: &Library, change: &Change) -> Result<()> {
        self.put_library_mapping(after)?;
        let row = self.new_row("library", &after.go_module, "crate", change)?;
        self.append_history(HistoryRow {
            old: before.krate.clone(),
            new: after.krate.clone(),
            reason: after.reason.clone(),
            ..row
        })
    }

    /// Records that rows of evidence were added, with a digest of their
    /// content.
    pub(super) fn record_digest(
        &self,
        kind: &str,
        subject: &str,
        digest: &str,
        who: &str,
    ) -> Result<()> {
        let change = Change {
            who: who.to_owned(),
            ..Change::default()
        };
        let row = self.new_row(kind, subject, "content", &change)?;
        self.append_history(HistoryRow {
            new: digest.to_owned(),
            ..row
        })
    }

    fn record(
        &self,
        item: &Item,
        field: &str,
        old: &str,
        new: &str,
        change: &Change,
    ) -> Result<()> {
        let row = self.new_row(item.kind().as_str(), &item.id().to_string(), field, change)?;
        self.append_history(HistoryRow {
            old: old.to_owned(),
            new: new.to_owned(),
            ..row
        })
    }

    fn new_row(
        &self,
        kind: &str,
        subject: &str,
        field: &str,
        change: &Change,
    ) -> Result<HistoryRow> {
        Ok(HistoryRow {
            seq: 0,
            at: self.now()?,
            who: change.who.clone(),
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            field: field.to_owned(),
            old: String::new(),
            new: String::new(),
            reason: change.reason.clone(),
            overridden: change.overridden,
            evidence: change.evidence.join(","),
            prev: String::new(),
            hash: String::new(),
        })
    }
}

fn row(row: &Row<'_>) -> rusqlite::Result<HistoryRow> {
    Ok(HistoryRow {
        seq: row.get(0)?,
        at: row.get(1)?,
        who: row.get(2)?,
        kind: row.get(3)?,
        subject: row.get(4)?,
        field: row.get(5)?,
        old: row.get(6)?,
        new: row.get(7)?,
        reason: row.get(8)?,
        overridden: row.get(9)?,
        evidence: row.get(10)?,
        prev: row.get(11)?,
        hash: row.get(12)?,
    })
}
