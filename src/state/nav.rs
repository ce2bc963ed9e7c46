//! Which page is shown, by its address, and going to another.
//!
//! All that is needed of a router: the pages are told apart by `Page`, so there is no table of routes (docs/adr/0004).

use crate::platform::{clock, history, page};
use leptos::prelude::*;

/// The address bar. Context.
#[derive(Clone, Copy)]
pub struct Nav {
    address: RwSignal<String>,
}

impl Nav {
    /// Follows the history and the links that are tapped.
    pub fn provide() -> Self {
        let this = Self { address: RwSignal::new(history::address()) };
        history::on_travel(move || this.address.set(history::address()));
        history::on_link(move |address| this.go(&address));
        provide_context(this);
        this
    }

    /// The address bar in effect.
    pub fn get() -> Self {
        expect_context()
    }

    /// The path that is shown. Subscribes.
    pub fn path(self) -> String {
        self.address.with(|address| address.split('?').next().unwrap_or_default().to_owned())
    }

    /// What the query says under a name, as it is written there. Subscribes.
    pub fn query(self, name: &str) -> Option<String> {
        self.address.with(|address| {
            let (_, query) = address.split_once('?')?;
            query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
        })
    }

    /// Goes to another page. The way back leads here.
    pub fn go(self, address: &str) {
        self.show(address, false);
        page::scroll_to_top();
    }

    /// Goes to another page in place of the one that is shown: the way back leads to where it led before.
    pub fn replace(self, address: &str) {
        self.show(address, true);
        page::scroll_to_top();
    }

    /// Says in other words what is shown: the view stays where it is scrolled to.
    pub fn amend(self, address: &str) {
        self.show(address, true);
    }

    fn show(self, address: &str, replace: bool) {
        if self.address.with_untracked(|shown| shown != address) {
            history::show(address, replace);
            self.address.set(address.to_owned());
        }
    }
}

/// Moves the focus to an element once the view has been drawn.
pub fn focus_soon(id: String) {
    leptos::task::spawn_local(async move {
        clock::sleep_ms(0).await;
        page::focus(&id);
    });
}
