//! 录入实际: entering what was sold, and correcting it. A correction is a new entry with a reason; what was imported is put
//! right by an entry beside it.

mod form;

use self::form::Form;
use super::Page;
use super::figures::amount_said;
use super::frame::{Chip, Tabs};
use super::page::{escape, unescape};
use super::stage::StageOf;
use super::targets::records::kind_said;
use crate::components::{Back, Dock, Empty, IconName, LinkButton, Row, Shelf, WorkBar};
use crate::i18n::use_i18n;
use crate::state::entries::Entries;
use crate::state::filed::Filed;
use crate::state::standings::Cut;
use crate::state::{Catalog, Nav, Words};
use crate::text::{say, tr};
use aisle_domain::actuals::{Entry, EntryKind, Source};
use aisle_domain::{MetricId, ShopId, VisitId};
use chrono::NaiveDate;
use leptos::prelude::*;

/// Entries listed under the form.
const LISTED: usize = 12;

/// The address of the form that corrects an entry.
pub fn correcting(entry: &Entry) -> String {
    let page = Page::Actuals(Some(entry.cell.shop.clone())).path();
    format!("{page}?of={}", escape(entry.id.as_str()))
}

/// The address of the form that notes what a shop ordered in a visit.
pub fn noting(shop: &ShopId, visit: &VisitId) -> String {
    format!("{}?v={}", Page::Actuals(Some(shop.clone())).path(), escape(visit.as_str()))
}

/// The address of the form that puts an imported figure right.
pub fn offsetting(shop: &ShopId, metric: &MetricId, day: NaiveDate, category: &str) -> String {
    let page = Page::Actuals(Some(shop.clone())).path();
    format!("{page}?fix=1&m={}&d={day}&c={}", escape(metric.as_str()), escape(category))
}

/// The page on which actuals are entered.
#[component]
pub fn ActualsPage(
    /// In which shop, if that is known.
    shop: Option<ShopId>,
) -> impl IntoView {
    let (i18n, catalog) = (use_i18n(), Catalog::get());
    let targets = || Page::Targets(Cut::default()).path();
    let visit = untrack(|| Nav::get().query("v")).map(|id| VisitId::from(unescape(&id)));
    let back = match (visit, shop.clone()) {
        (Some(visit), _) => Page::Summary(visit).path(),
        (None, Some(shop)) => Page::Shop(shop).path(),
        (None, None) => targets(),
    };
    let chosen = RwSignal::new(shop);
    let subtitle = Signal::derive(move || {
        let shop = chosen.get().and_then(|id| catalog.shop(&id));
        shop.map(|shop| shop.name).unwrap_or_default()
    });
    view! {
        <div class="app app--cols">
            <WorkBar title=tr!(i18n, actuals.title) subtitle back=Back::Href(back) back_label=tr!(i18n, frame.back)>
                <Chip/>
            </WorkBar>
            <main class="app__main" id="main">
                <div class="cols">
                    <div><Form shop=chosen/></div>
                    <div><Entered shop=chosen/></div>
                </div>
            </main>
            <Dock label=tr!(i18n, frame.actions) tabs=|| view! { <Tabs current=Page::Targets(Cut::default())/> }/>
        </div>
    }
}

/// What was entered in the shop, newest first, and how far it has come.
#[component]
fn Entered(shop: RwSignal<Option<ShopId>>) -> impl IntoView {
    let (i18n, entries) = (use_i18n(), Entries::get());
    let list = Memo::new(move |_| shop.get().map(|shop| entries.of_shop(&shop)).unwrap_or_default());
    let rows =
        move || list.get().into_iter().take(LISTED).map(|filed| view! { <li><EnteredRow filed/></li> }).collect_view();
    view! {
        <Shelf title=tr!(i18n, actuals.entered) note=Signal::derive(move || say!(i18n, targets.records_note, n = list.read().len()))>
            <Show when=move || !list.read().is_empty() fallback=move || view! {
                <Empty title=tr!(i18n, actuals.none) text=tr!(i18n, actuals.none_text)/>
            }>
                <ul class="rows" id="entered">{rows}</ul>
            </Show>
        </Shelf>
    }
}

#[component]
fn EnteredRow(filed: Filed<Entry>) -> impl IntoView {
    let (i18n, words, entries) = (use_i18n(), Words::get(), Entries::get());
    let Filed { value: entry, state } = filed;
    let counts = untrack(|| entries.ledger()).counts(&entry.id);
    let (metric, amount, day) = (entry.cell.metric.clone(), entry.value.amount(), entry.cell.day);
    let (kind, at) = (entry.kind.clone(), entry.at);
    let reason = match &entry.kind {
        EntryKind::Count => String::new(),
        EntryKind::Replaces { reason, .. } | EntryKind::Offset { reason } => reason.clone(),
    };
    let href = correcting(&entry);
    let in_visit = matches!(entry.source, Source::Visit { .. });
    view! {
        <Row top=true title=Signal::derive(move || amount_said(&metric, amount)) icon=IconName::Edit end=move || view! {
            <StageOf state=Signal::derive(move || state)/>
            {counts.then(|| view! { <LinkButton small=true href=href.clone() label=tr!(i18n, actuals.correct)/> })}
        }>
            <span>{entry.cell.category}</span>
            <span>{move || words.day_heading(day)}</span>
            <span>{move || kind_said(&kind)}</span>
            <span>{move || words.moment(at)}</span>
            <span>{reason}</span>
            {in_visit.then(|| view! { <span>{tr!(i18n, actuals.in_visit)}</span> })}
            {(!counts).then(|| view! { <span>{tr!(i18n, targets.replaced)}</span> })}
        </Row>
    }
}
