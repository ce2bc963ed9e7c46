//! What publishing would change below, before it is published.

use super::Table;
use crate::components::{Choice, Icon, IconName, Segmented, Shelf};
use crate::i18n::use_i18n;
use crate::screens::Page;
use crate::screens::figures::period_said;
use crate::screens::words::scope_said;
use crate::text::{say, tr};
use aisle_domain::cascade::{Below as What, Change, Node, Open, WhatIf};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// So many are listed.
const MOST: usize = 12;

/// The parts of a split's effect that lie below its children.
struct Effect {
    changes: Vec<Change>,
    open: Vec<Open>,
}

fn effect(table: Table, what: WhatIf) -> Effect {
    let node = table.desk.node();
    let own: BTreeSet<Node> = what.tree.children(&node).into_iter().map(|(child, _)| child).collect();
    let was = table.desk.tree().map(|tree| tree.assembled.tree.children(&node)).unwrap_or_default();
    let direct = |of: &Node| *of == node || own.contains(of) || was.iter().any(|(child, _)| child == of);
    let mut below: BTreeSet<Node> = BTreeSet::new();
    let mut waiting: Vec<Node> = own.iter().cloned().collect();
    while let Some(above) = waiting.pop() {
        waiting.extend(what.tree.children(&above).into_iter().map(|(child, _)| child));
        below.insert(above);
    }
    Effect {
        changes: what.changes.into_iter().filter(|change| !direct(&change.node)).collect(),
        open: what.open.into_iter().filter(|open| below.contains(&open.node)).collect(),
    }
}

/// What changes below; nothing while nothing does.
#[component]
pub(super) fn Below(
    /// What the page shares.
    table: Table,
) -> impl IntoView {
    let i18n = use_i18n();
    let desk = table.desk;
    // Whether anything below is touched, whichever way is chosen: scaling shows it.
    let touched = Memo::new(move |_| {
        let what = desk.what_if(What::Scale);
        what.is_some_and(|what| {
            let effect = effect(table, what);
            !effect.changes.is_empty() || !effect.open.is_empty()
        })
    });
    let shown = move || desk.what_if(table.below.get()).map(|what| effect(table, what));
    let options = StoredValue::new(vec![
        Choice::new(What::Scale, tr!(i18n, split.below_scale)),
        Choice::new(What::Keep, tr!(i18n, split.below_keep)),
    ]);
    let said = move |node: &Node| format!("{} · {}", scope_said(&node.scope), period_said(node.period));
    let amount = move |amount: Option<_>| amount.map_or_else(|| "—".to_owned(), |amount| table.amount(amount));
    view! {
        <Show when=move || touched.get()>
            <Shelf title=tr!(i18n, split.below)
                note=Signal::derive(move || {
                    let n = shown().map_or(0, |effect| effect.changes.len());
                    say!(i18n, split.below_note, n = n)
                })>
                <Segmented legend=tr!(i18n, split.below_how) options=options.get_value() selected=table.below
                    on_select=move |below| table.below.set(below)/>
                {move || shown().map(|effect| view! {
                    <ul class="rows">
                        {effect.changes.iter().take(MOST).map(|change| {
                            let moved = say!(
                                i18n, split.moved, before = amount(change.before), after = amount(change.after)
                            );
                            view! {
                                <li class="row row--plain row--compact">
                                    <span>{said(&change.node)}</span>
                                    <span class="num">{moved}</span>
                                </li>
                            }
                        }).collect_view()}
                    </ul>
                    {(effect.changes.len() > MOST).then(|| view! {
                        <p class="mut">{say!(i18n, split.and_more, n = effect.changes.len() - MOST)}</p>
                    })}
                    {(!effect.open.is_empty()).then(|| view! {
                        <p class="mark mark--gap"><Icon name=IconName::Gap/>{say!(i18n, split.below_open, n = effect.open.len())}</p>
                        <ul class="rows">
                            {effect.open.iter().take(MOST).map(|open| {
                                let href = Page::Split(open.node.to_string()).path();
                                let numbers = say!(
                                    i18n, split.two_numbers, is = table.amount(open.is),
                                    parts = table.amount(open.is - open.remainder)
                                );
                                view! {
                                    <li class="row row--plain row--compact">
                                        <a href=href>{said(&open.node)}</a>
                                        <span class="num">{numbers}</span>
                                    </li>
                                }
                            }).collect_view()}
                        </ul>
                    })}
                })}
            </Shelf>
        </Show>
    }
}
