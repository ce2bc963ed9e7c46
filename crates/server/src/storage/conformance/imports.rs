//! Imports: whole or not at all, and under a name once.

use super::{Home, at, entry, put};
use crate::storage::{Actual, ActualBatch, Bulk, ImportKey, Imported, Storage, Upserted};
use aisle_protocol::record::{Kind, RecordRef};
use serde_json::json;

fn key(digest: &str) -> ImportKey {
    ImportKey { id: "import-0001".to_owned(), person: "cho".into(), digest: digest.to_owned() }
}

fn counts(created: u64, updated: u64, unchanged: u64) -> Upserted {
    Upserted { created, updated, unchanged }
}

fn target(month: &str, amount: i64) -> crate::storage::Upsert {
    put(Kind::Target, &format!("sales/s1/{month}"), Some("s1"), json!({"shop": "s1", "amount": amount}))
}

async fn has(store: &dyn Storage, month: &str) -> bool {
    let rec = RecordRef::new(Kind::Target, format!("sales/s1/{month}"));
    store.record(&rec).await.expect("read").is_some()
}

pub(crate) async fn an_import_takes_effect_once_under_its_name(home: &Home) {
    let store = home.organised().await;
    let parts = [(Bulk::Records(vec![target("2026-12", 5), target("2027-01", 6)]), entry("import"))];
    let named = key("a");
    let dry = store.import(&parts, Some(&named), true, at()).await.expect("told");
    assert_eq!((dry, has(store.as_ref(), "2026-12").await), (Imported::Now(counts(2, 0, 0)), false));
    assert_eq!(store.imported(&named).await.expect("read"), None, "a dry run leaves no name");

    let done = store.import(&parts, Some(&named), false, at()).await.expect("imported");
    assert_eq!((done, has(store.as_ref(), "2026-12").await), (Imported::Now(counts(2, 0, 0)), true));
    let before = Imported::Before(counts(2, 0, 0));
    assert_eq!(store.import(&parts, Some(&named), false, at()).await.expect("told"), before);
    assert_eq!(store.imported(&named).await.expect("read"), Some(before));
    assert_eq!(store.import(&parts, Some(&key("b")), false, at()).await.expect("told"), Imported::OtherName);
    assert_eq!(store.import(&parts, None, false, at()).await.expect("imported"), Imported::Now(counts(0, 0, 2)));
}

pub(crate) async fn an_import_is_whole_or_nothing(home: &Home) {
    let store = home.organised().await;
    let planned = put(Kind::Target, "sales/s1/2026-11", Some("s1"), json!({"shop": "s1", "amount": 1, "plan": "g"}));
    store.upsert(&[planned], at(), None).await.expect("written");
    let parts = [
        (Bulk::Records(vec![target("2026-12", 5)]), entry("import")),
        (Bulk::Records(vec![target("2027-01", 6), target("2026-11", 7)]), entry("import")),
    ];
    let named = key("a");
    assert_eq!(store.import(&parts, Some(&named), false, at()).await.expect("told"), Imported::Planned);
    assert!(!has(store.as_ref(), "2026-12").await && !has(store.as_ref(), "2027-01").await);
    assert_eq!(store.imported(&named).await.expect("read"), None);
}

pub(crate) async fn lines_of_actuals_are_counted_one_by_one(home: &Home) {
    let store = home.organised().await;
    let line = |day: u32, amount: i64| Actual {
        shop: 0,
        day: chrono::NaiveDate::from_ymd_opt(2026, 11, day).expect("a day"),
        product: 0,
        quantity: 1,
        amount,
    };
    let import = async |lines: Vec<Actual>| {
        let batch = ActualBatch { shops: vec!["s1".into()], products: vec!["p1".into()], lines, partial: false };
        store.import(&[(Bulk::Actuals(batch), entry("import"))], None, false, at()).await.expect("imported")
    };
    assert_eq!(import(vec![line(1, 100), line(2, 100)]).await, Imported::Now(counts(2, 0, 0)));
    assert_eq!(import(vec![line(1, 100), line(2, 200), line(3, 5)]).await, Imported::Now(counts(1, 1, 1)));
}
