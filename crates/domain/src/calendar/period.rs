//! Periods: a year, a quarter, a month, an ISO week or a day, with its days and its neighbours.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A stretch of days with a name. Written `2026`, `2026-Q4`, `2026-11`, `2026-W48`, `2026-11-23`.
///
/// Years, quarters, months and days form the tree along which targets are split. A week is a view over its seven
/// days: it may lie in two months and in two years, so it is never split into and no period is made of weeks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Period {
    /// A calendar year.
    Year(i32),
    /// A quarter of a calendar year, 1 to 4.
    Quarter(i32, u32),
    /// A calendar month, 1 to 12.
    Month(i32, u32),
    /// An ISO 8601 week, Monday to Sunday: the ISO year and the week, 1 to 53.
    Week(i32, u32),
    /// One day.
    Day(NaiveDate),
}

/// The kind of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PeriodKind {
    /// 年.
    Year,
    /// 季.
    Quarter,
    /// 月.
    Month,
    /// 周.
    Week,
    /// 日.
    Day,
}

impl PeriodKind {
    /// Every kind, longest first, as the switch on the targets screen shows them.
    pub const ALL: [Self; 5] = [Self::Year, Self::Quarter, Self::Month, Self::Week, Self::Day];

    /// The word used in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Quarter => "quarter",
            Self::Month => "month",
            Self::Week => "week",
            Self::Day => "day",
        }
    }

    /// Reads the word used in files and on the command line.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The period of this kind that holds the day.
    pub fn holding(self, day: NaiveDate) -> Period {
        match self {
            Self::Year => Period::year_of(day),
            Self::Quarter => Period::quarter_of(day),
            Self::Month => Period::month_of(day),
            Self::Week => Period::week_of(day),
            Self::Day => Period::Day(day),
        }
    }
}

impl Period {
    /// The year that holds the day.
    pub fn year_of(day: NaiveDate) -> Self {
        Self::Year(day.year())
    }

    /// The quarter that holds the day.
    pub fn quarter_of(day: NaiveDate) -> Self {
        Self::Quarter(day.year(), day.month0() / 3 + 1)
    }

    /// The month that holds the day.
    pub fn month_of(day: NaiveDate) -> Self {
        Self::Month(day.year(), day.month())
    }

    /// The ISO week that holds the day. Its year may differ from the day's: 2027-01-01 lies in `2026-W53`.
    pub fn week_of(day: NaiveDate) -> Self {
        let week = day.iso_week();
        Self::Week(week.year(), week.week())
    }

    /// Reads `2026`, `2026-Q4`, `2026-11`, `2026-W48` or `2026-11-23`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let year: i32 = parts.next()?.parse().ok()?;
        let (second, third) = (parts.next(), parts.next());
        if parts.next().is_some() {
            return None;
        }
        let period = match (second, third) {
            (None, _) => Self::Year(year),
            (Some(part), None) => {
                if let Some(quarter) = part.strip_prefix('Q') {
                    Self::Quarter(year, quarter.parse().ok()?)
                } else if let Some(week) = part.strip_prefix('W') {
                    Self::Week(year, week.parse().ok()?)
                } else {
                    Self::Month(year, part.parse().ok()?)
                }
            }
            (Some(month), Some(day)) => {
                Self::Day(NaiveDate::from_ymd_opt(year, month.parse().ok()?, day.parse().ok()?)?)
            }
        };
        period.first_day().map(|_| period)
    }

    /// Which kind it is.
    pub fn kind(self) -> PeriodKind {
        match self {
            Self::Year(_) => PeriodKind::Year,
            Self::Quarter(..) => PeriodKind::Quarter,
            Self::Month(..) => PeriodKind::Month,
            Self::Week(..) => PeriodKind::Week,
            Self::Day(_) => PeriodKind::Day,
        }
    }

    /// The first day, or nothing when the calendar has no such period (`2026-13`, `2025-W53`).
    fn first_day(self) -> Option<NaiveDate> {
        match self {
            Self::Year(year) => NaiveDate::from_ymd_opt(year, 1, 1),
            Self::Quarter(year, quarter @ 1..=4) => NaiveDate::from_ymd_opt(year, quarter * 3 - 2, 1),
            Self::Quarter(..) => None,
            Self::Month(year, month) => NaiveDate::from_ymd_opt(year, month, 1),
            Self::Week(year, week) => NaiveDate::from_isoywd_opt(year, week, Weekday::Mon),
            Self::Day(day) => Some(day),
        }
    }

    /// First day.
    pub fn first(self) -> NaiveDate {
        self.first_day().unwrap_or(NaiveDate::MIN)
    }

    /// The day after the last.
    pub fn end(self) -> NaiveDate {
        let first = self.first();
        match self {
            Self::Year(_) => first.checked_add_months(Months::new(12)),
            Self::Quarter(..) => first.checked_add_months(Months::new(3)),
            Self::Month(..) => first.checked_add_months(Months::new(1)),
            Self::Week(..) => first.checked_add_days(Days::new(7)),
            Self::Day(_) => first.checked_add_days(Days::new(1)),
        }
        .unwrap_or(NaiveDate::MAX)
    }

    /// Last day.
    pub fn last(self) -> NaiveDate {
        self.end().pred_opt().unwrap_or(NaiveDate::MIN)
    }

    /// Number of days.
    pub fn len_days(self) -> u32 {
        u32::try_from((self.end() - self.first()).num_days()).unwrap_or(0)
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

    /// Whether they have a day in common.
    pub fn touches(self, other: Self) -> bool {
        self.first() < other.end() && other.first() < self.end()
    }

    /// Whether the other period lies in it whole.
    pub fn covers(self, other: Self) -> bool {
        self.first() <= other.first() && other.end() <= self.end()
    }

    /// The periods of a shorter kind that tile it: `Year` into quarters, months or days, `Quarter` into months or days,
    /// `Month` and `Week` into days. Empty when it cannot be tiled that way; nothing is tiled by weeks.
    pub fn split_into(self, kind: PeriodKind) -> Vec<Self> {
        if kind <= self.kind()
            || kind == PeriodKind::Week
            || (self.kind() == PeriodKind::Week && kind != PeriodKind::Day)
        {
            return Vec::new();
        }
        let mut tiles = Vec::new();
        let mut day = self.first();
        while day < self.end() {
            let tile = kind.holding(day);
            tiles.push(tile);
            day = tile.end();
        }
        tiles
    }

    /// The period of the same kind just before (环比).
    pub fn previous(self) -> Option<Self> {
        Some(self.kind().holding(self.first().pred_opt()?))
    }

    /// The period of the same kind just after.
    pub fn next(self) -> Self {
        self.kind().holding(self.end())
    }

    /// The same period of the year before (同比): the same quarter, month, week number or date. Week 53 is compared with
    /// the last week of a year that has only 52; 29 February with 28 February.
    pub fn year_before(self) -> Option<Self> {
        Some(match self {
            Self::Year(year) => Self::Year(year - 1),
            Self::Quarter(year, quarter) => Self::Quarter(year - 1, quarter),
            Self::Month(year, month) => Self::Month(year - 1, month),
            Self::Week(year, week) => {
                let same = Self::Week(year - 1, week);
                if same.first_day().is_some() { same } else { Self::Week(year - 1, week - 1) }
            }
            Self::Day(day) => Self::Day(day.checked_sub_months(Months::new(12))?),
        })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Year(year) => write!(f, "{year:04}"),
            Self::Quarter(year, quarter) => write!(f, "{year:04}-Q{quarter}"),
            Self::Month(year, month) => write!(f, "{year:04}-{month:02}"),
            Self::Week(year, week) => write!(f, "{year:04}-W{week:02}"),
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
        Self::parse(&text).ok_or_else(|| format!("{text:?} is no period such as 2026, 2026-Q4, 2026-11 or 2026-W48"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn period(text: &str) -> Period {
        Period::parse(text).expect("a period")
    }

    #[test]
    fn periods_read_as_they_are_written() {
        for text in ["2026", "2026-Q4", "2026-11", "2026-W01", "2026-W53", "2024-02-29"] {
            assert_eq!(period(text).to_string(), text);
        }
        for text in ["", "2026-13", "2026-Q0", "2026-Q5", "2025-W53", "2026-W00", "2023-02-29", "2026-1-1-1", "Nov"] {
            assert_eq!(Period::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn first_and_last_day_by_hand() {
        let cases = [
            ("2024", "2024-01-01", "2024-12-31", 366),
            ("2026-Q4", "2026-10-01", "2026-12-31", 92),
            ("2024-02", "2024-02-01", "2024-02-29", 29),
            ("2026-W53", "2026-12-28", "2027-01-03", 7), // a week across two years
            ("2025-W01", "2024-12-30", "2025-01-05", 7), // and one that began in the year before
            ("2026-11-23", "2026-11-23", "2026-11-23", 1),
        ];
        for (text, first, last, days) in cases {
            let period = period(text);
            assert_eq!((period.first().to_string(), period.last().to_string()), (first.into(), last.into()), "{text}");
            assert_eq!((period.len_days(), period.days().count()), (days, days as usize), "{text}");
        }
    }

    #[test]
    fn periods_that_touch_by_hand() {
        let cases = [
            ("2026-11", "2026-11", true),
            ("2026", "2026-11", true),
            ("2026-W53", "2027-01", true), // by its last three days
            ("2026-11", "2026-11-30", true),
            ("2026-11", "2026-12-01", false),
            ("2026-Q3", "2026-Q4", false),
        ];
        for (one, other, expect) in cases {
            assert_eq!(period(one).touches(period(other)), expect, "{one} and {other}");
            assert_eq!(period(other).touches(period(one)), expect, "{other} and {one}");
        }
    }

    #[test]
    fn neighbours_by_hand() {
        let cases = [
            ("2026", Some("2025"), Some("2025")),
            ("2026-Q1", Some("2025-Q4"), Some("2025-Q1")),
            ("2026-01", Some("2025-12"), Some("2025-01")),
            ("2026-W01", Some("2025-W52"), Some("2025-W01")),
            ("2026-W53", Some("2026-W52"), Some("2025-W52")), // 2025 has no week 53
            ("2024-02-29", Some("2024-02-28"), Some("2023-02-28")),
        ];
        for (text, before, year_before) in cases {
            let period = period(text);
            assert_eq!(period.previous().map(|p| p.to_string()).as_deref(), before, "{text}");
            assert_eq!(period.year_before().map(|p| p.to_string()).as_deref(), year_before, "{text}");
            assert_eq!(period.previous().map(Period::next), Some(period), "{text}");
        }
    }

    #[test]
    fn tiles_by_hand() {
        use PeriodKind::{Day, Month, Quarter, Week, Year};
        let cases = [
            ("2026", Quarter, 4),
            ("2026", Month, 12),
            ("2024", Day, 366),
            ("2026-Q4", Month, 3),
            ("2026-11", Day, 30),
            ("2026-W53", Day, 7),
            ("2026-W53", Month, 0), // a week is a view over days
            ("2026-11", Week, 0),   // and nothing is made of weeks
            ("2026-11", Month, 0),
            ("2026-11", Year, 0),
        ];
        for (text, kind, count) in cases {
            assert_eq!(period(text).split_into(kind).len(), count, "{text} into {kind:?}");
        }
    }

    proptest! {
        #[test]
        fn tiles_have_no_gap_and_no_overlap(year in 1990i32..2100, month in 1u32..=12, from in 0usize..4, into in 0usize..5) {
            let first = NaiveDate::from_ymd_opt(year, month, 1).expect("a month");
            let kinds = [PeriodKind::Year, PeriodKind::Quarter, PeriodKind::Month, PeriodKind::Week];
            let period = kinds[from].holding(first);
            let tiles = period.split_into(PeriodKind::ALL[into]);
            if let (Some(head), Some(tail)) = (tiles.first(), tiles.last()) {
                prop_assert_eq!((head.first(), tail.end()), (period.first(), period.end()));
                prop_assert!(tiles.windows(2).all(|pair| pair[0].end() == pair[1].first()));
            }
        }
    }
}
