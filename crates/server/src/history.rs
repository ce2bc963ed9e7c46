//! Records of history: what lost when two values met. They travel in the feed like any record, in the buckets of the
//! record they are about, so that whoever sees the one sees the other.

use crate::access::{Action, Facts};
use crate::apply::{Decision, Handing, Known, Stored, parse};
use crate::merge::{self, Merged};
use aisle_domain::history::{History, Settled, Side, Why};
use aisle_protocol::mutation::Mutation;
use aisle_protocol::record::{Fields, Kind, RecordRef};
use aisle_protocol::sync::RejectCode;
use serde_json::Value;

/// Two values that met.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// The record.
    pub rec: RecordRef,
    /// The field.
    pub field: String,
    /// Why they met.
    pub why: Why,
    /// What lost.
    pub lost: Side,
    /// What is kept.
    pub kept: Side,
}

/// What a merge lost.
pub(crate) fn of_merge(rec: &RecordRef, merged: &Merged) -> Vec<Past> {
    let past = |lost: &merge::Lost| Past {
        rec: rec.clone(),
        field: lost.field.clone(),
        why: Why::Conflict,
        lost: lost.lost.clone(),
        kept: lost.kept.clone(),
    };
    merged.lost.iter().map(past).collect()
}

/// The values that stood against a mutation, as its result names them; `None` when nothing did.
pub(crate) fn stood_against(past: &[Past]) -> Option<Fields> {
    let conflicts = past.iter().filter(|past| past.why == Why::Conflict);
    let server: Fields = conflicts.map(|past| (past.field.clone(), past.lost.value.clone())).collect();
    (!server.is_empty()).then_some(server)
}

/// The kind in whose scope a record is seen: its own, except for history.
pub(crate) fn scope_kind(rec: &RecordRef, fields: &Fields) -> Kind {
    let named = fields.get("scope").and_then(Value::as_str).filter(|_| rec.kind == Kind::History);
    named.map_or_else(|| rec.kind.clone(), |word| Kind::from(word.to_owned()))
}

/// The record of a meeting that happened at `now`, to be seen by whoever sees `about`. `rev` and `index` name it: a
/// revision is given once.
pub(crate) fn record(past: &Past, about: &Stored, rev: u64, index: usize, now: i64) -> (RecordRef, Stored) {
    let history = History {
        rec: past.rec.to_string(),
        scope: scope_kind(&past.rec, &about.fields).as_str().to_owned(),
        field: past.field.clone(),
        why: past.why.clone(),
        at: now,
        lost: past.lost.clone(),
        kept: past.kept.clone(),
        settled: None,
    };
    // Plain data with string keys always is an object.
    let fields = match serde_json::to_value(history) {
        Ok(Value::Object(fields)) => fields,
        _ => Fields::new(),
    };
    let stored = Stored { rev: 0, fields, field_revs: Default::default(), ..about.clone() };
    (RecordRef::new(Kind::History, format!("h{rev}-{index}")), stored)
}

/// A person has looked at a conflict: whoever may amend the record it is about.
pub(crate) fn settle(handing: &Handing<'_>, mutation: &Mutation, known: Known<'_>) -> Result<Decision, RejectCode> {
    let current = known.current.ok_or(RejectCode::UnknownParent)?;
    let kind = scope_kind(&mutation.rec, &current.fields);
    let facts = Facts { kind: &kind, shop: known.shop, owner: current.owner.as_ref(), by_auditor: current.by_auditor };
    handing.may(Action::Amend, &facts, mutation.at)?;
    let merged = merge::merge(&Kind::History, current, &handing.writer(mutation), mutation.base, &mutation.patch)?;
    let history: History = parse(&merged.record.fields)?;
    let mine = |settled: &Settled| settled.by == handing.actor.person;
    if history.why != Why::Conflict || !history.settled.as_ref().is_some_and(mine) {
        return Err(RejectCode::Invalid);
    }
    let past = of_merge(&mutation.rec, &merged);
    Ok(Decision::Write { record: merged.record, also: Vec::new(), past })
}
