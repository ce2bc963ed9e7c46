//! 目标树: territories and shops with their progress, to be walked with arrow keys.

use super::head::place_said;
use super::{Shown, failed, sheets};
use crate::components::{Icon, IconName, IconSize, Shelf, TwinSize};
use crate::i18n::use_i18n;
use crate::screens::Page;
use crate::screens::export::Export;
use crate::screens::figures::amount_said;
use crate::screens::paging::PAGE;
use crate::screens::progress::{GapDelta, ProgressTwin};
use crate::state::Words;
use crate::state::cockpit::{Node, Place, Row, Tree};
use crate::state::nav::focus_soon;
use crate::text::{say, tr};
use leptos::prelude::*;
use std::sync::Arc;

/// The id of a row's element.
fn row_id(key: &str) -> String {
    format!("ck-{key}")
}

/// The tree, or why it cannot be drawn.
#[component]
pub(super) fn TreePanel(
    /// What the panels read.
    shown: Shown,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Shelf title=tr!(i18n, cockpit.tree) note=tr!(i18n, cockpit.tree_note)>
            {move || match shown.tree.get() {
                Ok(tree) => view! { <Grid shown tree/> }.into_any(),
                Err(fault) => failed(&fault),
            }}
            <Export sheet=move |()| sheets::tree(shown)/>
        </Shelf>
    }
}

/// Rows that are unfolded: those the person chose, and the root, unless folded.
fn is_open(shown: Shown, node: &Node) -> bool {
    // The root is open until folded: the set holds what differs from that.
    shown.chosen(|choice| choice.open.contains(&node.place.key())) != (node.level == 0)
}

fn visible(shown: Shown, tree: &Tree) -> Vec<Row> {
    let most = |node: &Node| shown.chosen(|choice| choice.most.get(&node.place.key()).copied()).unwrap_or(PAGE);
    tree.shown(&|node| is_open(shown, node), &most)
}

/// A name for a row's element.
fn key(tree: &Tree, row: Row) -> String {
    match row {
        Row::Node(at) => tree.nodes[at].place.key(),
        Row::More { below, .. } => format!("more-{}", tree.nodes[below].place.key()),
    }
}

fn set_open(shown: Shown, node: &Node, open: bool) {
    if is_open(shown, node) != open {
        let key = node.place.key();
        shown.choose(|choice| {
            if !choice.open.remove(&key) {
                choice.open.insert(key);
            }
        });
    }
}

/// Shows more of what lies below a node; the row that comes where the button was.
fn unroll(shown: Shown, tree: &Tree, more: Row) -> Option<Row> {
    let Row::More { below, shown: before, .. } = more else { return None };
    let place = visible(shown, tree).iter().position(|row| *row == more)?;
    let node = tree.nodes[below].place.key();
    shown.choose(|choice| {
        choice.most.insert(node, before + PAGE);
    });
    visible(shown, tree).get(place).copied()
}

/// Where a key leads: to another row, to a row being folded or unfolded, to a page, to more rows.
enum Step {
    To(Row),
    Fold(usize, bool),
    Open(usize),
    More(Row),
}

fn step(pressed: &str, shown: Shown, tree: &Tree, current: &str) -> Option<Step> {
    let rows = visible(shown, tree);
    let place = rows.iter().position(|row| key(tree, *row) == current)?;
    match (pressed, rows[place]) {
        ("ArrowDown", _) => rows.get(place + 1).copied().map(Step::To),
        ("ArrowUp", _) => place.checked_sub(1).map(|place| Step::To(rows[place])),
        ("Home", _) => rows.first().copied().map(Step::To),
        ("End", _) => rows.last().copied().map(Step::To),
        ("ArrowLeft", Row::More { below, .. }) => Some(Step::To(Row::Node(below))),
        ("Enter" | " ", more @ Row::More { .. }) => Some(Step::More(more)),
        (_, Row::More { .. }) => None,
        (pressed, Row::Node(at)) => {
            let node = &tree.nodes[at];
            let parted = node.end > at + 1;
            match pressed {
                "ArrowRight" if parted && is_open(shown, node) => Some(Step::To(Row::Node(at + 1))),
                "ArrowRight" if parted => Some(Step::Fold(at, true)),
                "ArrowLeft" if parted && is_open(shown, node) => Some(Step::Fold(at, false)),
                "ArrowLeft" => node.parent.map(|at| Step::To(Row::Node(at))),
                "Enter" | " " if parted => Some(Step::Fold(at, !is_open(shown, node))),
                "Enter" => Some(Step::Open(at)),
                _ => None,
            }
        }
    }
}

#[component]
fn Grid(shown: Shown, tree: Arc<Tree>) -> impl IntoView {
    let i18n = use_i18n();
    // The row that Tab leads to.
    let current = RwSignal::new(tree.root().map(|root| root.place.key()).unwrap_or_default());
    let tree = StoredValue::new(tree);
    let rows = move || tree.with_value(|tree| visible(shown, tree));
    let nav = crate::state::Nav::get();
    let pressed = move |event: leptos::ev::KeyboardEvent| {
        let (tree, row) = (tree.get_value(), current.get_untracked());
        let plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
        let Some(step) = step(&event.key(), shown, &tree, &row).filter(|_| plain) else { return };
        event.prevent_default();
        match step {
            Step::To(row) => go(current, key(&tree, row)),
            Step::Fold(at, open) => set_open(shown, &tree.nodes[at], open),
            Step::Open(at) => {
                if let Place::Shop(id) = &tree.nodes[at].place {
                    nav.go(&Page::Shop(id.clone()).path());
                }
            }
            Step::More(more) => {
                if let Some(row) = unroll(shown, &tree, more) {
                    go(current, key(&tree, row));
                }
            }
        }
    };
    view! {
        <table class="tbl tbl--tight tree" role="treegrid" aria-label=tr!(i18n, cockpit.tree)>
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">{tr!(i18n, cockpit.name)}</th>
                    <th role="columnheader" scope="col">{tr!(i18n, cockpit.target)}</th>
                    <th role="columnheader" scope="col">{tr!(i18n, cockpit.actual)}</th>
                    <th role="columnheader" scope="col" class="tw">{tr!(i18n, cockpit.twin)}</th>
                    <th role="columnheader" scope="col">{tr!(i18n, cockpit.achieved)}</th>
                    <th role="columnheader" scope="col">{tr!(i18n, cockpit.gap)}</th>
                    <th role="columnheader" scope="col" class="tree__wide">{tr!(i18n, cockpit.forecast)}</th>
                </tr>
            </thead>
            <tbody role="rowgroup" on:keydown=pressed>
                <For
                    each=rows
                    key=move |row| match row {
                        Row::Node(_) => (tree.with_value(|tree| key(tree, *row)), 0),
                        Row::More { shown, .. } => (tree.with_value(|tree| key(tree, *row)), *shown),
                    }
                    children=move |row| match row {
                        Row::Node(at) => {
                            let node = tree.with_value(|tree| tree.nodes[at].clone());
                            view! { <TreeRow shown node current/> }.into_any()
                        }
                        more @ Row::More { .. } => view! { <MoreRow shown tree more current/> }.into_any(),
                    }
                />
            </tbody>
        </table>
    }
}

fn go(current: RwSignal<String>, key: String) {
    focus_soon(row_id(&key));
    current.set(key);
}

/// What lies below a node goes on.
#[component]
fn MoreRow(shown: Shown, tree: StoredValue<Arc<Tree>>, more: Row, current: RwSignal<String>) -> impl IntoView {
    let i18n = use_i18n();
    let Row::More { below, shown: few, all } = more else { return ().into_any() };
    let (key_of, level) = tree.with_value(|tree| (key(tree, more), tree.nodes[below].level + 2));
    let is_current = {
        let key = key_of.clone();
        move || *current.read() == key
    };
    let id = row_id(&key_of);
    let focused = move |_| current.set(key_of.clone());
    let press = move |_| {
        let tree = tree.get_value();
        if let Some(row) = unroll(shown, &tree, more) {
            go(current, key(&tree, row));
        }
    };
    view! {
        <tr
            role="row"
            id=id
            class=format!("tree__more noprint is-lv{}", level.min(6) - 1)
            attr:aria-level=level.to_string()
            tabindex=move || if is_current() { "0" } else { "-1" }
            on:focus=focused
        >
            <th role="rowheader" scope="row" colspan="7">
                <button class="lnk" type="button" tabindex="-1" on:click=press>
                    {tr!(i18n, cockpit.more_of, n = PAGE.min(all - few), all = all)}
                    <Icon name=IconName::Chev size=IconSize::S16/>
                </button>
            </th>
        </tr>
    }
    .into_any()
}

#[component]
fn TreeRow(shown: Shown, node: Arc<Node>, current: RwSignal<String>) -> impl IntoView {
    let (i18n, words) = (use_i18n(), Words::get());
    let key = node.place.key();
    let progress = node.progress;
    let metric = shown.ask.get_untracked().metric;
    let amount = move |amount| amount_said(&metric, amount);
    let parted = !matches!(node.place, Place::Shop(_));
    let provisional = node.sum.is_provisional();
    let level = node.level + 1;
    let node = StoredValue::new(node);
    let open = move || parted.then(|| node.with_value(|node| is_open(shown, node)));
    let name = move || node.with_value(|node| place_said(&node.name));
    let toggle = move |_| node.with_value(|node| set_open(shown, node, !is_open(shown, node)));
    let href = node.with_value(|node| match &node.place {
        Place::Shop(id) => Some(Page::Shop(id.clone()).path()),
        _ => None,
    });
    let is_current = {
        let key = key.clone();
        move || *current.read() == key
    };
    let focused = {
        let key = key.clone();
        move |_| current.set(key.clone())
    };
    view! {
        <tr
            role="row"
            id=row_id(&key)
            class=format!("tree__r is-lv{}", level.min(6) - 1)
            attr:aria-level=level.to_string()
            aria-expanded=move || open().map(|open| open.to_string())
            tabindex=move || if is_current() { "0" } else { "-1" }
            on:focus=focused
        >
            <th role="rowheader" scope="row">
                {match href {
                    Some(href) => view! { <a class="tree__t" href=href tabindex="-1">{name}</a> }.into_any(),
                    None => view! {
                        <button class="tree__t" type="button" tabindex="-1" on:click=toggle>
                            <Icon name=IconName::Right/>
                            {name}
                        </button>
                    }.into_any(),
                }}
            </th>
            <td role="gridcell" class="tree__of">{
                let amount = amount.clone();
                move || progress.target.map_or_else(|| "—".to_owned(), &amount)
            }</td>
            <td role="gridcell" class="tree__is">{move || amount(progress.actual)}</td>
            <td role="gridcell" class="tw tree__tw">
                <ProgressTwin progress=Signal::stored(progress) size=TwinSize::Md/>
            </td>
            <td role="gridcell" class="tree__x">{move || words.percent(progress.achievement())}</td>
            <td role="gridcell" class="tree__gap"><GapDelta progress=Signal::stored(progress)/></td>
            <td role="gridcell" class="tree__x tree__wide">
                {move || words.percent(progress.forecast_share())}
                {provisional.then(|| view! { <span class="vh">{say!(i18n, cockpit.provisional)}</span> })}
            </td>
        </tr>
    }
}
