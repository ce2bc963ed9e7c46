//! What this device gives: storage and its persistence, installation, network hints.

use super::window;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// Storage of this origin, bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageUse {
    /// Used.
    pub used: u64,
    /// Given by the browser at most.
    pub quota: u64,
}

/// How much storage is used and given; `None` where the browser does not say.
pub async fn storage_use() -> Option<StorageUse> {
    let promise = window()?.navigator().storage().estimate().ok()?;
    let estimate = JsFuture::from(promise).await.ok()?;
    let number = |name: &str| js_sys::Reflect::get(&estimate, &name.into()).ok()?.as_f64();
    Some(StorageUse { used: number("usage")? as u64, quota: number("quota")? as u64 })
}

/// Whether the browser has promised not to evict this origin's storage.
pub async fn is_persisted() -> bool {
    let Some(window) = window() else { return false };
    let Ok(promise) = window.navigator().storage().persisted() else { return false };
    JsFuture::from(promise).await.is_ok_and(|value| value.is_truthy())
}

/// Asks the browser not to evict this origin's storage; whether it agrees.
pub async fn ask_to_persist() -> bool {
    let Some(window) = window() else { return false };
    let Ok(promise) = window.navigator().storage().persist() else { return false };
    JsFuture::from(promise).await.is_ok_and(|value| value.is_truthy())
}

/// Whether the app runs in its own window rather than in a browser tab.
pub fn is_installed() -> bool {
    let query = window().and_then(|w| w.match_media("(display-mode: standalone)").ok().flatten());
    query.is_some_and(|query| query.matches())
}

/// The browser's languages, most wanted first.
pub fn languages() -> Vec<String> {
    let Some(window) = window() else { return Vec::new() };
    window.navigator().languages().iter().filter_map(|l| l.as_string()).collect()
}

/// Short vibration, where the device has one. Safari never had the method and Firefox has it no more: calling it there throws.
pub fn vibrate(ms: u32) {
    let Some(navigator) = window().map(|window| window.navigator()) else { return };
    let method = js_sys::Reflect::get(&navigator, &"vibrate".into()).ok();
    if let Some(vibrate) = method.and_then(|method| method.dyn_into::<js_sys::Function>().ok()) {
        let _ = vibrate.call1(&navigator, &ms.into());
    }
}

/// Calls `offer` when the browser offers installation; the handle asks the person.
pub fn on_install_offer(offer: impl Fn(InstallOffer) + 'static) {
    let Some(window) = window() else { return };
    let listener = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
        if let Some(event) = event.dyn_ref::<web_sys::Event>() {
            event.prevent_default();
        }
        offer(InstallOffer(event));
    });
    let _ = window.add_event_listener_with_callback("beforeinstallprompt", listener.as_ref().unchecked_ref());
    listener.forget();
}

/// The browser's offer to install the app.
#[derive(Clone, Debug)]
pub struct InstallOffer(JsValue);

impl InstallOffer {
    /// Shows the browser's question.
    pub fn ask(&self) {
        let prompt = js_sys::Reflect::get(&self.0, &"prompt".into()).ok();
        if let Some(prompt) = prompt.and_then(|p| p.dyn_into::<js_sys::Function>().ok()) {
            let _ = prompt.call0(&self.0);
        }
    }
}
