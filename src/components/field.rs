//! Text fields: label, input, hint, error; and search.

use std::sync::atomic::{AtomicU32, Ordering};

use leptos::prelude::*;

use super::icon::{Icon, IconName, IconSize};

/// What a field takes: decides the keyboard, the input type and whether it can be revealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FieldKind {
    /// Words.
    #[default]
    Text,
    /// Codes in capitals.
    Code,
    /// Phone or staff number.
    Tel,
    /// An address to reach the endpoint.
    Url,
    /// A password, with a key to show it.
    Password,
    /// Money or another decimal number, typed as text.
    Decimal,
    /// Several lines.
    Area,
}

impl FieldKind {
    const fn input_type(self, revealed: bool) -> &'static str {
        match self {
            Self::Password if !revealed => "password",
            Self::Tel => "tel",
            Self::Url => "url",
            Self::Text | Self::Code | Self::Password | Self::Decimal | Self::Area => "text",
        }
    }

    const fn inputmode(self) -> &'static str {
        match self {
            Self::Tel => "tel",
            Self::Url => "url",
            Self::Decimal => "decimal",
            Self::Text | Self::Code | Self::Password | Self::Area => "text",
        }
    }

    const fn autocapitalize(self) -> &'static str {
        match self {
            Self::Code => "characters",
            Self::Text | Self::Area => "sentences",
            Self::Tel | Self::Url | Self::Password | Self::Decimal => "none",
        }
    }
}

/// An id that is unique in this document.
pub(super) fn unique_id(stem: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{stem}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A labelled field.
#[component]
pub fn Field(
    /// Its label.
    #[prop(into)]
    label: Signal<String>,
    /// What it holds.
    #[prop(into)]
    value: Signal<String>,
    /// Runs on every key.
    #[prop(optional, into)]
    on_input: Option<Callback<String>>,
    /// Runs when typing ends (Enter, leaving the field).
    #[prop(optional, into)]
    on_commit: Option<Callback<String>>,
    /// What it takes.
    #[prop(optional)]
    kind: FieldKind,
    /// A quiet word at the right of the label. Empty: none.
    #[prop(optional, into)]
    hint: Signal<String>,
    /// What is wrong and how to put it right. Empty: nothing.
    #[prop(optional, into)]
    error: Signal<String>,
    /// What an empty field says.
    #[prop(optional, into)]
    placeholder: Signal<String>,
    /// The browser's autofill token.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// The form field's name.
    #[prop(optional)]
    name: &'static str,
    /// A short unit before the input, such as “¥”. Empty: none.
    #[prop(optional, into)]
    prefix: Signal<String>,
    /// Must be filled in.
    #[prop(optional)]
    required: bool,
    /// Cannot be changed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// For passwords: the name of the key that shows it.
    #[prop(optional, into)]
    reveal_label: Signal<String>,
    /// A button behind the input, such as scanning.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let id = unique_id("field");
    let error_id = format!("{id}-error");
    let revealed = RwSignal::new(false);
    let wrong = Memo::new(move |_| !error.read().is_empty());
    let described = {
        let error_id = error_id.clone();
        move || wrong.get().then(|| error_id.clone())
    };
    let input = move |text: String| {
        if let Some(on_input) = on_input {
            on_input.run(text);
        }
    };
    let commit = move |text: String| {
        if let Some(on_commit) = on_commit {
            on_commit.run(text);
        }
    };
    let control = if kind == FieldKind::Area {
        view! {
            <textarea
                id=id.clone()
                name=name
                rows="3"
                placeholder=placeholder
                required=required
                disabled=disabled
                aria-invalid=move || wrong.get().then_some("true")
                aria-describedby=described
                prop:value=value
                on:input:target=move |event| input(event.target().value())
                on:change:target=move |event| commit(event.target().value())
            ></textarea>
        }
        .into_any()
    } else {
        view! {
            <input
                id=id.clone()
                name=name
                type=move || kind.input_type(revealed.get())
                inputmode=kind.inputmode()
                autocapitalize=kind.autocapitalize()
                autocomplete=autocomplete
                spellcheck="false"
                placeholder=placeholder
                required=required
                disabled=disabled
                aria-invalid=move || wrong.get().then_some("true")
                aria-describedby=described
                prop:value=value
                on:input:target=move |event| input(event.target().value())
                on:change:target=move |event| commit(event.target().value())
            />
        }
        .into_any()
    };
    view! {
        <div class="field">
            <label class="field__l" for=id>
                {label}
                {move || (!hint.read().is_empty()).then(|| view! { <span>{hint}</span> })}
            </label>
            <span class="field__in" class:field__in--err=wrong class:field__in--area=kind == FieldKind::Area>
                {move || (!prefix.read().is_empty()).then(|| view! { <span class="mut">{prefix}</span> })}
                {control}
                {(kind == FieldKind::Password)
                    .then(|| {
                        view! {
                            <button
                                class="btn btn--quiet btn--icon"
                                type="button"
                                aria-label=reveal_label
                                aria-pressed=move || revealed.get().to_string()
                                on:click=move |_| revealed.update(|revealed| *revealed = !*revealed)
                            >
                                <Icon name=IconName::Eye />
                            </button>
                        }
                    })}
                {children.map(|children| children())}
            </span>
            <span class="field__err" id=error_id role="alert" hidden=move || !wrong.get()>
                <Icon name=IconName::Gap />
                <span>{error}</span>
            </span>
        </div>
    }
}

/// Search at the thumb. The list it filters says its own result count.
#[component]
pub fn SearchBox(
    /// What is searched for.
    #[prop(into)]
    value: Signal<String>,
    /// Runs on every key, and with an empty text when cleared.
    #[prop(into)]
    on_input: Callback<String>,
    /// Its name for screen readers.
    #[prop(into)]
    label: Signal<String>,
    /// What can be searched.
    #[prop(optional, into)]
    placeholder: Signal<String>,
    /// The name of the key that clears it.
    #[prop(into)]
    clear_label: Signal<String>,
) -> impl IntoView {
    let field = NodeRef::<leptos::html::Input>::new();
    let clear = move |_| {
        on_input.run(String::new());
        if let Some(field) = field.get_untracked() {
            // Focus goes back to the field; where it cannot, nothing is lost.
            let _ = field.focus();
        }
    };
    view! {
        <div class="find" role="search">
            <Icon name=IconName::Search />
            <input
                node_ref=field
                type="search"
                inputmode="search"
                enterkeyhint="search"
                autocomplete="off"
                spellcheck="false"
                aria-label=label
                placeholder=placeholder
                prop:value=value
                on:input:target=move |event| on_input.run(event.target().value())
            />
            <button
                class="btn btn--quiet btn--icon"
                type="button"
                aria-label=clear_label
                hidden=move || value.read().is_empty()
                on:click=clear
            >
                <Icon name=IconName::Cross size=IconSize::S20 />
            </button>
        </div>
    }
}
