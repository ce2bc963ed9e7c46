//! What is left: how it could be settled, previewed in the cells, and done only when asked for. And why it is split so.

use super::Table;
use crate::components::{Button, ButtonKind, Field, FieldKind, IconName};
use crate::i18n::use_i18n;
use crate::screens::words::member_said;
use crate::text::{say, tr};
use aisle_domain::cascade::{Held, Settle};
use aisle_domain::money::Amount;
use leptos::prelude::*;

/// The remainder and the ways to settle it; nothing when nothing is left.
#[component]
pub(super) fn Rest(
    /// What the page shares.
    table: Table,
) -> impl IntoView {
    let i18n = use_i18n();
    let desk = table.desk;
    let rest = move || desk.editor().map(|editor| editor.remainder()).unwrap_or_default();
    let is_left = Memo::new(move |_| rest() != Amount::ZERO);
    let title = move || match rest().0 {
        0 => String::new(),
        1.. => say!(i18n, split.rest_left, amount = table.amount(rest())),
        _ => say!(i18n, split.rest_over, amount = table.amount(-rest())),
    };
    // The row a person was in last, or the first that is free.
    let one = move || {
        let editor = desk.editor()?;
        let free = |at: &usize| editor.parts().get(*at).is_some_and(|part| part.held != Held::Locked);
        Some(table.row.get()).filter(free).or_else(|| (0..editor.parts().len()).find(free))
    };
    let one_name = move || {
        let editor = desk.editor()?;
        editor.parts().get(one()?).map(|part| member_said(&part.member))
    };
    let shown = move || {
        let (how, editor) = (table.preview.get()?, desk.editor()?);
        let more = editor.preview(how)?;
        let given: Vec<String> = more.iter().filter(|a| **a != Amount::ZERO).map(|a| table.amount(*a)).collect();
        let few = given.iter().take(6).cloned().collect::<Vec<_>>().join(" + ");
        Some(if given.len() > 6 { format!("{few} …") } else { few })
    };
    let settle = move |()| {
        if let Some(how) = table.preview.get_untracked() {
            table.change(|editor| editor.settle(how));
        }
    };
    let look = move |how: Settle| table.preview.set(Some(how));
    view! {
        <Show when=move || is_left.get()>
            <section class="rest" aria-live="polite">
                <div class="rest__t">
                    <p class="rest__h">{title}</p>
                    <p class="mut">{move || match shown() {
                        Some(parts) => say!(i18n, split.preview, parts = parts),
                        None => say!(i18n, split.offer),
                    }}</p>
                </div>
                <Show when=move || desk.may()>
                    <div class="rest__acts">
                        <Show when=move || one_name().is_some()>
                            <Button small=true
                                label=Signal::derive(move || say!(i18n, split.to_one, name = one_name().unwrap_or_default()))
                                on_press=move |()| if let Some(at) = untrack(one) { look(Settle::ToOne(at)) }/>
                        </Show>
                        <Button small=true label=tr!(i18n, split.evenly) on_press=move |()| look(Settle::Evenly)/>
                        <Button small=true label=tr!(i18n, split.by_base) on_press=move |()| look(Settle::ByBase)/>
                        <Show when=move || shown().is_some()>
                            <Button kind=ButtonKind::Primary icon=IconName::Check label=tr!(i18n, split.settle)
                                on_press=settle/>
                        </Show>
                    </div>
                </Show>
            </section>
        </Show>
    }
}

/// Why it is split so; a new version needs it.
#[component]
pub(super) fn Reason(
    /// What the page shares.
    table: Table,
) -> impl IntoView {
    let i18n = use_i18n();
    let desk = table.desk;
    let value = Signal::derive(move || desk.editor().map(|editor| editor.reason().to_owned()).unwrap_or_default());
    let hint = Signal::derive(move || match desk.editor() {
        Some(editor) if editor.after().is_empty() => say!(i18n, split.reason_first),
        _ => String::new(),
    });
    let set = move |text: String| {
        desk.change(|editor| {
            editor.set_reason(&text);
            true
        });
    };
    view! {
        <Show when=move || desk.may()>
            // The field has an undo of its own.
            <div class="cas__why" on:keydown=|event| if event.key().eq_ignore_ascii_case("z") { event.stop_propagation() }>
                <Field kind=FieldKind::Area label=tr!(i18n, split.reason) hint value on_input=set/>
            </div>
        </Show>
    }
}
