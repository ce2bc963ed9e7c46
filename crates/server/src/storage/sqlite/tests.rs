//! What only a look at the tables can show.

use super::SqliteStorage;
use crate::access::Actor;
use crate::storage::audit::Entry;
use crate::storage::{Account, Moment, PushOutcome, Storage, Upsert};
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

#[tokio::test]
async fn the_audit_chain_shows_every_kind_of_tampering() {
    let cases = [
        ("SELECT 1", Ok(5)),
        ("UPDATE audit SET detail = 'x' WHERE seq = 3", Err("row 3 was changed")),
        ("UPDATE audit SET at = at + 1 WHERE seq = 1", Err("row 1 was changed")),
        ("DELETE FROM audit WHERE seq = 2", Err("row 2 is missing")),
        ("DELETE FROM audit WHERE seq = 1", Err("row 1 is missing")),
        ("UPDATE audit SET prev_hash = '' WHERE seq = 4", Err("row 4 does not continue row 3")),
        ("UPDATE audit SET seq = 9 WHERE seq = 5", Err("row 5 is missing")),
    ];
    for (sql, expect) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let store = open(&folder).await;
        for n in 1..=5 {
            store.audit(entry(n)).await.expect("written");
        }
        sqlx::query(sql).execute(&store.write).await.expect("tampered");
        let found = store.verify_audit().await.expect("read");
        assert_eq!(found, expect.map_err(str::to_owned), "{sql}");
    }
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
