//! When records cannot be used: what happened, where the data is, what to do.

use super::Page;
use super::frame::{Chip, Tabs};
use super::lazy::LazyPart;
use crate::components::{Bar, Button, ButtonKind, Dock, Empty, IconName, LinkButton, Panel, PanelKind};
use crate::i18n::use_i18n;
use crate::state::sync::StoreError;
use crate::state::updates::{self, Updates};
use crate::state::{Work, keeping};
use crate::text::{say, tr};
use leptos::prelude::*;

/// Storage cannot be used.
#[component]
pub fn Halted() -> impl IntoView {
    let i18n = use_i18n();
    let work = Work::get();
    let error = move || work.halted();
    let title = Signal::derive(move || match error() {
        Some(StoreError::Blocked) => say!(i18n, device.blocked_title),
        Some(StoreError::Outdated) => say!(i18n, halted.reload_title),
        Some(StoreError::Unavailable(_)) => say!(i18n, halted.private_title),
        _ => say!(i18n, halted.broken_title),
    });
    let text = Signal::derive(move || match error() {
        Some(StoreError::Blocked) => say!(i18n, device.blocked_text),
        Some(StoreError::Outdated) => say!(i18n, halted.reload_text),
        Some(StoreError::Unavailable(_)) => say!(i18n, halted.private_text),
        Some(other) => say!(i18n, halted.broken_text, why = other.to_string()),
        None => String::new(),
    });
    let mendable = move || error().as_ref().is_some_and(keeping::can_be_mended);
    // The release that the other window runs may be here already, waiting for a word.
    let releases = Updates::get();
    let reload = move |()| if releases.is_waiting() { releases.apply() } else { updates::reload() };
    view! {
        <div class="app">
            <main class="app__main login" id="main">
                <h1 class="login__title">"Aisle 巡店"</h1>
                <Panel kind=PanelKind::Gap icon=IconName::Gap title text alert=true>
                    <Button kind=ButtonKind::Primary label=tr!(i18n, halted.reload) on_press=reload/>
                </Panel>
                <Show when=mendable><LazyPart page=Page::Rescue/></Show>
            </main>
        </div>
    }
}

/// No such page.
#[component]
pub fn Missing() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="app">
            <Bar title="Aisle 巡店"><Chip/></Bar>
            <main class="app__main" id="main">
                <Empty title=tr!(i18n, halted.no_page) text=tr!(i18n, halted.no_page_text)>
                    <LinkButton label=tr!(i18n, today.title) href=Page::Today.path()/>
                </Empty>
            </main>
            <Dock label=tr!(i18n, frame.actions) tabs=|| view! { <Tabs current=Page::Missing/> }/>
        </div>
    }
}
