//! Navigation: tabs on phones, the rail on wide screens, and the dock at the thumb.
//!
//! Both navigations are in the document; the style shows one of them (below 760 px the tabs). The hidden one is
//! `display: none`, so a screen reader meets one.

use leptos::prelude::*;

use super::icon::{Icon, IconName, Logo};

/// One place to go. Signals, so that an entry is updated in place and keeps its focus.
#[derive(Debug, Clone)]
pub struct NavItem {
    /// Its icon.
    pub icon: IconName,
    /// Its word.
    pub label: Signal<String>,
    /// Its path; unique among the items.
    pub href: String,
    /// Whether it is where the person is.
    pub current: Signal<bool>,
    /// How much waits there. 0: no badge.
    pub badge: Signal<u32>,
    /// What the number counts, for screen readers, such as “open actions”.
    pub badge_label: Signal<String>,
}

/// The tabs of a phone; stands inside the [`Dock`].
#[component]
pub fn TabBar(
    /// Up to five places.
    #[prop(into)]
    items: Signal<Vec<NavItem>>,
    /// The name of the navigation, such as “Main”.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    view! {
        <nav class="tabs" aria-label=label>
            <For
                each=move || items.get()
                key=|item| item.href.clone()
                children=|NavItem { icon, label, href, current, badge, badge_label }| {
                    view! {
                        <a class="tabs__tab" href=href aria-current=move || current.get().then_some("page")>
                            <Icon name=icon />
                            <span>{label}</span>
                            {move || {
                                (badge.get() > 0)
                                    .then(|| {
                                        view! {
                                            <span class="tabs__n">
                                                {badge} <span class="vh">" " {badge_label}</span>
                                            </span>
                                        }
                                    })
                            }}
                        </a>
                    }
                }
            />
        </nav>
    }
}

/// The rail of wide screens. Its foot holds the sync chip and who is signed in.
#[component]
pub fn SideRail(
    /// The places, longest list first.
    #[prop(into)]
    items: Signal<Vec<NavItem>>,
    /// The name of the navigation, such as “Main”.
    #[prop(into)]
    label: Signal<String>,
    /// The product's name beside the logo.
    #[prop(into)]
    brand: Signal<String>,
    /// The foot: the sync chip, then a `p` with who is signed in.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <nav class="side" aria-label=label>
            <p class="side__brand">
                <Logo />
                <span>{brand}</span>
            </p>
            <div class="side__main">
                <For
                    each=move || items.get()
                    key=|item| item.href.clone()
                    children=|NavItem { icon, label, href, current, badge, badge_label }| {
                        view! {
                            <a class="side__a" href=href aria-current=move || current.get().then_some("page")>
                                <Icon name=icon />
                                <span>{label}</span>
                                {move || {
                                    (badge.get() > 0)
                                        .then(|| {
                                            view! { <b>{badge} <span class="vh">" " {badge_label}</span></b> }
                                        })
                                }}
                            </a>
                        }
                    }
                />
            </div>
            {children.map(|children| view! { <div class="side__foot">{children()}</div> })}
        </nav>
    }
}

/// The dock at the bottom: a reason, actions (tools left, one primary right), tabs.
#[component]
pub fn Dock(
    /// The name of the region, such as “Actions”.
    #[prop(into)]
    label: Signal<String>,
    /// A line over the actions: why, or how far. Without children it is left out.
    #[prop(optional, into)]
    why: Option<ViewFn>,
    /// The tabs, on tab screens.
    #[prop(optional, into)]
    tabs: Option<ViewFn>,
    /// Tools and the primary action.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="dock" role="region" aria-label=label>
            {why.map(|why| view! { <div class="dock__why">{why.run()}</div> })}
            {children.map(|children| view! { <div class="dock__act">{children()}</div> })}
            {tabs.map(|tabs| tabs.run())}
        </div>
    }
}

/// A square tool in the dock: icon over a short word.
#[component]
pub fn DockTool(
    /// Its icon.
    #[prop(into)]
    icon: Signal<IconName>,
    /// Its word.
    #[prop(into)]
    label: Signal<String>,
    /// Runs on press.
    #[prop(into)]
    on_press: Callback<()>,
    /// Wider, for longer words.
    #[prop(optional)]
    wide: bool,
    /// Cannot be pressed now; the dock's `why` says the reason.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    view! {
        <button
            class="dock__tool"
            class:dock__tool--w=wide
            type="button"
            disabled=disabled
            on:click=move |_| on_press.run(())
        >
            <Icon name=icon />
            <span>{label}</span>
        </button>
    }
}
