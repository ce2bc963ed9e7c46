//! What this phone keeps, and for how long: pictures that could go, the age of unsent work, storage that cannot be read.

use super::Work;
use super::sync::StoreError;
use crate::platform::{clock, device, download, page};
use aisle_sync::repair;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Room that pictures leave for text, bytes: thousands of answers.
const ROOM_FOR_TEXT: u64 = 4_000_000;
/// Unsent work older than this is said, milliseconds.
const OLD_MS: i64 = 24 * 60 * 60 * 1000;

/// Pictures that the endpoint has, still on this phone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freeable {
    /// How many.
    pub photos: usize,
    /// How large together.
    pub bytes: u64,
}

/// What could be freed. Subscribes.
pub fn freeable(work: Work) -> Freeable {
    work.status();
    let read = |replica: &aisle_sync::Replica| {
        let all = replica.freeable();
        all.fold(Freeable::default(), |sum, (_, upload)| Freeable {
            photos: sum.photos + 1,
            bytes: sum.bytes + upload.bytes,
        })
    };
    work.peek(read).unwrap_or_default()
}

/// Since when the oldest change waits that the endpoint has not confirmed. Subscribes.
pub fn oldest_unsent(work: Work) -> Option<i64> {
    work.status();
    work.peek(aisle_sync::Replica::oldest_unsent).flatten()
}

/// Whether anything made on this phone has not been accepted. Subscribes.
pub fn has_unsent(work: Work) -> bool {
    work.status();
    work.peek(aisle_sync::Replica::has_unsent).unwrap_or(false)
}

/// Whether that is so long ago that it has to be said.
pub fn is_old(at: i64) -> bool {
    clock::now_ms() - at > OLD_MS
}

/// Whether a picture may be kept: text comes first when room is short. Where the browser does not tell, it is tried.
pub(super) async fn has_room_for(bytes: u64) -> bool {
    let known = device::storage_use().await;
    known.is_none_or(|known| known.quota.saturating_sub(known.used) >= bytes + ROOM_FOR_TEXT)
}

/// Whether what is damaged can be set aside after this error.
pub fn can_be_mended(error: &StoreError) -> bool {
    repair::may_help(error)
}

/// How a rescue goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rescue {
    /// Nothing was asked for.
    Idle,
    /// Under way.
    Working,
    /// The file was offered.
    Exported,
    /// It did not work.
    Failed(StoreError),
}

/// Offers everything in storage as a file, readable or not. Pictures are not in it.
pub fn export_all(work: Work, rescue: RwSignal<Rescue>) {
    rescue.set(Rescue::Working);
    spawn_local(async move {
        let next = match work.salvage().await {
            Ok(text) => {
                let name = format!("aisle-salvage-{}.json", clock::today());
                let _ = download::offer_text(&name, "application/json", &text);
                Rescue::Exported
            }
            Err(error) => Rescue::Failed(error),
        };
        rescue.set(next);
    });
}

/// Sets aside what cannot be read and starts the page anew.
pub fn set_aside(work: Work, rescue: RwSignal<Rescue>) {
    rescue.set(Rescue::Working);
    spawn_local(async move {
        match work.mend().await {
            Ok(()) => page::reload(),
            Err(error) => rescue.set(Rescue::Failed(error)),
        }
    });
}
