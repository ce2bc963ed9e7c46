//! An import from beginning to end: read every file, move dates, write each file in one transaction.

use super::ImportError;
use super::columns::{self, Layout, Table};
use super::file::{self, Sheet};
use super::known::Known;
use super::report::Report;
use super::rows::{ActualKey, Parsed, parse};
use crate::password;
use crate::storage::audit::Entry;
use crate::storage::{Account, Actual, ActualBatch, Moment, Storage, Upserted};
use chrono::{Duration, NaiveDate};
use std::collections::HashMap;
use std::path::PathBuf;

/// How the dates of actuals are moved, always by whole weeks, so that weekdays stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    /// Not at all.
    None,
    /// By so many weeks.
    Weeks(i64),
    /// As far forward as the last date of all files does not pass this day.
    NotPast(NaiveDate),
}

/// How an import is done.
#[derive(Clone, Debug)]
pub struct Options {
    /// Headers that mean a column: `(header, column)`.
    pub map: Vec<(String, String)>,
    /// Encoding of the files; recognised when not given.
    pub encoding: Option<String>,
    /// Read and check, write nothing.
    pub dry_run: bool,
    /// How dates are moved.
    pub shift: Shift,
}

/// What an import did.
#[derive(Clone, Debug)]
pub struct Import {
    /// One report for each file, in the order in which they were read.
    pub reports: Vec<Report>,
    /// Weeks by which dates of actuals were moved.
    pub shifted_weeks: i64,
}

/// Imports files. They are read in the order in which they build on each other, whatever the order of their names:
/// territories, people, products, shops, must-sell lists, actuals.
///
/// A file is written in one transaction. Importing a file again changes nothing; a line of actuals replaces the stored
/// one of the same shop, day and product, and lines of one file that share all three are added up.
///
/// # Errors
/// When a file cannot be read or recognised, before anything is written; or when the store fails.
pub async fn import(
    storage: &dyn Storage,
    files: &[PathBuf],
    options: &Options,
    at: Moment,
) -> Result<Import, ImportError> {
    let mut sheets: Vec<(Sheet, Layout)> = Vec::new();
    for path in files {
        let sheet = file::read(path, options.encoding.as_deref())?;
        let layout = columns::recognise(&sheet.file, &sheet.headers, &options.map)?;
        sheets.push((sheet, layout));
    }
    sheets.sort_by_key(|(_, layout)| layout.table);

    let mut known = Known::load(storage).await?;
    let mut parsed = Vec::with_capacity(sheets.len());
    for (sheet, layout) in &sheets {
        let mut report = Report::new(sheet.file.clone(), layout.table, sheet.encoding, layout.ignored.clone());
        report.dry_run = options.dry_run;
        let rows = parse(sheet, layout, &mut known, at.today, &mut report);
        parsed.push((rows, report));
    }
    let shifted_weeks = weeks(options.shift, parsed.iter().filter_map(|(rows, _)| last_day(rows)).max());
    let mut reports = Vec::with_capacity(parsed.len());
    for (rows, mut report) in parsed {
        if report.table == Table::Actuals {
            report.shifted_weeks = shifted_weeks;
        }
        if !options.dry_run {
            report.records = write(storage, rows, &known, shifted_weeks, at, &report).await?;
        }
        reports.push(report);
    }
    Ok(Import { reports, shifted_weeks })
}

fn last_day(rows: &Parsed) -> Option<NaiveDate> {
    match rows {
        Parsed::Actuals(lines) => {
            lines.keys().map(|(_, day, _)| *day).max().and_then(NaiveDate::from_num_days_from_ce_opt)
        }
        Parsed::Records(_) | Parsed::People(_) => None,
    }
}

fn weeks(shift: Shift, last: Option<NaiveDate>) -> i64 {
    match (shift, last) {
        (Shift::Weeks(weeks), _) => weeks,
        (Shift::NotPast(day), Some(last)) => (day - last).num_days().div_euclid(7),
        (Shift::None, _) | (Shift::NotPast(_), None) => 0,
    }
}

async fn write(
    storage: &dyn Storage,
    rows: Parsed,
    known: &Known,
    weeks: i64,
    at: Moment,
    report: &Report,
) -> Result<Upserted, ImportError> {
    let entry = Entry {
        at: at.now,
        actor: "cli".to_owned(),
        action: format!("import.{}", report.table.name()),
        subject: report.file.clone(),
        detail: format!("{} rows, {} taken, {} refused", report.rows, report.accepted, report.refused.len()),
    };
    Ok(match rows {
        Parsed::Records(records) => {
            let upserted = storage.upsert(&records, at, Some(entry)).await?;
            // Facts are kept by category: a product that changed its own takes its facts along.
            if report.table == Table::Products && upserted.updated > 0 {
                storage.rebuild_facts(at).await?;
            }
            upserted
        }
        Parsed::People(people) => storage.upsert_people(&with_passwords(people).await?, at, entry).await?,
        Parsed::Actuals(lines) => storage.replace_actuals(&batch(lines, known, weeks), at, entry).await?,
    })
}

fn batch(lines: HashMap<ActualKey, (i64, i64)>, known: &Known, weeks: i64) -> ActualBatch {
    let shift = Duration::weeks(weeks);
    let line = |((shop, day, product), (quantity, amount)): (ActualKey, (i64, i64))| {
        let day = NaiveDate::from_num_days_from_ce_opt(day)?.checked_add_signed(shift)?;
        Some(Actual { shop, day, product, quantity, amount })
    };
    let mut lines: Vec<Actual> = lines.into_iter().filter_map(line).collect();
    lines.sort_unstable_by_key(|a| (a.shop, a.day, a.product));
    ActualBatch { shops: known.shop_ids.clone(), products: known.product_ids.clone(), lines }
}

/// Accounts with their digests. A password that has not changed keeps its digest; an empty one changes nothing.
async fn with_passwords(people: Vec<(Account, String)>) -> Result<Vec<Account>, ImportError> {
    let hash = move || {
        let mut accounts = Vec::with_capacity(people.len());
        for (mut account, password) in people {
            let known = account.password_hash.as_deref();
            if !password.is_empty() && !known.is_some_and(|digest| password::verify(&password, Some(digest))) {
                account.password_hash = Some(password::hash(&password)?);
            }
            accounts.push(account);
        }
        Ok(accounts)
    };
    let hashed = tokio::task::spawn_blocking(hash).await;
    hashed.map_err(|e| crate::storage::StorageError::Failed(e.to_string()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_move_by_whole_weeks() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a date");
        let cases = [
            (Shift::NotPast(day("2026-11-23")), "2019-12-31", 359), // a Tuesday becomes Tuesday the 17th
            (Shift::NotPast(day("2026-11-17")), "2019-12-31", 359), // as far as it goes
            (Shift::NotPast(day("2026-11-16")), "2019-12-31", 358),
            (Shift::NotPast(day("2019-12-30")), "2019-12-31", -1), // never past, even if that is backwards
            (Shift::Weeks(3), "2019-12-31", 3),
            (Shift::None, "2019-12-31", 0),
        ];
        for (shift, last, expect) in cases {
            assert_eq!(weeks(shift, Some(day(last))), expect, "{shift:?}");
        }
        assert_eq!(weeks(Shift::NotPast(day("2026-11-23")), None), 0, "no actuals");
    }
}
