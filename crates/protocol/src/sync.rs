//! Push and pull.

use crate::mutation::{DeviceId, Mutation};
use crate::record::{Fields, Kind};
use serde::{Deserialize, Serialize};

/// A bucket: the unit of scope. A person reads a set of buckets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bucket(pub String);

/// Body of `POST /v1/push`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushRequest {
    /// Protocol version.
    pub proto: u32,
    /// Record schema version.
    pub schema: u32,
    /// Which device.
    pub device: DeviceId,
    /// Mutations in the device's order, without gaps.
    pub muts: Vec<Mutation>,
}

/// 200: every mutation has a result. Effect, result and counter were committed together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushResponse {
    /// The device's last `n` the endpoint has taken.
    pub last: u64,
    /// The endpoint's clock, milliseconds.
    pub now: i64,
    /// One for each mutation of the request.
    pub results: Vec<PushResult>,
}

/// What became of one mutation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushResult {
    /// Its counter.
    pub n: u64,
    /// What became of it.
    pub st: PushStatus,
    /// Revision of the record afterwards, where it took effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rev: Option<u64>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<RejectCode>,
    /// The server's values of fields that stood against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub server: Option<Fields>,
}

/// What became of a mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PushStatus {
    /// Took effect now.
    Ok,
    /// Had taken effect before.
    Dup,
    /// Took effect in part: a field had changed meanwhile; both values stay in the record's history.
    Conflict,
    /// Refused for a reason of the business; kept on the server and shown to the person.
    Rejected,
}

/// Why a mutation was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RejectCode {
    /// The person may not do this to this record.
    Forbidden,
    /// The shop, visit or other record it belongs to is not known.
    UnknownParent,
    /// The record is append-only or already submitted.
    Immutable,
    /// A field is missing or malformed.
    Invalid,
    /// This kind of record is not made on devices.
    NotWritable,
    /// Its digest does not fit its content.
    Damaged,
    /// The children of a split do not sum to its node; `server` names what is `missing`, minor units, below zero when it
    /// is too much.
    DoesNotAddUp,
    /// A new version, a correction, an adjusted or returned draft without a reason.
    NoReason,
    /// The draft does not stand so that this could be done to it.
    WrongState,
    /// Another plan of the same metric covers part of the same period and territory; `server` names its node.
    Overlaps,
    /// Written by a newer endpoint.
    #[serde(other)]
    Unknown,
}

/// 409: the push does not continue where the endpoint stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PushConflict {
    /// The next `n` the endpoint wants.
    Expect(u64),
    /// Two histories under one device id: take a new id and push what is pending under it.
    DeviceForked,
}

/// One change of the feed. `v` makes or replaces; `del` is a deletion for everybody; `gone` left this person's scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// Bucket it came through.
    pub b: Bucket,
    /// What it is.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub kind: Kind,
    /// Which one.
    pub id: String,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened to a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", untagged)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum What {
    /// It is like this now.
    Is {
        /// Revision.
        rev: u64,
        /// All its fields.
        #[cfg_attr(feature = "openapi", schema(value_type = Object))]
        v: Fields,
    },
    /// It was deleted.
    Del {
        /// Always true.
        del: bool,
    },
    /// It left this person's scope.
    Gone {
        /// Always true.
        gone: bool,
    },
}

/// 200 to `GET /v1/pull?device=…&c=…&limit=…`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PullResponse {
    /// Changes in the server's order.
    pub changes: Vec<Change>,
    /// Buckets that left the person's scope: everything that only they held is dropped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub purge: Vec<Bucket>,
    /// Where the next pull goes on. Opaque.
    pub next: String,
    /// Whether more is ready now.
    pub more: bool,
    /// The device's last `n` whose effects this page and the ones before it show.
    pub ack: u64,
    /// The endpoint's clock, milliseconds.
    pub now: i64,
    /// How many changes are still to come after this page, for a progress bar; absent when not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u64>,
}

/// 410: the cursor is too old or of another store. Start again without one; the outbox is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PullReset {
    /// Always true.
    pub reset: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn changes_read_as_the_protocol_writes_them() {
        let cases = [
            json!({"b": "org", "kind": "shop", "id": "1", "rev": 7, "v": {"name": "A"}}),
            json!({"b": "org", "kind": "shop", "id": "1", "del": true}),
            json!({"b": "org", "kind": "shop", "id": "1", "gone": true}),
        ];
        for wire in cases {
            let change: Change = serde_json::from_value(wire.clone()).expect("a change");
            assert_eq!(serde_json::to_value(&change).expect("json"), wire);
        }
    }

    #[test]
    fn an_unknown_reason_is_still_a_reason() {
        let result: PushResult =
            serde_json::from_value(json!({"n": 1, "st": "rejected", "code": "eclipse"})).expect("a result");
        assert_eq!(result.code, Some(RejectCode::Unknown));
    }
}
