//! The organisation as this person sees it: shops, products, people, targets, visits. Each is read when it is first
//! asked for and kept until a record of its kind changes. Reading subscribes.

use super::Work;
use super::table::{Table, descending};
use aisle_domain::calendar::{DayWeights, Period, WorkDays};
use aisle_domain::checklist::{PlannedPrices, Template};
use aisle_domain::money::{Amount, Currency};
use aisle_domain::org::{self, DayBasis, MustSell, Org, Person, Product, Shop, Territory};
use aisle_domain::target::{Target, TargetBasis};
use aisle_domain::visit::{Amendment, Answer, Photo, Visit};
use aisle_domain::{AmendmentId, AnswerId, PersonId, PhotoId, ProductId, ShopId, TerritoryId, VisitId};
use aisle_protocol::record::{Kind, RecordRef};
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Records of one kind by id.
pub type ById<K, T> = Rc<Table<K, T>>;

/// Answers by visit, each visit's in the order of their ids.
pub type Given = BTreeMap<VisitId, Vec<(AnswerId, Answer)>>;

/// Targets of the sales metric by shop and month, and where they come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Targets {
    /// Amounts.
    pub by_shop: Table<ShopId, Vec<(Period, Amount)>>,
    /// Where they come from, if all come from the same place.
    pub basis: Option<TargetBasis>,
}

/// The organisation. Context.
#[derive(Clone, Copy)]
pub struct Catalog {
    work: Work,
}

impl Catalog {
    /// Needs the records.
    pub fn provide() -> Self {
        let this = Self { work: Work::get() };
        provide_context(this);
        this
    }

    /// The organisation in effect.
    pub fn get() -> Self {
        expect_context()
    }

    fn by_id<K, T>(self, name: &'static str, kind: &Kind) -> ById<K, T>
    where
        K: From<String> + Ord + 'static,
        T: DeserializeOwned + 'static,
    {
        self.work.keep(name, std::slice::from_ref(kind), || {
            let all = self.work.all::<T>(kind).into_iter();
            Table::from_sorted(all.map(|(id, value)| (K::from(id), value)).collect())
        })
    }

    /// Settings; `None` before the first download.
    pub fn org(self) -> Option<Org> {
        Option::clone(&self.work.keep("org", &[Kind::Org], || self.work.one(Kind::Org, "org")))
    }

    /// Hands the company's day weights to `read`: its basis, with its working calendar where it has one.
    pub fn weighed<T>(self, read: impl FnOnce(DayWeights<'_>) -> T) -> T {
        let basis = self.org().map(|org| org.day_basis).unwrap_or_default();
        let days: Rc<Option<WorkDays>> = self.work.keep("work_days", &[Kind::Org, Kind::Calendar], || {
            let id = self.org().filter(|org| org.day_basis == DayBasis::Working)?.calendar?;
            let rec = RecordRef::new(Kind::Calendar, id);
            WorkDays::of_record(&self.work.peek(|replica| replica.view(&rec)).flatten()?)
        });
        read(match Option::as_ref(&days) {
            Some(days) => DayWeights::WorkDays(days),
            None => DayWeights::of_org(basis, None),
        })
    }

    /// The organisation's currency.
    pub fn currency(self) -> Option<Currency> {
        self.org().map(|org| org.currency.clone())
    }

    /// Shops in this person's scope.
    pub fn shops(self) -> ById<ShopId, Shop> {
        self.by_id("shops", &Kind::Shop)
    }

    /// A shop.
    pub fn shop(self, id: &ShopId) -> Option<Shop> {
        self.shops().get(id).cloned()
    }

    /// Products.
    pub fn products(self) -> ById<ProductId, Product> {
        self.by_id("products", &Kind::Product)
    }

    /// Planned prices of products.
    pub fn prices(self) -> Rc<PlannedPrices> {
        self.work.keep("prices", &[Kind::Product], || prices(&self.products()))
    }

    /// Territories.
    pub fn territories(self) -> ById<TerritoryId, Territory> {
        self.by_id("territories", &Kind::Territory)
    }

    /// The name of a colleague; empty when not known.
    pub fn person_name(self, id: &PersonId) -> String {
        let people: ById<PersonId, Person> = self.by_id("people", &Kind::Person);
        people.get(id).map(|person| person.name.clone()).unwrap_or_default()
    }

    /// Checklist templates by record id.
    pub fn templates(self) -> ById<String, Template> {
        self.by_id("templates", &Kind::Template)
    }

    /// Targets.
    pub fn targets(self) -> Rc<Targets> {
        self.work.keep("targets", &[Kind::Target], || targets(self.work.all(&Kind::Target)))
    }

    /// Visits in this person's scope.
    pub fn visits(self) -> ById<VisitId, Visit> {
        self.by_id("visits", &Kind::Visit)
    }

    /// Answers by visit.
    pub fn answers(self) -> Rc<Given> {
        self.work.keep("answers", &[Kind::Answer], || by_visit(self.work.all(&Kind::Answer)))
    }

    /// Amendments of a visit, in the order of their ids.
    pub fn amendments_of(self, visit: &VisitId) -> Vec<(AmendmentId, Amendment)> {
        let all: ById<AmendmentId, Amendment> = self.by_id("amendments", &Kind::Amendment);
        let of_visit = all.iter().filter(|(_, amendment)| amendment.visit == *visit);
        of_visit.map(|(id, amendment)| (id.clone(), amendment.clone())).collect()
    }

    /// Facts of photos.
    pub fn photos(self) -> ById<PhotoId, Photo> {
        self.by_id("photos", &Kind::Photo)
    }

    /// The must-sell list of a shop's channel and tier.
    pub fn must_sell_of(self, shop: &Shop) -> Vec<ProductId> {
        let lists: ById<String, MustSell> = self.by_id("must_sell", &Kind::MustSell);
        let key = format!("{}/{}", shop.channel.0, shop.tier.0);
        lists.get(&key).map(|list| list.products.clone()).unwrap_or_default()
    }

    /// The newest version of the checklist that is walked in every visit.
    pub fn checklist(self) -> Option<(String, Template)> {
        let templates = self.templates();
        let (id, template) = templates.iter().max_by_key(|(_, template)| template.version)?;
        Some((id.clone(), template.clone()))
    }

    /// A territory with those above it, from the top: `Iowa › East › Linn`.
    pub fn territory_path(self, id: &TerritoryId) -> Vec<String> {
        let all = self.territories();
        let mut path = Vec::new();
        let mut at = Some(id.clone());
        while let Some(territory) = at.and_then(|id| all.get(&id)) {
            path.push(territory.name.clone());
            at = territory.parent.clone().filter(|_| path.len() < 20);
        }
        path.reverse();
        path
    }

    /// Visits to a shop that are over, newest first.
    pub fn visits_of(self, shop: &ShopId) -> Vec<(VisitId, Visit)> {
        let visits = self.visits();
        let of_shop = visits.iter().filter(|(_, visit)| visit.shop == *shop && !visit.is_open());
        let list: Vec<(VisitId, Visit)> = of_shop.map(|(id, visit)| (id.clone(), visit.clone())).collect();
        descending(list, |(_, visit)| visit.check_in.at)
    }
}

fn prices(products: &Table<ProductId, Product>) -> PlannedPrices {
    let mut prices = PlannedPrices::new();
    for (id, product) in products.iter() {
        if let Some(price) = product.price {
            prices.insert(id.clone(), price);
        }
    }
    prices
}

fn targets(all: Vec<(String, Target)>) -> Targets {
    let metric = org::sales();
    let mut by_shop: BTreeMap<ShopId, Vec<(Period, Amount)>> = BTreeMap::new();
    let mut bases: Vec<TargetBasis> = Vec::new();
    for (_, target) in all.into_iter().filter(|(_, target)| target.metric == metric) {
        by_shop.entry(target.shop).or_default().push((target.period, target.amount));
        if !bases.contains(&target.basis) {
            bases.push(target.basis);
        }
    }
    Targets {
        by_shop: Table::from_sorted(by_shop.into_iter().collect()),
        basis: if bases.len() == 1 { bases.pop() } else { None },
    }
}

fn by_visit(all: Vec<(String, Answer)>) -> Given {
    let mut by_visit = Given::new();
    for (id, answer) in all {
        by_visit.entry(answer.visit.clone()).or_default().push((AnswerId::from(id), answer));
    }
    by_visit
}
