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
use aisle_domain::calendar::{Basis, Period, PeriodKind, Window};
use aisle_domain::metric::{self, Metric};
use aisle_domain::money::Amount;
use aisle_domain::org::Adds;
use aisle_domain::target::{ShopTarget, TargetBasis, agreed};
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

/// Targets of a metric.
#[derive(Default)]
struct OfMetric {
    by_shop: ByShop,
    /// Where they come from.
    bases: Vec<TargetBasis>,
    /// Which days weigh what, of those that override the company's default.
    days: BTreeMap<(ShopId, Period), Basis>,
}

/// Targets of every metric.
type Targets = BTreeMap<MetricId, OfMetric>;

/// One thing a figure is made of.
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
        entry: Box<Entry>,
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
        self.targets().get(metric).map(|of| of.bases.clone()).unwrap_or_default()
    }

    /// Whether a target of this metric is set in any period like this or later.
    pub fn reaches(self, metric: &MetricId, period: Period) -> bool {
        let targets = self.targets();
        let of_shops = targets.get(metric).map(|of| &of.by_shop);
        of_shops.is_some_and(|by_shop| by_shop.values().flatten().any(|(of, _)| of.last() >= period.first()))
    }

    /// The basis of day weights that a plan gives to the targets of a metric and period in a part of the figures; `None`
    /// for the company's own.
    pub fn days(self, view: &View) -> Option<Basis> {
        let (targets, shops) = (self.targets(), self.catalog.shops());
        let of = targets.get(&view.metric).filter(|of| !of.days.is_empty())?;
        let scope = shops.iter().filter(|(id, shop)| view.cut.includes(id, shop)).map(|(id, _)| id);
        days(of, scope, view.period).cloned()
    }

    fn with<T>(self, view: &View, read: impl FnOnce(&Records<'_>) -> T) -> T {
        let (shops, segments, entries) = (self.catalog.shops(), self.performance.segments(), self.ledger());
        let (targets, none) = (self.targets(), Table::default());
        let targets = targets.get(&view.metric).map_or(&none, |of| &of.by_shop);
        let (shops, segments, entries, through) = (&*shops, &*segments, &*entries, self.through());
        let days = self.days(view);
        Plans::get()
            .weighed(days.as_ref(), |weights| read(&Records { shops, segments, entries, targets, weights, through }))
    }

    /// Measures a view and, if asked, its children. `None` only when there are more children than memory.
    pub fn measure(self, view: &View, by: Option<Dimension>) -> Option<Measured> {
        let kinds = [Kind::Facts, Kind::Shop, Kind::Target, Kind::Org, Kind::Calendar];
        let kept = self.work.keep("standings", &kinds, || RefCell::new(Vec::new()));
        let (journal, through) = (self.ledger(), self.through());
        self.with(view, |records| {
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
        self.with(view, |records| behind(view, records, most))
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

fn targets(all: Vec<(String, ShopTarget)>) -> Targets {
    let mut by_metric: BTreeMap<MetricId, BTreeMap<ShopId, Vec<(Period, Amount)>>> = BTreeMap::new();
    let mut targets = Targets::new();
    for (_, ShopTarget { target, days, .. }) in all {
        let of = targets.entry(target.metric.clone()).or_default();
        if !of.bases.contains(&target.basis) {
            of.bases.push(target.basis);
        }
        of.days.extend(days.map(|days| ((target.shop.clone(), target.period), days)));
        let of_shop = by_metric.entry(target.metric).or_default().entry(target.shop).or_default();
        of_shop.push((target.period, target.amount));
    }
    for (metric, by_shop) in by_metric {
        targets.entry(metric).or_default().by_shop = Table::from_sorted(by_shop.into_iter().collect());
    }
    targets
}

/// What the targets of these shops that fall into a period agree on.
fn days<'a>(of: &'a OfMetric, shops: impl Iterator<Item = &'a ShopId>, period: Period) -> Option<&'a Basis> {
    let targets = shops.flat_map(|shop| of.by_shop.get(shop).into_iter().flatten().map(move |(of, _)| (shop, *of)));
    agreed(targets.filter(|(_, of)| of.touches(period)).map(|(shop, period)| of.days.get(&(shop.clone(), period))))
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
        entries
            .map(|entry| Behind::Entered { counts: records.entries.counts(&entry.id), entry: Box::new(entry.clone()) }),
    );
    let all = list.len();
    let mut list = descending(list, |behind| i64::from(behind.day().num_days_from_ce()));
    list.truncate(most);
    (list, all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aisle_domain::target::Target;

    #[test]
    fn a_plans_own_day_weights_count_where_its_targets_agree() {
        let working = Basis::WorkingDays { calendar: Some("us-ia".into()) };
        let target = |shop: &str, month: u32, days: Option<&Basis>| {
            let (metric, period) = ("sales".into(), Period::Month(2026, month));
            let target = Target { metric, shop: shop.into(), period, amount: Amount(1), basis: TargetBasis::Cascade };
            (target.record_id(), ShopTarget { target, categories: BTreeMap::new(), days: days.cloned() })
        };
        let all = targets(vec![
            target("a", 11, Some(&working)),
            target("b", 11, Some(&working)),
            target("b", 12, None),
            target("c", 11, None),
        ]);
        let of = &all[&MetricId::from("sales")];
        let ids = ["a", "b", "c"].map(ShopId::from);
        let november = Period::Month(2026, 11);
        assert_eq!(days(of, ids[..2].iter(), november), Some(&working));
        assert_eq!(days(of, ids.iter(), november), None, "they differ: the company's count");
        assert_eq!(days(of, ids[..2].iter(), Period::Year(2026)), None, "December has none of its own");
        assert_eq!(days(of, ids[..1].iter(), Period::Week(2026, 49)), Some(&working), "30 November lies in the week");
    }
}
