//! The split's table as a file, and on paper.

use super::Table;
use super::setup::dimension_said;
use crate::components::{Button, IconName};
use crate::i18n::use_i18n;
use crate::screens::export::Export;
use crate::screens::words::{digits_of, member_said, scope_said, subject_said};
use crate::state::sheet::{self, Cell, Sheet};
use crate::text::{say, tr};
use aisle_domain::cascade::Held;
use aisle_domain::money::Amount;
use leptos::prelude::*;

fn table_of(table: Table) -> Sheet {
    let i18n = use_i18n();
    let node = table.desk.node();
    let Some(editor) = table.desk.editor() else { return Sheet::default() };
    let digits = digits_of(&node.metric);
    let columns = vec![
        dimension_said(editor.dimension()),
        say!(i18n, split.last_year),
        say!(i18n, cockpit.target),
        say!(i18n, split.share),
        say!(i18n, split.locked),
    ];
    let sold = table.desk.last_year();
    let total = editor.total();
    let row = |(at, part): (usize, &aisle_domain::cascade::Part)| {
        let share = (total.0 > 0).then(|| part.amount.0 as f64 / total.0 as f64);
        vec![
            Cell::Text(member_said(&part.member)),
            Cell::Amount(sold.get(at).copied().unwrap_or_default(), digits),
            Cell::Amount(part.amount, digits),
            Cell::share(share),
            if part.held == Held::Locked { Cell::Text(say!(i18n, split.locked)) } else { Cell::Empty },
        ]
    };
    let mut rows: Vec<Vec<Cell>> = editor.parts().iter().enumerate().map(row).collect();
    let line = |name: String, before: Cell, amount: Amount| {
        vec![Cell::Text(name), before, Cell::Amount(amount, digits), Cell::Empty, Cell::Empty]
    };
    let before = Cell::Amount(sold.iter().copied().sum(), digits);
    rows.push(line(say!(i18n, split.sum), before, editor.allotted()));
    rows.push(line(say!(i18n, split.parent), Cell::Empty, total));
    rows.push(line(say!(i18n, split.left), Cell::Empty, editor.remainder()));
    let notes = vec![scope_said(&node.scope), subject_said(&node), editor.reason().to_owned()];
    Sheet {
        name: format!("{} {} {}", say!(i18n, split.title), scope_said(&node.scope), node.period),
        columns,
        rows,
        notes,
    }
}

/// Take it along, print it.
#[component]
pub(super) fn Tools(
    /// What the page shares.
    table: Table,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="cas__tools">
            <Button small=true icon=IconName::Export label=tr!(i18n, cockpit.print) on_press=|()| sheet::print()/>
            <Export sheet=move |()| table_of(table)/>
        </div>
    }
}
