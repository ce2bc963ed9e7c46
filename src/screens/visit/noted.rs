//! What was noted in a visit as sold or ordered: actuals like any other, which name the visit they come from.

use crate::components::{IconName, LinkButton, Row, Shelf};
use crate::i18n::use_i18n;
use crate::screens::actuals::{correcting, noting};
use crate::screens::figures::amount_said;
use crate::screens::stage::StageOf;
use crate::state::entries::Entries;
use crate::state::filed::Filed;
use crate::text::{say, tr};
use aisle_domain::actuals::{Entry, Source};
use aisle_domain::{ShopId, VisitId};
use leptos::prelude::*;

/// Entries of the visit, and the way to another one while it is under way.
#[component]
pub fn Noted(
    /// Which visit.
    visit: VisitId,
    /// In which shop.
    shop: ShopId,
    /// Whether the person who looks is in it.
    mine: bool,
) -> impl IntoView {
    let (i18n, entries) = (use_i18n(), Entries::get());
    let href = StoredValue::new(noting(&shop, &visit));
    let list = Memo::new(move |_| {
        let mut list = entries.of_shop(&shop);
        list.retain(|filed| matches!(&filed.value.source, Source::Visit { visit: of } if *of == visit));
        list
    });
    let rows = move || {
        let ledger = entries.ledger();
        let row = |filed: Filed<Entry>| {
            let (entry, state) = (filed.value, filed.state);
            let counts = ledger.counts(&entry.id);
            let said = amount_said(&entry.cell.metric, entry.value.amount());
            let href = correcting(&entry);
            view! {
                <li>
                    <Row light=true title=said icon=IconName::Edit end=move || view! {
                        <StageOf state=Signal::derive(move || state)/>
                        {counts.then(|| view! { <LinkButton small=true href=href.clone() label=tr!(i18n, actuals.correct)/> })}
                    }>
                        <span>{entry.cell.category.clone()}</span>
                        {(!counts).then(|| view! { <span>{tr!(i18n, targets.replaced)}</span> })}
                    </Row>
                </li>
            }
        };
        list.get().into_iter().map(row).collect_view()
    };
    view! {
        <Show when=move || mine || !list.read().is_empty()>
            <Shelf title=tr!(i18n, actuals.noted) note=Signal::derive(move || say!(i18n, targets.records_note, n = list.read().len()))>
                <ul class="rows" id="noted">{rows}</ul>
                {mine.then(|| view! {
                    <LinkButton icon=IconName::Edit label=tr!(i18n, actuals.note) href=href.get_value()/>
                })}
            </Shelf>
        </Show>
    }
}
