//! The bar on top of every screen, and the sync chip in it.

use leptos::prelude::*;

use super::icon::{Icon, IconName};

/// The bar of a tab: large title, one line under it.
#[component]
pub fn Bar(
    /// The screen's title, its only `h1`.
    #[prop(into)]
    title: Signal<String>,
    /// One line under it. Empty: none.
    #[prop(optional, into)]
    subtitle: Signal<String>,
    /// At the right: the sync chip.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="bar">
            <BarText title subtitle />
            {children.map(|children| children())}
        </header>
    }
}

/// Where the way back of a [`WorkBar`] leads.
#[derive(Debug, Clone)]
pub enum Back {
    /// To a path.
    Href(String),
    /// Whatever the callback does.
    Run(Callback<()>),
}

/// The bar of a work screen: a way back, a smaller title.
#[component]
pub fn WorkBar(
    /// The screen's title, its only `h1`.
    #[prop(into)]
    title: Signal<String>,
    /// One line under it. Empty: none.
    #[prop(optional, into)]
    subtitle: Signal<String>,
    /// The way back. It never loses input.
    back: Back,
    /// What it says to a screen reader.
    #[prop(into)]
    back_label: Signal<String>,
    /// At the right: the sync chip.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let back = match back {
        Back::Href(href) => view! {
            <a class="bar__back" href=href aria-label=back_label>
                <Icon name=IconName::Left />
            </a>
        }
        .into_any(),
        Back::Run(run) => view! {
            <button class="bar__back" type="button" aria-label=back_label on:click=move |_| run.run(())>
                <Icon name=IconName::Left />
            </button>
        }
        .into_any(),
    };
    view! {
        <header class="bar bar--work">
            {back}
            <BarText title subtitle />
            {children.map(|children| children())}
        </header>
    }
}

#[component]
fn BarText(title: Signal<String>, subtitle: Signal<String>) -> impl IntoView {
    view! {
        <div class="bar__text">
            <h1 class="bar__title">{title}</h1>
            {move || (!subtitle.read().is_empty()).then(|| view! { <p class="bar__sub">{subtitle}</p> })}
        </div>
    }
}

/// What the sync chip says. Offline is a state, not an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SyncState {
    /// No connection; work stays on the phone.
    Offline,
    /// Everything is sent.
    Online,
    /// Sending now.
    Sending,
    /// A record came back and needs a person.
    Attention,
}

impl SyncState {
    const fn icon(self) -> IconName {
        match self {
            Self::Offline => IconName::Offline,
            Self::Online => IconName::SOk,
            Self::Sending => IconName::SSend,
            Self::Attention => IconName::SBack,
        }
    }
}

/// The sync chip: on every signed-in screen, opens the sync centre.
#[component]
pub fn SyncChip(
    /// Shape and colour.
    #[prop(into)]
    state: Signal<SyncState>,
    /// The word, such as “Offline”.
    #[prop(into)]
    text: Signal<String>,
    /// The number behind it in bold, such as “· 12” or “5/12”. Empty: none.
    #[prop(optional, into)]
    count: Signal<String>,
    /// What a screen reader hears after text and count: where the data is, and that this opens the sync centre. Not an
    /// `aria-label`, because the name must contain the words that are seen (WCAG 2.5.3).
    #[prop(into)]
    spoken: Signal<String>,
    /// The sync centre's path.
    #[prop(into)]
    href: String,
) -> impl IntoView {
    view! {
        <a class="sync" class:sync--back=move || state.get() == SyncState::Attention href=href>
            <span class="sync__in">
                <Icon name=Signal::derive(move || state.get().icon()) />
                <span class="sync__text">
                    {text}
                    {move || (!count.read().is_empty()).then(|| view! { " "<b>{count}</b> })}
                </span>
            </span>
            <span class="vh">". " {spoken}</span>
        </a>
    }
}
