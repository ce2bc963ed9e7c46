//! What only a look at the tables can show.

use super::{SqliteStorage, migrate};
use crate::access::Actor;
use crate::storage::audit::Entry;
use crate::storage::{
    Account, Moment, PushOutcome, SCHEMA_STEPS, SchemaStep, Storage, StorageError, Upsert, conformance,
};
use aisle_domain::PersonId;
use aisle_domain::org::Role;
use aisle_protocol::mutation::{DeviceId, Hash, Mutation, MutationId, Op};
use aisle_protocol::record::{Kind, RecordRef};
use aisle_protocol::sync::PushRequest;
use serde_json::json;
use sqlx::Row;

fn at() -> Moment {
    Moment { now: 1_795_521_600_000, today: "2026-11-24".parse().expect("a date") }
}

fn entry(n: u32) -> Entry {
    let (actor, action, subject) = ("a".to_owned(), "test".to_owned(), format!("thing/{n}"));
    Entry { at: i64::from(n), actor, action, subject, detail: String::new() }
}

async fn open(folder: &tempfile::TempDir) -> SqliteStorage {
    SqliteStorage::open(&folder.path().join("aisle.db")).await.expect("a store")
}

conformance::suite!(crate::storage::open);

/// What every version of the schema could hold, with fields that no version knows.
const OLD_ROWS: &str = r#"
    INSERT INTO store (one, id, rev) VALUES (1, 'old', 2);
    INSERT INTO record (kind, id, rev, v) VALUES
        ('territory', 't', 1, '{"name":"T","hologram":{"kept":[1,2.50,"三"]}}'),
        ('gadget', 'g', 2, '{"of":"a newer version"}');
    INSERT INTO placement (kind, id, bucket, rev) VALUES ('territory', 't', 'org', 1);
    INSERT INTO person (id, login, name, role, territory) VALUES ('ann', 'ann', 'Ann', 'rep', 't');
    INSERT INTO device (id, person, last_n, last_hash) VALUES ('d', 'ann', 7, 'h7');
"#;

/// A file of every earlier version of the schema opens, and holds what it held.
#[tokio::test]
async fn an_old_store_opens_and_keeps_what_it_does_not_know() {
    for known in 1..=SCHEMA_STEPS.len() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("aisle.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).create_if_missing(true);
        let old = sqlx::SqlitePool::connect_with(options).await.expect("a file");
        migrate(&old, &SCHEMA_STEPS[..1]).await.expect("the first schema");
        sqlx::raw_sql(OLD_ROWS).execute(&old).await.expect("old rows");
        migrate(&old, &SCHEMA_STEPS[..known]).await.expect("an old schema");
        old.close().await;

        let store = open(&folder).await;
        let territory = store.record(&RecordRef::new(Kind::Territory, "t")).await.expect("read").expect("there");
        assert_eq!(json!(territory), json!({"name": "T", "hologram": {"kept": [1, 2.50, "三"]}}), "from step {known}");
        let gadget = RecordRef::new(Kind::Unknown("gadget".to_owned()), "g");
        assert_eq!(json!(store.record(&gadget).await.expect("read")), json!({"of": "a newer version"}));
        // A change of one field leaves the others, and goes on counting where the old version stopped.
        let patch = json!({"name": "T2"}).as_object().cloned().expect("an object");
        let rename = Upsert { rec: RecordRef::new(Kind::Territory, "t"), patch, shop: None };
        store.upsert(&[rename], at(), None).await.expect("written");
        let row = sqlx::query("SELECT v, rev FROM record WHERE kind = 'territory'").fetch_one(&store.read).await;
        let row = row.expect("a row");
        let fields: serde_json::Value = serde_json::from_str(row.get("v")).expect("json");
        assert_eq!(fields, json!({"name": "T2", "hologram": {"kept": [1, 2.50, "三"]}}), "from step {known}");
        assert_eq!(row.get::<i64, _>("rev"), 3, "from step {known}");
        let row = sqlx::query("SELECT last_n FROM device WHERE id = 'd'").fetch_one(&store.read).await.expect("a row");
        assert_eq!(row.get::<i64, _>("last_n"), 7, "from step {known}");
        store.close().await;
    }
}

/// As when the server and a command start at the same moment after an update.
#[tokio::test]
async fn two_that_open_an_old_store_at_once_bring_it_up_to_date_once() {
    for turn in 0..10 {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("aisle.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).create_if_missing(true);
        let old = sqlx::SqlitePool::connect_with(options).await.expect("a file");
        migrate(&old, &SCHEMA_STEPS[..1]).await.expect("the first schema");
        old.close().await;

        let opening = [file.clone(), file].map(|file| tokio::spawn(async move { SqliteStorage::open(&file).await }));
        for opened in futures_util::future::join_all(opening).await {
            opened.expect("no panic").unwrap_or_else(|error| panic!("turn {turn}: {error}"));
        }
    }
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder).await;
    static NEWER: &[SchemaStep] = &[SchemaStep { version: 9_999, name: "later", sql: "CREATE TABLE later (x)" }];
    let steps: Vec<SchemaStep> = SCHEMA_STEPS.iter().chain(NEWER).copied().collect();
    migrate(&store.write, steps.leak()).await.expect("a newer schema");
    store.close().await;
    let refused = SqliteStorage::open(&folder.path().join("aisle.db")).await;
    let Err(StorageError::Failed(why)) = refused else { panic!("{refused:?}") };
    assert!(why.contains("written by a newer aisle-server (schema 9999)"), "{why}");
}

#[tokio::test]
async fn the_audit_chain_shows_every_kind_of_tampering() {
    // Rows 3 and 2 change places, numbers and all that can be rewritten without computing digests anew.
    let reordered = "UPDATE audit SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END WHERE seq IN (2, 3);
                     UPDATE audit SET seq = -seq WHERE seq < 0";
    let cases = [
        ("SELECT 1", None),
        ("UPDATE audit SET detail = 'x' WHERE seq = 3", Some("row 3 was changed")),
        ("UPDATE audit SET actor = 'b' WHERE seq = 5", Some("row 5 was changed")),
        ("UPDATE audit SET at = at + 1 WHERE seq = 1", Some("row 1 was changed")),
        ("DELETE FROM audit WHERE seq = 2", Some("row 2 is missing")),
        ("DELETE FROM audit WHERE seq = 1", Some("row 1 is missing")),
        ("UPDATE audit SET prev_hash = '' WHERE seq = 4", Some("row 4 does not continue row 3")),
        ("UPDATE audit SET seq = 9 WHERE seq = 5", Some("row 5 is missing")),
        (reordered, Some("row 2 does not continue row 1")),
        ("DELETE FROM audit WHERE seq >= 4", Some("rows 4 to 5 are missing at the end")),
        ("DELETE FROM audit", Some("rows 1 to 5 are missing at the end")),
    ];
    for (sql, expect) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let store = open(&folder).await;
        for n in 1..=5 {
            store.audit(entry(n)).await.expect("written");
        }
        let kept = store.verify_audit(None).await.expect("read").expect("whole");
        assert_eq!(kept.rows, 5);
        sqlx::raw_sql(sql).execute(&store.write).await.expect("tampered");
        let found = store.verify_audit(Some(&kept)).await.expect("read");
        assert_eq!(found.err().as_deref(), expect, "{sql}");
    }
}

/// Somebody who can write the file can also compute the whole chain anew. Only a head kept elsewhere tells.
#[tokio::test]
async fn a_chain_computed_anew_is_not_the_one_whose_head_was_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder).await;
    for n in 1..=3 {
        store.audit(entry(n)).await.expect("written");
    }
    let kept = store.verify_audit(None).await.expect("read").expect("whole");
    sqlx::query("DELETE FROM audit").execute(&store.write).await.expect("tampered");
    for n in [1, 9, 3, 4] {
        store.audit(entry(n)).await.expect("written");
    }
    assert!(store.verify_audit(None).await.expect("read").is_ok(), "in itself it is whole");
    let why = store.verify_audit(Some(&kept)).await.expect("read").expect_err("another one");
    assert!(why.starts_with("row 3 is not the one whose digest was kept"), "{why}");
}

#[tokio::test]
async fn a_store_opens_again_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let id = |store: SqliteStorage| async move {
        let row = sqlx::query("SELECT id FROM store").fetch_one(&store.read).await.expect("a row");
        store.close().await;
        row.get::<String, _>("id")
    };
    let first = id(open(&folder).await).await;
    assert_eq!(id(open(&folder).await).await, first);
}

#[tokio::test]
async fn it_is_as_durable_as_promised() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder).await;
    for (pragma, expect) in [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")] {
        let row = sqlx::query(&format!("SELECT CAST({pragma} AS TEXT) AS v FROM pragma_{pragma}"))
            .fetch_one(&store.write)
            .await
            .expect("a row");
        assert_eq!(row.get::<String, _>("v"), expect, "{pragma}");
    }
}

/// Effect, result, audit row and counter are one: when any of them cannot be written, none is.
#[tokio::test]
async fn a_push_is_all_or_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder).await;
    let put = |kind: Kind, id: &str, shop: Option<&str>, value: serde_json::Value| Upsert {
        rec: RecordRef::new(kind, id),
        patch: value.as_object().cloned().expect("an object"),
        shop: shop.map(Into::into),
    };
    let assigned = json!([{"person": "ann", "share_bp": 10_000}]);
    let records = [
        put(Kind::Territory, "t", None, json!({"name": "T"})),
        put(Kind::Shop, "s", Some("s"), json!({"name": "S", "territory": "t", "assigned": assigned})),
    ];
    store.upsert(&records, at(), None).await.expect("written");
    let ann = Account {
        person: PersonId::from("ann"),
        login: "ann".to_owned(),
        name: "Ann".to_owned(),
        role: Role::Rep,
        territory: "t".into(),
        password_hash: None,
        active: true,
    };
    store.upsert_people(&[ann], at(), entry(0)).await.expect("written");
    let actor = Actor { person: PersonId::from("ann"), role: Role::Rep, reach: Default::default() };
    let visit = json!({
        "shop": "s", "person": "ann", "planned": true, "template": "x/1", "must_sell": [], "check_in": {"at": 1},
    });
    let mutation = Mutation {
        n: 1,
        id: MutationId("m1".into()),
        op: Op::Create,
        rec: RecordRef::new(Kind::Visit, "v1"),
        base: None,
        patch: visit.as_object().cloned().expect("an object"),
        at: at().now,
        prev: Hash::default(),
        hash: Hash::default(),
    }
    .sealed();
    let request = PushRequest { proto: 1, schema: 1, device: DeviceId("d".into()), muts: vec![mutation] };
    let rows = || async {
        let mut counts = Vec::new();
        for table in ["record", "placement", "mutation", "device", "audit"] {
            let row = sqlx::query(&format!("SELECT COUNT(*) AS n FROM {table}")).fetch_one(&store.read).await;
            counts.push(row.expect("a row").get::<i64, _>("n"));
        }
        counts
    };
    let before = rows().await;
    for table in ["record", "placement", "mutation", "audit"] {
        let fail =
            format!("CREATE TRIGGER fail BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
        sqlx::query(&fail).execute(&store.write).await.expect("a trigger");
        assert!(store.push(&actor, &request, at()).await.is_err(), "{table}");
        sqlx::query("DROP TRIGGER fail").execute(&store.write).await.expect("dropped");
        assert_eq!(rows().await, before, "{table} could not be written");
    }
    let outcome = store.push(&actor, &request, at()).await.expect("taken");
    assert!(matches!(outcome, PushOutcome::Taken { last: 1, .. }), "{outcome:?}");
    let after: Vec<i64> = rows().await.iter().zip(&before).map(|(after, before)| after - before).collect();
    assert_eq!(after, [1, 2, 1, 1, 1], "one record in two buckets, one result, one device, one audit row");
}
