//! The browser: clock, network, position, camera files, locks, tabs, updates, formats. The only place that names
//! web-sys. Nothing here knows a record or a screen.

pub mod clock;
pub mod device;
pub mod download;
pub mod format;
pub mod history;
pub mod net;
pub mod page;
pub mod photo;
pub mod position;
pub mod reader;
pub mod seal;
pub mod tabs;
pub mod updates;

use wasm_bindgen::JsValue;

/// The window; every page has one.
pub(crate) fn window() -> Option<web_sys::Window> {
    web_sys::window()
}

/// A thrown value in words, for logs.
pub(crate) fn describe(error: &JsValue) -> String {
    js_sys::Reflect::get(error, &"message".into())
        .ok()
        .and_then(|message| message.as_string())
        .unwrap_or_else(|| format!("{error:?}"))
}
