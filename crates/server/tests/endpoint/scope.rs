//! Who sees what, and what happens on devices when that changes.

use crate::support::{DAY, Device, View, World, person, shop, upsert};
use aisle_domain::org::Role;
use aisle_protocol::record::Kind;
use serde_json::json;
use std::collections::BTreeSet;

const COMMON: [&str; 13] = [
    "org/org",
    "person/aud",
    "person/boss",
    "person/rep-a",
    "person/rep-b",
    "person/rep-c",
    "person/root",
    "person/sup",
    "product/p1",
    "territory/north",
    "territory/north-1",
    "territory/root",
    "territory/south",
];

fn with(names: &[&str]) -> BTreeSet<String> {
    COMMON.iter().chain(names).map(|name| (*name).to_owned()).collect()
}

fn of_shop(shop: &str) -> [String; 3] {
    [format!("shop/{shop}"), format!("target/sales/{shop}/2026-11"), format!("facts/{shop}:2026")]
}

async fn work(world: &World) {
    for (login, shop) in [("rep-a", "s1"), ("rep-b", "s2"), ("rep-c", "s3"), ("aud", "s1"), ("sup", "s2")] {
        let mut device = Device::new(&format!("phone of {login}"));
        let visit = format!("{login}-{shop}");
        let muts = vec![
            device.visit(&visit, login, shop),
            device.answer(&format!("answer-{visit}"), &visit),
            device.photo(&format!("photo-{visit}"), &visit, b"x", "image/png"),
        ];
        let response = world.sign_in(login).await.push(&device.id.clone(), muts).await;
        assert!(response.results.iter().all(|r| r.code.is_none()), "{login}: {response:?}");
    }
}

fn of_visit(visit: &str) -> [String; 3] {
    [format!("visit/{visit}"), format!("answer/answer-{visit}"), format!("photo/photo-{visit}")]
}

#[tokio::test]
async fn everybody_sees_exactly_the_own_part() {
    let world = World::new().await;
    work(&world).await;
    let shops = |ids: &[&str]| ids.iter().flat_map(|id| of_shop(id)).collect::<Vec<_>>();
    let visits = |ids: &[&str]| ids.iter().flat_map(|id| of_visit(id)).collect::<Vec<_>>();
    let north = ["rep-a-s1", "aud-s1", "rep-b-s2", "sup-s2"];
    let all = ["rep-a-s1", "aud-s1", "rep-b-s2", "sup-s2", "rep-c-s3"];
    let cases = [
        ("rep-a", shops(&["s1"]), visits(&["rep-a-s1", "aud-s1"])),
        ("rep-b", shops(&["s2"]), visits(&["rep-b-s2", "sup-s2"])),
        ("rep-c", shops(&["s3"]), visits(&["rep-c-s3"])),
        // No targets and no facts, and of visits only what auditors made.
        ("aud", vec!["shop/s1".to_owned(), "shop/s2".to_owned()], visits(&["aud-s1"])),
        ("sup", shops(&["s1", "s2"]), visits(&north)),
        ("boss", shops(&["s1", "s2", "s3"]), visits(&all)),
        ("root", shops(&["s1", "s2", "s3"]), visits(&all)),
    ];
    for (login, shops, visits) in cases {
        let mut expect = with(&[]);
        expect.extend(shops.into_iter().chain(visits));
        assert_eq!(world.sign_in(login).await.sees().await, expect, "{login}");
    }
}

#[tokio::test]
async fn a_shop_takes_everything_along_to_its_new_rep() {
    let world = World::new().await;
    work(&world).await;
    let (a, b, sup) = (world.sign_in("rep-a").await, world.sign_in("rep-b").await, world.sign_in("sup").await);
    let (mut at_a, mut at_b, mut at_sup) = (View::default(), View::default(), View::default());
    for (client, view) in [(&a, &mut at_a), (&b, &mut at_b), (&sup, &mut at_sup)] {
        client.pull_into(view, 1000).await;
    }
    let before = at_sup.names();
    let today = world.at().today;
    let assigned = json!([
        {"person": "rep-a", "share_bp": 10_000, "until": today},
        {"person": "rep-b", "share_bp": 10_000, "from": today},
    ]);
    world.put(&[shop("s1", "north-1", &assigned)]).await;
    for (client, view) in [(&a, &mut at_a), (&b, &mut at_b), (&sup, &mut at_sup)] {
        client.pull_into(view, 2).await;
    }
    assert_eq!(at_a.names(), with(&[]), "nothing of the shop is left");
    let mut expect = with(&[]);
    expect.extend(of_shop("s1").into_iter().chain(of_shop("s2")));
    expect.extend(["rep-a-s1", "aud-s1", "rep-b-s2", "sup-s2"].iter().flat_map(|visit| of_visit(visit)));
    assert_eq!(at_b.names(), expect);
    assert_eq!(at_sup.names(), before, "for the supervisor nothing moved");
}

#[tokio::test]
async fn a_shop_moves_between_territories() {
    let world = World::new().await;
    let (sup, boss) = (world.sign_in("sup").await, world.sign_in("boss").await);
    let (mut at_sup, mut at_boss) = (View::default(), View::default());
    sup.pull_into(&mut at_sup, 1000).await;
    boss.pull_into(&mut at_boss, 1000).await;
    let before = at_boss.names();
    world.put(&[shop("s1", "south", &json!([{"person": "rep-a", "share_bp": 10_000}]))]).await;
    for limit in [1, 1000] {
        sup.pull_into(&mut at_sup, limit).await;
        boss.pull_into(&mut at_boss, limit).await;
    }
    let mut expect = with(&[]);
    expect.extend(of_shop("s2"));
    assert_eq!(at_sup.names(), expect);
    assert_eq!(at_boss.names(), before);
    assert_eq!(at_boss.records["shop/s1"].0, "t:south");
}

#[tokio::test]
async fn a_person_who_changes_place_loses_and_gains() {
    let world = World::new().await;
    work(&world).await;
    let client = world.sign_in("sup").await;
    let mut view = View::default();
    client.pull_into(&mut view, 1000).await;
    let cases = [
        (Role::Supervisor, "south", vec!["t:north", "t:north-1"]),
        (Role::Manager, "root", vec![]),
        (Role::Auditor, "north", vec!["t:north", "t:north-1", "t:root", "t:south"]),
        (Role::Rep, "north", vec!["a:north", "a:north-1"]),
    ];
    for (role, territory, purged) in cases {
        world.people(&[person("sup", role, territory)]).await;
        view.purged.clear();
        client.pull_into(&mut view, 3).await;
        assert_eq!(view.purged, purged, "{role:?} of {territory}");
        let fresh = client.sees().await;
        assert_eq!(view.names(), fresh, "{role:?} of {territory}: the same as from the start");
    }
}

#[tokio::test]
async fn changes_go_on_while_a_new_part_is_filled() {
    let world = World::new().await;
    let client = world.sign_in("sup").await;
    let mut view = View::default();
    client.pull_into(&mut view, 1000).await;
    world.people(&[person("sup", Role::Manager, "root")]).await;
    for i in 0..4 {
        let page = client.page("viewer", view.cursor.as_deref(), 1).await;
        view.apply(&page);
        world.put(&[upsert(Kind::Product, "p1", None, json!({"name": format!("name {i}")}))]).await;
    }
    world.put(&[shop("s3", "north-1", &json!([]))]).await;
    client.pull_into(&mut view, 1).await;
    let mut fresh = View::default();
    client.pull_into(&mut fresh, 1000).await;
    assert_eq!(view.records, fresh.records);
}

#[tokio::test]
async fn an_assignment_begins_and_ends_by_itself() {
    let world = World::new().await;
    let today = world.at().today;
    let tomorrow = today.succ_opt().expect("a day");
    let assigned = json!([
        {"person": "rep-a", "share_bp": 10_000, "until": tomorrow},
        {"person": "rep-b", "share_bp": 10_000, "from": tomorrow},
    ]);
    world.put(&[shop("s1", "north-1", &assigned)]).await;
    let (a, b) = (world.sign_in("rep-a").await, world.sign_in("rep-b").await);
    assert!(a.sees().await.contains("shop/s1") && !b.sees().await.contains("shop/s1"));
    assert_eq!(world.storage.settle_assignments(world.at()).await.expect("settled"), 0, "not yet");
    world.pass(DAY);
    assert_eq!(world.storage.settle_assignments(world.at()).await.expect("settled"), 1);
    assert!(!a.sees().await.contains("shop/s1") && b.sees().await.contains("target/sales/s1/2026-11"));
    assert_eq!(world.storage.settle_assignments(world.at()).await.expect("settled"), 0, "done");
}

#[tokio::test]
async fn writing_the_same_again_makes_no_change() {
    let world = World::new().await;
    let client = world.sign_in("root").await;
    let before = client.page("d", None, 1000).await;
    let again = shop("s1", "north-1", &json!([{"person": "rep-a", "share_bp": 10_000}]));
    let done = world.storage.upsert(&[again], world.at(), None).await.expect("written");
    assert_eq!((done.created, done.updated, done.unchanged), (0, 0, 1));
    let after = client.page("d", Some(&before.next), 1000).await;
    assert_eq!((after.changes, after.left), (vec![], Some(0)));
}
