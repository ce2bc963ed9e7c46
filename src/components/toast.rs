//! Toasts: what just happened, with a way to undo it.
//!
//! How long one stays is the caller's; it never leaves while its undo could still be needed by someone who reads slowly
//! (10 s for leaving a shop).

use leptos::prelude::*;

use super::icon::{Icon, IconName};

/// One toast.
#[derive(Debug, Clone)]
pub struct ToastItem {
    /// Unique among the toasts shown.
    pub id: u64,
    /// Its icon.
    pub icon: IconName,
    /// What happened, in the language of the moment.
    pub text: String,
    /// The word of its button and what it does.
    pub action: Option<(String, Callback<()>)>,
}

/// The region of all toasts. Once in the app, always present, so that screen readers hear what comes into it.
#[component]
pub fn ToastRegion(
    /// The toasts, oldest first.
    #[prop(into)]
    items: Signal<Vec<ToastItem>>,
) -> impl IntoView {
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || items.get() key=|item| item.id children=|item| view! { <Toast item /> } />
        </div>
    }
}

#[component]
fn Toast(item: ToastItem) -> impl IntoView {
    view! {
        <div class="toast">
            <Icon name=item.icon />
            <span>{item.text}</span>
            {item
                .action
                .map(|(label, run)| {
                    view! {
                        <button type="button" on:click=move |_| run.run(())>
                            {label}
                        </button>
                    }
                })}
        </div>
    }
}
