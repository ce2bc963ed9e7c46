//! Answer keys: native radios as large keys in a fieldset.
//!
//! The colour of a chosen key follows the outcome (`tone`), not the word: yes can be the bad answer.

use leptos::prelude::*;

use super::field::unique_id;
use super::icon::{Icon, IconName, IconSize};

/// What choosing an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tone {
    /// In order.
    Good,
    /// A gap.
    Bad,
    /// A critical fail.
    Stop,
    /// No outcome: not applicable, a reason.
    #[default]
    Plain,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Good => "ans__o ans__o--good",
            Self::Bad => "ans__o ans__o--bad",
            Self::Stop => "ans__o ans__o--stop",
            Self::Plain => "ans__o",
        }
    }

    const fn icon(self, list: bool) -> IconName {
        match self {
            Self::Good => IconName::Check,
            Self::Bad | Self::Stop => IconName::Cross,
            Self::Plain if list => IconName::Check,
            Self::Plain => IconName::Na,
        }
    }
}

/// One answer.
#[derive(Debug, Clone)]
pub struct AnswerChoice<T> {
    /// What is handed back when it is chosen.
    pub value: T,
    /// Its word.
    pub label: Signal<String>,
    /// What choosing it means.
    pub tone: Tone,
}

/// A group of answers of which one can be chosen. A tapped key shows at once, before `selected` follows; when the answer
/// could not be kept, the caller says so beside it.
#[component]
pub fn Answer<T>(
    /// The answers, in order.
    choices: Vec<AnswerChoice<T>>,
    /// The chosen one.
    #[prop(into)]
    selected: Signal<Option<T>>,
    /// Runs when another one is chosen.
    #[prop(into)]
    on_select: Callback<T>,
    /// The group's name for screen readers: number, section, question, critical flag.
    #[prop(into)]
    legend: Signal<String>,
    /// One below the other, for reasons and other long words.
    #[prop(optional)]
    list: bool,
    /// Cannot be changed (a finished visit).
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let name = unique_id("answer");
    let keys = choices
        .into_iter()
        .map(|AnswerChoice { value, label, tone }| {
            let is_selected = {
                let value = value.clone();
                Memo::new(move |_| selected.read().as_ref() == Some(&value))
            };
            view! {
                <label class=tone.class()>
                    <input
                        type="radio"
                        name=name.clone()
                        prop:checked=is_selected
                        on:change=move |_| on_select.run(value.clone())
                    />
                    <Icon name=tone.icon(list) size=IconSize::S20 />
                    <span>{label}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset disabled=disabled>
            <legend class="vh">{legend}</legend>
            <div class="ans" class:ans--list=list>
                {keys}
            </div>
        </fieldset>
    }
}
