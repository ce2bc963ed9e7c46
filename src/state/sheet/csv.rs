//! Comma-separated values (RFC 4180), with a byte order mark so that Excel reads the characters as they are.

use super::{Cell, Sheet, decimal};

/// The table as text. Lines end in CR LF. Shares are written as percent with two decimals.
pub(super) fn write(sheet: &Sheet) -> String {
    let mut out = String::from('\u{feff}');
    let mut line = |cells: &mut dyn Iterator<Item = String>| {
        let cells: Vec<String> = cells.collect();
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    };
    line(&mut sheet.columns.iter().map(|name| text(name)));
    for row in &sheet.rows {
        line(&mut row.iter().map(cell));
    }
    for note in &sheet.notes {
        line(&mut std::iter::once(text(note)));
    }
    out
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(words) => text(words),
        Cell::Whole(number) => number.to_string(),
        Cell::Amount(amount, digits) => decimal(*amount, *digits),
        Cell::Share(share) => format!("{:.2}%", share * 100.0),
        Cell::Number(number) => format!("{number:.2}"),
        Cell::Day(day) => day.to_string(),
    }
}

/// Quoted where needed. Words that a spreadsheet would run as a formula get an apostrophe in front.
fn text(words: &str) -> String {
    let words =
        if words.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{words}") } else { words.to_owned() };
    if words.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", words.replace('"', "\"\"")) } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aisle_domain::money::Amount;

    #[test]
    fn quotes_marks_and_formulas() {
        let cells = [
            (Cell::Text("恒泰商贸".into()), "恒泰商贸"),
            (Cell::Text("Smith, \"Sons\"".into()), "\"Smith, \"\"Sons\"\"\""),
            (Cell::Text("=HYPERLINK(1)".into()), "'=HYPERLINK(1)"),
            (Cell::Amount(Amount(-120_450), 2), "-1204.50"), // a number, not a formula
            (Cell::Share(0.682), "68.20%"),
            (Cell::Number(-5.1), "-5.10"),
            (Cell::Whole(3), "3"),
            (Cell::Empty, ""),
        ];
        for (value, expect) in cells {
            assert_eq!(cell(&value), expect);
        }
        let sheet = Sheet {
            name: "n".into(),
            columns: vec!["店".into(), "Sales".into()],
            rows: vec![vec![Cell::Text("A".into()), Cell::Whole(1)]],
            notes: vec!["to 22 Nov".into()],
        };
        assert_eq!(write(&sheet), "\u{feff}店,Sales\r\nA,1\r\nto 22 Nov\r\n");
    }
}
