//! The organisation as this person sees it: shops, products, people, targets, visits. Each is read once and kept
//! until a record of its kind changes.

use super::Work;
use aisle_domain::calendar::Period;
use aisle_domain::checklist::{PlannedPrices, Template};
use aisle_domain::money::{Amount, Currency};
use aisle_domain::org::{self, MustSell, Org, Person, Product, Shop, Territory};
use aisle_domain::target::{Target, TargetBasis};
use aisle_domain::visit::{Answer, Photo, Visit};
use aisle_domain::{AnswerId, PersonId, PhotoId, ProductId, ShopId, TerritoryId, VisitId};
use aisle_protocol::record::Kind;
use leptos::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Records of one kind by id.
pub type ById<K, T> = Arc<BTreeMap<K, T>>;

/// Targets of the sales metric by shop and month, and where they come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Targets {
    /// Amounts.
    pub by_shop: HashMap<ShopId, BTreeMap<Period, Amount>>,
    /// Where they come from, if all come from the same place.
    pub basis: Option<TargetBasis>,
}

/// The organisation. Context.
#[derive(Clone, Copy)]
pub struct Catalog {
    /// Settings; `None` before the first download.
    pub org: Memo<Option<Org>>,
    /// Shops in this person's scope.
    pub shops: Memo<ById<ShopId, Shop>>,
    /// Products.
    pub products: Memo<ById<ProductId, Product>>,
    /// Planned prices of products.
    pub prices: Memo<Arc<PlannedPrices>>,
    /// Territories.
    pub territories: Memo<ById<TerritoryId, Territory>>,
    /// Colleagues.
    pub people: Memo<ById<PersonId, Person>>,
    /// Must-sell lists by `channel/tier`.
    pub must_sell: Memo<ById<String, MustSell>>,
    /// Checklist templates by record id.
    pub templates: Memo<ById<String, Template>>,
    /// Targets.
    pub targets: Memo<Arc<Targets>>,
    /// Visits in this person's scope.
    pub visits: Memo<ById<VisitId, Visit>>,
    /// Answers by visit.
    pub answers: Memo<Arc<HashMap<VisitId, BTreeMap<AnswerId, Answer>>>>,
    /// Facts of photos.
    pub photos: Memo<ById<PhotoId, Photo>>,
}

impl Catalog {
    /// Reads everything when it is first asked for.
    pub fn provide() -> Self {
        let work = Work::get();
        let products = by_id(work, Kind::Product);
        let this = Self {
            org: Memo::new(move |_| work.one(Kind::Org, "org")),
            shops: by_id(work, Kind::Shop),
            products,
            prices: Memo::new(move |_| Arc::new(prices(&products.get()))),
            territories: by_id(work, Kind::Territory),
            people: by_id(work, Kind::Person),
            must_sell: by_id(work, Kind::MustSell),
            templates: by_id(work, Kind::Template),
            targets: Memo::new(move |_| Arc::new(targets(work.all(&Kind::Target)))),
            visits: by_id(work, Kind::Visit),
            answers: Memo::new(move |_| Arc::new(by_visit(work.all(&Kind::Answer)))),
            photos: by_id(work, Kind::Photo),
        };
        provide_context(this);
        this
    }

    /// The organisation in effect.
    pub fn get() -> Self {
        expect_context()
    }

    /// The organisation's currency.
    pub fn currency(self) -> Option<Currency> {
        self.org.with(|org| org.as_ref().map(|org| org.currency.clone()))
    }

    /// A shop.
    pub fn shop(self, id: &ShopId) -> Option<Shop> {
        self.shops.with(|shops| shops.get(id).cloned())
    }

    /// The must-sell list of a shop's channel and tier.
    pub fn must_sell_of(self, shop: &Shop) -> Vec<ProductId> {
        let key = format!("{}/{}", shop.channel.0, shop.tier.0);
        self.must_sell.with(|lists| lists.get(&key).map(|list| list.products.clone()).unwrap_or_default())
    }

    /// The newest version of the checklist that is walked in every visit.
    pub fn checklist(self) -> Option<(String, Template)> {
        self.templates.with(|templates| {
            let newest = templates.iter().max_by_key(|(_, template)| template.version)?;
            Some((newest.0.clone(), newest.1.clone()))
        })
    }

    /// A territory with those above it, from the top: `Iowa › East › Linn`.
    pub fn territory_path(self, id: &TerritoryId) -> Vec<String> {
        self.territories.with(|all| {
            let mut path = Vec::new();
            let mut at = Some(id.clone());
            while let Some(territory) = at.and_then(|id| all.get(&id)) {
                path.push(territory.name.clone());
                at = territory.parent.clone().filter(|_| path.len() < 20);
            }
            path.reverse();
            path
        })
    }

    /// Visits to a shop that are over, newest first.
    pub fn visits_of(self, shop: &ShopId) -> Vec<(VisitId, Visit)> {
        self.visits.with(|visits| {
            let of_shop = visits.iter().filter(|(_, visit)| visit.shop == *shop && !visit.is_open());
            let mut list: Vec<(VisitId, Visit)> = of_shop.map(|(id, visit)| (id.clone(), visit.clone())).collect();
            list.sort_by_key(|(_, visit)| std::cmp::Reverse(visit.check_in.at));
            list
        })
    }
}

fn by_id<K, T>(work: Work, kind: Kind) -> Memo<ById<K, T>>
where
    K: From<String> + Ord + Send + Sync + 'static,
    T: serde::de::DeserializeOwned + PartialEq + Send + Sync + 'static,
{
    Memo::new(move |_| {
        let all = work.all::<T>(&kind).into_iter();
        Arc::new(all.map(|(id, value)| (K::from(id), value)).collect())
    })
}

fn prices(products: &BTreeMap<ProductId, Product>) -> PlannedPrices {
    products.iter().filter_map(|(id, product)| Some((id.clone(), product.price?))).collect()
}

fn targets(all: Vec<(String, Target)>) -> Targets {
    let metric = org::sales();
    let mut targets = Targets::default();
    let mut bases: Vec<TargetBasis> = Vec::new();
    for (_, target) in all.into_iter().filter(|(_, target)| target.metric == metric) {
        *targets.by_shop.entry(target.shop).or_default().entry(target.period).or_default() += target.amount;
        if !bases.contains(&target.basis) {
            bases.push(target.basis);
        }
    }
    targets.basis = if bases.len() == 1 { bases.pop() } else { None };
    targets
}

fn by_visit(all: Vec<(String, Answer)>) -> HashMap<VisitId, BTreeMap<AnswerId, Answer>> {
    let mut by_visit: HashMap<VisitId, BTreeMap<AnswerId, Answer>> = HashMap::new();
    for (id, answer) in all {
        by_visit.entry(answer.visit.clone()).or_default().insert(AnswerId::from(id), answer);
    }
    by_visit
}
