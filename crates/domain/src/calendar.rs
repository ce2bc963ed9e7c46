//! Periods, and the weight of their days.

use crate::org::DayBasis;
use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A stretch of days with a name: a year, a month or a day. Written `2026`, `2026-11`, `2026-11-23`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Period {
    /// A calendar year.
    Year(i32),
    /// A calendar month, 1 to 12.
    Month(i32, u32),
    /// One day.
    Day(NaiveDate),
}

impl Period {
    /// The month that holds the day.
    pub fn month_of(day: NaiveDate) -> Self {
        Self::Month(day.year(), day.month())
    }

    /// The year that holds the day.
    pub fn year_of(day: NaiveDate) -> Self {
        Self::Year(day.year())
    }

    /// Reads `2026`, `2026-11` or `2026-11-23`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let year: i32 = parts.next()?.parse().ok()?;
        let month: Option<u32> = parts.next().map(str::parse).transpose().ok()?;
        let day: Option<u32> = parts.next().map(str::parse).transpose().ok()?;
        if parts.next().is_some() {
            return None;
        }
        match (month, day) {
            (None, _) => NaiveDate::from_ymd_opt(year, 1, 1).map(|_| Self::Year(year)),
            (Some(month), None) => NaiveDate::from_ymd_opt(year, month, 1).map(|_| Self::Month(year, month)),
            (Some(month), Some(day)) => NaiveDate::from_ymd_opt(year, month, day).map(Self::Day),
        }
    }

    /// First day.
    pub fn first(self) -> NaiveDate {
        match self {
            Self::Year(year) => NaiveDate::from_ymd_opt(year, 1, 1),
            Self::Month(year, month) => NaiveDate::from_ymd_opt(year, month, 1),
            Self::Day(day) => Some(day),
        }
        .unwrap_or(NaiveDate::MIN)
    }

    /// The day after the last.
    pub fn end(self) -> NaiveDate {
        let first = self.first();
        match self {
            Self::Year(_) => first.checked_add_months(Months::new(12)),
            Self::Month(..) => first.checked_add_months(Months::new(1)),
            Self::Day(_) => first.checked_add_days(Days::new(1)),
        }
        .unwrap_or(NaiveDate::MAX)
    }

    /// Its days, in order.
    pub fn days(self) -> impl Iterator<Item = NaiveDate> {
        let end = self.end();
        self.first().iter_days().take_while(move |day| *day < end)
    }

    /// Whether the day lies in it.
    pub fn contains(self, day: NaiveDate) -> bool {
        self.first() <= day && day < self.end()
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Year(year) => write!(f, "{year:04}"),
            Self::Month(year, month) => write!(f, "{year:04}-{month:02}"),
            Self::Day(day) => write!(f, "{day}"),
        }
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

impl TryFrom<String> for Period {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is no period such as 2026 or 2026-11"))
    }
}

impl DayBasis {
    /// Weight of one day on this basis.
    pub fn weight(self, day: NaiveDate) -> u32 {
        match self {
            Self::Calendar => 1,
            Self::Working => u32::from(!matches!(day.weekday(), Weekday::Sat | Weekday::Sun)),
        }
    }
}

/// Weight of a period's days and of those that have passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeGone {
    /// Weight of the days up to and including the data-through day.
    pub elapsed: u32,
    /// Weight of all days.
    pub total: u32,
}

impl TimeGone {
    /// Weighs the period at a data-through day, which counts as elapsed (PRODUCT.md §2). Before the period nothing
    /// has elapsed; after it everything has.
    pub fn at(period: Period, data_through: NaiveDate, basis: DayBasis) -> Self {
        let (mut elapsed, mut total) = (0, 0);
        for day in period.days() {
            let weight = basis.weight(day);
            total += weight;
            if day <= data_through {
                elapsed += weight;
            }
        }
        Self { elapsed, total }
    }

    /// Elapsed as a share of all; `None` for a period without weight.
    pub fn share(self) -> Option<f64> {
        (self.total > 0).then(|| f64::from(self.elapsed) / f64::from(self.total))
    }

    /// Weight of the days to come.
    pub fn remaining(self) -> u32 {
        self.total - self.elapsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn periods_read_as_they_are_written() {
        for text in ["2026", "2026-11", "2024-02-29"] {
            assert_eq!(Period::parse(text).expect("a period").to_string(), text);
        }
        for text in ["", "2026-13", "2023-02-29", "2026-1-1-1", "Nov"] {
            assert_eq!(Period::parse(text), None, "{text:?}");
        }
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
        ];
        for (period, through, basis, elapsed, total) in cases {
            let gone = TimeGone::at(Period::parse(period).expect("a period"), day(through), basis);
            assert_eq!(gone, TimeGone { elapsed, total }, "{period} at {through} {basis:?}");
        }
    }
}
