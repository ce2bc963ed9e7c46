//! What an import did, for people and for programs.

use crate::storage::Upserted;
use aisle_import::columns::name;
use aisle_import::words::{Lang, wrong};
use aisle_import::{Checked, Table};
use serde::Serialize;
use std::fmt;

/// Refused rows named on the screen; a report file names all.
const SHOWN: usize = 20;

/// A row that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Line of the file, from 1.
    pub line: u64,
    /// Column by the name Aisle gives it; empty when the whole row is meant.
    pub column: String,
    /// Why.
    pub why: String,
}

/// What became of one file.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Name of the file.
    pub file: String,
    /// What it was taken for.
    pub table: Table,
    /// How its text was read.
    pub encoding: &'static str,
    /// Rows below the header.
    pub rows: u64,
    /// Rows taken.
    pub accepted: u64,
    /// Rows refused, each with line, column and reason.
    pub refused: Vec<Refused>,
    /// Rows taken whose amount or quantity is negative: returns and corrections.
    pub negative: u64,
    /// Rows that share shop, day and product with another and were added to it.
    pub summed: u64,
    /// Headers that mean nothing to Aisle.
    pub ignored: Vec<String>,
    /// Weeks by which dates were moved.
    pub shifted_weeks: i64,
    /// What it came to in records; for actuals, facts segments.
    pub records: Upserted,
    /// Whether nothing was written on purpose.
    pub dry_run: bool,
    /// Whether nothing was written because a row is refused and the file is taken whole or not at all.
    pub stopped: bool,
}

impl Report {
    /// An empty report.
    pub(crate) fn new(file: String, table: Table, encoding: &'static str, ignored: Vec<String>) -> Self {
        Self {
            file,
            table,
            encoding,
            rows: 0,
            accepted: 0,
            refused: Vec::new(),
            negative: 0,
            summed: 0,
            ignored,
            shifted_weeks: 0,
            records: Upserted::default(),
            dry_run: false,
            stopped: false,
        }
    }

    /// Notes how reading the rows went.
    pub(crate) fn read(&mut self, checked: &Checked) {
        (self.rows, self.accepted) = (checked.read, checked.accepted);
        (self.negative, self.summed) = (checked.negative, checked.summed);
        let refused = checked.refused.iter();
        self.refused = refused
            .map(|row| Refused { line: row.line, column: row.column.clone(), why: wrong(&row.why, Lang::En) })
            .collect();
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, table, rows, accepted, refused, records, .. } = self;
        write!(f, "{file}: {}: {rows} rows, {accepted} taken, {} refused", name(*table), refused.len())?;
        if self.negative > 0 {
            write!(f, ", {} negative", self.negative)?;
        }
        if self.summed > 0 {
            write!(f, ", {} summed into others", self.summed)?;
        }
        if self.shifted_weeks != 0 {
            write!(f, ", dates moved by {} weeks", self.shifted_weeks)?;
        }
        if self.dry_run {
            writeln!(f, " (dry run, nothing written)")?;
        } else if self.stopped {
            writeln!(f, " (nothing written: the file is taken whole or not at all)")?;
        } else {
            let Upserted { created, updated, unchanged } = records;
            writeln!(f, "\n  records: {created} new, {updated} changed, {unchanged} as they were")?;
        }
        if self.encoding != "UTF-8" {
            writeln!(f, "  read as {}", self.encoding)?;
        }
        if !self.ignored.is_empty() {
            writeln!(f, "  columns without meaning here: {}", self.ignored.join(", "))?;
        }
        for Refused { line, column, why } in refused.iter().take(SHOWN) {
            let space = if column.is_empty() { "" } else { " " };
            writeln!(f, "  {file}:{line}{space}{column}: {why}")?;
        }
        if refused.len() > SHOWN {
            writeln!(f, "  … and {} more; --report FILE names them all", refused.len() - SHOWN)?;
        }
        Ok(())
    }
}
