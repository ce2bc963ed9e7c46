//! Where the whole stands: the figure, the twin rule, and the small figures, each of which says why.

use crate::components::{Figure, KpiButton, Kpis, TwinSize};
use crate::i18n::use_i18n;
use crate::screens::figures::{amount_said, dash_said, name_of, value_said};
use crate::screens::progress::{GapDelta, ProgressTwin};
use crate::state::Words;
use crate::text::{say, tr};
use aisle_domain::MetricId;
use aisle_domain::figures::{self, FigureKind, Standing};
use aisle_domain::progress::Progress;
use leptos::prelude::*;

/// One figure of a standing.
pub fn figure_of(standing: &Standing, kind: FigureKind) -> Option<figures::Figure> {
    standing.figures().into_iter().find(|figure| figure.kind == kind)
}

/// The figures of a standing.
#[component]
pub fn StandingHero(
    /// Where it stands.
    #[prop(into)]
    standing: Signal<Standing>,
    /// What is counted.
    #[prop(into)]
    metric: Signal<MetricId>,
    /// Which figure is asked why.
    asked: RwSignal<Option<FigureKind>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let progress: Signal<Progress> = Signal::derive(move || standing.read().progress());
    let of = Signal::derive(move || match standing.read().target {
        Some(target) => say!(i18n, targets.of, amount = amount_said(&metric.read(), target)),
        None => say!(i18n, progress.no_target),
    });
    view! {
        <Figure value=Signal::derive(move || amount_said(&metric.read(), standing.read().actual)) of/>
        <ProgressTwin progress size=TwinSize::Lg/>
        <Kpis bare=true>
            <KpiButton name=tr!(i18n, progress.gap) note=short(standing, metric)
                on_press=move |()| asked.set(Some(FigureKind::PacingGap))>
                <GapDelta progress/>
            </KpiButton>
            <Ask kind=FigureKind::ForecastRate opens=FigureKind::Forecast standing metric asked/>
            <Ask kind=FigureKind::RequiredDaily opens=FigureKind::RequiredDaily standing metric asked/>
        </Kpis>
        <Kpis four=true>
            <Ask kind=FigureKind::Achievement opens=FigureKind::Achievement standing metric asked/>
            <Ask kind=FigureKind::TimeGone opens=FigureKind::TimeGone standing metric asked/>
            <Ask kind=FigureKind::VsLastYear opens=FigureKind::VsLastYear standing metric asked/>
            <Ask kind=FigureKind::VsLastPeriod opens=FigureKind::VsLastPeriod standing metric asked/>
        </Kpis>
    }
}

/// How much it is short or ahead, in the metric's unit.
fn short(standing: Signal<Standing>, metric: Signal<MetricId>) -> Signal<String> {
    let i18n = use_i18n();
    Signal::derive(move || match standing.read().progress().shortfall() {
        None => say!(i18n, progress.no_target),
        Some(amount) if amount.0 > 0 => say!(i18n, progress.short, amount = amount_said(&metric.read(), amount)),
        Some(amount) => say!(i18n, progress.ahead, amount = amount_said(&metric.read(), -amount)),
    })
}

/// One small figure that says why when it is pressed.
#[component]
fn Ask(
    kind: FigureKind,
    opens: FigureKind,
    standing: Signal<Standing>,
    metric: Signal<MetricId>,
    asked: RwSignal<Option<FigureKind>>,
) -> impl IntoView {
    let name = if opens == FigureKind::Forecast { opens } else { kind };
    let value = Signal::derive(move || {
        let figure = figure_of(&standing.read(), kind);
        figure.map(|figure| value_said(&figure, &metric.read())).unwrap_or_default()
    });
    view! {
        <KpiButton
            name=Signal::derive(move || name_of(name))
            value
            note=Signal::derive(move || note_of(kind, &standing.read(), &metric.read()))
            on_press=move |()| asked.set(Some(opens))
        />
    }
}

/// The line under a small figure.
fn note_of(kind: FigureKind, standing: &Standing, metric: &MetricId) -> String {
    let (i18n, words) = (use_i18n(), Words::get());
    if let Some(dash) = figure_of(standing, kind).and_then(|figure| figure.value.err()) {
        return dash_said(dash);
    }
    let time = standing.time;
    match kind {
        FigureKind::ForecastRate => standing.forecast().amount().map(|amount| amount_said(metric, amount)),
        FigureKind::RequiredDaily => Some(match standing.daily_so_far().amount() {
            Some(daily) => say!(i18n, targets.left, n = time.days_left, amount = amount_said(metric, daily)),
            None => say!(i18n, targets.days_left, n = time.days_left),
        }),
        FigureKind::Achievement => standing
            .target
            .map(|target| format!("{} ÷ {}", amount_said(metric, standing.actual), amount_said(metric, target))),
        FigureKind::TimeGone => {
            Some(format!("{} ÷ {}", words.whole(time.days_elapsed.into()), words.whole(time.days().into())))
        }
        FigureKind::VsLastYear => {
            standing.last_year.map(|a| say!(i18n, targets.last_year_note, amount = amount_said(metric, a)))
        }
        FigureKind::VsLastPeriod => {
            standing.last_period.map(|a| say!(i18n, targets.last_period_note, amount = amount_said(metric, a)))
        }
        _ => None,
    }
    .unwrap_or_default()
}
