//! Long lists in pages: so many rows at first, and a button that shows more and says of how many. What is sorted, searched,
//! counted and exported is always all of them.

use crate::components::{Icon, IconName, IconSize};
use crate::i18n::use_i18n;
use crate::state::nav::focus_soon;
use crate::text::tr;
use leptos::prelude::*;

/// Rows that one press shows more.
pub const PAGE: usize = 50;

/// The button below a list; nothing once everything is shown. A press leads the focus to the first of the new rows, so that
/// reading on by keyboard goes on there.
#[component]
pub fn More(
    /// Rows that are asked for.
    most: RwSignal<usize>,
    /// Rows there are.
    #[prop(into)]
    all: Signal<usize>,
    /// The id of the element in a row, by its place, that takes the focus.
    row: impl Fn(usize) -> String + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let i18n = use_i18n();
    let left = move || all.get().saturating_sub(most.get());
    let next = Signal::derive(move || left().min(PAGE));
    let press = move |_| {
        let first = most.get_untracked();
        most.set(first + PAGE);
        focus_soon(row(first));
    };
    view! {
        <Show when=move || { left() > 0 }>
            <p class="paging noprint">
                <button class="lnk" type="button" on:click=press>
                    {tr!(i18n, paging.more, n = next.get())}
                    <Icon name=IconName::Chev size=IconSize::S16/>
                </button>
                <span class="mut">{tr!(i18n, paging.of, n = most.get(), all = all.get())}</span>
            </p>
        </Show>
    }
}
