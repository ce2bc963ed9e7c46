//! Deviations 偏差预警: which parts of a person's figures are behind, and what to do next, by the rules of the organisation.
//!
//! Not here: the arithmetic (`aisle_domain::deviation`), the one action that Today names (`performance`).

use super::plan::Plans;
use super::standings::{Cut, Dimension, Key, Measured, Part, View};
use super::{Account, Catalog, Standings, Visits};
use crate::platform::clock;
use aisle_domain::ShopId;
use aisle_domain::cascade::{Node, Scope};
use aisle_domain::checklist::{ItemKind, Pass, Value};
use aisle_domain::deviation::{
    self, ActionKind, Child, Deviation, Evidence, Level, NextAction, Rules, next_action, rule_for,
};
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
    /// The node whose parts do not sum to it any more and whom this person may split again, if that is what is to be done.
    pub split: Option<Node>,
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
        let open = Evidence { split_is_open: true, ..evidence.clone() };
        let splits = self.plans.open_splits(&view.metric, view.period);
        let roots: Vec<Node> = self.plans.trees().iter().map(|tree| tree.assembled.tree.root().clone()).collect();
        let warn = |level: Level, key: Option<&Key>, standing: &Standing, shops: &[Child<ShopId>]| {
            let split = splits.iter().find(|node| is_about(node, key, roots.contains(node)));
            let evidence = if split.is_some() { &open } else { &evidence };
            let warning = warn(&rules, view, level, key, standing, shops, evidence)?;
            let again = warning.action.as_ref().is_some_and(|action| action.kind == ActionKind::Resplit);
            Some(Warning { split: split.filter(|_| again).cloned(), ..warning })
        };
        let shops = children(&by_shop);
        let mut warnings: Vec<Warning> = warn(level, None, &by_shop.whole, &shops).into_iter().collect();
        warnings.extend(sorted(by_channel.parts.iter().filter_map(|part| {
            let Key::Channel(channel) = &part.key else { return None };
            let cut = Cut { channel: Some(channel.clone()), ..Cut::default() };
            let all = self.catalog.shops();
            let inside = |child: &&Child<ShopId>| all.get(&child.id).is_some_and(|shop| cut.includes(&child.id, shop));
            let shops: Vec<Child<ShopId>> = shops.iter().filter(inside).cloned().collect();
            // The only channel there is says nothing that the whole has not said, nor one shop that it does not say itself.
            let says_more = by_channel.parts.len() > 1 && shops.len() > 1;
            warn(Level::Channel, Some(&part.key), &part.standing, &shops).filter(|_| says_more)
        })));
        warnings.extend(sorted(by_shop.parts.iter().filter_map(|part| {
            let shop = child(part)?;
            warn(Level::Shop, Some(&part.key), &part.standing, &[shop])
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
    Some(Warning { key: key.cloned(), standing: standing.clone(), deviation, action, split: None })
}

/// Whether a node of the plans is about a part of the figures: everything in scope is the root of what this person plans.
fn is_about(node: &Node, key: Option<&Key>, is_root: bool) -> bool {
    let Scope { territory: _, channel, category, product, shop, person } = &node.scope;
    if category.is_some() || product.is_some() || person.is_some() {
        return false;
    }
    match key {
        None => is_root && channel.is_none() && shop.is_none(),
        Some(Key::Channel(of)) => channel.as_ref() == Some(of) && shop.is_none(),
        Some(Key::Shop(of)) => shop.as_ref() == Some(of) && channel.is_none(),
        Some(Key::Category(_) | Key::Time(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aisle_domain::calendar::Period;
    use aisle_domain::org::{Channel, sales};

    #[test]
    fn a_split_is_about_the_part_that_its_node_names() {
        let node = |change: fn(&mut Scope)| {
            let mut scope = Scope { territory: Some("east".into()), ..Scope::default() };
            change(&mut scope);
            Node { metric: sales(), period: Period::Month(2026, 11), scope }
        };
        let (channel, shop) = (Key::Channel(Channel("ka".into())), Key::Shop("s".into()));
        let whole = node(|_| ());
        assert!(is_about(&whole, None, true));
        assert!(!is_about(&whole, None, false), "a territory below is not everything");
        assert!(!is_about(&whole, Some(&channel), true) && !is_about(&whole, Some(&shop), true));
        let of_channel = node(|scope| scope.channel = Some(Channel("ka".into())));
        assert!(is_about(&of_channel, Some(&channel), false) && !is_about(&of_channel, Some(&shop), false));
        assert!(!is_about(&of_channel, Some(&Key::Channel(Channel("cvs".into()))), false));
        let of_shop = node(|scope| scope.shop = Some("s".into()));
        assert!(is_about(&of_shop, Some(&shop), false) && !is_about(&of_shop, None, true));
        let of_person = node(|scope| scope.person = Some("p".into()));
        assert!(!is_about(&of_person, None, true), "a part of the whole");
    }
}
