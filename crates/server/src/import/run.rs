//! An import from beginning to end: read and check every file, move dates, write each file in parts.

use super::given::{self, By};
use super::report::Report;
use super::{ImportError, file};
use crate::password;
use crate::storage::audit::Entry;
use crate::storage::{Account, Actual, ActualBatch, Bulk, Imported, Moment, Storage, StorageError, Upsert, Upserted};
use aisle_domain::PersonId;
use aisle_import::columns::{self, Layout, name};
use aisle_import::sheet::Sheet;
use aisle_import::{ActualKey, Known, RowPerson, RowRecord, Rows, Table, check};
use chrono::{NaiveDate, TimeDelta};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

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
    /// Write all files in one transaction, or nothing when a row of one is refused.
    pub whole: bool,
}

/// What an import did.
#[derive(Clone, Debug)]
pub struct Import {
    /// One report for each file, in the order in which they were read.
    pub reports: Vec<Report>,
    /// Weeks by which dates of actuals were moved.
    pub shifted_weeks: i64,
}

impl Import {
    /// Rows because of which a file was not written.
    pub fn stopped_by(&self) -> usize {
        self.reports.iter().filter(|report| report.stopped).map(|report| report.refused.len()).sum()
    }
}

/// Imports files. They are read in the order in which they build on each other, whatever the order of their names:
/// territories, people, products, shops, must-sell lists, targets, actuals.
///
/// A file is written in parts of some thousand rows, each in one transaction, with a pause in which devices push: an
/// import never keeps people waiting. Importing a file again changes nothing; a line of actuals replaces the stored
/// one of the same shop, day and product, and lines of one file that share all three are added up. With
/// [`Options::whole`], and targets always: nothing is written when a row is refused, and everything in one transaction
/// when none is.
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
        let layout = columns::recognise(&sheet.headers, None, &options.map);
        let layout = layout.map_err(|why| file::refuse(&sheet.file, why))?;
        sheets.push((sheet, layout));
    }
    sheets.sort_by_key(|(_, layout)| layout.table);

    let tables: Vec<Table> = sheets.iter().map(|(_, layout)| layout.table).collect();
    let (given, accounts) = given::load(storage, By::Operator, &tables).await?;
    let mut known = Known::from(given);
    let mut parsed = Vec::with_capacity(sheets.len());
    for (sheet, layout) in &sheets {
        let mut report = Report::new(sheet.file.clone(), layout.table, sheet.encoding, layout.ignored.clone());
        report.dry_run = options.dry_run;
        let checked = check(sheet, layout, &mut known, at.today, &mut |_, _| {});
        report.read(&checked);
        parsed.push((checked.rows, report));
    }
    let refused = options.whole && parsed.iter().any(|(_, report)| !report.refused.is_empty());
    let shifted_weeks = weeks(options.shift, parsed.iter().filter_map(|(rows, _)| last_day(rows)).max());
    let (mut reports, mut whole) = (Vec::with_capacity(parsed.len()), Vec::new());
    for (rows, mut report) in parsed {
        if report.table == Table::Actuals {
            report.shifted_weeks = shifted_weeks;
        }
        let is_whole = options.whole || report.table == Table::Targets;
        report.stopped = !options.dry_run && (refused || (is_whole && !report.refused.is_empty()));
        if options.dry_run || report.stopped {
            // Only told.
        } else if is_whole {
            let bulk = bulk(rows, &known, &accounts, shifted_weeks).await?;
            if options.whole {
                whole.push((bulk, entry(&report, at, 0, 1)));
            } else {
                report.records = write_whole(storage, &[(bulk, entry(&report, at, 0, 1))], at).await?;
            }
        } else {
            report.records = write(storage, rows, &known, &accounts, shifted_weeks, at, &report, PARTS).await?;
        }
        reports.push(report);
    }
    if !whole.is_empty() {
        let sum = write_whole(storage, &whole, at).await?;
        // What the files came to together stands with the last.
        if let Some(last) = reports.last_mut() {
            last.records = sum;
        }
    }
    Ok(Import { reports, shifted_weeks })
}

async fn write_whole(storage: &dyn Storage, parts: &[(Bulk, Entry)], at: Moment) -> Result<Upserted, ImportError> {
    match storage.import(parts, None, false, at).await? {
        Imported::Now(done) | Imported::Before(done) => Ok(done),
        Imported::Planned | Imported::OtherName => Err(ImportError::Planned),
    }
}

/// What the rows of a table write. Dates of actuals are moved by so many weeks.
pub(super) async fn bulk(
    rows: Rows,
    known: &Known,
    accounts: &BTreeMap<PersonId, Account>,
    weeks: i64,
) -> Result<Bulk, ImportError> {
    Ok(match rows {
        Rows::Records(records) => Bulk::Records(upserts(records)),
        Rows::People(people) => Bulk::People(with_passwords(people, accounts).await?),
        Rows::Actuals(lines) => Bulk::Actuals(batch(lines, known, weeks)),
    })
}

fn upserts(records: Vec<RowRecord>) -> Vec<Upsert> {
    records.into_iter().map(|RowRecord { rec, patch, shop }| Upsert { rec, patch, shop }).collect()
}

fn last_day(rows: &Rows) -> Option<NaiveDate> {
    match rows {
        Rows::Actuals(lines) => {
            lines.keys().map(|(_, day, _)| *day).max().and_then(NaiveDate::from_num_days_from_ce_opt)
        }
        Rows::Records(_) | Rows::People(_) => None,
    }
}

fn weeks(shift: Shift, last: Option<NaiveDate>) -> i64 {
    match (shift, last) {
        (Shift::Weeks(weeks), _) => weeks,
        (Shift::NotPast(day), Some(last)) => (day - last).num_days().div_euclid(7),
        (Shift::None, _) | (Shift::NotPast(_), None) => 0,
    }
}

/// How much is written at once.
#[derive(Clone, Copy, Debug)]
struct Parts {
    /// Records in one transaction.
    records: usize,
    /// Lines of actuals in one transaction, or those of one shop where that has more.
    lines: usize,
    /// Between two transactions. Another process that waits to write looks again every tenth of a second.
    pause: Duration,
}

const PARTS: Parts = Parts { records: 2_000, lines: 20_000, pause: Duration::from_millis(120) };

/// The audit log's entry of a part of a file.
fn entry(report: &Report, at: Moment, part: usize, of: usize) -> Entry {
    let whole = format!("{} rows, {} taken, {} refused", report.rows, report.accepted, report.refused.len());
    let detail = if of > 1 { format!("part {} of {of}; {whole}", part + 1) } else { whole };
    let (actor, action) = ("cli".to_owned(), format!("import.{}", name(report.table)));
    Entry { at: at.now, actor, action, subject: report.file.clone(), detail }
}

/// Writes a file. The parts that are written stay when a later one fails; the file is imported again then.
#[allow(clippy::too_many_arguments)]
async fn write(
    storage: &dyn Storage,
    rows: Rows,
    known: &Known,
    accounts: &BTreeMap<PersonId, Account>,
    weeks: i64,
    at: Moment,
    report: &Report,
    parts: Parts,
) -> Result<Upserted, ImportError> {
    let mut sum = Upserted::default();
    let cut = |written: usize, of: usize, why: StorageError| match written {
        0 => ImportError::Storage(why),
        _ => ImportError::Cut { file: report.file.clone(), written, parts: of, why },
    };
    match rows {
        Rows::Records(records) => {
            let records = upserts(records);
            // An empty file is an import too, and leaves its entry.
            let of = records.len().div_ceil(parts.records).max(1);
            for part in 0..of {
                pause(part, parts).await;
                let end = records.len().min((part + 1) * parts.records);
                let done =
                    storage.upsert(&records[part * parts.records..end], at, Some(entry(report, at, part, of))).await;
                sum.add(done.map_err(|why| cut(part, of, why))?);
            }
            // Facts are kept by category: a product that changed its own takes its facts along.
            if report.table == Table::Products && sum.updated > 0 {
                storage.rebuild_facts(at).await?;
            }
        }
        Rows::People(people) => {
            let people = with_passwords(people, accounts).await?;
            sum = storage.upsert_people(&people, at, entry(report, at, 0, 1)).await?;
        }
        Rows::Actuals(lines) => {
            let mut batch = batch(lines, known, weeks);
            let whole = by_shops(&batch.lines, parts.lines);
            let of = whole.len();
            for (part, lines) in whole.into_iter().enumerate() {
                pause(part, parts).await;
                batch.lines = lines;
                batch.partial = part + 1 < of;
                let done = storage.replace_actuals(&batch, at, entry(report, at, part, of)).await;
                sum.add(done.map_err(|why| cut(part, of, why))?);
            }
        }
    }
    Ok(sum)
}

async fn pause(part: usize, parts: Parts) {
    if part > 0 {
        tokio::time::sleep(parts.pause).await;
    }
}

/// Lines, sorted by shop, in parts of about `most` that hold whole shops; at least one part.
fn by_shops(lines: &[Actual], most: usize) -> Vec<Vec<Actual>> {
    let mut parts: Vec<Vec<Actual>> = vec![Vec::new()];
    for shop in lines.chunk_by(|a, b| a.shop == b.shop) {
        if let Some(last) = parts.last_mut() {
            if last.is_empty() || last.len() + shop.len() <= most {
                last.extend_from_slice(shop);
            } else {
                parts.push(shop.to_vec());
            }
        }
    }
    parts
}

fn batch(lines: HashMap<ActualKey, (i64, i64)>, known: &Known, weeks: i64) -> ActualBatch {
    let shift = TimeDelta::weeks(weeks);
    let line = |((shop, day, product), (quantity, amount)): (ActualKey, (i64, i64))| {
        let day = NaiveDate::from_num_days_from_ce_opt(day)?.checked_add_signed(shift)?;
        Some(Actual { shop, day, product, quantity, amount })
    };
    let mut lines: Vec<Actual> = lines.into_iter().filter_map(line).collect();
    lines.sort_unstable_by_key(|a| (a.shop, a.day, a.product));
    ActualBatch { shops: known.shop_ids.clone(), products: known.product_ids.clone(), lines, partial: false }
}

/// Accounts with their digests. A password that has not changed keeps its digest; an empty one changes nothing.
async fn with_passwords(
    people: Vec<RowPerson>,
    accounts: &BTreeMap<PersonId, Account>,
) -> Result<Vec<Account>, ImportError> {
    let digests: Vec<Option<String>> =
        people.iter().map(|p| accounts.get(&p.person).and_then(|known| known.password_hash.clone())).collect();
    let hash = move || {
        let mut accounts = Vec::with_capacity(people.len());
        for (row, known) in people.into_iter().zip(digests) {
            let mut account = account(&row, known);
            let known = account.password_hash.as_deref();
            if !row.password.is_empty() && !known.is_some_and(|digest| password::verify(&row.password, Some(digest))) {
                account.password_hash = Some(password::hash(&row.password)?);
            }
            accounts.push(account);
        }
        Ok(accounts)
    };
    let hashed = tokio::task::spawn_blocking(hash).await;
    hashed.map_err(|e| StorageError::Failed(e.to_string()))?
}

/// The account that a row wants, with this digest.
pub(super) fn account(row: &RowPerson, password_hash: Option<String>) -> Account {
    let RowPerson { person, login, name, role, territory, active, .. } = row.clone();
    Account { person, login, name, role, territory, password_hash, active }
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
    fn line(shop: u32, day: i32) -> Actual {
        let day = NaiveDate::from_num_days_from_ce_opt(day).expect("a day");
        Actual { shop, day, product: 0, quantity: 1, amount: 1 }
    }

    #[test]
    fn parts_hold_whole_shops() {
        let lines = |shops: &[(u32, i32)]| -> Vec<Actual> {
            shops.iter().flat_map(|(shop, days)| (1..=*days).map(|day| line(*shop, day))).collect()
        };
        let cases = [
            (lines(&[]), vec![0]),
            (lines(&[(1, 3), (2, 3)]), vec![6]),
            (lines(&[(1, 3), (2, 8), (3, 2), (4, 9), (5, 1)]), vec![3, 10, 10]),
            (lines(&[(1, 25), (2, 1)]), vec![25, 1]), // more than a part in one shop
        ];
        for (lines, expect) in cases {
            let parts = by_shops(&lines, 10);
            assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), expect);
            assert_eq!(parts.concat(), lines);
        }
    }

    /// The store as two processes have it open: one imports, the other takes pushes meanwhile.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn others_write_while_a_file_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let (importer, server) = (crate::storage::open(folder.path()).await, crate::storage::open(folder.path()).await);
        let (importer, server) = (importer.expect("a store"), server.expect("a store"));
        let known = {
            let record = |kind, id: String, patch: serde_json::Value, shop| crate::storage::Upsert {
                rec: aisle_protocol::RecordRef::new(kind, id),
                patch: patch.as_object().cloned().expect("an object"),
                shop,
            };
            use aisle_protocol::record::Kind;
            let mut records =
                vec![record(Kind::Product, "p".to_owned(), serde_json::json!({"name": "P", "category": "RUM"}), None)];
            for i in 0..40 {
                let view = serde_json::json!(
                    {"name": "S", "territory": "t", "channel": "ka", "tier": "A", "assigned": []});
                let id = format!("s{i}");
                records.push(record(Kind::Shop, id.clone(), view, Some(id.as_str().into())));
            }
            let at = crate::moment(&crate::clock::Clock::System);
            importer.upsert(&records, at, None).await.expect("written");
            let (given, _) = given::load(importer.as_ref(), By::Operator, &[Table::Actuals]).await.expect("read");
            Known::from(given)
        };
        let lines: HashMap<ActualKey, (i64, i64)> =
            (0..40_u32).flat_map(|shop| (0..25).map(move |day| ((shop, 739_000 + day, 0), (1, 100)))).collect();
        let mut report = Report::new("actuals.csv".to_owned(), Table::Actuals, "UTF-8", Vec::new());
        report.accepted = 1_000;
        let at = crate::moment(&crate::clock::Clock::System);
        let parts = Parts { lines: 100, ..PARTS };
        let importing = tokio::spawn(async move {
            let nobody = BTreeMap::new();
            write(importer.as_ref(), Rows::Actuals(lines), &known, &nobody, 0, at, &report, parts).await
        });
        let mut writes = 0;
        while !importing.is_finished() {
            let (actor, action) = ("push".to_owned(), "push".to_owned());
            let entry = Entry { at: at.now, actor, action, subject: String::new(), detail: String::new() };
            server.audit(entry).await.expect("it waits its turn, and gets it");
            writes += 1;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let done = importing.await.expect("ran").expect("imported");
        assert_eq!((done.created, done.updated), (40, 0));
        // Ten parts with pauses between them, each longer than a writer waits before it looks again: others wrote in
        // them, and not only before and after.
        let rows = server.verify_audit(None).await.expect("read").expect("whole").rows;
        assert_eq!(rows, 10 + writes);
        assert!(writes >= 3, "{writes} writes got through");
    }
}
