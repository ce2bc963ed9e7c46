//! 自下而上: the drafts of reps against the figure from above, and what a manager makes of them.

use super::review::Review;
use crate::components::{Back, Button, Dock, Empty, IconName, Row, Shelf, WorkBar};
use crate::i18n::use_i18n;
use crate::screens::Page;
use crate::screens::export::Export;
use crate::screens::figures::{amount_said, metric_said, period_said};
use crate::screens::frame::Chip;
use crate::screens::words::digits_of;
use crate::state::review::{Pile, Reviews};
use crate::state::sheet::{Cell, Sheet};
use crate::state::{Catalog, Toasts};
use crate::text::{say, tr};
use aisle_domain::draft::{Draft, DraftAction, DraftState};
use leptos::prelude::*;

/// The way to the drafts, with how many wait; nothing while there are none.
#[component]
pub(super) fn Waiting() -> impl IntoView {
    let i18n = use_i18n();
    let reviews = Reviews::get();
    let waiting = move || reviews.piles().iter().map(|pile| pile.submitted().count()).sum::<usize>();
    view! {
        <Show when=move || !reviews.piles().is_empty()>
            <Shelf title=tr!(i18n, review.title)>
                <Row icon=IconName::Edit light=true title=tr!(i18n, review.open)
                    meta=Signal::derive(move || say!(i18n, review.waiting, n = waiting())) href=Page::Reviews.path()/>
            </Shelf>
        </Show>
    }
}

/// How a draft stands, in words.
pub(super) fn state_said(state: DraftState) -> String {
    let i18n = use_i18n();
    match state {
        DraftState::Open => say!(i18n, review.s_open),
        DraftState::Submitted => say!(i18n, review.s_submitted),
        DraftState::Returned => say!(i18n, review.s_returned),
        DraftState::Approved => say!(i18n, review.s_approved),
        DraftState::Adjusted => say!(i18n, review.s_adjusted),
        DraftState::Withdrawn => say!(i18n, review.s_withdrawn),
    }
}

/// The page.
#[component]
pub fn DraftsPage() -> impl IntoView {
    let i18n = use_i18n();
    let reviews = Reviews::get();
    let reviewed = RwSignal::new(None::<Draft>);
    view! {
        <div class="app app--wide">
            <WorkBar title=tr!(i18n, review.title) subtitle=tr!(i18n, review.subtitle) back=Back::Href(Page::Plans.path())
                back_label=tr!(i18n, frame.back)><Chip/></WorkBar>
            <main class="app__main drafts" id="main">
                <Show when=move || !reviews.piles().is_empty() fallback=move || view! {
                    <Empty title=tr!(i18n, review.none) text=tr!(i18n, review.none_text)/>
                }>
                    {move || reviews.piles().iter().map(|pile| pile_view(pile, reviewed)).collect_view()}
                </Show>
            </main>
            <Dock label=tr!(i18n, frame.actions)/>
            <Review draft=reviewed/>
        </div>
    }
}

/// The drafts of one metric and period.
fn pile_view(pile: &Pile, reviewed: RwSignal<Option<Draft>>) -> AnyView {
    let i18n = use_i18n();
    let (reviews, toasts) = (Reviews::get(), Toasts::get());
    let said = |amount| amount_said(&pile.metric, amount);
    let totals = &pile.totals;
    let gap = totals.gap().map(|gap| match gap.0 {
        0 => say!(i18n, split.equal),
        1.. => say!(i18n, review.above, amount = said(gap)),
        _ => say!(i18n, review.below, amount = said(-gap)),
    });
    let submitted: Vec<Draft> = pile.submitted().cloned().collect();
    let waiting = submitted.len();
    let top_down = totals.top_down.map_or_else(|| "—".to_owned(), said);
    let missing = totals.missing.len();
    let approve = move |()| {
        let done = reviews.review(&submitted, DraftAction::Approve, "", move |done| {
            toasts.show(if done.is_ok() { say!(i18n, review.approved) } else { say!(i18n, split.not_published) });
        });
        if done.is_err() {
            toasts.show(say!(i18n, review.cannot));
        }
    };
    let sheet = pile.clone();
    let title = format!("{} · {}", period_said(pile.period), metric_said(&pile.metric));
    let (drafted, approved) = (said(totals.drafted), said(totals.approved));
    let rows = pile.drafts.iter().map(|draft| row(pile, draft, reviewed)).collect_view();
    view! {
        <Shelf title>
            <div class="cas__top drafts__top">
                <p class="cas__fig"><span>{tr!(i18n, review.drafted)}</span><b>{drafted}</b></p>
                <p class="cas__fig"><span>{tr!(i18n, review.top_down)}</span><b>{top_down}</b></p>
                <p class="cas__fig"><span>{tr!(i18n, review.gap)}</span><b>{gap.unwrap_or_else(|| "—".to_owned())}</b></p>
                <p class="cas__fig"><span>{tr!(i18n, review.approved_sum)}</span><b>{approved}</b></p>
            </div>
            {(missing > 0).then(|| view! { <p class="denom">{say!(i18n, review.missing, n = missing)}</p> })}
            <div class="scrollx" tabindex="0" role="region" aria-label=tr!(i18n, review.title)>
                <table class="tbl">
                    <thead><tr>
                        <th scope="col">{tr!(i18n, review.shop)}</th>
                        <th scope="col">{tr!(i18n, cockpit.keeper)}</th>
                        <th scope="col">{tr!(i18n, review.top_down)}</th>
                        <th scope="col">{tr!(i18n, review.drafted)}</th>
                        <th scope="col">{tr!(i18n, review.figure)}</th>
                        <th scope="col">{tr!(i18n, review.state)}</th>
                        <th scope="col"><span class="vh">{tr!(i18n, frame.actions)}</span></th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {(waiting > 0 && reviews.may()).then(|| view! {
                <div class="cas__ways">
                    <Button icon=IconName::Check label=tr!(i18n, review.approve_all, n = waiting) on_press=approve/>
                </div>
            })}
            <Export sheet=move |()| table_of(&sheet)/>
        </Shelf>
    }
    .into_any()
}

fn row(pile: &Pile, draft: &Draft, reviewed: RwSignal<Option<Draft>>) -> AnyView {
    let (i18n, catalog) = (use_i18n(), Catalog::get());
    let said = |amount| amount_said(&pile.metric, amount);
    let shop = catalog.shop(&draft.shop).map_or_else(|| draft.shop.to_string(), |shop| shop.name);
    let above = pile.top_down.get(&draft.shop).map_or_else(|| "—".to_owned(), |amount| said(*amount));
    let comment = draft.steps.last().map(|step| step.comment.clone()).unwrap_or_default();
    let open = (draft.state() == DraftState::Submitted && Reviews::get().reviews()).then(|| draft.clone());
    view! {
        <tr>
            <th scope="row">{shop}</th>
            <td>{catalog.person_name(&draft.person)}</td>
            <td class="mut">{above}</td>
            <td>{said(draft.drafted())}</td>
            <td><b>{said(draft.figure())}</b></td>
            <td>{state_said(draft.state())}<span class="drafts__c">{comment}</span></td>
            <td>{open.map(|draft| view! {
                <Button small=true label=tr!(i18n, review.review) on_press=move |()| reviewed.set(Some(draft.clone()))/>
            })}</td>
        </tr>
    }
    .into_any()
}

fn table_of(pile: &Pile) -> Sheet {
    let (i18n, catalog) = (use_i18n(), Catalog::get());
    let digits = digits_of(&pile.metric);
    let row = |draft: &Draft| {
        vec![
            Cell::Text(catalog.shop(&draft.shop).map_or_else(|| draft.shop.to_string(), |shop| shop.name)),
            Cell::Text(draft.shop.to_string()),
            Cell::Text(catalog.person_name(&draft.person)),
            Cell::amount(pile.top_down.get(&draft.shop).copied(), digits),
            Cell::Amount(draft.drafted(), digits),
            Cell::Amount(draft.figure(), digits),
            Cell::Text(state_said(draft.state())),
            Cell::Text(draft.steps.last().map(|step| step.comment.clone()).unwrap_or_default()),
        ]
    };
    let columns = vec![
        say!(i18n, review.shop),
        say!(i18n, cockpit.code),
        say!(i18n, cockpit.keeper),
        say!(i18n, review.top_down),
        say!(i18n, review.drafted),
        say!(i18n, review.figure),
        say!(i18n, review.state),
        say!(i18n, review.comment),
    ];
    let name = format!("{} {}", say!(i18n, review.title), pile.period);
    Sheet { name, columns, rows: pile.drafts.iter().map(row).collect(), notes: vec![metric_said(&pile.metric)] }
}
