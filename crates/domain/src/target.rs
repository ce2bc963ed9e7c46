//! Targets: what should be.

use crate::calendar::{Basis, DayWeights, Period};
use crate::cascade::day_targets;
use crate::ids::{MetricId, ShopId};
use crate::money::Amount;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Add;

/// The target of one shop, one metric and one month. Larger targets are sums of these, so that any cut agrees with
/// any other. Record id `metric/shop/period`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// What is counted.
    pub metric: MetricId,
    /// The shop it is set for.
    pub shop: ShopId,
    /// The month.
    pub period: Period,
    /// How much.
    pub amount: Amount,
    /// Where it comes from.
    pub basis: TargetBasis,
}

impl Target {
    /// The id of the record that holds this target.
    pub fn record_id(&self) -> String {
        format!("{}/{}/{}", self.metric, self.shop, self.period)
    }
}

/// A shop's month as a cascade hands it down: the target, and what of it is set for single categories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopTarget {
    /// The target.
    #[serde(flatten)]
    pub target: Target,
    /// Amounts of categories, where the splits go that far; they may leave a rest that is set for none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub categories: BTreeMap<String, Amount>,
    /// Which days weigh what, where the plan overrides the company's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<Basis>,
}

/// The basis of day weights on which targets are looked at together: what they override the company's default with, where
/// all of them agree. `None` is the default, also where they differ; the figure states which.
pub fn agreed<'a>(days: impl IntoIterator<Item = Option<&'a Basis>>) -> Option<&'a Basis> {
    let mut days = days.into_iter();
    let first = days.next()??;
    days.all(|other| other == Some(first)).then_some(first)
}

/// Where a target comes from. Shown beside every figure that uses it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetBasis {
    /// Set by a person.
    #[default]
    Set,
    /// Handed down by the splits of a plan (拆分).
    Cascade,
    /// Derived: actuals of the same days a year before, times a factor in basis points (10,500 = ×1.05).
    PriorYear {
        /// The factor, basis points.
        factor_bp: u32,
    },
}

/// What of the targets of one shop falls into a period: whole where the period covers them, by day weights where it does
/// not. `None` when none touches it.
pub fn within(targets: &[(Period, Amount)], period: Period, weights: DayWeights<'_>) -> Option<Amount> {
    let touching = targets.iter().filter(|(of, _)| of.touches(period));
    let falls = |(of, amount): &(Period, Amount)| {
        if period.covers(*of) {
            return Some(*amount);
        }
        let days = day_targets(*amount, *of, weights)?;
        Some(days.into_iter().filter(|(day, _)| period.contains(*day)).map(|(_, part)| part).sum())
    };
    touching.filter_map(falls).reduce(Add::add)
}

/// `amount × factor`, rounded half away from zero to a whole minor unit.
pub fn scale(amount: Amount, factor_bp: u32) -> Amount {
    let product = i128::from(amount.0) * i128::from(factor_bp);
    let rounded = (product.abs() + 5_000) / 10_000 * product.signum();
    Amount(i64::try_from(rounded).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_agree_on_a_basis_or_take_the_default() {
        let (working, calendar) = (Basis::WorkingDays { calendar: Some("cn".into()) }, Basis::CalendarDays);
        let cases = [
            (vec![], None),
            (vec![None], None),
            (vec![Some(&working)], Some(&working)),
            (vec![Some(&working), Some(&working)], Some(&working)),
            (vec![Some(&working), Some(&calendar)], None),
            (vec![Some(&working), None], None),
            (vec![None, Some(&working)], None),
        ];
        for (days, expect) in cases {
            assert_eq!(agreed(days.clone()), expect, "{days:?}");
        }
    }

    #[test]
    fn scales_by_hand() {
        for (amount, factor_bp, expect) in
            [(10_000, 10_500, 10_500), (1, 10_500, 1), (10, 10_500, 11), (-10, 10_500, -11), (0, 10_500, 0)]
        {
            assert_eq!(scale(Amount(amount), factor_bp), Amount(expect), "{amount} × {factor_bp}");
        }
    }
}
