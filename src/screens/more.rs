//! 更多: the sync centre, language, theme, installation, storage, about, signing out.

use super::Page;
use super::frame::{Chip, Tabs};
use super::sign_in::LanguageChoice;
use crate::components::{
    Bar, Button, Choice, Dock, Fact, Facts, IconName, LinkButton, Note, Panel, PanelKind, Row, Segmented, Shelf,
    UpdateNotice,
};
use crate::i18n::use_i18n;
use crate::state::account::SignOut;
use crate::state::storage_use::StorageUse;
use crate::state::updates::{self, Updates};
use crate::state::{Account, Catalog, Prefs, SyncCentre, TextSize, Theme, Visits, Words};
use crate::text::{say, tr};
use aisle_domain::org::Role;
use leptos::prelude::*;

/// Settings.
#[component]
pub fn More() -> impl IntoView {
    let i18n = use_i18n();
    let (account, catalog, centre, words) = (Account::get(), Catalog::get(), SyncCentre::get(), Words::get());
    let org = move || catalog.org().map(|org| org.name.clone()).unwrap_or_default();
    let subtitle = Signal::derive(move || match account.session() {
        Some(session) => format!("{} · {} · {}", session.name, role_said(session.role), org()),
        None => String::new(),
    });
    let sync_said = Signal::derive(move || {
        let last = centre.status().and_then(|status| status.last_success_ms);
        let at = last.map_or_else(|| "—".to_owned(), |at| words.moment(at));
        say!(i18n, more.sync_said, n = centre.waiting(), at = at)
    });
    let refused = RwSignal::new(false);
    let sign_out = move |()| refused.set(account.sign_out(say!(i18n, more.unsent)) == SignOut::Unsent);
    view! {
        <div class="app">
            <Bar title=tr!(i18n, more.title) subtitle><Chip/></Bar>
            <main class="app__main" id="main">
                <Shelf first=true title=tr!(i18n, more.phone)>
                    <Row icon=IconName::Sync title=tr!(i18n, sync.title) meta=sync_said light=true href=Page::Sync.path()/>
                    <Show when=move || account.session().is_some_and(|s| matches!(s.role, Role::Manager | Role::Admin))>
                        <Row icon=IconName::Import title=tr!(i18n, import.title) meta=tr!(i18n, import.meta) light=true
                            href=Page::Import.path()/>
                    </Show>
                    <Storage/>
                </Shelf>
                <Display/>
                <Release/>
                <About/>
                <Shelf title=tr!(i18n, more.account)>
                    <Button label=tr!(i18n, more.sign_out) block=true on_press=sign_out/>
                    <Note icon=IconName::Info text=tr!(i18n, more.sign_out_text)/>
                    <Show when=move || refused.get()>
                        <Panel kind=PanelKind::Gap icon=IconName::SPhone
                            title=tr!(i18n, more.unsent) text=tr!(i18n, device.leave_text)
                            acts=move || view! {
                                <LinkButton label=tr!(i18n, sync.title) href=Page::Sync.path()/>
                                <Button label=tr!(i18n, device.leave) on_press=move |()| account.leave()/>
                            }
                        />
                    </Show>
                </Shelf>
            </main>
            <Dock label=tr!(i18n, frame.actions) tabs=|| view! { <Tabs current=Page::More/> }/>
        </div>
    }
}

/// A role in the person's language.
fn role_said(role: Role) -> String {
    let i18n = use_i18n();
    match role {
        Role::Rep => say!(i18n, role.rep),
        Role::Auditor => say!(i18n, role.auditor),
        Role::Supervisor => say!(i18n, role.supervisor),
        Role::Manager => say!(i18n, role.manager),
        Role::Admin => say!(i18n, role.admin),
    }
}

#[component]
fn Storage() -> impl IntoView {
    let (i18n, words) = (use_i18n(), Words::get());
    let storage = StorageUse::read();
    let used = Signal::derive(move || match storage.get().bytes {
        Some((used, quota)) => say!(i18n, more.used_of, used = words.bytes(used), quota = words.bytes(quota)),
        None => say!(i18n, sync.used_unknown),
    });
    let kept = Signal::derive(move || match storage.get().persisted {
        Some(true) => say!(i18n, sync.persisted),
        Some(false) => say!(i18n, sync.not_persisted),
        None => String::new(),
    });
    let may_ask = move || storage.get().persisted == Some(false);
    view! {
        <Row icon=IconName::SPhone title=tr!(i18n, more.storage) meta=used light=true/>
        <Row icon=IconName::Lock title=tr!(i18n, sync.kept) meta=kept light=true end=move || view! {
            <Show when=may_ask>
                <Button small=true label=tr!(i18n, more.ask_to_keep)
                    on_press=move |()| StorageUse::ask_to_keep(storage)/>
            </Show>
        }/>
    }
}

#[component]
fn Display() -> impl IntoView {
    let (i18n, prefs) = (use_i18n(), Prefs::get());
    let themes = vec![
        Choice::new(Theme::System, tr!(i18n, more.theme_system)),
        Choice::new(Theme::Light, tr!(i18n, more.theme_light)),
        Choice::new(Theme::Dark, tr!(i18n, more.theme_dark)),
        Choice::new(Theme::Sun, tr!(i18n, more.theme_sun)),
    ];
    let sizes = vec![
        Choice::new(TextSize::Standard, tr!(i18n, more.text_standard)),
        Choice::new(TextSize::L, tr!(i18n, more.text_large)),
        Choice::new(TextSize::Xl, tr!(i18n, more.text_xl)),
    ];
    view! {
        <Shelf title=tr!(i18n, more.display)>
            <LanguageChoice/>
            <Segmented options=themes selected=Signal::derive(move || prefs.theme())
                on_select=move |theme| prefs.set_theme(theme) legend=tr!(i18n, more.theme) note=tr!(i18n, more.sun_note)/>
            <Segmented options=sizes selected=Signal::derive(move || prefs.text())
                on_select=move |size| prefs.set_text(size) legend=tr!(i18n, more.text)/>
        </Shelf>
    }
}

/// Installing the app, and new releases of it.
#[component]
fn Release() -> impl IntoView {
    let (i18n, releases, visits) = (use_i18n(), Updates::get(), Visits::get());
    let install_said = Signal::derive(move || {
        if releases.is_installed() {
            say!(i18n, more.installed)
        } else if releases.can_install() {
            say!(i18n, more.can_install)
        } else {
            say!(i18n, more.install_how)
        }
    });
    let busy = move || visits.open().is_some();
    view! {
        <Shelf title=tr!(i18n, more.app)>
            <Row icon=IconName::Update title=tr!(i18n, more.install) meta=install_said light=true end=move || view! {
                <Show when=move || releases.can_install()>
                    <Button small=true label=tr!(i18n, more.install_now) on_press=move |()| releases.install()/>
                </Show>
            }/>
            <Show when=move || releases.is_waiting()>
                <UpdateNotice
                    text=Signal::derive(move || if busy() { say!(i18n, update.after_visit) } else { say!(i18n, update.ready) })
                    action=Signal::derive(move || if busy() { String::new() } else { say!(i18n, update.apply) })
                    on_apply=move |()| releases.apply()
                />
            </Show>
            <Button label=tr!(i18n, more.check_update) block=true on_press=move |()| releases.check()/>
        </Shelf>
    }
}

#[component]
fn About() -> impl IntoView {
    let (i18n, words, catalog) = (use_i18n(), Words::get(), Catalog::get());
    let demo = Signal::derive(move || {
        let note = catalog.org().and_then(|org| org.demo.clone());
        note.map(|n| say!(i18n, today.demo, weeks = n.shifted_weeks, source = n.source)).unwrap_or_default()
    });
    let through = Signal::derive(move || {
        let day = catalog.org().and_then(|org| org.data_through);
        day.map_or_else(|| "—".to_owned(), |day| words.day_full(day))
    });
    let currency = Signal::derive(move || catalog.currency().map(|c| c.code).unwrap_or_default());
    view! {
        <Shelf title=tr!(i18n, more.about)>
            <Facts>
                <Fact term=tr!(i18n, more.version) value=updates::VERSION/>
                <Fact term=tr!(i18n, more.data_through) value=through/>
                <Fact term=tr!(i18n, more.currency) value=currency/>
                <Fact term=tr!(i18n, more.licence) value="MIT OR Apache-2.0"/>
            </Facts>
            <Note icon=IconName::Info text=demo/>
        </Shelf>
    }
}
