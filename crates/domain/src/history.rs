//! History: two values that met in one field, the one that lost and the one that is kept, with who and when.
//!
//! A record of history is made by the endpoint and reaches whoever sees the record it is about. A conflict waits for a
//! person to look at it: keeping what is kept, or choosing the other value, settles it. Choosing is a change of its own;
//! what stood here stays.
//!
//! Not here: which fields can conflict (the endpoint's merge policies), and answers given again during a visit, which
//! are records themselves.

use crate::ids::PersonId;
use crate::visit::DeviceTimeMs;
use serde::{Deserialize, Serialize};

/// Why two values met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Two people, or two devices, changed the same without seeing each other's change.
    Conflict,
    /// An amendment changed what had been handed in, knowingly.
    Amended,
    /// Written by a newer endpoint.
    #[serde(other)]
    Unknown,
}

/// One of the two values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// The value; `null` where there was none.
    pub value: serde_json::Value,
    /// Who gave it, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// When, by that person's device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DeviceTimeMs>,
    /// Why, where a reason was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a person decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The value that is kept stays.
    Kept,
    /// The value that had lost is given again, as a change of its own.
    Lost,
}

/// A conflict a person has dealt with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// What was decided.
    pub choice: Choice,
    /// Who.
    pub by: PersonId,
    /// When, by that person's device.
    pub at: DeviceTimeMs,
}

/// One record of history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The record it is about, as `kind/id`.
    pub rec: String,
    /// The kind of record in whose scope it is seen: that of `rec`, or for the history of a history, of its beginning.
    pub scope: String,
    /// The field; [`answer_field`] for an answer of a visit.
    pub field: String,
    /// Why the values met.
    pub why: Why,
    /// When it happened, by the endpoint's clock.
    pub at: i64,
    /// The value that lost.
    pub lost: Side,
    /// The value that was kept then.
    pub kept: Side,
    /// What became of a conflict; `None` while nobody has looked at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<Settled>,
}

impl History {
    /// Whether a person should look at it.
    pub fn is_open(&self) -> bool {
        self.why == Why::Conflict && self.settled.is_none()
    }

    /// The question, where the history is about an answer of a visit.
    pub fn question(&self) -> Option<&str> {
        self.field.strip_prefix(ANSWER_PREFIX)
    }
}

const ANSWER_PREFIX: &str = "answer:";

/// How a question of a visit is named as a field.
pub fn answer_field(question: &crate::ids::QuestionKey) -> String {
    format!("{ANSWER_PREFIX}{question}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_waits_for_a_person() {
        let settled = json!({"choice": "lost", "by": "sup", "at": 5});
        // (why, settled) -> open
        let cases = [
            ("conflict", json!(null), true),
            ("conflict", settled, false),
            ("amended", json!(null), false),
            ("eclipse", json!(null), false), // of a newer endpoint: shown, not asked about
        ];
        for (why, settled, expect) in cases {
            let wire = json!({
                "rec": "visit/v1", "scope": "visit", "field": "answer:shelf:p1", "why": why, "at": 1,
                "lost": {"value": 3, "by": "rep", "at": 2}, "kept": {"value": null}, "settled": settled,
            });
            let history: History = serde_json::from_value(wire).expect("a history");
            assert_eq!(history.is_open(), expect, "{why}");
            assert_eq!(history.question(), Some("shelf:p1"));
        }
    }
}
