//! A new release that waits, on the page a day begins with.

use crate::components::UpdateNotice;
use crate::i18n::use_i18n;
use crate::state::Visits;
use crate::state::updates::Updates;
use crate::text::say;
use leptos::prelude::*;

/// Says that a new release waits; it is never applied during a visit.
#[component]
pub fn UpdateBar() -> impl IntoView {
    let i18n = use_i18n();
    let (updates, visits) = (Updates::get(), Visits::get());
    view! {
        <Show when=move || updates.is_waiting()>
            <UpdateNotice
                text=Signal::derive(move || {
                    if visits.open().is_some() { say!(i18n, update.after_visit) } else { say!(i18n, update.ready) }
                })
                action=Signal::derive(move || {
                    if visits.open().is_some() { String::new() } else { say!(i18n, update.apply) }
                })
                on_apply=move |()| updates.apply()
            />
        </Show>
    }
}
