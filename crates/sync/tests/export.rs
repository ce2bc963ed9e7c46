//! What a device holds goes into a file and out of it again; and a check notices when it would not.

use aisle_protocol::mutation::{DeviceId, MutationId, Op, hex};
use aisle_protocol::record::{Fields, Kind, RecordRef};
use aisle_protocol::sync::{Bucket, Change, PullResponse, PushResponse, PushResult, PushStatus, RejectCode, What};
use aisle_protocol::work::{Stage, WorkFile};
use aisle_sync::export::{Difference, check, unsent_pictures, work_file};
use aisle_sync::memory::MemoryStore;
use aisle_sync::replica::Upload;
use aisle_sync::{Draft, Effect, Engine, Event, PhotoDraft, Replica, Table, Trigger, WriteBatch, WriteId};
use serde_json::json;
use sha2::{Digest, Sha256};

const PICTURE: &[u8] = b"\xff\xd8\xff a picture";

fn fields(value: &serde_json::Value) -> Fields {
    value.as_object().cloned().expect("an object")
}

/// Performs storage effects at once, and forgets the others.
fn step(engine: &mut Engine, store: &MemoryStore, event: Event) {
    let mut effects = engine.step(event, 1_000);
    while !effects.is_empty() {
        let mut next = Vec::new();
        for effect in effects {
            let event = match effect {
                Effect::Load => Event::Loaded(store.load_now()),
                Effect::Commit(batch) => store.commit_now(batch).map_or_else(Event::CommitFailed, Event::Committed),
                _ => continue,
            };
            next.extend(engine.step(event, 1_000));
        }
        effects = next;
    }
}

/// A phone with a refused mutation, a confirmed one, a pending one of a kind nobody knows yet, and a picture.
fn phone() -> (Engine, MemoryStore) {
    let (mut engine, store) = (Engine::new(DeviceId("d".into()), 1), MemoryStore::default());
    step(&mut engine, &store, Event::Loaded(store.load_now()));
    step(&mut engine, &store, Event::Leads(true));
    let shop = What::Is { rev: 1, v: fields(&json!({"name": "A", "later": [1, {"deep": null}]})) };
    let change = Change { b: Bucket("b".into()), kind: Kind::Shop, id: "s".into(), what: shop };
    let page = PullResponse {
        changes: vec![change],
        purge: vec![],
        next: "c".into(),
        more: false,
        ack: 0,
        now: 0,
        left: None,
    };
    step(&mut engine, &store, Event::Pulled(page));
    let draft = |id: &str, rec: RecordRef, patch| Draft { id: MutationId(id.into()), op: Op::Create, rec, patch };
    let upload = Upload {
        sha256: hex(&Sha256::digest(PICTURE)),
        mime: "image/jpeg".into(),
        bytes: PICTURE.len() as u64,
        sent: false,
    };
    let hologram = RecordRef::new(Kind::Unknown("hologram".into()), "h");
    let drafts = vec![
        draft("m1", RecordRef::new(Kind::Visit, "v"), fields(&json!({"shop": "s"}))),
        draft("m2", RecordRef::new(Kind::Answer, "a"), fields(&json!({"value": {"t": "yes"}}))),
        draft("m3", hologram, fields(&json!({"of a later version": {"kept": [true]}}))),
    ];
    let photos = vec![PhotoDraft { id: "ph".into(), upload, bytes: PICTURE.to_vec() }];
    step(&mut engine, &store, Event::Write { id: WriteId(1), drafts, photos, strict: false });
    step(&mut engine, &store, Event::Trigger(Trigger::Asked));
    let result = |n, st, code| PushResult { n, st, rev: None, code, server: None };
    let results = vec![result(1, PushStatus::Rejected, Some(RejectCode::Forbidden)), result(2, PushStatus::Ok, None)];
    step(&mut engine, &store, Event::Pushed(PushResponse { last: 2, now: 0, results }));
    (engine, store)
}

fn file(replica: &Replica, pictures: Vec<(String, Vec<u8>)>) -> String {
    work_file(replica, "rep-a", 5, pictures, None).write()
}

fn pictures() -> Vec<(String, Vec<u8>)> {
    vec![("ph".into(), PICTURE.to_vec())]
}

#[test]
fn everything_that_is_not_accepted_is_in_the_file() {
    let (engine, _) = phone();
    assert_eq!(unsent_pictures(engine.replica()), ["ph"]);
    let read = WorkFile::read(&file(engine.replica(), pictures())).expect("a file");
    let items: Vec<_> = read.items.iter().map(|i| (i.m.id.0.as_str(), i.st, i.code.clone())).collect();
    assert_eq!(
        items,
        [
            ("m1", Stage::Returned, Some(RejectCode::Forbidden)),
            ("m2", Stage::Received, None),
            ("m3", Stage::Pending, None),
        ]
    );
    assert_eq!(
        read.items[2].m.patch["of a later version"],
        json!({"kept": [true]}),
        "unknown fields and kinds go along"
    );
    assert_eq!(read.pictures.len(), 1);
    let one = work_file(engine.replica(), "rep-a", 5, pictures(), Some(&MutationId("m1".into())));
    assert_eq!((one.items.len(), one.pictures.len()), (1, 0), "a single one goes alone");
}

#[test]
fn the_check_finds_what_would_be_lost() {
    let text = |replica: &Replica| file(replica, pictures());
    let (engine, store) = phone();
    assert_eq!(check(engine.replica(), store.load_now(), &text(engine.replica())), vec![]);
    let empty = Engine::new(DeviceId("d".into()), 1);
    assert_eq!(check(empty.replica(), MemoryStore::default().load_now(), &file(empty.replica(), vec![])), vec![]);

    let without = file(engine.replica(), vec![]);
    assert_eq!(check(engine.replica(), store.load_now(), &without), [Difference::Picture("ph".into())]);
    let changed = file(engine.replica(), vec![("ph".into(), b"rotten".to_vec())]);
    assert!(!check(engine.replica(), store.load_now(), &changed).is_empty());
    let one = work_file(engine.replica(), "rep-a", 5, pictures(), Some(&MutationId("m2".into()))).write();
    let found = check(engine.replica(), store.load_now(), &one);
    assert!(found.contains(&Difference::Mutation(MutationId("m3".into()))), "{found:?}");
    assert!(matches!(check(engine.replica(), store.load_now(), "x")[..], [Difference::File(_)]));

    // The disk behind the engine's back: a pending mutation gone, a copy changed, a row that cannot be read.
    let outbox = store.table(Table::Outbox).last().expect("a row").0.clone();
    type Spoil = fn(&mut WriteBatch, &str);
    let spoil: [(&str, Spoil); 3] = [
        ("gone", |batch, key| batch.delete(Table::Outbox, key)),
        ("copy", |batch, _| batch.put_text(Table::Records, "shop/s", json!({"rev": 1, "b": "b", "v": {}}).to_string())),
        ("unreadable", |batch, key| batch.put_text(Table::Outbox, key, "{".to_owned())),
    ];
    for (name, spoil) in spoil {
        let disk = store.deep_copy();
        let mut batch = disk.batch();
        spoil(&mut batch, &outbox);
        disk.commit_now(batch).expect("spoilt");
        let mut stored = disk.load_now();
        assert_eq!(
            check(engine.replica(), stored.clone(), &text(engine.replica())),
            vec![],
            "{name}: another revision tells nothing"
        );
        stored.revision = engine.replica().revision;
        assert_eq!(check(engine.replica(), stored, &text(engine.replica())).len(), 1, "{name}");
    }
}

#[test]
fn what_a_later_version_wrote_survives_storage() {
    let (engine, store) = phone();
    let again = Replica::read(store.load_now()).expect("readable");
    assert_eq!(again, *engine.replica());
    let shop = again.view(&RecordRef::new(Kind::Shop, "s")).expect("a shop");
    assert_eq!(shop["later"], json!([1, {"deep": null}]));
    let hologram = again.view(&RecordRef::new(Kind::Unknown("hologram".into()), "h")).expect("a hologram");
    assert_eq!(hologram["of a later version"], json!({"kept": [true]}));
}
