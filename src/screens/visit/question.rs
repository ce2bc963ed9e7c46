//! One question: its words, the last visit's answer, and what a fail means.

use super::control::Control;
use super::element_id;
use crate::components::{IconName, Mark, MarkKind, Panel, PanelKind, Question as Card, Tag};
use crate::i18n::use_i18n;
use crate::state::visits::Walk;
use crate::state::{Prefs, Visits, Words};
use crate::text::{say, tr};
use aisle_domain::checklist::{Question, Value};
use aisle_domain::{QuestionKey, VisitId};
use leptos::prelude::*;
use std::sync::Arc;

/// One question.
#[component]
pub fn Ask(
    /// The visit.
    visit: VisitId,
    /// The visit with its answers.
    walk: Memo<Option<Arc<Walk>>>,
    /// The question.
    question: Question,
    /// The question to go on with.
    current: Memo<Option<QuestionKey>>,
) -> impl IntoView {
    let (i18n, prefs, visits, words) = (use_i18n(), Prefs::get(), Visits::get(), Words::get());
    let Some(start) = untrack(|| walk.get()) else { return ().into_any() };
    let item = start.template.item(&question).clone();
    let section = start.template.sections[question.section].title.clone();
    let key = question.key.clone();
    let given = {
        let key = key.clone();
        Memo::new(move |_| walk.get().and_then(|walk| walk.answers.get(&key).cloned()))
    };
    let failed = {
        let key = key.clone();
        Memo::new(move |_| walk.get().is_some_and(|walk| walk.score.failed.contains(&key)))
    };
    let now = {
        let key = key.clone();
        Signal::derive(move || current.get().as_ref() == Some(&key))
    };
    let text = {
        let (text, product) = (item.text.clone(), question.product.clone());
        Signal::derive(move || {
            let text = prefs.lang().pick(&text);
            match &product {
                Some(product) => text.replace("{product}", &visits.product_name(product)),
                None => text,
            }
        })
    };
    let hint = item.hint.clone();
    let last = {
        let key = key.clone();
        Signal::derive(move || {
            let walk = walk.get();
            let last = walk.as_ref().and_then(|walk| walk.last.as_ref());
            let value = last.and_then(|(at, answers)| Some((*at, answers.get(&key)?)));
            value.map_or_else(String::new, |(at, value)| {
                say!(i18n, visit.last, day = words.day_of(at), value = value_said(value))
            })
        })
    };
    let number = question.number;
    let (critical, points) = (item.critical, item.weight);
    let flags = move || {
        view! {
            {critical.then(|| view! {
                <Mark kind=Signal::derive(|| MarkKind::Crit) icon=IconName::Crit boxed=true label=tr!(i18n, visit.critical)/>
            })}
            {move || now.get().then(|| view! { <Tag label=tr!(i18n, visit.next)/> })}
        }
    };
    let fail = move || {
        if !failed.get() {
            ().into_any()
        } else if critical {
            view! {
                <Panel kind=PanelKind::Crit icon=IconName::Crit title=tr!(i18n, visit.critical_fail)
                    text=tr!(i18n, visit.critical_fail_text)/>
            }
            .into_any()
        } else {
            view! { <p class="visit__fail">{say!(i18n, visit.lost, n = points)}</p> }.into_any()
        }
    };
    let more = move || fail.into_any();
    view! {
        <Card
            id=element_id(&key)
            number=Signal::derive(move || format!("{} {number}", prefs.lang().pick(&section)))
            points=Signal::derive(move || if points > 0 { say!(i18n, visit.points, n = points) } else { String::new() })
            text
            hint=Signal::derive(move || hint.as_ref().map(|hint| prefs.lang().pick(hint)).unwrap_or_default())
            last
            now
            done=Signal::derive(move || given.get().is_some())
            flags
            more
        >
            <Control visit question item given text/>
        </Card>
    }
    .into_any()
}

/// An answer in words.
pub fn value_said(value: &Value) -> String {
    let (i18n, words) = (use_i18n(), Words::get());
    match value {
        Value::Yes => say!(i18n, visit.yes),
        Value::No => say!(i18n, visit.no),
        Value::Number(n) => words.whole(*n),
        Value::Price(amount) => words.money_exact(*amount),
        Value::Note(text) => text.clone(),
        Value::Photo(_) => say!(i18n, visit.one_photo),
        Value::NotApplicable => say!(i18n, visit.na),
        Value::Cannot(reason) => say!(i18n, visit.cannot_because, reason = reason),
    }
}
