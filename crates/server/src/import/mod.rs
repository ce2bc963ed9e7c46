//! Bringing in the tables people keep elsewhere: territories, shops, products, must-sell lists, targets, actuals, people.
//!
//! What a row has to be, `aisle-import` says. Here is what rows may refer to ([`given`]), how files are written by command
//! ([`run`]) and what is reported of them ([`report`]), and how a table that a person confirmed in the app is taken
//! ([`confirm`]).

pub mod confirm;
mod file;
pub mod given;
pub mod report;
mod run;

pub use report::{Refused, Report};
pub use run::{Import, Options, Shift, import};

use aisle_import::FileError;

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
    /// The file as a whole is not taken.
    #[error("{file}: {why}{more}")]
    File {
        /// Name of the file.
        file: String,
        /// Why.
        why: FileError,
        /// What would do, on lines of its own.
        more: String,
    },
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
    /// A plan has set one of the targets since the file was checked; nothing was kept.
    #[error("a plan has set one of these targets meanwhile; nothing was written")]
    Planned,
    /// The store failed; nothing of the file was kept.
    #[error(transparent)]
    Storage(#[from] crate::storage::StorageError),
    /// A password could not be hashed.
    #[error(transparent)]
    Password(#[from] crate::password::PasswordError),
}
