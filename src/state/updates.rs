//! New releases of the app, and its installation.

use crate::platform::device::{self, InstallOffer};
use crate::platform::page;
use crate::platform::updates::{self, Update};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The version of this build.
pub const VERSION: &str = match option_env!("AISLE_VERSION") {
    Some(version) => version,
    None => env!("CARGO_PKG_VERSION"),
};

/// New releases. Context.
#[derive(Clone, Copy)]
pub struct Updates {
    waiting: RwSignal<Option<Update>, LocalStorage>,
    offer: RwSignal<Option<InstallOffer>, LocalStorage>,
}

impl Updates {
    /// Registers the service worker and listens.
    pub fn provide() -> Self {
        let this = Self { waiting: RwSignal::new_local(None), offer: RwSignal::new_local(None) };
        provide_context(this);
        device::on_install_offer(move |offer| this.offer.set(Some(offer)));
        spawn_local(updates::register(move |update| this.waiting.set(Some(update))));
        this
    }

    /// Releases in effect.
    pub fn get() -> Self {
        expect_context()
    }

    /// Whether a newer release is downloaded and waits.
    pub fn is_waiting(self) -> bool {
        self.waiting.with(Option::is_some)
    }

    /// Lets it take over; the page reloads.
    pub fn apply(self) {
        if let Some(update) = self.waiting.get_untracked() {
            update.apply();
        }
    }

    /// Looks for a newer release.
    pub fn check(self) {
        spawn_local(updates::check());
    }

    /// Whether the browser offers to install the app.
    pub fn can_install(self) -> bool {
        self.offer.with(Option::is_some)
    }

    /// Whether the app runs in its own window.
    pub fn is_installed(self) -> bool {
        device::is_installed()
    }

    /// Shows the browser's question.
    pub fn install(self) {
        if let Some(offer) = self.offer.get_untracked() {
            offer.ask();
            self.offer.set(None);
        }
    }
}

/// Loads the page anew.
pub fn reload() {
    page::reload();
}
