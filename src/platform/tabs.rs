//! Several tabs of one app: one of them syncs, each of them hears what the others wrote.

use super::window;
use wasm_bindgen::prelude::*;
use web_sys::BroadcastChannel;

/// Calls `lead` once this tab holds the lock of that name; it keeps it until it closes. Where the browser has no
/// locks every tab leads: correctness does not depend on it.
pub fn when_leading(name: &str, lead: impl FnOnce() + 'static) {
    // The Web Locks API is not in web-sys' stable part.
    let locks = window().and_then(|w| js_sys::Reflect::get(&w.navigator(), &"locks".into()).ok());
    let request = locks.as_ref().and_then(|locks| js_sys::Reflect::get(locks, &"request".into()).ok());
    let (Some(locks), Some(Ok(request))) = (locks, request.map(JsCast::dyn_into::<js_sys::Function>)) else {
        lead();
        return;
    };
    let held = Closure::once_into_js(move |_lock: JsValue| -> js_sys::Promise {
        lead();
        // Never settles: the lock is given back when the tab goes away.
        js_sys::Promise::new(&mut |_, _| {})
    });
    let _ = request.call2(&locks, &name.into(), &held);
}

/// A channel between the tabs of this origin.
#[derive(Debug)]
pub struct Tabs {
    channel: Option<BroadcastChannel>,
}

impl Tabs {
    /// Joins the channel of that name; `heard` is called when another tab has announced something.
    pub fn join(name: &str, heard: impl Fn() + 'static) -> Self {
        let channel = BroadcastChannel::new(name).ok();
        if let Some(channel) = &channel {
            let listener = Closure::<dyn Fn(JsValue)>::new(move |_| heard());
            channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
            listener.forget();
        }
        Self { channel }
    }

    /// Tells the other tabs that storage has changed.
    pub fn announce(&self) {
        if let Some(channel) = &self.channel {
            let _ = channel.post_message(&JsValue::TRUE);
        }
    }
}
