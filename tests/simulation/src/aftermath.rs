//! What people do after a visit: amend it, settle conflicts, carry work about as files.

use crate::people::{Deed, Making};
use crate::phone::Phone;
use crate::rng::Rng;
use crate::world::World;
use crate::{Mutant, Violation};
use aisle_protocol::mutation::{Mutation, Op};
use aisle_protocol::record::{Kind, RecordRef};
use aisle_protocol::work::{HandIn, HandedIn, WorkFile};
use aisle_protocol::{PROTO, SCHEMA, paths};
use aisle_sync::export;
use axum::http::Method;
use serde_json::{Value, json};

/// Files kept at most; an older one is lost, as files are.
const FILES: usize = 6;
/// Mutations handed in by one request.
const PART: usize = 7;

/// The person of a phone amends an answer of a visit that is over, as the tab shows it. Sometimes of a visit that is not
/// theirs to amend: the endpoint has to refuse.
pub(crate) fn amend(phone: &mut Phone, tab: usize, rng: &mut Rng, now: i64) -> Option<Deed> {
    let replica = phone.tabs.get(tab)?.engine.replica();
    let over = |id: String| {
        let view = replica.view(&RecordRef::new(Kind::Visit, id.as_str()))?;
        let shop = view.get("shop").and_then(Value::as_str)?.to_owned();
        let order = view.get("amended").cloned().unwrap_or(Value::Null);
        view.contains_key("check_out").then_some((id, shop, order))
    };
    let visits: Vec<_> = replica.ids(&Kind::Visit).into_iter().filter_map(over).collect();
    let (visit, shop, order) = rng.pick(&visits)?.clone();
    let question = format!("q{}", rng.below(2));
    let seen = order.get(&question).and_then(Value::as_array).and_then(|ids| ids.last().cloned());
    let mut making = Making::new(phone.tabs.get(tab)?.name.clone(), now);
    let value = if rng.chance(50) { "yes" } else { "no" };
    let mut patch = json!({
        "visit": visit, "question": question, "value": {"t": value}, "reason": "looked again", "by": phone.person,
        "at": now, "later": {"kept": true},
    });
    if let (Some(seen), Some(patch)) = (seen, patch.as_object_mut()) {
        patch.insert("amends".to_owned(), seen);
    }
    let rec = RecordRef::new(Kind::Amendment, phone.name("m-"));
    making.add(phone, Op::Create, rec, &shop, patch);
    Some(making.deed(phone, true))
}

/// The person settles a conflict that the tab shows.
pub(crate) fn settle(phone: &mut Phone, tab: usize, rng: &mut Rng, now: i64) -> Option<Deed> {
    let replica = phone.tabs.get(tab)?.engine.replica();
    let open = |id: String| {
        let view = replica.view(&RecordRef::new(Kind::History, id.as_str()))?;
        let conflict = view.get("why").and_then(Value::as_str) == Some("conflict");
        let rec: RecordRef = view.get("rec").and_then(Value::as_str)?.parse().ok()?;
        let shop = replica.view(&rec)?.get("shop").and_then(Value::as_str)?.to_owned();
        (conflict && !view.contains_key("settled")).then_some((id, shop))
    };
    let conflicts: Vec<_> = replica.ids(&Kind::History).into_iter().filter_map(open).collect();
    let (id, shop) = rng.pick(&conflicts)?.clone();
    let mut making = Making::new(phone.tabs.get(tab)?.name.clone(), now);
    let choice = if rng.chance(50) { "kept" } else { "lost" };
    let patch = json!({"settled": {"choice": choice, "by": phone.person, "at": now}});
    making.add(phone, Op::Patch, RecordRef::new(Kind::History, id), &shop, patch);
    Some(making.deed(phone, false))
}

impl World {
    /// What happens beside everything else; drawn from a stream of its own.
    pub(crate) fn aftermath(&mut self) -> Result<(), Violation> {
        let p = self.beside.below(self.phones.len());
        let t = self.beside.below(self.phones[p].tabs.len());
        if !self.phones[p].tabs.get(t).is_some_and(|tab| tab.engine.status().ready) {
            return Ok(());
        }
        let now = self.now + self.phones[p].skew;
        match self.beside.below(100) {
            0..6 => {
                let deed = amend(&mut self.phones[p], t, &mut self.beside, now);
                deed.map_or(Ok(()), |deed| self.perform_deed(p, t, deed))
            }
            6..9 => {
                let deed = settle(&mut self.phones[p], t, &mut self.beside, now);
                deed.map_or(Ok(()), |deed| self.perform_deed(p, t, deed))
            }
            9..12 => self.export(p, t),
            12..15 => self.hand_in(),
            _ => Ok(()),
        }
    }

    /// Writes what a phone holds into a file, and checks that the file would bring it back.
    fn export(&mut self, p: usize, t: usize) -> Result<(), Violation> {
        let phone = &self.phones[p];
        let Some(tab) = phone.tabs.get(t) else { return Ok(()) };
        let replica = tab.engine.replica();
        let pictures = export::unsent_pictures(replica);
        let bytes = pictures.iter().map(|id| (id.clone(), crate::wire::picture(id))).collect();
        let text = export::work_file(replica, &phone.person, self.now, bytes, None).write();
        if let Some(found) = export::check(replica, phone.disk.load(), &text).first() {
            return Err(Violation::new("an export brings everything back", format!("phone {p} tab {t}: {found:?}")));
        }
        if self.planted == Some(Mutant::ExportEmptiesOutbox) {
            self.phones[p].disk.empty_outbox();
        }
        self.note(format!("phone {p} tab {t}: exports its work"));
        self.summary.exported += 1;
        if self.files.len() == FILES {
            self.files.remove(0);
        }
        self.files.push(text);
        Ok(())
    }

    /// Somebody hands in a file, perhaps not for the first time; sometimes only its first part arrives.
    fn hand_in(&mut self) -> Result<(), Violation> {
        let Some(text) = self.beside.pick(&self.files).cloned() else { return Ok(()) };
        let file = WorkFile::read(&text).map_err(Violation::harness)?;
        let author = file.person.clone();
        let by = if self.beside.chance(50) { "root".to_owned() } else { author.clone() };
        let Some(cookie) = self.session(&by)? else { return Ok(()) };
        self.note(format!("{by} hands in a file of {author}"));
        let muts: Vec<Mutation> = file.items.into_iter().map(|item| item.m).collect();
        for part in muts.chunks(PART) {
            let body = HandIn {
                proto: PROTO,
                schema: SCHEMA,
                person: author.as_str().into(),
                device: file.device.clone(),
                muts: part.to_vec(),
            };
            let body = serde_json::to_vec(&body).map_err(Violation::harness)?;
            let json = [("content-type", "application/json".to_owned())];
            let answer = self.endpoint.call(Method::POST, paths::WORK, Some(&cookie), &json, body)?;
            if answer.status == 429 {
                return Ok(());
            }
            let handed: Option<HandedIn> = serde_json::from_str(&answer.text).ok();
            if handed.is_none_or(|handed| handed.results.len() != part.len()) {
                let detail = format!("{} {}", answer.status, answer.text);
                return Err(Violation::new("a file is handed in", detail));
            }
            self.summary.handed_in += part.len() as u64;
            if self.beside.chance(20) {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The fields that the endpoint writes into a visit by itself, when it takes an amendment.
pub(crate) fn without_endpoints_own(rec: &RecordRef, record: &aisle_protocol::Fields) -> aisle_protocol::Fields {
    let mut record = record.clone();
    if rec.kind == Kind::Visit {
        record.remove("amended");
        record.remove("result");
    }
    record
}
