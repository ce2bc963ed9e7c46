//! The suite every storage backend has to pass, over `dyn Storage` alone: what the endpoint relies on, and nothing of how
//! a backend keeps it. A backend's own tests call [`suite`] with a way to open the store of a folder; every case becomes
//! a test of theirs. What only a look at a backend's tables can show is tested beside the backend.
//!
//! ```text
//! root ── north   shop s1 (ann)
//!      └─ south   shop s2 (bo)     cho leads north
//! ```

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod blobs;
pub(crate) mod feed;
pub(crate) mod imports;
pub(crate) mod push;
pub(crate) mod records;
pub(crate) mod snapshot;

use super::audit::Entry;
use super::{Account, Cursor, Moment, PageWhat, PullOutcome, PushOutcome, Storage, StorageError, Upsert};
use crate::access::Actor;
use aisle_domain::org::Role;
use aisle_domain::{PersonId, TerritoryId};
use aisle_protocol::mutation::{DeviceId, Hash, Mutation, MutationId, Op};
use aisle_protocol::record::{Fields, Kind, RecordRef};
use aisle_protocol::sync::{PushRequest, PushResult};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// 2026-11-24 12:00 UTC.
pub(crate) const NOON: i64 = 1_795_521_600_000;

/// Makes a test of every case. `$open` opens the store of a folder: the same one when it is called again.
macro_rules! suite {
    ($open:path) => {
        $crate::storage::conformance::suite! { $open;
            accounts::sign_in_names_are_found_in_any_case,
            accounts::sessions_end_when_they_should,
            accounts::sessions_are_listed_and_revoked,
            accounts::two_people_never_share_a_sign_in_name,
            accounts::a_role_reaches_what_lies_below,
            audit::every_change_is_in_the_log,
            blobs::an_upload_from_its_beginning_to_its_end,
            feed::pages_of_every_size_show_the_same,
            feed::a_reader_misses_nothing_of_what_is_written_meanwhile,
            feed::leaving_and_entering_a_scope_is_told,
            feed::a_cursor_of_another_store_means_nothing,
            imports::an_import_takes_effect_once_under_its_name,
            imports::an_import_is_whole_or_nothing,
            imports::lines_of_actuals_are_counted_one_by_one,
            push::a_mutation_takes_effect_once_and_is_told_again,
            push::what_does_not_continue_changes_nothing,
            push::pushes_at_the_same_time_are_each_taken_once,
            push::the_same_push_twice_at_the_same_time_is_taken_once,
            push::a_refusal_stays_a_refusal,
            records::what_is_written_is_there_after_opening_again,
            records::only_what_changes_gets_a_new_revision,
            records::a_batch_is_written_whole_or_not_at_all,
            records::actuals_replace_each_other_and_are_summed,
            records::assignments_begin_and_end_with_the_day,
            snapshot::a_snapshot_and_the_feed_behind_it_are_the_feed,
            snapshot::a_segment_is_for_those_whose_scope_holds_it,
            snapshot::a_deletion_is_told_and_a_new_record_may_take_the_place,
            snapshot::what_was_forgotten_sends_old_cursors_back_to_the_start,
        }
    };
    ($open:path; $($part:ident::$case:ident,)+) => {$(
        #[tokio::test]
        async fn $case() {
            let open = |folder: std::path::PathBuf| -> $crate::storage::conformance::Opening {
                Box::pin(async move { $open(&folder).await })
            };
            $crate::storage::conformance::$part::$case(&$crate::storage::conformance::Home::new(open)).await;
        }
    )+};
}
pub(crate) use suite;

/// A store on its way to being open.
pub(crate) type Opening = BoxFuture<'static, Result<Arc<dyn Storage>, StorageError>>;

/// A folder of its own for one case, and how to open the store in it.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    open: fn(PathBuf) -> Opening,
}

impl Home {
    /// A new folder.
    pub(crate) fn new(open: fn(PathBuf) -> Opening) -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), open }
    }

    /// The store, empty the first time.
    pub(crate) async fn open(&self) -> Arc<dyn Storage> {
        (self.open)(self.folder.path().to_owned()).await.expect("a store")
    }

    /// The store with the organisation above.
    pub(crate) async fn organised(&self) -> Arc<dyn Storage> {
        let store = self.open().await;
        let records = [
            put(Kind::Org, "org", None, json!({"name": "Test"})),
            put(Kind::Territory, "root", None, json!({"name": "Root"})),
            put(Kind::Territory, "north", None, json!({"name": "North", "parent": "root"})),
            put(Kind::Territory, "south", None, json!({"name": "South", "parent": "root"})),
            put(Kind::Product, "p1", None, json!({"name": "P1", "category": "RUM"})),
            put(Kind::Product, "p2", None, json!({"name": "P2", "category": "GIN"})),
            shop("s1", "north", &json!([{"person": "ann", "share_bp": 10_000}])),
            shop("s2", "south", &json!([{"person": "bo", "share_bp": 10_000}])),
        ];
        store.upsert(&records, at(), None).await.expect("written");
        let people = [
            account("ann", Role::Rep, "north"),
            account("bo", Role::Rep, "south"),
            account("cho", Role::Supervisor, "north"),
        ];
        store.upsert_people(&people, at(), entry("people")).await.expect("written");
        store
    }
}

pub(crate) fn at() -> Moment {
    Moment { now: NOON, today: "2026-11-24".parse().expect("a date") }
}

pub(crate) fn entry(action: &str) -> Entry {
    let (actor, action) = ("test".to_owned(), action.to_owned());
    Entry { at: NOON, actor, action, subject: "-".to_owned(), detail: String::new() }
}

pub(crate) fn fields(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields,
        other => panic!("{other} is no object"),
    }
}

pub(crate) fn put(kind: Kind, id: &str, shop: Option<&str>, value: Value) -> Upsert {
    Upsert { rec: RecordRef::new(kind, id), patch: fields(value), shop: shop.map(Into::into) }
}

pub(crate) fn shop(id: &str, territory: &str, assigned: &Value) -> Upsert {
    put(Kind::Shop, id, Some(id), json!({"name": id, "territory": territory, "assigned": assigned}))
}

pub(crate) fn account(id: &str, role: Role, territory: &str) -> Account {
    Account {
        person: PersonId::from(id),
        login: id.to_owned(),
        name: format!("Name of {id}"),
        role,
        territory: territory.into(),
        password_hash: None,
        active: true,
    }
}

pub(crate) fn actor(id: &str, role: Role, reach: &[&str]) -> Actor {
    let reach = reach.iter().map(|territory| TerritoryId::from(*territory)).collect();
    Actor { person: PersonId::from(id), role, reach }
}

pub(crate) fn ann() -> Actor {
    actor("ann", Role::Rep, &["north"])
}

pub(crate) fn cho() -> Actor {
    actor("cho", Role::Supervisor, &["north"])
}

/// A device's own history.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    id: DeviceId,
    n: u64,
    last: Hash,
}

impl Device {
    pub(crate) fn new(id: &str) -> Self {
        Self { id: DeviceId(id.to_owned()), n: 0, last: Hash::default() }
    }

    fn make(&mut self, kind: Kind, id: &str, patch: Value) -> Mutation {
        self.n += 1;
        let mutation = Mutation {
            n: self.n,
            id: MutationId(format!("{}-{}", self.id, self.n)),
            op: Op::Create,
            rec: RecordRef::new(kind, id),
            base: None,
            patch: fields(patch),
            at: NOON,
            prev: self.last.clone(),
            hash: Hash::default(),
        }
        .sealed();
        self.last = mutation.hash.clone();
        mutation
    }

    pub(crate) fn visit(&mut self, id: &str, person: &str, shop: &str) -> Mutation {
        let visit = json!({
            "shop": shop, "person": person, "planned": true, "template": "x/1", "must_sell": [],
            "check_in": {"at": NOON},
        });
        self.make(Kind::Visit, id, visit)
    }

    pub(crate) fn answer(&mut self, id: &str, visit: &str) -> Mutation {
        let answer = json!({"visit": visit, "question": "q1", "value": {"t": "yes"}, "at": NOON});
        self.make(Kind::Answer, id, answer)
    }

    pub(crate) fn photo(&mut self, id: &str, visit: &str) -> Mutation {
        let photo = json!({
            "visit": visit, "question": "q1", "sha256": "0".repeat(64), "bytes": 5, "mime": "image/png",
            "width": 1, "height": 1, "at": NOON,
        });
        self.make(Kind::Photo, id, photo)
    }

    pub(crate) fn request(&self, muts: Vec<Mutation>) -> PushRequest {
        PushRequest { proto: 1, schema: 1, device: self.id.clone(), muts }
    }
}

/// Pushes what has to be taken.
pub(crate) async fn taken(store: &dyn Storage, actor: &Actor, request: &PushRequest) -> Vec<PushResult> {
    match store.push(actor, request, at()).await.expect("a push") {
        PushOutcome::Taken { results, .. } => results,
        other => panic!("{other:?}"),
    }
}

/// What a device holds after pulling: the records by name, each with the bucket it came through last, its revision and
/// its fields as text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct View {
    pub(crate) records: BTreeMap<String, (String, u64, String)>,
    pub(crate) cursor: Option<Cursor>,
}

impl View {
    /// Reads one page and applies it as a device does. Returns whether there is more.
    pub(crate) async fn page(&mut self, store: &dyn Storage, actor: &Actor, limit: u32) -> bool {
        let outcome = store.pull(actor, None, self.cursor.as_ref(), limit).await.expect("a pull");
        let PullOutcome::Page(page) = outcome else { panic!("{outcome:?}") };
        assert!(page.changes.len() <= limit as usize, "{} changes of {limit}", page.changes.len());
        self.records.retain(|_, (bucket, ..)| !page.purge.iter().any(|lost| lost.0 == *bucket));
        for change in page.changes {
            let (name, bucket) = (change.rec.to_string(), change.bucket.0);
            match change.what {
                PageWhat::Is(rev, text) => {
                    self.records.insert(name, (bucket, rev, text));
                }
                PageWhat::Deleted => {
                    self.records.remove(&name);
                }
                PageWhat::Gone => {
                    if self.records.get(&name).is_some_and(|(last, ..)| *last == bucket) {
                        self.records.remove(&name);
                    }
                }
            }
        }
        self.cursor = Some(page.next);
        page.more
    }

    /// Reads to the end.
    pub(crate) async fn pull(&mut self, store: &dyn Storage, actor: &Actor, limit: u32) {
        while self.page(store, actor, limit).await {}
    }

    /// Everything from the start.
    pub(crate) async fn fresh(store: &dyn Storage, actor: &Actor) -> Self {
        let mut view = Self::default();
        view.pull(store, actor, 1000).await;
        view
    }

    pub(crate) fn holds(&self, name: &str) -> bool {
        self.records.contains_key(name)
    }
}
