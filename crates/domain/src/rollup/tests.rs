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

/// A line: shop, day, category, value, and where it comes in a shuffle and whether as an entry.
type Line = (usize, u32, usize, i64, (u16, bool));

proptest! {
    /// Along shops × categories × time × people: the segments rolled up, the facts added one by one, and a slow sum.
    #[test]
    fn incremental_is_full_is_slow(
        facts in facts(),
        shares in prop::collection::vec((0usize..3, 0u16..6_000, 1u32..200, prop::option::of(150u32..365)), 0..6),
    ) {
        let places = names(&[("a", None), ("b", Some("a")), ("s0", Some("b")), ("s1", Some("b")), ("s2", Some("a")), ("s3", None)]);
        let kinds = names(&[("c0", None), ("c1", None), ("c2", None)]);
        let people = people();
        let time = TimeAxis::new(Period::Year(2026), &[PeriodKind::Quarter, PeriodKind::Month]);
        let windows = vec![window("2026-01-01", "2026-12-31"), window("2026-03-01", "2026-05-15")];
        let on = |ordinal: u32| NaiveDate::from_yo_opt(2026, ordinal).expect("a day");
        let assignments: Vec<Assignment> = shares.iter().map(|(person, share_bp, from, until)| Assignment {
            person: format!("p{person}").into(), share_bp: *share_bp, from: Some(on(*from)), until: until.map(on),
        }).collect();
        let changes = assignments.iter().flat_map(|a| [a.from, a.until]).flatten();
        let mut bounds: Vec<NaiveDate> = changes.chain([on(1)]).collect();
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
        // Of each person, and of nobody (0), by window.
        let mut of_people: std::collections::BTreeMap<(u32, usize), i64> = std::collections::BTreeMap::new();
        for ((shop, ordinal, kind), value) in cells {
            for (person, part) in credit::divide_or_keep(Amount(value), &assignments, on(ordinal)) {
                let person = person.map_or(0, |person| number(&people, person.as_str()));
                let nodes = [number(&places, &format!("s{shop}")), number(&kinds, &format!("c{kind}")), time.node(on(ordinal)), person];
                one_by_one.add(&nodes, on(ordinal), part.0);
                loaded.value(&nodes, on(ordinal), part.0);
                for (number, _) in windows.iter().enumerate().filter(|(_, window)| window.contains(on(ordinal))) {
                    *of_people.entry((person, number)).or_default() += part.0;
                }
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
        // People and nobody are everything, in each window, and each has what a slow sum gives.
        for number in 0..windows.len() {
            let of = |person: u32| Amount(of_people.get(&(person, number)).copied().unwrap_or_default());
            let mut people_sum = Amount::ZERO;
            for (person, _) in people.iter() {
                prop_assert_eq!(full.sum(&[0, 0, 0, person], number), of(person));
                people_sum += of(person);
            }
            prop_assert_eq!(people_sum + of(0), full.sum(&[0, 0, 0, 0], number));
        }
        // Any cut agrees: months, quarters, and categories each sum to everything.
        let total = full.sum(&[0, 0, 0, 0], 0);
        let quarters: Amount = (1..=4).map(|quarter| full.sum(&[0, 0, quarter, 0], 0)).sum();
        let kinds: Amount = kinds.iter().map(|(kind, _)| full.sum(&[0, kind, 0, 0], 0)).sum();
        prop_assert_eq!((quarters, kinds), (total, total));
    }

    /// Lines come in any order, in one file or two, in a packed segment or as entries: no figure depends on it.
    #[test]
    fn the_order_and_the_way_of_lines_change_no_figure(
        lines in prop::collection::vec((0usize..4, 1u32..=365, 0usize..3, -10_000i64..10_000, any::<(u16, bool)>()), 0..80),
        shares in prop::collection::vec((0usize..3, 0u16..5_000, 1u32..200), 0..4),
    ) {
        let places = names(&[("a", None), ("s0", Some("a")), ("s1", Some("a")), ("s2", Some("a")), ("s3", None)]);
        let kinds = names(&[("c0", None), ("c1", None), ("c2", None)]);
        let people = people();
        let time = TimeAxis::new(Period::Year(2026), &[PeriodKind::Quarter, PeriodKind::Month]);
        let windows = vec![window("2026-01-01", "2026-12-31"), window("2026-02-10", "2026-09-03")];
        let on = |ordinal: u32| NaiveDate::from_yo_opt(2026, ordinal).expect("a day");
        let assignments: Vec<Assignment> = shares.iter().map(|(person, share_bp, from)| Assignment {
            person: format!("p{person}").into(), share_bp: *share_bp, from: Some(on(*from)), until: None,
        }).collect();
        let mut bounds: Vec<NaiveDate> = assignments.iter().filter_map(|a| a.from).chain([on(1)]).collect();
        bounds.sort();
        let stretches = stretches(&assignments, &people, &bounds);
        // Everything in one file, as it came; shuffled, with every line packed and unpacked; half as entries, shuffled.
        let mut shuffled = lines.clone();
        shuffled.sort_by_key(|(.., (order, _))| *order);
        let segments = |lines: &[Line]| -> Vec<Segment> {
            let one = |shop: usize| {
                let mut build = SegmentBuilder::new(2026, vec![sales()]);
                for (_, ordinal, kind, value, _) in lines.iter().filter(|line| line.0 == shop) {
                    build.add(on(*ordinal), &format!("c{kind}"), &[*value]);
                }
                build.build()
            };
            (0..4).map(one).collect()
        };
        let packed = |segments: &[Segment]| -> Vec<Vec<u8>> { segments.iter().map(Segment::pack).collect() };
        let (as_came, turned) = (segments(&lines), segments(&shuffled));
        prop_assert_eq!(packed(&as_came), packed(&turned), "byte for byte");
        let unpacked: Vec<Segment> = packed(&turned).iter().map(|bytes| Segment::unpack(bytes).expect("a segment")).collect();

        let roll_up = |segments: &[Segment], shares: bool| {
            let axes = [places.axis(), kinds.axis(), time.axis(), people.axis()].map(Clone::clone).into();
            let mut loader = Loader::new(axes, windows.clone()).expect("small");
            for (shop, segment) in segments.iter().enumerate() {
                let nodes: Vec<u32> = segment.categories().iter().map(|name| number(&kinds, name)).collect();
                let at = Place::At(number(&places, &format!("s{shop}")));
                let whose = if shares { Place::Shares(&stretches) } else { Place::At(0) };
                loader.segment(&sales(), segment, &[at, Place::ByCategory(&nodes), Place::ByDay(&time), whose]);
            }
            loader.finish()
        };
        prop_assert_eq!(roll_up(&as_came, true), roll_up(&unpacked, true));
        let is_entry = |line: &&Line| line.4.1;
        let imported: Vec<_> = shuffled.iter().filter(|line| !is_entry(line)).copied().collect();
        let mut mixed = roll_up(&segments(&imported), false);
        for (shop, ordinal, kind, value, _) in shuffled.iter().filter(is_entry) {
            let nodes = [number(&places, &format!("s{shop}")), number(&kinds, &format!("c{kind}")), time.node(on(*ordinal)), 0];
            mixed.add(&nodes, on(*ordinal), *value);
        }
        prop_assert_eq!(mixed, roll_up(&as_came, false));
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
