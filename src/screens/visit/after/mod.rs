//! A visit that has been handed in: every answer, how each came to be, conflicts to settle, and amending.

mod amend;
mod conflict;

pub use conflict::Conflicts;

use self::amend::AmendSheet;
use super::question::value_said;
use crate::components::{Button, IconName, Note, Row, Shelf};
use crate::i18n::use_i18n;
use crate::state::aftermath::{Aftermath, Life, Step};
use crate::state::visits::Walk;
use crate::state::{Catalog, Prefs, Visits, Words};
use crate::text::{say, tr};
use aisle_domain::VisitId;
use aisle_domain::checklist::{ItemKind, Question};
use leptos::prelude::*;
use std::sync::Arc;

/// A question in words.
fn question_said(walk: &Walk, question: &Question) -> String {
    let (prefs, visits) = (Prefs::get(), Visits::get());
    let text = prefs.lang().pick(&walk.template.item(question).text);
    match &question.product {
        Some(product) => text.replace("{product}", &visits.product_name(product)),
        None => text,
    }
}

/// What follows the summary of a visit that is over.
#[component]
pub fn After(
    /// Which visit.
    id: VisitId,
    /// The visit with its answers.
    walk: Arc<Walk>,
) -> impl IntoView {
    let may = Aftermath::get().may_amend(&walk.visit);
    let asked = RwSignal::new(None::<Question>);
    view! {
        <Conflicts id=id.clone() walk=walk.clone() may/>
        <History id=id.clone() walk=walk.clone()/>
        <AllAnswers walk=walk.clone() may asked/>
        {may.then(|| view! { <AmendSheet id walk asked/> })}
    }
}

/// Answers given more than once or amended: every value with who, when and why.
#[component]
fn History(id: VisitId, walk: Arc<Walk>) -> impl IntoView {
    let i18n = use_i18n();
    let lives = Aftermath::get().lives(&id, &walk.visit);
    if lives.is_empty() {
        return ().into_any();
    }
    let count = lives.len();
    let row = move |life: Life| {
        let question = walk.questions.iter().find(|q| q.key == life.question);
        let title = question.map_or_else(|| life.question.to_string(), |question| question_said(&walk, question));
        let steps = life.steps.into_iter().map(|step| view! { <li>{step_said(&step)}</li> }).collect_view();
        view! { <li class="after__life"><b>{title}</b><ol class="after__steps">{steps}</ol></li> }
    };
    view! {
        <Shelf title=tr!(i18n, after.history) note=count.to_string()>
            <ul>{move || lives.clone().into_iter().map(row.clone()).collect_view()}</ul>
            <Note icon=IconName::History text=tr!(i18n, after.history_note)/>
        </Shelf>
    }
    .into_any()
}

/// A value with who, when and why.
fn step_said(step: &Step) -> String {
    let (i18n, words, catalog) = (use_i18n(), Words::get(), Catalog::get());
    let (value, at, who) = (value_said(&step.value), words.moment(step.at), catalog.person_name(&step.by));
    match &step.reason {
        Some(reason) => say!(i18n, after.amended_step, value = value, who = who, at = at, reason = reason),
        None => say!(i18n, after.given_step, value = value, who = who, at = at),
    }
}

/// Every question that was asked, with its answer; each can be amended by whoever may.
#[component]
fn AllAnswers(walk: Arc<Walk>, may: bool, asked: RwSignal<Option<Question>>) -> impl IntoView {
    let i18n = use_i18n();
    let questions: Vec<Question> = walk.asked().cloned().collect();
    let count = questions.len();
    let row = move |question: Question| {
        let item = walk.template.item(&question);
        let given = walk.answers.get(&question.key).map_or_else(|| "—".to_owned(), value_said);
        // Another picture is another visit's evidence.
        let can = may && item.kind != ItemKind::Photo;
        let title = question_said(&walk, &question);
        view! {
            <li>
                <Row title light=true meta=given end=move || {
                    let question = question.clone();
                    can.then(|| view! {
                        <Button small=true label=tr!(i18n, after.amend)
                            on_press=move |()| asked.set(Some(question.clone()))/>
                    })
                }/>
            </li>
        }
    };
    view! {
        <details class="after__all">
            <summary>{tr!(i18n, after.all, n = count)}</summary>
            <ul class="rows">{move || questions.clone().into_iter().map(row.clone()).collect_view()}</ul>
        </details>
    }
}
