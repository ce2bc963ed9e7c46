//! What a mutation does: one pure decision from what the server knows. No storage, no clock.
//!
//! Refusals here are business: they are kept, shown to the person, and never block the mutations behind them.

use crate::access::{Action, Actor, Facts, ShopFacts, When, can};
use crate::merge::{self, Lost};
use aisle_domain::visit::{Answer, Photo, Visit};
use aisle_domain::{PersonId, ShopId};
use aisle_protocol::mutation::{DeviceId, Mutation, Op};
use aisle_protocol::record::{Fields, Kind};
use aisle_protocol::sync::RejectCode;
use aisle_protocol::{PHOTO_BYTES_MAX, RecordRef};
use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// Longest id of a record, bytes.
const ID_BYTES_MAX: usize = 64;
/// Most bytes of one record's fields, and of one patch.
const FIELDS_BYTES_MAX: usize = 64 * 1024;

/// Which device changed a field, at which revision.
pub type FieldRevs = BTreeMap<String, (u64, DeviceId)>;

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
    /// The visit that an answer or photo names.
    pub visit: Option<&'a Stored>,
    /// The shop it belongs to.
    pub shop: Option<&'a ShopFacts>,
}

/// What becomes of a mutation.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// It takes effect: the record as it is from now on (revision still to be given).
    Write {
        /// The record.
        record: Stored,
        /// What lost against it.
        lost: Vec<Lost>,
    },
    /// It is refused.
    Reject(RejectCode),
}

/// The visit a mutation names, whose record has to be looked up before deciding.
pub fn visit_named(mutation: &Mutation) -> Option<RecordRef> {
    let named = matches!(mutation.rec.kind, Kind::Answer | Kind::Photo);
    let id = mutation.patch.get("visit").and_then(|v| v.as_str()).filter(|_| named)?;
    Some(RecordRef::new(Kind::Visit, id))
}

/// The shop the record belongs to: through the server's own copy, the visit, or for a new visit as named in it.
pub fn shop_of(mutation: &Mutation, current: Option<&Stored>, visit: Option<&Stored>) -> Option<ShopId> {
    if let Some(known) = current.or(visit) {
        return known.shop.clone();
    }
    let named = mutation.patch.get("shop").and_then(|v| v.as_str());
    named.filter(|_| mutation.rec.kind == Kind::Visit).map(ShopId::from)
}

/// Decides about one mutation.
pub fn decide(actor: &Actor, device: &DeviceId, mutation: &Mutation, known: Known<'_>, today: NaiveDate) -> Decision {
    let decision = match (&mutation.rec.kind, mutation.op) {
        _ if !mutation.is_intact() => Err(RejectCode::Damaged),
        (Kind::Visit | Kind::Answer | Kind::Photo, _) if !is_well_formed(mutation) => Err(RejectCode::Invalid),
        (Kind::Visit | Kind::Answer | Kind::Photo, Op::Create) => create(actor, device, mutation, known, today),
        (Kind::Visit, Op::Patch) => patch_visit(actor, device, mutation, known, today),
        (Kind::Answer | Kind::Photo, Op::Patch) => Err(RejectCode::Immutable),
        _ => Err(RejectCode::NotWritable),
    };
    decision.unwrap_or_else(Decision::Reject)
}

/// Id and size.
fn is_well_formed(mutation: &Mutation) -> bool {
    let id = &mutation.rec.id;
    let id_fits = (1..=ID_BYTES_MAX).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'));
    id_fits && size(&mutation.patch) <= FIELDS_BYTES_MAX
}

fn size(fields: &Fields) -> usize {
    serde_json::to_string(fields).map_or(usize::MAX, |text| text.len())
}

fn create(
    actor: &Actor,
    device: &DeviceId,
    mutation: &Mutation,
    known: Known<'_>,
    today: NaiveDate,
) -> Result<Decision, RejectCode> {
    if known.current.is_some() {
        return Err(RejectCode::Immutable);
    }
    let (owner, by_auditor) = match mutation.rec.kind {
        Kind::Visit => {
            let visit: Visit = parse(&mutation.patch)?;
            (visit.person, actor.role == aisle_domain::org::Role::Auditor)
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
    if !can(actor, Action::Create, &facts, When::done_at(today, mutation.at)) {
        return Err(RejectCode::Forbidden);
    }
    // An answer after check-out would change a score that has been handed in. A photo is evidence and may come late.
    if mutation.rec.kind == Kind::Answer && known.visit.is_some_and(is_submitted) {
        return Err(RejectCode::Immutable);
    }
    let fields: Fields =
        mutation.patch.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), v.clone())).collect();
    // The revision is filled in when the record is written.
    let field_revs = fields.keys().map(|name| (name.clone(), (0, device.clone()))).collect();
    let record = Stored { rev: 0, fields, shop: Some(shop_id), owner: Some(owner), by_auditor, field_revs };
    Ok(Decision::Write { record, lost: Vec::new() })
}

fn patch_visit(
    actor: &Actor,
    device: &DeviceId,
    mutation: &Mutation,
    known: Known<'_>,
    today: NaiveDate,
) -> Result<Decision, RejectCode> {
    let current = known.current.ok_or(RejectCode::UnknownParent)?;
    let facts = Facts {
        kind: &mutation.rec.kind,
        shop: known.shop,
        owner: current.owner.as_ref(),
        by_auditor: current.by_auditor,
    };
    if !can(actor, Action::Patch, &facts, When::done_at(today, mutation.at)) {
        return Err(RejectCode::Forbidden);
    }
    if is_submitted(current) {
        return Err(RejectCode::Immutable);
    }
    let merged = merge::merge(&mutation.rec.kind, current, device, mutation.base, &mutation.patch)?;
    parse::<Visit>(&merged.record.fields)?;
    if size(&merged.record.fields) > FIELDS_BYTES_MAX {
        return Err(RejectCode::Invalid);
    }
    Ok(Decision::Write { record: merged.record, lost: merged.lost })
}

/// Whether a visit has been handed in.
fn is_submitted(visit: &Stored) -> bool {
    visit.fields.get("check_out").is_some_and(|v| !v.is_null())
}

fn is_sound(photo: &Photo) -> bool {
    let digest = photo.sha256.len() == 64 && photo.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    digest && (1..=PHOTO_BYTES_MAX).contains(&photo.bytes) && crate::blobs::Image::of_mime(&photo.mime).is_some()
}

fn parse<T: DeserializeOwned>(fields: &Fields) -> Result<T, RejectCode> {
    serde_json::from_value(serde_json::Value::Object(fields.clone())).map_err(|_| RejectCode::Invalid)
}
