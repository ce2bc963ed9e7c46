//! Axes of a roll-up: trees whose nodes are numbered so that every node comes after its parent.

use crate::calendar::{Period, PeriodKind};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// A tree of numbered nodes. Node 0 is the one root: everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Parent of each node but the root, smaller than the node itself.
    parents: Vec<u32>,
}

/// Why names make no tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AxisError {
    /// A parent that is not among the nodes.
    #[error("{child} lies below {parent}, which is not there")]
    NoParent {
        /// The node.
        child: String,
        /// What it names.
        parent: String,
    },
    /// Nodes below each other in a circle.
    #[error("{0} lies below itself")]
    Circle(String),
}

impl Axis {
    /// Everything in one node: an axis that is not asked for.
    pub fn whole() -> Self {
        Self { parents: vec![0] }
    }

    /// Number of nodes, the root included.
    pub fn len(&self) -> usize {
        self.parents.len()
    }

    /// Never: there is always a root.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The parent; `None` for the root.
    pub fn parent(&self, node: u32) -> Option<u32> {
        if node == 0 { None } else { self.parents.get(node as usize).copied() }
    }

    /// The node and everything above it, up to the root. As long as the tree is deep.
    pub fn up(&self, node: u32) -> impl Iterator<Item = u32> + Clone + '_ {
        std::iter::successors(Some(node), |node| self.parent(*node))
    }
}

/// An axis with names, such as territories with their shops, channels with theirs, or people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names<T: Ord> {
    axis: Axis,
    /// Name of each node but the root.
    names: Vec<T>,
    numbers: BTreeMap<T, u32>,
}

impl<T: Ord + Clone + ToString> Names<T> {
    /// Numbers the nodes; `None` as parent hangs a node below the root. The order of the rows does not matter.
    ///
    /// # Errors
    /// When a parent is missing or nodes hang in a circle.
    pub fn new(rows: impl IntoIterator<Item = (T, Option<T>)>) -> Result<Self, AxisError> {
        let parent_of: BTreeMap<T, Option<T>> = rows.into_iter().collect();
        let mut names = Self { axis: Axis::whole(), names: Vec::new(), numbers: BTreeMap::new() };
        for name in parent_of.keys() {
            let (mut chain, mut at) = (Vec::new(), name);
            while !names.numbers.contains_key(at) {
                if chain.len() > parent_of.len() {
                    return Err(AxisError::Circle(name.to_string()));
                }
                chain.push(at);
                match parent_of.get(at) {
                    Some(Some(parent)) if parent_of.contains_key(parent) => at = parent,
                    Some(Some(parent)) => {
                        return Err(AxisError::NoParent { child: at.to_string(), parent: parent.to_string() });
                    }
                    _ => break,
                }
            }
            for name in chain.into_iter().rev() {
                let parent = parent_of.get(name).and_then(Option::as_ref).and_then(|parent| names.number(parent));
                let number = u32::try_from(names.axis.len()).unwrap_or(u32::MAX);
                names.axis.parents.push(parent.unwrap_or(0));
                names.names.push(name.clone());
                names.numbers.insert(name.clone(), number);
            }
        }
        Ok(names)
    }

    /// The tree of numbers.
    pub fn axis(&self) -> &Axis {
        &self.axis
    }

    /// The number of a name.
    pub fn number(&self, name: &T) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// The name of a number; `None` for the root.
    pub fn name(&self, number: u32) -> Option<&T> {
        self.names.get((number as usize).checked_sub(1)?)
    }

    /// Every name with its number, in the order of the numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (1..).zip(&self.names)
    }
}

/// The axis of time: a period, tiled into shorter ones, down to days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeAxis {
    axis: Axis,
    periods: Vec<Period>,
    /// Node of each day of the root period.
    of_day: Vec<u32>,
}

impl TimeAxis {
    /// A period and its tiles of these kinds, the longer first: a year by quarter, month and day. Kinds that cannot tile
    /// what is above are left out.
    pub fn new(root: Period, kinds: &[PeriodKind]) -> Self {
        let mut time = Self { axis: Axis::whole(), periods: vec![root], of_day: vec![0; root.len_days() as usize] };
        let mut level = vec![0u32];
        for kind in kinds {
            let mut below = Vec::new();
            for node in &level {
                for tile in time.periods[*node as usize].split_into(*kind) {
                    below.push(time.periods.len() as u32);
                    time.axis.parents.push(*node);
                    time.periods.push(tile);
                }
            }
            level = if below.is_empty() { level } else { below };
        }
        for node in level {
            let period = time.periods[node as usize];
            for day in period.days() {
                if let Some(place) = time.place(day) {
                    time.of_day[place] = node;
                }
            }
        }
        time
    }

    /// The tree of numbers.
    pub fn axis(&self) -> &Axis {
        &self.axis
    }

    /// The period of a node.
    pub fn period(&self, node: u32) -> Option<Period> {
        self.periods.get(node as usize).copied()
    }

    /// The smallest node that holds a day; the root for days outside.
    pub fn node(&self, day: NaiveDate) -> u32 {
        self.place(day).and_then(|place| self.of_day.get(place)).copied().unwrap_or(0)
    }

    /// Days from the root's first day to this one; negative before.
    pub(super) fn offset(&self, day: NaiveDate) -> i64 {
        (day - self.periods[0].first()).num_days()
    }

    /// The node at an offset; the root for offsets outside.
    pub(super) fn at_offset(&self, offset: i64) -> u32 {
        usize::try_from(offset).ok().and_then(|place| self.of_day.get(place)).copied().unwrap_or(0)
    }

    fn place(&self, day: NaiveDate) -> Option<usize> {
        usize::try_from(self.offset(day)).ok().filter(|place| *place < self.of_day.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_come_before_their_children() {
        let rows = [("c", Some("b")), ("a", None), ("b", Some("a")), ("d", Some("a"))];
        let names = Names::new(rows.map(|(n, p)| (n.to_owned(), p.map(str::to_owned)))).expect("a tree");
        let up = |name: &str| -> Vec<String> {
            let number = names.number(&name.to_owned()).expect("a name");
            names.axis().up(number).filter_map(|number| names.name(number).cloned()).collect()
        };
        assert_eq!((up("c"), up("d")), (vec!["c".into(), "b".into(), "a".into()], vec!["d".into(), "a".into()]));
        assert!((1..names.axis().len() as u32).all(|node| names.axis().parent(node) < Some(node)));
        assert_eq!(names.iter().count(), 4);
    }

    #[test]
    fn what_is_no_tree_is_named() {
        let names = |rows: &[(&str, Option<&str>)]| {
            Names::new(rows.iter().map(|(n, p)| ((*n).to_owned(), p.map(str::to_owned)))).map(|_| ())
        };
        assert_eq!(names(&[("a", Some("b")), ("b", Some("a"))]), Err(AxisError::Circle("a".into())));
        let missing = AxisError::NoParent { child: "a".into(), parent: "x".into() };
        assert_eq!(names(&[("a", Some("x"))]), Err(missing));
    }

    #[test]
    fn a_year_by_quarter_month_and_day() {
        let time = TimeAxis::new(Period::Year(2024), &[PeriodKind::Quarter, PeriodKind::Month, PeriodKind::Day]);
        assert_eq!(time.axis().len(), 1 + 4 + 12 + 366);
        let leap: NaiveDate = "2024-02-29".parse().expect("a date");
        let up: Vec<String> =
            time.axis().up(time.node(leap)).filter_map(|n| time.period(n)).map(|p| p.to_string()).collect();
        assert_eq!(up, ["2024-02-29", "2024-02", "2024-Q1", "2024"]);
        assert_eq!(time.node("2025-01-01".parse().expect("a date")), 0);
    }
}
