//! First downloads by snapshot, and devices that have nothing but published snapshots.

use aisle_protocol::mutation::{DeviceId, MutationId, Op};
use aisle_protocol::record::RecordRef;
use aisle_protocol::snapshot::{Manifest, SegmentRef, digest};
use aisle_protocol::sync::{Bucket, PullResponse, PushResponse, PushResult, PushStatus};
use aisle_sync::memory::MemoryStore;
use aisle_sync::{Draft, Effect, Engine, Event, Failure, Reach, RecordState, Replica, Trigger, WriteId};
use serde_json::json;

/// One tab whose storage effects are performed at once; what it asks of the network is kept, the newest last.
struct Tab {
    engine: Engine,
    store: MemoryStore,
    now: i64,
    asked: Vec<Effect>,
}

impl Tab {
    fn open(store: &MemoryStore, published: bool) -> Self {
        let engine = Engine::new(DeviceId("d".to_owned()), 1);
        let engine = if published { engine.without_endpoint() } else { engine };
        let mut tab = Self { engine, store: store.clone(), now: 1_000_000, asked: Vec::new() };
        tab.perform(vec![Effect::Load]);
        tab.event(Event::Leads(true));
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
                Effect::Manifest
                | Effect::Segment(_)
                | Effect::Pull { .. }
                | Effect::Push(_)
                | Effect::Upload { .. } => {
                    self.asked.push(effect);
                }
                _ => {}
            }
        }
    }

    /// What the tab asks for now.
    fn asks(&mut self) -> Effect {
        self.asked.pop().expect("a request")
    }

    fn asks_segment(&mut self) -> String {
        match self.asks() {
            Effect::Segment(digest) => digest,
            other => panic!("a segment, not {other:?}"),
        }
    }

    fn asks_pull(&mut self) -> Option<String> {
        match self.asks() {
            Effect::Pull { cursor, .. } => cursor,
            other => panic!("a pull, not {other:?}"),
        }
    }

    fn shops(&self) -> Vec<String> {
        self.engine.replica().ids(&aisle_protocol::Kind::Shop)
    }

    fn write(&mut self) {
        let draft = Draft {
            id: MutationId("m1".to_owned()),
            op: Op::Create,
            rec: RecordRef::new(aisle_protocol::Kind::Visit, "v"),
            patch: json!({"shop": "a"}).as_object().cloned().expect("an object"),
        };
        self.event(Event::Write { id: WriteId(1), drafts: vec![draft], photos: vec![], strict: false });
    }
}

/// A segment of these shops: its text.
fn segment(rev: u64, shops: &[&str]) -> String {
    let changes = shops.iter().map(|id| json!({"b": "p", "kind": "shop", "id": id, "rev": rev, "v": {"name": id}}));
    json!({"changes": changes.collect::<Vec<_>>()}).to_string()
}

fn manifest(id: &str, segments: &[&String]) -> Manifest {
    let of = |text: &&String| SegmentRef {
        b: Bucket("p".to_owned()),
        rev: 1,
        records: 1,
        bytes: text.len() as u64,
        sha256: digest(text.as_bytes()),
    };
    let segments = segments.iter().map(of).collect();
    Manifest { proto: 1, id: id.to_owned(), rev: 9, cursor: format!("behind-{id}"), segments, now: 5 }
}

fn here(text: &str) -> Event {
    Event::Segment(digest(text.as_bytes()), text.to_owned())
}

fn last_page() -> Event {
    let (changes, purge) = (vec![], vec![]);
    Event::Pulled(PullResponse { changes, purge, next: "c9".into(), more: false, ack: 0, now: 5, left: None })
}

#[test]
fn the_first_download_reads_the_snapshot_and_then_the_feed_behind_it() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, false);
    let (one, two) = (segment(1, &["a"]), segment(2, &["b", "c"]));
    assert_eq!(tab.asks(), Effect::Manifest);
    tab.event(Event::Manifest(manifest("m", &[&one, &two])));
    assert_eq!(tab.engine.status().left, Some(2));
    assert_eq!(tab.asks_segment(), digest(one.as_bytes()));
    tab.event(here(&one));
    assert_eq!((tab.shops(), tab.engine.status().left), (vec!["a".to_owned()], Some(1)));
    assert_eq!(tab.engine.replica().meta.cursor, None, "the cursor comes with the last segment");
    assert_eq!(tab.asks_segment(), digest(two.as_bytes()));
    tab.event(here(&two));
    assert_eq!(tab.asks_pull(), Some("behind-m".to_owned()));
    assert!(!tab.engine.status().complete, "only the end of the feed completes the first download");
    tab.event(last_page());
    assert!(tab.engine.status().complete);
    assert_eq!(tab.shops(), ["a", "b", "c"]);
}

#[test]
fn a_killed_browser_goes_on_with_the_segments_that_are_missing() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, false);
    let (one, two) = (segment(1, &["a"]), segment(2, &["b"]));
    tab.event(Event::Manifest(manifest("m", &[&one, &two])));
    tab.event(here(&one));
    drop(tab);
    let mut tab = Tab::open(&store, false);
    assert_eq!(tab.asks_segment(), digest(two.as_bytes()));
    tab.event(here(&two));
    assert_eq!(tab.asks_pull(), Some("behind-m".to_owned()));
    assert_eq!(tab.shops(), ["a", "b"]);
}

#[test]
fn a_lost_connection_is_waited_for_and_no_reason_to_start_over() {
    let mut tab = Tab::open(&MemoryStore::default(), false);
    let one = segment(1, &["a"]);
    tab.event(Event::Manifest(manifest("m", &[&one])));
    tab.event(Event::Failed(Failure::Unreachable));
    tab.event(Event::Trigger(Trigger::Online));
    assert_eq!(tab.asks_segment(), digest(one.as_bytes()));
}

/// Everything that makes a snapshot unreadable ends in the plain feed, and what it had brought does not outlive it.
#[test]
fn a_snapshot_that_cannot_be_read_is_turned_away_from() {
    let (one, two) = (segment(1, &["left-since"]), segment(2, &["b"]));
    let named = |text: &str| Event::Segment(digest(two.as_bytes()), text.to_owned());
    let cases: [(&str, Event); 4] = [
        ("another content than its digest", named(&segment(2, &["forged"]))),
        ("cut off", named(&two[..two.len() / 2])),
        ("a page of a captive portal", named("<!doctype html>")),
        ("not there any more", Event::SegmentMissing),
    ];
    for (why, event) in cases {
        let store = MemoryStore::default();
        let mut tab = Tab::open(&store, false);
        tab.event(Event::Manifest(manifest("m", &[&one, &two])));
        tab.event(here(&one));
        tab.event(event);
        assert_eq!(tab.asks_pull(), None, "{why}: the feed from its start");
        assert_eq!(tab.shops(), ["left-since"], "{why}");
        tab.event(last_page());
        assert_eq!(tab.shops(), Vec::<String>::new(), "{why}: the feed did not bring it");
        assert!(tab.engine.status().complete);
    }
}

#[test]
fn what_is_intact_but_no_segment_is_turned_away_from_too() {
    let mut tab = Tab::open(&MemoryStore::default(), false);
    let garbage = "{\"changes\": 7}".to_owned();
    tab.event(Event::Manifest(manifest("m", &[&garbage])));
    tab.event(here(&garbage));
    assert_eq!(tab.asks_pull(), None);
}

#[test]
fn without_a_snapshot_the_feed_is_read_from_its_start() {
    let mut tab = Tab::open(&MemoryStore::default(), false);
    tab.event(Event::NoSnapshot);
    assert_eq!(tab.asks_pull(), None);
}

#[test]
fn an_empty_snapshot_is_only_a_cursor() {
    let mut tab = Tab::open(&MemoryStore::default(), false);
    tab.event(Event::Manifest(manifest("m", &[])));
    assert_eq!(tab.asks_pull(), Some("behind-m".to_owned()));
}

#[test]
fn a_fresh_start_reads_the_snapshot_again_and_keeps_the_outbox() {
    let mut tab = Tab::open(&MemoryStore::default(), false);
    tab.event(Event::NoSnapshot);
    tab.event(last_page());
    tab.write();
    assert!(matches!(tab.asks(), Effect::Push(_)));
    let result = PushResult { n: 1, st: PushStatus::Ok, rev: Some(3), code: None, server: None };
    tab.event(Event::Pushed(PushResponse { last: 1, now: 5, results: vec![result] }));
    assert_eq!(tab.asks_pull(), Some("c9".to_owned()));
    tab.event(Event::PullReset);
    assert_eq!(tab.asks(), Effect::Manifest);
    assert_eq!(tab.engine.replica().pending().count(), 1);
}

#[test]
fn two_tabs_read_one_snapshot_together() {
    let store = MemoryStore::default();
    let (mut one_tab, mut other) = (Tab::open(&store, false), Tab::open(&store, false));
    let (one, two) = (segment(1, &["a"]), segment(2, &["b"]));
    one_tab.event(Event::Manifest(manifest("m", &[&one, &two])));
    one_tab.event(here(&one));
    // The other had asked for the list, too: it finds that the reading has begun.
    other.event(Event::Manifest(manifest("later", &[&two])));
    assert_eq!(other.asks_segment(), digest(two.as_bytes()));
    other.event(here(&two));
    // The first asks for the same segment, which is not missing any more.
    one_tab.event(here(&two));
    assert_eq!(one_tab.asks_pull(), Some("behind-m".to_owned()));
    assert_eq!(*one_tab.engine.replica(), Replica::read(store.load_now()).expect("readable"));
}

/// Found by the simulation: the page would have made the rest of the snapshot a gap.
#[test]
fn a_page_from_the_start_is_not_applied_over_a_snapshot_that_another_tab_has_begun() {
    let store = MemoryStore::default();
    let (mut plain, mut other) = (Tab::open(&store, false), Tab::open(&store, false));
    plain.event(Event::NoSnapshot);
    assert_eq!(plain.asks_pull(), None);
    let (one, two) = (segment(1, &["a"]), segment(2, &["b"]));
    other.event(Event::Manifest(manifest("m", &[&one, &two])));
    other.event(here(&one));
    plain.event(last_page());
    assert_eq!(plain.engine.replica().meta.cursor, None);
    assert_eq!(plain.asks_segment(), digest(two.as_bytes()), "it helps to read the snapshot");
}

#[test]
fn without_an_endpoint_a_published_snapshot_is_read_and_work_stays() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, true);
    let one = segment(1, &["a", "b"]);
    tab.event(Event::Manifest(manifest("m1", &[&one])));
    tab.event(here(&one));
    assert!(tab.engine.status().complete);
    assert_eq!(tab.shops(), ["a", "b"]);
    tab.asked.clear();
    tab.write();
    assert_eq!(tab.asked, [], "nothing is sent, nothing is asked for");
    assert_eq!(tab.engine.record_state(&"visit/v".parse().expect("a record")), RecordState::OnPhone);

    // The same publication again: nothing to read.
    tab.event(Event::Trigger(Trigger::Asked));
    assert_eq!(tab.asks(), Effect::Manifest);
    tab.event(Event::Manifest(manifest("m1", &[&one])));
    assert_eq!(tab.asked, []);

    // A new one: read beside the work, and what it does not hold any more goes.
    let newer = segment(7, &["b", "c"]);
    tab.event(Event::Trigger(Trigger::Visible));
    tab.event(Event::Manifest(manifest("m2", &[&newer])));
    assert_eq!(tab.shops(), ["a", "b"], "the old publication is shown until the new one is here");
    tab.event(here(&newer));
    assert_eq!(tab.shops(), ["b", "c"]);
    assert_eq!(tab.engine.replica().pending().count(), 1);
    assert_eq!(tab.engine.status().unconfirmed, 1);
}

#[test]
fn a_publication_that_is_just_being_changed_is_tried_again_later() {
    let store = MemoryStore::default();
    let mut tab = Tab::open(&store, true);
    let (one, two) = (segment(1, &["a"]), segment(2, &["b"]));
    tab.event(Event::Manifest(manifest("m1", &[&one, &two])));
    tab.event(here(&one));
    tab.event(Event::SegmentMissing);
    assert_eq!(tab.engine.status().reach, Reach::Failed(Failure::Broken));
    tab.now += 600_000;
    tab.event(Event::Trigger(Trigger::Timer));
    assert_eq!(tab.asks(), Effect::Manifest);
    let newer = segment(3, &["b"]);
    tab.event(Event::Manifest(manifest("m2", &[&newer])));
    tab.event(here(&newer));
    assert_eq!(tab.shops(), ["b"]);
    assert!(tab.engine.status().complete);
}
