//! Plans, splits, drafts and entries: who makes them, who sees them, what is refused, and what a plan hands down.

use crate::support::{Client, Device, NOON, View, World};
use aisle_protocol::mutation::{Mutation, Op};
use aisle_protocol::record::Kind;
use aisle_protocol::sync::{PushResult, PushStatus, RejectCode};
use aisle_server::adopt::{Wish, adopt};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn node(territory: &str, period: &str, shop: Option<&str>) -> Value {
    let mut scope = json!({"territory": territory});
    if let Some(shop) = shop {
        scope["shop"] = json!(shop);
    }
    json!({"metric": "sales", "period": period, "scope": scope})
}

fn plan(device: &mut Device, id: &str, author: &str, node: &Value, amount: i64) -> Mutation {
    let goal = json!({"id": id, "node": node, "amount": amount, "author": author, "reason": "", "at": NOON});
    device.make(Op::Create, Kind::Plan, id, None, goal)
}

/// A split by hand: `(child, amount)` along a dimension.
struct Parts<'a>(&'a str, &'a [(&'a str, i64)]);

fn split(device: &mut Device, id: &str, author: &str, node: &Value, parts: &Parts<'_>, after: &[&str]) -> Mutation {
    let part = |(of, amount): &(&str, i64)| json!({"member": {"by": parts.0, "of": of}, "weight": 1, "amount": amount});
    let total: i64 = parts.1.iter().map(|(_, amount)| amount).sum();
    let rows: Vec<Value> = parts.1.iter().map(part).collect();
    let split = json!({
        "id": id, "node": node, "dimension": parts.0, "total": total, "unit": 1, "basis": {"t": "hand"},
        "parts": rows, "author": author, "reason": if after.is_empty() { "" } else { "again" }, "at": NOON,
        "after": after,
    });
    device.make(Op::Create, Kind::Split, id, None, split)
}

async fn push_one(client: &Client, device: &Device, mutation: Mutation) -> PushResult {
    client.push(&device.id, vec![mutation]).await.results.remove(0)
}

async fn view(client: &Client) -> View {
    let mut view = View::default();
    client.pull_into(&mut view, 1000).await;
    view
}

/// The amount of a shop's month as somebody's device has it, with what stood there before.
fn target(view: &View, shop: &str, month: &str) -> Option<(i64, Value)> {
    let (_, fields) = view.records.get(&format!("target/sales/{shop}/{month}"))?;
    Some((fields.get("amount")?.as_i64()?, fields.get("before").cloned().unwrap_or_default()))
}

/// The plan of the whole organisation for the year, split to territories and, in the north, to shops.
async fn planned(world: &World) -> (Client, Device) {
    let boss = world.sign_in("boss").await;
    let mut device = Device::new("boss");
    let muts = vec![
        plan(&mut device, "g1", "boss", &node("root", "2026", None), 3_650),
        split(
            &mut device,
            "x1",
            "boss",
            &node("root", "2026", None),
            &Parts("territory", &[("north", 2_920), ("south", 730)]),
            &[],
        ),
        split(
            &mut device,
            "x2",
            "boss",
            &node("north", "2026", None),
            &Parts("shop", &[("s1", 1_460), ("s2", 1_460)]),
            &[],
        ),
    ];
    let response = boss.push("boss", muts).await;
    assert!(response.results.iter().all(|r| r.st == PushStatus::Ok), "{response:?}");
    (boss, device)
}

#[tokio::test]
async fn a_plan_reaches_every_shop_and_only_whom_it_concerns() {
    let world = World::new().await;
    let (boss, _) = planned(&world).await;
    let (sup, rep, other) = (world.sign_in("sup").await, world.sign_in("rep-a").await, world.sign_in("rep-c").await);
    let (boss, sup, rep, other) = (view(&boss).await, view(&sup).await, view(&rep).await, view(&other).await);
    // A shop's year counts in its months by their days: 1,460 over 365 days is 4 a day.
    for seen in [&boss, &sup, &rep] {
        assert_eq!(target(seen, "s1", "2026-02").map(|t| t.0), Some(112));
    }
    let of_year: i64 = (1..=12).filter_map(|m| target(&rep, "s1", &format!("2026-{m:02}"))).map(|t| t.0).sum();
    assert_eq!(of_year, 1_460, "to the last unit");
    assert_eq!(target(&other, "s3", "2026-11").map(|t| t.0), None, "the south is not split down to shops");
    let plans = |view: &View| -> BTreeSet<String> {
        view.names().into_iter().filter(|name| name.starts_with("plan/") || name.starts_with("split/")).collect()
    };
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(plans(&rep), set(&[]));
    assert_eq!(plans(&sup), set(&["plan/sales/2026/territory=north", "split/x2"]), "the own share as a root");
    assert_eq!(
        plans(&boss),
        set(&["plan/g1", "plan/sales/2026/territory=north", "plan/sales/2026/territory=south", "split/x1", "split/x2"])
    );
    assert_eq!(sup.records["plan/sales/2026/territory=north"].1["amount"], json!(2_920));
}

/// A plan that weighs days its own way says so beside every target it hands down, and takes it back with the plan.
#[tokio::test]
async fn a_plans_own_day_weights_reach_every_phone() {
    let world = World::new().await;
    let boss = world.sign_in("boss").await;
    let mut device = Device::new("boss");
    let (north, parts) = (node("north", "2026-Q4", None), Parts("shop", &[("s1", 660), ("s2", 660)]));
    let days = json!({"t": "working_days", "calendar": null});
    let goal = json!({
        "id": "g1", "node": north, "amount": 1_320, "author": "boss", "reason": "", "at": NOON, "days": days,
    });
    let goal = device.make(Op::Create, Kind::Plan, "g1", None, goal);
    let split = split(&mut device, "x1", "boss", &north, &parts, &[]);
    let response = boss.push("boss", vec![goal, split]).await;
    assert!(response.results.iter().all(|r| r.st == PushStatus::Ok), "{response:?}");
    let rep = view(&world.sign_in("rep-a").await).await;
    // Monday to Friday: 22 days of October, 21 of November, 23 of December; 660 over 66 is 10 a day.
    for (month, amount) in [("2026-10", 220), ("2026-11", 210), ("2026-12", 230)] {
        let (_, fields) = &rep.records[&format!("target/sales/s1/{month}")];
        assert_eq!((fields.get("amount"), fields.get("days")), (Some(&json!(amount)), Some(&days)), "{month}");
    }
    // Set anew on the company's default: calendar days, and nothing is said.
    let again = json!({
        "id": "g2", "node": north, "amount": 1_320, "author": "boss", "reason": "as everybody", "at": NOON,
        "after": ["g1"],
    });
    let again = device.make(Op::Create, Kind::Plan, "g2", None, again);
    assert_eq!(push_one(&boss, &device, again).await.st, PushStatus::Ok);
    let rep = view(&world.sign_in("rep-a").await).await;
    let (_, fields) = &rep.records["target/sales/s1/2026-11"];
    assert_eq!(fields.get("days"), None);
}

#[tokio::test]
async fn two_managers_at_once_lose_nothing() {
    let world = World::new().await;
    world.people(&[crate::support::person("boss2", aisle_domain::org::Role::Manager, "root")]).await;
    let (boss, mut one) = planned(&world).await;
    let (second, mut two) = (world.sign_in("boss2").await, Device::new("boss2"));
    let north = || node("north", "2026", None);
    // Both saw x2 and split the north again, offline. One sends first, the other's is taken later.
    let mine = split(&mut one, "y1", "boss", &north(), &Parts("shop", &[("s1", 2_000), ("s2", 920)]), &["x2"]);
    let theirs = split(&mut two, "y2", "boss2", &north(), &Parts("shop", &[("s1", 365), ("s2", 2_555)]), &["x2"]);
    assert_eq!(push_one(&second, &two, theirs).await.st, PushStatus::Ok);
    assert_eq!(push_one(&boss, &one, mine).await.st, PushStatus::Ok);
    for client in [&boss, &second] {
        let seen = view(client).await;
        assert!(seen.records.contains_key("split/y1") && seen.records.contains_key("split/y2"), "both see both");
        let year: i64 = (1..=12).filter_map(|m| target(&seen, "s1", &format!("2026-{m:02}"))).map(|t| t.0).sum();
        assert_eq!(year, 2_000, "the one taken later is in effect");
    }
    // A version that names both settles it.
    let settled =
        split(&mut two, "y3", "boss2", &north(), &Parts("shop", &[("s1", 1_000), ("s2", 1_920)]), &["y1", "y2"]);
    assert_eq!(push_one(&second, &two, settled).await.st, PushStatus::Ok);
    let rep = view(&world.sign_in("rep-a").await).await;
    let year: i64 = (1..=12).filter_map(|m| target(&rep, "s1", &format!("2026-{m:02}"))).map(|t| t.0).sum();
    assert_eq!(year, 1_000);
}

#[tokio::test]
async fn what_stood_before_a_plan_comes_back_when_it_goes_another_way() {
    let world = World::new().await;
    let before = json!({"metric": "sales", "shop": "s1", "period": "2026-11", "amount": 77, "basis": "set"});
    world.put(&[crate::support::upsert(Kind::Target, "sales/s1/2026-11", Some("s1"), before)]).await;
    let (boss, mut device) = planned(&world).await;
    let rep = world.sign_in("rep-a").await;
    let seen = view(&rep).await;
    assert_eq!(target(&seen, "s1", "2026-11"), Some((120, json!({"amount": 77, "basis": "set"}))));
    // Split by channel instead: the shops' splits have no place any more.
    let again =
        split(&mut device, "x3", "boss", &node("north", "2026", None), &Parts("channel", &[("ka", 2_920)]), &["x2"]);
    assert_eq!(push_one(&boss, &device, again).await.st, PushStatus::Ok);
    let mut seen = seen;
    rep.pull_into(&mut seen, 1000).await;
    assert_eq!(target(&seen, "s1", "2026-11"), Some((77, Value::Null)));
    assert_eq!(target(&seen, "s1", "2026-10"), None, "where nothing stood, nothing is left");
}

#[tokio::test]
async fn what_is_refused_and_why() {
    let world = World::new().await;
    let (boss, mut device) = planned(&world).await;
    let north = || node("north", "2026", None);
    let mut wrong = split(&mut device, "w1", "boss", &north(), &Parts("shop", &[("s1", 2_000), ("s2", 900)]), &["x2"]);
    wrong.patch.insert("total".into(), json!(2_920));
    let wrong = wrong.sealed();
    device.last = wrong.hash.clone();
    let refused = push_one(&boss, &device, wrong).await;
    assert_eq!(refused.code, Some(RejectCode::DoesNotAddUp));
    assert_eq!(refused.server.and_then(|s| s.get("missing").cloned()), Some(json!(20)), "the missing amount is named");

    let cases = [
        ("w2", north(), Parts("shop", &[("s3", 2_920)]), &["x2"][..], RejectCode::UnknownParent), // not of the north
        ("w3", north(), Parts("shop", &[("s1", 2_920)]), &["x2"], RejectCode::Immutable), // id used before, see below
        ("w4", node("north", "2025", None), Parts("shop", &[("s1", 1)]), &[], RejectCode::UnknownParent), // no plan
        ("w5", north(), Parts("shop", &[("s1", 1), ("s1", 2)]), &[], RejectCode::Invalid), // a child twice
        ("w6", north(), Parts("territory", &[("north", 2_920)]), &[], RejectCode::UnknownParent), // into itself
        ("w7", north(), Parts("time", &[("2026-Q1", 2_920)]), &[], RejectCode::Invalid),  // days left out
    ];
    for (id, node, parts, after, code) in cases {
        let id = if code == RejectCode::Immutable { "x2" } else { id };
        let mutation = split(&mut device, id, "boss", &node, &parts, after);
        assert_eq!(push_one(&boss, &device, mutation).await.code, Some(code), "{id}");
    }
    // A second plan over the same months and shops would make two truths.
    let second = plan(&mut device, "g2", "boss", &node("north", "2026-Q4", None), 1);
    assert_eq!(push_one(&boss, &device, second).await.code, Some(RejectCode::Overlaps));
    let before = plan(&mut device, "g3", "boss", &node("north", "2025", None), 1);
    assert_eq!(push_one(&boss, &device, before).await.code, None, "another year is another plan");
    // In somebody else's name, and by those who do not plan.
    let forged = plan(&mut device, "g4", "root", &node("south", "2025", None), 1);
    assert_eq!(push_one(&boss, &device, forged).await.code, Some(RejectCode::Forbidden));
    for login in ["sup", "rep-a", "aud"] {
        let (client, mut device) = (world.sign_in(login).await, Device::new(login));
        let mutation = split(&mut device, &format!("by-{login}"), login, &north(), &Parts("shop", &[("s1", 1)]), &[]);
        assert_eq!(push_one(&client, &device, mutation).await.code, Some(RejectCode::Forbidden), "{login}");
    }
}

#[tokio::test]
async fn a_manager_of_a_part_splits_the_part() {
    let world = World::new().await;
    world.people(&[crate::support::person("north-boss", aisle_domain::org::Role::Manager, "north")]).await;
    planned(&world).await;
    let (client, mut device) = (world.sign_in("north-boss").await, Device::new("north-boss"));
    let parts = [Parts("shop", &[("s1", 2_000), ("s2", 920)]), Parts("territory", &[("north", 3_000), ("south", 650)])];
    let own = split(&mut device, "n1", "north-boss", &node("north", "2026", None), &parts[0], &["x2"]);
    assert_eq!(push_one(&client, &device, own).await.st, PushStatus::Ok);
    let above = split(&mut device, "n2", "north-boss", &node("root", "2026", None), &parts[1], &["x1"]);
    assert_eq!(push_one(&client, &device, above).await.code, Some(RejectCode::Forbidden));
}

fn draft(device: &mut Device, id: &str, person: &str, shop: &str, amount: i64) -> Mutation {
    let draft = json!({
        "id": id, "person": person, "shop": shop, "metric": "sales", "period": "2026-12", "amount": amount,
    });
    device.make(Op::Create, Kind::Draft, id, None, draft)
}

fn step(device: &mut Device, draft: &str, by: (&str, &str), action: &Value, comment: &str) -> Mutation {
    let id = format!("step-{}-{}", device.id, device.n + 1);
    let step = json!({
        "draft": draft, "action": action, "by": by.0, "role": by.1, "comment": comment, "at": NOON,
    });
    device.make(Op::Create, Kind::DraftStep, &id, None, step)
}

#[tokio::test]
async fn a_draft_from_the_shop_to_the_manager() {
    let world = World::new().await;
    let (rep, boss, sup) = (world.sign_in("rep-a").await, world.sign_in("boss").await, world.sign_in("sup").await);
    let (mut at_rep, mut at_boss, mut at_sup) = (Device::new("rep"), Device::new("boss"), Device::new("sup"));
    let (submit, approve, back) = (json!({"t": "submit"}), json!({"t": "approve"}), json!({"t": "return"}));
    let muts = vec![
        draft(&mut at_rep, "d1", "rep-a", "s1", 500),
        step(&mut at_rep, "d1", ("rep-a", "rep"), &submit, ""),
        draft(&mut at_rep, "d2", "rep-a", "s2", 500), // not an own shop
        step(&mut at_rep, "d1", ("rep-a", "rep"), &approve, ""), // not the rep's to do
    ];
    let codes: Vec<_> = rep.push("rep", muts).await.results.into_iter().map(|r| r.code).collect();
    assert_eq!(codes, [None, None, Some(RejectCode::Forbidden), Some(RejectCode::Forbidden)]);
    let steps = [
        (("sup", "supervisor"), &back, "", Some(RejectCode::NoReason)),
        (("sup", "supervisor"), &approve, "", Some(RejectCode::Forbidden)),
        (("sup", "manager"), &approve, "", Some(RejectCode::Forbidden)), // not the role
        (("boss", "manager"), &approve, "", None),
    ];
    for (by, action, comment, code) in steps {
        let (client, device) = if by.0 == "sup" { (&sup, &mut at_sup) } else { (&boss, &mut at_boss) };
        let mutation = step(device, "d1", by, action, comment);
        assert_eq!(push_one(client, device, mutation).await.code, code, "{by:?} {action}");
    }
    // The supervisor, who had not seen it, sends it back at the same time: too late, and told so.
    let late = step(&mut at_sup, "d1", ("sup", "supervisor"), &back, "too low");
    assert_eq!(push_one(&sup, &at_sup, late).await.code, Some(RejectCode::WrongState));
    let names = |view: View| view.names().into_iter().filter(|n| n.starts_with("draft")).count();
    assert_eq!(names(view(&rep).await), 3, "the draft and two steps come back to the rep");
    assert_eq!(names(view(&world.sign_in("rep-b").await).await), 0);
    assert_eq!(names(view(&world.sign_in("aud").await).await), 0);
}

fn entry(device: &mut Device, id: &str, by: &str, shop: &str, kind: &Value) -> Mutation {
    let entry = json!({
        "id": id, "cell": {"metric": "sales", "shop": shop, "day": "2026-11-20", "category": "RUM"},
        "value": {"t": "sum", "amount": 900}, "kind": kind, "source": {"t": "phone"}, "by": by, "at": NOON,
    });
    device.make(Op::Create, Kind::Entry, id, None, entry)
}

#[tokio::test]
async fn entries_and_corrections() {
    let world = World::new().await;
    let (rep, mut device) = (world.sign_in("rep-a").await, Device::new("rep"));
    let count = json!({"t": "count"});
    let replaces = |of: &str, reason: &str| json!({"t": "replaces", "of": of, "reason": reason});
    let cases = [
        ("e1", "rep-a", "s1", count.clone(), None),
        ("e2", "rep-a", "s1", replaces("e1", "mistyped"), None),
        ("e3", "rep-a", "s1", replaces("e1", " "), Some(RejectCode::NoReason)),
        ("e4", "rep-a", "s1", replaces("unknown", "why"), Some(RejectCode::UnknownParent)),
        ("e5", "rep-a", "s2", count.clone(), Some(RejectCode::Forbidden)), // not an own shop
        ("e6", "rep-b", "s1", count.clone(), Some(RejectCode::Forbidden)), // in somebody else's name
        ("e1", "rep-a", "s1", count.clone(), Some(RejectCode::Immutable)), // nothing is overwritten
    ];
    for (id, by, shop, kind, code) in cases {
        let mutation = entry(&mut device, id, by, shop, &kind);
        assert_eq!(push_one(&rep, &device, mutation).await.code, code, "{id} {by} {shop}");
    }
    let patch = device.make(Op::Patch, Kind::Entry, "e1", None, json!({"value": {"t": "sum", "amount": 1}}));
    assert_eq!(push_one(&rep, &device, patch).await.code, Some(RejectCode::Immutable));
    for (login, sees) in [("rep-a", true), ("sup", true), ("boss", true), ("rep-b", false), ("aud", false)] {
        let names = world.sign_in(login).await.sees().await;
        assert_eq!(names.contains("entry/e1") && names.contains("entry/e2"), sees, "{login}");
    }
    let (aud, mut device) = (world.sign_in("aud").await, Device::new("aud"));
    let mutation = entry(&mut device, "e9", "aud", "s1", &count);
    assert_eq!(push_one(&aud, &device, mutation).await.code, Some(RejectCode::Forbidden));
}

#[tokio::test]
async fn a_plan_is_made_of_what_shops_have() {
    let world = World::new().await;
    let given = [("s1", "2026-11", 700), ("s1", "2026-02", 50), ("s2", "2026-11", 300), ("s3", "2026-12", 11)];
    let target = |(shop, month, amount): &(&str, &str, i64)| {
        let fields = json!({"metric": "sales", "shop": shop, "period": month, "amount": amount, "basis": "set"});
        crate::support::upsert(Kind::Target, &format!("sales/{shop}/{month}"), Some(shop), fields)
    };
    world.put(&given.iter().map(target).collect::<Vec<_>>()).await;
    let wish = || Wish { metric: "sales".into(), year: 2026, author: "boss".into(), reason: String::new() };
    // Year → 2 regions → 4 quarters each → 3 months of each quarter that has any → people → shops.
    let splits = adopt(world.storage.as_ref(), wish(), world.at()).await.expect("a plan");
    assert_eq!(splits, 1 + 2 + 3 + 3 + 4);
    let seen = view(&world.sign_in("boss").await).await;
    for (shop, month, amount) in given {
        assert_eq!(self::target(&seen, shop, month).map(|t| t.0), Some(amount), "{shop} {month} is as it was");
        assert!(seen.records[&format!("target/sales/{shop}/{month}")].1.contains_key("plan"));
    }
    assert_eq!(seen.records["plan/sales/2026/territory=north"].1["amount"], json!(1_050));
    assert_eq!(seen.records["plan/sales-2026"].1["amount"], json!(1_061));
    assert!(adopt(world.storage.as_ref(), wish(), world.at()).await.is_err(), "once is enough");
}
