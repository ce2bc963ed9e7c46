//! Conflicts of a visit: both values, who and when; a person keeps one.

use super::super::question::value_said;
use super::question_said;
use crate::components::{Button, IconName, Panel, PanelKind};
use crate::i18n::use_i18n;
use crate::state::aftermath::{Aftermath, Past};
use crate::state::visits::Walk;
use crate::state::{Toasts, Words};
use crate::text::{say, tr};
use aisle_domain::VisitId;
use aisle_domain::checklist::Value;
use aisle_domain::history::{Choice, Side, Why};
use leptos::prelude::*;
use std::sync::Arc;

/// The conflicts of a visit, open and settled, and results that were computed anew.
#[component]
pub fn Conflicts(
    /// Which visit.
    id: VisitId,
    /// The visit with its answers.
    walk: Arc<Walk>,
    /// Whether the person may settle them.
    may: bool,
) -> impl IntoView {
    let aftermath = Aftermath::get();
    let past = Memo::new(move |_| aftermath.history_of(&id));
    move || {
        let one = |past: Past| view! { <One past walk=walk.clone() may/> };
        past.get().into_iter().map(one).collect_view()
    }
}

#[component]
fn One(past: Past, walk: Arc<Walk>, may: bool) -> impl IntoView {
    let (i18n, toasts) = (use_i18n(), Toasts::get());
    let aftermath = Aftermath::get();
    let (open, why) = (past.history.is_open(), past.history.why.clone());
    let field = {
        let (walk, history) = (walk.clone(), past.history.clone());
        move || field_said(&walk, &history)
    };
    let title = Signal::derive(move || match why {
        Why::Conflict if open => say!(i18n, after.conflict, field = field()),
        Why::Conflict => say!(i18n, after.settled, field = field()),
        _ => say!(i18n, after.recomputed, field = field()),
    });
    let history = past.history.clone();
    let text = Signal::derive(move || {
        let (kept, lost) = (side_said(&history.kept), side_said(&history.lost));
        let both = say!(i18n, after.both, kept = kept, lost = lost);
        match &history.settled {
            Some(settled) => {
                let who = aftermath.who(&Side { by: Some(settled.by.clone()), ..Side::default() });
                let at = Words::get().moment(settled.at);
                match settled.choice {
                    Choice::Kept => format!("{both} {}", say!(i18n, after.settled_kept, who = who, at = at)),
                    Choice::Lost => format!("{both} {}", say!(i18n, after.settled_lost, who = who, at = at)),
                }
            }
            None => both,
        }
    });
    let settle = {
        let past = past.clone();
        move |choice: Choice| {
            let (reason, saved, broken) = untrack(|| {
                (say!(i18n, after.settle_reason), say!(i18n, after.settle_saved), say!(i18n, visit.not_saved))
            });
            aftermath.settle(&past, choice, reason, move |outcome| match outcome {
                Ok(()) => toasts.show(saved),
                Err(error) => toasts.show(format!("{broken}: {error}")),
            });
        }
    };
    let (kept, lost) = (value_in_words(&past.history.kept.value), value_in_words(&past.history.lost.value));
    let acts = move || {
        let (keep, choose) = (settle.clone(), settle.clone());
        let (kept, lost) = (kept.clone(), lost.clone());
        view! {
            <Button small=true label=tr!(i18n, after.keep, value = kept) on_press=move |()| keep(Choice::Kept)/>
            <Button small=true label=tr!(i18n, after.choose, value = lost) on_press=move |()| choose(Choice::Lost)/>
        }
    };
    if open && may {
        view! { <Panel kind=PanelKind::Gap icon=IconName::Gap title text acts/> }.into_any()
    } else {
        let kind = if open { PanelKind::Gap } else { PanelKind::Info };
        view! { <Panel kind icon=IconName::History title text/> }.into_any()
    }
}

/// What the history is about, in words.
fn field_said(walk: &Walk, history: &aisle_domain::history::History) -> String {
    let i18n = use_i18n();
    let question = history.question().and_then(|key| walk.questions.iter().find(|q| q.key.as_str() == key));
    match question {
        Some(question) => question_said(walk, question),
        None if history.field == "result" => say!(i18n, after.result),
        None => history.field.clone(),
    }
}

fn side_said(side: &Side) -> String {
    let (i18n, words, aftermath) = (use_i18n(), Words::get(), Aftermath::get());
    let (value, who) = (value_in_words(&side.value), aftermath.who(side));
    match side.at {
        Some(at) if !who.is_empty() => say!(i18n, after.side, value = value, who = who, at = words.moment(at)),
        _ => value,
    }
}

/// A value of a record in words: an answer, a result's points, a text or number, or as it stands.
fn value_in_words(value: &serde_json::Value) -> String {
    use serde_json::Value as Json;
    if let Ok(answer) = serde_json::from_value::<Value>(value.clone()) {
        return value_said(&answer);
    }
    match value {
        Json::Null => "—".to_owned(),
        Json::String(text) => text.clone(),
        Json::Object(fields) => fields.get("points").map_or_else(|| value.to_string(), value_in_words),
        other => other.to_string(),
    }
}
