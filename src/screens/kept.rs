//! What this phone keeps: storage, persistence, pictures that could go, the age of unsent work.

use crate::components::{Button, IconName, Meter, Panel, PanelKind, Row, Shelf};
use crate::i18n::use_i18n;
use crate::state::keeping;
use crate::state::storage_use::StorageUse;
use crate::state::updates::Updates;
use crate::state::{Catalog, Words, Work};
use crate::text::{say, tr};
use leptos::prelude::*;

/// Storage, persistence, and what reference data this phone holds.
#[component]
pub fn ThisPhone() -> impl IntoView {
    let (i18n, words, catalog) = (use_i18n(), Words::get(), Catalog::get());
    let storage = StorageUse::read();
    let used = Signal::derive(move || storage.get().bytes.map_or(0.0, |(used, _)| used as f64));
    let quota = Signal::derive(move || storage.get().bytes.map_or(1.0, |(_, quota)| quota as f64));
    let said = Signal::derive(move || match storage.get().bytes {
        Some((used, _)) => say!(i18n, sync.used, n = words.bytes(used)),
        None => say!(i18n, sync.used_unknown),
    });
    let free = Signal::derive(move || match storage.get().bytes {
        Some((used, quota)) => say!(i18n, sync.free, n = words.bytes(quota.saturating_sub(used))),
        None => String::new(),
    });
    let kept = Signal::derive(move || match storage.get().persisted {
        Some(true) => say!(i18n, sync.persisted),
        Some(false) => say!(i18n, sync.not_persisted),
        None => String::new(),
    });
    let checklist = move || catalog.checklist().map_or(0, |(_, template)| template.version);
    let data = Signal::derive(move || {
        let (shops, products) = (catalog.shops().len(), catalog.products().len());
        say!(i18n, sync.reference, shops = shops, products = products, version = checklist())
    });
    let (work, releases) = (Work::get(), Updates::get());
    let oldest = move || keeping::oldest_unsent(work);
    let waits = Signal::derive(move || oldest().map_or_else(|| say!(i18n, sync.all_sent), |at| words.moment(at)));
    let old = move || oldest().filter(|at| keeping::is_old(*at));
    let warning = Signal::derive(move || match storage.get().persisted {
        Some(false) => say!(i18n, device.old_not_kept),
        _ => say!(i18n, device.old_text),
    });
    let may_ask = move || storage.get().persisted == Some(false);
    let may_install = move || may_ask() && !releases.is_installed();
    let how = Signal::derive(move || match releases.can_install() {
        true => say!(i18n, more.can_install),
        false => say!(i18n, more.install_how),
    });
    view! {
        {move || old().map(|at| view! {
            <Panel kind=PanelKind::Gap icon=IconName::Clock text=warning
                title=tr!(i18n, device.old_title, at = words.moment(at))/>
        })}
        <Shelf title=tr!(i18n, sync.phone)>
            <div class="sc__store"><Meter label=said note=free value=used max=quota/></div>
            <Row title=tr!(i18n, device.oldest) meta=waits light=true/>
            <Photos/>
            <Row title=tr!(i18n, sync.kept) meta=kept light=true end=move || view! {
                <Show when=may_ask>
                    <Button small=true label=tr!(i18n, more.ask_to_keep)
                        on_press=move |()| StorageUse::ask_to_keep(storage)/>
                </Show>
            }/>
            <Show when=may_install>
                <Row title=tr!(i18n, more.install) meta=how light=true end=move || view! {
                    <Show when=move || releases.can_install()>
                        <Button small=true label=tr!(i18n, more.install_now) on_press=move |()| releases.install()/>
                    </Show>
                }/>
            </Show>
            <Row title=tr!(i18n, sync.data) meta=data light=true/>
        </Shelf>
    }
}

/// Pictures that the endpoint has and that this phone still holds.
#[component]
fn Photos() -> impl IntoView {
    let (i18n, words, work) = (use_i18n(), Words::get(), Work::get());
    let freeable = Memo::new(move |_| keeping::freeable(work));
    let said = Signal::derive(move || {
        let keeping::Freeable { photos, bytes } = freeable.get();
        say!(i18n, device.photos_said, n = photos, size = words.bytes(bytes))
    });
    view! {
        <Row title=tr!(i18n, device.photos) meta=said light=true end=move || view! { <FreePhotos/> }/>
    }
}

/// Offers to drop them; nothing while there are none.
#[component]
pub fn FreePhotos() -> impl IntoView {
    let (i18n, words, work) = (use_i18n(), Words::get(), Work::get());
    let freeable = Memo::new(move |_| keeping::freeable(work));
    let label = Signal::derive(move || say!(i18n, device.free, size = words.bytes(freeable.get().bytes)));
    view! {
        <Show when=move || freeable.get().photos != 0>
            <Button small=true label on_press=move |()| work.free_photos()/>
        </Show>
    }
}
