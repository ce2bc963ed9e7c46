//! The page: its language, theme, title, focus, and when it comes and goes.

use super::window;
use wasm_bindgen::prelude::*;
use web_sys::{Document, Element, HtmlElement, ScrollBehavior, ScrollIntoViewOptions, ScrollLogicalPosition};

fn document() -> Option<Document> {
    window()?.document()
}

/// Sets or removes an attribute of the root element.
pub fn set_root_attribute(name: &str, value: Option<&str>) {
    if let Some(root) = document().and_then(|d| d.document_element()) {
        let _ = match value {
            Some(value) => root.set_attribute(name, value),
            None => root.remove_attribute(name),
        };
    }
}

/// Fetches the styles of the lazy pages, unless they are here; false if they could not be had. Asking again is safe.
pub async fn later_styles() -> bool {
    const NAME: &str = "aisle-later-styles";
    let Some(document) = document() else { return false };
    let Ok(Some(named)) = document.query_selector(&format!("meta[name={NAME}]")) else { return true };
    let (Ok(Some(head)), Ok(link)) = (document.query_selector("head"), document.create_element("link")) else {
        return false;
    };
    let _ = link.set_attribute("rel", "stylesheet");
    let _ = link.set_attribute("href", &named.get_attribute("content").unwrap_or_default());
    let (send, come) = futures::channel::oneshot::channel();
    let ended = Closure::once_into_js(move |event: web_sys::Event| send.send(event.type_() == "load"));
    for event in ["load", "error"] {
        let _ = link.add_event_listener_with_callback(event, ended.unchecked_ref());
    }
    let _ = head.append_child(&link);
    let here = come.await.unwrap_or(false);
    if here {
        named.remove();
    } else {
        link.remove();
    }
    here
}

/// Sets the title of the page.
pub fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(title);
    }
}

/// Removes what stood in for the app while it was loading.
pub fn remove_splash() {
    if let Some(splash) = document().and_then(|d| d.get_element_by_id("splash")) {
        splash.remove();
    }
}

/// Scrolls an element into the middle of the view, if there is one of this id; moves the focus there when asked.
pub fn show_element(id: &str, focus: bool) {
    let Some(element) = document().and_then(|d| d.get_element_by_id(id)) else { return };
    let options = ScrollIntoViewOptions::new();
    options.set_behavior(ScrollBehavior::Instant);
    options.set_block(ScrollLogicalPosition::Center);
    element.scroll_into_view_with_scroll_into_view_options(&options);
    if focus {
        focus_first_control(&element);
    }
}

fn focus_first_control(element: &Element) {
    let control = element.query_selector("input, button, textarea, select").ok().flatten();
    if let Some(control) = control.and_then(|c| c.dyn_into::<HtmlElement>().ok()) {
        let _ = control.focus();
    }
}

/// Scrolls to the top, as a new page does.
pub fn scroll_to_top() {
    if let Some(window) = window() {
        window.scroll_to_with_x_and_y(0.0, 0.0);
    }
}

/// One step back in the history.
pub fn back() {
    if let Some(history) = window().and_then(|w| w.history().ok()) {
        let _ = history.back();
    }
}

/// Loads the page anew.
pub fn reload() {
    if let Some(window) = window() {
        let _ = window.location().reload();
    }
}

/// Moves the focus to an element, if there is one of this id.
pub fn focus(id: &str) {
    let element = document().and_then(|d| d.get_element_by_id(id)).and_then(|e| e.dyn_into::<HtmlElement>().ok());
    if let Some(element) = element {
        let _ = element.focus();
    }
}

/// Prints the page.
pub fn print() {
    if let Some(window) = window() {
        let _ = window.print();
    }
}

/// Calls `then` whenever the browser believes to be online again.
pub fn on_online(then: impl Fn() + 'static) {
    listen_window("online", then);
}

/// Calls `then` whenever the browser believes to be offline.
pub fn on_offline(then: impl Fn() + 'static) {
    listen_window("offline", then);
}

fn listen_window(event: &str, then: impl Fn() + 'static) {
    let Some(window) = window() else { return };
    let listener = Closure::<dyn Fn()>::new(then);
    let _ = window.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
    listener.forget();
}

/// Whether the page is in front: not in another tab, not behind a locked screen.
pub fn is_visible() -> bool {
    document().is_some_and(|d| d.visibility_state() == web_sys::VisibilityState::Visible)
}

/// Calls `then` whenever the page comes to the front.
pub fn on_visible(then: impl Fn() + 'static) {
    let Some(document) = document() else { return };
    let listener = Closure::<dyn Fn()>::new(move || {
        if is_visible() {
            then();
        }
    });
    let _ = document.add_event_listener_with_callback("visibilitychange", listener.as_ref().unchecked_ref());
    listener.forget();
}
