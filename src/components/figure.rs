//! Figures: the one of a screen, a line of small ones, and facts as terms and values.

use leptos::prelude::*;

/// The one figure of a screen.
#[component]
pub fn Figure(
    /// The number, formatted. Empty: a dash, with the reason in `of`.
    #[prop(into)]
    value: Signal<String>,
    /// The currency sign in front, drawn smaller. Empty: none (or it is part of `value`).
    #[prop(optional, into)]
    unit: Signal<String>,
    /// Against what: “of ¥420,000”. Empty: none.
    #[prop(optional, into)]
    of: Signal<String>,
    /// Smaller, where a screen has more to say.
    #[prop(optional)]
    small: bool,
) -> impl IntoView {
    let none = move || value.read().is_empty();
    view! {
        <p class="fig">
            <span class="fig__n" class:fig__n--sm=small class:fig__n--none=none>
                {move || (!none() && !unit.read().is_empty()).then(|| view! { <small>{unit}</small> })}
                {move || if none() { "—".to_owned() } else { value.get() }}
            </span>
            {move || (!of.read().is_empty()).then(|| view! { <span class="fig__of">{of}</span> })}
        </p>
    }
}

/// A line of small figures; holds [`Kpi`]s.
#[component]
pub fn Kpis(
    /// Without the line above, where a twin rule stands there.
    #[prop(optional)]
    bare: bool,
    /// Four in a line on wide screens, two by two on phones. Otherwise three.
    #[prop(optional)]
    four: bool,
    /// Up to three (or four) [`Kpi`]s.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="kpis" class:kpis--bare=bare class:kpis--4=four>
            {children()}
        </div>
    }
}

/// One small figure: name, value, and a line under it.
#[component]
pub fn Kpi(
    /// What it is.
    #[prop(into)]
    name: Signal<String>,
    /// The value as text. Empty: see `children`.
    #[prop(optional, into)]
    value: Signal<String>,
    /// A line under it. Empty: none.
    #[prop(optional, into)]
    note: Signal<String>,
    /// The value as a view, such as a [`Delta`](super::Delta); stands after `value`.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="kpi">
            <p class="kpi__k">{name}</p>
            <p class="kpi__v">{value} {children.map(|children| children())}</p>
            {move || (!note.read().is_empty()).then(|| view! { <p class="kpi__s">{note}</p> })}
        </div>
    }
}

/// Terms and values; holds [`Fact`]s.
#[component]
pub fn Facts(
    /// The facts.
    children: Children,
) -> impl IntoView {
    view! { <dl class="facts">{children()}</dl> }
}

/// One term and its value.
#[component]
pub fn Fact(
    /// The term.
    #[prop(into)]
    term: Signal<String>,
    /// The value as text.
    #[prop(optional, into)]
    value: Signal<String>,
    /// The value as a view, after the text.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <dt>{term}</dt>
        <dd>{value} {children.map(|children| children())}</dd>
    }
}
