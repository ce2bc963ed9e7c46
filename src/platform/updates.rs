//! The service worker: offline pages, and new releases that wait for the person.

use super::{page, window};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ServiceWorkerContainer, ServiceWorkerRegistration};

const SCRIPT: &str = "/sw.js";

fn container() -> Option<ServiceWorkerContainer> {
    let navigator = window()?.navigator();
    let has = js_sys::Reflect::has(&navigator, &"serviceWorker".into()).unwrap_or(false);
    has.then(|| navigator.service_worker())
}

/// A downloaded release that waits for consent.
#[derive(Clone, Debug)]
pub struct Update(ServiceWorkerRegistration);

impl Update {
    /// Lets the new release take over; the page reloads when it has.
    pub fn apply(&self) {
        if let Some(container) = container() {
            let reload = Closure::once_into_js(page::reload);
            container.set_oncontrollerchange(Some(reload.unchecked_ref()));
        }
        if let Some(waiting) = self.0.waiting() {
            let message = js_sys::Object::new();
            let _ = js_sys::Reflect::set(&message, &"type".into(), &"apply-update".into());
            let _ = waiting.post_message(&message);
        }
    }
}

/// Registers the service worker. `found` is called for every release that has been downloaded and waits.
pub async fn register(found: impl Fn(Update) + Clone + 'static) {
    let Some(container) = container() else { return };
    let Ok(registration) = JsFuture::from(container.register(SCRIPT)).await else { return };
    let Ok(registration) = registration.dyn_into::<ServiceWorkerRegistration>() else { return };
    if registration.waiting().is_some() && container.controller().is_some() {
        found(Update(registration.clone()));
    }
    let watched = registration.clone();
    let listener = Closure::<dyn Fn()>::new(move || {
        let Some(installing) = watched.installing() else { return };
        let (watched, found, worker) = (watched.clone(), found.clone(), installing.clone());
        let changed = Closure::<dyn Fn()>::new(move || {
            let replaces = container_has_controller();
            if worker.state() == web_sys::ServiceWorkerState::Installed && replaces {
                found(Update(watched.clone()));
            }
        });
        installing.set_onstatechange(Some(changed.as_ref().unchecked_ref()));
        changed.forget();
    });
    registration.set_onupdatefound(Some(listener.as_ref().unchecked_ref()));
    listener.forget();
}

fn container_has_controller() -> bool {
    container().is_some_and(|c| c.controller().is_some())
}

/// Asks whether there is a newer release.
pub async fn check() {
    let Some(container) = container() else { return };
    if let Ok(registration) = JsFuture::from(container.get_registration()).await
        && let Ok(registration) = registration.dyn_into::<ServiceWorkerRegistration>()
        && let Ok(promise) = registration.update()
    {
        let _ = JsFuture::from(promise).await;
    }
}
