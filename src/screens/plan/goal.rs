//! Setting the amount at the root of a plan: metric, period, scope, amount, reason.

use crate::components::{Button, ButtonKind, Field, FieldKind, LinkButton, Panel, PanelKind, Pick, PickOption, Sheet};
use crate::i18n::use_i18n;
use crate::screens::Page;
use crate::screens::figures::{basis_said, metric_said, period_said};
use crate::screens::words::{digits_of, scope_said, subject_said};
use crate::state::Toasts;
use crate::state::plan::Plans;
use crate::state::review::Reviews;
use crate::state::visits::today;
use crate::text::{say, tr};
use aisle_domain::MetricId;
use aisle_domain::calendar::{Basis, Period, PeriodKind};
use aisle_domain::cascade::{Goal, Node, Scope};
use aisle_domain::metric;
use aisle_domain::money::Amount;
use aisle_domain::org::Adds;
use leptos::prelude::*;

/// Months, quarters and years that can be planned: the one that holds today and those after it.
fn periods() -> Vec<Period> {
    let mut periods = Vec::new();
    for (kind, most) in [(PeriodKind::Month, 4), (PeriodKind::Quarter, 3), (PeriodKind::Year, 2)] {
        let mut period = kind.holding(today());
        for _ in 0..most {
            periods.push(period);
            period = period.next();
        }
    }
    periods
}

/// A basis as the value of an option.
fn way_of(basis: &Basis) -> String {
    match basis {
        Basis::CalendarDays => "calendar".to_owned(),
        _ => "working".to_owned(),
    }
}

/// The form.
#[component]
pub(super) fn GoalSheet(
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let i18n = use_i18n();
    let (plans, toasts) = (Plans::get(), Toasts::get());
    let metric = RwSignal::new(aisle_domain::org::sales());
    let period = RwSignal::new(PeriodKind::Month.holding(today()).next());
    let (amount, reason) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let wrong = RwSignal::new(false);
    let scope = Memo::new(move |_| Scope { territory: Reviews::get().own_territory(), ..Scope::default() });
    let node = move || Node { metric: metric.get(), period: period.get(), scope: scope.get() };
    let known = move || plans.tree_of(&node()).map(|tree| tree.goal);
    // How days count below it, chosen for which plan; `None`: as in the whole company. A plan that is set anew keeps its own
    // way unless another is chosen, whatever arrives meanwhile.
    let chosen = RwSignal::new(None::<(Node, Option<Basis>)>);
    let days = Memo::new(move |_| match chosen.get() {
        Some((of, days)) if of == node() => days,
        _ => known().and_then(|goal| goal.days),
    });
    let own = move || [Basis::CalendarDays, Basis::WorkingDays { calendar: plans.company_calendar() }];
    let ways = Signal::derive(move || {
        let named = own().into_iter().map(|basis| PickOption { value: way_of(&basis), label: basis_said(&basis) });
        let default = PickOption { value: String::new(), label: say!(i18n, plan.days_company) };
        std::iter::once(default).chain(named).collect::<Vec<_>>()
    });
    let choose = move |way: String| {
        chosen.set(Some((untrack(node), untrack(own).into_iter().find(|basis| way_of(basis) == way))));
    };
    let metrics = Signal::derive(move || {
        let sums = metric::standard().into_iter().filter(|metric| metric.adds == Adds::Sum);
        sums.map(|metric| PickOption { label: metric_said(&metric.id), value: metric.id.to_string() })
            .collect::<Vec<_>>()
    });
    let periods = Signal::derive(move || {
        let option = |period: Period| PickOption { value: period.to_string(), label: period_said(period) };
        periods().into_iter().map(option).collect::<Vec<_>>()
    });
    let in_the_way = Memo::new(move |_| plans.in_the_way(&node()));
    let needs_reason = move || known().is_some() && reason.read().trim().is_empty();
    let save = move |()| {
        let digits = untrack(|| digits_of(&metric.get_untracked()));
        let Ok(parsed) = Amount::parse(&amount.get_untracked(), digits) else {
            wrong.set(true);
            return;
        };
        let (node, why) = (untrack(node), reason.get_untracked());
        plans.set_goal(node, parsed, days.get_untracked(), &why, move |done| {
            if done.is_ok() {
                open.set(false);
                amount.set(String::new());
                reason.set(String::new());
                chosen.set(None);
            }
            toasts.show(match done {
                Ok(()) => say!(i18n, plan.goal_set),
                Err(_) => say!(i18n, split.not_published),
            });
        });
    };
    view! {
        <Sheet open title=tr!(i18n, plan.set_goal)
            subtitle=Signal::derive(move || scope_said(&scope.get()))
            acts=move || view! {
                <Button label=tr!(i18n, plan.cancel) on_press=move |()| open.set(false)/>
                <Button kind=ButtonKind::Primary label=tr!(i18n, plan.save) disabled=Signal::derive(move || needs_reason() || in_the_way.read().is_some())
                    on_press=save/>
            }>
            <div class="form">
                <Pick label=tr!(i18n, cockpit.metric) options=metrics selected=Signal::derive(move || metric.get().to_string())
                    on_select=move |id: String| metric.set(MetricId::from(id))/>
                <Pick label=tr!(i18n, cockpit.period) options=periods selected=Signal::derive(move || period.get().to_string())
                    on_select=move |text: String| if let Some(of) = Period::parse(&text) { period.set(of) }/>
                {move || in_the_way.get().map(|goal| view! { <InTheWay goal/> })}
                <Field kind=FieldKind::Decimal label=tr!(i18n, cockpit.target) value=amount
                    error=Signal::derive(move || if wrong.get() { say!(i18n, split.no_amount) } else { String::new() })
                    on_input=move |text| { wrong.set(false); amount.set(text) }/>
                <Pick label=tr!(i18n, plan.days) options=ways on_select=choose
                    selected=Signal::derive(move || days.read().as_ref().map(way_of).unwrap_or_default())/>
                <Field kind=FieldKind::Area label=tr!(i18n, split.reason) value=reason
                    hint=Signal::derive(move || if known().is_some() { say!(i18n, plan.replaces) } else { String::new() })
                    on_input=move |text| reason.set(text)/>
            </div>
        </Sheet>
    }
}

/// Says that another plan covers the same shops and days, before the endpoint would refuse it, and leads to that plan.
#[component]
fn InTheWay(goal: Goal) -> impl IntoView {
    let i18n = use_i18n();
    let plan = format!("{} · {}", scope_said(&goal.node.scope), subject_said(&goal.node));
    let text = if goal.from.is_some() {
        say!(i18n, plan.overlaps_above, plan = plan)
    } else {
        say!(i18n, plan.overlaps, plan = plan)
    };
    let href = Page::Split(goal.node.to_string()).path();
    let open = move || view! { <LinkButton label=tr!(i18n, plan.overlaps_open) href=href.clone()/> };
    view! { <Panel kind=PanelKind::Gap alert=true title=tr!(i18n, plan.overlaps_title) text acts=open/> }
}
