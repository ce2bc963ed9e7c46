//! `report progress`: where any cut of the figures stands, for scripts and for business intelligence.
//!
//! Windows, day weights, credit shares, entries and every figure are the domain's, so a report and a screen say the same. What
//! is done here is reading, grouping and writing down.

use crate::plan::Parents;
use crate::storage::{Storage, StorageError};
use aisle_domain::actuals::{Entry, Ledger};
use aisle_domain::calendar::{Basis, DayWeights, Period, PeriodKind, Window, WorkCalendar};
use aisle_domain::cascade::day_targets;
use aisle_domain::credit::{divide_or_keep, shares_on};
use aisle_domain::figures::{Figure, Standing, Value as FigureValue};
use aisle_domain::metric::{self, Unit};
use aisle_domain::money::Amount;
use aisle_domain::org::{Adds, Assignment, DayBasis, Org, Person, Product, Shop, quantity, sales};
use aisle_domain::target::{ShopTarget, agreed, within};
use aisle_domain::{MetricId, ShopId, TerritoryId};
use aisle_protocol::record::Kind;
use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

/// What a report can be cut along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dim {
    /// A level of the tree of territories: 1 is just below the topmost.
    Level(usize),
    /// The shop's own territory.
    Territory,
    /// People, by credit shares.
    Person,
    /// Shops.
    Shop,
    /// Channels.
    Channel,
    /// Tiers.
    Tier,
    /// Categories of products.
    Category,
    /// Products.
    Product,
    /// Periods of a kind within the report's period.
    Time(PeriodKind),
}

impl Dim {
    /// Reads the word of the command line.
    ///
    /// # Errors
    /// Names the words there are.
    pub fn parse(word: &str) -> Result<Self, String> {
        Ok(match word {
            "region" => Self::Level(1),
            "territory" => Self::Territory,
            "person" => Self::Person,
            "shop" => Self::Shop,
            "channel" => Self::Channel,
            "tier" => Self::Tier,
            "category" => Self::Category,
            "product" => Self::Product,
            _ => match (word.strip_prefix("level"), PeriodKind::parse(word)) {
                (Some(level), _) if matches!(level.parse(), Ok(1..=9)) => Self::Level(level.parse().unwrap_or(1)),
                (_, Some(kind)) => Self::Time(kind),
                _ => {
                    return Err(format!(
                        "{word:?} is none of region, territory, level1 to level9, person, shop, channel, tier, category, \
                         product, year, quarter, month, week, day"
                    ));
                }
            },
        })
    }

    fn name(self) -> String {
        match self {
            Self::Level(1) => "region".to_owned(),
            Self::Level(level) => format!("level{level}"),
            Self::Territory => "territory".to_owned(),
            Self::Person => "person".to_owned(),
            Self::Shop => "shop".to_owned(),
            Self::Channel => "channel".to_owned(),
            Self::Tier => "tier".to_owned(),
            Self::Category => "category".to_owned(),
            Self::Product => "product".to_owned(),
            Self::Time(kind) => kind.as_str().to_owned(),
        }
    }

    /// Whether its members have names beside their ids.
    fn is_named(self) -> bool {
        matches!(self, Self::Level(_) | Self::Territory | Self::Person | Self::Shop | Self::Product)
    }
}

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Along what, the outer first.
    pub by: Vec<Dim>,
    /// A kind of period or a period.
    pub period: String,
    /// The last day that counts.
    pub as_of: Option<NaiveDate>,
    /// The metric.
    pub metric: MetricId,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// No such period.
    #[error("{0:?} is neither year, quarter, month, week or day nor a period such as 2026-Q4")]
    Period(String),
    /// Not a metric whose values add up.
    #[error("{0} is no metric that adds up; {1} are")]
    Metric(MetricId, String),
    /// Time twice, or time that does not tile the period.
    #[error("{0} cannot be cut into {1}")]
    Time(Period, String),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Everything a report is computed from.
struct Records {
    shops: BTreeMap<ShopId, Shop>,
    products: BTreeMap<String, Product>,
    people: BTreeMap<String, Person>,
    territories: BTreeMap<String, String>,
    parents: Parents,
    calendars: BTreeMap<String, WorkCalendar>,
    org: Option<Org>,
    targets: Vec<ShopTarget>,
    ledger: Ledger,
    /// What the targets in question override the company's day weights with.
    days: Option<Basis>,
}

/// One value of a shop and day.
struct Fact<'a> {
    shop: &'a ShopId,
    day: NaiveDate,
    category: &'a str,
    product: Option<&'a str>,
    amount: Amount,
}

/// What a row adds up to.
#[derive(Clone, Debug, Default)]
struct Sums {
    target: Option<Amount>,
    actual: Amount,
    last_year: Amount,
    last_period: Amount,
    shops: BTreeSet<ShopId>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Now,
    LastYear,
    LastPeriod,
}

/// A row: its members, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Ids of the members, in the order of the dimensions; empty for what belongs to none.
    pub key: Vec<String>,
    /// Where it stands.
    pub standing: Standing,
    /// Shops with a target or an actual in it.
    pub shops: usize,
}

/// A report.
#[derive(Clone, Debug)]
pub struct Report {
    by: Vec<Dim>,
    names: Vec<BTreeMap<String, String>>,
    metric: MetricId,
    /// Decimals of the amounts, and the currency where they are money.
    digits: u8,
    currency: Option<String>,
    /// The rows, in the order of their keys.
    pub rows: Vec<Row>,
}

/// Makes a report.
///
/// # Errors
/// See [`ReportError`].
pub async fn progress(storage: &dyn Storage, wish: &Wish, today: NaiveDate) -> Result<Report, ReportError> {
    let metrics = metric::standard();
    let known = metrics.iter().find(|metric| metric.id == wish.metric && metric.adds == Adds::Sum);
    let Some(metric) = known else {
        let sums = metrics.iter().filter(|metric| metric.adds == Adds::Sum).map(|metric| metric.id.to_string());
        return Err(ReportError::Metric(wish.metric.clone(), sums.collect::<Vec<_>>().join(", ")));
    };
    let records = Records::load(storage, &wish.metric).await?;
    let through = wish.as_of.or(records.org.as_ref().and_then(|org| org.data_through)).unwrap_or(today);
    let period = PeriodKind::parse(&wish.period).map(|kind| kind.holding(through));
    let period = period.or_else(|| Period::parse(&wish.period)).ok_or(ReportError::Period(wish.period.clone()))?;
    let tiles = tiles(period, &wish.by)?;
    let records = records.weighed_as(&tiles);
    let mut report = Rows::new(&records, &wish.by, tiles, through);
    let (first, last) = report.range();
    if wish.by.contains(&Dim::Product) {
        for line in storage.product_days(first, last).await? {
            let category = records.products.get(line.product.as_str()).map_or("", |product| product.category.as_str());
            let amount = of_metric(&wish.metric, line.amount, line.quantity);
            let product = Some(line.product.as_str());
            report.add(&Fact { shop: &line.shop, day: line.day, category, product, amount });
        }
    } else {
        for line in storage.category_days(first, last).await? {
            let amount = of_metric(&wish.metric, line.amount, line.quantity);
            report.add(&Fact { shop: &line.shop, day: line.day, category: &line.category, product: None, amount });
        }
    }
    for (cell, value) in records.ledger.cells().filter(|(cell, _)| cell.metric == wish.metric) {
        let product = cell.product.as_ref().map(|product| product.as_str());
        let (category, amount) = (cell.category.as_str(), value.amount());
        report.add(&Fact { shop: &cell.shop, day: cell.day, category, product, amount });
    }
    report.add_targets();
    let is_money = metric.unit == Unit::Money;
    let currency = records.org.as_ref().map(|org| org.currency.clone()).filter(|_| is_money);
    Ok(Report {
        names: wish.by.iter().map(|dim| records.names(*dim)).collect(),
        by: wish.by.clone(),
        metric: wish.metric.clone(),
        digits: currency.as_ref().map_or(0, |currency| currency.digits),
        currency: currency.map(|currency| currency.code),
        rows: report.finish(),
    })
}

/// The facts of a metric that are imported: sales and quantity.
fn of_metric(metric: &MetricId, amount: i64, units: i64) -> Amount {
    if *metric == sales() {
        Amount(amount)
    } else if *metric == quantity() {
        Amount(units)
    } else {
        Amount::ZERO
    }
}

/// The periods that rows are about.
fn tiles(period: Period, by: &[Dim]) -> Result<Vec<Period>, ReportError> {
    let kinds: Vec<PeriodKind> =
        by.iter().filter_map(|dim| if let Dim::Time(kind) = dim { Some(*kind) } else { None }).collect();
    let refused =
        || ReportError::Time(period, kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" and "));
    match kinds.as_slice() {
        [] => Ok(vec![period]),
        [kind] if *kind == period.kind() => Ok(vec![period]),
        // A week is a view over its days: those that lie in the period whole or in part, each whole.
        [PeriodKind::Week] if period.kind() < PeriodKind::Week => {
            let first = Period::week_of(period.first());
            Ok(std::iter::successors(Some(first), |week| Some(week.next()))
                .take_while(|week| week.first() < period.end())
                .collect())
        }
        [kind] => Some(period.split_into(*kind)).filter(|tiles| !tiles.is_empty()).ok_or_else(refused),
        _ => Err(refused()),
    }
}

impl Records {
    async fn load(storage: &dyn Storage, metric: &MetricId) -> Result<Self, StorageError> {
        let territories = storage.records(&Kind::Territory).await?;
        let word =
            |fields: &Map<String, Value>, name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
        let mut ledger = Ledger::default();
        for entry in all::<Entry>(storage, &Kind::Entry).await?.into_values() {
            ledger.insert(entry);
        }
        let targets = all::<ShopTarget>(storage, &Kind::Target).await?.into_values();
        Ok(Self {
            shops: all(storage, &Kind::Shop).await?.into_iter().map(|(id, shop)| (id.into(), shop)).collect(),
            products: all(storage, &Kind::Product).await?,
            people: all(storage, &Kind::Person).await?,
            parents: territories
                .iter()
                .map(|(id, fields)| (TerritoryId::from(id.as_str()), word(fields, "parent").map(TerritoryId::from)))
                .collect(),
            territories: territories
                .iter()
                .map(|(id, fields)| (id.clone(), word(fields, "name").unwrap_or_default()))
                .collect(),
            calendars: all(storage, &Kind::Calendar).await?,
            org: all(storage, &Kind::Org).await?.remove("org"),
            targets: targets.filter(|target| target.target.metric == *metric).collect(),
            ledger,
            days: None,
        })
    }

    /// With the day weights of the targets that fall into these periods, as a screen over all of them has it.
    fn weighed_as(mut self, tiles: &[Period]) -> Self {
        let (first, end) = (tiles.iter().map(|tile| tile.first()).min(), tiles.iter().map(|tile| tile.end()).max());
        let touches = |of: Period| first.zip(end).is_some_and(|(first, end)| of.first() < end && first < of.end());
        let touching = self.targets.iter().filter(|target| touches(target.target.period));
        self.days = agreed(touching.map(|target| target.days.as_ref())).cloned();
        self
    }

    fn weights(&self) -> DayWeights<'_> {
        if let Some(weights) = self.days.as_ref().and_then(|days| DayWeights::of_basis(days, &self.calendars)) {
            return weights;
        }
        let basis = self.org.as_ref().map_or(DayBasis::Calendar, |org| org.day_basis);
        let calendar = self.org.as_ref().and_then(|org| self.calendars.get(org.calendar.as_ref()?));
        DayWeights::of_org(basis, calendar)
    }

    fn names(&self, dim: Dim) -> BTreeMap<String, String> {
        match dim {
            Dim::Level(_) | Dim::Territory => self.territories.clone(),
            Dim::Person => self.people.iter().map(|(id, person)| (id.clone(), person.name.clone())).collect(),
            Dim::Shop => self.shops.iter().map(|(id, shop)| (id.to_string(), shop.name.clone())).collect(),
            Dim::Product => self.products.iter().map(|(id, product)| (id.clone(), product.name.clone())).collect(),
            Dim::Channel | Dim::Tier | Dim::Category | Dim::Time(_) => BTreeMap::new(),
        }
    }

    /// The territory of a level that a shop lies in: the shop's own where the tree is not that deep.
    fn level(&self, territory: &TerritoryId, level: usize) -> String {
        let above = |id: &TerritoryId| self.parents.get(id).cloned().flatten();
        let mut path: Vec<TerritoryId> =
            std::iter::successors(Some(territory.clone()), above).take(self.parents.len() + 1).collect();
        path.reverse();
        path.get(level).or(path.last()).map(ToString::to_string).unwrap_or_default()
    }
}

async fn all<T: DeserializeOwned>(storage: &dyn Storage, kind: &Kind) -> Result<BTreeMap<String, T>, StorageError> {
    let records = storage.records(kind).await?.into_iter();
    Ok(records.filter_map(|(id, fields)| Some((id, serde_json::from_value(Value::Object(fields)).ok()?))).collect())
}

/// Rows that are being added up.
struct Rows<'a> {
    records: &'a Records,
    by: &'a [Dim],
    tiles: Vec<Period>,
    through: NaiveDate,
    /// Which tiles a day counts in, and as what.
    counts: HashMap<NaiveDate, Vec<(usize, Which)>>,
    /// Whether a tile has anything to compare with: last year, last period.
    compared: Vec<(bool, bool)>,
    sums: BTreeMap<Vec<String>, (usize, Sums)>,
}

impl<'a> Rows<'a> {
    fn new(records: &'a Records, by: &'a [Dim], tiles: Vec<Period>, through: NaiveDate) -> Self {
        let mut counts: HashMap<NaiveDate, Vec<(usize, Which)>> = HashMap::new();
        for (place, tile) in tiles.iter().enumerate() {
            let Some(elapsed) = Window::elapsed(*tile, through) else { continue };
            let other = |period: Option<Period>| period.map(|other| elapsed.same_days_of(*tile, other));
            let windows = [
                (Some(elapsed), Which::Now),
                (other(tile.year_before()), Which::LastYear),
                (other(tile.previous()), Which::LastPeriod),
            ];
            for (window, which) in windows.into_iter().filter_map(|(window, which)| Some((window?, which))) {
                for day in window.first.iter_days().take_while(|day| *day <= window.last) {
                    counts.entry(day).or_default().push((place, which));
                }
            }
        }
        let compared = vec![(false, false); tiles.len()];
        Self { records, by, tiles, through, counts, compared, sums: BTreeMap::new() }
    }

    /// First and last day of anything that counts.
    fn range(&self) -> (NaiveDate, NaiveDate) {
        let (first, last) = (self.counts.keys().min(), self.counts.keys().max());
        (first.copied().unwrap_or(NaiveDate::MIN), last.copied().unwrap_or(NaiveDate::MIN))
    }

    /// The members of a value along every dimension but people.
    fn key(&self, tile: usize, id: &ShopId, shop: &Shop, category: &str, product: Option<&str>) -> Vec<String> {
        let member = |dim: &Dim| match dim {
            Dim::Level(level) => self.records.level(&shop.territory, *level),
            Dim::Territory => shop.territory.to_string(),
            Dim::Person => String::new(),
            Dim::Shop => id.to_string(),
            Dim::Channel => shop.channel.0.clone(),
            Dim::Tier => shop.tier.0.clone(),
            Dim::Category => category.to_owned(),
            Dim::Product => product.unwrap_or_default().to_owned(),
            Dim::Time(_) => self.tiles[tile].to_string(),
        };
        self.by.iter().map(member).collect()
    }

    /// Hands each person's part of an amount to `put`, or the whole when people are not asked for.
    fn shared(&self, key: &[String], amount: Amount, shop: &Shop, day: NaiveDate) -> Vec<(Vec<String>, Amount)> {
        let Some(place) = self.by.iter().position(|dim| *dim == Dim::Person) else {
            return vec![(key.to_vec(), amount)];
        };
        let parts = divide_or_keep(amount, &shop.assigned, day).into_iter();
        let of = |person: Option<aisle_domain::PersonId>| {
            let mut key = key.to_vec();
            key[place] = person.map(|person| person.to_string()).unwrap_or_default();
            key
        };
        parts.map(|(person, amount)| (of(person), amount)).collect()
    }

    fn add(&mut self, fact: &Fact<'_>) {
        let (Some(shop), Some(counts)) = (self.records.shops.get(fact.shop), self.counts.get(&fact.day)) else {
            return;
        };
        for (tile, which) in counts.clone() {
            match which {
                Which::LastYear => self.compared[tile].0 = true,
                Which::LastPeriod => self.compared[tile].1 = true,
                Which::Now => {}
            }
            let key = self.key(tile, fact.shop, shop, fact.category, fact.product);
            for (key, amount) in self.shared(&key, fact.amount, shop, fact.day) {
                let (_, sums) = self.sums.entry(key).or_insert_with(|| (tile, Sums::default()));
                match which {
                    Which::Now => {
                        sums.actual += amount;
                        sums.shops.insert(fact.shop.clone());
                    }
                    Which::LastYear => sums.last_year += amount,
                    Which::LastPeriod => sums.last_period += amount,
                }
            }
        }
    }

    /// Targets: of shops and months, by category where the plan goes that far, by product never.
    fn add_targets(&mut self) {
        if self.by.contains(&Dim::Product) {
            return;
        }
        let by_category = self.by.contains(&Dim::Category);
        for of_shop in &self.records.targets {
            let target = &of_shop.target;
            let Some(shop) = self.records.shops.get(&target.shop) else { continue };
            let amounts: Vec<(&str, Amount)> = if by_category {
                of_shop.categories.iter().map(|(category, amount)| (category.as_str(), *amount)).collect()
            } else {
                vec![("", target.amount)]
            };
            for (category, amount) in amounts {
                for tile in 0..self.tiles.len() {
                    for (day, part) in self.falls(shop, target.period, amount, self.tiles[tile]) {
                        let key = self.key(tile, &target.shop, shop, category, None);
                        for (key, part) in self.shared(&key, part, shop, day) {
                            let (_, sums) = self.sums.entry(key).or_insert_with(|| (tile, Sums::default()));
                            sums.target = Some(sums.target.unwrap_or_default() + part);
                            sums.shops.insert(target.shop.clone());
                        }
                    }
                }
            }
        }
    }

    /// What of a target falls into a period, in stretches of days with the same people, each with its first day.
    fn falls(&self, shop: &Shop, of: Period, amount: Amount, period: Period) -> Vec<(NaiveDate, Amount)> {
        let weights = self.records.weights();
        let Some(whole) = within(&[(of, amount)], period, weights) else { return Vec::new() };
        let changes = |assignment: &Assignment| {
            let inside = |day: &Option<NaiveDate>| day.is_some_and(|day| of.contains(day));
            inside(&assignment.from) || inside(&assignment.until)
        };
        if !self.by.contains(&Dim::Person) || !shop.assigned.iter().any(changes) {
            return vec![(of.first().max(period.first()), whole)];
        }
        let mut stretches: Vec<(NaiveDate, Amount)> = Vec::new();
        let mut people = Vec::new();
        let days = day_targets(amount, of, weights).unwrap_or_default().into_iter();
        for (day, part) in days.filter(|(day, _)| period.contains(*day)) {
            let now = shares_on(&shop.assigned, day);
            match stretches.last_mut() {
                Some((_, sum)) if people == now => *sum += part,
                _ => {
                    stretches.push((day, part));
                    people = now;
                }
            }
        }
        stretches
    }

    fn finish(self) -> Vec<Row> {
        let weights = self.records.weights();
        let mut rows = Vec::with_capacity(self.sums.len());
        for (key, (tile, sums)) in self.sums {
            let (period, (year, before)) = (self.tiles[tile], self.compared[tile]);
            let standing = Standing {
                period,
                through: self.through,
                basis: weights.basis(),
                time: aisle_domain::calendar::TimeGone::weigh(period, self.through, weights),
                target: sums.target,
                actual: sums.actual,
                last_year: year.then_some(sums.last_year),
                last_period: before.then_some(sums.last_period),
            };
            rows.push(Row { key, standing, shops: sums.shops.len() });
        }
        rows
    }
}

impl Report {
    /// As CSV: a header, amounts with the decimals of the currency, shares as fractions; empty where a figure is a dash.
    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut header: Vec<String> = Vec::new();
        for dim in &self.by {
            header.push(dim.name());
            header.extend(dim.is_named().then(|| format!("{}_name", dim.name())));
        }
        header.extend(FIELDS.map(str::to_owned));
        let _ = writer.write_record(&header);
        for row in &self.rows {
            let mut line: Vec<String> = Vec::with_capacity(header.len());
            for (place, (dim, member)) in self.by.iter().zip(&row.key).enumerate() {
                line.push(member.clone());
                line.extend(dim.is_named().then(|| self.names[place].get(member).cloned().unwrap_or_default()));
            }
            let of = &row.standing;
            let basis = serde_json::to_value(&of.basis).unwrap_or_default();
            line.extend([of.period.to_string(), of.through.to_string(), words(&basis), row.shops.to_string()]);
            line.push(of.target.map(|amount| self.decimal(amount)).unwrap_or_default());
            line.push(self.decimal(of.actual));
            line.extend(self.figures(of).into_iter().map(|value| match value {
                Shown::None => String::new(),
                Shown::Share(share) => format!("{share:.6}"),
                Shown::Amount(amount) => self.decimal(amount),
            }));
            let _ = writer.write_record(&line);
        }
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// As JSON: one object with rows, amounts in minor units.
    pub fn json(&self) -> String {
        let row = |row: &Row| {
            let mut fields = Map::new();
            for (place, (dim, member)) in self.by.iter().zip(&row.key).enumerate() {
                fields.insert(dim.name(), json!(member));
                if dim.is_named() {
                    fields.insert(format!("{}_name", dim.name()), json!(self.names[place].get(member)));
                }
            }
            let of = &row.standing;
            let first = [json!(of.period), json!(of.through), json!(of.basis), json!(row.shops)];
            let amounts = [json!(of.target), json!(of.actual)];
            let figures = self.figures(of).into_iter().map(|value| match value {
                Shown::None => Value::Null,
                Shown::Share(share) => json!(share),
                Shown::Amount(amount) => json!(amount),
            });
            let values = first.into_iter().chain(amounts).chain(figures);
            fields.extend(FIELDS.iter().map(|name| (*name).to_owned()).zip(values));
            Value::Object(fields)
        };
        let rows: Vec<Value> = self.rows.iter().map(row).collect();
        let report = json!({
            "metric": self.metric, "currency": self.currency, "digits": self.digits, "rows": rows,
        });
        format!("{report:#}\n")
    }

    /// Every figure after target and actual, in the order of [`FIELDS`].
    fn figures(&self, of: &Standing) -> Vec<Shown> {
        let figures = [
            of.achievement(),
            of.time_gone(),
            of.pacing_gap(),
            of.forecast(),
            of.forecast_rate(),
            of.required_daily(),
            of.daily_so_far(),
        ];
        let mut shown: Vec<Shown> = figures.iter().map(Shown::of).collect();
        shown.extend([of.last_year.map_or(Shown::None, Shown::Amount), Shown::of(&of.vs_last_year())]);
        shown.extend([of.last_period.map_or(Shown::None, Shown::Amount), Shown::of(&of.vs_last_period())]);
        shown
    }

    fn decimal(&self, amount: Amount) -> String {
        let unit = 10u64.pow(u32::from(self.digits.min(9)));
        let (whole, rest) = (amount.0.unsigned_abs() / unit, amount.0.unsigned_abs() % unit);
        let mut text = if amount.0 < 0 { format!("-{whole}") } else { whole.to_string() };
        if self.digits > 0 {
            let _ = write!(text, ".{rest:0width$}", width = usize::from(self.digits));
        }
        text
    }
}

/// What follows the dimensions.
const FIELDS: [&str; 17] = [
    "period",
    "through",
    "basis",
    "shops",
    "target",
    "actual",
    "achievement",
    "time_gone",
    "pacing_gap_pp",
    "forecast",
    "forecast_rate",
    "required_daily",
    "daily_so_far",
    "last_year",
    "vs_last_year",
    "last_period",
    "vs_last_period",
];

/// A figure's value.
enum Shown {
    None,
    Share(f64),
    Amount(Amount),
}

impl Shown {
    fn of(figure: &Figure) -> Self {
        match figure.value {
            Err(_) => Self::None,
            Ok(FigureValue::Share(value) | FigureValue::Points(value)) => Self::Share(value),
            Ok(FigureValue::Amount(amount)) => Self::Amount(amount),
        }
    }
}

/// A basis in one word: `calendar_days`, `working_days us-ia`.
fn words(basis: &Value) -> String {
    let word = |name: &str| basis.get(name).and_then(Value::as_str);
    [word("t"), word("calendar")].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_and_tiles() {
        assert_eq!(Dim::parse("region"), Ok(Dim::Level(1)));
        assert_eq!(Dim::parse("level3"), Ok(Dim::Level(3)));
        assert!(Dim::parse("level0").is_err() && Dim::parse("levelx").is_err() && Dim::parse("colour").is_err());
        let period = |text: &str| Period::parse(text).expect("a period");
        let count = |of: &str, by: &[Dim]| tiles(period(of), by).map(|tiles| tiles.len()).ok();
        let cases = [
            ("2024", &[][..], Some(1)),
            ("2024", &[Dim::Time(PeriodKind::Month)], Some(12)),
            ("2024-02", &[Dim::Time(PeriodKind::Day)], Some(29)),
            ("2024-02", &[Dim::Time(PeriodKind::Month)], Some(1)),
            ("2024-02", &[Dim::Time(PeriodKind::Week)], Some(5)), // 29 January to 3 March
            ("2024-02", &[Dim::Time(PeriodKind::Year)], None),
            ("2024", &[Dim::Time(PeriodKind::Month), Dim::Time(PeriodKind::Day)], None),
        ];
        for (of, by, expect) in cases {
            assert_eq!(count(of, by), expect, "{of} {by:?}");
        }
    }
}
