//! One of a few, all visible: segments (settings) and filter chips.

use leptos::prelude::*;

use super::field::unique_id;
use super::icon::{Icon, IconName};

/// One option of a [`Segmented`] or [`Chips`].
#[derive(Debug, Clone)]
pub struct Choice<T> {
    /// What is handed back.
    pub value: T,
    /// Its word.
    pub label: Signal<String>,
    /// The language of the word where it differs from the page's (a language's own name).
    pub lang: Option<&'static str>,
    /// Its icon (chips only).
    pub icon: Option<IconName>,
    /// How many there are (chips only).
    pub count: Option<Signal<usize>>,
}

impl<T> Choice<T> {
    /// An option with only a word.
    pub fn new(value: T, label: impl Into<Signal<String>>) -> Self {
        Self { value, label: label.into(), lang: None, icon: None, count: None }
    }

    /// Says which language the word is in.
    #[must_use]
    pub fn lang(mut self, lang: &'static str) -> Self {
        self.lang = Some(lang);
        self
    }

    /// Adds an icon.
    #[must_use]
    pub fn icon(mut self, icon: IconName) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Adds a count.
    #[must_use]
    pub fn count(mut self, count: impl Into<Signal<usize>>) -> Self {
        self.count = Some(count.into());
        self
    }
}

/// Segments: native radios side by side, with a legend and a line of explanation.
#[component]
pub fn Segmented<T>(
    /// Two to four options.
    options: Vec<Choice<T>>,
    /// The chosen one.
    #[prop(into)]
    selected: Signal<T>,
    /// Runs when another one is chosen.
    #[prop(into)]
    on_select: Callback<T>,
    /// What is chosen here.
    #[prop(into)]
    legend: Signal<String>,
    /// The legend only for screen readers.
    #[prop(optional)]
    quiet: bool,
    /// A line under it. Empty: none.
    #[prop(optional, into)]
    note: Signal<String>,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let name = unique_id("segments");
    let segments = options
        .into_iter()
        .map(|Choice { value, label, lang, .. }| {
            let is_selected = {
                let value = value.clone();
                Memo::new(move |_| *selected.read() == value)
            };
            view! {
                <label class="seg__o" lang=lang>
                    <input
                        type="radio"
                        name=name.clone()
                        prop:checked=is_selected
                        on:change=move |_| on_select.run(value.clone())
                    />
                    {label}
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="seg__set">
            <legend class=if quiet { "vh" } else { "seg__l" }>{legend}</legend>
            <div class="seg">{segments}</div>
            {move || (!note.read().is_empty()).then(|| view! { <p class="denom">{note}</p> })}
        </fieldset>
    }
}

/// Filter chips: buttons that are on or off, one at a time.
#[component]
pub fn Chips<T>(
    /// The filters; the counts change in place.
    options: Vec<Choice<T>>,
    /// The one that is on.
    #[prop(into)]
    selected: Signal<T>,
    /// Runs when one is pressed.
    #[prop(into)]
    on_select: Callback<T>,
    /// The group's name, such as “Filter”.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let chips = options
        .into_iter()
        .map(|Choice { value, label, lang, icon, count }| {
            let is_selected = {
                let value = value.clone();
                Memo::new(move |_| *selected.read() == value)
            };
            view! {
                <button
                    class="chip"
                    type="button"
                    aria-pressed=move || is_selected.get().to_string()
                    on:click=move |_| on_select.run(value.clone())
                >
                    <span lang=lang>
                        {icon.map(|icon| view! { <Icon name=icon /> })} {label}
                        {count.map(|count| view! { " "<b>{count}</b> })}
                    </span>
                </button>
            }
        })
        .collect_view();
    view! {
        <div class="chips" role="group" aria-label=label>
            {chips}
        </div>
    }
}
