//! Shelves (sections on their rail), rows, and the named next action.

use leptos::prelude::*;

use super::icon::{Icon, IconName, IconSize};

/// A section hanging from its rail.
#[component]
pub fn Shelf(
    /// Its heading (`h2`).
    #[prop(into)]
    title: Signal<String>,
    /// A short note at the right of the heading. Empty: none.
    #[prop(optional, into)]
    note: Signal<String>,
    /// The same place for a view, where the note has bold figures or a link.
    #[prop(optional, into)]
    end: Option<ViewFn>,
    /// The first on the screen: less space above.
    #[prop(optional)]
    first: bool,
    /// Without the rail line.
    #[prop(optional)]
    bare: bool,
    /// What comes in is said politely by screen readers (results of a search).
    #[prop(optional)]
    live: bool,
    /// What hangs from it.
    children: Children,
) -> impl IntoView {
    view! {
        <section
            class="shelf"
            class:shelf--first=first
            class:shelf--bare=bare
            aria-live=live.then_some("polite")
        >
            <div class="shelf__head">
                <h2 class="shelf__title">{title}</h2>
                {move || (!note.read().is_empty()).then(|| view! { <p class="shelf__note">{note}</p> })}
                {end.map(|end| view! { <p class="shelf__note">{end.run()}</p> })}
            </div>
            {children()}
        </section>
    }
}

/// One line of a list: icon, title, meta line, something at the end. With `href` it is a link and ends in a chevron.
#[component]
pub fn Row(
    /// Its title.
    #[prop(into)]
    title: Signal<String>,
    /// Where it leads. Without: plain.
    #[prop(optional, into)]
    href: Option<String>,
    /// The icon in front.
    #[prop(optional, into)]
    icon: Option<IconName>,
    /// Anything else in front, such as a distance or a [`Mark`](super::Mark).
    #[prop(optional, into)]
    lead: Option<ViewFn>,
    /// The meta line as text. Empty: none.
    #[prop(optional, into)]
    meta: Signal<String>,
    /// The title in normal weight: for lists where the title is not what counts.
    #[prop(optional)]
    light: bool,
    /// Everything at the top edge, for long texts.
    #[prop(optional)]
    top: bool,
    /// At the end: a figure, a state, a button (plain rows only).
    #[prop(optional, into)]
    end: Option<ViewFn>,
    /// The meta line as views, one `span` per part, after `meta`.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let plain = icon.is_none() && lead.is_none();
    let class = match (plain, top) {
        (false, false) => "row",
        (true, false) => "row row--plain",
        (false, true) => "row row--top",
        (true, true) => "row row--plain row--top",
    };
    let parts = children.map(|children| children());
    let has_parts = parts.is_some();
    let chevron = href.is_some() && end.is_none();
    let body = view! {
        {icon
            .map(|icon| {
                view! {
                    <span class="row__lead">
                        <Icon name=icon />
                    </span>
                }
            })}
        {lead.map(|lead| lead.run())}
        <span class="row__main">
            <span class="row__title" class:row__title--text=light>
                {title}
            </span>
            <span class="row__meta" hidden=move || !has_parts && meta.read().is_empty()>
                {move || (!meta.read().is_empty()).then(|| view! { <span>{meta}</span> })}
                {parts}
            </span>
        </span>
        {end.map(|end| view! { <span class="row__end">{end.run()}</span> })}
        {chevron.then(|| view! { <Icon name=IconName::Right size=IconSize::S20 /> })}
    };
    match href {
        Some(href) => view! { <a class=class href=href>{body}</a> }.into_any(),
        None => view! { <div class=class>{body}</div> }.into_any(),
    }
}

/// The named next action, on the tag's tint. One per screen.
#[component]
pub fn Next(
    /// What to do.
    #[prop(into)]
    title: Signal<String>,
    /// Why, or what it brings. Empty: none.
    #[prop(optional, into)]
    note: Signal<String>,
    /// Its icon.
    #[prop(default = IconName::Gap)]
    icon: IconName,
    /// Where it leads.
    #[prop(into)]
    href: Signal<String>,
) -> impl IntoView {
    view! {
        <a class="next" href=href>
            <span class="next__head">
                <Icon name=icon />
                <span class="next__t">
                    {title} {move || (!note.read().is_empty()).then(|| view! { <small>{note}</small> })}
                </span>
                <Icon name=IconName::Right size=IconSize::S20 />
            </span>
        </a>
    }
}
