//! Metrics: what is counted, and how it adds up.
//!
//! A ratio keeps numerator and denominator and never the quotient; a stock is the newest count of each place. Not here:
//! where values come from (`actuals`, `facts`).

use crate::checklist::Text;
use crate::ids::MetricId;
use crate::money::Amount;
use crate::org::Adds;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What one unit of a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Minor units of the organisation's currency.
    Money,
    /// Single units, cases or outlets.
    Count,
    /// A share: shown as percent.
    Share,
}

/// A metric. Record id: its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metric {
    /// Its id.
    pub id: MetricId,
    /// Its name.
    pub name: Text,
    /// How its values add up.
    pub adds: Adds,
    /// What one unit is.
    pub unit: Unit,
}

/// The metrics every organisation begins with (PRODUCT.md §2).
pub fn standard() -> Vec<Metric> {
    let metric = |id: &str, zh: &str, en: &str, adds, unit| Metric {
        id: MetricId::from(id),
        name: Text { zh: zh.into(), en: en.into() },
        adds,
        unit,
    };
    vec![
        metric("sales", "销售额", "Sales", Adds::Sum, Unit::Money),
        metric("quantity", "销量", "Quantity", Adds::Sum, Unit::Count),
        metric("margin", "毛利", "Gross margin", Adds::Sum, Unit::Money),
        metric("collections", "回款", "Collections", Adds::Sum, Unit::Money),
        metric("new_outlets", "新增网点", "New outlets", Adds::Sum, Unit::Count),
        metric("market_share", "市场占有率", "Market share", Adds::Ratio, Unit::Share),
        metric("distribution", "铺货率", "Distribution rate", Adds::Ratio, Unit::Share),
        metric("stock", "库存", "Stock on hand", Adds::Latest, Unit::Count),
    ]
}

/// A value that knows how it adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Measure {
    /// Adds over days and over places.
    Sum {
        /// How much.
        amount: Amount,
    },
    /// Numerator and denominator add over days and over places.
    Ratio {
        /// What counts.
        numerator: Amount,
        /// Out of what.
        denominator: Amount,
    },
    /// Adds over places; over days the newest counts.
    Latest {
        /// The day of the count; of several places the oldest one, so that a total never looks fresher than it is.
        as_of: NaiveDate,
        /// How much.
        amount: Amount,
    },
}

/// Two values of different kinds do not add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a {0:?} and a {1:?} do not add up")]
pub struct MixedKinds(pub Adds, pub Adds);

impl Measure {
    /// How it adds up.
    pub fn adds(self) -> Adds {
        match self {
            Self::Sum { .. } => Adds::Sum,
            Self::Ratio { .. } => Adds::Ratio,
            Self::Latest { .. } => Adds::Latest,
        }
    }

    /// Combines two values of the same place and different days. Order does not matter; of two counts of the same day the
    /// larger one counts ([`crate::actuals`] settles that before, by who counted last).
    ///
    /// # Errors
    /// When the kinds differ.
    pub fn over_time(self, other: Self) -> Result<Self, MixedKinds> {
        match (self, other) {
            (Self::Latest { .. }, Self::Latest { .. }) => Ok(self.max(other)),
            _ => self.added(other),
        }
    }

    /// Combines two values of different places or products. Order does not matter.
    ///
    /// # Errors
    /// When the kinds differ.
    pub fn over_places(self, other: Self) -> Result<Self, MixedKinds> {
        match (self, other) {
            (Self::Latest { as_of: a, amount: x }, Self::Latest { as_of: b, amount: y }) => {
                Ok(Self::Latest { as_of: a.min(b), amount: x + y })
            }
            _ => self.added(other),
        }
    }

    /// The amount that is shown where one amount is shown: of a ratio, the numerator.
    pub fn amount(self) -> Amount {
        match self {
            Self::Sum { amount } | Self::Latest { amount, .. } => amount,
            Self::Ratio { numerator, .. } => numerator,
        }
    }

    /// The quotient of a ratio, for display only; `None` for other kinds and without a denominator above zero.
    pub fn quotient(self) -> Option<f64> {
        match self {
            Self::Ratio { numerator, denominator } if denominator.0 > 0 => {
                Some(numerator.0 as f64 / denominator.0 as f64)
            }
            _ => None,
        }
    }

    fn added(self, other: Self) -> Result<Self, MixedKinds> {
        match (self, other) {
            (Self::Sum { amount: a }, Self::Sum { amount: b }) => Ok(Self::Sum { amount: a + b }),
            (Self::Ratio { numerator: a, denominator: b }, Self::Ratio { numerator: c, denominator: d }) => {
                Ok(Self::Ratio { numerator: a + c, denominator: b + d })
            }
            _ => Err(MixedKinds(self.adds(), other.adds())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(numerator: i64, denominator: i64) -> Measure {
        Measure::Ratio { numerator: Amount(numerator), denominator: Amount(denominator) }
    }

    fn latest(as_of: &str, amount: i64) -> Measure {
        Measure::Latest { as_of: as_of.parse().expect("a date"), amount: Amount(amount) }
    }

    fn sum(amount: i64) -> Measure {
        Measure::Sum { amount: Amount(amount) }
    }

    #[test]
    fn adds_up_by_hand() {
        let (older, newer) = (latest("2026-11-01", 90), latest("2026-11-05", 40));
        let cases = [
            (sum(5), sum(-2), sum(3), sum(3)),
            // 1 of 2 and 9 of 10 are 10 of 12, not (50 % + 90 %) ÷ 2.
            (ratio(1, 2), ratio(9, 10), ratio(10, 12), ratio(10, 12)),
            // Over days the newest count; over shops the sum, as old as its oldest part.
            (older, newer, newer, latest("2026-11-01", 130)),
        ];
        for (a, b, time, places) in cases {
            assert_eq!((a.over_time(b), b.over_time(a)), (Ok(time), Ok(time)), "{a:?} {b:?} over time");
            assert_eq!((a.over_places(b), b.over_places(a)), (Ok(places), Ok(places)), "{a:?} {b:?} over places");
        }
        assert_eq!(sum(1).over_places(ratio(1, 2)), Err(MixedKinds(Adds::Sum, Adds::Ratio)));
        assert_eq!(ratio(1, 4).quotient(), Some(0.25));
        assert_eq!(ratio(1, 0).quotient(), None, "nothing was checked");
    }

    #[test]
    fn standard_metrics_have_names_of_their_own() {
        let ids: std::collections::BTreeSet<_> = standard().into_iter().map(|metric| metric.id).collect();
        assert_eq!(ids.len(), standard().len());
        assert!(ids.contains(&crate::org::sales()) && ids.contains(&crate::org::quantity()));
    }
}
