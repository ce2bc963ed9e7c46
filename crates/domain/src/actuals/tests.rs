//! Corrections worked by hand, and: the order of arrival changes no figure.

use super::*;
use proptest::prelude::*;

fn cell(shop: &str, day: &str) -> Cell {
    Cell {
        metric: "sales".into(),
        shop: shop.into(),
        day: day.parse().expect("a date"),
        category: "tea".into(),
        product: None,
    }
}

fn entry(id: &str, cell: Cell, amount: i64, kind: EntryKind) -> Entry {
    let value = Measure::Sum { amount: Amount(amount) };
    Entry { id: id.into(), cell, value, kind, source: Source::Phone, by: "rep".into(), at: 0 }
}

fn replaces(of: &str) -> EntryKind {
    EntryKind::Replaces { of: of.into(), reason: "mistyped".into() }
}

fn ledger(entries: &[Entry]) -> Ledger {
    let mut ledger = Ledger::default();
    for entry in entries {
        ledger.insert(entry.clone());
    }
    ledger
}

fn figures(ledger: &Ledger) -> Vec<(String, String, i64)> {
    ledger.cells().map(|(c, m)| (c.shop.to_string(), c.day.to_string(), m.amount().0)).collect()
}

fn by_hand(rows: &[(&str, &str, i64)]) -> Vec<(String, String, i64)> {
    rows.iter().map(|(shop, day, amount)| ((*shop).to_owned(), (*day).to_owned(), *amount)).collect()
}

#[test]
fn corrections_by_hand() {
    let (one, two) = (cell("s1", "2026-11-01"), cell("s1", "2026-11-02"));
    let offset = EntryKind::Offset { reason: "returned goods".into() };
    let entries = [
        entry("a", one.clone(), 100, EntryKind::Count),
        entry("b", one.clone(), 40, EntryKind::Count), // a second sale adds
        entry("c", one.clone(), 70, replaces("a")),    // 70 and not 100
        entry("d", two.clone(), 71, replaces("c")),    // and on the day after
        entry("e", one.clone(), -15, offset),
    ];
    let ledger = ledger(&entries);
    assert_eq!(figures(&ledger), by_hand(&[("s1", "2026-11-01", 25), ("s1", "2026-11-02", 71)]));
    assert_eq!(ledger.entries().count(), 5, "nothing is overwritten");
    assert!(ledger.counts(&"d".into()) && !ledger.counts(&"a".into()));
    let imported = Some(Measure::Sum { amount: Amount(1_000) });
    assert_eq!(ledger.figure_with(&one, imported).map(Measure::amount), Some(Amount(1_025)));
    assert_eq!(ledger.figure_with(&cell("s9", "2026-11-01"), imported), imported);
}

#[test]
fn a_late_correction_names_what_moved() {
    let (one, two) = (cell("s1", "2026-11-01"), cell("s2", "2026-11-01"));
    let mut ledger = ledger(&[entry("a", one.clone(), 100, EntryKind::Count)]);
    let moved = ledger.insert(entry("b", two.clone(), 90, replaces("a"))); // it was the other shop
    let seen: Vec<_> = moved.iter().map(|change| (change.cell.clone(), change.delta().0)).collect();
    assert_eq!(seen, [(one, -100), (two.clone(), 90)]);
    assert_eq!(ledger.insert(entry("b", two, 90, replaces("a"))), [], "again is nothing");
}

#[test]
fn the_correction_came_first() {
    let one = cell("s1", "2026-11-01");
    let mut ledger = ledger(&[entry("b", one.clone(), 90, replaces("a"))]);
    assert_eq!((figures(&ledger), ledger.awaited().count()), (by_hand(&[("s1", "2026-11-01", 90)]), 1));
    assert_eq!(ledger.insert(entry("a", one, 100, EntryKind::Count)), [], "what it replaces moves nothing");
    assert_eq!(ledger.awaited().count(), 0);
}

#[test]
fn two_corrections_at_once_are_both_seen() {
    let one = cell("s1", "2026-11-01");
    let mut ledger = ledger(&[
        entry("a", one.clone(), 100, EntryKind::Count),
        entry("x", one.clone(), 90, replaces("a")),
        entry("y", one.clone(), 80, replaces("a")),
    ]);
    assert_eq!(figures(&ledger), by_hand(&[("s1", "2026-11-01", 80)]));
    assert_eq!(ledger.contested().count(), 1);
    ledger.insert(entry("b", one, 90, replaces("x"))); // someone looks again and settles it
    assert_eq!(figures(&ledger), by_hand(&[("s1", "2026-11-01", 90)]));
}

#[test]
fn a_file_imported_again_counts_once() {
    let line = |revision, amount| Entry {
        source: Source::Import { file: "nov.csv".into(), revision },
        ..entry("nov.csv:7", cell("s1", "2026-11-01"), amount, EntryKind::Count)
    };
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let lines = [line(0, 100), line(0, 100), line(1, 120)];
        let ledger = ledger(&order.map(|i| lines[i].clone()));
        assert_eq!(figures(&ledger), by_hand(&[("s1", "2026-11-01", 120)]), "{order:?}");
        assert_eq!(ledger.outdated().count(), 1, "what it was stays readable");
    }
}

#[test]
fn of_stocks_the_newest_count_counts() {
    let count = |id: &str, at: i64, amount: i64| {
        let cell = cell("s1", "2026-11-05");
        let value = Measure::Latest { as_of: cell.day, amount: Amount(amount) };
        Entry { at, value, ..entry(id, cell, 0, EntryKind::Count) }
    };
    let ledger = ledger(&[count("b", 9, 12), count("a", 10, 30), count("c", 8, 50)]);
    assert_eq!(figures(&ledger), by_hand(&[("s1", "2026-11-05", 30)]));
}

#[test]
fn refusals_by_hand() {
    let with = |amount, kind| entry("a", cell("s", "2026-11-01"), amount, kind).check();
    assert_eq!(with(5, EntryKind::Count), Ok(()));
    assert_eq!(with(5, EntryKind::Offset { reason: " ".into() }), Err(EntryError::NoReason));
    assert_eq!(with(5, replaces("a")), Err(EntryError::Itself));
    assert_eq!(with(i64::MIN, EntryKind::Count), Err(EntryError::TooLarge));
}

fn random() -> impl Strategy<Value = Vec<Entry>> {
    let entry = (0usize..14, 0usize..3, -100i64..100, prop::option::of(0usize..14), 0u32..3).prop_map(
        |(id, shop, amount, of, revision)| {
            let kind = of.map_or(EntryKind::Count, |of| replaces(&format!("e{of}")));
            let source = Source::Import { file: "f".into(), revision };
            Entry { source, ..entry(&format!("e{id}"), cell(&format!("s{shop}"), "2026-11-01"), amount, kind) }
        },
    );
    prop::collection::vec(entry, 0..20)
}

proptest! {
    #[test]
    fn heads_are_what_the_ledger_counts(entries in random()) {
        let entries: std::collections::BTreeMap<EntryId, Entry> =
            entries.into_iter().map(|entry| (entry.id.clone(), entry)).collect();
        let ledger = ledger(&entries.values().cloned().collect::<Vec<_>>());
        let links: Vec<(&str, Option<&str>)> =
            entries.values().map(|entry| (entry.id.as_str(), entry.replaces().map(EntryId::as_str))).collect();
        let counted: Vec<bool> = links.iter().map(|(id, _)| ledger.counts(&(*id).into())).collect();
        prop_assert_eq!(heads(&links), counted);
    }

    /// Even with circles of replacements and ids used twice, which no honest device makes.
    #[test]
    fn the_order_of_arrival_changes_no_figure(entries in random(), turn in 0usize..20) {
        let mut other = entries.clone();
        other.reverse();
        other.rotate_left(turn % entries.len().max(1));
        prop_assert_eq!(ledger(&entries), ledger(&other));
        let twice: Vec<Entry> = entries.iter().chain(&other).cloned().collect();
        prop_assert_eq!(ledger(&twice), ledger(&other));
    }

    #[test]
    fn what_is_said_to_move_is_what_moves(entries in random()) {
        let mut ledger = Ledger::default();
        let mut sums: BTreeMap<Cell, i64> = BTreeMap::new();
        for entry in entries {
            for change in ledger.insert(entry) {
                *sums.entry(change.cell.clone()).or_default() += change.delta().0;
            }
        }
        sums.retain(|cell, sum| *sum != 0 || ledger.figure(cell).is_some());
        let full: BTreeMap<Cell, i64> = ledger.cells().map(|(cell, figure)| (cell.clone(), figure.amount().0)).collect();
        prop_assert_eq!(sums, full);
    }

    /// Taking out and putting in again, at any time: the ledger of what is left, and every move is told.
    #[test]
    fn what_is_taken_out_was_never_there(entries in random(), out in prop::collection::vec((0usize..20, 0usize..14), 0..12)) {
        let (mut ledger, mut left): (Ledger, Vec<Entry>) = Default::default();
        let mut sums: BTreeMap<Cell, i64> = BTreeMap::new();
        let mut move_by = |changes: Vec<CellChange>| {
            for change in changes {
                *sums.entry(change.cell.clone()).or_default() += change.delta().0;
            }
        };
        for (at, entry) in entries.into_iter().enumerate() {
            left.push(entry.clone());
            move_by(ledger.insert(entry));
            for (_, id) in out.iter().filter(|(when, _)| *when == at) {
                let id = EntryId::from(format!("e{id}"));
                left.retain(|entry| entry.id != id);
                move_by(ledger.remove(&id));
            }
        }
        prop_assert_eq!(&ledger, &self::ledger(&left));
        sums.retain(|cell, sum| *sum != 0 || ledger.figure(cell).is_some());
        let full: BTreeMap<Cell, i64> = ledger.cells().map(|(cell, figure)| (cell.clone(), figure.amount().0)).collect();
        prop_assert_eq!(sums, full);
        for cell in ledger.cells().map(|(cell, _)| cell) {
            prop_assert!(ledger.cells_of(&cell.metric, &cell.shop).any(|(own, _)| own == cell));
        }
    }
}
