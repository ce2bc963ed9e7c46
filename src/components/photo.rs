//! Photos: thumbnails, the camera key, and choosing a file.

use leptos::prelude::*;

use super::icon::{Icon, IconName};

/// A line of thumbnails; holds [`Photo`]s and a [`PhotoAdd`].
#[component]
pub fn Photos(
    /// The photos.
    children: Children,
) -> impl IntoView {
    view! { <div class="photos">{children()}</div> }
}

/// One thumbnail.
#[component]
pub fn Photo(
    /// Where the picture is: a `blob:` address.
    #[prop(into)]
    src: Signal<String>,
    /// What it shows, and where it is stored.
    #[prop(into)]
    alt: Signal<String>,
    /// The badge's icon: record state or evidence grade.
    #[prop(into)]
    badge_icon: Signal<IconName>,
    /// The badge's words, such as the time. Empty: no badge.
    #[prop(optional, into)]
    badge: Signal<String>,
    /// Opens it. Without: not a button.
    #[prop(optional, into)]
    on_open: Option<Callback<()>>,
) -> impl IntoView {
    let badge = move || {
        (!badge.read().is_empty()).then(|| view! { <span class="photo__b"><Icon name=badge_icon />{badge}</span> })
    };
    match on_open {
        Some(open) => view! {
            <button class="photo" type="button" on:click=move |_| open.run(())>
                <img src=src alt=alt decoding="async" />
                {badge}
            </button>
        }
        .into_any(),
        None => view! {
            <span class="photo">
                <img src=src alt=alt decoding="async" />
                {badge}
            </span>
        }
        .into_any(),
    }
}

/// The camera key: opens the camera where there is one, else the album.
#[component]
pub fn PhotoAdd(
    /// Its words.
    #[prop(into)]
    label: Signal<String>,
    /// Runs with the change event. Take the files out before returning: the field is emptied then, so that the same
    /// picture can be chosen again.
    #[prop(into)]
    on_pick: Callback<leptos::ev::Event>,
    /// As wide as the question, for a photo that must be taken.
    #[prop(optional)]
    row: bool,
    /// From the album only.
    #[prop(optional)]
    album: bool,
    /// Cannot be used now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    view! {
        <label class="photo-add" class:photo-add--row=row>
            <input
                type="file"
                accept="image/jpeg,image/png,image/webp,image/*"
                capture=(!album).then_some("environment")
                disabled=disabled
                on:change:target=move |event| {
                    let field = event.target();
                    on_pick.run(event.into_inner());
                    field.set_value("");
                }
            />
            <Icon name=if album { IconName::Photo } else { IconName::Camera } />
            <span>{label}</span>
        </label>
    }
}

/// A place to choose or drop a file.
#[component]
pub fn FileDrop(
    /// What to put here.
    #[prop(into)]
    label: Signal<String>,
    /// Which kinds, in words.
    #[prop(optional, into)]
    note: Signal<String>,
    /// Which kinds, for the browser: “.csv,.xlsx”.
    #[prop(into)]
    accept: String,
    /// Runs with the change event, also after a drop. Take the files out before returning.
    #[prop(into)]
    on_pick: Callback<leptos::ev::Event>,
) -> impl IntoView {
    let over = RwSignal::new(false);
    // The input lies over the whole area: the browser itself puts dropped files into it.
    view! {
        <label
            class="drop"
            class:is-over=over
            on:dragenter=move |_| over.set(true)
            on:dragleave=move |_| over.set(false)
            on:drop=move |_| over.set(false)
        >
            <input
                type="file"
                accept=accept
                on:change:target=move |event| {
                    let field = event.target();
                    on_pick.run(event.into_inner());
                    field.set_value("");
                }
            />
            <Icon name=IconName::Import />
            <b>{label}</b>
            {move || (!note.read().is_empty()).then(|| view! { <span>{note}</span> })}
        </label>
    }
}
