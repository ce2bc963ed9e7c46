//! Deviations (偏差预警): which nodes are behind, whose gap it is, and what to do next.
//!
//! Rules are data and run on the device: thresholds by metric and level, and an ordered list of what to do when. The result
//! is data too (amounts, shares, shops, people), so that every name in a sentence can be tapped; `words` says it in both
//! languages. A deviation colours the gap and not the person. Not here: sums (`rollup`), figures (`figures`).

mod action;
mod words;

pub use action::{ActionKind, ActionRule, Evidence, NextAction, SHOPS_MAX, Visits, When, next_action};
pub use words::{Explained, Lang, Say, explain};

use crate::figures::Standing;
use crate::ids::MetricId;
use crate::money::Amount;
use crate::progress::Band;
use crate::split;
use serde::{Deserialize, Serialize};

pub use crate::cascade::Dimension as Level;

/// Bounds of the bands, basis points of the pacing gap (−300 is −3 percentage points). A gap at a bound is still on its
/// better side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Below this it is behind.
    pub behind_bp: i32,
    /// Below this it is critical.
    pub critical_bp: i32,
}

impl Default for Bounds {
    /// The bands of UX.md §1: 0 to −3 neutral, −3 to −10 behind, below −10 critical.
    fn default() -> Self {
        Self { behind_bp: -300, critical_bp: -1_000 }
    }
}

impl Bounds {
    /// The band of a pacing gap in percentage points.
    pub fn band(self, gap_pp: f64) -> Band {
        let gap_bp = gap_pp * 100.0;
        if gap_bp >= 0.0 {
            Band::Ahead
        } else if gap_bp >= f64::from(self.behind_bp) {
            Band::Even
        } else if gap_bp >= f64::from(self.critical_bp) {
            Band::Behind
        } else {
            Band::Critical
        }
    }
}

/// When a node deviates. The most particular rule that fits counts; among equals, the earlier.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// For this metric only.
    #[serde(default)]
    pub metric: Option<MetricId>,
    /// For nodes of this level only.
    #[serde(default)]
    pub level: Option<Level>,
    /// Bounds of the bands.
    #[serde(default)]
    pub bounds: Bounds,
    /// A gap smaller than this is left alone, minor units.
    #[serde(default)]
    pub at_least: Amount,
    /// So is one in the first days of a period: elapsed days that count.
    #[serde(default)]
    pub days_elapsed: u32,
}

/// What an organisation looks for and what it does about it. One record, `rule/deviation`; without one, the standard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// When a node deviates.
    #[serde(default)]
    pub deviations: Vec<Rule>,
    /// What to do about it; the first that fits counts.
    #[serde(default = "ActionRule::standard")]
    pub actions: Vec<ActionRule>,
}

impl Rules {
    /// Id of the one record.
    pub const ID: &'static str = "deviation";
}

impl Default for Rules {
    /// The default bands for everything, and the standard actions.
    fn default() -> Self {
        Self { deviations: Vec::new(), actions: ActionRule::standard() }
    }
}

/// The rule that counts for a metric and level; the default bands where none fits.
pub fn rule_for(rules: &[Rule], metric: &MetricId, level: Level) -> Rule {
    let fits =
        |rule: &&Rule| rule.metric.as_ref().is_none_or(|of| of == metric) && rule.level.is_none_or(|of| of == level);
    let particular = |rule: &&Rule| (rule.metric.is_some(), rule.level.is_some());
    // max_by_key takes the last among equals, so the list is turned round.
    rules.iter().rev().filter(fits).max_by_key(particular).cloned().unwrap_or_default()
}

/// What a child is behind its parent's gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause<T> {
    /// Which child; `None` for what lies in no child.
    pub child: Option<T>,
    /// Expected by now − actual: above zero behind, below zero ahead.
    pub shortfall: Amount,
    /// Of all that is behind, the child's share in basis points; 0 for children that are not behind.
    pub share_bp: u32,
}

/// A child's target and actual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child<T> {
    /// Which child.
    pub id: T,
    /// Its target; `None` when none was set.
    pub target: Option<Amount>,
    /// Its actual of the elapsed days.
    pub actual: Amount,
}

/// Expected by now − actual of a node: what it is behind, below zero when ahead. `None` without a target above zero or
/// without day weights.
pub fn shortfall(standing: &Standing) -> Option<Amount> {
    standing.progress().shortfall()
}

/// Attributes a node's shortfall to its children. What is expected of the node is divided by the children's targets, so
/// the shortfalls sum to the node's exactly; what the children do not make up (actuals or target without a child) is a
/// cause of its own. Shares of those behind sum to 10,000 exactly. Largest shortfall first, then in the order given.
/// `None` when the node has no shortfall to speak of ([`shortfall`]).
pub fn attribute<T: Clone>(standing: &Standing, children: &[Child<T>]) -> Option<Vec<Cause<T>>> {
    let whole = shortfall(standing)?;
    let expected = whole + standing.actual;
    let weight = |amount: Amount| u64::try_from(amount.0).unwrap_or(0);
    let mut weights: Vec<u64> = children.iter().map(|child| child.target.map_or(0, weight)).collect();
    let of_children: u64 = weights.iter().fold(0, |sum, weight| sum.saturating_add(*weight));
    weights.push(standing.target.map_or(0, weight).saturating_sub(of_children));
    let parts = split::by_largest_remainder(expected, &weights)?;
    let mut causes: Vec<Cause<T>> = children
        .iter()
        .zip(&parts)
        .map(|(child, expected)| Cause {
            child: Some(child.id.clone()),
            shortfall: *expected - child.actual,
            share_bp: 0,
        })
        .collect();
    let rest = whole - causes.iter().map(|cause| cause.shortfall).sum();
    if rest != Amount::ZERO {
        causes.push(Cause { child: None, shortfall: rest, share_bp: 0 });
    }
    let behind: Vec<u64> = causes.iter().map(|cause| weight(cause.shortfall)).collect();
    let shares = split::by_largest_remainder(Amount(10_000), &behind).unwrap_or_default();
    for (cause, share) in causes.iter_mut().zip(shares) {
        cause.share_bp = u32::try_from(share.0).unwrap_or(0);
    }
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.shortfall));
    Some(causes)
}

/// A node that is behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviation<T> {
    /// Pacing gap, percentage points.
    pub gap_pp: f64,
    /// Expected by now − actual.
    pub shortfall: Amount,
    /// How bad it is, by the rule.
    pub band: Band,
    /// Whose gap it is.
    pub causes: Vec<Cause<T>>,
    /// Some devices have not synced: the figure may still rise.
    pub provisional: bool,
}

/// Looks at a node by its rule; `None` when it is not behind, too early, or too little to speak of.
pub fn look<T: Clone>(
    rule: &Rule,
    standing: &Standing,
    children: &[Child<T>],
    provisional: bool,
) -> Option<Deviation<T>> {
    let gap_pp = standing.pacing_gap().points()?;
    let band = rule.bounds.band(gap_pp);
    let shortfall = shortfall(standing)?;
    let speaks = shortfall >= rule.at_least && standing.time.days_elapsed >= rule.days_elapsed;
    if !matches!(band, Band::Behind | Band::Critical) || !speaks {
        return None;
    }
    let causes = attribute(standing, children)?;
    Some(Deviation { gap_pp, shortfall, band, causes, provisional })
}

#[cfg(test)]
mod tests;
