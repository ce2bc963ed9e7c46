//! What is said about files and rows, in both languages: what is wrong, and what is expected instead.

use crate::FileError;
use crate::columns::{self, Table};
use aisle_protocol::import::{Refused, Wrong};

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// 简体中文.
    Zh,
    /// English.
    En,
}

/// What is wrong with a field or a row.
pub fn wrong(why: &Wrong, lang: Lang) -> String {
    match lang {
        Lang::En => wrong_en(why),
        Lang::Zh => wrong_zh(why),
    }
}

fn wrong_en(why: &Wrong) -> String {
    match why {
        Wrong::Empty => "is empty".to_owned(),
        Wrong::BadId { value } => format!("{value:?} is too long or holds a character that ids cannot hold"),
        Wrong::Unknown { value } => format!("{value:?} is not known"),
        Wrong::Twice { value } => format!("{value:?} stands in the file more than once"),
        Wrong::NotWhole { value } => format!("{value:?} is no whole number"),
        Wrong::NotNumber { value } => format!("{value:?} is not a number"),
        Wrong::Decimals { value, digits } => format!("{value:?} has more than {digits} decimals"),
        Wrong::TooLarge { value } => format!("{value:?} is too large"),
        Wrong::Negative { value } => format!("{value:?} is below zero"),
        Wrong::NotDate { value } => format!("{value:?} is no date such as 2026-11-23"),
        Wrong::Future { value } => format!("{value:?} has not come yet"),
        Wrong::NotMonth { value } => format!("{value:?} is no month such as 2026-11"),
        Wrong::NotMetric { value } => format!("{value:?} is no metric that has targets"),
        Wrong::NotBarcode { value } => format!("{value:?} holds more than digits"),
        Wrong::NotDegrees { value } => format!("{value:?} is no number of degrees"),
        Wrong::NotPlace { value } => format!("{value} is no place on Earth"),
        Wrong::HalfPlace => "is empty although the other half of the position is there".to_owned(),
        Wrong::NotWeekday { value } => format!("{value:?} is no weekday from 1 (Monday) to 7"),
        Wrong::NotRole { value } => format!("{value:?} is no role"),
        Wrong::NotYesNo { value } => format!("{value:?} is neither yes nor no"),
        Wrong::LoginTaken { value } => format!("{value:?} belongs to somebody else"),
        Wrong::LongPassword => "is too long".to_owned(),
        Wrong::Circle { id, value } => format!("{value:?} is below {id:?}"),
        Wrong::Fields { has, wants } => format!("has {has} fields, the header has {wants}"),
        Wrong::Planned { value } => format!("a plan sets the target of {value}"),
        Wrong::Unreadable => "cannot be read as text".to_owned(),
    }
}

fn wrong_zh(why: &Wrong) -> String {
    match why {
        Wrong::Empty => "没有填写".to_owned(),
        Wrong::BadId { value } => format!("「{value}」太长，或含有编码不允许的字符"),
        Wrong::Unknown { value } => format!("系统里没有「{value}」"),
        Wrong::Twice { value } => format!("「{value}」在文件里重复出现"),
        Wrong::NotWhole { value } => format!("「{value}」不是整数"),
        Wrong::NotNumber { value } => format!("「{value}」不是数字"),
        Wrong::Decimals { value, digits } => format!("「{value}」的小数超过 {digits} 位"),
        Wrong::TooLarge { value } => format!("「{value}」太大"),
        Wrong::Negative { value } => format!("「{value}」小于零"),
        Wrong::NotDate { value } => format!("「{value}」不是日期"),
        Wrong::Future { value } => format!("「{value}」还没有到"),
        Wrong::NotMonth { value } => format!("「{value}」不是月份"),
        Wrong::NotMetric { value } => format!("「{value}」不是可以设目标的指标"),
        Wrong::NotBarcode { value } => format!("「{value}」含有数字以外的字符"),
        Wrong::NotDegrees { value } => format!("「{value}」不是经纬度数值"),
        Wrong::NotPlace { value } => format!("{value} 不在地球上"),
        Wrong::HalfPlace => "没有填写，而经纬度的另一半有值".to_owned(),
        Wrong::NotWeekday { value } => format!("「{value}」不是星期"),
        Wrong::NotRole { value } => format!("「{value}」不是角色"),
        Wrong::NotYesNo { value } => format!("「{value}」既不是“是”也不是“否”"),
        Wrong::LoginTaken { value } => format!("账号「{value}」已属于别人"),
        Wrong::LongPassword => "密码太长".to_owned(),
        Wrong::Circle { id, value } => format!("「{value}」已在「{id}」之下"),
        Wrong::Fields { has, wants } => format!("这一行有 {has} 列，表头有 {wants} 列"),
        Wrong::Planned { value } => format!("{value} 的目标由计划下达"),
        Wrong::Unreadable => "无法读成文字".to_owned(),
    }
}

/// What is expected instead; a column of its own beside what is wrong.
pub fn expected(table: Table, row: &Refused, lang: Lang) -> String {
    let say = |zh: &str, en: &str| match lang {
        Lang::Zh => zh.to_owned(),
        Lang::En => en.to_owned(),
    };
    match &row.why {
        Wrong::Empty => say("填写这一列", "a value in this column"),
        Wrong::BadId { .. } => {
            say("最多 64 字节，不含 / 和控制字符", "at most 64 bytes, without / and control characters")
        }
        Wrong::Unknown { .. } => match row.column.as_str() {
            "shop" => say("您负责范围内的门店编码", "the id of a shop in your territory"),
            "product" => say("商品编码；新商品请先导入", "the id of a product; import new ones first"),
            "rep" => say("人员的工号；新人请先导入", "the id of a person; import new ones first"),
            _ => say("区域编码；新区域请先导入", "the id of a territory; import new ones first"),
        },
        Wrong::Twice { .. } if table == Table::Targets => {
            say("每个门店、月份、指标只有一行", "one row for each shop, month and metric")
        }
        Wrong::Twice { .. } => say("每个编码只有一行", "one row for each id"),
        Wrong::NotWhole { .. } => say("0 以上的整数", "a whole number from 0 up"),
        Wrong::NotNumber { .. } => say("数字，例如 1204.50", "a number such as 1204.50"),
        Wrong::Decimals { digits: 0, .. } => say("整数", "a whole number"),
        Wrong::Decimals { digits, .. } => match lang {
            Lang::Zh => format!("最多 {digits} 位小数"),
            Lang::En => format!("at most {digits} decimals"),
        },
        Wrong::TooLarge { .. } => say("九万亿以内的金额", "an amount below nine trillion"),
        Wrong::Negative { .. } => say("零或更大", "zero or more"),
        Wrong::NotDate { .. } => say("日期，例如 2026-11-23", "a date such as 2026-11-23"),
        Wrong::Future { .. } => say("今天或以前的日期", "today or a day before"),
        Wrong::NotMonth { .. } => say("月份，例如 2026-11", "a month such as 2026-11"),
        Wrong::NotMetric { .. } => say(
            "销售额、销量、毛利、回款或新增网点；空着就是销售额",
            "sales, quantity, margin, collections or new outlets; empty means sales",
        ),
        Wrong::NotBarcode { .. } => say("只有数字", "digits only"),
        Wrong::NotDegrees { .. } | Wrong::NotPlace { .. } => say(
            "十进制度数：纬度 −90 到 90，经度 −180 到 180",
            "decimal degrees: latitude −90 to 90, longitude −180 to 180",
        ),
        Wrong::HalfPlace => say("经度和纬度都填，或都不填", "both latitude and longitude, or neither"),
        Wrong::NotWeekday { .. } => say("1（周一）到 7，多天用 | 隔开", "1 (Monday) to 7, several parted by |"),
        Wrong::NotRole { .. } => {
            say("业务员、稽核员、督导、销售经理或管理员", "rep, auditor, supervisor, manager or admin")
        }
        Wrong::NotYesNo { .. } => say("是或否", "yes or no"),
        Wrong::LoginTaken { .. } => say("另一个账号", "another sign-in name"),
        Wrong::LongPassword => say("最多 1024 字节", "at most 1024 bytes"),
        Wrong::Circle { .. } => say("不在自己之下的上级", "a territory above that is not below this one"),
        Wrong::Fields { .. } => say("每行的列数与表头相同", "as many fields as the header"),
        Wrong::Planned { .. } => say("在“目标”里重新拆分计划", "split the plan again, under Targets"),
        Wrong::Unreadable => say("UTF-8 文字", "UTF-8 text"),
    }
}

/// A column as it is called in a template.
pub fn column(table: Table, name: &str, lang: Lang) -> String {
    let found = columns::columns(table).iter().find(|column| column.name == name);
    found.map_or_else(|| name.to_owned(), |column| column.label(lang))
}

/// A table.
pub fn table(table: Table, lang: Lang) -> &'static str {
    match (table, lang) {
        (Table::Territories, Lang::Zh) => "区域",
        (Table::Territories, Lang::En) => "Territories",
        (Table::People, Lang::Zh) => "人员",
        (Table::People, Lang::En) => "People",
        (Table::Products, Lang::Zh) => "商品",
        (Table::Products, Lang::En) => "Products",
        (Table::Shops, Lang::Zh) => "门店",
        (Table::Shops, Lang::En) => "Shops",
        (Table::MustSell, Lang::Zh) => "必分销清单",
        (Table::MustSell, Lang::En) => "Must-sell lists",
        (Table::Targets, Lang::Zh) => "目标",
        (Table::Targets, Lang::En) => "Targets",
        (Table::Actuals, Lang::Zh) => "实际",
        (Table::Actuals, Lang::En) => "Actuals",
    }
}

/// Why a whole file is not taken, and what to do about it.
pub fn file(why: &FileError, lang: Lang) -> String {
    let say = |zh: &str, en: &str| match lang {
        Lang::Zh => zh.to_owned(),
        Lang::En => en.to_owned(),
    };
    match why {
        FileError::Empty => say("文件是空的。", "The file is empty."),
        FileError::NoRows => say("只有表头，下面没有数据行。", "There are headings, but no rows below them."),
        FileError::NotATable => say(
            "这不是 CSV，也不是 XLSX，或者文件已损坏。请另存为其中一种。",
            "This is neither a CSV file nor an XLSX workbook, or it is damaged. Save it as one of them.",
        ),
        FileError::Protected => say(
            "工作簿有密码。请去掉密码另存一份。",
            "A password protects this workbook. Save a copy without a password.",
        ),
        FileError::OldWorkbook => say(
            "这是旧格式的工作簿（.xls）。请另存为 XLSX 或 CSV。",
            "This is a workbook of the old format (.xls). Save it as XLSX or CSV.",
        ),
        FileError::TooMany { rows, max } => match lang {
            Lang::Zh => format!("文件约有 {rows} 行，一次最多 {max} 行。请拆成几份，或请管理员在服务器上导入。"),
            Lang::En => format!(
                "The file has about {rows} rows; {max} are taken at a time. Split it, or have it imported on the server."
            ),
        },
        FileError::Unrecognised { headers, table: Some(of), lacks } => {
            let lacks: Vec<String> = lacks.iter().map(|name| column(*of, name, lang)).collect();
            let (name, headers) = (table(*of, lang), headers.join(", "));
            match lang {
                Lang::Zh => format!("作为“{name}”还缺列：{}。文件的表头：{headers}", lacks.join("、")),
                Lang::En => format!("As {name} it lacks: {}. Its headings: {headers}", lacks.join(", ")),
            }
        }
        FileError::Unrecognised { headers, .. } => match lang {
            Lang::Zh => format!("认不出是哪种表。文件的表头：{}。请选择种类，或用模板。", headers.join(", ")),
            Lang::En => {
                format!(
                    "The headings are those of no known table: {}. Choose a kind, or use a template.",
                    headers.join(", ")
                )
            }
        },
        FileError::BadMap(_) | FileError::BadEncoding(_) => why.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every() -> Vec<Wrong> {
        let value = || "x".to_owned();
        vec![
            Wrong::Empty,
            Wrong::BadId { value: value() },
            Wrong::Unknown { value: value() },
            Wrong::Twice { value: value() },
            Wrong::NotWhole { value: value() },
            Wrong::NotNumber { value: value() },
            Wrong::Decimals { value: value(), digits: 2 },
            Wrong::TooLarge { value: value() },
            Wrong::Negative { value: value() },
            Wrong::NotDate { value: value() },
            Wrong::Future { value: value() },
            Wrong::NotMonth { value: value() },
            Wrong::NotMetric { value: value() },
            Wrong::NotBarcode { value: value() },
            Wrong::NotDegrees { value: value() },
            Wrong::NotPlace { value: value() },
            Wrong::HalfPlace,
            Wrong::NotWeekday { value: value() },
            Wrong::NotRole { value: value() },
            Wrong::NotYesNo { value: value() },
            Wrong::LoginTaken { value: value() },
            Wrong::LongPassword,
            Wrong::Circle { id: value(), value: value() },
            Wrong::Fields { has: 1, wants: 2 },
            Wrong::Planned { value: value() },
            Wrong::Unreadable,
        ]
    }

    #[test]
    fn everything_wrong_is_said_in_both_languages_with_what_is_expected() {
        let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        for why in every() {
            let row = Refused { line: 2, column: "shop".to_owned(), why: why.clone() };
            for said in [wrong(&why, Lang::Zh), expected(Table::Targets, &row, Lang::Zh)] {
                assert!(is_chinese(&said), "{said}");
            }
            for said in [wrong(&why, Lang::En), expected(Table::Targets, &row, Lang::En)] {
                assert!(!said.is_empty() && !is_chinese(&said), "{said}");
            }
            let wire = serde_json::to_string(&row).expect("json");
            assert_eq!(serde_json::from_str::<Refused>(&wire).expect("a row"), row);
        }
    }
}
