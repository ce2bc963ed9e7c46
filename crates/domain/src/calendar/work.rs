//! A working calendar as data: weights of weekdays, holidays, and make-up working days (调休).
//!
//! Not here: the calendars themselves (`holidays.rs`).

use super::Period;
use crate::checklist::Text;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A day that is not like its weekday.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holiday {
    /// Its name.
    pub name: Text,
    /// What it weighs in the weekday pattern: nothing where shops are closed, more than a weekday where they sell most.
    /// A holiday is never a working day, whatever it weighs.
    #[serde(default)]
    pub weight: u32,
}

/// Working days and the weight of days, of a country, a region or a company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkCalendar {
    /// Short code, such as `cn` or `us-ia`. Figures name it as their basis.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Weight of Monday to Sunday. A weekday that weighs nothing is no working day.
    pub weekday: [u32; 7],
    /// Holidays by date.
    #[serde(default)]
    pub holidays: BTreeMap<NaiveDate, Holiday>,
    /// Days worked in place of a holiday (调休上班), by date, with the weight they have.
    #[serde(default)]
    pub make_up: BTreeMap<NaiveDate, Holiday>,
    /// First and last year whose holidays are known.
    pub years: (i32, i32),
}

impl WorkCalendar {
    /// A calendar without holidays.
    pub fn plain(id: &str, name: Text, weekday: [u32; 7], years: (i32, i32)) -> Self {
        Self { id: id.into(), name, weekday, holidays: BTreeMap::new(), make_up: BTreeMap::new(), years }
    }

    /// Whether people work on this day: a make-up day, or a weekday with weight that is no holiday.
    pub fn is_working(&self, day: NaiveDate) -> bool {
        self.make_up.contains_key(&day) || (self.of_weekday(day) > 0 && !self.holidays.contains_key(&day))
    }

    /// Weight of a day in the weekday pattern.
    pub fn weight(&self, day: NaiveDate) -> u32 {
        match (self.make_up.get(&day), self.holidays.get(&day)) {
            (Some(make_up), _) => make_up.weight,
            (None, Some(holiday)) => holiday.weight,
            (None, None) => self.of_weekday(day),
        }
    }

    /// The name of the holiday or make-up day, if it is one.
    pub fn named(&self, day: NaiveDate) -> Option<&Text> {
        self.make_up.get(&day).or_else(|| self.holidays.get(&day)).map(|holiday| &holiday.name)
    }

    /// Whether the holidays of the day's year are known. Where they are not, a figure on working days says so.
    pub fn knows(&self, day: NaiveDate) -> bool {
        (self.years.0..=self.years.1).contains(&day.year())
    }

    /// Working days from `first` up to `end`, without `end`.
    pub fn working_days(&self, first: NaiveDate, end: NaiveDate) -> u32 {
        let days = first.iter_days().take_while(|day| *day < end).filter(|day| self.is_working(*day));
        u32::try_from(days.count()).unwrap_or(u32::MAX)
    }

    /// This calendar with a region's or a company's own days laid over it: its weekdays, and its word on every date it
    /// names. A date it names as make-up day is no holiday any more, and the other way round.
    #[must_use]
    pub fn overlaid(&self, region: &Self) -> Self {
        let mut both = Self { holidays: self.holidays.clone(), make_up: self.make_up.clone(), ..region.clone() };
        for (day, holiday) in &region.holidays {
            both.make_up.remove(day);
            both.holidays.insert(*day, holiday.clone());
        }
        for (day, holiday) in &region.make_up {
            both.holidays.remove(day);
            both.make_up.insert(*day, holiday.clone());
        }
        both.years = (self.years.0.max(region.years.0), self.years.1.min(region.years.1));
        both
    }

    fn of_weekday(&self, day: NaiveDate) -> u32 {
        let index = usize::try_from(day.weekday().num_days_from_monday()).unwrap_or(0);
        self.weekday[index % 7]
    }
}

/// The working days of a calendar, without names and weights: all that Today needs to know of it when the app starts, for
/// less code than the calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkDays {
    /// Id of the calendar.
    pub id: String,
    weekday: Vec<bool>,
    holidays: Vec<NaiveDate>,
    make_up: Vec<NaiveDate>,
}

impl WorkDays {
    /// Of a calendar's record; `None` when the record is no [`WorkCalendar`].
    pub fn of_record(fields: &Map<String, Value>) -> Option<Self> {
        let days = |name: &str| -> Option<Vec<NaiveDate>> {
            let Some(days) = fields.get(name) else { return Some(Vec::new()) };
            let day = |text: &String| match Period::parse(text) {
                Some(Period::Day(day)) => Some(day),
                _ => None,
            };
            days.as_object()?.keys().map(day).collect()
        };
        let weekday = fields.get("weekday")?.as_array()?.iter().map(|weight| Some(weight.as_u64()? > 0));
        let weekday: Vec<bool> = weekday.collect::<Option<_>>()?;
        let id = fields.get("id")?.as_str()?.to_owned();
        (weekday.len() == 7).then_some(Self { id, weekday, holidays: days("holidays")?, make_up: days("make_up")? })
    }

    /// As [`WorkCalendar::is_working`].
    pub fn is_working(&self, day: NaiveDate) -> bool {
        let index = usize::try_from(day.weekday().num_days_from_monday()).unwrap_or(0);
        self.make_up.contains(&day) || (self.weekday[index % 7] && !self.holidays.contains(&day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(word: &str) -> Text {
        Text { zh: word.into(), en: word.into() }
    }

    #[test]
    fn working_days_alone_are_those_of_the_calendar() {
        for calendar in crate::calendar::calendars() {
            let Ok(Value::Object(mut fields)) = serde_json::to_value(&calendar) else { panic!("an object") };
            let days = WorkDays::of_record(&fields).expect("a calendar");
            assert_eq!(days.id, calendar.id);
            let first = NaiveDate::from_ymd_opt(calendar.years.0 - 1, 1, 1).expect("a date");
            let all = first.iter_days().take_while(|day| day.year() <= calendar.years.1 + 1);
            assert!(all.clone().count() > 700);
            for day in all {
                assert_eq!(days.is_working(day), calendar.is_working(day), "{} {day}", calendar.id);
            }
            fields["holidays"] = serde_json::json!({"tomorrow": {}});
            assert_eq!(WorkDays::of_record(&fields), None, "no more than a calendar is it read");
        }
        assert_eq!(WorkDays::of_record(&Map::new()), None);
    }

    #[test]
    fn a_region_has_the_last_word() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a date");
        let holiday = |weight| Holiday { name: text("a day"), weight };
        let mut country = WorkCalendar::plain("c", text("c"), [1, 1, 1, 1, 1, 0, 0], (2025, 2027));
        country.holidays.insert(day("2026-04-06"), holiday(0));
        country.make_up.insert(day("2026-04-11"), holiday(1));
        let mut region = WorkCalendar::plain("r", text("r"), [1, 1, 1, 1, 1, 1, 0], (2026, 2026));
        region.make_up.insert(day("2026-04-06"), holiday(3));
        region.holidays.insert(day("2026-04-11"), holiday(9));
        let both = country.overlaid(&region);
        assert!(both.is_working(day("2026-04-06")) && !both.is_working(day("2026-04-11")));
        assert!(both.is_working(day("2026-04-18")), "the region works on Saturdays");
        assert_eq!((both.weight(day("2026-04-06")), both.weight(day("2026-04-11"))), (3, 9));
        assert_eq!((both.id.as_str(), both.years), ("r", (2026, 2026)));
        assert!(both.knows(day("2026-01-01")) && !both.knows(day("2027-01-01")));
    }
}
