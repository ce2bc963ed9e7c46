//! One of many: a native list that looks like a button.

use leptos::prelude::*;

use super::icon::{Icon, IconName, IconSize};

/// One option of a [`Pick`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickOption {
    /// What is handed back; unique in the list.
    pub value: String,
    /// Its words.
    pub label: String,
}

/// A native list of options.
#[component]
pub fn Pick(
    /// What is chosen here, for screen readers.
    #[prop(into)]
    label: Signal<String>,
    /// The options.
    #[prop(into)]
    options: Signal<Vec<PickOption>>,
    /// The value of the chosen one.
    #[prop(into)]
    selected: Signal<String>,
    /// Runs when another one is chosen.
    #[prop(into)]
    on_select: Callback<String>,
    /// Words in front of the chosen one, such as “Rounded to”. Empty: none.
    #[prop(optional, into)]
    lead: Signal<String>,
) -> impl IntoView {
    // Read back in the list itself: an option that has just been added can be the selected one at once.
    let is_selected = move |value: String| move || selected.read() == value;
    view! {
        <label class="pick">
            <span class="vh">{label}</span>
            {move || (!lead.read().is_empty()).then(|| view! { <span aria-hidden="true">{lead}</span> })}
            <select on:change:target=move |event| on_select.run(event.target().value())>
                <For
                    each=move || options.get()
                    key=|option| (option.value.clone(), option.label.clone())
                    children=move |PickOption { value, label }| {
                        let chosen = is_selected(value.clone());
                        view! { <option value=value prop:selected=chosen>{label}</option> }
                    }
                />
            </select>
            <Icon name=IconName::Chev size=IconSize::S16 />
        </label>
    }
}
