//! Properties of random trees: any cut sums to the root to the last unit.

use super::*;
use crate::calendar::PeriodKind;
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
        let make = match (&scope.person, &scope.category, &scope.shop) {
            (None, _, _) => |i: usize| Member::Person(format!("p{i}").into()),
            (_, None, _) => |i: usize| Member::Category(format!("c{i}")),
            (_, _, None) => |i: usize| Member::Shop(format!("s{i}").into()),
            _ => return None,
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

fn grow(total: i64, steps: &[Step]) -> Cascade {
    let root = Node { metric: "sales".into(), period: Period::Year(2024), scope: Scope::default() };
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
    fn every_cut_sums_to_its_root(total in amounts(), steps in steps(), bits in any::<u64>()) {
        let tree = grow(total, &steps);
        let (nodes, open) = sum_of_cut(&tree, bits);
        prop_assert_eq!(nodes + open, Amount(total), "with what is open in sight");
        if tree.open().is_empty() {
            prop_assert_eq!(nodes, Amount(total), "and without, when nothing is open");
        }
        let (targets, rest) = tree.shop_targets(DayWeights::Calendar);
        prop_assert_eq!(targets.iter().map(|target| target.target.amount).sum::<Amount>() + rest, Amount(total));
    }

    #[test]
    fn nothing_is_open_but_for_a_named_reason(total in amounts(), steps in steps()) {
        let tree = grow(total, &steps);
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
        total in amounts(), steps in steps(), new_total in amounts(), scale in any::<bool>(), bits in any::<u64>()
    ) {
        let tree = grow(total, &steps).with_root_amount(Amount(new_total));
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

    #[test]
    fn a_settled_split_is_published(total in amounts(), step in steps(), evenly in any::<bool>()) {
        let root = Node { metric: "sales".into(), period: Period::Year(2025), scope: Scope::default() };
        let tree = Cascade::new(root.clone(), Amount(total));
        let (dimension, parts) = parts_of(&root, &step[0], Amount(total)).expect("a year can be split");
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
    fn days_sum_to_their_month(total in amounts(), month in 1u32..=12) {
        let days = day_targets(Amount(total), Period::Month(2024, month), DayWeights::WeekdaysOnly).expect("weights");
        prop_assert_eq!(days.into_iter().map(|(_, amount)| amount).sum::<Amount>(), Amount(total));
    }
}
