//! Progress of the person's shops: targets against actuals, computed on the device from packed facts and the entries made
//! on phones. What was pulled, imported and entered meets in one figure.

use super::entered::{Entered, Sale, entered};
use super::table::{Table, descending};
use super::{Catalog, Work};
use crate::platform::clock;
use aisle_domain::ShopId;
use aisle_domain::calendar::{Period, TimeGone};
use aisle_domain::deviation::SHOPS_MAX;
use aisle_domain::facts::Segment;
use aisle_domain::money::Amount;
use aisle_domain::org::{self, Org, Shop};
use aisle_domain::progress::Progress;
use aisle_protocol::record::Kind;
use chrono::{Datelike, Days, NaiveDate};
use leptos::prelude::*;
use std::ops::Add;
use std::rc::Rc;

/// Unpacked segments of a shop, by year.
pub(super) type Segments = Table<ShopId, Vec<Segment>>;

/// A shop whose share of the gap can be made up on today's route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catchable {
    /// Shops that are behind, most behind first; as many as one can do something about in a day.
    pub shops: Vec<(ShopId, Amount)>,
    /// What they are behind in all.
    pub amount: Amount,
    /// That as a share of all that shops are behind, percent: as the page of deviations counts it.
    pub percent: u32,
}

/// What every figure here is computed from.
const KINDS: [Kind; 5] = [Kind::Facts, Kind::Entry, Kind::Shop, Kind::Target, Kind::Org];

/// Progress. Context.
#[derive(Clone, Copy)]
pub struct Performance {
    work: Work,
    catalog: Catalog,
}

impl Performance {
    /// Needs the records and the catalogue.
    pub fn provide() -> Self {
        let this = Self { work: Work::get(), catalog: Catalog::get() };
        provide_context(this);
        this
    }

    /// The figures in effect.
    pub fn get() -> Self {
        expect_context()
    }

    /// The last day for which actuals are in.
    pub fn data_through(self) -> NaiveDate {
        through(self.catalog.org().as_ref())
    }

    /// Unpacked facts.
    pub(super) fn segments(self) -> Rc<Segments> {
        self.work.keep("segments", &[Kind::Facts, Kind::Shop], || unpack(self.work, &self.catalog.shops()))
    }

    fn entered(self) -> Rc<Entered> {
        self.work.keep("entered", &[Kind::Entry], || entered(self.work))
    }

    fn of(self, shops: &[&ShopId], period: Period) -> Progress {
        progress(self.catalog, &self.segments(), &self.entered(), shops, period, self.data_through())
    }

    fn of_all(self, period: Period) -> Progress {
        let shops = self.catalog.shops();
        let ids: Vec<&ShopId> = shops.keys().collect();
        self.of(&ids, period)
    }

    /// The month of the data-through day, over every shop in scope.
    pub fn month(self) -> Progress {
        *self.work.keep("month", &KINDS, || self.of_all(Period::month_of(self.data_through())))
    }

    /// The year of the data-through day, over every shop in scope.
    pub fn year(self) -> Progress {
        *self.work.keep("year", &KINDS, || self.of_all(Period::year_of(self.data_through())))
    }

    /// The month, shop by shop.
    pub fn by_shop(self) -> Rc<Table<ShopId, Progress>> {
        self.work.keep("by_shop", &KINDS, || {
            let month = Period::month_of(self.data_through());
            self.catalog.shops().map(|id, _| self.of(&[id], month))
        })
    }

    /// The year of one shop.
    pub fn shop_year(self, shop: &ShopId) -> Progress {
        self.of(&[shop], Period::year_of(self.data_through()))
    }

    /// Categories of a shop in the month, largest first.
    pub fn shop_categories(self, shop: &ShopId) -> Vec<(String, Amount)> {
        let through = self.data_through();
        let mut sums = std::collections::BTreeMap::new();
        for segment in self.segments().get(shop).into_iter().flatten() {
            segment.add_by_category(&org::sales(), Period::month_of(through).first(), through, &mut sums);
        }
        for (_, category, amount) in within(&self.entered(), shop, Period::month_of(through).first(), through) {
            *sums.entry(category.clone()).or_insert(Amount::ZERO) += *amount;
        }
        descending(sums.into_iter().collect(), |(_, amount): &(String, Amount)| amount.0)
    }

    /// What of the month's gap lies in these shops.
    pub fn catchable(self, route: &[ShopId]) -> Option<Catchable> {
        self.month().shortfall().filter(|gap| gap.0 > 0)?;
        let by_shop = self.by_shop();
        let behind = |id: &ShopId| by_shop.get(id)?.shortfall().filter(|amount| amount.0 > 0);
        let shops: Vec<(ShopId, Amount)> = route.iter().filter_map(|id| Some((id.clone(), behind(id)?))).collect();
        let mut shops = descending(shops, |(_, amount)| amount.0);
        shops.truncate(SHOPS_MAX);
        let all: Amount = by_shop.keys().filter_map(behind).sum();
        let amount: Amount = shops.iter().map(|(_, amount)| *amount).sum();
        let percent = u32::try_from(amount.0 * 100 / all.0.max(1)).unwrap_or(0);
        (!shops.is_empty()).then_some(Catchable { shops, amount, percent })
    }
}

fn through(org: Option<&Org>) -> NaiveDate {
    let yesterday = clock::today() - Days::new(1);
    org.and_then(|org| org.data_through).unwrap_or(yesterday)
}

fn unpack(work: Work, shops: &Table<ShopId, Shop>) -> Segments {
    let this_year = clock::today().year();
    let segments_of = |shop: &ShopId| -> Vec<Segment> {
        let packed = (this_year - 3..=this_year)
            .filter_map(|year| work.peek(|replica| replica.facts(&org::segment_id(shop, year))).flatten());
        // A segment that cannot be read counts nothing here; it stays in storage and comes again with the feed.
        packed.filter_map(|bytes| Segment::unpack(&bytes).ok()).collect()
    };
    shops.map(|shop, _| segments_of(shop))
}

/// Entries of a shop and these days.
fn within<'a>(
    entered: &'a Entered,
    shop: &ShopId,
    first: NaiveDate,
    last: NaiveDate,
) -> impl Iterator<Item = &'a Sale> {
    entered.get(shop).into_iter().flatten().filter(move |(day, ..)| first <= *day && *day <= last)
}

fn progress(
    catalog: Catalog,
    segments: &Segments,
    entered: &Entered,
    shops: &[&ShopId],
    period: Period,
    through: NaiveDate,
) -> Progress {
    let basis = catalog.org().map(|org| org.day_basis).unwrap_or_default();
    let targets = catalog.targets();
    let of_shops = shops.iter().filter_map(|shop| targets.by_shop.get(shop)).flatten();
    let target =
        of_shops.filter(|(month, _)| period.contains(month.first())).map(|(_, amount)| *amount).reduce(Add::add);
    let sales = org::sales();
    let of_shops = shops.iter().filter_map(|shop| segments.get(shop)).flatten();
    let imported: Amount = of_shops.map(|segment| segment.sum(&sales, period.first(), through)).sum();
    let beside = shops.iter().flat_map(|shop| within(entered, shop, period.first(), through));
    let actual = imported + beside.map(|(.., amount)| *amount).sum();
    Progress { target, actual, time: TimeGone::at(period, through, basis) }
}
