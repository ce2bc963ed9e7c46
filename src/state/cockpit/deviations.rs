//! What deviates in the cockpit's scope, and what to do next: the domain's rules over the tree and the people.

use super::lines::{Ask, Line, is_money};
use super::people::PersonLine;
use super::tree::{Place, Tree};
use crate::state::{Lang, Words};
use aisle_domain::calendar::Basis;
use aisle_domain::cascade::{Node, Scope};
use aisle_domain::deviation::{
    self, ActionKind, Child, Deviation, Evidence, Lang as Spoke, Level, NextAction, Rules, Say, Visits,
};
use aisle_domain::figures::Standing;
use aisle_domain::money::Amount;
use aisle_domain::progress::{Band, Progress};
use aisle_domain::{MetricId, PersonId, ShopId, TerritoryId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Who or what deviates.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A territory.
    Territory(TerritoryId),
    /// A person.
    Person(PersonId),
    /// A shop.
    Shop(ShopId),
}

/// A deviation in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviant {
    /// Whose.
    pub subject: Subject,
    /// Name of the subject.
    pub name: String,
    /// How bad.
    pub band: Band,
    /// Expected by now − actual.
    pub shortfall: Amount,
    /// “¥18,240 behind (−5.1 pt)”.
    pub headline: String,
    /// Why, as far as is known.
    pub reason: String,
    /// What to do.
    pub action: String,
    /// Where to do it: the first shop.
    pub shop: Option<ShopId>,
    /// The node to split again, if that is what is to be done.
    pub split: Option<Node>,
}

/// What the rules are asked about.
pub struct Asked<'a> {
    /// The question.
    pub ask: &'a Ask,
    /// Basis of the day weights.
    pub basis: Basis,
    /// What deviates and what is done about it.
    pub rules: &'a Rules,
    /// Nodes whose parts do not sum to them any more, as far as this person may split them again.
    pub open: &'a [Node],
    /// Shops with must-sell items missing, and how many.
    pub stocked_out: &'a BTreeMap<ShopId, u32>,
    /// Language of the words.
    pub lang: Lang,
}

/// Formats for the sentences, in the language in effect.
pub struct Spoken<'a> {
    /// Formats.
    pub words: Words,
    /// Names of shops.
    pub shop: &'a dyn Fn(&ShopId) -> String,
    /// Names of people.
    pub person: &'a dyn Fn(&PersonId) -> String,
    /// The metric.
    pub metric: &'a MetricId,
}

impl Say for Spoken<'_> {
    fn amount(&self, amount: Amount, _: Spoke) -> String {
        if is_money(self.metric) { self.words.money(amount) } else { self.words.whole(amount.0) }
    }

    fn share(&self, share_bp: u32, _: Spoke) -> String {
        self.words.percent(Some(f64::from(share_bp) / 10_000.0))
    }

    fn points(&self, points: f64, _: Spoke) -> String {
        self.words.points(points)
    }

    fn count(&self, count: u64, _: Spoke) -> String {
        self.words.whole(i64::try_from(count).unwrap_or(i64::MAX))
    }

    fn shop(&self, shop: &ShopId, _: Spoke) -> String {
        (self.shop)(shop)
    }

    fn person(&self, person: &PersonId, _: Spoke) -> String {
        (self.person)(person)
    }
}

/// So many shops are looked at one by one, furthest behind first: what lies in a territory that deviates is told there.
const SHOPS_MAX: usize = 10;

/// The territories below the root, the people, and shops in no territory that deviates, as far as they deviate, furthest
/// behind first.
pub fn find(asked: &Asked<'_>, tree: &Tree, people: &[PersonLine], lines: &[Arc<Line>], say: &dyn Say) -> Vec<Deviant> {
    let by_id: BTreeMap<&ShopId, &Line> = lines.iter().map(|line| (&line.id, &**line)).collect();
    let mut kept: BTreeMap<&PersonId, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        if let Some(keeper) = &line.keeper {
            kept.entry(keeper).or_default().push(line);
        }
    }
    let mut found = Vec::new();
    let mut told: BTreeSet<&ShopId> = BTreeSet::new();
    for (at, node) in tree.nodes.iter().enumerate().skip(1) {
        let Place::Territory(id) = &node.place else { continue };
        let below: Vec<&Line> = tree.shops(at).filter_map(|shop| by_id.get(shop).copied()).collect();
        let provisional = node.sum.is_provisional();
        let subject = Subject::Territory(id.clone());
        if let Some(deviant) = look(asked, subject, &node.name, (&node.progress, provisional), &below, None, say) {
            told.extend(tree.shops(at));
            found.push(deviant);
        }
    }
    let mut alone: Vec<&Line> = lines.iter().map(|line| &**line).filter(|line| !told.contains(&line.id)).collect();
    alone.sort_by_key(|line| Reverse(line.progress.shortfall()));
    for line in alone.into_iter().take(SHOPS_MAX) {
        let of = (&line.progress, line.funnel.not_received > 0);
        found.extend(look(asked, Subject::Shop(line.id.clone()), &line.name, of, &[line], None, say));
    }
    for person in people {
        let below = kept.remove(&person.id).unwrap_or_default();
        // What has not come is left out of both, as the rule asks.
        let planned = person.funnel.planned - person.funnel.not_received;
        let visits = Visits { planned, visited: person.funnel.visited };
        let subject = Subject::Person(person.id.clone());
        let of = (&person.progress, person.is_provisional());
        found.extend(look(asked, subject, &person.name, of, &below, Some((person.id.clone(), visits)), say));
    }
    found.sort_by_key(|deviant: &Deviant| Reverse(deviant.shortfall));
    found
}

fn look(
    asked: &Asked<'_>,
    subject: Subject,
    name: &str,
    (progress, provisional): (&Progress, bool),
    below: &[&Line],
    person: Option<(PersonId, Visits)>,
    say: &dyn Say,
) -> Option<Deviant> {
    let ask = asked.ask;
    let standing = Standing {
        period: ask.period,
        through: ask.through,
        basis: asked.basis.clone(),
        time: progress.time,
        target: progress.target,
        actual: progress.actual,
        last_year: None,
        last_period: None,
    };
    let level = match subject {
        Subject::Territory(_) => Level::Territory,
        Subject::Person(_) => Level::Person,
        Subject::Shop(_) => Level::Shop,
    };
    let rule = deviation::rule_for(&asked.rules.deviations, &ask.metric, level);
    let child =
        |line: &&Line| Child { id: line.id.clone(), target: line.progress.target, actual: line.progress.actual };
    let children: Vec<Child<ShopId>> = below.iter().map(child).collect();
    let deviation = deviation::look(&rule, &standing, &children, provisional)?;
    let open = asked.open.iter().find(|node| is_about(node, &subject));
    let evidence = Evidence { split_is_open: open.is_some(), ..evidence(asked, below, person) };
    let action = deviation::next_action(&asked.rules.actions, &deviation, &evidence)?;
    let split = open.filter(|_| action.kind == ActionKind::Resplit).cloned();
    Some(Deviant { split, ..said(asked.lang, subject, name, &deviation, &action, say) })
}

fn evidence(asked: &Asked<'_>, below: &[&Line], person: Option<(PersonId, Visits)>) -> Evidence {
    let ids = |chosen: fn(&Line) -> bool| -> Vec<ShopId> {
        below.iter().filter(|line| chosen(line)).map(|line| line.id.clone()).collect()
    };
    let shops: BTreeSet<&ShopId> = below.iter().map(|line| &line.id).collect();
    let short = asked.stocked_out.iter().filter(|(shop, _)| shops.contains(shop));
    Evidence {
        today: ids(|line| line.today.planned > line.today.visited),
        out_of_stock: short.map(|(shop, count)| (shop.clone(), *count)).collect(),
        // Only where everything planned has come: what is still on a phone is not "not visited".
        unvisited: ids(|line| line.sample.checked == 0 && line.funnel.not_received == 0),
        person,
        split_is_open: false,
    }
}

/// Whether a node of the plans is a territory's, a person's or a shop's own: all of its trade, not a part of it.
fn is_about(node: &Node, subject: &Subject) -> bool {
    let Scope { territory, channel, category, product, shop, person } = &node.scope;
    let whole = channel.is_none() && category.is_none() && product.is_none();
    whole
        && match subject {
            Subject::Territory(id) => territory.as_ref() == Some(id) && shop.is_none() && person.is_none(),
            Subject::Person(id) => person.as_ref() == Some(id) && shop.is_none(),
            Subject::Shop(id) => shop.as_ref() == Some(id),
        }
}

fn said(
    lang: Lang,
    subject: Subject,
    name: &str,
    deviation: &Deviation<ShopId>,
    action: &NextAction,
    say: &dyn Say,
) -> Deviant {
    let explained = deviation::explain(deviation, action, say);
    Deviant {
        subject,
        name: name.to_owned(),
        band: deviation.band,
        shortfall: deviation.shortfall,
        headline: lang.pick(&explained.headline),
        reason: lang.pick(&explained.reason),
        action: lang.pick(&explained.action),
        shop: action.shops.first().cloned(),
        split: None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Territories, tree};
    use super::*;
    use aisle_domain::calendar::{Period, TimeGone};
    use aisle_domain::org::{Territory, sales};

    struct Plain;

    impl Say for Plain {
        fn amount(&self, amount: Amount, _: Spoke) -> String {
            amount.0.to_string()
        }
        fn share(&self, share_bp: u32, _: Spoke) -> String {
            share_bp.to_string()
        }
        fn points(&self, points: f64, _: Spoke) -> String {
            points.to_string()
        }
        fn count(&self, count: u64, _: Spoke) -> String {
            count.to_string()
        }
        fn shop(&self, shop: &ShopId, _: Spoke) -> String {
            shop.to_string()
        }
        fn person(&self, person: &PersonId, _: Spoke) -> String {
            person.to_string()
        }
    }

    fn line(id: &str, territory: &str, actual: i64) -> Arc<Line> {
        let time = TimeGone { elapsed: 22, total: 30, days_elapsed: 22, days_left: 8 };
        Arc::new(Line {
            id: id.into(),
            name: id.into(),
            territory: territory.into(),
            keeper: None,
            progress: Progress { target: Some(Amount(300)), actual: Amount(actual), time },
            last_year: None,
            funnel: Default::default(),
            today: Default::default(),
            sample: Default::default(),
            last_visit: None,
        })
    }

    #[test]
    fn whose_split_does_not_add_up_any_more_is_to_be_split_again() {
        let day = |text: &str| text.parse().expect("a date");
        let (month, metric) = (Period::Month(2026, 11), sales());
        let ask = Ask { metric, period: month, through: day("2026-11-22"), today: day("2026-11-23") };
        let territory = |name: &str, parent: Option<&str>| {
            (TerritoryId::from(name), Territory { name: name.to_owned(), parent: parent.map(TerritoryId::from) })
        };
        let land = Territories::from_sorted(vec![
            territory("east", Some("land")),
            territory("land", None),
            territory("west", Some("land")),
        ]);
        let lines = [line("a", "east", 60), line("b", "west", 90)];
        let tree = tree::grow(&land, &lines, lines[0].progress.time).expect("a tree");
        let rules = Rules::default();
        let found = |open: &[Node]| -> Vec<(String, String, Option<String>)> {
            let (basis, lang, stocked_out) = (Basis::CalendarDays, Lang::En, &BTreeMap::new());
            let asked = Asked { ask: &ask, basis, rules: &rules, open, stocked_out, lang };
            let found = find(&asked, &tree, &[], &lines, &Plain).into_iter();
            found.map(|d| (d.name, d.action, d.split.map(|node| node.to_string()))).collect()
        };
        let node = |change: fn(&mut Scope)| {
            let mut scope = Scope { territory: Some("east".into()), ..Scope::default() };
            change(&mut scope);
            Node { metric: sales(), period: month, scope }
        };
        assert!(found(&[]).iter().all(|(_, action, split)| action != "Split again" && split.is_none()));
        let open = found(&[node(|_| ())]);
        let again = |name: &str| {
            open.iter().find(|(of, ..)| of == name).map(|(_, action, split)| (action.as_str(), split.clone()))
        };
        assert_eq!(again("east"), Some(("Split again", Some("sales 2026-11 territory=east".to_owned()))));
        assert!(again("west").is_some_and(|(action, split)| action != "Split again" && split.is_none()));
        // What is open in a part of it is that part's.
        assert_eq!(found(&[node(|scope| scope.person = Some("p".into()))]), found(&[]));
    }
}
