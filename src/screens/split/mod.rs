//! 目标拆分: a node split among its members. Weights fill, rows are locked and cells given by hand; what is not allotted
//! stays in sight until somebody settles it, and nothing is published before that.

mod banners;
mod export;
mod rest;
mod rows;
mod setup;
mod top;
mod versions;
mod what_if;

use super::Page;
use super::frame::Chip;
use super::words::{scope_said, subject_said};
use crate::components::{Back, Button, ButtonKind, Dock, DockTool, Empty, IconName, LinkButton, WorkBar};
use crate::i18n::use_i18n;
use crate::state::plan::Plans;
use crate::state::splitting::{Desk, Obstacle, find};
use crate::state::{Toasts, Words};
use crate::text::{say, tr};
use aisle_domain::cascade::{Below, Blocked, Node, Settle};
use leptos::prelude::*;

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Table {
    desk: Desk,
    /// How the remainder would be settled; shown in the cells until it is.
    preview: RwSignal<Option<Settle>>,
    /// What becomes of splits below.
    below: RwSignal<Below>,
    /// The row a person was in last.
    row: RwSignal<usize>,
    /// The row in which something was typed that is no amount.
    wrong: RwSignal<Option<usize>>,
}

impl Table {
    fn amount(self, amount: aisle_domain::money::Amount) -> String {
        super::figures::amount_said(&self.desk.node().metric, amount)
    }

    fn change(self, change: impl FnOnce(&mut aisle_domain::cascade::Editor) -> bool) {
        self.preview.set(None);
        self.wrong.set(None);
        self.desk.change(change);
    }
}

/// The page of a node.
#[component]
pub fn SplitPage(
    /// The node's name.
    name: String,
) -> impl IntoView {
    let i18n = use_i18n();
    let plans = Plans::get();
    // Looked up again only while it is not there: records may still be on their way.
    let node = Memo::new(move |before: Option<&Option<Node>>| before.cloned().flatten().or_else(|| find(plans, &name)));
    move || {
        match node.get() {
        Some(node) => view! { <NodePage node/> }.into_any(),
        None => view! {
            <div class="app">
                <WorkBar title=tr!(i18n, split.title) back=Back::Href(Page::Plans.path()) back_label=tr!(i18n, frame.back)>
                    <Chip/>
                </WorkBar>
                <main class="app__main" id="main">
                    <Empty title=tr!(i18n, split.no_node) text=tr!(i18n, split.no_node_text)>
                        <LinkButton label=tr!(i18n, plan.title) href=Page::Plans.path()/>
                    </Empty>
                </main>
            </div>
        }
        .into_any(),
    }
    }
}

#[component]
fn NodePage(node: Node) -> impl IntoView {
    let i18n = use_i18n();
    let desk = Desk::open(node.clone());
    let (preview, below) = (RwSignal::new(None), RwSignal::new(Below::Scale));
    let table = Table { desk, preview, below, row: RwSignal::new(0), wrong: RwSignal::new(None) };
    let versions = RwSignal::new(false);
    let toasts = Toasts::get();
    let back = Back::Href(desk.parent().map_or_else(|| Page::Plans.path(), |up| Page::Split(up.to_string()).path()));
    let (title, subtitle) = {
        let of = node.clone();
        (Signal::derive(move || scope_said(&of.scope)), Signal::derive(move || subject_said(&node)))
    };
    let pressed = move |event: leptos::ev::KeyboardEvent| {
        if !(event.ctrl_key() || event.meta_key()) {
            return;
        }
        match event.key().as_str() {
            "z" | "Z" => {
                event.prevent_default();
                table.change(|editor| editor.undo());
            }
            "s" | "S" => {
                event.prevent_default();
                toasts.show(say!(i18n, split.kept_by_itself));
            }
            _ => {}
        }
    };
    let splits = move || desk.editor().is_some();
    view! {
        <div class="app app--wide" on:keydown=pressed>
            <WorkBar title subtitle back back_label=tr!(i18n, frame.back)><Chip/></WorkBar>
            <main class="app__main cas" id="main">
                <banners::Banners table/>
                <top::Top table/>
                <Show when=splits fallback=move || view! { <setup::Setup table/> }>
                    <rows::Rows table/>
                    <rest::Rest table/>
                    <what_if::Below table/>
                    <rest::Reason table/>
                    <export::Tools table/>
                </Show>
            </main>
            <Actions table versions/>
            <versions::Versions table open=versions/>
        </div>
    }
}

/// Why it cannot be published; nothing when it can.
fn obstacle_said(table: Table) -> Option<String> {
    let i18n = use_i18n();
    let amount = |amount| table.amount(amount);
    Some(match table.desk.obstacle()? {
        Obstacle::Gone => say!(i18n, split.gone),
        Obstacle::Overtaken(heads) if heads.len() > 1 => say!(i18n, split.settle_first),
        Obstacle::Overtaken(_) => say!(i18n, split.overtaken),
        Obstacle::Blocked(Blocked::NoParts) => say!(i18n, split.no_parts),
        Obstacle::Blocked(Blocked::Remainder(rest)) if rest.0 > 0 => say!(i18n, split.missing, amount = amount(rest)),
        Obstacle::Blocked(Blocked::Remainder(rest)) => say!(i18n, split.too_much, amount = amount(-rest)),
        Obstacle::Blocked(Blocked::Changed { .. }) => say!(i18n, split.parent_changed),
        Obstacle::Blocked(Blocked::NoReason) => say!(i18n, split.needs_reason),
        Obstacle::Blocked(Blocked::Unchanged) => say!(i18n, split.unchanged),
    })
}

/// Undo, versions, publish; over them what is split, allotted and left, always in sight.
#[component]
fn Actions(table: Table, versions: RwSignal<bool>) -> impl IntoView {
    let (i18n, words) = (use_i18n(), Words::get());
    let desk = table.desk;
    let toasts = Toasts::get();
    let publish = move |()| {
        if obstacle_said(table).is_some() {
            return;
        }
        desk.publish(table.below.get_untracked(), move |done| {
            toasts.show(match done {
                Ok(()) => say!(i18n, split.published),
                Err(_) => say!(i18n, split.not_published),
            });
        });
    };
    let count = Signal::derive(move || {
        let parts = desk.editor().map_or(0, |editor| editor.parts().len());
        if parts == 0 { String::new() } else { words.whole(i64::try_from(parts).unwrap_or(i64::MAX)) }
    });
    let can_undo = move || desk.editor().is_some_and(|editor| editor.can_undo());
    let stands = move || {
        let editor = desk.editor()?;
        let (total, allotted, rest) = (editor.total(), editor.allotted(), editor.remainder());
        let parts = say!(
            i18n,
            split.stands,
            total = table.amount(total),
            allotted = table.amount(allotted),
            rest = table.amount(rest)
        );
        Some(parts)
    };
    view! {
        <Dock
            label=tr!(i18n, frame.actions)
            why=move || view! {
                <span class="cas__stands">{stands}</span>
                <span id="cas-why" role="status">{move || desk.may().then(|| obstacle_said(table)).flatten()}</span>
            }
        >
            <DockTool icon=IconName::Undo label=tr!(i18n, split.undo) wide=true
                disabled=Signal::derive(move || !can_undo())
                on_press=move |()| table.change(|editor| editor.undo())/>
            <DockTool icon=IconName::History label=tr!(i18n, split.versions) wide=true
                on_press=move |()| versions.set(true)/>
            <Show when=move || desk.may()>
                <Button kind=ButtonKind::Primary icon=IconName::Check label=tr!(i18n, split.publish) count
                    disabled=Signal::derive(move || desk.editor().is_none() || desk.obstacle().is_some())
                    on_press=publish/>
            </Show>
        </Dock>
    }
}

/// Along what a split goes, in words.
pub(super) fn along_of(dimension: aisle_domain::cascade::Dimension) -> String {
    setup::dimension_said(dimension)
}

/// What tells a node from the one above it.
pub(super) fn part_of(above: &Node, node: &Node) -> String {
    if above.period == node.period { scope_said(&node.scope) } else { super::figures::period_said(node.period) }
}
