//! From rows of text to records, each row taken or refused with column and reason.

use super::columns::{Layout, Table};
use super::fields::{No, Row, barcode, date, no, position, role, weekdays};
use super::file::Sheet;
use super::known::Known;
use super::report::{Refused, Report};
use crate::storage::{Account, Upsert};
use aisle_domain::money::Amount;
use aisle_domain::org::Assignment;
use aisle_domain::{PersonId, ShopId, TerritoryId};
use aisle_protocol::record::{Fields, Kind, RecordRef};
use chrono::{Datelike, NaiveDate};
use csv::StringRecord;
use serde_json::{Value, json};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// Place of the shop, days since 0001-01-01, place of the product; see [`Known`].
pub(super) type ActualKey = (u32, i32, u32);

/// What a file came to.
#[derive(Debug)]
pub(super) enum Parsed {
    /// Reference records.
    Records(Vec<Upsert>),
    /// People, each with the password of the file.
    People(Vec<(Account, String)>),
    /// Quantity and amount by shop, day and product.
    Actuals(HashMap<ActualKey, (i64, i64)>),
}

/// Reads all rows of a file; adds what it takes to `known`.
pub(super) fn parse(
    sheet: &Sheet,
    layout: &Layout,
    known: &mut Known,
    today: NaiveDate,
    report: &mut Report,
) -> Parsed {
    let mut parse = Parse { known, today, seen: HashSet::new(), records: Vec::new(), people: Vec::new() };
    let mut actuals: HashMap<ActualKey, (i64, i64)> = HashMap::new();
    if layout.table == Table::Territories {
        parse.foresee_territories(sheet, layout);
    }
    let width = sheet.headers.len();
    let mut reader = sheet.reader();
    let mut record = StringRecord::new();
    loop {
        let line = match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => record.position().map_or(0, csv::Position::line),
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                report.rows += 1;
                report.refused.push(Refused { line, column: String::new(), why: error.to_string() });
                continue;
            }
        };
        report.rows += 1;
        let row = Row { layout, record: &record };
        let taken = if record.len() != width {
            no("", format!("has {} fields, the header has {width}", record.len()))
        } else if layout.table == Table::Actuals {
            actual(&row, parse.known).map(|(key, quantity, amount)| {
                report.negative += u64::from(quantity < 0 || amount < 0);
                match actuals.entry(key) {
                    Entry::Vacant(entry) => {
                        entry.insert((quantity, amount));
                    }
                    Entry::Occupied(mut entry) => {
                        report.summed += 1;
                        let sum = entry.get_mut();
                        *sum = (sum.0.saturating_add(quantity), sum.1.saturating_add(amount));
                    }
                }
            })
        } else {
            parse.row(&row)
        };
        match taken {
            Ok(()) => report.accepted += 1,
            Err((column, why)) => report.refused.push(Refused { line, column: column.to_owned(), why }),
        }
    }
    match layout.table {
        Table::Actuals => Parsed::Actuals(actuals),
        Table::People => Parsed::People(parse.people),
        _ => Parsed::Records(parse.records),
    }
}

/// Shop, day and product of a line of actuals.
fn actual(row: &Row<'_>, known: &Known) -> Result<(ActualKey, i64, i64), No> {
    let day = date(row.filled("date")?)?;
    let place = |column: &'static str, places: &HashMap<String, u32>| {
        let id = row.filled(column)?;
        places.get(id).copied().ok_or_else(|| (column, format!("{id:?} is not known")))
    };
    let (shop, product) = (place("shop", &known.shops)?, place("product", &known.products)?);
    let number = |column: &'static str, digits: u8| {
        let text = row.filled(column)?;
        Amount::parse(text, digits).map(|a| a.0).map_err(|why| (column, format!("{text:?} {why}")))
    };
    Ok(((shop, day.num_days_from_ce(), product), number("quantity", 0)?, number("amount", known.digits)?))
}

/// The state of reading one file of reference data.
struct Parse<'a> {
    known: &'a mut Known,
    today: NaiveDate,
    seen: HashSet<String>,
    records: Vec<Upsert>,
    people: Vec<(Account, String)>,
}

impl Parse<'_> {
    fn row(&mut self, row: &Row<'_>) -> Result<(), No> {
        match row.layout.table {
            Table::Territories => self.territory(row),
            Table::People => self.person(row),
            Table::Products => self.product(row),
            Table::Shops => self.shop(row),
            Table::MustSell => self.must_sell(row),
            Table::Actuals => Ok(()),
        }
    }

    /// An id that the file has not used yet. It counts as used once the row is taken.
    fn fresh_id<'r>(&self, row: &Row<'r>) -> Result<&'r str, No> {
        let id = row.id("id")?;
        if self.seen.contains(id) { no("id", format!("{id:?} stands in the file more than once")) } else { Ok(id) }
    }

    fn take(&mut self, kind: Kind, id: &str, patch: Value, shop: Option<ShopId>) {
        self.seen.insert(id.to_owned());
        let patch = match patch {
            Value::Object(fields) => fields,
            _ => Fields::new(),
        };
        self.records.push(Upsert { rec: RecordRef::new(kind, id), patch, shop });
    }

    fn known_territory<'r>(&self, row: &Row<'r>, column: &'static str) -> Result<&'r str, No> {
        let id = row.filled(column)?;
        if self.known.territories.contains_key(id) { Ok(id) } else { no(column, format!("{id:?} is not known")) }
    }

    /// A territory may stand before the one above it: all that the file names are known from the start.
    fn foresee_territories(&mut self, sheet: &Sheet, layout: &Layout) {
        for record in sheet.reader().records().flatten() {
            let id = Row { layout, record: &record }.text("id");
            if !id.is_empty() {
                self.known.territories.entry(id.to_owned()).or_insert(None);
            }
        }
    }

    fn territory(&mut self, row: &Row<'_>) -> Result<(), No> {
        let id = self.fresh_id(row)?;
        let name = row.filled("name")?;
        let parent = match row.text("parent") {
            "" => None,
            _ => Some(self.known_territory(row, "parent")?.to_owned()),
        };
        if let Some(above) = &parent
            && self.known.makes_circle(id, above)
        {
            return no("parent", format!("{above:?} is below {id:?}"));
        }
        self.known.territories.insert(id.to_owned(), parent.clone());
        self.take(Kind::Territory, id, json!({"name": name, "parent": parent}), None);
        Ok(())
    }

    fn person(&mut self, row: &Row<'_>) -> Result<(), No> {
        let id = self.fresh_id(row)?;
        let login = row.filled("login")?;
        let person = PersonId::from(id);
        let taken = |other: &Account| other.person != person && other.login.eq_ignore_ascii_case(login);
        if self.known.people.values().any(taken) {
            return no("login", format!("{login:?} belongs to somebody else"));
        }
        let word = row.filled("role")?;
        let role = role(word).ok_or_else(|| ("role", format!("{word:?} is no role")))?;
        let territory = TerritoryId::from(self.known_territory(row, "territory")?);
        let active = match row.text("active").to_lowercase().as_str() {
            "" | "1" | "true" | "yes" | "y" | "是" => true,
            "0" | "false" | "no" | "n" | "否" => false,
            other => return no("active", format!("{other:?} is neither yes nor no")),
        };
        let password = row.text("password");
        if password.len() > crate::password::PASSWORD_BYTES_MAX {
            return no("password", "is too long");
        }
        let password_hash = self.known.people.get(&person).and_then(|known| known.password_hash.clone());
        let (login, name) = (login.to_owned(), row.filled("name")?.to_owned());
        let account = Account { person: person.clone(), login, name, role, territory, password_hash, active };
        self.known.people.insert(person, account.clone());
        self.seen.insert(id.to_owned());
        self.people.push((account, password.to_owned()));
        Ok(())
    }

    fn product(&mut self, row: &Row<'_>) -> Result<(), No> {
        let id = self.fresh_id(row)?;
        let mut patch = Fields::new();
        patch.insert("name".to_owned(), json!(row.filled("name")?));
        patch.insert("category".to_owned(), json!(row.filled("category")?));
        if row.has("vendor") {
            patch.insert("vendor".to_owned(), json!(row.text("vendor")));
        }
        for column in ["volume_ml", "pack"] {
            if row.has(column) {
                patch.insert(column.to_owned(), json!(row.count(column)?));
            }
        }
        if row.has("barcode") {
            patch.insert("barcode".to_owned(), json!(barcode(row.text("barcode"))?));
        }
        if row.has("price") {
            let price = match row.text("price") {
                "" => None,
                text => {
                    let amount = Amount::parse(text, self.known.digits);
                    Some(amount.map_err(|why| ("price", format!("{text:?} {why}")))?)
                }
            };
            patch.insert("price".to_owned(), json!(price));
        }
        self.known.add_product(id);
        self.take(Kind::Product, id, Value::Object(patch), None);
        Ok(())
    }

    fn shop(&mut self, row: &Row<'_>) -> Result<(), No> {
        let id = self.fresh_id(row)?;
        let stored = self.known.stored_shops.get(id);
        let mut patch = Fields::new();
        patch.insert("name".to_owned(), json!(row.filled("name")?));
        patch.insert("territory".to_owned(), json!(self.known_territory(row, "territory")?));
        for column in ["address", "city", "zip", "status"] {
            if row.has(column) {
                patch.insert(column.to_owned(), json!(row.text(column)));
            }
        }
        for column in ["channel", "tier"] {
            if row.has(column) || stored.is_none() {
                patch.insert(column.to_owned(), json!(row.text(column)));
            }
        }
        if row.has("latitude") && row.has("longitude") {
            patch.insert("position".to_owned(), json!(position(row)?));
        }
        if !row.text("rep").is_empty() {
            let assigned = stored.map_or(&[][..], |shop| shop.assigned.as_slice());
            patch.insert("assigned".to_owned(), json!(self.assigned(row.text("rep"), assigned, stored.is_some())?));
        }
        if row.has("visit_weekdays") {
            patch.insert("visit_weekdays".to_owned(), json!(weekdays(row.text("visit_weekdays"))?));
        }
        self.known.add_shop(id);
        self.take(Kind::Shop, id, Value::Object(patch), Some(ShopId::from(id)));
        Ok(())
    }

    /// The whole credit to one person. Somebody who had it before keeps it up to today, so that what was done in the
    /// shop until now stays theirs.
    fn assigned(&self, rep: &str, before: &[Assignment], known_shop: bool) -> Result<Vec<Assignment>, No> {
        let person = PersonId::from(rep);
        if !self.known.people.contains_key(&person) {
            return no("rep", format!("{rep:?} is not known"));
        }
        let today = self.today;
        let runs =
            |a: &&Assignment| a.from.is_none_or(|from| from <= today) && a.until.is_none_or(|until| today < until);
        let running: Vec<&Assignment> = before.iter().filter(runs).collect();
        if let [only] = running.as_slice()
            && only.person == person
            && only.until.is_none()
        {
            return Ok(before.to_vec());
        }
        let past = before.iter().filter(|a| a.from.is_none_or(|from| from < today));
        let closed = past.map(|a| {
            let until = a.until.map_or(today, |until| until.min(today));
            Assignment { until: Some(until), ..a.clone() }
        });
        let from = (known_shop && !before.is_empty()).then_some(today);
        Ok(closed.chain([Assignment { person, share_bp: 10_000, from, until: None }]).collect())
    }

    fn must_sell(&mut self, row: &Row<'_>) -> Result<(), No> {
        let (channel, tier) = (row.id("channel")?, row.id("tier")?);
        let product = row.filled("product")?;
        if !self.known.products.contains_key(product) {
            return no("product", format!("{product:?} is not known"));
        }
        let id = format!("{channel}/{tier}");
        if !self.seen.insert(format!("{id}/{product}")) {
            return no("product", format!("{product:?} stands in the list more than once"));
        }
        let at = self.records.iter().position(|list| list.rec.id == id).unwrap_or_else(|| {
            let patch = json!({"channel": channel, "tier": tier, "products": []});
            self.take(Kind::MustSell, &id, patch, None);
            self.records.len() - 1
        });
        if let Some(Value::Array(products)) = self.records[at].patch.get_mut("products") {
            products.push(json!(product));
        }
        Ok(())
    }
}
