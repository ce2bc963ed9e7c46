//! Amendments: another answer, with a reason, to a question of a visit that has been handed in.
//!
//! The answer first given stays what it is. The visit keeps the order in which amendments arrived, and its result is
//! computed anew from the amended answers; the result that was handed in goes to the history. Two amendments of one
//! question that did not see each other are a conflict: the later arrival counts, both stay.

use crate::access::{Action, Facts};
use crate::apply::{self, Decision, FieldRev, Handing, Known, Stored, parse};
use crate::history::Past;
use aisle_domain::checklist::{PlannedPrices, Template};
use aisle_domain::history::{Side, Why, answer_field};
use aisle_domain::visit::{self, Amendment, Answer, Visit, VisitResult};
use aisle_domain::{AmendmentId, AnswerId};
use aisle_protocol::mutation::Mutation;
use aisle_protocol::record::{Fields, Kind, RecordRef};
use aisle_protocol::sync::RejectCode;
use serde::Serialize;
use serde_json::Value;

/// What was answered in a visit, and what its result is computed from.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// Its checklist; `None` when the endpoint does not have it: the result then stays as it was handed in.
    pub template: Option<Template>,
    /// Planned prices of its must-sell list.
    pub prices: PlannedPrices,
    /// Answers.
    pub answers: Vec<(AnswerId, Answer)>,
    /// Amendments taken before.
    pub amendments: Vec<(AmendmentId, Amendment)>,
}

pub(crate) fn create(handing: &Handing<'_>, mutation: &Mutation, known: Known<'_>) -> Result<Decision, RejectCode> {
    if known.current.is_some() {
        return Err(RejectCode::Immutable);
    }
    let amendment: Amendment = parse(&mutation.patch)?;
    let before = known.visit.ok_or(RejectCode::UnknownParent)?;
    let kind = Kind::Visit;
    let facts = Facts { kind: &kind, shop: known.shop, owner: before.owner.as_ref(), by_auditor: before.by_auditor };
    handing.may(Action::Amend, &facts, mutation.at)?;
    // As long as a visit goes on it is answered, not amended.
    if !amendment.has_reason() || amendment.by != handing.actor.person || !apply::is_submitted(before) {
        return Err(RejectCode::Invalid);
    }
    let nothing = Work::default();
    let work = known.work.unwrap_or(&nothing);
    let mut visit: Visit = parse(&before.fields)?;
    if let Some(template) = &work.template {
        let questions = template.questions(&visit.must_sell);
        let question = questions.iter().find(|q| q.key == amendment.question).ok_or(RejectCode::Invalid)?;
        if !amendment.value.is_blank() && !template.accepts(question, &amendment.value) {
            return Err(RejectCode::Invalid);
        }
    }
    let rec = RecordRef::new(Kind::Visit, amendment.visit.as_str());
    let mut past = Vec::new();
    let order = visit.amended.entry(amendment.question.clone()).or_default();
    if let Some(last) = order.last().filter(|last| amendment.amends.as_ref() != Some(last))
        && let Some((_, other)) = work.amendments.iter().find(|(id, _)| id == last)
        && other.value != amendment.value
    {
        past.push(Past {
            rec: rec.clone(),
            field: answer_field(&amendment.question),
            why: Why::Conflict,
            lost: side(other),
            kept: side(&amendment),
        });
    }
    let id = AmendmentId::from(mutation.rec.id.as_str());
    order.push(id.clone());
    let written = FieldRev::fresh(&handing.writer(mutation));
    let mut after = before.clone();
    put(&mut after, "amended", &visit.amended, &written);
    if let Some(template) = &work.template {
        let mut amendments = work.amendments.clone();
        amendments.push((id, amendment.clone()));
        let answers = visit::amended(visit::latest(&work.answers), &amendments, &visit.amended);
        let result = VisitResult::of(template, &visit.must_sell, &answers, &work.prices);
        if visit.result.as_ref() != Some(&result) {
            let handed_in = before.field_revs.get("result");
            let lost = Side {
                value: before.fields.get("result").cloned().unwrap_or(Value::Null),
                by: handed_in.and_then(|known| known.by.clone()),
                at: handed_in.and_then(|known| known.at),
                reason: None,
            };
            put(&mut after, "result", &result, &written);
            let value = after.fields.get("result").cloned().unwrap_or(Value::Null);
            let kept = Side { value, ..side(&amendment) };
            past.push(Past { rec: rec.clone(), field: "result".to_owned(), why: Why::Amended, lost, kept });
        }
    }
    let record =
        apply::made(handing, mutation, before.shop.clone(), Some(handing.actor.person.clone()), before.by_auditor);
    Ok(Decision::Write { record, also: vec![(rec, after)], past })
}

fn side(amendment: &Amendment) -> Side {
    Side {
        value: serde_json::to_value(&amendment.value).unwrap_or(Value::Null),
        by: Some(amendment.by.clone()),
        at: Some(amendment.at),
        reason: Some(amendment.reason.clone()),
    }
}

fn put<T: Serialize>(record: &mut Stored, field: &str, value: &T, written: &FieldRev) {
    let fields: &mut Fields = &mut record.fields;
    fields.insert(field.to_owned(), serde_json::to_value(value).unwrap_or(Value::Null));
    record.field_revs.insert(field.to_owned(), written.clone());
}
