//! Worked examples, and: incremental = full = counted one by one.

use super::*;
use crate::calendar::{Period, PeriodKind};
use crate::credit;
use crate::facts::SegmentBuilder;
use crate::org::{Assignment, sales};
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn window(first: &str, last: &str) -> Window {
    Window { first: day(first), last: day(last) }
}

fn names(rows: &[(&str, Option<&str>)]) -> Names<String> {
    Names::new(rows.iter().map(|(name, parent)| ((*name).to_owned(), parent.map(str::to_owned)))).expect("a tree")
}

fn number(names: &Names<String>, name: &str) -> u32 {
    names.number(&name.to_owned()).expect("a name")
}

#[test]
fn a_tree_of_shops_by_category_by_hand() {
    let places =
        names(&[("east", None), ("sh", Some("east")), ("s1", Some("sh")), ("s2", Some("sh")), ("s3", Some("east"))]);
    let kinds = names(&[("tea", None), ("nuts", None)]);
    let windows = vec![window("2026-11-01", "2026-11-22"), window("2026-10-01", "2026-10-22")];
    let axes = vec![places.axis().clone(), kinds.axis().clone()];
    let mut loader = Loader::new(axes, windows).expect("small");
    let facts = [
        ("s1", "2026-11-01", "tea", 100),
        ("s1", "2026-11-22", "nuts", 10),
        ("s1", "2026-11-23", "tea", 999), // after the data-through day
        ("s2", "2026-11-05", "tea", -30), // a return
        ("s3", "2026-10-22", "nuts", 7),
    ];
    for shop in ["s1", "s2", "s3"] {
        let mut build = SegmentBuilder::new(2026, vec![sales()]);
        for (_, on, category, value) in facts.iter().filter(|fact| fact.0 == shop) {
            build.add(day(on), category, &[*value]);
        }
        let segment = build.build();
        let nodes: Vec<u32> = segment.categories().iter().map(|name| number(&kinds, name)).collect();
        loader.segment(&sales(), &segment, &[Place::At(number(&places, shop)), Place::ByCategory(&nodes)]);
    }
    let mut done = loader.finish();
    let (tea, nuts) = (number(&kinds, "tea"), number(&kinds, "nuts"));
    let cases = [
        ("s1", 0, 0, 110),
        ("s1", tea, 0, 100),
        ("sh", 0, 0, 80),
        ("sh", tea, 0, 70),
        ("east", nuts, 1, 7),
        ("east", 0, 0, 80),
    ];
    for (place, kind, window, expect) in cases {
        assert_eq!(done.sum(&[number(&places, place), kind], window), Amount(expect), "{place} {kind} {window}");
    }
    // One entry: s2, sh, east, everything × tea, everything; in one of the two windows.
    assert_eq!(done.add(&[number(&places, "s2"), tea], day("2026-11-06"), 5), 4 * 2);
    assert_eq!(done.sum(&[0, 0], 0), Amount(85));
    assert_eq!(done.sum(&[number(&places, "s2"), nuts], 0), Amount(0));
    assert_eq!(done.add(&[0, 0], day("2025-01-01"), 5), 0, "a day that is not asked for");
}

#[test]
fn too_many_nodes_are_refused() {
    let many = names(&[]);
    assert!(Loader::new(vec![many.axis().clone()], vec![window("2026-01-01", "2026-12-31")]).is_ok());
    let big = Names::new((0..6_000u32).map(|n| (n, None))).expect("a tree");
    assert!(
        Loader::new(vec![big.axis().clone(), big.axis().clone()], vec![window("2026-01-01", "2026-12-31")]).is_err()
    );
}

fn people() -> Names<String> {
    names(&[("p0", None), ("p1", None), ("p2", None)])
}

/// Stretches of equal shares, from assignments.
fn stretches(assignments: &[Assignment], people: &Names<String>, days: &[NaiveDate]) -> Vec<Shares> {
    let of = |on: NaiveDate| {
        let shares = credit::shares_on(assignments, on);
        shares.iter().map(|(person, share)| (number(people, person.as_str()), *share)).collect()
    };
    days.iter().map(|on| Shares { from: *on, of: of(*on) }).collect()
}

fn facts() -> impl Strategy<Value = Vec<(usize, u32, usize, i64)>> {
    prop::collection::vec((0usize..4, 1u32..=365, 0usize..3, -10_000i64..10_000), 0..80)
}

proptest! {
    /// Along shops × categories × time × people: the segments rolled up, the facts added one by one, and a slow sum.
    #[test]
    fn incremental_is_full_is_slow(
        facts in facts(),
        shares in prop::collection::vec((0usize..3, 0u16..6_000, 1u32..200), 0..5),
    ) {
        let places = names(&[("a", None), ("b", Some("a")), ("s0", Some("b")), ("s1", Some("b")), ("s2", Some("a")), ("s3", None)]);
        let kinds = names(&[("c0", None), ("c1", None), ("c2", None)]);
        let people = people();
        let time = TimeAxis::new(Period::Year(2026), &[PeriodKind::Quarter, PeriodKind::Month]);
        let windows = vec![window("2026-01-01", "2026-12-31"), window("2026-03-01", "2026-05-15")];
        let on = |ordinal: u32| NaiveDate::from_yo_opt(2026, ordinal).expect("a day");
        let assignments: Vec<Assignment> = shares.iter().map(|(person, share_bp, from)| Assignment {
            person: format!("p{person}").into(), share_bp: *share_bp, from: Some(on(*from)), until: None,
        }).collect();
        let mut bounds: Vec<NaiveDate> = assignments.iter().filter_map(|a| a.from).chain([on(1)]).collect();
        bounds.sort();
        let stretches = stretches(&assignments, &people, &bounds);
        let axes = || vec![places.axis().clone(), kinds.axis().clone(), time.axis().clone(), people.axis().clone()];

        let mut full = Loader::new(axes(), windows.clone()).expect("small");
        let mut cells = std::collections::BTreeMap::new();
        for shop in 0..4 {
            let mut build = SegmentBuilder::new(2026, vec![sales()]);
            for (_, ordinal, kind, value) in facts.iter().filter(|fact| fact.0 == shop) {
                build.add(on(*ordinal), &format!("c{kind}"), &[*value]);
                *cells.entry((shop, *ordinal, *kind)).or_insert(0) += *value;
            }
            let segment = build.build();
            let nodes: Vec<u32> = segment.categories().iter().map(|name| number(&kinds, name)).collect();
            let at = Place::At(number(&places, &format!("s{shop}")));
            full.segment(&sales(), &segment, &[at, Place::ByCategory(&nodes), Place::ByDay(&time), Place::Shares(&stretches)]);
        }
        let full = full.finish();

        let mut one_by_one = Loader::new(axes(), windows.clone()).expect("small").finish();
        let mut loaded = Loader::new(axes(), windows.clone()).expect("small");
        let mut slow: std::collections::BTreeMap<(String, usize), i64> = std::collections::BTreeMap::new();
        for ((shop, ordinal, kind), value) in cells {
            for (person, part) in credit::divide_or_keep(Amount(value), &assignments, on(ordinal)) {
                let person = person.map_or(0, |person| number(&people, person.as_str()));
                let nodes = [number(&places, &format!("s{shop}")), number(&kinds, &format!("c{kind}")), time.node(on(ordinal)), person];
                one_by_one.add(&nodes, on(ordinal), part.0);
                loaded.value(&nodes, on(ordinal), part.0);
            }
            for (number, _) in windows.iter().enumerate().filter(|(_, window)| window.contains(on(ordinal))) {
                *slow.entry((format!("s{shop}"), number)).or_default() += value;
            }
        }
        prop_assert_eq!(&full, &one_by_one);
        prop_assert_eq!(&full, &loaded.finish());
        for ((shop, window), expect) in slow {
            prop_assert_eq!(full.sum(&[number(&places, &shop), 0, 0, 0], window), Amount(expect));
        }
        // Any cut agrees: months, people with nobody, and categories each sum to everything.
        let total = full.sum(&[0, 0, 0, 0], 0);
        let quarters: Amount = (1..=4).map(|quarter| full.sum(&[0, 0, quarter, 0], 0)).sum();
        let kinds: Amount = kinds.iter().map(|(kind, _)| full.sum(&[0, kind, 0, 0], 0)).sum();
        prop_assert_eq!((quarters, kinds), (total, total));
    }

    #[test]
    fn dividing_in_place_is_dividing(value in any::<i32>(), shares in prop::collection::vec(0u32..4_000, 0..5)) {
        let assignments: Vec<Assignment> = shares.iter().enumerate().map(|(i, share)| Assignment {
            person: format!("p{i}").into(), share_bp: *share as u16, from: None, until: None,
        }).collect();
        let on = day("2026-01-01");
        let of: Vec<(u32, u32)> = credit::shares_on(&assignments, on).into_iter().map(|(_, share)| (0, share)).collect();
        let mut parts = Vec::new();
        let kept = divide_in_place(value.into(), &of, &mut parts);
        let expect = credit::divide_or_keep(Amount(value.into()), &assignments, on);
        let known: Vec<i64> = expect.iter().filter(|(person, _)| person.is_some()).map(|(_, part)| part.0).collect();
        let nobody: i64 = expect.iter().filter(|(person, _)| person.is_none()).map(|(_, part)| part.0).sum();
        prop_assert_eq!((parts, kept), (known, nobody));
    }
}
