//! The rows: a lock, a name, what was sold before, the amount, its share. Arrows and Enter move between the cells.

use super::Table;
use super::setup::dimension_said;
use crate::components::{AmountCell, CellKey, Icon, IconName};
use crate::i18n::use_i18n;
use crate::screens::Page;
use crate::screens::figures::amount_said;
use crate::screens::words::{digits_of, is_money, member_said};
use crate::state::Words;
use crate::state::nav::focus_soon;
use crate::text::{say, tr};
use aisle_domain::cascade::{Held, Member, Part};
use aisle_domain::money::Amount;
use leptos::prelude::*;
use std::sync::Arc;

/// An amount as it is typed: with separators, and decimals only where there are any.
pub(super) fn typed(amount: Amount, digits: u8) -> String {
    let words = Words::get();
    let unit = 10i64.pow(u32::from(digits));
    let whole = words.whole(amount.0 / unit);
    match (amount.0 % unit).abs() {
        0 => whole.replace('−', "-"),
        rest => {
            let sign = if amount.0 < 0 && amount.0 / unit == 0 { "-" } else { "" };
            format!("{sign}{whole}.{rest:0>width$}", width = usize::from(digits)).replace('−', "-")
        }
    }
}

/// The table.
#[component]
pub(super) fn Rows(
    /// What the page shares.
    table: Table,
) -> impl IntoView {
    let i18n = use_i18n();
    let desk = table.desk;
    let parts = move || desk.editor().map(|editor| editor.parts().to_vec()).unwrap_or_default();
    let before: Memo<Arc<Vec<Amount>>> = Memo::new(move |_| Arc::new(desk.last_year()));
    let members = Memo::new(move |_| parts().into_iter().map(|part| part.member).collect::<Vec<Member>>());
    let head = move || desk.editor().map(|editor| dimension_said(editor.dimension())).unwrap_or_default();
    let sum = move |amounts: &[Amount]| amounts.iter().copied().sum::<Amount>();
    let preview = Memo::new(move |_| {
        let how = table.preview.get()?;
        desk.editor()?.preview(how)
    });
    view! {
        <div class="scrollx cas__table" tabindex="0" role="region" aria-label=tr!(i18n, split.table)>
            <table class="tbl rowsplit">
                <caption class="vh">{tr!(i18n, split.table)}</caption>
                <thead>
                    <tr>
                        <th scope="col">{head}</th>
                        <th scope="col">{tr!(i18n, split.last_year)}</th>
                        <th scope="col">{tr!(i18n, cockpit.target)}</th>
                        <th scope="col">{tr!(i18n, split.share)}</th>
                        <th scope="col">{tr!(i18n, split.change)}</th>
                    </tr>
                </thead>
                <tbody>
                    <For
                        each=move || members.get().into_iter().enumerate()
                        key=|(at, member)| (*at, member.clone())
                        children=move |(at, member)| view! { <SplitRow table at member before preview/> }
                    />
                </tbody>
                <tfoot>
                    <tr class="tot">
                        <th scope="row">{tr!(i18n, split.sum)}</th>
                        <td>{move || table.amount(sum(&before.get()))}</td>
                        <td>{move || table.amount(desk.editor().map(|e| e.allotted()).unwrap_or_default())}</td>
                        <td></td>
                        <td></td>
                    </tr>
                    <tr>
                        <th scope="row">{tr!(i18n, split.parent)}</th>
                        <td></td>
                        <td>{move || table.amount(desk.editor().map(|e| e.total()).unwrap_or_default())}</td>
                        <td></td>
                        <td></td>
                    </tr>
                    <tr>
                        <th scope="row">{tr!(i18n, split.check)}</th>
                        <td></td>
                        <td>{move || check(desk.editor().map(|e| e.remainder()).unwrap_or_default(), table)}</td>
                        <td></td>
                        <td></td>
                    </tr>
                </tfoot>
            </table>
        </div>
    }
}

/// Whether it adds up, in words.
fn check(rest: Amount, table: Table) -> AnyView {
    let i18n = use_i18n();
    match rest.0 {
        0 => view! { <span class="mark mark--done"><Icon name=IconName::Check/>{say!(i18n, split.equal)}</span> }.into_any(),
        1.. => view! {
            <span class="mark mark--gap"><Icon name=IconName::Gap/>{say!(i18n, progress.short, amount = table.amount(rest))}</span>
        }
        .into_any(),
        _ => view! {
            <span class="mark mark--gap"><Icon name=IconName::Gap/>{say!(i18n, progress.ahead, amount = table.amount(-rest))}</span>
        }
        .into_any(),
    }
}

fn cell_id(at: usize) -> String {
    format!("cas-{at}")
}

#[component]
fn SplitRow(
    table: Table,
    at: usize,
    member: Member,
    before: Memo<Arc<Vec<Amount>>>,
    preview: Memo<Option<Vec<Amount>>>,
) -> impl IntoView {
    let (i18n, words) = (use_i18n(), Words::get());
    let desk = table.desk;
    let node = desk.node();
    let (metric, digits) = (node.metric.clone(), digits_of(&node.metric));
    let child = node.child(&member).ok().map(|child| Page::Split(child.to_string()).path());
    let name = Signal::derive(move || member_said(&member));
    let part: Memo<Option<Part>> = Memo::new(move |_| desk.editor().and_then(|editor| editor.parts().get(at).cloned()));
    let amount = move || part.get().map(|part| part.amount).unwrap_or_default();
    let held = move || part.get().map(|part| part.held).unwrap_or_default();
    let locked = move || held() == Held::Locked;
    let sold = move || before.get().get(at).copied().unwrap_or_default();
    let share = move || {
        let total = desk.editor().map(|editor| editor.total()).unwrap_or_default();
        words.percent((total.0 > 0).then(|| amount().0 as f64 / total.0 as f64))
    };
    let change = move || {
        let sold = sold();
        let share = (sold.0 > 0).then(|| (amount().0 - sold.0) as f64 / sold.0 as f64);
        share.map_or_else(|| "—".to_owned(), |share| format!("{}%", words.points(share * 100.0)))
    };
    let lock_label = Signal::derive(move || {
        if locked() { say!(i18n, split.unlock, name = name.get()) } else { say!(i18n, split.lock, name = name.get()) }
    });
    let toggle = move || table.change(|editor| editor.toggle_lock(at));
    let commit = move |text: String| match Amount::parse(&text, digits) {
        Ok(amount) => table.change(|editor| editor.set_amount(at, amount)),
        Err(_) => table.wrong.set(Some(at)),
    };
    let key = move |key: CellKey| match key {
        CellKey::Lock => toggle(),
        CellKey::Up => focus_soon(cell_id(at.saturating_sub(1))),
        CellKey::Down => focus_soon(cell_id(at + 1)),
    };
    let plus = Signal::derive(move || {
        let more = preview.get().and_then(|more| more.get(at).copied()).filter(|more| *more != Amount::ZERO);
        more.map(|more| format!("{}{}", if more.0 > 0 { "+" } else { "" }, amount_said(&metric, more)))
            .unwrap_or_default()
    });
    let unit = Signal::derive({
        let metric = node.metric.clone();
        move || if is_money(&metric) { words.symbol() } else { String::new() }
    });
    let sold_said = {
        let metric = node.metric.clone();
        move || amount_said(&metric, sold())
    };
    let may = desk.may();
    view! {
        <tr on:focusin=move |_| table.row.set(at)>
            <th scope="row">
                <span class="rowsplit__n">
                    {may.then(|| view! {
                        <button class="lockb" type="button" aria-label=lock_label
                            aria-pressed=move || locked().to_string()
                            on:click=move |_| toggle()
                            on:keydown=move |event| if matches!(event.key().as_str(), "l" | "L") { toggle() }>
                            <Icon name=Signal::derive(move || if locked() { IconName::Lock } else { IconName::Unlock })/>
                        </button>
                    })}
                    {match child {
                        Some(href) => view! { <a class="tbl__a" href=href>{name}</a> }.into_any(),
                        None => view! { <span>{name}</span> }.into_any(),
                    }}
                </span>
            </th>
            <td class="mut rowsplit__was">{sold_said}</td>
            <td class="rowsplit__is">
                <AmountCell id=cell_id(at) value=Signal::derive(move || typed(amount(), digits)) label=name unit
                    locked=Signal::derive(move || locked() || !may) plus
                    wrong=Signal::derive(move || table.wrong.get() == Some(at))
                    on_commit=commit on_key=key/>
            </td>
            <td class="rowsplit__share">{share}</td>
            <td class="mut rowsplit__change">{change}</td>
        </tr>
        <Show when=move || table.wrong.get() == Some(at)>
            <tr><td colspan="5"><p class="field__err" role="alert">{tr!(i18n, split.no_amount)}</p></td></tr>
        </Show>
    }
}
