//! Whole tables as rows of plain values, for the text dump.

use rusqlite::types::{Value, ValueRef};

use super::{Db, Store, schema, seal};
use crate::error::{Result, refuse};

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// A whole number.
    Integer(i64),
    /// Text.
    Text(String),
}

impl Store<'_> {
    /// Table names in dump order.
    pub fn table_names(&self) -> Vec<&'static str> {
        schema::TABLES.iter().map(|(table, _)| *table).collect()
    }

    /// Column names of a table.
    pub fn columns(&self, table: &str) -> Result<Vec<String>> {
        let statement = self
            .conn
            .prepare(&format!("SELECT * FROM {} LIMIT 0", known(table)?.0))?;
        Ok(statement.column_names().map(str::to_owned).collect())
    }

    /// Calls `each` with every row of a table in key order, the seal left out.
    pub fn each_row(
        &self,
        table: &str,
        mut each: impl FnMut(Vec<Cell>) -> Result<()>,
    ) -> Result<()> {
        let (table, key) = known(table)?;
        let filter = if table == "meta" {
            "WHERE key <> 'seal'"
        } else {
            ""
        };
        let mut statement = self
            .conn
            .prepare(&format!("SELECT * FROM {table} {filter} ORDER BY {key}"))?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let mut cells = Vec::with_capacity(columns);
            for column in 0..columns {
                cells.push(match row.get_ref(column)? {
                    ValueRef::Integer(value) => Cell::Integer(value),
                    ValueRef::Text(_) => Cell::Text(row.get(column)?),
                    other => {
                        return refuse(format!("{table}: a value of type {:?}", other.data_type()));
                    }
                });
            }
            each(cells)?;
        }
        Ok(())
    }

    /// Inserts a row as it is.
    pub fn insert_row(&self, table: &str, cells: &[Cell]) -> Result<()> {
        let (table, _) = known(table)?;
        let marks = vec!["?"; cells.len()].join(",");
        let values = cells.iter().map(|cell| match cell {
            Cell::Integer(value) => Value::Integer(*value),
            Cell::Text(text) => Value::Text(text.clone()),
        });
        self.conn
            .prepare_cached(&format!("INSERT INTO {table} VALUES ({marks})"))?
            .execute(rusqlite::params_from_iter(values))?;
        Ok(())
    }
}

impl Db {
    /// Whether the content matches the seal (doctor's view; every other
    /// operation refuses when it does not).
    pub fn seal_matches(&self) -> Result<bool> {
        Ok(seal::stored(&self.conn)? == Some(seal::compute(&self.conn)?))
    }
}

fn known(table: &str) -> Result<(&'static str, &'static str)> {
    match schema::TABLES.iter().find(|(name, _)| *name == table) {
        Some(found) => Ok(*found),
        None => refuse(format!("unknown table {table}")),
    }
}
