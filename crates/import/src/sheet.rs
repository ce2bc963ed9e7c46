//! From the bytes of a file to rows of text: CSV in several encodings, or the first sheet of a workbook that holds anything.

use crate::FileError;
use aisle_protocol::import::Wrong;
use calamine::{Data, Reader, Xlsx, XlsxError};
use chrono::{Duration, NaiveDate};
use csv::StringRecord;
use encoding_rs::{Encoding, GB18030, UTF_8, WINDOWS_1252};
use std::io::Cursor;

/// A file's rows as text.
#[derive(Debug)]
pub struct Sheet {
    /// Its name without the folder.
    pub file: String,
    /// How it was read: an encoding, or `XLSX`.
    pub encoding: &'static str,
    /// Headers, without blanks around them.
    pub headers: Vec<String>,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// Text with its headers.
    Text { text: String, delimiter: u8 },
    /// Rows below the headers, each with its number.
    Cells(Vec<(u64, StringRecord)>),
}

/// A row with its line or number, from 1 as editors and spreadsheets count.
#[derive(Debug)]
pub struct Numbered {
    /// Where it begins.
    pub line: u64,
    /// Its fields, or why it cannot be read.
    pub fields: Result<StringRecord, Wrong>,
}

/// What a workbook, and any other zip archive, begins with.
const ZIP: &[u8] = b"PK\x03\x04";
/// What Excel's older files, and those with a password, begin with.
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Reads a file. A workbook is recognised by its first bytes, everything else is text. UTF-8, with or without byte order
/// mark, and GB18030 are recognised; what is neither is read as windows-1252, a superset of latin-1, unless another
/// encoding is named.
///
/// # Errors
/// When it is no table, is protected by a password, or holds nothing.
pub fn read(file: &str, bytes: &[u8], encoding: Option<&str>) -> Result<Sheet, FileError> {
    if bytes.is_empty() {
        return Err(FileError::Empty);
    }
    if bytes.starts_with(COMPOUND) {
        return Err(if is_encrypted(bytes) { FileError::Protected } else { FileError::OldWorkbook });
    }
    if bytes.starts_with(ZIP) { workbook(file, bytes) } else { text(file, bytes, encoding) }
}

/// Whether a compound file is a wrapped workbook: it holds a stream of this name, in UTF-16.
fn is_encrypted(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(name.len()).any(|window| window == name)
}

fn text(file: &str, bytes: &[u8], encoding: Option<&str>) -> Result<Sheet, FileError> {
    let named = encoding
        .map(|name| Encoding::for_label(name.as_bytes()).ok_or_else(|| FileError::BadEncoding(name.to_owned())));
    let (text, encoding) = decode(bytes, named.transpose()?);
    if text.contains('\0') {
        return Err(FileError::NotATable);
    }
    if text.trim().is_empty() {
        return Err(FileError::Empty);
    }
    // One way of ending lines: with two characters the reader counts them wrong.
    let text = if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text };
    let delimiter = delimiter(&text);
    let source = Source::Text { text, delimiter };
    let mut sheet = Sheet { file: file.to_owned(), encoding, headers: Vec::new(), source };
    let headers = sheet.csv().and_then(|mut csv| csv.headers().ok().cloned()).unwrap_or_default();
    sheet.headers = headers.iter().map(|header| header.trim().to_owned()).collect();
    Ok(sheet)
}

fn decode(bytes: &[u8], named: Option<&'static Encoding>) -> (String, &'static str) {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return (encoding.decode(bytes).0.into_owned(), encoding.name());
    }
    if let Some(encoding) = named {
        return (encoding.decode(bytes).0.into_owned(), encoding.name());
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.to_owned(), UTF_8.name());
    }
    let chinese = GB18030.decode_without_bom_handling_and_without_replacement(bytes).filter(|_| looks_chinese(bytes));
    match chinese {
        Some(text) => (text.into_owned(), GB18030.name()),
        None => (WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(), WINDOWS_1252.name()),
    }
}

/// Chinese text has its high bytes in pairs; in western text a letter with an accent stands among others without.
fn looks_chinese(bytes: &[u8]) -> bool {
    let (mut pairs, mut single, mut at) = (0_usize, 0_usize, 0);
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (0xa1..=0xf7, Some(0xa1..=0xfe)) => {
                pairs += 1;
                at += 2;
            }
            (0x80.., _) => {
                single += 1;
                at += 1;
            }
            _ => at += 1,
        }
    }
    pairs > 4 * single
}

/// The one of comma, semicolon and tab that the first line holds most of.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |delimiter: u8| first.bytes().filter(|b| *b == delimiter).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|d| count(*d)).unwrap_or(b',')
}

fn workbook(file: &str, bytes: &[u8]) -> Result<Sheet, FileError> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|why| match why {
        XlsxError::Password => FileError::Protected,
        _ => FileError::NotATable,
    })?;
    for name in book.sheet_names() {
        let range = book.worksheet_range(&name).map_err(|_| FileError::NotATable)?;
        let first = range.start().map_or(0, |(row, _)| u64::from(row));
        let mut rows = range.rows().zip(first + 1..).map(|(cells, number)| (number, cells.iter().map(cell).collect()));
        let Some((_, headers)) = rows.find(|(_, record): &(u64, StringRecord)| !is_blank(record)) else { continue };
        let mut headers: Vec<String> = headers.iter().map(|header| header.trim().to_owned()).collect();
        let width = headers.iter().rposition(|header| !header.is_empty()).map_or(0, |last| last + 1);
        headers.truncate(width);
        // Cells right of the last heading are notes at the margin, as far as they are blank.
        let cut = |record: StringRecord| match record.iter().skip(width).all(|field| field.trim().is_empty()) {
            true => record.iter().take(width).collect(),
            false => record,
        };
        let rows = rows.filter(|(_, record)| !is_blank(record)).map(|(number, record)| (number, cut(record))).collect();
        return Ok(Sheet { file: file.to_owned(), encoding: "XLSX", headers, source: Source::Cells(rows) });
    }
    Err(FileError::Empty)
}

fn is_blank(record: &StringRecord) -> bool {
    record.iter().all(|field| field.trim().is_empty())
}

/// A cell as a person would type it.
fn cell(data: &Data) -> String {
    match data {
        Data::Empty => String::new(),
        Data::String(text) => text.clone(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => decimal(*number),
        Data::Bool(yes) => yes.to_string(),
        Data::DateTime(date) if date.is_datetime() => day(date.as_f64()),
        Data::DateTime(date) => decimal(date.as_f64()),
        Data::DateTimeIso(text) => text.split('T').next().unwrap_or_default().to_owned(),
        Data::DurationIso(text) => text.clone(),
        Data::Error(error) => error.to_string(),
    }
}

/// The shortest decimal that is this number, never with an exponent. Spreadsheets know 15 digits: what sums of decimals
/// leave behind the fifteenth is none of anybody's doing.
fn decimal(number: f64) -> String {
    let whole = number.abs().max(1.0).log10() as usize + 1;
    let places = 15_usize.saturating_sub(whole);
    let text = format!("{number:.places$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// Days since 1899-12-30, with the time of day as fraction.
fn day(serial: f64) -> String {
    let days = NaiveDate::from_ymd_opt(1899, 12, 30).zip(Duration::try_days(serial.floor() as i64));
    let day = days.and_then(|(first, days)| first.checked_add_signed(days));
    day.map_or_else(|| decimal(serial), |day| day.to_string())
}

impl Sheet {
    /// A table that did not come as a file.
    pub fn of(file: String, headers: Vec<String>, rows: impl IntoIterator<Item = Vec<String>>) -> Self {
        let rows = rows.into_iter().zip(0..).map(|(fields, at)| (at, StringRecord::from(fields))).collect();
        Self { file, encoding: "UTF-8", headers, source: Source::Cells(rows) }
    }

    fn csv(&self) -> Option<csv::Reader<&[u8]>> {
        match &self.source {
            Source::Text { text, delimiter } => {
                Some(csv::ReaderBuilder::new().delimiter(*delimiter).flexible(true).from_reader(text.as_bytes()))
            }
            Source::Cells(_) => None,
        }
    }

    /// Rows below the headers. Those without anything in them are left out: they say nothing.
    pub fn rows(&self) -> Box<dyn Iterator<Item = Numbered> + '_> {
        match &self.source {
            Source::Cells(rows) => {
                Box::new(rows.iter().map(|(line, record)| Numbered { line: *line, fields: Ok(record.clone()) }))
            }
            Source::Text { text, .. } => {
                Box::new(self.csv().into_iter().flat_map(csv::Reader::into_records).filter_map(|record| match record {
                    Ok(record) if is_blank(&record) => None,
                    Ok(record) => Some(Numbered { line: line_of(text, record.position()), fields: Ok(record) }),
                    Err(error) => {
                        Some(Numbered { line: line_of(text, error.position()), fields: Err(Wrong::Unreadable) })
                    }
                }))
            }
        }
    }

    /// How many rows there may be: a bar has to have an end. Lines of text are counted, so that a field of several lines
    /// counts more than once.
    pub fn len_about(&self) -> u64 {
        match &self.source {
            Source::Cells(rows) => rows.len() as u64,
            Source::Text { text, .. } => text.lines().count().saturating_sub(1) as u64,
        }
    }
}

/// The line on which a record begins: where the one before it ended, and past the empty lines between them.
fn line_of(text: &str, position: Option<&csv::Position>) -> u64 {
    position.map_or(0, |position| {
        let rest = usize::try_from(position.byte()).ok().and_then(|at| text.as_bytes().get(at..));
        position.line() + rest.map_or(0, |rest| rest.iter().take_while(|byte| **byte == b'\n').count() as u64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_as_they_are_met() {
        let cases: [(&[u8], &str, &str); 6] = [
            (b"caf\xc3\xa9", "café", "UTF-8"),
            (b"\xef\xbb\xbfcaf\xc3\xa9", "café", "UTF-8"), // byte order mark
            (b"caf\xe9 \x80", "café €", "windows-1252"),
            (b"\xff\xfea\0", "a", "UTF-16LE"),
            (b"\xc3\xc5\xb5\xea,\xc4\xbf\xb1\xea", "门店,目标", "gb18030"),
            // Letters with accents beside each other now and then are no Chinese.
            (
                b"cr\xe8me br\xfbl\xe9e \xe0 la fran\xe7aise, No\xebl",
                "crème brûlée à la française, Noël",
                "windows-1252",
            ),
        ];
        for (bytes, text, encoding) in cases {
            assert_eq!(decode(bytes, None), (text.to_owned(), encoding), "{bytes:?}");
        }
        let chinese = decode(b"\xc3\xc5\xb5\xea", Encoding::for_label(b"gb18030"));
        assert_eq!(chinese.0, "门店");
    }

    #[test]
    fn delimiters() {
        for (line, expect) in [("a,b;c,d", b','), ("a;b;c", b';'), ("a\tb", b'\t'), ("a", b','), ("\n\na;b", b';')] {
            assert_eq!(delimiter(line), expect, "{line:?}");
        }
    }

    #[test]
    fn numbers_of_cells() {
        let cases = [
            (12.0, "12"),
            (-3.5, "-3.5"),
            (0.1 + 0.2, "0.3"), // what a formula leaves
            (1_234_567.89, "1234567.89"),
            (123_456_789_012.0, "123456789012"),
            (1e15, "1000000000000000"),
            (0.0, "0"),
            (1e-7, "0.0000001"),
        ];
        for (number, expect) in cases {
            assert_eq!(decimal(number), expect);
        }
        assert_eq!(day(46_327.75), "2026-11-01", "the time of day says nothing");
    }

    #[test]
    fn files_that_are_no_tables() {
        let mut protected = COMPOUND.to_vec();
        protected.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
        let cases: [(&[u8], FileError); 7] = [
            (b"", FileError::Empty),
            (b"\xef\xbb\xbf\r\n \n", FileError::Empty),
            (&protected, FileError::Protected),
            (COMPOUND, FileError::OldWorkbook),
            (b"PK\x03\x04 no archive", FileError::NotATable),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", FileError::NotATable),
            (b"%PDF-1.4\n\0", FileError::NotATable),
        ];
        for (bytes, expect) in cases {
            assert_eq!(read("x", bytes, None).expect_err("refused"), expect, "{bytes:?}");
        }
        assert_eq!(
            read("x", b"a", Some("klingon")).expect_err("refused"),
            FileError::BadEncoding("klingon".to_owned())
        );
    }

    #[test]
    fn rows_keep_their_lines_and_blank_ones_say_nothing() {
        let sheet = read("x", b"\xef\xbb\xbf a , b \r\n1,2\r\n,\r\n\r\n\"x\ny\",3\r\n4\r\n", None).expect("a sheet");
        assert_eq!(sheet.headers, ["a", "b"]);
        let rows: Vec<(u64, Vec<String>)> =
            sheet.rows().map(|row| (row.line, row.fields.expect("text").iter().map(str::to_owned).collect())).collect();
        let row = |line, fields: &[&str]| (line, fields.iter().map(|f| (*f).to_owned()).collect());
        assert_eq!(rows, [row(2, &["1", "2"]), row(5, &["x\ny", "3"]), row(7, &["4"])]);
    }
}
