//! Single fields: from text to values, or column and reason.

use super::columns::Layout;
use aisle_domain::geo::Position;
use aisle_domain::money::Amount;
use aisle_domain::org::Role;
use chrono::NaiveDate;
use csv::StringRecord;

/// Longest id taken from a file, bytes.
const ID_BYTES_MAX: usize = 64;

/// A refusal: column and reason.
pub(super) type No = (&'static str, String);

pub(super) fn no<T>(column: &'static str, why: impl Into<String>) -> Result<T, No> {
    Err((column, why.into()))
}

/// A row, read by column.
pub(super) struct Row<'a> {
    pub(super) layout: &'a Layout,
    pub(super) record: &'a StringRecord,
}

impl<'a> Row<'a> {
    pub(super) fn has(&self, column: &'static str) -> bool {
        self.layout.place(column).is_some()
    }

    /// The text of a column without blanks around it; empty when the table has no such column.
    pub(super) fn text(&self, column: &'static str) -> &'a str {
        self.layout.place(column).and_then(|at| self.record.get(at)).unwrap_or_default().trim()
    }

    pub(super) fn filled(&self, column: &'static str) -> Result<&'a str, No> {
        match self.text(column) {
            "" => no(column, "is empty"),
            text => Ok(text),
        }
    }

    pub(super) fn id(&self, column: &'static str) -> Result<&'a str, No> {
        let id = self.filled(column)?;
        let fits = id.len() <= ID_BYTES_MAX && !id.chars().any(|c| c.is_control() || c == '/');
        if fits { Ok(id) } else { no(column, format!("{id:?} is too long or holds a character that ids cannot hold")) }
    }

    /// A whole number from 0 up, where there is one.
    pub(super) fn count(&self, column: &'static str) -> Result<Option<u32>, No> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        let number = Amount::parse(text, 0).ok().and_then(|a| u32::try_from(a.0).ok());
        number.map(Some).ok_or_else(|| (column, format!("{text:?} is no whole number")))
    }
}

/// `2026-11-23`, `2026/11/23`, `20261123`, `2026年11月23日`, and the American `11/23/2026`.
pub(super) fn date(text: &str) -> Result<NaiveDate, No> {
    let parts: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let number = |part: &str| part.parse::<u32>().ok();
    let ymd = match parts.as_slice() {
        [y, m, d] if y.len() == 4 => Some((*y, *m, *d)),
        [m, d, y] if y.len() == 4 && text.contains('/') => Some((*y, *m, *d)),
        [whole] if whole.len() == 8 => Some((&whole[..4], &whole[4..6], &whole[6..])),
        _ => None,
    };
    let day = ymd.and_then(|(y, m, d)| NaiveDate::from_ymd_opt(y.parse().ok()?, number(m)?, number(d)?));
    day.ok_or_else(|| ("date", format!("{text:?} is no date such as 2026-11-23")))
}

/// Digits; spreadsheets add `.0`.
pub(super) fn barcode(text: &str) -> Result<Option<&str>, No> {
    let digits = text.strip_suffix(".0").unwrap_or(text);
    match digits {
        "" => Ok(None),
        _ if digits.bytes().all(|b| b.is_ascii_digit()) => Ok(Some(digits)),
        _ => no("barcode", format!("{text:?} holds more than digits")),
    }
}

pub(super) fn position(row: &Row<'_>) -> Result<Option<Position>, No> {
    let degrees = |column: &'static str| match row.text(column) {
        "" => Ok(None),
        text => text.parse::<f64>().map(Some).map_err(|_| (column, format!("{text:?} is no number of degrees"))),
    };
    match (degrees("latitude")?, degrees("longitude")?) {
        (None, None) => Ok(None),
        (Some(lat), Some(lon)) => match Position::new(lat, lon) {
            Some(position) => Ok(Some(position)),
            None => no("latitude", format!("{lat}, {lon} is no place on Earth")),
        },
        (Some(_), None) => no("longitude", "is empty although there is a latitude"),
        (None, Some(_)) => no("latitude", "is empty although there is a longitude"),
    }
}

/// ISO weekdays such as `1|4`.
pub(super) fn weekdays(text: &str) -> Result<Vec<u8>, No> {
    let parts = text.split(['|', ',', ';', ' ', '/', '、']).filter(|part| !part.is_empty());
    let mut days: Vec<u8> = Vec::new();
    for part in parts {
        match part.parse() {
            Ok(day) if (1..=7).contains(&day) => days.push(day),
            _ => return no("visit_weekdays", format!("{part:?} is no weekday from 1 (Monday) to 7")),
        }
    }
    days.sort_unstable();
    days.dedup();
    Ok(days)
}

pub(super) fn role(word: &str) -> Option<Role> {
    Role::parse(word).or(match word {
        "业务员" => Some(Role::Rep),
        "稽核员" => Some(Role::Auditor),
        "督导" => Some(Role::Supervisor),
        "销售经理" | "经理" => Some(Role::Manager),
        "管理员" => Some(Role::Admin),
        _ => None,
    })
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
    fn small_fields() {
        assert_eq!(barcode("88004036225.0"), Ok(Some("88004036225")));
        assert_eq!(barcode(""), Ok(None));
        assert!(barcode("8.8e10").is_err());
        assert_eq!(weekdays("4|1|4"), Ok(vec![1, 4]));
        assert_eq!(weekdays(""), Ok(vec![]));
        assert!(weekdays("8").is_err());
        assert_eq!((role("督导"), role(" Rep "), role("chief")), (Some(Role::Supervisor), Some(Role::Rep), None));
    }
}
