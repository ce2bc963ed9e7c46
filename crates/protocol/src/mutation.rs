//! Mutations: what a device did, in its own order, chained by digest.

use crate::record::{Fields, RecordRef};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

macro_rules! text_types {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name(pub String);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

text_types! {
    /// One installation on one phone for one person: a UUIDv7 made at the first sign-in.
    DeviceId,
    /// A mutation's own id: a UUIDv7.
    MutationId,
    /// SHA-256 in lower-case hex; empty before a device's first mutation.
    Hash,
}

/// What a mutation does to its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Op {
    /// Makes the record; the patch holds all its fields.
    Create,
    /// Changes the fields named in the patch.
    Patch,
}

/// One mutation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mutation {
    /// The device's own counter, from 1, without gaps.
    pub n: u64,
    /// Its id; the same in every repetition.
    pub id: MutationId,
    /// What it does.
    pub op: Op,
    /// To which record.
    pub rec: RecordRef,
    /// Revision of the server's copy the person was looking at; `None` when there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<u64>,
    /// Fields.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub patch: Fields,
    /// When, by the device's clock, milliseconds. Kept and compared, never used to order anything.
    pub at: i64,
    /// Digest of the mutation before; empty for the first.
    pub prev: Hash,
    /// Digest of this one: shows a device that was restored from a backup and went on twice.
    pub hash: Hash,
}

impl Mutation {
    /// Computes the digest over everything but `hash` itself.
    pub fn digest(&self) -> Hash {
        let mut sha = Sha256::new();
        let mut field = |text: &str| {
            sha.update((text.len() as u64).to_be_bytes());
            sha.update(text.as_bytes());
        };
        field(&self.prev.0);
        field(&self.n.to_string());
        field(&self.id.0);
        field(match self.op {
            Op::Create => "create",
            Op::Patch => "patch",
        });
        field(&self.rec.to_string());
        field(&self.base.map(|b| b.to_string()).unwrap_or_default());
        // A map with string keys always serialises.
        field(&serde_json::to_string(&self.patch).unwrap_or_default());
        field(&self.at.to_string());
        Hash(hex(&sha.finalize()))
    }

    /// The same mutation with its digest filled in.
    pub fn sealed(mut self) -> Self {
        self.hash = self.digest();
        self
    }

    /// Whether the digest fits the content.
    pub fn is_intact(&self) -> bool {
        self.hash == self.digest()
    }
}

/// Bytes as lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |four: u8| DIGITS[usize::from(four)];
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Kind;
    use serde_json::json;

    fn sample() -> Mutation {
        Mutation {
            n: 1,
            id: MutationId("m1".into()),
            op: Op::Create,
            rec: RecordRef::new(Kind::Visit, "v1"),
            base: None,
            patch: json!({"shop": "2190", "at": 5}).as_object().cloned().expect("an object"),
            at: 1_700_000_000_000,
            prev: Hash::default(),
            hash: Hash::default(),
        }
        .sealed()
    }

    #[test]
    fn digest_survives_the_wire() {
        let text = serde_json::to_string(&sample()).expect("json");
        let back: Mutation = serde_json::from_str(&text).expect("a mutation");
        assert!(back.is_intact());
        assert_eq!(back, sample());
    }

    #[test]
    fn any_change_breaks_the_digest() {
        let changes: [fn(&mut Mutation); 5] = [
            |m| m.n = 2,
            |m| m.at += 1,
            |m| m.rec.id = "v2".into(),
            |m| m.base = Some(3),
            |m| {
                m.patch.insert("shop".into(), json!("2191"));
            },
        ];
        for (i, change) in changes.into_iter().enumerate() {
            let mut mutation = sample();
            change(&mut mutation);
            assert!(!mutation.is_intact(), "change {i}");
        }
    }
}
