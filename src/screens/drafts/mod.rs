//! 目标草案: a rep drafts figures for the own shops, hands them in, and sees what became of them.
//!
//! Not here: approving, adjusting and returning (the manager's page).

mod words;

use self::words::{state_said, step_said};
use super::Page;
use super::figures::{amount_said, metric_said, period_said, unit_of};
use super::frame::{Chip, Tabs};
use super::stage::StageOf;
use crate::components::{
    Back, Button, ButtonKind, Chips, Choice, Dock, Fact, Facts, Field, FieldKind, IconName, Kpi, Kpis, Mark, MarkKind,
    Note, Panel, PanelKind, PeriodShelf, Sheet, Shelf, WorkBar,
};
use crate::i18n::use_i18n;
use crate::state::drafting::{self, DraftLine};
use crate::state::entry_form::digits_of;
use crate::state::plan::Plans;
use crate::state::standings::Cut;
use crate::state::{Catalog, Standings, Toasts, Words};
use crate::text::{say, tr};
use aisle_domain::ShopId;
use aisle_domain::calendar::{Period, PeriodKind};
use aisle_domain::draft::{Draft, DraftAction, DraftState};
use aisle_domain::metric::Unit;
use aisle_domain::money::Amount;
use aisle_domain::org::sales;
use leptos::prelude::*;

/// What the page is about.
#[derive(Clone, Copy)]
struct Drafting {
    metric: RwSignal<aisle_domain::MetricId>,
    period: RwSignal<Period>,
    sheet: Memo<Option<drafting::Sheet>>,
    /// The shop whose sheet is open.
    open: RwSignal<Option<ShopId>>,
    failed: RwSignal<bool>,
}

/// The page of drafts.
#[component]
pub fn DraftsPage() -> impl IntoView {
    let (i18n, standings) = (use_i18n(), Standings::get());
    let metric = RwSignal::new(sales());
    let period = RwSignal::new(PeriodKind::Month.holding(untrack(|| standings.through())).next());
    let sheet = Memo::new(move |_| drafting::sheet(&metric.read(), period.get()));
    let (open, failed) = (RwSignal::new(None::<ShopId>), RwSignal::new(false));
    let page = Drafting { metric, period, sheet, open, failed };
    let metrics = untrack(|| standings.metrics()).into_iter().map(|metric| {
        let id = metric.id.clone();
        Choice::new(metric.id, Signal::derive(move || metric_said(&id)))
    });
    view! {
        <div class="app app--cols">
            <WorkBar title=tr!(i18n, drafts.title) subtitle=tr!(i18n, drafts.subtitle)
                back=Back::Href(Page::Targets(Cut::default()).path()) back_label=tr!(i18n, frame.back)>
                <Chip/>
            </WorkBar>
            <main class="app__main" id="main">
                <Chips options=metrics.collect() selected=metric on_select=move |to| metric.set(to)
                    label=tr!(i18n, targets.metric)/>
                <div class="cols">
                    <div><Totals page/></div>
                    <div><Lines page/></div>
                </div>
            </main>
            <HandIn page/>
        </div>
        <ShopSheet page/>
    }
}

/// The period, and the drafts against the figure from above.
#[component]
fn Totals(page: Drafting) -> impl IntoView {
    let i18n = use_i18n();
    let said = move |pick: fn(&drafting::Sheet) -> Option<Amount>| {
        Signal::derive(move || {
            let amount = page.sheet.read().as_ref().and_then(pick);
            amount.map_or_else(|| "—".to_owned(), |amount| amount_said(&page.metric.read(), amount))
        })
    };
    let missing = Signal::derive(move || {
        let n = page.sheet.read().as_ref().map_or(0, |sheet| sheet.totals.missing.len());
        if n > 0 { say!(i18n, drafts.missing, n = n) } else { String::new() }
    });
    let step = Callback::new(move |by: i32| {
        page.period
            .update(|period| *period = if by < 0 { period.previous().unwrap_or(*period) } else { period.next() });
    });
    view! {
        <PeriodShelf title=Signal::derive(move || period_said(page.period.get())) note=missing
            back_label=tr!(i18n, targets.before) on_label=tr!(i18n, targets.after) on_step=step
            has_next=Signal::derive(|| true)>
            <Kpis bare=true>
                <Kpi name=tr!(i18n, drafts.drafted) value=said(|sheet| Some(sheet.totals.drafted))/>
                <Kpi name=tr!(i18n, drafts.top_down) value=said(|sheet| sheet.totals.top_down)/>
                <Kpi name=tr!(i18n, drafts.gap) value=said(|sheet| sheet.totals.gap())/>
            </Kpis>
            <Kpis>
                <Kpi name=tr!(i18n, drafts.submitted_sum) value=said(|sheet| Some(sheet.totals.submitted))/>
                <Kpi name=tr!(i18n, drafts.approved_sum) value=said(|sheet| Some(sheet.totals.approved))/>
            </Kpis>
        </PeriodShelf>
        <Note icon=IconName::Info pad=true text=tr!(i18n, drafts.how)/>
    }
}

#[component]
fn Lines(page: Drafting) -> impl IntoView {
    let i18n = use_i18n();
    let lines = move || {
        let lines = page.sheet.get().map(|sheet| sheet.lines).unwrap_or_default();
        lines.into_iter().map(|line| view! { <li><Line page line/></li> }).collect_view()
    };
    view! {
        <Shelf title=tr!(i18n, drafts.shops)>
            <ul class="rows">{lines}</ul>
        </Shelf>
    }
}

/// One shop: pressing it opens its sheet.
#[component]
fn Line(page: Drafting, line: DraftLine) -> impl IntoView {
    let (i18n, catalog) = (use_i18n(), Catalog::get());
    let name = catalog.shop(&line.shop).map(|shop| shop.name).unwrap_or_default();
    let said =
        move |amount: Option<Amount>| amount.map_or_else(|| "—".to_owned(), |a| amount_said(&page.metric.read(), a));
    let state = line.draft.as_ref().map(|filed| filed.value.state());
    let figure = line.draft.as_ref().map(|filed| filed.value.figure());
    let (target, last_year, shop) = (line.target, line.last_year, line.shop);
    view! {
        <button class="row row--plain" type="button" aria-haspopup="dialog" on:click=move |_| page.open.set(Some(shop.clone()))>
            <span class="row__main">
                <span class="row__title">{name}</span>
                <span class="row__meta">
                    <span>{move || say!(i18n, drafts.last_year, amount = said(last_year))}</span>
                    <span>{move || say!(i18n, drafts.target, amount = said(target))}</span>
                </span>
            </span>
            <span class="row__end">
                <b>{move || said(figure)}</b>
                {state.map(|state| view! { <StateMark state/> })}
            </span>
        </button>
    }
}

#[component]
fn StateMark(state: DraftState) -> impl IntoView {
    let (kind, icon) = match state {
        DraftState::Approved | DraftState::Adjusted => (MarkKind::Done, IconName::Check),
        DraftState::Returned => (MarkKind::Gap, IconName::SBack),
        DraftState::Submitted => (MarkKind::Plain, IconName::SGot),
        DraftState::Open | DraftState::Withdrawn => (MarkKind::Plain, IconName::Edit),
    };
    view! { <Mark kind=Signal::derive(move || kind) icon label=Signal::derive(move || state_said(state))/> }
}

/// Hands in everything that is open.
#[component]
fn HandIn(page: Drafting) -> impl IntoView {
    let (i18n, plans, toasts) = (use_i18n(), Plans::get(), Toasts::get());
    let open = Memo::new(move |_| page.sheet.read().as_ref().map(drafting::Sheet::open).unwrap_or_default());
    let press = move |()| {
        let said = say!(i18n, drafts.handed_in);
        let then = move |done: Result<(), _>| {
            page.failed.set(done.is_err());
            if done.is_ok() {
                toasts.show(said);
            }
        };
        // A draft that does not stand so any more is not written; the list shows how it stands.
        page.failed.set(plans.step(&open.get_untracked(), DraftAction::Submit, "", then).is_err());
    };
    view! {
        <Dock label=tr!(i18n, frame.actions) tabs=|| view! { <Tabs current=Page::Targets(Cut::default())/> }
            why=move || view! {
                <Show when=move || page.failed.get()>
                    <Panel kind=PanelKind::Gap alert=true title=tr!(i18n, actuals.failed) text=tr!(i18n, actuals.failed_text)/>
                </Show>
            }>
            <Button kind=ButtonKind::Primary icon=IconName::Go block=true on_press=press
                label=Signal::derive(move || say!(i18n, drafts.hand_in, n = open.read().len()))
                disabled=Signal::derive(move || open.read().is_empty())/>
        </Dock>
    }
}

/// The sheet of one shop: its figure, and what happened to it.
#[component]
fn ShopSheet(page: Drafting) -> impl IntoView {
    let (i18n, catalog, words, plans, toasts) = (use_i18n(), Catalog::get(), Words::get(), Plans::get(), Toasts::get());
    let shown = RwSignal::new(false);
    let (typed, wrong) = (RwSignal::new(String::new()), RwSignal::new(false));
    let line = Memo::new(move |_| {
        let shop = page.open.get()?;
        page.sheet.read().as_ref()?.lines.iter().find(|line| line.shop == shop).cloned()
    });
    Effect::new(move |_| {
        shown.set(page.open.read().is_some());
        typed.set(String::new());
        wrong.set(false);
    });
    let draft = move || line.get().and_then(|line| line.draft);
    let can_write =
        move || draft().is_none_or(|filed| matches!(filed.value.state(), DraftState::Open | DraftState::Returned));
    let can_withdraw = move || draft().is_some_and(|filed| !filed.value.state().is_final());
    let then = move |said: String| {
        move |done: bool| {
            page.failed.set(!done);
            if done {
                toasts.show(said);
                page.open.set(None);
            }
        }
    };
    let save = move |()| {
        let digits = digits_of(&page.metric.get_untracked(), untrack(|| words.money_digits()));
        let Ok(amount) = Amount::parse(&typed.get_untracked(), digits) else { return wrong.set(true) };
        let Some(line) = line.get_untracked() else { return };
        let finish = then(say!(i18n, actuals.saved));
        match line.draft {
            None => {
                let (metric, period) = (page.metric.get_untracked(), page.period.get_untracked());
                plans.begin_draft(line.shop, metric, period, amount, move |done| finish(done.is_ok()));
            }
            Some(filed) => {
                let action = DraftAction::Revise { amount };
                wrong.set(plans.step(&[filed.value], action, "", move |done| finish(done.is_ok())).is_err());
            }
        }
    };
    let withdraw = move |()| {
        let Some(filed) = line.get_untracked().and_then(|line| line.draft) else { return };
        let finish = then(say!(i18n, drafts.withdrawn));
        wrong.set(plans.step(&[filed.value], DraftAction::Withdraw, "", move |done| finish(done.is_ok())).is_err());
    };
    let title = Signal::derive(move || {
        let shop = page.open.get().and_then(|id| catalog.shop(&id));
        shop.map(|shop| shop.name).unwrap_or_default()
    });
    let unit = move || if unit_of(&page.metric.read()) == Unit::Money { words.symbol() } else { String::new() };
    let error = Signal::derive(move || if wrong.get() { say!(i18n, actuals.wrong_amount) } else { String::new() });
    let said =
        move |amount: Option<Amount>| amount.map_or_else(|| "—".to_owned(), |a| amount_said(&page.metric.read(), a));
    view! {
        <Sheet open=shown title subtitle=Signal::derive(move || period_said(page.period.get()))
            on_close=move |()| page.open.set(None)
            acts=move || view! {
                <Show when=can_withdraw><Button label=tr!(i18n, drafts.withdraw) on_press=withdraw/></Show>
                <Show when=can_write><Button kind=ButtonKind::Primary label=tr!(i18n, actuals.save) on_press=save/></Show>
            }>
            <Facts>
                <Fact term=tr!(i18n, drafts.drafted) value=Signal::derive(move || said(draft().map(|filed| filed.value.figure())))/>
                <Fact term=tr!(i18n, figure.of_last_year) value=Signal::derive(move || said(line.get().and_then(|line| line.last_year)))/>
                <Fact term=tr!(i18n, figure.target) value=Signal::derive(move || said(line.get().and_then(|line| line.target)))/>
            </Facts>
            <Show when=can_write>
                <Field label=tr!(i18n, drafts.amount) value=typed kind=FieldKind::Decimal name="draft" error
                    prefix=Signal::derive(unit) on_input=move |text| typed.set(text)/>
            </Show>
            {move || draft().map(|filed| view! { <Steps draft=filed.value state=filed.state page/> })}
        </Sheet>
    }
}

/// What happened to a draft, oldest first.
#[component]
fn Steps(draft: Draft, state: crate::state::sync::RecordState, page: Drafting) -> impl IntoView {
    let (i18n, words, catalog) = (use_i18n(), Words::get(), Catalog::get());
    let first = (draft.amount, draft.person.clone());
    let metric = page.metric.get_untracked();
    let begun = say!(i18n, drafts.begun, amount = amount_said(&metric, first.0));
    let rows = draft.steps.iter().map(|step| {
        let said = step_said(step.action, &metric);
        let (who, at, comment) = (catalog.person_name(&step.by), words.moment(step.at), step.comment.clone());
        view! {
            <li class="steps-said">
                <b>{said}</b>
                <span>{format!("{who} · {at}")}</span>
                {(!comment.is_empty()).then(|| view! { <q>{comment}</q> })}
            </li>
        }
    });
    view! {
        <ol>
            <li class="steps-said">
                <b>{begun}</b>
                <span>{catalog.person_name(&first.1)}</span>
                <StageOf state=Signal::derive(move || state)/>
            </li>
            {rows.collect_view()}
        </ol>
    }
}
