//! 检查合格率 by territory: rate with n of N, its interval, and how fresh it is. A rate of few is grey and says so.

use super::head::place_said;
use super::{Shown, failed, sheets};
use crate::components::{Icon, IconName, Interval, Shelf};
use crate::i18n::use_i18n;
use crate::screens::export::Export;
use crate::state::Words;
use crate::state::cockpit::{Node, Place, Tree};
use crate::text::{say, tr};
use leptos::prelude::*;
use std::sync::Arc;

/// The root and the territories right below it.
pub(super) fn rows(tree: &Tree) -> Vec<usize> {
    let below = tree.children(0).filter(|at| !matches!(tree.nodes[*at].place, Place::Shop(_)));
    (0..tree.nodes.len().min(1)).chain(below).collect()
}

/// The rates.
#[component]
pub(super) fn ChecksPanel(
    /// What the panels read.
    shown: Shown,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Shelf title=tr!(i18n, cockpit.checks) note=tr!(i18n, cockpit.checks_note)>
            {move || match shown.tree.get() {
                Ok(tree) => table(&tree),
                Err(fault) => failed(&fault),
            }}
            <Export sheet=move |()| sheets::checks(shown)/>
        </Shelf>
    }
}

fn table(tree: &Arc<Tree>) -> AnyView {
    let i18n = use_i18n();
    view! {
        <div class="scrollx" tabindex="0" role="region" aria-label=tr!(i18n, cockpit.checks)>
            <table class="tbl tbl--tight checks">
                <thead>
                    <tr>
                        <th scope="col">{tr!(i18n, cockpit.name)}</th>
                        <th scope="col">{tr!(i18n, cockpit.checked_of)}</th>
                        <th scope="col" class="checks__ci"><span>"0"</span><span>"100%"</span></th>
                        <th scope="col">{tr!(i18n, cockpit.rate)}</th>
                        <th scope="col">{tr!(i18n, cockpit.newest)}</th>
                    </tr>
                </thead>
                <tbody>{rows(tree).into_iter().map(|at| row(&tree.nodes[at])).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(node: &Node) -> AnyView {
    let (i18n, words) = (use_i18n(), Words::get());
    let sample = node.sum.sample;
    let few = sample.is_few();
    let percent = |share: f64| share * 100.0;
    let interval = sample.rate().zip(sample.interval()).map(|(rate, (low, high))| {
        let label = say!(
            i18n,
            cockpit.interval,
            rate = words.percent(Some(rate)),
            low = words.percent(Some(low)),
            high = words.percent(Some(high))
        );
        view! { <Interval at=percent(rate) low=percent(low) high=percent(high) label few/> }
    });
    let newest = node.sum.last_visit.map_or_else(|| "—".to_owned(), |day| words.day(day));
    view! {
        <tr class=if node.level == 0 { "is-lv0" } else { "" }>
            <th scope="row">{place_said(&node.name)}</th>
            <td>
                {format!("{}/{} ", sample.checked, sample.in_scope)}
                <span class="mut">{words.percent(sample.coverage())}</span>
            </td>
            <td class="checks__ci">{interval}</td>
            <td>{if few {
                view! { <span class="dim">{words.percent(sample.rate())}</span> }.into_any()
            } else {
                view! { <b>{words.percent(sample.rate())}</b> }.into_any()
            }}</td>
            <td>{if few {
                view! { <span class="mark"><Icon name=IconName::Info/>{say!(i18n, cockpit.few)}</span> }.into_any()
            } else {
                view! { <span class="mut">{newest}</span> }.into_any()
            }}</td>
        </tr>
    }
    .into_any()
}
