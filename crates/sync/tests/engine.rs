//! The engine, driven by hand: each test is a story in events and effects.

use aisle_protocol::mutation::{DeviceId, MutationId, Op};
use aisle_protocol::record::{Fields, Kind, RecordRef};
use aisle_protocol::sync::{Bucket, Change, PullResponse, PushResponse, PushResult, PushStatus, RejectCode, What};
use aisle_sync::memory::MemoryStore;
use aisle_sync::replica::Upload;
use aisle_sync::{Draft, Effect, Engine, Event, Failure, PhotoDraft, RecordState, StoreError, Table, Trigger, WriteId};
use serde_json::json;

/// One tab: an engine over a store, with storage effects performed at once and the others kept for the test to answer.
struct Tab {
    engine: Engine,
    store: MemoryStore,
    now: i64,
    /// Network effects and answers to writers, oldest first.
    seen: Vec<Effect>,
}

impl Tab {
    fn open(store: &MemoryStore, name: &str) -> Self {
        let engine = Engine::new(DeviceId(name.to_owned()), 1);
        let mut tab = Self { engine, store: store.clone(), now: 1_000_000, seen: Vec::new() };
        tab.perform(vec![Effect::Load]);
        tab.event(Event::Leads(true));
        tab
    }

    /// One that has read the feed to its end and then written so many visits, `v1` first.
    fn with_visits(store: &MemoryStore, count: u64) -> Self {
        let mut tab = Self::open(store, "d");
        tab.event(page(vec![], "c1", false, 0));
        for id in 1..=count {
            tab.write(id, &format!("visit/v{id}"), json!({"shop": "s"}));
        }
        tab
    }

    fn event(&mut self, event: Event) {
        let effects = self.engine.step(event, self.now);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Load => self.event(Event::Loaded(self.store.load_now())),
                Effect::Commit(batch) => match self.store.commit_now(batch) {
                    Ok(revision) => self.event(Event::Committed(revision)),
                    Err(error) => self.event(Event::CommitFailed(error)),
                },
                // These stories have no snapshot; `snapshots.rs` has others.
                Effect::Manifest => self.event(Event::NoSnapshot),
                Effect::Changed(_) | Effect::Announce | Effect::StatusChanged | Effect::WakeAt(_) => {}
                other => self.seen.push(other),
            }
        }
    }

    fn write(&mut self, id: u64, rec: &str, patch: serde_json::Value) {
        let draft = Draft {
            id: MutationId(format!("m{id}-{rec}")),
            op: Op::Create,
            rec: rec.parse().expect("a record"),
            patch: fields(patch),
        };
        self.event(Event::Write { id: WriteId(id), drafts: vec![draft], photos: vec![], strict: false });
    }

    /// The push under way.
    fn push(&mut self) -> Vec<u64> {
        match self.seen.pop() {
            Some(Effect::Push(request)) => request.muts.iter().map(|m| m.n).collect(),
            other => panic!("a push, not {other:?}"),
        }
    }

    fn expect_pull(&mut self) -> Option<String> {
        match self.seen.pop() {
            Some(Effect::Pull { cursor, .. }) => cursor,
            other => panic!("a pull, not {other:?}"),
        }
    }

    fn state(&self, rec: &str) -> RecordState {
        self.engine.record_state(&rec.parse().expect("a record"))
    }

    fn view(&self, rec: &str) -> Option<serde_json::Value> {
        self.engine.replica().view(&rec.parse().expect("a record")).map(serde_json::Value::Object)
    }
}

#[allow(clippy::needless_pass_by_value)] // called with `json!` only
fn fields(value: serde_json::Value) -> Fields {
    value.as_object().cloned().expect("an object")
}

fn is(bucket: &str, rec: &str, rev: u64, v: serde_json::Value) -> Change {
    let rec: RecordRef = rec.parse().expect("a record");
    Change { b: Bucket(bucket.to_owned()), kind: rec.kind, id: rec.id, what: What::Is { rev, v: fields(v) } }
}

fn page(changes: Vec<Change>, next: &str, more: bool, ack: u64) -> Event {
    Event::Pulled(PullResponse { changes, purge: vec![], next: next.to_owned(), more, ack, now: 1_000_500, left: None })
}

fn pushed(results: &[(u64, PushStatus)]) -> Event {
    let results = results.iter().map(|(n, st)| PushResult {
        n: *n,
        st: *st,
        rev: None,
        code: (*st == PushStatus::Rejected).then_some(RejectCode::Forbidden),
        server: None,
    });
    Event::Pushed(PushResponse { last: 9, now: 1_000_500, results: results.collect() })
}

#[test]
fn a_record_goes_from_the_phone_to_accepted() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, "d");
    assert_eq!(tab.expect_pull(), None, "the first thing is to read the feed");
    tab.event(page(vec![], "c1", false, 0));
    tab.write(1, "visit/v", json!({"shop": "s"}));
    assert_eq!(tab.push(), [1]);
    assert_eq!(tab.seen.pop(), Some(Effect::Wrote(WriteId(1), Ok(()))), "saved is said when it is durable");
    assert_eq!(tab.state("visit/v"), RecordState::Sending);
    tab.event(pushed(&[(1, PushStatus::Ok)]));
    assert_eq!(tab.state("visit/v"), RecordState::Received);
    assert_eq!(tab.expect_pull(), Some("c1".to_owned()));
    tab.event(page(vec![is("b", "visit/v", 5, json!({"shop": "s"}))], "c2", false, 1));
    assert_eq!(tab.state("visit/v"), RecordState::Accepted);
    assert!(!tab.engine.replica().has_unsent());
}

#[test]
fn the_overlay_stays_until_the_end_of_the_feed_acknowledges_it() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, "d");
    tab.event(page(vec![is("b", "shop/s", 1, json!({"name": "old"}))], "c1", false, 0));
    tab.seen.clear();
    tab.write(1, "shop/s", json!({"name": "mine"}));
    tab.event(pushed(&[(1, PushStatus::Ok)]));
    // A page in the middle of the feed still shows the old name and must not uncover it.
    tab.event(page(vec![is("b", "shop/s", 2, json!({"name": "older"}))], "c2", true, 1));
    assert_eq!(tab.view("shop/s"), Some(json!({"name": "mine"})));
    tab.event(page(vec![is("b", "shop/s", 3, json!({"name": "mine"}))], "c3", false, 1));
    assert_eq!(tab.view("shop/s"), Some(json!({"name": "mine"})));
    assert_eq!(tab.engine.replica().pending().count(), 0);
}

#[test]
fn nothing_is_called_saved_that_was_not_written() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, "d");
    tab.seen.clear();
    store.fail_next(StoreError::Quota);
    tab.write(1, "answer/a", json!({"v": 1}));
    assert!(tab.seen.contains(&Effect::Wrote(WriteId(1), Err(StoreError::Quota))));
    assert_eq!(tab.view("answer/a"), None);
    assert_eq!(tab.engine.status().trouble, Some(StoreError::Quota));
    tab.write(2, "answer/a", json!({"v": 1}));
    assert!(tab.seen.contains(&Effect::Wrote(WriteId(2), Ok(()))));
    assert_eq!(tab.engine.status().trouble, None);
}

#[test]
fn two_tabs_write_one_outbox_without_a_gap() {
    let store = MemoryStore::default();
    let (mut one, mut other) = (Tab::open(&store, "d1"), Tab::open(&store, "d2"));
    one.write(1, "answer/a", json!({"v": 1}));
    other.write(1, "answer/b", json!({"v": 2})); // has not heard of the first
    one.write(2, "answer/c", json!({"v": 3}));
    one.event(Event::OtherTabWrote);
    let outbox: Vec<(u64, String)> = one.engine.replica().pending().map(|p| (p.m.n, p.m.rec.to_string())).collect();
    assert_eq!(outbox, [(1, "answer/a".to_owned()), (2, "answer/b".to_owned()), (3, "answer/c".to_owned())]);
    let device = one.engine.replica().meta.device.clone();
    assert_eq!(device, DeviceId("d1".to_owned()), "the first to write names the device");
    other.event(Event::OtherTabWrote);
    assert_eq!(other.engine.replica().meta.device, device);
    let chain: Vec<_> = one.engine.replica().pending().map(|p| p.m.clone()).collect();
    assert!(chain.windows(2).all(|w| w[1].prev == w[0].hash && w[1].is_intact()));
}

#[test]
fn one_refused_record_does_not_block_the_next() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, "d");
    tab.event(page(vec![], "c1", false, 0));
    tab.write(1, "visit/bad", json!({"shop": "x"}));
    tab.write(2, "visit/good", json!({"shop": "s"}));
    tab.seen.clear();
    tab.event(pushed(&[(1, PushStatus::Rejected)]));
    assert_eq!(tab.push(), [2]);
    assert_eq!(tab.state("visit/bad"), RecordState::Returned);
    assert_eq!(tab.view("visit/bad"), Some(json!({"shop": "x"})), "refused work stays visible");
    tab.event(pushed(&[(2, PushStatus::Ok)]));
    tab.event(page(vec![is("b", "visit/good", 2, json!({"shop": "s"}))], "c2", false, 2));
    assert_eq!(tab.state("visit/good"), RecordState::Accepted);

    tab.seen.clear();
    tab.event(Event::Retry(MutationId("m1-visit/bad".into()), MutationId("again".into())));
    assert_eq!(tab.push(), [3], "a retry is a new mutation at the end of the queue");
    tab.event(pushed(&[(3, PushStatus::Rejected)]));
    tab.event(Event::Withdraw(MutationId("again".into())));
    assert_eq!(tab.view("visit/bad"), None);
}

/// Seed 781 of the simulation: an older refused change tried again was shown over a newer one of the same field.
#[test]
fn what_is_tried_again_does_not_cover_what_was_written_since() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, "d");
    tab.event(page(vec![], "c1", false, 0));
    tab.write(1, "visit/v", json!({"out": 1, "note": "a"}));
    tab.write(2, "visit/v", json!({"out": 2}));
    let older = tab.engine.replica().pending().next().unwrap().m.id.clone();
    for n in [1, 2] {
        tab.event(pushed(&[(n, PushStatus::Rejected)]));
    }
    assert_eq!(tab.engine.replica().pending().count(), 0);
    assert_eq!(tab.view("visit/v"), Some(json!({"out": 2, "note": "a"})));
    tab.event(Event::Retry(older, MutationId("again".into())));
    assert_eq!(tab.view("visit/v"), Some(json!({"out": 2, "note": "a"})), "the newer value stays in sight");
    let sent = tab.engine.replica().pending().next().unwrap().m.patch.clone();
    assert_eq!(json!(sent), json!({"out": 2, "note": "a"}), "and is what is sent");
    tab.event(pushed(&[(3, PushStatus::Ok)]));
    tab.event(page(vec![is("b", "visit/v", 2, json!({"out": 2, "note": "a"}))], "c2", false, 3));
    assert_eq!(tab.view("visit/v"), Some(json!({"out": 2, "note": "a"})));
}

#[test]
fn a_lost_answer_is_asked_for_again() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, "d");
    tab.event(page(vec![], "c1", false, 0));
    tab.write(1, "visit/v", json!({"shop": "s"}));
    tab.event(Event::Failed(Failure::Unreachable));
    assert_eq!(tab.state("visit/v"), RecordState::OnPhone);
    tab.seen.clear();
    // The push had arrived. The feed says so, but what became of it is known only from its own answer.
    tab.event(Event::Trigger(Trigger::Online));
    assert_eq!(tab.push(), [1]);
    tab.event(pushed(&[(1, PushStatus::Dup)]));
    tab.event(page(vec![is("b", "visit/v", 5, json!({"shop": "s"}))], "c2", false, 1));
    assert_eq!(tab.state("visit/v"), RecordState::Accepted);
}

#[test]
fn waits_after_failures_and_never_while_signed_out() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, "d");
    tab.seen.clear();
    tab.event(Event::Failed(Failure::Broken));
    tab.write(1, "visit/v", json!({"shop": "s"}));
    assert!(!tab.seen.iter().any(|e| matches!(e, Effect::Push(_))), "it waits");
    tab.now += 10_000;
    tab.event(Event::Trigger(Trigger::Timer));
    assert_eq!(tab.push(), [1]);
    tab.event(Event::Failed(Failure::SignedOut));
    tab.seen.clear();
    tab.now += 10_000_000;
    tab.event(Event::Trigger(Trigger::Timer));
    tab.event(Event::Trigger(Trigger::Online));
    assert_eq!(tab.seen, [], "no session, no request");
    assert_eq!(tab.view("visit/v"), Some(json!({"shop": "s"})));
    tab.event(Event::Trigger(Trigger::Start));
    assert_eq!(tab.push(), [1], "after signing in the outbox goes on");
}

#[test]
fn a_crash_between_any_two_steps_loses_nothing() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, "d");
    tab.event(page(vec![is("b", "shop/s", 1, json!({"name": "S"}))], "c1", false, 0));
    tab.write(1, "visit/v", json!({"shop": "s"}));
    drop(tab);
    let mut tab = Tab::open(&store.deep_copy(), "another");
    assert_eq!(tab.engine.replica().meta.device, DeviceId("d".to_owned()));
    assert_eq!(tab.push(), [1]);
    assert_eq!(tab.view("shop/s"), Some(json!({"name": "S"})));
}

#[test]
fn leaving_one_bucket_is_not_leaving_the_scope() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, "d");
    tab.event(page(vec![is("t:1", "shop/s", 1, json!({"name": "S"}))], "c1", false, 0));
    let gone = |bucket: &str| Change {
        b: Bucket(bucket.to_owned()),
        kind: Kind::Shop,
        id: "s".to_owned(),
        what: What::Gone { gone: true },
    };
    tab.event(Event::Trigger(Trigger::Asked));
    tab.event(page(vec![is("t:2", "shop/s", 2, json!({"name": "S"})), gone("t:1")], "c2", false, 0));
    assert!(tab.view("shop/s").is_some(), "it came through another bucket");
    tab.event(Event::Trigger(Trigger::Asked));
    tab.event(page(vec![gone("t:2")], "c3", false, 0));
    assert_eq!(tab.view("shop/s"), None);
}

#[test]
fn a_reset_keeps_the_outbox_and_drops_what_is_no_longer_there() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, "d");
    let both = vec![is("b", "shop/a", 1, json!({"name": "A"})), is("b", "shop/b", 2, json!({"name": "B"}))];
    tab.event(page(both, "c1", false, 0));
    tab.write(1, "visit/v", json!({"shop": "a"}));
    tab.event(pushed(&[(1, PushStatus::Ok)]));
    tab.seen.clear();
    tab.event(Event::PullReset);
    assert_eq!(tab.expect_pull(), None, "from the start");
    assert!(tab.view("shop/b").is_some(), "shown until the new feed has been read through");
    tab.event(page(vec![is("b", "shop/a", 9, json!({"name": "A2"}))], "d1", true, 0));
    assert!(tab.view("shop/b").is_some());
    tab.event(page(vec![], "d2", false, 0));
    assert_eq!((tab.view("shop/a"), tab.view("shop/b")), (Some(json!({"name": "A2"})), None));
    assert_eq!(tab.view("visit/v"), Some(json!({"shop": "a"})));
}

#[test]
fn a_forked_device_starts_over_with_everything_pending() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, "d");
    tab.event(page(vec![], "c1", false, 0));
    tab.write(1, "visit/v", json!({"shop": "s"}));
    tab.write(2, "answer/a", json!({"v": 1}));
    tab.seen.clear();
    tab.event(Event::Forked(DeviceId("fresh".to_owned())));
    match tab.seen.pop() {
        Some(Effect::Push(request)) => {
            assert_eq!(request.device, DeviceId("fresh".to_owned()));
            let ids: Vec<_> = request.muts.iter().map(|m| (m.n, m.id.0.as_str(), m.is_intact())).collect();
            assert_eq!(ids, [(1, "m1-visit/v", true), (2, "m2-answer/a", true)]);
        }
        other => panic!("a push, not {other:?}"),
    }
}

#[test]
fn a_write_whose_commit_was_durable_though_its_answer_was_lost_is_made_once() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, "d");
    tab.event(page(vec![], "c1", false, 0));
    let draft = Draft {
        id: MutationId("m".into()),
        op: Op::Create,
        rec: "visit/v".parse().expect("a record"),
        patch: fields(json!({"shop": "s"})),
    };
    let write = Event::Write { id: WriteId(1), drafts: vec![draft], photos: vec![], strict: false };
    let effects = tab.engine.step(write, tab.now);
    for effect in effects {
        if let Effect::Commit(batch) = effect {
            store.commit_now(batch).expect("written");
            tab.event(Event::CommitFailed(StoreError::Lost));
        }
    }
    assert!(tab.seen.contains(&Effect::Wrote(WriteId(1), Ok(()))));
    assert_eq!(tab.engine.replica().pending().map(|p| p.m.n).collect::<Vec<_>>(), [1]);
}

#[test]
fn an_answer_is_believed_only_of_the_device_it_was_given_to() {
    let store = MemoryStore::default();
    let (mut one, mut other) = (Tab::open(&store, "d1"), Tab::open(&store, "d2"));
    one.event(page(vec![], "c1", false, 0));
    other.event(Event::Failed(Failure::Unreachable));
    one.write(1, "visit/v", json!({"shop": "s"}));
    other.event(Event::OtherTabWrote);
    other.event(Event::Trigger(Trigger::Asked));
    assert_eq!((one.seen.iter().any(|e| matches!(e, Effect::Push(_))), other.push()), (true, vec![1]));
    // Two tabs push the same. To one the endpoint says that the device is forked; it starts over.
    one.event(Event::Forked(DeviceId("fresh".to_owned())));
    other.event(pushed(&[(1, PushStatus::Ok)]));
    let waiting: Vec<_> = other.engine.replica().unreceived().map(|p| p.m.n).collect();
    assert_eq!(waiting, [1], "the answer was for another device's first mutation");
}

#[test]
fn an_answer_is_one_note_however_many_mutations_it_is_about() {
    let store = MemoryStore::default();
    let mut tab = Tab::with_visits(&store, 3);
    tab.event(pushed(&[(1, PushStatus::Ok)]));
    let effects = tab.engine.step(pushed(&[(2, PushStatus::Ok), (3, PushStatus::Conflict)]), tab.now);
    let committed =
        effects.iter().find_map(|effect| if let Effect::Commit(batch) = effect { Some(batch) } else { None });
    let written: Vec<_> = committed.expect("it becomes durable").puts.iter().map(|put| put.table).collect();
    assert_eq!(written, [Table::Meta]);
    tab.perform(effects);
    let changed = |engine: &Engine| engine.replica().pending().filter(|p| engine.replica().is_received(p)).count();
    assert_eq!(changed(&tab.engine), 3);
    assert_eq!(changed(&Tab::open(&store, "d").engine), 3, "the disk says so too");
}

#[test]
fn what_an_answer_leaves_out_is_sent_again() {
    let store = MemoryStore::default();
    let mut tab = Tab::with_visits(&store, 4);
    tab.event(pushed(&[(1, PushStatus::Ok)]));
    assert_eq!(tab.push(), [2, 3, 4]);
    tab.event(pushed(&[(2, PushStatus::Rejected), (4, PushStatus::Rejected)]));
    assert_eq!(tab.push(), [3, 4], "a refusal that nobody has seen is not passed over");
    assert_eq!((tab.state("visit/v2"), tab.state("visit/v4")), (RecordState::Returned, RecordState::Sending));
    tab.event(pushed(&[(3, PushStatus::Dup), (4, PushStatus::Rejected)]));
    assert_eq!((tab.state("visit/v3"), tab.state("visit/v4")), (RecordState::Received, RecordState::Returned));
}

#[test]
fn what_an_earlier_release_knew_to_be_received_stays_so() {
    let store = MemoryStore::default();
    let tab = Tab::with_visits(&store, 2);
    let mut batch = store.batch();
    for pending in tab.engine.replica().pending() {
        // The endpoint's word stood with each mutation.
        let row = json!({"m": pending.m, "result": if pending.m.n == 1 { Some("ok") } else { None }});
        batch.put_text(Table::Outbox, format!("{:016}", pending.m.n), row.to_string());
    }
    store.commit_now(batch).expect("written");
    let mut tab = Tab::open(&store, "d");
    assert_eq!(tab.push(), [2]);
    tab.event(pushed(&[(2, PushStatus::Ok)]));
    assert_eq!(tab.expect_pull(), Some("c1".to_owned()));
    tab.event(page(vec![], "c2", false, 2));
    assert!(!tab.engine.replica().has_unsent());
}

#[test]
fn a_page_is_applied_only_where_the_feed_still_stands() {
    let store = MemoryStore::default();
    let (mut one, mut other) = (Tab::open(&store, "d1"), Tab::open(&store, "d2"));
    one.event(page(vec![is("b", "shop/s", 1, json!({"name": "old"}))], "c1", false, 0));
    other.event(Event::OtherTabWrote);
    other.event(Event::Failed(Failure::Unreachable));
    // Both ask for what follows c1. One goes on to c3 before the other has its page.
    other.event(Event::Trigger(Trigger::Asked));
    assert_eq!(other.expect_pull(), Some("c1".to_owned()));
    one.event(Event::Trigger(Trigger::Asked));
    one.event(page(vec![is("b", "shop/s", 3, json!({"name": "new"}))], "c3", false, 0));
    other.event(page(vec![is("b", "shop/s", 2, json!({"name": "middle"}))], "c2", false, 0));
    assert_eq!(other.view("shop/s"), Some(json!({"name": "new"})));
    assert_eq!(other.expect_pull(), Some("c3".to_owned()), "it asks again from where the feed stands");
}

#[test]
fn a_clock_set_back_does_not_stop_the_timer() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, "d");
    tab.event(Event::Failed(Failure::Broken));
    tab.seen.clear();
    tab.now -= 365 * 24 * 60 * 60 * 1000;
    tab.event(Event::Trigger(Trigger::Timer));
    assert_eq!(tab.expect_pull(), None);
}

#[test]
fn after_a_reset_a_copy_of_a_lost_bucket_goes_though_another_bucket_says_so_too() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, "d");
    tab.event(page(vec![is("a:1", "shop/s", 1, json!({"name": "S"}))], "c1", false, 0));
    tab.event(Event::Trigger(Trigger::Asked));
    tab.event(Event::PullReset);
    let gone =
        Change { b: Bucket("t:1".to_owned()), kind: Kind::Shop, id: "s".to_owned(), what: What::Gone { gone: true } };
    tab.event(page(vec![gone], "d1", false, 0));
    assert_eq!(tab.view("shop/s"), None);
}

#[test]
fn a_refused_change_keeps_its_place_over_what_was_written_before_it() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, "d");
    tab.event(page(vec![], "c1", false, 0));
    for (id, value) in [(1, "first"), (2, "second"), (3, "third")] {
        tab.write(id, "visit/v", json!({"note": value}));
    }
    tab.event(pushed(&[(1, PushStatus::Ok)]));
    tab.event(pushed(&[(2, PushStatus::Rejected)]));
    assert_eq!(tab.view("visit/v"), Some(json!({"note": "third"})));
    tab.event(pushed(&[(3, PushStatus::Rejected)]));
    tab.event(Event::Withdraw(MutationId("m3-visit/v".into())));
    assert_eq!(tab.view("visit/v"), Some(json!({"note": "second"})), "refused, and newer than what was accepted");
    tab.event(page(vec![is("b", "visit/v", 4, json!({"note": "first"}))], "c2", false, 3));
    assert_eq!(tab.view("visit/v"), Some(json!({"note": "second"})));
}

#[test]
fn memory_is_what_the_disk_holds_also_after_an_answer() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, "d");
    tab.event(page(vec![], "c1", false, 0));
    tab.write(1, "visit/v", json!({"shop": "s"}));
    tab.now += 77;
    tab.event(pushed(&[(1, PushStatus::Ok)]));
    assert_eq!(tab.engine.status().clock_offset_ms, 423);
    assert_eq!(*tab.engine.replica(), aisle_sync::Replica::read(store.load_now()).expect("readable"));
}

#[test]
fn storage_that_cannot_be_read_keeps_nobody_waiting() {
    let store = MemoryStore::default();
    let mut engine = Engine::new(DeviceId("d".to_owned()), 1);
    let write = |id: u64| Event::Write { id: WriteId(id), drafts: vec![], photos: vec![], strict: false };
    assert!(!engine.step(write(1), 0).iter().any(|e| matches!(e, Effect::Wrote(..))), "it is still being read");
    let effects = engine.step(Event::LoadFailed(StoreError::Lost), 0);
    assert!(effects.contains(&Effect::Wrote(WriteId(1), Err(StoreError::Lost))), "who wrote before learns it");
    assert!(effects.contains(&Effect::Halt(StoreError::Lost)));
    assert!(engine.step(write(2), 0).contains(&Effect::Wrote(WriteId(2), Err(StoreError::Lost))), "and who writes now");
    assert!(engine.step(Event::Trigger(Trigger::Timer), 1_000).contains(&Effect::Load), "it is read again");
    engine.step(Event::Loaded(store.load_now()), 1_000);
    assert!(engine.step(write(3), 1_000).iter().any(|e| matches!(e, Effect::Commit(_))), "and works again");
}

#[test]
fn storage_that_was_emptied_under_the_page_is_said_and_memory_kept() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, "d");
    tab.event(page(vec![], "c1", false, 0));
    tab.write(1, "visit/v", json!({"shop": "s"}));
    let emptied = MemoryStore::default().load_now();
    tab.seen.clear();
    tab.event(Event::OtherTabWrote);
    tab.event(Event::Loaded(emptied));
    assert!(tab.seen.iter().any(|e| matches!(e, Effect::Halt(StoreError::Corrupt { .. }))), "{:?}", tab.seen);
    assert_eq!(tab.engine.replica().pending().count(), 1, "still there to be exported");
}

#[test]
fn an_old_tab_that_holds_storage_is_waited_for() {
    let mut engine = Engine::new(DeviceId("d".to_owned()), 1);
    let effects = engine.step(Event::LoadFailed(StoreError::Blocked), 0);
    assert!(effects.contains(&Effect::Halt(StoreError::Blocked)), "said");
    assert!(effects.contains(&Effect::WakeAt(1_000)), "and looked at again by itself");
}

/// Found by the simulation: the wait was over, but only by the clock of that moment.
#[test]
fn a_clock_set_back_between_the_timer_and_the_end_of_a_commit_stops_nothing() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, "d");
    tab.event(Event::Failed(Failure::Broken));
    let draft = Draft {
        id: MutationId("m".into()),
        op: Op::Create,
        rec: "visit/v".parse().expect("a record"),
        patch: fields(json!({"shop": "s"})),
    };
    let write = Event::Write { id: WriteId(1), drafts: vec![draft], photos: vec![], strict: false };
    let effects = tab.engine.step(write, tab.now);
    tab.now += 10_000;
    tab.event(Event::Trigger(Trigger::Timer)); // the batch is still being written
    tab.now -= 365 * 24 * 60 * 60 * 1000;
    tab.perform(effects);
    assert_eq!(tab.push(), [1]);
}

#[test]
fn only_pictures_that_the_endpoint_has_are_freed() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, "d");
    tab.event(page(vec![], "c1", false, 0));
    let photo = |id: &str| PhotoDraft {
        id: id.to_owned(),
        upload: Upload { sha256: "x".to_owned(), mime: "image/jpeg".to_owned(), bytes: 3, sent: false },
        bytes: vec![1, 2, 3],
    };
    for (n, id) in [(1, "sent"), (2, "waits")] {
        let rec: RecordRef = format!("photo/{id}").parse().expect("a record");
        let draft =
            Draft { id: MutationId(format!("m{n}")), op: Op::Create, rec, patch: fields(json!({"visit": "v"})) };
        tab.event(Event::Write { id: WriteId(n), drafts: vec![draft], photos: vec![photo(id)], strict: false });
    }
    tab.event(pushed(&[(1, PushStatus::Ok)]));
    tab.event(pushed(&[(2, PushStatus::Ok)]));
    tab.event(Event::Uploaded("sent".to_owned()));
    tab.event(Event::FreePhotos);
    let kept = |store: &MemoryStore| store.table(Table::Photos).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    assert_eq!(kept(&store), ["sent", "waits"], "its record has not come back yet");
    tab.event(page(vec![is("b", "photo/sent", 1, json!({})), is("b", "photo/waits", 2, json!({}))], "c2", false, 2));
    assert_eq!(tab.engine.replica().freeable().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["sent"]);
    tab.event(Event::FreePhotos);
    assert_eq!(kept(&store), ["waits"]);
    assert_eq!(*tab.engine.replica(), aisle_sync::Replica::read(store.load_now()).expect("readable"));
}
