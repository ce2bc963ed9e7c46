//! People by gap: a table, no ranking. What may still change because a phone has not synced says so.

use super::{Shown, failed, sheets};
use crate::components::{Icon, IconName, Shelf};
use crate::i18n::use_i18n;
use crate::screens::export::Export;
use crate::screens::figures::amount_said;
use crate::screens::progress::GapDelta;
use crate::state::Words;
use crate::state::cockpit::PersonLine;
use crate::text::{say, tr};
use leptos::prelude::*;

/// The people who look after shops in the scope.
#[component]
pub(super) fn PeoplePanel(
    /// What the panels read.
    shown: Shown,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Shelf title=tr!(i18n, cockpit.people) note=tr!(i18n, cockpit.by_gap)>
            {move || match shown.people.get() {
                Ok(people) => table(shown, &people),
                Err(fault) => failed(&fault),
            }}
            <Export sheet=move |()| sheets::people(shown)/>
        </Shelf>
    }
}

/// “Provisional”, where a phone has not sent everything that was planned.
pub(super) fn provisional(is: bool) -> Option<AnyView> {
    let i18n = use_i18n();
    is.then(|| {
        view! { <span class="mark prov"><Icon name=IconName::Clock/>{say!(i18n, cockpit.provisional)}</span> }
            .into_any()
    })
}

/// Ahead (+) or behind (−) by so much; a dash without a target.
pub(super) fn signed(shown: Shown, progress: &aisle_domain::progress::Progress) -> String {
    let metric = shown.ask.get().metric;
    let Some(gap) = progress.shortfall() else { return "—".to_owned() };
    let sign = if gap.0 < 0 { "+" } else { "" };
    format!("{sign}{}", amount_said(&metric, -gap))
}

fn table(shown: Shown, people: &[PersonLine]) -> AnyView {
    let i18n = use_i18n();
    view! {
        <div class="scrollx" tabindex="0" role="region" aria-label=tr!(i18n, cockpit.people)>
            <table class="tbl tbl--tight">
                <thead>
                    <tr>
                        <th scope="col">{tr!(i18n, cockpit.name)}</th>
                        <th scope="col">{tr!(i18n, cockpit.gap_amount)}</th>
                        <th scope="col">{tr!(i18n, cockpit.gap)}</th>
                        <th scope="col">{tr!(i18n, cockpit.target)}</th>
                        <th scope="col">{tr!(i18n, cockpit.actual)}</th>
                        <th scope="col">{tr!(i18n, cockpit.achieved)}</th>
                        <th scope="col">{tr!(i18n, cockpit.shops_count)}</th>
                        <th scope="col">{tr!(i18n, cockpit.visited_of)}</th>
                        <th scope="col">{tr!(i18n, cockpit.last_record)}</th>
                    </tr>
                </thead>
                <tbody>{people.iter().map(|person| row(shown, person)).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(shown: Shown, person: &PersonLine) -> AnyView {
    let (i18n, words) = (use_i18n(), Words::get());
    let PersonLine { progress, funnel, received, .. } = person.clone();
    let metric = shown.ask.get().metric;
    let amount = |amount: Option<_>| amount.map_or_else(|| "—".to_owned(), |a| amount_said(&metric, a));
    let visited = say!(i18n, cockpit.n_of, n = funnel.visited, all = funnel.planned);
    let last = received.map_or_else(|| say!(i18n, cockpit.never), |at| words.moment(at));
    view! {
        <tr>
            <th scope="row">{person.name.clone()}" "{provisional(person.is_provisional())}</th>
            <td>{signed(shown, &progress)}</td>
            <td><GapDelta progress=Signal::stored(progress)/></td>
            <td>{amount(progress.target)}</td>
            <td>{amount(Some(progress.actual))}</td>
            <td>{words.percent(progress.achievement())}</td>
            <td>{words.whole(person.shops.into())}</td>
            <td>{visited}</td>
            <td class="mut">{last}</td>
        </tr>
    }
    .into_any()
}
