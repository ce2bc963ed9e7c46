//! What happened meanwhile: the parent changed, somebody published, two people split at once, the device would not keep it.

use super::Table;
use crate::components::{Button, ButtonKind, Note, Panel, PanelKind};
use crate::i18n::use_i18n;
use crate::state::plan::Plans;
use crate::state::splitting::{Kept, Obstacle};
use crate::state::{Catalog, Words};
use crate::text::{say, tr};
use aisle_domain::SplitId;
use aisle_domain::cascade::{Blocked, Split};
use leptos::prelude::*;

/// Everything that has to be known before going on.
#[component]
pub(super) fn Banners(
    /// What the page shares.
    table: Table,
) -> impl IntoView {
    let i18n = use_i18n();
    let desk = table.desk;
    let contest = move || Some(desk.heads()).filter(|heads| heads.len() > 1);
    let changed = move || {
        let (editor, is) = (desk.editor()?, desk.amount()?);
        (editor.total() != is).then_some((editor.total(), is))
    };
    let overtaken = move || matches!(desk.obstacle(), Some(Obstacle::Overtaken(heads)) if heads.len() == 1);
    view! {
        <div class="cas__said">
            {move || contest().map(|heads| view! { <Contest table heads/> })}
            {move || changed().map(|(was, is)| {
                let text = say!(i18n, split.changed_text, was = table.amount(was), is = table.amount(is));
                let may = desk.may();
                view! {
                    <Panel kind=PanelKind::Gap title=tr!(i18n, split.changed) text
                        acts=move || may.then(|| view! {
                            <Button kind=ButtonKind::Primary label=tr!(i18n, split.scale)
                                on_press=move |()| table.change(|editor| editor.scale_to(is))/>
                            <Button label=tr!(i18n, split.keep)
                                on_press=move |()| table.change(|editor| editor.keep_against(is))/>
                        })/>
                }
            })}
            <Show when=overtaken>
                <Panel kind=PanelKind::Gap title=tr!(i18n, split.overtaken) text=tr!(i18n, split.overtaken_text)
                    acts=move || view! {
                        <Button label=tr!(i18n, split.take_theirs) on_press=move |()| desk.discard()/>
                        <Button label=tr!(i18n, split.keep_mine) on_press=move |()| desk.follow()/>
                    }/>
            </Show>
            <Show when=move || desk.kept() == Kept::Failed>
                <Panel kind=PanelKind::Crit alert=true title=tr!(i18n, split.not_kept) text=tr!(i18n, split.not_kept_text)/>
            </Show>
            <Show when=move || !desk.may()>
                <Note pad=true text=tr!(i18n, split.read_only)/>
            </Show>
        </div>
    }
}

/// Two versions of one node: both readable, one to be taken.
#[component]
fn Contest(table: Table, heads: Vec<SplitId>) -> impl IntoView {
    let (i18n, words, catalog) = (use_i18n(), Words::get(), Catalog::get());
    let desk = table.desk;
    let versions = Plans::get().versions(&desk.node());
    let split_of = |id: &SplitId| versions.iter().map(|filed| &filed.value).find(|split| split.id == *id).cloned();
    let rows: Vec<Split> = heads.iter().filter_map(split_of).collect();
    let settled = move || {
        desk.editor().is_some_and(|editor| {
            editor.after().len() > 1 && !matches!(desk.obstacle(), Some(Obstacle::Blocked(Blocked::Unchanged)))
        })
    };
    view! {
        <Panel kind=PanelKind::Gap title=tr!(i18n, split.contest) text=tr!(i18n, split.contest_text)>
            <ul class="rows contest">
                {rows.into_iter().enumerate().map(|(at, split)| {
                    let who = catalog.person_name(&split.author);
                    let said = say!(i18n, split.by_at, who = who, at = words.moment(split.at));
                    let reason = split.reason.clone();
                    let may = desk.may();
                    view! {
                        <li class="row row--plain">
                            <span class="row__main">
                                <b>{said}</b>
                                {(at == 0).then(|| view! { " "<span class="mut">{tr!(i18n, split.in_effect)}</span> })}
                                <span class="row__meta">{reason}</span>
                            </span>
                            {may.then(|| view! {
                                <Button small=true label=tr!(i18n, split.take_this) on_press=move |()| desk.take(&split)/>
                            })}
                        </li>
                    }
                }).collect_view()}
            </ul>
            <Show when=settled><p>{tr!(i18n, split.contest_next)}</p></Show>
        </Panel>
    }
}
