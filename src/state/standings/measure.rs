//! Sums behind a view: targets, actuals, and the same days of last year and last period, in one roll-up. Pure: records
//! are handed in.
//!
//! A target is kept by shop and month. A week and a day are views over days: the month's target divided by the same day
//! weights that time gone is measured with, to the last minor unit.

use super::cut::{Dimension, Key, View, tiles_of};
use crate::state::table::Table;
use aisle_domain::ShopId;
use aisle_domain::actuals::Ledger;
use aisle_domain::calendar::{DayWeights, Period, TimeGone, Window};
use aisle_domain::facts::Segment;
use aisle_domain::figures::Standing;
use aisle_domain::money::Amount;
use aisle_domain::org::{Channel, Shop};
use aisle_domain::rollup::{Axis, Loader, Names, Place, RollUp, TimeAxis};
use chrono::{Datelike, NaiveDate};
use std::ops::Add;

/// Targets of one metric by shop; each with the period it is set for.
pub type ByShop = Table<ShopId, Vec<(Period, Amount)>>;

/// What figures are computed from.
#[derive(Clone, Copy)]
pub struct Records<'a> {
    /// Shops in scope.
    pub shops: &'a Table<ShopId, Shop>,
    /// Imported facts by shop.
    pub segments: &'a Table<ShopId, Vec<Segment>>,
    /// Entries and corrections.
    pub entries: &'a Ledger,
    /// Targets of the metric.
    pub targets: &'a ByShop,
    /// Weights of days.
    pub weights: DayWeights<'a>,
    /// The last day for which actuals are in.
    pub through: NaiveDate,
}

/// One child and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which child.
    pub key: Key,
    /// Where it stands.
    pub standing: Standing,
}

/// A view, measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Where the whole stands.
    pub whole: Standing,
    /// Its children, in the order of their keys.
    pub parts: Vec<Part>,
    /// Shops it is about.
    pub shops: usize,
    /// Of these, without a target in the period.
    pub without_target: usize,
    /// Entered for days after the data-through day, and not counted yet.
    pub later: Amount,
}

/// The children of one dimension, numbered.
enum Along {
    Whole,
    Shop(Names<ShopId>),
    Channel(Names<String>),
    Category(Names<String>),
    Time(TimeAxis),
}

/// Names at the root never miss a parent.
fn names<T: Ord + Clone + ToString>(of: impl IntoIterator<Item = T>) -> Option<Names<T>> {
    Names::new(of.into_iter().map(|name| (name, None))).ok()
}

impl Along {
    fn new(view: &View, by: Option<Dimension>, records: &Records<'_>, scope: &[(&ShopId, &Shop)]) -> Option<Self> {
        Some(match by {
            None => Self::Whole,
            Some(Dimension::Shop) => Self::Shop(names(scope.iter().map(|(id, _)| (*id).clone()))?),
            Some(Dimension::Channel) => Self::Channel(names(scope.iter().map(|(_, shop)| shop.channel.0.clone()))?),
            Some(Dimension::Category) => {
                let segments = scope.iter().filter_map(|(id, _)| records.segments.get(id)).flatten();
                let imported = segments.flat_map(|segment| segment.categories().iter().cloned());
                let entered = records.entries.cells().map(|(cell, _)| cell.category.clone());
                Self::Category(names(imported.chain(entered))?)
            }
            Some(Dimension::Time) => Self::Time(TimeAxis::new(view.period, &[tiles_of(view.period.kind())?])),
        })
    }

    fn axis(&self) -> Axis {
        match self {
            Self::Whole => Axis::whole(),
            Self::Shop(names) => names.axis().clone(),
            Self::Channel(names) | Self::Category(names) => names.axis().clone(),
            Self::Time(time) => time.axis().clone(),
        }
    }

    /// The node of everything in a shop; the root where that depends on more.
    fn node(&self, id: &ShopId, shop: &Shop) -> u32 {
        match self {
            Self::Shop(names) => names.number(id),
            Self::Channel(names) => names.number(&shop.channel.0),
            Self::Whole | Self::Category(_) | Self::Time(_) => None,
        }
        .unwrap_or(0)
    }

    /// The keys with their nodes.
    fn keys(&self) -> Vec<(u32, Key)> {
        match self {
            Self::Whole => Vec::new(),
            Self::Shop(names) => names.iter().map(|(node, id)| (node, Key::Shop(id.clone()))).collect(),
            Self::Channel(names) => names.iter().map(|(n, word)| (n, Key::Channel(Channel(word.clone())))).collect(),
            Self::Category(names) => names.iter().map(|(n, word)| (n, Key::Category(word.clone()))).collect(),
            Self::Time(time) => (1..).map_while(|node| Some((node, Key::Time(time.period(node)?)))).collect(),
        }
    }
}

/// The windows of a roll-up, each in its place if it is asked for.
struct Windows {
    all: Vec<Window>,
    elapsed: Option<usize>,
    last_year: Option<usize>,
    last_period: Option<usize>,
}

impl Windows {
    fn of(period: Period, through: NaiveDate) -> Self {
        let mut windows = Self { all: Vec::new(), elapsed: None, last_year: None, last_period: None };
        let Some(elapsed) = Window::elapsed(period, through) else { return windows };
        let mut push = |window: Window| {
            windows.all.push(window);
            Some(windows.all.len() - 1)
        };
        windows.elapsed = push(elapsed);
        windows.last_year = period.year_before().and_then(|other| push(elapsed.same_days_of(period, other)));
        windows.last_period = period.previous().and_then(|other| push(elapsed.same_days_of(period, other)));
        windows
    }
}

/// Measures a view and, if asked, its children. `None` only when there are more nodes than memory.
pub fn measure(view: &View, by: Option<Dimension>, records: &Records<'_>) -> Option<Measured> {
    let scope: Vec<(&ShopId, &Shop)> = records.shops.iter().filter(|(id, shop)| view.cut.includes(id, shop)).collect();
    let along = Along::new(view, by, records, &scope)?;
    let windows = Windows::of(view.period, records.through);
    let sums = roll_up(view, &along, &windows, records, &scope)?;
    // The second axis holds the category of the cut, where there is one.
    let filter = u32::from(view.cut.category.is_some());
    let sum = |node: u32, window: Option<usize>| window.map(|window| sums.sum(&[node, filter], window));
    let known = |window: Option<usize>| window.filter(|at| has_facts(view, windows.all[*at], records, &scope));
    let (last_year, last_period) = (known(windows.last_year), known(windows.last_period));
    let standing = |node: u32, period: Period, target: Option<Amount>, compare: bool| Standing {
        period,
        through: records.through,
        basis: records.weights.basis(),
        time: TimeGone::weigh(period, records.through, records.weights),
        target,
        actual: sum(node, windows.elapsed).unwrap_or_default(),
        last_year: sum(node, last_year).filter(|_| compare),
        last_period: sum(node, last_period).filter(|_| compare),
    };
    let targets = |wanted: &dyn Fn(&ShopId, &Shop) -> bool, period: Period| {
        // Targets are set for shops as a whole; no part of one is known by category.
        let of_shops = scope.iter().filter(|(id, shop)| view.cut.category.is_none() && wanted(id, shop));
        let of_shops = of_shops.filter_map(|(id, _)| target_of(records.targets.get(id)?, period, records.weights));
        of_shops.reduce(Add::add)
    };
    let part = |(node, key): (u32, Key)| {
        let standing = match &key {
            Key::Shop(only) => standing(node, view.period, targets(&|id, _| id == only, view.period), true),
            Key::Channel(only) => standing(node, view.period, targets(&|_, s| s.channel == *only, view.period), true),
            Key::Category(_) => standing(node, view.period, None, true),
            Key::Time(period) => standing(node, *period, targets(&|_, _| true, *period), false),
        };
        Part { key, standing }
    };
    let with_target = scope.iter().filter(|(id, _)| {
        let targets = records.targets.get(id).map_or(&[][..], Vec::as_slice);
        target_of(targets, view.period, records.weights).is_some()
    });
    Some(Measured {
        whole: standing(0, view.period, targets(&|_, _| true, view.period), true),
        parts: along.keys().into_iter().map(part).collect(),
        shops: scope.len(),
        without_target: scope.len() - with_target.count(),
        later: later(view, records),
    })
}

fn roll_up(
    view: &View,
    along: &Along,
    windows: &Windows,
    records: &Records<'_>,
    scope: &[(&ShopId, &Shop)],
) -> Option<RollUp> {
    let only = view.cut.category.as_deref();
    let filter = only.map_or(Some(Axis::whole()), |word| Some(names([word.to_owned()])?.axis().clone()))?;
    let mut loader = Loader::new(vec![along.axis(), filter], windows.all.clone()).ok()?;
    for (id, shop) in scope {
        for segment in records.segments.get(id).into_iter().flatten() {
            let passes = |name: &String| u32::from(only == Some(name.as_str()));
            let filter: Vec<u32> = segment.categories().iter().map(passes).collect();
            let nodes: Vec<u32> = match along {
                Along::Category(names) => {
                    segment.categories().iter().map(|name| names.number(name).unwrap_or(0)).collect()
                }
                _ => Vec::new(),
            };
            let place = match along {
                Along::Category(_) => Place::ByCategory(&nodes),
                Along::Time(time) => Place::ByDay(time),
                _ => Place::At(along.node(id, shop)),
            };
            let filter = if only.is_some() { Place::ByCategory(&filter) } else { Place::At(0) };
            loader.segment(&view.metric, segment, &[place, filter]);
        }
    }
    for (cell, value) in records.entries.cells().filter(|(cell, _)| cell.metric == view.metric) {
        let Some((_, shop)) = scope.iter().find(|(id, _)| **id == cell.shop) else { continue };
        let node = match along {
            Along::Category(names) => names.number(&cell.category).unwrap_or(0),
            Along::Time(time) => time.node(cell.day),
            _ => along.node(&cell.shop, shop),
        };
        let filter = u32::from(only == Some(cell.category.as_str()));
        loader.value(&[node, filter], cell.day, value.amount().0);
    }
    Some(loader.finish())
}

/// Whether anything at all is known of these days: without facts there is nothing to compare with.
fn has_facts(view: &View, window: Window, records: &Records<'_>, scope: &[(&ShopId, &Shop)]) -> bool {
    let years = window.first.year()..=window.last.year();
    let mut segments = scope.iter().filter_map(|(id, _)| records.segments.get(id)).flatten();
    segments.any(|segment| {
        years.contains(&segment.year()) && segment.rows(&view.metric, window.first, window.last).next().is_some()
    })
}

/// Entered for days of the period after the data-through day.
fn later(view: &View, records: &Records<'_>) -> Amount {
    let late = records.entries.cells().filter(|(cell, _)| {
        cell.metric == view.metric
            && cell.day > records.through
            && view.period.contains(cell.day)
            && view.cut.category.as_ref().is_none_or(|only| *only == cell.category)
            && records.shops.get(&cell.shop).is_some_and(|shop| view.cut.includes(&cell.shop, shop))
    });
    late.map(|(_, value)| value.amount()).sum()
}

pub use aisle_domain::target::within as target_of;

#[cfg(test)]
mod tests;
