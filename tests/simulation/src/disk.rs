//! A phone's disk: storage in memory, with the faults storage has.

use crate::mutant::Mutant;
use aisle_sync::memory::MemoryStore;
use aisle_sync::replica::{Pending, Replica};
use aisle_sync::{Revision, Snapshot, StoreError, Table, WriteBatch};
use std::collections::BTreeMap;

/// What goes wrong with a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The disk is full: nothing is written.
    Quota,
    /// It fails for no reason that can be told: nothing is written.
    Transient,
    /// The connection is lost before it took effect.
    Lost,
    /// The connection is lost after it took effect.
    LostAfter,
}

/// A disk. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    store: MemoryStore,
    /// The disk before the last commit, for a mutant that forgets it.
    before: Option<MemoryStore>,
    /// The order in which mutations first came onto it.
    order: BTreeMap<String, usize>,
}

/// A key of the engine's own bookkeeping that a later version might have put there.
const STRANGER: &str = "of-a-later-version";

impl Disk {
    /// A new disk, on which a later version has left something.
    pub(crate) fn new() -> Self {
        let disk = Self::default();
        let mut batch = WriteBatch::default();
        batch.put_text(Table::Meta, STRANGER, "{\"kept\":1}".to_owned());
        // A fresh store takes its first batch.
        let _ = disk.store.commit_now(batch);
        disk
    }

    pub(crate) fn load(&self) -> Snapshot {
        self.store.load_now()
    }

    /// Whether it stands where this memory was read or has been brought to.
    pub(crate) fn stands_at(&self, replica: &Replica) -> bool {
        let (memory, disk) = (replica.batch(&[]), self.store.batch());
        (memory.expect, memory.outbox) == (disk.expect, disk.outbox)
    }

    pub(crate) fn revision(&self) -> Revision {
        self.store.revision()
    }

    /// Another disk with the same content.
    pub(crate) fn copy(&self) -> Self {
        Self { store: self.store.deep_copy(), before: None, order: self.order.clone() }
    }

    /// Commits, or fails as told.
    pub(crate) fn commit(
        &mut self,
        mut batch: WriteBatch,
        fault: Option<Fault>,
        planted: Option<Mutant>,
    ) -> Result<Revision, StoreError> {
        match fault {
            Some(Fault::Quota | Fault::Transient) if planted == Some(Mutant::AbortTakenForSuccess) => {
                return Ok(Revision(self.revision().0 + u64::from(!batch.appends())));
            }
            Some(Fault::Quota) => return Err(StoreError::Quota),
            Some(Fault::Transient) => return Err(StoreError::Transient("aborted".to_owned())),
            Some(Fault::Lost) => return Err(StoreError::Lost),
            Some(Fault::LostAfter) | None => {}
        }
        if planted == Some(Mutant::RevisionIgnored) {
            batch.expect = self.revision();
            batch.outbox = self.store.batch().outbox;
        }
        if planted == Some(Mutant::CrashLosesLastCommit) {
            self.before = Some(self.store.deep_copy());
        }
        let outbox = batch.puts.iter().filter(|put| put.table == Table::Outbox);
        let came: Vec<Pending> = outbox.filter_map(|put| serde_json::from_str(put.value.text()?).ok()).collect();
        let revision = self.store.commit_now(batch)?;
        for Pending { m, .. } in came {
            let next = self.order.len();
            self.order.entry(m.id.0).or_insert(next);
        }
        if fault == Some(Fault::LostAfter) { Err(StoreError::Lost) } else { Ok(revision) }
    }

    /// What a crash in the middle of this commit leaves: nothing of it, unless a mutant is planted.
    pub(crate) fn crash_during(&mut self, batch: WriteBatch, planted: Option<Mutant>) {
        let half: Vec<_> = match planted {
            Some(Mutant::CursorBeforePage) => batch.puts.into_iter().filter(|put| put.table == Table::Meta).collect(),
            Some(Mutant::TornBatch) => {
                let half = batch.puts.len().div_ceil(2);
                batch.puts.into_iter().rev().take(half).collect()
            }
            _ => return,
        };
        let batch = WriteBatch { puts: half, ..self.store.batch() };
        // There is no fault to report: the process is gone.
        let _ = self.store.commit_now(batch);
    }

    /// What a crash after a commit leaves: everything, unless a mutant is planted.
    pub(crate) fn crash_after(&mut self) {
        if let Some(before) = self.before.take() {
            self.store = before;
        }
    }

    /// Planted: throws the outbox away.
    pub(crate) fn empty_outbox(&mut self) {
        let mut batch = self.store.batch();
        for (key, _) in self.store.table(Table::Outbox) {
            batch.delete(Table::Outbox, key);
        }
        let _ = self.store.commit_now(batch);
    }

    /// Whether what a later version left is still there.
    pub(crate) fn keeps_strangers(&self) -> bool {
        self.store.table(Table::Meta).iter().any(|(key, _)| key == STRANGER)
    }

    /// Which mutation came onto the disk before which; last what never did.
    pub(crate) fn place(&self, id: &str) -> usize {
        self.order.get(id).copied().unwrap_or(usize::MAX)
    }

    /// Mutations on the disk by id: pending ones with whether the endpoint has confirmed them, and refused ones.
    pub(crate) fn mutations(&self) -> BTreeMap<String, Kept> {
        let mut kept = BTreeMap::new();
        // As storage has it: one number says up to where the endpoint has answered.
        let received = self.store.table(Table::Meta).into_iter().find_map(|(_, value)| {
            let meta: serde_json::Value = serde_json::from_str(value.text()?).ok()?;
            meta.get("received")?.as_u64()
        });
        for (_, value) in self.store.table(Table::Outbox) {
            if let Some(Pending { m, .. }) = value.text().and_then(|text| serde_json::from_str(text).ok()) {
                let confirmed = m.n <= received.unwrap_or_default();
                kept.insert(m.id.0, if confirmed { Kept::Confirmed } else { Kept::Pending });
            }
        }
        for (id, _) in self.store.table(Table::Returned) {
            kept.insert(id, Kept::Returned);
        }
        kept
    }
}

/// How a mutation is kept on a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Without the endpoint's word.
    Pending,
    /// With it.
    Confirmed,
    /// Refused.
    Returned,
}
