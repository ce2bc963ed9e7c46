//! The pages that are not needed to sign in and to see Today: a wasm module of their own in the builds that are shipped.
//!
//! `page` is where the code is cut: what only it reaches goes into the second module, what others reach too stays in
//! the first. Only `cargo xtask build` cuts (feature `split`); in every other build `page` is an ordinary function.

use super::frame::{Chip, Tabs};
use super::{Page, cockpit, more, shop, shops, sync, targets, visit, visits};
use crate::components::{Bar, Button, Dock, IconName, Panel, PanelKind, Skeleton, SkeletonShape};
use crate::i18n::use_i18n;
use crate::state::Chunk;
use crate::state::chunk::Stage;
use crate::text::tr;
use leptos::prelude::*;
use leptos::wasm_split::SplitLoaderError;

#[cfg_attr(
    feature = "split",
    leptos::wasm_split::wasm_split(pages, wasm_split_path = leptos::wasm_split, preload(fetch), fallible)
)]
fn page(page: Page) -> Result<AnyView, SplitLoaderError> {
    Ok(match page {
        Page::Shops => view! { <shops::Shops/> }.into_any(),
        Page::Shop(id) => view! { <shop::ShopPage id/> }.into_any(),
        Page::Visit(id) => view! { <visit::VisitPage id/> }.into_any(),
        Page::Summary(id) => view! { <visit::summary::Summary id/> }.into_any(),
        Page::Targets(cut) => view! { <targets::Targets cut/> }.into_any(),
        Page::Cockpit => view! { <cockpit::Cockpit/> }.into_any(),
        Page::Visits => view! { <visits::VisitsPage/> }.into_any(),
        Page::Sync => view! { <sync::SyncPage/> }.into_any(),
        Page::More => view! { <more::More/> }.into_any(),
        Page::Today | Page::Missing => ().into_any(),
    })
}

#[cfg(not(feature = "split"))]
async fn fetch() -> Result<(), SplitLoaderError> {
    Ok(())
}

/// Runs `page` once its module is here. Cut, it is asynchronous, but then has nothing left to wait for.
fn draw(of: Page) -> Option<AnyView> {
    #[cfg(feature = "split")]
    let drawn = futures::FutureExt::now_or_never(page(of))?;
    #[cfg(not(feature = "split"))]
    let drawn = page(of);
    drawn.ok()
}

/// Provides the pages of this module, to be fetched after the first paint.
pub fn provide() {
    Chunk::provide(|| Box::pin(async { fetch().await.is_ok() }));
}

/// One of the pages of this module, or what to see until it is here.
#[component]
pub fn LazyPage(
    /// The page.
    page: Page,
) -> impl IntoView {
    let chunk = Chunk::get();
    chunk.request();
    move || match chunk.stage() {
        Stage::Here => draw(page.clone()),
        stage => Some(view! { <Fetching page=page.clone() failed=stage == Stage::Failed/> }.into_any()),
    }
}

/// Until the module is here: a skeleton; if it cannot be had: why, and another try.
#[component]
fn Fetching(page: Page, failed: bool) -> impl IntoView {
    let i18n = use_i18n();
    let chunk = Chunk::get();
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
