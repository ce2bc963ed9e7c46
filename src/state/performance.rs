//! Progress of the person's shops: targets against actuals, computed on the device from packed facts and the entries made
//! on phones. What was pulled, imported and entered meets in one figure.

use super::catalog::Targets;
use super::entered::entered;
use super::segments::Segments;
use super::table::{Table, descending};
use super::{Catalog, Work};
use crate::platform::clock;
use aisle_domain::ShopId;
use aisle_domain::calendar::{DayWeights, Period, TimeGone};
use aisle_domain::deviation::SHOPS_MAX;
use aisle_domain::money::Amount;
use aisle_domain::org::{self, Org, Shop};
use aisle_domain::progress::Progress;
use aisle_protocol::record::Kind;
use chrono::{Datelike, Days, NaiveDate};
use leptos::prelude::*;
use std::rc::Rc;

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

/// What every figure here is computed from, beside entries.
const KINDS: [Kind; 5] = [Kind::Facts, Kind::Shop, Kind::Target, Kind::Org, Kind::Calendar];

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

    /// Facts, each segment opened when it is first read.
    pub(super) fn segments(self) -> Rc<Segments> {
        self.work.keep_on("segments", &[Kind::Facts], |before: Option<&Segments>| {
            self.work.peek(|replica| Segments::over(replica.segments(), before)).unwrap_or_default()
        })
    }

    /// Month and year, of every shop and of all. An entry moves the figures above it.
    pub fn sums(self) -> Rc<Sums> {
        let entered = entered(self.work);
        let make = || {
            let (targets, segments) = (self.catalog.targets(), self.segments());
            let (shops, through) = (self.catalog.shops(), self.data_through());
            let mut sums = self.catalog.weighed(|weights| Sums::of(&shops, through, weights, &targets, &segments));
            entered.sales().for_each(|(shop, (day, _, amount))| {
                sums.add(shop, *day, *amount);
            });
            sums
        };
        let follow = |sums: &mut Sums, before: u64| {
            let Some(moved) = entered.moves.since(before) else { return false };
            moved.iter().for_each(|(shop, day, amount)| {
                sums.add(shop, *day, *amount);
            });
            true
        };
        // Without a day in the organisation's settings the figures end yesterday, and days pass.
        let fits = |sums: &Sums| sums.through == self.data_through();
        self.work.keep_along("sums", &KINDS, entered.moves.at(), fits, make, follow)
    }

    /// The month of the data-through day, over every shop in scope.
    pub fn month(self) -> Progress {
        self.sums().month
    }

    /// The year of the data-through day, over every shop in scope.
    pub fn year(self) -> Progress {
        self.sums().year
    }

    /// The month of one shop in scope.
    pub fn shop_month(self, shop: &ShopId) -> Option<Progress> {
        self.sums().month_of(shop)
    }

    /// The year of one shop in scope.
    pub fn shop_year(self, shop: &ShopId) -> Option<Progress> {
        self.sums().by_shop.get(shop).map(|(_, year)| *year)
    }

    /// Categories of a shop in the month, largest first.
    pub fn shop_categories(self, shop: &ShopId) -> Vec<(String, Amount)> {
        let through = self.data_through();
        let month = Period::month_of(through);
        let mut sums = std::collections::BTreeMap::new();
        for segment in self.segments().of(shop, through.year()..=through.year()) {
            segment.add_by_category(&org::sales(), month.first(), through, &mut sums);
        }
        for (_, (day, category, amount)) in entered(self.work).sales().filter(|(of, _)| of == shop) {
            if month.contains(*day) && *day <= through {
                *sums.entry(category.clone()).or_insert(Amount::ZERO) += *amount;
            }
        }
        descending(sums.into_iter().collect(), |(_, amount): &(String, Amount)| amount.0)
    }

    /// What of the month's gap lies in these shops.
    pub fn catchable(self, route: &[ShopId]) -> Option<Catchable> {
        self.month().shortfall().filter(|gap| gap.0 > 0)?;
        let sums = self.sums();
        let behind = |id: &ShopId| sums.by_shop.get(id)?.0.shortfall().filter(|amount| amount.0 > 0);
        let shops: Vec<(ShopId, Amount)> = route.iter().filter_map(|id| Some((id.clone(), behind(id)?))).collect();
        let mut shops = descending(shops, |(_, amount)| amount.0);
        shops.truncate(SHOPS_MAX);
        let all: Amount = sums.by_shop.keys().filter_map(behind).sum();
        let amount: Amount = shops.iter().map(|(_, amount)| *amount).sum();
        let percent = u32::try_from(amount.0 * 100 / all.0.max(1)).unwrap_or(0);
        (!shops.is_empty()).then_some(Catchable { shops, amount, percent })
    }
}

fn through(org: Option<&Org>) -> NaiveDate {
    let yesterday = clock::today() - Days::new(1);
    org.and_then(|org| org.data_through).unwrap_or(yesterday)
}

/// Progress of a month and a year: of each shop, and of all of them.
#[derive(Debug, PartialEq)]
pub struct Sums {
    through: NaiveDate,
    month: Progress,
    year: Progress,
    by_shop: Table<ShopId, (Progress, Progress)>,
}

impl Sums {
    /// Targets and imported facts of these shops, one after the other, up to the data-through day.
    fn of(
        shops: &Table<ShopId, Shop>,
        through: NaiveDate,
        weights: DayWeights<'_>,
        targets: &Targets,
        segments: &Segments,
    ) -> Self {
        let nothing = |period: Period| Progress {
            target: None,
            actual: Amount::ZERO,
            time: TimeGone::weigh(period, through, weights),
        };
        let (of_month, of_year) = (Period::month_of(through), Period::year_of(through));
        let (mut month, mut year) = (nothing(of_month), nothing(of_year));
        let sales = org::sales();
        let progress = |shop: &ShopId, period: Period, all: &mut Progress| {
            let mut own = nothing_of(all);
            let of_shop = targets.by_shop.get(shop).into_iter().flatten();
            for (_, amount) in of_shop.filter(|(month, _)| period.contains(month.first())) {
                own.target = Some(own.target.unwrap_or_default() + *amount);
            }
            own.actual = segments
                .of(shop, through.year()..=through.year())
                .map(|s| s.sum(&sales, period.first(), through))
                .sum();
            if let Some(target) = own.target {
                all.target = Some(all.target.unwrap_or_default() + target);
            }
            all.actual += own.actual;
            own
        };
        let by_shop = shops.map(|shop, _| (progress(shop, of_month, &mut month), progress(shop, of_year, &mut year)));
        Self { through, month, year, by_shop }
    }

    /// The month of one shop in scope.
    pub fn month_of(&self, shop: &ShopId) -> Option<Progress> {
        self.by_shop.get(shop).map(|(month, _)| *month)
    }

    /// Adds what was entered for a day to every figure above it; how many that were.
    fn add(&mut self, shop: &ShopId, day: NaiveDate, amount: Amount) -> usize {
        let Some((month, year)) = self.by_shop.get_mut(shop).filter(|_| day <= self.through) else { return 0 };
        let mut moved = 0;
        let mut add = |figure: &mut Progress, period: Period| {
            if period.contains(day) {
                figure.actual += amount;
                moved += 1;
            }
        };
        let (of_month, of_year) = (Period::month_of(self.through), Period::year_of(self.through));
        add(month, of_month);
        add(&mut self.month, of_month);
        add(year, of_year);
        add(&mut self.year, of_year);
        moved
    }
}

/// No target and no actual in the same time.
fn nothing_of(progress: &Progress) -> Progress {
    Progress { target: None, actual: Amount::ZERO, time: progress.time }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aisle_domain::facts::SegmentBuilder;
    use aisle_domain::org::{Channel, Tier};
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn shop(n: usize) -> (ShopId, Shop) {
        let shop = Shop {
            name: format!("Shop {n}"),
            address: String::new(),
            city: String::new(),
            territory: "east".into(),
            channel: Channel("ka".to_owned()),
            tier: Tier("A".to_owned()),
            position: None,
            assigned: Vec::new(),
            visit_weekdays: Vec::new(),
        };
        (format!("s{n:04}").as_str().into(), shop)
    }

    /// A rep's phone: 300 shops, two years, six categories, every day.
    fn phone() -> (Table<ShopId, Shop>, Targets, Segments) {
        let shops: Vec<(ShopId, Shop)> = (0..300).map(shop).collect();
        let months = (1..=12).map(|month| (Period::Month(2026, month), Amount(90_000)));
        let months: Vec<(Period, Amount)> = months.collect();
        let facts = |year: i32| {
            let mut build = SegmentBuilder::new(year, vec![org::sales(), org::quantity()]);
            for (at, day) in Period::Year(year).days().enumerate() {
                for category in 0..6 {
                    build.add(day, &format!("category {category}"), &[at as i64 % 7 * 100 + category, 1]);
                }
            }
            build.build()
        };
        let years = [facts(2025), facts(2026)];
        let segments: Vec<_> = shops.iter().map(|(id, _)| (id.clone(), years.to_vec())).collect();
        let targets = shops.iter().map(|(id, _)| (id.clone(), months.clone())).collect();
        let targets = Targets { by_shop: Table::from_sorted(targets), basis: None };
        (Table::from_sorted(shops), targets, Segments::packed(&segments))
    }

    fn made(world: &(Table<ShopId, Shop>, Targets, Segments)) -> Sums {
        Sums::of(&world.0, day("2026-11-22"), DayWeights::Calendar, &world.1, &world.2)
    }

    /// Not the time it takes is held, but how much is touched.
    #[test]
    fn an_entry_touches_what_lies_above_it_and_nothing_else() {
        let world = phone();
        let mut sums = made(&world);
        assert_eq!(world.2.opened(), 300, "only the year that is shown is unpacked");
        let before = made(&world);
        let (of, other): (ShopId, ShopId) = ("s0123".into(), "s0124".into());
        let cases = [
            ("2026-11-20", 4), // month and year, of the shop and of all
            ("2026-03-01", 2), // the year only
            ("2026-11-23", 0), // after the data-through day
            ("2025-11-20", 0), // another year
        ];
        for (on, expect) in cases {
            assert_eq!(sums.add(&of, day(on), Amount(500)), expect, "{on}");
        }
        assert_eq!(sums.add(&"elsewhere".into(), day("2026-11-20"), Amount(9)), 0, "a shop that is not in scope");
        assert_eq!(
            (sums.month.actual, sums.year.actual),
            (before.month.actual + Amount(500), before.year.actual + Amount(1_000))
        );
        assert_eq!(sums.by_shop.get(&other), before.by_shop.get(&other));
        assert_eq!(world.2.opened(), 300, "nothing is unpacked for it");
    }

    #[test]
    fn holidays_are_no_days_gone() {
        let (shops, targets, segments) = (Table::default(), Targets::default(), Segments::default());
        let iowa = aisle_domain::calendar::iowa();
        let sums = Sums::of(&shops, day("2026-11-26"), DayWeights::Working(&iowa), &targets, &segments);
        // November 2026 has 21 weekdays; Veterans Day, Thanksgiving and the day after it are none of Iowa's working days.
        let off = ["2026-11-11", "2026-11-26", "2026-11-27"].map(|holiday| iowa.is_working(day(holiday)));
        let holidays = off.iter().filter(|works| !**works).count() as u64;
        assert!(holidays > 0);
        assert_eq!(sums.month.time.total, 21 - holidays);
        assert_eq!(sums.year.time, TimeGone::weigh(Period::Year(2026), day("2026-11-26"), DayWeights::Working(&iowa)));
    }

    #[test]
    fn all_is_the_sum_of_the_shops() {
        let sums = made(&phone());
        let of = |read: fn(&(Progress, Progress)) -> Progress| -> (Amount, Amount) {
            let all: Vec<Progress> = sums.by_shop.values().map(read).collect();
            (all.iter().map(|p| p.actual).sum(), all.iter().filter_map(|p| p.target).sum())
        };
        assert_eq!(of(|(month, _)| *month), (sums.month.actual, sums.month.target.expect("targets")));
        assert_eq!(of(|(_, year)| *year), (sums.year.actual, sums.year.target.expect("targets")));
    }

    proptest! {
        /// Whatever moved, in whatever order: the same as if it had been there when the sums were made.
        #[test]
        fn moving_comes_to_the_same_as_making_anew(
            moves in prop::collection::vec((0usize..6, 0u64..800, -500i64..500), 0..60),
        ) {
            let shops = Table::from_sorted((0..5).map(shop).collect());
            let (targets, segments) = (Targets::default(), Segments::default());
            let through = day("2026-11-22");
            let make = || Sums::of(&shops, through, DayWeights::Calendar, &targets, &segments);
            let on = |ago: u64| day("2026-12-31") - Days::new(ago);
            let mut sums = make();
            for (n, ago, amount) in &moves {
                sums.add(&shop(*n).0, on(*ago), Amount(*amount));
            }
            let mut expect = make();
            for (id, (month, year)) in shops.keys().map(|id| (id, sums.by_shop.get(id).expect("a shop"))) {
                let of_shop = moves.iter().filter(|(n, ..)| shop(*n).0 == *id);
                let counted = |period: Period| -> Amount {
                    let inside = of_shop.clone().filter(|(_, ago, _)| period.contains(on(*ago)) && on(*ago) <= through);
                    inside.map(|(.., amount)| Amount(*amount)).sum()
                };
                prop_assert_eq!((month.actual, year.actual), (counted(Period::Month(2026, 11)), counted(Period::Year(2026))));
                expect.month.actual += month.actual;
                expect.year.actual += year.actual;
            }
            prop_assert_eq!((sums.month, sums.year), (expect.month, expect.year));
        }
    }
}
