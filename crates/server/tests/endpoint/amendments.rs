//! What happens after a visit has been handed in: amendments with a reason, the result computed anew, conflicts that
//! both sides see, and a person who settles them.

use crate::support::{Client, Device, NOON, View, World, fields, upsert};
use aisle_protocol::mutation::{Mutation, Op};
use aisle_protocol::record::Kind;
use aisle_protocol::sync::{PushStatus, RejectCode};
use serde_json::{Value, json};

/// Two items of weight 1, yes passes both.
fn template() -> Value {
    let item = |id: &str| {
        let text = json!({"zh": id, "en": id});
        json!({"id": id, "text": text, "kind": "yes_no", "weight": 1, "pass": "yes", "na": true})
    };
    let text = json!({"zh": "铺货", "en": "Shelf"});
    json!({
        "id": "distribution", "version": 1, "name": text, "pass_mark": 80, "minutes": 15,
        "sections": [{"id": "s", "title": text, "items": [item("q1"), item("q2")]}],
    })
}

/// rep-a has handed in visit v1 in s1 with q1 = yes and q2 = no.
async fn submitted() -> (World, Client, Device) {
    let world = World::new().await;
    world.put(&[upsert(Kind::Template, "distribution/1", None, template())]).await;
    let rep = world.sign_in("rep-a").await;
    let mut phone = Device::new("phone");
    let answer = |phone: &mut Device, id: &str, question: &str, value: &str| {
        let patch = json!({"visit": "v1", "question": question, "value": {"t": value}, "at": NOON});
        phone.make(Op::Create, Kind::Answer, id, None, patch)
    };
    let result = json!({"earned": 1, "applicable": 2, "points": 50, "verdict": "below_mark", "answered": 2});
    let muts = vec![
        phone.visit("v1", "rep-a", "s1"),
        answer(&mut phone, "a1", "q1", "yes"),
        answer(&mut phone, "a2", "q2", "no"),
        phone.make(Op::Patch, Kind::Visit, "v1", None, json!({"check_out": {"at": NOON}, "result": result})),
    ];
    for result in rep.push("phone", muts).await.results {
        assert_eq!(result.st, PushStatus::Ok);
    }
    (world, rep, phone)
}

fn amend(device: &mut Device, id: &str, by: &str, question: &str, value: &str, amends: Option<&str>) -> Mutation {
    let patch = json!({
        "visit": "v1", "question": question, "value": {"t": value}, "reason": "misread the shelf", "by": by,
        "amends": amends, "at": NOON,
    });
    device.make(Op::Create, Kind::Amendment, id, None, patch)
}

async fn view(client: &Client) -> View {
    let mut view = View::default();
    client.pull_into(&mut view, 1000).await;
    view
}

/// The records of history somebody sees, in the order they were made.
fn histories(view: &View) -> Vec<Value> {
    let of = view.records.iter().filter(|(name, _)| name.starts_with("history/"));
    let mut found: Vec<Value> = of.map(|(_, (_, fields))| Value::Object(fields.clone())).collect();
    found.sort_by_key(|history| (history["why"].to_string(), history["lost"]["at"].as_i64()));
    found
}

#[tokio::test]
async fn an_amendment_counts_and_what_was_handed_in_stays() {
    let (world, rep, mut phone) = submitted().await;
    let amended = amend(&mut phone, "m1", "rep-a", "q2", "yes", None);
    let result = rep.push("phone", vec![amended.clone()]).await.results.remove(0);
    assert_eq!((result.st, result.code), (PushStatus::Ok, None));
    let sup = world.sign_in("sup").await;
    for client in [&rep, &sup] {
        let view = view(client).await;
        let visit = &view.records["visit/v1"].1;
        assert_eq!(
            visit["result"],
            json!({
                "earned": 2, "applicable": 2, "points": 100, "verdict": "passed", "answered": 2,
            })
        );
        assert_eq!(visit["amended"], json!({"q2": ["m1"]}));
        assert_eq!(view.records["answer/a2"].1["value"], json!({"t": "no"}), "the answer handed in is untouched");
        assert_eq!(view.records["amendment/m1"].1["reason"], json!("misread the shelf"));
        let [history] = &histories(&view)[..] else { panic!("one record of history: {view:?}") };
        assert_eq!(
            (&history["rec"], &history["field"], &history["why"]),
            (&json!("visit/v1"), &json!("result"), &json!("amended"))
        );
        assert_eq!((&history["lost"]["value"]["points"], &history["lost"]["by"]), (&json!(50), &json!("rep-a")));
        assert_eq!(
            (&history["kept"]["value"]["points"], &history["kept"]["reason"]),
            (&json!(100), &json!("misread the shelf"))
        );
    }
    // Once more, and under another device: the same effect, once.
    assert_eq!(rep.push("phone", vec![amended]).await.results[0].st, PushStatus::Dup);
    assert_eq!(histories(&view(&rep).await).len(), 1);
    // Whoever does not see the visit sees nothing of its history.
    for login in ["rep-b", "rep-c", "aud"] {
        let sees = world.sign_in(login).await.sees().await;
        let seen: Vec<_> = sees
            .iter()
            .filter(|name| name.contains("/v1") || name.contains("history") || name.contains("amendment"))
            .collect();
        assert!(seen.is_empty(), "{login} sees {seen:?}");
    }
}

#[tokio::test]
async fn the_result_follows_every_amendment() {
    let (_world, rep, mut phone) = submitted().await;
    let steps = [
        // (question, value) -> (earned, applicable)
        ("q2", json!({"t": "yes"}), (2, 2)),
        ("q1", json!({"t": "no"}), (1, 2)),
        ("q1", json!({"t": "not_applicable"}), (1, 1)), // leaves the denominator
        ("q2", json!({"t": "note", "v": ""}), (0, 0)),  // taken back
    ];
    for (i, (question, value, (earned, applicable))) in steps.into_iter().enumerate() {
        let before = view(&rep).await.records["visit/v1"].1.clone();
        let last = before.get("amended").and_then(|a| a[question].as_array()?.last().cloned());
        let patch = json!({
            "visit": "v1", "question": question, "value": value, "reason": "r", "by": "rep-a", "amends": last,
            "at": NOON - i as i64, // a clock that goes backwards changes nothing
        });
        let mutation = phone.make(Op::Create, Kind::Amendment, &format!("z{}", 9 - i), None, patch);
        assert_eq!(rep.push("phone", vec![mutation]).await.results[0].st, PushStatus::Ok, "step {i}");
        let result = view(&rep).await.records["visit/v1"].1["result"].clone();
        assert_eq!((&result["earned"], &result["applicable"]), (&json!(earned), &json!(applicable)), "step {i}");
    }
}

#[tokio::test]
async fn who_may_amend_and_what() {
    let (world, rep, mut phone) = submitted().await;
    rep.push("phone", vec![phone.visit("open", "rep-a", "s1")]).await;
    let with = |device: &mut Device, n: usize, change: Value| {
        let mut patch = fields(json!({
            "visit": "v1", "question": "q1", "value": {"t": "no"}, "reason": "r", "by": "rep-a", "at": NOON,
        }));
        patch.extend(fields(change));
        device.make(Op::Create, Kind::Amendment, &format!("{}-{n}", device.id), None, Value::Object(patch))
    };
    let cases = [
        ("rep-a", json!({"reason": " "}), Some(RejectCode::Invalid)), // no reason
        ("rep-a", json!({"reason": "x".repeat(501)}), Some(RejectCode::Invalid)),
        ("rep-a", json!({"by": "sup"}), Some(RejectCode::Invalid)), // in another's name
        ("rep-a", json!({"question": "q9"}), Some(RejectCode::Invalid)), // not asked
        ("rep-a", json!({"value": {"t": "number", "v": 3}}), Some(RejectCode::Invalid)), // no such answer
        ("rep-a", json!({"visit": "open"}), Some(RejectCode::Invalid)), // is answered, not amended
        ("rep-a", json!({"visit": "nowhere"}), Some(RejectCode::UnknownParent)),
        ("rep-b", json!({"by": "rep-b"}), Some(RejectCode::Forbidden)), // a colleague
        ("aud", json!({"by": "aud"}), Some(RejectCode::Forbidden)),
        ("sup", json!({"by": "sup"}), None), // leads there
        ("rep-a", json!({"amends": "sup-9", "later": {"kept": 1}}), None),
        ("boss", json!({"by": "boss", "amends": "rep-a-10"}), None),
    ];
    for (i, (login, change, expect)) in cases.into_iter().enumerate() {
        let client = world.sign_in(login).await;
        let mut device = Device::new(login);
        device.id = format!("{login}-dev{i}");
        let mut mutation = with(&mut device, i, change);
        mutation.rec.id = format!("{login}-{i}");
        let result = client.push(&device.id.clone(), vec![mutation.sealed()]).await.results.remove(0);
        assert_eq!(result.code, expect, "case {i}: {login}");
        assert_eq!(result.st == PushStatus::Rejected, expect.is_some(), "case {i}: {login}");
    }
    let seen = view(&rep).await;
    assert_eq!(seen.records["visit/v1"].1["amended"], json!({"q1": ["sup-9", "rep-a-10", "boss-11"]}));
    assert_eq!(seen.records["amendment/rep-a-10"].1["later"], json!({"kept": 1}), "what a later version adds is kept");
    assert!(histories(&seen).iter().all(|history| history["why"] == json!("amended")), "each had seen the one before");
}

#[tokio::test]
async fn two_amendments_that_did_not_see_each_other_are_a_conflict_a_person_settles() {
    let (world, rep, mut phone) = submitted().await;
    let sup = world.sign_in("sup").await;
    let mut desk = Device::new("desk");
    desk.at = NOON - 5; // a clock that is behind: arrival decides, not the clock
    rep.push("phone", vec![amend(&mut phone, "m1", "rep-a", "q2", "yes", None)]).await;
    let second = amend(&mut desk, "m2", "sup", "q2", "not_applicable", None);
    let result = sup.push("desk", vec![second]).await.results.remove(0);
    assert_eq!((result.st, result.server), (PushStatus::Conflict, Some(fields(json!({"answer:q2": {"t": "yes"}})))));
    let seen = view(&rep).await;
    let (name, conflict) = seen
        .records
        .iter()
        .find(|(name, (_, fields))| name.starts_with("history/") && fields["why"] == json!("conflict"))
        .map(|(name, (_, fields))| (name.trim_start_matches("history/").to_owned(), fields.clone()))
        .expect("a conflict");
    assert_eq!((&conflict["lost"]["by"], &conflict["kept"]["by"]), (&json!("rep-a"), &json!("sup")));
    assert_eq!(
        (&conflict["lost"]["value"], &conflict["kept"]["value"]),
        (&json!({"t": "yes"}), &json!({"t": "not_applicable"}))
    );
    assert_eq!(seen.records["visit/v1"].1["result"]["applicable"], json!(1), "what arrived later counts");

    // The author chooses the other value: an amendment over the one that counts, and the conflict is settled.
    let settled = |by: &str| json!({"settled": {"choice": "lost", "by": by, "at": NOON}});
    let choice = amend(&mut phone, "m3", "rep-a", "q2", "yes", Some("m2"));
    let settle = phone.make(Op::Patch, Kind::History, &name, None, settled("rep-a"));
    for result in rep.push("phone", vec![choice, settle]).await.results {
        assert_eq!((result.st, result.code), (PushStatus::Ok, None));
    }
    let seen = view(&sup).await;
    assert_eq!(seen.records["visit/v1"].1["result"]["points"], json!(100));
    let history = &seen.records[&format!("history/{name}")].1;
    assert_eq!(
        (&history["settled"]["choice"], &history["lost"], &history["kept"]),
        (&json!("lost"), &conflict["lost"], &conflict["kept"])
    );

    // Nobody settles in another's name, changes what stood there, or settles what is no conflict or not theirs.
    let amended =
        seen.records.iter().find(|(name, (_, f))| name.starts_with("history/") && f["why"] == json!("amended"));
    let amended = amended.map(|(name, _)| name.trim_start_matches("history/").to_owned()).expect("an amended result");
    let cases = [
        ("sup", name.as_str(), settled("rep-a"), RejectCode::Invalid),
        ("sup", name.as_str(), json!({"lost": {"value": 1}}), RejectCode::Immutable),
        ("sup", amended.as_str(), settled("sup"), RejectCode::Invalid),
        ("rep-b", name.as_str(), settled("rep-b"), RejectCode::Forbidden),
        ("aud", name.as_str(), settled("aud"), RejectCode::Forbidden),
        ("sup", "h0-0", settled("sup"), RejectCode::UnknownParent),
    ];
    for (i, (login, id, patch, expect)) in cases.into_iter().enumerate() {
        let mut device = Device::new(&format!("{login}-{i}"));
        let mutation = device.make(Op::Patch, Kind::History, id, None, patch);
        let result = world.sign_in(login).await.push(&device.id.clone(), vec![mutation]).await.results.remove(0);
        assert_eq!(result.code, Some(expect), "case {i}");
    }
    let made = phone.make(Op::Create, Kind::History, "h1", None, json!({}));
    assert_eq!(rep.push("phone", vec![made]).await.results[0].code, Some(RejectCode::NotWritable));
}

#[tokio::test]
async fn history_follows_its_visit_to_the_next_rep() {
    let (world, rep, mut phone) = submitted().await;
    rep.push("phone", vec![amend(&mut phone, "m1", "rep-a", "q2", "yes", None)]).await;
    let assigned = json!([{"person": "rep-b", "share_bp": 10_000}]);
    world.put(&[crate::support::shop("s1", "north-1", &assigned)]).await;
    let work = |sees: std::collections::BTreeSet<String>| {
        sees.into_iter().filter(|name| name.starts_with("history/") || name.starts_with("amendment/")).count()
    };
    assert_eq!(work(world.sign_in("rep-b").await.sees().await), 2);
    assert_eq!(work(rep.sees().await), 0);
}
