//! Storage that cannot be read: take out what can be, or set the damaged part aside. A person chooses; nothing is
//! deleted.

use crate::components::{Button, ButtonKind, IconName, Panel};
use crate::i18n::use_i18n;
use crate::state::Work;
use crate::state::hand_over::HandOver;
use crate::state::keeping::{self, Rescue as State};
use crate::text::{say, tr};
use leptos::prelude::*;

/// The ways forward.
#[component]
pub fn Rescue() -> impl IntoView {
    let (i18n, work, hand_over) = (use_i18n(), Work::get(), HandOver::get());
    let state = RwSignal::new(State::Idle);
    let said = move || match state.get() {
        State::Idle => None,
        State::Working => Some(say!(i18n, device.working)),
        State::Exported => Some(say!(i18n, device.exported)),
        State::Failed(error) => Some(say!(i18n, device.rescue_failed, why = error.to_string())),
    };
    // What was read before the damage is still in memory.
    let in_memory = untrack(|| keeping::has_unsent(work));
    view! {
        <Panel icon=IconName::Info title=tr!(i18n, device.rescue) text=tr!(i18n, device.rescue_text) acts=move || view! {
            <Button icon=IconName::Export label=tr!(i18n, device.export_all)
                on_press=move |()| keeping::export_all(work, state)/>
            <Show when=move || in_memory>
                <Button icon=IconName::Export label=tr!(i18n, device.export_unsent) on_press=move |()| hand_over.export(String::new(), None, |_| ())/>
            </Show>
            <Button kind=ButtonKind::Crit label=tr!(i18n, device.set_aside)
                on_press=move |()| keeping::set_aside(work, state)/>
        }/>
        <p class="denom" aria-live="polite">{said}</p>
    }
}
