//! What a node can be split among, and what each member sold before. Pure: records are handed in.

use crate::state::cockpit::Territories;
use crate::state::cockpit::tree::path;
use crate::state::segments::Segments;
use crate::state::table::Table;
use aisle_domain::actuals::Ledger;
use aisle_domain::calendar::{Period, PeriodKind, Window};
use aisle_domain::cascade::{Dimension, Member, Node, Scope};
use aisle_domain::execution::keeper;
use aisle_domain::money::Amount;
use aisle_domain::org::{Product, Shop};
use aisle_domain::{MetricId, ProductId, ShopId};
use chrono::{Datelike, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};

/// Along what a node is split: a dimension, and for time into what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Along {
    /// Any dimension but time.
    Of(Dimension),
    /// Time, into periods of this kind.
    Time(PeriodKind),
}

impl Along {
    /// Every way, in the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::Of(Dimension::Territory),
        Self::Of(Dimension::Person),
        Self::Of(Dimension::Channel),
        Self::Of(Dimension::Category),
        Self::Of(Dimension::Shop),
        Self::Of(Dimension::Product),
        Self::Time(PeriodKind::Quarter),
        Self::Time(PeriodKind::Month),
    ];

    /// The dimension.
    pub fn dimension(self) -> Dimension {
        match self {
            Self::Of(dimension) => dimension,
            Self::Time(_) => Dimension::Time,
        }
    }
}

/// The records that say what there is to split among.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// Shops in scope.
    pub shops: &'a Table<ShopId, Shop>,
    /// Territories.
    pub territories: &'a Territories,
    /// Products.
    pub products: &'a Table<ProductId, Product>,
    /// Imported facts.
    pub segments: &'a Segments,
    /// Entries and corrections.
    pub entries: &'a Ledger,
    /// The day on which a shop's keeper counts.
    pub today: NaiveDate,
}

impl Ground<'_> {
    /// Shops a scope is about.
    pub fn shops_in(&self, scope: &Scope) -> Vec<(&ShopId, &Shop)> {
        let fits = |(id, shop): &(&ShopId, &Shop)| {
            scope.shop.as_ref().is_none_or(|only| only == *id)
                && scope.channel.as_ref().is_none_or(|only| *only == shop.channel)
                && scope.territory.as_ref().is_none_or(|only| path(self.territories, &shop.territory).contains(only))
                && scope.person.as_ref().is_none_or(|only| keeper(shop, self.today).as_ref() == Some(only))
        };
        match &scope.shop {
            // Each of many shops is asked about by itself.
            Some(id) => self.shops.row(id).into_iter().filter(fits).collect(),
            None => self.shops.iter().filter(fits).collect(),
        }
    }

    /// The members of a node along a dimension, in the order of their ids; only those that can be its children.
    pub fn members(&self, node: &Node, along: Along) -> Vec<Member> {
        let shops = self.shops_in(&node.scope);
        let members: BTreeSet<Member> = match along {
            Along::Time(kind) => node.period.split_into(kind).into_iter().map(Member::Time).collect(),
            Along::Of(Dimension::Territory) => {
                shops.iter().filter_map(|(_, shop)| self.below(node, shop)).map(Member::Territory).collect()
            }
            Along::Of(Dimension::Channel) => {
                shops.iter().map(|(_, shop)| Member::Channel(shop.channel.clone())).collect()
            }
            Along::Of(Dimension::Category) => {
                let years = node.period.first().year() - 1..=node.period.last().year();
                let sold = shops.iter().flat_map(|(id, _)| self.segments.of(id, years.clone()));
                let sold = sold.flat_map(|segment| segment.categories().iter().cloned());
                sold.chain(self.products.values().map(|product| product.category.clone()))
                    .map(Member::Category)
                    .collect()
            }
            Along::Of(Dimension::Product) => {
                let of_category = |(_, product): &(&ProductId, &Product)| {
                    node.scope.category.as_ref().is_some_and(|category| *category == product.category)
                };
                self.products.iter().filter(of_category).map(|(id, _)| Member::Product(id.clone())).collect()
            }
            Along::Of(Dimension::Shop) => shops.iter().map(|(id, _)| Member::Shop((*id).clone())).collect(),
            Along::Of(Dimension::Person) => {
                shops.iter().filter_map(|(_, shop)| keeper(shop, self.today)).map(Member::Person).collect()
            }
            Along::Of(Dimension::Time) => BTreeSet::new(),
        };
        members.into_iter().filter(|member| node.child(member).is_ok()).collect()
    }

    /// The territory right below the node's on the way to a shop.
    fn below(&self, node: &Node, shop: &Shop) -> Option<aisle_domain::TerritoryId> {
        let path = path(self.territories, &shop.territory);
        match &node.scope.territory {
            None => path.first().cloned(),
            Some(territory) => {
                let at = path.iter().position(|id| id == territory)?;
                path.get(at + 1).cloned()
            }
        }
    }

    /// Along what a node can be split: where there is anything to split among.
    pub fn alongs(&self, node: &Node) -> Vec<Along> {
        Along::ALL.into_iter().filter(|along| !self.members(node, *along).is_empty()).collect()
    }

    /// What a scope sold in some days. Facts know categories and no products: of a product it is nothing.
    pub fn sold(&self, metric: &MetricId, scope: &Scope, days: Window) -> Amount {
        if scope.product.is_some() {
            return Amount::ZERO;
        }
        let mut sum = Amount::ZERO;
        for (id, _) in self.shops_in(scope) {
            for segment in self.segments.of(id, days.first.year()..=days.last.year()) {
                sum += match &scope.category {
                    None => segment.sum(metric, days.first, days.last),
                    Some(category) => {
                        let mut by_category = BTreeMap::new();
                        segment.add_by_category(metric, days.first, days.last, &mut by_category);
                        by_category.get(category).copied().unwrap_or_default()
                    }
                };
            }
        }
        let entered = self.entries.cells().filter(|(cell, _)| {
            cell.metric == *metric
                && days.contains(cell.day)
                && scope.category.as_ref().is_none_or(|category| *category == cell.category)
        });
        let shops: BTreeSet<&ShopId> = self.shops_in(scope).into_iter().map(|(id, _)| id).collect();
        let entered = entered.filter(|(cell, _)| shops.contains(&cell.shop));
        sum + entered.map(|(_, value)| value.amount()).sum()
    }

    /// What each member sold in the same period of the year before.
    pub fn last_year(&self, node: &Node, members: &[Member]) -> Vec<Amount> {
        self.each(node, members, |child| child.period.year_before().map(|before| (before, before)))
    }

    /// What each member sold in some earlier periods; of a split along time, in those a year before its own.
    pub fn sold_in(&self, node: &Node, members: &[Member], first: Period, last: Period) -> Vec<Amount> {
        self.each(node, members, |child| {
            if child.period == node.period { Some((first, last)) } else { child.period.year_before().map(|p| (p, p)) }
        })
    }

    fn each(&self, node: &Node, members: &[Member], when: impl Fn(&Node) -> Option<(Period, Period)>) -> Vec<Amount> {
        let sold = |member: &Member| {
            let child = node.child(member).ok()?;
            let (first, last) = when(&child)?;
            Some(self.sold(&node.metric, &child.scope, Window { first: first.first(), last: last.last() }))
        };
        members.iter().map(|member| sold(member).unwrap_or_default()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aisle_domain::facts::{Segment, SegmentBuilder};
    use aisle_domain::org::{Assignment, Channel, Territory, Tier, sales};

    fn shop(territory: &str, channel: &str, person: &str) -> Shop {
        let assigned = vec![Assignment { person: person.into(), share_bp: 10_000, from: None, until: None }];
        Shop {
            name: "S".into(),
            address: String::new(),
            city: String::new(),
            territory: territory.into(),
            channel: Channel(channel.into()),
            tier: Tier("A".into()),
            position: None,
            assigned,
            visit_weekdays: vec![],
        }
    }

    fn facts(rows: &[(&str, &str, i64)]) -> Vec<Segment> {
        let mut builder = SegmentBuilder::new(2025, vec![sales()]);
        for (day, category, value) in rows {
            assert!(builder.add(day.parse().expect("a date"), category, &[*value]));
        }
        vec![builder.build()]
    }

    #[test]
    fn members_and_what_they_sold() {
        let land = |name: &str, parent: Option<&str>| {
            (name.into(), Territory { name: name.into(), parent: parent.map(Into::into) })
        };
        let territories = Territories::from_sorted(vec![
            land("city", Some("west")),
            land("east", Some("land")),
            land("land", None),
            land("west", Some("land")),
        ]);
        let shops = Table::from_sorted(vec![
            ("a".into(), shop("city", "ka", "li")),
            ("b".into(), shop("west", "chain", "li")),
            ("c".into(), shop("east", "ka", "wang")),
        ]);
        let segments = Segments::packed(&[
            ("a".into(), facts(&[("2025-11-05", "RUM", 10), ("2025-11-06", "GIN", 5), ("2025-12-01", "RUM", 1_000)])),
            ("b".into(), facts(&[("2025-11-30", "RUM", 100)])),
            ("c".into(), facts(&[("2025-10-05", "RUM", 7)])),
        ]);
        let (products, entries) = (Table::default(), Ledger::default());
        let today = "2026-11-25".parse().expect("a date");
        let ground = Ground {
            shops: &shops,
            territories: &territories,
            products: &products,
            segments: &segments,
            entries: &entries,
            today,
        };
        let node = Node {
            metric: sales(),
            period: Period::Month(2026, 11),
            scope: Scope { territory: Some("land".into()), ..Scope::default() },
        };
        let read = |along: Along| {
            let members = ground.members(&node, along);
            let sold = ground.last_year(&node, &members);
            members.iter().map(ToString::to_string).zip(sold.into_iter().map(|a| a.0)).collect::<Vec<_>>()
        };
        let rows = |rows: &[(&str, i64)]| rows.iter().map(|(n, a)| ((*n).to_owned(), *a)).collect::<Vec<_>>();
        assert_eq!(read(Along::Of(Dimension::Territory)), rows(&[("east", 0), ("west", 115)]));
        assert_eq!(read(Along::Of(Dimension::Person)), rows(&[("li", 115), ("wang", 0)]));
        assert_eq!(read(Along::Of(Dimension::Channel)), rows(&[("chain", 100), ("ka", 15)]));
        assert_eq!(read(Along::Of(Dimension::Category)), rows(&[("GIN", 5), ("RUM", 110)]));
        assert_eq!(read(Along::Of(Dimension::Shop)), rows(&[("a", 15), ("b", 100), ("c", 0)]));
        assert_eq!(read(Along::Of(Dimension::Product)), [], "only below a category");
        assert_eq!(read(Along::Time(PeriodKind::Quarter)), [], "a month has no quarters");
        let year = Node { period: Period::Year(2026), ..node.clone() };
        let quarters = ground.members(&year, Along::Time(PeriodKind::Quarter));
        let sold = ground.last_year(&year, &quarters);
        assert_eq!(sold.iter().map(|a| a.0).collect::<Vec<_>>(), [0, 0, 0, 1_122], "each by its own quarter before");
        let dimensions: Vec<&str> = ground.alongs(&node).iter().map(|along| along.dimension().as_str()).collect();
        assert_eq!(dimensions, ["territory", "person", "channel", "category", "shop"]);
        let west = node.child(&Member::Territory("west".into())).expect("a child");
        assert_eq!(ground.members(&west, Along::Of(Dimension::Shop)).len(), 2);
    }
}
