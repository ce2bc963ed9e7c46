//! Records: a kind, an id, and fields of which this build may not know all.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The fields of a record or of a patch. A `null` in a patch removes the field.
pub type Fields = serde_json::Map<String, serde_json::Value>;

/// What a record is. Kinds this build does not know are kept and handed on, never dropped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Kind {
    /// The organisation's settings; one record `org`.
    Org,
    /// A node of the tree of territories.
    Territory,
    /// A colleague.
    Person,
    /// A shop.
    Shop,
    /// A product.
    Product,
    /// A must-sell list of a channel and tier.
    MustSell,
    /// A version of a checklist template.
    Template,
    /// A target of a shop, metric and month.
    Target,
    /// A packed segment of facts: field `data` holds base64.
    Facts,
    /// A visit.
    Visit,
    /// An answer given in a visit.
    Answer,
    /// Facts of a photo; its bytes travel as a blob.
    Photo,
    /// Another answer, with a reason, to a question of a visit that has been handed in.
    Amendment,
    /// Two values that met: the one that lost and the one that is kept. Made by the endpoint.
    History,
    /// A version of the amount at the root of a cascade, or a share handed down by the endpoint.
    Plan,
    /// A version of one node's split.
    Split,
    /// A rep's draft of a target.
    Draft,
    /// A step in the life of a draft.
    DraftStep,
    /// An entry of an actual, or a correction.
    Entry,
    /// A working calendar.
    Calendar,
    /// Rules as data; today one record, `deviation`.
    Rule,
    /// Written by a newer version.
    Unknown(String),
}

impl Kind {
    /// Every kind this build knows.
    pub const KNOWN: [Self; 21] = [
        Self::Org,
        Self::Territory,
        Self::Person,
        Self::Shop,
        Self::Product,
        Self::MustSell,
        Self::Template,
        Self::Target,
        Self::Facts,
        Self::Visit,
        Self::Answer,
        Self::Photo,
        Self::Amendment,
        Self::History,
        Self::Plan,
        Self::Split,
        Self::Draft,
        Self::DraftStep,
        Self::Entry,
        Self::Calendar,
        Self::Rule,
    ];

    /// The word on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Org => "org",
            Self::Territory => "territory",
            Self::Person => "person",
            Self::Shop => "shop",
            Self::Product => "product",
            Self::MustSell => "must_sell",
            Self::Template => "template",
            Self::Target => "target",
            Self::Facts => "facts",
            Self::Visit => "visit",
            Self::Answer => "answer",
            Self::Photo => "photo",
            Self::Amendment => "amendment",
            Self::History => "history",
            Self::Plan => "plan",
            Self::Split => "split",
            Self::Draft => "draft",
            Self::DraftStep => "draft_step",
            Self::Entry => "entry",
            Self::Calendar => "calendar",
            Self::Rule => "rule",
            Self::Unknown(word) => word,
        }
    }
}

impl From<String> for Kind {
    fn from(word: String) -> Self {
        Self::KNOWN.into_iter().find(|kind| kind.as_str() == word).unwrap_or(Self::Unknown(word))
    }
}

impl From<Kind> for String {
    fn from(kind: Kind) -> Self {
        kind.as_str().to_owned()
    }
}

/// Names one record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordRef {
    /// What it is.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub kind: Kind,
    /// Which one.
    pub id: String,
}

impl RecordRef {
    /// Names a record.
    pub fn new(kind: Kind, id: impl Into<String>) -> Self {
        Self { kind, id: id.into() }
    }
}

impl fmt::Display for RecordRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.as_str(), self.id)
    }
}

impl std::str::FromStr for RecordRef {
    type Err = String;

    /// Reads `kind/id`; the id may itself hold slashes.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('/') {
            Some((kind, id)) if !kind.is_empty() && !id.is_empty() => Ok(Self::new(Kind::from(kind.to_owned()), id)),
            _ => Err(format!("{text:?} is no record name such as shop/2190")),
        }
    }
}

/// Applies a patch: every named field replaces its counterpart, `null` removes it, all others stay.
pub fn apply_patch(fields: &mut Fields, patch: &Fields) {
    for (name, value) in patch {
        if value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn kinds_survive_the_wire_even_unknown_ones() {
        for word in ["shop", "must_sell", "draft_step", "hologram"] {
            assert_eq!(String::from(Kind::from(word.to_owned())), word);
        }
        assert_eq!(Kind::from("hologram".to_owned()), Kind::Unknown("hologram".to_owned()));
    }

    #[test]
    fn a_patch_touches_only_what_it_names() {
        let fields = |v: serde_json::Value| v.as_object().cloned().expect("an object");
        let mut record = fields(json!({"name": "A", "city": "X", "future": {"kept": 1}}));
        apply_patch(&mut record, &fields(json!({"name": "B", "city": null, "tier": "C"})));
        assert_eq!(record, fields(json!({"name": "B", "future": {"kept": 1}, "tier": "C"})));
    }

    #[test]
    fn record_names_read_as_written() {
        for text in ["shop/2190", "target/sales/2190/2026-11"] {
            assert_eq!(text.parse::<RecordRef>().expect("a name").to_string(), text);
        }
        for text in ["shop", "/x", "shop/"] {
            assert!(text.parse::<RecordRef>().is_err(), "{text:?}");
        }
    }
}
