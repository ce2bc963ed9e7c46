//! Tables and their columns, recognised by header in the words of several systems and two languages.

use crate::import::ImportError;
use serde::Serialize;

/// A table Aisle reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// The tree of territories.
    Territories,
    /// People and accounts.
    People,
    /// Products.
    Products,
    /// Shops.
    Shops,
    /// Must-sell lists.
    MustSell,
    /// Sales by shop, product and day.
    Actuals,
}

/// A column: its name, whether a table needs it, and other headers it goes by.
struct Column {
    name: &'static str,
    needed: bool,
    also: &'static [&'static str],
}

const fn needs(name: &'static str, also: &'static [&'static str]) -> Column {
    Column { name, needed: true, also }
}

const fn may(name: &'static str, also: &'static [&'static str]) -> Column {
    Column { name, needed: false, also }
}

const TERRITORIES: &[Column] = &[
    needs("id", &["territory", "territory id", "区域编码", "片区编码", "编码"]),
    needs("name", &["territory name", "区域", "区域名称", "片区", "名称"]),
    needs("parent", &["parent id", "above", "上级", "上级区域", "上级编码"]),
];

const PEOPLE: &[Column] = &[
    needs("id", &["person", "employee id", "工号", "编码"]),
    needs("login", &["account", "user", "username", "账号", "登录名"]),
    may("password", &["密码", "初始密码"]),
    needs("name", &["full name", "姓名"]),
    needs("role", &["角色", "岗位"]),
    needs("territory", &["territory id", "区域", "区域编码", "片区"]),
    may("active", &["enabled", "启用", "在职"]),
];

const PRODUCTS: &[Column] = &[
    needs("id", &["product", "product id", "sku", "item", "item number", "商品编码", "产品编码", "编码"]),
    needs("name", &["product name", "item description", "description", "商品名称", "产品名称", "名称"]),
    needs("category", &["category name", "品类", "类别", "分类"]),
    may("vendor", &["vendor name", "supplier", "brand owner", "供应商", "厂家"]),
    may("volume_ml", &["bottle volume (ml)", "volume", "容量", "容量ml"]),
    may("pack", &["units per case", "箱规", "装箱数"]),
    may("barcode", &["upc", "ean", "gtin", "条码", "条形码"]),
    may("price", &["state bottle retail", "retail price", "planned price", "零售价", "建议零售价", "价格"]),
];

const SHOPS: &[Column] = &[
    needs("id", &["shop", "shop id", "store", "store number", "outlet", "门店编码", "编码"]),
    needs("name", &["shop name", "store name", "门店名称", "门店", "名称"]),
    may("address", &["street", "地址", "详细地址"]),
    may("city", &["town", "城市"]),
    may("zip", &["zip code", "postcode", "postal code", "邮编"]),
    needs("territory", &["territory id", "county", "区域", "区域编码", "片区"]),
    may("channel", &["渠道", "渠道类型"]),
    may("tier", &["grade", "class", "等级", "门店等级"]),
    may("latitude", &["lat", "纬度"]),
    may("longitude", &["lon", "lng", "long", "经度"]),
    may("status", &["store status", "状态"]),
    may("rep", &["assigned to", "sales rep", "业务员", "负责人"]),
    may("visit_weekdays", &["visit days", "weekdays", "拜访日", "巡店日"]),
];

const MUST_SELL: &[Column] = &[
    needs("channel", &["渠道"]),
    needs("tier", &["grade", "等级", "门店等级"]),
    needs("product", &["product id", "sku", "item", "商品编码", "产品编码", "商品", "产品"]),
];

const ACTUALS: &[Column] = &[
    needs("date", &["day", "sale date", "invoice date", "日期", "销售日期"]),
    needs("shop", &["shop id", "store", "store number", "outlet", "门店", "门店编码"]),
    needs("product", &["product id", "sku", "item", "item number", "产品", "商品", "产品编码", "商品编码"]),
    needs("quantity", &["qty", "units", "bottles sold", "销量", "数量"]),
    needs("amount", &["sales", "value", "sale (dollars)", "销售额", "金额"]),
];

impl Table {
    /// Every table, the most telling headers first.
    pub const BY_HEADERS: [Self; 6] =
        [Self::Actuals, Self::MustSell, Self::People, Self::Products, Self::Shops, Self::Territories];

    fn columns(self) -> &'static [Column] {
        match self {
            Self::Territories => TERRITORIES,
            Self::People => PEOPLE,
            Self::Products => PRODUCTS,
            Self::Shops => SHOPS,
            Self::MustSell => MUST_SELL,
            Self::Actuals => ACTUALS,
        }
    }

    /// Its name on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Territories => "territories",
            Self::People => "people",
            Self::Products => "products",
            Self::Shops => "shops",
            Self::MustSell => "must_sell",
            Self::Actuals => "actuals",
        }
    }
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

/// Recognises a table by its headers. `map` gives a header the name of a column, `HEADER=FIELD`.
///
/// # Errors
/// When no table has all the columns it needs, or a mapping names none.
pub fn recognise(file: &str, headers: &[String], map: &[(String, String)]) -> Result<Layout, ImportError> {
    for (header, field) in map {
        let known = Table::BY_HEADERS.into_iter().flat_map(Table::columns).any(|c| c.name == field);
        if !known {
            return Err(ImportError::BadMap(format!("{header}={field}")));
        }
    }
    let mapped: Vec<String> = headers
        .iter()
        .map(|header| {
            let by_hand = map.iter().find(|(from, _)| plain(from) == plain(header));
            plain(by_hand.map_or(header.as_str(), |(_, field)| field.as_str()))
        })
        .collect();
    for table in Table::BY_HEADERS {
        let find = |column: &Column| {
            let names = std::iter::once(&column.name).chain(column.also);
            names.map(|name| plain(name)).find_map(|name| mapped.iter().position(|header| *header == name))
        };
        let places: Vec<(&'static str, usize)> =
            table.columns().iter().filter_map(|column| Some((column.name, find(column)?))).collect();
        let has = |column: &Column| places.iter().any(|(name, _)| *name == column.name);
        if table.columns().iter().all(|column| !column.needed || has(column)) {
            let is_used = |at: usize| places.iter().any(|(_, used)| *used == at);
            let ignored = headers.iter().enumerate().filter(|(at, _)| !is_used(*at)).map(|(_, h)| h.clone()).collect();
            return Ok(Layout { table, places, ignored });
        }
    }
    Err(ImportError::Unrecognised { file: file.to_owned(), headers: headers.join(", "), known: known_tables() })
}

fn known_tables() -> String {
    let describe = |table: Table| {
        let column = |c: &Column| if c.needed { c.name.to_owned() } else { format!("[{}]", c.name) };
        format!("  {}: {}", table.name(), table.columns().iter().map(column).collect::<Vec<_>>().join(", "))
    };
    Table::BY_HEADERS.into_iter().map(describe).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(headers: &str, map: &[(&str, &str)]) -> Result<Layout, ImportError> {
        let headers: Vec<String> = headers.split(',').map(str::to_owned).collect();
        let map: Vec<_> = map.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        recognise("x.csv", &headers, &map)
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
        ];
        for (headers, table) in cases {
            assert_eq!(layout(headers, &[]).map(|l| l.table).ok(), Some(table), "{headers}");
        }
        assert!(matches!(layout("a,b,c", &[]), Err(ImportError::Unrecognised { .. })));
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
        assert!(matches!(layout("a", &[("a", "colour")]), Err(ImportError::BadMap(_))));
    }

    #[test]
    fn own_names_win_over_synonyms() {
        let found = layout("id,name,store,territory,channel", &[]).expect("a layout");
        assert_eq!((found.place("id"), found.ignored), (Some(0), vec!["store".to_owned()]));
    }
}
