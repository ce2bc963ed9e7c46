//! The figures of PRODUCT.md §2, each of which explains itself: what was divided by what, on which basis, through which day.
//!
//! Numerators and denominators are exact; a quotient is `f64` and for display only. A figure that cannot be given is a
//! dash with its reason, never 0 %. Not here: words and formats (the screens), where the sums come from (`rollup`).

mod level;

pub use level::{FEW_BELOW, RatioStanding, Sample};

use crate::calendar::{Basis, Period, TimeGone};
use crate::money::Amount;
use crate::progress::{Band, Progress};
use chrono::NaiveDate;

/// Which figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FigureKind {
    /// 达成率: actual ÷ target.
    Achievement,
    /// 时间进度: weight of days elapsed ÷ weight of all days.
    TimeGone,
    /// 进度差: achievement − time gone, percentage points.
    PacingGap,
    /// 预计达成: actual ÷ elapsed weight × total weight.
    Forecast,
    /// 预计达成率: forecast ÷ target.
    ForecastRate,
    /// 日均需完成: (target − actual) ÷ remaining days that count on the basis.
    RequiredDaily,
    /// 日均已完成: actual ÷ elapsed days that count on the basis.
    DailySoFar,
    /// 同比: (actual − last year's) ÷ last year's, on the same elapsed days.
    VsLastYear,
    /// 环比: (actual − last period's) ÷ last period's, on the same elapsed days.
    VsLastPeriod,
    /// A ratio metric: numerator ÷ denominator.
    Ratio,
    /// A ratio metric against its target: (numerator ÷ denominator) ÷ target.
    RatioAchievement,
    /// A ratio metric against its target: the difference in percentage points.
    RatioGap,
    /// A rate of what was checked: passed ÷ checked.
    Rate,
    /// 覆盖率: checked ÷ in scope.
    Coverage,
}

/// What a term of a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// Actual of the elapsed days.
    Actual,
    /// Target.
    Target,
    /// Target − actual, nothing when reached.
    StillNeeded,
    /// Forecast.
    Forecast,
    /// Weight of the elapsed days.
    ElapsedWeight,
    /// Weight of all days.
    TotalWeight,
    /// Elapsed days that count.
    DaysElapsed,
    /// Days to come that count.
    DaysLeft,
    /// Actual − the one it is compared with.
    Change,
    /// Last year's actual of the same elapsed days.
    LastYear,
    /// Last period's actual of the same elapsed days.
    LastPeriod,
    /// Numerator of a ratio metric.
    Numerator,
    /// Denominator of a ratio metric.
    Denominator,
    /// Target of a ratio metric, basis points.
    TargetBp,
    /// 10,000 basis points.
    WholeBp,
    /// Passed.
    Passed,
    /// Checked.
    Checked,
    /// In scope, whether checked or not.
    InScope,
}

/// One term: what it is, and how much. Minor units, single units, weights or basis points, as `what` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// What it is.
    pub what: What,
    /// How much.
    pub value: i128,
}

/// A figure's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A share: 0.682 is 68.2 %.
    Share(f64),
    /// Percentage points.
    Points(f64),
    /// An amount or a count, whole units.
    Amount(Amount),
}

/// Why there is a dash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dash {
    /// 目标未下达: no target was set.
    NoTarget,
    /// The target is zero or below.
    TargetNotPositive,
    /// Nothing of the period has elapsed: the data end before it, or its days weigh nothing so far.
    NotBegun,
    /// No day of the period weighs anything.
    NoWeight,
    /// No day remains on which anything counts.
    NoDayLeft,
    /// Nothing to compare with: no actuals, or none above zero.
    NothingToCompare,
    /// Nothing was checked.
    NothingChecked,
    /// Larger than can be shown.
    TooLarge,
}

/// A figure with everything it was made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Which one.
    pub kind: FigureKind,
    /// Its value, or why there is none.
    pub value: Result<Value, Dash>,
    /// Divided…
    pub numerator: Option<Term>,
    /// … by this.
    pub denominator: Option<Term>,
    /// Then multiplied by this (forecast).
    pub times: Option<Term>,
    /// Less this quotient (gaps).
    pub minus: Option<(Term, Term)>,
    /// Basis of the day weights; `None` where no days are weighed (ratios and rates).
    pub basis: Option<Basis>,
    /// Of which period.
    pub period: Period,
    /// The last day for which actuals are in.
    pub through: NaiveDate,
}

impl Figure {
    /// The share, where it is one.
    pub fn share(&self) -> Option<f64> {
        if let Ok(Value::Share(share)) = self.value { Some(share) } else { None }
    }

    /// The percentage points, where it is a gap.
    pub fn points(&self) -> Option<f64> {
        if let Ok(Value::Points(points)) = self.value { Some(points) } else { None }
    }

    /// The amount, where it is one.
    pub fn amount(&self) -> Option<Amount> {
        if let Ok(Value::Amount(amount)) = self.value { Some(amount) } else { None }
    }
}

/// Where a node stands: all that its figures are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The period.
    pub period: Period,
    /// The last day for which actuals are in.
    pub through: NaiveDate,
    /// What the day weights were taken from: the same as the split's.
    pub basis: Basis,
    /// Weight of days.
    pub time: TimeGone,
    /// Target; `None` when none was set.
    pub target: Option<Amount>,
    /// Actual of the elapsed days.
    pub actual: Amount,
    /// Last year's actual of the same elapsed days ([`crate::calendar::Window::same_days_of`]); `None` without facts.
    pub last_year: Option<Amount>,
    /// Last period's actual of the same elapsed days; `None` without facts.
    pub last_period: Option<Amount>,
}

fn term(what: What, value: impl Into<i128>) -> Option<Term> {
    Some(Term { what, value: value.into() })
}

impl Standing {
    /// The short form the bars are drawn from.
    pub fn progress(&self) -> Progress {
        Progress { target: self.target, actual: self.actual, time: self.time }
    }

    /// Every figure, in the order of PRODUCT.md §2.
    pub fn figures(&self) -> Vec<Figure> {
        vec![
            self.achievement(),
            self.time_gone(),
            self.pacing_gap(),
            self.forecast(),
            self.forecast_rate(),
            self.required_daily(),
            self.daily_so_far(),
            self.vs_last_year(),
            self.vs_last_period(),
        ]
    }

    /// 达成率: actual ÷ target.
    pub fn achievement(&self) -> Figure {
        let value = self.positive_target().map(|target| Value::Share(self.actual.0 as f64 / target.0 as f64));
        let target = self.target.and_then(|target| term(What::Target, target.0));
        self.figure(FigureKind::Achievement, value, term(What::Actual, self.actual.0), target)
    }

    /// 时间进度: weight of days elapsed ÷ weight of all days.
    pub fn time_gone(&self) -> Figure {
        let value = self.time.share().map(Value::Share).ok_or(Dash::NoWeight);
        let elapsed = term(What::ElapsedWeight, self.time.elapsed);
        self.figure(FigureKind::TimeGone, value, elapsed, term(What::TotalWeight, self.time.total))
    }

    /// 进度差: achievement − time gone, percentage points.
    pub fn pacing_gap(&self) -> Figure {
        let (achievement, gone) = (self.achievement(), self.time_gone());
        let value = achievement.value.and(gone.value);
        let points = self.progress().pacing_gap_pp();
        let value = value.and_then(|_| points.map(Value::Points).ok_or(Dash::NoWeight));
        let minus = gone.numerator.zip(gone.denominator);
        Figure { kind: FigureKind::PacingGap, value, minus, ..achievement }
    }

    /// The band of the pacing gap, by default bounds.
    pub fn band(&self) -> Option<Band> {
        self.pacing_gap().points().map(Band::of_gap)
    }

    /// 预计达成: actual ÷ elapsed weight × total weight, rounded toward zero.
    pub fn forecast(&self) -> Figure {
        let value = self.forecast_amount().map(Value::Amount);
        let elapsed = term(What::ElapsedWeight, self.time.elapsed);
        let figure = self.figure(FigureKind::Forecast, value, term(What::Actual, self.actual.0), elapsed);
        Figure { times: term(What::TotalWeight, self.time.total), ..figure }
    }

    /// 预计达成率: forecast ÷ target.
    pub fn forecast_rate(&self) -> Figure {
        let forecast = self.forecast_amount();
        let value = self.positive_target().and_then(|target| Ok(Value::Share(forecast?.0 as f64 / target.0 as f64)));
        let target = self.target.and_then(|target| term(What::Target, target.0));
        let forecast = forecast.ok().and_then(|forecast| term(What::Forecast, forecast.0));
        self.figure(FigureKind::ForecastRate, value, forecast, target)
    }

    /// 日均需完成: (target − actual) ÷ remaining days, rounded up; nothing when the target is reached.
    pub fn required_daily(&self) -> Figure {
        let days = self.time.days_left;
        let target = self.positive_target();
        let missing = target.map(|target| (i128::from(target.0) - i128::from(self.actual.0)).max(0));
        let value = missing.and_then(|missing| {
            let per_day = (missing + i128::from(days) - 1).checked_div(i128::from(days)).ok_or(Dash::NoDayLeft)?;
            whole(per_day)
        });
        let missing = missing.ok().and_then(|missing| term(What::StillNeeded, missing));
        self.figure(FigureKind::RequiredDaily, value, missing, term(What::DaysLeft, days))
    }

    /// 日均已完成: actual ÷ elapsed days, rounded toward zero.
    pub fn daily_so_far(&self) -> Figure {
        let days = self.time.days_elapsed;
        let value =
            self.actual.0.checked_div(days.into()).map(|daily| Value::Amount(Amount(daily))).ok_or(Dash::NotBegun);
        self.figure(FigureKind::DailySoFar, value, term(What::Actual, self.actual.0), term(What::DaysElapsed, days))
    }

    /// 同比: (actual − last year's) ÷ last year's, on the same elapsed days.
    pub fn vs_last_year(&self) -> Figure {
        self.compared(FigureKind::VsLastYear, What::LastYear, self.last_year)
    }

    /// 环比: (actual − last period's) ÷ last period's, on the same elapsed days.
    pub fn vs_last_period(&self) -> Figure {
        self.compared(FigureKind::VsLastPeriod, What::LastPeriod, self.last_period)
    }

    /// On elapsed days of the calendar, whatever they weigh: a holiday's sales meet those of the same day before.
    fn compared(&self, kind: FigureKind, what: What, other: Option<Amount>) -> Figure {
        let change = other.map(|other| i128::from(self.actual.0) - i128::from(other.0));
        let base = other.filter(|other| other.0 > 0).ok_or(Dash::NothingToCompare);
        let base = if self.through < self.period.first() { Err(Dash::NotBegun) } else { base };
        let value = base.map(|base| Value::Share((self.actual.0 as f64 - base.0 as f64) / base.0 as f64));
        let change = change.and_then(|change| term(What::Change, change));
        self.figure(kind, value, change, other.and_then(|other| term(what, other.0)))
    }

    fn positive_target(&self) -> Result<Amount, Dash> {
        match self.target {
            None => Err(Dash::NoTarget),
            Some(target) if target.0 <= 0 => Err(Dash::TargetNotPositive),
            Some(target) => Ok(target),
        }
    }

    fn forecast_amount(&self) -> Result<Amount, Dash> {
        let (elapsed, total) = (i128::from(self.time.elapsed), i128::from(self.time.total));
        let amount = i128::from(self.actual.0).checked_mul(total).ok_or(Dash::TooLarge)?;
        let amount = amount.checked_div(elapsed).ok_or(Dash::NotBegun)?;
        i64::try_from(amount).map(Amount).map_err(|_| Dash::TooLarge)
    }

    fn figure(
        &self,
        kind: FigureKind,
        value: Result<Value, Dash>,
        numerator: Option<Term>,
        denominator: Option<Term>,
    ) -> Figure {
        let (basis, period, through) = (Some(self.basis.clone()), self.period, self.through);
        Figure { kind, value, numerator, denominator, times: None, minus: None, basis, period, through }
    }
}

fn whole(value: i128) -> Result<Value, Dash> {
    i64::try_from(value).map(|value| Value::Amount(Amount(value))).map_err(|_| Dash::TooLarge)
}

#[cfg(test)]
mod tests;
