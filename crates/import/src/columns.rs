//! Tables and their columns, recognised by header in the words of several systems and two languages.

use crate::FileError;
use crate::words::Lang;
pub use aisle_protocol::import::Table;

/// A column of a table.
#[derive(Debug)]
pub struct Column {
    /// Its name: in reports, and a header it goes by.
    pub name: &'static str,
    /// Its header in Chinese.
    zh: &'static str,
    /// Whether a table needs it.
    pub needed: bool,
    /// Other headers it goes by.
    also: &'static [&'static str],
}

impl Column {
    /// Its header in a template, recognised like its name.
    pub fn label(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => self.zh.to_owned(),
            Lang::En => {
                let words = self.name.replace('_', " ");
                let mut letters = words.chars();
                letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
            }
        }
    }

    fn headers(&self) -> impl Iterator<Item = &'static str> {
        [self.name, self.zh].into_iter().chain(self.also.iter().copied())
    }
}

const fn needs(name: &'static str, zh: &'static str, also: &'static [&'static str]) -> Column {
    Column { name, zh, needed: true, also }
}

const fn may(name: &'static str, zh: &'static str, also: &'static [&'static str]) -> Column {
    Column { name, zh, needed: false, also }
}

const TERRITORIES: &[Column] = &[
    needs("id", "区域编码", &["territory", "territory id", "片区编码", "编码"]),
    needs("name", "区域名称", &["territory name", "区域", "片区", "名称"]),
    needs("parent", "上级区域", &["parent id", "above", "上级", "上级编码"]),
];

const PEOPLE: &[Column] = &[
    needs("id", "工号", &["person", "employee id", "编码"]),
    needs("login", "账号", &["account", "user", "username", "登录名"]),
    may("password", "初始密码", &["密码"]),
    needs("name", "姓名", &["full name"]),
    needs("role", "角色", &["岗位"]),
    needs("territory", "区域编码", &["territory id", "区域", "片区"]),
    may("active", "启用", &["enabled", "在职"]),
];

const PRODUCTS: &[Column] = &[
    needs("id", "商品编码", &["product", "product id", "sku", "item", "item number", "产品编码", "编码"]),
    needs("name", "商品名称", &["product name", "item description", "description", "产品名称", "名称"]),
    needs("category", "品类", &["category name", "类别", "分类"]),
    may("vendor", "供应商", &["vendor name", "supplier", "brand owner", "厂家"]),
    may("volume_ml", "容量ml", &["bottle volume (ml)", "volume", "容量"]),
    may("pack", "箱规", &["units per case", "装箱数"]),
    may("barcode", "条码", &["upc", "ean", "gtin", "条形码"]),
    may("price", "零售价", &["state bottle retail", "retail price", "planned price", "建议零售价", "价格"]),
];

const SHOPS: &[Column] = &[
    needs("id", "门店编码", &["shop", "shop id", "store", "store number", "outlet", "编码"]),
    needs("name", "门店名称", &["shop name", "store name", "门店", "名称"]),
    may("address", "地址", &["street", "详细地址"]),
    may("city", "城市", &["town"]),
    may("zip", "邮编", &["zip code", "postcode", "postal code"]),
    needs("territory", "区域编码", &["territory id", "county", "区域", "片区"]),
    may("channel", "渠道", &["渠道类型"]),
    may("tier", "等级", &["grade", "class", "门店等级"]),
    may("latitude", "纬度", &["lat"]),
    may("longitude", "经度", &["lon", "lng", "long"]),
    may("status", "状态", &["store status"]),
    may("rep", "业务员", &["assigned to", "sales rep", "负责人"]),
    may("visit_weekdays", "拜访日", &["visit days", "weekdays", "巡店日"]),
];

const MUST_SELL: &[Column] = &[
    needs("channel", "渠道", &[]),
    needs("tier", "等级", &["grade", "门店等级"]),
    needs("product", "商品编码", &["product id", "sku", "item", "产品编码", "商品", "产品"]),
];

const TARGETS: &[Column] = &[
    needs("month", "月份", &["period", "期间", "月", "年月"]),
    needs("shop", "门店编码", &["shop id", "store", "store number", "outlet", "门店"]),
    may("metric", "指标", &["measure", "kpi", "指标名称"]),
    needs("amount", "目标", &["target", "target amount", "目标金额", "目标值", "目标额"]),
];

const ACTUALS: &[Column] = &[
    needs("date", "日期", &["day", "sale date", "invoice date", "销售日期"]),
    needs("shop", "门店编码", &["shop id", "store", "store number", "outlet", "门店"]),
    needs("product", "商品编码", &["product id", "sku", "item", "item number", "产品", "商品", "产品编码"]),
    needs("quantity", "销量", &["qty", "units", "bottles sold", "数量"]),
    needs("amount", "销售额", &["sales", "value", "sale (dollars)", "金额"]),
];

/// Every table, the most telling headers first.
pub const BY_HEADERS: [Table; 7] =
    [Table::Actuals, Table::Targets, Table::MustSell, Table::People, Table::Products, Table::Shops, Table::Territories];

/// The columns of a table.
pub fn columns(table: Table) -> &'static [Column] {
    match table {
        Table::Territories => TERRITORIES,
        Table::People => PEOPLE,
        Table::Products => PRODUCTS,
        Table::Shops => SHOPS,
        Table::MustSell => MUST_SELL,
        Table::Targets => TARGETS,
        Table::Actuals => ACTUALS,
    }
}

/// Its name in reports and in the audit log.
pub fn name(table: Table) -> &'static str {
    match table {
        Table::Territories => "territories",
        Table::People => "people",
        Table::Products => "products",
        Table::Shops => "shops",
        Table::MustSell => "must_sell",
        Table::Targets => "targets",
        Table::Actuals => "actuals",
    }
}

/// The headers of a template.
pub fn template(table: Table, lang: Lang) -> Vec<String> {
    columns(table).iter().map(|column| column.label(lang)).collect()
}

/// Which header is which column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The table.
    pub table: Table,
    /// Place of each column found.
    places: Vec<(&'static str, usize)>,
    /// Headers without a meaning.
    pub ignored: Vec<String>,
}

impl Layout {
    /// Place of a column in a row.
    pub fn place(&self, column: &str) -> Option<usize> {
        self.places.iter().find(|(name, _)| *name == column).map(|(_, at)| *at)
    }
}

/// Case, blanks and punctuation say nothing in a header.
fn plain(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Recognises a table by its headers, or takes it for the one that is said. `map` gives a header the name of a column,
/// `HEADER=FIELD`.
///
/// # Errors
/// When no table has all the columns it needs, or a mapping names none.
pub fn recognise(headers: &[String], said: Option<Table>, map: &[(String, String)]) -> Result<Layout, FileError> {
    for (header, field) in map {
        let known = BY_HEADERS.into_iter().flat_map(columns).any(|c| c.name == field);
        if !known {
            return Err(FileError::BadMap(format!("{header}={field}")));
        }
    }
    let mapped: Vec<String> = headers
        .iter()
        .map(|header| {
            let by_hand = map.iter().find(|(from, _)| plain(from) == plain(header));
            plain(by_hand.map_or(header.as_str(), |(_, field)| field.as_str()))
        })
        .collect();
    let candidates = BY_HEADERS.into_iter().filter(|table| said.is_none_or(|said| said == *table));
    for table in candidates {
        let find =
            |column: &Column| column.headers().map(plain).find_map(|name| mapped.iter().position(|h| *h == name));
        let places: Vec<(&'static str, usize)> =
            columns(table).iter().filter_map(|column| Some((column.name, find(column)?))).collect();
        let has = |column: &Column| places.iter().any(|(name, _)| *name == column.name);
        if columns(table).iter().all(|column| !column.needed || has(column)) {
            let is_used = |at: usize| places.iter().any(|(_, used)| *used == at);
            let ignored = headers.iter().enumerate().filter(|(at, _)| !is_used(*at)).map(|(_, h)| h.clone());
            let ignored = ignored.filter(|header| !header.is_empty()).collect();
            return Ok(Layout { table, places, ignored });
        }
    }
    let lacks = |column: &&Column| column.needed && !column.headers().map(plain).any(|name| mapped.contains(&name));
    let lacks = said.into_iter().flat_map(columns).filter(lacks).map(|column| column.name.to_owned()).collect();
    Err(FileError::Unrecognised { headers: headers.to_vec(), table: said, lacks })
}

/// The tables and their columns, for the person at the terminal.
pub fn known_tables() -> String {
    let describe = |table: Table| {
        let column = |c: &Column| if c.needed { c.name.to_owned() } else { format!("[{}]", c.name) };
        format!("  {}: {}", name(table), columns(table).iter().map(column).collect::<Vec<_>>().join(", "))
    };
    BY_HEADERS.into_iter().map(describe).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(headers: &str, map: &[(&str, &str)]) -> Result<Layout, FileError> {
        let headers: Vec<String> = headers.split(',').map(str::to_owned).collect();
        let map: Vec<_> = map.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        recognise(&headers, None, &map)
    }

    #[test]
    fn tables_by_their_headers() {
        let cases = [
            ("id,name,parent", Table::Territories),
            ("id,login,password,name,role,territory", Table::People),
            ("id,name,category,vendor,volume_ml,pack,barcode,price", Table::Products),
            (
                "id,name,address,city,zip,territory,channel,tier,latitude,longitude,status,rep,visit_weekdays",
                Table::Shops,
            ),
            ("channel,tier,product", Table::MustSell),
            ("date,shop,product,quantity,amount", Table::Actuals),
            // The State of Iowa's own.
            ("Date,Store Number,Item Number,Bottles Sold,Sale (Dollars)", Table::Actuals),
            ("Store,Report Date,Name,Store Status,Address,State,Zip Code,latitude,longitude,City,County", Table::Shops),
            (
                "Item Number,Category Name,Item Description,Vendor,Vendor Name,Bottle Volume (ml),Pack,UPC",
                Table::Products,
            ),
            (" SHOP_ID ,Date,SKU,Qty,VALUE", Table::Actuals),
            ("日期,门店,产品,销量,销售额", Table::Actuals),
            ("门店编码,门店名称,地址,城市,区域,渠道,等级", Table::Shops),
            ("渠道,等级,商品编码", Table::MustSell),
            ("工号,账号,姓名,角色,区域", Table::People),
            ("month,shop,metric,amount", Table::Targets),
            ("月份,门店编码,目标", Table::Targets),
            ("Period,Store Number,Target", Table::Targets),
        ];
        for (headers, table) in cases {
            assert_eq!(layout(headers, &[]).map(|l| l.table).ok(), Some(table), "{headers}");
        }
        assert!(matches!(layout("a,b,c", &[]), Err(FileError::Unrecognised { .. })));
    }

    #[test]
    fn templates_are_recognised_as_what_they_are_for() {
        for table in BY_HEADERS {
            for lang in [Lang::Zh, Lang::En] {
                let headers = template(table, lang);
                let found = recognise(&headers, None, &[]).expect("a layout");
                assert_eq!(found.table, table, "{headers:?}");
                assert_eq!(found.ignored, Vec::<String>::new());
                let places: Vec<usize> = columns(table).iter().filter_map(|c| found.place(c.name)).collect();
                assert_eq!(places, (0..headers.len()).collect::<Vec<_>>(), "each column is its own: {headers:?}");
            }
        }
    }

    #[test]
    fn a_table_that_is_said_names_what_it_lacks() {
        let headers = ["month".to_owned(), "amount".to_owned()];
        let error = recognise(&headers, Some(Table::Targets), &[]).expect_err("refused");
        let (table, lacks) = (Some(Table::Targets), vec!["shop".to_owned()]);
        assert_eq!(error, FileError::Unrecognised { headers: headers.to_vec(), table, lacks });
    }

    #[test]
    fn a_mapping_by_hand_comes_first() {
        let found = layout(
            "When,Where,What,How many,How much",
            &[
                ("when", "date"),
                ("Where", "shop"),
                ("What", "product"),
                ("How many", "quantity"),
                ("HOW MUCH", "amount"),
            ],
        );
        assert_eq!(found.expect("a layout").place("amount"), Some(4));
        assert!(matches!(layout("a", &[("a", "colour")]), Err(FileError::BadMap(_))));
    }

    #[test]
    fn own_names_win_over_synonyms() {
        let found = layout("id,name,store,territory,channel", &[]).expect("a layout");
        assert_eq!((found.place("id"), found.ignored), (Some(0), vec!["store".to_owned()]));
    }
}
