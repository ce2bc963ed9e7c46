//! From rows of text to records, each row taken or refused with column and what is wrong.

use crate::columns::{Layout, Table};
use crate::fields::{No, Row, barcode, date, digits, metric, month, no, position, role, shown, weekdays, yes};
use crate::known::Known;
use crate::sheet::{Numbered, Sheet};
use aisle_domain::actuals::VALUE_MAX;
use aisle_domain::org::{Assignment, Role};
use aisle_domain::target::{Target, TargetBasis};
use aisle_domain::{PersonId, ShopId, TerritoryId};
use aisle_protocol::import::{Refused, Wrong};
use aisle_protocol::record::{Fields, Kind, RecordRef};
use chrono::{Datelike, NaiveDate};
use csv::StringRecord;
use serde_json::{Value, json};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Longest password taken, bytes: what the endpoint is ready to digest.
pub const PASSWORD_BYTES_MAX: usize = 1024;

/// Place of the shop, days since 0001-01-01, place of the product; see [`Known`].
pub type ActualKey = (u32, i32, u32);

/// A record as a row wants it: fields named here replace their counterparts, `null` removes, others stay.
#[derive(Clone, Debug, PartialEq)]
pub struct RowRecord {
    /// Which record.
    pub rec: RecordRef,
    /// Fields.
    pub patch: Fields,
    /// Shop it belongs to; the shop itself for shops.
    pub shop: Option<ShopId>,
}

/// A person as a row wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowPerson {
    /// Id.
    pub person: PersonId,
    /// Sign-in name.
    pub login: String,
    /// Name as shown.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Territory of the role.
    pub territory: TerritoryId,
    /// Whether the account is in use.
    pub active: bool,
    /// A new password; empty where it stays as it is.
    pub password: String,
}

/// What a file comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Rows {
    /// Records.
    Records(Vec<RowRecord>),
    /// People.
    People(Vec<RowPerson>),
    /// Quantity and amount by shop, day and product.
    Actuals(HashMap<ActualKey, (i64, i64)>),
}

/// How reading a file went.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// What it comes to.
    pub rows: Rows,
    /// Rows below the header that hold anything.
    pub read: u64,
    /// Rows taken.
    pub accepted: u64,
    /// Rows refused.
    pub refused: Vec<Refused>,
    /// Rows taken whose amount or quantity is negative: returns and corrections.
    pub negative: u64,
    /// Rows that share shop, day and product with another and were added to it.
    pub summed: u64,
    /// Sums of the rows taken, by metric, for targets and actuals.
    pub totals: BTreeMap<String, i64>,
}

/// A row that was taken, with its line; `None` for one that is refused.
pub type Taken<'a> = Option<(u64, &'a StringRecord)>;

/// Checks all rows of a file; adds what it takes to `known`. `each` hears of every row: how many there have been, and
/// those that are taken.
pub fn check(
    sheet: &Sheet,
    layout: &Layout,
    known: &mut Known,
    today: NaiveDate,
    each: &mut dyn FnMut(u64, Taken<'_>),
) -> Checked {
    let mut parse = Parse {
        known,
        today,
        seen: HashSet::new(),
        records: Vec::new(),
        people: Vec::new(),
        actuals: HashMap::new(),
        negative: 0,
        summed: 0,
        totals: BTreeMap::new(),
    };
    if layout.table == Table::Territories {
        parse.foresee_territories(sheet, layout);
    }
    let (mut read, mut accepted, mut refused) = (0, 0, Vec::new());
    for Numbered { line, fields } in sheet.rows() {
        read += 1;
        let taken = match &fields {
            Ok(record) if record.len() == sheet.headers.len() => parse.row(&Row { layout, record }),
            Ok(record) => no("", Wrong::Fields { has: count(record.len()), wants: count(sheet.headers.len()) }),
            Err(why) => no("", why.clone()),
        };
        match taken {
            Ok(()) => {
                accepted += 1;
                each(read, fields.as_ref().ok().map(|record| (line, record)));
            }
            Err((column, why)) => {
                refused.push(Refused { line, column: column.to_owned(), why });
                each(read, None);
            }
        }
    }
    let rows = match layout.table {
        Table::Actuals => Rows::Actuals(parse.actuals),
        Table::People => Rows::People(parse.people),
        _ => Rows::Records(parse.records),
    };
    let (negative, summed, totals) = (parse.negative, parse.summed, parse.totals);
    Checked { rows, read, accepted, refused, negative, summed, totals }
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// The state of reading one file.
struct Parse<'a> {
    known: &'a mut Known,
    today: NaiveDate,
    seen: HashSet<String>,
    records: Vec<RowRecord>,
    people: Vec<RowPerson>,
    actuals: HashMap<ActualKey, (i64, i64)>,
    negative: u64,
    summed: u64,
    totals: BTreeMap<String, i64>,
}

impl Parse<'_> {
    fn row(&mut self, row: &Row<'_>) -> Result<(), No> {
        match row.layout.table {
            Table::Territories => self.territory(row),
            Table::People => self.person(row),
            Table::Products => self.product(row),
            Table::Shops => self.shop(row),
            Table::MustSell => self.must_sell(row),
            Table::Targets => self.target(row),
            Table::Actuals => self.actual(row),
        }
    }

    fn add_total(&mut self, metric: &str, value: i64) {
        let total = self.totals.entry(metric.to_owned()).or_default();
        *total = total.saturating_add(value);
    }

    fn place(&self, row: &Row<'_>, column: &'static str, places: &HashMap<String, u32>) -> Result<u32, No> {
        let id = row.filled(column)?;
        places.get(id).copied().ok_or_else(|| (column, unknown(id)))
    }

    /// Lines that share shop, day and product are parts of one figure and are added up.
    fn actual(&mut self, row: &Row<'_>) -> Result<(), No> {
        let day = date(row.filled("date")?)?;
        // Where a file comes from it may be tomorrow already. A day further off is a mistake that would move the day through
        // which the organisation's figures go.
        if day > self.today.succ_opt().unwrap_or(self.today) {
            return no("date", Wrong::Future { value: shown(row.text("date")) });
        }
        let shop = self.place(row, "shop", &self.known.shops)?;
        let product = self.place(row, "product", &self.known.products)?;
        let (quantity, amount) = (row.amount("quantity", 0)?.0, row.amount("amount", self.known.digits)?.0);
        match self.actuals.entry((shop, day.num_days_from_ce(), product)) {
            Entry::Vacant(entry) => {
                entry.insert((quantity, amount));
            }
            Entry::Occupied(mut entry) => {
                let (q, a) = *entry.get();
                let (q, a) = (q + quantity, a + amount);
                if q.abs().max(a.abs()) > VALUE_MAX {
                    return no("amount", Wrong::TooLarge { value: shown(row.text("amount")) });
                }
                self.summed += 1;
                entry.insert((q, a));
            }
        }
        self.negative += u64::from(quantity < 0 || amount < 0);
        self.add_total("sales", amount);
        self.add_total("quantity", quantity);
        Ok(())
    }

    fn target(&mut self, row: &Row<'_>) -> Result<(), No> {
        let period = month(row.filled("month")?)?;
        let shop = row.filled("shop")?;
        if !self.known.shops.contains_key(shop) {
            return no("shop", unknown(shop));
        }
        let metric = metric(row.text("metric"))?;
        let amount = row.amount("amount", digits(&metric, self.known.digits))?;
        if amount.0 < 0 {
            return no("amount", Wrong::Negative { value: shown(row.text("amount")) });
        }
        let shop = ShopId::from(shop);
        let target = Target { metric: metric.id, shop: shop.clone(), period, amount, basis: TargetBasis::Set };
        let id = target.record_id();
        if self.seen.contains(&id) {
            return no("month", Wrong::Twice { value: period.to_string() });
        }
        if self.known.planned.contains(&id) {
            return no("month", Wrong::Planned { value: period.to_string() });
        }
        let patch = serde_json::to_value(&target).unwrap_or_default();
        self.add_total(target.metric.as_str(), amount.0);
        self.take(Kind::Target, &id, patch, Some(shop));
        Ok(())
    }

    /// An id that the file has not used yet. It counts as used once the row is taken.
    fn fresh_id<'r>(&self, row: &Row<'r>) -> Result<&'r str, No> {
        let id = row.id("id")?;
        if self.seen.contains(id) { no("id", Wrong::Twice { value: shown(id) }) } else { Ok(id) }
    }

    fn take(&mut self, kind: Kind, id: &str, patch: Value, shop: Option<ShopId>) {
        self.seen.insert(id.to_owned());
        let patch = match patch {
            Value::Object(fields) => fields,
            _ => Fields::new(),
        };
        self.records.push(RowRecord { rec: RecordRef::new(kind, id), patch, shop });
    }

    fn known_territory<'r>(&self, row: &Row<'r>, column: &'static str) -> Result<&'r str, No> {
        let id = row.filled(column)?;
        if self.known.territories.contains_key(id) { Ok(id) } else { no(column, unknown(id)) }
    }

    /// A territory may stand before the one above it: all that the file names are known from the start.
    fn foresee_territories(&mut self, sheet: &Sheet, layout: &Layout) {
        for record in sheet.rows().filter_map(|row| row.fields.ok()) {
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
            return no("parent", Wrong::Circle { id: shown(id), value: shown(above) });
        }
        self.known.territories.insert(id.to_owned(), parent.clone());
        self.take(Kind::Territory, id, json!({"name": name, "parent": parent}), None);
        Ok(())
    }

    fn person(&mut self, row: &Row<'_>) -> Result<(), No> {
        let id = self.fresh_id(row)?;
        let login = row.filled("login")?;
        if self.known.is_login_taken(login, id) {
            return no("login", Wrong::LoginTaken { value: shown(login) });
        }
        let role = role(row.filled("role")?)?;
        let territory = TerritoryId::from(self.known_territory(row, "territory")?);
        let active = yes("active", row.text("active"))?;
        let password = row.text("password");
        if password.len() > PASSWORD_BYTES_MAX {
            return no("password", Wrong::LongPassword);
        }
        let (login, name) = (login.to_owned(), row.filled("name")?.to_owned());
        self.known.add_person(id, &login);
        self.seen.insert(id.to_owned());
        let (person, password) = (PersonId::from(id), password.to_owned());
        self.people.push(RowPerson { person, login, name, role, territory, active, password });
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
                _ => Some(row.amount("price", self.known.digits)?),
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
            let assigned = stored.map_or(&[][..], Vec::as_slice);
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
        if !self.known.people.contains_key(rep) {
            return no("rep", unknown(rep));
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
            return no("product", unknown(product));
        }
        let id = format!("{channel}/{tier}");
        if !self.seen.insert(format!("{id}/{product}")) {
            return no("product", Wrong::Twice { value: shown(product) });
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

fn unknown(id: &str) -> Wrong {
    Wrong::Unknown { value: shown(id) }
}

#[cfg(test)]
mod tests;
