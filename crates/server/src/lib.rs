//! The endpoint: exchanges records between devices, keeps accounts, serves the app. The library holds everything, so
//! that tests run the real handlers in their own process; the binary is a command line over it.
//!
//! `api` speaks HTTP and decides nothing; `access`, `apply`, `amend`, `history` and `merge` decide and know neither HTTP nor storage;
//! `storage` keeps.

pub mod access;
pub mod adopt;
pub mod amend;
pub mod api;
pub mod apply;
pub mod blobs;
pub mod cli;
pub mod clock;
pub mod facts;
pub mod history;
pub mod import;
pub mod limits;
pub mod merge;
pub mod metrics;
pub mod password;
pub mod plan;
pub mod report;
pub mod snapshot;
pub mod storage;
pub mod targets;
pub mod work;

use crate::blobs::Photos;
use crate::clock::Clock;
use crate::limits::{Limit, Rate};
use crate::metrics::Metrics;
use crate::storage::{Compacted, Moment, SessionLimits, Storage};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

/// A day, milliseconds.
pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How long sessions last.
pub const SESSION_LIMITS: SessionLimits = SessionLimits { idle: 14 * DAY_MS, absolute: 30 * DAY_MS };
/// How long departures and deletions are told; a device that was away longer starts anew.
pub const TOMBSTONES_MS: i64 = 90 * DAY_MS;
/// How long an upload may stay open.
pub const UPLOAD_LIFE_MS: i64 = 7 * DAY_MS;

/// Passwords hashed at the same time; each takes 19 MiB.
const HASHES_AT_ONCE: usize = 4;
const SIGN_IN: Rate = Rate { burst: 5, per_minute: 5 };
const SIGN_IN_BY_ADDRESS: Rate = Rate { burst: 60, per_minute: 60 };
const PUSH: Rate = Rate { burst: 120, per_minute: 60 };
/// A first download is many pages in a row: the burst holds hundreds of thousands of records.
const PULL: Rate = Rate { burst: 600, per_minute: 120 };
const UPLOADS: Rate = Rate { burst: 600, per_minute: 240 };

const IMPORTS: Rate = Rate { burst: 30, per_minute: 30 };

/// What the operator decides.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder of the app's files; without one only the API is served.
    pub app: Option<PathBuf>,
    /// Sessions over plain HTTP from other machines: cookies without `Secure`. For trials in a trusted network.
    pub insecure_http: bool,
    /// Believe `X-Forwarded-For` of a proxy in front.
    pub behind_proxy: bool,
    /// Whoever sends it may read `/metrics`; without one only this machine may.
    pub metrics_token: Option<String>,
    /// Multiplies every rate limit; 1 where people are.
    pub rate_factor: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { app: None, insecure_http: false, behind_proxy: false, metrics_token: None, rate_factor: 1 }
    }
}

/// Everything a handler may need.
#[derive(Debug)]
pub struct App {
    /// The store.
    pub storage: Arc<dyn Storage>,
    /// Photos.
    pub photos: Photos,
    /// Time.
    pub clock: Clock,
    /// Operator's decisions.
    pub settings: Settings,
    /// Counters.
    pub metrics: Metrics,
    limits: Limits,
    hashing: Semaphore,
    /// Uploads that are being written right now, or were cut where nobody knows what came.
    uploading: Mutex<HashMap<String, api::blobs::Uploading>>,
}

#[derive(Debug)]
struct Limits {
    sign_in: Limit,
    sign_in_by_address: Limit,
    push: Limit,
    pull: Limit,
    uploads: Limit,
    import: Limit,
}

impl App {
    /// An endpoint over this store.
    pub fn new(storage: Arc<dyn Storage>, photos: Photos, clock: Clock, settings: Settings) -> Arc<Self> {
        let limit = |rate: Rate| Limit::new(rate.times(settings.rate_factor));
        let limits = Limits {
            sign_in: limit(SIGN_IN),
            sign_in_by_address: limit(SIGN_IN_BY_ADDRESS),
            push: limit(PUSH),
            pull: limit(PULL),
            uploads: limit(UPLOADS),
            import: limit(IMPORTS),
        };
        let (metrics, hashing, uploading) = (Metrics::default(), Semaphore::new(HASHES_AT_ONCE), Mutex::default());
        Arc::new(Self { storage, photos, clock, settings, metrics, limits, hashing, uploading })
    }

    /// Now, and the day it is.
    pub fn moment(&self) -> Moment {
        moment(&self.clock)
    }
}

/// Now, and the day it is.
pub fn moment(clock: &Clock) -> Moment {
    Moment { now: clock.now(), today: clock.today() }
}

/// Does what is due once in a while: people's time in shops begins and ends; old departures and deletions and abandoned
/// uploads are forgotten.
///
/// # Errors
/// When the store or the disk fails; what was done before stays done.
pub async fn housekeeping(app: &App) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let at = app.moment();
    let moved = app.storage.settle_assignments(at).await?;
    let stale = app.storage.stale_blobs(at.now - UPLOAD_LIFE_MS).await?;
    for id in &stale {
        app.photos.discard(id).await?;
        app.storage.drop_blob(id).await?;
    }
    let Compacted { forgotten, .. } = app.storage.compact(at.now, at.now - TOMBSTONES_MS).await?;
    tracing::info!(
        shops_moved = moved,
        uploads_expired = stale.len(),
        tombstones_forgotten = forgotten,
        "housekeeping"
    );
    Ok(())
}
