//! How a patch and the server's copy become one: the policy of every field, in one table.
//!
//! Fields that only one side touched always merge. A field that another device changed since the revision the person
//! was looking at follows its [`Policy`]; the value that loses stays visible in the record's history.

use crate::apply::{FieldRev, Stored};
use aisle_domain::PersonId;
use aisle_domain::history::Side;
use aisle_protocol::mutation::DeviceId;
use aisle_protocol::record::{Fields, Kind};
use aisle_protocol::sync::RejectCode;
use serde_json::Value;

/// What happens to a field that both sides changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Written once, when the record is made.
    Fixed,
    /// What arrives later at the server is kept; what it replaces unseen goes to the history.
    LaterArrival,
}

/// Every field that devices may change, and those of the same records that they may not. The first row that fits
/// counts; `*` is any field. What stands in no row is fixed: append-only kinds need none.
pub const POLICIES: &[(Kind, &str, Policy)] = &[
    (Kind::Visit, "shop", Policy::Fixed),
    (Kind::Visit, "person", Policy::Fixed),
    (Kind::Visit, "planned", Policy::Fixed),
    (Kind::Visit, "template", Policy::Fixed),
    (Kind::Visit, "must_sell", Policy::Fixed),
    (Kind::Visit, "check_in", Policy::Fixed),
    // Written by the endpoint alone, when it takes an amendment.
    (Kind::Visit, "amended", Policy::Fixed),
    // Check-out, result, and what later versions may add.
    (Kind::Visit, "*", Policy::LaterArrival),
    (Kind::History, "settled", Policy::LaterArrival),
];

/// The policy of a field.
pub fn policy(kind: &Kind, field: &str) -> Policy {
    let row = POLICIES.iter().find(|(of, name, _)| of == kind && (*name == field || *name == "*"));
    row.map_or(Policy::Fixed, |(_, _, policy)| *policy)
}

/// Who writes: on which device, and when by its clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The device.
    pub device: DeviceId,
    /// The person.
    pub by: PersonId,
    /// By the device's clock, milliseconds.
    pub at: i64,
}

/// A value that lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Lost {
    /// The field.
    pub field: String,
    /// The value that was replaced.
    pub lost: Side,
    /// The value that is kept.
    pub kept: Side,
}

/// A merged record.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// The record, its revision still to be given; fields just written carry revision 0.
    pub record: Stored,
    /// What lost.
    pub lost: Vec<Lost>,
}

/// Merges a patch into the server's copy. `base` is the revision the person was looking at.
///
/// # Errors
/// [`RejectCode::Immutable`] when the patch changes a fixed field.
pub fn merge(
    kind: &Kind,
    current: &Stored,
    writer: &Writer,
    base: Option<u64>,
    patch: &Fields,
) -> Result<Merged, RejectCode> {
    let mut record = current.clone();
    let mut lost = Vec::new();
    for (field, value) in patch {
        let before = current.fields.get(field).cloned().unwrap_or(Value::Null);
        if before == *value {
            continue;
        }
        match policy(kind, field) {
            Policy::Fixed => return Err(RejectCode::Immutable),
            Policy::LaterArrival => {}
        }
        let known = current.field_revs.get(field);
        if let Some(other) = known.filter(|other| other.device != writer.device && base.unwrap_or(0) < other.rev) {
            let before = Side { value: before, by: other.by.clone(), at: other.at, reason: None };
            let kept = Side { value: value.clone(), by: Some(writer.by.clone()), at: Some(writer.at), reason: None };
            lost.push(Lost { field: field.clone(), lost: before, kept });
        }
        if value.is_null() {
            record.fields.remove(field);
        } else {
            record.fields.insert(field.clone(), value.clone());
        }
        record.field_revs.insert(field.clone(), FieldRev::fresh(writer));
    }
    Ok(Merged { record, lost })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn fields(value: Value) -> Fields {
        match value {
            Value::Object(fields) => fields,
            other => panic!("{other} is no object"),
        }
    }

    fn writer(device: &str) -> Writer {
        Writer { device: DeviceId(device.into()), by: PersonId::from(format!("person of {device}")), at: 11 }
    }

    /// The server's copy: field `a` written at revision 5 by device `d1`.
    fn current() -> Stored {
        let written = FieldRev { rev: 5, at: Some(3), ..FieldRev::fresh(&writer("d1")) };
        Stored {
            rev: 7,
            fields: fields(json!({"a": 1, "b": 2})),
            field_revs: [("a".to_owned(), written)].into(),
            ..Stored::default()
        }
    }

    #[test]
    fn every_case_of_a_merge() {
        let lost = |kept: Value| {
            let by = |device: &str| Some(writer(device).by);
            let lost = Side { value: json!(1), by: by("d1"), at: Some(3), reason: None };
            vec![Lost { field: "a".into(), lost, kept: Side { value: kept, by: by("d2"), at: Some(11), reason: None } }]
        };
        let cases = [
            // (device, base, patch) -> (fields, lost)
            ("d2", Some(7), json!({"a": 9}), json!({"a": 9, "b": 2}), vec![]), // seen before changed
            ("d2", Some(4), json!({"a": 9}), json!({"a": 9, "b": 2}), lost(json!(9))), // stale
            ("d2", None, json!({"a": 9}), json!({"a": 9, "b": 2}), lost(json!(9))), // never seen
            ("d1", None, json!({"a": 9}), json!({"a": 9, "b": 2}), vec![]),    // its own earlier change
            ("d2", Some(4), json!({"a": 1}), json!({"a": 1, "b": 2}), vec![]), // the same value is no conflict
            ("d2", Some(4), json!({"c": 3}), json!({"a": 1, "b": 2, "c": 3}), vec![]), // another field
            ("d2", Some(4), json!({"a": null}), json!({"b": 2}), lost(Value::Null)),
        ];
        for (i, (device, base, patch, expect, lost)) in cases.into_iter().enumerate() {
            let merged = merge(&Kind::Visit, &current(), &writer(device), base, &fields(patch));
            let merged = merged.expect("merges");
            assert_eq!((merged.record.fields, merged.lost), (fields(expect), lost), "case {i}");
        }
    }

    /// The table, read back: what a device may change in a record that exists.
    #[test]
    fn what_may_be_changed() {
        let cases = [
            (Kind::Visit, "check_out", true),
            (Kind::Visit, "result", true),
            (Kind::Visit, "a field of a later version", true),
            (Kind::Visit, "shop", false),
            (Kind::Visit, "person", false),
            (Kind::Visit, "check_in", false),
            (Kind::Visit, "amended", false), // the endpoint's own
            (Kind::History, "settled", true),
            (Kind::History, "lost", false),
            (Kind::History, "kept", false),
            (Kind::Answer, "value", false), // append-only
            (Kind::Photo, "sha256", false),
            (Kind::Amendment, "reason", false),
            (Kind::Unknown("hologram".into()), "x", false), // denied by default
        ];
        for (kind, field, may) in cases {
            let patched = merge(&kind, &Stored::default(), &writer("d"), None, &fields(json!({field: 1})));
            assert_eq!(patched.is_ok(), may, "{} {field}", kind.as_str());
        }
    }

    #[test]
    fn fixed_fields_take_only_what_they_hold() {
        let mut visit = current();
        visit.fields = fields(json!({"shop": "1"}));
        let to = |shop: &str| merge(&Kind::Visit, &visit, &writer("d1"), None, &fields(json!({"shop": shop})));
        assert_eq!(to("2"), Err(RejectCode::Immutable));
        assert_eq!(to("1").expect("no change").record.fields, visit.fields);
    }

    /// A patch on its way: of which device, looking at which revision, which fields to which values.
    type Move = (usize, u64, Vec<(usize, i64)>);

    fn moves() -> impl Strategy<Value = Vec<Move>> {
        // Four devices, four fields, five values of which one takes the field away.
        let change = (0..4_usize, 0..5_i64);
        proptest::collection::vec((0..4_usize, 0..30_u64, proptest::collection::vec(change, 1..4)), 1..12)
    }

    fn patch_of(changes: &[(usize, i64)]) -> Fields {
        let value = |v: i64| if v == 0 { Value::Null } else { json!(v) };
        changes.iter().map(|(field, v)| (format!("f{field}"), value(*v))).collect()
    }

    /// Takes patches one by one, each under the next revision, as the store does.
    fn take(record: &mut Stored, (device, base, changes): &Move) -> Vec<Lost> {
        let device = format!("d{device}");
        let merged = merge(&Kind::Visit, record, &writer(&device), Some(*base), &patch_of(changes)).expect("merges");
        let rev = record.rev + 1;
        *record = merged.record;
        record.rev = rev;
        record.field_revs.values_mut().filter(|known| known.rev == 0).for_each(|known| known.rev = rev);
        merged.lost
    }

    proptest! {
        /// No silent loss: a value goes away only because somebody who had seen it, or the device that wrote it, changed
        /// it, or it stands in the history with who wrote it.
        #[test]
        fn a_value_never_goes_away_unseen(moves in moves()) {
            let mut record = Stored::default();
            for one in &moves {
                let before = record.clone();
                let lost = take(&mut record, one);
                for (field, known) in &before.field_revs {
                    let value = before.fields.get(field).cloned().unwrap_or(Value::Null);
                    let now = record.fields.get(field).cloned().unwrap_or(Value::Null);
                    let device = format!("d{}", one.0);
                    let seen = one.1 >= known.rev || known.device.0 == device;
                    let told = lost.iter().any(|l| l.field == *field && l.lost.value == value && l.lost.by == known.by);
                    prop_assert!(value == now || seen || told, "{field}: {value} went away unseen");
                    prop_assert!(value != now || !told, "{field}: nothing was lost");
                }
            }
        }

        /// Patches of different fields make the same record in whatever order they arrive.
        #[test]
        fn disjoint_patches_converge(bases in proptest::collection::vec(0..30_u64, 4), order in Just([0, 1, 2, 3]).prop_shuffle()) {
            let told = |order: [usize; 4]| {
                let mut record = Stored { rev: 9, ..Stored::default() };
                let lost: usize =
                    order.iter().map(|i| take(&mut record, &(*i, bases[*i], vec![(*i, 1 + *i as i64)])).len()).sum();
                (record.fields, lost)
            };
            prop_assert_eq!(told(order), told([0, 1, 2, 3]));
            prop_assert_eq!(told(order).1, 0, "nothing is in the way of anything");
        }

        /// The same patch once more changes nothing and loses nothing.
        #[test]
        fn a_repetition_changes_nothing(moves in moves()) {
            let mut record = Stored::default();
            for one in &moves {
                take(&mut record, one);
                let before = record.fields.clone();
                prop_assert_eq!(take(&mut record, one), vec![]);
                prop_assert_eq!(&record.fields, &before);
            }
        }
    }
}
