//! Identifiers. Each kind of thing has its own type, so that a shop can never be handed where a product is meant.
//!
//! An identifier is opaque text: reference data keeps the customer's own codes, records made on a device are UUIDv7.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps an identifier as it came from a file, the endpoint or a generator.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }
    )+};
}

ids! {
    /// A shop (门店): the customer's own code.
    ShopId,
    /// A product: the customer's own code.
    ProductId,
    /// A person who signs in.
    PersonId,
    /// A node of the organisation's one tree of territories (大区 → 省区 → 城市 → 片区).
    TerritoryId,
    /// A checklist template; its versions are numbered.
    TemplateId,
    /// One visit of one person to one shop. UUIDv7 made on the device.
    VisitId,
    /// One given answer. Answering again makes a new one. UUIDv7 made on the device.
    AnswerId,
    /// One photo. UUIDv7 made on the device.
    PhotoId,
    /// One amendment of an answer that has been handed in. UUIDv7 made on the device.
    AmendmentId,
    /// One version of one node's split. UUIDv7 made on the device.
    SplitId,
    /// One version of the amount at the root of a cascade. UUIDv7 made on the device.
    GoalId,
    /// One bottom-up draft: a person, a shop, a metric, a period. UUIDv7 made on the device.
    DraftId,
    /// One entry of an actual, or a correction of one. UUIDv7 made on the device; of an import, batch and line.
    EntryId,
    /// One metric: what is counted (销售额, 销量 …).
    MetricId,
}

/// A question of an expanded checklist: the template's item, and the product it is asked about where the item
/// repeats over the must-sell list. Written `item` or `item:product`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QuestionKey(String);

impl QuestionKey {
    /// The key of an item that is asked once.
    pub fn item(item: &str) -> Self {
        Self(item.to_owned())
    }

    /// The key of an item asked about one product.
    pub fn of_product(item: &str, product: &ProductId) -> Self {
        Self(format!("{item}:{product}"))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for QuestionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
