//! A visit's parts: progress with score, sections, the frame of one question.

use leptos::prelude::*;

use super::icon::{Icon, IconName};
use super::twin::Twin;

/// Progress of a visit in one line: answered against time, and the live score.
#[component]
pub fn MeterBar(
    /// How much is answered, in words.
    #[prop(into)]
    answered: Signal<String>,
    /// How much time went, in words.
    #[prop(into)]
    elapsed: Signal<String>,
    /// Planned time gone, percent. `None`: no plan, no rule.
    #[prop(into)]
    time_percent: Signal<Option<f64>>,
    /// Answered, percent.
    #[prop(into)]
    answered_percent: Signal<Option<f64>>,
    /// Both as a sentence.
    #[prop(into)]
    label: Signal<String>,
    /// The score, or a dash while nothing counts yet.
    #[prop(into)]
    score: Signal<String>,
    /// What the score counts so far, and the pass line.
    #[prop(into)]
    score_note: Signal<String>,
) -> impl IntoView {
    view! {
        <div class="meterbar">
            <p class="meterbar__t">
                <span>{answered}</span>
                <span>{elapsed}</span>
            </p>
            <Twin reference=time_percent actual=answered_percent label />
            <p class="meterbar__score">
                <b>{score}</b>
                <small>{score_note}</small>
            </p>
        </div>
    }
}

/// One section of a checklist.
#[derive(Debug, Clone)]
pub struct SectionItem {
    /// Its id, unique among the sections.
    pub id: String,
    /// Its word.
    pub label: Signal<String>,
    /// How many of its questions are answered.
    pub answered: Signal<usize>,
    /// How many it has.
    pub total: Signal<usize>,
}

/// The sections of a checklist with their counts, sticky under the bar.
#[component]
pub fn SectionsNav(
    /// The sections, in order.
    #[prop(into)]
    items: Signal<Vec<SectionItem>>,
    /// The id of the one in view.
    #[prop(into)]
    current: Signal<Option<String>>,
    /// Goes to a section.
    #[prop(into)]
    on_select: Callback<String>,
    /// The name of the navigation.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    view! {
        <nav class="secs" aria-label=label>
            <For
                each=move || items.get()
                key=|item| item.id.clone()
                children=move |SectionItem { id, label, answered, total }| {
                    let done = Memo::new(move |_| total.get() > 0 && answered.get() >= total.get());
                    let is_current = {
                        let id = id.clone();
                        Memo::new(move |_| current.read().as_deref() == Some(id.as_str()))
                    };
                    view! {
                        <button
                            class="secs__o"
                            class:is-done=done
                            type="button"
                            aria-current=move || is_current.get().then_some("true")
                            on:click=move |_| on_select.run(id.clone())
                        >
                            <b>{label}</b>
                            <small>
                                {move || done.get().then(|| view! { <Icon name=IconName::Check /> })}
                                {answered} "/" {total}
                            </small>
                        </button>
                    }
                }
            />
        </nav>
    }
}

/// The frame of one question: number, flags, points, text, hint, last time's value, control, what follows from it.
#[component]
pub fn Question(
    /// The element's id, for going to it.
    #[prop(into)]
    id: String,
    /// Section and number.
    #[prop(into)]
    number: Signal<String>,
    /// Points, at the right. Empty: none.
    #[prop(optional, into)]
    points: Signal<String>,
    /// The question.
    #[prop(into)]
    text: Signal<String>,
    /// What passes, or how to look. Empty: none.
    #[prop(optional, into)]
    hint: Signal<String>,
    /// Last visit's value. Empty: none.
    #[prop(optional, into)]
    last: Signal<String>,
    /// It is the next one to answer.
    #[prop(optional, into)]
    now: Signal<bool>,
    /// It is answered.
    #[prop(optional, into)]
    done: Signal<bool>,
    /// Flags beside the number: critical item, photo needed, the “next” tag.
    #[prop(optional, into)]
    flags: Option<ViewFn>,
    /// What a failed answer brings: lost points, photo, action.
    #[prop(optional, into)]
    more: Option<ViewFn>,
    /// The control.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="q" class:q--now=now class:q--done=done id=id>
            <p class="q__top">
                <span>{number}</span>
                {flags.map(|flags| flags.run())}
                <span class="q__score">{points}</span>
            </p>
            <p class="q__text">{text}</p>
            {move || (!hint.read().is_empty()).then(|| view! { <p class="q__hint">{hint}</p> })}
            {move || {
                (!last.read().is_empty())
                    .then(|| {
                        view! {
                            <p class="q__last">
                                <Icon name=IconName::History />
                                <span>{last}</span>
                            </p>
                        }
                    })
            }}
            <div class="q__ctl">{children()}</div>
            {more.map(|more| view! { <div class="q__more">{more.run()}</div> })}
        </div>
    }
}
