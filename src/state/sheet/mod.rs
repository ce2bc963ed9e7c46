//! Tables as files: CSV and XLSX of what a screen shows, made on the device.
//!
//! A [`Sheet`] holds values, not formatted text: amounts stay exact, shares stay shares, so that a spreadsheet can go on
//! computing. Words and column names come from the screen, in its language. The workbook is written here in the plainest
//! form the format has (one sheet, no shared strings, stored and not compressed): no spreadsheet library is needed for that.

mod csv;
mod xlsx;

use crate::platform::{clock, download};
use aisle_domain::money::Amount;
use chrono::NaiveDate;

/// A value of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing is known; an empty cell and never 0.
    Empty,
    /// Words.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// An amount of minor units with so many decimals.
    Amount(Amount, u8),
    /// A share: 0.682 is 68.2 %.
    Share(f64),
    /// A number with decimals, such as percentage points.
    Number(f64),
    /// A day.
    Day(NaiveDate),
}

impl Cell {
    /// A share that may not be there.
    pub fn share(share: Option<f64>) -> Self {
        share.map_or(Self::Empty, Self::Share)
    }

    /// A number that may not be there.
    pub fn number(number: Option<f64>) -> Self {
        number.map_or(Self::Empty, Self::Number)
    }

    /// An amount that may not be there.
    pub fn amount(amount: Option<Amount>, digits: u8) -> Self {
        amount.map_or(Self::Empty, |amount| Self::Amount(amount, digits))
    }
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// Its name, used for the file and the tab of the workbook.
    pub name: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows, as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
    /// What has to be known to read it: period, basis, age of the data. Below the table.
    pub notes: Vec<String>,
}

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated, UTF-8 with a byte order mark, as Excel wants it.
    Csv,
    /// A workbook.
    Xlsx,
}

/// Hands the table over as a file, named after it and today.
pub fn offer(sheet: &Sheet, format: Format) {
    let (end, mime, bytes) = match format {
        Format::Csv => ("csv", "text/csv;charset=utf-8", csv::write(sheet).into_bytes()),
        Format::Xlsx => {
            ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx::write(sheet))
        }
    };
    let name = format!("{}-{}.{end}", file_name(&sheet.name), clock::today());
    let _ = download::offer_bytes(&name, mime, &bytes);
}

/// Prints the page, as `style/screens/print.css` lays it out.
pub fn print() {
    crate::platform::page::print();
}

/// What no file system minds.
fn file_name(name: &str) -> String {
    let keep = |c: char| if c.is_alphanumeric() || c == '-' || c == '.' { c } else { '-' };
    let name: String = name.chars().map(keep).collect();
    name.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// Minor units as a decimal, exactly.
fn decimal(amount: Amount, digits: u8) -> String {
    let digits = usize::from(digits);
    let sign = if amount.0 < 0 { "-" } else { "" };
    let text = format!("{:0>width$}", amount.0.unsigned_abs(), width = digits + 1);
    let (whole, fraction) = text.split_at(text.len() - digits);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_exactly() {
        let cases = [
            (1_234_567, 2, "12345.67"),
            (-5, 2, "-0.05"),
            (0, 2, "0.00"),
            (i64::MIN, 2, "-92233720368547758.08"),
            (42, 0, "42"),
        ];
        for (amount, digits, expect) in cases {
            assert_eq!(decimal(Amount(amount), digits), expect);
        }
    }

    #[test]
    fn names_of_files() {
        assert_eq!(file_name("驾驶舱 · 2026-11 / West & East"), "驾驶舱-2026-11-West-East");
    }
}
