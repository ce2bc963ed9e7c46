//! Figures that are levels and not sums: ratio metrics, and rates of what was checked with n, coverage and interval.

use super::{Dash, Figure, FigureKind, Value, What, term};
use crate::calendar::Period;
use crate::money::Amount;
use chrono::NaiveDate;

/// A ratio metric against its target: a level, not a sum, so time gone does not apply to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RatioStanding {
    /// The period.
    pub period: Period,
    /// The last day for which actuals are in.
    pub through: NaiveDate,
    /// Sum of numerators.
    pub numerator: Amount,
    /// Sum of denominators.
    pub denominator: Amount,
    /// Target, basis points (8,500 = 85 %); `None` when none was set.
    pub target_bp: Option<u32>,
}

impl RatioStanding {
    /// The ratio itself.
    pub fn ratio(&self) -> Figure {
        let value = self.quotient().map(Value::Share);
        let numerator = term(What::Numerator, self.numerator.0);
        let denominator = term(What::Denominator, self.denominator.0);
        let (period, through, kind) = (self.period, self.through, FigureKind::Ratio);
        Figure { kind, value, numerator, denominator, times: None, minus: None, basis: None, period, through }
    }

    /// 达成率: ratio ÷ target.
    pub fn achievement(&self) -> Figure {
        let target =
            self.target_bp.and_then(|target| Some((term(What::TargetBp, target)?, term(What::WholeBp, 10_000)?)));
        let value = self.target().and_then(|target| Ok(Value::Share(self.quotient()? / target)));
        let divisor = target.map(|(target, _)| target);
        Figure { kind: FigureKind::RatioAchievement, value, times: divisor, ..self.ratio() }
    }

    /// Ratio − target, percentage points.
    pub fn gap(&self) -> Figure {
        let minus =
            self.target_bp.and_then(|target| Some((term(What::TargetBp, target)?, term(What::WholeBp, 10_000)?)));
        let value = self.target().and_then(|target| Ok(Value::Points((self.quotient()? - target) * 100.0)));
        Figure { kind: FigureKind::RatioGap, value, minus, ..self.ratio() }
    }

    fn quotient(&self) -> Result<f64, Dash> {
        if self.denominator.0 > 0 {
            Ok(self.numerator.0 as f64 / self.denominator.0 as f64)
        } else {
            Err(Dash::NothingChecked)
        }
    }

    fn target(&self) -> Result<f64, Dash> {
        match self.target_bp {
            None => Err(Dash::NoTarget),
            Some(0) => Err(Dash::TargetNotPositive),
            Some(target) => Ok(f64::from(target) / 10_000.0),
        }
    }
}

/// A rate from what was looked at. *Not visited* is in scope and not checked: it never counts as compliant, nor as failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Passed.
    pub passed: u64,
    /// Checked (n).
    pub checked: u64,
    /// In scope (N).
    pub in_scope: u64,
}

/// Coverage below which a rate is greyed and says 样本少 (UX.md §4).
pub const FEW_BELOW: f64 = 0.30;
/// 97.5 % quantile of the normal distribution: a two-sided interval of 95 %.
const Z: f64 = 1.959_963_984_540_054;

impl Sample {
    /// Passed ÷ checked.
    pub fn rate(self) -> Option<f64> {
        (self.checked > 0).then(|| self.passed as f64 / self.checked as f64)
    }

    /// 覆盖率: checked ÷ in scope.
    pub fn coverage(self) -> Option<f64> {
        (self.in_scope > 0).then(|| self.checked as f64 / self.in_scope as f64)
    }

    /// 样本少: coverage below 30 %, or nothing in scope.
    pub fn is_few(self) -> bool {
        self.coverage().is_none_or(|coverage| coverage < FEW_BELOW)
    }

    /// The 95 % interval of the rate by Wilson's score (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927), low and high; `None`
    /// when nothing was checked. It treats the checked as drawn at random.
    pub fn interval(self) -> Option<(f64, f64)> {
        let (rate, n) = (self.rate()?, self.checked as f64);
        let centre = rate + Z * Z / (2.0 * n);
        let spread = Z * (rate * (1.0 - rate) / n + Z * Z / (4.0 * n * n)).max(0.0).sqrt();
        let scale = 1.0 + Z * Z / n;
        Some((((centre - spread) / scale).max(0.0), ((centre + spread) / scale).min(1.0)))
    }

    /// Both added: of several shops or days.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            checked: self.checked + other.checked,
            in_scope: self.in_scope + other.in_scope,
        }
    }

    /// The rate as a figure.
    pub fn figure(self, period: Period, through: NaiveDate) -> Figure {
        self.explained(
            FigureKind::Rate,
            self.rate(),
            (What::Passed, self.passed),
            (What::Checked, self.checked),
            period,
            through,
        )
    }

    /// The coverage as a figure.
    pub fn coverage_figure(self, period: Period, through: NaiveDate) -> Figure {
        let (checked, in_scope) = ((What::Checked, self.checked), (What::InScope, self.in_scope));
        self.explained(FigureKind::Coverage, self.coverage(), checked, in_scope, period, through)
    }

    fn explained(
        self,
        kind: FigureKind,
        value: Option<f64>,
        numerator: (What, u64),
        denominator: (What, u64),
        period: Period,
        through: NaiveDate,
    ) -> Figure {
        let value = value.map(Value::Share).ok_or(Dash::NothingChecked);
        let (numerator, denominator) = (term(numerator.0, numerator.1), term(denominator.0, denominator.1));
        Figure { kind, value, numerator, denominator, times: None, minus: None, basis: None, period, through }
    }
}
