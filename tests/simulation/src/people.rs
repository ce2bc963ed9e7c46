//! What people do on their phones: visit shops, answer, answer again, take pictures, check out; and deal with what was
//! refused.

use crate::organisation::{SHOPS, fields};
use crate::phone::{Phone, Promise};
use crate::rng::Rng;
use crate::wire::picture;
use aisle_protocol::mutation::{MutationId, Op, hex};
use aisle_protocol::record::{Kind, RecordRef};
use aisle_sync::replica::Upload;
use aisle_sync::{Draft, Event, PhotoDraft, WriteId};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Something a person does in a tab: the event, and what will have been promised when it is confirmed.
pub(crate) struct Deed {
    pub(crate) event: Event,
    pub(crate) promises: Vec<Promise>,
    pub(crate) id: WriteId,
}

/// Chooses what the person of a phone does next in one of its tabs, at `now` by the phone's clock.
pub(crate) fn write(phone: &mut Phone, tab: usize, rng: &mut Rng, now: i64) -> Option<Deed> {
    let open = open_visits(phone, tab);
    let visit = rng.pick(&open).cloned();
    let tab = phone.tabs.get(tab)?;
    let (tab, shops) = (tab.name.clone(), tab.engine.replica().ids(&Kind::Shop));
    let mut making = Making::new(tab, now);
    match visit {
        Some((visit, shop)) if rng.chance(80) => match rng.below(10) {
            0..6 => {
                for _ in 0..=rng.below(3) {
                    let question = format!("q{}", rng.below(4));
                    making.answer(phone, &visit, &shop, &question, rng);
                }
            }
            6..8 => making.photo(phone, &visit, &shop),
            _ => {
                if rng.chance(50) {
                    making.answer(phone, &visit, &shop, "q-last", rng);
                }
                making.check_out(phone, &visit, &shop);
            }
        },
        _ => {
            let mut shops = shops.clone();
            if shops.is_empty() || rng.chance(5) {
                // One that may be anybody's: the endpoint has to refuse.
                shops = vec![format!("s{}", rng.below(SHOPS))];
            }
            let shop = rng.pick(&shops)?.clone();
            making.visit(phone, &shop);
        }
    }
    let strict = rng.chance(20);
    Some(making.deed(phone, strict))
}

/// The person's visits that go on, as the tab shows them.
fn open_visits(phone: &Phone, tab: usize) -> Vec<(String, String)> {
    let Some(tab) = phone.tabs.get(tab) else { return Vec::new() };
    let replica = tab.engine.replica();
    let open = |id: String| {
        let view = replica.view(&RecordRef::new(Kind::Visit, id.as_str()))?;
        let own = view.get("person").and_then(Value::as_str) == Some(phone.person.as_str());
        let shop = view.get("shop").and_then(Value::as_str)?.to_owned();
        (own && !view.contains_key("check_out")).then_some((id, shop))
    };
    replica.ids(&Kind::Visit).into_iter().filter_map(open).collect()
}

pub(crate) struct Making {
    tab: String,
    now: i64,
    drafts: Vec<Draft>,
    photos: Vec<PhotoDraft>,
    promises: Vec<Promise>,
}

impl Making {
    pub(crate) fn new(tab: String, now: i64) -> Self {
        Self { tab, now, drafts: Vec::new(), photos: Vec::new(), promises: Vec::new() }
    }

    pub(crate) fn deed(self, phone: &Phone, strict: bool) -> Deed {
        let id = WriteId(phone.names);
        let event = Event::Write { id, drafts: self.drafts, photos: self.photos, strict };
        Deed { event, promises: self.promises, id }
    }

    pub(crate) fn add(&mut self, phone: &mut Phone, op: Op, rec: RecordRef, shop: &str, patch: Value) {
        let (id, patch) = (MutationId(phone.name("m")), fields(patch));
        self.promises.push(Promise {
            ids: vec![id.clone()],
            rec: rec.clone(),
            shop: shop.to_owned(),
            patch: patch.clone(),
            tab: self.tab.clone(),
            made: phone.names,
            withdrawn: false,
        });
        self.drafts.push(Draft { id, op, rec, patch });
    }

    fn visit(&mut self, phone: &mut Phone, shop: &str) {
        let rec = RecordRef::new(Kind::Visit, phone.name("v"));
        let patch = json!({
            "shop": shop, "person": phone.person, "planned": true, "template": "distribution/1", "must_sell": [],
            "check_in": {"at": self.now}, "later": {"kept": true},
        });
        self.add(phone, Op::Create, rec, shop, patch);
    }

    fn answer(&mut self, phone: &mut Phone, visit: &str, shop: &str, question: &str, rng: &mut Rng) {
        let rec = RecordRef::new(Kind::Answer, phone.name("a"));
        let value = if rng.chance(50) { "yes" } else { "no" };
        let patch = json!({"visit": visit, "question": question, "value": {"t": value}, "at": self.now});
        self.add(phone, Op::Create, rec, shop, patch);
    }

    fn check_out(&mut self, phone: &mut Phone, visit: &str, shop: &str) {
        let patch = json!({"check_out": {"at": self.now}});
        self.add(phone, Op::Patch, RecordRef::new(Kind::Visit, visit), shop, patch);
    }

    fn photo(&mut self, phone: &mut Phone, visit: &str, shop: &str) {
        let id = phone.name("p");
        let bytes = picture(&id);
        let sha256 = hex(&Sha256::digest(&bytes));
        let patch = json!({
            "visit": visit, "question": "q0", "sha256": sha256, "bytes": bytes.len(), "mime": "image/png",
            "width": 1, "height": 1, "at": self.now,
        });
        let upload = Upload { sha256, mime: "image/png".to_owned(), bytes: bytes.len() as u64, sent: false };
        self.photos.push(PhotoDraft { id: id.clone(), upload, bytes });
        self.add(phone, Op::Create, RecordRef::new(Kind::Photo, id), shop, patch);
    }
}
