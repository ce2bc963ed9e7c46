//! Periods, working calendars, and the weight of days.
//!
//! Time gone is a weight of days over a weight of days, and the weights are the ones the split was made with. Not here:
//! targets and actuals.

mod holidays;
mod period;
mod work;

pub use holidays::{calendars, china, iowa, united_states};
pub use period::{Period, PeriodKind};
pub use work::{Holiday, WorkCalendar, WorkDays};

use crate::money::Amount;
use crate::org::DayBasis;
use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::{Deserialize, Deserializer, Serialize, de};
use std::collections::BTreeMap;

/// Reads a day as `2026-11-23`. In place of chrono's reader, which knows every way to write a date, at the price of a
/// hundredth of the app.
pub(crate) fn read_day<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDate>, D::Error> {
    let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
    match Period::parse(&text) {
        Some(Period::Day(day)) => Ok(Some(day)),
        _ => Err(de::Error::custom("a day is written as 2026-11-23")),
    }
}

impl DayBasis {
    /// Weight of one day on this basis without a working calendar: holidays are not known.
    /// [`DayWeights`] knows them.
    pub fn weight(self, day: NaiveDate) -> u32 {
        match self {
            Self::Calendar => 1,
            Self::Working => u32::from(!matches!(day.weekday(), Weekday::Sat | Weekday::Sun)),
        }
    }
}

/// What the weights of days were taken from. Every figure states it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Basis {
    /// 自然日: every calendar day weighs one.
    CalendarDays,
    /// 工作日: a working day weighs one, any other nothing.
    WorkingDays {
        /// Id of the working calendar; `None` for Monday to Friday without holidays.
        calendar: Option<String>,
    },
    /// 星期权重: the weekday's weight in the calendar, with holidays.
    WeekdayPattern {
        /// Id of the working calendar.
        calendar: String,
    },
    /// 历史: what the matching day a year before brought.
    History {
        /// How days were matched.
        align: Align,
    },
}

/// How a day finds its match a year before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// The same weekday: 52 weeks earlier.
    #[default]
    Weekday,
    /// The same date; 29 February finds 28 February.
    Date,
}

impl Align {
    /// The matching day a year before.
    pub fn year_before(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Weekday => day.checked_sub_days(Days::new(364)),
            Self::Date => day.checked_sub_months(Months::new(12)),
        }
    }
}

/// Weights of days, ready to be asked.
#[derive(Clone, Copy, Debug)]
pub enum DayWeights<'a> {
    /// Every day weighs one.
    Calendar,
    /// Monday to Friday weigh one; no holidays known.
    WeekdaysOnly,
    /// Working days of the calendar weigh one.
    Working(&'a WorkCalendar),
    /// The same, of a calendar that was read for nothing else.
    WorkDays(&'a WorkDays),
    /// Days weigh what the calendar says.
    Pattern(&'a WorkCalendar),
    /// Days weigh what their match a year before brought. Days without actuals, and days on which more came back than
    /// went out, weigh nothing.
    History {
        /// Actuals by day.
        actuals: &'a BTreeMap<NaiveDate, Amount>,
        /// How days are matched.
        align: Align,
    },
}

impl<'a> DayWeights<'a> {
    /// The company's default basis, with its calendar where there is one.
    pub fn of_org(basis: DayBasis, calendar: Option<&'a WorkCalendar>) -> Self {
        match (basis, calendar) {
            (DayBasis::Calendar, _) => Self::Calendar,
            (DayBasis::Working, None) => Self::WeekdaysOnly,
            (DayBasis::Working, Some(calendar)) => Self::Working(calendar),
        }
    }

    /// The weights a basis names, with its calendar among these; `None` without that calendar, and for weights by history,
    /// which need actuals.
    pub fn of_basis(basis: &Basis, calendars: &'a BTreeMap<String, WorkCalendar>) -> Option<Self> {
        match basis {
            Basis::CalendarDays => Some(Self::Calendar),
            Basis::WorkingDays { calendar: None } => Some(Self::WeekdaysOnly),
            Basis::WorkingDays { calendar: Some(id) } => calendars.get(id).map(Self::Working),
            Basis::WeekdayPattern { calendar } => calendars.get(calendar).map(Self::Pattern),
            Basis::History { .. } => None,
        }
    }

    /// Weight of one day.
    pub fn weight(&self, day: NaiveDate) -> u64 {
        match self {
            Self::Calendar => 1,
            Self::WeekdaysOnly => DayBasis::Working.weight(day).into(),
            Self::Working(calendar) => u64::from(calendar.is_working(day)),
            Self::WorkDays(days) => u64::from(days.is_working(day)),
            Self::Pattern(calendar) => calendar.weight(day).into(),
            Self::History { actuals, align } => {
                let before = align.year_before(day).and_then(|before| actuals.get(&before));
                before.map_or(0, |amount| u64::try_from(amount.0).unwrap_or(0))
            }
        }
    }

    /// Weight of all days of a period: the weight it has in a split along time.
    pub fn of_period(&self, period: Period) -> u64 {
        period.days().fold(0, |sum, day| sum.saturating_add(self.weight(day)))
    }

    /// What the weights were taken from.
    pub fn basis(&self) -> Basis {
        match self {
            Self::Calendar => Basis::CalendarDays,
            Self::WeekdaysOnly => Basis::WorkingDays { calendar: None },
            Self::Working(calendar) => Basis::WorkingDays { calendar: Some(calendar.id.clone()) },
            Self::WorkDays(days) => Basis::WorkingDays { calendar: Some(days.id.clone()) },
            Self::Pattern(calendar) => Basis::WeekdayPattern { calendar: calendar.id.clone() },
            Self::History { align, .. } => Basis::History { align: *align },
        }
    }
}

/// Weight of a period's days and of those that have passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeGone {
    /// Weight of the days up to and including the data-through day.
    pub elapsed: u64,
    /// Weight of all days.
    pub total: u64,
    /// Number of passed days that weigh anything.
    pub days_elapsed: u32,
    /// Number of days to come that weigh anything: what is still needed is spread over these.
    pub days_left: u32,
}

impl TimeGone {
    /// Weighs the period on the company's basis without a working calendar; see [`TimeGone::weigh`].
    pub fn at(period: Period, data_through: NaiveDate, basis: DayBasis) -> Self {
        Self::weigh(period, data_through, DayWeights::of_org(basis, None))
    }

    /// Weighs the period at a data-through day, which counts as elapsed (PRODUCT.md §2). Before the period nothing
    /// has elapsed; after it everything has.
    pub fn weigh(period: Period, data_through: NaiveDate, weights: DayWeights<'_>) -> Self {
        let mut gone = Self::default();
        for day in period.days() {
            let weight = weights.weight(day);
            let counts = u32::from(weight > 0);
            gone.total = gone.total.saturating_add(weight);
            if day <= data_through {
                gone.elapsed = gone.elapsed.saturating_add(weight);
                gone.days_elapsed += counts;
            } else {
                gone.days_left += counts;
            }
        }
        gone
    }

    /// Elapsed as a share of all; `None` for a period without weight.
    pub fn share(self) -> Option<f64> {
        (self.total > 0).then(|| self.elapsed as f64 / self.total as f64)
    }

    /// Weight of the days to come.
    pub fn remaining(self) -> u64 {
        self.total.saturating_sub(self.elapsed)
    }

    /// Number of days that weigh anything.
    pub fn days(self) -> u32 {
        self.days_elapsed + self.days_left
    }
}

/// The days of one period that are compared with the elapsed days of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First day.
    pub first: NaiveDate,
    /// Last day, included.
    pub last: NaiveDate,
}

impl Window {
    /// The elapsed days of a period: its first day to the data-through day or its last, whichever is earlier. `None`
    /// when the data end before the period begins.
    pub fn elapsed(period: Period, data_through: NaiveDate) -> Option<Self> {
        let last = data_through.min(period.last());
        (last >= period.first()).then_some(Self { first: period.first(), last })
    }

    /// The same elapsed days of another period: as many days from its beginning, and no more than it has (29 elapsed days
    /// of February 2024 meet all 28 of February 2023). A period that is over meets the whole other period.
    pub fn same_days_of(self, period: Period, other: Period) -> Self {
        if self.last >= period.last() {
            return Self { first: other.first(), last: other.last() };
        }
        let days = u64::try_from((self.last - self.first).num_days()).unwrap_or(0);
        let last = other.first().checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX);
        Self { first: other.first(), last: last.min(other.last()) }
    }

    /// Number of days.
    pub fn len_days(self) -> u32 {
        u32::try_from((self.last - self.first).num_days() + 1).unwrap_or(0)
    }

    /// Whether the day lies in it.
    pub fn contains(self, day: NaiveDate) -> bool {
        self.first <= day && day <= self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn period(text: &str) -> Period {
        Period::parse(text).expect("a period")
    }

    #[test]
    fn time_gone_worked_by_hand() {
        use DayBasis::{Calendar, Working};
        let cases = [
            ("2026-11", "2026-11-22", Calendar, 22, 30),
            ("2026-11", "2026-11-01", Calendar, 1, 30),  // the first day
            ("2026-11", "2026-11-30", Calendar, 30, 30), // the last day
            ("2026-11", "2026-10-31", Calendar, 0, 30),  // before it began
            ("2026-11", "2027-01-01", Calendar, 30, 30), // after it ended
            ("2024", "2024-02-29", Calendar, 60, 366),   // a leap year
            ("2026-11", "2026-11-22", Working, 15, 21),  // a Sunday: three full weeks and no day more
            ("2026-Q4", "2026-11-22", Calendar, 53, 92),
            ("2026-W53", "2027-01-01", Calendar, 5, 7), // a week across two years
            ("2026-W53", "2027-01-01", Working, 5, 5),  // whose weekend is still to come, without weight
        ];
        for (text, through, basis, elapsed, total) in cases {
            let gone = TimeGone::at(period(text), day(through), basis);
            assert_eq!((gone.elapsed, gone.total), (elapsed, total), "{text} at {through} {basis:?}");
            assert_eq!((gone.days_elapsed, gone.days_left), (elapsed as u32, (total - elapsed) as u32), "{text}");
        }
    }

    #[test]
    fn time_gone_with_holidays_by_hand() {
        let china = china();
        let mut shop = china.clone();
        shop.id = "shop".into();
        shop.weekday = [10, 10, 10, 12, 15, 30, 25]; // sells most at the weekend
        let cases = [
            // October 2026: 22 weekdays, five of them (1, 2, 5, 6, 7) holidays, Saturday the 10th made up.
            ("2026-10", "2026-10-07", DayWeights::Working(&china), (0, 18, 0, 18)),
            ("2026-10", "2026-10-10", DayWeights::Working(&china), (3, 18, 3, 15)),
            ("2026-10", "2026-10-30", DayWeights::Working(&china), (18, 18, 18, 0)), // no working day left
            // The week of 9 November 2026, without holiday: 10 + 10 + 10 + 12 + 15 + 30 + 25 = 112.
            ("2026-W46", "2026-11-13", DayWeights::Pattern(&shop), (57, 112, 5, 2)),
        ];
        for (text, through, weights, (elapsed, total, days_elapsed, days_left)) in cases {
            let gone = TimeGone::weigh(period(text), day(through), weights);
            assert_eq!(gone, TimeGone { elapsed, total, days_elapsed, days_left }, "{text} at {through}");
        }
    }

    #[test]
    fn history_weighs_by_the_matching_day() {
        // 2025-11-03 was a Monday, 364 days before Monday 2026-11-02.
        let actuals: BTreeMap<_, _> =
            [("2025-11-02", 40), ("2025-11-03", 100), ("2025-11-04", -7)].map(|(d, a)| (day(d), Amount(a))).into();
        let weights = |align| DayWeights::History { actuals: &actuals, align };
        assert_eq!(weights(Align::Weekday).weight(day("2026-11-02")), 100);
        assert_eq!(weights(Align::Date).weight(day("2026-11-02")), 40);
        assert_eq!(weights(Align::Weekday).weight(day("2026-11-03")), 0, "a day of returns weighs nothing");
        let gone = TimeGone::weigh(period("2027-11"), day("2027-11-30"), weights(Align::Date));
        assert_eq!(gone.share(), None, "no history, no time gone");
    }

    #[test]
    fn the_same_elapsed_days_by_hand() {
        let cases = [
            ("2026-11", "2026-11-22", "2025-11", Some(("2025-11-01", "2025-11-22"))),
            ("2026-03", "2026-03-30", "2026-02", Some(("2026-02-01", "2026-02-28"))), // a shorter month
            ("2024-02", "2024-02-29", "2023-02", Some(("2023-02-01", "2023-02-28"))), // a leap day
            ("2026-02", "2026-02-28", "2026-01", Some(("2026-01-01", "2026-01-31"))), // over: whole against whole
            ("2026-W53", "2027-01-01", "2026-W52", Some(("2026-12-21", "2026-12-25"))),
            ("2026-11", "2026-10-31", "2025-11", None), // nothing elapsed, nothing to compare
        ];
        for (text, through, other, expect) in cases {
            let window = Window::elapsed(period(text), day(through));
            let same = window.map(|window| window.same_days_of(period(text), period(other)));
            assert_eq!(same, expect.map(|(a, b)| Window { first: day(a), last: day(b) }), "{text} at {through}");
        }
    }
}
