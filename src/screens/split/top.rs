//! What is split, what is allotted, what is left; by what, in which steps; and the shares as one bar.

use super::Table;
use crate::components::{Choice, Icon, IconName, Pick, PickOption, Segmented};
use crate::i18n::use_i18n;
use crate::screens::words::{digits_of, member_said};
use crate::state::Words;
use crate::state::splitting::{Kept, Weigh};
use crate::text::{say, tr};
use aisle_domain::cascade::{Dimension, Editor, Held, SplitBasis};
use aisle_domain::money::Amount;
use leptos::prelude::*;

/// Rounding units that are offered, in whole units.
pub(super) const UNITS: [u64; 5] = [1, 10, 100, 1_000, 10_000];

/// The head of the page.
#[component]
pub(super) fn Top(
    /// What the page shares.
    table: Table,
) -> impl IntoView {
    let i18n = use_i18n();
    let desk = table.desk;
    let total = move || desk.editor().map(|editor| editor.total()).or_else(|| desk.amount());
    let allotted = move || desk.editor().map(|editor| editor.allotted()).unwrap_or_default();
    let rest = move || total().unwrap_or_default() - allotted();
    let editing = Memo::new(move |_| desk.editor().is_some());
    view! {
        <section class="cas__top">
            <p class="cas__fig">
                <span>{tr!(i18n, split.parent)}</span>
                <b>{move || total().map_or_else(|| "—".to_owned(), |amount| table.amount(amount))}</b>
            </p>
            <p class="cas__fig"><span>{tr!(i18n, split.allotted)}</span><b>{move || table.amount(allotted())}</b></p>
            <p class="cas__fig" class:cas__fig--gap=move || rest() != Amount::ZERO>
                <span>
                    {move || (rest() != Amount::ZERO).then(|| view! { <Icon name=IconName::Gap/> })}
                    {move || if rest().0 < 0 { say!(i18n, split.over) } else { say!(i18n, split.left) }}
                </span>
                <b id="cas-rest">{move || table.amount(Amount(rest().0.abs()))}</b>
            </p>
            <Show when=move || editing.get()><By table/></Show>
        </section>
        <Show when=move || editing.get()><Shares table/></Show>
        <Sketch table/>
    }
}

/// By what the rows are filled, and in which steps.
#[component]
fn By(table: Table) -> impl IntoView {
    let (i18n, words) = (use_i18n(), Words::get());
    let desk = table.desk;
    let along_time = untrack(|| desk.editor().is_some_and(|editor| editor.dimension() == Dimension::Time));
    let mut options = vec![Choice::new(Some(Weigh::LastYear), tr!(i18n, split.by_last_year))];
    options.push(if along_time {
        Choice::new(Some(Weigh::Days), tr!(i18n, split.by_days))
    } else {
        Choice::new(Some(Weigh::ThreeMonths), tr!(i18n, split.by_three_months))
    });
    options.push(Choice::new(Some(Weigh::Even), tr!(i18n, split.by_even)));
    options.push(Choice::new(Some(Weigh::Hand), tr!(i18n, split.by_hand)));
    let selected = Memo::new(move |_| desk.editor().and_then(|editor| weigh_of(&editor)));
    let step = 10u64.pow(u32::from(digits_of(&desk.node().metric)));
    let units = Signal::derive(move || {
        let option = |units: u64| PickOption {
            value: (units * step).to_string(),
            label: table.amount(Amount(i64::try_from(units * step).unwrap_or(i64::MAX))),
        };
        let mut options: Vec<PickOption> = UNITS.into_iter().map(option).collect();
        if step > 1 {
            options.insert(0, PickOption { value: "1".to_owned(), label: words.money_exact(Amount(1)) });
        }
        options
    });
    let unit = Signal::derive(move || desk.editor().map(|editor| editor.unit().to_string()).unwrap_or_default());
    let options = StoredValue::new(options);
    let weigh = move |weigh: Option<Weigh>| {
        table.preview.set(None);
        if let Some(weigh) = weigh {
            desk.weigh(weigh);
        }
    };
    let round = move |text: String| {
        if let Ok(unit) = text.parse() {
            table.change(|editor| editor.round_to(unit));
        }
    };
    view! {
        <Show when=move || desk.may()>
            <div class="cas__by">
                <Segmented
                    quiet=true
                    legend=tr!(i18n, split.by)
                    options=options.get_value()
                    selected=selected
                    on_select=weigh
                />
                <Pick label=tr!(i18n, split.rounding) lead=tr!(i18n, split.rounding) options=units selected=unit
                    on_select=round/>
            </div>
        </Show>
    }
}

fn weigh_of(editor: &Editor) -> Option<Weigh> {
    match editor.basis() {
        SplitBasis::Days { .. } => Some(Weigh::Days),
        SplitBasis::History { first, last } if first == last && first.kind() == editor.node().period.kind() => {
            Some(Weigh::LastYear)
        }
        SplitBasis::History { .. } => Some(Weigh::ThreeMonths),
        SplitBasis::Even => Some(Weigh::Even),
        SplitBasis::Hand => Some(Weigh::Hand),
        SplitBasis::Scaled | SplitBasis::Drafts => None,
    }
}

/// The shares of the whole as one bar; what is left is hatched.
#[component]
fn Shares(table: Table) -> impl IntoView {
    let (i18n, words) = (use_i18n(), Words::get());
    let desk = table.desk;
    let label = move || {
        let Some(editor) = desk.editor() else { return String::new() };
        let parts = editor.parts().len();
        say!(i18n, split.shares, n = parts, rest = table.amount(editor.remainder()))
    };
    let share =
        move |amount: Amount, total: Amount| words.percent((total.0 > 0).then(|| amount.0 as f64 / total.0 as f64));
    view! {
        <div class="cas__bar">
            <div class="split" class:split--many=move || desk.editor().is_some_and(|e| e.parts().len() > 12) role="img"
                aria-label=label>
                {move || desk.editor().map(|editor| {
                    let (total, rest, few) = (editor.total(), editor.remainder(), editor.parts().len() <= 12);
                    let parts = editor.parts().iter().filter(|part| part.amount.0 > 0).map(|part| {
                        let words = if few {
                            format!("{} {}", member_said(&part.member), share(part.amount, total))
                        } else {
                            String::new()
                        };
                        let weight = part.amount.0.to_string();
                        view! {
                            <span class:is-lock=part.held == Held::Locked style=("--w", move || weight.clone())>{words}</span>
                        }
                    }).collect_view();
                    let left = rest.0.max(0).to_string();
                    view! {
                        {parts}
                        {(rest.0 > 0).then(|| view! { <span class="is-left" style=("--w", move || left.clone())></span> })}
                    }
                })}
            </div>
        </div>
    }
}

/// Where the sketch is.
#[component]
fn Sketch(table: Table) -> impl IntoView {
    let (i18n, words) = (use_i18n(), Words::get());
    let desk = table.desk;
    let said = move || match desk.kept() {
        Kept::Done(at) => Some(say!(i18n, split.kept, at = words.time(at))),
        Kept::UnderWay => Some(say!(i18n, split.keeping)),
        Kept::Reading | Kept::Nothing | Kept::Failed => None,
    };
    view! {
        <p class="cas__kept" role="status">
            {move || said().map(|said| view! {
                <span class="state"><Icon name=IconName::SPhone/>{said}</span>
                <button class="lnk" type="button" on:click=move |_| desk.discard()>{tr!(i18n, split.discard)}</button>
            })}
        </p>
    }
}
