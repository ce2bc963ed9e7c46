//! The address bar and the browser's history.

use super::window;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlAnchorElement, MouseEvent};

/// The address shown in the address bar: path and query.
pub fn address() -> String {
    let Some(location) = window().map(|w| w.location()) else { return String::new() };
    location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
}

/// Shows another address: as a new entry of the history, or in place of the one that is shown.
pub fn show(address: &str, replace: bool) {
    let Some(history) = window().and_then(|w| w.history().ok()) else { return };
    let _ = match replace {
        true => history.replace_state_with_url(&JsValue::NULL, "", Some(address)),
        false => history.push_state_with_url(&JsValue::NULL, "", Some(address)),
    };
}

/// Calls `then` whenever the person goes back or forth in the history.
pub fn on_travel(then: impl Fn() + 'static) {
    let listener = Closure::<dyn Fn()>::new(then);
    if let Some(window) = window() {
        let _ = window.add_event_listener_with_callback("popstate", listener.as_ref().unchecked_ref());
        listener.forget();
    }
}

/// Calls `then` with the address of every link to another page of this site that is tapped, in place of the browser
/// loading it. Left to the browser: other sites, downloads, other windows, places on the page that is shown.
pub fn on_link(then: impl Fn(String) + 'static) {
    let listener = Closure::<dyn Fn(MouseEvent)>::new(move |event: MouseEvent| {
        let keys = event.alt_key() || event.ctrl_key() || event.meta_key() || event.shift_key();
        if keys || event.button() != 0 || event.default_prevented() {
            return;
        }
        if let Some(address) = linked(&event) {
            event.prevent_default();
            then(address);
        }
    });
    if let Some(window) = window() {
        let _ = window.add_event_listener_with_callback("click", listener.as_ref().unchecked_ref());
        listener.forget();
    }
}

/// The address that a tap on a link leads to, unless it is the browser's business.
fn linked(event: &MouseEvent) -> Option<String> {
    let tapped: Element = event.target()?.dyn_into().ok()?;
    let link: HtmlAnchorElement = tapped.closest("a[href]").ok()??.dyn_into().ok()?;
    let here = window()?.location();
    let ours = Some(link.origin()) == here.origin().ok();
    let plain = link.target().is_empty() && !link.has_attribute("download") && link.hash().is_empty();
    (ours && plain).then(|| link.pathname() + &link.search())
}
