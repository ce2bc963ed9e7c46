//! Conflicts that wait for the person, as rows of the sync centre; each leads to its visit.

use super::Page;
use crate::components::{IconName, Row, Shelf};
use crate::i18n::use_i18n;
use crate::state::aftermath::Aftermath;
use crate::state::{Catalog, Words};
use crate::text::{say, tr};
use leptos::prelude::*;

/// Conflicts nobody has looked at yet; nothing when there are none.
#[component]
pub fn OpenConflicts() -> impl IntoView {
    let (i18n, words, catalog) = (use_i18n(), Words::get(), Catalog::get());
    let aftermath = Aftermath::get();
    let open = Memo::new(move |_| aftermath.open_conflicts());
    let row = move |(id, at): (aisle_domain::VisitId, i64)| {
        let shop = catalog.visits().get(&id).and_then(|visit| catalog.shop(&visit.shop));
        let title = say!(i18n, sync.visit, shop = shop.map(|shop| shop.name).unwrap_or_default());
        view! {
            <li>
                <Row icon=IconName::Gap title meta=words.moment(at) href=Page::Summary(id).path()/>
            </li>
        }
    };
    view! {
        <Show when=move || !open.get().is_empty()>
            <Shelf title=tr!(i18n, after.open) note=Signal::derive(move || open.get().len().to_string())>
                <ul class="rows">{move || open.get().into_iter().map(row).collect_view()}</ul>
            </Shelf>
        </Show>
    }
}
