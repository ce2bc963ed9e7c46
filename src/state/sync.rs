//! What waits on this phone and how the endpoint answers, for the indicator and the sync centre.

use super::table::descending;
use super::{Account, Work};
use crate::platform::page;
use aisle_domain::visit::Visit;
use aisle_domain::{PersonId, ShopId};
use aisle_protocol::record::{Kind, RecordRef};
use aisle_sync::{Phase, Status};
use leptos::prelude::*;
use std::collections::BTreeMap;

pub use aisle_protocol::sync::RejectCode;
pub use aisle_sync::{Failure, Reach, RecordState, StoreError, Trigger};

/// What the indicator says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indicator {
    /// Everything is with the endpoint.
    Settled,
    /// Something is on its way.
    Sending,
    /// Something waits, the endpoint can be reached.
    Waiting,
    /// The endpoint cannot be reached. Normal.
    Offline,
    /// A person has to do something.
    NeedsYou,
}

/// A visit and how far it has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Record id of the visit.
    pub id: String,
    /// Where.
    pub shop: ShopId,
    /// When it began.
    pub at: i64,
    /// Whether it still goes on.
    pub open: bool,
    /// How far all its records have come.
    pub state: RecordState,
    /// Photos sent, of so many.
    pub photos: (usize, usize),
}

/// A refused mutation.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// Its id.
    pub id: String,
    /// What it was about.
    pub rec: RecordRef,
    /// Why.
    pub code: RejectCode,
    /// When it was made.
    pub at: i64,
}

/// The sync centre. Context.
#[derive(Clone, Copy)]
pub struct SyncCentre {
    work: Work,
    items: Memo<Vec<Item>>,
}

impl SyncCentre {
    /// Needs the records.
    pub fn provide() -> Self {
        let work = Work::get();
        let account = Account::get();
        let me = move || account.session().map(|session| session.person);
        let this = Self { work, items: Memo::new(move |_| items(work, me().as_ref())) };
        provide_context(this);
        this
    }

    /// The sync centre in effect.
    pub fn get() -> Self {
        expect_context()
    }

    /// The engine's state.
    pub fn status(self) -> Option<Status> {
        self.work.status()
    }

    /// What the indicator says.
    pub fn signal(self) -> Indicator {
        let Some(status) = self.work.status() else { return Indicator::Settled };
        let signed_out = status.reach == Reach::Failed(Failure::SignedOut);
        if status.returned > 0 || signed_out || status.trouble.is_some() {
            Indicator::NeedsYou
        } else if matches!(status.reach, Reach::Failed(_)) {
            Indicator::Offline
        } else if matches!(status.phase, Phase::Pushing(_) | Phase::Uploading) || status.left.is_some() {
            Indicator::Sending
        } else if self.waiting() > 0 {
            Indicator::Waiting
        } else {
            Indicator::Settled
        }
    }

    /// Visits made or changed on this phone and not yet accepted, and of today, newest first.
    pub fn items(self) -> Vec<Item> {
        self.items.get()
    }

    /// Records that wait: visits with anything the endpoint has not confirmed.
    pub fn waiting(self) -> usize {
        let waits = |item: &&Item| !matches!(item.state, RecordState::Accepted | RecordState::Received);
        self.items.with(|items| items.iter().filter(waits).count())
    }

    /// Refused mutations.
    pub fn refused(self) -> Vec<Refused> {
        self.work.status();
        let read = |replica: &aisle_sync::Replica| {
            let refused = replica.returned().map(|returned| Refused {
                id: returned.m.id.0.clone(),
                rec: returned.m.rec.clone(),
                code: returned.code.clone(),
                at: returned.m.at,
            });
            refused.collect()
        };
        self.work.peek(read).unwrap_or_default()
    }
}

fn items(work: Work, me: Option<&PersonId>) -> Vec<Item> {
    work.status();
    for kind in [Kind::Visit, Kind::Answer, Kind::Photo] {
        work.track(&kind);
    }
    let mut states: BTreeMap<String, RecordState> = BTreeMap::new();
    let pending: Vec<(RecordRef, Option<String>)> = work
        .peek(|replica| {
            let all = replica.pending().map(|p| &p.m).chain(replica.returned().map(|r| &r.m));
            all.map(|m| (m.rec.clone(), visit_of(replica, &m.rec))).collect()
        })
        .unwrap_or_default();
    for (rec, visit) in pending {
        if let Some(visit) = visit {
            let state = work.record_state(&rec);
            let slot = states.entry(visit).or_insert(state);
            *slot = (*slot).min(state);
        }
    }
    let visits: Vec<(String, Visit)> = work.peek(|replica| replica.all(&Kind::Visit)).unwrap_or_default();
    let today = crate::platform::clock::today();
    let sent = work.peek(photos_by_visit).unwrap_or_default();
    let item = |(id, visit): (String, Visit)| {
        let state = states.get(&id).copied();
        let is_today = crate::platform::clock::local(visit.check_in.at).date() == today;
        let photos = sent.get(&id).copied().unwrap_or_default();
        let own = state.is_some() || photos.0 < photos.1 || (is_today && me == Some(&visit.person));
        own.then(|| Item {
            shop: visit.shop.clone(),
            at: visit.check_in.at,
            open: visit.is_open(),
            state: state.unwrap_or(RecordState::Accepted),
            photos,
            id,
        })
    };
    descending(visits.into_iter().filter_map(item).collect(), |item: &Item| item.at)
}

/// The visit a record belongs to.
fn visit_of(replica: &aisle_sync::Replica, rec: &RecordRef) -> Option<String> {
    match rec.kind {
        Kind::Visit => Some(rec.id.clone()),
        _ => replica.view(rec)?.get("visit")?.as_str().map(str::to_owned),
    }
}

/// Visits with photos taken on this phone, and how many of those have been sent.
fn photos_by_visit(replica: &aisle_sync::Replica) -> BTreeMap<String, (usize, usize)> {
    let mut photos: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (id, upload) in replica.uploads() {
        if let Some(visit) = visit_of(replica, &RecordRef::new(Kind::Photo, id.as_str())) {
            let counts = photos.entry(visit).or_default();
            counts.0 += usize::from(upload.sent);
            counts.1 += 1;
        }
    }
    photos
}

/// Lets the browser's hints start a sync: a network, the page in front.
pub fn listen(work: Work) {
    page::on_online(move || work.trigger(Trigger::Online));
    page::on_offline(move || work.trigger(Trigger::Timer));
    page::on_visible(move || work.trigger(Trigger::Visible));
}
