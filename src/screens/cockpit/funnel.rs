//! 巡店执行: planned → visited → passed, of the period or of today.

use super::{Shown, sheets};
use crate::components::{Choice, FunnelBar, Segmented, Shelf};
use crate::i18n::use_i18n;
use crate::screens::export::Export;
use crate::state::Words;
use crate::state::cockpit::lines::Sum;
use crate::text::{say, tr};
use aisle_domain::execution::Funnel;
use leptos::prelude::*;

/// The funnel.
#[component]
pub(super) fn FunnelPanel(
    /// What the panels read.
    shown: Shown,
) -> impl IntoView {
    let (i18n, words) = (use_i18n(), Words::get());
    let today = move || shown.chosen(|choice| choice.today);
    let funnel: Memo<Funnel> = Memo::new(move |_| {
        let sum = Sum::of(shown.lines.get().iter());
        if today() { sum.today } else { sum.funnel }
    });
    let read = move || funnel.get();
    let note = Signal::derive(move || {
        let ask = shown.ask.get();
        if today() {
            return words.day(ask.today);
        }
        let (first, last) = (ask.period.first(), ask.over());
        if last < first {
            return say!(i18n, cockpit.not_begun);
        }
        say!(i18n, cockpit.range, from = words.day(first), to = words.day(last))
    });
    let share = |part: u32, whole: u32| if whole == 0 { 0.0 } else { f64::from(part) * 100.0 / f64::from(whole) };
    let count = move |n: u32| words.whole(n.into());
    let of_planned = Signal::derive(move || match read().visited_share() {
        Some(share) => say!(i18n, cockpit.of_planned, share = words.percent(Some(share))),
        None => say!(i18n, cockpit.no_plan),
    });
    let of_visited = Signal::derive(move || match read().passed_share() {
        Some(share) => say!(i18n, cockpit.of_visited, share = words.percent(Some(share))),
        None => String::new(),
    });
    let options = vec![
        Choice::new(false, Signal::derive(move || crate::screens::figures::period_said(shown.ask.get().period))),
        Choice::new(true, tr!(i18n, cockpit.today)),
    ];
    view! {
        <Shelf title=tr!(i18n, cockpit.funnel) note>
            <Segmented quiet=true legend=tr!(i18n, cockpit.funnel) options selected=Signal::derive(today)
                on_select=move |today| shown.choose(|choice| choice.today = today)/>
            <div class="fun">
                <FunnelBar whole=true name=tr!(i18n, cockpit.planned)
                    percent=Signal::derive(move || if read().planned > 0 { 100.0 } else { 0.0 })
                    value=Signal::derive(move || count(read().planned))/>
                <FunnelBar name=tr!(i18n, cockpit.visited)
                    percent=Signal::derive(move || share(read().visited, read().planned))
                    late=Signal::derive(move || share(read().not_received, read().planned))
                    value=Signal::derive(move || count(read().visited)) note=of_planned/>
                <FunnelBar name=tr!(i18n, cockpit.passed)
                    percent=Signal::derive(move || share(read().passed, read().planned))
                    value=Signal::derive(move || count(read().passed)) note=of_visited/>
            </div>
            <p class="denom">
                {move || (read().not_received > 0).then(|| view! {
                    <span><i class="late"></i>{say!(i18n, cockpit.late, n = count(read().not_received))}</span>
                })}
                {move || (read().unplanned > 0).then(|| view! {
                    <span>{say!(i18n, cockpit.beside, n = count(read().unplanned))}</span>
                })}
            </p>
            <Export sheet=move |()| sheets::funnel(shown)/>
        </Shelf>
    }
}
