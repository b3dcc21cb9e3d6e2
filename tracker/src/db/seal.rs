//! The seal: a hash over the content of every table, kept in `meta`.
//!
//! SQLite notices a damaged page structure but not a flipped bit inside a
//! value. Each write stores the hash of all rows; each open compares it, so a
//! damaged or hand-edited file is refused before anything is read from it.

use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};

use super::schema;
use crate::error::Result;

const KEY: &str = "seal";

/// Hashes the content of every table.
pub(super) fn compute(conn: &rusqlite::Connection) -> Result<String> {
    let mut hash = Sha256::new();
    for (table, key) in schema::TABLES {
        let filter = if *table == "meta" {
            "WHERE key <> 'seal'"
        } else {
            ""
        };
        let mut statement =
            conn.prepare(&format!("SELECT * FROM {table} {filter} ORDER BY {key}"))?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        hash.update(table.as_bytes());
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                match row.get_ref(column)? {
                    ValueRef::Integer(value) => {
                        hash.update([1]);
                        hash.update(value.to_le_bytes());
                    }
                    ValueRef::Text(value) => {
                        hash.update([2]);
                        hash.update((value.len() as u64).to_le_bytes());
                        hash.update(value);
                    }
                    ValueRef::Null => hash.update([3]),
                    ValueRef::Real(value) => {
                        hash.update([4]);
                        hash.update(value.to_bits().to_le_bytes());
                    }
                    ValueRef::Blob(value) => {
                        hash.update([5]);
                        hash.update((value.len() as u64).to_le_bytes());
                        hash.update(value);
                    }
                }
            }
        }
    }
    Ok(hex(&hash.finalize()))
}

/// The stored seal, if any.
pub(super) fn stored(conn: &rusqlite::Connection) -> Result<Option<String>> {
    use rusqlite::OptionalExtension;
    Ok(conn
        .query_row("SELECT value FROM meta WHERE key = ?1", [KEY], |row| {
            row.get(0)
        })
        .optional()?)
}

/// Recomputes and stores the seal.
pub(super) fn renew(conn: &rusqlite::Connection) -> Result<()> {
    let seal = compute(conn)?;
    conn.execute(
        "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)",
        (KEY, seal),
    )?;
    Ok(())
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
            // Writing to a string cannot fail.
            let _ = write!(out, "{byte:02x}");
            out
        })
}

/// The SHA-256 of several parts, each counted in with its length so that
/// moving a byte from one part to the next changes the result.
pub fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}
