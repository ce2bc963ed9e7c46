//! Roll-ups: sums of facts at every node of one or more trees, for several stretches of days at once.
//!
//! Facts are read where they lie, in the columns of packed segments: no allocation per fact, one pass over the rows of the
//! asked days, then one pass over the nodes from the leaves up. One new entry moves the nodes above it and no other.
//! Sums wrap on overflow, so that full and incremental roll-up always agree; values are limited long before that
//! (`actuals::VALUE_MAX`). Not here: ratios of sums (`progress`), where segments are kept.

mod axis;

pub use axis::{Axis, AxisError, Names, TimeAxis};

use crate::calendar::Window;
use crate::facts::Segment;
use crate::ids::MetricId;
use crate::money::Amount;
use chrono::{Datelike, NaiveDate};

/// Where the rows of a segment belong on one axis.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// All at one node: the shop's, its channel's.
    At(u32),
    /// By category: the node of each of the segment's categories, in their order.
    ByCategory(&'a [u32]),
    /// By day.
    ByDay(&'a TimeAxis),
    /// By person, with credit shares: stretches of days in order, from the first day of each. Rows before the first stretch
    /// belong to the root.
    Shares(&'a [Shares]),
}

/// Whose credit a shop's facts are from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shares {
    /// First day.
    pub from: NaiveDate,
    /// Node and share in basis points, in the order of the people's ids. What is missing to 10,000 belongs to
    /// the root, which is nobody.
    pub of: Vec<(u32, u32)>,
}

/// Sums by node and window. Nodes hold what lies below them too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollUp {
    axes: Vec<Axis>,
    windows: Vec<Window>,
    /// Distance of neighbours on each axis, in `sums`.
    strides: Vec<usize>,
    sums: Vec<i64>,
}

/// A roll-up that is being filled: nodes hold only what was put there.
#[derive(Clone, Debug)]
pub struct Loader {
    roll_up: RollUp,
    /// Parts of one fact among people; kept to be used again.
    scratch: Vec<i64>,
}

/// A roll-up with more sums than fit in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} nodes are too many for one roll-up")]
pub struct TooMany(pub usize);

/// No roll-up holds more sums than this (256 MB).
const SUMS_MAX: usize = 32_000_000;

impl Loader {
    /// An empty roll-up over the product of these axes, for these windows.
    ///
    /// # Errors
    /// When the product of nodes and windows is too large.
    pub fn new(axes: Vec<Axis>, windows: Vec<Window>) -> Result<Self, TooMany> {
        let mut size = windows.len();
        let mut strides = vec![0; axes.len()];
        for (axis, stride) in axes.iter().zip(&mut strides).rev() {
            *stride = size;
            size = size.checked_mul(axis.len()).filter(|size| *size <= SUMS_MAX).ok_or(TooMany(axis.len()))?;
        }
        Ok(Self { roll_up: RollUp { axes, windows, strides, sums: vec![0; size] }, scratch: Vec::new() })
    }

    /// Adds one metric of a segment. One place for each axis; places that point nowhere count at the root.
    pub fn segment(&mut self, metric: &MetricId, segment: &Segment, places: &[Place<'_>]) {
        let Some(values) = segment.column(metric) else { return };
        let (days, categories) = segment.keys();
        let new_year = NaiveDate::from_yo_opt(segment.year(), 1).unwrap_or(NaiveDate::MIN);
        let spots = self.spots(segment, new_year, places);
        for window in 0..self.roll_up.windows.len() {
            let Window { first, last } = self.roll_up.windows[window];
            let rows = segment.rows_between(first, last);
            let base = spots.fixed + window;
            if spots.is_fixed() {
                let sum = values[rows].iter().fold(0i64, |sum, value| sum.wrapping_add(*value));
                add(&mut self.roll_up.sums, base, sum);
                continue;
            }
            // Rows lie by day: what depends on the day is looked up once for each of them.
            let (mut day, mut at, mut shares) = (0, base, None);
            for row in rows {
                if days[row] != day {
                    day = days[row];
                    (at, shares) = spots.on(base, day);
                }
                let spot = at + spots.by_category.get(usize::from(categories[row])).copied().unwrap_or(0);
                match shares {
                    None => add(&mut self.roll_up.sums, spot, values[row]),
                    Some((of, stride, len)) => {
                        let kept = divide_in_place(values[row], of, &mut self.scratch);
                        for ((node, _), part) in of.iter().zip(&self.scratch) {
                            add(&mut self.roll_up.sums, spot + inside(*node, len) * stride, *part);
                        }
                        add(&mut self.roll_up.sums, spot, kept);
                    }
                }
            }
        }
    }

    /// Turns places into distances in `sums`.
    fn spots<'a>(&self, segment: &Segment, new_year: NaiveDate, places: &[Place<'a>]) -> Spots<'a> {
        let new_year_ce = i64::from(new_year.num_days_from_ce());
        let mut spots = Spots { new_year_ce, ..Spots::default() };
        for ((place, axis), stride) in places.iter().zip(&self.roll_up.axes).zip(&self.roll_up.strides) {
            match place {
                Place::At(node) => spots.fixed += inside(*node, axis.len()) * stride,
                Place::ByCategory(nodes) => {
                    spots.by_category.resize(segment.categories().len(), 0);
                    for (spot, node) in spots.by_category.iter_mut().zip(*nodes) {
                        *spot += inside(*node, axis.len()) * stride;
                    }
                }
                Place::ByDay(time) => spots.by_day.push((*time, time.offset(new_year), *stride, axis.len())),
                Place::Shares(stretches) => spots.shared = Some((*stretches, *stride, axis.len())),
            }
        }
        spots
    }

    /// Adds a value at one leaf, on a day; an entry that is in no segment.
    pub fn value(&mut self, nodes: &[u32], day: NaiveDate, value: i64) {
        let roll_up = &mut self.roll_up;
        let at: usize = roll_up.at(nodes);
        for (window, _) in roll_up.windows.iter().enumerate().filter(|(_, window)| window.contains(day)) {
            add(&mut roll_up.sums, at + window, value);
        }
    }

    /// Adds every node to the one above it, from the leaves up, axis by axis.
    #[must_use]
    pub fn finish(self) -> RollUp {
        let mut done = self.roll_up;
        for (axis, stride) in done.axes.iter().zip(&done.strides) {
            let block = axis.len() * stride;
            for start in (0..done.sums.len()).step_by(block.max(1)) {
                for node in (1..axis.len()).rev() {
                    let parent = axis.parent(node as u32).unwrap_or(0) as usize;
                    let (above, below) = done.sums[start..start + block].split_at_mut(node * stride);
                    let into = &mut above[parent * stride..(parent + 1) * stride];
                    for (sum, more) in into.iter_mut().zip(&below[..*stride]) {
                        *sum = sum.wrapping_add(*more);
                    }
                }
            }
        }
        done
    }
}

/// The people who share a day, with the stride and the number of nodes of their axis.
type Sharing<'a> = Option<(&'a [(u32, u32)], usize, usize)>;

/// Where the rows of one segment go.
#[derive(Default)]
struct Spots<'a> {
    /// What holds for every row.
    fixed: usize,
    /// What each category adds; empty when no axis goes by category.
    by_category: Vec<usize>,
    /// Axes that go by day, with their offset of the segment's first of January, stride and number of nodes.
    by_day: Vec<(&'a TimeAxis, i64, usize, usize)>,
    /// The segment's first of January, days of the common era.
    new_year_ce: i64,
    /// The axis that is shared, with stride and number of nodes. There is at most one: people.
    shared: Option<(&'a [Shares], usize, usize)>,
}

impl<'a> Spots<'a> {
    fn is_fixed(&self) -> bool {
        self.by_category.is_empty() && self.by_day.is_empty() && self.shared.is_none()
    }

    /// Where the rows of a day go, and who shares them.
    fn on(&self, base: usize, day: u16) -> (usize, Sharing<'a>) {
        let days = i64::from(day) - 1;
        let of_time = |(time, offset, stride, len): &(&TimeAxis, i64, usize, usize)| {
            inside(time.at_offset(offset + days), *len) * stride
        };
        let mut at = base + self.by_day.iter().map(of_time).sum::<usize>();
        let Some((stretches, stride, len)) = self.shared else { return (at, None) };
        let date = self.new_year_ce + days;
        let next = stretches.partition_point(|shares| i64::from(shares.from.num_days_from_ce()) <= date);
        match next.checked_sub(1).map(|place| stretches[place].of.as_slice()) {
            None | Some([]) => (at, None),
            Some([(node, crate::credit::WHOLE_BP)]) => {
                at += inside(*node, len) * stride;
                (at, None)
            }
            Some(of) => (at, Some((of, stride, len))),
        }
    }
}

impl RollUp {
    /// The sum at a node of each axis, in a window.
    pub fn sum(&self, nodes: &[u32], window: usize) -> Amount {
        Amount(if window < self.windows.len() { self.sums[self.at(nodes) + window] } else { 0 })
    }

    /// The windows, in their order.
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// Moves every figure above one leaf: the roll-up is as if the value had been there from the beginning. Returns the
    /// number of sums that moved: at most the product of the depths, for each window that holds the day.
    pub fn add(&mut self, nodes: &[u32], day: NaiveDate, delta: i64) -> usize {
        let mut spots = vec![0usize];
        for ((axis, stride), node) in self.axes.iter().zip(&self.strides).zip(nodes) {
            let node = inside(*node, axis.len()) as u32;
            let up = axis.up(node).map(|node| node as usize * stride);
            spots = spots.iter().flat_map(|spot| up.clone().map(move |more| spot + more)).collect();
        }
        let mut moved = 0;
        for (window, _) in self.windows.iter().enumerate().filter(|(_, window)| window.contains(day)) {
            for spot in &spots {
                add(&mut self.sums, spot + window, delta);
                moved += 1;
            }
        }
        moved
    }

    fn at(&self, nodes: &[u32]) -> usize {
        let axes = self.axes.iter().zip(&self.strides).zip(nodes);
        axes.map(|((axis, stride), node)| inside(*node, axis.len()) * stride).sum()
    }
}

/// Nodes that are not on the axis count at the root: never nowhere.
fn inside(node: u32, len: usize) -> usize {
    let node = node as usize;
    if node < len { node } else { 0 }
}

fn add(sums: &mut [i64], at: usize, value: i64) {
    if let Some(sum) = sums.get_mut(at) {
        *sum = sum.wrapping_add(value);
    }
}

/// [`crate::credit::divide_or_keep`] without allocation: the same parts, into `parts`; returns what stays nobody's.
fn divide_in_place(value: i64, of: &[(u32, u32)], parts: &mut Vec<i64>) -> i64 {
    let sum: u64 = of.iter().map(|(_, share)| u64::from(*share)).sum();
    let nobody = u64::from(crate::credit::WHOLE_BP).saturating_sub(sum);
    let whole = (sum + nobody).max(1);
    // value × share ÷ whole in two steps, which both fit 64 bits: whole × share, and the rest × share ÷ whole.
    let (times, rest) = (value.unsigned_abs() / whole, value.unsigned_abs() % whole);
    let share = |place: usize| of.get(place).map_or(nobody, |(_, share)| u64::from(*share));
    parts.clear();
    parts.extend((0..=of.len()).map(|place| (times * share(place) + rest * share(place) / whole) as i64));
    let given: u64 = parts.iter().map(|part| part.unsigned_abs()).sum();
    // The same order as by_weight_and_base: larger remainder, larger share, earlier place; nobody comes last.
    let mut last: Option<(u64, u64, usize)> = None;
    for _ in given..value.unsigned_abs() {
        let rank = |place: usize| (rest * share(place) % whole, share(place), of.len() - place);
        let next = (0..=of.len()).map(rank).filter(|rank| last.is_none_or(|last| *rank < last)).max();
        let Some(next) = next else { break };
        parts[of.len() - next.2] += 1;
        last = Some(next);
    }
    for part in parts.iter_mut().filter(|_| value < 0) {
        *part = part.wrapping_neg();
    }
    parts.pop().unwrap_or(0)
}

#[cfg(test)]
mod tests;
