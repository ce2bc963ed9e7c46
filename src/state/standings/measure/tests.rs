//! One small organisation, worked by hand.

use super::*;
use crate::state::standings::cut::Cut;
use aisle_domain::MetricId;
use aisle_domain::actuals::{Cell, Entry, EntryKind, Source};
use aisle_domain::facts::{Segment, SegmentBuilder};
use aisle_domain::metric::Measure;
use aisle_domain::org::{Tier, sales};
use std::ops::Add;

use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn period(text: &str) -> Period {
    Period::parse(text).expect("a period")
}

fn shop(channel: &str) -> Shop {
    Shop {
        name: channel.to_owned(),
        address: String::new(),
        city: String::new(),
        territory: "east".into(),
        channel: Channel(channel.to_owned()),
        tier: Tier("A".to_owned()),
        position: None,
        assigned: Vec::new(),
        visit_weekdays: Vec::new(),
    }
}

fn segment(year: i32, rows: &[(&str, &str, i64)]) -> Segment {
    let mut build = SegmentBuilder::new(year, vec![sales()]);
    for (on, category, amount) in rows {
        assert!(build.add(day(on), category, &[*amount]));
    }
    build.build()
}

fn entry(id: &str, shop: &str, on: &str, category: &str, amount: i64, kind: EntryKind) -> Entry {
    let cell = Cell { metric: sales(), shop: shop.into(), day: day(on), category: category.to_owned(), product: None };
    let value = Measure::Sum { amount: Amount(amount) };
    Entry { id: id.into(), cell, value, kind, source: Source::Phone, by: "me".into(), at: 0 }
}

struct World {
    shops: Table<ShopId, Shop>,
    segments: Segments,
    targets: ByShop,
    entries: Ledger,
}

/// Two shops with targets, one without. November 2026, facts through the 22nd; shop a has facts of the year before.
fn world() -> World {
    let sold = |rows: &[(&str, &str, i64)]| segment(2026, rows);
    let a = sold(&[("2026-10-05", "RUM", 900), ("2026-11-02", "RUM", 1_000), ("2026-11-20", "GIN", 300)]);
    let before = segment(2025, &[("2025-11-03", "RUM", 800), ("2025-11-25", "RUM", 5_000)]);
    let b = sold(&[("2026-11-10", "GIN", 200)]);
    let c = sold(&[("2026-11-11", "RUM", 50)]);
    World {
        shops: Table::from_sorted(vec![
            ("a".into(), shop("ka")),
            ("b".into(), shop("chain")),
            ("c".into(), shop("ka")),
        ]),
        segments: Segments::packed(&[("a".into(), vec![before, a]), ("b".into(), vec![b]), ("c".into(), vec![c])]),
        targets: Table::from_sorted(vec![
            ("a".into(), vec![(period("2026-11"), Amount(3_000)), (period("2026-12"), Amount(1_000))]),
            ("b".into(), vec![(period("2026-11"), Amount(301))]),
        ]),
        entries: Ledger::default(),
    }
}

impl World {
    fn records(&self) -> Records<'_> {
        Records {
            shops: &self.shops,
            segments: &self.segments,
            entries: &self.entries,
            targets: &self.targets,
            weights: DayWeights::Calendar,
            through: day("2026-11-22"),
        }
    }

    fn measure(&self, text: &str, cut: Cut, by: Option<Dimension>) -> Measured {
        let records = self.records();
        let view = View { period: period(text), metric: sales(), cut };
        Rolled::new(&view, by, &records).expect("small enough").measured(&records)
    }
}

fn amounts(standing: &Standing) -> (Option<i64>, i64, Option<i64>, Option<i64>) {
    let minor = |amount: Option<Amount>| amount.map(|amount| amount.0);
    (minor(standing.target), standing.actual.0, minor(standing.last_year), minor(standing.last_period))
}

fn by_key(measured: &Measured) -> Vec<(String, Option<i64>, i64)> {
    let said = |key: &Key| match key {
        Key::Shop(shop) => shop.to_string(),
        Key::Channel(channel) => channel.0.clone(),
        Key::Category(category) => category.clone(),
        Key::Time(period) => period.to_string(),
    };
    measured.parts.iter().map(|p| (said(&p.key), p.standing.target.map(|t| t.0), p.standing.actual.0)).collect()
}

#[test]
fn the_whole_by_hand() {
    let cases = [
        // Last year only the same 22 days count, not the 25th; October's same days hold the 900.
        ("2026-11", Cut::default(), (Some(3_301), 1_550, Some(800), Some(900))),
        ("2026-11", Cut::shop("b".into()), (Some(301), 200, None, None)), // no facts a year or a month ago
        ("2026-11", Cut { category: Some("GIN".into()), ..Cut::default() }, (None, 500, Some(0), Some(0))),
        (
            "2026-11",
            Cut { channel: Some(Channel("ka".into())), ..Cut::default() },
            (Some(3_000), 1_350, Some(800), Some(900)),
        ),
        ("2026-12", Cut::default(), (Some(1_000), 0, None, None)), // not begun
        ("2026-Q4", Cut::default(), (Some(4_301), 2_450, Some(800), None)),
        ("2025", Cut::default(), (None, 5_800, None, None)), // over, and without targets
    ];
    for (text, cut, expect) in cases {
        assert_eq!(amounts(&world().measure(text, cut.clone(), None).whole), expect, "{text} {cut:?}");
    }
    let missing = world().measure("2026-11", Cut::default(), None);
    assert_eq!((missing.shops, missing.without_target), (3, 1));
}

#[test]
fn children_by_hand() {
    let of = |by| by_key(&world().measure("2026-11", Cut::default(), Some(by)));
    let row = |key: &str, target: Option<i64>, actual: i64| (key.to_owned(), target, actual);
    let shops = [row("a", Some(3_000), 1_300), row("b", Some(301), 200), row("c", None, 50)];
    assert_eq!(of(Dimension::Shop), shops);
    assert_eq!(of(Dimension::Channel), [row("chain", Some(301), 200), row("ka", Some(3_000), 1_350)]);
    assert_eq!(of(Dimension::Category), [row("GIN", None, 500), row("RUM", None, 1_050)]);
    let days = of(Dimension::Time);
    assert_eq!(days.len(), 30);
    // 3,000 ÷ 30 = 100; 301 ÷ 30 = 10 and one unit more on the first day.
    assert_eq!(
        (days[0].clone(), days[1].clone()),
        (row("2026-11-01", Some(111), 0), row("2026-11-02", Some(110), 1_000))
    );
    let year = world().measure("2026", Cut::default(), Some(Dimension::Time));
    assert_eq!(
        by_key(&year)[9..],
        [row("2026-10", None, 900), row("2026-11", Some(3_301), 1_550), row("2026-12", Some(1_000), 0)]
    );
}

#[test]
fn every_cut_sums_to_the_same() {
    for text in ["2026", "2026-Q4", "2026-11", "2026-W47", "2026-11-20"] {
        for by in Dimension::ALL {
            if by == Dimension::Time && Period::parse(text).is_some_and(|p| tiles_of(p.kind()).is_none()) {
                continue;
            }
            let measured = world().measure(text, Cut::default(), Some(by));
            let sum: Amount = measured.parts.iter().map(|part| part.standing.actual).sum();
            assert_eq!(sum, measured.whole.actual, "{text} by {by:?}");
            let targets = measured.parts.iter().filter_map(|part| part.standing.target).reduce(Add::add);
            if by != Dimension::Category {
                assert_eq!(targets, measured.whole.target, "{text} by {by:?}");
            }
        }
    }
}

#[test]
fn weeks_and_days_are_views_over_the_months() {
    // 30 November to 6 December: one day of November's 3,000 and six of December's 1,000 (33 with one more on days 1 to 8).
    let weights = DayWeights::Calendar;
    let targets = [(period("2026-11"), Amount(3_000)), (period("2026-12"), Amount(1_000))];
    assert_eq!(target_of(&targets, period("2026-W49"), weights), Some(Amount(100 + 6 * 33)));
    let days: Amount = period("2026-12").days().filter_map(|d| target_of(&targets, Period::Day(d), weights)).sum();
    assert_eq!(days, Amount(1_000), "the days of a month sum to it");
    assert_eq!(target_of(&targets, period("2027-01"), weights), None);
    // On working days a weekend has a target of nothing, which is not the same as none.
    assert_eq!(target_of(&targets, Period::Day(day("2026-11-21")), DayWeights::WeekdaysOnly), Some(Amount::ZERO));
}

#[test]
fn an_entry_moves_every_figure_above_it() {
    let mut world = world();
    world.entries.insert(entry("1", "a", "2026-11-20", "RUM", 70, EntryKind::Count));
    let wrong = EntryKind::Replaces { of: "1".into(), reason: "typo".into() };
    let counted = |world: &World, text: &str, cut: Cut| world.measure(text, cut, None).whole.actual.0;
    let rum = || Cut { category: Some("RUM".into()), ..Cut::shop("a".into()) };
    let at = |world: &World| {
        ["2026", "2026-Q4", "2026-11", "2026-W47", "2026-11-20"].map(|text| counted(world, text, Cut::default()))
    };
    assert_eq!(at(&world), [2_520, 2_520, 1_620, 370, 370]);
    assert_eq!(counted(&world, "2026-11", rum()), 1_070);
    world.entries.insert(entry("2", "a", "2026-11-20", "RUM", 7, wrong));
    assert_eq!(at(&world), [2_457, 2_457, 1_557, 307, 307], "the correction counts instead");
    let by_day = world.measure("2026-W47", rum(), Some(Dimension::Time));
    assert_eq!(by_key(&by_day)[4], ("2026-11-20".to_owned(), None, 7));
    assert_eq!(counted(&world, "2026-11", Cut::shop("b".into())), 200, "and nothing beside it");
}

#[test]
fn what_is_entered_for_later_days_waits() {
    let mut world = world();
    world.entries.insert(entry("1", "b", "2026-11-23", "NEW", 40, EntryKind::Count));
    let measured = world.measure("2026-11", Cut::default(), None);
    assert_eq!((measured.whole.actual, measured.later), (Amount(1_550), Amount(40)));
    assert_eq!(world.measure("2026-10", Cut::default(), None).later, Amount::ZERO);
    let categories = by_key(&world.measure("2026-11", Cut::default(), Some(Dimension::Category)));
    assert!(categories.iter().any(|(key, ..)| key == "NEW"), "a category that no import knows");
}

#[test]
fn other_metrics_are_not_mixed_in() {
    let records = world();
    let view = View { period: period("2026-11"), metric: MetricId::from("quantity"), cut: Cut::default() };
    let none = Table::default();
    let records = Records {
        shops: &records.shops,
        segments: &records.segments,
        entries: &records.entries,
        targets: &none,
        weights: DayWeights::Calendar,
        through: day("2026-11-22"),
    };
    let measured = Rolled::new(&view, Some(Dimension::Shop), &records).expect("small enough").measured(&records);
    assert_eq!(amounts(&measured.whole), (None, 0, None, None));
}

/// A manager's tablet: ten thousand shops, 24 months by category. Not the time is held, but how much is touched.
#[test]
fn an_entry_moves_the_nodes_above_it_and_no_other() {
    let id = |n: usize| ShopId::from(format!("s{n:05}"));
    let facts = |year: i32| {
        let mut build = SegmentBuilder::new(year, vec![sales()]);
        for month in 1..=12 {
            for category in ["GIN", "RUM", "TEA", "WINE"] {
                build.add(NaiveDate::from_ymd_opt(year, month, 15).expect("a day"), category, &[i64::from(month)]);
            }
        }
        build.build()
    };
    let years = [facts(2025), facts(2026)];
    let months: Vec<(Period, Amount)> = (1..=12).map(|month| (Period::Month(2026, month), Amount(100))).collect();
    let mut world = World {
        shops: Table::from_sorted((0..10_000).map(|n| (id(n), shop(["ka", "chain"][n % 2]))).collect()),
        segments: Segments::packed(&(0..10_000).map(|n| (id(n), years.to_vec())).collect::<Vec<_>>()),
        targets: Table::from_sorted((0..10_000).map(|n| (id(n), months.clone())).collect()),
        entries: Ledger::default(),
    };
    let view = View { period: Period::Month(2026, 11), metric: sales(), cut: Cut::default() };
    for (by, depth) in
        [(None, 1), (Some(Dimension::Shop), 2), (Some(Dimension::Channel), 2), (Some(Dimension::Category), 2)]
    {
        world.entries = Ledger::default();
        let mut rolled = Rolled::new(&view, by, &world.records()).expect("small enough");
        let changes = world.entries.insert(entry("1", "s04321", "2026-11-20", "RUM", 70, EntryKind::Count));
        let touched: usize = changes
            .iter()
            .map(|change| rolled.moved(&change.cell, change.delta(), &world.records()).expect("a known category"))
            .sum();
        assert_eq!(touched, depth, "by {by:?}: the node and those above it, of ten thousand shops");
        let whole = Rolled::new(&view, by, &world.records()).expect("small enough").measured(&world.records());
        assert_eq!(rolled.measured(&world.records()), whole);
        assert_eq!((whole.whole.actual, whole.whole.target), (Amount(10_000 * 44 + 70), Some(Amount(1_000_000))));
    }
    assert_eq!(world.segments.opened(), 20_000);
}

proptest! {
    // Each case measures some sixty views at every step.
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Entries, corrections and deletions in any order, on days inside and outside of everything: every figure of every view
    /// is the same as rolled up from the beginning.
    #[test]
    fn moving_comes_to_the_same_as_rolling_up(
        steps in prop::collection::vec(
            (0usize..8, 0usize..4, 0u64..500, 0usize..3, -99i64..99, prop::option::of(prop::option::of(0usize..8))),
            1..25,
        ),
    ) {
        let mut world = world();
        let cuts = ["", "shop=a", "channel=ka", "category=RUM", "channel=ka/category=GIN"];
        let views: Vec<(View, Option<Dimension>)> = ["2026", "2026-11", "2026-W47", "2026-11-20", "2026-12", "2025"]
            .into_iter()
            .flat_map(|text| cuts.map(|words| (text, words)))
            .flat_map(|(text, words)| {
                let cut = Cut::parse(words.split('/').filter(|word| !word.is_empty())).expect("a cut");
                let view = View { period: period(text), metric: sales(), cut };
                let by = view.cut.dimensions(view.period.kind()).into_iter().map(Some).chain([None]);
                by.map(|by| (view.clone(), by)).collect::<Vec<_>>()
            })
            .collect();
        let roll = |world: &World, (view, by): &(View, Option<Dimension>)| {
            Rolled::new(view, *by, &world.records()).expect("small enough")
        };
        let mut rolled: Vec<Rolled> = views.iter().map(|view| roll(&world, view)).collect();
        for (id, shop, ago, category, amount, becomes) in steps {
            let id = format!("e{id}");
            let mut changes = world.entries.remove(&id.as_str().into());
            if let Some(of) = becomes {
                let of = of.map(|of| format!("e{of}")).filter(|of| *of != id);
                let kind = of.map_or(EntryKind::Count, |of| EntryKind::Replaces { of: of.as_str().into(), reason: "typo".into() });
                let on = (day("2026-12-05") - chrono::Days::new(ago)).to_string();
                let (shop, category) = (["a", "b", "c", "elsewhere"][shop], ["RUM", "GIN", "NEW"][category]);
                changes.extend(world.entries.insert(entry(&id, shop, &on, category, amount, kind)));
            }
            for (rolled, view) in rolled.iter_mut().zip(&views) {
                let moved = changes.iter().try_for_each(|c| rolled.moved(&c.cell, c.delta(), &world.records()).map(drop));
                let whole = roll(&world, view).measured(&world.records());
                if moved.is_none() {
                    *rolled = roll(&world, view);
                }
                let mut measured = rolled.measured(&world.records());
                if view.1 == Some(Dimension::Category) {
                    // A category of which nothing is left stays as a row of nothing until the next roll-up.
                    measured.parts.retain(|part| whole.parts.iter().any(|p| p.key == part.key) || part.standing.actual != Amount::ZERO);
                }
                prop_assert_eq!(measured, whole, "{:?}", view);
            }
        }
    }
}
