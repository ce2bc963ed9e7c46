//! What is looked at, how fresh it is, and the one figure of the screen.

use super::Shown;
use crate::components::{Button, Figure, IconName, Kpi, Kpis, Note, Pick, PickOption, TwinSize};
use crate::i18n::use_i18n;
use crate::screens::figures::{amount_said, metric_said, period_said};
use crate::screens::progress::{GapDelta, ProgressTwin};
use crate::state::cockpit::{Place, Tree};
use crate::state::{Catalog, SyncCentre, Words, sheet};
use crate::text::{say, tr};
use aisle_domain::calendar::Period;
use aisle_domain::org::DayBasis;
use aisle_domain::progress::Progress;
use aisle_domain::{MetricId, TerritoryId};
use leptos::prelude::*;

/// The name of a place: everything, where no one territory holds it all.
pub(super) fn place_said(name: &str) -> String {
    let i18n = use_i18n();
    if name.is_empty() { say!(i18n, words.everything) } else { name.to_owned() }
}

/// Scope, period, metric in one line.
pub(super) fn subject(shown: Shown) -> String {
    let ask = shown.ask.get();
    let scope = shown.tree.with(|tree| tree.as_ref().ok().and_then(|tree| tree.root().map(|root| root.name.clone())));
    let scope = place_said(&scope.unwrap_or_default());
    format!("{scope} · {} · {}", period_said(ask.period), metric_said(&ask.metric))
}

/// Territories with their depth, for choosing one.
fn scopes(tree: &Tree) -> Vec<PickOption> {
    let territory = |node: &crate::state::cockpit::Node| match &node.place {
        Place::Territory(id) => Some((id.to_string(), node.name.clone())),
        Place::All => Some((String::new(), place_said(""))),
        Place::Shop(_) => None,
    };
    let option = |node: &crate::state::cockpit::Node| {
        let (value, name) = territory(node)?;
        let value = if node.level == 0 { String::new() } else { value };
        Some(PickOption { value, label: format!("{}{name}", "\u{2003}".repeat(node.level)) })
    };
    tree.nodes.iter().filter_map(|node| option(node)).collect()
}

/// What is looked at, and how fresh it is.
#[component]
pub(super) fn Head(
    /// What the panels read.
    shown: Shown,
) -> impl IntoView {
    let i18n = use_i18n();
    let scopes =
        Signal::derive(move || shown.all.with(|all| all.as_ref().map(|tree| scopes(tree)).unwrap_or_default()));
    let periods = Signal::derive(move || {
        let option = |period: Period| PickOption { value: period.to_string(), label: period_said(period) };
        shown.state.periods().into_iter().map(option).collect::<Vec<_>>()
    });
    let metrics = Signal::derive(move || {
        let option = |id: MetricId| PickOption { label: metric_said(&id), value: id.to_string() };
        shown.state.metrics().into_iter().map(option).collect::<Vec<_>>()
    });
    let scope = move || shown.chosen(|choice| choice.scope.as_ref().map(ToString::to_string).unwrap_or_default());
    view! {
        <div class="ck__head">
            <Pick label=tr!(i18n, cockpit.scope) options=scopes selected=Signal::derive(scope)
                on_select=move |id: String| shown.choose(|choice| {
                    choice.scope = (!id.is_empty()).then(|| TerritoryId::from(id));
                })/>
            <Pick label=tr!(i18n, cockpit.period) options=periods
                selected=Signal::derive(move || shown.ask.get().period.to_string())
                on_select=move |text: String| shown.choose(|choice| choice.period = Period::parse(&text))/>
            <Pick label=tr!(i18n, cockpit.metric) options=metrics
                selected=Signal::derive(move || shown.ask.get().metric.to_string())
                on_select=move |id: String| shown.choose(|choice| choice.metric = Some(MetricId::from(id)))/>
            <Button small=true icon=IconName::Export label=tr!(i18n, cockpit.print) on_press=|()| sheet::print()/>
            <Fresh shown/>
        </div>
    }
}

/// How fresh it is: the last day with actuals, whose phones have sent everything, and the last sync of this device.
#[component]
fn Fresh(shown: Shown) -> impl IntoView {
    let (i18n, words, centre) = (use_i18n(), Words::get(), SyncCentre::get());
    let people = move || {
        shown.people.with(|people| {
            let people = people.as_ref().ok()?;
            let sent = people.iter().filter(|person| !person.is_provisional()).count();
            let oldest = people.iter().filter_map(|person| person.received).min();
            Some((sent, people.len(), oldest))
        })
    };
    let synced = move || centre.status().and_then(|status| status.last_success_ms);
    view! {
        <p class="denom ck__fresh">
            <span>{move || say!(i18n, cockpit.through, day = words.day(shown.ask.get().through))}</span>
            {move || people().map(|(sent, all, oldest)| view! {
                <span>{say!(i18n, cockpit.phones, n = sent, all = all)}</span>
                {oldest.map(|at| view! { <span>{say!(i18n, cockpit.oldest, at = words.moment(at))}</span> })}
            })}
            {move || synced().map(|at| view! {
                <span>{say!(i18n, cockpit.synced, at = words.moment(at))}</span>
            })}
        </p>
    }
}

/// The figure of the scope with its large twin rule.
#[component]
pub(super) fn Top(
    /// What the panels read.
    shown: Shown,
) -> impl IntoView {
    let (i18n, words, catalog) = (use_i18n(), Words::get(), Catalog::get());
    let progress: Memo<Progress> = Memo::new(move |_| {
        let ask = shown.ask.get();
        let sum = crate::state::cockpit::lines::Sum::of(shown.lines.get().iter());
        sum.progress(shown.state.time(&ask))
    });
    let read = move || progress.get();
    let said = move |amount| amount_said(&shown.ask.get().metric, amount);
    let of = Signal::derive(move || match read().target {
        Some(target) => say!(i18n, progress.of, amount = said(target)),
        None => say!(i18n, progress.no_target),
    });
    let gap = Signal::derive(move || match read().shortfall() {
        None => say!(i18n, progress.no_target),
        Some(amount) if amount.0 > 0 => say!(i18n, progress.short, amount = said(amount)),
        Some(amount) => say!(i18n, progress.ahead, amount = said(-amount)),
    });
    let dash = || "—".to_owned();
    let needed = Signal::derive(move || read().required_daily().map_or_else(dash, said));
    let so_far = Signal::derive(move || {
        let daily = read().daily_so_far();
        daily.map(|amount| say!(i18n, progress.so_far, amount = said(amount))).unwrap_or_default()
    });
    let basis = Signal::derive(move || match catalog.org().map(|org| org.day_basis) {
        Some(DayBasis::Working) => say!(i18n, cockpit.working_days),
        _ => say!(i18n, cockpit.calendar_days),
    });
    let untargeted = move || {
        let sum = crate::state::cockpit::lines::Sum::of(shown.lines.get().iter());
        (sum.untargeted > 0).then(|| say!(i18n, cockpit.untargeted, n = sum.untargeted, all = sum.shops))
    };
    view! {
        <section class="ck__top" aria-label=Signal::derive(move || subject(shown))>
            <div>
                <Figure value=Signal::derive(move || said(read().actual)) of/>
                <ProgressTwin progress=progress.into() size=TwinSize::Lg/>
            </div>
            <Kpis bare=true four=true>
                <Kpi name=tr!(i18n, progress.gap) note=gap><GapDelta progress=progress.into()/></Kpi>
                <Kpi name=tr!(i18n, progress.forecast)
                    value=Signal::derive(move || words.percent(read().forecast_share()))
                    note=Signal::derive(move || read().forecast().map(said).unwrap_or_default())/>
                <Kpi name=tr!(i18n, progress.needed) value=needed note=so_far/>
                <Kpi name=tr!(i18n, cockpit.left)
                    value=Signal::derive(move || say!(i18n, cockpit.days, n = read().time.days_left)) note=basis/>
            </Kpis>
        </section>
        {move || untargeted().map(|text| view! { <Note pad=true text/> })}
    }
}
