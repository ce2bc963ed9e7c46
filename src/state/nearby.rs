//! Where the phone is, asked for when a person wants to know what is near.

use crate::platform::position::{self, NoFix};
use aisle_domain::geo::Fix;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What is known of the place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// Nobody has asked.
    Unasked,
    /// The device is looking.
    Asking,
    /// Here.
    Here(Fix),
    /// The device does not say, and why.
    Nowhere(NoFix),
}

/// The place. Context.
#[derive(Clone, Copy)]
pub struct Nearby {
    place: RwSignal<Place>,
}

impl Nearby {
    /// Unasked at first.
    pub fn provide() -> Self {
        let this = Self { place: RwSignal::new(Place::Unasked) };
        provide_context(this);
        this
    }

    /// The place in effect.
    pub fn get() -> Self {
        expect_context()
    }

    /// What is known now.
    pub fn place(self) -> Place {
        self.place.get()
    }

    /// The fix, if there is one.
    pub fn fix(self) -> Option<Fix> {
        match self.place.get() {
            Place::Here(fix) => Some(fix),
            _ => None,
        }
    }

    /// Looks once more.
    pub fn look(self) {
        if self.place.get_untracked() == Place::Asking {
            return;
        }
        self.place.set(Place::Asking);
        spawn_local(async move {
            let place = position::fix().await.map_or_else(Place::Nowhere, Place::Here);
            self.place.set(place);
        });
    }
}
