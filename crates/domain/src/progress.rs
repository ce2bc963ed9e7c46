//! Progress of a target at a data-through date: the figures of PRODUCT.md §2.
//!
//! Ratios are `f64` for display only; no amount is ever computed from one.

use crate::calendar::TimeGone;
use crate::money::Amount;
use crate::split;

/// What the figures are computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Target; `None` when none was set.
    pub target: Option<Amount>,
    /// Sum of actuals of the elapsed days.
    pub actual: Amount,
    /// Weight of days, with the same weights as the split.
    pub time: TimeGone,
}

/// How far a node is from where it should be (UX.md §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Band {
    /// On time or ahead.
    Ahead,
    /// Up to 3 points behind.
    Even,
    /// 3 to 10 points behind.
    Behind,
    /// More than 10 points behind.
    Critical,
}

impl Band {
    /// The band of a pacing gap in percentage points, with the default bounds.
    pub fn of_gap(gap_pp: f64) -> Self {
        if gap_pp >= 0.0 {
            Self::Ahead
        } else if gap_pp >= -3.0 {
            Self::Even
        } else if gap_pp >= -10.0 {
            Self::Behind
        } else {
            Self::Critical
        }
    }
}

impl Progress {
    /// 达成率: actual ÷ target. `None` when there is no target above zero.
    pub fn achievement(&self) -> Option<f64> {
        let target = self.target.filter(|t| t.0 > 0)?;
        Some(self.actual.0 as f64 / target.0 as f64)
    }

    /// 时间进度: weight of days elapsed ÷ weight of all days.
    pub fn time_gone(&self) -> Option<f64> {
        self.time.share()
    }

    /// 进度差: achievement − time gone, percentage points.
    pub fn pacing_gap_pp(&self) -> Option<f64> {
        Some((self.achievement()? - self.time_gone()?) * 100.0)
    }

    /// The band of the pacing gap.
    pub fn band(&self) -> Option<Band> {
        self.pacing_gap_pp().map(Band::of_gap)
    }

    /// What should have been achieved by now minus what was; negative when ahead.
    pub fn shortfall(&self) -> Option<Amount> {
        let target = self.target.filter(|t| t.0 > 0)?;
        let parts = split::by_largest_remainder(target, &[self.time.elapsed, self.time.remaining()])?;
        Some(parts[0] - self.actual)
    }

    /// 预计达成: actual ÷ elapsed weight × total weight, rounded toward zero. `None` on the first morning.
    pub fn forecast(&self) -> Option<Amount> {
        let elapsed = i128::from(self.time.elapsed);
        (elapsed > 0).then(|| {
            let amount = i128::from(self.actual.0) * i128::from(self.time.total) / elapsed;
            Amount(i64::try_from(amount).unwrap_or(i64::MAX))
        })
    }

    /// Forecast ÷ target.
    pub fn forecast_share(&self) -> Option<f64> {
        let target = self.target.filter(|t| t.0 > 0)?;
        Some(self.forecast()?.0 as f64 / target.0 as f64)
    }

    /// 日均需完成: (target − actual) ÷ remaining days that weigh anything on the basis, rounded up, so that it suffices;
    /// nothing when the target is reached. `None` when no day remains.
    pub fn required_daily(&self) -> Option<Amount> {
        let target = self.target.filter(|t| t.0 > 0)?;
        let remaining = i64::from(self.time.days_left);
        if remaining == 0 {
            return None;
        }
        let missing = (target - self.actual).0.max(0);
        Some(Amount((missing + remaining - 1) / remaining))
    }

    /// Actual ÷ elapsed days that weigh anything: what a day brought so far.
    pub fn daily_so_far(&self) -> Option<Amount> {
        let elapsed = i64::from(self.time.days_elapsed);
        (elapsed > 0).then(|| Amount(self.actual.0 / elapsed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(target: Option<i64>, actual: i64, elapsed: u32, total: u32) -> Progress {
        let (days_elapsed, days_left) = (elapsed, total - elapsed);
        let time = TimeGone { elapsed: elapsed.into(), total: total.into(), days_elapsed, days_left };
        Progress { target: target.map(Amount), actual: Amount(actual), time }
    }

    #[test]
    fn the_figures_of_the_drawing() {
        // UX: ¥286,400 of ¥420,000 after 22 of 30 days.
        let p = progress(Some(42_000_000), 28_640_000, 22, 30);
        assert_eq!(format!("{:.1}", p.achievement().expect("target") * 100.0), "68.2");
        assert_eq!(format!("{:.1}", p.time_gone().expect("days") * 100.0), "73.3");
        assert_eq!(format!("{:.1}", p.pacing_gap_pp().expect("both")), "-5.1");
        assert_eq!(p.band(), Some(Band::Behind));
        assert_eq!(p.shortfall(), Some(Amount(2_160_000)));
        assert_eq!(p.forecast(), Some(Amount(39_054_545)));
        assert_eq!(p.required_daily(), Some(Amount(1_670_000)));
        assert_eq!(p.daily_so_far(), Some(Amount(1_301_818)));
    }

    #[test]
    fn a_dash_where_nothing_can_be_said() {
        let no_target = progress(None, 500, 10, 30);
        assert_eq!((no_target.achievement(), no_target.required_daily(), no_target.shortfall()), (None, None, None));
        assert_eq!(progress(Some(0), 500, 10, 30).achievement(), None, "a target of zero is no denominator");
        assert_eq!(progress(Some(100), 0, 0, 30).forecast(), None, "before the first day");
        assert_eq!(progress(Some(100), 40, 30, 30).required_daily(), None, "no day remains");
        assert_eq!(progress(Some(100), 140, 20, 30).required_daily(), Some(Amount(0)), "reached");
    }

    #[test]
    fn bands_at_their_bounds() {
        let cases = [
            (0.0, Band::Ahead),
            (-0.01, Band::Even),
            (-3.0, Band::Even),
            (-3.01, Band::Behind),
            (-10.0, Band::Behind),
            (-10.01, Band::Critical),
        ];
        for (gap, band) in cases {
            assert_eq!(Band::of_gap(gap), band, "{gap}");
        }
    }
}
