//! A sheet: a native modal dialog that rises from the bottom.
//!
//! The browser does the rest: the page behind is inert, focus starts on the title and goes back to where it was, Esc closes.
//! Tapping beside it does nothing, so that a stray touch loses no input.

use leptos::{html, prelude::*};

use super::field::unique_id;

/// A modal sheet.
#[component]
pub fn Sheet(
    /// Whether it is open. Esc and closing set it to `false`.
    open: RwSignal<bool>,
    /// Its heading.
    #[prop(into)]
    title: Signal<String>,
    /// A line under it. Empty: none.
    #[prop(optional, into)]
    subtitle: Signal<String>,
    /// Runs after it closed, however that happened.
    #[prop(optional, into)]
    on_close: Option<Callback<()>>,
    /// Buttons at the foot, the primary last.
    #[prop(optional, into)]
    acts: Option<ViewFn>,
    /// What it holds; made anew each time it opens.
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let title_id = unique_id("sheet");
    let labelled_by = title_id.clone();
    let children = StoredValue::new(children);
    let acts = StoredValue::new(acts);

    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match (open.get(), dialog.open()) {
            (true, false) => {
                if let Err(error) = dialog.show_modal() {
                    // Only possible while the element leaves the page; then there is nothing to show.
                    leptos::logging::warn!("the sheet could not open: {error:?}");
                    open.set(false);
                }
            }
            (false, true) => dialog.close(),
            (true, true) | (false, false) => {}
        }
    });
    let closed = move |_| {
        open.set(false);
        if let Some(on_close) = on_close {
            on_close.run(());
        }
    };
    view! {
        <dialog class="sheet" node_ref=dialog aria-labelledby=labelled_by on:close=closed>
            <h2 class="sheet__title" id=title_id tabindex="-1" autofocus>
                {title}
            </h2>
            {move || (!subtitle.read().is_empty()).then(|| view! { <p class="sheet__sub">{subtitle}</p> })}
            <Show when=move || open.get()>
                <div class="sheet__body">{children.with_value(|children| children())}</div>
                {acts
                    .with_value(|acts| {
                        acts.as_ref().map(|acts| view! { <div class="sheet__acts">{acts.run()}</div> })
                    })}
            </Show>
        </dialog>
    }
}
