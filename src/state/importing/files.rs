//! Files around an import: templates to fill in, and the rows that are wrong.

use crate::state::Lang;
use crate::state::sheet::{self, Cell, Format, Sheet};
use aisle_import::preview::Preview;
use aisle_import::{Table, columns, words};

/// The language of the words about files.
pub fn lang(lang: Lang) -> words::Lang {
    match lang {
        Lang::Zh => words::Lang::Zh,
        Lang::En => words::Lang::En,
    }
}

/// Hands out an empty table with the headings of a kind, in the person's language.
pub fn offer_template(table: Table, of: Lang, format: Format) {
    let columns = columns::template(table, lang(of));
    let name = words::table(table, lang(of)).to_owned();
    sheet::offer(&Sheet { name, columns, ..Sheet::default() }, format);
}

/// The rows that are wrong as a table: line, column, what is wrong, what is expected. `headings` name these four.
pub fn refused(preview: &Preview, headings: &[String; 4], of: Lang) -> Sheet {
    let say = lang(of);
    let row = |row: &aisle_import::Refused| {
        let column = match row.column.as_str() {
            "" => Cell::Empty,
            name => Cell::Text(words::column(preview.table, name, say)),
        };
        let line = i64::try_from(row.line).unwrap_or(i64::MAX);
        vec![
            Cell::Whole(line),
            column,
            Cell::Text(words::wrong(&row.why, say)),
            Cell::Text(words::expected(preview.table, row, say)),
        ]
    };
    Sheet {
        name: preview.file.clone(),
        columns: headings.to_vec(),
        rows: preview.refused.iter().map(row).collect(),
        notes: Vec::new(),
    }
}
