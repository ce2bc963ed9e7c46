//! Splits and goals as append-only records: versions with author, reason and time.
//!
//! A version names the versions it replaces. Two people who split the same node at once make two heads: both stay, both
//! are shown, the one the endpoint took later is in effect, and a version that names both settles it. No device's clock
//! decides anything: versions are handed in here in the endpoint's order.

use super::error::CascadeError;
use super::node::{Dimension, Member, Node};
use super::tree::Cascade;
use crate::calendar::{Basis, Period};
use crate::ids::{GoalId, PersonId, SplitId};
use crate::money::Amount;
use crate::target::TargetBasis;
use crate::visit::DeviceTimeMs;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Where the weights of a split came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum SplitBasis {
    /// Weights of days.
    Days {
        /// Which days weigh what.
        basis: Basis,
    },
    /// Actuals of an earlier period (去年占比, 近 3 月): its first and last.
    History {
        /// First period.
        first: Period,
        /// Last period.
        last: Period,
    },
    /// 平均: every child weighs the same.
    Even,
    /// 手工: given by hand.
    Hand,
    /// The proportions of the version before, scaled to a new total.
    Scaled,
    /// Approved drafts of the people concerned (自下而上).
    Drafts,
}

/// Whether a child's amount moves when its node is split again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// Moves.
    #[default]
    Free,
    /// Given by hand: stays within this version, moves when the node is split again.
    Manual,
    /// Locked: keeps its value until someone unlocks it.
    Locked,
}

/// One child of a split.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which child.
    pub member: Member,
    /// Its weight.
    pub weight: u64,
    /// What it had before, such as last year's actual; settles ties.
    #[serde(default)]
    pub base: u64,
    /// Its amount.
    pub amount: Amount,
    /// Whether it moves.
    #[serde(default)]
    pub held: Held,
}

/// One version of one node's split. Append-only; record id its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// This version. UUIDv7 made on the device.
    pub id: SplitId,
    /// The node that is split.
    pub node: Node,
    /// Along what.
    pub dimension: Dimension,
    /// The node's amount when it was split; differs from its amount now when the parent changed meanwhile.
    pub total: Amount,
    /// Rounding unit, minor units.
    pub unit: u64,
    /// Where the weights came from.
    pub basis: SplitBasis,
    /// The children, in the order in which they are shown.
    pub parts: Vec<Part>,
    /// Who split it.
    pub author: PersonId,
    /// Why. May be empty only for a first version.
    pub reason: String,
    /// When, by the author's device.
    pub at: DeviceTimeMs,
    /// The versions it replaces: none for a first one, two where it settles a contest.
    #[serde(default)]
    pub after: Vec<SplitId>,
}

impl Split {
    /// Sum of the children.
    pub fn allotted(&self) -> Amount {
        self.parts.iter().map(|part| part.amount).sum()
    }
}

/// One version of the amount at the root of a cascade. Append-only; record kind `plan`, record id its own.
///
/// The endpoint also makes such records itself: when a split gives a territory its share, those who lead the territory
/// and do not see the tree above get the share as the root of their own. Such a record names the split in `from`; there
/// is one for each node, under the node's name, and it changes with the split.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goal {
    /// This version. UUIDv7 made on the device; of a share handed down, [`Node::record_id`].
    pub id: GoalId,
    /// The node it is set for. It always names a territory: the whole organisation is the topmost one.
    pub node: Node,
    /// How much.
    pub amount: Amount,
    /// Where the amount comes from.
    #[serde(default)]
    pub basis: TargetBasis,
    /// Which days weigh what below this root; `None` for the company's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<Basis>,
    /// The split that handed it down; `None` for what a person has set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<SplitId>,
    /// Who set it.
    pub author: PersonId,
    /// Why.
    pub reason: String,
    /// When, by the author's device.
    pub at: DeviceTimeMs,
    /// The versions it replaces.
    #[serde(default)]
    pub after: Vec<GoalId>,
}

/// A record that replaces earlier versions of itself.
pub trait Versioned {
    /// The type of its id.
    type Id: Ord + Clone;
    /// This version.
    fn id(&self) -> &Self::Id;
    /// The versions it replaces.
    fn after(&self) -> &[Self::Id];
}

impl<V: Versioned> Versioned for &V {
    type Id = V::Id;
    fn id(&self) -> &V::Id {
        (*self).id()
    }
    fn after(&self) -> &[V::Id] {
        (*self).after()
    }
}

impl Versioned for Split {
    type Id = SplitId;
    fn id(&self) -> &SplitId {
        &self.id
    }
    fn after(&self) -> &[SplitId] {
        &self.after
    }
}

impl Versioned for Goal {
    type Id = GoalId;
    fn id(&self) -> &GoalId {
        &self.id
    }
    fn after(&self) -> &[GoalId] {
        &self.after
    }
}

/// The versions that no other replaces, the one in effect in front: of versions in the order in which the endpoint took
/// them, the last. More than one is a contest.
pub fn heads<V: Versioned>(versions: &[V]) -> Vec<&V> {
    let replaced: BTreeSet<&V::Id> = versions.iter().flat_map(Versioned::after).collect();
    let mut seen = BTreeSet::new();
    let heads = versions.iter().rev().filter(|version| !replaced.contains(version.id()));
    heads.filter(|version| seen.insert((*version).id())).collect()
}

/// A cascade put together from records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assembled {
    /// The tree of the heads.
    pub tree: Cascade,
    /// Nodes that were split by two people at once, with the competing versions, the one in the tree first.
    pub contested: Vec<(Node, Vec<SplitId>)>,
    /// Versions that have no place in the tree any more, because a node above was split another way. They stay readable.
    pub detached: Vec<SplitId>,
}

/// Puts a cascade together from its goal and from splits in the order in which the endpoint took them. Splits of other
/// roots are left out.
///
/// # Errors
/// When a record is no possible split of its node (see [`Cascade::with`]); a record that does not add up is no error
/// here but an open remainder.
pub fn assemble(root: Node, amount: Amount, splits: &[Split]) -> Result<Assembled, CascadeError> {
    let mut of_node: BTreeMap<&Node, Vec<&Split>> = BTreeMap::new();
    for split in splits.iter().filter(|split| root.covers(&split.node)) {
        of_node.entry(&split.node).or_default().push(split);
    }
    let mut contested = Vec::new();
    let mut current = BTreeMap::new();
    for (node, versions) in of_node {
        let heads = heads(&versions);
        if heads.len() > 1 {
            contested.push((node.clone(), heads.iter().map(|split| split.id.clone()).collect()));
        }
        if let Some(head) = heads.first() {
            current.insert(node.clone(), (**head).clone());
        }
    }
    let mut tree = Cascade::new(root.clone(), amount);
    let mut waiting = vec![root];
    while let Some(node) = waiting.pop() {
        if let Some(split) = current.remove(&node) {
            tree.place(split)?;
            waiting.extend(tree.children(&node).into_iter().map(|(child, _)| child));
        }
    }
    Ok(Assembled { tree, contested, detached: current.into_values().map(|split| split.id).collect() })
}

/// What became of one child from one version to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which child.
    pub member: Member,
    /// Amount and hold before; `None` when it was no child.
    pub before: Option<(Amount, Held)>,
    /// Amount and hold after; `None` when it is no child any more.
    pub after: Option<(Amount, Held)>,
}

impl Difference {
    /// After − before.
    pub fn amount(&self) -> Amount {
        let amount = |state: Option<(Amount, Held)>| state.map_or(Amount::ZERO, |(amount, _)| amount);
        amount(self.after) - amount(self.before)
    }
}

/// The children that differ between two versions, those of the later one first, each in its order.
pub fn differences(before: &Split, after: &Split) -> Vec<Difference> {
    let of = |split: &Split, member: &Member| {
        split.parts.iter().find(|part| part.member == *member).map(|part| (part.amount, part.held))
    };
    let gone = before.parts.iter().filter(|part| of(after, &part.member).is_none());
    let members = after.parts.iter().chain(gone).map(|part| &part.member);
    members
        .map(|member| Difference { member: member.clone(), before: of(before, member), after: of(after, member) })
        .filter(|difference| difference.before != difference.after)
        .collect()
}
