//! The state machine: what happens next, given what just happened.
//!
//! One commit is under way at a time; whatever else wants to be written waits in a queue as an [`Intent`] and is
//! planned against the replica of that moment. When another tab was faster the store refuses the batch, the engine
//! reads again and plans the same intent anew. Nothing is announced before it is durable.

mod events;
mod plan;

pub use events::{Effect, Event, Failure, Phase, Reach, Status, Trigger, WriteError, WriteId};

use crate::backoff::Jitter;
use crate::mutants::Planted;
use crate::pages::Paging;
use crate::replica::{Draft, Edit, Meta, PhotoDraft, RecordState, Replica, Upload};
use crate::sorted::Sorted;
use crate::store::{Durability, Revision, Snapshot, StoreError};
use aisle_protocol::mutation::{DeviceId, Mutation, MutationId};
use aisle_protocol::record::RecordRef;
use aisle_protocol::snapshot::Manifest;
use aisle_protocol::sync::{PullResponse, PushRequest, PushResponse};
use aisle_protocol::{PROTO, PUSH_BYTES_MAX, PUSH_MUTATIONS_MAX, SCHEMA};
use std::collections::{BTreeSet, VecDeque};

/// How long after a complete round the next one starts by itself, milliseconds.
pub const IDLE_MS: i64 = 60_000;
/// Storage that could not be read is read again after this, milliseconds.
const RELOAD_MS: i64 = 1_000;
/// Nothing is waited for, whatever the clock says.
const NO_WAIT: i64 = i64::MIN;
/// Commits tried for one intent before its writer is told that storage fails.
const COMMIT_TRIES_MAX: u32 = 8;

/// A push under way. Its answer is about these mutations of this device, whatever another tab has made of the outbox
/// meanwhile.
#[derive(Clone, Debug)]
struct Pushed {
    device: DeviceId,
    ids: Sorted<u64, MutationId>,
}

/// A pull under way. Its page follows on this place in the feed and on no other, wherever another tab has got to
/// meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pulled {
    device: DeviceId,
    cursor: Option<String>,
    generation: u32,
    /// The snapshot that is being read.
    snap: Option<String>,
}

impl Pulled {
    fn here(meta: &Meta) -> Self {
        let Meta { device, cursor, generation, snap, .. } = meta.clone();
        Self { device, cursor, generation, snap: snap.map(|load| load.id) }
    }
}

/// Something that wants to become durable.
#[derive(Clone, Debug)]
enum Intent {
    Write { id: WriteId, drafts: Vec<Draft>, photos: Vec<PhotoDraft>, strict: bool, at: i64 },
    PushResult { pushed: Pushed, response: PushResponse },
    Page { pulled: Pulled, page: PullResponse, at: i64 },
    Reset(Pulled),
    Adopt { pulled: Pulled, manifest: Manifest, at: i64 },
    Segment { pulled: Pulled, digest: String, text: String, at: i64 },
    GiveUp(Pulled),
    Renumber { from: DeviceId, to: DeviceId },
    Uploaded(String),
    Retry { old: MutationId, new: MutationId, at: i64 },
    Withdraw(MutationId),
    FreePhotos,
}

impl Intent {
    /// Whether the network side waits for it.
    fn of_network(&self) -> bool {
        self.of_feed()
            || matches!(self, Self::PushResult { .. } | Self::Reset(_) | Self::Renumber { .. } | Self::Uploaded(_))
    }

    /// Whether it brings the copies further.
    fn of_feed(&self) -> bool {
        matches!(self, Self::Page { .. } | Self::Adopt { .. } | Self::Segment { .. } | Self::GiveUp(_))
    }
}

#[derive(Debug)]
struct Commit {
    intent: Intent,
    edits: Vec<Edit>,
    tries: u32,
}

/// The engine. See the module and the crate.
#[derive(Debug)]
pub struct Engine {
    replica: Replica,
    fresh_device: DeviceId,
    ready: bool,
    loading: bool,
    queue: VecDeque<(Intent, u32)>,
    committing: Option<Commit>,
    phase: Phase,
    pushed: Option<Pushed>,
    pulled: Option<Pulled>,
    reach: Reach,
    leads: bool,
    /// A trigger arrived while the network side was busy.
    again: bool,
    /// Another tab has written since storage was read.
    stale: bool,
    /// What the last commit failed with; cleared by one that succeeds.
    trouble: Option<StoreError>,
    /// Why storage could not be read; cleared when it could.
    unread: Option<StoreError>,
    /// The endpoint's clock minus this device's at the last answer, until a page makes it durable.
    clock_offset_ms: Option<i64>,
    failures: u32,
    jitter: Jitter,
    /// No request before this time, by the device's clock.
    wait_until: i64,
    left: Option<u64>,
    /// Pictures not to be tried again this round.
    skipped: BTreeSet<String>,
    /// Pull to the end of the feed before the round is over.
    want_pull: bool,
    /// No snapshot in this fresh start: there is none, or it could not be read.
    plain: bool,
    /// There is no endpoint: records come from a published snapshot, work leaves as files.
    published: bool,
    /// Always `None` without the feature `mutants`.
    planted: Option<Planted>,
}

impl Engine {
    /// A new engine. `fresh_device` becomes this installation's id unless storage holds one; `seed` feeds the jitter.
    /// Start it by performing [`Effect::Load`].
    pub fn new(fresh_device: DeviceId, seed: u64) -> Self {
        Self {
            replica: Replica::default(),
            fresh_device,
            ready: false,
            loading: true,
            queue: VecDeque::new(),
            committing: None,
            phase: Phase::Idle,
            pushed: None,
            pulled: None,
            reach: Reach::Unknown,
            leads: false,
            again: false,
            stale: false,
            trouble: None,
            unread: None,
            clock_offset_ms: None,
            failures: 0,
            jitter: Jitter::new(seed),
            wait_until: NO_WAIT,
            left: None,
            skipped: BTreeSet::new(),
            want_pull: false,
            plain: false,
            published: false,
            planted: None,
        }
    }

    /// The same for a device without an endpoint: it reads a published snapshot and sends nothing.
    pub fn without_endpoint(self) -> Self {
        Self { published: true, ..self }
    }

    /// The same, with copies laid down otherwise than a phone does: a test has few.
    pub fn with_paging(mut self, paging: Paging) -> Self {
        self.replica.paging = paging;
        self
    }

    /// Plants a mistake.
    #[cfg(feature = "mutants")]
    pub fn plant(&mut self, planted: Option<Planted>) {
        self.planted = planted;
    }

    fn is_planted(&self, mistake: Planted) -> bool {
        cfg!(feature = "mutants") && self.planted == Some(mistake)
    }

    /// What the device knows.
    pub fn replica(&self) -> &Replica {
        &self.replica
    }

    /// Where a record stands.
    pub fn record_state(&self, rec: &RecordRef) -> RecordState {
        let sending = match self.phase {
            Phase::Pushing(to) => Some(to),
            _ => None,
        };
        self.replica.state(rec, sending)
    }

    /// The state in numbers.
    pub fn status(&self) -> Status {
        let unsent = self.replica.uploads().filter(|(_, u)| !u.sent);
        let photos = unsent.fold((0, 0), |(count, bytes), (_, u)| (count + 1, bytes + u.bytes));
        Status {
            ready: self.ready,
            phase: self.phase,
            reach: self.reach.clone(),
            unconfirmed: self.replica.unreceived().count(),
            returned: self.replica.returned().count(),
            photos,
            last_success_ms: self.replica.meta.last_success_ms,
            complete: self.replica.meta.complete,
            left: self.left,
            clock_offset_ms: self.clock_offset_ms.unwrap_or(self.replica.meta.clock_offset_ms),
            trouble: self.trouble.clone(),
        }
    }

    /// Takes what happened at `now` (the device's clock, milliseconds) and returns what is to be done.
    pub fn step(&mut self, event: Event, now: i64) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Loaded(snapshot) => self.loaded(snapshot, now, &mut effects),
            Event::LoadFailed(error) => self.not_loaded(error, now, &mut effects),
            Event::Committed(revision) => self.committed(revision, &mut effects),
            Event::CommitFailed(error) => self.commit_failed(error, now, &mut effects),
            Event::Write { id, drafts, photos, strict } => match &self.unread {
                // Nobody waits for storage that cannot be read.
                Some(error) => effects.push(Effect::Wrote(id, Err(error.clone()))),
                None => self.enqueue(Intent::Write { id, drafts, photos, strict, at: now }),
            },
            Event::Trigger(trigger) => self.triggered(trigger),
            // An answer that nobody waits for says nothing that will not be said again.
            Event::Pushed(response) => {
                self.reached(response.now, now);
                if let Some(pushed) = self.pushed.take() {
                    self.settle(Intent::PushResult { pushed, response });
                }
            }
            Event::PushExpected(expect, fresh) => {
                if let Some(Pushed { device, .. }) = self.pushed.take() {
                    // The endpoint stands before our oldest mutation: it has forgotten some, and we no longer have
                    // them. Start over under a new id; mutations it does know are recognised by their own id.
                    let known = self.replica.meta.device == device && self.replica.pending().any(|p| p.m.n == expect);
                    if known {
                        self.phase = Phase::Idle;
                        self.push_from(expect, &mut effects);
                    } else {
                        self.settle(Intent::Renumber { from: device, to: fresh });
                    }
                }
            }
            Event::Forked(fresh) => {
                if let Some(Pushed { device, .. }) = self.pushed.take() {
                    self.settle(Intent::Renumber { from: device, to: fresh });
                }
            }
            Event::Pulled(page) => {
                self.reached(page.now, now);
                if let Some(pulled) = self.pulled.take() {
                    self.settle(Intent::Page { pulled, page, at: now });
                }
            }
            Event::PullReset => {
                if let Some(pulled) = self.pulled.take() {
                    self.settle(Intent::Reset(pulled));
                }
            }
            Event::Manifest(manifest) => {
                self.answered();
                if let Some(pulled) = self.pulled.take() {
                    self.settle(Intent::Adopt { pulled, manifest, at: now });
                }
            }
            Event::NoSnapshot if self.published => self.failed(Failure::Broken, now, &mut effects),
            Event::NoSnapshot => {
                self.plain = true;
                self.phase = Phase::Idle;
            }
            Event::Segment(digest, text) => {
                self.answered();
                if let Some(pulled) = self.pulled.take() {
                    self.settle(Intent::Segment { pulled, digest, text, at: now });
                }
            }
            Event::SegmentMissing => {
                if let Some(pulled) = self.pulled.take() {
                    self.settle(Intent::GiveUp(pulled));
                }
            }
            Event::Uploaded(id) => self.settle(Intent::Uploaded(id)),
            Event::UploadSkipped(id) => {
                self.skipped.insert(id);
                self.phase = Phase::Idle;
            }
            Event::Failed(failure) => self.failed(failure, now, &mut effects),
            Event::OtherTabWrote => self.stale = true,
            Event::Leads(leads) => {
                self.leads = leads;
                if leads {
                    self.triggered(Trigger::Start);
                }
            }
            Event::Retry(old, new) => self.enqueue(Intent::Retry { old, new, at: now }),
            Event::Withdraw(id) => self.enqueue(Intent::Withdraw(id)),
            Event::FreePhotos => self.enqueue(Intent::FreePhotos),
        }
        self.pump(&mut effects);
        self.advance(now, &mut effects);
        effects.push(Effect::StatusChanged);
        effects
    }

    fn loaded(&mut self, snapshot: Snapshot, now: i64, effects: &mut Vec<Effect>) {
        match Replica::read(snapshot) {
            // Storage never goes back by itself. What is in memory stays there, to be exported.
            Ok(replica) if replica.revision < self.replica.revision => {
                let what = "the database".to_owned();
                let why = "the browser has deleted what was in it".to_owned();
                self.not_loaded(StoreError::Corrupt { what, why }, now, effects);
            }
            Ok(mut replica) => {
                replica.paging = self.replica.paging;
                if replica.meta.device.0.is_empty() {
                    replica.meta = Meta { device: self.fresh_device.clone(), ..Meta::default() };
                }
                self.replica = replica;
                self.loading = false;
                self.unread = None;
                self.ready = true;
                effects.push(Effect::Changed(BTreeSet::new()));
            }
            Err(error) => self.not_loaded(error, now, effects),
        }
    }

    /// Storage could not be read. Writers learn it at once; the next trigger reads again, a timer soon where that may
    /// help.
    fn not_loaded(&mut self, error: StoreError, now: i64, effects: &mut Vec<Effect>) {
        self.loading = false;
        for (intent, _) in std::mem::take(&mut self.queue) {
            if let Intent::Write { id, .. } = intent {
                effects.push(Effect::Wrote(id, Err(error.clone())));
            }
        }
        if self.phase == Phase::Settling {
            // What the endpoint said is not lost: it will say it again.
            self.phase = Phase::Idle;
        }
        if matches!(error, StoreError::Lost | StoreError::Blocked | StoreError::Transient(_)) {
            effects.push(Effect::WakeAt(now + RELOAD_MS));
        }
        self.unread = Some(error.clone());
        effects.push(Effect::Halt(error));
    }

    fn enqueue(&mut self, intent: Intent) {
        self.queue.push_back((intent, 0));
    }

    /// Queues an intent of the network side, which waits until it is durable.
    fn settle(&mut self, intent: Intent) {
        self.phase = Phase::Settling;
        self.enqueue(intent);
    }

    /// Starts the next commit if none is under way.
    fn pump(&mut self, effects: &mut Vec<Effect>) {
        if self.stale && !self.loading && self.committing.is_none() {
            self.stale = false;
            self.loading = true;
            effects.push(Effect::Load);
        }
        while self.ready && !self.loading && self.committing.is_none() {
            let Some((intent, tries)) = self.queue.pop_front() else { return };
            let edits = self.plan(&intent);
            if edits.is_empty() {
                self.finished(&intent, effects);
                // What no longer follows on anything is asked for anew.
                self.want_pull |= intent.of_feed();
                continue;
            }
            let mut batch = self.replica.batch(&edits);
            if matches!(intent, Intent::Write { strict: true, .. }) {
                batch.durability = Durability::Strict;
            }
            if self.is_planted(Planted::MemoryBeforeDisk) {
                self.replica.apply_all(edits.clone(), self.replica.revision);
            }
            self.committing = Some(Commit { intent, edits, tries });
            effects.push(Effect::Commit(batch));
        }
    }

    fn committed(&mut self, revision: Revision, effects: &mut Vec<Effect>) {
        let Some(Commit { intent, edits, .. }) = self.committing.take() else { return };
        let touched = self.touched_by(&edits);
        self.trouble = None;
        self.replica.apply_all(edits, revision);
        effects.push(Effect::Announce);
        if !touched.is_empty() {
            effects.push(Effect::Changed(touched));
        }
        self.finished(&intent, effects);
    }

    /// An intent is durable (or needed no write).
    fn finished(&mut self, intent: &Intent, effects: &mut Vec<Effect>) {
        match intent {
            Intent::Write { id, .. } => {
                effects.push(Effect::Wrote(*id, Ok(())));
                self.again |= !self.published;
            }
            Intent::Page { page, .. } => {
                self.left = if page.more { page.left } else { None };
                self.want_pull = page.more;
            }
            Intent::PushResult { .. } | Intent::Renumber { .. } => self.want_pull = true,
            Intent::Reset(_) => {
                self.plain = false;
                self.want_pull = true;
            }
            Intent::Adopt { .. } | Intent::Segment { .. } | Intent::GiveUp(_) => self.loaded_further(),
            Intent::Uploaded(_) | Intent::FreePhotos => {}
            Intent::Retry { .. } | Intent::Withdraw(_) => self.again = true,
        }
        if intent.of_network() {
            self.phase = Phase::Idle;
        }
    }

    /// A step of reading a snapshot is done; the bookkeeping says how it ended.
    fn loaded_further(&mut self) {
        let Meta { snap, cursor, complete, edition, .. } = &self.replica.meta;
        let missing = snap.as_ref().map(|load| load.left.iter().map(|segment| segment.records).sum());
        self.left = missing.or((!complete).then_some(0));
        self.want_pull = snap.is_some() || !self.published;
        if snap.is_none() && self.published && edition.is_none() {
            // Given up: what is published may just be changing. The next look is at an ordinary time.
            self.reach = Reach::Failed(Failure::Broken);
        } else if snap.is_none() && cursor.is_none() {
            self.plain = true;
        }
    }

    fn commit_failed(&mut self, error: StoreError, now: i64, effects: &mut Vec<Effect>) {
        let Some(Commit { intent, tries, .. }) = self.committing.take() else { return };
        if !matches!(error, StoreError::Moved { .. }) {
            self.trouble = Some(error.clone());
        }
        let retry = matches!(error, StoreError::Moved { .. } | StoreError::Lost | StoreError::Transient(_));
        if retry && tries + 1 < COMMIT_TRIES_MAX {
            self.queue.push_front((intent, tries + 1));
            self.loading = true;
            effects.push(Effect::Load);
            return;
        }
        if let Intent::Write { id, .. } = intent {
            effects.push(Effect::Wrote(id, Err(error.clone())));
        } else if intent.of_network() {
            // What the endpoint said is not lost: it will say it again.
            self.phase = Phase::Idle;
            self.back_off(now, effects);
        }
        if matches!(error, StoreError::Outdated | StoreError::Blocked | StoreError::Corrupt { .. }) {
            effects.push(Effect::Halt(error));
        }
    }

    fn triggered(&mut self, trigger: Trigger) {
        self.stale |= self.unread.is_some();
        let insists = matches!(trigger, Trigger::Asked | Trigger::Online | Trigger::Start);
        let slowed = matches!(self.reach, Reach::Failed(Failure::SlowDown(_)));
        // The timer was set for `wait_until` or later: when it rings the wait is over, even for a clock that has been
        // set back meanwhile.
        let rings = trigger == Trigger::Timer && !self.is_planted(Planted::TimerUnheard);
        if rings || (insists && !slowed) {
            self.wait_until = NO_WAIT;
        }
        if matches!(trigger, Trigger::Asked | Trigger::Start) {
            self.skipped.clear();
            if matches!(self.reach, Reach::Failed(Failure::SignedOut)) {
                self.reach = Reach::Unknown;
            }
        }
        self.again = true;
        self.want_pull = true;
    }

    fn reached(&mut self, server_now: i64, now: i64) {
        self.answered();
        self.clock_offset_ms = Some(server_now - now);
    }

    fn answered(&mut self) {
        self.reach = Reach::Reached;
        self.failures = 0;
        self.wait_until = NO_WAIT;
    }

    fn failed(&mut self, failure: Failure, now: i64, effects: &mut Vec<Effect>) {
        self.phase = Phase::Idle;
        self.again = false;
        let wait = match &failure {
            Failure::SlowDown(wait_ms) => Some(*wait_ms),
            _ => None,
        };
        self.reach = Reach::Failed(failure);
        match wait {
            Some(wait_ms) => {
                self.wait_until = now + wait_ms;
                effects.push(Effect::WakeAt(self.wait_until));
            }
            None => self.back_off(now, effects),
        }
    }

    fn back_off(&mut self, now: i64, effects: &mut Vec<Effect>) {
        self.failures += 1;
        let wait = i64::try_from(self.jitter.wait_ms(self.failures)).unwrap_or(IDLE_MS);
        self.wait_until = now + wait.max(500);
        effects.push(Effect::WakeAt(self.wait_until));
    }

    /// Takes the next step of a round when the network side is free: push, then pull, then pictures.
    fn advance(&mut self, now: i64, effects: &mut Vec<Effect>) {
        let free = self.ready && self.leads && self.phase == Phase::Idle && self.committing.is_none();
        let signed_out = matches!(self.reach, Reach::Failed(Failure::SignedOut));
        if !free || self.loading || !self.queue.is_empty() || signed_out || now < self.wait_until {
            return;
        }
        let unsent = self.replica.unreceived().find(|_| !self.published).map(|p| p.m.n);
        if let Some(first) = unsent {
            self.again = false;
            self.push_from(first, effects);
        } else if self.want_pull || std::mem::take(&mut self.again) {
            self.again = false;
            self.want_pull = true;
            self.phase = Phase::Pulling;
            let pulled = Pulled::here(&self.replica.meta);
            effects.push(self.ask(&pulled));
            self.pulled = Some(pulled);
        } else if let Some((id, upload)) = self.next_upload() {
            self.phase = Phase::Uploading;
            effects.push(Effect::Upload { id, upload });
        } else {
            effects.push(Effect::WakeAt(now + IDLE_MS));
        }
    }

    /// Whether there is nothing here that an older state could cover: a snapshot is behind the feed, and a person has seen
    /// what was accepted since. A device that has records reads the feed, where each comes once and in its newest state.
    fn is_bare(&self) -> bool {
        self.replica.copies().next().is_none()
    }

    /// The request that brings the copies further.
    fn ask(&self, pulled: &Pulled) -> Effect {
        let missing = self.replica.meta.snap.as_ref().and_then(|load| load.left.first());
        match missing {
            Some(segment) => Effect::Segment(segment.sha256.clone()),
            None if self.published || (pulled.cursor.is_none() && !self.plain && self.is_bare()) => Effect::Manifest,
            None => Effect::Pull { device: pulled.device.clone(), cursor: pulled.cursor.clone() },
        }
    }

    fn next_upload(&self) -> Option<(String, Upload)> {
        let waits = |(id, u): &(&String, &Upload)| !u.sent && !self.skipped.contains(*id) && !self.published;
        let mut waiting = self.replica.uploads().filter(waits);
        waiting.next().map(|(id, upload)| (id.clone(), upload.clone()))
    }

    fn push_from(&mut self, first: u64, effects: &mut Vec<Effect>) {
        let mut muts: Vec<Mutation> = Vec::new();
        let mut bytes = 0;
        for pending in self.replica.pending().filter(|p| p.m.n >= first) {
            bytes += serde_json::to_string(&pending.m).map_or(0, |text| text.len());
            if muts.len() == PUSH_MUTATIONS_MAX || (bytes > PUSH_BYTES_MAX && !muts.is_empty()) {
                break;
            }
            muts.push(pending.m.clone());
        }
        let Some(last) = muts.last().map(|m| m.n) else { return };
        self.phase = Phase::Pushing(last);
        let device = self.replica.meta.device.clone();
        let mut ids = Sorted::default();
        for m in &muts {
            ids.insert(m.n, m.id.clone());
        }
        self.pushed = Some(Pushed { device: device.clone(), ids });
        effects.push(Effect::Push(PushRequest { proto: PROTO, schema: SCHEMA, device, muts }));
    }
}
