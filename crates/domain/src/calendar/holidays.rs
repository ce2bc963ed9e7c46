//! Public holidays as data: facts, each table with its source. A year that is not here is not guessed.
//!
//! Sources:
//! - China 2025: General Office of the State Council, notice on the arrangement of some holidays of 2025
//!   (国务院办公厅关于2025年部分节假日安排的通知, 12 November 2024).
//! - China 2026: the same office's notice for 2026 (国务院办公厅关于2026年部分节假日安排的通知, 4 November 2025).
//! - United States: 5 U.S.C. § 6103 (a Saturday's holiday is observed on Friday, a Sunday's on Monday).
//! - Iowa: Iowa Code § 1C.2, the holidays of state employees.

use super::work::{Holiday, WorkCalendar};
use crate::checklist::Text;
use chrono::NaiveDate;

/// First and last day of a holiday, and its names.
type Span = (&'static str, &'static str, &'static str, &'static str);

const CHINA: [Span; 13] = [
    ("2025-01-01", "2025-01-01", "元旦", "New Year’s Day"),
    ("2025-01-28", "2025-02-04", "春节", "Spring Festival"),
    ("2025-04-04", "2025-04-06", "清明节", "Qingming Festival"),
    ("2025-05-01", "2025-05-05", "劳动节", "Labour Day"),
    ("2025-05-31", "2025-06-02", "端午节", "Dragon Boat Festival"),
    ("2025-10-01", "2025-10-08", "国庆节、中秋节", "National Day and Mid-Autumn Festival"),
    ("2026-01-01", "2026-01-03", "元旦", "New Year’s Day"),
    ("2026-02-15", "2026-02-23", "春节", "Spring Festival"),
    ("2026-04-04", "2026-04-06", "清明节", "Qingming Festival"),
    ("2026-05-01", "2026-05-05", "劳动节", "Labour Day"),
    ("2026-06-19", "2026-06-21", "端午节", "Dragon Boat Festival"),
    ("2026-09-25", "2026-09-27", "中秋节", "Mid-Autumn Festival"),
    ("2026-10-01", "2026-10-07", "国庆节", "National Day"),
];

/// Days worked in place of a holiday.
const CHINA_MAKE_UP: [(&str, &str, &str); 11] = [
    ("2025-01-26", "春节调休", "Worked for Spring Festival"),
    ("2025-02-08", "春节调休", "Worked for Spring Festival"),
    ("2025-04-27", "劳动节调休", "Worked for Labour Day"),
    ("2025-09-28", "国庆节调休", "Worked for National Day"),
    ("2025-10-11", "国庆节调休", "Worked for National Day"),
    ("2026-01-04", "元旦调休", "Worked for New Year’s Day"),
    ("2026-02-14", "春节调休", "Worked for Spring Festival"),
    ("2026-02-28", "春节调休", "Worked for Spring Festival"),
    ("2026-05-09", "劳动节调休", "Worked for Labour Day"),
    ("2026-09-20", "国庆节调休", "Worked for National Day"),
    ("2026-10-10", "国庆节调休", "Worked for National Day"),
];

const UNITED_STATES: [(&str, &str, &str); 22] = [
    ("2025-01-01", "元旦", "New Year’s Day"),
    ("2025-01-20", "马丁·路德·金纪念日", "Birthday of Martin Luther King, Jr."),
    ("2025-02-17", "华盛顿诞辰", "Washington’s Birthday"),
    ("2025-05-26", "阵亡将士纪念日", "Memorial Day"),
    ("2025-06-19", "六月节", "Juneteenth"),
    ("2025-07-04", "独立日", "Independence Day"),
    ("2025-09-01", "劳工节", "Labor Day"),
    ("2025-10-13", "哥伦布日", "Columbus Day"),
    ("2025-11-11", "退伍军人节", "Veterans Day"),
    ("2025-11-27", "感恩节", "Thanksgiving Day"),
    ("2025-12-25", "圣诞节", "Christmas Day"),
    ("2026-01-01", "元旦", "New Year’s Day"),
    ("2026-01-19", "马丁·路德·金纪念日", "Birthday of Martin Luther King, Jr."),
    ("2026-02-16", "华盛顿诞辰", "Washington’s Birthday"),
    ("2026-05-25", "阵亡将士纪念日", "Memorial Day"),
    ("2026-06-19", "六月节", "Juneteenth"),
    ("2026-07-03", "独立日（补休）", "Independence Day (observed)"),
    ("2026-09-07", "劳工节", "Labor Day"),
    ("2026-10-12", "哥伦布日", "Columbus Day"),
    ("2026-11-11", "退伍军人节", "Veterans Day"),
    ("2026-11-26", "感恩节", "Thanksgiving Day"),
    ("2026-12-25", "圣诞节", "Christmas Day"),
];

/// What Iowa's state employees have beside the federal holidays…
const IOWA_BESIDE: [(&str, &str, &str); 2] = [
    ("2025-11-28", "感恩节翌日", "Friday after Thanksgiving"),
    ("2026-11-27", "感恩节翌日", "Friday after Thanksgiving"),
];

/// … and the federal ones they have not.
const IOWA_WITHOUT: [&str; 6] = ["2025-02-17", "2025-06-19", "2025-10-13", "2026-02-16", "2026-06-19", "2026-10-12"];

const YEARS: (i32, i32) = (2025, 2026);
const MONDAY_TO_FRIDAY: [u32; 7] = [1, 1, 1, 1, 1, 0, 0];

/// 中国法定节假日 2025–2026, with make-up working days.
pub fn china() -> WorkCalendar {
    let mut calendar = WorkCalendar::plain("cn", text("中国", "China"), MONDAY_TO_FRIDAY, YEARS);
    for (first, last, zh, en) in CHINA {
        if let (Some(first), Some(last)) = (date(first), date(last)) {
            for day in first.iter_days().take_while(|day| *day <= last) {
                calendar.holidays.insert(day, Holiday { name: text(zh, en), weight: 0 });
            }
        }
    }
    calendar.make_up = named(&CHINA_MAKE_UP, 1).collect();
    calendar
}

/// Federal holidays of the United States 2025–2026, as observed.
pub fn united_states() -> WorkCalendar {
    let mut calendar = WorkCalendar::plain("us", text("美国", "United States"), MONDAY_TO_FRIDAY, YEARS);
    calendar.holidays = named(&UNITED_STATES, 0).collect();
    calendar
}

/// Holidays of Iowa's state employees 2025–2026, as observed.
pub fn iowa() -> WorkCalendar {
    let mut calendar = united_states();
    (calendar.id, calendar.name) = ("us-ia".into(), text("美国艾奥瓦州", "Iowa"));
    calendar.holidays.extend(named(&IOWA_BESIDE, 0));
    for day in IOWA_WITHOUT.into_iter().filter_map(date) {
        calendar.holidays.remove(&day);
    }
    calendar
}

/// Every calendar that comes with the product.
pub fn calendars() -> Vec<WorkCalendar> {
    vec![china(), united_states(), iowa()]
}

fn named(
    days: &'static [(&'static str, &'static str, &'static str)],
    weight: u32,
) -> impl Iterator<Item = (NaiveDate, Holiday)> {
    days.iter().filter_map(move |(day, zh, en)| Some((date(day)?, Holiday { name: text(zh, en), weight })))
}

fn date(text: &str) -> Option<NaiveDate> {
    text.parse().ok()
}

fn text(zh: &str, en: &str) -> Text {
    Text { zh: zh.into(), en: en.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Period;
    use chrono::{Datelike, Weekday};

    #[test]
    fn working_days_of_a_year() {
        // China: 365 − 104 days of rest − 13 statutory holidays = 248 in either year (since the rule of 2025).
        // United States: 261 weekdays − 11 federal holidays = 250. Iowa: 9 of its own.
        let cases =
            [(china(), 2025, 248), (china(), 2026, 248), (united_states(), 2025, 250), (united_states(), 2026, 250)];
        for (calendar, year, expect) in cases.into_iter().chain([(iowa(), 2025, 252), (iowa(), 2026, 252)]) {
            let year = Period::Year(year);
            assert_eq!(calendar.working_days(year.first(), year.end()), expect, "{} {year}", calendar.id);
        }
    }

    #[test]
    fn the_tables_agree_with_the_week() {
        let china = china();
        assert_eq!((china.holidays.len(), china.make_up.len()), (28 + 33, 11), "every row read");
        for day in china.make_up.keys() {
            assert!(matches!(day.weekday(), Weekday::Sat | Weekday::Sun), "{day} would be worked anyway");
            assert!(!china.holidays.contains_key(day), "{day} is both");
        }
        for (day, holiday) in united_states().holidays.iter().chain(&iowa().holidays) {
            assert!(!matches!(day.weekday(), Weekday::Sat | Weekday::Sun), "{day} {} changes nothing", holiday.name.en);
        }
        assert_eq!(china.named("2026-02-17".parse().expect("a date")).map(|name| name.zh.as_str()), Some("春节"));
    }
}
