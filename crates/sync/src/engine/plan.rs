//! From an intent to the edits that make it durable, planned against the replica of that moment.
//!
//! Nothing here changes the engine: a plan that the store refuses is made anew.

use super::{Engine, Intent, Pulled, Pushed};
use crate::mutants::Planted;
use crate::replica::{Copy, Draft, Edit, Loading, Meta, Pending, Returned, Upload};
use crate::sorted::Sorted;
use aisle_protocol::record::{Kind, RecordRef};
use aisle_protocol::snapshot::{self, Manifest, Segment};
use aisle_protocol::sync::{Change, PullResponse, PushResponse, PushStatus, RejectCode, What};
use base64::Engine as _;
use std::collections::BTreeSet;

impl Engine {
    pub(super) fn plan(&self, intent: &Intent) -> Vec<Edit> {
        match intent {
            // A commit whose answer was lost may have been durable all the same: then nothing is left to do.
            Intent::Write { drafts, .. }
                if self.replica.holds_all(drafts) && !self.is_planted(Planted::WrittenTwice) =>
            {
                Vec::new()
            }
            Intent::Write { drafts, photos, at, .. } => self.replica.plan_write(drafts, photos, *at),
            Intent::PushResult { pushed, response } => self.plan_push_result(pushed, response),
            Intent::Page { pulled, page, at } => {
                let follows = *pulled == Pulled::here(&self.replica.meta);
                if follows || self.is_planted(Planted::AnotherCursorsPage) {
                    self.plan_page(page, *at)
                } else {
                    Vec::new()
                }
            }
            Intent::Reset(pulled) if *pulled != Pulled::here(&self.replica.meta) => Vec::new(),
            Intent::Reset(_) => {
                let meta = &self.replica.meta;
                let meta = Meta { cursor: None, generation: meta.generation + 1, ..meta.clone() };
                let mut edits = vec![Edit::Meta(meta)];
                if self.is_planted(Planted::ResetTakesOutbox) {
                    edits.extend(self.replica.pending().map(|p| Edit::DropPending(p.m.n)));
                }
                edits
            }
            Intent::Adopt { pulled, .. } | Intent::Segment { pulled, .. } | Intent::GiveUp(pulled)
                if *pulled != Pulled::here(&self.replica.meta) =>
            {
                Vec::new()
            }
            Intent::Adopt { manifest, at, .. } => self.plan_adopt(manifest, *at),
            Intent::Segment { digest, text, at, .. } => self.plan_segment(digest, text, *at),
            Intent::GiveUp(_) => self.plan_give_up(),
            Intent::Renumber { from, .. } if *from != self.replica.meta.device => Vec::new(),
            Intent::Renumber { to, .. } => {
                let edits = self.replica.plan_renumber(to.clone());
                if cfg!(feature = "mutants") { self.spoil_renumbering(edits) } else { edits }
            }
            Intent::Uploaded(id) => {
                let upload = self.replica.uploads().find(|(known, _)| *known == id);
                upload.map(|(_, u)| Edit::Upload(id.clone(), Upload { sent: true, ..u.clone() })).into_iter().collect()
            }
            Intent::Retry { old, new, at } => {
                let Some(returned) = self.replica.returned().find(|r| r.m.id == *old) else { return Vec::new() };
                let m = &returned.m;
                let draft = Draft { id: new.clone(), op: m.op, rec: m.rec.clone(), patch: self.replica.seen(m) };
                let mut edits = vec![Edit::DropReturned(old.clone())];
                edits.extend(self.replica.plan_write(&[draft], &[], *at));
                edits
            }
            Intent::Withdraw(id) => vec![Edit::DropReturned(id.clone())],
            Intent::FreePhotos => self.replica.freeable().map(|(id, _)| Edit::DropPhoto(id.clone())).collect(),
        }
    }

    fn plan_push_result(&self, pushed: &Pushed, response: &PushResponse) -> Vec<Edit> {
        let mut edits = Vec::new();
        let mut meta = self.replica.meta.clone();
        if meta.device != pushed.device {
            return edits;
        }
        let mut results = Sorted::default();
        for result in &response.results {
            results.insert(result.n, result);
        }
        // In order and without a gap: what the answer does not reach is sent again.
        for Pending { m, .. } in self.replica.unreceived() {
            let Some(result) = results.get(&m.n).filter(|_| pushed.ids.get(&m.n) == Some(&m.id)) else { break };
            meta.received = m.n;
            if result.st == PushStatus::Rejected {
                let code = result.code.clone().unwrap_or(RejectCode::Unknown);
                edits.push(Edit::DropPending(m.n));
                if !self.is_planted(Planted::RefusalDiscarded) {
                    edits.push(Edit::Returned(Returned { m: m.clone(), code, place: m.n }));
                }
            } else if self.is_planted(Planted::OverlayDroppedAtAnswer) {
                edits.push(Edit::DropPending(m.n));
            }
        }
        if meta.received > self.replica.meta.received {
            edits.push(Edit::Meta(meta));
        }
        edits
    }

    fn plan_page(&self, page: &PullResponse, now: i64) -> Vec<Edit> {
        let mut meta = self.replica.meta.clone();
        let mut edits = Vec::new();
        for change in &page.changes {
            self.plan_change(change, meta.generation, &mut edits);
        }
        let purged = |copy: &Copy| page.purge.contains(&copy.b);
        // Only what the page brings is kept for its sake: a departure from one bucket says nothing of a copy that came
        // through another.
        let brought = page.changes.iter().filter(|change| matches!(change.what, What::Is { .. }));
        let mut fresh = BTreeSet::new();
        for change in brought {
            fresh.insert(RecordRef::new(change.kind.clone(), change.id.as_str()));
        }
        let stale = |copy: &Copy| !page.more && copy.g < meta.generation;
        for (rec, copy) in self.replica.copies() {
            if (purged(copy) || stale(copy)) && !fresh.contains(rec) {
                drop_copy(rec, &mut edits);
            }
        }
        if !page.purge.is_empty() && self.is_planted(Planted::PurgeTakesOutbox) {
            edits.extend(self.replica.pending().map(|p| Edit::DropPending(p.m.n)));
        }
        if page.more && self.is_planted(Planted::OverlayDroppedMidFeed) {
            let shown = self.replica.pending().filter(|p| p.m.n <= page.ack && self.replica.is_received(p));
            edits.extend(shown.map(|p| Edit::DropPending(p.m.n)));
        }
        if !page.more {
            // Only the end of the feed shows everything up to `ack`.
            let shown = self.replica.pending().filter(|p| p.m.n <= page.ack && self.replica.is_received(p));
            edits.extend(shown.map(|p| Edit::DropPending(p.m.n)));
            meta.complete = true;
            meta.last_success_ms = Some(now);
        }
        meta.cursor = Some(page.next.clone());
        meta.clock_offset_ms = page.now - now;
        edits.push(Edit::Meta(meta));
        edits
    }

    /// Takes a list of segments to be read. One that is being read already goes on.
    fn plan_adopt(&self, manifest: &Manifest, now: i64) -> Vec<Edit> {
        let mut meta = self.replica.meta.clone();
        if meta.snap.is_some() {
            return Vec::new();
        }
        if self.published && meta.edition.as_ref() == Some(&manifest.id) {
            meta.last_success_ms = Some(now);
            return vec![Edit::Meta(meta)];
        }
        if self.published {
            // Copies that the new edition does not bring are dropped at its end.
            meta.generation += 1;
        }
        let Manifest { id, cursor, segments, .. } = manifest.clone();
        let load = Loading { id, cursor, left: segments };
        let mut edits = Vec::new();
        self.go_on(meta, load, now, &mut edits);
        edits
    }

    /// Applies a segment together with the note that it is not missing any more.
    fn plan_segment(&self, digest: &str, text: &str, now: i64) -> Vec<Edit> {
        let mut meta = self.replica.meta.clone();
        let Some(mut load) = meta.snap.take() else { return Vec::new() };
        let Some(at) = load.left.iter().position(|segment| segment.sha256 == digest) else { return Vec::new() };
        let intact = snapshot::digest(text.as_bytes()) == digest || self.is_planted(Planted::SegmentUnchecked);
        let parsed = if intact { serde_json::from_str::<serde_json::Value>(text).ok() } else { None };
        let Some(segment) = parsed.and_then(|value| serde_json::from_value::<Segment>(value).ok()) else {
            return self.plan_give_up();
        };
        let mut edits = Vec::new();
        for change in &segment.changes {
            let What::Is { rev, .. } = &change.what else { continue };
            let rec = RecordRef::new(change.kind.clone(), change.id.as_str());
            // A record that is here in a newer state came through another bucket later.
            let newer = |copy: &Copy| copy.g == meta.generation && copy.rev > *rev;
            if !self.replica.copy(&rec).is_some_and(newer) {
                self.plan_change(change, meta.generation, &mut edits);
            }
        }
        load.left.remove(at);
        if self.is_planted(Planted::SnapshotCursorEarly) {
            load.left.clear();
        }
        self.go_on(meta, load, now, &mut edits);
        edits
    }

    /// What follows on a segment: the next one, or the end of the snapshot. `edits` hold what the segment brought.
    fn go_on(&self, mut meta: Meta, load: Loading, now: i64, edits: &mut Vec<Edit>) {
        if !load.left.is_empty() {
            meta.snap = Some(load);
        } else if self.published {
            let brought: BTreeSet<RecordRef> = edits.iter().filter_map(|edit| self.touched(edit)).collect();
            for (rec, copy) in self.replica.copies() {
                if copy.g < meta.generation && !brought.contains(rec) {
                    drop_copy(rec, edits);
                }
            }
            (meta.complete, meta.last_success_ms, meta.edition) = (true, Some(now), Some(load.id));
        } else {
            meta.cursor = Some(load.cursor);
        }
        edits.push(Edit::Meta(meta));
    }

    /// Turns away from a snapshot that cannot be read. What it has brought so far may be out of date by now: it is
    /// dropped at the end of the feed unless the feed brings it too.
    fn plan_give_up(&self) -> Vec<Edit> {
        let mut meta = self.replica.meta.clone();
        (meta.snap, meta.edition) = (None, None);
        if !self.is_planted(Planted::SnapshotLeftovers) {
            meta.generation += 1;
        }
        vec![Edit::Meta(meta)]
    }

    fn plan_change(&self, change: &Change, generation: u32, edits: &mut Vec<Edit>) {
        let rec = RecordRef::new(change.kind.clone(), change.id.as_str());
        match &change.what {
            What::Is { rev, v } => {
                let mut v = v.clone();
                if rec.kind == Kind::Facts
                    && let Some(data) = v.remove("data").as_ref().and_then(serde_json::Value::as_str)
                    && let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(data)
                {
                    edits.push(Edit::Facts(rec.id.clone(), bytes));
                }
                edits.push(Edit::Copy(rec, Copy::new(*rev, change.b.clone(), generation, &v)));
            }
            What::Del { .. } => drop_copy(&rec, edits),
            What::Gone { .. } => {
                // Gone from one bucket: it may have come through another one meanwhile.
                let last = edits.iter().rev().find_map(|edit| match edit {
                    Edit::Copy(other, copy) if *other == rec => Some(copy.b.clone()),
                    _ => None,
                });
                let bucket = last.or_else(|| self.replica.copy(&rec).map(|copy| copy.b.clone()));
                if bucket == Some(change.b.clone()) {
                    drop_copy(&rec, edits);
                }
            }
        }
    }

    /// The planted mistakes of a renumbering.
    fn spoil_renumbering(&self, edits: Vec<Edit>) -> Vec<Edit> {
        let (mut pending, mut others): (Vec<Edit>, Vec<Edit>) =
            edits.into_iter().partition(|edit| matches!(edit, Edit::Pending(_)));
        match self.planted {
            Some(Planted::ForkDropsOutbox) => pending.clear(),
            Some(Planted::ForkReversesOrder) => pending.reverse(),
            _ => {}
        }
        let Some(Edit::Meta(mut meta)) = others.pop() else { return others };
        (meta.last_n, meta.last_hash) = Default::default();
        for edit in &mut pending {
            let Edit::Pending(Pending { m, .. }) = edit else { continue };
            if self.planted == Some(Planted::ForkForgetsIds) {
                m.id.0.push_str("-again");
            }
            (m.n, m.prev) = (meta.last_n + 1, meta.last_hash.clone());
            *m = m.clone().sealed();
            (meta.last_n, meta.last_hash) = (m.n, m.hash.clone());
        }
        others.extend(pending);
        others.push(Edit::Meta(meta));
        others
    }

    /// Records that look different once these edits are applied; asked before.
    pub(super) fn touched_by(&self, edits: &[Edit]) -> BTreeSet<RecordRef> {
        let mut touched = BTreeSet::new();
        for edit in edits {
            if let Some(rec) = self.touched(edit) {
                touched.insert(rec);
            }
            if let Edit::Meta(meta) = edit {
                // What has just been received says so.
                for pending in self.replica.unreceived().take_while(|p| p.m.n <= meta.received) {
                    touched.insert(pending.m.rec.clone());
                }
            }
        }
        touched
    }

    /// The record whose looks an edit may change; asked before the edit is applied.
    fn touched(&self, edit: &Edit) -> Option<RecordRef> {
        match edit {
            Edit::Copy(rec, _) | Edit::DropCopy(rec) => Some(rec.clone()),
            Edit::Pending(pending) => Some(pending.m.rec.clone()),
            Edit::Returned(returned) => Some(returned.m.rec.clone()),
            Edit::Facts(id, _) | Edit::DropFacts(id) => Some(RecordRef::new(Kind::Facts, id.as_str())),
            Edit::Upload(id, _) | Edit::Photo(id, _) | Edit::DropPhoto(id) => {
                Some(RecordRef::new(Kind::Photo, id.as_str()))
            }
            Edit::DropPending(n) => self.replica.pending_at(*n).map(|p| p.m.rec.clone()),
            Edit::DropReturned(id) => self.replica.returned().find(|r| r.m.id == *id).map(|r| r.m.rec.clone()),
            Edit::Meta(_) => None,
        }
    }
}

fn drop_copy(rec: &RecordRef, edits: &mut Vec<Edit>) {
    if rec.kind == Kind::Facts {
        edits.push(Edit::DropFacts(rec.id.clone()));
    }
    edits.push(Edit::DropCopy(rec.clone()));
}
