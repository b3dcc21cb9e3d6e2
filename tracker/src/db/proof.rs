//! Runs and the evidence they left, mutation scores, cached drift.

use rusqlite::Row;

use super::{Store, digest};
use crate::error::Result;

/// One run of tests or of the build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Digest of the content.
    pub id: String,
    /// When, UTC.
    pub at: String,
    /// Who ran it.
    pub who: String,
    /// Git commit the tree stood at.
    pub commit: String,
    /// Whether the tree held changes that are not in the commit.
    pub dirty: bool,
    /// `rustc --version`.
    pub toolchain: String,
    /// SHA-256 of Cargo.lock.
    pub lock_hash: String,
    /// What was run.
    pub command: String,
    /// `passed` or `failed`.
    pub result: String,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// SHA-256 of everything the command printed.
    pub log_digest: String,
}

/// What one run proved about one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Digest of the content.
    pub id: String,
    /// The run it comes from.
    pub run: String,
    /// `test` (a test by ID), `reach` (a test that reaches a feature through
    /// other features), `proof` (a Rust test of the server crate), `build`.
    pub kind: String,
    /// Test ID, feature ID, or 0 for a build.
    pub subject: u32,
    /// `reach`: `T0007`; `proof`: path of the Rust test; `build`: tree hash.
    pub item: String,
    /// Token hash of the Rust test.
    pub test_hash: String,
    /// Hash over the token hashes of the mapped Rust items.
    pub items_hash: String,
    /// Hash of the Go body.
    pub go_hash: String,
    /// `passed` or `failed`.
    pub outcome: String,
    /// How often it passed in a row within the run.
    pub passes: u32,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// What the failure said.
    pub message: String,
}

/// The outcome of mutating a sample of a batch's features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MutationScore {
    /// Digest of the content.
    pub id: String,
    /// When, UTC.
    pub at: String,
    /// Batch.
    pub batch: u32,
    /// Git commit the tree stood at.
    pub commit: String,
    /// What the sample was drawn with.
    pub seed: String,
    /// Features in the sample, as an ID list.
    pub features: String,
    /// Mutants that compiled.
    pub viable: u32,
    /// Mutants that a mapped test noticed.
    pub killed: u32,
    /// The others, one a line.
    pub survivors: String,
}

/// One difference between two Go commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftRow {
    /// Old commit.
    pub old: String,
    /// New commit.
    pub new: String,
    /// `feature` or `test`.
    pub kind: String,
    /// `added`, `removed`, `renamed`, `moved` or `changed`.
    pub change: String,
    /// Our ID, 0 for an added one.
    pub subject: u32,
    /// File (of the new one when added).
    pub file: String,
    /// Name.
    pub name: String,
    /// Renamed: the new name.
    pub other: String,
}

impl Run {
    /// The digest of everything but the ID.
    pub fn content_digest(&self) -> String {
        let text = [
            &self.at,
            &self.who,
            &self.commit,
            &self.toolchain,
            &self.lock_hash,
            &self.command,
            &self.result,
            &self.log_digest,
            &format!("{} {}", u8::from(self.dirty), self.duration_ms),
        ];
        digest(text.map(String::as_str))
    }
}

impl Evidence {
    /// The digest of everything but the ID.
    pub fn content_digest(&self) -> String {
        let text = [
            &self.run,
            &self.kind,
            &self.item,
            &self.test_hash,
            &self.items_hash,
            &self.go_hash,
            &self.outcome,
            &self.message,
            &format!("{} {} {}", self.subject, self.passes, self.duration_ms),
        ];
        digest(text.map(String::as_str))
    }
}

impl MutationScore {
    /// The digest of everything but the ID.
    pub fn content_digest(&self) -> String {
        let text = [
            &self.at,
            &self.commit,
            &self.seed,
            &self.features,
            &self.survivors,
            &format!("{} {} {}", self.batch, self.viable, self.killed),
        ];
        digest(text.map(String::as_str))
    }
}

impl Store<'_> {
    /// Stores a run with its evidence; fills in the IDs and chains a digest of
    /// the whole into the history. Returns the run as stored.
    pub fn add_run(&self, mut run: Run, evidence: &mut [Evidence]) -> Result<Run> {
        // Two runs of the same content in one moment would share an ID, and their
        // evidence an order.
        loop {
            run.at = self.now_in_milliseconds()?;
            run.id = run.content_digest().chars().take(20).collect();
            let known = "SELECT EXISTS (SELECT 1 FROM run WHERE id = ?1)";
            let known: bool = self.conn.query_row(known, [&run.id], |row| row.get(0))?;
            if !known {
                break;
            }
        }
        for row in evidence.iter_mut() {
            row.run.clone_from(&run.id);
            row.id = row.content_digest().chars().take(20).collect();
            self.put_evidence(row)?;
        }
        self.put_run(&run)?;
        let whole = run_digest(&run, evidence);
        self.record_digest("run", &run.id, &whole, &run.who)?;
        Ok(run)
    }

    /// Stores a run row as it is (load and merge).
    pub fn put_run(&self, run: &Run) -> Result<()> {
        self.conn.execute(
            "INSERT OR IGNORE INTO run VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)",
            (
                &run.id,
                &run.at,
                &run.who,
                &run.commit,
                run.dirty,
                &run.toolchain,
                &run.lock_hash,
                &run.command,
                &run.result,
                run.duration_ms,
                &run.log_digest,
            ),
        )?;
        Ok(())
    }

    /// Stores an evidence row as it is (merge).
    pub fn put_evidence(&self, row: &Evidence) -> Result<()> {
        self.conn
            .prepare_cached(
                "INSERT OR IGNORE INTO evidence VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)",
            )?
            .execute((
                &row.id,
                &row.run,
                &row.kind,
                row.subject,
                &row.item,
                &row.test_hash,
                &row.items_hash,
                &row.go_hash,
                &row.outcome,
                row.passes,
                row.duration_ms,
                &row.message,
            ))?;
        Ok(())
    }

    /// All runs, oldest first.
    pub fn runs(&self) -> Result<Vec<Run>> {
        let mut statement = self.conn.prepare("SELECT * FROM run ORDER BY at, id")?;
        let rows = statement.query_map([], run_row)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// All evidence, in the order of its runs.
    pub fn evidence(&self) -> Result<Vec<Evidence>> {
        let mut statement = self.conn.prepare(
            "SELECT e.* FROM evidence e
             LEFT JOIN history h ON h.kind = 'run' AND h.subject = e.run
             ORDER BY h.seq, e.kind, e.subject, e.id",
        )?;
        let rows = statement.query_map([], evidence_row)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Stores a mutation score and chains it into the history.
    pub fn add_mutation(&self, mut score: MutationScore, who: &str) -> Result<MutationScore> {
        score.at = self.now()?;
        score.id = score.content_digest().chars().take(20).collect();
        self.put_mutation(&score)?;
        self.record_digest("mutation", &score.id, &score.content_digest(), who)?;
        Ok(score)
    }

    /// Stores a mutation score as it is (merge).
    pub fn put_mutation(&self, score: &MutationScore) -> Result<()> {
        self.conn.execute(
            "INSERT OR IGNORE INTO mutation VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)",
            (
                &score.id,
                &score.at,
                score.batch,
                &score.commit,
                &score.seed,
                &score.features,
                score.viable,
                score.killed,
                &score.survivors,
            ),
        )?;
        Ok(())
    }

    /// All mutation scores, oldest first.
    pub fn mutations(&self) -> Result<Vec<MutationScore>> {
        let mut statement = self
            .conn
            .prepare("SELECT * FROM mutation ORDER BY at, id")?;
        let rows = statement.query_map([], |row| {
            Ok(MutationScore {
                id: row.get(0)?,
                at: row.get(1)?,
                batch: row.get(2)?,
                commit: row.get(3)?,
                seed: row.get(4)?,
                features: row.get(5)?,
                viable: row.get(6)?,
                killed: row.get(7)?,
                survivors: row.get(8)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Replaces the cached drift.
    pub fn replace_drift(&self, rows: &[DriftRow]) -> Result<()> {
        self.conn.execute("DELETE FROM drift", [])?;
        let mut statement = self
            .conn
            .prepare("INSERT INTO drift VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)")?;
        for (number, row) in (1_i64..).zip(rows) {
            statement.execute((
                number,
                &row.old,
                &row.new,
                &row.kind,
                &row.change,
                row.subject,
                &row.file,
                &row.name,
                &row.other,
            ))?;
        }
        Ok(())
    }

    /// The cached drift.
    pub fn drift(&self) -> Result<Vec<DriftRow>> {
        let mut statement = self.conn.prepare(
            "SELECT old, new, kind, change, subject, file, name, other FROM drift ORDER BY id",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(DriftRow {
                old: row.get(0)?,
                new: row.get(1)?,
                kind: row.get(2)?,
                change: row.get(3)?,
                subject: row.get(4)?,
                file: row.get(5)?,
                name: row.get(6)?,
                other: row.get(7)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

/// The digest of a run and all evidence it left, whatever order the rows are in.
pub(crate) fn run_digest(run: &Run, evidence: &[Evidence]) -> String {
    let mut parts: Vec<String> = evidence.iter().map(Evidence::content_digest).collect();
    parts.sort_unstable();
    parts.push(run.content_digest());
    digest(parts.iter().map(String::as_str))
}

fn run_row(row: &Row<'_>) -> rusqlite::Result<Run> {
    Ok(Run {
        id: row.get(0)?,
        at: row.get(1)?,
        who: row.get(2)?,
        commit: row.get(3)?,
        dirty: row.get(4)?,
        toolchain: row.get(5)?,
        lock_hash: row.get(6)?,
        command: row.get(7)?,
        result: row.get(8)?,
        duration_ms: row.get(9)?,
        log_digest: row.get(10)?,
    })
}

fn evidence_row(row: &Row<'_>) -> rusqlite::Result<Evidence> {
    Ok(Evidence {
        id: row.get(0)?,
        run: row.get(1)?,
        kind: row.get(2)?,
        subject: row.get(3)?,
        item: row.get(4)?,
        test_hash: row.get(5)?,
        items_hash: row.get(6)?,
        go_hash: row.get(7)?,
        outcome: row.get(8)?,
        passes: row.get(9)?,
        duration_ms: row.get(10)?,
        message: row.get(11)?,
    })
}
