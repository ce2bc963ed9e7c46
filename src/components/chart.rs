//! Small charts that stand beside their numbers: a bar of a funnel, an interval on a line from nought to all.

use leptos::prelude::*;

/// One bar of a funnel: name, bar, number, and what it is of.
#[component]
pub fn FunnelBar(
    /// What is counted.
    #[prop(into)]
    name: Signal<String>,
    /// Length of the bar, percent of the first one.
    #[prop(into)]
    percent: Signal<f64>,
    /// What may still come, percent of the first bar; striped behind the bar.
    #[prop(optional, into)]
    late: Signal<f64>,
    /// The number.
    #[prop(into)]
    value: Signal<String>,
    /// What it is of, such as “85.0% of planned”. Empty: none.
    #[prop(optional, into)]
    note: Signal<String>,
    /// The first one, which the others are measured by.
    #[prop(optional)]
    whole: bool,
) -> impl IntoView {
    let length = |percent: f64| format!("{:.2}", percent.clamp(0.0, 100.0));
    view! {
        <div class="fun__r" class:fun__r--whole=whole>
            <span>{name}</span>
            <span
                class="fun__b"
                aria-hidden="true"
                style=("--len", move || length(percent.get()))
                style=("--late", move || length(late.get()))
            >
                <i></i>
                <em></em>
            </span>
            <b class="num">{value}</b>
            <span class="mut">{note}</span>
        </div>
    }
}

/// A rate with its interval.
#[component]
pub fn Interval(
    /// The rate, percent.
    #[prop(into)]
    at: Signal<f64>,
    /// Low end, percent.
    #[prop(into)]
    low: Signal<f64>,
    /// High end, percent.
    #[prop(into)]
    high: Signal<f64>,
    /// The whole reading as a sentence.
    #[prop(into)]
    label: Signal<String>,
    /// Few were looked at: drawn grey.
    #[prop(optional, into)]
    few: Signal<bool>,
) -> impl IntoView {
    let part = |percent: f64| format!("{:.2}", percent.clamp(0.0, 100.0));
    view! {
        <span
            class="ci"
            class:ci--few=few
            role="img"
            aria-label=label
            style=("--at", move || part(at.get()))
            style=("--low", move || part(low.get()))
            style=("--wide", move || part(high.get() - low.get()))
        >
            <i></i>
            <b></b>
        </span>
    }
}
