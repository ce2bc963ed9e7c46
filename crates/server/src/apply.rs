//! What a mutation does: one pure decision from what the server knows. No storage, no clock.
//!
//! Refusals here are business: they are kept, shown to the person, and never block the mutations behind them.

use crate::access::{Action, Actor, Facts, ShopFacts, When, can};
use crate::merge::{self, Writer};
use crate::plan::{self, Beside};
use crate::{amend, history};
use aisle_domain::visit::{Answer, Photo, Visit};
use aisle_domain::{PersonId, ShopId};
use aisle_protocol::mutation::{DeviceId, Mutation, Op};
use aisle_protocol::record::{Fields, Kind};
use aisle_protocol::sync::RejectCode;
use aisle_protocol::{PHOTO_BYTES_MAX, RecordRef};
use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Longest id of a record, bytes.
const ID_BYTES_MAX: usize = 64;
/// Most bytes of one record's fields, and of one patch.
const FIELDS_BYTES_MAX: usize = 64 * 1024;
/// The same of a split: some two thousand children.
const SPLIT_BYTES_MAX: usize = 256 * 1024;

/// Which fields devices changed.
pub type FieldRevs = BTreeMap<String, FieldRev>;

/// Who changed a field, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "FieldRevRow", into = "FieldRevRow")]
pub struct FieldRev {
    /// At which revision of the record; 0 until the record is written.
    pub rev: u64,
    /// On which device.
    pub device: DeviceId,
    /// Who; not known of what was stored before this was kept.
    pub by: Option<PersonId>,
    /// When, by that device's clock, milliseconds.
    pub at: Option<i64>,
}

impl FieldRev {
    /// Just now; the revision is filled in when the record is written.
    pub fn fresh(writer: &Writer) -> Self {
        Self { rev: 0, device: writer.device.clone(), by: Some(writer.by.clone()), at: Some(writer.at) }
    }
}

/// As stored: short, there is one for every field of every record.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum FieldRevRow {
    Now(u64, DeviceId, PersonId, i64),
    Before(u64, DeviceId),
}

impl From<FieldRevRow> for FieldRev {
    fn from(row: FieldRevRow) -> Self {
        match row {
            FieldRevRow::Now(rev, device, by, at) => Self { rev, device, by: Some(by), at: Some(at) },
            FieldRevRow::Before(rev, device) => Self { rev, device, by: None, at: None },
        }
    }
}

impl From<FieldRev> for FieldRevRow {
    fn from(field: FieldRev) -> Self {
        match (field.by, field.at) {
            (Some(by), Some(at)) => Self::Now(field.rev, field.device, by, at),
            _ => Self::Before(field.rev, field.device),
        }
    }
}

/// A record as the server keeps it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stored {
    /// Revision.
    pub rev: u64,
    /// Fields.
    pub fields: Fields,
    /// Shop it belongs to.
    pub shop: Option<ShopId>,
    /// Who made it.
    pub owner: Option<PersonId>,
    /// Whether an auditor made it.
    pub by_auditor: bool,
    /// Fields that devices changed.
    pub field_revs: FieldRevs,
}

/// What the server knows about the record of a mutation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// The record itself.
    pub current: Option<&'a Stored>,
    /// The visit that an answer, photo or amendment names, the draft that a step names.
    pub visit: Option<&'a Stored>,
    /// What was answered in that visit; only for an amendment.
    pub work: Option<&'a amend::Work>,
    /// The shop it belongs to; of a plan or split for a whole territory, that territory with nobody assigned.
    pub shop: Option<&'a ShopFacts>,
    /// What plans, splits, drafts and entries are checked against.
    pub beside: Option<&'a Beside>,
}

/// What becomes of a mutation.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// It takes effect: the record as it is from now on (revision still to be given), and what follows from it.
    Write {
        /// The record.
        record: Stored,
        /// Other records that change with it.
        also: Vec<(RecordRef, Stored)>,
        /// Values that met; they become records of history.
        past: Vec<history::Past>,
    },
    /// It is refused.
    Reject(RejectCode),
    /// It is refused, and the person is told what stands against it.
    Refuse {
        /// Why.
        code: RejectCode,
        /// What stands against it.
        detail: Fields,
    },
}

/// The visit (or, for a step, the draft) a mutation names, whose record has to be looked up before deciding.
pub fn visit_named(mutation: &Mutation) -> Option<RecordRef> {
    if mutation.rec.kind == Kind::DraftStep {
        let draft = mutation.patch.get("draft").and_then(|v| v.as_str())?;
        return Some(RecordRef::new(Kind::Draft, draft));
    }
    let named = matches!(mutation.rec.kind, Kind::Answer | Kind::Photo | Kind::Amendment);
    let id = mutation.patch.get("visit").and_then(|v| v.as_str()).filter(|_| named)?;
    Some(RecordRef::new(Kind::Visit, id))
}

/// The shop the record belongs to: through the server's own copy, the visit, or for a new visit as named in it.
pub fn shop_of(mutation: &Mutation, current: Option<&Stored>, visit: Option<&Stored>) -> Option<ShopId> {
    if let Some(known) = current.or(visit) {
        return known.shop.clone();
    }
    let named = mutation.patch.get("shop").and_then(|v| v.as_str());
    named.filter(|_| mutation.rec.kind == Kind::Visit).map(ShopId::from).or_else(|| plan::shop_named(mutation))
}

/// Who hands a mutation in, and when.
#[derive(Clone, Copy, Debug)]
pub struct Handing<'a> {
    /// The person it is judged as: whoever made it.
    pub actor: &'a Actor,
    /// The device it was made on.
    pub device: &'a DeviceId,
    /// The server's day.
    pub today: NaiveDate,
}

impl Handing<'_> {
    /// Whether the person may.
    pub(crate) fn may(&self, action: Action, facts: &Facts<'_>, done_at: i64) -> Result<(), RejectCode> {
        let may = can(self.actor, action, facts, When::done_at(self.today, done_at));
        if may { Ok(()) } else { Err(RejectCode::Forbidden) }
    }

    pub(crate) fn writer(&self, mutation: &Mutation) -> Writer {
        Writer { device: self.device.clone(), by: self.actor.person.clone(), at: mutation.at }
    }
}

/// Decides about one mutation.
pub fn decide(handing: &Handing<'_>, mutation: &Mutation, known: Known<'_>) -> Decision {
    let decision = match (&mutation.rec.kind, mutation.op) {
        _ if !mutation.is_intact() => Err(RejectCode::Damaged),
        (kind, _) if is_made_on_devices(kind) && !is_well_formed(mutation) => Err(RejectCode::Invalid),
        (Kind::Visit | Kind::Answer | Kind::Photo, Op::Create) => create(handing, mutation, known),
        (Kind::Visit, Op::Patch) => patch_visit(handing, mutation, known),
        (Kind::Amendment, Op::Create) => amend::create(handing, mutation, known),
        (Kind::History, Op::Patch) => history::settle(handing, mutation, known),
        (Kind::Answer | Kind::Photo | Kind::Amendment, Op::Patch) => Err(RejectCode::Immutable),
        (kind, Op::Create) if plan::is_planning(kind) => plan::create(handing, mutation, known),
        (kind, Op::Patch) if plan::is_planning(kind) => Err(RejectCode::Immutable),
        _ => Err(RejectCode::NotWritable),
    };
    decision.unwrap_or_else(Decision::Reject)
}

fn is_made_on_devices(kind: &Kind) -> bool {
    plan::is_planning(kind)
        || matches!(kind, Kind::Visit | Kind::Answer | Kind::Photo | Kind::Amendment | Kind::History)
}

/// Id and size.
fn is_well_formed(mutation: &Mutation) -> bool {
    let id = &mutation.rec.id;
    let id_fits = (1..=ID_BYTES_MAX).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'));
    let most = if mutation.rec.kind == Kind::Split { SPLIT_BYTES_MAX } else { FIELDS_BYTES_MAX };
    id_fits && size(&mutation.patch) <= most
}

fn size(fields: &Fields) -> usize {
    serde_json::to_string(fields).map_or(usize::MAX, |text| text.len())
}

fn create(handing: &Handing<'_>, mutation: &Mutation, known: Known<'_>) -> Result<Decision, RejectCode> {
    if known.current.is_some() {
        return Err(RejectCode::Immutable);
    }
    let (owner, by_auditor) = match mutation.rec.kind {
        Kind::Visit => {
            let visit: Visit = parse(&mutation.patch)?;
            if !visit.amended.is_empty() {
                return Err(RejectCode::Invalid);
            }
            (visit.person, handing.actor.role == aisle_domain::org::Role::Auditor)
        }
        Kind::Answer => {
            parse::<Answer>(&mutation.patch)?;
            let visit = known.visit.ok_or(RejectCode::UnknownParent)?;
            (visit.owner.clone().ok_or(RejectCode::UnknownParent)?, visit.by_auditor)
        }
        _ => {
            let photo: Photo = parse(&mutation.patch)?;
            if !is_sound(&photo) {
                return Err(RejectCode::Invalid);
            }
            let visit = known.visit.ok_or(RejectCode::UnknownParent)?;
            (visit.owner.clone().ok_or(RejectCode::UnknownParent)?, visit.by_auditor)
        }
    };
    let shop_id = shop_of(mutation, None, known.visit).ok_or(RejectCode::UnknownParent)?;
    let shop = known.shop.ok_or(RejectCode::UnknownParent)?;
    let facts = Facts { kind: &mutation.rec.kind, shop: Some(shop), owner: Some(&owner), by_auditor };
    handing.may(Action::Create, &facts, mutation.at)?;
    // An answer after check-out would change a score that has been handed in. A photo is evidence and may come late.
    if mutation.rec.kind == Kind::Answer && known.visit.is_some_and(is_submitted) {
        return Err(RejectCode::Immutable);
    }
    let record = made(handing, mutation, Some(shop_id), Some(owner), by_auditor);
    Ok(Decision::Write { record, also: Vec::new(), past: Vec::new() })
}

/// A record just made.
pub(crate) fn made(
    handing: &Handing<'_>,
    mutation: &Mutation,
    shop: Option<ShopId>,
    owner: Option<PersonId>,
    by_auditor: bool,
) -> Stored {
    let given = mutation.patch.iter().filter(|(_, value)| !value.is_null());
    let fields: Fields = given.map(|(name, value)| (name.clone(), value.clone())).collect();
    let written = FieldRev::fresh(&handing.writer(mutation));
    let field_revs = fields.keys().map(|name| (name.clone(), written.clone())).collect();
    Stored { rev: 0, fields, shop, owner, by_auditor, field_revs }
}

fn patch_visit(handing: &Handing<'_>, mutation: &Mutation, known: Known<'_>) -> Result<Decision, RejectCode> {
    let current = known.current.ok_or(RejectCode::UnknownParent)?;
    let facts = Facts {
        kind: &mutation.rec.kind,
        shop: known.shop,
        owner: current.owner.as_ref(),
        by_auditor: current.by_auditor,
    };
    handing.may(Action::Patch, &facts, mutation.at)?;
    if is_submitted(current) {
        return Err(RejectCode::Immutable);
    }
    let writer = handing.writer(mutation);
    let merged = merge::merge(&mutation.rec.kind, current, &writer, mutation.base, &mutation.patch)?;
    parse::<Visit>(&merged.record.fields)?;
    if size(&merged.record.fields) > FIELDS_BYTES_MAX {
        return Err(RejectCode::Invalid);
    }
    let past = history::of_merge(&mutation.rec, &merged);
    Ok(Decision::Write { record: merged.record, also: Vec::new(), past })
}

/// Whether a visit has been handed in.
pub(crate) fn is_submitted(visit: &Stored) -> bool {
    visit.fields.get("check_out").is_some_and(|v| !v.is_null())
}

fn is_sound(photo: &Photo) -> bool {
    let digest = photo.sha256.len() == 64 && photo.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    digest && (1..=PHOTO_BYTES_MAX).contains(&photo.bytes) && crate::blobs::Image::of_mime(&photo.mime).is_some()
}

pub(crate) fn parse<T: DeserializeOwned>(fields: &Fields) -> Result<T, RejectCode> {
    serde_json::from_value(serde_json::Value::Object(fields.clone())).map_err(|_| RejectCode::Invalid)
}
