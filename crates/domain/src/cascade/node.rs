//! What a target is set for: a metric, in a period, within a scope.

use crate::calendar::{Period, PeriodKind};
use crate::ids::{MetricId, PersonId, ProductId, ShopId, TerritoryId};
use crate::org::Channel;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Along what a node is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dimension {
    /// 区域: a territory into territories below it.
    Territory,
    /// 渠道.
    Channel,
    /// 品类.
    Category,
    /// 产品.
    Product,
    /// 门店.
    Shop,
    /// 人员.
    Person,
    /// 时间: year → quarter → month → day.
    Time,
}

impl Dimension {
    /// Every dimension.
    pub const ALL: [Self; 7] =
        [Self::Territory, Self::Channel, Self::Category, Self::Product, Self::Shop, Self::Person, Self::Time];

    /// The word used in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Territory => "territory",
            Self::Channel => "channel",
            Self::Category => "category",
            Self::Product => "product",
            Self::Shop => "shop",
            Self::Person => "person",
            Self::Time => "time",
        }
    }

    /// Reads the word used in files and on the command line.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.as_str() == text)
    }
}

/// One place along a dimension: what tells a child from its siblings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "by", content = "of", rename_all = "lowercase")]
pub enum Member {
    /// A territory.
    Territory(TerritoryId),
    /// A channel.
    Channel(Channel),
    /// A category of products.
    Category(String),
    /// A product.
    Product(ProductId),
    /// A shop.
    Shop(ShopId),
    /// A person.
    Person(PersonId),
    /// A period.
    Time(Period),
}

impl Member {
    /// The dimension it lies on.
    pub fn dimension(&self) -> Dimension {
        match self {
            Self::Territory(_) => Dimension::Territory,
            Self::Channel(_) => Dimension::Channel,
            Self::Category(_) => Dimension::Category,
            Self::Product(_) => Dimension::Product,
            Self::Shop(_) => Dimension::Shop,
            Self::Person(_) => Dimension::Person,
            Self::Time(_) => Dimension::Time,
        }
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Territory(id) => write!(f, "{id}"),
            Self::Channel(Channel(name)) | Self::Category(name) => f.write_str(name),
            Self::Product(id) => write!(f, "{id}"),
            Self::Shop(id) => write!(f, "{id}"),
            Self::Person(id) => write!(f, "{id}"),
            Self::Time(period) => write!(f, "{period}"),
        }
    }
}

/// What part of the trade is meant; a field that is not set means all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// A territory and everything below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub territory: Option<TerritoryId>,
    /// A channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// A category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// A product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductId>,
    /// A shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shop: Option<ShopId>,
    /// A person: the shares of credit that are this person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
}

/// A node of the cascade.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Node {
    /// What is counted.
    pub metric: MetricId,
    /// When.
    pub period: Period,
    /// Where, what and who.
    pub scope: Scope,
}

/// Why a member cannot be a child of a node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NodeError {
    /// The node is already about one channel, shop, product, category or person.
    #[error("{node} is already about one {}", .dimension.as_str())]
    AlreadyFixed {
        /// The node.
        node: Box<Node>,
        /// The dimension.
        dimension: Dimension,
    },
    /// A period that is no part of the node's.
    #[error("{period} is no part of {node}")]
    NoPart {
        /// The node.
        node: Box<Node>,
        /// The period.
        period: Period,
    },
}

impl Node {
    /// The child that is about this member.
    ///
    /// # Errors
    /// When the node is already about another member of a dimension without levels, or the period is no proper part of
    /// the node's. Whether a territory lies below another is the organisation's to know and is not checked.
    pub fn child(&self, member: &Member) -> Result<Self, NodeError> {
        let mut child = self.clone();
        let scope = &mut child.scope;
        let was_set = match member {
            Member::Territory(id) => scope.territory.replace(id.clone()).as_ref() == Some(id),
            Member::Channel(name) => scope.channel.replace(name.clone()).is_some(),
            Member::Category(name) => scope.category.replace(name.clone()).is_some(),
            Member::Product(id) => scope.product.replace(id.clone()).is_some(),
            Member::Shop(id) => scope.shop.replace(id.clone()).is_some(),
            Member::Person(id) => scope.person.replace(id.clone()).is_some(),
            Member::Time(period) => {
                let (whole, kind) = (self.period, period.kind());
                if kind <= whole.kind() || kind == PeriodKind::Week || !whole.covers(*period) {
                    return Err(NodeError::NoPart { node: Box::new(self.clone()), period: *period });
                }
                child.period = *period;
                false
            }
        };
        if was_set {
            return Err(NodeError::AlreadyFixed { node: Box::new(self.clone()), dimension: member.dimension() });
        }
        Ok(child)
    }
}

impl Node {
    /// Whether the other node may lie below this one (or is it): same metric, a period within, and the same in every field
    /// this one fixes but the territory, which may be one below; whether it is, the organisation knows.
    pub fn covers(&self, other: &Self) -> bool {
        fn fits<T: PartialEq>(of: &Option<T>, other: &Option<T>) -> bool {
            of.is_none() || of == other
        }
        let (of, is) = (&self.scope, &other.scope);
        self.metric == other.metric
            && self.period.covers(other.period)
            && (of.territory.is_none() || is.territory.is_some())
            && fits(&of.channel, &is.channel)
            && fits(&of.category, &is.category)
            && fits(&of.product, &is.product)
            && fits(&of.shop, &is.shop)
            && fits(&of.person, &is.person)
    }

    /// Whether plans set for both nodes would give a target to the same shop and month twice: the same metric, days in
    /// common, and one's territory in the other's. `lies_in` tells whether a territory is another one or lies below it.
    pub fn overlaps(&self, other: &Self, lies_in: impl Fn(&TerritoryId, &TerritoryId) -> bool) -> bool {
        let place = match (&self.scope.territory, &other.scope.territory) {
            (Some(one), Some(other)) => lies_in(one, other) || lies_in(other, one),
            _ => true,
        };
        self.metric == other.metric && self.period.touches(other.period) && place
    }

    /// The id of the record by which the endpoint hands this node's amount down: its name with slashes.
    pub fn record_id(&self) -> String {
        self.to_string().replace(' ', "/")
    }
}

/// `sales 2026-11 territory=east person=li`, as errors and files name it.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.metric, self.period)?;
        let scope = &self.scope;
        let fields = [
            ("territory", scope.territory.as_ref().map(TerritoryId::as_str)),
            ("channel", scope.channel.as_ref().map(|channel| channel.0.as_str())),
            ("category", scope.category.as_deref()),
            ("product", scope.product.as_ref().map(ProductId::as_str)),
            ("shop", scope.shop.as_ref().map(ShopId::as_str)),
            ("person", scope.person.as_ref().map(PersonId::as_str)),
        ];
        fields.iter().filter_map(|(name, id)| Some((name, (*id)?))).try_for_each(|(name, id)| write!(f, " {name}={id}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_by_hand() {
        let period = |text| Period::parse(text).expect("a period");
        let year = Node { metric: "sales".into(), period: period("2026"), scope: Scope::default() };
        let east = year.child(&Member::Territory("east".into())).expect("a child");
        let shanghai = east.child(&Member::Territory("shanghai".into())).expect("territories have levels");
        let november = shanghai.child(&Member::Time(period("2026-11"))).expect("a month of the year");
        assert_eq!(november.to_string(), "sales 2026-11 territory=shanghai");
        let shop = november.child(&Member::Shop("s1".into())).expect("a shop");
        assert!(matches!(shop.child(&Member::Shop("s2".into())), Err(NodeError::AlreadyFixed { .. })));
        assert!(matches!(shanghai.child(&Member::Territory("shanghai".into())), Err(NodeError::AlreadyFixed { .. })));
        for (node, part) in
            [(&november, "2026-12"), (&november, "2026-Q4"), (&november, "2026-W46"), (&year, "2027-01")]
        {
            assert!(matches!(node.child(&Member::Time(period(part))), Err(NodeError::NoPart { .. })), "{part}");
        }
        let text = serde_json::to_string(&shop).expect("writes");
        assert_eq!(text, r#"{"metric":"sales","period":"2026-11","scope":{"territory":"shanghai","shop":"s1"}}"#);
        assert_eq!(serde_json::from_str::<Node>(&text).expect("reads"), shop);
    }

    #[test]
    fn plans_that_overlap_by_hand() {
        let node = |metric: &str, period: &str, territory: &str| Node {
            metric: metric.into(),
            period: Period::parse(period).expect("a period"),
            scope: Scope { territory: Some(territory.into()), ..Scope::default() },
        };
        // Iowa lies above west and east.
        let lies_in = |a: &TerritoryId, b: &TerritoryId| a == b || b.as_str() == "iowa";
        let year = node("sales", "2026", "iowa");
        let cases = [
            (node("sales", "2026-12", "iowa"), true),
            (node("sales", "2026-12", "west"), true), // below
            (node("sales", "2026", "iowa"), true),
            (node("sales", "2027", "iowa"), false),
            (node("quantity", "2026-12", "west"), false),
            (node("sales", "2026-W53", "east"), true), // a week across two years
        ];
        for (other, expect) in cases {
            assert_eq!(year.overlaps(&other, lies_in), expect, "{other}");
            assert_eq!(other.overlaps(&year, lies_in), expect, "{other}, the other way round");
        }
        assert!(!node("sales", "2026-12", "west").overlaps(&node("sales", "2026-12", "east"), lies_in), "side by side");
    }
}
