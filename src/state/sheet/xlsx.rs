//! A workbook of one sheet (ECMA-376): six small XML parts in a zip archive that stores and does not compress.

use super::{Cell, Sheet, decimal};
use chrono::NaiveDate;
use std::fmt::Write as _;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;

const TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>"#;

const RELS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;

const BOOK_RELS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;

/// Formats by number: 0 plain, 1 heading, 2 whole, 3 with two decimals, 4 percent, 5 day.
const STYLES: &str = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="2"><numFmt numFmtId="164" formatCode="0.0%"/><numFmt numFmtId="165" formatCode="yyyy\-mm\-dd"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="6"><xf/><xf fontId="1" applyFont="1"/><xf numFmtId="3" applyNumberFormat="1"/><xf numFmtId="4" applyNumberFormat="1"/><xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/></cellXfs></styleSheet>"#;

/// The table as a workbook.
pub(super) fn write(sheet: &Sheet) -> Vec<u8> {
    let part = |xml: &str| format!("{HEAD}{xml}").into_bytes();
    let mut zip = Zip::default();
    zip.add("[Content_Types].xml", &part(TYPES));
    zip.add("_rels/.rels", &part(RELS));
    zip.add("xl/workbook.xml", &part(&book(&sheet.name)));
    zip.add("xl/_rels/workbook.xml.rels", &part(BOOK_RELS));
    zip.add("xl/styles.xml", &part(STYLES));
    zip.add("xl/worksheets/sheet1.xml", &part(&body(sheet)));
    zip.finish()
}

fn book(name: &str) -> String {
    // A tab's name has at most 31 characters and none of these.
    let name: String = name.chars().filter(|c| !"[]:*?/\\'".contains(*c)).take(31).collect();
    let name = if name.trim().is_empty() { "Aisle".to_owned() } else { escape(&name) };
    format!(
        r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>"#
    )
}

fn body(sheet: &Sheet) -> String {
    let mut xml = String::from(
        r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>"#,
    );
    for (at, name) in sheet.columns.iter().enumerate() {
        let width = if at == 0 { 28 } else { (name.chars().count() + 4).clamp(12, 30) };
        let _ = write!(xml, r#"<col min="{0}" max="{0}" width="{width}" customWidth="1"/>"#, at + 1);
    }
    xml.push_str("</cols><sheetData>");
    let mut number = 0;
    let mut row = |cells: &mut dyn Iterator<Item = String>| {
        number += 1;
        let _ = write!(xml, r#"<row r="{number}">"#);
        for (at, cell) in cells.enumerate() {
            xml.push_str(&cell.replacen("<c", &format!(r#"<c r="{}{number}""#, letters(at)), 1));
        }
        xml.push_str("</row>");
    };
    row(&mut sheet.columns.iter().map(|name| words(name, 1)));
    for cells in &sheet.rows {
        row(&mut cells.iter().map(cell));
    }
    if !sheet.notes.is_empty() {
        row(&mut std::iter::empty());
    }
    for note in &sheet.notes {
        row(&mut std::iter::once(words(note, 0)));
    }
    xml.push_str("</sheetData></worksheet>");
    xml
}

/// The name of a column: A … Z, AA …
fn letters(at: usize) -> String {
    let letter = char::from(b'A' + (at % 26) as u8);
    if at < 26 { letter.to_string() } else { format!("{}{letter}", letters(at / 26 - 1)) }
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Empty => "<c/>".to_owned(),
        Cell::Text(text) => words(text, 0),
        Cell::Whole(number) => value(&number.to_string(), 2),
        Cell::Amount(amount, digits) => value(&decimal(*amount, *digits), if *digits == 0 { 2 } else { 3 }),
        Cell::Share(share) => value(&share.to_string(), 4),
        Cell::Number(number) => value(&number.to_string(), 3),
        Cell::Day(day) => value(&serial(*day).to_string(), 5),
    }
}

fn value(value: &str, style: u8) -> String {
    format!(r#"<c s="{style}"><v>{value}</v></c>"#)
}

/// Words stand in the cell itself, so nothing in them is ever taken for a formula.
fn words(text: &str, style: u8) -> String {
    format!(r#"<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{}</t></is></c>"#, escape(text))
}

/// Days since 1899-12-30.
fn serial(day: NaiveDate) -> i64 {
    NaiveDate::from_ymd_opt(1899, 12, 30).map_or(0, |first| (day - first).num_days())
}

/// Text as XML; characters XML cannot hold are left out.
fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if c.is_control() || c == '\u{fffe}' || c == '\u{ffff}' => {}
            c => out.push(c),
        }
        out
    })
}

/// An archive that stores its files as they are (APPNOTE 6.3).
#[derive(Default)]
struct Zip {
    out: Vec<u8>,
    directory: Vec<u8>,
    files: u16,
}

/// 1980-01-01, the first day the format knows: the same table makes the same file.
const DAY: u16 = 0x21;

impl Zip {
    fn add(&mut self, name: &str, bytes: &[u8]) {
        let offset = self.out.len() as u32;
        let mut head = Vec::new();
        // Version 2.0, names in UTF-8, stored.
        for field in [20u16, 0x0800, 0, 0, DAY] {
            head.extend(field.to_le_bytes());
        }
        for field in [crc(bytes), bytes.len() as u32, bytes.len() as u32] {
            head.extend(field.to_le_bytes());
        }
        head.extend((name.len() as u16).to_le_bytes());
        head.extend(0u16.to_le_bytes());
        self.out.extend(b"PK\x03\x04");
        self.out.extend(&head);
        self.out.extend(name.as_bytes());
        self.out.extend(bytes);
        self.directory.extend(b"PK\x01\x02\x14\x00");
        self.directory.extend(&head);
        // No comment, disk 0, no attributes.
        self.directory.extend([0; 10]);
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.files += 1;
    }

    fn finish(mut self) -> Vec<u8> {
        let (offset, size) = (self.out.len() as u32, self.directory.len() as u32);
        self.out.extend(&self.directory);
        self.out.extend(b"PK\x05\x06\0\0\0\0");
        self.out.extend(self.files.to_le_bytes());
        self.out.extend(self.files.to_le_bytes());
        self.out.extend(size.to_le_bytes());
        self.out.extend(offset.to_le_bytes());
        self.out.extend(0u16.to_le_bytes());
        self.out
    }
}

/// CRC-32 of ISO 3309.
fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;
    use aisle_domain::money::Amount;
    use calamine::{Data, Reader, Xlsx};
    use std::io::Cursor;

    #[test]
    fn a_reader_of_workbooks_finds_every_value() {
        let day: NaiveDate = "2026-11-22".parse().expect("a date");
        let sheet = Sheet {
            name: "目标树: West / East".into(),
            columns: vec![
                "名称".into(),
                "Target".into(),
                "Achieved".into(),
                "Gap".into(),
                "To".into(),
                "Visits".into(),
            ],
            rows: vec![
                vec![
                    Cell::Text("A & B <\"East\">".into()),
                    Cell::Amount(Amount(123_456_789), 2),
                    Cell::Share(0.682),
                    Cell::Number(-5.1),
                    Cell::Day(day),
                    Cell::Whole(12),
                ],
                vec![Cell::Text("=1+1".into()), Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty, Cell::Whole(0)],
            ],
            notes: vec!["截至 2026-11-22".into()],
        };
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(write(&sheet))).expect("a workbook");
        assert_eq!(book.sheet_names(), ["目标树 West  East"]);
        let range = book.worksheet_range_at(0).expect("a sheet").expect("readable");
        let read = |row, column| range.get((row, column)).cloned().unwrap_or(Data::Empty);
        assert_eq!(read(0, 0), Data::String("名称".into()));
        assert_eq!(read(1, 0), Data::String("A & B <\"East\">".into()));
        assert_eq!(read(1, 1), Data::Float(1_234_567.89));
        assert_eq!(read(1, 2), Data::Float(0.682));
        assert_eq!(read(1, 3), Data::Float(-5.1));
        assert_eq!(read(1, 5), Data::Float(12.0));
        assert!(matches!(read(1, 4), Data::DateTime(at) if at.as_f64() == 46_348.0), "{:?}", read(1, 4));
        assert_eq!(read(2, 0), Data::String("=1+1".into()), "words, not a formula");
        assert_eq!(read(2, 1), Data::Empty, "what is not known is not 0");
        assert_eq!(read(4, 0), Data::String("截至 2026-11-22".into()));
    }

    #[test]
    fn columns_by_letters() {
        assert_eq!([0, 25, 26, 701, 702].map(letters), ["A", "Z", "AA", "ZZ", "AAA"]);
    }

    #[test]
    fn the_check_sum_of_the_standard() {
        assert_eq!(crc(b"123456789"), 0xcbf4_3926);
    }
}
