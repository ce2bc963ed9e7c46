//! Worked examples of splits, locks, refusals and versions.

use super::*;

fn root() -> Node {
    Node { metric: "sales".into(), period: Period::Month(2026, 12), scope: Scope::default() }
}

fn person(id: &str, weight: u64, amount: i64, held: Held) -> Part {
    Part { member: Member::Person(id.into()), weight, base: weight, amount: Amount(amount), held }
}

fn request(id: &str, node: &Node, parts: &[Part]) -> Request {
    Request {
        id: id.into(),
        node: node.clone(),
        dimension: parts[0].member.dimension(),
        unit: 1,
        basis: SplitBasis::Hand,
        parts: parts.to_vec(),
        author: "boss".into(),
        reason: "plan for December".into(),
        at: 1,
    }
}

fn category(name: &str, weight: u64, held: Held, amount: i64) -> Part {
    Part { member: Member::Category(name.into()), weight, base: weight, amount: Amount(amount), held }
}

/// 1,000 among A (locked at 400), B and C by 1 : 2; B further into tea (locked at 150) and nuts.
fn sample() -> (Cascade, Node) {
    let parts = [person("a", 9, 400, Held::Locked), person("b", 1, 0, Held::Free), person("c", 2, 0, Held::Free)];
    let tree = Cascade::new(root(), Amount(1_000));
    let split = tree.plan(request("s1", &root(), &parts)).expect("a node");
    let tree = tree.publish(split).expect("adds up");
    let b = root().child(&Member::Person("b".into())).expect("a child");
    let parts = [category("tea", 1, Held::Locked, 150), category("nuts", 1, Held::Free, 0)];
    let split = tree.plan(request("s2", &b, &parts)).expect("a node");
    (tree.publish(split).expect("adds up"), b)
}

#[test]
fn a_locked_child_keeps_its_value() {
    let (tree, b) = sample();
    let amounts = |tree: &Cascade, node: &Node| tree.children(node).into_iter().map(|c| c.1.0).collect::<Vec<_>>();
    assert_eq!((amounts(&tree, &root()), amounts(&tree, &b)), (vec![400, 200, 400], vec![150, 50]));
    // The parent rises to 1,300: A stays, B and C share 900 by weight; below B, tea stays.
    let tree = tree.with_root_amount(Amount(1_300));
    assert_eq!(tree.open()[0].remainder, Amount(300));
    let again = tree.again(&root(), "s3".into(), "boss".into(), "raised", 2).expect("split");
    let what = tree.what_if(&tree.plan(again).expect("a node"), Below::Scale).expect("possible");
    assert_eq!(amounts(&what.tree, &root()), [400, 300, 600]);
    assert_eq!(amounts(&what.tree, &b), [150, 150]);
    assert_eq!(what.open, []);
    assert_eq!(what.splits.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(), ["s3", "s3.1"]);
    let changed: Vec<String> = what.changes.iter().map(|c| c.node.to_string()).collect();
    assert_eq!(changed.len(), 3, "B, C and B’s nuts: {changed:?}");
}

#[test]
fn the_parent_changed_meanwhile() {
    let (tree, b) = sample();
    let lower = tree.with_root_amount(Amount(700));
    let split = lower.scaled(&root(), "s3".into(), "boss".into(), "lowered", 2).expect("split");
    // 300 remain for B and C at 200 : 400 → 100 : 200; B's locked tea now exceeds B by 50.
    for (below, open) in [(Below::Keep, vec![(100, 200, -100)]), (Below::Scale, vec![(100, 100, -50)])] {
        let what = lower.what_if(&split, below).expect("possible");
        let seen: Vec<_> = what.open.iter().map(|o| (o.is.0, o.was.0, o.remainder.0)).collect();
        assert_eq!(seen, open, "{below:?}");
        assert_eq!(what.open[0].node, b);
    }
}

#[test]
fn a_refusal_names_the_amount_and_the_node() {
    let tree = Cascade::new(root(), Amount(1_000));
    let plan = |parts: &[Part]| tree.plan(request("s", &root(), parts)).expect("a node");
    let short = plan(&[person("a", 0, 700, Held::Manual), person("b", 0, 286, Held::Manual)]);
    let error = tree.publish(short.clone()).expect_err("14 short");
    assert_eq!(error.to_string(), "sales 2026-12: 14 minor units are missing");
    let over = plan(&[person("a", 0, 700, Held::Manual), person("b", 0, 301, Held::Manual)]);
    assert_eq!(tree.publish(over).expect_err("1 over").to_string(), "sales 2026-12: 1 minor units too much");
    let settled = short.settled(Settle::Evenly).expect("free rows");
    assert_eq!(settled.parts.iter().map(|p| p.amount.0).collect::<Vec<_>>(), [707, 293]);
    assert!(tree.publish(settled.clone()).is_ok());
    let moved = tree.with_root_amount(Amount(999));
    assert!(matches!(moved.publish(settled.clone()), Err(CascadeError::Changed { was: Amount(1_000), .. })));
    let silent = Split { after: vec!["s0".into()], reason: " ".into(), ..settled };
    assert!(matches!(tree.publish(silent), Err(CascadeError::NoReason { .. })));
    assert!(matches!(tree.with(plan(&vec![person("a", 1, 0, Held::Free); 2])), Err(CascadeError::Doubled { .. })));
    let mixed = plan(&[person("a", 1, 0, Held::Free), category("tea", 1, Held::Free, 0)]);
    assert!(matches!(tree.with(mixed), Err(CascadeError::OtherDimension { .. })));
}

#[test]
fn periods_cover_every_day_once() {
    let year = Node { period: Period::Year(2024), ..root() };
    let tree = Cascade::new(year.clone(), Amount(366));
    let part = |period: Period| {
        let weight = u64::from(period.len_days());
        Part { member: Member::Time(period), weight, base: 0, amount: Amount::ZERO, held: Held::Free }
    };
    let months: Vec<Part> = (1..=12).map(|month| part(Period::Month(2024, month))).collect();
    let split = tree.plan(request("s", &year, &months)).expect("a node");
    let tree = tree.publish(split).expect("adds up");
    let february = Node { period: Period::Month(2024, 2), ..root() };
    assert_eq!(tree.amount(&february), Some(Amount(29)), "a leap year by calendar days");
    let gap = tree.plan(request("s", &year, &months[..11])).expect("a node");
    assert!(matches!(tree.with(gap), Err(CascadeError::NotTiled { .. })));
    let mut twice = months;
    twice.push(part(Period::Quarter(2024, 4)));
    let twice = tree.plan(request("s", &year, &twice)).expect("a node");
    assert!(matches!(tree.with(twice), Err(CascadeError::NotTiled { .. })));
}

#[test]
fn two_people_at_once_lose_nothing() {
    let (tree, b) = sample();
    let mut records: Vec<Split> = [root(), b.clone()].iter().filter_map(|n| tree.split_of(n).cloned()).collect();
    let first = tree.scaled(&root(), "x".into(), "li".into(), "mine", 5).expect("split");
    let second = tree.scaled(&root(), "y".into(), "wang".into(), "mine too", 9).expect("split");
    records.extend([first.clone(), second.clone()]);
    let expect = assemble(root(), Amount(1_000), &records).expect("possible");
    assert_eq!(expect.contested, [(root(), vec!["y".into(), "x".into()])], "the one taken later is in effect");
    let swapped: Vec<Split> = records.iter().rev().cloned().collect();
    let other = assemble(root(), Amount(1_000), &swapped).expect("possible");
    assert_eq!(other.contested, [(root(), vec!["x".into(), "y".into()])], "whatever the devices' clocks say");
    // A version after both settles it.
    let settled = Split { id: "z".into(), after: vec!["x".into(), "y".into()], ..second };
    records.push(settled);
    let done = assemble(root(), Amount(1_000), &records).expect("possible");
    assert_eq!((done.contested, done.tree.split_of(&root()).map(|s| s.id.as_str())), (vec![], Some("z")));
    // Split another way, what hung below B hangs nowhere, and is still there to read.
    let other = tree.plan(request("c", &root(), &[category("tea", 1, Held::Free, 0)])).expect("a node");
    let mut records: Vec<Split> = [root(), b].iter().filter_map(|n| tree.split_of(n).cloned()).collect();
    records.push(other);
    let detached = assemble(root(), Amount(1_000), &records).expect("possible").detached;
    assert_eq!(detached, ["s2".into()]);
}

#[test]
fn versions_differ_by_child() {
    let (tree, _) = sample();
    let before = tree.split_of(&root()).expect("split").clone();
    let mut after = before.clone();
    after.id = "s9".into();
    after.after = vec![before.id.clone()];
    after.parts.remove(0);
    after.parts[0].amount = Amount(250);
    after.parts[1].held = Held::Locked;
    let seen: Vec<_> = differences(&before, &after).iter().map(|d| (d.member.to_string(), d.amount().0)).collect();
    assert_eq!(seen, [("b".to_owned(), 50), ("c".to_owned(), 0), ("a".to_owned(), -400)]);
    assert_eq!(heads(&[after.clone(), before]), [&after], "a version that is replaced is none, in whatever order");
}

#[test]
fn shop_targets_and_the_rest_sum_to_the_root() {
    let (tree, b) = sample();
    let shop =
        |id: &str| Part { member: Member::Shop(id.into()), weight: 1, base: 0, amount: Amount::ZERO, held: Held::Free };
    let tea = b.child(&Member::Category("tea".into())).expect("a child");
    let nuts = b.child(&Member::Category("nuts".into())).expect("a child");
    let mut tree = tree;
    for node in [tea, nuts] {
        let split = tree.plan(request("t", &node, &[shop("s1"), shop("s2")])).expect("a node");
        tree = tree.publish(split).expect("adds up");
    }
    let (targets, rest) = tree.shop_targets(DayWeights::Calendar);
    let seen: Vec<_> = targets.iter().map(|t| (t.target.record_id(), t.target.amount.0)).collect();
    assert_eq!(seen, [("sales/s1/2026-12".to_owned(), 100), ("sales/s2/2026-12".to_owned(), 100)]);
    assert_eq!(rest, Amount(800), "A and C are not split down to shops");
    assert_eq!(targets[0].categories.values().copied().sum::<Amount>(), Amount(100));
    // A shop's year counts in its months by the days they have.
    let year = Node { period: Period::Year(2024), ..root() };
    let tree = Cascade::new(year.clone(), Amount(732));
    let split = tree.plan(request("y", &year, &[shop("s1"), shop("s2")])).expect("a node");
    let (targets, rest) = tree.publish(split).expect("adds up").shop_targets(DayWeights::Calendar);
    let february = targets.iter().find(|t| t.target.period == Period::Month(2024, 2)).map(|t| t.target.amount);
    assert_eq!((targets.len(), february, rest), (24, Some(Amount(29)), Amount::ZERO));
    // A shop's week across two years counts four days in December and three in January; by working days four (to Thursday)
    // and one, as Friday is New Year's Day without a calendar that knows it.
    let week = Node { period: Period::Week(2026, 53), ..root() };
    let tree = Cascade::new(week.clone(), Amount(700));
    let tree = tree.publish(tree.plan(request("w", &week, &[shop("s1")])).expect("a node")).expect("adds up");
    for (weights, expect) in [(DayWeights::Calendar, [400, 300]), (DayWeights::WeekdaysOnly, [560, 140])] {
        let (targets, rest) = tree.shop_targets(weights);
        let seen: Vec<_> = targets.iter().map(|t| (t.target.period, t.target.amount.0)).collect();
        assert_eq!(seen, [(Period::Month(2026, 12), expect[0]), (Period::Month(2027, 1), expect[1])]);
        assert_eq!(rest, Amount::ZERO);
    }
}
