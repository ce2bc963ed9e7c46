//! Reference records, actuals, and time passing.

use super::{Home, View, actor, ann, at, cho, entry, put, shop};
use crate::storage::{Actual, ActualBatch, Moment, Storage, Upserted};
use aisle_domain::org::Role;
use aisle_protocol::record::{Kind, RecordRef};
use chrono::NaiveDate;
use serde_json::{Value, json};

async fn read(store: &dyn Storage, kind: Kind, id: &str) -> Value {
    json!(store.record(&RecordRef::new(kind, id)).await.expect("read"))
}

pub(crate) async fn what_is_written_is_there_after_opening_again(home: &Home) {
    let store = home.open().await;
    store.check().await.expect("it answers");
    assert_eq!(read(store.as_ref(), Kind::Product, "p").await, Value::Null);
    // Fields and kinds that no version knows are kept as they are.
    let product =
        json!({"name": "茅台 500", "price": 149_900, "later": {"x": [1, null, "ü"], "big": 9_007_199_254_740_993_i64}});
    let gadget = Kind::Unknown("gadget".to_owned());
    let batch = [put(Kind::Product, "p", None, product.clone()), put(gadget.clone(), "g", None, json!({"a": 1}))];
    store.upsert(&batch, at(), None).await.expect("written");
    store.close().await;
    assert!(store.check().await.is_err(), "closed is closed");

    let store = home.open().await;
    assert_eq!(read(store.as_ref(), Kind::Product, "p").await, product);
    assert_eq!(read(store.as_ref(), gadget.clone(), "g").await, json!({"a": 1}));
    let all = store.records(&Kind::Product).await.expect("read");
    assert_eq!(
        all.into_iter().map(|(id, fields)| (id, json!(fields))).collect::<Vec<_>>(),
        [("p".to_owned(), product)]
    );
    // A patch replaces what it names, removes what is null, and leaves the rest.
    let patch = put(Kind::Product, "p", None, json!({"price": null, "name": "茅台"}));
    store.upsert(&[patch], at(), None).await.expect("written");
    let expect = json!({"name": "茅台", "later": {"x": [1, null, "ü"], "big": 9_007_199_254_740_993_i64}});
    assert_eq!(read(store.as_ref(), Kind::Product, "p").await, expect);
}

pub(crate) async fn only_what_changes_gets_a_new_revision(home: &Home) {
    let store = home.organised().await;
    let before = View::fresh(store.as_ref(), &cho()).await;
    let batch = [
        put(Kind::Product, "p1", None, json!({"name": "P1"})),
        put(Kind::Product, "p2", None, json!({"name": "Other"})),
        put(Kind::Product, "p3", None, json!({"name": "P3", "category": "RUM"})),
    ];
    let done = store.upsert(&batch, at(), None).await.expect("written");
    assert_eq!(done, Upserted { created: 1, updated: 1, unchanged: 1 });
    let mut view = before.clone();
    view.pull(store.as_ref(), &cho(), 1000).await;
    let rev = |view: &View, name: &str| view.records.get(name).map(|(_, rev, _)| *rev);
    assert_eq!(rev(&view, "product/p1"), rev(&before, "product/p1"));
    assert!(
        rev(&view, "product/p2") > rev(&before, "product/p2") && rev(&view, "product/p3") > rev(&view, "product/p2")
    );
}

pub(crate) async fn a_batch_is_written_whole_or_not_at_all(home: &Home) {
    let store = home.organised().await;
    let before = View::fresh(store.as_ref(), &cho()).await;
    // A shop whose assignments nobody can read cannot be placed: the whole batch falls.
    let batch = [put(Kind::Product, "p9", None, json!({"name": "P9"})), shop("s1", "north", &json!("not a list"))];
    let refused = store.upsert(&batch, at(), Some(entry("import"))).await;
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(View::fresh(store.as_ref(), &cho()).await.records, before.records);
    assert_eq!(store.verify_audit(None).await.expect("read").expect("whole").rows, 1, "nor is there an entry");
}

pub(crate) async fn actuals_replace_each_other_and_are_summed(home: &Home) {
    let store = home.organised().await;
    let day = |text: &str| text.parse::<NaiveDate>().expect("a date");
    let line = |shop, at: &str, product, quantity, amount| Actual { shop, day: day(at), product, quantity, amount };
    let batch = |lines| ActualBatch {
        shops: vec!["s1".into(), "s2".into()],
        products: vec!["p1".into(), "p2".into()],
        lines,
        partial: false,
    };
    assert_eq!(store.actual_days().await.expect("read"), None);
    let part = ActualBatch { partial: true, ..batch(vec![line(1, "2026-01-05", 0, 1, 1)]) };
    store.replace_actuals(&part, at(), entry("import")).await.expect("written");
    let through = read(store.as_ref(), Kind::Org, "org").await["data_through"].clone();
    assert_eq!(through, Value::Null, "no figure goes on to a day of which more is to come");
    let first = vec![
        line(0, "2025-12-31", 0, 1, 100),
        line(0, "2026-01-01", 0, 2, 200),
        line(0, "2026-01-01", 1, -3, -300),
        line(1, "2026-01-05", 0, 4, 400),
    ];
    let done = store.replace_actuals(&batch(first.clone()), at(), entry("import")).await.expect("written");
    assert_eq!(done, Upserted { created: 2, updated: 1, unchanged: 0 }, "a segment for each shop and year");
    let again = store.replace_actuals(&batch(first), at(), entry("import")).await.expect("written");
    assert_eq!(again, Upserted { created: 0, updated: 0, unchanged: 3 });
    let corrected = vec![line(0, "2026-01-01", 0, 5, 500)];
    store.replace_actuals(&batch(corrected), at(), entry("import")).await.expect("written");

    assert_eq!(store.actual_days().await.expect("read"), Some((day("2025-12-31"), day("2026-01-05"))));
    assert_eq!(read(store.as_ref(), Kind::Org, "org").await["data_through"], "2026-01-05");
    let days = store.category_days(day("2026-01-01"), day("2026-12-31")).await.expect("read");
    let seen: Vec<_> = days.iter().map(|d| (d.shop.as_str(), d.category.as_str(), d.quantity, d.amount)).collect();
    assert_eq!(seen, [("s1", "GIN", -3, -300), ("s1", "RUM", 5, 500), ("s2", "RUM", 4, 400)]);

    // A product that changes its category takes its facts along.
    let moved = [put(Kind::Product, "p1", None, json!({"category": "GIN"}))];
    store.upsert(&moved, at(), None).await.expect("written");
    let rebuilt = store.rebuild_facts(at()).await.expect("rebuilt");
    assert_eq!(rebuilt, Upserted { created: 0, updated: 3, unchanged: 0 });
    let days = store.category_days(day("2026-01-01"), day("2026-01-01")).await.expect("read");
    assert_eq!(days.iter().map(|d| (d.category.as_str(), d.amount)).collect::<Vec<_>>(), [("GIN", 200)]);
}

pub(crate) async fn assignments_begin_and_end_with_the_day(home: &Home) {
    let store = home.organised().await;
    let assigned = json!([
        {"person": "ann", "share_bp": 10_000, "until": "2026-11-25"},
        {"person": "bo", "share_bp": 10_000, "from": "2026-11-25"},
    ]);
    store.upsert(&[shop("s1", "north", &assigned)], at(), None).await.expect("written");
    let bo = actor("bo", Role::Rep, &["south"]);
    let whose = async || {
        let (ann, bo) = (View::fresh(store.as_ref(), &ann()).await, View::fresh(store.as_ref(), &bo).await);
        (ann.holds("shop/s1"), bo.holds("shop/s1"))
    };
    assert_eq!(whose().await, (true, false));
    assert_eq!(store.settle_assignments(at()).await.expect("settled"), 0, "not yet");
    let tomorrow = Moment { now: at().now + 86_400_000, today: at().today.succ_opt().expect("a day") };
    assert_eq!(store.settle_assignments(tomorrow).await.expect("settled"), 1);
    assert_eq!(whose().await, (false, true));
    assert_eq!(store.settle_assignments(tomorrow).await.expect("settled"), 0, "done");
}
