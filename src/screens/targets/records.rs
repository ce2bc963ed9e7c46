//! The records behind a figure: what was imported and what was entered, newest day first.

use crate::components::{Button, Empty, IconName, Row, Shelf};
use crate::i18n::use_i18n;
use crate::screens::actuals::{correcting, offsetting};
use crate::screens::figures::amount_said;
use crate::state::standings::{Behind, View};
use crate::state::{Catalog, Standings, Words};
use crate::text::{say, tr};
use aisle_domain::actuals::{Entry, EntryKind};
use leptos::prelude::*;

/// Records shown at first, and more each time.
const PAGE: usize = 20;

/// The records behind a view.
#[component]
pub fn RecordsBehind(
    /// What is shown.
    #[prop(into)]
    view: Signal<View>,
) -> impl IntoView {
    let i18n = use_i18n();
    let standings = Standings::get();
    let most = RwSignal::new(PAGE);
    let list = Memo::new(move |_| standings.behind(&view.read(), most.get()));
    let rows = move || {
        let metric = view.read().metric.clone();
        let (list, _) = list.get();
        list.into_iter().map(|behind| view! { <li><Record behind metric=metric.clone()/></li> }).collect_view()
    };
    let left = move || list.with(|(list, all)| all - list.len());
    view! {
        <div id="records">
            <Shelf title=tr!(i18n, targets.records) note=Signal::derive(move || say!(i18n, targets.records_note, n = list.get().1))>
                <Show when=move || { list.read().1 > 0 } fallback=move || view! {
                    <Empty title=tr!(i18n, targets.records_none) text=tr!(i18n, targets.records_none_text)/>
                }>
                    <ul class="rows">{rows}</ul>
                    <Show when=move || { left() > 0 }>
                        <Button small=true
                            label=Signal::derive(move || say!(i18n, targets.more_records, n = left().min(PAGE)))
                            on_press=move |()| most.update(|most| *most += PAGE)/>
                    </Show>
                </Show>
            </Shelf>
        </div>
    }
}

/// One record.
#[component]
fn Record(behind: Behind, metric: aisle_domain::MetricId) -> impl IntoView {
    let (i18n, words, catalog) = (use_i18n(), Words::get(), Catalog::get());
    match behind {
        Behind::Imported { day, shop, category, amount } => {
            let href = offsetting(&shop, &metric, day, &category);
            let shop = catalog.shop(&shop).map(|shop| shop.name).unwrap_or_default();
            view! {
                <Row icon=IconName::Import light=true title=category
                    end=move || view! {
                        <b>{amount_said(&metric, amount)}</b>
                        <a class="lnk lnk--row" href=href.clone()>{tr!(i18n, actuals.correct)}</a>
                    }>
                    <span>{move || words.day_heading(day)}</span>
                    <span>{shop}</span>
                    <span>{tr!(i18n, targets.imported)}</span>
                </Row>
            }
            .into_any()
        }
        Behind::Entered { entry, counts } => view! { <Entered entry=*entry counts metric/> }.into_any(),
    }
}

/// What an entry does, in words.
pub fn kind_said(kind: &EntryKind) -> String {
    let i18n = use_i18n();
    match kind {
        EntryKind::Count => say!(i18n, targets.entered),
        EntryKind::Replaces { .. } => say!(i18n, targets.corrected),
        EntryKind::Offset { .. } => say!(i18n, targets.offset),
    }
}

#[component]
fn Entered(entry: Entry, counts: bool, metric: aisle_domain::MetricId) -> impl IntoView {
    let (i18n, words, catalog) = (use_i18n(), Words::get(), Catalog::get());
    let shop = catalog.shop(&entry.cell.shop).map(|shop| shop.name).unwrap_or_default();
    let (person, href) = (entry.by.clone(), correcting(&entry));
    let (day, amount, kind) = (entry.cell.day, entry.value.amount(), entry.kind.clone());
    let reason = match &entry.kind {
        EntryKind::Count => String::new(),
        EntryKind::Replaces { reason, .. } | EntryKind::Offset { reason } => reason.clone(),
    };
    view! {
        <Row icon=IconName::Edit light=true title=entry.cell.category.clone()
            end=move || view! {
                <b>{amount_said(&metric, amount)}</b>
                {counts.then(|| view! { <a class="lnk lnk--row" href=href.clone()>{tr!(i18n, actuals.correct)}</a> })}
            }>
            <span>{move || words.day_heading(day)}</span>
            <span>{shop}</span>
            <span>{move || kind_said(&kind)}</span>
            <span>{move || catalog.person_name(&person)}</span>
            <span>{reason}</span>
            {(!counts).then(|| view! { <span>{tr!(i18n, targets.replaced)}</span> })}
        </Row>
    }
}
