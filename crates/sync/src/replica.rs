//! What a device knows: the server's copies, the mutations laid over them, and the bookkeeping of both.
//!
//! Everything here is either durable already or computed from what is. A change is planned as a list of [`Edit`]s; the
//! same list becomes the storage batch and, once that is committed, the change of memory. So the two cannot differ.

mod stored;

use crate::pages::{Paging, Shelf};
use crate::sorted::Sorted;
use crate::store::Revision;
use aisle_domain::order::sorted;
use aisle_protocol::mutation::{DeviceId, Hash, Mutation, MutationId, Op};
use aisle_protocol::record::{Fields, Kind, RecordRef, apply_patch};
use aisle_protocol::snapshot::SegmentRef;
use aisle_protocol::sync::{Bucket, PushStatus, RejectCode};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

/// The server's copy of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Copy {
    /// Revision.
    pub rev: u64,
    /// Bucket it came through last.
    pub b: Bucket,
    /// Which fresh start it belongs to, see [`Meta::generation`].
    pub g: u32,
    /// All its fields, as the text of a JSON object: a phone holds ten thousand records and looks at a few at a time.
    v: Box<str>,
}

impl Copy {
    /// A copy of these fields.
    pub fn new(rev: u64, b: Bucket, g: u32, fields: &Fields) -> Self {
        // A map with string keys always serialises.
        Self { rev, b, g, v: serde_json::to_string(fields).unwrap_or_default().into() }
    }

    /// All its fields.
    pub fn fields(&self) -> Fields {
        // Read when it was made or read from storage: it is an object.
        serde_json::from_str(&self.v).unwrap_or_default()
    }

    /// Reads a stored copy. All of it is gone through, so that a row that is damaged is found now.
    fn read(text: &str) -> Result<Self, String> {
        let is_sound = |copy: &Self| serde_json::from_str::<IgnoredAny>(&copy.v).is_ok();
        if let Some(copy) = Self::written(text).filter(is_sound) {
            return Ok(copy);
        }
        let mut row: Fields = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let number = |name: &str| row.get(name).and_then(Value::as_u64);
        let (rev, g) = (number("rev").ok_or("no revision")?, number("g").unwrap_or(0));
        let Some(Value::String(bucket)) = row.remove("b") else { return Err("no bucket".to_owned()) };
        let Some(Value::Object(v)) = row.remove("v") else { return Err("no fields".to_owned()) };
        Ok(Self::new(rev, Bucket(bucket), u32::try_from(g).unwrap_or(0), &v))
    }

    /// Reads what [`Self::text`] wrote and nobody has changed since, without looking at every letter of it; `None` for
    /// anything else.
    fn written(text: &str) -> Option<Self> {
        fn number<'a, T: FromStr>(text: &'a str, name: &str) -> Option<(T, &'a str)> {
            let text = text.strip_prefix(name)?;
            let (digits, rest) = text.split_at(text.bytes().position(|byte| !byte.is_ascii_digit())?);
            Some((digits.parse().ok()?, rest))
        }
        let (rev, rest) = number(text, "{\"rev\":")?;
        let (bucket, rest) = rest.strip_prefix(",\"b\":\"")?.split_once('"')?;
        let (g, rest) = number(rest, ",\"g\":")?;
        let v = rest.strip_prefix(",\"v\":")?.strip_suffix('}')?;
        let plain = !bucket.contains('\\') && v.starts_with('{');
        plain.then(|| Self { rev, b: Bucket(bucket.to_owned()), g, v: v.into() })
    }

    /// As stored.
    fn text(&self) -> String {
        let bucket = serde_json::to_string(&self.b).unwrap_or_default();
        format!("{{\"rev\":{},\"b\":{bucket},\"g\":{},\"v\":{}}}", self.rev, self.g, self.v)
    }
}

/// A mutation that no applied page has acknowledged yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// The mutation.
    pub m: Mutation,
    /// The endpoint's word as releases before [`Meta::received`] kept it with each mutation. Read, and not written any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<PushStatus>,
}

impl Pending {
    /// A mutation just made.
    pub fn new(m: Mutation) -> Self {
        Self { m, result: None }
    }
}

/// A mutation the endpoint refused. It stays visible until the person deals with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Returned {
    /// The mutation.
    pub m: Mutation,
    /// Why.
    pub code: RejectCode,
    /// Its place among the pending mutations: above those counted up to here, below all later ones.
    #[serde(default)]
    pub place: u64,
}

/// What is still to be done with a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Kind, such as `image/jpeg`.
    pub mime: String,
    /// Size, bytes.
    pub bytes: u64,
    /// Whether the endpoint has confirmed it.
    pub sent: bool,
}

/// The engine's bookkeeping.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// This installation.
    pub device: DeviceId,
    /// Counter of the last mutation made.
    pub last_n: u64,
    /// Its digest.
    pub last_hash: Hash,
    /// The endpoint has answered every pending mutation counted up to here: those it refused are refused, it has the others.
    /// One number, so that taking note of an answer to five hundred mutations writes none of them anew.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub received: u64,
    /// Where the feed goes on; `None` before the first page.
    pub cursor: Option<String>,
    /// Whether the feed has been read to its end since the last fresh start.
    pub complete: bool,
    /// Counts fresh starts: after one, copies of earlier generations are dropped when the feed has been read through.
    pub generation: u32,
    /// The endpoint's clock minus this device's, milliseconds, at the last answer.
    pub clock_offset_ms: i64,
    /// When a pull last reached the end of the feed, by this device's clock.
    pub last_success_ms: Option<i64>,
    /// A snapshot that is being read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snap: Option<Loading>,
    /// Id of the published snapshot that has been read to its end; only where there is no endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// What is still missing of a snapshot. Durable, so that a browser that was killed goes on where it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loading {
    /// The manifest's id.
    pub id: String,
    /// Where the feed goes on once nothing is missing.
    pub cursor: String,
    /// Segments not yet applied.
    pub left: Vec<SegmentRef>,
}

/// A local change on its way to becoming a mutation.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The mutation's id.
    pub id: MutationId,
    /// What it does.
    pub op: Op,
    /// To which record.
    pub rec: RecordRef,
    /// Fields.
    pub patch: Fields,
}

/// A picture saved together with the mutations that name it.
#[derive(Clone, Debug, PartialEq)]
pub struct PhotoDraft {
    /// Its id.
    pub id: String,
    /// Its facts.
    pub upload: Upload,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Where a record stands, as a person sees it (PRODUCT.md §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordState {
    /// 退回: refused, with a reason.
    Returned,
    /// 本机: only on this phone.
    OnPhone,
    /// 发送中: on its way.
    Sending,
    /// 已收到: the endpoint has confirmed it.
    Received,
    /// 已采纳: it has come back with the feed.
    Accepted,
}

/// One change of the replica. See the module.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Keep the server's copy.
    Copy(RecordRef, Copy),
    /// Drop the server's copy.
    DropCopy(RecordRef),
    /// Keep a facts segment.
    Facts(String, Vec<u8>),
    /// Drop a facts segment.
    DropFacts(String),
    /// Keep a pending mutation.
    Pending(Pending),
    /// Drop a pending mutation.
    DropPending(u64),
    /// Keep a refused mutation.
    Returned(Returned),
    /// Drop a refused mutation.
    DropReturned(MutationId),
    /// Keep a picture.
    Photo(String, Vec<u8>),
    /// Keep what is to be done with a picture.
    Upload(String, Upload),
    /// Drop a picture and what was to be done with it.
    DropPhoto(String),
    /// Keep the bookkeeping.
    Meta(Meta),
}

/// What lies over one record.
#[derive(Clone, Debug, Default, PartialEq)]
struct Over {
    returned: Sorted<MutationId, ()>,
    pending: Sorted<u64, ()>,
}

/// Key of the bookkeeping in [`Table::Meta`].
pub(crate) const META_KEY: &str = "sync";

/// What a device knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replica {
    /// Revision of storage this was read from or has been brought to.
    pub revision: Revision,
    /// Bookkeeping. In storage the last counter may be behind: the outbox says more.
    pub meta: Meta,
    /// Whether storage has any bookkeeping: which device this is.
    noted: bool,
    /// How many copies go where in storage.
    pub paging: Paging,
    shelf: Shelf,
    facts_shelf: Shelf,
    server: BTreeMap<RecordRef, Copy>,
    facts: BTreeMap<String, Arc<[u8]>>,
    pending: BTreeMap<u64, Pending>,
    returned: Sorted<MutationId, Returned>,
    uploads: Sorted<String, Upload>,
    /// Pending and refused mutations by record.
    overlay: BTreeMap<RecordRef, Over>,
}

impl Replica {
    /// Brings memory to where storage is after the batch of these edits.
    pub fn apply_all(&mut self, edits: Vec<Edit>, revision: Revision) {
        self.follow(&edits);
        for edit in edits {
            self.apply(edit);
        }
        self.revision = revision;
    }

    pub(crate) fn apply(&mut self, edit: Edit) {
        match edit {
            Edit::Copy(rec, copy) => {
                self.server.insert(rec, copy);
            }
            Edit::DropCopy(rec) => {
                self.server.remove(&rec);
            }
            Edit::Facts(id, bytes) => {
                self.facts.insert(id, bytes.into());
            }
            Edit::DropFacts(id) => {
                self.facts.remove(&id);
            }
            Edit::Pending(pending) => {
                self.overlay.entry(pending.m.rec.clone()).or_default().pending.insert(pending.m.n, ());
                self.pending.insert(pending.m.n, pending);
                self.count_on();
            }
            Edit::DropPending(n) => {
                if let Some(pending) = self.pending.remove(&n) {
                    self.uncover(&pending.m.rec, |over| over.pending.remove(&n));
                }
            }
            Edit::Returned(returned) => {
                let over = self.overlay.entry(returned.m.rec.clone()).or_default();
                over.returned.insert(returned.m.id.clone(), ());
                self.returned.insert(returned.m.id.clone(), returned);
            }
            Edit::DropReturned(id) => {
                if let Some(returned) = self.returned.remove(&id) {
                    self.uncover(&returned.m.rec, |over| over.returned.remove(&id));
                }
            }
            Edit::Photo(..) => {}
            Edit::Upload(id, upload) => {
                self.uploads.insert(id, upload);
            }
            Edit::DropPhoto(id) => {
                self.uploads.remove(&id);
            }
            Edit::Meta(meta) => {
                (self.meta, self.noted) = (meta, true);
                self.count_on();
            }
        }
    }

    /// The counting goes on where the outbox ends, if the bookkeeping is behind it.
    fn count_on(&mut self) {
        if let Some(Pending { m, .. }) = self.pending.values().next_back().filter(|p| p.m.n > self.meta.last_n) {
            (self.meta.last_n, self.meta.last_hash) = (m.n, m.hash.clone());
        }
    }

    fn uncover(&mut self, rec: &RecordRef, remove: impl FnOnce(&mut Over) -> Option<()>) {
        if let Some(over) = self.overlay.get_mut(rec) {
            remove(over);
            if over.pending.is_empty() && over.returned.is_empty() {
                self.overlay.remove(rec);
            }
        }
    }

    /// The device's view of a record: the server's copy with every pending and refused mutation laid over it, in the
    /// order made.
    pub fn view(&self, rec: &RecordRef) -> Option<Fields> {
        let mut fields = self.server.get(rec).map(Copy::fields);
        let Some(over) = self.overlay.get(rec) else { return fields };
        let returned = over.returned.keys().filter_map(|id| self.returned.get(id)).map(|r| ((r.place, true), &r.m));
        let pending = over.pending.keys().filter_map(|n| self.pending.get(n)).map(|p| ((p.m.n, false), &p.m));
        let laid: Vec<((u64, bool), &Mutation)> = returned.chain(pending).collect();
        for (_, mutation) in sorted(laid, |a, b| a.0.cmp(&b.0)) {
            apply_patch(fields.get_or_insert_default(), &mutation.patch);
        }
        fields
    }

    /// The fields of a mutation as the person sees them now. What is tried again goes to the end of the queue: with the values it
    /// was made with it would cover what the person wrote to the same fields since.
    pub fn seen(&self, mutation: &Mutation) -> Fields {
        let view = self.view(&mutation.rec).unwrap_or_default();
        let now = |field: &String| view.get(field).cloned().unwrap_or_default();
        mutation.patch.keys().map(|field| (field.clone(), now(field))).collect()
    }

    /// Ids of every record of a kind that this device sees, in order.
    pub fn ids(&self, kind: &Kind) -> Vec<String> {
        let from = RecordRef::new(kind.clone(), "");
        let of_kind = |rec: &&RecordRef| rec.kind == *kind;
        let server = self.server.range(from.clone()..).map(|(rec, _)| rec).take_while(of_kind);
        let local = self.overlay.range(from..).map(|(rec, _)| rec).take_while(of_kind);
        let mut ids = sorted(server.chain(local).map(|rec| &rec.id).collect(), |a, b| a.cmp(b));
        ids.dedup();
        ids.into_iter().cloned().collect()
    }

    /// Every record of a kind, read as `T`. What cannot be read as `T` is left out here and stays in storage.
    pub fn all<T: serde::de::DeserializeOwned>(&self, kind: &Kind) -> Vec<(String, T)> {
        let mut rows = Vec::new();
        for (id, value) in self.values(kind) {
            if let Ok(value) = serde_json::from_value(value) {
                rows.push((id, value));
            }
        }
        rows
    }

    /// Every record of a kind, unread. Apart from [`Self::all`], so that only the reading exists once for every type.
    pub fn values(&self, kind: &Kind) -> Vec<(String, serde_json::Value)> {
        let view = |id: String| {
            let fields = self.view(&RecordRef::new(kind.clone(), id.as_str()))?;
            Some((id, serde_json::Value::Object(fields)))
        };
        self.ids(kind).into_iter().filter_map(view).collect()
    }

    /// One record, read as `T`.
    pub fn get<T: serde::de::DeserializeOwned>(&self, kind: Kind, id: &str) -> Option<T> {
        let value = self.view(&RecordRef::new(kind, id))?;
        serde_json::from_value(serde_json::Value::Object(value)).ok()
    }

    /// Where a record stands; `sending` is the counter up to which a push is under way.
    pub fn state(&self, rec: &RecordRef, sending: Option<u64>) -> RecordState {
        let Some(over) = self.overlay.get(rec) else { return RecordState::Accepted };
        if !over.returned.is_empty() {
            return RecordState::Returned;
        }
        let states = over.pending.keys().filter_map(|n| self.pending.get(n)).map(|pending| {
            if self.is_received(pending) {
                RecordState::Received
            } else if sending.is_some_and(|to| pending.m.n <= to) {
                RecordState::Sending
            } else {
                RecordState::OnPhone
            }
        });
        states.min().unwrap_or(RecordState::Accepted)
    }

    /// The server's copy.
    pub fn copy(&self, rec: &RecordRef) -> Option<&Copy> {
        self.server.get(rec)
    }

    /// The server's copies.
    pub fn copies(&self) -> impl Iterator<Item = (&RecordRef, &Copy)> {
        self.server.iter()
    }

    /// A packed facts segment.
    pub fn facts(&self, id: &str) -> Option<Arc<[u8]>> {
        self.facts.get(id).cloned()
    }

    /// Every packed facts segment by id, in order.
    pub fn segments(&self) -> impl Iterator<Item = (&String, &Arc<[u8]>)> {
        self.facts.iter()
    }

    /// Pending mutations in the device's order.
    pub fn pending(&self) -> impl Iterator<Item = &Pending> {
        self.pending.values()
    }

    /// The pending mutation of this counter.
    pub fn pending_at(&self, n: u64) -> Option<&Pending> {
        self.pending.get(&n)
    }

    /// Whether the endpoint has confirmed a pending mutation.
    pub fn is_received(&self, pending: &Pending) -> bool {
        pending.m.n <= self.meta.received || pending.result.is_some()
    }

    /// Pending mutations that the endpoint has not confirmed, in the device's order.
    pub fn unreceived(&self) -> impl Iterator<Item = &Pending> {
        self.pending.values().filter(|pending| !self.is_received(pending))
    }

    /// Refused mutations, oldest id first.
    pub fn returned(&self) -> impl Iterator<Item = &Returned> {
        self.returned.values()
    }

    /// What is to be done with pictures.
    pub fn uploads(&self) -> impl Iterator<Item = (&String, &Upload)> {
        self.uploads.iter()
    }

    /// Pictures that need not stay on this phone: the endpoint has them, and their records are accepted.
    pub fn freeable(&self) -> impl Iterator<Item = (&String, &Upload)> {
        let accepted = |id: &str| !self.overlay.contains_key(&RecordRef::new(Kind::Photo, id));
        self.uploads.iter().filter(move |(id, upload)| upload.sent && accepted(id))
    }

    /// When the oldest change was made that the endpoint has not confirmed, by this device's clock, milliseconds.
    pub fn oldest_unsent(&self) -> Option<i64> {
        let pending = self.unreceived().map(|p| p.m.at);
        pending.chain(self.returned.values().map(|r| r.m.at)).min()
    }

    /// Whether anything made on this phone has not been accepted by the endpoint.
    pub fn has_unsent(&self) -> bool {
        !self.pending.is_empty() || !self.returned.is_empty() || self.uploads.values().any(|u| !u.sent)
    }

    /// Whether all of these drafts are mutations already, pending or refused.
    pub fn holds_all(&self, drafts: &[Draft]) -> bool {
        let pending = |draft: &Draft| {
            let over = self.overlay.get(&draft.rec);
            let mut pending = over.into_iter().flat_map(|over| over.pending.keys()).filter_map(|n| self.pending.get(n));
            pending.any(|p| p.m.id == draft.id)
        };
        !drafts.is_empty() && drafts.iter().all(|draft| self.returned.contains_key(&draft.id) || pending(draft))
    }

    /// The edits that make drafts into mutations, chained to those before.
    pub fn plan_write(&self, drafts: &[Draft], photos: &[PhotoDraft], at: i64) -> Vec<Edit> {
        let mut meta = self.meta.clone();
        let mut edits = Vec::with_capacity(drafts.len() + photos.len() * 2 + 1);
        for photo in photos {
            edits.push(Edit::Photo(photo.id.clone(), photo.bytes.clone()));
            edits.push(Edit::Upload(photo.id.clone(), photo.upload.clone()));
        }
        for draft in drafts {
            let m = Mutation {
                n: meta.last_n + 1,
                id: draft.id.clone(),
                op: draft.op,
                rec: draft.rec.clone(),
                base: self.server.get(&draft.rec).map(|copy| copy.rev),
                patch: draft.patch.clone(),
                at,
                prev: meta.last_hash.clone(),
                hash: Hash::default(),
            }
            .sealed();
            meta.last_n = m.n;
            meta.last_hash = m.hash.clone();
            edits.push(Edit::Pending(Pending::new(m)));
        }
        // Where the counting stands is where the outbox ends; only which device this is has to be said once.
        if !self.noted {
            edits.push(Edit::Meta(meta));
        }
        edits
    }

    /// The edits that give every pending mutation a new place under a new device id: after a fork, or when the
    /// endpoint has forgotten what it once took. What the endpoint already confirmed keeps its id, so that it is
    /// recognised there.
    pub fn plan_renumber(&self, device: DeviceId) -> Vec<Edit> {
        let mut meta = Meta { device, last_n: 0, last_hash: Hash::default(), received: 0, ..self.meta.clone() };
        let mut edits: Vec<Edit> = self.pending.keys().map(|n| Edit::DropPending(*n)).collect();
        let counted_anew = |returned: &Returned| {
            let place = self.pending.range(..returned.place).count() as u64;
            Edit::Returned(Returned { place, ..returned.clone() })
        };
        edits.extend(self.returned.values().map(counted_anew));
        for pending in self.pending.values() {
            let mut m = pending.m.clone();
            m.n = meta.last_n + 1;
            m.prev = meta.last_hash.clone();
            let m = m.sealed();
            meta.last_n = m.n;
            meta.last_hash = m.hash.clone();
            edits.push(Edit::Pending(Pending::new(m)));
        }
        edits.push(Edit::Meta(meta));
        edits
    }
}
