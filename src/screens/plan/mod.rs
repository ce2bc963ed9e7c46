//! 目标, for those who lead: the plans with their amounts, what does not add up, and the ways to split and to review.

mod drafts;
mod goal;
mod review;

use super::Page;
use super::export::Export;
use super::figures::amount_said;
use super::frame::{Chip, Tabs};
use super::split::part_of;
use super::words::{digits_of, scope_said, subject_said};
use crate::components::{Bar, Button, Dock, Empty, Icon, IconName, Row, Shelf};
use crate::i18n::use_i18n;
use crate::state::plan::{Plans, Tree};
use crate::state::sheet::{self, Cell, Sheet};
use crate::state::standings::Cut;
use crate::state::{Catalog, Words};
use crate::text::{say, tr};
use aisle_domain::cascade::Node;
use aisle_domain::money::Amount;
use leptos::prelude::*;

pub use drafts::DraftsPage;

/// The page.
#[component]
pub fn PlansPage() -> impl IntoView {
    let i18n = use_i18n();
    let plans = Plans::get();
    let asking = RwSignal::new(false);
    let none = move || plans.trees().is_empty();
    view! {
        <div class="app">
            <Bar title=tr!(i18n, plan.title) subtitle=tr!(i18n, plan.subtitle)><Chip/></Bar>
            <main class="app__main plan" id="main">
                <Attention/>
                <drafts::Waiting/>
                <Shelf title=tr!(i18n, plan.figures)>
                    <Row icon=IconName::Target light=true title=tr!(i18n, plan.open_figures)
                        href=Page::Targets(Cut::default()).path()/>
                </Shelf>
                <Show when=move || !none() fallback=move || view! {
                    <Empty title=tr!(i18n, plan.none) text=tr!(i18n, plan.none_text)/>
                }>
                    {move || plans.trees().iter().map(tree_view).collect_view()}
                </Show>
                <div class="plan__tools">
                    <Show when=move || plans.plans()>
                        <Button icon=IconName::Plus label=tr!(i18n, plan.set_goal) on_press=move |()| asking.set(true)/>
                    </Show>
                    <Button icon=IconName::Export label=tr!(i18n, cockpit.print) on_press=|()| sheet::print()/>
                </div>
            </main>
            <Dock label=tr!(i18n, frame.actions) tabs=|| view! { <Tabs current=Page::Plans/> }/>
            <goal::GoalSheet open=asking/>
        </div>
    }
}

/// A mark of what is not in order with a node.
fn mark(tree: &Tree, node: &Node) -> Option<AnyView> {
    let i18n = use_i18n();
    let gap = |text: String| view! { <span class="mark mark--gap"><Icon name=IconName::Gap/>{text}</span> }.into_any();
    if tree.assembled.contested.iter().any(|(of, _)| of == node) {
        return Some(gap(say!(i18n, plan.contested)));
    }
    let rest = tree.assembled.tree.remainder(node);
    match rest.0 {
        0 => None,
        1.. => Some(gap(say!(i18n, progress.short, amount = amount_said(&node.metric, rest)))),
        _ => Some(gap(say!(i18n, progress.ahead, amount = amount_said(&node.metric, -rest)))),
    }
}

/// Nodes that do not add up or were split by two people at once.
#[component]
fn Attention() -> impl IntoView {
    let i18n = use_i18n();
    let plans = Plans::get();
    let nodes = move || {
        let mut nodes: Vec<(Tree, Node)> = Vec::new();
        for tree in plans.trees().iter() {
            let open = tree.assembled.tree.open().into_iter().map(|open| open.node);
            let contested = tree.assembled.contested.iter().map(|(node, _)| node.clone());
            for node in contested.chain(open) {
                if !nodes.iter().any(|(_, known)| *known == node) {
                    nodes.push((tree.clone(), node));
                }
            }
        }
        nodes
    };
    view! {
        <Show when=move || !nodes().is_empty()>
            <Shelf first=true title=tr!(i18n, plan.attention)
                note=Signal::derive(move || say!(i18n, cockpit.decisions, n = nodes().len()))>
                <ul class="rows">
                    {move || nodes().into_iter().take(20).map(|(tree, node)| {
                        let (title, meta) = (scope_said(&node.scope), subject_said(&node));
                        let href = Page::Split(node.to_string()).path();
                        view! { <li><Row title meta href end=move || mark(&tree, &node)/></li> }
                    }).collect_view()}
                </ul>
            </Shelf>
        </Show>
    }
}

/// One plan: its amount, who set it, and the first cut below it.
fn tree_view(tree: &Tree) -> AnyView {
    let (i18n, words, catalog) = (use_i18n(), Words::get(), Catalog::get());
    let node = tree.goal.node.clone();
    let amount = amount_said(&node.metric, tree.goal.amount);
    let said = say!(i18n, split.by_at, who = catalog.person_name(&tree.goal.author), at = words.moment(tree.goal.at));
    let handed = tree.goal.from.is_some();
    let said = if handed { say!(i18n, plan.handed_down) } else { said };
    let children = tree.assembled.tree.children(&node);
    let split = tree.assembled.tree.split_of(&node).map(|split| super::split::along_of(split.dimension));
    let href = Page::Split(node.to_string()).path();
    let (title, note) = (scope_said(&node.scope), subject_said(&node));
    let whole = tree.clone();
    let rows = children.into_iter().map(|(child, amount)| row(tree, &child, amount)).collect_view();
    let line = say!(i18n, plan.line, amount = amount);
    let meta = split.map_or_else(|| say!(i18n, split.not_split), |along| say!(i18n, plan.split_among, along = along));
    let sheet_of = whole.clone();
    let of = node.clone();
    view! {
        <Shelf title note>
            <ul class="rows">
                <li><Row title=line meta=format!("{said} · {meta}") href end=move || mark(&whole, &of)/></li>
                {rows}
            </ul>
            <Export sheet=move |()| table_of(&sheet_of)/>
        </Shelf>
    }
    .into_any()
}

fn row(tree: &Tree, child: &Node, amount: Amount) -> AnyView {
    let i18n = use_i18n();
    let title = part_of(&tree.goal.node, child);
    let href = Page::Split(child.to_string()).path();
    let split = tree.assembled.tree.split_of(child).map(|split| super::split::along_of(split.dimension));
    let meta = split.map_or_else(|| say!(i18n, split.not_split), |along| say!(i18n, plan.split_among, along = along));
    let (tree, of, amount) = (tree.clone(), child.clone(), amount_said(&child.metric, amount));
    view! {
        <li>
            <Row light=true title meta href end=move || view! { <b class="num">{amount.clone()}</b>{mark(&tree, &of)} }/>
        </li>
    }
    .into_any()
}

/// Every node of a plan with its depth.
fn table_of(tree: &Tree) -> Sheet {
    let i18n = use_i18n();
    let root = tree.goal.node.clone();
    let digits = digits_of(&root.metric);
    let mut rows = Vec::new();
    let mut waiting = vec![(root.clone(), tree.goal.amount, 0i64)];
    while let Some((node, amount, depth)) = waiting.pop() {
        let below = tree.assembled.tree.children(&node);
        rows.push(vec![
            Cell::Text(scope_said(&node.scope)),
            Cell::Text(super::figures::period_said(node.period)),
            Cell::Whole(depth),
            Cell::Amount(amount, digits),
            Cell::Amount(tree.assembled.tree.remainder(&node), digits),
            Cell::Text(node.to_string()),
        ]);
        waiting.extend(below.into_iter().rev().map(|(child, amount)| (child, amount, depth + 1)));
    }
    let columns = vec![
        say!(i18n, cockpit.name),
        say!(i18n, cockpit.period),
        say!(i18n, cockpit.level),
        say!(i18n, cockpit.target),
        say!(i18n, split.left),
        say!(i18n, cockpit.code),
    ];
    let name = format!("{} {} {}", say!(i18n, plan.title), scope_said(&root.scope), root.period);
    Sheet { name, columns, rows, notes: vec![subject_said(&root), tree.goal.reason.clone()] }
}
