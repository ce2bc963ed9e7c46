//! A node that is not split yet: among what.

use super::Table;
use super::top::UNITS;
use crate::components::{Button, Empty, Shelf};
use crate::i18n::use_i18n;
use crate::screens::words::digits_of;
use crate::state::splitting::Kept;
use crate::state::splitting::ground::Along;
use crate::text::{say, tr};
use aisle_domain::calendar::PeriodKind;
use aisle_domain::cascade::Dimension;
use leptos::prelude::*;

/// What a split along this is among.
pub(super) fn along_said(along: Along) -> String {
    let i18n = use_i18n();
    match along {
        Along::Time(PeriodKind::Quarter) => say!(i18n, split.quarters),
        Along::Time(_) => say!(i18n, split.months),
        Along::Of(dimension) => dimension_said(dimension),
    }
}

/// What lies along a dimension.
pub(super) fn dimension_said(dimension: Dimension) -> String {
    let i18n = use_i18n();
    match dimension {
        Dimension::Territory => say!(i18n, split.territories),
        Dimension::Channel => say!(i18n, split.channels),
        Dimension::Category => say!(i18n, split.categories),
        Dimension::Product => say!(i18n, split.products),
        Dimension::Shop => say!(i18n, split.shops),
        Dimension::Person => say!(i18n, split.people),
        Dimension::Time => say!(i18n, split.time),
    }
}

/// The ways to split a node.
#[component]
pub(super) fn Setup(
    /// What the page shares.
    table: Table,
) -> impl IntoView {
    let i18n = use_i18n();
    let desk = table.desk;
    let alongs = move || if desk.may() && desk.kept() != Kept::Reading { desk.alongs() } else { Vec::new() };
    let unit = 10u64.pow(u32::from(digits_of(&desk.node().metric))) * UNITS[2];
    view! {
        <Shelf title=tr!(i18n, split.not_split)>
            <Show when=move || !alongs().is_empty() fallback=move || view! {
                <Show when=move || desk.kept() != Kept::Reading>
                    <Empty title=tr!(i18n, split.not_split) text=tr!(i18n, split.nothing_below)/>
                </Show>
            }>
                <p class="mut">{tr!(i18n, split.among)}</p>
                <div class="cas__ways">
                    {move || alongs().into_iter().map(|along| view! {
                        <Button label=Signal::derive(move || along_said(along)) on_press=move |()| desk.begin(along, unit)/>
                    }).collect_view()}
                </div>
            </Show>
        </Shelf>
    }
}
