//! The control of a question, by the kind of answer it takes.

use super::question::value_said;
use crate::components::{
    Answer, AnswerChoice, Button, Field, FieldKind, IconName, Photo, PhotoAdd, Photos, Stepper, Tone,
};
use crate::i18n::use_i18n;
use crate::state::{Catalog, Visits, Words};
use crate::text::{say, tr};
use aisle_domain::VisitId;
use aisle_domain::checklist::{Item, ItemKind, Pass, Question, Value};
use aisle_domain::money::Amount;
use leptos::prelude::*;

/// What a yes-or-no question may be answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Choice {
    Yes,
    No,
    NotApplicable,
}

/// The control of a question.
#[component]
pub fn Control(
    /// The visit.
    visit: VisitId,
    /// The question.
    question: Question,
    /// The item behind it.
    item: Item,
    /// The latest answer.
    given: Memo<Option<Value>>,
    /// The question in words: the control's name.
    text: Signal<String>,
    /// What to do with an answer; without it, it is given in the visit.
    #[prop(optional, into)]
    give: Option<Callback<Value>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let visits = Visits::get();
    let give = {
        let (visit, key) = (visit.clone(), question.key.clone());
        move |value: Value| match give {
            Some(give) => give.run(value),
            None => visits.answer(&visit, &key, value),
        }
    };
    let na = {
        let give = give.clone();
        let offered = item.na && item.kind != ItemKind::YesNo;
        move || {
            let give = give.clone();
            offered.then(|| {
                view! {
                    <Button small=true label=tr!(i18n, visit.na) on_press=move |()| give(Value::NotApplicable)/>
                }
            })
        }
    };
    let said_apart = move || match given.get() {
        Some(value @ (Value::NotApplicable | Value::Cannot(_))) => Some(value_said(&value)),
        _ => None,
    };
    let control = match item.kind {
        ItemKind::YesNo => view! { <YesNo item give given text/> }.into_any(),
        ItemKind::Number => {
            let number = move |n: Option<i64>| give(n.map_or_else(|| Value::Note(String::new()), Value::Number));
            view! {
            <Stepper
                value=Signal::derive(move || match given.get() {
                    Some(Value::Number(n)) => Some(n),
                    _ => None,
                })
                on_commit=number
                label=text
                minus_label=tr!(i18n, visit.less)
                plus_label=tr!(i18n, visit.more)
            />
            }
            .into_any()
        }
        ItemKind::Price => view! { <Price question give given text/> }.into_any(),
        ItemKind::Note => view! {
            <Field
                kind=FieldKind::Area
                label=tr!(i18n, visit.note)
                value=Signal::derive(move || match given.get() {
                    Some(Value::Note(text)) => text,
                    _ => String::new(),
                })
                on_commit=move |text: String| give(Value::Note(text))
            />
        }
        .into_any(),
        ItemKind::Photo => view! { <TakePhoto visit question given/> }.into_any(),
    };
    view! {
        {control}
        {na}
        {move || said_apart().map(|said| view! { <p class="visit__fail">{said}</p> })}
    }
}

#[component]
fn YesNo(
    item: Item,
    give: impl Fn(Value) + Clone + Send + Sync + 'static,
    given: Memo<Option<Value>>,
    text: Signal<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let bad = if item.critical { Tone::Stop } else { Tone::Bad };
    let (yes, no) = match item.pass {
        Pass::No => (bad, Tone::Good),
        Pass::Yes => (Tone::Good, bad),
        _ => (Tone::Plain, Tone::Plain),
    };
    let mut choices = vec![
        AnswerChoice { value: Choice::Yes, label: tr!(i18n, visit.yes), tone: yes },
        AnswerChoice { value: Choice::No, label: tr!(i18n, visit.no), tone: no },
    ];
    if item.na {
        let label = tr!(i18n, visit.na);
        choices.push(AnswerChoice { value: Choice::NotApplicable, label, tone: Tone::Plain });
    }
    let selected = Signal::derive(move || match given.get() {
        Some(Value::Yes) => Some(Choice::Yes),
        Some(Value::No) => Some(Choice::No),
        Some(Value::NotApplicable) => Some(Choice::NotApplicable),
        _ => None,
    });
    let select = move |choice: Choice| {
        give(match choice {
            Choice::Yes => Value::Yes,
            Choice::No => Value::No,
            Choice::NotApplicable => Value::NotApplicable,
        });
    };
    view! { <Answer choices selected on_select=select legend=text/> }
}

/// A price: typed, or the planned one with one tap.
#[component]
fn Price(
    question: Question,
    give: impl Fn(Value) + Clone + Send + Sync + 'static,
    given: Memo<Option<Value>>,
    text: Signal<String>,
) -> impl IntoView {
    let (i18n, words, catalog) = (use_i18n(), Words::get(), Catalog::get());
    let wrong = RwSignal::new(String::new());
    let value = Signal::derive(move || match given.get() {
        Some(Value::Price(amount)) => words.money_input(amount),
        _ => String::new(),
    });
    let product = question.product.clone();
    let planned = move || product.as_ref().and_then(|id| catalog.prices().get(id).copied());
    let commit = {
        let give = give.clone();
        move |typed: String| {
            if typed.trim().is_empty() {
                wrong.set(String::new());
                give(Value::Note(String::new()));
                return;
            }
            match Amount::parse(&typed, untrack(|| words.money_digits())) {
                Ok(amount) if amount.0 >= 0 => {
                    wrong.set(String::new());
                    give(Value::Price(amount));
                }
                Ok(_) => wrong.set(untrack(|| say!(i18n, visit.price_negative))),
                Err(error) => {
                    wrong.set(untrack(|| say!(i18n, visit.price_wrong, typed = typed, why = error.to_string())));
                }
            }
        }
    };
    let take_planned = move || {
        let give = give.clone();
        planned().map(|amount| {
            let label = Signal::derive(move || say!(i18n, visit.planned, price = words.money_exact(amount)));
            view! { <Button small=true label on_press=move |()| give(Value::Price(amount))/> }
        })
    };
    view! {
        <Field kind=FieldKind::Decimal label=text value on_commit=commit error=wrong
            prefix=Signal::derive(move || words.symbol())/>
        {take_planned}
    }
}

#[component]
fn TakePhoto(visit: VisitId, question: Question, given: Memo<Option<Value>>) -> impl IntoView {
    let (i18n, visits, words, catalog) = (use_i18n(), Visits::get(), Words::get(), Catalog::get());
    let key = question.key.clone();
    let taken = Memo::new(move |_| match given.get() {
        Some(Value::Photo(id)) => Some(id),
        _ => None,
    });
    view! {
        <Photos>
            {move || taken.get().map(|id| {
                let url = visits.picture(id.clone());
                let at = catalog.photos().get(&id).map(|photo| photo.at);
                let badge = at.map(|at| words.time(at)).unwrap_or_default();
                view! { <Photo src=url alt=tr!(i18n, visit.photo_alt) badge_icon=IconName::SPhone badge/> }
            })}
            <PhotoAdd
                label=Signal::derive(move || {
                    if taken.get().is_some() { say!(i18n, visit.retake) } else { say!(i18n, visit.take_photo) }
                })
                on_pick=move |event| visits.answer_photo(visit.clone(), key.clone(), &event)
            />
        </Photos>
    }
}
