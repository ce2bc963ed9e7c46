//! A figure broken down by a dimension: one line of progress each, which leads further down.

use super::address::{self, Shown};
use crate::components::{Button, Chips, Choice, Empty, IconName, Mark, MarkKind, Shelf, TwinSize};
use crate::i18n::use_i18n;
use crate::screens::figures::{amount_said, period_short};
use crate::screens::paging::More;
use crate::screens::progress::{GapDelta, ProgressTwin};
use crate::screens::shop::channel_said;
use crate::state::Catalog;
use crate::state::standings::{Dimension, Key, Measured, Part, View};
use crate::state::table::ascending;
use crate::text::{say, tr};
use aisle_domain::progress::Progress;
use leptos::prelude::*;

/// Lines shown at first.
const SHOWN_FIRST: usize = 12;

/// The name of a dimension.
pub fn dimension_said(dimension: Dimension) -> String {
    let i18n = use_i18n();
    match dimension {
        Dimension::Shop => say!(i18n, targets.by_shop),
        Dimension::Category => say!(i18n, targets.by_category),
        Dimension::Channel => say!(i18n, targets.by_channel),
        Dimension::Time => say!(i18n, targets.by_time),
    }
}

/// The name of a child.
pub fn key_said(key: &Key) -> String {
    match key {
        Key::Shop(id) => Catalog::get().shop(id).map_or_else(|| id.to_string(), |shop| shop.name),
        Key::Channel(channel) => channel_said(&channel.0),
        Key::Category(category) => category.clone(),
        Key::Time(period) => period_short(*period),
    }
}

/// The breakdown of what is shown.
#[component]
pub fn Breakdown(
    /// What is shown.
    shown: Memo<Shown>,
    /// Its measure by its dimension.
    #[prop(into)]
    measured: Signal<Option<Measured>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let by_name = RwSignal::new(false);
    let most = RwSignal::new(SHOWN_FIRST);
    let parts = Memo::new(move |_| {
        let parts = measured.get().map(|measured| measured.parts).unwrap_or_default();
        ordered(parts, shown.read().by, by_name.get())
    });
    let is_time = move || shown.read().by == Some(Dimension::Time);
    let total = move || measured.read().as_ref().map(|measured| total(&shown.read().view, measured));
    let lines = move || {
        let shown = shown.get();
        let most = if is_time() { usize::MAX } else { most.get() };
        let line = |(at, part)| view! { <li id=row_id(at) tabindex="-1"><Line view=shown.view.clone() part/></li> };
        parts.get().into_iter().take(most).enumerate().map(line).collect_view()
    };
    view! {
        <Shelf title=tr!(i18n, targets.by) end=move || total().map(|(kind, label)| view! {
            <Mark kind=kind icon=if kind == MarkKind::Done { IconName::Check } else { IconName::Gap } label/>
        })>
            <Dimensions shown/>
            <Show when=move || !parts.read().is_empty() fallback=move || view! {
                <Empty title=tr!(i18n, targets.none) text=tr!(i18n, targets.none_text)/>
            }>
                <ul class="rows">{lines}</ul>
                <p class="targets__acts">
                    <Show when=move || !is_time()>
                        <Button small=true icon=IconName::Sort
                            label=Signal::derive(move || {
                                if by_name.get() { say!(i18n, targets.by_name) } else { say!(i18n, targets.worst_first) }
                            })
                            on_press=move |()| by_name.update(|by_name| *by_name = !*by_name)/>
                    </Show>
                </p>
                <Show when=move || !is_time()>
                    <More most all=Signal::derive(move || parts.read().len()) row=row_id/>
                </Show>
            </Show>
        </Shelf>
    }
}

/// The id of a line.
fn row_id(at: usize) -> String {
    format!("part-{at}")
}

/// Which dimension: what is left of them.
#[component]
fn Dimensions(shown: Memo<Shown>) -> impl IntoView {
    let i18n = use_i18n();
    let replace = address::replace();
    let choices = Memo::new(move |_| {
        let shown = shown.read();
        shown.view.cut.dimensions(shown.view.period.kind())
    });
    let select = Callback::new(move |by: Option<Dimension>| {
        let shown = shown.get_untracked();
        replace(Shown { by, ..shown });
    });
    move || {
        let choice = |by: Dimension| Choice::new(Some(by), Signal::derive(move || dimension_said(by)));
        let options: Vec<_> = choices.get().into_iter().map(choice).collect();
        (options.len() > 1).then(|| view! {
            <div class="targets__by">
                <Chips options selected=Signal::derive(move || shown.read().by) on_select=select label=tr!(i18n, targets.by)/>
            </div>
        })
    }
}

/// Furthest behind first, then what has no target by its size; time as it goes.
fn ordered(parts: Vec<Part>, by: Option<Dimension>, by_name: bool) -> Vec<Part> {
    if by == Some(Dimension::Time) {
        return parts;
    }
    if by_name {
        let mut named: Vec<(String, Part)> = parts.into_iter().map(|part| (key_said(&part.key), part)).collect();
        named.sort_by(|(a, _), (b, _)| a.cmp(b));
        return named.into_iter().map(|(_, part)| part).collect();
    }
    ascending(parts, |part| match part.standing.progress().shortfall() {
        Some(short) => -short.0,
        // Behind everything with a target, the largest first. Half the range keeps both apart.
        None => i64::MAX / 2 - part.standing.actual.0,
    })
}

/// Whether the children sum to the whole, and to how much.
fn total(view: &View, measured: &Measured) -> (MarkKind, String) {
    let i18n = use_i18n();
    let targets = measured.parts.iter().filter_map(|part| part.standing.target);
    let (whole, sum) = match measured.whole.target {
        Some(target) if measured.parts.iter().any(|part| part.standing.target.is_some()) => (target, targets.sum()),
        _ => (measured.whole.actual, measured.parts.iter().map(|part| part.standing.actual).sum()),
    };
    if whole == sum {
        (MarkKind::Done, say!(i18n, targets.total, amount = amount_said(&view.metric, whole)))
    } else {
        (MarkKind::Gap, say!(i18n, targets.total_off, amount = amount_said(&view.metric, whole - sum)))
    }
}

/// One child.
#[component]
fn Line(view: View, part: Part) -> impl IntoView {
    let key = part.key.clone();
    let href = address::href(&view.narrowed(&key), None);
    let metric = view.metric.clone();
    let standing = part.standing;
    let (actual, target) = (standing.actual, standing.target);
    let progress: Progress = standing.progress();
    let begun = standing.time.elapsed > 0;
    let amounts = move || {
        let of = target.map(|target| format!(" / {}", amount_said(&metric, target)));
        view! { <b>{amount_said(&metric, actual)}</b>{of} }
    };
    view! {
        <a class="row row--prog" href=href>
            <span class="pline__t">
                <span class="pline__n">{move || key_said(&key)}</span>
                <span class="pline__v">
                    <span class="num">{amounts}</span>
                    {(target.is_some() && begun).then(|| view! { <GapDelta progress=Signal::derive(move || progress)/> })}
                </span>
            </span>
            <ProgressTwin progress=Signal::derive(move || progress) size=TwinSize::Md/>
        </a>
    }
}
