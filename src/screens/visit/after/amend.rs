//! The sheet that amends one answer: what it was, what it is now, and why.

use super::super::control::Control;
use super::super::question::value_said;
use super::question_said;
use crate::components::{Button, ButtonKind, Field, FieldKind, IconName, Note, Sheet};
use crate::i18n::use_i18n;
use crate::state::Toasts;
use crate::state::aftermath::Aftermath;
use crate::state::visits::Walk;
use crate::text::{say, tr};
use aisle_domain::VisitId;
use aisle_domain::checklist::{Question, Value};
use leptos::prelude::*;
use std::sync::Arc;

/// Amends the question that `asked` holds; closing it empties that.
#[component]
pub fn AmendSheet(id: VisitId, walk: Arc<Walk>, asked: RwSignal<Option<Question>>) -> impl IntoView {
    let (i18n, toasts) = (use_i18n(), Toasts::get());
    let aftermath = Aftermath::get();
    let open = RwSignal::new(false);
    let value = RwSignal::new(None::<Value>);
    let reason = RwSignal::new(String::new());
    let failed = RwSignal::new(String::new());
    Effect::new(move |_| {
        if asked.get().is_some() {
            value.set(None);
            reason.set(String::new());
            failed.set(String::new());
            open.set(true);
        }
    });
    let title = {
        let walk = walk.clone();
        Signal::derive(move || asked.get().map(|question| question_said(&walk, &question)).unwrap_or_default())
    };
    let before = {
        let walk = walk.clone();
        move || {
            let given = asked.get().and_then(|q| walk.answers.get(&q.key).cloned());
            given.map_or_else(|| "—".to_owned(), |value| value_said(&value))
        }
    };
    let said_before = tr!(i18n, after.before, value = before());
    let incomplete = Signal::derive(move || value.read().is_none() || reason.read().trim().is_empty());
    let visit = id.clone();
    let save = move |()| {
        let (Some(question), Some(now)) = (asked.get_untracked(), value.get_untracked()) else { return };
        let why = reason.get_untracked().trim().to_owned();
        let (saved, broken) = untrack(|| (say!(i18n, after.saved), say!(i18n, visit.not_saved)));
        aftermath.amend(&visit, &question.key, now, why, move |outcome| match outcome {
            Ok(()) => {
                toasts.show(saved);
                open.set(false);
            }
            Err(error) => failed.set(format!("{broken}: {error}")),
        });
    };
    let given = Memo::new(move |_| value.get());
    let control = StoredValue::new((id, walk));
    view! {
        <Sheet open title subtitle=said_before on_close=move |()| asked.set(None)
            acts=move || view! {
                <Button kind=ButtonKind::Primary label=tr!(i18n, after.save) block=true on_press=save.clone()
                    disabled=incomplete/>
            }
        >
            {move || asked.get().map(|question| {
                let (id, walk) = control.get_value();
                let item = walk.template.item(&question).clone();
                view! {
                    <Control visit=id question item given text=title
                        give=move |given: Value| value.set(Some(given))/>
                }
            })}
            <Field kind=FieldKind::Area label=tr!(i18n, after.reason) value=reason error=failed required=true
                on_input=move |text: String| reason.set(text)/>
            <Note icon=IconName::History text=tr!(i18n, after.amend_note)/>
        </Sheet>
    }
}
