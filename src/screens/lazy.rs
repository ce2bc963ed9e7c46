//! The pages that are not needed to sign in and to see Today: wasm modules of their own in the builds that are shipped.
//!
//! | module | its pages | fetched |
//! |---|---|---|
//! | `pages` | what is open in a shop: shops, visits | after the first paint |
//! | `desk` | all others: targets, cockpit, sync centre, settings | after `pages` |
//!
//! Whichever is opened before that is fetched at once. The function that has a module's name is where the code is cut:
//! what only it reaches goes into that module, what only these modules share into one beside them, and what Today
//! reaches too stays in the first. A new page gets its arm in `desk`, or in `pages` and `Module::of`. Only
//! `cargo xtask build` cuts (feature `split`); in every other build they are ordinary functions.

use super::frame::{Chip, Tabs};
use super::{
    Page, actuals, cockpit, deviations, drafts, import, lock, more, plan, rescue, shop, shops, split, sync, targets,
    visit, visits,
};
use crate::components::{Bar, Button, Dock, IconName, Panel, PanelKind, Skeleton, SkeletonShape};
use crate::i18n::use_i18n;
use crate::state::Chunk;
use crate::state::chunk::{Stage, after_first_paint};
use crate::text::tr;
use leptos::prelude::*;
use leptos::wasm_split::SplitLoaderError;

#[cfg_attr(
    feature = "split",
    leptos::wasm_split::wasm_split(pages, wasm_split_path = leptos::wasm_split, preload(fetch_pages), fallible)
)]
fn pages(page: Page) -> Result<AnyView, SplitLoaderError> {
    Ok(match page {
        Page::Shops => view! { <shops::Shops/> }.into_any(),
        Page::Shop(id) => view! { <shop::ShopPage id/> }.into_any(),
        Page::Visit(id) => view! { <visit::VisitPage id/> }.into_any(),
        Page::Summary(id) => view! { <visit::summary::Summary id/> }.into_any(),
        _ => ().into_any(),
    })
}

#[cfg_attr(
    feature = "split",
    leptos::wasm_split::wasm_split(desk, wasm_split_path = leptos::wasm_split, preload(fetch_desk), fallible)
)]
fn desk(page: Page) -> Result<AnyView, SplitLoaderError> {
    Ok(match page {
        Page::Targets(cut) => view! { <targets::Targets cut/> }.into_any(),
        Page::Cockpit => view! { <cockpit::Cockpit/> }.into_any(),
        Page::Visits => view! { <visits::VisitsPage/> }.into_any(),
        Page::Deviations => view! { <deviations::DeviationsPage/> }.into_any(),
        Page::Actuals(shop) => view! { <actuals::ActualsPage shop/> }.into_any(),
        Page::Drafts => view! { <drafts::DraftsPage/> }.into_any(),
        Page::Plans => view! { <plan::PlansPage/> }.into_any(),
        Page::Split(name) => view! { <split::SplitPage name/> }.into_any(),
        Page::Reviews => view! { <plan::DraftsPage/> }.into_any(),
        Page::Import => view! { <import::ImportPage/> }.into_any(),
        Page::Sync => view! { <sync::SyncPage/> }.into_any(),
        Page::More => view! { <more::More/> }.into_any(),
        Page::Rescue => view! { <rescue::Rescue/> }.into_any(),
        Page::Lock => view! { <lock::Lock/> }.into_any(),
        _ => ().into_any(),
    })
}

#[cfg(not(feature = "split"))]
async fn fetch_pages() -> Result<(), SplitLoaderError> {
    Ok(())
}

#[cfg(not(feature = "split"))]
async fn fetch_desk() -> Result<(), SplitLoaderError> {
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Module {
    Pages,
    Desk,
}

impl Module {
    fn of(page: &Page) -> Self {
        match page {
            Page::Shops | Page::Shop(_) | Page::Visit(_) | Page::Summary(_) => Self::Pages,
            _ => Self::Desk,
        }
    }

    fn chunk(self) -> Chunk {
        let chunks: Chunks = expect_context();
        match self {
            Self::Pages => chunks.pages,
            Self::Desk => chunks.desk,
        }
    }

    /// Draws a page once the module is here. Cut, it is asynchronous, but then has nothing left to wait for.
    fn draw(self, page: Page) -> Option<AnyView> {
        #[cfg(feature = "split")]
        use futures::FutureExt;
        #[cfg(feature = "split")]
        let drawn = match self {
            Self::Pages => pages(page).now_or_never()?,
            Self::Desk => desk(page).now_or_never()?,
        };
        #[cfg(not(feature = "split"))]
        let drawn = match self {
            Self::Pages => pages(page),
            Self::Desk => desk(page),
        };
        drawn.ok()
    }
}

/// Where the modules are. Context.
#[derive(Clone, Copy)]
struct Chunks {
    pages: Chunk,
    desk: Chunk,
}

/// Provides the pages of these modules, to be fetched after the first paint.
pub fn provide() {
    let pages = Chunk::new(|| Box::pin(async { fetch_pages().await.is_ok() }));
    let desk = Chunk::new(|| Box::pin(async { fetch_desk().await.is_ok() }));
    provide_context(Chunks { pages, desk });
    after_first_paint([pages, desk]);
}

/// One of the pages of these modules, or what to see until it is here.
#[component]
pub fn LazyPage(
    /// The page.
    page: Page,
) -> impl IntoView {
    let module = Module::of(&page);
    let chunk = module.chunk();
    chunk.request();
    move || match chunk.stage() {
        Stage::Here => module.draw(page.clone()),
        stage => Some(view! { <Fetching page=page.clone() chunk failed=stage == Stage::Failed/> }.into_any()),
    }
}

/// A part of a page that comes with these modules: nothing until it is here.
#[component]
pub fn LazyPart(
    /// What it is.
    page: Page,
) -> impl IntoView {
    let module = Module::of(&page);
    let chunk = module.chunk();
    chunk.request();
    move || matches!(chunk.stage(), Stage::Here).then(|| module.draw(page.clone()))
}

/// Until the module is here: a skeleton; if it cannot be had: why, and another try.
#[component]
fn Fetching(page: Page, chunk: Chunk, failed: bool) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="app">
            <Bar title="Aisle 巡店"><Chip/></Bar>
            <main class="app__main" id="main">
                {if failed {
                    view! {
                        <Panel
                            kind=PanelKind::Gap icon=IconName::Offline alert=true
                            title=tr!(i18n, lazy.failed) text=tr!(i18n, lazy.failed_text)
                            acts=move || view! {
                                <Button label=tr!(i18n, sync.try_now) on_press=move |()| chunk.request()/>
                            }
                        />
                    }.into_any()
                } else {
                    view! { <Skeleton shape=SkeletonShape::Rows(6) label=tr!(i18n, lazy.fetching)/> }.into_any()
                }}
            </main>
            <Dock label=tr!(i18n, frame.actions) tabs=move || view! { <Tabs current=page.clone()/> }/>
        </div>
    }
}
