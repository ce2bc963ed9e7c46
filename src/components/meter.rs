//! Progress and fill: the first download, sending, storage used; steps of a short sequence.

use super::hundredths;
use leptos::prelude::*;

use super::icon::{Icon, IconName};

/// Something long that is under way: what, how far, and a bar.
#[component]
pub fn Load(
    /// What is done, at the left, such as “Records 5/12”.
    #[prop(into)]
    label: Signal<String>,
    /// What is left or comes next, at the right. Empty: none.
    #[prop(optional, into)]
    note: Signal<String>,
    /// How much is done. `None`: unknown.
    #[prop(into)]
    done: Signal<Option<f64>>,
    /// Of how much.
    #[prop(into)]
    of: Signal<f64>,
) -> impl IntoView {
    view! {
        <div class="load">
            <p class="load__t">
                <span>{label}</span>
                <span>{note}</span>
            </p>
            <progress
                aria-label=label
                max=move || hundredths(of.get().max(0.01))
                value=move || done.get().map(hundredths)
            ></progress>
        </div>
    }
}

/// How full something is.
#[component]
pub fn Meter(
    /// How much is used, at the left.
    #[prop(into)]
    label: Signal<String>,
    /// How much is free, at the right. Empty: none.
    #[prop(optional, into)]
    note: Signal<String>,
    /// Used, in any unit.
    #[prop(into)]
    value: Signal<f64>,
    /// The whole, in the same unit.
    #[prop(into)]
    max: Signal<f64>,
) -> impl IntoView {
    view! {
        <div class="load">
            <p class="load__t">
                <span>{label}</span>
                <span>{note}</span>
            </p>
            <meter
                aria-label=label
                min="0"
                max=move || hundredths(max.get().max(0.01))
                value=move || hundredths(value.get())
            ></meter>
        </div>
    }
}

/// Where a short sequence stands.
#[component]
pub fn Steps(
    /// The steps' words, in order.
    steps: Vec<Signal<String>>,
    /// Which one is current, from 0.
    #[prop(into)]
    current: Signal<usize>,
    /// The sequence's name for screen readers.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    let items = steps
        .into_iter()
        .enumerate()
        .map(|(at, step)| {
            view! {
                <li class:is-done=move || at < current.get() aria-current=move || (at == current.get()).then_some("step")>
                    {move || (at < current.get()).then(|| view! { <Icon name=IconName::Check /> })} {step}
                </li>
            }
        })
        .collect_view();
    view! {
        <ol class="steps steps--flush" aria-label=label>
            {items}
        </ol>
    }
}
