//! Rules, attribution, next actions and their words, by hand; shares and shortfalls sum exactly.

use super::*;
use crate::calendar::{DayWeights, Period, TimeGone};
use crate::ids::{PersonId, ShopId};
use proptest::prelude::*;

fn standing(target: i64, actual: i64, day: u32) -> Standing {
    let period = Period::Month(2026, 11);
    let through = period.first().iter_days().nth(day as usize - 1).expect("a day");
    Standing {
        period,
        through,
        basis: DayWeights::Calendar.basis(),
        time: TimeGone::weigh(period, through, DayWeights::Calendar),
        target: Some(Amount(target)),
        actual: Amount(actual),
        last_year: None,
        last_period: None,
    }
}

fn child(id: &str, target: i64, actual: i64) -> Child<ShopId> {
    Child { id: id.into(), target: Some(Amount(target)), actual: Amount(actual) }
}

/// 3,000 by the 20th of 30 days, 1,000 actual: 1,000 behind. A is 700 behind, B 500, C 200 ahead.
fn sample() -> (Standing, Vec<Child<ShopId>>) {
    (standing(3_000, 1_000, 20), vec![child("c", 600, 600), child("a", 1_200, 100), child("b", 1_200, 300)])
}

struct Plain;

impl Say for Plain {
    fn amount(&self, amount: Amount, _: Lang) -> String {
        format!("¥{}", amount.0)
    }
    fn share(&self, share_bp: u32, _: Lang) -> String {
        format!("{}%", share_bp / 100)
    }
    fn points(&self, points: f64, _: Lang) -> String {
        format!("{points:.1}")
    }
    fn count(&self, count: u64, _: Lang) -> String {
        count.to_string()
    }
    fn shop(&self, shop: &ShopId, _: Lang) -> String {
        shop.to_string().to_uppercase()
    }
    fn person(&self, person: &PersonId, _: Lang) -> String {
        person.to_string()
    }
}

#[test]
fn the_particular_rule_counts() {
    let rule = |metric: Option<&str>, level, at_least| Rule {
        metric: metric.map(MetricId::from),
        level,
        at_least: Amount(at_least),
        ..Rule::default()
    };
    let rules = [
        rule(None, None, 1),
        rule(None, Some(Level::Shop), 2),
        rule(Some("sales"), None, 3),
        rule(Some("sales"), Some(Level::Shop), 4),
        rule(None, None, 5), // never: an equal one comes first
    ];
    let cases = [
        ("sales", Level::Shop, 4),
        ("sales", Level::Person, 3),
        ("stock", Level::Shop, 2),
        ("stock", Level::Person, 1),
    ];
    for (metric, level, expect) in cases {
        assert_eq!(rule_for(&rules, &metric.into(), level).at_least, Amount(expect), "{metric} {level:?}");
    }
    assert_eq!(rule_for(&[], &"sales".into(), Level::Shop), Rule::default());
}

#[test]
fn bounds_by_hand() {
    let strict = Bounds { behind_bp: 0, critical_bp: -500 };
    let cases = [
        (0.0, Band::Ahead, Band::Ahead),
        (-3.0, Band::Even, Band::Behind),
        (-3.01, Band::Behind, Band::Behind),
        (-5.01, Band::Behind, Band::Critical),
        (-10.01, Band::Critical, Band::Critical),
    ];
    for (gap, usual, of_strict) in cases {
        assert_eq!((Bounds::default().band(gap), strict.band(gap)), (usual, of_strict), "{gap}");
        assert_eq!(Bounds::default().band(gap), Band::of_gap(gap), "the same bands as the screens");
    }
}

#[test]
fn a_gap_is_attributed_by_hand() {
    let (node, children) = sample();
    let seen = |children: &[Child<ShopId>]| -> Vec<(String, i64, u32)> {
        let causes = attribute(&node, children).expect("behind");
        let name = |cause: &Cause<ShopId>| cause.child.as_ref().map_or("—".to_owned(), ToString::to_string);
        causes.iter().map(|cause| (name(cause), cause.shortfall.0, cause.share_bp)).collect()
    };
    let row = |name: &str, shortfall, share| (name.to_owned(), shortfall, share);
    // 700 and 500 of 1,200 behind are 58.33 and 41.67 %.
    assert_eq!(seen(&children), [row("a", 700, 5_833), row("b", 500, 4_167), row("c", -200, 0)]);
    // Without B its part of the target and of the actual has no child: 500 that are nobody's.
    let without = [children[0].clone(), children[1].clone()];
    assert_eq!(seen(&without), [row("a", 700, 5_833), row("—", 500, 4_167), row("c", -200, 0)]);
}

#[test]
fn when_a_node_deviates() {
    let (node, children) = sample();
    let deviates = |rule: &Rule, standing: &Standing| look(rule, standing, &children, false).map(|found| found.band);
    let usual = Rule::default();
    assert_eq!(deviates(&usual, &node), Some(Band::Critical));
    assert_eq!(deviates(&usual, &standing(3_000, 1_900, 20)), Some(Band::Behind));
    assert_eq!(deviates(&usual, &standing(3_000, 1_950, 20)), None, "within 3 points");
    assert_eq!(deviates(&usual, &standing(0, 0, 20)), None, "no target, no deviation");
    assert_eq!(deviates(&Rule { at_least: Amount(1_001), ..usual.clone() }, &node), None, "too little");
    assert_eq!(deviates(&Rule { days_elapsed: 21, ..usual }, &node), None, "too early");
}

#[test]
fn the_next_action_by_hand() {
    let (node, children) = sample();
    let deviation = look(&Rule::default(), &node, &children, false).expect("behind");
    let visits = Visits { planned: 100, visited: 61 };
    let cases = [
        (
            Evidence { split_is_open: true, ..Evidence::default() },
            ActionKind::Resplit,
            2,
            "The parts do not sum to the target",
            "Split again",
        ),
        (
            Evidence { out_of_stock: vec![("b".into(), 3)], today: vec!["a".into()], ..Evidence::default() },
            ActionKind::Refill,
            1,
            "1 shop with items out of stock holds 41% of it",
            "Refill 3 items at B",
        ),
        (
            Evidence { today: vec!["b".into(), "c".into(), "a".into()], ..Evidence::default() },
            ActionKind::VisitToday,
            2,
            "2 shops on today’s route hold 100% of it",
            "Visit A and 1 more first today",
        ),
        (
            Evidence { person: Some(("Sun Bo".into(), visits)), ..Evidence::default() },
            ActionKind::Coach,
            2,
            "Visited 61 of 100 planned shops",
            "Joint visit with Sun Bo: A and 1 more",
        ),
        (
            Evidence {
                person: Some(("Sun Bo".into(), Visits { planned: 10, visited: 8 })),
                unvisited: vec!["a".into()],
                ..Evidence::default()
            },
            ActionKind::PlanVisits,
            1,
            "1 shop not visited in this period holds 58% of it",
            "Put A on the route",
        ),
        (
            Evidence { today: vec!["c".into()], ..Evidence::default() },
            ActionKind::LookInto,
            2,
            "2 shops furthest behind hold 100% of it",
            "Look at A and 1 more",
        ),
    ];
    for (evidence, kind, shops, reason, to_do) in cases {
        let action = next_action(&ActionRule::standard(), &deviation, &evidence).expect("the last rule always fits");
        assert_eq!((action.kind, action.shops.len()), (kind, shops), "{evidence:?}");
        let said = explain(&deviation, &action, &Plain);
        assert_eq!((said.reason.en.as_str(), said.action.en.as_str()), (reason, to_do));
        assert_eq!(said.headline.en, "¥1000 behind (-33.3 pt)");
    }
    assert_eq!(next_action(&[], &deviation, &Evidence::default()), None);
}

#[test]
fn chinese_by_hand() {
    let (node, children) = sample();
    let deviation = look(&Rule::default(), &node, &children, true).expect("behind");
    let evidence = Evidence { today: vec!["a".into(), "b".into()], ..Evidence::default() };
    let action = next_action(&ActionRule::standard(), &deviation, &evidence).expect("fits");
    let said = explain(&deviation, &action, &Plain);
    assert_eq!(said.headline.zh, "少 ¥1000（-33.3 点，还有手机没同步）");
    assert_eq!(
        (said.reason.zh.as_str(), said.action.zh.as_str()),
        ("今天路线上的 2 家店占其中 100%", "今天先去 A 等 2 家")
    );
}

#[test]
fn rules_are_data() {
    let rules = ActionRule::standard();
    let text = serde_json::to_string(&rules).expect("writes");
    assert!(text.contains(r#"{"when":{"t":"today_holds","share_bp":3000},"then":"visit_today"}"#), "{text}");
    assert_eq!(serde_json::from_str::<Vec<ActionRule>>(&text).expect("reads"), rules);
    assert_eq!(serde_json::from_str::<Rule>("{}").expect("every field has a default"), Rule::default());
}

proptest! {
    #[test]
    fn shortfalls_and_shares_sum_exactly(
        target in 1i64..1_000_000_000, actual in -1_000_000i64..1_000_000_000, day in 1u32..=30,
        children in prop::collection::vec((prop::option::of(-1_000i64..1_000_000_000), -1_000_000i64..1_000_000_000), 0..12),
    ) {
        let node = standing(target, actual, day);
        let children: Vec<Child<usize>> = children.iter().enumerate().map(|(id, (target, actual))| {
            Child { id, target: target.map(Amount), actual: Amount(*actual) }
        }).collect();
        let causes = attribute(&node, &children).expect("a target above zero");
        prop_assert_eq!(Some(causes.iter().map(|cause| cause.shortfall).sum::<Amount>()), shortfall(&node));
        let shares: u32 = causes.iter().map(|cause| cause.share_bp).sum();
        prop_assert_eq!(shares, if causes.iter().any(|cause| cause.shortfall.0 > 0) { 10_000 } else { 0 });
        prop_assert!(causes.windows(2).all(|pair| pair[0].shortfall >= pair[1].shortfall));
    }
}
