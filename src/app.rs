//! The frame: contexts, and which page is shown.

use crate::components::{ToastItem, ToastRegion};
use crate::screens::frame::Frame;
use crate::screens::{Page, download, halted, lazy, shops, sign_in, today};
use crate::state::{
    Account, Catalog, Nav, Performance, Prefs, SyncCentre, Toasts, Visits, Words, Work, nearby::Nearby,
    updates::Updates,
};
use crate::text::I18n;
use leptos::prelude::*;

/// The app.
#[component]
pub fn App() -> impl IntoView {
    let prefs = Prefs::provide();
    I18n::provide(Signal::derive(move || prefs.lang().locale()));
    Toasts::provide();
    Work::provide();
    Nav::provide();
    view! { <Main/> }
}

/// What stands between a start and a page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gate {
    SignIn,
    Halted,
    Download,
    /// Nothing is drawn before it is known who is signed in, and before the unlock code has been given. Once something
    /// is, the lock lies over it instead, so that what was being typed is still there.
    Shut,
    Open,
}

#[component]
fn Main() -> impl IntoView {
    let account = Account::provide();
    let work = Work::get();
    let catalog = Catalog::provide();
    Words::provide();
    Performance::provide();
    Visits::provide();
    SyncCentre::provide();
    Nearby::provide();
    Updates::provide();
    shops::Finder::provide();
    lazy::provide();
    crate::state::sync::listen(work);

    let asked = move || catalog.org().is_some_and(|org| org.unlock_after_min.is_some());
    let locked = Memo::new(move |_| account.is_locked() && asked());
    let gate = Memo::new(move |before| {
        if account.is_looking() {
            Gate::Shut
        } else if !account.is_signed_in() {
            Gate::SignIn
        } else if work.halted().is_some() {
            Gate::Halted
        } else if work.status().is_none_or(|status| !status.ready || !status.complete) {
            Gate::Download
        } else if locked.get() && before != Some(&Gate::Open) {
            Gate::Shut
        } else {
            Gate::Open
        }
    });
    let is_asked = Memo::new(move |_| locked.get() && matches!(gate.get(), Gate::Shut | Gate::Open));
    let toasts = Toasts::get();
    let items = Signal::derive(move || {
        let item = |toast: crate::state::toasts::Toast| ToastItem {
            id: toast.id,
            icon: crate::components::IconName::Check,
            text: toast.text,
            action: None,
        };
        toasts.list().get().into_iter().map(item).collect::<Vec<_>>()
    });
    view! {
        {move || match gate.get() {
            Gate::SignIn => view! { <sign_in::SignIn/> }.into_any(),
            Gate::Halted => view! { <halted::Halted/> }.into_any(),
            Gate::Download => view! { <download::Download/> }.into_any(),
            Gate::Shut => ().into_any(),
            Gate::Open => view! { <Pages/> }.into_any(),
        }}
        {move || is_asked.get().then(|| view! { <lazy::LazyPage page=Page::Lock/> })}
        <ToastRegion items/>
    }
}

#[component]
fn Pages() -> impl IntoView {
    let nav = Nav::get();
    let page = Memo::new(move |_| Page::parse(&nav.path()));
    today::resume_once();
    let account = Account::get();
    let leads = move || account.session().is_some_and(|session| session.role.leads());
    view! {
        <Frame page>
            {move || match page.get() {
                // Whoever leads begins with the cockpit.
                Page::Today if leads() => view! { <lazy::LazyPage page=Page::Cockpit/> }.into_any(),
                Page::Today => view! { <today::Today/> }.into_any(),
                Page::Missing => view! { <halted::Missing/> }.into_any(),
                page => view! { <lazy::LazyPage page/> }.into_any(),
            }}
        </Frame>
    }
}
