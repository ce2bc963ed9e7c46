//! The invariants, computed apart from the code they judge: from the endpoint's file and the phone's disk.

use crate::disk::Kept;
use crate::endpoint::{Endpoint, Held, Logged};
use crate::phone::Phone;
use crate::{Violation, aftermath};
use aisle_protocol::mutation::Hash;
use aisle_protocol::record::{Fields, Kind, RecordRef, apply_patch};
use aisle_protocol::snapshot::Segment;
use aisle_protocol::sync::PushStatus;
use aisle_sync::Replica;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a person may see of the endpoint's records: an oracle of its own, not the server's.
pub(crate) fn scope(endpoint: &mut Endpoint, person: &str) -> Result<BTreeMap<RecordRef, Held>, Violation> {
    let records = endpoint.records()?;
    let (role, territory) = endpoint.people()?.get(person).cloned().unwrap_or_default();
    let today = endpoint.today();
    let reach = reach(&records, &territory);
    let sees = |rec: &RecordRef, row: &Held| {
        // History is seen by whoever sees the record it is about.
        let about = row.fields.get("rec").and_then(Value::as_str).filter(|_| rec.kind == Kind::History);
        let mut about: Option<RecordRef> = about.and_then(|name| name.parse().ok());
        // A record of history may itself have one.
        while let Some(history) =
            about.as_ref().filter(|rec| rec.kind == Kind::History).and_then(|rec| records.get(rec))
        {
            about = history.fields.get("rec").and_then(Value::as_str).and_then(|name| name.parse().ok());
        }
        let rec = about.as_ref().unwrap_or(rec);
        let shop = match rec.kind {
            Kind::Org | Kind::Territory | Kind::Person | Kind::Product | Kind::MustSell | Kind::Template => {
                return true;
            }
            _ => row.shop.as_ref().and_then(|id| records.get(&RecordRef::new(Kind::Shop, id.as_str()))),
        };
        let Some(shop) = shop else { return false };
        let reached = || shop.fields.get("territory").and_then(Value::as_str).is_some_and(|t| reach.contains(t));
        match role.as_str() {
            "rep" => is_assigned(&shop.fields, person, &today),
            "auditor" => reached() && (rec.kind == Kind::Shop || (is_work(&rec.kind) && row.by_auditor)),
            "supervisor" | "manager" => reached(),
            _ => true,
        }
    };
    Ok(records.iter().filter(|(rec, row)| sees(rec, row)).map(|(rec, row)| (rec.clone(), row.clone())).collect())
}

fn is_work(kind: &Kind) -> bool {
    matches!(kind, Kind::Visit | Kind::Answer | Kind::Photo | Kind::Amendment)
}

/// Days are compared as text, which ISO 8601 was made for.
fn is_assigned(shop: &Fields, person: &str, today: &str) -> bool {
    let assigned = shop.get("assigned").and_then(Value::as_array).into_iter().flatten();
    let day = |a: &Value, name: &str| a.get(name).and_then(Value::as_str).map(str::to_owned);
    assigned.filter(|a| a.get("person").and_then(Value::as_str) == Some(person)).any(|a| {
        day(a, "from").is_none_or(|from| from.as_str() <= today)
            && day(a, "until").is_none_or(|until| today < until.as_str())
    })
}

fn reach(records: &BTreeMap<RecordRef, Held>, territory: &str) -> BTreeSet<String> {
    let mut reach = BTreeSet::from([territory.to_owned()]);
    loop {
        let parents = records.iter().filter(|(rec, _)| rec.kind == Kind::Territory);
        let below = parents.filter(|(_, row)| {
            row.fields.get("parent").and_then(Value::as_str).is_some_and(|parent| reach.contains(parent))
        });
        let more: Vec<String> = below.map(|(rec, _)| rec.id.clone()).filter(|id| !reach.contains(id)).collect();
        if more.is_empty() {
            return reach;
        }
        reach.extend(more);
    }
}

/// A segment is only handed to a person in whose scope its bucket is. What the buckets are called is written down here
/// once more: a rep reads `p:` and the name, an auditor `a:` and leaders `t:` with each territory reached, all `org`.
pub(crate) fn is_served_to(endpoint: &mut Endpoint, person: &str, digest: &str, text: &str) -> Result<(), Violation> {
    // What was spoilt on the way says nothing.
    let Ok(segment) = serde_json::from_str::<Segment>(text) else { return Ok(()) };
    let records = endpoint.records()?;
    let (role, territory) = endpoint.people()?.get(person).cloned().unwrap_or_default();
    let reach = reach(&records, &territory);
    let is_own = |bucket: &str| match (role.as_str(), bucket.split_once(':')) {
        (_, None) => bucket == "org",
        ("rep", Some(("p", of))) => of == person,
        ("auditor", Some(("a", of))) | ("supervisor" | "manager", Some(("t", of))) => reach.contains(of),
        _ => false,
    };
    match segment.changes.iter().find(|change| !is_own(&change.b.0)) {
        Some(change) => {
            let detail = format!("segment {} brings {} of {} to {person}", &digest[..8], change.id, change.b.0);
            Err(Violation::new("a device holds nothing outside its scope", detail))
        }
        None => Ok(()),
    }
}

/// Revisions only.
pub(crate) fn revisions(scope: &BTreeMap<RecordRef, Held>) -> BTreeMap<RecordRef, u64> {
    scope.iter().map(|(rec, row)| (rec.clone(), row.rev)).collect()
}

/// A device that has read the feed to its end holds what the endpoint showed then: nothing missing, nothing beyond.
pub(crate) fn holds(replica: &Replica, shows: &BTreeMap<RecordRef, u64>) -> Result<(), Violation> {
    let held: BTreeMap<RecordRef, u64> = replica.copies().map(|(rec, copy)| (rec.clone(), copy.rev)).collect();
    if held == *shows {
        return Ok(());
    }
    for (rec, rev) in shows {
        match held.get(rec) {
            None => return Err(Violation::new("no gap in a pull", format!("{rec} at {rev} is missing"))),
            Some(other) if other != rev => {
                return Err(Violation::new("no gap in a pull", format!("{rec} is at {other}, not at {rev}")));
            }
            Some(_) => {}
        }
    }
    let beyond: Vec<String> = held.keys().filter(|rec| !shows.contains_key(rec)).map(ToString::to_string).collect();
    Err(Violation::new("a device holds nothing outside its scope", beyond.join(" ")))
}

/// At the end the copies are the endpoint's, field by field.
pub(crate) fn converged(replica: &Replica, scope: &BTreeMap<RecordRef, Held>) -> Result<(), Violation> {
    holds(replica, &revisions(scope))?;
    for (rec, row) in scope {
        let mut fields = row.fields.clone();
        if rec.kind == Kind::Facts {
            fields.remove("data");
            if replica.facts(&rec.id).is_none() {
                return Err(Violation::new("devices converge", format!("{rec} has lost its facts")));
            }
        }
        if replica.copy(rec).is_none_or(|copy| copy.fields() != fields) {
            return Err(Violation::new("devices converge", format!("{rec} differs")));
        }
    }
    Ok(())
}

/// Memory is what the disk holds: what a crash now would leave is what the person sees.
pub(crate) fn not_torn(phone: &Phone, replica: &Replica) -> Result<(), Violation> {
    const TORN: &str = "no torn state";
    let read = Replica::read(phone.disk.load());
    let mut stored = read.map_err(|error| Violation::new(TORN, format!("phone {}: {error}", phone.index)))?;
    stored.paging = replica.paging;
    if stored.meta.device.0.is_empty() {
        // Before the first commit a tab has its own idea of the device's name.
        stored.meta.device = replica.meta.device.clone();
    }
    if stored == *replica {
        return Ok(());
    }
    let detail = format!("phone {}: memory is not what the disk holds at {:?}", phone.index, replica.revision);
    Err(Violation::new(TORN, detail))
}

/// No confirmed write is lost: each is on the disk, pending or refused, or the endpoint has taken it.
pub(crate) fn nothing_lost(phone: &Phone, endpoint: &mut Endpoint) -> Result<(), Violation> {
    let kept = phone.disk.mutations();
    for promise in phone.promises.iter().filter(|promise| !promise.withdrawn) {
        let mut found = promise.ids.iter().any(|id| kept.contains_key(&id.0));
        for id in &promise.ids {
            found = found || endpoint.has_taken(&id.0)?;
        }
        if !found {
            let detail = format!("phone {}: {} of {}", phone.index, name(&promise.ids), promise.rec);
            return Err(Violation::new("no confirmed write is lost", detail));
        }
    }
    Ok(())
}

fn name(ids: &[aisle_protocol::MutationId]) -> String {
    ids.iter().map(|id| id.0.as_str()).collect::<Vec<_>>().join(", then ")
}

/// What the disk calls confirmed the endpoint has taken; what the disk calls refused it has refused.
pub(crate) fn nothing_made_up(phone: &Phone, endpoint: &mut Endpoint) -> Result<(), Violation> {
    for (id, kept) in phone.disk.mutations() {
        if kept == Kept::Confirmed && !endpoint.has_taken(&id)? {
            return Err(Violation::new("nothing is shown as accepted that the server does not have", id));
        }
        if kept == Kept::Returned && !endpoint.has_refused(&id)? {
            return Err(Violation::new("nothing is shown as refused that the server has not refused", id));
        }
    }
    Ok(())
}

/// What the person wrote last is what the person sees. `moved` names shops and people whose scope has changed: what
/// was accepted there may have left this phone.
pub(crate) fn nothing_flickers(
    phone: &Phone,
    replica: &Replica,
    endpoint: &mut Endpoint,
    moved: &BTreeSet<String>,
) -> Result<(), Violation> {
    let mut newest: BTreeMap<(&RecordRef, &String), (&Value, usize)> = BTreeMap::new();
    // Two tabs may hear of their writes in another order than they became durable.
    let mut promises: Vec<_> = phone.promises.iter().enumerate().filter(|(_, promise)| !promise.withdrawn).collect();
    promises.sort_by_key(|(_, promise)| promise.ids.first().map(|id| phone.disk.place(&id.0)));
    for (at, promise) in promises {
        for (field, value) in &promise.patch {
            newest.insert((&promise.rec, field), (value, at));
        }
    }
    let mut kept = None;
    for ((rec, field), (value, at)) in newest {
        let seen = replica.view(rec).and_then(|view| view.get(field).cloned());
        // A write of which nobody knows whether it became durable may have.
        let mut unsure = phone.attempts.iter().filter(|attempt| attempt.rec == *rec);
        if seen.as_ref() == Some(value)
            || unsure.any(|attempt| seen.is_some() && attempt.patch.get(field) == seen.as_ref())
        {
            continue;
        }
        let Some(promise) = phone.promises.get(at) else { continue };
        let kept = kept.get_or_insert_with(|| phone.disk.mutations());
        let on_phone = promise.ids.iter().any(|id| kept.contains_key(&id.0));
        if !on_phone {
            // It was accepted, so that a newer value or another scope may have taken its place.
            let theirs = endpoint.records()?.get(rec).and_then(|row| row.fields.get(field).cloned());
            let replaced = theirs.as_ref() != Some(value) && endpoint.has_taken_any(&promise.ids)?;
            if replaced || moved.contains(&promise.shop) || moved.contains(&phone.person) {
                continue;
            }
        }
        let detail = format!("phone {}: {rec} {field} of {}", phone.index, name(&promise.ids));
        return Err(Violation::new("the overlay never flickers", detail));
    }
    Ok(())
}

/// What the endpoint's log and records have to say at the end.
pub(crate) fn log_is_sound(endpoint: &mut Endpoint, phones: &[Phone]) -> Result<Vec<Logged>, Violation> {
    let log = endpoint.log()?;
    in_device_order(&log, phones)?;
    once(&log)?;
    adds_up(&log, endpoint.records()?.as_ref())?;
    nothing_unseen(&log, endpoint.records()?.as_ref())?;
    Ok(log)
}

fn in_device_order(log: &[Logged], phones: &[Phone]) -> Result<(), Violation> {
    const ORDER: &str = "push order is device order";
    let promises = phones.iter().flat_map(|phone| &phone.promises);
    // A retry goes to the end of the queue; only first attempts have a place.
    let places: BTreeMap<&str, (&str, u64)> =
        promises.filter_map(|p| Some((p.ids.first()?.0.as_str(), (p.tab.as_str(), p.made)))).collect();
    let mut before: Option<&Logged> = None;
    let mut place: BTreeMap<&str, u64> = BTreeMap::new();
    for logged in log {
        let first = before.is_none_or(|before| before.device != logged.device);
        let (n, hash) = match before {
            Some(before) if !first => (before.body.n, before.body.hash.clone()),
            _ => (0, Hash::default()),
        };
        if first {
            place.clear();
        }
        let at = || format!("{} n={}", logged.device, logged.body.n);
        if logged.body.n != n + 1 {
            return Err(Violation::new(ORDER, format!("{} after {n}", at())));
        }
        if logged.body.prev != hash || !logged.body.is_intact() {
            return Err(Violation::new(ORDER, format!("{} breaks the chain", at())));
        }
        if let Some((tab, made)) = places.get(logged.body.id.0.as_str()) {
            let last = place.insert(*tab, *made);
            if last.is_some_and(|last| last > *made) {
                return Err(Violation::new(ORDER, format!("{} was made before its predecessor", at())));
            }
        }
        before = Some(logged);
    }
    Ok(())
}

/// Every mutation takes effect exactly once.
fn once(log: &[Logged]) -> Result<(), Violation> {
    // A conflict told again, as after a file, is told as a conflict: what took effect anew has another revision.
    let mut effects: BTreeMap<&str, BTreeSet<Option<u64>>> = BTreeMap::new();
    for logged in log.iter().filter(|l| matches!(l.result.st, PushStatus::Ok | PushStatus::Conflict)) {
        effects.entry(&logged.body.id.0).or_default().insert(logged.result.rev);
    }
    match effects.into_iter().find(|(_, at)| at.len() > 1) {
        Some((id, at)) => {
            Err(Violation::new("every mutation takes effect exactly once", format!("{id} took effect at {at:?}")))
        }
        None => Ok(()),
    }
}

/// What a result says stood against a mutation is in the history of the record, for whoever sees it.
fn nothing_unseen(log: &[Logged], records: &BTreeMap<RecordRef, Held>) -> Result<(), Violation> {
    let history = |field: &str, value: &Value| {
        records.iter().filter(|(rec, _)| rec.kind == Kind::History).any(|(_, row)| {
            row.fields.get("field").and_then(Value::as_str) == Some(field)
                && row.fields.get("lost").and_then(|lost| lost.get("value")) == Some(value)
        })
    };
    for logged in log.iter().filter(|logged| logged.result.st == PushStatus::Conflict) {
        for (field, value) in logged.result.server.iter().flatten() {
            if !history(field, value) {
                let detail = format!("{} of {}: {field}", logged.body.id, logged.body.rec);
                return Err(Violation::new("no value goes away unseen", detail));
            }
        }
    }
    Ok(())
}

/// The records are what the accepted mutations make of them, in the order of their revisions.
fn adds_up(log: &[Logged], records: &BTreeMap<RecordRef, Held>) -> Result<(), Violation> {
    let took = log.iter().filter(|l| matches!(l.result.st, PushStatus::Ok | PushStatus::Conflict));
    let mut took: Vec<&Logged> = took.collect();
    took.sort_by_key(|l| l.result.rev);
    took.dedup_by_key(|l| (l.result.rev, l.body.id.clone()));
    let mut model: BTreeMap<RecordRef, Fields> = BTreeMap::new();
    let mut amended: BTreeMap<RecordRef, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for logged in took.into_iter().filter(|logged| is_work(&logged.body.rec.kind)) {
        apply_patch(model.entry(logged.body.rec.clone()).or_default(), &logged.body.patch);
        let text = |name: &str| logged.body.patch.get(name).and_then(Value::as_str).map(str::to_owned);
        if let (Kind::Amendment, Some(visit), Some(question)) = (&logged.body.rec.kind, text("visit"), text("question"))
        {
            let of_visit = amended.entry(RecordRef::new(Kind::Visit, visit)).or_default();
            of_visit.entry(question).or_default().push(logged.body.rec.id.clone());
        }
    }
    for fields in model.iter_mut() {
        *fields.1 = aftermath::without_endpoints_own(fields.0, fields.1);
    }
    let work = || records.iter().filter(|(rec, _)| is_work(&rec.kind));
    let own = |(rec, row): (&RecordRef, &Held)| (rec.clone(), aftermath::without_endpoints_own(rec, &row.fields));
    let held: BTreeMap<RecordRef, Fields> = work().map(own).collect();
    for (rec, row) in work().filter(|(rec, _)| rec.kind == Kind::Visit) {
        let counts = amended.get(rec).map(|order| serde_json::json!(order));
        if row.fields.get("amended") != counts.as_ref() {
            return Err(Violation::new("amendments count in the order of arrival", rec.to_string()));
        }
    }
    if model == held {
        return Ok(());
    }
    let differs = model.keys().chain(held.keys()).find(|rec| model.get(rec) != held.get(rec));
    let detail = differs.map(ToString::to_string).unwrap_or_default();
    Err(Violation::new("every mutation takes effect exactly once", format!("{detail} is not what its mutations make")))
}
