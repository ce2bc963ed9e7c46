//! What the engine is told and what it asks for.

use crate::replica::{Draft, PhotoDraft, Upload};
use crate::store::{Revision, Snapshot, StoreError, WriteBatch};
use aisle_protocol::mutation::{DeviceId, MutationId};
use aisle_protocol::record::RecordRef;
use aisle_protocol::snapshot::Manifest;
use aisle_protocol::sync::{PullResponse, PushRequest, PushResponse};
use std::collections::BTreeSet;

/// Names one local write, so that its writer learns what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WriteId(pub u64);

/// Why a local write is not durable. The writer keeps what it has and says so.
pub type WriteError = StoreError;

/// Why a sync should be tried now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The app has started, or a person has signed in.
    Start,
    /// The browser believes there is a network.
    Online,
    /// The page came to the front.
    Visible,
    /// The time asked for by [`Effect::WakeAt`] has come.
    Timer,
    /// A person asked for it.
    Asked,
}

/// Why a request got no usable answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection, a time-out, or an answer that is not ours (a captive portal's page).
    Unreachable,
    /// The endpoint failed (5xx).
    Broken,
    /// Asked to wait, milliseconds.
    SlowDown(i64),
    /// The session has ended. The outbox stays; a person has to sign in.
    SignedOut,
    /// The endpoint will not have this request; trying it again as it is will not help.
    Refused(String),
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// Storage has been read.
    Loaded(Snapshot),
    /// Storage could not be read.
    LoadFailed(StoreError),
    /// A batch is durable.
    Committed(Revision),
    /// A batch was not written.
    CommitFailed(StoreError),
    /// A person did something. `strict` asks for the disk rather than the operating system's word.
    Write {
        /// Names it.
        id: WriteId,
        /// The changes.
        drafts: Vec<Draft>,
        /// Pictures named by them.
        photos: Vec<PhotoDraft>,
        /// Flush to the disk.
        strict: bool,
    },
    /// Try to sync.
    Trigger(Trigger),
    /// The endpoint took a push.
    Pushed(PushResponse),
    /// The endpoint wants the push to go on elsewhere (409 `expect`). Carries a fresh device id in case the device has
    /// to start over.
    PushExpected(u64, DeviceId),
    /// The endpoint has two histories under this device id (409 `device_forked`); carries a fresh one.
    Forked(DeviceId),
    /// A page of the feed.
    Pulled(PullResponse),
    /// The feed starts anew (410).
    PullReset,
    /// The list of a snapshot's segments.
    Manifest(Manifest),
    /// There is no snapshot, or none that can be read.
    NoSnapshot,
    /// A segment: the digest it was asked by, and its text as it came.
    Segment(String, String),
    /// A segment is not there any more.
    SegmentMissing,
    /// A picture has been published.
    Uploaded(String),
    /// A picture was refused or is not readable any more; the record stays, the picture is not tried again this round.
    UploadSkipped(String),
    /// A request failed.
    Failed(Failure),
    /// Another tab has written.
    OtherTabWrote,
    /// This tab has become, or is no longer, the one that syncs.
    Leads(bool),
    /// Send a refused mutation once more, under a new id.
    Retry(MutationId, MutationId),
    /// Drop a refused mutation.
    Withdraw(MutationId),
    /// Drop every picture that need not stay on this phone.
    FreePhotos,
}

/// What is to be done. The driver performs effects in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Read storage; answer with `Loaded` or `LoadFailed`.
    Load,
    /// Write; answer with `Committed` or `CommitFailed`.
    Commit(WriteBatch),
    /// POST; answer with `Pushed`, `PushExpected`, `Forked` or `Failed`.
    Push(PushRequest),
    /// GET the next page; answer with `Pulled`, `PullReset` or `Failed`.
    Pull {
        /// This device, for the acknowledgement.
        device: DeviceId,
        /// Where to go on.
        cursor: Option<String>,
    },
    /// GET the list of the snapshot's segments; answer with `Manifest`, `NoSnapshot` or `Failed`.
    Manifest,
    /// GET a segment by its digest; answer with `Segment`, `SegmentMissing` or `Failed`.
    Segment(String),
    /// Send a picture; answer with `Uploaded`, `UploadSkipped` or `Failed`.
    Upload {
        /// Photo id.
        id: String,
        /// Its facts.
        upload: Upload,
    },
    /// Send `Trigger::Timer` at this time of the device's clock; replaces an earlier wish.
    WakeAt(i64),
    /// These records look different now. Empty means: everything may.
    Changed(BTreeSet<RecordRef>),
    /// Tell the other tabs that storage has changed.
    Announce,
    /// A local write is durable, or is not.
    Wrote(WriteId, Result<(), WriteError>),
    /// Storage cannot be used; a person has to see this.
    Halt(StoreError),
    /// [`Engine::status`](super::Engine::status) may read differently now.
    StatusChanged,
}

/// What the network side is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing.
    Idle,
    /// A push is under way, up to this counter.
    Pushing(u64),
    /// A page is under way.
    Pulling,
    /// A picture is under way.
    Uploading,
    /// Waiting for an intent of the network side to become durable.
    Settling,
}

/// What the last attempt said about the endpoint. Only an attempted sync decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Not tried yet.
    Unknown,
    /// It answered.
    Reached,
    /// It did not.
    Failed(Failure),
}

/// The engine's state in numbers, for the indicator and the sync centre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Whether storage has been read.
    pub ready: bool,
    /// What the network side is doing.
    pub phase: Phase,
    /// What the last attempt said.
    pub reach: Reach,
    /// Mutations not yet confirmed by the endpoint.
    pub unconfirmed: usize,
    /// Mutations refused by the endpoint.
    pub returned: usize,
    /// Pictures not yet sent, and their bytes.
    pub photos: (usize, u64),
    /// When the feed was last read to its end, by the device's clock.
    pub last_success_ms: Option<i64>,
    /// Whether the feed has been read to its end at least once.
    pub complete: bool,
    /// Changes still to come in the first download, where known.
    pub left: Option<u64>,
    /// Endpoint's clock minus this device's, milliseconds.
    pub clock_offset_ms: i64,
    /// What the last write to storage failed with, if it did.
    pub trouble: Option<StoreError>,
}
