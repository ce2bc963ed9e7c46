//! Figures that answer “why”: a small figure that can be pressed, and the sheet that then names what it is made of.

use leptos::prelude::*;

use super::figure::{Fact, Facts};
use super::icon::{Icon, IconName, IconSize};
use super::sheet::Sheet;

/// What stands behind one figure, in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WhyText {
    /// The figure's name.
    pub title: String,
    /// Its value, or a dash.
    pub value: String,
    /// The rule in words, or why there is a dash.
    pub rule: String,
    /// Terms and their values: numerator, denominator, basis, period, data-through date.
    pub terms: Vec<(String, String)>,
    /// Sentences under them.
    pub notes: Vec<String>,
    /// A way to the records behind it: word and address. Empty: none.
    pub way: Option<(String, String)>,
}

/// The sheet of one figure. Open while there is a text.
#[component]
pub fn WhySheet(
    /// What it says; `None`: closed.
    #[prop(into)]
    text: Signal<Option<WhyText>>,
    /// Runs when it is closed: the text has to become `None`.
    #[prop(into)]
    on_close: Callback<()>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(text.read().is_some()));
    let read = move || text.get().unwrap_or_default();
    view! {
        <Sheet
            open
            title=Signal::derive(move || read().title)
            subtitle=Signal::derive(move || read().rule)
            on_close
        >
            <p class="why__v">{move || read().value}</p>
            <Facts>
                {move || {
                    read().terms.into_iter().map(|(term, value)| view! { <Fact term value /> }).collect_view()
                }}
            </Facts>
            {move || read().notes.into_iter().map(|note| view! { <p class="denom">{note}</p> }).collect_view()}
            {move || {
                read()
                    .way
                    .map(|(label, href)| {
                        view! {
                            <a class="lnk" href=href on:click=move |_| on_close.run(())>
                                {label}
                                <Icon name=IconName::Right size=IconSize::S16 />
                            </a>
                        }
                    })
            }}
        </Sheet>
    }
}

/// A small figure that opens its why: name, value, and a line under it. Stands in [`Kpis`](super::Kpis).
#[component]
pub fn KpiButton(
    /// What it is.
    #[prop(into)]
    name: Signal<String>,
    /// The value as text. Empty: see `children`.
    #[prop(optional, into)]
    value: Signal<String>,
    /// A line under it. Empty: none.
    #[prop(optional, into)]
    note: Signal<String>,
    /// Runs on press.
    #[prop(into)]
    on_press: Callback<()>,
    /// The value as a view, such as a [`Delta`](super::Delta); stands after `value`.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <button class="kpi kpi--ask" type="button" aria-haspopup="dialog" on:click=move |_| on_press.run(())>
            <span class="kpi__k">{name} <Icon name=IconName::Info size=IconSize::S16 /></span>
            <span class="kpi__v">{value} {children.map(|children| children())}</span>
            {move || (!note.read().is_empty()).then(|| view! { <span class="kpi__s">{note}</span> })}
        </button>
    }
}
