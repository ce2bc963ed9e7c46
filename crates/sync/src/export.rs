//! The work a device holds, as a work file; and the check that such a file would bring everything back.
//!
//! Pure: bytes of pictures are handed in, and so is what storage holds. What the file looks like is `aisle_protocol::work`.

use crate::memory::MemoryStore;
use crate::replica::{Edit, Pending, Replica, Returned};
use crate::store::Snapshot;
use aisle_protocol::mutation::{MutationId, hex};
use aisle_protocol::sync::PushStatus;
use aisle_protocol::work::{Item, Picture, Stage, WorkFile, WorkFileError};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Pictures that the endpoint has not confirmed: they belong into a file.
pub fn unsent_pictures(replica: &Replica) -> Vec<String> {
    replica.uploads().filter(|(_, upload)| !upload.sent).map(|(id, _)| id.clone()).collect()
}

/// Everything that has not been accepted, as a file. `bytes` are the pictures that could be read; `only` one refused or
/// pending mutation instead of all.
pub fn work_file(
    replica: &Replica,
    person: &str,
    made: i64,
    bytes: Vec<(String, Vec<u8>)>,
    only: Option<&MutationId>,
) -> WorkFile {
    let pending = replica.pending().map(|pending| Item {
        m: pending.m.clone(),
        st: if replica.is_received(pending) { Stage::Received } else { Stage::Pending },
        code: None,
    });
    let returned = replica.returned().map(|returned| Item {
        m: returned.m.clone(),
        st: Stage::Returned,
        code: Some(returned.code.clone()),
    });
    let mut items: Vec<Item> = returned.chain(pending).filter(|item| only.is_none_or(|id| item.m.id == *id)).collect();
    items.sort_by_key(|item| item.m.n);
    let facts: BTreeMap<&String, _> = replica.uploads().collect();
    let wanted = |id: &String| only.is_none() || items.iter().any(|item| item.m.rec.id == *id);
    let picture = |(id, bytes): (String, Vec<u8>)| {
        let upload = facts.get(&id).filter(|_| wanted(&id))?;
        Some(Picture { sha256: upload.sha256.clone(), mime: upload.mime.clone(), id, bytes })
    };
    let pictures = bytes.into_iter().filter_map(picture).collect();
    WorkFile {
        person: person.to_owned(),
        device: replica.meta.device.clone(),
        made,
        items,
        pictures,
        ..WorkFile::default()
    }
}

/// What a check found wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The file that was just written cannot be read.
    File(WorkFileError),
    /// Storage cannot be read, and why.
    Storage(String),
    /// A mutation that the file or storage does not hold as memory does.
    Mutation(MutationId),
    /// A picture whose bytes are missing or not what they were.
    Picture(String),
    /// Copies or bookkeeping in storage are not what memory holds.
    Copies,
}

/// Restores a file into memory and compares it, and what storage holds, with what the device shows. Nothing found is
/// what a person wants to read. `stored` has to be of the replica's revision; another tells nothing and is not compared.
pub fn check(replica: &Replica, stored: Snapshot, file: &str) -> Vec<Difference> {
    let mut found = Vec::new();
    match WorkFile::read(file) {
        Ok(file) => against_file(replica, file, &mut found),
        Err(error) => found.push(Difference::File(error)),
    }
    if replica.covers(&stored) {
        match Replica::read(stored) {
            Ok(read) => {
                mutations_differ(replica, &read, &mut found);
                let same = read.copies().eq(replica.copies()) && read.uploads().eq(replica.uploads());
                // Before the first commit a tab has its own idea of the device's name.
                let meta = read.meta == replica.meta || read.meta.device.0.is_empty();
                if !same || !meta {
                    found.push(Difference::Copies);
                }
            }
            Err(error) => found.push(Difference::Storage(error.to_string())),
        }
    }
    found
}

fn against_file(replica: &Replica, file: WorkFile, found: &mut Vec<Difference>) {
    let pictures: BTreeMap<String, String> =
        file.pictures.into_iter().map(|picture| (picture.id, hex(&Sha256::digest(&picture.bytes)))).collect();
    for (id, upload) in replica.uploads().filter(|(_, upload)| !upload.sent) {
        if pictures.get(id) != Some(&upload.sha256) {
            found.push(Difference::Picture(id.clone()));
        }
    }
    // Into a store of its own and out of it again: as another phone would hold it.
    let places: BTreeMap<&MutationId, u64> = replica.returned().map(|r| (&r.m.id, r.place)).collect();
    let results: BTreeMap<u64, Option<PushStatus>> = replica.pending().map(|p| (p.m.n, p.result)).collect();
    let edits: Vec<Edit> = file
        .items
        .into_iter()
        .map(|Item { m, st, code }| match (st, code) {
            (Stage::Returned, Some(code)) => {
                let place = places.get(&m.id).copied().unwrap_or_default();
                Edit::Returned(Returned { m, code, place })
            }
            _ => Edit::Pending(Pending { result: results.get(&m.n).copied().flatten(), m }),
        })
        .collect();
    let store = MemoryStore::default();
    let restored = store.commit_now(Replica::default().batch(&edits)).and_then(|_| Replica::read(store.load_now()));
    match restored {
        Ok(restored) => mutations_differ(replica, &restored, found),
        Err(error) => found.push(Difference::Storage(error.to_string())),
    }
}

/// Names every mutation that one holds and the other does not, or not so.
fn mutations_differ(replica: &Replica, other: &Replica, found: &mut Vec<Difference>) {
    fn all(replica: &Replica) -> BTreeMap<&MutationId, (Option<&Pending>, Option<&Returned>)> {
        let pending = replica.pending().map(|p| (&p.m.id, (Some(p), None)));
        pending.chain(replica.returned().map(|r| (&r.m.id, (None, Some(r))))).collect()
    }
    let (mine, theirs) = (all(replica), all(other));
    for id in mine.keys().chain(theirs.keys().filter(|id| !mine.contains_key(*id))) {
        let difference = Difference::Mutation((*id).clone());
        if mine.get(id) != theirs.get(id) && !found.contains(&difference) {
            found.push(difference);
        }
    }
}
