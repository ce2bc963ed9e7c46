//! One line for each shop: what should be, what is, what was visited. Everything above is a sum of lines.

use aisle_domain::calendar::{Period, TimeGone};
use aisle_domain::checklist::Verdict;
use aisle_domain::execution::{self, Funnel, Visited};
use aisle_domain::figures::Sample;
use aisle_domain::metric::{self, Unit};
use aisle_domain::money::Amount;
use aisle_domain::org::Shop;
use aisle_domain::progress::Progress;
use aisle_domain::visit::{DeviceTimeMs, VisitResult};
use aisle_domain::{MetricId, PersonId, ShopId, TerritoryId};
use chrono::{Days, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Of what.
    pub metric: MetricId,
    /// When.
    pub period: Period,
    /// The last day for which actuals are in.
    pub through: NaiveDate,
    /// Today, by the device's clock.
    pub today: NaiveDate,
}

impl Ask {
    /// The days of the period that are over: visits of today are still to come.
    pub fn days_over(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let today = self.today;
        self.period.days().take_while(move |day| *day < today)
    }

    /// Last day that is over.
    pub fn over(&self) -> NaiveDate {
        self.period.last().min(self.today - Days::new(1))
    }
}

/// The last record that came from each person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received(BTreeMap<PersonId, (DeviceTimeMs, NaiveDate)>);

impl Received {
    /// Of records by person and time; `day` says on which day a time is.
    pub fn of<'a>(
        records: impl Iterator<Item = (&'a PersonId, DeviceTimeMs)>,
        day: impl Fn(DeviceTimeMs) -> NaiveDate,
    ) -> Self {
        let mut last: BTreeMap<&PersonId, DeviceTimeMs> = BTreeMap::new();
        for (person, at) in records {
            let slot = last.entry(person).or_insert(at);
            *slot = at.max(*slot);
        }
        Self(last.into_iter().map(|(person, at)| (person.clone(), (at, day(at)))).collect())
    }

    /// People of whom another day is known than in `other`.
    pub fn differing<'a>(&'a self, other: &'a Self) -> BTreeSet<&'a PersonId> {
        let people = self.0.keys().chain(other.0.keys());
        people.filter(|person| self.day(person) != other.day(person)).collect()
    }

    /// When the last one was made.
    pub fn at(&self, person: &PersonId) -> Option<DeviceTimeMs> {
        self.0.get(person).map(|(at, _)| *at)
    }

    /// The day on which the last one was made.
    pub fn day(&self, person: &PersonId) -> Option<NaiveDate> {
        self.0.get(person).map(|(_, day)| *day)
    }

    /// The last day of which everything has come: a phone sends in the order of its work, so a record of a later day says
    /// that; the last record of a day does not say that it was the last.
    pub fn whole_day(&self, person: &PersonId) -> Option<NaiveDate> {
        self.day(person)?.pred_opt()
    }
}

/// A shop with its figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Which shop.
    pub id: ShopId,
    /// Its name.
    pub name: String,
    /// Its place in the tree.
    pub territory: TerritoryId,
    /// Who looks after it.
    pub keeper: Option<PersonId>,
    /// Target and actual.
    pub progress: Progress,
    /// Actual of the same days of the year before.
    pub last_year: Option<Amount>,
    /// Visits of the days that are over.
    pub funnel: Funnel,
    /// Visits of today.
    pub today: Funnel,
    /// Checked and passed in the period.
    pub sample: Sample,
    /// Day of the last visit, whenever it was.
    pub last_visit: Option<NaiveDate>,
}

/// What a line is made of.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The question.
    pub ask: &'a Ask,
    /// The shop.
    pub id: &'a ShopId,
    /// The shop.
    pub shop: &'a Shop,
    /// Target of the period.
    pub target: Option<Amount>,
    /// Actual of the elapsed days.
    pub actual: Amount,
    /// Actual of the same days of the year before.
    pub last_year: Option<Amount>,
    /// Weight of days.
    pub time: TimeGone,
    /// Its visits.
    pub visited: &'a Visited,
    /// What came from whom.
    pub received: &'a Received,
}

/// Makes a shop's line.
pub fn line(known: Known<'_>) -> Line {
    let Known { ask, id, shop, target, actual, last_year, time, visited, received } = known;
    let keeper = execution::keeper(shop, ask.today);
    let of_keeper = |last: fn(&Received, &PersonId) -> Option<NaiveDate>| last(received, keeper.as_ref()?);
    let days = |days: &mut dyn Iterator<Item = NaiveDate>, received| execution::funnel(shop, days, visited, received);
    Line {
        id: id.clone(),
        name: shop.name.clone(),
        territory: shop.territory.clone(),
        progress: Progress { target, actual, time },
        last_year,
        funnel: days(&mut ask.days_over(), of_keeper(Received::whole_day)),
        // Today goes on: what is not visited is still to come.
        today: days(&mut std::iter::once(ask.today), of_keeper(Received::day)),
        sample: execution::sample(visited, ask.period.first(), ask.period.last().min(ask.today)),
        last_visit: visited.keys().next_back().copied(),
        keeper,
    }
}

/// The lines with those of some shops made anew: where the figure moved, and where something came from the keeper's phone
/// that changes what is known of it. Returns how many were made.
pub fn renew(
    lines: &mut [Arc<Line>],
    shops: &BTreeSet<&ShopId>,
    keepers: &BTreeSet<&PersonId>,
    make: impl Fn(&ShopId) -> Option<Line>,
) -> usize {
    let mut made = 0;
    for line in lines {
        if shops.contains(&line.id) || line.keeper.as_ref().is_some_and(|keeper| keepers.contains(keeper)) {
            let fresh = make(&line.id);
            made += 1;
            if let Some(fresh) = fresh.filter(|fresh| *fresh != **line) {
                *line = Arc::new(fresh);
            }
        }
    }
    made
}

/// Whether a visit's result passes.
pub fn passed(result: &VisitResult) -> bool {
    result.verdict == Verdict::Passed
}

/// Whether a metric counts money.
pub fn is_money(metric: &MetricId) -> bool {
    metric::standard().into_iter().any(|known| known.id == *metric && known.unit == Unit::Money)
}

/// Sums of lines.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    /// Target of those that have one.
    pub target: Option<Amount>,
    /// Actual.
    pub actual: Amount,
    /// Last year's actual.
    pub last_year: Option<Amount>,
    /// Visits of the days that are over.
    pub funnel: Funnel,
    /// Visits of today.
    pub today: Funnel,
    /// Checked and passed.
    pub sample: Sample,
    /// Shops.
    pub shops: u32,
    /// Shops without a target.
    pub untargeted: u32,
    /// Newest visit.
    pub last_visit: Option<NaiveDate>,
}

impl Sum {
    /// With one line more.
    pub fn add(&mut self, line: &Line) {
        *self = self.and(&Self::one(line));
    }

    /// Of one line.
    pub fn one(line: &Line) -> Self {
        Self {
            target: line.progress.target,
            actual: line.progress.actual,
            last_year: line.last_year,
            funnel: line.funnel,
            today: line.today,
            sample: line.sample,
            shops: 1,
            untargeted: u32::from(line.progress.target.is_none()),
            last_visit: line.last_visit,
        }
    }

    /// The sum of all these lines.
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a Arc<Line>>) -> Self {
        lines.into_iter().fold(Self::default(), |mut sum, line| {
            sum.add(line);
            sum
        })
    }

    /// Both together.
    pub fn and(mut self, other: &Self) -> Self {
        let both = |a: Option<Amount>, b: Option<Amount>| match (a, b) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
        self.target = both(self.target, other.target);
        self.actual += other.actual;
        self.last_year = both(self.last_year, other.last_year);
        self.funnel = self.funnel.and(other.funnel);
        self.today = self.today.and(other.today);
        self.sample = self.sample.and(other.sample);
        self.shops += other.shops;
        self.untargeted += other.untargeted;
        self.last_visit = self.last_visit.max(other.last_visit);
        self
    }

    /// Target and actual with the weight of days.
    pub fn progress(&self, time: TimeGone) -> Progress {
        Progress { target: self.target, actual: self.actual, time }
    }

    /// Some phones have not sent everything that was planned.
    pub fn is_provisional(&self) -> bool {
        self.funnel.not_received > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aisle_domain::org::{Assignment, Channel, Tier, sales};

    #[test]
    fn a_day_counts_as_missed_only_when_something_later_has_come() {
        let day = |text: &str| text.parse().expect("a date");
        let (from, until) = (None, None);
        let shop = Shop {
            name: "S".into(),
            address: String::new(),
            city: String::new(),
            territory: "t".into(),
            channel: Channel("ka".into()),
            tier: Tier("A".into()),
            position: None,
            assigned: vec![Assignment { person: "ann".into(), share_bp: 10_000, from, until }],
            visit_weekdays: vec![1],
        };
        let period = Period::Month(2026, 11);
        let ask = Ask { metric: sales(), period, through: day("2026-11-22"), today: day("2026-11-23") };
        // Mondays 2, 9 and 16 are over, the 23rd is today; nothing was visited.
        for (last, late, late_today) in [
            (None, 3, 1),
            (Some("2026-11-09"), 2, 1), // the 9th may have gone on after it
            (Some("2026-11-10"), 1, 1),
            (Some("2026-11-16"), 1, 1),
            (Some("2026-11-17"), 0, 1),
            (Some("2026-11-23"), 0, 0), // of today nothing is late
        ] {
            let ann = PersonId::from("ann");
            let received = Received::of(last.iter().map(|_| (&ann, 1)), |_| day(last.unwrap_or_default()));
            let line = line(Known {
                ask: &ask,
                id: &"s".into(),
                shop: &shop,
                target: None,
                actual: Amount::ZERO,
                last_year: None,
                time: TimeGone::default(),
                visited: &Visited::new(),
                received: &received,
            });
            assert_eq!((line.funnel.planned, line.funnel.not_received), (3, late), "{last:?}");
            assert_eq!((line.today.planned, line.today.not_received), (1, late_today), "{last:?}");
            assert_eq!(Sum::of([&Arc::new(line)]).is_provisional(), late > 0, "{last:?}");
        }
    }
}
