//! `demo`: the bundled real data, through the same import that everybody uses.

use super::{CliError, DemoArgs, open, put_beginnings, put_org};
use crate::adopt::{self, Wish};
use crate::clock::Clock;
use crate::import::{self, Import, Options, Shift};
use crate::storage::{Moment, Storage, Upsert};
use crate::{moment, targets};
use aisle_domain::checklist::Template;
use aisle_domain::money::Currency;
use aisle_domain::org::DemoNote;
use aisle_protocol::RecordRef;
use aisle_protocol::record::Kind;
use chrono::Datelike;
use std::path::{Path, PathBuf};

const NAME: &str = "Aisle Demo — Iowa";
const SOURCE: &str = "Iowa Liquor Sales, Iowa Alcoholic Beverages Division (data.iowa.gov)";
const FACTOR_BP: u32 = 10_500;
const DERIVED: &str = "推算：上年同日 × 1.05 · Derived: the same days of the year before × 1.05";

pub(super) async fn demo(args: DemoArgs) -> Result<(), CliError> {
    let at = moment(&Clock::System);
    let (storage, _) = open(&args.data.data).await?;
    if storage.actual_days().await?.is_some() {
        // Dates move with the calendar: a second import would lay other days beside the first.
        println!("{} holds data already and stays as it is.", args.data.data.display());
        storage.close().await;
        return Ok(());
    }
    let usd = || Currency { code: "USD".to_owned(), digits: 2 };
    put_org(storage.as_ref(), NAME, usd(), None, at).await?;
    let yesterday = at.today.pred_opt().unwrap_or(at.today);
    let shift = Shift::NotPast(yesterday);
    let options = Options { map: Vec::new(), encoding: None, dry_run: false, shift, whole: false };
    let files = files(&args.from, &["csv", "gz"])?;
    let Import { reports, shifted_weeks } = import::import(storage.as_ref(), &files, &options, at).await?;
    for report in &reports {
        print!("{report}");
    }
    let note = DemoNote { shifted_weeks: i32::try_from(shifted_weeks).unwrap_or(i32::MAX), source: SOURCE.to_owned() };
    put_org(storage.as_ref(), NAME, usd(), Some(note), at).await?;
    let year = at.today.year();
    let derived = targets::derive(storage.as_ref(), &[year - 1, year], FACTOR_BP, at).await?;
    println!("targets: {} new", derived.created);
    put_beginnings(storage.as_ref(), at).await?;
    let calendar = serde_json::json!({"calendar": "us-ia"}).as_object().cloned().unwrap_or_default();
    let org = Upsert { rec: RecordRef::new(Kind::Org, "org"), patch: calendar, shop: None };
    storage.upsert(&[org], at, None).await?;
    let (metric, author, reason) = (aisle_domain::org::sales(), "manager".into(), DERIVED.to_owned());
    let splits = adopt::adopt(storage.as_ref(), Wish { metric, year, author, reason }, at).await;
    println!("plan of {year}: {} splits", splits.map_err(|why| CliError::Other(why.to_string()))?);
    let templates = templates(storage.as_ref(), &args.from.join("templates"), at).await?;
    println!("checklists: {templates}");
    println!("\nAccounts (passwords in {}):", args.from.join("people.csv").display());
    for account in storage.accounts().await? {
        println!("  {:<10} {:<11} {}", account.login, account.role.as_str(), account.name);
    }
    storage.close().await;
    Ok(())
}

/// Files of a folder with these extensions, by name.
fn files(folder: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, CliError> {
    let entries = std::fs::read_dir(folder).map_err(|why| CliError::file(folder, why))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|why| CliError::file(folder, why))?.path();
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        if path.is_file() && extensions.contains(&extension) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Loads checklist templates, one JSON file each. Returns how many.
async fn templates(storage: &dyn Storage, folder: &Path, at: Moment) -> Result<usize, CliError> {
    if !folder.is_dir() {
        return Ok(0);
    }
    let mut upserts = Vec::new();
    for path in files(folder, &["json"])? {
        let text = std::fs::read_to_string(&path).map_err(|why| CliError::file(&path, why))?;
        let template: Template = serde_json::from_str(&text).map_err(|why| CliError::file(&path, why))?;
        let fields = serde_json::to_value(&template).map_err(|why| CliError::file(&path, why))?;
        let patch = fields.as_object().cloned().unwrap_or_default();
        upserts.push(Upsert { rec: RecordRef::new(Kind::Template, template.record_id()), patch, shop: None });
    }
    storage.upsert(&upserts, at, None).await?;
    Ok(upserts.len())
}
