//! Rows that are wrong: line, column, what is wrong, what is expected. And the whole list as a file.

use super::rows_said;
use crate::components::Shelf;
use crate::i18n::use_i18n;
use crate::screens::export::Export;
use crate::state::importing::files::{lang, refused};
use crate::state::importing::{Checked, words};
use crate::state::{Prefs, Words};
use crate::text::{I18n, say, tr};
use leptos::prelude::*;
use std::sync::Arc;

/// Rows shown; the file has all.
const SHOWN: usize = 50;

/// The names of the four columns.
fn headings(i18n: I18n) -> [String; 4] {
    [say!(i18n, import.line), say!(i18n, import.column), say!(i18n, import.wrong), say!(i18n, import.expected)]
}

/// The table of what is wrong.
pub(super) fn errors(checked: &Arc<Checked>) -> AnyView {
    let (i18n, prefs, shown) = (use_i18n(), Prefs::get(), Words::get());
    let (preview, all) = (checked.preview.clone(), checked.refused());
    let of = lang(prefs.lang());
    let rows = preview.refused.iter().take(SHOWN).map(|row| {
        let column =
            if row.column.is_empty() { "—".to_owned() } else { words::column(preview.table, &row.column, of) };
        view! {
            <tr>
                <th scope="row">{row.line}</th>
                <td>{column}</td>
                <td>{words::wrong(&row.why, of)}</td>
                <td>{words::expected(preview.table, row, of)}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let heads = headings(i18n).into_iter().map(|name| view! { <th scope="col">{name}</th> }).collect_view();
    let more = all > preview.refused.len().min(SHOWN) as u64;
    let note = if more { say!(i18n, import.first_of, n = SHOWN, all = rows_said(shown, all)) } else { String::new() };
    view! {
        <Shelf title=tr!(i18n, import.errors) note=note>
            <div class="scrollx" tabindex="0" role="region" aria-label=tr!(i18n, import.errors)>
                <table class="tbl tbl--tight import__tbl">
                    <thead><tr>{heads}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <Export sheet=move |()| untrack(|| refused(&preview, &headings(i18n), prefs.lang()))/>
        </Shelf>
    }
    .into_any()
}
