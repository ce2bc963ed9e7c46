//! Deviations 偏差预警: which parts of a person's figures are behind, and what to do next, by the rules of the organisation.
//!
//! Not here: the arithmetic (`aisle_domain::deviation`), the one action that Today names (`performance`).

use super::plan::Plans;
use super::standings::{Cut, Dimension, Key, Measured, Part, View};
use super::{Account, Catalog, Standings, Visits};
use crate::platform::clock;
use aisle_domain::ShopId;
use aisle_domain::checklist::{ItemKind, Pass, Value};
use aisle_domain::deviation::{self, Child, Deviation, Evidence, Level, NextAction, Rules, next_action, rule_for};
use aisle_domain::figures::Standing;
use aisle_domain::org::Role;

/// A part that is behind, and what to do about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Warning {
    /// Which part; `None` for everything in scope.
    pub key: Option<Key>,
    /// Where it stands.
    pub standing: Standing,
    /// How far behind it is, and whose gap that is.
    pub deviation: Deviation<ShopId>,
    /// What to do next; `None` when the rules name nothing.
    pub action: Option<NextAction>,
}

/// What the rules found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Where everything stands.
    pub whole: Standing,
    /// What is behind: everything first, then channels, then shops, each with the largest shortfall first.
    pub warnings: Vec<Warning>,
}

/// Deviations. Made where it is needed.
#[derive(Clone, Copy)]
pub struct Deviations {
    standings: Standings,
    catalog: Catalog,
    visits: Visits,
    plans: Plans,
    account: Account,
}

impl Deviations {
    /// Of the records in effect.
    pub fn get() -> Self {
        Self {
            standings: Standings::get(),
            catalog: Catalog::get(),
            visits: Visits::get(),
            plans: Plans::get(),
            account: Account::get(),
        }
    }

    /// Looks at everything in scope, its channels and its shops. `None` only when there is more than memory.
    pub fn find(self, view: &View) -> Option<Found> {
        let by_shop = self.standings.measure(view, Some(Dimension::Shop))?;
        let by_channel = self.standings.measure(view, Some(Dimension::Channel))?;
        let level = match self.account.session().map(|session| session.role) {
            Some(Role::Rep) => Level::Person,
            _ => Level::Territory,
        };
        let (rules, evidence) = (self.plans.rules(), self.evidence(view));
        let shops = children(&by_shop);
        let mut warnings: Vec<Warning> =
            warn(&rules, view, level, None, &by_shop.whole, &shops, &evidence).into_iter().collect();
        warnings.extend(sorted(by_channel.parts.iter().filter_map(|part| {
            let Key::Channel(channel) = &part.key else { return None };
            let cut = Cut { channel: Some(channel.clone()), ..Cut::default() };
            let all = self.catalog.shops();
            let inside = |child: &&Child<ShopId>| all.get(&child.id).is_some_and(|shop| cut.includes(&child.id, shop));
            let shops: Vec<Child<ShopId>> = shops.iter().filter(inside).cloned().collect();
            // The only channel there is says nothing that the whole has not said, nor one shop that it does not say itself.
            let says_more = by_channel.parts.len() > 1 && shops.len() > 1;
            warn(&rules, view, Level::Channel, Some(&part.key), &part.standing, &shops, &evidence).filter(|_| says_more)
        })));
        warnings.extend(sorted(by_shop.parts.iter().filter_map(|part| {
            let shop = child(part)?;
            warn(&rules, view, Level::Shop, Some(&part.key), &part.standing, &[shop], &evidence)
        })));
        Some(Found { whole: by_shop.whole, warnings })
    }

    /// What this device knows beside the figures.
    fn evidence(self, view: &View) -> Evidence {
        let done: Vec<ShopId> = self.visits.done_today().into_iter().map(|(_, visit)| visit.shop).collect();
        let today = self.visits.route().into_iter().filter(|shop| !done.contains(shop)).collect();
        let (mut out_of_stock, mut unvisited) = (Vec::new(), Vec::new());
        for shop in self.catalog.shops().keys() {
            let visits = self.catalog.visits_of(shop);
            let in_period = |at: i64| view.period.contains(clock::local(at).date());
            if !visits.iter().any(|(_, visit)| in_period(visit.check_in.at)) {
                unvisited.push(shop.clone());
            }
            let latest = visits.first().and_then(|(id, _)| self.visits.walk(id));
            let missing = latest.map_or(0, |walk| {
                let missing = walk.questions.iter().filter(|question| {
                    let item = walk.template.item(question);
                    let on_shelf = item.kind == ItemKind::YesNo && item.pass == Pass::Yes && question.product.is_some();
                    on_shelf && walk.answers.get(&question.key) == Some(&Value::No)
                });
                u32::try_from(missing.count()).unwrap_or(u32::MAX)
            });
            if missing > 0 {
                out_of_stock.push((shop.clone(), missing));
            }
        }
        Evidence { today, out_of_stock, unvisited, person: None, split_is_open: false }
    }
}

fn child(part: &Part) -> Option<Child<ShopId>> {
    let Key::Shop(shop) = &part.key else { return None };
    Some(Child { id: shop.clone(), target: part.standing.target, actual: part.standing.actual })
}

fn children(measured: &Measured) -> Vec<Child<ShopId>> {
    measured.parts.iter().filter_map(child).collect()
}

fn sorted(warnings: impl Iterator<Item = Warning>) -> Vec<Warning> {
    super::table::descending(warnings.collect(), |warning: &Warning| warning.deviation.shortfall.0)
}

fn warn(
    rules: &Rules,
    view: &View,
    level: Level,
    key: Option<&Key>,
    standing: &Standing,
    shops: &[Child<ShopId>],
    evidence: &Evidence,
) -> Option<Warning> {
    let rule = rule_for(&rules.deviations, &view.metric, level);
    let deviation = deviation::look(&rule, standing, shops, false)?;
    let action = next_action(&rules.actions, &deviation, evidence);
    Some(Warning { key: key.cloned(), standing: standing.clone(), deviation, action })
}
