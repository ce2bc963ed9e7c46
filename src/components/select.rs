//! Native controls that pick: one of many, and a day.

use leptos::prelude::*;

use super::field::unique_id;
use super::icon::{Icon, IconName, IconSize};

/// One of many: a native select with its label.
#[component]
pub fn SelectField(
    /// Its label.
    #[prop(into)]
    label: Signal<String>,
    /// Values and their words, in the order shown.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// The chosen value; one that is not among the options shows nothing.
    #[prop(into)]
    value: Signal<String>,
    /// Runs when another one is chosen.
    #[prop(into)]
    on_change: Callback<String>,
    /// What is wrong. Empty: nothing.
    #[prop(optional, into)]
    error: Signal<String>,
) -> impl IntoView {
    let id = unique_id("select");
    // Read back in the list itself: an option that has just been added can be the chosen one at once.
    let is_chosen = move |key: String| move || *value.read() == key;
    view! {
        <div class="field">
            <label class="field__l" for=id.clone()>{label}</label>
            <span class="field__in field__in--pick" class:field__in--err=move || !error.read().is_empty()>
                <select id=id on:change:target=move |event| on_change.run(event.target().value())>
                    <For
                        each=move || options.get()
                        key=|option| option.clone()
                        children=move |(key, word)| {
                            let chosen = is_chosen(key.clone());
                            view! { <option value=key prop:selected=chosen>{word}</option> }
                        }
                    />
                </select>
                <Icon name=IconName::Chev size=IconSize::S20 />
            </span>
            <Wrong error />
        </div>
    }
}

/// A day: the native control, whose look is the browser's.
#[component]
pub fn DayField(
    /// Its label.
    #[prop(into)]
    label: Signal<String>,
    /// The day as `2026-11-23`.
    #[prop(into)]
    value: Signal<String>,
    /// Runs when another day is chosen; with an empty text when it is cleared.
    #[prop(into)]
    on_change: Callback<String>,
    /// The last day that can be chosen. Empty: any.
    #[prop(optional, into)]
    last: Signal<String>,
    /// What is wrong. Empty: nothing.
    #[prop(optional, into)]
    error: Signal<String>,
) -> impl IntoView {
    let id = unique_id("day");
    view! {
        <div class="field">
            <label class="field__l" for=id.clone()>{label}</label>
            <span class="field__in" class:field__in--err=move || !error.read().is_empty()>
                <input
                    id=id
                    type="date"
                    max=last
                    prop:value=value
                    on:change:target=move |event| on_change.run(event.target().value())
                />
            </span>
            <Wrong error />
        </div>
    }
}

#[component]
fn Wrong(error: Signal<String>) -> impl IntoView {
    view! {
        <span class="field__err" role="alert" hidden=move || error.read().is_empty()>
            <Icon name=IconName::Gap />
            <span>{error}</span>
        </span>
    }
}
