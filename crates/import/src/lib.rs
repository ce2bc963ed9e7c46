//! Reading and checking the tables people keep elsewhere: targets, actuals, shops, products, people, territories,
//! must-sell lists, from CSV and XLSX. Used by `aisle-server import`, by the endpoint, and by the app's worker, so that all
//! three say the same of the same row.
//!
//! Pure: bytes and what is known come in, rows and what is wrong with the others come out. Not here: files, records in
//! storage, who may import.

pub mod columns;
mod fields;
mod known;
pub mod preview;
mod rows;
pub mod sheet;
pub mod words;

pub use aisle_protocol::import::{Refused, Table, Wrong};
pub use known::{Given, Known};
pub use rows::{ActualKey, Checked, PASSWORD_BYTES_MAX, RowPerson, RowRecord, Rows, check};
pub use words::Lang;

use serde::{Deserialize, Serialize};

/// Why a whole file is not taken. Rows that are wrong are no such reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum FileError {
    /// Nothing in it.
    #[error("there is nothing in it")]
    Empty,
    /// Headings and nothing below.
    #[error("there are headings and no rows below them")]
    NoRows,
    /// Neither text nor a workbook, or a damaged one.
    #[error("it is neither a CSV file nor an XLSX workbook, or it is damaged")]
    NotATable,
    /// A password protects it.
    #[error("a password protects it: save it without one")]
    Protected,
    /// The format of before 2007.
    #[error("it is a workbook of the old format: save it as XLSX or CSV")]
    OldWorkbook,
    /// More rows than are taken at once.
    #[error("it has {rows} rows, more than {max}: split it")]
    TooMany {
        /// About how many it has.
        rows: u64,
        /// How many are taken.
        max: u64,
    },
    /// The headings are those of no table, or not of the one that was said.
    #[error("not recognised. Headers: {}", headers.join(", "))]
    Unrecognised {
        /// What it has.
        headers: Vec<String>,
        /// The table that was said.
        table: Option<Table>,
        /// The columns that it lacks.
        lacks: Vec<String>,
    },
    /// A mapping names no column.
    #[error("--map {0}: write it as HEADER=FIELD, with a field of the table")]
    BadMap(String),
    /// The encoding has no such name.
    #[error("--encoding {0}: not known; utf-8, windows-1252 and gb18030 are")]
    BadEncoding(String),
}
