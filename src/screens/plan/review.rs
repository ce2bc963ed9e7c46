//! One draft under review: approve it, adjust it with a comment, or give it back with one.

use super::drafts::state_said;
use crate::components::{Button, ButtonKind, Fact, Facts, Field, FieldKind, Sheet};
use crate::i18n::use_i18n;
use crate::screens::figures::amount_said;
use crate::screens::words::digits_of;
use crate::state::review::Reviews;
use crate::state::{Catalog, Toasts, Words};
use crate::text::{say, tr};
use aisle_domain::draft::{Draft, DraftAction};
use aisle_domain::money::Amount;
use leptos::prelude::*;

/// The sheet of a draft; closed while there is none.
#[component]
pub(super) fn Review(
    /// The draft.
    draft: RwSignal<Option<Draft>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let (reviews, toasts, catalog, words) = (Reviews::get(), Toasts::get(), Catalog::get(), Words::get());
    let open = RwSignal::new(false);
    let (amount, comment) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let error = RwSignal::new(String::new());
    Effect::new(move |_| {
        if let Some(draft) = draft.get() {
            let digits = untrack(|| digits_of(&draft.metric));
            amount.set(untrack(|| {
                if digits == 0 { draft.figure().0.to_string() } else { words.money_input(draft.figure()) }
            }));
            comment.set(String::new());
            error.set(String::new());
            open.set(true);
        }
    });
    let take = move |action: DraftAction| {
        let Some(of) = draft.get_untracked() else { return };
        let said = comment.get_untracked();
        let done = reviews.review(&[of], action, &said, move |done| {
            toasts.show(if done.is_ok() { say!(i18n, review.done) } else { say!(i18n, split.not_published) });
        });
        match done {
            Ok(()) => open.set(false),
            Err(aisle_domain::draft::DraftError::NoComment) => error.set(say!(i18n, review.needs_comment)),
            Err(_) => error.set(say!(i18n, review.cannot)),
        }
    };
    let adjust = move |()| {
        let Some(of) = draft.get_untracked() else { return };
        match Amount::parse(&amount.get_untracked(), untrack(|| digits_of(&of.metric))) {
            Ok(amount) => take(DraftAction::Adjust { amount }),
            Err(_) => error.set(say!(i18n, split.no_amount)),
        }
    };
    let title = Signal::derive(move || {
        let shop = draft.get().and_then(|draft| catalog.shop(&draft.shop)).map(|shop| shop.name);
        shop.unwrap_or_default()
    });
    let facts = move || {
        let draft = draft.get()?;
        let (who, drafted) = (catalog.person_name(&draft.person), amount_said(&draft.metric, draft.drafted()));
        let state = state_said(draft.state());
        Some(view! {
            <Facts>
                <Fact term=tr!(i18n, cockpit.keeper) value=who/>
                <Fact term=tr!(i18n, review.drafted) value=drafted/>
                <Fact term=tr!(i18n, review.state) value=state/>
            </Facts>
        })
    };
    view! {
        <Sheet open title on_close=move |()| draft.set(None)
            acts=move || view! {
                <Show when=move || reviews.may()>
                    <Button kind=ButtonKind::Primary label=tr!(i18n, review.approve)
                        on_press=move |()| take(DraftAction::Approve)/>
                    <Button label=tr!(i18n, review.adjust) on_press=adjust/>
                </Show>
                <Button label=tr!(i18n, review.give_back) on_press=move |()| take(DraftAction::Return)/>
            }>
            {facts}
            <div class="form">
                <Field kind=FieldKind::Decimal label=tr!(i18n, review.figure) value=amount
                    on_input=move |text| amount.set(text)/>
                <Field kind=FieldKind::Area label=tr!(i18n, review.comment) value=comment error
                    hint=tr!(i18n, review.comment_hint) on_input=move |text| { error.set(String::new()); comment.set(text) }/>
            </div>
        </Sheet>
    }
}
