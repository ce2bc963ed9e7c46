//! Push and pull: exactly once, in order, nothing lost, nothing blocked.

use crate::support::{Client, DAY, Device, View, World, visit};
use aisle_protocol::mutation::{Mutation, Op};
use aisle_protocol::record::Kind;
use aisle_protocol::sync::{PushResponse, PushStatus, RejectCode};
use axum::http::StatusCode;
use serde_json::{Value, json};

/// Status and reason of every result.
fn results(response: &PushResponse) -> Vec<(u64, PushStatus, Option<RejectCode>)> {
    response.results.iter().map(|r| (r.n, r.st, r.code.clone())).collect()
}

async fn reject_code(client: &Client, device: &mut Device, mutation: Mutation) -> Option<RejectCode> {
    client.push(&device.id, vec![mutation]).await.results[0].code.clone()
}

#[tokio::test]
async fn a_visit_goes_up_and_comes_down_to_its_supervisor() {
    let world = World::new().await;
    let (rep, sup) = (world.sign_in("rep-a").await, world.sign_in("sup").await);
    let mut device = Device::new("d1");
    let muts = vec![device.visit("v1", "rep-a", "s1"), device.answer("a1", "v1"), device.check_out("v1")];
    let response = rep.push("d1", muts).await;
    assert_eq!(response.last, 3);
    assert_eq!(results(&response), [(1, PushStatus::Ok, None), (2, PushStatus::Ok, None), (3, PushStatus::Ok, None)]);

    let page = rep.page("d1", None, 1000).await;
    assert_eq!((page.ack, page.more, page.left), (3, false, Some(0)));
    let mut view = View::default();
    sup.pull_into(&mut view, 1000).await;
    let (bucket, fields) = &view.records["visit/v1"];
    assert_eq!((bucket.as_str(), &fields["check_out"]), ("t:north-1", &json!({"at": crate::support::NOON})));
    assert!(view.records.contains_key("answer/a1"));
}

#[tokio::test]
async fn the_same_push_again_changes_nothing() {
    let world = World::new().await;
    let rep = world.sign_in("rep-a").await;
    let mut device = Device::new("d1");
    let muts = vec![device.visit("v1", "rep-a", "s1"), device.answer("a1", "unknown"), device.answer("a2", "v1")];
    let first = rep.push("d1", muts.clone()).await;
    let before = rep.page("d1", None, 1000).await;
    let again = rep.push("d1", muts).await;
    let refused = (2, PushStatus::Rejected, Some(RejectCode::UnknownParent));
    assert_eq!(results(&first), [(1, PushStatus::Ok, None), refused.clone(), (3, PushStatus::Ok, None)]);
    // What was refused stays refused: told as a repetition it would look as if it had taken effect.
    assert_eq!(results(&again), [(1, PushStatus::Dup, None), refused, (3, PushStatus::Dup, None)]);
    let revs = |r: &PushResponse| r.results.iter().map(|r| r.rev).collect::<Vec<_>>();
    assert_eq!(revs(&first), revs(&again));
    let after = rep.page("d1", None, 1000).await;
    assert_eq!((before.changes, before.next), (after.changes, after.next));
}

#[tokio::test]
async fn a_push_may_overlap_what_was_taken() {
    let world = World::new().await;
    let rep = world.sign_in("rep-a").await;
    let mut device = Device::new("d1");
    let (first, second) = (device.visit("v1", "rep-a", "s1"), device.answer("a1", "v1"));
    rep.push("d1", vec![first.clone()]).await;
    let response = rep.push("d1", vec![first, second]).await;
    assert_eq!(results(&response), [(1, PushStatus::Dup, None), (2, PushStatus::Ok, None)]);
}

#[tokio::test]
async fn a_gap_is_named_and_nothing_is_taken() {
    let world = World::new().await;
    let rep = world.sign_in("rep-a").await;
    let mut device = Device::new("d1");
    let (first, second) = (device.visit("v1", "rep-a", "s1"), device.answer("a1", "v1"));
    let answer = rep.push_raw("d1", vec![second.clone()]).await;
    assert_eq!((answer.status, answer.json()), (StatusCode::CONFLICT, json!({"expect": 1})));
    assert_eq!(rep.page("d1", None, 1000).await.ack, 0);
    rep.push("d1", vec![first, second]).await;
}

#[tokio::test]
async fn two_histories_under_one_device_are_told_apart() {
    let world = World::new().await;
    let rep = world.sign_in("rep-a").await;
    let mut device = Device::new("d1");
    let first = device.visit("v1", "rep-a", "s1");
    let mut restored = device.clone();
    rep.push("d1", vec![first.clone(), device.answer("a1", "v1")]).await;
    let other = restored.answer("a9", "v1");
    let forked = |answer: crate::support::Answer| {
        assert_eq!((answer.status, answer.json()), (StatusCode::CONFLICT, json!("device_forked")));
    };
    // The same number with another content, and a new number on another past.
    forked(rep.push_raw("d1", vec![other]).await);
    forked(rep.push_raw("d1", vec![restored.answer("a10", "v1")]).await);
    assert_eq!(rep.page("d1", None, 1000).await.ack, 2, "nothing was taken");

    // Under a new device id what is pending goes through, and what was taken before is not taken twice.
    let mut fresh = Device::new("d1");
    fresh.id = "d2".to_owned();
    let again = Mutation { prev: aisle_protocol::Hash::default(), ..first }.sealed();
    fresh.last = again.hash.clone();
    fresh.n = 1;
    let response = rep.push("d2", vec![again, fresh.answer("a9", "v1")]).await;
    assert_eq!(results(&response), [(1, PushStatus::Dup, None), (2, PushStatus::Ok, None)]);
}

#[tokio::test]
async fn a_refusal_blocks_nothing_behind_it() {
    let world = World::new().await;
    let rep = world.sign_in("rep-a").await;
    let mut device = Device::new("d1");
    let mut damaged = device.visit("v9", "rep-a", "s1");
    damaged.patch.insert("planned".into(), json!(false));
    let muts = vec![
        damaged,
        device.visit("v2", "rep-a", "s2"),      // somebody else's shop
        device.visit("v3", "rep-b", "s2"),      // in somebody else's name
        device.visit("v4", "rep-a", "nowhere"), // no such shop
        device.make(Op::Create, Kind::Visit, "v5", None, json!({"shop": "s1"})), // not a visit
        device.make(Op::Patch, Kind::Shop, "s1", None, json!({"name": "Mine"})), // not for devices
        device.make(Op::Create, Kind::Unknown("x".into()), "x1", None, json!({})), // from the future
        device.make(Op::Create, Kind::Visit, "../v6", None, visit("rep-a", "s1")), // not an id
        device.visit("v1", "rep-a", "s1"),
    ];
    let response = rep.push("d1", muts).await;
    let codes: Vec<Option<RejectCode>> = response.results.into_iter().map(|r| r.code).collect();
    use RejectCode::{Damaged, Forbidden, Invalid, NotWritable, UnknownParent};
    let expect = [Damaged, Forbidden, Forbidden, UnknownParent, Invalid, NotWritable, NotWritable, Invalid];
    assert_eq!(codes, expect.map(Some).into_iter().chain([None]).collect::<Vec<_>>());
    let sees = rep.sees().await;
    assert_eq!(sees.iter().filter(|name| name.starts_with("visit/")).collect::<Vec<_>>(), ["visit/v1"]);
}

#[tokio::test]
async fn what_was_handed_in_stays() {
    let world = World::new().await;
    let rep = world.sign_in("rep-a").await;
    let mut device = Device::new("d1");
    let muts = vec![device.visit("v1", "rep-a", "s1"), device.answer("a1", "v1"), device.check_out("v1")];
    rep.push("d1", muts).await;
    let cases: [(Op, Kind, &str, Value); 5] = [
        (Op::Create, Kind::Visit, "v1", visit("rep-a", "s1")),
        (Op::Patch, Kind::Visit, "v1", json!({"planned": false})),
        (Op::Patch, Kind::Visit, "v1", json!({"check_out": null})),
        (Op::Patch, Kind::Answer, "a1", json!({"value": {"t": "no"}})),
        (Op::Create, Kind::Answer, "a2", json!({"visit": "v1", "question": "q", "value": {"t": "no"}, "at": 1})),
    ];
    for (op, kind, id, patch) in cases {
        let mutation = device.make(op, kind, id, None, patch.clone());
        assert_eq!(reject_code(&rep, &mut device, mutation).await, Some(RejectCode::Immutable), "{op:?} {id} {patch}");
    }
    // A photo is evidence, not an answer: it may come after.
    let late = device.photo("ph1", "v1", b"x", "image/jpeg");
    assert_eq!(reject_code(&rep, &mut device, late).await, None);
}

#[tokio::test]
async fn only_the_one_who_began_a_visit_goes_on_with_it() {
    let world = World::new().await;
    let (rep, sup) = (world.sign_in("rep-a").await, world.sign_in("sup").await);
    let mut device = Device::new("d1");
    rep.push("d1", vec![device.visit("v1", "rep-a", "s1")]).await;
    let mut other = Device::new("d2");
    for mutation in [other.check_out("v1"), other.answer("a1", "v1"), other.photo("ph1", "v1", b"x", "image/png")] {
        assert_eq!(reject_code(&sup, &mut other, mutation).await, Some(RejectCode::Forbidden));
    }
}

#[tokio::test]
async fn both_values_of_a_conflict_are_kept() {
    let world = World::new().await;
    let rep = world.sign_in("rep-a").await;
    let (mut phone, mut tablet) = (Device::new("phone"), Device::new("tablet"));
    let made = rep.push("phone", vec![phone.visit("v1", "rep-a", "s1")]).await.results[0].rev;
    let note = |device: &mut Device, base, field: &str, text: &str| {
        device.make(Op::Patch, Kind::Visit, "v1", base, json!({field: text}))
    };
    rep.push("phone", vec![note(&mut phone, made, "note", "from the phone")]).await;
    // Another field merges; the same field, changed since, is a conflict that the later arrival wins.
    let both = vec![note(&mut tablet, made, "other", "x"), note(&mut tablet, made, "note", "from the tablet")];
    let response = rep.push("tablet", both).await;
    let read: Vec<_> = response.results.iter().map(|r| (r.st, r.server.clone().map(Value::Object))).collect();
    assert_eq!(read, [(PushStatus::Ok, None), (PushStatus::Conflict, Some(json!({"note": "from the phone"})))]);
    let mut view = View::default();
    rep.pull_into(&mut view, 1000).await;
    let fields = &view.records["visit/v1"].1;
    assert_eq!((&fields["note"], &fields["other"]), (&json!("from the tablet"), &json!("x")));
}

#[tokio::test]
async fn malformed_pushes_are_refused_as_a_whole() {
    let world = World::new().await;
    let rep = world.sign_in("rep-a").await;
    let mut device = Device::new("d1");
    let (first, second) = (device.visit("v1", "rep-a", "s1"), device.answer("a1", "v1"));
    let with = |proto: u32, muts: &[&Mutation]| json!({"proto": proto, "schema": 1, "device": "d1", "muts": muts});
    let zero = Mutation { n: 0, ..first.clone() };
    let big = device.make(Op::Create, Kind::Visit, "v2", None, json!({"x": "y".repeat(300_000)}));
    let bigger = device.make(Op::Create, Kind::Visit, "v3", None, json!({"x": "y".repeat(300_000)}));
    let many: Vec<Mutation> = (0..501).map(|i| device.answer(&format!("m{i}"), "v1")).collect();
    let cases = [
        (with(0, &[&first]), 400, "bad_request"),
        (with(9, &[&first]), 400, "bad_request"),
        (with(1, &[&second, &first]), 400, "bad_request"),
        (with(1, &[&zero]), 400, "bad_request"),
        (with(1, &[&big, &bigger]), 413, "too_large"),
        (with(1, &many.iter().collect::<Vec<_>>()), 413, "too_large"),
        (json!({"proto": 1}), 400, "bad_request"),
        (json!({"proto": 1, "pad": "y".repeat(1_100_000)}), 413, "too_large"),
    ];
    for (i, (body, status, code)) in cases.into_iter().enumerate() {
        assert_eq!(rep.post("/v1/push", &body).await.code(), (status, code.to_owned()), "case {i}");
    }
    let text = rep.request(axum::http::Method::POST, "/v1/push", &[("content-type", "text/plain")], b"{}".to_vec());
    assert_eq!(text.await.code(), (415, "bad_request".to_owned()));
    assert_eq!(rep.page("d1", None, 1000).await.ack, 0, "nothing was taken");
}

#[tokio::test]
async fn a_device_belongs_to_one_person() {
    let world = World::new().await;
    let (a, b) = (world.sign_in("rep-a").await, world.sign_in("rep-b").await);
    let mut device = Device::new("d1");
    let first = device.visit("v1", "rep-a", "s1");
    a.push("d1", vec![first]).await;
    let second = device.visit("v2", "rep-b", "s2");
    assert_eq!(b.push_raw("d1", vec![second]).await.code(), (403, "forbidden".to_owned()));
    assert_eq!(b.get("/v1/pull?device=d1").await.code(), (403, "forbidden".to_owned()));
}

#[tokio::test]
async fn pages_of_any_size_add_up_to_the_same() {
    let world = World::new().await;
    let sup = world.sign_in("sup").await;
    let mut whole = View::default();
    sup.pull_into(&mut whole, 1000).await;
    for limit in [1, 2, 3, 7] {
        let mut view = View::default();
        sup.pull_into(&mut view, limit).await;
        assert_eq!(view.records, whole.records, "limit {limit}");
    }
    let first = sup.page("d", None, 3).await;
    let second = sup.page("d", Some(&first.next), 3).await;
    assert_eq!(first.changes.len(), 3);
    assert_eq!(first.left.expect("known") - 3, second.left.expect("known"));
    assert_eq!(first.left.expect("known") + 3, whole.records.len() as u64);
}

#[tokio::test]
async fn a_change_during_a_download_is_not_missed() {
    let world = World::new().await;
    let (rep, sup) = (world.sign_in("rep-a").await, world.sign_in("sup").await);
    let mut view = View::default();
    view.apply(&sup.page("viewer", None, 2).await);
    let mut device = Device::new("d1");
    rep.push("d1", vec![device.visit("v1", "rep-a", "s1")]).await;
    view.apply(&sup.page("viewer", view.cursor.clone().as_deref(), 2).await);
    rep.push("d1", vec![device.check_out("v1")]).await;
    sup.pull_into(&mut view, 2).await;
    assert!(view.records["visit/v1"].1.contains_key("check_out"));
    let mut whole = View::default();
    sup.pull_into(&mut whole, 1000).await;
    assert_eq!(view.records, whole.records);
}

#[tokio::test]
async fn large_records_make_small_pages() {
    let world = World::new().await;
    let data = "x".repeat(100_000);
    let big = |i: u32| {
        let value = json!({"shop": "s1", "data": data});
        crate::support::upsert(Kind::Facts, &format!("s1:{i}"), Some("s1"), value)
    };
    world.put(&(2000..2020).map(big).collect::<Vec<_>>()).await;
    let rep = world.sign_in("rep-a").await;
    let mut cursor: Option<String> = None;
    let mut seen = 0;
    loop {
        let path = cursor.map_or("/v1/pull".to_owned(), |c| format!("/v1/pull?c={c}"));
        let answer = rep.get(&path).await;
        assert!(answer.bytes.len() < 700_000, "{} bytes", answer.bytes.len());
        let page = answer.json();
        seen += page["changes"].as_array().expect("changes").iter().filter(|c| c["kind"] == "facts").count();
        if page["more"] == json!(false) {
            break;
        }
        cursor = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, 21);
}

#[tokio::test]
async fn a_cursor_of_another_store_starts_anew() {
    let (here, there) = (World::new().await, World::new().await);
    let foreign = there.sign_in("rep-a").await.page("d", None, 1000).await.next;
    let rep = here.sign_in("rep-a").await;
    for cursor in [foreign.as_str(), "garbage", "e30"] {
        let answer = rep.get(&format!("/v1/pull?c={cursor}")).await;
        assert_eq!((answer.status, answer.json()), (StatusCode::GONE, json!({"reset": true})), "{cursor}");
    }
    assert_eq!(rep.get("/v1/pull?limit=many").await.code(), (400, "bad_request".to_owned()));
}

#[tokio::test]
async fn a_download_of_many_pages_is_not_slowed_down_but_a_flood_is() {
    let world = World::new().await;
    let rep = world.sign_in("rep-a").await;
    let mut slowed = None;
    for i in 0..1000 {
        let answer = rep.get("/v1/pull?limit=1").await;
        if answer.status != StatusCode::OK {
            slowed = Some((i, answer.code(), answer.header("retry-after").to_owned()));
            break;
        }
    }
    assert_eq!(slowed, Some((600, (429, "slow_down".to_owned()), "1".to_owned())));
    world.pass(1_000);
    assert_eq!(rep.get("/v1/pull?limit=1").await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_was_done_before_a_shop_was_taken_away_is_still_taken() {
    let world = World::new().await;
    let rep = world.sign_in("rep-a").await;
    let assigned = json!([
        {"person": "rep-a", "share_bp": 10_000, "until": "2026-11-20"},
        {"person": "rep-b", "share_bp": 10_000, "from": "2026-11-20"},
    ]);
    world.put(&[crate::support::shop("s1", "north-1", &assigned)]).await;
    let mut device = Device::new("d1");
    let cases = [
        (0, Some(RejectCode::Forbidden)),         // today
        (-4 * DAY, Some(RejectCode::Forbidden)),  // the day it was taken away
        (-5 * DAY, None),                         // the last day
        (-14 * DAY, None),                        // the end of the grace
        (-15 * DAY, Some(RejectCode::Forbidden)), // too long ago to be believed
    ];
    for (i, (back, expect)) in cases.into_iter().enumerate() {
        device.at = crate::support::NOON + back;
        let mutation = device.visit(&format!("v{i}"), "rep-a", "s1");
        assert_eq!(reject_code(&rep, &mut device, mutation).await, expect, "{} days back", -back / DAY);
    }
}
