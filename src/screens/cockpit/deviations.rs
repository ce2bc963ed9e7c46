//! 偏差与下一步: whose gap it is, why, and one action a tap away.

use super::{Shown, failed, sheets};
use crate::components::{Icon, IconName, IconSize, Shelf, Tag};
use crate::i18n::use_i18n;
use crate::screens::Page;
use crate::screens::export::Export;
use crate::state::cockpit::{Deviant, Fault};
use crate::text::{say, tr};
use aisle_domain::progress::Band;
use leptos::prelude::*;
use std::sync::Arc;

/// So many are shown at first.
const FEW: usize = 5;

/// What deviates in the scope.
pub(super) fn found(shown: Shown) -> Result<Arc<Vec<Deviant>>, Fault> {
    let (tree, people) = (shown.tree.get()?, shown.people.get()?);
    Ok(shown.state.deviants(&tree, &people, &shown.lines.get(), &shown.ask.get()))
}

/// The deviations, worst first.
#[component]
pub(super) fn DeviationsPanel(
    /// What the panels read.
    shown: Shown,
) -> impl IntoView {
    let i18n = use_i18n();
    let list = Memo::new(move |_| found(shown));
    let every = RwSignal::new(false);
    let count = move || list.with(|list| list.as_ref().map_or(0, |list| list.len()));
    let note = Signal::derive(move || match count() {
        0 => String::new(),
        n => say!(i18n, cockpit.decisions, n = n),
    });
    view! {
        <Shelf title=tr!(i18n, cockpit.deviations) note>
            {move || match list.get() {
                Err(fault) => failed(&fault),
                Ok(list) if list.is_empty() => {
                    view! { <p class="mut">{tr!(i18n, cockpit.no_deviations)}</p> }.into_any()
                }
                Ok(list) => {
                    let most = if every.get() { list.len() } else { FEW };
                    let rows = list.iter().take(most).enumerate();
                    view! {
                        <ul>{rows.map(|(at, found)| deviant(found, at == 0)).collect_view()}</ul>
                        {(list.len() > most).then(|| view! {
                            <button class="lnk" type="button" on:click=move |_| every.set(true)>
                                {tr!(i18n, cockpit.all_of, n = list.len())}
                                <Icon name=IconName::Chev size=IconSize::S16/>
                            </button>
                        })}
                    }.into_any()
                }
            }}
            <Export sheet=move |()| sheets::deviations(shown)/>
        </Shelf>
    }
}

fn deviant(found: &Deviant, first: bool) -> AnyView {
    let i18n = use_i18n();
    let (mark, icon) = match found.band {
        Band::Critical => ("dev__t mark--crit", IconName::Crit),
        _ => ("dev__t mark--gap", IconName::Gap),
    };
    let Deviant { name, headline, reason, action, shop, split, .. } = found.clone();
    let href = split.map(|node| Page::Split(node.to_string())).or(shop.map(Page::Shop)).map(|page| page.path());
    view! {
        <li class="dev">
            <p class=mark>
                <Icon name=icon size=IconSize::S20/>
                <b>{name}" · "{headline}</b>
            </p>
            <p class="mut">{reason}</p>
            <p class="dev__a">
                {if first {
                    view! { <Tag label=tr!(i18n, cockpit.first)/> }.into_any()
                } else {
                    view! { <Icon name=IconName::Go size=IconSize::S16/> }.into_any()
                }}
                {match href {
                    Some(href) => view! { <a href=href>{action}</a> }.into_any(),
                    None => view! { <span>{action}</span> }.into_any(),
                }}
            </p>
        </li>
    }
    .into_any()
}
