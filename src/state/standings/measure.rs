//! Sums behind a view: targets, actuals, and the same days of last year and last period, in one roll-up. Pure: records
//! are handed in.
//!
//! A target is kept by shop and month. A week and a day are views over days: the month's target divided by the same day
//! weights that time gone is measured with, to the last minor unit.

use super::cut::{Dimension, Key, View, tiles_of};
use crate::state::segments::Segments;
use crate::state::table::Table;
use aisle_domain::ShopId;
use aisle_domain::actuals::{Cell, Ledger};
use aisle_domain::calendar::{DayWeights, Period, TimeGone, Window};
use aisle_domain::cascade::day_targets;
use aisle_domain::figures::Standing;
use aisle_domain::money::Amount;
use aisle_domain::org::{Channel, Shop};
use aisle_domain::rollup::{Axis, Loader, Names, Place, RollUp, TimeAxis};
use chrono::{Datelike, NaiveDate};
use std::ops::RangeInclusive;

/// Targets of one metric by shop; each with the period it is set for.
pub type ByShop = Table<ShopId, Vec<(Period, Amount)>>;

/// What figures are computed from.
#[derive(Clone, Copy)]
pub struct Records<'a> {
    /// Shops in scope.
    pub shops: &'a Table<ShopId, Shop>,
    /// Imported facts by shop.
    pub segments: &'a Segments,
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

/// The years in which a period and those it is compared with lie.
fn years_of(period: Period) -> RangeInclusive<i32> {
    period.first().year() - 1..=period.last().year()
}

/// Whether a cell is of the metric and shops of a view, in the years it looks at.
fn touches(view: &View, cell: &Cell, records: &Records<'_>) -> bool {
    cell.metric == view.metric
        && years_of(view.period).contains(&cell.day.year())
        && records.shops.get(&cell.shop).is_some_and(|shop| view.cut.includes(&cell.shop, shop))
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
                let segments = scope.iter().flat_map(|(id, _)| records.segments.of(id, years_of(view.period)));
                let imported = segments.flat_map(|segment| segment.categories().iter().cloned());
                let entered = records.entries.cells().map(|(cell, _)| cell).filter(|cell| touches(view, cell, records));
                let entered = entered.map(|cell| cell.category.clone());
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

    /// Number of nodes, the root included.
    fn len(&self) -> usize {
        match self {
            Self::Whole => 1,
            Self::Shop(names) => names.axis().len(),
            Self::Channel(names) | Self::Category(names) => names.axis().len(),
            Self::Time(time) => time.axis().len(),
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

    /// Leaves out comparisons with days of which nothing is known.
    fn keep_known(&mut self, known: impl Fn(Window) -> bool) {
        for at in [&mut self.last_year, &mut self.last_period] {
            *at = at.filter(|at| known(self.all[*at]));
        }
    }
}

/// A view, rolled up. What is entered later is added to what lies above it; only when something else has changed is it
/// rolled up again.
pub struct Rolled {
    view: View,
    along: Along,
    windows: Windows,
    sums: RollUp,
    goals: Goals,
    /// Shops it is about.
    shops: usize,
    later: Amount,
}

impl Rolled {
    /// Rolls a view up. `None` only when there are more nodes than memory.
    pub fn new(view: &View, by: Option<Dimension>, records: &Records<'_>) -> Option<Self> {
        let scope: Vec<(&ShopId, &Shop)> =
            records.shops.iter().filter(|(id, shop)| view.cut.includes(id, shop)).collect();
        let along = Along::new(view, by, records, &scope)?;
        let mut windows = Windows::of(view.period, records.through);
        let sums = roll_up(view, &along, &windows, records, &scope)?;
        windows.keep_known(|window| has_facts(view, window, records, &scope));
        let goals = Goals::of(view, &along, records, &scope);
        let mut rolled =
            Self { view: view.clone(), along, windows, sums, goals, shops: scope.len(), later: Amount::ZERO };
        rolled.later =
            records.entries.cells().filter(|(cell, _)| rolled.is_later(cell, records)).map(|(_, v)| v.amount()).sum();
        Some(rolled)
    }

    /// Takes in that the figure of a cell has moved. Returns the number of sums that moved with it; `None` when it has no
    /// place here, and everything must be rolled up again.
    pub fn moved(&mut self, cell: &Cell, delta: Amount, records: &Records<'_>) -> Option<usize> {
        let Some(shop) = records.shops.get(&cell.shop).filter(|_| touches(&self.view, cell, records)) else {
            return Some(0);
        };
        if matches!(&self.along, Along::Category(names) if names.number(&cell.category).is_none()) {
            return None;
        }
        if self.is_later(cell, records) {
            self.later += delta;
        }
        let nodes = nodes_of(&self.view, &self.along, cell, shop);
        Some(self.sums.add(&nodes, cell.day, delta.0))
    }

    /// Where everything stands.
    pub fn measured(&self, records: &Records<'_>) -> Measured {
        let (view, weights) = (&self.view, records.weights);
        // The second axis holds the category of the cut, where there is one.
        let filter = u32::from(view.cut.category.is_some());
        let sum = |node: u32, window: Option<usize>| window.map(|window| self.sums.sum(&[node, filter], window));
        let standing = |node: u32, period: Period, target: Option<Amount>, compare: bool| Standing {
            period,
            through: records.through,
            basis: weights.basis(),
            time: TimeGone::weigh(period, records.through, weights),
            target,
            actual: sum(node, self.windows.elapsed).unwrap_or_default(),
            last_year: sum(node, self.windows.last_year).filter(|_| compare),
            last_period: sum(node, self.windows.last_period).filter(|_| compare),
        };
        let whole = standing(0, view.period, self.goals.whole, true);
        let part = |(node, key): (u32, Key)| {
            let target = self.goals.of_node.get(node as usize).copied().flatten();
            let standing = match &key {
                Key::Time(period) => standing(node, *period, target, false),
                // All of one period: time gone is weighed once.
                _ => Standing {
                    target,
                    actual: sum(node, self.windows.elapsed).unwrap_or_default(),
                    last_year: sum(node, self.windows.last_year),
                    last_period: sum(node, self.windows.last_period),
                    ..whole.clone()
                },
            };
            Part { key, standing }
        };
        Measured {
            parts: self.along.keys().into_iter().map(part).collect(),
            whole,
            shops: self.shops,
            without_target: self.shops - self.goals.shops,
            later: self.later,
        }
    }

    /// Whether a cell is of the view and period, behind the data-through day.
    fn is_later(&self, cell: &Cell, records: &Records<'_>) -> bool {
        let view = &self.view;
        cell.day > records.through
            && view.period.contains(cell.day)
            && view.cut.category.as_ref().is_none_or(|only| *only == cell.category)
            && touches(view, cell, records)
    }
}

/// Targets of a view.
struct Goals {
    whole: Option<Amount>,
    /// By the node of [`Along`].
    of_node: Vec<Option<Amount>>,
    /// Shops that have one, whatever the category.
    shops: usize,
}

impl Goals {
    /// One pass over the shops.
    fn of(view: &View, along: &Along, records: &Records<'_>, scope: &[(&ShopId, &Shop)]) -> Self {
        let mut goals = Self { whole: None, of_node: vec![None; along.len()], shops: 0 };
        for (id, shop) in scope {
            let Some(targets) = records.targets.get(id) else { continue };
            let Some(amount) = target_of(targets, view.period, records.weights) else { continue };
            goals.shops += 1;
            // Targets are set for shops as a whole; no part of one is known by category.
            if view.cut.category.is_some() {
                continue;
            }
            add_to(&mut goals.whole, amount);
            match along {
                Along::Shop(_) | Along::Channel(_) => {
                    add_to(&mut goals.of_node[along.node(id, shop) as usize], amount);
                }
                Along::Time(time) => goals.over_time(targets, time, view.period, records.weights),
                Along::Whole | Along::Category(_) => {}
            }
        }
        goals
    }

    /// A shop's targets in the tiles of a period, each as [`target_of`] the tile: a target whole where a tile covers it,
    /// else divided among its days, once for all of them.
    fn over_time(&mut self, targets: &[(Period, Amount)], time: &TimeAxis, period: Period, weights: DayWeights<'_>) {
        for (of, amount) in targets.iter().filter(|(of, _)| of.touches(period)) {
            let node = time.node(of.first());
            if node != 0 && time.period(node).is_some_and(|tile| tile.covers(*of)) {
                add_to(&mut self.of_node[node as usize], *amount);
                continue;
            }
            for (day, part) in day_targets(*amount, *of, weights).into_iter().flatten() {
                let node = time.node(day);
                if node != 0 {
                    add_to(&mut self.of_node[node as usize], part);
                }
            }
        }
    }
}

fn add_to(sum: &mut Option<Amount>, more: Amount) {
    *sum = Some(sum.unwrap_or_default() + more);
}

/// The nodes of a cell on both axes.
fn nodes_of(view: &View, along: &Along, cell: &Cell, shop: &Shop) -> [u32; 2] {
    let node = match along {
        Along::Category(names) => names.number(&cell.category).unwrap_or(0),
        Along::Time(time) => time.node(cell.day),
        _ => along.node(&cell.shop, shop),
    };
    [node, u32::from(view.cut.category.as_ref() == Some(&cell.category))]
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
        for segment in records.segments.of(id, years_of(view.period)) {
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
    for (cell, value) in records.entries.cells().filter(|(cell, _)| touches(view, cell, records)) {
        let Some(shop) = records.shops.get(&cell.shop) else { continue };
        loader.value(&nodes_of(view, along, cell, shop), cell.day, value.amount().0);
    }
    Some(loader.finish())
}

/// Whether anything at all is known of these days: without facts there is nothing to compare with.
fn has_facts(view: &View, window: Window, records: &Records<'_>, scope: &[(&ShopId, &Shop)]) -> bool {
    let years = window.first.year()..=window.last.year();
    let mut segments = scope.iter().flat_map(|(id, _)| records.segments.of(id, years.clone()));
    segments.any(|segment| segment.rows(&view.metric, window.first, window.last).next().is_some())
}

pub use aisle_domain::target::within as target_of;

#[cfg(test)]
mod tests;
