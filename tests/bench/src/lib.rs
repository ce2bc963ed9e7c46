//! Our side of the benches that run in a browser: the app's own storage, engine and roll-ups, called by a page instead
//! of by screens. The other sides are in `pages/`; who is measured against whom is in `xtask/src/bench`.
//!
//! Every function that measures returns milliseconds of its own work: what it is given is made before the clock starts.

mod data;
mod device;
mod facts;
mod network;

use wasm_bindgen::JsValue;

/// Milliseconds since the page began.
fn now() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now())
}

/// An error as the page sees it.
fn fail(error: impl std::fmt::Display) -> JsValue {
    js_sys::Error::new(&error.to_string()).into()
}
