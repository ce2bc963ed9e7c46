//! Parts of the app's code that are fetched after the first paint, or as soon as a page in them is opened.
//!
//! The styles of those pages come with them. What is in the parts is not known here; `screens::lazy` says so, and this module only says when to fetch one and what
//! became of it. Builds that are not split have everything from the start and pass through the same states.

use crate::platform::page;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::future::Future;
use std::pin::Pin;

/// Fetches the part's code; false if it could not be had. Must be safe to call again after a failure.
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

/// A part.
#[derive(Clone, Copy)]
pub struct Chunk {
    stage: RwSignal<Stage>,
    fetch: Fetch,
}

impl Chunk {
    /// A part that nobody has asked for yet.
    pub fn new(fetch: Fetch) -> Self {
        Self { stage: RwSignal::new(Stage::Away), fetch }
    }

    /// Where it is.
    pub fn stage(self) -> Stage {
        self.stage.get()
    }

    /// Fetches it, unless it is here or on its way.
    pub fn request(self) {
        if let Some(coming) = self.begin() {
            spawn_local(coming);
        }
    }

    fn begin(self) -> Option<impl Future<Output = ()>> {
        if matches!(self.stage.get_untracked(), Stage::Coming | Stage::Here) {
            return None;
        }
        self.stage.set(Stage::Coming);
        Some(async move {
            let (styles, code) = futures::future::join(page::later_styles(), (self.fetch)()).await;
            let here = styles && code;
            self.stage.set(if here { Stage::Here } else { Stage::Failed });
        })
    }
}

/// Fetches these one after the other, once the first screen has been painted.
pub fn after_first_paint(chunks: impl IntoIterator<Item = Chunk> + 'static) {
    let all = async {
        for chunk in chunks {
            if let Some(coming) = chunk.begin() {
                coming.await;
            }
        }
    };
    // The frame asked for here is painted before the timer of its callback runs out.
    request_animation_frame(move || set_timeout(move || spawn_local(all), std::time::Duration::ZERO));
}
