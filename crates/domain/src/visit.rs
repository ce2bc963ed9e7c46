//! Visits: one person in one shop, the answers given there, and what they add up to.
//!
//! Visits, answers and photos are append-only: answering again makes a new answer, and both stay.

use crate::checklist::{Answers, Value, Verdict};
use crate::geo::Fix;
use crate::ids::{AnswerId, PersonId, PhotoId, ProductId, QuestionKey, ShopId, VisitId};
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01 UTC, by the clock of the device that wrote it.
pub type DeviceTimeMs = i64;

/// One visit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Visit {
    /// Where.
    pub shop: ShopId,
    /// Who.
    pub person: PersonId,
    /// Whether it was on the route of the day.
    pub planned: bool,
    /// The template version it began with, as its record id.
    pub template: String,
    /// The must-sell list it began with.
    pub must_sell: Vec<ProductId>,
    /// Check-in.
    pub check_in: Presence,
    /// Check-out; `None` while the visit goes on.
    #[serde(default)]
    pub check_out: Option<Presence>,
    /// Result at check-out.
    #[serde(default)]
    pub result: Option<VisitResult>,
}

impl Visit {
    /// Whether the visit goes on.
    pub fn is_open(&self) -> bool {
        self.check_out.is_none()
    }
}

/// Being at a shop at a time, with what is known of the place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Presence {
    /// When, by the device's clock.
    pub at: DeviceTimeMs,
    /// Position fix; `None` when there was none (无定位).
    #[serde(default)]
    pub fix: Option<Fix>,
    /// Distance from the fix to the shop, metres.
    #[serde(default)]
    pub distance_m: Option<f64>,
    /// Why it was outside the fence or without a fix.
    #[serde(default)]
    pub reason: Option<AwayReason>,
}

/// Why a check-in was outside the fence. A reason, never a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AwayReason {
    /// The shop's position on file is wrong.
    WrongPosition,
    /// The fix is poor (indoors, basement).
    PoorFix,
    /// No fix could be had.
    NoFix,
    /// The shop has moved.
    Moved,
    /// Something else.
    Other,
}

impl AwayReason {
    /// Reasons to choose from when there is a fix.
    pub const ALL: [Self; 5] = [Self::PoorFix, Self::WrongPosition, Self::Moved, Self::NoFix, Self::Other];
}

/// Accuracy worse than this needs a reason, metres (UX.md §3).
pub const ACCURACY_LIMIT_M: f64 = 100.0;

/// Whether a presence at this distance and accuracy needs a reason.
pub fn needs_reason(distance_m: Option<f64>, accuracy_m: Option<f64>, fence_m: u32) -> bool {
    match (distance_m, accuracy_m) {
        (Some(distance), Some(accuracy)) => distance > f64::from(fence_m) || accuracy > ACCURACY_LIMIT_M,
        _ => true,
    }
}

/// What a visit added up to at check-out. The live score never differs from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitResult {
    /// Weight earned.
    pub earned: u32,
    /// Weight that could have been earned.
    pub applicable: u32,
    /// The score as people read it, 0 to 100.
    pub points: Option<u32>,
    /// What it means.
    pub verdict: Verdict,
    /// Questions answered.
    pub answered: u32,
}

/// One given answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The visit.
    pub visit: VisitId,
    /// The question.
    pub question: QuestionKey,
    /// What was answered.
    pub value: Value,
    /// When, by the device's clock.
    pub at: DeviceTimeMs,
}

/// One photo's facts; the picture itself travels apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    /// The visit.
    pub visit: VisitId,
    /// The question it answers.
    pub question: QuestionKey,
    /// SHA-256 of the bytes, lower-case hex.
    pub sha256: String,
    /// Size, bytes.
    pub bytes: u64,
    /// Kind, such as `image/jpeg`.
    pub mime: String,
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// When it was taken, by the device's clock.
    pub at: DeviceTimeMs,
}

/// The latest answer of each question: the newest by the device's clock, ties to the later id (UUIDv7 made on one
/// device grow). Blank answers take the earlier one back.
pub fn latest(given: &[(AnswerId, Answer)]) -> Answers {
    let mut newest: Vec<&(AnswerId, Answer)> = Vec::new();
    let mut answers = Answers::new();
    for one in given {
        match newest.iter_mut().find(|other| other.1.question == one.1.question) {
            Some(other) if (one.1.at, &one.0) > (other.1.at, &other.0) => *other = one,
            Some(_) => continue,
            None => newest.push(one),
        }
    }
    for (_, answer) in newest {
        if !answer.value.is_blank() {
            answers.insert(answer.question.clone(), answer.value.clone());
        }
    }
    answers
}

/// The photos named by a set of answers.
pub fn photos(answers: &Answers) -> impl Iterator<Item = &PhotoId> {
    answers.values().filter_map(|value| match value {
        Value::Photo(id) => Some(id),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(question: &str, value: Value, at: i64) -> Answer {
        Answer { visit: VisitId::from("v"), question: QuestionKey::item(question), value, at }
    }

    #[test]
    fn the_newest_answer_counts_and_blank_takes_back() {
        let given = [
            ("a1", answer("q1", Value::No, 10)),
            ("a2", answer("q1", Value::Yes, 20)),
            ("a3", answer("q2", Value::Note("hello".into()), 10)),
            ("a4", answer("q2", Value::Note("  ".into()), 11)),
            ("a6", answer("q3", Value::Number(2), 5)), // same instant: the later id
            ("a5", answer("q3", Value::Number(1), 5)),
        ];
        let given: Vec<(AnswerId, Answer)> = given.into_iter().map(|(id, a)| (AnswerId::from(id), a)).collect();
        let latest = latest(&given);
        let read: Vec<_> = latest.iter().map(|(q, v)| (q.as_str(), v)).collect();
        assert_eq!(read, [("q1", &Value::Yes), ("q3", &Value::Number(2))]);
    }

    #[test]
    fn when_a_check_in_needs_a_reason() {
        let cases = [
            (Some(38.0), Some(12.0), false),
            (Some(150.0), Some(100.0), false), // the bounds belong to the inside
            (Some(151.0), Some(12.0), true),
            (Some(38.0), Some(101.0), true),
            (None, Some(12.0), true), // the shop has no position
            (None, None, true),
        ];
        for (distance, accuracy, expect) in cases {
            assert_eq!(needs_reason(distance, accuracy, 150), expect, "{distance:?} {accuracy:?}");
        }
    }
}
