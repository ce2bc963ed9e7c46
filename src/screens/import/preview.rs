//! A file before it takes effect: what it is, what it would do, which rows are wrong, how it begins.

use super::errors::errors;
use super::{counts_said, rows_said};
use crate::components::{Button, Fact, Facts, Panel, PanelKind, Shelf};
use crate::i18n::use_i18n;
use crate::screens::figures::{amount_said, metric_said};
use crate::state::importing::files::lang;
use crate::state::importing::{Checked, Effect, Importing, words};
use crate::state::{Prefs, Words};
use crate::text::{say, tr};
use aisle_domain::MetricId;
use aisle_domain::money::Amount;
use leptos::prelude::*;
use std::sync::Arc;

/// The whole page of it.
pub(super) fn preview(importing: Importing, checked: &Arc<Checked>) -> AnyView {
    view! {
        {verdict(importing, checked)}
        {facts(checked)}
        {(checked.refused() > 0).then(|| errors(checked))}
        {first(checked)}
    }
    .into_any()
}

/// Whether it can be confirmed, and if not why.
fn verdict(importing: Importing, checked: &Checked) -> AnyView {
    let (i18n, shown) = (use_i18n(), Words::get());
    let (kind, title, text, retry) = match (checked.refused(), &checked.effect) {
        (0, Effect::Known(_)) => (PanelKind::Done, say!(i18n, import.right), say!(i18n, import.right_text), false),
        (0, Effect::Asking) => (PanelKind::Info, say!(i18n, import.asking), String::new(), false),
        (0, Effect::Unreachable) => {
            (PanelKind::Gap, say!(i18n, import.unreachable), say!(i18n, import.unreachable_text), true)
        }
        (0, Effect::Again) => (PanelKind::Gap, say!(i18n, import.again), say!(i18n, import.again_text), false),
        (0, Effect::NotYours) => (PanelKind::Gap, say!(i18n, import.not_yours), String::new(), false),
        (0, Effect::Failed(status)) => (PanelKind::Gap, say!(i18n, import.failed, code = status), String::new(), true),
        (n, _) => {
            let n = rows_said(shown, n);
            (PanelKind::Gap, say!(i18n, import.refused, n = n), say!(i18n, import.refused_text), false)
        }
    };
    if !retry {
        return view! { <Panel kind title text alert=true/> }.into_any();
    }
    view! {
        <Panel kind title text alert=true acts=move || view! {
            <Button label=tr!(i18n, import.retry) on_press=move |()| importing.retry()/>
        }/>
    }
    .into_any()
}

/// What it is and what it would do.
fn facts(checked: &Checked) -> AnyView {
    let (i18n, prefs, shown) = (use_i18n(), Prefs::get(), Words::get());
    let of = lang(prefs.lang());
    let preview = &checked.preview;
    let n = |n: u64| rows_said(shown, n);
    let effect = match &checked.effect {
        Effect::Known(told) => counts_said(told),
        Effect::Asking => say!(i18n, import.asking),
        _ => "—".to_owned(),
    };
    let mut terms: Vec<(String, String)> =
        vec![(say!(i18n, import.rows), n(preview.read)), (say!(i18n, import.effect), effect)];
    let count = |n: u64| Some(n).filter(|n| *n > 0);
    terms.extend(count(checked.refused()).map(|many| (say!(i18n, import.rows_refused), n(many))));
    terms.extend(preview.totals.iter().map(|(metric, sum)| {
        let metric = MetricId::from(metric.as_str());
        (say!(i18n, import.total, metric = metric_said(&metric)), amount_said(&metric, Amount(*sum)))
    }));
    terms.extend(count(preview.negative).map(|many| (say!(i18n, import.negative), n(many))));
    terms.extend(count(preview.summed).map(|many| (say!(i18n, import.summed), n(many))));
    if !preview.ignored.is_empty() {
        terms.push((say!(i18n, import.ignored), preview.ignored.join(", ")));
    }
    terms.push((say!(i18n, import.read_as), preview.encoding.clone()));
    let terms = terms.into_iter().map(|(term, value)| view! { <Fact term value/> }).collect_view();
    view! {
        <Shelf title=preview.file.clone() note=words::table(preview.table, of)>
            <Facts>{terms}</Facts>
        </Shelf>
    }
    .into_any()
}

/// The first rows that are right, as they are read.
fn first(checked: &Checked) -> AnyView {
    let (i18n, prefs) = (use_i18n(), Prefs::get());
    let preview = &checked.preview;
    if preview.first.is_empty() {
        return ().into_any();
    }
    let of = lang(prefs.lang());
    let is_secret: Vec<bool> = preview.columns.iter().map(|name| name == "password").collect();
    let heads =
        preview.columns.iter().map(|name| view! { <th scope="col">{words::column(preview.table, name, of)}</th> });
    let heads = heads.collect_view();
    let rows = preview.first.iter().zip(&preview.lines).map(|(row, line)| {
        let cells = row.iter().zip(&is_secret).map(|(cell, secret)| {
            let said = if *secret && !cell.is_empty() { "••••".to_owned() } else { cell.clone() };
            view! { <td>{said}</td> }
        });
        view! { <tr><th scope="row">{*line}</th>{cells.collect_view()}</tr> }
    });
    let rows = rows.collect_view();
    view! {
        <Shelf title=tr!(i18n, import.first)>
            <div class="scrollx" tabindex="0" role="region" aria-label=tr!(i18n, import.first)>
                <table class="tbl tbl--tight import__tbl">
                    <thead><tr><th scope="col">{tr!(i18n, import.line)}</th>{heads}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </Shelf>
    }
    .into_any()
}
