//! The second part of the app's code: fetched after the first paint, or as soon as a page in it is opened.
//!
//! What is in that part is not known here; `screens::lazy` says so, and this module only says when to fetch it and what
//! became of it. Builds that are not split have everything from the start and pass through the same states.

use leptos::prelude::*;
use leptos::task::spawn_local;
use std::future::Future;
use std::pin::Pin;

/// Fetches the part; false if it could not be had. Must be safe to call again after a failure.
pub type Fetch = fn() -> Pin<Box<dyn Future<Output = bool>>>;

/// Where the part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nobody has asked for it yet.
    Away,
    /// On its way.
    Coming,
    /// Here, for good.
    Here,
    /// It could not be fetched; asking again may help.
    Failed,
}

/// The second part. Context.
#[derive(Clone, Copy)]
pub struct Chunk {
    stage: RwSignal<Stage>,
    fetch: Fetch,
}

impl Chunk {
    /// Provides it, and fetches it once the first screen has been painted.
    pub fn provide(fetch: Fetch) -> Self {
        let this = Self { stage: RwSignal::new(Stage::Away), fetch };
        provide_context(this);
        // The frame asked for here is painted before the timer of its callback runs out.
        request_animation_frame(move || set_timeout(move || this.request(), std::time::Duration::ZERO));
        this
    }

    /// The part in effect.
    pub fn get() -> Self {
        expect_context()
    }

    /// Where it is.
    pub fn stage(self) -> Stage {
        self.stage.get()
    }

    /// Fetches it, unless it is here or on its way.
    pub fn request(self) {
        if matches!(self.stage.get_untracked(), Stage::Coming | Stage::Here) {
            return;
        }
        self.stage.set(Stage::Coming);
        spawn_local(async move {
            let here = (self.fetch)().await;
            self.stage.set(if here { Stage::Here } else { Stage::Failed });
        });
    }
}
