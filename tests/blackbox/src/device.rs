//! A device as the endpoint sees it: mutations counted and chained.

use aisle_protocol::mutation::{DeviceId, Hash, Mutation, MutationId, Op, hex};
use aisle_protocol::record::{Fields, Kind, RecordRef};
use aisle_protocol::sync::PushRequest;
use aisle_protocol::{PROTO, SCHEMA};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::{SystemTime, UNIX_EPOCH};

/// A device's own history.
#[derive(Clone, Debug)]
pub struct Device {
    /// Its id.
    pub id: String,
    n: u64,
    last: Hash,
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or_default()
}

impl Device {
    /// A device that has done nothing yet.
    pub fn new(id: &str) -> Self {
        Self { id: id.to_owned(), n: 0, last: Hash::default() }
    }

    /// The next mutation.
    pub fn make(&mut self, op: Op, kind: Kind, id: &str, patch: &Value) -> Mutation {
        self.n += 1;
        let mutation = Mutation {
            n: self.n,
            id: MutationId(format!("{}-{}", self.id, self.n)),
            op,
            rec: RecordRef::new(kind, id),
            base: None,
            patch: patch.as_object().cloned().unwrap_or_else(Fields::new),
            at: now(),
            prev: self.last.clone(),
            hash: Hash::default(),
        }
        .sealed();
        self.last = mutation.hash.clone();
        mutation
    }

    /// Begins a visit.
    pub fn visit(&mut self, id: &str, person: &str, shop: &str) -> Mutation {
        let visit = json!({
            "shop": shop, "person": person, "planned": true, "template": "distribution/1", "must_sell": [],
            "check_in": {"at": now()},
        });
        self.make(Op::Create, Kind::Visit, id, &visit)
    }

    /// Gives an answer; `note` is its value.
    pub fn answer(&mut self, id: &str, visit: &str, note: &str) -> Mutation {
        let answer = json!({
            "visit": visit, "question": "q1", "value": {"t": "note", "v": note}, "at": now(),
        });
        self.make(Op::Create, Kind::Answer, id, &answer)
    }

    /// Takes a photo.
    pub fn photo(&mut self, id: &str, visit: &str, bytes: &[u8], mime: &str) -> Mutation {
        let photo = json!({
            "visit": visit, "question": "q1", "sha256": sha256(bytes), "bytes": bytes.len(), "mime": mime,
            "width": 1, "height": 1, "at": now(),
        });
        self.make(Op::Create, Kind::Photo, id, &photo)
    }

    /// Ends a visit.
    pub fn check_out(&mut self, id: &str) -> Mutation {
        self.make(Op::Patch, Kind::Visit, id, &json!({"check_out": {"at": now()}}))
    }

    /// A push of these.
    pub fn request(&self, muts: Vec<Mutation>) -> Value {
        json!(PushRequest { proto: PROTO, schema: SCHEMA, device: DeviceId(self.id.clone()), muts })
    }
}

/// SHA-256 in lower-case hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
