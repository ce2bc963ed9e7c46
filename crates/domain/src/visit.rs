//! Visits: one person in one shop, the answers given there, and what they add up to.
//!
//! Visits, answers and photos are append-only: answering again makes a new answer, and both stay. After check-out an
//! answer is amended: an [`Amendment`] names the question, another value and the reason, and the result is computed
//! anew; what was handed in first stays readable.

use crate::checklist::{Answers, PlannedPrices, Score, Template, Value, Verdict};
use crate::geo::Fix;
use crate::ids::{AmendmentId, AnswerId, PersonId, PhotoId, ProductId, QuestionKey, ShopId, VisitId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// Result at check-out; after an amendment, of the amended answers.
    #[serde(default)]
    pub result: Option<VisitResult>,
    /// Amendments the endpoint has taken, by question, in the order in which it did; the last one counts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub amended: AmendedOrder,
}

/// Amendments by question, in the endpoint's order.
pub type AmendedOrder = BTreeMap<QuestionKey, Vec<AmendmentId>>;

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

impl VisitResult {
    /// What these answers add up to.
    pub fn of(template: &Template, must_sell: &[ProductId], answers: &Answers, prices: &PlannedPrices) -> Self {
        Self::of_score(template, &template.score(&template.questions(must_sell), answers, prices))
    }

    /// What a score comes to.
    pub fn of_score(template: &Template, score: &Score) -> Self {
        Self {
            earned: score.earned(),
            applicable: score.applicable(),
            points: score.points(),
            verdict: template.verdict(score),
            answered: score.answered(),
        }
    }
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

/// Another answer to a question of a visit that has been handed in. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    /// The visit.
    pub visit: VisitId,
    /// The question.
    pub question: QuestionKey,
    /// What is answered now. A blank note takes the answer back.
    pub value: Value,
    /// Why; never empty.
    pub reason: String,
    /// Who amends: the person who made the visit, or somebody who leads that person.
    pub by: PersonId,
    /// The amendment of the same question that the person was looking at; `None` when it was the answer itself. When
    /// another one has come in between, both values stay in the history.
    #[serde(default)]
    pub amends: Option<AmendmentId>,
    /// When, by the device's clock.
    pub at: DeviceTimeMs,
}

/// Longest reason of an amendment, characters.
pub const REASON_CHARS_MAX: usize = 500;

impl Amendment {
    /// Whether a reason is given, and not a novel.
    pub fn has_reason(&self) -> bool {
        (1..=REASON_CHARS_MAX).contains(&self.reason.trim().chars().count())
    }
}

/// Amendments in the order in which they count: those the endpoint has taken, in its order, then those that have not
/// come back from it yet, in the order made. No device's clock decides.
pub fn in_order<'a>(
    amendments: &'a [(AmendmentId, Amendment)],
    order: &AmendedOrder,
) -> Vec<&'a (AmendmentId, Amendment)> {
    let place = |(id, amendment): &(AmendmentId, Amendment)| {
        let taken = order.get(&amendment.question).and_then(|ids| ids.iter().position(|other| other == id));
        (taken.unwrap_or(usize::MAX), id.clone())
    };
    let mut sorted: Vec<&(AmendmentId, Amendment)> = amendments.iter().collect();
    sorted.sort_by_key(|one| place(one));
    sorted
}

/// The answers as amended.
pub fn amended(mut answers: Answers, amendments: &[(AmendmentId, Amendment)], order: &AmendedOrder) -> Answers {
    for (_, amendment) in in_order(amendments, order) {
        if amendment.value.is_blank() {
            answers.remove(&amendment.question);
        } else {
            answers.insert(amendment.question.clone(), amendment.value.clone());
        }
    }
    answers
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
    fn the_endpoints_order_of_amendments_counts_and_what_it_has_not_taken_comes_last() {
        let q = QuestionKey::item("q1");
        let amendment = |value: Value, at: i64| Amendment {
            visit: VisitId::from("v"),
            question: q.clone(),
            value,
            reason: "miscounted".into(),
            by: PersonId::from("p"),
            amends: None,
            at,
        };
        let one = |id: &str, value: i64, at: i64| (AmendmentId::from(id), amendment(Value::Number(value), at));
        let taken = |ids: &[&str]| {
            let ids: Vec<AmendmentId> = ids.iter().map(|id| AmendmentId::from(*id)).collect();
            if ids.is_empty() { AmendedOrder::new() } else { AmendedOrder::from([(q.clone(), ids)]) }
        };
        // (amendments: id, value, device's clock; the endpoint's order) -> value that counts
        type Case<'a> = (&'a [(&'a str, i64, i64)], &'a [&'a str], i64);
        let cases: [Case<'_>; 5] = [
            (&[], &[], 0),                                         // the answer itself
            (&[("a", 1, 9), ("b", 2, 5)], &["a", "b"], 2),         // a clock that is behind does not matter
            (&[("a", 1, 9), ("b", 2, 5)], &["b", "a"], 1),         // nor does the id
            (&[("a", 1, 1), ("b", 2, 2)], &["b"], 1),              // not taken yet: the person did it after looking
            (&[("a", 1, 1), ("b", 2, 2), ("c", 3, 3)], &["b"], 3), // several not taken: in the order made
        ];
        for (i, (amendments, order, expect)) in cases.into_iter().enumerate() {
            let amendments: Vec<_> = amendments.iter().map(|(id, value, at)| one(id, *value, *at)).collect();
            let answers = Answers::from([(q.clone(), Value::Number(0))]);
            let now = amended(answers, &amendments, &taken(order));
            assert_eq!(now.get(&q), Some(&Value::Number(expect)), "case {i}");
        }
        let back = [(AmendmentId::from("a"), amendment(Value::Note("  ".into()), 1))];
        assert!(amended(Answers::from([(q.clone(), Value::Yes)]), &back, &taken(&[])).is_empty(), "taken back");
    }

    #[test]
    fn a_reason_is_a_sentence() {
        for (reason, expect) in [("", false), (" \n", false), ("misread the tag", true), (&"长".repeat(501), false)] {
            let amendment = Amendment {
                visit: VisitId::from("v"),
                question: QuestionKey::item("q"),
                value: Value::Yes,
                reason: reason.to_owned(),
                by: PersonId::from("p"),
                amends: None,
                at: 0,
            };
            assert_eq!(amendment.has_reason(), expect, "{reason:.8}");
        }
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
