//! Properties of random trees: any cut sums to the root to the last unit.

use super::*;
use crate::calendar::{PeriodKind, WorkCalendar, calendars};
use crate::target::ShopTarget;
use proptest::prelude::*;

/// How one node of a random tree is split.
#[derive(Clone, Debug)]
struct Step {
    /// Which of the present leaves, by place.
    leaf: usize,
    /// Number of children.
    children: usize,
    /// Weights, taken in a circle.
    weights: Vec<u64>,
    /// Place of a locked child and its amount in thousandths of the node's, where one is locked.
    lock: Option<(usize, i64)>,
    unit: u64,
    by_time: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (
        any::<usize>(),
        1usize..6,
        prop::collection::vec(0u64..1_000, 1..6),
        prop::option::of((0usize..6, -200i64..1_200)),
        prop::sample::select(vec![1u64, 1, 100]),
        any::<bool>(),
    );
    let step = step.prop_map(|(leaf, children, weights, lock, unit, by_time)| Step {
        leaf,
        children,
        weights,
        lock,
        unit,
        by_time,
    });
    prop::collection::vec(step, 1..12)
}

fn amounts() -> impl Strategy<Value = i64> {
    prop_oneof![Just(0), -50i64..50, -1_000_000_000_000i64..1_000_000_000_000]
}

fn parts_of(node: &Node, step: &Step, amount: Amount) -> Option<(Dimension, Vec<Part>)> {
    let members: Vec<Member> = if step.by_time {
        let kinds = [PeriodKind::Quarter, PeriodKind::Month, PeriodKind::Day];
        let tiles = kinds.into_iter().map(|kind| node.period.split_into(kind)).find(|tiles| !tiles.is_empty())?;
        tiles.into_iter().map(Member::Time).collect()
    } else {
        let scope = &node.scope;
        let dimensions = [
            (scope.person.is_none(), Dimension::Person),
            (scope.category.is_none(), Dimension::Category),
            (scope.shop.is_none(), Dimension::Shop),
        ];
        let free: Vec<Dimension> = dimensions.into_iter().filter(|(free, _)| *free).map(|(_, by)| by).collect();
        let by = *free.get(step.leaf / 13 % free.len().max(1))?;
        let make = |i: usize| match by {
            Dimension::Person => Member::Person(format!("p{i}").into()),
            Dimension::Category => Member::Category(format!("c{i}")),
            _ => Member::Shop(format!("s{i}").into()),
        };
        (0..step.children).map(make).collect()
    };
    let part = |(i, member): (usize, Member)| {
        let weight = step.weights[i % step.weights.len()];
        let locked = step.lock.filter(|(place, _)| *place == i).map(|(_, share)| Amount(amount.0 / 1_000 * share));
        let held = if locked.is_some() { Held::Locked } else { Held::Free };
        Part { member, weight, base: weight, amount: locked.unwrap_or_default(), held }
    };
    let parts: Vec<Part> = members.into_iter().enumerate().map(part).collect();
    Some((parts.first()?.member.dimension(), parts))
}

fn request(id: String, node: &Node, dimension: Dimension, parts: Vec<Part>, unit: u64) -> Request {
    let (author, reason) = ("m".into(), "random".to_owned());
    Request {
        id: id.into(),
        node: node.clone(),
        dimension,
        unit,
        basis: SplitBasis::Hand,
        parts,
        author,
        reason,
        at: 0,
    }
}

/// Roots of every kind of period: leap years and others, a leap February, week 53 across two years, a leap day.
fn roots() -> impl Strategy<Value = Node> {
    let kinds = ["2024", "2026", "2024-Q1", "2026-Q4", "2024-02", "2026-10", "2026-W53", "2026-W14", "2024-02-29"];
    prop::sample::select(kinds.to_vec()).prop_map(root_of)
}

fn root_of(period: &str) -> Node {
    let period = Period::parse(period).expect("a period");
    Node { metric: "sales".into(), period, scope: Scope::default() }
}

/// Day weights of every kind: of calendars with holidays and make-up days, by patterns, and of one on which no day counts.
fn working() -> Vec<(WorkCalendar, bool)> {
    let mut all: Vec<WorkCalendar> = calendars();
    let mut weekend = all[0].clone();
    weekend.weekday = [10, 10, 10, 12, 15, 30, 25];
    let mut idle = WorkCalendar { weekday: [0; 7], ..all[0].clone() };
    idle.make_up.clear();
    all.extend([weekend, idle]);
    all.into_iter().flat_map(|calendar| [(calendar.clone(), true), (calendar, false)]).collect()
}

fn weights_of((calendar, pattern): &(WorkCalendar, bool)) -> DayWeights<'_> {
    if *pattern { DayWeights::Pattern(calendar) } else { DayWeights::Working(calendar) }
}

fn grow(root: Node, total: i64, steps: &[Step]) -> Cascade {
    let mut tree = Cascade::new(root, Amount(total));
    for (number, step) in steps.iter().enumerate() {
        let (leaves, _) = tree.cut(|_| true);
        let (node, amount) = leaves[step.leaf % leaves.len()].clone();
        if let Some((dimension, parts)) = parts_of(&node, step, amount) {
            let split = tree.plan(request(format!("v{number}"), &node, dimension, parts, step.unit)).expect("a leaf");
            tree = tree.with(split).expect("a possible split");
        }
    }
    tree
}

fn whole(tree: &Cascade) -> Amount {
    tree.amount(tree.root()).expect("a root")
}

/// Cuts that go below as the bits say, summed, with what is open on the way.
fn sum_of_cut(tree: &Cascade, bits: u64) -> (Amount, Amount) {
    let mut turn = 0;
    let (nodes, open) = tree.cut(|_| {
        turn += 1;
        bits >> (turn % 64) & 1 == 1
    });
    (nodes.into_iter().map(|(_, amount)| amount).sum(), open.into_iter().map(|open| open.remainder).sum())
}

proptest! {
    #[test]
    fn every_cut_sums_to_its_root(root in roots(), total in amounts(), steps in steps(), bits in any::<u64>()) {
        let tree = grow(root, total, &steps);
        let (nodes, open) = sum_of_cut(&tree, bits);
        prop_assert_eq!(nodes + open, Amount(total), "with what is open in sight");
        if tree.open().is_empty() {
            prop_assert_eq!(nodes, Amount(total), "and without, when nothing is open");
        }
        let (targets, rest) = tree.shop_targets(DayWeights::Calendar);
        prop_assert_eq!(targets.iter().map(|target| target.target.amount).sum::<Amount>() + rest, Amount(total));
    }

    /// What reaches shops, by any day weights: months of one shop by one record, each month within the root or touched by
    /// it, and the rest named; together the root to the last unit.
    #[test]
    fn shop_targets_on_working_calendars_sum_to_the_root(
        root in roots(), total in amounts(), steps in steps(), days in prop::sample::select(working())
    ) {
        let tree = grow(root, total, &steps);
        let (targets, rest) = tree.shop_targets(weights_of(&days));
        prop_assert_eq!(targets.iter().map(|target| target.target.amount).sum::<Amount>() + rest, Amount(total));
        let mut seen = std::collections::BTreeSet::new();
        for ShopTarget { target, categories, .. } in &targets {
            prop_assert!(seen.insert((&target.shop, target.period)), "{} twice", target.record_id());
            let touches = target.period.first() < tree.root().period.end() && tree.root().period.first() < target.period.end();
            prop_assert!(target.period.kind() == PeriodKind::Month && touches, "{}", target.period);
            // Days of a month sum to it, or no day of it weighs anything.
            let by_day = day_targets(target.amount, target.period, weights_of(&days));
            let sum = by_day.map(|days| days.into_iter().map(|(_, part)| part).sum::<Amount>());
            prop_assert!(sum.is_none_or(|sum| sum == target.amount));
            let of_shop = |node: &Node| node.scope.shop.as_ref() == Some(&target.shop);
            let split_on: Vec<String> =
                tree.cut(|_| true).0.into_iter().filter(|(node, _)| of_shop(node)).filter_map(|(n, _)| n.scope.category).collect();
            prop_assert!(categories.keys().all(|category| split_on.contains(category)));
        }
    }

    #[test]
    fn nothing_is_open_but_for_a_named_reason(root in roots(), total in amounts(), steps in steps()) {
        let tree = grow(root, total, &steps);
        for open in tree.open() {
            let split = tree.split_of(&open.node).expect("split");
            let free = split.parts.iter().filter(|part| part.held == Held::Free);
            let weightless = free.clone().all(|part| part.weight == 0);
            let locked: Amount = split.parts.iter().filter(|p| p.held == Held::Locked).map(|p| p.amount).sum();
            let rest = open.is - locked;
            let overheld = if open.is.0 >= 0 { rest.0 < 0 } else { rest.0 > 0 };
            let less_than_a_step = open.remainder.0.unsigned_abs() < split.unit;
            prop_assert!(weightless || overheld || less_than_a_step, "{:?}", open);
        }
    }

    #[test]
    fn a_resplit_keeps_locks_and_adds_up(
        root in roots(), total in amounts(), steps in steps(), new_total in amounts(), scale in any::<bool>(), bits in any::<u64>()
    ) {
        let tree = grow(root, total, &steps).with_root_amount(Amount(new_total));
        let root = tree.root().clone();
        let below = if scale { Below::Scale } else { Below::Keep };
        let Some(again) = tree.again(&root, "again".into(), "m".into(), "changed", 1) else { return Ok(()) };
        let what = tree.what_if(&tree.plan(again).expect("the root"), below).expect("possible");
        let (nodes, open) = sum_of_cut(&what.tree, bits);
        prop_assert_eq!(nodes + open, Amount(new_total));
        for (before, after) in what.splits.iter().filter_map(|after| Some((tree.split_of(&after.node)?, after))) {
            for (old, new) in before.parts.iter().zip(&after.parts).filter(|(old, _)| old.held == Held::Locked) {
                prop_assert_eq!(old.amount, new.amount, "locked in {}", after.node);
            }
        }
        // What is said to change is what changes, and the trees put together from the records are the same tree.
        prop_assert_eq!(tree.changes_to(&what.tree), what.changes);
        let mut records: Vec<Split> = Vec::new();
        what.tree.cut(|node| { records.extend(what.tree.split_of(node).cloned()); true });
        records.reverse();
        let assembled = assemble(root, whole(&what.tree), &records).expect("possible");
        prop_assert_eq!(assembled.tree, what.tree);
        prop_assert_eq!((assembled.contested, assembled.detached), (vec![], vec![]));
    }

    /// An inner node split again, with other weights, locks and step: nothing above, beside or below a lock moves, any cut
    /// sums to the root, and the record of it replaces the one before.
    #[test]
    fn an_inner_node_split_again_moves_only_what_is_below_it(
        root in roots(), total in amounts(), steps in steps(), which in any::<usize>(), step in steps(),
        scale in any::<bool>(), bits in any::<u64>()
    ) {
        let tree = grow(root, total, &steps);
        let mut inner = Vec::new();
        tree.cut(|node| { if node != tree.root() && tree.split_of(node).is_some() { inner.push(node.clone()); } true });
        let Some(node) = inner.get(which % inner.len().max(1)).cloned() else { return Ok(()) };
        let Some(mut again) = tree.again(&node, "again".into(), "m".into(), "changed", 1) else { return Ok(()) };
        let (step, amount) = (&step[0], tree.amount(&node).expect("a node"));
        for (place, part) in again.parts.iter_mut().enumerate() {
            part.weight = step.weights[place % step.weights.len()];
            if let Some((_, share)) = step.lock.filter(|(locked, _)| *locked == place) {
                (part.amount, part.held) = (Amount(amount.0 / 1_000 * share), Held::Locked);
            }
        }
        again.unit = step.unit;
        let before = tree.split_of(&node).expect("split").clone();
        let split = tree.plan(again).expect("a node");
        prop_assert_eq!(&split.after, &vec![before.id.clone()]);
        prop_assert_eq!(split.total, amount);
        let what = tree.what_if(&split, if scale { Below::Scale } else { Below::Keep }).expect("possible");
        let (nodes, open) = sum_of_cut(&what.tree, bits);
        prop_assert_eq!(nodes + open, Amount(total));
        prop_assert_eq!(what.tree.amount(&node), Some(amount), "the node keeps what it was given");
        for change in &what.changes {
            prop_assert!(change.node != node && node.covers(&change.node), "{} is not below {}", change.node, node);
        }
        for (old, new) in split.parts.iter().zip(&what.tree.split_of(&node).expect("split").parts) {
            prop_assert_eq!(old, new, "what was planned is what is there");
        }
        for after in what.splits.iter().skip(1) {
            let before = tree.split_of(&after.node).expect("split before");
            for (old, new) in before.parts.iter().zip(&after.parts).filter(|(old, _)| old.held == Held::Locked) {
                prop_assert_eq!(old.amount, new.amount, "locked in {}", after.node);
            }
        }
        // A published re-split says why and adds up, or names what is missing.
        let published = tree.publish(split.clone());
        prop_assert_eq!(published.is_ok(), split.remainder() == Amount::ZERO);
        let silent = Split { reason: " ".into(), ..split };
        prop_assert!(tree.publish(silent).is_err());
    }

    #[test]
    fn a_settled_split_is_published(root in roots(), total in amounts(), step in steps(), evenly in any::<bool>()) {
        let tree = Cascade::new(root.clone(), Amount(total));
        let Some((dimension, parts)) = parts_of(&root, &step[0], Amount(total)) else { return Ok(()) };
        let split = tree.plan(request("v".into(), &root, dimension, parts, step[0].unit)).expect("the root");
        let how = if evenly { Settle::Evenly } else { Settle::ToOne(0) };
        match split.settled(how) {
            Some(settled) => prop_assert!(tree.publish(settled).is_ok()),
            None => prop_assert!(split.parts.iter().all(|part| part.held == Held::Locked)),
        }
        let refused = tree.publish(split.clone());
        prop_assert_eq!(refused.is_ok(), split.remainder() == Amount::ZERO);
    }

    #[test]
    fn days_sum_to_their_period(root in roots(), total in amounts(), days in prop::sample::select(working())) {
        for weights in [weights_of(&days), DayWeights::WeekdaysOnly, DayWeights::Calendar] {
            match day_targets(Amount(total), root.period, weights) {
                Some(days) => prop_assert_eq!(days.into_iter().map(|(_, amount)| amount).sum::<Amount>(), Amount(total)),
                None => prop_assert!(total != 0 && weights.of_period(root.period) == 0),
            }
        }
    }
}
