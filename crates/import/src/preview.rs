//! A file as a person sees it before it takes effect, and as it travels to the endpoint.

use crate::columns::{self, Table};
use crate::known::{Given, Known};
use crate::rows::check;
use crate::{FileError, Refused, sheet};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Rows shown of those taken.
const FIRST: usize = 8;
/// Refused rows kept; `refused_more` counts the rest.
const REFUSED_MAX: usize = 10_000;
/// Rows between two reports of progress.
const STEP: u64 = 500;

/// What is asked of a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Wish {
    /// Its name.
    pub file: String,
    /// What it is; recognised by its headings when not said.
    pub table: Option<Table>,
    /// What is there.
    pub given: Given,
    /// The day it is.
    pub today: NaiveDate,
    /// Most rows taken.
    pub rows_max: u64,
}

/// What became of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// Its name.
    pub file: String,
    /// What it was taken for.
    pub table: Table,
    /// How it was read.
    pub encoding: String,
    /// Headings without a meaning.
    pub ignored: Vec<String>,
    /// Names of the columns that have one.
    pub columns: Vec<String>,
    /// The first rows taken.
    pub first: Vec<Vec<String>>,
    /// Rows below the headings.
    pub read: u64,
    /// The line of each row taken.
    pub lines: Vec<u64>,
    /// Rows refused.
    pub refused: Vec<Refused>,
    /// Refused rows that are not named.
    pub refused_more: u64,
    /// Rows with a negative figure.
    pub negative: u64,
    /// Rows that were added to another.
    pub summed: u64,
    /// Sums of the rows taken, by metric.
    pub totals: BTreeMap<String, i64>,
}

/// Reads and checks a file. `progress` hears how many rows of about how many have been read. Returns the preview, and the
/// rows taken as the JSON array of [`aisle_protocol::import::ImportRequest::rows`].
///
/// # Errors
/// When the file as a whole is not taken.
pub fn preview(bytes: &[u8], wish: Wish, progress: &mut dyn FnMut(u64, u64)) -> Result<(Preview, String), FileError> {
    let sheet = sheet::read(&wish.file, bytes, None)?;
    let layout = columns::recognise(&sheet.headers, wish.table, &[])?;
    let about = sheet.len_about();
    if about > wish.rows_max && sheet.rows().nth(usize::try_from(wish.rows_max).unwrap_or(usize::MAX)).is_some() {
        return Err(FileError::TooMany { rows: about, max: wish.rows_max });
    }
    let mut known = Known::from(wish.given);
    let columns: Vec<&str> =
        columns::columns(layout.table).iter().map(|c| c.name).filter(|name| layout.place(name).is_some()).collect();
    let (mut first, mut lines, mut rows) = (Vec::new(), Vec::new(), String::from("["));
    let checked = check(&sheet, &layout, &mut known, wish.today, &mut |read, taken| {
        if let Some((line, record)) = taken {
            let field = |name: &&str| layout.place(name).and_then(|at| record.get(at)).unwrap_or_default().trim();
            let fields: Vec<&str> = columns.iter().map(field).collect();
            if !lines.is_empty() {
                rows.push(',');
            }
            rows.push_str(&serde_json::to_string(&fields).unwrap_or_default());
            if first.len() < FIRST {
                first.push(fields.into_iter().map(str::to_owned).collect());
            }
            lines.push(line);
        }
        if read % STEP == 0 {
            progress(read, about.max(read));
        }
    });
    rows.push(']');
    if checked.read == 0 {
        return Err(FileError::NoRows);
    }
    progress(checked.read, checked.read);
    let mut refused = checked.refused;
    let refused_more = refused.len().saturating_sub(REFUSED_MAX) as u64;
    refused.truncate(REFUSED_MAX);
    let preview = Preview {
        file: wish.file,
        table: layout.table,
        encoding: sheet.encoding.to_owned(),
        ignored: layout.ignored.clone(),
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        first,
        read: checked.read,
        lines,
        refused,
        refused_more,
        negative: checked.negative,
        summed: checked.summed,
        totals: checked.totals,
    };
    Ok((preview, rows))
}
