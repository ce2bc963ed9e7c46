//! Buttons and links that look like buttons.
//!
//! A button that cannot be used yet stays focusable and says why: `disabled` sets `aria-disabled`, and presses are dropped
//! here.

use leptos::prelude::*;

use super::icon::{Icon, IconName, IconSize};

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ButtonKind {
    /// An edge.
    #[default]
    Plain,
    /// The one primary action of a screen.
    Primary,
    /// No edge.
    Quiet,
    /// Throws something away.
    Crit,
}

impl ButtonKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Plain => "btn",
            Self::Primary => "btn btn--primary",
            Self::Quiet => "btn btn--quiet",
            Self::Crit => "btn btn--crit",
        }
    }
}

#[component]
fn Face(
    label: Signal<String>,
    note: Signal<String>,
    count: Signal<String>,
    icon: Option<IconName>,
    end: Option<IconName>,
    two: bool,
) -> impl IntoView {
    let words = if two {
        view! {
            <span>
                <span>{label}</span>
                <small>{note}</small>
            </span>
        }
        .into_any()
    } else {
        view! {
            {label}
            {move || (!count.read().is_empty()).then(|| view! { <span class="btn__count">{count}</span> })}
        }
        .into_any()
    };
    view! {
        {icon.map(|icon| view! { <Icon name=icon /> })}
        {words}
        {end.map(|icon| view! { <Icon name=icon /> })}
    }
}

/// A button.
#[component]
pub fn Button(
    /// Its words, verb first.
    #[prop(into)]
    label: Signal<String>,
    /// How it looks.
    #[prop(optional)]
    kind: ButtonKind,
    /// Icon in front.
    #[prop(optional, into)]
    icon: Option<IconName>,
    /// Icon behind.
    #[prop(optional, into)]
    end: Option<IconName>,
    /// A second, smaller line. Setting it makes the button two lines high.
    #[prop(optional, into)]
    note: Option<Signal<String>>,
    /// A quiet count behind the words, such as “15 left”. Empty: none.
    #[prop(optional, into)]
    count: Signal<String>,
    /// Runs on press, unless disabled. Leave out on a submit button: the form's `on:submit` hears it.
    #[prop(optional, into)]
    on_press: Option<Callback<()>>,
    /// Submits the form it stands in.
    #[prop(optional)]
    submit: bool,
    /// The id of the form it submits from outside (a dock).
    #[prop(optional, into)]
    form: Option<String>,
    /// Cannot be used now; the reason stands beside it.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Full width.
    #[prop(optional)]
    block: bool,
    /// Small.
    #[prop(optional)]
    small: bool,
) -> impl IntoView {
    let two = note.is_some();
    let press = move |event: leptos::ev::MouseEvent| {
        if disabled.get_untracked() {
            event.prevent_default();
        } else if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    view! {
        <button
            class=kind.class()
            class:btn--two=two
            class:btn--block=block
            class:btn--sm=small
            type=if submit || form.is_some() { "submit" } else { "button" }
            form=form
            aria-disabled=move || disabled.get().then_some("true")
            on:click=press
        >
            <Face label note=note.unwrap_or_default() count icon end two />
        </button>
    }
}

/// A link that looks like a button.
#[component]
pub fn LinkButton(
    /// Its words, verb first.
    #[prop(into)]
    label: Signal<String>,
    /// Where it leads.
    #[prop(into)]
    href: Signal<String>,
    /// How it looks.
    #[prop(optional)]
    kind: ButtonKind,
    /// Icon in front.
    #[prop(optional, into)]
    icon: Option<IconName>,
    /// Icon behind.
    #[prop(optional, into)]
    end: Option<IconName>,
    /// A second, smaller line. Setting it makes the button two lines high.
    #[prop(optional, into)]
    note: Option<Signal<String>>,
    /// A quiet count behind the words. Empty: none.
    #[prop(optional, into)]
    count: Signal<String>,
    /// Full width.
    #[prop(optional)]
    block: bool,
    /// Small.
    #[prop(optional)]
    small: bool,
) -> impl IntoView {
    let two = note.is_some();
    view! {
        <a class=kind.class() class:btn--two=two class:btn--block=block class:btn--sm=small href=href>
            <Face label note=note.unwrap_or_default() count icon end two />
        </a>
    }
}

/// A square button with an icon only.
#[component]
pub fn IconButton(
    /// The icon.
    #[prop(into)]
    icon: Signal<IconName>,
    /// What it does, for screen readers.
    #[prop(into)]
    label: Signal<String>,
    /// Runs on press.
    #[prop(into)]
    on_press: Callback<()>,
    /// For switches: whether it is on. Left out: no switch.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
) -> impl IntoView {
    view! {
        <button
            class="btn btn--quiet btn--icon"
            type="button"
            aria-label=label
            aria-pressed=move || pressed.map(|pressed| pressed.get().to_string())
            on:click=move |_| on_press.run(())
        >
            <Icon name=icon />
        </button>
    }
}

/// A text link with a full target.
#[component]
pub fn TextLink(
    /// Its words.
    #[prop(into)]
    label: Signal<String>,
    /// Where it leads.
    #[prop(into)]
    href: Signal<String>,
    /// Icon in front. Without: a chevron behind.
    #[prop(optional, into)]
    icon: Option<IconName>,
) -> impl IntoView {
    view! {
        <a class="lnk" href=href>
            {icon.map(|icon| view! { <Icon name=icon size=IconSize::S16 /> })}
            {label}
            {icon.is_none().then(|| view! { <Icon name=IconName::Right size=IconSize::S16 /> })}
        </a>
    }
}
