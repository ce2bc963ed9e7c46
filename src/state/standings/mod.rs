//! Where any part of the figures stands, for the pages of targets: measured on the device from the records it holds.
//!
//! Not here: the month and year of Today, which are needed at the start (`performance`); words (the screens).

pub mod cut;
pub mod measure;

pub use cut::{Cut, Dimension, Key, View};
pub use measure::{Measured, Part};

use self::measure::{ByShop, Records, Rolled};
use super::entries::Journal;
use super::plan::Plans;
use super::table::{Table, descending};
use super::{Catalog, Performance, Work, entries};
use crate::storage::prefs::{self, Pref};
use aisle_domain::actuals::Entry;
use aisle_domain::calendar::{Period, PeriodKind, Window};
use aisle_domain::metric::{self, Metric};
use aisle_domain::money::Amount;
use aisle_domain::org::Adds;
use aisle_domain::target::{Target, TargetBasis};
use aisle_domain::{MetricId, ShopId};
use aisle_protocol::record::Kind;
use chrono::{Datelike, NaiveDate};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A view that was measured, and how far it has followed the entries.
struct Kept {
    view: View,
    by: Option<Dimension>,
    through: NaiveDate,
    at: u64,
    rolled: Rolled,
}

/// So many are kept: a page asks for two.
const KEPT_MAX: usize = 4;

/// Targets of every metric, and where they come from.
type Targets = BTreeMap<MetricId, (ByShop, Vec<TargetBasis>)>;

/// One thing a figure is made of.
#[allow(clippy::large_enum_variant)] // A list of a few hundred, drawn once.
#[derive(Clone, Debug, PartialEq)]
pub enum Behind {
    /// Imported: the sum of a day and category.
    Imported {
        /// Which day.
        day: NaiveDate,
        /// Where.
        shop: ShopId,
        /// Of what.
        category: String,
        /// How much.
        amount: Amount,
    },
    /// Entered by a person.
    Entered {
        /// The entry.
        entry: Entry,
        /// Whether it counts, or was replaced.
        counts: bool,
    },
}

impl Behind {
    fn day(&self) -> NaiveDate {
        match self {
            Self::Imported { day, .. } => *day,
            Self::Entered { entry, .. } => entry.cell.day,
        }
    }
}

/// Standings. Made from the contexts wherever it is needed.
#[derive(Clone, Copy)]
pub struct Standings {
    work: Work,
    catalog: Catalog,
    performance: Performance,
}

impl Standings {
    /// Of the records in effect.
    pub fn get() -> Self {
        Self { work: Work::get(), catalog: Catalog::get(), performance: Performance::get() }
    }

    /// The last day for which actuals are in.
    pub fn through(self) -> NaiveDate {
        self.performance.data_through()
    }

    fn targets(self) -> Rc<Targets> {
        self.work.keep("targets of every metric", &[Kind::Target], || targets(self.work.all(&Kind::Target)))
    }

    /// Entries and corrections.
    pub fn ledger(self) -> Rc<Journal> {
        entries::ledger(self.work)
    }

    /// Metrics that add up and have targets or facts, sales first.
    pub fn metrics(self) -> Vec<Metric> {
        let targets = self.targets();
        let known = |metric: &Metric| {
            [aisle_domain::org::sales(), aisle_domain::org::quantity()].contains(&metric.id)
                || targets.contains_key(&metric.id)
                || self.ledger().cells().any(|(cell, _)| cell.metric == metric.id)
        };
        metric::standard().into_iter().filter(|metric| metric.adds == Adds::Sum && known(metric)).collect()
    }

    /// Where the targets of a metric come from.
    pub fn bases(self, metric: &MetricId) -> Vec<TargetBasis> {
        self.targets().get(metric).map(|(_, bases)| bases.clone()).unwrap_or_default()
    }

    /// Whether a target of this metric is set in any period like this or later.
    pub fn reaches(self, metric: &MetricId, period: Period) -> bool {
        let targets = self.targets();
        let of_shops = targets.get(metric).map(|(by_shop, _)| by_shop);
        of_shops.is_some_and(|by_shop| by_shop.values().flatten().any(|(of, _)| of.last() >= period.first()))
    }

    fn with<T>(self, metric: &MetricId, read: impl FnOnce(&Records<'_>) -> T) -> T {
        let (shops, segments, entries) = (self.catalog.shops(), self.performance.segments(), self.ledger());
        let (targets, none) = (self.targets(), Table::default());
        let targets = targets.get(metric).map_or(&none, |(by_shop, _)| by_shop);
        let (shops, segments, entries, through) = (&*shops, &*segments, &*entries, self.through());
        // On the company's basis: a target that overrides it says so in its plan, which is not on every phone.
        Plans::get().weighed(None, |weights| read(&Records { shops, segments, entries, targets, weights, through }))
    }

    /// Measures a view and, if asked, its children. `None` only when there are more children than memory.
    pub fn measure(self, view: &View, by: Option<Dimension>) -> Option<Measured> {
        let kinds = [Kind::Facts, Kind::Shop, Kind::Target, Kind::Org, Kind::Calendar];
        let kept = self.work.keep("standings", &kinds, || RefCell::new(Vec::new()));
        let (journal, through) = (self.ledger(), self.through());
        self.with(&view.metric, |records| {
            let mut kept = kept.borrow_mut();
            let place = kept.iter().position(|k: &Kept| k.view == *view && k.by == by && k.through == through);
            let known = place.map(|place| kept.remove(place)).and_then(|mut known| {
                let moved = journal.moves.since(known.at)?;
                moved.iter().try_for_each(|c| known.rolled.moved(&c.cell, c.delta(), records).map(drop))?;
                Some(known.rolled)
            });
            let rolled = match known {
                Some(rolled) => rolled,
                None => Rolled::new(view, by, records)?,
            };
            let measured = rolled.measured(records);
            kept.insert(0, Kept { view: view.clone(), by, through, at: journal.moves.at(), rolled });
            kept.truncate(KEPT_MAX);
            Some(measured)
        })
    }

    /// What a view's actual is made of, newest day first: at most `most`, and how many there are in all. Entries that were
    /// replaced are among them; so are those for days after the data-through day.
    pub fn behind(self, view: &View, most: usize) -> (Vec<Behind>, usize) {
        self.with(&view.metric, |records| behind(view, records, most))
    }

    /// Remembers how targets were looked at last, on this device.
    pub fn remember(self, kind: PeriodKind, metric: &MetricId, by: Dimension) {
        prefs::set(Pref::Targets, &(kind.holding(NaiveDate::default()), metric, by.as_str()));
    }

    /// How targets were looked at last.
    pub fn remembered(self) -> Option<(PeriodKind, MetricId, Option<Dimension>)> {
        let (period, metric, by): (Period, MetricId, String) = prefs::get(Pref::Targets)?;
        Some((period.kind(), metric, Dimension::parse(&by)))
    }
}

fn targets(all: Vec<(String, Target)>) -> Targets {
    let mut by_metric: BTreeMap<MetricId, BTreeMap<ShopId, Vec<(Period, Amount)>>> = BTreeMap::new();
    let mut bases: BTreeMap<MetricId, Vec<TargetBasis>> = BTreeMap::new();
    for (_, target) in all {
        let known = bases.entry(target.metric.clone()).or_default();
        if !known.contains(&target.basis) {
            known.push(target.basis);
        }
        let of_shop = by_metric.entry(target.metric).or_default().entry(target.shop).or_default();
        of_shop.push((target.period, target.amount));
    }
    let finished = |(metric, by_shop): (MetricId, BTreeMap<ShopId, Vec<(Period, Amount)>>)| {
        let bases = bases.remove(&metric).unwrap_or_default();
        (metric, (Table::from_sorted(by_shop.into_iter().collect()), bases))
    };
    by_metric.into_iter().map(finished).collect()
}

fn behind(view: &View, records: &Records<'_>, most: usize) -> (Vec<Behind>, usize) {
    let only = view.cut.category.as_deref();
    let mut list = Vec::new();
    if let Some(Window { first, last }) = Window::elapsed(view.period, records.through) {
        for (id, _) in records.shops.iter().filter(|(id, shop)| view.cut.includes(id, shop)) {
            for segment in records.segments.of(id, first.year()..=last.year()) {
                let rows = segment
                    .rows(&view.metric, first, last)
                    .filter(|(_, category, amount)| amount.0 != 0 && only.is_none_or(|only| only == *category));
                list.extend(rows.map(|(day, category, amount)| Behind::Imported {
                    day,
                    shop: id.clone(),
                    category: category.to_owned(),
                    amount,
                }));
            }
        }
    }
    let entries = records.entries.entries().filter(|entry| {
        let cell = &entry.cell;
        cell.metric == view.metric
            && view.period.contains(cell.day)
            && only.is_none_or(|only| only == cell.category)
            && records.shops.get(&cell.shop).is_some_and(|shop| view.cut.includes(&cell.shop, shop))
    });
    list.extend(
        entries.map(|entry| Behind::Entered { counts: records.entries.counts(&entry.id), entry: entry.clone() }),
    );
    let all = list.len();
    let mut list = descending(list, |behind| i64::from(behind.day().num_days_from_ce()));
    list.truncate(most);
    (list, all)
}
