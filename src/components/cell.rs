//! A cell of a table in which amounts are given: typed, reverted, locked, left by the keyboard.

use leptos::prelude::*;

/// What a key in a cell asks for, beside typing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKey {
    /// To the cell above.
    Up,
    /// To the cell below.
    Down,
    /// Lock the row, or unlock it.
    Lock,
}

/// An amount that can be given.
#[component]
pub fn AmountCell(
    /// The input's id, for moving the focus.
    id: String,
    /// The amount as it stands, formatted.
    #[prop(into)]
    value: Signal<String>,
    /// Whose amount it is, for screen readers.
    #[prop(into)]
    label: Signal<String>,
    /// A short unit in front, such as “¥”. Empty: none.
    #[prop(optional, into)]
    unit: Signal<String>,
    /// Cannot be changed.
    #[prop(into)]
    locked: Signal<bool>,
    /// What would be added, in a preview. Empty: nothing.
    #[prop(optional, into)]
    plus: Signal<String>,
    /// What was typed is no amount.
    #[prop(optional, into)]
    wrong: Signal<bool>,
    /// Runs when typing ends (Enter, an arrow, leaving the cell) and the text differs.
    #[prop(into)]
    on_commit: Callback<String>,
    /// Runs for keys that lead elsewhere.
    #[prop(into)]
    on_key: Callback<CellKey>,
) -> impl IntoView {
    let input = NodeRef::<leptos::html::Input>::new();
    let typed = move || input.get_untracked().map(|input| input.value()).unwrap_or_default();
    let commit = move || {
        let text = typed();
        if text.trim() != value.get_untracked().trim() {
            on_commit.run(text);
        }
    };
    let pressed = move |event: leptos::ev::KeyboardEvent| {
        let with = event.ctrl_key() || event.meta_key();
        match event.key().as_str() {
            // What is being typed has its own undo; what is committed, the page's.
            "z" | "Z" if with && typed() != value.get_untracked() => event.stop_propagation(),
            _ if with || event.alt_key() => {}
            "Enter" | "ArrowDown" => {
                event.prevent_default();
                commit();
                on_key.run(CellKey::Down);
            }
            "ArrowUp" => {
                event.prevent_default();
                commit();
                on_key.run(CellKey::Up);
            }
            "Escape" => {
                if let Some(input) = input.get_untracked() {
                    input.set_value(&value.get_untracked());
                    input.select();
                }
            }
            // Amounts hold no letters, so one can be a key.
            "l" | "L" => {
                event.prevent_default();
                on_key.run(CellKey::Lock);
            }
            _ => {}
        }
    };
    view! {
        <span
            class="cell"
            class:cell--locked=locked
            class:cell--plus=move || !plus.read().is_empty()
            class:cell--wrong=wrong
        >
            {move || (!unit.read().is_empty()).then(|| view! { <span class="cell__u" aria-hidden="true">{unit}</span> })}
            {move || (!plus.read().is_empty()).then(|| view! { <span class="cell__plus">{plus}</span> })}
            <input
                node_ref=input
                id=id
                type="text"
                inputmode="decimal"
                autocomplete="off"
                aria-label=label
                aria-invalid=move || wrong.get().then_some("true")
                readonly=locked
                prop:value=value
                on:keydown=pressed
                on:focus=move |_| {
                    if let Some(input) = input.get_untracked() {
                        input.select();
                    }
                }
                on:change=move |_| commit()
            />
        </span>
    }
}
