//! Inserts of many rows: values are bound, so that SQLite parses no JSON for every column of every row.

use super::db_int;
use crate::storage::StorageError;
use sqlx::SqliteConnection;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};

/// Rows of one statement, the most first: few lengths, so that each statement is prepared once and kept.
const LENGTHS: [usize; 3] = [64, 8, 1];

/// A value of a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell<'a> {
    /// Text.
    Text(&'a str),
    /// Text or nothing.
    Maybe(Option<&'a str>),
    /// A number.
    Int(i64),
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Cell<'_> {
    fn from(number: u64) -> Self {
        Self::Int(db_int(number))
    }
}

/// Inserts rows `into` a table with its columns named; `after` is what to do with those that are there.
pub(super) async fn insert<const COLUMNS: usize>(
    db: &mut SqliteConnection,
    into: &str,
    after: &str,
    rows: &[[Cell<'_>; COLUMNS]],
) -> Result<(), StorageError> {
    let row = format!("({})", ["?"; COLUMNS].join(","));
    let mut left = rows;
    for length in LENGTHS {
        if left.len() < length {
            continue;
        }
        let sql = format!("INSERT INTO {into} VALUES {} {after}", vec![row.as_str(); length].join(","));
        while let Some((now, later)) = left.split_at_checked(length) {
            let query = now.iter().flatten().fold(sqlx::query(&sql), bind);
            query.execute(&mut *db).await?;
            left = later;
        }
    }
    Ok(())
}

fn bind<'q>(query: Query<'q, Sqlite, SqliteArguments<'q>>, cell: &Cell<'q>) -> Query<'q, Sqlite, SqliteArguments<'q>> {
    match *cell {
        Cell::Text(text) => query.bind(text),
        Cell::Maybe(text) => query.bind(text),
        Cell::Int(number) => query.bind(number),
    }
}
