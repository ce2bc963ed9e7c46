//! The tree of current splits: amounts of nodes, what is open, what-if, publishing.
//!
//! Every operation returns a new tree; nothing is saved here.

use super::allot::{self, Row, Settle};
use super::error::CascadeError;
use super::node::{Dimension, Member, Node};
use super::version::{Held, Part, Split, SplitBasis};
use crate::calendar::{DayWeights, Period};
use crate::ids::{PersonId, ShopId, SplitId};
use crate::money::Amount;
use crate::split;
use crate::target::{ShopTarget, Target, TargetBasis};
use crate::visit::DeviceTimeMs;
use std::collections::{BTreeMap, BTreeSet};

/// What a person asks for: a node split among these children.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Id of the version that will be made.
    pub id: SplitId,
    /// The node.
    pub node: Node,
    /// Along what.
    pub dimension: Dimension,
    /// Rounding unit, minor units.
    pub unit: u64,
    /// Where the weights came from.
    pub basis: SplitBasis,
    /// The children; amounts matter only where they are held.
    pub parts: Vec<Part>,
    /// Who.
    pub author: PersonId,
    /// Why.
    pub reason: String,
    /// When, by the author's device.
    pub at: DeviceTimeMs,
}

/// What happens below a child whose amount moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Below {
    /// Splits below stay; what does not add up any more is open, with both numbers in sight.
    Keep,
    /// Splits below are scaled, level by level; locked children keep their value.
    Scale,
}

/// A node whose children do not sum to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The node.
    pub node: Node,
    /// Its amount now.
    pub is: Amount,
    /// Its amount when it was split.
    pub was: Amount,
    /// `is` − Σ children (余额).
    pub remainder: Amount,
}

/// A node whose amount differs between two trees; `None` where it is no node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The node.
    pub node: Node,
    /// Amount before.
    pub before: Option<Amount>,
    /// Amount after.
    pub after: Option<Amount>,
}

/// What a split would do, before it is saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatIf {
    /// The tree as it would be.
    pub tree: Cascade,
    /// The new versions, from the top down: to be saved together or not at all.
    pub splits: Vec<Split>,
    /// Every node whose amount moves.
    pub changes: Vec<Change>,
    /// Every node that would not add up.
    pub open: Vec<Open>,
}

/// What a shop's month adds up to, with what of it is split by category.
#[derive(Default)]
struct ShopSum {
    amount: Amount,
    categories: BTreeMap<String, Amount>,
}

/// A tree of splits below one root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cascade {
    root: Node,
    splits: BTreeMap<Node, Split>,
    /// Amount of the root and of every child of a split.
    amounts: BTreeMap<Node, Amount>,
}

impl Cascade {
    /// A root that is not split yet.
    pub fn new(root: Node, amount: Amount) -> Self {
        Self { amounts: BTreeMap::from([(root.clone(), amount)]), root, splits: BTreeMap::new() }
    }

    /// The root.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// Amount of a node; `None` when the tree has no such node.
    pub fn amount(&self, node: &Node) -> Option<Amount> {
        self.amounts.get(node).copied()
    }

    /// The current split of a node.
    pub fn split_of(&self, node: &Node) -> Option<&Split> {
        self.splits.get(node)
    }

    /// The children of a node with their amounts, in the order of its split; none for a leaf.
    pub fn children(&self, node: &Node) -> Vec<(Node, Amount)> {
        let parts = self.splits.get(node).map(|split| split.parts.as_slice()).unwrap_or_default();
        parts.iter().filter_map(|part| Some((node.child(&part.member).ok()?, part.amount))).collect()
    }

    /// Node − Σ children; nothing for a leaf.
    pub fn remainder(&self, node: &Node) -> Amount {
        match (self.amount(node), self.splits.get(node)) {
            (Some(amount), Some(split)) => amount - split.allotted(),
            _ => Amount::ZERO,
        }
    }

    /// Every node whose children do not sum to it. Empty: any cut of the tree sums to the root exactly.
    pub fn open(&self) -> Vec<Open> {
        let open = self.splits.iter().filter_map(|(node, split)| {
            let (is, remainder) = (self.amount(node)?, self.remainder(node));
            (remainder != Amount::ZERO).then(|| Open { node: node.clone(), is, was: split.total, remainder })
        });
        open.collect()
    }

    /// The cut that goes below a node wherever `below` says so: its nodes with their amounts, and the remainders passed on
    /// the way. Together they sum to the root exactly, whatever was chosen.
    pub fn cut(&self, mut below: impl FnMut(&Node) -> bool) -> (Vec<(Node, Amount)>, Vec<Open>) {
        let (mut nodes, mut open) = (Vec::new(), Vec::new());
        let mut waiting = vec![(self.root.clone(), self.amount(&self.root).unwrap_or_default())];
        while let Some((node, is)) = waiting.pop() {
            match self.splits.get(&node) {
                Some(split) if below(&node) => {
                    waiting.extend(self.children(&node).into_iter().rev());
                    let (was, remainder) = (split.total, is - split.allotted());
                    if remainder != Amount::ZERO {
                        open.push(Open { node, is, was, remainder });
                    }
                }
                _ => nodes.push((node, is)),
            }
        }
        (nodes, open)
    }

    /// The tree with this split in place of the node's current one. Splits below children that stay are kept; those below
    /// children that are gone are detached. The split need not add up: see [`Cascade::publish`].
    ///
    /// # Errors
    /// When the node is not in the tree, or the children are none of a split along the dimension.
    pub fn with(&self, split: Split) -> Result<Self, CascadeError> {
        let mut tree = self.clone();
        tree.place(split)?;
        Ok(tree)
    }

    /// The tree with another amount at its root; everything below stays and is open until it is scaled or split again.
    #[must_use]
    pub fn with_root_amount(&self, amount: Amount) -> Self {
        let mut tree = self.clone();
        tree.amounts.insert(tree.root.clone(), amount);
        tree
    }

    /// [`Cascade::with`], for a split that is to take effect: it adds up to the last unit, was made against the node's
    /// amount of now, and says why when it replaces another.
    ///
    /// # Errors
    /// Names the node and the amount that is missing or too much.
    pub fn publish(&self, split: Split) -> Result<Self, CascadeError> {
        let node = || Box::new(split.node.clone());
        let is = self.amount(&split.node).ok_or_else(|| CascadeError::Unknown { node: node() })?;
        if split.total != is {
            return Err(CascadeError::Changed { node: node(), was: split.total, is });
        }
        if !split.after.is_empty() && split.reason.trim().is_empty() {
            return Err(CascadeError::NoReason { node: node() });
        }
        let remainder = is - split.allotted();
        match remainder.0 {
            0 => self.with(split),
            1.. => Err(CascadeError::Missing { node: node(), amount: remainder }),
            _ => Err(CascadeError::Exceeding { node: node(), amount: -remainder }),
        }
    }

    /// Fills in the amounts of a request: what is locked or given by hand stays, the rest goes by weight in whole rounding
    /// units, and what is left over stays the split's remainder. Replaces the node's current version.
    ///
    /// # Errors
    /// When the node is not in the tree.
    pub fn plan(&self, request: Request) -> Result<Split, CascadeError> {
        let Request { id, node, dimension, unit, basis, mut parts, author, reason, at } = request;
        let Some(total) = self.amount(&node) else { return Err(CascadeError::Unknown { node: Box::new(node) }) };
        let allotment = allot::allot(total, unit, &rows(&parts, |held| held != Held::Free));
        for (part, amount) in parts.iter_mut().zip(allotment.amounts) {
            part.amount = amount;
        }
        let after = self.splits.get(&node).map(|split| split.id.clone()).into_iter().collect();
        Ok(Split { id, node, dimension, total, unit, basis, parts, author, reason, at, after })
    }

    /// The node's current split as a new request: locked children stay locked, those given by hand move again.
    pub fn again(&self, node: &Node, id: SplitId, author: PersonId, reason: &str, at: DeviceTimeMs) -> Option<Request> {
        let current = self.splits.get(node)?.clone();
        let Split { node, dimension, unit, basis, mut parts, .. } = current;
        for part in &mut parts {
            if part.held == Held::Manual {
                part.held = Held::Free;
            }
        }
        Some(Request { id, node, dimension, unit, basis, parts, author, reason: reason.to_owned(), at })
    }

    /// The node's current split scaled to its amount of now, in the same proportions; locked children keep their value.
    /// What cannot be placed (locks that exceed, less than a rounding unit) stays the remainder.
    pub fn scaled(&self, node: &Node, id: SplitId, author: PersonId, reason: &str, at: DeviceTimeMs) -> Option<Split> {
        let (current, total) = (self.splits.get(node)?, self.amount(node)?);
        let amounts: Vec<Amount> = current.parts.iter().map(|part| part.amount).collect();
        let locked = rows(&current.parts, |held| held == Held::Locked);
        let scaled = allot::scale(total, current.unit, &locked, &amounts);
        let mut next = current.clone();
        for (part, amount) in next.parts.iter_mut().zip(scaled.amounts) {
            part.amount = amount;
        }
        (next.id, next.author, next.reason, next.at) = (id, author, reason.to_owned(), at);
        (next.total, next.basis, next.after) = (total, SplitBasis::Scaled, vec![current.id.clone()]);
        Some(next)
    }

    /// What a split would do: the tree, every amount that moves, and every node that would not add up. Versions made below
    /// by [`Below::Scale`] take the split's author, reason and time, and its id with a running number.
    ///
    /// # Errors
    /// As [`Cascade::with`].
    pub fn what_if(&self, split: &Split, below: Below) -> Result<WhatIf, CascadeError> {
        let mut tree = self.clone();
        let mut waiting = vec![split.node.clone()];
        let mut splits = vec![split.clone()];
        tree.place(split.clone())?;
        while let Some(node) = waiting.pop().filter(|_| below == Below::Scale) {
            for (child, _) in tree.children(&node).into_iter().rev() {
                if tree.remainder(&child) != Amount::ZERO {
                    let id = SplitId::new(format!("{}.{}", split.id, splits.len()));
                    if let Some(scaled) = tree.scaled(&child, id, split.author.clone(), &split.reason, split.at) {
                        splits.push(scaled.clone());
                        tree.place(scaled)?;
                    }
                    waiting.push(child);
                }
            }
        }
        let (changes, open) = (self.changes_to(&tree), tree.open());
        Ok(WhatIf { tree, splits, changes, open })
    }

    /// Every node whose amount differs in the other tree.
    pub fn changes_to(&self, other: &Self) -> Vec<Change> {
        let nodes: BTreeSet<&Node> = self.amounts.keys().chain(other.amounts.keys()).collect();
        let changes = nodes.into_iter().filter_map(|node| {
            let (before, after) = (self.amount(node), other.amount(node));
            (before != after).then(|| Change { node: node.clone(), before, after })
        });
        changes.collect()
    }

    /// The targets of shops by month: every leaf about one shop, added up by shop and month; a leaf that lies in several
    /// months (a year, a quarter, a week across two) counts in each by the weight of its days there. What lies in no such
    /// leaf (not yet split down to shops, or on days that weigh nothing) comes second, with the remainders; the two sum to
    /// the root.
    pub fn shop_targets(&self, weights: DayWeights<'_>) -> (Vec<ShopTarget>, Amount) {
        let (nodes, open) = self.cut(|_| true);
        let mut sums: BTreeMap<(ShopId, Period), ShopSum> = BTreeMap::new();
        let mut rest: Amount = open.into_iter().map(|open| open.remainder).sum();
        let mut months_of: BTreeMap<Period, Vec<(Period, u64)>> = BTreeMap::new();
        for (node, amount) in nodes {
            let months = months_of.entry(node.period).or_insert_with(|| month_weights(node.period, weights));
            let parts = if let [(month, _)] = months.as_slice() {
                Some(vec![(*month, amount)])
            } else {
                let of_months: Vec<u64> = months.iter().map(|(_, weight)| *weight).collect();
                let parts = split::by_largest_remainder(amount, &of_months);
                parts.map(|parts| months.iter().map(|(month, _)| *month).zip(parts).collect())
            };
            let (Some(shop), Some(parts)) = (node.scope.shop, parts) else {
                rest += amount;
                continue;
            };
            for (month, part) in parts {
                let sum = sums.entry((shop.clone(), month)).or_default();
                sum.amount += part;
                if let Some(category) = &node.scope.category {
                    *sum.categories.entry(category.clone()).or_default() += part;
                }
            }
        }
        let target = |((shop, period), ShopSum { amount, categories }): ((ShopId, Period), ShopSum)| {
            let metric = self.root.metric.clone();
            ShopTarget {
                target: Target { metric, shop, period, amount, basis: TargetBasis::Cascade },
                categories,
                days: None,
            }
        };
        (sums.into_iter().map(target).collect(), rest)
    }

    /// What splits give to territories: each such child with its amount and the split it comes from.
    pub fn territory_shares(&self) -> Vec<(Node, Amount, &Split)> {
        let along = self.splits.values().filter(|split| split.dimension == Dimension::Territory);
        along
            .flat_map(|split| self.children(&split.node).into_iter().map(move |(node, amount)| (node, amount, split)))
            .collect()
    }

    pub(super) fn place(&mut self, split: Split) -> Result<(), CascadeError> {
        let node = || Box::new(split.node.clone());
        if !self.amounts.contains_key(&split.node) {
            return Err(CascadeError::Unknown { node: node() });
        }
        let mut children = BTreeMap::new();
        for part in &split.parts {
            let member = || Box::new(part.member.clone());
            if part.member.dimension() != split.dimension {
                return Err(CascadeError::OtherDimension { node: node(), member: member() });
            }
            if children.insert(split.node.child(&part.member)?, part.amount).is_some() {
                return Err(CascadeError::Doubled { node: node(), member: member() });
            }
        }
        if split.dimension == Dimension::Time && !tiles(split.node.period, &split.parts) {
            return Err(CascadeError::NotTiled { node: node() });
        }
        for (child, _) in self.children(&split.node) {
            if !children.contains_key(&child) {
                self.detach(&child);
            }
        }
        self.amounts.extend(children);
        self.splits.insert(split.node.clone(), split);
        Ok(())
    }

    fn detach(&mut self, node: &Node) {
        let mut waiting = vec![node.clone()];
        while let Some(node) = waiting.pop() {
            waiting.extend(self.children(&node).into_iter().map(|(child, _)| child));
            self.splits.remove(&node);
            self.amounts.remove(&node);
        }
    }
}

impl Split {
    /// This version's remainder: its total − Σ children.
    pub fn remainder(&self) -> Amount {
        self.total - self.allotted()
    }

    /// What each child gets when the remainder is settled; for the preview in the cells. `None` when no child can take it.
    pub fn settlement(&self, how: Settle) -> Option<Vec<Amount>> {
        let locked = rows(&self.parts, |held| held == Held::Locked);
        allot::settle(self.remainder(), self.unit, &locked, how)
    }

    /// This version with its remainder settled, as previewed. Children that took a share count as given by hand.
    pub fn settled(&self, how: Settle) -> Option<Self> {
        let mut settled = self.clone();
        for (part, more) in settled.parts.iter_mut().zip(self.settlement(how)?) {
            if more != Amount::ZERO {
                part.amount += more;
                part.held = if part.held == Held::Locked { Held::Locked } else { Held::Manual };
            }
        }
        Some(settled)
    }
}

/// The months a period lies in, each with the weight of the period's days in it.
fn month_weights(period: Period, weights: DayWeights<'_>) -> Vec<(Period, u64)> {
    let mut months: Vec<(Period, u64)> = Vec::new();
    for day in period.days() {
        let (month, weight) = (Period::month_of(day), weights.weight(day));
        match months.last_mut() {
            Some((last, sum)) if *last == month => *sum = sum.saturating_add(weight),
            _ => months.push((month, weight)),
        }
    }
    months
}

fn rows(parts: &[Part], held: impl Fn(Held) -> bool) -> Vec<Row> {
    let row = |part: &Part| Row { weight: part.weight, base: part.base, held: held(part.held).then_some(part.amount) };
    parts.iter().map(row).collect()
}

/// Whether periods cover every day of the whole once; their order does not matter.
fn tiles(whole: Period, parts: &[Part]) -> bool {
    let mut periods: Vec<Period> = parts
        .iter()
        .filter_map(|part| if let Member::Time(period) = part.member { Some(period) } else { None })
        .collect();
    periods.sort_by_key(|period| period.first());
    let joined = periods.windows(2).all(|pair| pair[0].end() == pair[1].first());
    let ends = periods.first().zip(periods.last()).map(|(head, tail)| (head.first(), tail.end()));
    joined && ends == Some((whole.first(), whole.end()))
}
