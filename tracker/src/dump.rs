//! The canonical text form of the ledger: one JSON value a line, tables and
//! rows in a fixed order, the same bytes for the same content.
//!
//! `{"table":"feature","columns":[...]}` opens a table, `[...]` is a row. It is
//! what `git diff` shows and what `load` reads back.

use std::io::{BufRead, Write};

use anyhow::Context;
use serde_json::{Value, json};

use crate::db::{Cell, Store};
use crate::error::{Result, refuse};

/// Writes every table.
pub fn dump(store: &Store<'_>, out: &mut dyn Write) -> Result<()> {
    for table in store.table_names() {
        let columns = store.columns(table)?;
        writeln!(out, "{}", json!({ "table": table, "columns": columns }))?;
        store.each_row(table, |cells| {
            let row: Vec<Value> = cells
                .into_iter()
                .map(|cell| match cell {
                    Cell::Integer(value) => Value::from(value),
                    Cell::Text(text) => Value::from(text),
                })
                .collect();
            writeln!(out, "{}", Value::from(row))?;
            Ok(())
        })?;
    }
    Ok(())
}

/// Fills an empty ledger from a dump. Refuses tables or columns that this
/// version does not have; the caller checks the hash chain afterwards.
pub fn load(store: &Store<'_>, input: &mut dyn BufRead) -> Result<usize> {
    let mut table: Option<(String, usize)> = None;
    let mut rows = 0;
    for (number, line) in input.lines().enumerate() {
        let line = line.with_context(|| format!("line {}", number + 1))?;
        let value: Value = serde_json::from_str(&line)
            .with_context(|| format!("line {} of the dump is no JSON", number + 1))?;
        match value {
            Value::Object(head) => {
                let name = head
                    .get("table")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned();
                let columns: Vec<String> = head
                    .get("columns")
                    .and_then(Value::as_array)
                    .map(|list| {
                        list.iter()
                            .filter_map(Value::as_str)
                            .map(str::to_owned)
                            .collect()
                    })
                    .unwrap_or_default();
                let known = store.columns(&name)?;
                if known != columns {
                    return refuse(format!(
                        "table {name} has columns {known:?}, the dump {columns:?}"
                    ));
                }
                table = Some((name, columns.len()));
            }
            Value::Array(values) => {
                let Some((table, columns)) = &table else {
                    return refuse(format!("line {}: a row before any table", number + 1));
                };
                if values.len() != *columns {
                    return refuse(format!(
                        "line {}: {} values, not {columns}",
                        number + 1,
                        values.len()
                    ));
                }
                let cells = values
                    .into_iter()
                    .map(|value| match value {
                        Value::String(text) => Ok(Cell::Text(text)),
                        Value::Number(number) => match number.as_i64() {
                            Some(number) => Ok(Cell::Integer(number)),
                            None => refuse(format!("{number} is no whole number")),
                        },
                        other => refuse(format!("line {}: {other} is no value", number + 1)),
                    })
                    .collect::<Result<Vec<Cell>>>()?;
                store.insert_row(table, &cells)?;
                rows += 1;
            }
            other => return refuse(format!("line {}: {other} is no row", number + 1)),
        }
    }
    if rows == 0 {
        return refuse("the dump is empty");
    }
    Ok(rows)
}
