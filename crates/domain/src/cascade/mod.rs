//! The cascade (拆分): a target broken down, node by node, until someone can act on it.
//!
//! A [`Node`] is a metric in a period within a scope. One [`Split`] breaks one node down along one dimension; a
//! [`Cascade`] is the tree of the current splits. Splits are append-only records: a re-split is a new version that
//! names the one it replaces. What does not add up is never spread silently: it is the node's remainder (余额), in sight
//! until a person settles it, and nothing with a remainder is published.
//!
//! Below months and shops nothing is stored: the target of a day is its month's target by day weights
//! ([`day_targets`]). Not here: who may publish (authorisation), the words on the screen, storage.

mod allot;
mod editor;
mod error;
mod grid;
mod node;
mod tree;
mod version;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use allot::{Allotment, Row, Settle, allot};
pub use editor::{Blocked, Editor, UNDO_MAX, blank};
pub use error::CascadeError;
pub use grid::{Cell, Grid, GridCheck};
pub use node::{Dimension, Member, Node, NodeError, Scope};
pub use tree::{Below, Cascade, Change, Open, Request, WhatIf};
pub use version::{
    Assembled, Difference, Goal, Held, Part, Split, SplitBasis, Versioned, assemble, differences, heads,
};

use crate::calendar::{DayWeights, Period};
use crate::money::Amount;
use crate::split;
use chrono::NaiveDate;

/// The target of each day of a period, by day weights; days sum to the amount exactly. `None` when no day weighs anything
/// although there is something to split.
pub fn day_targets(amount: Amount, period: Period, weights: DayWeights<'_>) -> Option<Vec<(NaiveDate, Amount)>> {
    let days: Vec<NaiveDate> = period.days().collect();
    let of_days: Vec<u64> = days.iter().map(|day| weights.weight(*day)).collect();
    Some(days.into_iter().zip(split::by_largest_remainder(amount, &of_days)?).collect())
}

/// Weights from actuals: what each sold, nothing for those that had more returns than sales.
pub fn history_weights(actuals: &[Amount]) -> Vec<u64> {
    actuals.iter().map(|amount| u64::try_from(amount.0).unwrap_or(0)).collect()
}

/// Weights of periods in a split along time.
pub fn time_weights(periods: &[Period], weights: DayWeights<'_>) -> Vec<u64> {
    periods.iter().map(|period| weights.of_period(*period)).collect()
}
