//! Reading the tables people keep elsewhere: territories, shops, products, must-sell lists, actuals, people.
//!
//! A table is recognised by its headers ([`columns`]), read and checked row by row before anything is written ([`file`],
//! [`rows`]), and written in parts, so that pushes get through between them ([`run`]). Every row that was refused is reported with line, column and reason ([`report`]).

pub mod columns;
mod fields;
pub mod file;
mod known;
pub mod report;
mod rows;
mod run;

pub use report::{Refused, Report};
pub use run::{Import, Options, Shift, import};

/// Why an import did not happen at all. Rows that are wrong are no such reason.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{file}: cannot be read: {why}")]
    Unreadable {
        /// Name of the file.
        file: String,
        /// The system's words.
        why: String,
    },
    /// The headers are those of no table.
    #[error("{file}: not recognised. Headers: {headers}. Known tables and their columns:\n{known}")]
    Unrecognised {
        /// Name of the file.
        file: String,
        /// What it has.
        headers: String,
        /// What would do.
        known: String,
    },
    /// A `--map` names no column.
    #[error("--map {0}: write it as HEADER=FIELD, with a field of the table")]
    BadMap(String),
    /// The encoding has no such name.
    #[error("--encoding {0}: not known; utf-8, windows-1252 and gb18030 are")]
    BadEncoding(String),
    /// The store failed in the middle of a file.
    #[error("{file}: {written} of {parts} parts are written, then: {why}. Importing the file again completes it")]
    Cut {
        /// Name of the file.
        file: String,
        /// Parts that are kept.
        written: usize,
        /// Parts of the file.
        parts: usize,
        /// What failed.
        why: crate::storage::StorageError,
    },
    /// The store failed; nothing of the file was kept.
    #[error(transparent)]
    Storage(#[from] crate::storage::StorageError),
    /// A password could not be hashed.
    #[error(transparent)]
    Password(#[from] crate::password::PasswordError),
}
