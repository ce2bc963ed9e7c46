//! Progress of the person's shops: targets against actuals, computed on the device from packed facts.

use super::{Catalog, Work};
use crate::platform::clock;
use aisle_domain::ShopId;
use aisle_domain::calendar::{Period, TimeGone};
use aisle_domain::facts::Segment;
use aisle_domain::money::Amount;
use aisle_domain::org::{self, Org, Shop};
use aisle_domain::progress::Progress;
use aisle_protocol::record::Kind;
use chrono::{Datelike, Days, NaiveDate};
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Unpacked segments of a shop, by year.
type Segments = BTreeMap<ShopId, Vec<Arc<Segment>>>;

/// A shop whose share of the gap can be made up on today's route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catchable {
    /// Shops that are behind, most behind first.
    pub shops: Vec<(ShopId, Amount)>,
    /// What they are behind in all.
    pub amount: Amount,
    /// That as a share of the whole gap, percent, at most 100.
    pub percent: u32,
}

/// Progress. Context.
#[derive(Clone, Copy)]
pub struct Performance {
    segments: Memo<Arc<Segments>>,
    data_through: Memo<NaiveDate>,
    by_shop: Memo<Arc<BTreeMap<ShopId, Progress>>>,
    month: Memo<Progress>,
    year: Memo<Progress>,
}

impl Performance {
    /// Computes everything when it is first asked for.
    pub fn provide() -> Self {
        let (work, catalog) = (Work::get(), Catalog::get());
        let segments = Memo::new(move |_| Arc::new(unpack(work, &catalog.shops.get())));
        let data_through = Memo::new(move |_| catalog.org.with(|org| through(org.as_ref())));
        let month_of = move || Period::month_of(data_through.get());
        let by_shop = Memo::new(move |_| {
            let shops = catalog.shops.get();
            let of = |id: &ShopId| progress(catalog, &segments.get(), &[id], month_of(), data_through.get());
            Arc::new(shops.keys().map(|id| (id.clone(), of(id))).collect())
        });
        let all = move |period: Period| {
            let shops = catalog.shops.get();
            let ids: Vec<&ShopId> = shops.keys().collect();
            progress(catalog, &segments.get(), &ids, period, data_through.get())
        };
        let this = Self {
            segments,
            data_through,
            by_shop,
            month: Memo::new(move |_| all(month_of())),
            year: Memo::new(move |_| all(Period::year_of(data_through.get()))),
        };
        provide_context(this);
        this
    }

    /// The figures in effect.
    pub fn get() -> Self {
        expect_context()
    }

    /// The last day for which actuals are in.
    pub fn data_through(self) -> NaiveDate {
        self.data_through.get()
    }

    /// The month of the data-through day, over every shop in scope.
    pub fn month(self) -> Memo<Progress> {
        self.month
    }

    /// The year of the data-through day, over every shop in scope.
    pub fn year(self) -> Memo<Progress> {
        self.year
    }

    /// The month, shop by shop.
    pub fn by_shop(self) -> Memo<Arc<BTreeMap<ShopId, Progress>>> {
        self.by_shop
    }

    /// The year of one shop.
    pub fn shop_year(self, shop: &ShopId) -> Progress {
        let through = self.data_through.get();
        progress(Catalog::get(), &self.segments.get(), &[shop], Period::year_of(through), through)
    }

    /// Categories of a shop in the month, largest first.
    pub fn shop_categories(self, shop: &ShopId) -> Vec<(String, Amount)> {
        let through = self.data_through.get();
        let mut sums = BTreeMap::new();
        for segment in self.segments.get().get(shop).into_iter().flatten() {
            segment.add_by_category(&org::sales(), Period::month_of(through).first(), through, &mut sums);
        }
        let mut list: Vec<(String, Amount)> = sums.into_iter().collect();
        list.sort_by_key(|(_, amount)| std::cmp::Reverse(*amount));
        list
    }

    /// What of the month's gap lies in these shops.
    pub fn catchable(self, route: &[ShopId]) -> Option<Catchable> {
        let gap = self.month.get().shortfall().filter(|gap| gap.0 > 0)?;
        let by_shop = self.by_shop.get();
        let behind = |id: &ShopId| by_shop.get(id)?.shortfall().filter(|amount| amount.0 > 0);
        let mut shops: Vec<(ShopId, Amount)> = route.iter().filter_map(|id| Some((id.clone(), behind(id)?))).collect();
        shops.sort_by_key(|(_, amount)| std::cmp::Reverse(*amount));
        let amount: Amount = shops.iter().map(|(_, amount)| *amount).sum();
        let percent = u32::try_from((amount.0 * 100 / gap.0).min(100)).unwrap_or(0);
        (!shops.is_empty()).then_some(Catchable { shops, amount, percent })
    }
}

fn through(org: Option<&Org>) -> NaiveDate {
    let yesterday = clock::today() - Days::new(1);
    org.and_then(|org| org.data_through).unwrap_or(yesterday)
}

fn unpack(work: Work, shops: &BTreeMap<ShopId, Shop>) -> Segments {
    work.track(&Kind::Facts);
    let this_year = clock::today().year();
    let segments_of = |shop: &ShopId| -> Vec<Arc<Segment>> {
        let packed = (this_year - 3..=this_year)
            .filter_map(|year| work.peek(|replica| replica.facts(&org::segment_id(shop, year))).flatten());
        // A segment that cannot be read counts nothing here; it stays in storage and comes again with the feed.
        packed.filter_map(|bytes| Segment::unpack(&bytes).ok().map(Arc::new)).collect()
    };
    shops.keys().map(|shop| (shop.clone(), segments_of(shop))).collect()
}

fn progress(catalog: Catalog, segments: &Segments, shops: &[&ShopId], period: Period, through: NaiveDate) -> Progress {
    let basis = catalog.org.with(|org| org.as_ref().map(|org| org.day_basis).unwrap_or_default());
    let target = catalog.targets.with(|targets| {
        let of_shops = shops.iter().filter_map(|shop| targets.by_shop.get(*shop));
        let months = of_shops.flat_map(|months| months.iter().filter(|(month, _)| period.contains(month.first())));
        months.map(|(_, amount)| *amount).reduce(|a, b| a + b)
    });
    let sales = org::sales();
    let of_shops = shops.iter().filter_map(|shop| segments.get(*shop)).flatten();
    let actual = of_shops.map(|segment| segment.sum(&sales, period.first(), through)).sum();
    Progress { target, actual, time: TimeGone::at(period, through, basis) }
}
