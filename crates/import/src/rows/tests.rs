//! The tables and properties of `rows`.

use super::*;
use crate::columns::recognise;
use crate::known::Given;
use crate::preview::{Wish, preview};
use crate::sheet;
use crate::words::{Lang, wrong};
use crate::{FileError, columns};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

fn given() -> Given {
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    Given {
        territories: [("root".to_owned(), None), ("north".to_owned(), Some("root".to_owned()))].into(),
        people: [("ann".to_owned(), Some("Ann".to_owned())), ("bob".to_owned(), None)].into(),
        shops: ids(&["s1", "s2", "s3"]).into_iter().map(|id| (id, Vec::new())).collect(),
        products: ids(&["p1", "p2"]).into_iter().collect(),
        planned: ["sales/s3/2026-11".to_owned()].into(),
        digits: 2,
    }
}

fn today() -> NaiveDate {
    "2026-11-24".parse().expect("a date")
}

fn checked_bytes(bytes: &[u8]) -> Checked {
    let sheet = sheet::read("x", bytes, None).expect("a sheet");
    let layout = recognise(&sheet.headers, None, &[]).expect("a layout");
    check(&sheet, &layout, &mut Known::from(given()), today(), &mut |_, _| {})
}

fn refused(checked: &Checked) -> Vec<String> {
    checked.refused.iter().map(|r| format!("{} {}: {}", r.line, r.column, wrong(&r.why, Lang::En))).collect()
}

fn wish(table: Option<Table>, rows_max: u64) -> Wish {
    Wish { file: "x".to_owned(), table, given: given(), today: today(), rows_max }
}

/// One row a case: what stands in the file, and what is said of it. The tables of the server's own tests hold the others.
#[test]
fn targets_row_by_row() {
    let cases = [
        ("2026-11,s1,,1000", None),
        ("2026年12月,s1,销售额,\"1,000.50\"", None),
        ("2026/11,s2,Quantity,12", None),
        ("2026-11,s1,回款,0", None), // zero is a target; nothing is not
        ("2026-11,s1,,", Some("amount: is empty")),
        ("2026-11,s9,,1", Some("shop: \"s9\" is not known")),
        ("2026-11-24,s2,,1", Some("month: \"2026-11-24\" is no month such as 2026-11")),
        ("2026-Q4,s2,,1", Some("month: \"2026-Q4\" is no month such as 2026-11")),
        ("2026-11,s2,stock,1", Some("metric: \"stock\" is no metric that has targets")),
        ("2026-12,s2,quantity,1.5", Some("amount: \"1.5\" has more than 0 decimals")),
        ("2026-12,s2,,1.005", Some("amount: \"1.005\" has more than 2 decimals")),
        ("2026-12,s2,,-1", Some("amount: \"-1\" is below zero")),
        ("2026-12,s2,,1e6", Some("amount: \"1e6\" is not a number")),
        ("2026-12,s2,,99999999999999", Some("amount: \"99999999999999\" is too large")),
        ("2026-11,s3,,1", Some("month: a plan sets the target of 2026-11")),
        ("2026-11,s1,sales,5", Some("month: \"2026-11\" stands in the file more than once")),
        ("2026-12,s2", Some(": has 2 fields, the header has 4")),
    ];
    let text = cases.iter().fold("month,shop,metric,amount\n".to_owned(), |text, (row, _)| text + row + "\n");
    let checked = checked_bytes(text.as_bytes());
    let expect: Vec<String> =
        (2..).zip(&cases).filter_map(|(line, (_, said))| Some(format!("{line} {}", said.as_ref()?))).collect();
    assert_eq!(refused(&checked), expect);
    assert_eq!((checked.read, checked.accepted), (17, 4));
    let totals: Vec<(&str, i64)> = checked.totals.iter().map(|(metric, sum)| (metric.as_str(), *sum)).collect();
    assert_eq!(totals, [("collections", 0), ("quantity", 12), ("sales", 200_050)]);
    let Rows::Records(records) = checked.rows else { panic!("targets are records") };
    assert_eq!(records[0].rec, RecordRef::new(Kind::Target, "sales/s1/2026-11"));
    let patch = json!({"metric": "sales", "shop": "s1", "period": "2026-11", "amount": 100_000, "basis": "set"});
    assert_eq!((Value::Object(records[0].patch.clone()), &records[0].shop), (patch, &Some(ShopId::from("s1"))));
}

#[test]
fn actuals_of_days_that_have_come() {
    let text = "date,shop,product,quantity,amount\n2026-11-25,s1,p1,1,1\n2026-11-26,s1,p1,1,1\n2062-11-02,s1,p1,1,1\n";
    let expect = ["3 date: \"2026-11-26\" has not come yet", "4 date: \"2062-11-02\" has not come yet"];
    assert_eq!(refused(&checked_bytes(text.as_bytes())), expect, "where it is tomorrow already is no mistake");
}

#[test]
fn people_by_their_sign_in_names() {
    let text = "id,login,name,role,territory,active\n\
                cid,ANN,C,rep,north,\ndan,dan,D,业务员,north,否\nann,anna,Ann,rep,north,\neve,ann,E,rep,north,\nfay,Dan,F,rep,north,\n";
    let checked = checked_bytes(text.as_bytes());
    assert_eq!(
        refused(&checked),
        ["2 login: \"ANN\" belongs to somebody else", "6 login: \"Dan\" belongs to somebody else"]
    );
    let Rows::People(people) = checked.rows else { panic!("people") };
    let names: Vec<(&str, bool)> = people.iter().map(|p| (p.login.as_str(), p.active)).collect();
    assert_eq!(names, [("dan", false), ("anna", true), ("ann", true)], "a name that was given up is free");
}

/// The same table as CSV in three encodings and as a workbook: one result.
#[test]
fn one_table_in_four_forms() {
    let rows = [("2026-11", "s1", 1000.5), ("2026-12", "s2", 0.1 + 0.2)];
    let text = "月份,门店编码,指标,目标\n2026-11,s1,销售额,1000.5\n2026-12,s2,销售额,0.3\n";
    let mut book = Workbook::new();
    book.add_worksheet().set_name("说明").expect("a name");
    let sheet = book.add_worksheet();
    // A title row may be missing, blank rows and columns may not: the table begins where it begins.
    for (at, label) in ["月份", "门店编码", "指标", "目标"].into_iter().enumerate() {
        sheet.write(2, at as u16 + 1, label).expect("written");
    }
    let date = Format::new().set_num_format("yyyy-mm");
    for ((month, shop, amount), at) in rows.into_iter().zip([3, 5]) {
        let first = ExcelDateTime::parse_from_str(&format!("{month}-01")).expect("a date");
        sheet.write_with_format(at, 1, &first, &date).expect("written");
        sheet.write(at, 2, shop).expect("written").write(at, 3, "销售额").expect("written");
        sheet.write(at, 4, amount).expect("written");
    }
    let workbook = book.save_to_buffer().expect("a workbook");
    let (gb, _, _) = encoding_rs::GB18030.encode(text);
    let bom = format!("\u{feff}{}", text.replace('\n', "\r\n").replace(',', ";"));
    let plain = checked_bytes(text.as_bytes());
    assert_eq!((plain.accepted, plain.totals["sales"]), (2, 100_080));
    for (name, bytes) in [("gb18030", &*gb), ("byte order mark", bom.as_bytes()), ("workbook", &workbook)] {
        let checked = checked_bytes(bytes);
        assert_eq!(checked, plain, "{name}");
    }
}

#[test]
fn rows_of_a_workbook_are_named_as_the_workbook_numbers_them() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (at, label) in ["date", "shop", "product", "quantity", "amount"].into_iter().enumerate() {
        sheet.write(1, at as u16, label).expect("written");
    }
    let day = ExcelDateTime::parse_from_str("2026-11-23").expect("a date");
    let format = Format::new().set_num_format("yyyy-mm-dd");
    for (row, shop, quantity) in [(2, "s1", 2.0), (3, "s9", 2.0), (6, "s2", 1.5)] {
        sheet.write_with_format(row, 0, &day, &format).expect("written");
        sheet.write(row, 1, shop).expect("written").write(row, 2, "p1").expect("written");
        sheet.write(row, 3, quantity).expect("written").write(row, 4, 10).expect("written");
    }
    sheet.write(7, 6, "checked by Ann").expect("written");
    let checked = checked_bytes(&book.save_to_buffer().expect("a workbook"));
    let expect = [
        "4 shop: \"s9\" is not known",
        "7 quantity: \"1.5\" has more than 0 decimals",
        "8 : has 7 fields, the header has 5",
    ];
    assert_eq!(refused(&checked), expect);
    assert_eq!(checked.accepted, 1);
}

#[test]
fn a_preview_shows_what_travels() {
    let text = "Ward,month,shop,target,\n3, 2026-11 ,s1,10,\n3,2026-11,s9,10,\n4,2026-12,s1,-0,\n";
    let mut heard = Vec::new();
    let (seen, rows) =
        preview(text.as_bytes(), wish(None, 100), &mut |done, of| heard.push((done, of))).expect("a preview");
    assert_eq!((seen.table, seen.read, seen.refused.len()), (Table::Targets, 3, 1));
    assert_eq!(
        (seen.ignored, seen.columns.clone()),
        (vec!["Ward".to_owned()], ["month", "shop", "amount"].map(str::to_owned).to_vec())
    );
    assert_eq!(seen.lines, [2, 4]);
    assert_eq!(rows, r#"[["2026-11","s1","10"],["2026-12","s1","-0"]]"#);
    assert_eq!(heard, [(3, 3)]);
    // What travels is checked again, and comes to the same.
    let again: Vec<Vec<String>> = serde_json::from_str(&rows).expect("rows");
    let sheet = sheet::Sheet::of("x".to_owned(), seen.columns, again);
    let layout = recognise(&sheet.headers, Some(Table::Targets), &[]).expect("a layout");
    let checked = check(&sheet, &layout, &mut Known::from(given()), today(), &mut |_, _| {});
    assert_eq!((checked.accepted, checked.refused.len()), (2, 0));
    assert_eq!(checked.totals, seen.totals);
}

#[test]
fn files_that_are_not_taken() {
    let many = |rows: usize| "date,shop,product,quantity,amount\n".to_owned() + &"2026-11-01,s1,p1,1,1\n".repeat(rows);
    let headers = || vec!["a".to_owned(), "b".to_owned()];
    let cases = [
        ("month,shop,amount\n".to_owned(), None, FileError::NoRows),
        ("month,shop,amount\n,,\n".to_owned(), None, FileError::NoRows),
        ("a,b\n1,2\n".to_owned(), None, FileError::Unrecognised { headers: headers(), table: None, lacks: vec![] }),
        (
            "a,b\n1,2\n".to_owned(),
            Some(Table::MustSell),
            FileError::Unrecognised {
                headers: headers(),
                table: Some(Table::MustSell),
                lacks: ["channel", "tier", "product"].map(str::to_owned).to_vec(),
            },
        ),
        (many(200_000), None, FileError::TooMany { rows: 200_000, max: 1000 }),
    ];
    for (text, table, expect) in cases {
        let error = preview(text.as_bytes(), wish(table, 1000), &mut |_, _| {}).expect_err("refused");
        assert_eq!(error, expect);
    }
    let (fits, _) = preview(many(1000).as_bytes(), wish(None, 1000), &mut |_, _| {}).expect("as many as are taken");
    assert_eq!((fits.read, fits.summed, fits.totals["sales"]), (1000, 999, 100_000));
}

fn lines() -> impl Strategy<Value = Vec<String>> {
    let line =
        (1..4_u8, 1..25_u32, 1..3_u8, -50..50_i64, -9_999..9_999_i64).prop_map(|(shop, day, product, q, cents)| {
            let sign = if cents < 0 { "-" } else { "" };
            let cents = cents.abs();
            format!("2026-11-{day:02},s{shop},p{product},{q},{sign}{}.{:02}", cents / 100, cents % 100)
        });
    proptest::collection::vec(line, 1..60)
}

proptest! {
    /// In which order the lines of a file stand never changes a figure.
    #[test]
    fn the_order_of_lines_changes_no_figure(
        (lines, order) in lines().prop_flat_map(|lines| {
            let shuffled = Just(lines.clone()).prop_shuffle();
            (Just(lines), shuffled)
        })
    ) {
        let text = |lines: &[String]| format!("date,shop,product,quantity,amount\n{}\n", lines.join("\n"));
        let (one, other) = (checked_bytes(text(&lines).as_bytes()), checked_bytes(text(&order).as_bytes()));
        prop_assert_eq!(&one.refused, &vec![]);
        prop_assert_eq!(one, other);
    }
}

#[test]
fn every_table_can_be_shown_and_named() {
    for table in columns::BY_HEADERS {
        assert!(!columns::name(table).is_empty());
        assert!(columns::columns(table).iter().any(|column| column.needed));
    }
}
