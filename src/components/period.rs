//! A shelf about one period, with the ways to the one before and the one after.

use leptos::prelude::*;

use super::button::IconButton;
use super::icon::IconName;

/// A shelf whose heading is a period.
#[component]
pub fn PeriodShelf(
    /// The period in words: its heading (`h2`).
    #[prop(into)]
    title: Signal<String>,
    /// A short note at the right of the heading. Empty: none.
    #[prop(optional, into)]
    note: Signal<String>,
    /// The name of the way back, such as “previous month”.
    #[prop(into)]
    back_label: Signal<String>,
    /// The name of the way on.
    #[prop(into)]
    on_label: Signal<String>,
    /// Runs with −1 for the period before, 1 for the one after.
    #[prop(into)]
    on_step: Callback<i32>,
    /// Whether there is a period after this one to go to.
    #[prop(into)]
    has_next: Signal<bool>,
    /// What hangs from it.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="shelf shelf--tight">
            <div class="shelf__head shelf__head--step">
                <IconButton icon=IconName::Left label=back_label on_press=move |()| on_step.run(-1) />
                <h2 class="shelf__title" aria-live="polite">
                    {title}
                </h2>
                <Show when=move || has_next.get()>
                    <IconButton icon=IconName::Right label=on_label on_press=move |()| on_step.run(1) />
                </Show>
                {move || (!note.read().is_empty()).then(|| view! { <p class="shelf__note">{note}</p> })}
            </div>
            {children()}
        </section>
    }
}
