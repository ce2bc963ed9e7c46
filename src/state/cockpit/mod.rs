//! The cockpit (驾驶舱): where a territory stands, computed on the device from the records it holds.
//!
//! The records are read here; the figures are made in `lines`, `tree`, `people` and `deviations`, which know no browser.
//! Each panel is computed apart, so that one may fail alone. Nothing is a context: only pages that are fetched later need
//! it. Not here: words, markup, files.

pub mod deviations;
pub mod lines;
pub mod people;
pub mod tree;

use super::plan::Plans;
use super::standings::{Cut, View};
use super::table::Table;
use super::{Catalog, Performance, Standings, Words, Work, entries};
use crate::platform::clock;
use aisle_domain::calendar::{Basis, Period, TimeGone, Window};
use aisle_domain::checklist::{ItemKind, Template};
use aisle_domain::execution::Visited;
use aisle_domain::metric::Measure;
use aisle_domain::money::Amount;
use aisle_domain::org::{self, Adds};
use aisle_domain::target::Target;
use aisle_domain::visit::{Amendment, DeviceTimeMs, Visit};
use aisle_domain::{MetricId, PersonId, ShopId, TerritoryId};
use aisle_protocol::record::Kind;
use chrono::{Datelike, NaiveDate};
use leptos::prelude::*;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

pub use deviations::Deviant;
pub use lines::{Ask, Line};
pub use people::PersonLine;
pub use tree::{Node, Place, Row, Tree};

/// What is looked at. Kept while the app runs, so that coming back finds it as it was left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The metric; `None` for sales.
    pub metric: Option<MetricId>,
    /// The period; `None` for the month of the last day with actuals.
    pub period: Option<Period>,
    /// The territory; `None` for everything in scope.
    pub scope: Option<TerritoryId>,
    /// Rows of the tree that are unfolded.
    pub open: BTreeSet<String>,
    /// How many of what lies right below a row are shown, where they are more than at first.
    pub most: BTreeMap<String, usize>,
    /// Whether the funnel is today's.
    pub today: bool,
}

static CHOICE: LazyLock<ArcRwSignal<Choice>> = LazyLock::new(ArcRwSignal::default);

/// Why a panel has no figures. The others go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// More than fits in memory.
    #[error("{0}")]
    TooMany(String),
    /// The records make no tree.
    #[error("{0}")]
    NoTree(String),
}

/// Amounts by period.
type Goals = Vec<(Period, Amount)>;
/// Targets by metric and shop.
type Targets = BTreeMap<MetricId, BTreeMap<ShopId, Goals>>;

/// The lines with what they were made from, beside the records.
struct Kept {
    ask: Ask,
    time: TimeGone,
    received: Rc<lines::Received>,
    lines: Arc<Vec<Arc<Line>>>,
}

/// Credit of people, and whose: the shops of the scope, in order.
struct Credits {
    of: Vec<ShopId>,
    credited: people::Credited,
}

fn ids(lines: &[Arc<Line>]) -> Vec<ShopId> {
    lines.iter().map(|line| line.id.clone()).collect()
}

/// The cockpit.
#[derive(Clone, Copy)]
pub struct Cockpit {
    work: Work,
    catalog: Catalog,
    performance: Performance,
    words: Words,
}

impl Cockpit {
    /// The cockpit over the records in effect.
    pub fn get() -> Self {
        let (work, catalog, performance) = (Work::get(), Catalog::get(), Performance::get());
        Self { work, catalog, performance, words: Words::get() }
    }

    /// What is looked at.
    pub fn choice(self) -> ArcRwSignal<Choice> {
        CHOICE.clone()
    }

    /// The question that the choice and the day make.
    pub fn ask(self) -> Ask {
        let (through, today) = (self.performance.data_through(), clock::today());
        CHOICE.with(|choice| Ask {
            metric: choice.metric.clone().unwrap_or_else(org::sales),
            period: choice.period.unwrap_or_else(|| Period::month_of(through)),
            through,
            today,
        })
    }

    /// Metrics with targets or facts that add up, sales first.
    pub fn metrics(self) -> Vec<MetricId> {
        let known = aisle_domain::metric::standard();
        let targets = self.targets();
        let sums = known.into_iter().filter(|metric| metric.adds == Adds::Sum).map(|metric| metric.id);
        sums.filter(|id| *id == org::sales() || targets.contains_key(id)).collect()
    }

    /// Periods that can be asked for: months, quarters and years with targets that have begun, newest first.
    pub fn periods(self) -> Vec<Period> {
        let through = self.performance.data_through();
        let months: BTreeSet<NaiveDate> = self
            .targets()
            .values()
            .flat_map(BTreeMap::values)
            .flatten()
            .map(|(period, _)| period.first())
            .filter(|first| *first <= through)
            .collect();
        let newest = |make: fn(NaiveDate) -> Period, most: usize| {
            let mut periods: Vec<Period> = months.iter().rev().map(|first| make(*first)).collect();
            periods.dedup();
            periods.truncate(most);
            periods
        };
        let mut all = newest(Period::month_of, 12);
        all.extend(newest(Period::quarter_of, 4));
        all.extend(newest(Period::year_of, 3));
        if all.is_empty() {
            all.push(Period::month_of(through));
        }
        all
    }

    fn targets(self) -> Rc<Targets> {
        self.work.keep("cockpit_targets", &[Kind::Target], || {
            let mut targets = Targets::new();
            for (_, target) in self.work.all::<Target>(&Kind::Target) {
                let of_shop = targets.entry(target.metric).or_default().entry(target.shop).or_default();
                of_shop.push((target.period, target.amount));
            }
            targets
        })
    }

    /// Weight of the period's days, on the basis of its plan or else on the company's.
    pub fn time(self, ask: &Ask) -> TimeGone {
        Plans::get().weighed(self.days(ask).as_ref(), |weights| TimeGone::weigh(ask.period, ask.through, weights))
    }

    fn basis(self, ask: &Ask) -> Basis {
        Plans::get().weighed(self.days(ask).as_ref(), |weights| weights.basis())
    }

    fn days(self, ask: &Ask) -> Option<Basis> {
        Standings::get().days(&View { period: ask.period, metric: ask.metric.clone(), cut: Cut::default() })
    }

    /// The shops in scope, each with its figures. Where an entry has moved one, the others stay as they are.
    pub fn lines(self, ask: &Ask) -> Arc<Vec<Arc<Line>>> {
        let (shops, targets, journal) = (self.catalog.shops(), self.targets(), entries::ledger(self.work));
        let (visited, time) = (self.visited(), self.time(ask));
        let (received, segments) = (self.received(), self.performance.segments());
        let elapsed = Window::elapsed(ask.period, ask.through);
        let before = elapsed.zip(ask.period.year_before());
        let before = before.map(|(window, other)| window.same_days_of(ask.period, other));
        let none = Visited::new();
        let line = |id: &ShopId, shop: &org::Shop| {
            let goals = targets.get(&ask.metric).and_then(|by_shop| by_shop.get(id));
            let months = goals.into_iter().flatten().filter(|(month, _)| ask.period.covers(*month));
            let sum = |window: Window| -> Amount {
                let facts = segments.of(id, window.first.year()..=window.last.year());
                let facts: Amount = facts.map(|segment| segment.sum(&ask.metric, window.first, window.last)).sum();
                let beside = journal.cells_of(&ask.metric, id).filter(|(cell, _)| window.contains(cell.day));
                facts + beside.map(|(_, value)| value.amount()).sum()
            };
            lines::line(lines::Known {
                ask,
                id,
                shop,
                target: months.map(|(_, amount)| *amount).reduce(|a, b| a + b),
                actual: elapsed.map(sum).unwrap_or_default(),
                last_year: before.map(sum).filter(|amount| *amount != Amount::ZERO),
                time,
                visited: visited.get(id).unwrap_or(&none),
                received: &received,
            })
        };
        let make = || {
            let lines = shops.iter().map(|(id, shop)| Arc::new(line(id, shop))).collect();
            Kept { ask: ask.clone(), time, received: received.clone(), lines: Arc::new(lines) }
        };
        let follow = |kept: &mut Kept, at: u64| {
            let Some(moves) = journal.moves.since(at) else { return false };
            let moved = moves.iter().filter(|change| change.cell.metric == ask.metric).map(|change| &change.cell.shop);
            let later = received.differing(&kept.received);
            let fresh = |id: &ShopId| Some(line(id, shops.get(id)?));
            let lines: &mut Vec<Arc<Line>> = Arc::make_mut(&mut kept.lines);
            lines::renew(lines, &moved.collect(), &later, fresh);
            kept.received = received.clone();
            true
        };
        let fits = |kept: &Kept| kept.ask == *ask && kept.time == time;
        let kinds = [Kind::Facts, Kind::Shop, Kind::Target, Kind::Visit];
        self.work.keep_along("cockpit_lines", &kinds, journal.moves.at(), fits, make, follow).lines.clone()
    }

    /// The tree of territories over all lines, or over those of a part; grown from what it was before, where little has
    /// changed.
    pub fn tree(self, lines: &[Arc<Line>], ask: &Ask, part: bool) -> Result<Arc<Tree>, Fault> {
        let (territories, time) = (self.catalog.territories(), self.time(ask));
        let name = if part { "cockpit_part" } else { "cockpit_tree" };
        let kept = self.work.keep(name, &[Kind::Territory], || RefCell::new(None::<Arc<Tree>>));
        let regrown = kept.borrow().as_ref().and_then(|before| before.regrown(lines, time));
        let tree = match regrown {
            Some((tree, _)) => tree,
            None => tree::grow(&territories, lines, time)?,
        };
        let tree = Arc::new(tree);
        kept.replace(Some(tree.clone()));
        Ok(tree)
    }

    /// The reps who look after these shops, furthest behind first.
    pub fn people(self, lines: &Arc<Vec<Arc<Line>>>, ask: &Ask) -> Result<Arc<Vec<PersonLine>>, Fault> {
        let (shops, journal) = (self.catalog.shops(), entries::ledger(self.work));
        let make = || Ok(Credits { of: ids(lines), credited: self.credited(lines, ask)? });
        let follow = |kept: &mut Result<Credits, Fault>, at: u64| {
            let (Some(moves), Ok(kept)) = (journal.moves.since(at), kept) else { return false };
            let amount = |measure: Option<Measure>| measure.map(Measure::amount).unwrap_or_default();
            for change in moves.iter().filter(|change| change.cell.metric == ask.metric) {
                let cell = &change.cell;
                if let Some(shop) = shops.get(&cell.shop).filter(|_| kept.of.binary_search(&cell.shop).is_ok()) {
                    kept.credited.moved(shop, cell.day, amount(change.before), amount(change.after));
                }
            }
            true
        };
        let fits = |kept: &Result<Credits, Fault>| {
            kept.as_ref().is_ok_and(|kept| kept.credited.ask() == ask && kept.of.iter().eq(lines.iter().map(|l| &l.id)))
        };
        let kinds = [Kind::Facts, Kind::Shop, Kind::Target];
        let kept = self.work.keep_along("cockpit_credits", &kinds, journal.moves.at(), fits, make, follow);
        let Credits { credited, .. } = kept.as_ref().as_ref().map_err(Fault::clone)?;
        let name = |id: &PersonId| self.catalog.person_name(id);
        Ok(Arc::new(credited.people(lines, &self.received(), self.time(ask), name)))
    }

    fn credited(self, lines: &[Arc<Line>], ask: &Ask) -> Result<people::Credited, Fault> {
        let (shops, segments, targets) = (self.catalog.shops(), self.performance.segments(), self.targets());
        let journal = entries::ledger(self.work);
        let years = ask.period.first().year()..=ask.period.last().year();
        let mut credits = people::Credits::new(&shops, lines, ask)?;
        for line in lines {
            let Some(shop) = shops.get(&line.id) else { continue };
            segments.of(&line.id, years.clone()).for_each(|segment| credits.add(shop, segment));
            let beside = journal.cells_of(&ask.metric, &line.id);
            beside.for_each(|(cell, value)| credits.entry(shop, cell.day, value.amount()));
            let goals = targets.get(&ask.metric).and_then(|by_shop| by_shop.get(&line.id).cloned());
            for (month, amount) in goals.into_iter().flatten().filter(|(month, _)| ask.period.covers(*month)) {
                credits.target(shop, month, amount);
            }
        }
        Ok(credits.finish())
    }

    /// What deviates, worst first, with what to do next.
    pub fn deviants(self, tree: &Tree, people: &[PersonLine], lines: &[Arc<Line>], ask: &Ask) -> Arc<Vec<Deviant>> {
        let (short, words, lang) = (self.out_of_stock(ask), self.words, super::Prefs::get().lang());
        let shop = |id: &ShopId| self.catalog.shop(id).map(|shop| shop.name).unwrap_or_default();
        let person = |id: &PersonId| self.catalog.person_name(id);
        let say = deviations::Spoken { words, shop: &shop, person: &person, metric: &ask.metric };
        let (rules, open) = (Plans::get().rules(), Plans::get().open_splits(&ask.metric, ask.period));
        let (basis, rules, open, stocked_out) = (self.basis(ask), &*rules, &open[..], &short.1);
        let asked = deviations::Asked { ask, basis, rules, open, stocked_out, lang };
        Arc::new(deviations::find(&asked, tree, people, lines, &say))
    }

    /// Last finished visit of each day, by shop: whether it passed.
    fn visited(self) -> Rc<BTreeMap<ShopId, Visited>> {
        self.work.keep("cockpit_visited", &[Kind::Visit], || {
            let visits = self.catalog.visits();
            let mut newest: BTreeMap<(ShopId, NaiveDate), (DeviceTimeMs, bool)> = BTreeMap::new();
            for visit in visits.values().filter(|visit| !visit.is_open()) {
                let day = clock::local(visit.check_in.at).date();
                let passed = visit.result.as_ref().is_some_and(lines::passed);
                let slot = newest.entry((visit.shop.clone(), day)).or_insert((visit.check_in.at, passed));
                if visit.check_in.at >= slot.0 {
                    *slot = (visit.check_in.at, passed);
                }
            }
            let mut by_shop: BTreeMap<ShopId, Visited> = BTreeMap::new();
            for ((shop, day), (_, passed)) in newest {
                by_shop.entry(shop).or_default().insert(day, passed);
            }
            by_shop
        })
    }

    /// The last record that came from each person, by the time on it: the only thing a device knows about other devices.
    fn received(self) -> Rc<lines::Received> {
        self.work.keep("cockpit_received", &[Kind::Visit, Kind::Entry, Kind::Amendment], || {
            let (visits, journal) = (self.catalog.visits(), entries::ledger(self.work));
            let amendments: Vec<(String, Amendment)> = self.work.all(&Kind::Amendment);
            let at = |visit: &Visit| visit.check_out.as_ref().map_or(visit.check_in.at, |out| out.at);
            let of_visits = visits.values().map(|visit| (&visit.person, at(visit)));
            let of_entries = journal.entries().map(|entry| (&entry.by, entry.at));
            let of_amendments = amendments.iter().map(|(_, amendment)| (&amendment.by, amendment.at));
            let all = of_visits.chain(of_entries).chain(of_amendments);
            lines::Received::of(all, |at| clock::local(at).date())
        })
    }

    /// Shops whose last visit of the period found must-sell items missing, with how many; kept for one period.
    fn out_of_stock(self, ask: &Ask) -> Rc<(Period, BTreeMap<ShopId, u32>)> {
        let kinds = [Kind::Visit, Kind::Answer, Kind::Template];
        let make = || (ask.period, self.short_of(ask));
        self.work.keep_along("cockpit_short", &kinds, 0, |(period, _)| *period == ask.period, make, |_, _| true)
    }

    fn short_of(self, ask: &Ask) -> BTreeMap<ShopId, u32> {
        let (visits, answers, templates) = (self.catalog.visits(), self.catalog.answers(), self.catalog.templates());
        let mut newest: BTreeMap<&ShopId, (DeviceTimeMs, u32)> = BTreeMap::new();
        let in_period = |at| ask.period.contains(clock::local(at).date());
        for (id, visit) in visits.iter().filter(|(_, visit)| !visit.is_open() && in_period(visit.check_in.at)) {
            let asks = templates.get(&visit.template).map(on_shelf).unwrap_or_default();
            let given = answers.get(id).map_or(&[][..], Vec::as_slice);
            let latest = aisle_domain::visit::latest(given);
            let missing = latest.iter().filter(|(question, value)| {
                let item = question.as_str().split(':').next().unwrap_or_default();
                asks.contains(item) && **value == aisle_domain::checklist::Value::No
            });
            let count = u32::try_from(missing.count()).unwrap_or(u32::MAX);
            let slot = newest.entry(&visit.shop).or_insert((visit.check_in.at, count));
            if visit.check_in.at >= slot.0 {
                *slot = (visit.check_in.at, count);
            }
        }
        let short = newest.into_iter().filter(|(_, (_, count))| *count > 0);
        short.map(|(shop, (_, count))| (shop.clone(), count)).collect()
    }
}

/// Items of a template that ask of every must-sell product whether it is there, by code.
fn on_shelf(template: &Template) -> BTreeSet<String> {
    let items = template.sections.iter().flat_map(|section| &section.items);
    let asks = items.filter(|item| item.each_must_sell && item.kind == ItemKind::YesNo && item.only_if_yes.is_none());
    asks.map(|item| item.id.clone()).collect()
}

/// Territories by id, as the tree wants them.
pub type Territories = Table<TerritoryId, org::Territory>;
