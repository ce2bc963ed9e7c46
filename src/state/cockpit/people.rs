//! One line for each person who looks after shops: credit by the shares of each day, visits, and how fresh it is.

use super::Fault;
use super::lines::{Ask, Line, Received};
use crate::state::table::Table;
use aisle_domain::calendar::{Period, TimeGone, Window};
use aisle_domain::credit;
use aisle_domain::execution::Funnel;
use aisle_domain::facts::Segment;
use aisle_domain::money::Amount;
use aisle_domain::org::Shop;
use aisle_domain::progress::Progress;
use aisle_domain::rollup::{Loader, Names, Place, RollUp, Shares};
use aisle_domain::visit::DeviceTimeMs;
use aisle_domain::{PersonId, ShopId};
use chrono::NaiveDate;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A person with their figures.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonLine {
    /// Who.
    pub id: PersonId,
    /// Name.
    pub name: String,
    /// Shops they look after.
    pub shops: u32,
    /// Target and actual, by their shares of credit.
    pub progress: Progress,
    /// Visits of the days that are over, in the shops they look after.
    pub funnel: Funnel,
    /// When the last record that came from them was made.
    pub received: Option<DeviceTimeMs>,
}

impl PersonLine {
    /// Something that was planned has not come: the figures may still change.
    pub fn is_provisional(&self) -> bool {
        self.funnel.not_received > 0
    }
}

/// Credit being added up.
pub struct Credits {
    loader: Loader,
    names: Names<PersonId>,
    targets: BTreeMap<PersonId, Amount>,
    ask: Ask,
}

/// Credit by person. What is entered later moves what lies above it.
pub struct Credited {
    names: Names<PersonId>,
    sums: RollUp,
    targets: BTreeMap<PersonId, Amount>,
    ask: Ask,
}

impl Credits {
    /// For everybody who looks after one of the shops at any time.
    ///
    /// # Errors
    /// When there are more people than fit.
    pub fn new(shops: &Table<ShopId, Shop>, lines: &[Arc<Line>], ask: &Ask) -> Result<Self, Fault> {
        let of_lines = lines.iter().filter_map(|line| shops.get(&line.id)).flat_map(|shop| &shop.assigned);
        let people: BTreeSet<PersonId> = of_lines.map(|assignment| assignment.person.clone()).collect();
        let names = Names::new(people.into_iter().map(|person| (person, None)));
        let names = names.map_err(|error| Fault::NoTree(error.to_string()))?;
        let window: Vec<Window> = Window::elapsed(ask.period, ask.through).into_iter().collect();
        let loader = Loader::new(vec![names.axis().clone()], window);
        let loader = loader.map_err(|error| Fault::TooMany(error.to_string()))?;
        Ok(Self { loader, names, targets: BTreeMap::new(), ask: ask.clone() })
    }

    /// A shop's facts of one year.
    pub fn add(&mut self, shop: &Shop, segment: &Segment) {
        let stretches = stretches(shop, &self.names);
        self.loader.segment(&self.ask.metric, segment, &[Place::Shares(&stretches)]);
    }

    /// What was entered for a day beside the facts, by the shares of that day.
    pub fn entry(&mut self, shop: &Shop, day: NaiveDate, amount: Amount) {
        for (person, part) in credit::divide_or_keep(amount, &shop.assigned, day) {
            self.loader.value(&[number(&self.names, person)], day, part.0);
        }
    }

    /// A shop's target of a month, by the shares of the month's last elapsed day (its first, where none has elapsed).
    pub fn target(&mut self, shop: &Shop, month: Period, amount: Amount) {
        let day = self.ask.through.clamp(month.first(), month.last());
        for (person, part) in credit::divide_or_keep(amount, &shop.assigned, day) {
            if let Some(person) = person {
                *self.targets.entry(person).or_default() += part;
            }
        }
    }

    /// All added up.
    pub fn finish(self) -> Credited {
        let Self { loader, names, targets, ask } = self;
        Credited { names, sums: loader.finish(), targets, ask }
    }
}

/// The node of a person; nobody is the root.
fn number(names: &Names<PersonId>, person: Option<PersonId>) -> u32 {
    person.and_then(|person| names.number(&person)).unwrap_or(0)
}

impl Credited {
    /// What was asked.
    pub fn ask(&self) -> &Ask {
        &self.ask
    }

    /// Takes in that what is entered for a shop's day and category has moved. Returns how many sums moved with it.
    pub fn moved(&mut self, shop: &Shop, day: NaiveDate, before: Amount, after: Amount) -> usize {
        let mut moved = 0;
        // Shares are divided to the last unit: what was given is taken back, and what is now is given.
        for (amount, times) in [(before, -1), (after, 1)] {
            for (person, part) in credit::divide_or_keep(amount, &shop.assigned, day) {
                moved += self.sums.add(&[number(&self.names, person)], day, part.0 * times);
            }
        }
        moved
    }

    /// Everybody with credit, a target or shops now, furthest behind first.
    pub fn people(
        &self,
        lines: &[Arc<Line>],
        received: &Received,
        time: TimeGone,
        name: impl Fn(&PersonId) -> String,
    ) -> Vec<PersonLine> {
        let mut kept: BTreeMap<&PersonId, (u32, Funnel)> = BTreeMap::new();
        for line in lines {
            if let Some(keeper) = &line.keeper {
                let (shops, funnel) = kept.entry(keeper).or_default();
                *shops += 1;
                *funnel = funnel.and(line.funnel);
            }
        }
        let mut people = Vec::new();
        for (number, id) in self.names.iter() {
            let (shops, funnel) = kept.get(id).copied().unwrap_or_default();
            let actual = self.sums.sum(&[number], 0);
            let target = self.targets.get(id).copied();
            if shops == 0 && target.is_none() && actual == Amount::ZERO {
                continue;
            }
            let progress = Progress { target, actual, time };
            let received = received.at(id);
            people.push(PersonLine { id: id.clone(), name: name(id), shops, progress, funnel, received });
        }
        people.sort_by_key(|person| Reverse(person.progress.shortfall().map(|amount| amount.0)));
        people
    }
}

/// Who had a shop from which day on.
fn stretches(shop: &Shop, names: &Names<PersonId>) -> Vec<Shares> {
    let bounds = shop.assigned.iter().flat_map(|a| [Some(a.from.unwrap_or(NaiveDate::MIN)), a.until]).flatten();
    let bounds: BTreeSet<NaiveDate> = bounds.collect();
    let of = |day: NaiveDate| {
        let shares = credit::shares_on(&shop.assigned, day).into_iter();
        shares.filter_map(|(person, share)| Some((names.number(&person)?, share))).collect()
    };
    bounds.into_iter().map(|from| Shares { from, of: of(from) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::cockpit::lines::{Known, line};
    use aisle_domain::execution::Visited;
    use aisle_domain::facts::SegmentBuilder;
    use aisle_domain::org::{Assignment, Channel, Tier, sales};

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn shop(assigned: Vec<Assignment>) -> Shop {
        let (channel, tier) = (Channel("ka".into()), Tier("A".into()));
        let (name, address, city) = ("S".to_owned(), String::new(), String::new());
        let territory = "t".into();
        Shop { name, address, city, territory, channel, tier, position: None, assigned, visit_weekdays: vec![1] }
    }

    #[test]
    fn credit_follows_the_shares_of_each_day() {
        let until = |person: &str, share_bp, until: Option<&str>| Assignment {
            person: person.into(),
            share_bp,
            from: None,
            until: until.map(day),
        };
        let from = |person: &str, from: &str| Assignment {
            person: person.into(),
            share_bp: 10_000,
            from: Some(day(from)),
            until: None,
        };
        // Hannah had the shop until the 10th, then Tyler.
        let shop = shop(vec![until("hannah", 10_000, Some("2026-11-10")), from("tyler", "2026-11-10")]);
        let shops = Table::from_sorted(vec![(ShopId::from("s"), shop.clone())]);
        let ask = Ask {
            metric: sales(),
            period: Period::Month(2026, 11),
            through: day("2026-11-22"),
            today: day("2026-11-23"),
        };
        let time = TimeGone { elapsed: 22, total: 30, days_elapsed: 22, days_left: 8 };
        let received = Received::default();
        let lines = [Arc::new(line(Known {
            ask: &ask,
            id: &"s".into(),
            shop: &shop,
            target: Some(Amount(300)),
            actual: Amount(111),
            last_year: None,
            time,
            visited: &Visited::new(),
            received: &received,
        }))];
        let mut facts = SegmentBuilder::new(2026, vec![sales()]);
        for (at, value) in [("2026-11-09", 100), ("2026-11-10", 10), ("2026-11-22", 1), ("2026-11-23", 5_000)] {
            assert!(facts.add(day(at), "RUM", &[value]));
        }
        let mut credits = Credits::new(&shops, &lines, &ask).expect("few people");
        credits.add(&shop, &facts.build());
        // A correction of the 9th, entered since.
        credits.entry(&shop, day("2026-11-09"), Amount(-40));
        credits.target(&shop, Period::Month(2026, 11), Amount(300));
        let mut credited = credits.finish();
        let people = credited.people(&lines, &received, time, |id| id.to_string());
        let read: Vec<_> = people
            .iter()
            .map(|p| (p.name.as_str(), p.progress.actual.0, p.progress.target.map(|t| t.0), p.shops, p.funnel.planned))
            .collect();
        // Mondays 2, 9 and 16 are over; nothing has come from Tyler yet.
        assert_eq!(read, [("tyler", 11, Some(300), 1, 3), ("hannah", 60, None, 0, 0)]);
        assert!(people[0].is_provisional() && !people[1].is_provisional());
        let in_all: Amount = people.iter().map(|p| p.progress.actual).sum();
        assert_eq!(in_all, Amount(111 - 40), "credit is neither lost nor counted twice");
        // The correction is corrected, and Tyler enters one for a day that is not counted yet.
        assert_eq!(credited.moved(&shop, day("2026-11-09"), Amount(-40), Amount(-41)), 4, "one person and all, twice");
        assert_eq!(credited.moved(&shop, day("2026-11-23"), Amount(0), Amount(500)), 0);
        let after = credited.people(&lines, &received, time, |id| id.to_string());
        assert_eq!(after.iter().map(|p| p.progress.actual.0).collect::<Vec<_>>(), [11, 59]);
    }
}
