//! Aisle 巡店: the app in the browser.
//!
//! `screens` show, `components` draw, `state` decides and remembers, `sync_driver` performs what the sync engine asks
//! for, `storage` keeps, `platform` talks to the browser. Arrows point downwards only; see docs/ARCHITECTURE.md.

/// String tables. The macro is kept over `leptos_i18n_build`, which compiles all of ICU's data tools for the same code.
#[allow(deprecated, missing_docs, unreachable_pub, clippy::all)]
mod strings {
    leptos_i18n::load_locales!();
}

/// What the app uses of them.
mod i18n {
    pub use crate::strings::i18n::{Locale, td_string};
    pub use crate::text::use_i18n;
}

mod app;
pub mod components;
pub mod platform;
mod screens;
mod state;
pub mod storage;
pub mod sync_driver;
mod text;

pub use app::App;

/// Mounts the app on the page's body.
pub fn mount() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(App);
    platform::page::remove_splash();
}
