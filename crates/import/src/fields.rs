//! Single fields: from text to values, or column and what is wrong.

use crate::columns::Layout;
use aisle_domain::actuals::VALUE_MAX;
use aisle_domain::calendar::Period;
use aisle_domain::geo::Position;
use aisle_domain::metric::{Metric, Unit, standard};
use aisle_domain::money::{Amount, AmountError};
use aisle_domain::org::{Adds, Role};
use aisle_protocol::import::Wrong;
use chrono::{Datelike, NaiveDate};
use csv::StringRecord;

/// Longest id taken from a file, bytes.
const ID_BYTES_MAX: usize = 64;
/// Longest field kept of what is wrong, characters.
const SHOWN_CHARS_MAX: usize = 80;

/// A refusal: column and what is wrong.
pub(crate) type No = (&'static str, Wrong);

pub(crate) fn no<T>(column: &'static str, why: Wrong) -> Result<T, No> {
    Err((column, why))
}

/// As much of a field as a person needs to find it again.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A row, read by column.
pub(crate) struct Row<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) record: &'a StringRecord,
}

impl<'a> Row<'a> {
    pub(crate) fn has(&self, column: &'static str) -> bool {
        self.layout.place(column).is_some()
    }

    /// The text of a column without blanks around it; empty when the table has no such column.
    pub(crate) fn text(&self, column: &str) -> &'a str {
        self.layout.place(column).and_then(|at| self.record.get(at)).unwrap_or_default().trim()
    }

    pub(crate) fn filled(&self, column: &'static str) -> Result<&'a str, No> {
        match self.text(column) {
            "" => no(column, Wrong::Empty),
            text => Ok(text),
        }
    }

    pub(crate) fn id(&self, column: &'static str) -> Result<&'a str, No> {
        let id = self.filled(column)?;
        let fits = id.len() <= ID_BYTES_MAX && !id.chars().any(|c| c.is_control() || c == '/');
        if fits { Ok(id) } else { no(column, Wrong::BadId { value: shown(id) }) }
    }

    /// A whole number from 0 up, where there is one.
    pub(crate) fn count(&self, column: &'static str) -> Result<Option<u32>, No> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        let number = Amount::parse(text, 0).ok().and_then(|a| u32::try_from(a.0).ok());
        number.map(Some).ok_or_else(|| (column, Wrong::NotWhole { value: shown(text) }))
    }

    /// An amount with so many decimals.
    pub(crate) fn amount(&self, column: &'static str, digits: u8) -> Result<Amount, No> {
        let text = self.filled(column)?;
        let value = || shown(text);
        let amount = Amount::parse(text, digits).map_err(|why| match why {
            AmountError::NotANumber => (column, Wrong::NotNumber { value: value() }),
            AmountError::TooPrecise { .. } => (column, Wrong::Decimals { value: value(), digits }),
            AmountError::TooLarge => (column, Wrong::TooLarge { value: value() }),
        })?;
        let fits = amount.0.unsigned_abs() <= VALUE_MAX.unsigned_abs();
        if fits { Ok(amount) } else { no(column, Wrong::TooLarge { value: value() }) }
    }
}

/// `2026-11-23`, `2026/11/23`, `20261123`, `2026年11月23日`, and the American `11/23/2026`.
pub(crate) fn date(text: &str) -> Result<NaiveDate, No> {
    day(text).ok_or_else(|| ("date", Wrong::NotDate { value: shown(text) }))
}

fn parts(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect()
}

fn day(text: &str) -> Option<NaiveDate> {
    let parts = parts(text);
    let number = |part: &str| part.parse::<u32>().ok();
    let (y, m, d) = match parts.as_slice() {
        [y, m, d] if y.len() == 4 => (*y, *m, *d),
        [m, d, y] if y.len() == 4 && text.contains('/') => (*y, *m, *d),
        [whole] if whole.len() == 8 => (&whole[..4], &whole[4..6], &whole[6..]),
        _ => return None,
    };
    NaiveDate::from_ymd_opt(y.parse().ok()?, number(m)?, number(d)?)
}

/// `2026-11`, `2026/11`, `202611`, `2026年11月`, and what a spreadsheet makes of it: the first day of the month.
pub(crate) fn month(text: &str) -> Result<Period, No> {
    let is_plain = |c: char| c.is_ascii_digit() || c.is_whitespace() || "-/.年月日号".contains(c);
    let parts = if text.chars().all(is_plain) { parts(text) } else { Vec::new() };
    let first = match parts.as_slice() {
        [] => None,
        [y, m] if y.len() == 4 => day(&format!("{y}-{m}-1")),
        [m, y] if y.len() == 4 && text.contains('/') => day(&format!("{y}-{m}-1")),
        [whole] if whole.len() == 6 => day(&format!("{}-{}-1", &whole[..4], &whole[4..])),
        _ => day(text).filter(|day| day.day() == 1),
    };
    first.map(Period::month_of).ok_or_else(|| ("month", Wrong::NotMonth { value: shown(text) }))
}

/// A metric by its id or its name in either language; without a word the sales amount. Only what adds up has targets.
pub(crate) fn metric(word: &str) -> Result<Metric, No> {
    let word = if word.is_empty() { "sales" } else { word };
    let is_named = |metric: &Metric| {
        metric.id.as_str().eq_ignore_ascii_case(word)
            || metric.name.zh == word
            || metric.name.en.eq_ignore_ascii_case(word)
    };
    let found = standard().into_iter().find(|metric| metric.adds == Adds::Sum && is_named(metric));
    found.ok_or_else(|| ("metric", Wrong::NotMetric { value: shown(word) }))
}

/// Decimals of a metric's values.
pub(crate) fn digits(metric: &Metric, of_currency: u8) -> u8 {
    if metric.unit == Unit::Money { of_currency } else { 0 }
}

/// Digits; spreadsheets add `.0`.
pub(crate) fn barcode(text: &str) -> Result<Option<&str>, No> {
    let digits = text.strip_suffix(".0").unwrap_or(text);
    match digits {
        "" => Ok(None),
        _ if digits.bytes().all(|b| b.is_ascii_digit()) => Ok(Some(digits)),
        _ => no("barcode", Wrong::NotBarcode { value: shown(text) }),
    }
}

pub(crate) fn position(row: &Row<'_>) -> Result<Option<Position>, No> {
    let degrees = |column: &'static str| match row.text(column) {
        "" => Ok(None),
        text => text.parse::<f64>().map(Some).map_err(|_| (column, Wrong::NotDegrees { value: shown(text) })),
    };
    match (degrees("latitude")?, degrees("longitude")?) {
        (None, None) => Ok(None),
        (Some(lat), Some(lon)) => match Position::new(lat, lon) {
            Some(position) => Ok(Some(position)),
            None => no("latitude", Wrong::NotPlace { value: format!("{lat}, {lon}") }),
        },
        (Some(_), None) => no("longitude", Wrong::HalfPlace),
        (None, Some(_)) => no("latitude", Wrong::HalfPlace),
    }
}

/// ISO weekdays such as `1|4`.
pub(crate) fn weekdays(text: &str) -> Result<Vec<u8>, No> {
    let parts = text.split(['|', ',', ';', ' ', '/', '、']).filter(|part| !part.is_empty());
    let mut days: Vec<u8> = Vec::new();
    for part in parts {
        match part.parse() {
            Ok(day) if (1..=7).contains(&day) => days.push(day),
            _ => return no("visit_weekdays", Wrong::NotWeekday { value: shown(part) }),
        }
    }
    days.sort_unstable();
    days.dedup();
    Ok(days)
}

pub(crate) fn role(word: &str) -> Result<Role, No> {
    let role = Role::parse(word).or(match word {
        "业务员" => Some(Role::Rep),
        "稽核员" => Some(Role::Auditor),
        "督导" => Some(Role::Supervisor),
        "销售经理" | "经理" => Some(Role::Manager),
        "管理员" => Some(Role::Admin),
        _ => None,
    });
    role.ok_or_else(|| ("role", Wrong::NotRole { value: shown(word) }))
}

/// Yes without a word.
pub(crate) fn yes(column: &'static str, word: &str) -> Result<bool, No> {
    match word.to_lowercase().as_str() {
        "" | "1" | "true" | "yes" | "y" | "是" => Ok(true),
        "0" | "false" | "no" | "n" | "否" => Ok(false),
        _ => no(column, Wrong::NotYesNo { value: shown(word) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_files_write_them() {
        for text in ["2018-01-02", "2018/1/2", "20180102", "2018年1月2日", "01/02/2018", "1/2/2018"] {
            assert_eq!(date(text).ok(), NaiveDate::from_ymd_opt(2018, 1, 2), "{text}");
        }
        for text in ["2018-13-01", "02.01.2018", "2018", "", "x", "2018-02-30"] {
            assert!(date(text).is_err(), "{text}");
        }
    }

    #[test]
    fn months_as_files_write_them() {
        for text in ["2026-02", "2026/2", "202602", "2026年2月", "02/2026", "2026-02-01", "2026/2/1", "20260201"] {
            assert_eq!(month(text).ok(), Some(Period::Month(2026, 2)), "{text}");
        }
        for text in ["2026-13", "2026", "", "x", "2026-02-15", "2026-Q1", "02.2026"] {
            assert!(month(text).is_err(), "{text}");
        }
    }

    #[test]
    fn metrics_by_id_and_name() {
        for (word, id) in
            [("", "sales"), ("Sales", "sales"), ("销售额", "sales"), ("回款", "collections"), ("quantity", "quantity")]
        {
            assert_eq!(metric(word).map(|metric| metric.id.to_string()), Ok(id.to_owned()), "{word}");
        }
        for word in ["库存", "distribution", "fame"] {
            assert!(metric(word).is_err(), "{word} has no targets that add up");
        }
    }

    #[test]
    fn small_fields() {
        assert_eq!(barcode("88004036225.0"), Ok(Some("88004036225")));
        assert_eq!(barcode(""), Ok(None));
        assert!(barcode("8.8e10").is_err());
        assert_eq!(weekdays("4|1|4"), Ok(vec![1, 4]));
        assert_eq!(weekdays(""), Ok(vec![]));
        assert!(weekdays("8").is_err());
        assert_eq!(
            (role("督导").ok(), role(" Rep ").ok(), role("chief").ok()),
            (Some(Role::Supervisor), Some(Role::Rep), None)
        );
        assert_eq!((yes("active", "是"), yes("active", ""), yes("active", "No")), (Ok(true), Ok(true), Ok(false)));
        assert!(yes("active", "perhaps").is_err());
        let long = "长".repeat(100);
        assert_eq!(shown(&long).chars().count(), 81);
    }
}
