//! The organisation: people and roles, the tree of territories, shops, products and the must-sell list.
//!
//! These are *views* over records. A record may hold more fields than are named here; whoever edits one sends field
//! patches, so fields this version does not know survive.

use crate::ids::{MetricId, PersonId, ProductId, ShopId, TerritoryId};
use crate::money::{Amount, Currency};
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// What a person may do and see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// 业务员: walks a route; sees the own shops.
    Rep,
    /// 稽核员: audits promotions; sees shops of the assigned territory, not the rep's targets.
    Auditor,
    /// 督导: plans and verifies; sees the territory and below.
    Supervisor,
    /// 销售经理: plans and splits targets; sees the territory and below.
    Manager,
    /// 管理员: keeps people, territories, shops, products; sees everything.
    Admin,
}

impl Role {
    /// Every role, for menus and for the authorisation matrix.
    pub const ALL: [Self; 5] = [Self::Rep, Self::Auditor, Self::Supervisor, Self::Manager, Self::Admin];

    /// The word used in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rep => "rep",
            Self::Auditor => "auditor",
            Self::Supervisor => "supervisor",
            Self::Manager => "manager",
            Self::Admin => "admin",
        }
    }

    /// Reads the word used in files; case and blanks around it do not matter.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// Whether this role looks at a whole territory rather than at its own shops.
    pub fn leads(self) -> bool {
        matches!(self, Self::Supervisor | Self::Manager | Self::Admin)
    }
}

/// The organisation's own settings. One record, `org/org`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Org {
    /// Name shown at sign-in and in the settings.
    pub name: String,
    /// Currency of every amount.
    pub currency: Currency,
    /// Basis of time gone, unless a target overrides it.
    #[serde(default)]
    pub day_basis: DayBasis,
    /// Id of the working calendar that knows holidays; `None` for Monday to Friday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// The last day for which actuals are in; `None` before the first import.
    #[serde(default, deserialize_with = "crate::calendar::read_day")]
    pub data_through: Option<NaiveDate>,
    /// Said in the app when the data are a demonstration.
    #[serde(default)]
    pub demo: Option<DemoNote>,
    /// Radius around a shop inside which a check-in needs no reason, metres.
    #[serde(default = "Org::default_fence_m")]
    pub fence_m: u32,
    /// The app asks for an unlock code at its start and after so many minutes in the background; `None`: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlock_after_min: Option<u32>,
}

impl Org {
    fn default_fence_m() -> u32 {
        150
    }
}

/// How days are weighed when time gone is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DayBasis {
    /// Every calendar day weighs the same (自然日).
    #[default]
    Calendar,
    /// Monday to Friday weigh one, Saturday and Sunday nothing (工作日).
    Working,
}

/// What was done to real data so that they look current.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoNote {
    /// Weeks by which every date was moved forward.
    pub shifted_weeks: i32,
    /// Where the data come from, in one line.
    pub source: String,
}

/// A node of the tree of territories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Territory {
    /// Name as written in the organisation.
    pub name: String,
    /// The node above; `None` for the root.
    #[serde(default)]
    pub parent: Option<TerritoryId>,
}

/// A person, as colleagues see one. Passwords are never part of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Name as it is shown.
    pub name: String,
    /// Role.
    pub role: Role,
    /// The territory of the role.
    pub territory: TerritoryId,
}

/// How a shop sells. Files may hold others: they are kept as they are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Channel(pub String);

/// A shop's grade, such as A, B or C.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tier(pub String);

/// A shop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shop {
    /// Name on the door.
    pub name: String,
    /// Street and number.
    #[serde(default)]
    pub address: String,
    /// Town.
    #[serde(default)]
    pub city: String,
    /// Its place in the tree of territories.
    pub territory: TerritoryId,
    /// How it sells.
    pub channel: Channel,
    /// Its grade.
    pub tier: Tier,
    /// Position, where one is known.
    #[serde(default)]
    pub position: Option<crate::geo::Position>,
    /// Who looks after it and since when; shares of any one day sum to 10,000 basis points.
    #[serde(default)]
    pub assigned: Vec<Assignment>,
    /// ISO weekdays (1 = Monday) on which it is on the route.
    #[serde(default)]
    pub visit_weekdays: Vec<u8>,
}

impl Shop {
    /// Whether the shop is on the route on this day.
    pub fn is_due(&self, day: NaiveDate) -> bool {
        let weekday = u8::try_from(day.weekday().number_from_monday()).unwrap_or(0);
        self.visit_weekdays.contains(&weekday)
    }

    /// Whether the person looks after the shop on this day.
    pub fn is_assigned(&self, person: &PersonId, day: NaiveDate) -> bool {
        self.assigned.iter().any(|a| {
            a.person == *person && a.from.is_none_or(|from| from <= day) && a.until.is_none_or(|until| day < until)
        })
    }
}

/// Who looks after a shop, with the share of its credit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The person.
    pub person: PersonId,
    /// Share of the shop's credit, basis points.
    pub share_bp: u16,
    /// First day; `None` means always.
    #[serde(default, deserialize_with = "crate::calendar::read_day")]
    pub from: Option<NaiveDate>,
    /// First day after the last; `None` means open-ended.
    #[serde(default, deserialize_with = "crate::calendar::read_day")]
    pub until: Option<NaiveDate>,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Name on the shelf label.
    pub name: String,
    /// Category, the level at which a phone keeps facts.
    pub category: String,
    /// Planned shelf price.
    #[serde(default)]
    pub price: Option<Amount>,
    /// Barcode, digits only.
    #[serde(default)]
    pub barcode: Option<String>,
}

/// The must-sell list (必分销清单) of one channel and tier. Record id `channel/tier`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MustSell {
    /// Channel it holds for.
    pub channel: Channel,
    /// Tier it holds for.
    pub tier: Tier,
    /// Products, in the order in which they are asked.
    pub products: Vec<ProductId>,
}

/// How a metric adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Adds {
    /// Amounts of days, shops and products add.
    Sum,
    /// Numerator and denominator add, never the quotient.
    Ratio,
    /// The newest value counts.
    Latest,
}

/// Sales amount (销售额), minor units.
pub fn sales() -> MetricId {
    MetricId::from("sales")
}

/// Quantity sold (销量), single units.
pub fn quantity() -> MetricId {
    MetricId::from("quantity")
}

/// The facts segment that holds one shop's one year.
pub fn segment_id(shop: &ShopId, year: i32) -> String {
    format!("{shop}:{year}")
}
