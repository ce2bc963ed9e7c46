//! How a patch and the server's copy become one: the policy of every field, in one table.
//!
//! Fields that only one side touched always merge. A field that another device changed since the revision the person
//! was looking at follows [`policy`]; the value that loses stays visible in the record's history.

use crate::apply::Stored;
use aisle_protocol::mutation::DeviceId;
use aisle_protocol::record::{Fields, Kind};
use aisle_protocol::sync::RejectCode;
use serde_json::Value;

/// What happens to a field that both sides changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Written once, when the record is made.
    Fixed,
    /// What arrives later at the server is kept.
    LaterArrival,
}

/// The policy of a field.
pub fn policy(kind: &Kind, field: &str) -> Policy {
    match (kind, field) {
        (Kind::Visit, "shop" | "person" | "planned" | "template" | "must_sell" | "check_in") => Policy::Fixed,
        (Kind::Visit, _) => Policy::LaterArrival,
        _ => Policy::Fixed,
    }
}

/// A value that lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Lost {
    /// The field.
    pub field: String,
    /// The value that was replaced; `null` where there was none.
    pub lost: Value,
    /// The value that is kept.
    pub kept: Value,
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
    device: &DeviceId,
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
        let overtaken = current.field_revs.get(field).is_some_and(|(rev, by)| by != device && base.unwrap_or(0) < *rev);
        if overtaken {
            lost.push(Lost { field: field.clone(), lost: before, kept: value.clone() });
        }
        if value.is_null() {
            record.fields.remove(field);
        } else {
            record.fields.insert(field.clone(), value.clone());
        }
        record.field_revs.insert(field.clone(), (0, device.clone()));
    }
    Ok(Merged { record, lost })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(value: Value) -> Fields {
        match value {
            Value::Object(fields) => fields,
            other => panic!("{other} is no object"),
        }
    }

    /// The server's copy: field `a` written at revision 5 by device `d1`.
    fn current() -> Stored {
        Stored {
            rev: 7,
            fields: fields(json!({"a": 1, "b": 2})),
            field_revs: [("a".to_owned(), (5, DeviceId("d1".into())))].into(),
            ..Stored::default()
        }
    }

    #[test]
    fn every_case_of_a_merge() {
        let lost = |field: &str, lost: Value, kept: Value| vec![Lost { field: field.into(), lost, kept }];
        let cases = [
            // (device, base, patch) -> (fields, lost)
            ("d2", Some(7), json!({"a": 9}), json!({"a": 9, "b": 2}), vec![]), // seen before changed
            ("d2", Some(4), json!({"a": 9}), json!({"a": 9, "b": 2}), lost("a", json!(1), json!(9))), // stale
            ("d2", None, json!({"a": 9}), json!({"a": 9, "b": 2}), lost("a", json!(1), json!(9))), // never seen
            ("d1", None, json!({"a": 9}), json!({"a": 9, "b": 2}), vec![]),    // its own earlier change
            ("d2", Some(4), json!({"a": 1}), json!({"a": 1, "b": 2}), vec![]), // the same value is no conflict
            ("d2", Some(4), json!({"c": 3}), json!({"a": 1, "b": 2, "c": 3}), vec![]), // another field
            ("d2", Some(4), json!({"a": null}), json!({"b": 2}), lost("a", json!(1), Value::Null)),
        ];
        for (i, (device, base, patch, expect, lost)) in cases.into_iter().enumerate() {
            let merged = merge(&Kind::Visit, &current(), &DeviceId(device.into()), base, &fields(patch));
            let merged = merged.expect("merges");
            assert_eq!((merged.record.fields, merged.lost), (fields(expect), lost), "case {i}");
        }
    }

    #[test]
    fn fixed_fields_take_only_what_they_hold() {
        let mut visit = current();
        visit.fields = fields(json!({"shop": "1"}));
        let device = DeviceId("d1".into());
        let to = |shop: &str| merge(&Kind::Visit, &visit, &device, None, &fields(json!({"shop": shop})));
        assert_eq!(to("2"), Err(RejectCode::Immutable));
        assert_eq!(to("1").expect("no change").record.fields, visit.fields);
    }
}
