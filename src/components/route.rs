//! A day's route: its stops on a line.

use leptos::prelude::*;

use super::icon::{Icon, IconName, IconSize};
use super::notice::Tag;

/// Where a stop is in the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StopStage {
    /// Visited.
    Done,
    /// The next one.
    Next,
    /// Still to come.
    Later,
}

/// The list of stops; holds [`StopRow`]s.
#[component]
pub fn Route(
    /// The stops, in order.
    children: Children,
) -> impl IntoView {
    view! { <ol class="route">{children()}</ol> }
}

/// One stop.
#[component]
pub fn StopRow(
    /// Where it is in the day.
    #[prop(into)]
    stage: Signal<StopStage>,
    /// Its number in the route, from 1.
    #[prop(into)]
    number: Signal<u32>,
    /// The shop's name.
    #[prop(into)]
    name: Signal<String>,
    /// Where it leads.
    #[prop(into)]
    href: Signal<String>,
    /// How far it is. Empty: none.
    #[prop(optional, into)]
    distance: Signal<String>,
    /// Planned time, at the right. Empty: none. The next stop shows its tag instead.
    #[prop(optional, into)]
    time: Signal<String>,
    /// What it is worth, in bold under the time. Empty: none.
    #[prop(optional, into)]
    worth: Signal<String>,
    /// The word on the next stop's tag.
    #[prop(into)]
    next_label: Signal<String>,
    /// What “done” is called, for screen readers (the tick has no words).
    #[prop(into)]
    done_label: Signal<String>,
    /// What is to be done there, one `span` per part.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let is = move |wanted| Memo::new(move |_| stage.get() == wanted);
    let (done, next) = (is(StopStage::Done), is(StopStage::Next));
    view! {
        <li>
            <a
                class="stop"
                class:stop--done=done
                class:stop--next=next
                href=href
                aria-current=move || next.get().then_some("step")
            >
                <span class="stop__node">
                    {move || {
                        if done.get() {
                            view! {
                                <Icon name=IconName::Check size=IconSize::S20 />
                                <span class="vh">{done_label}</span>
                            }
                                .into_any()
                        } else {
                            view! { {number} }.into_any()
                        }
                    }}
                </span>
                <span class="stop__main">
                    <span class="stop__name">{name}</span>
                    <span class="stop__meta">
                        {move || {
                            (!distance.read().is_empty())
                                .then(|| view! { <span><Icon name=IconName::Near />{distance}</span> })
                        }}
                        {children.map(|children| children())}
                    </span>
                    <span class="stop__end">
                        {move || {
                            if next.get() {
                                view! { <Tag label=next_label /> }.into_any()
                            } else {
                                view! { {time} }.into_any()
                            }
                        }}
                        {move || (!worth.read().is_empty()).then(|| view! { <b class="stop__worth">{worth}</b> })}
                    </span>
                </span>
            </a>
        </li>
    }
}
