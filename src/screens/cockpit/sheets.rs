//! The cockpit's tables as files, with what has to be known to read them.

use super::Shown;
use super::head::{place_said, subject};
use crate::i18n::use_i18n;
use crate::state::cockpit::{Place, Tree};
use crate::state::sheet::{Cell, Sheet};
use crate::state::{Catalog, Words};
use crate::text::say;
use aisle_domain::progress::Progress;
use leptos::prelude::*;

/// The day to which the figures go, and the note that they may still change.
fn notes(shown: Shown) -> Vec<String> {
    let (i18n, words, ask) = (use_i18n(), Words::get(), shown.ask.get());
    let mut notes = vec![subject(shown), say!(i18n, cockpit.through, day = words.day_full(ask.through))];
    if shown.lines.get().iter().any(|line| line.funnel.not_received > 0) {
        notes.push(say!(i18n, cockpit.provisional_note));
    }
    notes
}

fn named(shown: Shown, title: &str, columns: Vec<String>, rows: Vec<Vec<Cell>>) -> Sheet {
    let name = format!("{title} {}", shown.ask.get().period);
    Sheet { name, columns, rows, notes: notes(shown) }
}

fn figure_columns() -> [String; 7] {
    let i18n = use_i18n();
    [
        say!(i18n, cockpit.target),
        say!(i18n, cockpit.actual),
        say!(i18n, cockpit.achieved),
        say!(i18n, cockpit.time_gone),
        say!(i18n, cockpit.gap_points),
        say!(i18n, cockpit.gap_amount),
        say!(i18n, cockpit.forecast_amount),
    ]
}

fn figures(progress: &Progress, digits: u8) -> [Cell; 7] {
    [
        Cell::amount(progress.target, digits),
        Cell::Amount(progress.actual, digits),
        Cell::share(progress.achievement()),
        Cell::share(progress.time_gone()),
        Cell::number(progress.pacing_gap_pp()),
        Cell::amount(progress.shortfall().map(|gap| -gap), digits),
        Cell::amount(progress.forecast(), digits),
    ]
}

fn digits(shown: Shown) -> u8 {
    crate::screens::words::digits_of(&shown.ask.get().metric)
}

/// The tree: every node, folded or not, with its depth.
pub(super) fn tree(shown: Shown) -> Sheet {
    let i18n = use_i18n();
    let mut columns = vec![say!(i18n, cockpit.name), say!(i18n, cockpit.level), say!(i18n, cockpit.code)];
    columns.extend(figure_columns());
    columns.push(say!(i18n, cockpit.last_year));
    let tree = shown.tree.get().unwrap_or_default();
    let tree: &Tree = &tree;
    let row = |node: &crate::state::cockpit::Node| {
        let code = match &node.place {
            Place::All => String::new(),
            Place::Territory(id) => id.to_string(),
            Place::Shop(id) => id.to_string(),
        };
        let level = i64::try_from(node.level).unwrap_or(i64::MAX);
        let mut row = vec![Cell::Text(place_said(&node.name)), Cell::Whole(level), Cell::Text(code)];
        row.extend(figures(&node.progress, digits(shown)));
        row.push(Cell::amount(node.sum.last_year, digits(shown)));
        row
    };
    named(shown, &say!(i18n, cockpit.tree), columns, tree.nodes.iter().map(|node| row(node)).collect())
}

/// People by gap.
pub(super) fn people(shown: Shown) -> Sheet {
    let (i18n, words) = (use_i18n(), Words::get());
    let mut columns = vec![say!(i18n, cockpit.name), say!(i18n, cockpit.shops_count)];
    columns.extend(figure_columns());
    columns.extend(visit_columns());
    columns.push(say!(i18n, cockpit.last_record));
    let people = shown.people.get().unwrap_or_default();
    let row = |person: &crate::state::cockpit::PersonLine| {
        let mut row = vec![Cell::Text(person.name.clone()), Cell::Whole(person.shops.into())];
        row.extend(figures(&person.progress, digits(shown)));
        row.extend(visits(person.funnel));
        row.push(person.received.map_or(Cell::Empty, |at| Cell::Text(words.moment(at))));
        row
    };
    named(shown, &say!(i18n, cockpit.people), columns, people.iter().map(row).collect())
}

fn visit_columns() -> [String; 4] {
    let i18n = use_i18n();
    [
        say!(i18n, cockpit.planned),
        say!(i18n, cockpit.visited),
        say!(i18n, cockpit.passed),
        say!(i18n, cockpit.not_received),
    ]
}

fn visits(funnel: aisle_domain::execution::Funnel) -> [Cell; 4] {
    [funnel.planned, funnel.visited, funnel.passed, funnel.not_received].map(|n| Cell::Whole(n.into()))
}

/// Shops by gap.
pub(super) fn shops(shown: Shown) -> Sheet {
    let (i18n, catalog) = (use_i18n(), Catalog::get());
    let mut columns = vec![say!(i18n, cockpit.name), say!(i18n, cockpit.code), say!(i18n, cockpit.keeper)];
    columns.extend(figure_columns());
    columns.push(say!(i18n, cockpit.last_year));
    columns.extend(visit_columns());
    columns.push(say!(i18n, cockpit.last_visit));
    let row = |line: &std::sync::Arc<crate::state::cockpit::Line>| {
        let keeper = line.keeper.as_ref().map(|id| catalog.person_name(id)).unwrap_or_default();
        let mut row = vec![Cell::Text(line.name.clone()), Cell::Text(line.id.to_string()), Cell::Text(keeper)];
        row.extend(figures(&line.progress, digits(shown)));
        row.push(Cell::amount(line.last_year, digits(shown)));
        row.extend(visits(line.funnel));
        row.push(line.last_visit.map_or(Cell::Empty, Cell::Day));
        row
    };
    named(shown, &say!(i18n, cockpit.shops), columns, super::shops::by_gap(shown).iter().map(row).collect())
}

/// What deviates.
pub(super) fn deviations(shown: Shown) -> Sheet {
    let i18n = use_i18n();
    let columns = vec![
        say!(i18n, cockpit.name),
        say!(i18n, cockpit.behind),
        say!(i18n, cockpit.deviation),
        say!(i18n, cockpit.why),
        say!(i18n, cockpit.next),
    ];
    let row = |found: &crate::state::cockpit::Deviant| {
        vec![
            Cell::Text(found.name.clone()),
            Cell::Amount(found.shortfall, digits(shown)),
            Cell::Text(found.headline.clone()),
            Cell::Text(found.reason.clone()),
            Cell::Text(found.action.clone()),
        ]
    };
    let found = super::deviations::found(shown).unwrap_or_default();
    named(shown, &say!(i18n, cockpit.deviations), columns, found.iter().map(row).collect())
}

/// Checks by territory, and the funnel as its first row.
pub(super) fn checks(shown: Shown) -> Sheet {
    let i18n = use_i18n();
    let columns = vec![
        say!(i18n, cockpit.name),
        say!(i18n, cockpit.checked),
        say!(i18n, cockpit.in_scope),
        say!(i18n, cockpit.coverage),
        say!(i18n, cockpit.passed),
        say!(i18n, cockpit.rate),
        say!(i18n, cockpit.low),
        say!(i18n, cockpit.high),
        say!(i18n, cockpit.newest),
    ];
    let count = |n: u64| Cell::Whole(i64::try_from(n).unwrap_or(i64::MAX));
    let row = |node: &crate::state::cockpit::Node| {
        let (sample, interval) = (node.sum.sample, node.sum.sample.interval());
        vec![
            Cell::Text(place_said(&node.name)),
            count(sample.checked),
            count(sample.in_scope),
            Cell::share(sample.coverage()),
            count(sample.passed),
            Cell::share(sample.rate()),
            Cell::share(interval.map(|(low, _)| low)),
            Cell::share(interval.map(|(_, high)| high)),
            node.sum.last_visit.map_or(Cell::Empty, Cell::Day),
        ]
    };
    let tree = shown.tree.get().unwrap_or_default();
    let rows = super::checks::rows(&tree).into_iter().map(|at| row(&tree.nodes[at])).collect();
    named(shown, &say!(i18n, cockpit.checks), columns, rows)
}

/// The funnel of the period and of today.
pub(super) fn funnel(shown: Shown) -> Sheet {
    let i18n = use_i18n();
    let mut columns = vec![say!(i18n, cockpit.name)];
    columns.extend(visit_columns());
    columns.push(say!(i18n, cockpit.unplanned));
    let sum = crate::state::cockpit::lines::Sum::of(shown.lines.get().iter());
    let row = |name: String, funnel: aisle_domain::execution::Funnel| {
        let mut row = vec![Cell::Text(name)];
        row.extend(visits(funnel));
        row.push(Cell::Whole(funnel.unplanned.into()));
        row
    };
    let period = crate::screens::figures::period_said(shown.ask.get().period);
    let rows = vec![row(period, sum.funnel), row(say!(i18n, cockpit.today), sum.today)];
    named(shown, &say!(i18n, cockpit.funnel), columns, rows)
}
