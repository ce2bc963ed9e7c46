//! The versions of a node's split: who, when, why, and what each changed.

use super::Table;
use crate::components::{RecordStage, RecordState, Sheet};
use crate::i18n::use_i18n;
use crate::screens::words::member_said;
use crate::state::filed::Filed;
use crate::state::plan::Plans;
use crate::state::sync::RecordState as Stage;
use crate::state::{Catalog, Words};
use crate::text::{say, tr};
use aisle_domain::cascade::{Held, Split, differences};
use aisle_domain::money::Amount;
use leptos::prelude::*;

/// The sheet of versions.
#[component]
pub(super) fn Versions(
    /// What the page shares.
    table: Table,
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let i18n = use_i18n();
    let plans = Plans::get();
    let versions = move || plans.versions(&table.desk.node());
    view! {
        <Sheet open title=tr!(i18n, split.versions)
            subtitle=Signal::derive(move || say!(i18n, split.versions_note, n = versions().len()))>
            <ul class="vers">
                {move || {
                    let all = versions();
                    all.iter().map(|filed| version(table, filed, &all)).collect_view()
                }}
            </ul>
        </Sheet>
    }
}

/// Where a record stands, for the widget.
pub(in crate::screens) fn stage(state: Stage) -> RecordStage {
    match state {
        Stage::OnPhone => RecordStage::Phone,
        Stage::Sending => RecordStage::Sending,
        Stage::Received => RecordStage::Received,
        Stage::Accepted => RecordStage::Accepted,
        Stage::Returned => RecordStage::Returned,
    }
}

fn version(table: Table, filed: &Filed<Split>, all: &[Filed<Split>]) -> AnyView {
    let (i18n, words, catalog) = (use_i18n(), Words::get(), Catalog::get());
    let split = filed.value.clone();
    let said = say!(i18n, split.by_at, who = catalog.person_name(&split.author), at = words.moment(split.at));
    let before: Vec<&Split> =
        split.after.iter().filter_map(|id| all.iter().map(|f| &f.value).find(|s| s.id == *id)).collect();
    let heads = table.desk.heads();
    let in_effect = heads.first() == Some(&split.id);
    let amount = |state: Option<(Amount, Held)>| match state {
        None => "—".to_owned(),
        Some((amount, Held::Locked)) => say!(i18n, split.locked_amount, amount = table.amount(amount)),
        Some((amount, _)) => table.amount(amount),
    };
    let rows = before.first().map(|before| {
        differences(before, &split)
            .into_iter()
            .map(|row| {
                let (was, is) = (amount(row.before), amount(row.after));
                view! {
                    <tr><th scope="row">{member_said(&row.member)}</th><td class="mut">{was}</td><td>{is}</td></tr>
                }
            })
            .collect_view()
    });
    let first = rows.is_none();
    let total = table.amount(split.total);
    let state = stage(filed.state);
    let may = table.desk.may() && !in_effect;
    let desk = table.desk;
    view! {
        <li class="vers__v">
            <p class="vers__h">
                <b>{said}</b>
                {in_effect.then(|| view! { <span class="mark mark--done">{tr!(i18n, split.in_effect)}</span> })}
                <RecordState stage=state label=state_said(filed.state)/>
            </p>
            <p>{split.reason.clone()}</p>
            <p class="mut">{say!(i18n, split.version_total, amount = total, n = split.parts.len())}</p>
            {if first {
                view! { <p class="mut">{tr!(i18n, split.first_version)}</p> }.into_any()
            } else {
                view! {
                    <details>
                        <summary class="lnk">{tr!(i18n, split.differences)}</summary>
                        <table class="tbl tbl--tight">
                            <thead><tr>
                                <th scope="col">{tr!(i18n, cockpit.name)}</th>
                                <th scope="col">{tr!(i18n, split.was)}</th>
                                <th scope="col">{tr!(i18n, split.is)}</th>
                            </tr></thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </details>
                }.into_any()
            }}
            {may.then(|| view! {
                <button class="lnk" type="button" on:click=move |_| desk.take(&split)>{tr!(i18n, split.take_up)}</button>
            })}
        </li>
    }
    .into_any()
}

/// Where a record stands, in words.
pub(in crate::screens) fn state_said(state: Stage) -> String {
    let i18n = use_i18n();
    match state {
        Stage::OnPhone => say!(i18n, state.phone),
        Stage::Sending => say!(i18n, state.sending),
        Stage::Received => say!(i18n, state.received),
        Stage::Accepted => say!(i18n, state.accepted),
        Stage::Returned => say!(i18n, state.returned),
    }
}
