//! Progress figures as screens show them: the large twin rule of a screen, and the small one of a row.

use crate::components::{Band, Delta, Figure, Kpi, Kpis, Twin, TwinSize};
use crate::i18n::use_i18n;
use crate::state::Words;
use crate::text::{say, tr};
use aisle_domain::progress::{self, Progress};
use leptos::prelude::*;

/// The band of a progress, for the widgets.
pub fn band(progress: &Progress) -> Band {
    match progress.band() {
        Some(progress::Band::Ahead) => Band::Ahead,
        Some(progress::Band::Behind) => Band::Behind,
        Some(progress::Band::Critical) => Band::Crit,
        Some(progress::Band::Even) | None => Band::Even,
    }
}

fn percent(share: Option<f64>) -> Option<f64> {
    share.map(|share| share * 100.0)
}

/// One sentence that says what a twin rule shows.
fn sentence(progress: &Progress) -> String {
    let (i18n, words) = (use_i18n(), Words::get());
    let time = words.percent(progress.time_gone());
    match progress.pacing_gap_pp() {
        None => say!(i18n, progress.no_target_sentence, time = time),
        Some(gap) => {
            let achieved = words.percent(progress.achievement());
            say!(i18n, progress.sentence, time = time, achieved = achieved, gap = words.points(gap))
        }
    }
}

/// The twin rule of a progress.
#[component]
pub fn ProgressTwin(
    /// What it shows.
    progress: Signal<Progress>,
    /// How large. The large one has ticks for the days that count, as long as a phone has room for them.
    size: TwinSize,
) -> impl IntoView {
    let (i18n, words) = (use_i18n(), Words::get());
    let large = size == TwinSize::Lg;
    let value_label = Signal::derive(move || match progress.get().achievement() {
        Some(share) if large => say!(i18n, progress.achieved, share = words.percent(Some(share))),
        _ => String::new(),
    });
    let days = Signal::derive(move || match progress.get().time.days() {
        days if large && days <= 31 => days,
        _ => u32::from(large),
    });
    let now_label = Signal::derive(move || match progress.get().time_gone() {
        Some(share) if large => say!(i18n, progress.time, share = words.percent(Some(share))),
        _ => String::new(),
    });
    view! {
        <Twin
            reference=Signal::derive(move || percent(progress.get().time_gone()))
            actual=Signal::derive(move || percent(progress.get().achievement()))
            label=Signal::derive(move || sentence(&progress.get()))
            size
            days
            days_gone=Signal::derive(move || progress.get().time.days_elapsed)
            value_label
            now_label
        />
    }
}

/// The pacing gap with its mark, or a dash.
#[component]
pub fn GapDelta(
    /// What it reads.
    progress: Signal<Progress>,
) -> impl IntoView {
    let (i18n, words) = (use_i18n(), Words::get());
    let text = Signal::derive(move || match progress.get().pacing_gap_pp() {
        Some(gap) => say!(i18n, progress.points, n = words.points(gap)),
        None => "—".to_owned(),
    });
    view! { <Delta band=Signal::derive(move || band(&progress.get())) text/> }
}

/// Short or ahead by so much, in words.
pub fn shortfall_said(progress: &Progress) -> String {
    let (i18n, words) = (use_i18n(), Words::get());
    match progress.shortfall() {
        None => say!(i18n, progress.no_target),
        Some(amount) if amount.0 > 0 => say!(i18n, progress.short, amount = words.money(amount)),
        Some(amount) => say!(i18n, progress.ahead, amount = words.money(-amount)),
    }
}

/// The figures of one period: amount of target, twin rule, gap, forecast, needed a day.
#[component]
pub fn Hero(
    /// What it shows.
    progress: Signal<Progress>,
) -> impl IntoView {
    let (i18n, words) = (use_i18n(), Words::get());
    let read = move || progress.get();
    let of = Signal::derive(move || match read().target {
        Some(target) => say!(i18n, progress.of, amount = words.money(target)),
        None => say!(i18n, progress.no_target),
    });
    let forecast_note = Signal::derive(move || read().forecast().map(|f| words.money(f)).unwrap_or_default());
    let needed = Signal::derive(move || read().required_daily().map_or_else(|| "—".to_owned(), |n| words.money(n)));
    let needed_note = Signal::derive(move || match read().daily_so_far() {
        Some(amount) => say!(i18n, progress.so_far, amount = words.money(amount)),
        None => String::new(),
    });
    view! {
        <Figure value=Signal::derive(move || words.money(read().actual)) of/>
        <ProgressTwin progress size=TwinSize::Lg/>
        <Kpis bare=true>
            <Kpi name=tr!(i18n, progress.gap) note=Signal::derive(move || shortfall_said(&read()))>
                <GapDelta progress/>
            </Kpi>
            <Kpi
                name=tr!(i18n, progress.forecast)
                value=Signal::derive(move || words.percent(read().forecast_share()))
                note=forecast_note
            />
            <Kpi name=tr!(i18n, progress.needed) value=needed note=needed_note/>
        </Kpis>
    }
}

/// One line of progress: name, amounts, gap, and the middle twin rule under it.
#[component]
pub fn ProgressLine(
    /// What it is the progress of.
    #[prop(into)]
    name: Signal<String>,
    /// What it shows.
    progress: Signal<Progress>,
) -> impl IntoView {
    let words = Words::get();
    let amounts = move || {
        let read = progress.get();
        let target = read.target.map_or_else(|| "—".to_owned(), |target| words.money(target));
        view! { <b>{words.money(read.actual)}</b>" / "{target} }
    };
    view! {
        <div class="pline">
            <p class="pline__t">
                <span class="pline__n">{name}</span>
                <span class="num">{amounts}</span>
                <GapDelta progress/>
            </p>
            <ProgressTwin progress size=TwinSize::Md/>
        </div>
    }
}
