//! Shops by gap.

use super::people::signed;
use super::{Shown, sheets};
use crate::components::{Icon, IconName, Shelf};
use crate::i18n::use_i18n;
use crate::screens::Page;
use crate::screens::export::Export;
use crate::screens::figures::amount_said;
use crate::screens::paging::More;
use crate::screens::progress::GapDelta;
use crate::state::cockpit::Line;
use crate::state::table::descending;
use crate::state::{Catalog, Words};
use crate::text::{say, tr};
use leptos::prelude::*;
use std::sync::Arc;

/// So many are shown at first.
const FEW: usize = 20;

/// Shops, furthest behind first; those without a target last.
pub(super) fn by_gap(shown: Shown) -> Vec<Arc<Line>> {
    let behind = |line: &Arc<Line>| line.progress.shortfall().map_or(i64::MIN / 2, |amount| amount.0);
    descending(shown.lines.get().to_vec(), behind)
}

/// The shops of the scope.
#[component]
pub(super) fn ShopsPanel(
    /// What the panels read.
    shown: Shown,
) -> impl IntoView {
    let i18n = use_i18n();
    let lines = Memo::new(move |_| by_gap(shown));
    let most = RwSignal::new(FEW);
    view! {
        <Shelf title=tr!(i18n, cockpit.shops) note=tr!(i18n, cockpit.by_gap)>
            <div class="scrollx" tabindex="0" role="region" aria-label=tr!(i18n, cockpit.shops)>
                <table class="tbl tbl--tight">
                    <thead>
                        <tr>
                            <th scope="col">{tr!(i18n, cockpit.name)}</th>
                            <th scope="col">{tr!(i18n, cockpit.gap_amount)}</th>
                            <th scope="col">{tr!(i18n, cockpit.gap)}</th>
                            <th scope="col">{tr!(i18n, cockpit.target)}</th>
                            <th scope="col">{tr!(i18n, cockpit.actual)}</th>
                            <th scope="col">{tr!(i18n, cockpit.achieved)}</th>
                            <th scope="col">{tr!(i18n, cockpit.keeper)}</th>
                            <th scope="col">{tr!(i18n, cockpit.last_visit)}</th>
                        </tr>
                    </thead>
                    <tbody>
                        {move || lines.with(|lines| {
                            lines.iter().take(most.get()).enumerate().map(|(at, line)| row(shown, at, line)).collect_view()
                        })}
                    </tbody>
                </table>
            </div>
            <More most all=Signal::derive(move || lines.with(Vec::len)) row=row_id/>
            <Export sheet=move |()| sheets::shops(shown)/>
        </Shelf>
    }
}

/// The id of a row's link.
fn row_id(at: usize) -> String {
    format!("ck-shop-{at}")
}

fn row(shown: Shown, at: usize, line: &Line) -> AnyView {
    let (i18n, words, catalog) = (use_i18n(), Words::get(), Catalog::get());
    let metric = shown.ask.get().metric;
    let progress = line.progress;
    let amount = |amount: Option<_>| amount.map_or_else(|| "—".to_owned(), |a| amount_said(&metric, a));
    let keeper = line.keeper.as_ref().map(|id| catalog.person_name(id)).unwrap_or_default();
    let last = line.last_visit.map_or_else(|| say!(i18n, cockpit.never), |day| words.day(day));
    view! {
        <tr>
            <th scope="row">
                <a class="tbl__a" id=row_id(at) href=Page::Shop(line.id.clone()).path()>{line.name.clone()}</a>
                {(line.funnel.not_received > 0).then(|| view! {
                    <span class="mark prov"><Icon name=IconName::Clock/><span class="vh">{say!(i18n, cockpit.provisional)}</span></span>
                })}
            </th>
            <td>{signed(shown, &progress)}</td>
            <td><GapDelta progress=Signal::stored(progress)/></td>
            <td>{amount(progress.target)}</td>
            <td>{amount(Some(progress.actual))}</td>
            <td>{words.percent(progress.achievement())}</td>
            <td>{keeper}</td>
            <td class="mut">{last}</td>
        </tr>
    }
    .into_any()
}
